"""What people do with tasks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from engine import access, definitions, forms, instances
from engine.access import Actor, OwnRole, Scope
from engine.bpmn.waits import WaitKind
from engine.bpmn.workflow import Workflow
from engine.database import uuid7
from engine.errors import NotFound, NotPossibleNow
from engine.forms.values import laid_into
from engine.instances import Locked, Moved
from engine.instances.masking import unmasked
from engine.models import Comment, Task, TaskCandidate, User, UserRole
from engine.tasks import detail
from engine.tasks.locking import LockedTask, check_free, check_open, check_rights, lock_task
from engine.tasks.possible import takers


def claim(
    session: Session, task_id: UUID, *, actor: Actor, now: datetime, expected_revision: int | None = None
) -> Task:
    """Take an open task that nobody has. Taking what one has already changes nothing.

    Raises NotPossibleNow if another has it (facts: ``assignee``, ``since``) or it is not open, Stale, NotAllowed by
    role or separation of duties.
    """
    locked, task = lock_task(session, task_id)
    check_rights(session, actor, locked, task)
    check_open(task, expected_revision)
    if task.assignee == actor.name:
        return _task(session, task_id)
    if task.assignee is not None:
        check_free(actor, locked, task)
    return _give(session, locked, task, actor.name, "task.claimed", actor, now)


def release(
    session: Session, task_id: UUID, *, actor: Actor, now: datetime, expected_revision: int | None = None
) -> Task:
    """Give a task back to its candidates.

    Raises Stale, and NotPossibleNow if it is another's and the actor may not assign.
    """
    locked, task = lock_task(session, task_id)
    check_rights(session, actor, locked, task)
    check_open(task, expected_revision)
    if task.assignee is None:
        return _task(session, task_id)
    if not actor.has(OwnRole.HEAD):
        check_free(actor, locked, task)
    return _give(session, locked, task, None, "task.released", actor, now)


def assign(
    session: Session,
    task_id: UUID,
    assignee: str | None,
    *,
    actor: Actor,
    now: datetime,
    expected_revision: int | None = None,
    only_takers: bool = False,
) -> Task:
    """Give a task to somebody: heads whichever task to whomever, who has a task to a colleague who could take it.

    ``only_takers``: heads too only to who could take it. Raises NotAllowed, also if the assignee did a step in the case
    that must be another's (facts: ``because``, ``step``), Stale, NotFound for an unknown assignee or one who could not
    take it (facts: ``assignee``).
    """
    locked, task = lock_task(session, task_id)
    access.may_assign(actor, cast(Task, task))
    check_open(task, expected_revision)
    if assignee is not None:
        any_user = actor.has(OwnRole.HEAD) and not only_takers
        _check_assignee(session, assignee, locked, task, now, any_user=any_user)
    return _give(session, locked, task, assignee, "task.assigned", actor, now)


def save_draft(
    session: Session,
    task_id: UUID,
    data: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    expected_revision: int | None = None,
) -> Task:
    """Keep what was entered so far, unchecked. Raises Stale if the task's revision is another.

    It is not journalled: a draft is nobody's act yet.
    """
    locked, task = lock_task(session, task_id)
    check_rights(session, actor, locked, task)
    check_open(task, expected_revision)
    check_free(actor, locked, task)
    return _change(session, task_id, draft=dict(data), draft_by=actor.name, draft_at=now)


def complete(
    session: Session,
    task_id: UUID,
    data: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    expected_revision: int | None = None,
) -> Moved:
    """Finish an open task with what the actor entered, and move its instance on.

    A mask in it stands for the stored value. Raises NotFound (also for a task of another agency), NotAllowed, Invalid
    for data that the form refuses (facts: ``fields``), Stale, and NotPossibleNow if it is completed or withdrawn
    (facts: ``status``, ``by``, ``at``, ``because``) or if another has it (``assignee``, ``since``).
    """
    locked, task = lock_task(session, task_id)
    check_rights(session, actor, locked, task)
    check_open(task, expected_revision)
    check_free(actor, locked, task)
    instances.check_running(locked)
    compiled = definitions.compiled(session, locked.version_id)
    form = compiled.forms.get(task.form or "")
    local_now = now.astimezone(locked.zone)
    facts: dict[str, Any] = {"task": str(task_id)}

    def act(workflow: Workflow) -> None:
        seen = _seen(workflow, task.token) if form is not None or compiled.manifest.confidential else {}
        real = unmasked(data, seen, compiled.manifest, actor.roles)
        entered = real if form is None else forms.accepted(form, real, context=seen, now=local_now)
        facts["data"] = entered
        stored = workflow.seen(task.token) or {}
        laid = entered if form is None else laid_into(form.components, stored, entered)
        workflow.complete(task.token, laid, now=now)

    return instances.move_locked(
        session,
        locked,
        act,
        kind="task.completed",
        actor=actor,
        now=now,
        step=task.step,
        facts=facts,
        completed=task,
    )


def comment(session: Session, task_id: UUID, text: str, *, actor: Actor, now: datetime) -> Comment:
    """Note something about a task, open or not. Raises NotFound for one that the actor may not look at, NotAllowed."""
    access.need_scope(actor, Scope.TASKS_WORK)
    detail.task(session, task_id, viewer=actor)
    locked, task = lock_task(session, task_id)
    made = Comment(id=uuid7(now), instance_id=locked.id, task_id=task_id, text=text, at=now, actor=actor.name)
    session.add(made)
    _record(session, locked, task, "task.commented", {"comment": str(made.id)}, actor, now)
    return made


def _seen(workflow: Workflow, token: int) -> Mapping[str, Any]:
    """Return what the step sees of the variables."""
    for wait in workflow.waits():
        if wait.token == token and wait.kind is WaitKind.USER:
            return wait.data
    raise NotPossibleNow(f"Expected step {token} to wait for a person, but it does not")


def _check_assignee(
    session: Session, name: str, locked: Locked, task: LockedTask, now: datetime, *, any_user: bool
) -> None:
    """Check that a task may be given to a person: to any of the agency, or only to who could take it."""
    if any_user:
        role = exists().where(UserRole.user_id == User.id, UserRole.agency_id == task.agency_id)
        known = session.scalar(select(User.id).where(User.name == name, User.active, role)) is not None
    else:
        known = any(taker.name == name for taker in takers(session, [cast(Task, task)], now=now))
    if not known:
        raise NotFound(f"Expected a user of the agency to assign task {task.id} to, found {name}", assignee=name)
    access.may_hold(session, name, cast(Task, task), definitions.compiled(session, locked.version_id).manifest)


def _give(
    session: Session,
    locked: Locked,
    task: LockedTask,
    assignee: str | None,
    kind: str,
    actor: Actor,
    now: datetime,
) -> Task:
    facts = {"from": task.assignee, "to": assignee}
    _record(session, locked, task, kind, facts, actor, now)
    session.execute(
        update(TaskCandidate)
        .where(
            TaskCandidate.agency_id == task.agency_id,
            TaskCandidate.candidate.in_(task.candidates),
            TaskCandidate.order_at == task.order_at,
            TaskCandidate.task_id == task.id,
        )
        .values(is_free=assignee is None)
        .execution_options(synchronize_session=False)
    )
    return _change(session, task.id, assignee=assignee, assigned_at=now if assignee else None)


def _record(
    session: Session,
    locked: Locked,
    task: LockedTask,
    kind: str,
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    about = {"task": str(task.id), **facts}
    instances.note(session, locked, lambda situation: situation.record(kind, task.step, about), actor=actor, now=now)


def _change(session: Session, task_id: UUID, **values: Any) -> Task:
    session.execute(
        update(Task)
        .where(Task.id == task_id)
        .values(**values, revision=Task.revision + 1)
        .execution_options(synchronize_session=False)
    )
    return _task(session, task_id)


def _task(session: Session, task_id: UUID) -> Task:
    return session.get_one(Task, task_id, populate_existing=True)
