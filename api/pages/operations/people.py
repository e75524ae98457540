"""Users and roles: add people, change what is known of them, give passwords, give and take roles."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import cursors
from api.dependencies import Reading, Transaction
from api.pages.drawing import go
from api.pages.operations.room import PATH, Changed, Looked, Managed, checked, day_in, drawn, office_roles
from api.pages.visitor import Fields, Pairs, SignedIn, Visitor
from api.pages.words import OWN_ROLES, in_language, role_names
from api.sent import ChangedUser, NewPassword, NewUser, Roles
from engine import accounts
from engine.access import OwnRole
from engine.database import Page
from engine.errors import NotPossibleNow

router = APIRouter(include_in_schema=False, prefix=PATH)
_ROWS = 50
_NEW = {"name": "", "full_name": "", "email": "", "language": "id"}


@router.get("/people")
def show_people(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    managed: Looked,
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: str = "",
) -> Response:
    """Show the people of the agency."""
    place = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    found = accounts.people(session, managed.agency.id, place, text=text or None)
    return drawn(
        request,
        visitor,
        "people",
        "people.html",
        managed=managed,
        people=found.items,
        next=cursors.sealed(found.next),
        text_sought=text,
        names=role_names(session, managed.agency.id, visitor.language),
    )


@router.get("/add-person")
def show_new_person(request: Request, visitor: SignedIn, session: Reading, managed: Looked) -> Response:
    """Show the form for a new person."""
    return _new_person(request, visitor, session, managed, _NEW, [], {})


@router.post("/add-person")
def add_person(request: Request, sent: Pairs, visitor: SignedIn, session: Transaction, managed: Changed) -> Response:
    """Add a person with roles."""
    fields, roles = dict(sent), [value for name, value in sent if name == "role"]
    entered = {name: fields.get(name, "").strip() for name in _NEW}
    wanted: NewUser | None
    values = {**entered, "email": entered["email"] or None, "password": fields.get("password", ""), "roles": roles}
    wanted, refused = checked(NewUser, values)
    faults = dict.fromkeys(refused, "wrong")
    if wanted is not None:
        try:
            accounts.add_person(
                session,
                wanted.name,
                wanted.full_name,
                wanted.password,
                wanted.roles,
                agency_id=managed.agency.id,
                manager=visitor.actor,
                now=visitor.now,
                email=wanted.email,
                language=wanted.language,
            )
            return go(managed.at(f"people/{wanted.name}"), done="person-added")
        except NotPossibleNow:
            faults = {"name": "taken"}
    return _new_person(request, visitor, session, managed, entered, roles, faults)


@router.get("/people/{name}")
def show_person(request: Request, name: str, visitor: SignedIn, session: Reading, managed: Looked) -> Response:
    """Show what is known of a person, and its roles in the agency."""
    return _person(request, visitor, session, managed, name, None)


@router.post("/people/{name}")
def change_person(
    request: Request, name: str, fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed
) -> Response:
    """Change what is known of a person."""
    values = {part: fields.get(part, "").strip() or None for part in ("full_name", "email", "language")}
    wanted: ChangedUser | None
    wanted, refused = checked(ChangedUser, values)
    if wanted is None or wanted.full_name is None:
        return _person(request, visitor, session, managed, name, min(refused, default="full_name"))
    accounts.change_person(
        session,
        name,
        agency_id=managed.agency.id,
        manager=visitor.actor,
        now=visitor.now,
        full_name=wanted.full_name,
        email=wanted.email,
        language=wanted.language,
    )
    return go(managed.at(f"people/{name}"), done="changed")


@router.post("/people/{name}/active")
def let_person_in(name: str, fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed) -> Response:
    """End that a person may sign in, or let it in again."""
    active = fields.get("active") == "yes"
    agency_id = managed.agency.id
    accounts.change_person(session, name, agency_id=agency_id, manager=visitor.actor, now=visitor.now, active=active)
    return go(managed.at(f"people/{name}"), done="person-active" if active else "person-inactive")


@router.post("/people/{name}/password")
def give_password(
    request: Request, name: str, fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed
) -> Response:
    """Give a person a new password."""
    wanted: NewPassword | None
    wanted, _refused = checked(NewPassword, {"password": fields.get("password", "")})
    if wanted is None:
        return _person(request, visitor, session, managed, name, "password")
    agency_id = managed.agency.id
    accounts.give_password(session, name, wanted.password, agency_id=agency_id, manager=visitor.actor, now=visitor.now)
    return go(managed.at(f"people/{name}"), done="password-given")


@router.post("/people/{name}/roles")
def give_roles(
    request: Request, name: str, sent: Pairs, visitor: SignedIn, session: Transaction, managed: Changed
) -> Response:
    """Give a person roles, from a day and until a day (both included) where such are entered."""
    fields = dict(sent)
    wanted: Roles | None
    wanted, _refused = checked(Roles, {"roles": [value for key, value in sent if key == "role"]})
    if wanted is None:
        return _person(request, visitor, session, managed, name, "role")
    first, last = day_in(fields, "since"), day_in(fields, "until")
    if last is not None and managed.end_of(last) <= max(visitor.now, managed.start_of(first or last)):
        return _person(request, visitor, session, managed, name, "until")
    accounts.give_roles(
        session,
        name,
        wanted.roles,
        agency_id=managed.agency.id,
        manager=visitor.actor,
        now=visitor.now,
        since=None if first is None else max(visitor.now, managed.start_of(first)),
        until=None if last is None else managed.end_of(last),
    )
    return go(managed.at(f"people/{name}"), done="roles-given")


@router.post("/people/{name}/roles/withdraw")
def take_role(name: str, fields: Fields, visitor: SignedIn, session: Transaction, managed: Changed) -> Response:
    """Take a role from a person."""
    role = fields.get("role", "")
    agency_id = managed.agency.id
    accounts.take_roles(session, name, [role], agency_id=agency_id, manager=visitor.actor, now=visitor.now)
    return go(managed.at(f"people/{name}"), done="role-taken")


def _new_person(
    request: Request,
    visitor: Visitor,
    session: Reading,
    managed: Managed,
    entered: Mapping[str, str],
    chosen: list[str],
    faults: Mapping[str, str],
) -> Response:
    """``faults``: field to ``wrong`` or ``taken``."""
    roles = _roles(session, managed, visitor)
    answer = drawn(
        request,
        visitor,
        "people",
        "new_person.html",
        managed=managed,
        entered=entered,
        chosen=chosen,
        faults_of=faults,
        roles=roles,
    )
    answer.status_code = 422 if faults else 200
    return answer


def _person(
    request: Request, visitor: Visitor, session: Reading, managed: Managed, name: str, wrong: str | None
) -> Response:
    """``wrong``: the field that was refused; None: none was."""
    found = accounts.person(session, name, managed.agency.id, manager=visitor.actor)
    roles = _roles(session, managed, visitor)
    answer = drawn(
        request,
        visitor,
        "people",
        "person.html",
        managed=managed,
        person=found,
        roles=roles,
        names=role_names(session, managed.agency.id, visitor.language),
        is_oneself=name == visitor.actor.name,
        wrong=wrong,
    )
    answer.status_code = 200 if wrong is None else 422
    return answer


def _roles(session: Reading, managed: Managed, visitor: Visitor) -> dict[str, list[tuple[str, str]]]:
    """Return the roles that the visitor may give, with their names: Alur's own, and those of processes."""
    own = [role for role in OwnRole if role is not OwnRole.PLATFORM or visitor.actor.has(OwnRole.PLATFORM)]
    return {
        "own": [(role.value, in_language(OWN_ROLES[role], visitor.language)) for role in own],
        "processes": office_roles(session, managed, visitor.language),
    }
