"""What routes ask for: a transaction that is committed before the answer, who is calling, the time, paging.

Those that never wait are ``async`` because FastAPI, where it answers, would run each in a thread else.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, Query, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, AwareDatetime
from sqlalchemy.orm import Session

from api import cursors
from api.plans import instant, opened_by
from api.problems import Problem, language_of
from engine import accounts
from engine.access import PUBLIC, Actor
from engine.database import Page, Sessions, in_transaction, reader, reading

# The session of a browser. Only our own scripts can send the header beside it: other sites would have to ask first.
SESSION_COOKIE = "alur_session"
PAGE_HEADER = "X-Alur-Page"
_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_bearer = HTTPBearer(auto_error=False, description="Token from POST /v1/sessions")
_key = APIKeyHeader(name="X-API-Key", auto_error=False, description="Key of a system: alur_ID_SECRET")


@instant
async def clock() -> datetime:
    """Return the time of this request. Tests put another in its place."""
    return datetime.now(UTC)


@instant
async def all_sessions(request: Request) -> Sessions:
    """Return the factory of sessions, for the few routes that need more than one transaction."""
    sessions: Sessions = request.app.state.sessions
    return sessions


Now = Annotated[datetime, Depends(clock)]
AllSessions = Annotated[Sessions, Depends(all_sessions)]


@opened_by(lambda request: request.app.state.sessions())
async def one_transaction(request: Request) -> AsyncIterator[Session]:
    """Give the request a session, when few enough are in the database; commit it if the route succeeds and did not."""
    state = request.app.state
    async with state.places.taken(), _ended(state.sessions()) as session:
        yield session
        if session.in_transaction():
            await run_in_threadpool(session.commit)


@opened_by(lambda request: reader(request.app.state.sessions))
async def only_reading(request: Request) -> AsyncIterator[Session]:
    """Give the request a session that only reads, when few enough are in the database: it waits for no writer."""
    state = request.app.state
    async with state.places.taken(), _ended(reader(state.sessions)) as session:
        yield session


@asynccontextmanager
async def _ended(session: Session) -> AsyncIterator[Session]:
    try:
        yield session
    finally:
        if session.in_transaction():
            await run_in_threadpool(session.close)


# Scope ``function``: committed before the answer goes out, so that 200 means stored.
Transaction = Annotated[Session, Depends(one_transaction, scope="function")]
Reading = Annotated[Session, Depends(only_reading, scope="function")]


def anybody(
    request: Request,
    now: Now,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    key: Annotated[str | None, Security(_key)],
) -> Actor:
    """Return who is calling, or the public. A wrong token or key is refused, never taken for the public.

    It is found in a transaction that ends here: before a long body is read, and before the route's begins.
    """
    token = bearer.credentials if bearer is not None else _token_of_page(request)
    if key is None and token is None:
        return PUBLIC
    sessions: Sessions = request.app.state.sessions
    with reading(sessions) as session:
        if key is not None:
            found = accounts.recognize_key(session, key, now=now)
        else:
            found = accounts.recognize_token(session, token or "", now=now)
    if found.is_due:
        in_transaction(sessions, lambda session: accounts.note_use(session, found, now=now))
    return found.actor


def _token_of_page(request: Request) -> str | None:
    return request.cookies.get(SESSION_COOKIE) if PAGE_HEADER in request.headers else None


@instant
async def somebody(actor: Annotated[Actor, Depends(anybody)]) -> Actor:
    """Return who is calling. Raises NotSignedIn for the public."""
    if actor is PUBLIC:
        raise accounts.NotSignedIn("Expected a token (Authorization: Bearer) or a key (X-API-Key), found neither")
    return actor


Caller = Annotated[Actor, Depends(somebody)]
Anybody = Annotated[Actor, Depends(anybody)]


@instant
async def session_token(bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> str:
    """Return the caller's session token. Raises NotSignedIn without one."""
    if bearer is None:
        raise accounts.NotSignedIn("Expected a token (Authorization: Bearer), found none")
    return bearer.credentials


@instant
async def language(request: Request) -> str:
    """Return the language for sentences: ``id`` or ``en``."""
    return language_of(request)


Token = Annotated[str, Depends(session_token)]
Language = Annotated[str, Depends(language)]


@instant
async def expected_revision(
    if_match: Annotated[str | None, Header(description="ETag that was read: the act is refused if it changed")] = None,
) -> int | None:
    """Return the revision that the caller acts on; None: whichever is there."""
    return None if if_match is None else _revision(if_match)


@instant
async def needed_revision(
    if_match: Annotated[str, Header(description="ETag that was read, or * for whichever is there")],
) -> int | None:
    """Return the revision that the caller must have read; None: whichever is there, as the caller says."""
    return _revision(if_match)


Revision = Annotated[int | None, Depends(expected_revision)]
NeededRevision = Annotated[int | None, Depends(needed_revision)]


def _revision(text: str) -> int | None:
    if text.strip() == "*":
        return None
    found = _ETAG.fullmatch(text.strip())
    if found is None:
        raise Problem("malformed", f'Expected an ETag such as "3" in If-Match, found {text[:40]!r}')
    return int(found[1])


@instant
async def page(
    limit: Annotated[int, Query(ge=1, le=200, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="``next`` of the answer before")] = None,
) -> Page:
    """Return which part of a list is wanted. Cursors are signed: only those that a list gave are taken."""
    return Page(limit, None if cursor is None else cursors.opened(cursor))


Paging = Annotated[Page, Depends(page)]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a moment between the years 1 and 9999") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
