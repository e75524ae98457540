"""What agencies offer to the public: which services there are, what each asks and gives, and how to apply for one.

Nobody needs an account for any of it. An agency offers a process if it has people who do its work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from engine import accounts, definitions, documents, instances
from engine.access import PUBLIC
from engine.database import Page, Slice
from engine.errors import NotFound
from engine.instances import Moved
from engine.manifest import Manifest, manifest_of
from engine.models import Agency, UserRole, Version, VersionStatus
from engine.settings import settings


@dataclass(frozen=True, slots=True)
class Service:
    """A process in force, as the public finds it."""

    version_id: UUID
    version: int
    manifest: Manifest

    @property
    def is_public(self) -> bool:
        """Tell whether applicants may apply by themselves, without going to the counter."""
        return not self.manifest.applicant_roles.isdisjoint(self.manifest.start.by)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file sent with an application. Its ``id`` is chosen before: the data of the start form names it."""

    id: UUID
    name: str
    content: bytes


def catalogue(session: Session, page: Page, *, now: datetime, agency_code: str | None = None) -> Slice[Service]:
    """Return the services in force by the id of their process: those for all agencies, or what one agency offers.

    Raises NotFound for an unknown or inactive agency.
    """
    agency = None if agency_code is None else _office(session, agency_code)
    offered = _offered(session, agency, now)
    wanted = [(process, version) for process, version in offered.items() if page.after is None or process > page.after]
    found = _services(session, [version for _process, version in wanted[: page.limit + 1]])
    return Slice.cut(found, page, lambda service: service.manifest.id)


def service(session: Session, process_id: str, *, now: datetime, agency_code: str | None = None) -> Service:
    """Return a service as all agencies, or one agency, offers it. Raises NotFound."""
    agency = None if agency_code is None else _office(session, agency_code)
    version_id = _offered(session, agency, now, process_id).get(process_id)
    if version_id is None:
        where = "" if agency_code is None else f" of {agency_code}"
        raise NotFound(f"Expected a service{where} called {process_id[:100]}, but there is none")
    return _services(session, [version_id])[0]


def start_form(session: Session, found: Service, language: str) -> Mapping[str, Any] | None:
    """Return the form that is filled in to apply, as form-js reads it; None: it begins without data."""
    return definitions.compiled(session, found.version_id).form_schema(found.manifest.start.form, language)


def agencies(session: Session, process_id: str, page: Page, *, now: datetime) -> Slice[Agency]:
    """Return the agencies that offer a service, by code. Raises NotFound for an unknown service."""
    versions = select(Version.agency_id, Version.offices).where(
        Version.process_id == process_id, _in_force(now, settings().time_zone)
    )
    newest: dict[UUID | None, list[str]] = {}
    for row in session.execute(versions.order_by(Version.number.desc())):
        if None not in newest:  # what is older than the newest for all agencies is nobody's
            newest.setdefault(row.agency_id, row.offices)
    if not newest:
        raise NotFound(f"Expected a service called {process_id[:100]}, but there is none")
    own = [agency_id for agency_id in newest if agency_id is not None]
    offers = [and_(Agency.id == agency_id, _does_work(newest[agency_id], now)) for agency_id in own]
    if None in newest:
        offers.append(and_(Agency.id.not_in(own), _does_work(newest[None], now)))
    query = select(Agency).where(Agency.active, or_(*offers)).order_by(Agency.code).limit(page.limit + 1)
    if page.after is not None:
        query = query.where(Agency.code > page.after)
    return Slice.cut(list(session.scalars(query)), page, lambda agency: agency.code)


def apply(
    session: Session,
    process_id: str,
    data: Mapping[str, Any],
    *,
    agency_code: str,
    now: datetime,
    files: Sequence[Upload] = (),
) -> Moved:
    """Start a case for somebody without an account, with what was entered in the start form.

    The answer holds the receipt number and the secret with which the case is followed (engine.tracking). Raises
    NotFound if the agency does not offer the service, NotAllowed if only officers may start it, Invalid for data that
    the form refuses (facts: ``fields``).
    """
    agency = _office(session, agency_code)
    if process_id not in _offered(session, agency, now, process_id):
        raise NotFound(f"Expected a service of {agency_code} called {process_id[:100]}, but there is none")
    moved = instances.start(session, process_id, data, agency_id=agency.id, actor=PUBLIC, now=now)
    applicant = accounts.applicant_actor(moved.receipt, moved.instance_id)
    for file in files:
        documents.attach(
            session, moved.instance_id, file.name, file.content, actor=applicant, now=now, document_id=file.id
        )
    return moved


def _office(session: Session, code: str) -> Agency:
    found = accounts.agency(session, code)
    if not found.active:
        raise NotFound(f"Expected an agency, but there is none called {code}")
    return found


def _offered(session: Session, agency: Agency | None, now: datetime, process_id: str | None = None) -> dict[str, UUID]:
    """Return the version in force of every service, by process in order: for all agencies, or of one."""
    zone = settings().time_zone if agency is None else ZoneInfo(agency.time_zone)
    reach = or_(Version.agency_id.is_(None), false() if agency is None else Version.agency_id == agency.id)
    query = select(Version.process_id, Version.id, Version.offices).where(_in_force(now, zone), reach)
    if process_id is not None:
        query = query.where(Version.process_id == process_id)
    newest: dict[str, Any] = {}
    for row in session.execute(query.order_by(Version.process_id, Version.number.desc())):
        newest.setdefault(row.process_id, row)
    held = None if agency is None else _roles_held(session, agency, now)
    return {
        process: row.id
        for process, row in newest.items()
        if held is None or not row.offices or not held.isdisjoint(row.offices)
    }


def _services(session: Session, version_ids: Sequence[UUID]) -> list[Service]:
    """Return versions as services, in the given order."""
    query = select(Version.id, Version.number, Version.manifest).where(Version.id.in_(version_ids))
    found = {row.id: Service(row.id, row.number, manifest_of(row.manifest)) for row in session.execute(query)}
    return [found[version_id] for version_id in version_ids]


def _in_force(now: datetime, zone: ZoneInfo) -> ColumnElement[bool]:
    return and_(Version.status == VersionStatus.APPROVED, Version.in_force_from <= now.astimezone(zone).date())


def _does_work(offices: Sequence[str], now: datetime) -> ColumnElement[bool]:
    """Return the condition on Agency that it has people in one of these roles; none are needed where none do work."""
    if not offices:
        return true()
    return exists().where(UserRole.agency_id == Agency.id, UserRole.role.in_(offices), _holds(now))


def _roles_held(session: Session, agency: Agency, now: datetime) -> frozenset[str]:
    query = select(UserRole.role).where(UserRole.agency_id == agency.id, _holds(now)).distinct()
    return frozenset(session.scalars(query))


def _holds(now: datetime) -> ColumnElement[bool]:
    return and_(UserRole.since <= now, or_(UserRole.until.is_(None), UserRole.until > now))
