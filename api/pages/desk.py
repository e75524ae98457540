"""The desk: the lists of tasks and cases that a civil servant works through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import Reading
from api.pages.casefile import full_names
from api.pages.drawing import go, page
from api.pages.rooms import rooms
from api.pages.visitor import SignedIn, Visitor
from api.plans import Route
from api.wishes import View, Wanted, Wish, wish_of
from engine import access, definitions, tasks
from engine.access import OwnRole
from engine.database import Page, Slice
from engine.definitions import Compiled
from engine.models import Instance, Task, TaskStatus, User
from engine.tasks import Due, WaitingCase, WaitingFilters

router = APIRouter(route_class=Route, include_in_schema=False, prefix="/desk")
_ROWS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A task as a list shows it: number and subject of its case, whose words it speaks, by when it is due."""

    task: Task
    receipt: str
    subject: str | None
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
    """Show a list: open tasks due first at the top, cases that wait longest, done tasks the latest first.

    Whom no tasks come to is led to the first room where there is something to do, unless it was given one.
    """
    counts = tasks.counts(session, visitor.actor, now=visitor.now)
    if not access.works_at_desk(visitor.actor) and not counts.mine:
        return go(next((room.path for room in rooms(visitor, "")), "/account"))
    part = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    shown = _cases(session, visitor, wish, part) if wish.view is View.WAITING else _tasks(session, visitor, wish, part)
    return page(
        request,
        visitor,
        "desk/page.html",
        wish=wish,
        choices=tasks.choices(session, visitor.actor),
        counts=counts,
        most_counted=tasks.MOST_COUNTED,
        waiting=tasks.count_waiting(
            session, visitor.actor, WaitingFilters(everything=sees_all(visitor)), most=tasks.MOST_COUNTED - 1
        ),
        sees_all=sees_all(visitor),
        views=[(view.name, wish_of(view.shows).path(), None) for view in tasks.views(session, visitor.actor)],
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
    cases = _cases_of(session, found)
    dues = tasks.dues(session, found, agency_id=access.need_agency(visitor.actor), now=visitor.now)
    return [
        Row(task, *cases[task.instance_id], definitions.compiled(session, task.version_id), dues[task.id])
        for task in found
    ]


def _cases_of(session: Session, found: Sequence[Task]) -> Mapping[UUID, tuple[str, str | None]]:
    query = select(Instance.id, Instance.receipt, Instance.subject)
    cases = session.execute(query.where(Instance.id.in_({task.instance_id for task in found})))
    return {row.id: (row.receipt, row.subject) for row in cases}


def _cases(session: Session, visitor: Visitor, wish: Wanted, part: Page) -> Mapping[str, Any]:
    filters = wish.cases(sees_all=sees_all(visitor))
    found = tasks.waiting_cases(session, visitor.actor, filters, part, now=visitor.now)
    rows = [CaseRow(case, definitions.compiled(session, case.instance.version_id)) for case in found.items]
    return {"rows": rows, "people": {}, "colleagues": [], "next": _next(wish, found.next)}


def sees_all(visitor: Visitor) -> bool:
    """Tell whether a visitor reads everything of its agency."""
    return visitor.actor.has(OwnRole.HEAD, OwnRole.AUDITOR)


def _next(wish: Wanted, place: str | None) -> str | None:
    cursor = cursors.sealed(place)
    return None if cursor is None else wish.path(cursor=cursor)
