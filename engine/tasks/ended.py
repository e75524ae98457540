"""The lists of tasks that are over, the latest first: what was done, and what the process took back."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Text, literal, or_, select, true, tuple_, type_coerce
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor, OwnRole, Scope
from engine.database import Page, Slice, encode_json
from engine.errors import Invalid
from engine.instances.searching import escaped, words_in
from engine.models import IS_OVER_TASK, Task, TaskStatus
from engine.tasks.lists import Filters, keys_of


def ended_tasks(session: Session, viewer: Actor, status: TaskStatus, filters: Filters, page: Page) -> Slice[Task]:
    """Return tasks of the viewer's agency that are completed or withdrawn, those that ended last at the top.

    ``mine`` are those that the viewer ended; without it, also those that the viewer could have taken. Raises Invalid
    for filters that contradict each other, NotAllowed.
    """
    if filters.unassigned or status is TaskStatus.OPEN:
        raise Invalid(f"Expected filters for tasks that are over, found status {status} and unassigned")
    if filters.mine and filters.everything:
        raise Invalid("Expected either the viewer's own tasks or others too, found both asked for")
    agency_id = access.need_agency(viewer)
    access.need_scope(viewer, Scope.TASKS_READ)
    if filters.everything:
        access.need_role(viewer, OwnRole.HEAD, OwnRole.AUDITOR)
    query = select(Task).where(IS_OVER_TASK, Task.status == status, Task.agency_id == agency_id)
    query = query.where(_whose(viewer, filters))
    if filters.process_id is not None:
        query = query.where(Task.process_id == filters.process_id)
    if filters.due_before is not None:
        query = query.where(Task.due_at < filters.due_before)
    if filters.due_after is not None:
        query = query.where(Task.due_at >= filters.due_after)
    query = query.where(*(Task.search.like(f"%{escaped(word)}%", escape="\\") for word in words_in(filters.text)))
    if page.after is not None:
        at, key = page.moment_and_id
        place = tuple_(literal(at, Task.ended_at.type), literal(key, Task.id.type))
        query = query.where(tuple_(Task.ended_at, Task.id) < place)
    found = list(session.scalars(query.order_by(Task.ended_at.desc(), Task.id.desc()).limit(page.limit + 1)))
    return Slice.cut(found, page, lambda task: f"{cast(datetime, task.ended_at).isoformat()}_{task.id}")


def _whose(viewer: Actor, filters: Filters) -> ColumnElement[bool]:
    keys = keys_of(viewer, filters)
    if filters.everything:
        return true() if filters.role is None else _could_be_taken_as(keys)
    mine = Task.ended_by == viewer.name
    if filters.mine:
        return mine if filters.role is None else mine & _could_be_taken_as(keys)
    return _could_be_taken_as(keys) if filters.role is not None else mine | _could_be_taken_as(keys)


def _could_be_taken_as(keys: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that one of the keys stood in a task's candidates, which are a JSON list of texts."""
    written = type_coerce(Task.candidates, Text)
    return or_(*(written.contains(encode_json(key), autoescape=True) for key in keys))
