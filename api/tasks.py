"""Tasks: the civil servant's list, and everything that is done with a task."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import bodies
from api.dependencies import Caller, Moment, Now, Paging, Reading, Revision, Transaction
from api.idempotency import OnceIfWished
from api.sent import Assignment, Data, Note
from api.shown import cases
from api.shown.base import Listed, listed
from api.shown.cases import Comment, Document, Moved, Task, TaskCounts, TaskDetail, WaitingCase
from engine import accounts, documents, models, tasks
from engine.documents import File
from engine.models import TaskStatus
from engine.settings import settings

_OPEN = TaskStatus.OPEN
router = APIRouter(prefix="/v1", tags=["tasks"], route_class=bodies.Route)


@router.get("/tasks", summary="List tasks")
def list_tasks(
    session: Reading,
    caller: Caller,
    now: Now,
    page: Paging,
    status: Annotated[TaskStatus, Query(description="Those that are open, or how those ended that are over")] = _OPEN,
    agency: Annotated[
        str | None, Query(max_length=60, description="Code of an agency of the caller; without: that it acts for")
    ] = None,
    mine: Annotated[bool, Query(description="Those that the caller has")] = False,
    unassigned: Annotated[bool, Query(description="Those that nobody has")] = False,
    everything: Annotated[bool, Query(description="Those of the whole agency, for heads and auditors")] = False,
    role: Annotated[str | None, Query(max_length=200, description="Those of one role")] = None,
    process: Annotated[str | None, Query(max_length=200, description="Those of one process")] = None,
    due_before: Annotated[Moment | None, Query()] = None,
    due_after: Annotated[Moment | None, Query()] = None,
    text: Annotated[str | None, Query(max_length=200, description="Words in name, receipt, business key")] = None,
) -> Listed[Task]:
    """Return open tasks that the caller may do or has: those due first at the top, those without due time last.

    With neither ``mine`` nor ``unassigned`` the list also shows what colleagues in the caller's roles have. Of tasks
    that are over, ``mine`` are those that the caller ended; the others are those it could have taken; the latest stand
    at the top.
    """
    viewer = caller if agency is None else accounts.acting_for(session, caller, agency, now=now)
    filters = tasks.Filters(
        mine=mine,
        unassigned=unassigned,
        everything=everything,
        role=role,
        process_id=process,
        due_before=due_before,
        due_after=due_after,
        text=text,
    )
    if status is TaskStatus.OPEN:
        found = tasks.open_tasks(session, viewer, filters, page)
    else:
        found = tasks.ended_tasks(session, viewer, status, filters, page)
    of_cases = numbers(session, found.items)
    return listed(found, lambda task: cases.of_task(task, *of_cases[task.instance_id]))


@router.get("/tasks/counts", summary="Count open tasks")
def count_tasks(session: Reading, caller: Caller, now: Now) -> TaskCounts:
    """Return how many open tasks the caller has, could take, and which of these are overdue."""
    return TaskCounts.model_validate(tasks.counts(session, caller, now=now))


@router.get("/tasks/waiting", summary="List cases that wait for others")
def list_waiting(
    session: Reading,
    caller: Caller,
    now: Now,
    page: Paging,
    mine: Annotated[bool, Query(description="Those in which the caller did a task")] = False,
    everything: Annotated[bool, Query(description="Those of the whole agency, for heads and auditors")] = False,
    role: Annotated[str | None, Query(max_length=200, description="Those of processes with one role")] = None,
    process: Annotated[str | None, Query(max_length=200, description="Those of one process")] = None,
    text: Annotated[str | None, Query(max_length=200, description="Words in receipt, business key, subject")] = None,
) -> Listed[WaitingCase]:
    """Return running cases of the caller's processes in which the agency's people have nothing to do for now.

    They wait for the applicant, another agency, a service, an operator, a message or a time; those that wait longest
    stand at the top.
    """
    filters = tasks.WaitingFilters(mine=mine, everything=everything, role=role, process_id=process, text=text)
    return listed(tasks.waiting_cases(session, caller, filters, page, now=now), WaitingCase.of)


@router.get("/tasks/{task_id}", summary="A task")
def read_task(task_id: UUID, session: Reading, caller: Caller, response: Response) -> TaskDetail:
    """Return a task with its form, the data that it sees, its draft and comments. The ETag is its revision."""
    found = tasks.detail(session, task_id, viewer=caller)
    response.headers["ETag"] = f'"{found.task.revision}"'
    of_case = numbers(session, [found.task])[found.task.instance_id]
    return TaskDetail(
        **cases.of_task(found.task, *of_case).model_dump(),
        draft=None if found.draft is None else dict(found.draft),
        data=dict(found.data),
        form_schema=None if found.form is None else dict(found.form),
        comments=[Comment.model_validate(comment) for comment in found.comments],
    )


@router.post("/tasks/{task_id}/claim", response_model=Task, summary="Take a task")
def claim_task(
    task_id: UUID, session: Transaction, caller: Caller, now: Now, revision: Revision, once: OnceIfWished
) -> Response:
    """Take a task that nobody has. If somebody else was faster, the answer says who and when (409)."""

    def act() -> Task:
        return _shown(session, tasks.claim(session, task_id, actor=caller, now=now, expected_revision=revision))

    return once.do(None, act)


@router.post("/tasks/{task_id}/release", response_model=Task, summary="Give a task back")
def release_task(
    task_id: UUID, session: Transaction, caller: Caller, now: Now, revision: Revision, once: OnceIfWished
) -> Response:
    """Give a task back to everybody who may do it."""

    def act() -> Task:
        return _shown(session, tasks.release(session, task_id, actor=caller, now=now, expected_revision=revision))

    return once.do(None, act)


@router.post("/tasks/{task_id}/assign", response_model=Task, summary="Assign a task")
def assign_task(
    task_id: UUID,
    sent: Assignment,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    once: OnceIfWished,
) -> Response:
    """Give a task to somebody, whoever has it now, for heads."""

    def act() -> Task:
        given = tasks.assign(session, task_id, sent.assignee, actor=caller, now=now, expected_revision=revision)
        return _shown(session, given)

    return once.do(sent, act)


@router.put("/tasks/{task_id}/draft", summary="Save a draft")
def save_draft(
    task_id: UUID,
    sent: Data,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    response: Response,
) -> Task:
    """Keep what was entered so far, unchecked."""
    found = tasks.save_draft(session, task_id, sent.data, actor=caller, now=now, expected_revision=revision)
    response.headers["ETag"] = f'"{found.revision}"'
    return _shown(session, found)


@router.post("/tasks/{task_id}/complete", response_model=Moved, summary="Complete a task")
def complete_task(
    task_id: UUID,
    sent: Data,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    once: OnceIfWished,
) -> Response:
    """Finish a task with what was entered; the instance moves on until it waits again.

    The form checks the data (422 with ``fields``). A task that is over answers 409 with who ended it and when.
    """

    def act() -> Moved:
        moved = tasks.complete(session, task_id, sent.data, actor=caller, now=now, expected_revision=revision)
        return Moved.model_validate(moved)

    return once.do(sent, act)


@router.post("/tasks/{task_id}/comments", status_code=201, response_model=Comment, summary="Comment on a task")
def comment_on_task(
    task_id: UUID, sent: Note, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Note something about a task, open or not."""

    def act() -> Comment:
        return Comment.model_validate(tasks.comment(session, task_id, sent.text, actor=caller, now=now))

    return once.do(sent, act, status=201)


async def attached(request: Request, _caller: Caller) -> bytes:
    """Return the body, read only for who is known, and only up to the limit. Raises Problem for more."""
    return await bodies.read(request, settings().document_bytes)


Attached = Annotated[bytes, Depends(attached)]
FileName = Annotated[str, Query(min_length=1, max_length=300, description="Name of the file; folders are cut off")]
FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/tasks/{task_id}/documents",
    status_code=201,
    response_model=Document,
    summary="Attach a file",
    openapi_extra=FILE_BODY,
)
def attach_to_task(
    task_id: UUID,
    content: Attached,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: OnceIfWished,
    name: FileName,
) -> Response:
    """Attach a file to a task. The body is the file; its media type is found in the content."""

    def act() -> Document:
        task = tasks.task(session, task_id, viewer=caller)
        made = documents.attach(session, task.instance_id, name, content, actor=caller, now=now, task_id=task_id)
        return Document.model_validate(made)

    return once.do(content, act, status=201)


@router.get(
    "/documents/{document_id}",
    summary="A file",
    response_class=Response,
    responses={200: {"content": {"*/*": {}}, "description": "The file, as the media type found in its content"}},
)
def read_document(document_id: UUID, session: Reading, caller: Caller) -> Response:
    """Return a file as a download; a browser never runs what is in it. Its hash stands in ``Repr-Digest``."""
    return download(documents.file(session, document_id, viewer=caller))


def download(found: File) -> Response:
    """Return a file so that a browser saves it and never shows it in the page's own origin."""
    digest = b64encode(bytes.fromhex(found.document.sha256)).decode()
    return Response(
        found.content,
        headers={
            "Content-Type": found.document.media_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.document.name)}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Repr-Digest": f"sha-256=:{digest}:",
        },
    )


def _shown(session: Session, task: Any) -> Task:
    return cases.of_task(task, *numbers(session, [task])[task.instance_id])


def numbers(session: Session, found: Sequence[Any]) -> Mapping[UUID, tuple[str, str | None]]:
    """Return receipt and business key of the tasks' instances: what people call a case by."""
    instance = models.Instance
    ids = {task.instance_id for task in found}
    query = select(instance.id, instance.receipt, instance.business_key).where(instance.id.in_(ids))
    return {row.id: (row.receipt, row.business_key) for row in session.execute(query)}
