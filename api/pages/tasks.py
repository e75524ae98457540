"""The page of a task: everything that its act needs, on one screen, and what is done with it."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import Reading, Transaction
from api.pages import filling
from api.pages.casefile import IMAGES, SHOWN, CaseFile, case_file, full_names
from api.pages.drawing import go, page
from api.pages.forms import Filled
from api.pages.uploads import Posted, empty_files, megabytes, posted
from api.pages.visitor import Fields, Pairs, SignedIn, Visitor
from api.plans import Route
from engine import access, tasks
from engine.errors import Stale
from engine.models import Comment, Task
from engine.tasks import TaskDetail

router = APIRouter(route_class=Route, include_in_schema=False, prefix="/tasks")


async def _sent(_visitor: SignedIn, sent: Annotated[Posted, Depends(posted)]) -> Posted:
    return sent


Sent = Annotated[Posted, Depends(_sent)]


@router.get("/{task_id}")
def show_task(task_id: UUID, request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show a task with its case."""
    found = tasks.detail(session, task_id, viewer=visitor.actor)
    sheet = filling.sheet_of(session, found, visitor)
    return _shown(request, visitor, session, found, filling.held(sheet, found))


@router.post("/{task_id}/draft")
def save_draft(task_id: UUID, request: Request, pairs: Pairs, visitor: SignedIn, session: Transaction) -> Response:
    """Keep what was typed so far, and return the questions that the answers bring up: for the page's script."""
    found = tasks.detail(session, task_id, viewer=visitor.actor)
    sheet = filling.sheet_of(session, found, visitor)
    filled = filling.typed(sheet, filling.own_files(session, found, sheet, pairs))
    task = tasks.save_draft(
        session,
        task_id,
        filled.data,
        actor=visitor.actor,
        now=visitor.now,
        expected_revision=filling.revision_of(pairs),
    )
    files = filling.files_of(session, task, visitor)
    return page(
        request, visitor, "task/questions.html", filled=filled, task=task, files=files, most_megabytes=megabytes()
    )


@router.post("/{task_id}/complete")
def complete_task(task_id: UUID, request: Request, sent: Sent, visitor: SignedIn, session: Transaction) -> Response:
    """Finish the task, if nothing is wrong and no question is left; files that came are kept with the case."""
    found = tasks.detail(session, task_id, viewer=visitor.actor)
    sheet = filling.sheet_of(session, found, visitor)
    pairs = filling.with_files(session, found, sheet, sent, visitor)
    filled = filling.filled(sheet, pairs)
    wrong = empty_files(sent)
    if wrong or not filled.is_done:
        shown = Filled(filled.shown, filled.data, {**filled.errors, **wrong}, filled.more)
        return _shown(request, visitor, session, found, shown, status=422)
    revision = filling.revision_of(pairs)
    try:
        tasks.complete(session, task_id, filled.data, actor=visitor.actor, now=visitor.now, expected_revision=revision)
    except Stale:
        return _shown(request, visitor, session, found, filled, status=412)
    return go("/desk", done="completed")


def _shown(
    request: Request, visitor: Visitor, session: Session, found: TaskDetail, filled: Filled, *, status: int = 200
) -> Response:
    task = found.task
    file = case_file(session, task.instance_id, visitor)
    may = tasks.possible(session, task, visitor.actor)
    agency_id = access.need_agency(visitor.actor)
    return page(
        request,
        visitor,
        "task/page.html",
        status=status,
        is_stale=status == 412,
        task=task,
        file=file,
        may=may,
        due=tasks.dues(session, [task], agency_id=agency_id, now=visitor.now)[task.id],
        name=file.compiled.step_name(task.step, visitor.language),
        filled=filled,
        comments=found.comments,
        takers=tasks.takers(session, [task], now=visitor.now) if may.assign else [],
        people=_people(session, task, found.comments, file),
        files={str(each.id): each.name for each in file.documents},
        most_megabytes=megabytes(),
        images=IMAGES,
        shown=SHOWN,
    )


@router.get("/{task_id}/state")
def show_state(
    task_id: UUID,
    request: Request,
    visitor: SignedIn,
    session: Reading,
    revision: Annotated[int, Query(ge=0, alias="_revision")] = 0,
) -> Response:
    """Show who has a task now, and whether it changed since the page was read: asked for again and again."""
    task = tasks.task(session, task_id, viewer=visitor.actor)
    people = full_names(session, {task.assignee or "", task.ended_by or ""})
    return page(request, visitor, "task/state.html", task=task, revision=revision, people=people)


@router.post("/{task_id}/claim")
def claim_task(task_id: UUID, _fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Take the task."""
    tasks.claim(session, task_id, actor=visitor.actor, now=visitor.now)
    return go(f"/tasks/{task_id}", done="claimed")


@router.post("/{task_id}/release")
def release_task(task_id: UUID, _fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Give the task back to its group."""
    tasks.release(session, task_id, actor=visitor.actor, now=visitor.now)
    return go(f"/tasks/{task_id}", done="released")


@router.post("/{task_id}/assign")
def assign_task(task_id: UUID, fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Give the task to a colleague."""
    tasks.assign(session, task_id, fields.get("assignee") or None, actor=visitor.actor, now=visitor.now)
    return go(f"/tasks/{task_id}", done="assigned")


@router.post("/{task_id}/comments")
def comment_on_task(task_id: UUID, fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Write a note about the task; an empty one is none."""
    text = fields.get("text", "").strip()
    if not text:
        return go(f"/tasks/{task_id}")
    tasks.comment(session, task_id, text[:_LONGEST_NOTE], actor=visitor.actor, now=visitor.now)
    return go(f"/tasks/{task_id}", done="noted")


_LONGEST_NOTE = 10_000


def _people(session: Session, task: Task, comments: Sequence[Comment], file: CaseFile) -> dict[str, str]:
    names = {task.assignee or "", task.ended_by or "", task.draft_by or ""}
    names |= {comment.actor for comment in comments}
    return {**file.names, **full_names(session, names)}
