"""Demonstration mode: agencies, people and keys with known passwords. For trying out only, and it says so."""

import logging
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from engine import accounts, calendars
from engine.access import OwnRole, Scope
from engine.database import Sessions, in_transaction, reading, take_turns
from engine.errors import NotPossibleNow
from engine.models import Agency, ApiKey, User, UserRole, Version

log = logging.getLogger("alur.demo")

PASSWORD = "alur-demo-2026"  # noqa: S105 - known on purpose, and refused beside real users
# ``alur_`` + id + ``_`` + secret is the key of a system of the agency: known on purpose.
KEYS = {
    "dinas-kominfo": (UUID(int=1), "demo-key"),
    "dinas-pupr": (UUID(int=2), "demo-key"),
}
AGENCIES = {
    "dinas-kominfo": "Dinas Komunikasi dan Informatika",
    "dinas-pupr": "Dinas Pekerjaan Umum dan Penataan Ruang",
}
# Two people for every role, so that steps which must not be the same person's can be tried.
PEOPLE = ("budi", "sari")
OFFICERS = {
    "admin": [OwnRole.ADMIN, OwnRole.OPERATOR],
    "kepala": [OwnRole.HEAD, OwnRole.APPROVER],
    "perancang": [OwnRole.DESIGNER],
    "auditor": [OwnRole.AUDITOR],
}


def fill(sessions: Sessions) -> None:
    """Create what the demonstration needs, once. Raises NotPossibleNow on a database with real users."""
    in_transaction(sessions, _fill)
    log.warning("demo.on passwords=%s agencies=%s never_use_this_for_real_data=yes", PASSWORD, ",".join(AGENCIES))


def refuse_leftovers(sessions: Sessions) -> None:
    """Check that a database that is not for demonstration has none of its keys. Raises NotPossibleNow."""
    with reading(sessions) as session:
        if not inspect(session.connection()).has_table(ApiKey.__tablename__):
            return  # nothing was migrated yet: readiness says so
        known = [identifier for identifier, _secret in KEYS.values()]
        if session.scalars(select(ApiKey.id).where(ApiKey.id.in_(known))).first() is not None:
            raise NotPossibleNow(
                "Expected a database without demonstration users, found those that ALUR_DEMO=1 left, whose passwords "
                "everybody knows; choose another ALUR_DATA or ALUR_DATABASE_URL"
            )


def _fill(session: Session) -> None:
    take_turns(session, "demonstration")  # several processes may start at once
    now = datetime.now(UTC)
    known = set(session.scalars(select(User.name)))
    ours = {f"{name}.{code}" for code in AGENCIES for name in (*PEOPLE, *OFFICERS)} | {"platform"}
    if known - ours:
        raise NotPossibleNow(
            f"Expected a database without real users for the demonstration, found {sorted(known - ours)[0]}"
        )
    calendars.seed(session, (now.year, now.year + 1), actor="system", now=now)
    roles = _office_roles(session)
    for code, name in AGENCIES.items():
        agency = session.scalars(select(Agency).where(Agency.code == code)).one_or_none()
        if agency is None:
            agency = accounts.create_agency(session, code, name, actor="system", now=now)
            accounts.create_key(
                session,
                f"demo.{code}",
                agency.id,
                [scope.value for scope in Scope],
                created_by="system",
                now=now,
                known=KEYS[code],
            )
        for person in PEOPLE:
            _person(session, f"{person}.{code}", agency, [*roles], now)
        for person, own in OFFICERS.items():
            _person(session, f"{person}.{code}", agency, [role.value for role in own], now)
    first = session.scalars(select(Agency).where(Agency.code == next(iter(AGENCIES)))).one()
    _person(session, "platform", first, [OwnRole.PLATFORM.value], now)


def _person(session: Session, name: str, agency: Agency, roles: list[str], now: datetime) -> None:
    if session.scalar(select(User.id).where(User.name == name)) is None:
        full_name = name.partition(".")[0].title()
        accounts.create_user(session, name, full_name, PASSWORD, agency_id=agency.id, actor="system", now=now)
    held = select(UserRole.role).join(User, User.id == UserRole.user_id).where(User.name == name)
    missing = set(roles) - set(session.scalars(held.where(UserRole.agency_id == agency.id)))
    if missing:  # a start that changes nothing stands in no journal
        accounts.grant(session, name, agency.id, sorted(missing), actor="system", now=now)


def _office_roles(session: Session) -> list[str]:
    """Return the office roles of all deployed processes."""
    return sorted({role for offices in session.scalars(select(Version.offices)) for role in offices})
