"""What routes ask for: a transaction that is committed before the answer, who is calling, the time, paging."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from api.problems import Problem
from engine import accounts
from engine.access import PUBLIC, Actor
from engine.database import Page, Slice

_bearer = HTTPBearer(auto_error=False, description="Token from POST /v1/sessions")
_key = APIKeyHeader(name="X-API-Key", auto_error=False, description="Key of a system: alur_ID_SECRET")


def clock() -> datetime:
    """Return the time of this request. Tests put another in its place."""
    return datetime.now(UTC)


def one_transaction(request: Request) -> Iterator[Session]:
    """Open one transaction for the request; commit it if the route succeeds."""
    with request.app.state.sessions.begin() as session:
        yield session


Now = Annotated[datetime, Depends(clock)]
# Scope ``function``: committed before the answer goes out, so that 200 means stored.
Transaction = Annotated[Session, Depends(one_transaction, scope="function")]


def anybody(
    session: Transaction,
    now: Now,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    key: Annotated[str | None, Security(_key)],
) -> Actor:
    """Return who is calling, or the public. A wrong token or key is refused, never taken for the public."""
    if key is not None:
        return accounts.key_actor(session, key, now=now)
    if bearer is not None:
        return accounts.session_actor(session, bearer.credentials, now=now)
    return PUBLIC


def somebody(actor: Annotated[Actor, Depends(anybody)]) -> Actor:
    """Return who is calling. Raises NotSignedIn for the public."""
    if actor is PUBLIC:
        raise accounts.NotSignedIn("Expected a token (Authorization: Bearer) or a key (X-API-Key), found neither")
    return actor


def signed_in(
    request: Request,
    now: Now,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    key: Annotated[str | None, Security(_key)],
) -> Actor:
    """Return who is calling, found in a transaction that ends here: before a long body is read and looked at."""
    with request.app.state.sessions.begin() as session:
        return somebody(anybody(session, now, bearer, key))


SignedIn = Annotated[Actor, Depends(signed_in)]
Caller = Annotated[Actor, Depends(somebody)]
Anybody = Annotated[Actor, Depends(anybody)]


def session_token(bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> str:
    """Return the caller's session token. Raises NotSignedIn without one."""
    if bearer is None:
        raise accounts.NotSignedIn("Expected a token (Authorization: Bearer), found none")
    return bearer.credentials


Token = Annotated[str, Depends(session_token)]


def expected_revision(
    if_match: Annotated[str | None, Header(description="ETag that was read: the act is refused if it changed")] = None,
) -> int | None:
    """Return the revision that the caller acts on; None: whichever is there."""
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdigit() or len(text) > 12:
        raise Problem("malformed", f'Expected an ETag such as "3" in If-Match, found {if_match[:40]!r}')
    return int(text)


Revision = Annotated[int | None, Depends(expected_revision)]


def page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="``next`` of the answer before")] = None,
) -> Page:
    """Return which part of a list is wanted. Cursors are signed: only those that a list gave are taken."""
    if cursor is None:
        return Page(limit)
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        signature, place = raw[:8], raw[8:].decode()
    except (binascii.Error, ValueError) as error:
        raise _wrong_cursor() from error
    if not hmac.compare_digest(signature, _signature(place)):
        raise _wrong_cursor()
    return Page(limit, place)


Paging = Annotated[Page, Depends(page)]


def sealed(place: str | None) -> str | None:
    """Return a place in a list as a cursor."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(_signature(place) + place.encode()).decode().rstrip("=")


def listed(found: Slice[Any], show: Any) -> dict[str, Any]:
    """Return a part of a list as its answer."""
    return {"items": [show(item) for item in found.items], "next": sealed(found.next)}


def _signature(place: str) -> bytes:
    return hmac.new(accounts.pepper(), b"cursor\0" + place.encode(), hashlib.sha256).digest()[:8]


def _wrong_cursor() -> Problem:
    return Problem("malformed", "Expected a cursor that a list gave as its next, found another text")
