"""Move an instance: lock it, load its workflow, let it act, and store everything that follows, all or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from engine import definitions, terms
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.errors import NotFound, NotPossibleNow, Stale
from engine.instances.concluding import Before, End, conclude, store_note
from engine.instances.situation import Situation
from engine.journal import Chain
from engine.models import IS_OPEN_INCIDENT, Agency, Case, Incident, Instance, InstanceStatus, Webhook
from engine.statements import Query

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Moved:
    """What an act made of an instance. ``tasks`` are the ids of the tasks that it opened.

    ``receipt`` is the applicant's number; ``secret`` the applicant's secret, given once, by ``start``, else None.
    """

    instance_id: UUID
    process_id: str
    agency_id: UUID
    status: InstanceStatus
    revision: int
    outcome: str | None
    tasks: tuple[UUID, ...]
    receipt: str
    secret: str | None = None

    @staticmethod
    def of(situation: Situation, end: End, revision: int, *, secret: str | None = None) -> "Moved":
        """Return what the act of a situation made of its instance, which is at ``revision`` now."""
        return Moved(
            instance_id=situation.case.id,
            process_id=situation.case.process_id,
            agency_id=situation.case.agency_id,
            status=end.status,
            revision=revision,
            outcome=end.outcome,
            tasks=tuple(situation.tasks),
            receipt=situation.receipt,
            secret=secret,
        )


@dataclass(frozen=True, slots=True)
class Locked:
    """An instance as it is stored. Nobody else can move it before this transaction ends.

    ``is_told`` says that a webhook wants to know what happens, ``is_troubled`` that incidents are open.
    """

    id: UUID
    version_id: UUID
    process_id: str
    agency_id: UUID
    status: InstanceStatus
    revision: int
    state: bytes
    receipt: str
    business_key: str | None
    applicant: str | None
    citizen_step: str | None
    waiting_since: datetime | None
    started_at: datetime
    ended_at: datetime | None
    journal_length: int
    journal_hash: bytes
    time_zone: str
    is_told: bool
    is_troubled: bool

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its agency."""
        return ZoneInfo(self.time_zone)


_ZONE = select(Agency.time_zone).where(Agency.id == Instance.agency_id).scalar_subquery()
_TOLD = exists().where(Webhook.agency_id == Instance.agency_id, Webhook.active)
_TROUBLED = exists().where(Incident.instance_id == Instance.id, IS_OPEN_INCIDENT)
COLUMNS = (
    Instance.id,
    Instance.version_id,
    Instance.process_id,
    Instance.agency_id,
    Instance.status,
    Instance.revision,
    Instance.state,
    Instance.receipt,
    Instance.business_key,
    Instance.applicant,
    Instance.citizen_step,
    Instance.waiting_since,
    Instance.started_at,
    Instance.ended_at,
    Instance.journal_length,
    Instance.journal_hash,
    _ZONE.label("time_zone"),
    _TOLD.label("is_told"),
    _TROUBLED.label("is_troubled"),
)
_READ: Select[Any] = select(*COLUMNS).where(Instance.id == bindparam("id"))
_LOCK = Query(_READ.with_for_update(of=Instance))
_LOCK_IF_FREE = Query(_READ.with_for_update(of=Instance, skip_locked=True))


def lock(session: Session, instance_id: UUID) -> Locked:
    """Load an instance so that nobody else can move it until this transaction ends. Raises NotFound."""
    row = _LOCK.one(session.connection(), id=instance_id)
    if row is None:
        raise NotFound(f"Expected instance {instance_id}, but there is no such instance")
    return Locked(*row)


def lock_if_free(session: Session, instance_id: UUID) -> Locked | None:
    """Load an instance as ``lock`` does, unless another transaction has it: then return None at once."""
    row = _LOCK_IF_FREE.one(session.connection(), id=instance_id)
    return None if row is None else Locked(*row)


def move(
    session: Session,
    instance_id: UUID,
    act: Callable[[Workflow], None],
    *,
    kind: str,
    actor: Actor,
    now: datetime,
    step: str | None = None,
    facts: Mapping[str, Any] | None = None,
    expected_revision: int | None = None,
) -> Moved:
    """Lock an instance, load its workflow, let ``act`` change it, and store everything that follows.

    The act is journalled as ``kind`` (such as ``task.completed``) of ``step`` with ``facts``. Raises NotFound,
    NotPossibleNow if the instance has ended, Stale if its revision is not ``expected_revision``.
    """
    locked = lock(session, instance_id)
    check_running(locked, expected_revision)
    return move_locked(session, locked, act, kind=kind, actor=actor, now=now, step=step, facts=facts)


def move_locked(
    session: Session,
    locked: Locked,
    act: Callable[[Workflow], None],
    *,
    kind: str,
    actor: Actor,
    now: datetime,
    step: str | None = None,
    facts: Mapping[str, Any] | None = None,
    completed: Any = None,
) -> Moved:
    """Do what ``move`` does with an instance that is locked and checked already.

    ``completed`` is the row of the task that the act completes: its columns token, id, agency_id, candidates, order_at.
    """
    situation = _situation(session, locked, actor, now, kind, step)
    workflow = Workflow.load(situation.compiled.definition, locked.state)
    before = Before.of(locked, {wait.token: wait.kind for wait in workflow.waits()})
    if situation.compiled.reads_terms:
        workflow.set_variables(0, {"term": terms.context(session, locked.id)}, now=now)
    act(workflow)
    end = conclude(session, situation, workflow, before, facts=facts, completed=completed)
    situation.writes.flush(session)
    return Moved.of(situation, end, locked.revision + 1)


def note(session: Session, locked: Locked, write: Callable[[Situation], None], *, actor: Actor, now: datetime) -> None:
    """Let ``write`` record what happened to an instance that is locked, without moving its workflow."""
    situation = _situation(session, locked, actor, now, "", None)
    write(situation)
    store_note(session, situation, locked)


def _situation(session: Session, locked: Locked, actor: Actor, now: datetime, kind: str, step: str | None) -> Situation:
    return Situation(
        case=Case(locked.id, locked.version_id, locked.process_id, locked.agency_id, locked.started_at),
        zone=locked.zone,
        receipt=locked.receipt,
        business_key=locked.business_key,
        applicant=locked.applicant,
        compiled=definitions.compiled(session, locked.version_id),
        actor=actor,
        now=now,
        kind=kind,
        step=step,
        chain=Chain(locked.id, locked.journal_length, locked.journal_hash),
    )


def check_running(locked: Locked, expected_revision: int | None = None) -> None:
    """Raise NotPossibleNow for an instance that has ended, Stale for one that moved since ``expected_revision``."""
    if locked.status is not InstanceStatus.RUNNING:
        raise NotPossibleNow(
            f"Expected instance {locked.id} to be running, but it was {locked.status} at {locked.ended_at}",
            status=locked.status.value,
            at=locked.ended_at,
        )
    if expected_revision is not None and expected_revision != locked.revision:
        raise Stale(
            f"Expected instance {locked.id} at revision {expected_revision}, but it is at {locked.revision}",
            revision=locked.revision,
        )


def look(session: Session, instance_id: UUID, read: Callable[[Workflow], Read]) -> Read:
    """Return what ``read`` finds in the workflow of an instance, without locking or changing it. Raises NotFound."""
    row = session.execute(select(Instance.version_id, Instance.state).where(Instance.id == instance_id)).one_or_none()
    if row is None:
        raise NotFound(f"Expected instance {instance_id}, but there is no such instance")
    compiled = definitions.compiled(session, row.version_id)
    return read(Workflow.load(compiled.definition, row.state))
