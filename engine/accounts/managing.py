"""What the administrators of an agency and of the platform do: people, their roles, and keys, each with its check."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor, OwnRole
from engine.accounts.agencies import agency
from engine.accounts.keys import create_key
from engine.accounts.people import change_user, create_user, grant, set_password, user_of, withdraw
from engine.errors import Invalid, NotPossibleNow
from engine.models import ApiKey, User


def managed_agency(session: Session, manager: Actor, code: str | None) -> UUID:
    """Return the agency that is managed: the manager's (None), or for the platform any. Raises NotFound, NotAllowed."""
    if code is not None:
        access.need_role(manager, OwnRole.PLATFORM)
        return agency(session, code).id
    agency_id = access.need_agency(manager)
    access.may_manage(manager, agency_id)
    return agency_id


def audited_agency(session: Session, viewer: Actor, code: str | None, *, national: bool) -> UUID | None:
    """Return the agency whose administration is read: the viewer's, or for the platform any; None: the nation.

    Raises NotFound, NotAllowed.
    """
    own = access.need_agency(viewer) if code is None and not national else None
    audited = agency(session, code).id if code is not None and not national else own
    access.may_audit(viewer, audited)
    return audited


def add_person(
    session: Session,
    name: str,
    full_name: str,
    password: str,
    roles: Collection[str],
    *,
    agency_id: UUID,
    manager: Actor,
    now: datetime,
    email: str | None = None,
    language: str = "id",
) -> User:
    """Add a person with roles in a managed agency. Raises NotPossibleNow if the name is taken, Invalid, NotAllowed."""
    access.may_grant(manager, roles)
    by = manager.name
    made = create_user(
        session, name, full_name, password, agency_id=agency_id, actor=by, now=now, email=email, language=language
    )
    grant(session, name, agency_id, roles, actor=by, now=now)
    return made


def change_person(
    session: Session,
    name: str,
    *,
    agency_id: UUID,
    manager: Actor,
    now: datetime,
    full_name: str | None = None,
    email: str | None = None,
    language: str | None = None,
    active: bool | None = None,
) -> User:
    """Change what is known of a person, or end that it may sign in; None leaves a thing as it is.

    A person who works for other agencies too is changed by the platform only. Nobody shuts itself out. Raises
    NotFound, NotAllowed, NotPossibleNow.
    """
    found = user_of(session, name, agency_id, manager=manager, alone=True)
    if active is False and name == manager.name:
        raise NotPossibleNow(f"Expected another person than {name} to end that {name} may sign in", because="oneself")
    return change_user(
        session,
        found,
        agency_id=agency_id,
        actor=manager.name,
        now=now,
        full_name=full_name,
        email=email,
        language=language,
        active=active,
    )


def give_password(
    session: Session, name: str, password: str, *, agency_id: UUID, manager: Actor, now: datetime
) -> None:
    """Give a person a new password; all sessions of it end, and a lock too. Raises NotFound, NotAllowed, Invalid."""
    found = user_of(session, name, agency_id, manager=manager, alone=True)
    set_password(session, found.name, password, agency_id=agency_id, actor=manager.name, now=now)


def give_roles(
    session: Session,
    name: str,
    roles: Collection[str],
    *,
    agency_id: UUID,
    manager: Actor,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Give a person roles in a managed agency, from ``since`` (None: now) until ``until`` (None: open).

    A person of another agency is given roles here only by the platform. Raises NotFound, NotAllowed, Invalid.
    """
    access.may_grant(manager, roles)
    begins = since or now
    if until is not None and until <= begins:
        raise Invalid(f"Expected roles to end after {begins.isoformat()}, when they begin, found {until.isoformat()}")
    found = user_of(session, name, agency_id, manager=manager)
    grant(session, found.name, agency_id, roles, actor=manager.name, now=now, since=since, until=until)


def take_roles(
    session: Session, name: str, roles: Collection[str], *, agency_id: UUID, manager: Actor, now: datetime
) -> None:
    """Take roles in a managed agency from a person. It counts from the next request on.

    Nobody takes the role that lets it do this from itself. Raises NotFound, NotAllowed, NotPossibleNow.
    """
    access.may_grant(manager, roles)
    found = user_of(session, name, agency_id, manager=manager)
    if name == manager.name and {OwnRole.ADMIN.value, OwnRole.PLATFORM.value}.intersection(roles):
        raise NotPossibleNow(f"Expected another person than {name} to take these roles from {name}", because="oneself")
    withdraw(session, found.name, agency_id, roles, actor=manager.name, now=now)


def add_key(
    session: Session,
    name: str,
    scopes: Collection[str],
    roles: Collection[str],
    *,
    agency_id: UUID,
    manager: Actor,
    now: datetime,
    life: timedelta | None = None,
) -> tuple[ApiKey, str]:
    """Add a key for a system of a managed agency; return it with its text, which is shown only now.

    ``life`` None: valid until revoked. Raises Invalid, NotAllowed.
    """
    access.may_grant(manager, roles, scopes)
    return create_key(session, name, agency_id, scopes, roles=roles, created_by=manager.name, now=now, life=life)
