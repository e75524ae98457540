"""Sign in, sign out, choose an agency, ask who one is."""

from typing import Any

from fastapi import APIRouter, Request, Response

from api.dependencies import Caller, Now, Token, Transaction
from api.problems import body_of, language_of
from api.schemas import SignIn, show_actor
from engine import accounts

router = APIRouter(prefix="/v1", tags=["sessions"])


@router.post("/sessions", status_code=201, summary="Sign in")
def sign_in(sent: SignIn, request: Request, response: Response, session: Transaction, now: Now) -> dict[str, Any]:
    """Open a session for a person. The token goes into ``Authorization: Bearer``; it ends after 12 hours."""
    request.app.state.sign_ins.check(request, sent.name)
    try:
        opened = accounts.sign_in(session, sent.name, sent.password, now=now, agency_code=sent.agency)
    except accounts.NotSignedIn as error:
        # Answered, not raised: the count of wrong passwords must be committed.
        response.status_code, problem = body_of(error, language_of(request))
        return problem
    return {"token": opened.token, "expires_at": opened.expires_at, "actor": show_actor(opened.actor)}


@router.delete("/sessions/current", status_code=204, summary="Sign out")
def sign_out(session: Transaction, token: Token) -> None:
    """End the session of this token."""
    accounts.sign_out(session, token)


@router.put("/sessions/current/agency/{code}", summary="Act for another agency")
def choose_agency(code: str, session: Transaction, token: Token, now: Now) -> dict[str, Any]:
    """Let this session act for another agency of the person."""
    return show_actor(accounts.choose_agency(session, token, code, now=now))


@router.get("/me", summary="Who is calling")
def me(caller: Caller) -> dict[str, Any]:
    """Return who is calling, for which agency, with which roles or scopes."""
    return show_actor(caller)
