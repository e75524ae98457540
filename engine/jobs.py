"""Jobs: work that is taken under a lease. Who takes a job gets a fence number and must answer with it.

A job that is done has no row. Answers of a worker whose lease was given to another are refused.
"""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Update,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from engine import access, instances
from engine.access import Actor, ActorKind, OwnRole, Scope
from engine.bpmn.workflow import Workflow
from engine.database import uuid7
from engine.errors import NotFound, NotPossibleNow
from engine.instances import Locked, Moved
from engine.instances.moving import COLUMNS
from engine.instances.opening import CHANNEL
from engine.models import IS_OPEN_JOB, Incident, IncidentStatus, Instance, Job, JobKind, JobStatus, Queue
from engine.settings import settings
from engine.statements import Query

__all__ = [
    "CHANNEL",
    "Claimed",
    "claim",
    "claim_external",
    "complete",
    "fail",
    "finish",
    "held",
    "held_if_there",
    "next_due",
    "put_back",
    "renew",
    "throw_error",
]

_QUEUES = {JobKind.CALL: Queue.CALLING, JobKind.DELIVERY: Queue.CALLING, JobKind.EXTERNAL: Queue.OUTSIDE}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in the hands of a worker until ``lease_until``. ``attempt`` counts from 1."""

    id: UUID
    kind: JobKind
    job_type: str | None
    instance_id: UUID | None
    token: int | None
    step: str | None
    version_id: UUID | None
    agency_id: UUID | None
    due_at: datetime
    lease_until: datetime
    fence: int
    attempt: int
    max_attempts: int
    payload: Mapping[str, Any]


def claim(
    session: Session, kinds: Collection[JobKind], *, owner: str, limit: int, lease: timedelta, now: datetime
) -> list[Claimed]:
    """Take up to ``limit`` due jobs, those due first. Jobs that other workers hold are passed over, not waited for.

    A job whose lease ended without an answer can be taken again; once its tries are used up it becomes an incident.
    """
    return _claim(session, _of_kinds(kinds), owner, limit, lease, now)


def claim_external(
    session: Session,
    job_types: Sequence[str],
    *,
    owner: str,
    limit: int,
    lease: timedelta,
    actor: Actor,
    now: datetime,
) -> list[Claimed]:
    """Take due jobs of these types that wait for workers outside, of the actor's agency."""
    _need_worker(actor)
    wanted = (
        Job.kind == literal_column("'external'"),
        Job.job_type.in_(job_types),
        Job.agency_id == actor.agency_id,
    )
    return _claim(session, wanted, owner, limit, lease, now)


def next_due(session: Session, kinds: Collection[JobKind]) -> datetime | None:
    """Return when the next job of these kinds can be taken; None: there is none."""
    row = _next_due(tuple(kinds)).one(session.connection())
    return None if row is None else cast(datetime | None, row[0])


@cache
def _next_due(kinds: tuple[JobKind, ...]) -> Query:
    # Asked five times a second where nobody tells of new jobs: prepared it is a third of SQLAlchemy's Core.
    return Query(select(func.min(Job.available_at)).where(IS_OPEN_JOB, *_of_kinds(kinds)))


def renew(session: Session, job_id: UUID, fence: int, *, lease: timedelta, actor: Actor, now: datetime) -> datetime:
    """Prolong a lease; return its new end. Raises NotPossibleNow if the job is no longer the caller's."""
    _need_worker(actor)
    until = now + lease
    prolonged = update(Job).where(Job.id == job_id, Job.fence == fence, IS_OPEN_JOB)
    if actor.kind is not ActorKind.SYSTEM:
        prolonged = prolonged.where(Job.agency_id == actor.agency_id)
    _one(session, prolonged.values(lease_until=until, available_at=until), job_id)
    return until


def complete(
    session: Session, job_id: UUID, fence: int, variables: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Moved:
    """Answer a call or external job: its step goes on with ``variables``. Raises NotPossibleNow if that is too late."""

    def act(workflow: Workflow, token: int) -> None:
        workflow.complete(token, variables, now=now)

    return _answer(session, job_id, fence, act, "job.completed", {}, actor, now)


def throw_error(
    session: Session,
    job_id: UUID,
    fence: int,
    code: str,
    variables: Mapping[str, Any],
    *,
    message: str = "",
    actor: Actor,
    now: datetime,
) -> Moved:
    """Answer a call or external job with a business error, which the model may catch. Raises as ``complete``."""

    def act(workflow: Workflow, token: int) -> None:
        workflow.throw_error(token, code, variables, message=message, now=now)

    return _answer(session, job_id, fence, act, "job.refused", {"code": code, "message": message}, actor, now)


def fail(
    session: Session,
    job_id: UUID,
    fence: int,
    error: str,
    *,
    actor: Actor,
    now: datetime,
    retry_after: timedelta | None = None,
    attempts_left: int | None = None,
) -> datetime | None:
    """Say that a try failed. Return when it is tried again; None: tries are used up, an incident is open.

    The pause doubles with each try, with some chance in it, unless ``retry_after`` says how long it is.
    ``attempts_left`` overrules the counting (0: no further try).
    """
    locked, job = held(session, job_id, fence)
    _need_own(actor, job)
    left = job.max_attempts - job.attempts if attempts_left is None else attempts_left
    if left <= 0:
        _give_up(session, locked, job, error, now)
        return None
    again = now + (_pause(job.id, job.attempts) if retry_after is None else retry_after)
    session.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(
            available_at=again,
            last_error=error,
            max_attempts=job.attempts + left,
            lease_owner=None,
            lease_until=None,
            fence=Job.fence + 1,
        )
    )
    return again


def finish(session: Session, job_id: UUID, fence: int) -> None:
    """Remove a job that is done and moves no step. Raises NotPossibleNow if the caller no longer has it."""
    _one(session, delete(Job).where(Job.id == job_id, Job.fence == fence), job_id)


@dataclass(frozen=True, slots=True)
class Held:
    """A job that this transaction has locked, together with its instance."""

    id: UUID
    kind: JobKind
    status: JobStatus
    instance_id: UUID | None
    token: int | None
    step: str | None
    version_id: UUID | None
    agency_id: UUID | None
    fence: int
    due_at: datetime
    attempts: int
    max_attempts: int
    payload: Mapping[str, Any]
    lease_owner: str | None
    lease_until: datetime | None


def held(session: Session, job_id: UUID, fence: int) -> tuple[Locked | None, Held]:
    """Lock a job and its instance, if it has one, and return both.

    Raises NotPossibleNow if the job is no longer that of the worker who took it as ``fence``.
    """
    found = held_if_there(session, job_id, fence)
    if found is None:
        raise NotPossibleNow(f"Expected job {job_id} to be open, but it is done, or its step is no longer waited for")
    return found


def held_if_there(session: Session, job_id: UUID, fence: int) -> tuple[Locked | None, Held] | None:
    """Do what ``held`` does, but return None for a job that is gone."""
    row = _WITH_INSTANCE.one(session.connection(), job=job_id)
    if row is not None:
        locked, job = Locked(*row[: len(COLUMNS)]), Held(*row[len(COLUMNS) :])
        _need_hold(job, fence)
        return locked, job
    alone = _ALONE.one(session.connection(), job=job_id)
    if alone is None:
        return None
    _need_hold(Held(*alone), fence)
    return None, Held(*alone)


def _need_hold(job: Held, fence: int) -> None:
    if job.status is not JobStatus.OPEN or job.fence != fence:
        raise NotPossibleNow(
            f"Expected job {job.id} to be held under fence {fence}, but it is {job.status} under {job.fence}",
            owner=job.lease_owner,
            until=job.lease_until,
        )


# The instance is locked before the job, as everybody does who moves an instance and drops its jobs.
_HELD = tuple(getattr(Job, field.name) for field in fields(Held))
_WITH_INSTANCE = Query(
    select(*COLUMNS, *(column.label(f"job_{column.key}") for column in _HELD))
    .join(Job, Job.instance_id == Instance.id)
    .where(Job.id == bindparam("job"))
    .with_for_update(of=(Instance, Job))
)
_ALONE = Query(select(*_HELD).where(Job.id == bindparam("job"), Job.instance_id.is_(None)).with_for_update())


def _answer(
    session: Session,
    job_id: UUID,
    fence: int,
    act: Callable[[Workflow, int], None],
    kind: str,
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Moved:
    locked, job = held(session, job_id, fence)
    token = job.token
    if locked is None or token is None:
        raise NotPossibleNow(f"Expected job {job_id} to belong to a step that waits, but it is a {job.kind}")
    _need_own(actor, job)
    instances.check_running(locked)
    about = {"job": str(job_id), "attempt": job.attempts, **facts}
    return instances.move_locked(
        session,
        locked,
        lambda workflow: act(workflow, token),
        kind=kind,
        actor=actor,
        now=now,
        step=job.step,
        facts=about,
    )


def _need_worker(actor: Actor) -> None:
    if actor.kind is ActorKind.KEY:
        access.need_scope(actor, Scope.JOBS_WORK)
    else:
        access.need_role(actor, OwnRole.OPERATOR)


def _need_own(actor: Actor, job: Held) -> None:
    """Check that the actor may answer a job. Raises NotFound for one of another agency, NotAllowed."""
    if actor.kind is not ActorKind.SYSTEM and actor.agency_id != job.agency_id:
        raise NotFound(f"Expected job {job.id}, but there is no such job")
    _need_worker(actor)


def put_back(
    session: Session, job: Held, *, due_at: datetime | None = None, payload: Mapping[str, Any] | None = None
) -> None:
    """Give up the lease of a job that has to wait on, for its due time or for a new one (with a new payload)."""
    due = due_at or job.due_at
    session.execute(
        update(Job)
        .where(Job.id == job.id)
        .values(
            due_at=due,
            available_at=due,
            payload=job.payload if payload is None else payload,
            attempts=0,
            lease_owner=None,
            lease_until=None,
        )
        .execution_options(synchronize_session=False)
    )


def _claim(
    session: Session,
    wanted: Collection[ColumnElement[bool]],
    owner: str,
    limit: int,
    lease: timedelta,
    now: datetime,
) -> list[Claimed]:
    due = (
        select(Job.id)
        .where(IS_OPEN_JOB, Job.available_at <= now, *wanted)
        .order_by(Job.available_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        # A plain sub-select could be evaluated more than once, and lock more than the limit.
        .cte("due")
    )
    taken = (
        update(Job)
        .where(Job.id.in_(select(due.c.id)))
        .values(
            lease_owner=owner,
            lease_until=now + lease,
            available_at=now + lease,
            fence=Job.fence + 1,
            attempts=Job.attempts + 1,
        )
        .returning(*_CLAIMED)
        .execution_options(synchronize_session=False)
    )
    claimed = [Claimed(*row) for row in session.execute(taken)]
    spent = {job.id for job in claimed if job.attempt > job.max_attempts}
    for job in claimed:
        if job.id in spent:
            _give_up_if_free(session, job, now)
    return sorted((job for job in claimed if job.id not in spent), key=lambda job: job.due_at)


_CLAIMED = (
    Job.id,
    Job.kind,
    Job.job_type,
    Job.instance_id,
    Job.token,
    Job.step,
    Job.version_id,
    Job.agency_id,
    Job.due_at,
    Job.lease_until,
    Job.fence,
    Job.attempts,
    Job.max_attempts,
    Job.payload,
)


def _of_kinds(kinds: Collection[JobKind]) -> tuple[ColumnElement[bool], ...]:
    """Return conditions for kinds of one queue. All kinds of a queue together need only its name."""
    queues = {_QUEUES.get(kind, Queue.MOVING) for kind in kinds}
    if len(queues) != 1:
        raise ValueError(f"Expected kinds of jobs of one queue, found {', '.join(sorted(kinds))}")
    (queue,) = queues
    all_of_it = {kind for kind in JobKind if _QUEUES.get(kind, Queue.MOVING) is queue}
    of_queue = Job.queue == literal_column(f"'{queue.value}'")
    if set(kinds) == all_of_it:
        return (of_queue,)
    # Written out: a list that grows with its parameters cannot be prepared.
    return of_queue, or_(*(Job.kind == literal_column(f"'{kind.value}'") for kind in kinds))


def _give_up_if_free(session: Session, job: Claimed, now: datetime) -> None:
    """Open an incident for a job whose last lease ended without an answer.

    Who moves its instance now may be about to drop it, and would wait for this transaction while it waits for that
    one: in that case it is left to the next time.
    """
    locked = None if job.instance_id is None else instances.lock_if_free(session, job.instance_id)
    if job.instance_id is None or locked is not None:
        _give_up(session, locked, job, f"Its lease ended {job.max_attempts} times without an answer", now)


def _give_up(session: Session, locked: Locked | None, job: Claimed | Held, error: str, now: datetime) -> None:
    """Let a job wait for an operator, and say so in its instance's journal."""
    session.execute(
        update(Job)
        .where(Job.id == job.id)
        .values(status=JobStatus.FAILED, last_error=error, fence=Job.fence + 1, lease_owner=None, lease_until=None)
    )
    session.add(
        Incident(
            id=uuid7(now),
            instance_id=job.instance_id,
            agency_id=job.agency_id,
            job_id=job.id,
            token=job.token,
            step=job.step,
            kind=f"job.{job.kind}",
            message=error,
            status=IncidentStatus.OPEN,
            opened_at=now,
        )
    )
    if locked is not None:
        about = {"job": str(job.id), "kind": f"job.{job.kind}", "message": error}
        instances.note(
            session,
            locked,
            lambda situation: situation.record("incident.opened", job.step, about),
            actor=access.SYSTEM,
            now=now,
        )
    session.flush()


def _pause(job_id: UUID, attempt: int) -> timedelta:
    """Return the pause after a try: doubled each time, and a quarter more or less, so that jobs do not come in step."""
    using = settings()
    longest = min(using.job_backoff * 2.0 ** min(attempt - 1, 20), using.job_backoff_most)
    chance = random.Random(f"{job_id}:{attempt}")  # noqa: S311 - nobody gains by guessing it
    return longest * chance.uniform(0.75, 1.25)


def _one(session: Session, statement: Update | Delete, job_id: UUID) -> None:
    changed = session.execute(statement.execution_options(synchronize_session=False))
    if cast(CursorResult[Any], changed).rowcount != 1:
        raise NotPossibleNow(f"Expected job {job_id} to be the caller's, but its lease was given to another")
