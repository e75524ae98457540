"""Messages and signals: bring what comes in to the instances that wait for it, start those that it starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine import access, definitions, instances, jobs
from engine.access import Actor, ActorKind, OwnRole, Scope
from engine.bpmn.workflow import Workflow
from engine.database import is_postgresql, uuid7
from engine.errors import NotFound, NotPossibleNow
from engine.instances.concluding import lock_correlation
from engine.jobs import Claimed
from engine.models import (
    Agency,
    InstanceStatus,
    Job,
    JobKind,
    Message,
    MessageStatus,
    Subscription,
    SubscriptionKind,
    job_row,
)
from engine.settings import settings
from engine.writes import Writes


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a message. ``duplicate``: it had been published before, and this is what became of that one.

    ``instances`` are those that took it or that it started.
    """

    message_id: UUID
    status: MessageStatus
    duplicate: bool
    published_at: datetime
    expires_at: datetime
    instances: tuple[UUID, ...]


def publish(
    session: Session,
    name: str,
    correlation_key: str,
    variables: Mapping[str, Any],
    *,
    agency_id: UUID,
    actor: Actor,
    now: datetime,
    message_id: str | None = None,
    life: timedelta | None = None,
) -> Published:
    """Bring a message to the instance of the agency that waits for ``name`` with this key, one of each process.

    Where none waits, start the process that begins with it; else keep it for ``life`` (None: the setting).
    A ``message_id`` that was used before publishes nothing.
    """
    _need_sender(actor, agency_id)
    row = {
        "id": uuid7(now),
        "agency_id": agency_id,
        "name": name,
        "correlation_key": correlation_key,
        "message_id": message_id,
        "data": dict(variables),
        "status": MessageStatus.BUFFERED,
        "published_at": now,
        "published_by": actor.name,
        "expires_at": now + (settings().message_life if life is None else life),
    }
    insert = postgresql.insert if is_postgresql(session) else sqlite.insert
    # Of two that send one id at once, the second waits here for the first.
    stored = session.execute(insert(Message).values(row).on_conflict_do_nothing().returning(Message.id)).one_or_none()
    if stored is None:
        return _published_before(session, agency_id, str(message_id))
    message = session.get_one(Message, stored.id)
    takers = _bring(session, message, actor, now)
    return _published(message, takers, duplicate=False)


def broadcast(
    session: Session,
    name: str,
    variables: Mapping[str, Any],
    *,
    agency_id: UUID,
    actor: Actor,
    now: datetime,
    origin: UUID | None = None,
) -> int:
    """Send a signal to all instances of the agency that wait for it, and start what begins with it; return how many.

    Each is moved by a job of its own. ``origin`` is the instance that threw it and has heard it already.
    """
    _need_sender(actor, agency_id)
    waiting = _waiting(session, SubscriptionKind.SIGNAL, name, None, agency_id)
    targets = sorted({found.instance_id for found in waiting if found.instance_id not in (None, origin)})
    writes = Writes()
    for target in targets:
        payload = {"name": name, "data": dict(variables), "to": str(target)}
        writes.insert(Job, job_row(JobKind.SIGNAL, payload, now=now, agency_id=agency_id, instance_id=target))
    if targets:
        writes.notify(jobs.CHANNEL)
    writes.flush(session)
    starting = _starting(session, waiting, agency_id, now)
    for found in starting:
        _start(session, found, variables, agency_id, now, business_key=None)
    return len(targets) + len(starting)


def carry_out(session: Session, job: Claimed, *, now: datetime) -> None:
    """Do a job of kind ``message`` or ``signal``: publish what an instance threw, or bring one to its instance."""
    if "to" in job.payload:
        _carry(session, job, now)
        return
    # The thrower is not locked: two instances that throw at each other must not wait for each other.
    jobs.finish(session, job.id, job.fence)
    name, data, agency_id = job.payload["name"], job.payload["data"], job.agency_id
    if agency_id is None:
        raise NotPossibleNow(f"Expected what job {job.id} publishes to belong to an agency")
    if job.kind is JobKind.SIGNAL:
        broadcast(session, name, data, agency_id=agency_id, actor=access.SYSTEM, now=now, origin=job.instance_id)
    else:
        publish(session, name, job.payload["key"], data, agency_id=agency_id, actor=access.SYSTEM, now=now)


def expire(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """Mark messages that nobody took in time; return how many (at most ``limit``)."""
    due = select(Message.id).where(Message.status == MessageStatus.BUFFERED, Message.expires_at <= now).limit(limit)
    marked = update(Message).where(Message.id.in_(session.scalars(due).all())).values(status=MessageStatus.EXPIRED)
    return cast(CursorResult[Any], session.execute(marked)).rowcount


def forget(session: Session, *, before: datetime, limit: int = 1000) -> int:
    """Delete messages that are over since ``before``; return how many. Their ids are no longer known as duplicates."""
    over = select(Message.id).where(Message.status != MessageStatus.BUFFERED, Message.expires_at < before).limit(limit)
    forgotten = delete(Message).where(Message.id.in_(session.scalars(over).all()))
    return cast(CursorResult[Any], session.execute(forgotten)).rowcount


def _bring(session: Session, message: Message, actor: Actor, now: datetime) -> list[UUID]:
    """Bring a message to its takers, if there are any; return the instances."""
    waiting = _waiting(session, SubscriptionKind.MESSAGE, message.name, message.correlation_key, message.agency_id)
    if not waiting:
        # Nobody can begin to wait for it unseen from here to the end of this transaction.
        lock_correlation(session, message.name, message.correlation_key)
        waiting = _waiting(session, SubscriptionKind.MESSAGE, message.name, message.correlation_key, message.agency_id)
        if not waiting:
            return _kept(message, now)
        takers = _send_after(session, message, _one_of_each_process(waiting), now)
    else:
        takers = _deliver_first(session, message, _one_of_each_process(waiting), actor, now)
    taken_by_process = {found.process_id for found in waiting if found.instance_id is not None}
    for found in _starting(session, waiting, message.agency_id, now):
        if found.process_id not in taken_by_process:
            key = message.correlation_key or None
            takers.append(_start(session, found, message.data, message.agency_id, now, business_key=key))
    if not takers:
        return _kept(message, now)
    message.status, message.delivered_at, message.instance_id = MessageStatus.DELIVERED, now, takers[0]
    session.flush()
    return takers


def _kept(message: Message, now: datetime) -> list[UUID]:
    if message.expires_at <= now:
        message.status = MessageStatus.EXPIRED
    return []


def _deliver_first(
    session: Session, message: Message, waiting: Sequence[Subscription], actor: Actor, now: datetime
) -> list[UUID]:
    """Move the first taker here and now, and the others by jobs: nobody may hold two instances."""
    takers: list[UUID] = []
    left = list(waiting)
    while left and not takers:
        found = left.pop(0)
        if _deliver(session, found, message, actor, now):
            takers.append(cast(UUID, found.instance_id))
    return takers + _send_after(session, message, left, now)


def _send_after(session: Session, message: Message, waiting: Sequence[Subscription], now: datetime) -> list[UUID]:
    writes = Writes()
    for found in waiting:
        payload = {"message": str(message.id), "to": str(found.id)}
        row = job_row(JobKind.MESSAGE, payload, now=now, agency_id=message.agency_id, instance_id=found.instance_id)
        writes.insert(Job, row)
        writes.notify(jobs.CHANNEL)
    writes.flush(session)
    return [cast(UUID, found.instance_id) for found in waiting]


def _deliver(session: Session, found: Subscription, message: Message, actor: Actor, now: datetime) -> bool:
    """Give a message to a step that waits; return False if it no longer does."""
    locked = instances.lock(session, cast(UUID, found.instance_id))
    token = session.scalar(select(Subscription.token).where(Subscription.id == found.id))
    if token is None or locked.status is not InstanceStatus.RUNNING:
        return False

    def act(workflow: Workflow) -> None:
        workflow.deliver_message(token, message.data, now=now)

    facts = {"message": str(message.id), "name": message.name, "from": message.published_by}
    instances.move_locked(
        session, locked, act, kind="message.received", actor=actor, now=now, step=found.step, facts=facts
    )
    return True


def _carry(session: Session, job: Claimed, now: datetime) -> None:
    """Bring a message or signal to the instance that a job names."""
    locked, held = jobs.held(session, job.id, job.fence)
    jobs.finish(session, job.id, job.fence)
    if job.kind is JobKind.MESSAGE:
        message = session.get_one(Message, UUID(held.payload["message"]))
        found = session.get(Subscription, UUID(held.payload["to"]), populate_existing=True)
        if found is None or not _deliver(session, found, message, access.SYSTEM, now):
            # Its step waits no more: another of the process may.
            _bring(session, message, access.SYSTEM, now)
        return
    if locked is None or locked.status is not InstanceStatus.RUNNING:
        return
    name, data = held.payload["name"], held.payload["data"]

    def act(workflow: Workflow) -> None:
        workflow.deliver_signal(name, data, now=now)

    instances.move_locked(
        session, locked, act, kind="signal.received", actor=access.SYSTEM, now=now, facts={"name": name}
    )


def _waiting(
    session: Session, kind: SubscriptionKind, name: str, key: str | None, agency_id: UUID
) -> Sequence[Subscription]:
    """Return who waits for it, oldest first: steps with this key (None: with any), and start events."""
    query = select(Subscription).where(
        Subscription.kind == kind,
        Subscription.name == name,
        or_(Subscription.agency_id == agency_id, Subscription.agency_id.is_(None)),
    )
    if key is not None:
        query = query.where(or_(Subscription.instance_id.is_(None), Subscription.correlation_key == key))
    return session.scalars(query.order_by(Subscription.id)).all()


def _one_of_each_process(waiting: Sequence[Subscription]) -> list[Subscription]:
    first: dict[str, Subscription] = {}
    for found in waiting:
        if found.instance_id is not None:
            first.setdefault(found.process_id, found)
    return list(first.values())


def _starting(session: Session, waiting: Sequence[Subscription], agency_id: UUID, now: datetime) -> list[Subscription]:
    """Return the start events of the versions in force."""
    zone = session.scalar(select(Agency.time_zone).where(Agency.id == agency_id))
    if zone is None:
        raise NotFound(f"Expected agency {agency_id}, but there is no such agency")
    today = now.astimezone(ZoneInfo(zone)).date()
    candidates = [found for found in waiting if found.version_id is not None]
    in_force = {
        definitions.version_in_force(session, process_id, agency_id, today=today)
        for process_id in {found.process_id for found in candidates}
    }
    return [found for found in candidates if found.version_id in in_force]


def _start(
    session: Session,
    found: Subscription,
    data: Mapping[str, Any],
    agency_id: UUID,
    now: datetime,
    *,
    business_key: str | None,
) -> UUID:
    moved = instances.start(
        session,
        found.process_id,
        data,
        agency_id=agency_id,
        actor=access.SYSTEM,
        now=now,
        business_key=business_key,
        start_event=found.step,
    )
    return moved.instance_id


def _published_before(session: Session, agency_id: UUID, message_id: str) -> Published:
    message = session.scalars(
        select(Message).where(Message.agency_id == agency_id, Message.message_id == message_id)
    ).one()
    takers = [] if message.instance_id is None else [message.instance_id]
    return _published(message, takers, duplicate=True)


def _published(message: Message, takers: Sequence[UUID], *, duplicate: bool) -> Published:
    return Published(message.id, message.status, duplicate, message.published_at, message.expires_at, tuple(takers))


def _need_sender(actor: Actor, agency_id: UUID) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.agency_id != agency_id:
        raise NotFound(f"Expected agency {agency_id}, but there is no such agency")
    if actor.kind is ActorKind.KEY:
        access.need_scope(actor, Scope.MESSAGES_PUBLISH)
    else:
        access.need_role(actor, OwnRole.OPERATOR)
