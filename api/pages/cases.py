"""Cases: the list in which they are found, and the page with everything of one that its reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import Reading
from api.pages import history
from api.pages.casefile import IMAGES, SHOWN, case_file, full_names
from api.pages.drawing import page
from api.pages.visitor import SignedIn, Visitor
from api.pages.words import incident_words
from api.plans import Route
from engine import access, calendars, definitions, drafts, incidents, instances, journal, tasks, terms
from engine.database import Page
from engine.definitions import Compiled
from engine.models import IS_OPEN_TASK, Agency, Instance, InstanceStatus, Task
from engine.tasks import Due, Stop

router = APIRouter(route_class=Route, include_in_schema=False, prefix="/cases")
_ROWS = 50
_ENTRIES = 100
_STATUS = {status.value: status for status in InstanceStatus}
Word = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Row:
    """A case as the list shows it: the process whose words it speaks, and when its next term is due."""

    case: Instance
    compiled: Compiled
    due: Due


@router.get("")
def show_cases(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    text: Word = "",
    process: Word = "",
    status: Word = "",
    when: Word = "",
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show the cases of the agency, and those handed to or by it, the newest first."""
    access.need_casework(visitor.actor)
    filters = instances.Filters(
        process_id=process or None,
        status=_STATUS.get(status),
        text=text,
        overdue_at=visitor.now if when == "late" else None,
    )
    found = instances.instances(
        session, visitor.actor, filters, Page(_ROWS, cursors.opened(cursor) if cursor else None)
    )
    asked = {"text": text, "process": process, "status": status, "when": when}
    next_cursor = cursors.sealed(found.next)
    return page(
        request,
        visitor,
        "case/list.html",
        rows=_rows(session, visitor, found.items),
        processes=_processes(session, visitor),
        asked=asked,
        is_narrowed=any(asked.values()),
        is_later=bool(cursor),
        first=f"/cases?{urlencode(asked)}",
        next=None if next_cursor is None else f"/cases?{urlencode({**asked, 'cursor': next_cursor})}",
    )


@router.get("/{instance_id}")
def show_case(instance_id: UUID, request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show a case: what it is about, its open tasks, terms, files, history, place in the diagram, and related cases."""
    file = case_file(session, instance_id, visitor)
    open_tasks = session.scalars(
        select(Task)
        .where(IS_OPEN_TASK, Task.instance_id == instance_id, access.visible_tasks(visitor.actor))
        .order_by(Task.order_at, Task.id)
    ).all()
    related = instances.related(session, file.instance, viewer=visitor.actor)
    passages = instances.passages(session, instance_id)
    return page(
        request,
        visitor,
        "case/page.html",
        file=file,
        tasks=open_tasks,
        dues=tasks.dues(session, open_tasks, agency_id=access.need_agency(visitor.actor), now=visitor.now),
        incidents=incidents.incidents(session, visitor.actor, Page(), instance_id=instance_id).items,
        may_operate=access.operates(visitor.actor, file.instance),
        agency_name=session.get_one(Agency, file.instance.agency_id).name,
        related=[(each, definitions.compiled(session, each.instance.version_id)) for each in related],
        passages=passages,
        people=full_names(session, {*(task.assignee or "" for task in open_tasks), *(each.actor for each in passages)}),
        words=incident_words,
        images=IMAGES,
        shown=SHOWN,
    )


@router.get("/{instance_id}/journal")
def show_journal(
    instance_id: UUID,
    request: Request,
    visitor: SignedIn,
    session: Reading,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Show what happened in a case, the latest first, and whether the journal is as it was written."""
    case = instances.instance(session, instance_id, viewer=visitor.actor)
    found = journal.latest(session, instance_id, _ENTRIES, before=before)
    compiled = definitions.compiled(session, case.version_id)
    oldest = found[-1].sequence if found else 1
    return page(
        request,
        visitor,
        "case/journal.html",
        case=case,
        events=history.events(found, compiled, visitor.language, visitor.actor.roles),
        people=full_names(session, {entry.actor for entry in found}),
        fault=journal.verify(session, instance_id),
        is_later=before is not None,
        next=oldest if oldest > 1 else None,
    )


def _rows(session: Session, visitor: Visitor, found: Sequence[Instance]) -> list[Row]:
    ids = [case.id for case in found]
    calendar = calendars.calendar_of(session, access.need_agency(visitor.actor))
    dues, stands = terms.next_due(session, ids), terms.standing(session, ids)
    rows = []
    for case in found:
        compiled, due_at = definitions.compiled(session, case.version_id), dues.get(case.id)
        left = None if due_at is None else terms.remaining(calendar, due_at, now=visitor.now)
        rules = compiled.manifest.terms
        stops = [
            Stop(rules[each.name].title if each.name in rules else {}, each.since, ())
            for each in stands.get(case.id, ())
        ]
        rows.append(Row(case, compiled, Due(left, tuple(stops))))
    return rows


def _processes(session: Session, visitor: Visitor) -> list[tuple[str, str]]:
    """Return the processes to choose from: id and title, by title."""
    titles: dict[str, str] = {}
    for version in drafts.visible_versions(session, visitor.actor):
        title = version.manifest["title"]
        titles.setdefault(version.process_id, title.get(visitor.language) or next(iter(title.values())))
    everything = "All" if visitor.language == "en" else "Semua"
    return [("", everything), *sorted(titles.items(), key=lambda pair: pair[1].casefold())]
