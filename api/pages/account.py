"""What a person may see and change of itself."""

from fastapi import APIRouter, Request, Response

from api.dependencies import AllSessions
from api.pages.drawing import go, page
from api.pages.visitor import Fields, SignedIn
from api.pages.words import role_names
from api.sessions import changed_password
from engine import accounts
from engine.accounts import NotSignedIn
from engine.database import reading
from engine.errors import Invalid

router = APIRouter(include_in_schema=False, prefix="/account")


@router.get("")
def show_account(request: Request, visitor: SignedIn, sessions: AllSessions) -> Response:
    """Show who one is, with which roles, and the form for a new password."""
    return _shown(request, visitor, sessions, None)


@router.post("/password")
def change_password(request: Request, fields: Fields, visitor: SignedIn, sessions: AllSessions) -> Response:
    """Change the own password; all sessions end."""
    try:
        changed_password(request, sessions, visitor.actor, fields.get("old", ""), fields.get("new", ""), visitor.now)
    except NotSignedIn:
        return _shown(request, visitor, sessions, "old")
    except Invalid:
        return _shown(request, visitor, sessions, "new")
    return go("/signin", done="password")


def _shown(request: Request, visitor: SignedIn, sessions: AllSessions, wrong: str | None) -> Response:
    """``wrong``: the field that was refused; None: none was."""
    with reading(sessions) as session:
        agencies = accounts.agencies_of(session, visitor.actor.name, now=visitor.now)
        agency_id = visitor.actor.agency_id
        names = {} if agency_id is None else role_names(session, agency_id, visitor.language)
    roles = sorted(names.get(role, role) for role in visitor.actor.roles)
    status = 200 if wrong is None else 422
    return page(request, visitor, "account.html", status=status, agencies=agencies, roles=roles, wrong=wrong)
