"""People who sign in, and their roles in agencies."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from engine import journal
from engine.access import Actor, OwnRole
from engine.accounts.passwords import hash_password
from engine.database import Page, Slice, uuid7
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.models import BrowserSession, User, UserRole

# Names of people stand in journals and tasks beside ``key:…``, ``applicant:…`` and these: nobody may look like them.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_NOBODYS = frozenset(("system", "public"))


@dataclass(frozen=True, slots=True)
class Appointment:
    """A role that somebody has in an agency, from ``since`` until ``until`` (None: open)."""

    role: str
    since: datetime
    until: datetime | None

    def counts_at(self, now: datetime) -> bool:
        """Tell whether the role counts at ``now``."""
        return self.since <= now and (self.until is None or self.until > now)


@dataclass(frozen=True, slots=True)
class Person:
    """A person as an agency sees it: with its appointments there, by role."""

    user: User
    appointments: tuple[Appointment, ...]

    def roles_at(self, now: datetime) -> list[str]:
        """Return the roles that count at ``now``."""
        return [held.role for held in self.appointments if held.counts_at(now)]


def people(session: Session, agency_id: UUID, page: Page, *, text: str | None = None) -> Slice[Person]:
    """Return the people of an agency by name, with their roles in it. ``text`` occurs in one of their names."""
    of_agency = select(UserRole.user_id).where(UserRole.agency_id == agency_id)
    query = select(User).where(User.id.in_(of_agency)).order_by(User.name).limit(page.limit + 1)
    if text:
        sought = text.lower()
        in_name = func.lower(User.name).contains(sought, autoescape=True)
        query = query.where(or_(in_name, func.lower(User.full_name).contains(sought, autoescape=True)))
    if page.after is not None:
        query = query.where(User.name > page.after)
    return Slice.cut(_with_roles(session, agency_id, list(session.scalars(query))), page, lambda one: one.user.name)


def person(session: Session, name: str, agency_id: UUID, *, manager: Actor) -> Person:
    """Return one person whom a manager of the agency may manage, with its roles there. Raises NotFound."""
    return _with_roles(session, agency_id, [user_of(session, name, agency_id, manager=manager)])[0]


def _with_roles(session: Session, agency_id: UUID, found: list[User]) -> list[Person]:
    roles: dict[UUID, list[Appointment]] = {one.id: [] for one in found}
    of_found = select(UserRole).where(UserRole.agency_id == agency_id, UserRole.user_id.in_(roles))
    for row in session.scalars(of_found.order_by(UserRole.role)):
        roles[row.user_id].append(Appointment(row.role, row.since, row.until))
    return [Person(one, tuple(roles[one.id])) for one in found]


def create_user(
    session: Session,
    name: str,
    full_name: str,
    password: str | None,
    *,
    agency_id: UUID | None,
    actor: str,
    now: datetime,
    email: str | None = None,
    language: str = "id",
) -> User:
    """Add a person. ``agency_id``: whose journal says so; None: the nation's.

    Raises NotPossibleNow if the name is taken, Invalid for a strange name or a short password.
    """
    if not _NAME.fullmatch(name) or name in _NOBODYS:
        raise Invalid(f"Expected a name of letters, digits and . _ @ -, found {name[:100]!r}")
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise NotPossibleNow(f"Expected a new name for a user, but {name} is taken")
    made = User(
        id=uuid7(now),
        name=name,
        full_name=full_name,
        email=email,
        password_hash=hash_password(password) if password is not None else None,
        language=language,
        active=True,
        created_at=now,
        failed_logins=0,
        locked_until=None,
    )
    session.add(made)
    session.flush()
    journal.note(session, "person.added", {"person": name}, actor=actor, agency_id=agency_id, now=now)
    return made


def user(session: Session, name: str) -> User:
    """Return a person by name. Raises NotFound."""
    found = session.scalars(select(User).where(User.name == name)).one_or_none()
    if found is None:
        raise NotFound(f"Expected user {name}, but there is no such user")
    return found


def user_of(session: Session, name: str, agency_id: UUID, *, manager: Actor, alone: bool = False) -> User:
    """Return a person whom a manager of the agency may manage: one of the agency, or of none yet.

    With ``alone`` the person must not work for other agencies too: what follows counts for all of them. The platform
    manages everybody. Raises NotFound for a person of other agencies only, NotAllowed for one of others too.
    """
    found = user(session, name)
    if manager.has(OwnRole.PLATFORM):
        return found
    roles = session.execute(select(UserRole.agency_id, UserRole.role).where(UserRole.user_id == found.id)).all()
    places = {row.agency_id for row in roles}
    if places and agency_id not in places:
        raise NotFound(f"Expected user {name}, but there is no such user")
    if alone and (places - {agency_id} or OwnRole.PLATFORM in {row.role for row in roles}):
        raise NotAllowed(f"Expected the role {OwnRole.PLATFORM} to change {name}, who works not only for this agency")
    return found


def change_user(
    session: Session,
    found: User,
    *,
    agency_id: UUID | None,
    actor: str,
    now: datetime,
    full_name: str | None = None,
    email: str | None = None,
    language: str | None = None,
    active: bool | None = None,
) -> User:
    """Change what is known of a person; None leaves a thing as it is. Who is not active is signed out at once.

    ``agency_id``: whose journal says so; None: the nation's. It says what was changed, not to what: nothing can be
    taken out of it again, and addresses and names of people must be.
    """
    wanted = {"full_name": full_name, "email": email, "language": language, "active": active}
    changed = {field: new for field, new in wanted.items() if new is not None and new != getattr(found, field)}
    for field, new in changed.items():
        setattr(found, field, new)
    if not found.active:
        _sign_out_everywhere(session, found)
    session.flush()
    if changed:
        facts = {"person": found.name, "changed": sorted(changed), "active": found.active}
        journal.note(session, "person.changed", facts, actor=actor, agency_id=agency_id, now=now)
    return found


def set_password(
    session: Session, name: str, password: str, *, agency_id: UUID | None, actor: str, now: datetime
) -> None:
    """Change a password; every open session of the person ends, and a lock too. Raises Invalid for a short one.

    ``agency_id``: whose journal says so; None: the nation's.
    """
    found = user(session, name)
    found.password_hash, found.failed_logins, found.locked_until = hash_password(password), 0, None
    _sign_out_everywhere(session, found)
    journal.note(session, "password.changed", {"person": name}, actor=actor, agency_id=agency_id, now=now)


def grant(
    session: Session,
    name: str,
    agency_id: UUID,
    roles: Iterable[str],
    *,
    actor: str,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
) -> None:
    """Give a person roles in an agency, beside those it has. A role that it has keeps its beginning.

    ``since`` None: from now on. ``until`` ends an acting appointment; None: open.
    """
    found, given = user(session, name), list(roles)
    for role in given:
        held = session.get(UserRole, (found.id, agency_id, role))
        if held is None:
            session.add(UserRole(user_id=found.id, agency_id=agency_id, role=role, since=since or now, until=until))
        else:
            held.until = until
    session.flush()
    if given:
        facts = {
            "person": name,
            "roles": sorted(given),
            "since": (since or now).isoformat(),
            "until": None if until is None else until.isoformat(),
        }
        journal.note(session, "roles.given", facts, actor=actor, agency_id=agency_id, now=now)


def withdraw(session: Session, name: str, agency_id: UUID, roles: Iterable[str], *, actor: str, now: datetime) -> None:
    """Take roles in an agency from a person. It counts from the next request on."""
    found = user(session, name)
    of_them = (UserRole.user_id == found.id, UserRole.agency_id == agency_id, UserRole.role.in_(list(roles)))
    if taken := sorted(session.scalars(delete(UserRole).where(*of_them).returning(UserRole.role))):
        facts = {"person": name, "roles": taken}
        journal.note(session, "roles.taken", facts, actor=actor, agency_id=agency_id, now=now)


def _sign_out_everywhere(session: Session, found: User) -> None:
    session.execute(delete(BrowserSession).where(BrowserSession.user_id == found.id))
