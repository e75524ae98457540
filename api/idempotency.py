"""Idempotency-Key: the same request sent twice is done once, and answered the same.

The key is stored in the transaction of the act, so that both are there or neither. A request whose key another one is
just using waits for that one's transaction, or is refused with 409.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from api.dependencies import Anybody, Now, Transaction
from api.problems import Problem
from engine.access import ActorKind
from engine.models import IdempotencyKey

KEPT = timedelta(hours=24)
LONGEST = 200


class Once:
    """Does an act once for a key. Without a key the act is simply done."""

    def __init__(
        self,
        request: Request,
        session: Transaction,
        actor: Anybody,
        now: Now,
        idempotency_key: Annotated[
            str | None,
            Header(max_length=LONGEST, description="A text of the caller's choice; a repetition is done once"),
        ] = None,
    ) -> None:
        self.request = request
        self.session = session
        self.actor = actor
        self.now = now
        self.key = idempotency_key

    def do(self, sent: Any, act: Callable[[], Any], *, status: int = 200, headers: dict[str, str] | None = None) -> Any:
        """Return the answer of ``act``, or the one that the key had before. ``sent`` is what the request holds."""
        if self.key is None:
            return self._respond(status, jsonable_encoder(act()), headers or {})
        # Two agencies may give their keys the same name, and a person may work for two agencies.
        who = f"{self.actor.agency_id}:{self.actor.name}"
        if self.actor.kind is ActorKind.PUBLIC:
            who = f"public:{self.request.client.host if self.request.client else ''}"
        hashed = self._hash(sent)
        stored = self.session.get(IdempotencyKey, (who, self.key), with_for_update=True)
        if stored is not None and stored.expires_at > self.now:
            return self._repeat(stored, hashed)
        if stored is not None:
            self.session.execute(
                delete(IdempotencyKey).where(IdempotencyKey.actor == who, IdempotencyKey.key == self.key)
            )
            self.session.expunge(stored)
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
            raise Problem(
                "not-possible-now", "Expected a free Idempotency-Key, found it in use at this moment"
            ) from error
        answer = jsonable_encoder(act())
        row.status, row.answer = status, {"body": answer, "headers": headers or {}}
        return self._respond(status, answer, headers or {})

    def _repeat(self, stored: IdempotencyKey, hashed: bytes) -> Any:
        if stored.request_hash != hashed:
            raise Problem("invalid", "Expected the same request as before under this Idempotency-Key, found another")
        if stored.status is None or stored.answer is None:
            raise Problem("not-possible-now", "Expected the first request of this Idempotency-Key to have ended")
        headers = {**stored.answer["headers"], "Idempotency-Replayed": "true"}
        return self._respond(stored.status, stored.answer["body"], headers)

    def _hash(self, sent: Any) -> bytes:
        content = sent if isinstance(sent, bytes) else orjson.dumps(jsonable_encoder(sent), option=orjson.OPT_SORT_KEYS)
        head = f"{self.request.method} {self.request.url.path}?{self.request.url.query}\0".encode()
        return hashlib.sha256(head + content).digest()

    def _respond(self, status: int, answer: Any, headers: dict[str, str]) -> JSONResponse:
        return JSONResponse(answer, status, headers)
