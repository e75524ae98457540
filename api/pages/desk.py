"""The desk: the lists of tasks and cases that a civil servant works through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import Reading
from api.pages.casefile import full_names
from api.pages.drawing import page
from api.pages.visitor import SignedIn, Visitor
from api.tasks import numbers
from engine import access, definitions, tasks
from engine.access import OwnRole
from engine.database import Page, Slice
from engine.definitions import Compiled
from engine.models import Task, TaskStatus, User
from engine.tasks import Due, Filters, WaitingCase, WaitingFilters

router = APIRouter(include_in_schema=False, prefix="/desk")
_ROWS = 50
_SOON = timedelta(days=3)


class View(StrEnum):
    """The lists of the desk.

    What the viewer has, what the viewer's roles may take, what waits for others, what the viewer has done; for heads
    and auditors all open tasks of the agency.
    """

    MINE = "mine"
    GROUPS = "groups"
    WAITING = "waiting"
    DONE = "done"
    ALL = "all"


class When(StrEnum):
    """Which due times a list shows."""

    ANY = ""
    LATE = "late"
    SOON = "soon"


class Whose(StrEnum):
    """Which waiting cases a list shows: all of the viewer's processes, or those in which the viewer did something."""

    ALL = ""
    MINE = "me"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show, as the address of its page says it. Empty: all."""

    view: View = View.MINE
    when: When = When.ANY
    whose: Whose = Whose.ALL
    process: str = ""
    role: str = ""
    text: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Tell whether something may be left out."""
        return any((self.when, self.whose, self.process, self.role, self.text))

    def path(self, **more: str) -> str:
        """Return the address of the page; what is empty is left out."""
        said = {"view": self.view.value, "when": self.when.value, "whose": self.whose.value}
        said |= {"process": self.process, "role": self.role, "text": self.text, **more}
        return "/desk?" + urlencode({name: value for name, value in said.items() if value})

    def tasks(self, now: datetime) -> Filters:
        """Return the filters of a list of tasks."""
        return Filters(
            mine=self.view in (View.MINE, View.DONE),
            everything=self.view is View.ALL,
            role=self.role or None,
            process_id=self.process or None,
            text=self.text or None,
            due_before={When.ANY: None, When.LATE: now, When.SOON: now + _SOON}[self.when],
        )

    def cases(self, *, sees_all: bool) -> WaitingFilters:
        """Return the filters of the list of waiting cases. ``sees_all``: the viewer reads the whole agency."""
        return WaitingFilters(
            mine=self.whose is Whose.MINE,
            everything=sees_all,
            role=self.role or None,
            process_id=self.process or None,
            text=self.text or None,
        )


def wanted(
    view: View = View.MINE,
    when: When = When.ANY,
    whose: Whose = Whose.ALL,
    process: Annotated[str, Query(max_length=200)] = "",
    role: Annotated[str, Query(max_length=200)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
) -> Wanted:
    """Return what the address of a page asks for."""
    return Wanted(view, when, whose, process, role, text)


Wish = Annotated[Wanted, Depends(wanted)]


@dataclass(frozen=True, slots=True)
class Row:
    """A task as a list shows it: its case's number, the process whose words it speaks, by when it is due."""

    task: Task
    receipt: str
    compiled: Compiled
    due: Due


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A waiting case as a list shows it, and the process whose words it speaks."""

    case: WaitingCase
    compiled: Compiled


@router.get("")
def show_desk(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    wish: Wish,
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show a list: open tasks due first at the top, cases that wait longest, done tasks the latest first."""
    part = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    shown = _cases(session, visitor, wish, part) if wish.view is View.WAITING else _tasks(session, visitor, wish, part)
    return page(
        request,
        visitor,
        "desk/page.html",
        wish=wish,
        choices=tasks.choices(session, visitor.actor),
        counts=tasks.counts(session, visitor.actor, now=visitor.now),
        waiting=tasks.count_waiting(session, visitor.actor, everything=_sees_all(visitor)),
        sees_all=_sees_all(visitor),
        **shown,
    )


def _tasks(session: Session, visitor: Visitor, wish: Wanted, part: Page) -> Mapping[str, Any]:
    filters = wish.tasks(visitor.now)
    found: Slice[Task]
    if wish.view is View.DONE:
        found = tasks.ended_tasks(session, visitor.actor, TaskStatus.COMPLETED, filters, part)
    else:
        found = tasks.open_tasks(session, visitor.actor, filters, part)
    names = {name for task in found.items for name in (task.assignee, task.ended_by) if name}
    return {
        "rows": _rows(session, visitor, found.items),
        "people": full_names(session, names),
        "colleagues": _colleagues(session, visitor, wish, found.items),
        "next": _next(wish, found.next),
    }


def _colleagues(session: Session, visitor: Visitor, wish: Wanted, found: Sequence[Task]) -> Sequence[User]:
    """Return to whom tasks of the list may be given: nobody, where the viewer may not give them."""
    if wish.view is View.DONE or not (wish.view is View.MINE or visitor.actor.has(OwnRole.HEAD)):
        return []
    return [user for user in tasks.takers(session, found, now=visitor.now) if user.name != visitor.actor.name]


def _rows(session: Session, visitor: Visitor, found: Sequence[Task]) -> list[Row]:
    of_cases = numbers(session, found)
    dues = tasks.dues(session, found, agency_id=access.need_agency(visitor.actor), now=visitor.now)
    return [
        Row(task, of_cases[task.instance_id][0], definitions.compiled(session, task.version_id), dues[task.id])
        for task in found
    ]


def _cases(session: Session, visitor: Visitor, wish: Wanted, part: Page) -> Mapping[str, Any]:
    filters = wish.cases(sees_all=_sees_all(visitor))
    found = tasks.waiting_cases(session, visitor.actor, filters, part, now=visitor.now)
    rows = [CaseRow(case, definitions.compiled(session, case.instance.version_id)) for case in found.items]
    return {"rows": rows, "people": {}, "colleagues": [], "next": _next(wish, found.next)}


def _sees_all(visitor: Visitor) -> bool:
    return visitor.actor.has(OwnRole.HEAD, OwnRole.AUDITOR)


def _next(wish: Wanted, place: str | None) -> str | None:
    cursor = cursors.sealed(place)
    return None if cursor is None else wish.path(cursor=cursor)
