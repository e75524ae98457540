"""Agencies: owners of data and authority."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import journal
from engine.database import Page, Slice, uuid7
from engine.errors import NotFound, NotPossibleNow
from engine.models import Agency, User, UserRole


def agencies(session: Session, page: Page) -> Slice[Agency]:
    """Return all agencies by code."""
    query = select(Agency).order_by(Agency.code)
    if page.after is not None:
        query = query.where(Agency.code > page.after)
    return Slice.cut(list(session.scalars(query.limit(page.limit + 1))), page, lambda found: found.code)


def agency(session: Session, code: str) -> Agency:
    """Return an agency by its code. Raises NotFound."""
    found = session.scalars(select(Agency).where(Agency.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"Expected agency {code}, but there is no such agency")
    return found


def agencies_of(session: Session, name: str, *, now: datetime) -> list[Agency]:
    """Return the agencies in which a person has a role now, by name."""
    query = (
        select(Agency)
        .join(UserRole, UserRole.agency_id == Agency.id)
        .join(User, User.id == UserRole.user_id)
        .where(User.name == name, UserRole.since <= now, or_(UserRole.until.is_(None), UserRole.until > now))
        .distinct()
        .order_by(Agency.name)
    )
    return list(session.scalars(query))


def create_agency(
    session: Session,
    code: str,
    name: str,
    *,
    time_zone: str = "Asia/Jakarta",
    parent_id: UUID | None = None,
    actor: str,
    now: datetime,
) -> Agency:
    """Add an agency. Raises NotPossibleNow if the code is taken."""
    if session.scalar(select(Agency.id).where(Agency.code == code)) is not None:
        raise NotPossibleNow(f"Expected a new code for an agency, but {code} is taken")
    made = Agency(
        id=uuid7(now), code=code, name=name, parent_id=parent_id, time_zone=time_zone, active=True, created_at=now
    )
    session.add(made)
    session.flush()
    journal.note(session, "agency.added", {"code": code, "name": name}, actor=actor, agency_id=None, now=now)
    return made


def change_agency(
    session: Session, code: str, *, actor: str, now: datetime, name: str | None = None, active: bool | None = None
) -> Agency:
    """Rename an agency, or let nothing new be started in its name. None leaves a thing as it is. Raises NotFound."""
    found = agency(session, code)
    found.name = found.name if name is None else name
    found.active = found.active if active is None else active
    session.flush()
    facts = {"code": code, "name": found.name, "active": found.active}
    journal.note(session, "agency.changed", facts, actor=actor, agency_id=None, now=now)
    return found
