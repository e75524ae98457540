"""Incidents: what stands still until an operator acts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from engine import access, instances
from engine.access import Actor, ActorKind, OwnRole, Scope
from engine.database import Page, Slice
from engine.errors import NotFound, NotPossibleNow
from engine.instances import Locked
from engine.models import IS_OPEN_INCIDENT, Incident, IncidentStatus, Instance

_OPERATORS = (OwnRole.OPERATOR, OwnRole.HEAD)


def incidents(
    session: Session,
    viewer: Actor,
    page: Page,
    *,
    status: IncidentStatus | None = IncidentStatus.OPEN,
    instance_id: UUID | None = None,
    kind: str | None = None,
    process_id: str | None = None,
) -> Slice[Incident]:
    """Return incidents of the viewer's agency, newest first. ``status`` None: in any; the others narrow (None: no)."""
    query = select(Incident).where(_visible(viewer)).order_by(Incident.id.desc())
    if status is not None:
        query = query.where(Incident.status == status)
    if instance_id is not None:
        query = query.where(Incident.instance_id == instance_id)
    if kind is not None:
        query = query.where(Incident.kind == kind)
    if process_id is not None:
        query = query.join(Instance, Instance.id == Incident.instance_id).where(Instance.process_id == process_id)
    if page.after is not None:
        query = query.where(Incident.id < page.id)
    found = list(session.scalars(query.limit(page.limit + 1)))
    return Slice.cut(found, page, lambda incident: str(incident.id))


def open_counts(session: Session, viewer: Actor) -> list[tuple[str | None, str, int]]:
    """Return how many incidents of the viewer's agency are open, by process (None: of no case) and kind; most first."""
    query = (
        select(Instance.process_id, Incident.kind, func.count())
        .outerjoin(Instance, Instance.id == Incident.instance_id)
        .where(_visible(viewer), IS_OPEN_INCIDENT)
        .group_by(Instance.process_id, Incident.kind)
        .order_by(func.count().desc(), Instance.process_id, Incident.kind)
    )
    return [(process_id, kind, count) for process_id, kind, count in session.execute(query)]


def cases_of(session: Session, viewer: Actor, found: Iterable[Incident]) -> dict[UUID, Instance]:
    """Return the cases of incidents by id, as far as the viewer may see them."""
    wanted = {incident.instance_id for incident in found}
    query = select(Instance).where(Instance.id.in_(wanted), access.visible_instances(viewer))
    return {case.id: case for case in session.scalars(query)}


def incident(session: Session, incident_id: UUID, *, viewer: Actor) -> Incident:
    """Return an incident of the viewer's agency. Raises NotFound."""
    found = session.scalars(select(Incident).where(Incident.id == incident_id, _visible(viewer))).one_or_none()
    if found is None:
        raise NotFound(f"Expected incident {incident_id}, but there is no such incident")
    return found


@dataclass(frozen=True, slots=True)
class Inputs:
    """What failed was given, by name, as its viewer may see it; None: nothing that can be changed.

    ``revision`` is that of the case; None: the incident is of no case.
    """

    values: Mapping[str, Any] | None
    revision: int | None


def inputs(session: Session, incident_id: UUID, *, viewer: Actor) -> Inputs:
    """Return what failed was given. Raises NotFound, NotAllowed for who may not try it again."""
    found = incident(session, incident_id, viewer=viewer)
    _need_operator(viewer)
    if found.status is IncidentStatus.RESOLVED or found.instance_id is None:
        return Inputs(None, None)
    revision = session.scalar(select(Instance.revision).where(Instance.id == found.instance_id))
    return Inputs(instances.inputs(session, found, viewer=viewer), revision)


def retry(
    session: Session, incident_id: UUID, *, actor: Actor, now: datetime, expected_revision: int | None = None
) -> None:
    """Try what failed again. The incident is resolved; if it fails again, another is opened.

    Raises NotFound, NotPossibleNow if it is resolved already (facts: ``by``, ``at``), Stale if its case is not at
    ``expected_revision``.
    """
    found, locked = _locked(session, incident_id, actor)
    if locked is not None:
        instances.check_running(locked, expected_revision)
        instances.retry_locked(session, locked, [found], actor=actor, now=now)
        return
    found.status, found.resolved_at, found.resolved_by = IncidentStatus.RESOLVED, now, actor.name
    if found.job_id is not None:
        instances.reopen_jobs(session, [found.job_id], now=now)


def retry_with(
    session: Session,
    incident_id: UUID,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    expected_revision: int | None = None,
) -> None:
    """Try what failed again with other inputs, by name; what is not named stays. Old and new ones are journalled.

    Raises as ``retry``, and Invalid (facts: ``fields``) for values that may not stand there.
    """
    found, locked = _locked(session, incident_id, actor)
    if locked is None:
        raise NotPossibleNow(f"Expected an incident of a case, but {incident_id} is of none")
    instances.check_running(locked, expected_revision)
    instances.retry_with(session, locked, found, values, actor=actor, now=now, reason=reason)


def _locked(session: Session, incident_id: UUID, actor: Actor) -> tuple[Incident, Locked | None]:
    """Return an open incident that the actor may try again, and its instance, if it has one, both locked."""
    found = incident(session, incident_id, viewer=actor)
    locked = None if found.instance_id is None else instances.lock(session, found.instance_id)
    _need_operator(actor)
    session.refresh(found, with_for_update=True)
    if found.status is IncidentStatus.RESOLVED:
        raise NotPossibleNow(
            f"Expected incident {incident_id} to be open, but {found.resolved_by} resolved it at {found.resolved_at}",
            by=found.resolved_by,
            at=found.resolved_at,
        )
    return found, locked


def _visible(viewer: Actor) -> ColumnElement[bool]:
    if viewer.kind is ActorKind.SYSTEM:
        return true()
    return Incident.agency_id == access.need_agency(viewer)


def may_retry(actor: Actor) -> bool:
    """Tell whether a person may try incidents of its agency again."""
    return actor.has(*_OPERATORS)


def _need_operator(actor: Actor) -> None:
    if actor.kind is ActorKind.KEY:
        access.need_scope(actor, Scope.INSTANCES_OPERATE)
    else:
        access.need_role(actor, *_OPERATORS)
