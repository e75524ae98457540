"""Agencies, for the platform: add, rename, let nothing new be started in their name, and manage each."""

from fastapi import APIRouter, Request, Response

from api import cursors
from api.dependencies import Reading, Transaction
from api.pages.drawing import go
from api.pages.operations.room import PATH, checked, drawn
from api.pages.visitor import Fields, SignedIn, Visitor
from api.sent import NewAgency
from engine import access, accounts
from engine.access import OwnRole
from engine.database import Page
from engine.errors import NotPossibleNow

router = APIRouter(include_in_schema=False, prefix=f"{PATH}/agencies")
_ROWS = 50


@router.get("")
def show_agencies(request: Request, visitor: SignedIn, session: Reading, cursor: str = "") -> Response:
    """Show all agencies, and the form for a new one."""
    return _agencies(request, visitor, session, cursor, {})


@router.post("")
def add_agency(request: Request, fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Add an agency."""
    access.need_role(visitor.actor, OwnRole.PLATFORM)
    wanted: NewAgency | None
    names = ("code", "name", "time_zone")
    wanted, refused = checked(NewAgency, {name: fields.get(name, "").strip() for name in names})
    if wanted is None:
        return _agencies(request, visitor, session, "", dict.fromkeys(refused, "wrong"))
    try:
        accounts.create_agency(
            session,
            wanted.code,
            wanted.name,
            time_zone=wanted.time_zone,
            actor=visitor.actor.name,
            now=visitor.now,
        )
    except NotPossibleNow:
        return _agencies(request, visitor, session, "", {"code": "taken"})
    return go(f"{PATH}/agencies", done="agency-added")


@router.post("/{code}")
def change_agency(code: str, fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Rename an agency, or switch whether anything new may be started in its name."""
    access.need_role(visitor.actor, OwnRole.PLATFORM)
    active = {"yes": True, "no": False}.get(fields.get("active", ""))
    name = fields.get("name", "").strip()[:200]
    accounts.change_agency(session, code, actor=visitor.actor.name, now=visitor.now, name=name or None, active=active)
    return go(f"{PATH}/agencies", done="changed")


def _agencies(request: Request, visitor: Visitor, session: Reading, cursor: str, faults: dict[str, str]) -> Response:
    """``faults``: field to ``wrong`` or ``taken``."""
    access.need_role(visitor.actor, OwnRole.PLATFORM)
    found = accounts.agencies(session, Page(_ROWS, cursors.opened(cursor) if cursor else None))
    answer = drawn(
        request,
        visitor,
        "agencies",
        "agencies.html",
        agencies=found.items,
        next=cursors.sealed(found.next),
        faults_of=faults,
    )
    answer.status_code = 422 if faults else 200
    return answer
