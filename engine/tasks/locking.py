"""Lock a task together with its instance, and check what every act on a task demands."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine import access, definitions
from engine.access import Actor, ActorKind
from engine.errors import NotFound, NotPossibleNow, Stale
from engine.instances import Locked
from engine.instances.moving import COLUMNS
from engine.models import Instance, Task, TaskStatus
from engine.statements import Query


@dataclass(frozen=True, slots=True)
class LockedTask:
    """A task as it is stored, under this transaction's lock. The fields are those of engine.models.Task."""

    id: UUID
    instance_id: UUID
    token: int
    step: str
    agency_id: UUID
    status: TaskStatus
    revision: int
    role: str | None
    candidates: list[str]
    assignee: str | None
    assigned_at: datetime | None
    order_at: datetime
    form: str | None
    ended_at: datetime | None
    ended_by: str | None
    withdrawn_because: str | None


_TASK = tuple(getattr(Task, field.name) for field in fields(LockedTask))
# The instance is locked before the task, as everybody does who moves an instance and withdraws its tasks.
_LOCK = Query(
    select(*COLUMNS, *(column.label(f"task_{column.key}") for column in _TASK))
    .join(Task, Task.instance_id == Instance.id)
    .where(Task.id == bindparam("task"))
    .with_for_update(of=(Instance, Task))
)


def lock_task(session: Session, task_id: UUID) -> tuple[Locked, LockedTask]:
    """Lock a task and its instance with one question to the database. Raises NotFound."""
    row = _LOCK.one(session.connection(), task=task_id)
    if row is None:
        raise NotFound(f"Expected task {task_id}, but there is no such task")
    return Locked(*row[: len(COLUMNS)]), LockedTask(*row[len(COLUMNS) :])


def check_rights(session: Session, actor: Actor, locked: Locked, task: LockedTask) -> None:
    """Check that the actor may do a task. Raises NotFound for one of another agency, NotAllowed."""
    manifest = definitions.compiled(session, locked.version_id).manifest
    access.may_complete(session, actor, cast(Task, task), manifest)


def check_open(task: LockedTask, expected_revision: int | None = None) -> None:
    """Raise NotPossibleNow for a task that is over, Stale for one that changed since ``expected_revision``."""
    if task.status is not TaskStatus.OPEN:
        facts: dict[str, Any] = {"status": task.status.value, "by": task.ended_by, "at": task.ended_at}
        if task.withdrawn_because is not None:
            facts["because"] = task.withdrawn_because
        because = f" because of {task.withdrawn_because}" if task.withdrawn_because else ""
        raise NotPossibleNow(
            f"Expected task {task.id} to be open, but {task.ended_by} had it {task.status} at {task.ended_at}{because}",
            **facts,
        )
    if expected_revision is not None and expected_revision != task.revision:
        raise Stale(
            f"Expected task {task.id} at revision {expected_revision}, but it is at {task.revision}",
            revision=task.revision,
        )


def check_free(actor: Actor, locked: Locked, task: LockedTask) -> None:
    """Raise NotPossibleNow if another person has the task.

    What the applicant has may be done by whoever acts for the applicant, at the counter or with the case's secret.
    """
    if task.assignee in (None, actor.name, locked.applicant) or actor.kind is ActorKind.SYSTEM:
        return
    raise NotPossibleNow(
        f"Expected task {task.id} to be free, but {task.assignee} has it since {task.assigned_at}",
        assignee=task.assignee,
        since=task.assigned_at,
    )
