"""Look at one task, or at those of one instance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import access, definitions, instances
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.errors import NotFound
from engine.instances.masking import masked
from engine.models import Comment, Task, TaskStatus


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """A task with all that its page needs.

    ``data`` is what the step sees (empty once the task is over), masked as the viewer's roles demand, and so is
    ``draft`` (None: nothing saved) unless it is the viewer's own. ``form`` is the form-js schema (None: no form).
    ``context`` is ``data`` unmasked: conditions of the form are evaluated with it, it is never shown.
    """

    task: Task
    data: Mapping[str, Any]
    form: Mapping[str, Any] | None
    comments: Sequence[Comment]
    draft: Mapping[str, Any] | None
    context: Mapping[str, Any]


def task(session: Session, task_id: UUID, *, viewer: Actor) -> Task:
    """Return a task in any state. Raises NotFound, also for one of another agency."""
    found = session.scalars(select(Task).where(Task.id == task_id, access.visible_tasks(viewer))).one_or_none()
    if found is None:
        raise NotFound(f"Expected task {task_id}, but there is no such task")
    return found


def tasks_of(session: Session, instance_id: UUID, *, viewer: Actor) -> list[Task]:
    """Return all tasks of an instance that the viewer may see, oldest first. Raises NotFound."""
    instances.instance(session, instance_id, viewer=viewer)
    return list(session.scalars(select(Task).where(Task.instance_id == instance_id).order_by(Task.id)))


def detail(session: Session, task_id: UUID, *, viewer: Actor) -> TaskDetail:
    """Return a task with its data, masked as the viewer's roles demand, form and comments. Raises NotFound."""
    found = task(session, task_id, viewer=viewer)
    compiled = definitions.compiled(session, found.version_id)
    form = compiled.forms.get(found.form or "")
    data, draft = _data(session, found), found.draft
    if draft is not None and found.draft_by != viewer.name:
        draft = masked(draft, compiled.manifest, viewer.roles)
    comments = session.scalars(select(Comment).where(Comment.task_id == task_id).order_by(Comment.id)).all()
    return TaskDetail(
        task=found,
        data=masked(data, compiled.manifest, viewer.roles),
        form=None if form is None else form.schema,
        comments=comments,
        draft=draft,
        context=data,
    )


def _data(session: Session, found: Task) -> Mapping[str, Any]:
    if found.status is not TaskStatus.OPEN:
        return {}

    def read(workflow: Workflow) -> Mapping[str, Any]:
        return next((wait.data for wait in workflow.waits() if wait.token == found.token), {})

    return instances.look(session, found.instance_id, read)
