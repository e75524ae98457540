"""The desk: the lists of tasks that a civil servant works through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import AllSessions, Reading
from api.pages.casefile import full_names
from api.pages.drawing import go, page
from api.pages.visitor import Pairs, SignedIn, Visitor
from api.tasks import numbers
from engine import access, definitions, tasks
from engine.database import Page, Sessions, Slice, in_transaction
from engine.definitions import Compiled
from engine.errors import AlurError
from engine.models import Task, TaskStatus
from engine.tasks import Due, Filters

router = APIRouter(include_in_schema=False, prefix="/desk")
_ROWS = 50
_SOON = timedelta(days=3)


class View(StrEnum):
    """The lists of the desk: what the viewer has, what the viewer's roles may take, what the viewer has done."""

    MINE = "mine"
    GROUPS = "groups"
    DONE = "done"


class When(StrEnum):
    """Which due times a list shows."""

    ANY = ""
    LATE = "late"
    SOON = "soon"


@dataclass(frozen=True, slots=True)
class Row:
    """A task as a list shows it: its case's number, the process whose words it speaks, by when it is due."""

    task: Task
    receipt: str
    compiled: Compiled
    due: Due


@router.get("")
def show_desk(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    view: View = View.MINE,
    when: When = When.ANY,
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show a list of tasks: open ones due first at the top, done ones the latest first."""
    wanted = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    found = _found(session, visitor, view, _filters(view, when, text, visitor.now), wanted)
    rest = {"view": view.value, "when": when.value, "text": text}
    next_cursor = cursors.sealed(found.next)
    return page(
        request,
        visitor,
        "desk.html",
        view=view,
        when=when,
        text_sought=text,
        rows=_rows(session, visitor, found.items),
        people=full_names(session, {name for task in found.items for name in (task.assignee, task.ended_by) if name}),
        next=None if next_cursor is None else "/desk?" + urlencode({**rest, "cursor": next_cursor}),
        counts=tasks.counts(session, visitor.actor, now=visitor.now),
    )


@router.post("/claim")
def claim_tasks(pairs: Pairs, visitor: SignedIn, sessions: AllSessions) -> Response:
    """Take several tasks, each by itself: one that somebody else was faster to take hinders none of the others."""
    chosen = [value for name, value in pairs if name == "task"][:_ROWS]
    if not chosen:
        return go("/desk?view=groups", done="nothing-chosen")
    taken = [_is_taken(sessions, visitor, text) for text in chosen]
    return go("/desk?view=mine", done="claimed-all" if all(taken) else "claimed-some")


def _is_taken(sessions: Sessions, visitor: Visitor, text: str) -> bool:
    try:
        task_id = UUID(text)
        in_transaction(sessions, lambda session: tasks.claim(session, task_id, actor=visitor.actor, now=visitor.now))
    except (AlurError, ValueError):
        return False
    return True


def _filters(view: View, when: When, text: str, now: datetime) -> Filters:
    before = {When.ANY: None, When.LATE: now, When.SOON: now + _SOON}[when]
    return Filters(mine=view is not View.GROUPS, text=text or None, due_before=before)


def _found(session: Session, visitor: Visitor, view: View, filters: Filters, wanted: Page) -> Slice[Task]:
    if view is View.DONE:
        return tasks.ended_tasks(session, visitor.actor, TaskStatus.COMPLETED, filters, wanted)
    return tasks.open_tasks(session, visitor.actor, filters, wanted)


def _rows(session: Session, visitor: Visitor, found: Sequence[Task]) -> list[Row]:
    of_cases = numbers(session, found)
    dues = tasks.dues(session, found, agency_id=access.need_agency(visitor.actor), now=visitor.now)
    return [
        Row(task, of_cases[task.instance_id][0], definitions.compiled(session, task.version_id), dues[task.id])
        for task in found
    ]
