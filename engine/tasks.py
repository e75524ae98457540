"""Tasks: what waits for people. List, claim, save, complete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.database import Page, Slice
from engine.instances import Moved
from engine.models import Comment, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which open tasks a list shows; None: all.

    ``mine``: those that the viewer has; ``unassigned``: those that nobody has. With neither, both and those of
    colleagues in the viewer's roles. ``role`` narrows to one role; ``everything`` shows the whole agency (for heads).
    ``text`` are words, each of which must occur in name, receipt or business key.
    """

    mine: bool = False
    unassigned: bool = False
    everything: bool = False
    role: str | None = None
    agency_id: UUID | None = None
    process_id: str | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a viewer has to do. ``overdue`` counts of both."""

    mine: int
    unassigned: int
    overdue: int


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """A task with all that its page needs: what the step sees, and the form's schema (None: no form)."""

    task: Task
    data: Mapping[str, Any]
    form: Mapping[str, Any] | None
    comments: Sequence[Comment]


def open_tasks(session: Session, viewer: Actor, filters: Filters, page: Page) -> Slice[Task]:
    """Return open tasks that the viewer may do or has, those due first at the top; no due time last."""
    raise NotImplementedError


def counts(session: Session, viewer: Actor, *, now: datetime) -> Counts:
    """Return how many open tasks the viewer has, could take, and which of these are overdue."""
    raise NotImplementedError


def task(session: Session, task_id: UUID, *, viewer: Actor) -> Task:
    """Return a task in any state. Raises NotFound, also for one of another agency."""
    raise NotImplementedError


def tasks_of(session: Session, instance_id: UUID, *, viewer: Actor) -> list[Task]:
    """Return all tasks of an instance, oldest first. Raises NotFound."""
    raise NotImplementedError


def detail(session: Session, task_id: UUID, *, viewer: Actor) -> TaskDetail:
    """Return a task with its data, masked as the viewer's roles demand, form and comments. Raises NotFound."""
    raise NotImplementedError


def claim(session: Session, task_id: UUID, *, actor: Actor, now: datetime) -> Task:
    """Take an open task that nobody has. Taking what one has already changes nothing.

    Raises NotPossibleNow if another has it (facts: ``assignee``, ``since``) or it is not open, NotAllowed by role or
    separation of duties.
    """
    raise NotImplementedError


def release(session: Session, task_id: UUID, *, actor: Actor, now: datetime) -> Task:
    """Give a task back to its candidates. Raises NotPossibleNow if it is another's and the actor may not assign."""
    raise NotImplementedError


def assign(session: Session, task_id: UUID, assignee: str | None, *, actor: Actor, now: datetime) -> Task:
    """Give a task to somebody, whoever has it now (for heads). Raises NotAllowed, NotFound for an unknown assignee."""
    raise NotImplementedError


def save_draft(
    session: Session,
    task_id: UUID,
    data: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    expected_revision: int | None = None,
) -> Task:
    """Keep what was entered so far, unchecked. Raises Stale if the task's revision is another."""
    raise NotImplementedError


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

    Raises NotFound (also for a task of another agency), NotAllowed, Invalid for data that the form refuses, Stale,
    and NotPossibleNow if it is completed or withdrawn (facts: ``status``, ``by``, ``at``, ``because``) or if another
    has it (``assignee``, ``since``).
    """
    raise NotImplementedError


def comment(session: Session, task_id: UUID, text: str, *, actor: Actor, now: datetime) -> Comment:
    """Note something about a task, open or not."""
    raise NotImplementedError
