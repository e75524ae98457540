"""Tasks: the civil servant's list, and everything that is done with a task."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.dependencies import Caller, Now, Paging, Revision, SignedIn, Transaction, listed
from api.idempotency import Once
from api.schemas import (
    Assignment,
    Data,
    Note,
    etag,
    show_comment,
    show_document,
    show_moved,
    show_task,
)
from engine import documents, tasks
from engine.errors import Invalid, TooLarge
from engine.settings import settings

router = APIRouter(prefix="/v1", tags=["tasks"])


@router.get("/tasks", summary="List open tasks")
def list_tasks(
    session: Transaction,
    caller: Caller,
    page: Paging,
    mine: Annotated[bool, Query(description="Those that the caller has")] = False,
    unassigned: Annotated[bool, Query(description="Those that nobody has")] = False,
    everything: Annotated[bool, Query(description="Those of the whole agency, for heads")] = False,
    role: Annotated[str | None, Query(max_length=200)] = None,
    process: Annotated[str | None, Query(max_length=200)] = None,
    due_before: datetime | None = None,
    due_after: datetime | None = None,
    text: Annotated[str | None, Query(max_length=200, description="Words in name, receipt, business key")] = None,
) -> dict[str, Any]:
    """Return open tasks that the caller may do or has: those due first at the top, those without due time last."""
    for moment in (due_before, due_after):
        if moment is not None and moment.tzinfo is None:
            raise Invalid(f"Expected a moment with an offset such as +07:00 or Z, found {moment.isoformat()}")
    filters = tasks.Filters(
        mine=mine,
        unassigned=unassigned,
        everything=everything,
        role=role.replace("\0", "") if role else None,
        process_id=process.replace("\0", "") if process else None,
        due_before=due_before,
        due_after=due_after,
        text=text.replace("\0", "") if text else None,
    )
    return listed(tasks.open_tasks(session, caller, filters, page), show_task)


@router.get("/tasks/counts", summary="Count open tasks")
def count_tasks(session: Transaction, caller: Caller, now: Now) -> dict[str, Any]:
    """Return how many open tasks the caller has, could take, and which of these are overdue."""
    found = tasks.counts(session, caller, now=now)
    return {"mine": found.mine, "unassigned": found.unassigned, "overdue": found.overdue}


@router.get("/tasks/{task_id}", summary="A task")
def read_task(task_id: UUID, session: Transaction, caller: Caller, response: Response) -> dict[str, Any]:
    """Return a task with its form, the data that it sees, its draft and comments. The ETag is its revision."""
    found = tasks.detail(session, task_id, viewer=caller)
    response.headers.update(etag(found.task.revision))
    return {
        **show_task(found.task),
        "draft": found.task.draft,
        "data": found.data,
        "form_schema": found.form,
        "comments": [show_comment(comment) for comment in found.comments],
    }


@router.post("/tasks/{task_id}/claim", summary="Take a task")
def claim_task(task_id: UUID, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]) -> Any:
    """Take a task that nobody has. If somebody else was faster, the answer says who and when (409)."""
    return once.do(None, lambda: show_task(tasks.claim(session, task_id, actor=caller, now=now)))


@router.post("/tasks/{task_id}/release", summary="Give a task back")
def release_task(
    task_id: UUID, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Give a task back to everybody who may do it."""
    return once.do(None, lambda: show_task(tasks.release(session, task_id, actor=caller, now=now)))


@router.post("/tasks/{task_id}/assign", summary="Assign a task")
def assign_task(
    task_id: UUID, sent: Assignment, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Give a task to somebody, whoever has it now, for heads."""
    return once.do(sent, lambda: show_task(tasks.assign(session, task_id, sent.assignee, actor=caller, now=now)))


@router.put("/tasks/{task_id}/draft", summary="Save a draft")
def save_draft(
    task_id: UUID,
    sent: Data,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    response: Response,
) -> dict[str, Any]:
    """Keep what was entered so far, unchecked."""
    found = tasks.save_draft(session, task_id, sent.data, actor=caller, now=now, expected_revision=revision)
    response.headers.update(etag(found.revision))
    return show_task(found)


@router.post("/tasks/{task_id}/complete", summary="Complete a task")
def complete_task(
    task_id: UUID,
    sent: Data,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    once: Annotated[Once, Depends()],
) -> Any:
    """Finish a task with what was entered; the instance moves on until it waits again.

    The form checks the data (422 with ``fields``). A task that is over answers 409 with who ended it and when.
    """

    def act() -> dict[str, Any]:
        return show_moved(
            tasks.complete(session, task_id, sent.data, actor=caller, now=now, expected_revision=revision)
        )

    return once.do(sent, act)


@router.post("/tasks/{task_id}/comments", status_code=201, summary="Comment on a task")
def comment_on_task(
    task_id: UUID, sent: Note, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Note something about a task, open or not."""
    return once.do(
        sent, lambda: show_comment(tasks.comment(session, task_id, sent.text, actor=caller, now=now)), status=201
    )


async def attached(request: Request, _caller: SignedIn) -> bytes:
    """Return the body, read only up to the limit. Raises TooLarge."""
    most = settings().document_bytes
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge(f"Expected at most {most} bytes, found more")
        parts.append(part)
    return b"".join(parts)


Attached = Annotated[bytes, Depends(attached)]
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/tasks/{task_id}/documents", status_code=201, summary="Attach a file", openapi_extra=_FILE)
def attach_to_task(
    task_id: UUID,
    content: Attached,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: Annotated[Once, Depends()],
    name: Annotated[str, Query(min_length=1, max_length=300)],
) -> Any:
    """Attach a file to a task. The body is the file; its media type is found in the content."""

    def act() -> dict[str, Any]:
        task = tasks.task(session, task_id, viewer=caller)
        document = documents.attach(session, task.instance_id, name, content, actor=caller, now=now, task_id=task_id)
        return show_document(document)

    return once.do(content, act, status=201)


@router.get("/documents/{document_id}", summary="A file")
def read_document(document_id: UUID, session: Transaction, caller: Caller) -> Response:
    """Return a file as a download; a browser never runs what is in it."""
    found = documents.file(session, document_id, viewer=caller)
    return Response(
        found.content,
        media_type=found.document.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.document.name)}",
            "Content-Security-Policy": "sandbox",
            "Digest": f"sha-256={found.document.sha256}",
        },
    )
