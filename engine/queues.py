"""How the background work stands: what waits in each queue, what failed, who is at work. Nothing is moved here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor, OwnRole
from engine.database import Page, Slice
from engine.models import IS_OPEN_JOB, NO_DUE_TIME, Instance, Job, JobStatus, Queue


class Stand(StrEnum):
    """How a job stands. ``later``: its time has not come; ``taken``: a worker has it under a lease."""

    DUE = "due"
    TAKEN = "taken"
    LATER = "later"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many jobs of a queue stand how. ``late``: how long the first of those due waits; None: none is due."""

    queue: Queue
    due: int
    taken: int
    later: int
    failed: int
    late: timedelta | None


@dataclass(frozen=True, slots=True)
class AtWork:
    """A worker that has jobs under a lease now, and until when it has the last of them."""

    owner: str
    jobs: int
    until: datetime


def states(session: Session, viewer: Actor, *, now: datetime) -> list[QueueState]:
    """Return the state of every queue: of the viewer's agency, or of all for the platform. Raises NotAllowed."""
    counted = {
        stand: func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(stand.value)
        for stand, condition in _conditions(now).items()
    }
    first = func.min(case((_conditions(now)[Stand.DUE], Job.available_at))).label("first")
    query = select(Job.queue, first, *counted.values()).where(_visible(viewer)).group_by(Job.queue)
    rows = {row.queue: row for row in session.execute(query)}
    return [
        QueueState(queue, row.due, row.taken, row.later, row.failed, None if row.first is None else now - row.first)
        if (row := rows.get(queue)) is not None
        else QueueState(queue, 0, 0, 0, 0, None)
        for queue in Queue
    ]


def at_work(session: Session, viewer: Actor, *, now: datetime) -> list[AtWork]:
    """Return who has jobs of the viewer's agency (for the platform: any) under a lease now. Raises NotAllowed."""
    query = (
        select(Job.lease_owner, func.count(), func.max(Job.lease_until))
        .where(_visible(viewer), IS_OPEN_JOB, Job.lease_until > now, Job.lease_owner.is_not(None))
        .group_by(Job.lease_owner)
        .order_by(Job.lease_owner)
    )
    return [AtWork(owner or "", jobs, until) for owner, jobs, until in session.execute(query)]


def jobs(session: Session, viewer: Actor, stand: Stand, page: Page, *, now: datetime) -> Slice[Job]:
    """Return jobs of the viewer's agency (for the platform: of all) that stand so, due first. Raises NotAllowed."""
    query = select(Job).where(_visible(viewer), _conditions(now)[stand]).order_by(Job.due_at, Job.id)
    if page.after is not None:
        query = query.where(tuple_(Job.due_at, Job.id) > page.moment_and_id)
    found = list(session.scalars(query.limit(page.limit + 1)))
    return Slice.cut(found, page, lambda job: f"{job.due_at.isoformat()}_{job.id}")


def cases_of(session: Session, viewer: Actor, found: Iterable[Job]) -> dict[UUID, Instance]:
    """Return the cases of jobs by id, as far as the viewer may see them."""
    wanted = {job.instance_id for job in found}
    query = select(Instance).where(Instance.id.in_(wanted), access.visible_instances(viewer))
    return {case.id: case for case in session.scalars(query)}


def _conditions(now: datetime) -> dict[Stand, ColumnElement[bool]]:
    is_held = and_(Job.lease_until.is_not(None), Job.lease_until > now)
    return {
        Stand.DUE: and_(IS_OPEN_JOB, Job.available_at <= now),
        Stand.TAKEN: and_(IS_OPEN_JOB, is_held),
        # What waits for the end of time waits for something that cannot be foreseen, such as a clock that stands.
        Stand.LATER: and_(
            IS_OPEN_JOB,
            Job.available_at > now,
            Job.available_at < NO_DUE_TIME,
            or_(Job.lease_until.is_(None), Job.lease_until <= now),
        ),
        Stand.FAILED: Job.status == JobStatus.FAILED,
    }


def _visible(viewer: Actor) -> ColumnElement[bool]:
    if viewer.has(OwnRole.PLATFORM):
        return true()
    access.need_role(viewer, OwnRole.OPERATOR, OwnRole.HEAD, OwnRole.AUDITOR)
    return Job.agency_id == access.need_agency(viewer)
