"""Sign in and out, choose the agency to act for, choose the language."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.dependencies import SESSION_COOKIE, AllSessions, Now, Transaction
from api.pages.drawing import go, page
from api.pages.visitor import Anybody, Fields, SignedIn, keep_session, safe_path
from api.problems import LANGUAGE_COOKIE, LANGUAGES
from api.sessions import opened_session
from engine import accounts
from engine.accounts import NotSignedIn
from engine.database import reading

router = APIRouter(include_in_schema=False)
_YEAR = 365 * 24 * 3600


@router.get("/signin")
def show_sign_in(request: Request, visitor: Anybody, next: str = "/desk") -> Response:
    """Show the form for name and password."""
    return page(request, visitor, "signin.html", next=safe_path(next, "/desk"), name="", failed=False)


@router.post("/signin")
def sign_in(request: Request, fields: Fields, visitor: Anybody, sessions: AllSessions, now: Now) -> Response:
    """Open a session and go on to the page that was wanted."""
    name, wanted = fields.get("name", "").strip(), safe_path(fields.get("next"), "/desk")
    try:
        opened = opened_session(request, sessions, name, fields.get("password", ""), None, now)
    except NotSignedIn:
        return page(request, visitor, "signin.html", status=401, next=wanted, name=name, failed=True)
    answer = go(wanted if opened.actor.agency_id is not None else "/agency")
    keep_session(request, answer, opened.token)
    return answer


@router.post("/signout")
def sign_out(request: Request, _fields: Fields, session: Transaction) -> Response:
    """End the session."""
    accounts.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    answer = go("/signin", done="signed-out")
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.get("/agency")
def show_agencies(request: Request, visitor: SignedIn, sessions: AllSessions) -> Response:
    """Show the agencies that the person may act for."""
    with reading(sessions) as session:
        mine = accounts.agencies_of(session, visitor.actor.name, now=visitor.now)
    return page(request, visitor, "agency.html", agencies=mine)


@router.post("/agency")
def choose_agency(request: Request, fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Act for another agency."""
    token = request.cookies.get(SESSION_COOKIE, "")
    accounts.choose_agency(session, token, fields.get("code", ""), now=visitor.now)
    return go("/desk")


@router.post("/language")
def choose_language(request: Request, fields: Fields) -> RedirectResponse:
    """Keep the language, and go back to the page."""
    answer = go(safe_path(fields.get("next"), "/"))
    chosen = fields.get("language", "")
    if chosen in LANGUAGES:
        secure = request.url.scheme == "https"
        answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer
