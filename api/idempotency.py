"""Idempotency-Key: the same request sent twice is done once, and answered the same.

The key is stored in the transaction of the act, so that both are there or neither. A request whose key another one is
just using waits for that one's transaction, or is refused with 409. Answers are kept sealed: they hold secrets.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from api.dependencies import Anybody, Now, Transaction
from api.plans import instant
from api.problems import Problem
from engine import accounts
from engine.access import Actor
from engine.models import IdempotencyKey

KEPT = timedelta(hours=24)
_PATTERN = r"^[\x21-\x7e][\x20-\x7e]{0,199}$"
_MEANING = "A text of the caller's choice, new for each act: a repetition within 24 hours is done once"


class Once:
    """Does an act once for a key. Without a key the act is simply done."""

    def __init__(self, request: Request, session: Transaction, actor: Actor, now: Now, key: str | None) -> None:
        self.request = request
        self.session = session
        self.actor = actor
        self.now = now
        self.key = key

    def need_key(self) -> None:
        """Raise Problem if there is no key."""
        if self.key is None:
            raise Problem("idempotency-key-needed", "Expected an Idempotency-Key: a repetition would be done twice")

    def do(self, sent: Any, act: Callable[[], BaseModel], *, status: int = 200, by: Actor | None = None) -> Response:
        """Return the answer of ``act``, or the one that the key had before.

        ``sent`` is what the request holds; ``by`` is who acts, if the credential is none of the headers.
        """
        if self.key is None:
            return _response(status, *_answer(act()))
        actor = by or self.actor
        # Two agencies may give their keys the same name, and a person may work for two agencies.
        who = f"{actor.agency_id or actor.instance_id or ''}:{actor.name}"
        hashed = self._hash(sent)
        stored = self.session.get(IdempotencyKey, (who, self.key), with_for_update=True)
        if stored is not None and stored.expires_at > self.now:
            return self._repeat(stored, hashed)
        row = self._begin(who, hashed, stored)
        body, headers = _answer(act())
        row.status = status
        row.answer = {"headers": headers, "sealed": base64.b64encode(accounts.seal(body, _about(row))).decode()}
        return _response(status, body, headers)

    def _begin(self, who: str, hashed: bytes, expired: IdempotencyKey | None) -> IdempotencyKey:
        if expired is not None:
            used = delete(IdempotencyKey).where(IdempotencyKey.actor == who, IdempotencyKey.key == expired.key)
            self.session.execute(used)
            self.session.expunge(expired)
        row = IdempotencyKey(
            actor=who,
            key=self.key,
            request_hash=hashed,
            status=None,
            answer=None,
            created_at=self.now,
            expires_at=self.now + KEPT,
        )
        self.session.add(row)
        try:
            self.session.flush()
        except IntegrityError as error:
            found = "Expected a free Idempotency-Key, found it in use at this moment"
            raise Problem("not-possible-now", found, {"Retry-After": "1"}) from error
        return row

    def _repeat(self, stored: IdempotencyKey, hashed: bytes) -> Response:
        if not hmac.compare_digest(stored.request_hash, hashed):
            raise Problem("invalid", "Expected the same request as before under this Idempotency-Key, found another")
        if stored.status is None or stored.answer is None:
            raise Problem("not-possible-now", "Expected the first request of this Idempotency-Key to have ended")
        body = accounts.unseal(base64.b64decode(stored.answer["sealed"]), _about(stored))
        return _response(stored.status, body, {**stored.answer["headers"], "Idempotency-Replayed": "true"})

    def _hash(self, sent: Any) -> bytes:
        """Return a keyed hash of the request: it may hold a password, which nobody should be able to try out."""
        content = sent if isinstance(sent, bytes) else json.dumps(_plain(sent), sort_keys=True).encode()
        head = f"{self.request.method} {self.request.url.path}?{self.request.url.query}\0".encode()
        return hmac.new(accounts.pepper(), head + content, hashlib.sha256).digest()


@instant
async def once(
    request: Request,
    session: Transaction,
    actor: Anybody,
    now: Now,
    idempotency_key: Annotated[str | None, Header(pattern=_PATTERN, description=_MEANING)] = None,
) -> Once:
    """Return what does the act of this request once, if the caller wishes it."""
    return Once(request, session, actor, now, idempotency_key)


@instant
async def surely_once(
    request: Request,
    session: Transaction,
    actor: Anybody,
    now: Now,
    idempotency_key: Annotated[str, Header(pattern=_PATTERN, description=_MEANING)],
) -> Once:
    """Return what does the act of this request once. Without a key the request is refused: a repetition would hurt."""
    return Once(request, session, actor, now, idempotency_key)


OnceIfWished = Annotated[Once, Depends(once)]
SurelyOnce = Annotated[Once, Depends(surely_once)]


def _answer(shown: BaseModel) -> tuple[bytes, dict[str, str]]:
    """Return body and headers. What has a revision of its own, such as a task, has it as ETag."""
    revision = getattr(shown, "revision", None)
    is_thing = revision is not None and hasattr(shown, "id")
    return to_json(shown), {"ETag": f'"{revision}"'} if is_thing else {}


def _response(status: int, body: bytes, headers: dict[str, str]) -> Response:
    return Response(body, status, headers, "application/json")


def _about(row: IdempotencyKey) -> str:
    return f"idempotency\0{row.actor}\0{row.key}"


def _plain(sent: Any) -> Any:
    return sent.model_dump(mode="json") if isinstance(sent, BaseModel) else sent
