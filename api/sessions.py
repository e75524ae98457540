"""Sign in, sign out, choose an agency, ask who one is."""

from datetime import datetime

from fastapi import APIRouter, Request

from api.bodies import Route
from api.dependencies import AllSessions, Caller, Now, Token, Transaction
from api.sent import OwnPassword, SignIn
from api.shown.people import Actor, SignedIn, of_actor
from engine import access, accounts
from engine.access import ActorKind
from engine.database import Sessions, in_transaction, reading
from engine.errors import NotAllowed

router = APIRouter(prefix="/v1", tags=["sessions"], route_class=Route)


@router.post("/sessions", status_code=201, summary="Sign in")
def sign_in(sent: SignIn, request: Request, sessions: AllSessions, now: Now) -> SignedIn:
    """Open a session for a person. The token goes into ``Authorization: Bearer``.

    It ends after 12 hours, or after 2 without use. The tenth wrong password locks the name for 15 minutes. An address
    may try 20 times a minute for a name, and 200 times in all (429).
    """
    opened = opened_session(request, sessions, sent.name, sent.password, sent.agency, now)
    return SignedIn(token=opened.token, expires_at=opened.expires_at, actor=of_actor(opened.actor))


@router.delete("/sessions/current", status_code=204, summary="Sign out")
def sign_out(session: Transaction, token: Token) -> None:
    """End the session of this token."""
    accounts.sign_out(session, token)


@router.put("/sessions/current/agency/{code}", summary="Act for another agency")
def choose_agency(code: str, session: Transaction, token: Token, now: Now) -> Actor:
    """Let this session act for another agency of the person."""
    return of_actor(accounts.choose_agency(session, token, code, now=now))


@router.get("/me", summary="Who is calling")
def me(caller: Caller) -> Actor:
    """Return who is calling, for which agency, with which roles or scopes."""
    return of_actor(caller)


@router.put("/me/password", status_code=204, summary="Change the own password")
def change_password(sent: OwnPassword, request: Request, sessions: AllSessions, caller: Caller, now: Now) -> None:
    """Change the own password. All sessions of the person end, also this one."""
    if caller.kind is not ActorKind.USER:
        raise NotAllowed(f"Expected a person, found {caller.name}, which has no password")
    changed_password(request, sessions, caller, sent.old, sent.new, now)


def changed_password(
    request: Request, sessions: Sessions, person: access.Actor, old: str, new: str, now: datetime
) -> None:
    """Change a person's own password. Raises NotSignedIn for a wrong old one, Invalid for a new one that is too short,
    Problem for too many tries."""
    request.app.state.sign_ins.check(request, person.name)
    matches = _proved(sessions, person.name, old)
    in_transaction(
        sessions, lambda session: accounts.change_password(session, person.name, new, matches=matches, now=now)
    )


def opened_session(
    request: Request, sessions: Sessions, name: str, password: str, agency: str | None, now: datetime
) -> accounts.SignedIn:
    """Open a session for who proves to be the person. Raises NotSignedIn; Problem for too many tries."""
    request.app.state.sign_ins.check(request, name)
    matches = _proved(sessions, name, password)
    opened = in_transaction(
        sessions,
        lambda session: accounts.open_session(session, name, matches=matches, now=now, agency_code=agency),
    )
    if opened is None:
        raise accounts.NotSignedIn("Expected a known name with its password, found another combination")
    return opened


def _proved(sessions: Sessions, name: str, password: str) -> str | None:
    """Return the hash that a password matches; None: it is wrong. No transaction is open while it is computed."""
    with reading(sessions) as session:
        hashed = accounts.password_of(session, name)
    return hashed if accounts.is_password(hashed, password) else None
