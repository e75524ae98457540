"""The applicant's window: follow a case by receipt number and secret, answer what is asked, send, attach, rate."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlalchemy.orm import Session

from api import bodies
from api.dependencies import AllSessions, Now, Reading, Transaction
from api.idempotency import OnceIfWished
from api.sent import TrackedAnswer, TrackedRating, Tracking
from api.shown import cases
from api.shown.cases import Answered, AskedForm, Document, Rated, TrackedCase
from api.tasks import FILE_BODY, FileName
from engine import instances, models, tracking
from engine.database import reading
from engine.settings import settings

router = APIRouter(prefix="/v1/tracking", tags=["tracking"], route_class=bodies.Route)


@router.post("", summary="Follow a case")
def track(sent: Tracking, request: Request, session: Reading) -> TrackedCase:
    """Return where a case stands, by when an answer is owed, what is asked of the applicant and what it may send.

    Needs no account. An address may ask 30 times a minute for a case, and 300 times in all (429).
    """
    return cases.of_tracked(tracking.follow(session, _found(request, session, sent.receipt, sent.secret)))


@router.post("/tasks/{task_id}", summary="Read what is asked")
def read_asked(task_id: UUID, sent: Tracking, request: Request, session: Reading) -> AskedForm:
    """Return a task of the applicant with its form and what it shows."""
    detail = tracking.asked(session, _found(request, session, sent.receipt, sent.secret), task_id)
    return AskedForm(
        id=detail.task.id,
        name=detail.task.name,
        due_at=detail.task.due_at,
        data=dict(detail.data),
        form_schema=None if detail.form is None else dict(detail.form),
    )


@router.post("/tasks/{task_id}/complete", response_model=Answered, summary="Answer what is asked")
def answer_asked(
    task_id: UUID, sent: TrackedAnswer, request: Request, session: Transaction, now: Now, once: OnceIfWished
) -> Response:
    """Complete a task of the applicant with what was entered in its form."""
    found = _found(request, session, sent.receipt, sent.secret)

    def act() -> Answered:
        return Answered.model_validate(tracking.answer(session, found, task_id, sent.data, now=now))

    return once.do(sent, act, by=tracking.applicant(found))


@router.post("/messages/{name}", response_model=Answered, summary="Send a message to a case")
def send_tracked(
    name: str, sent: TrackedAnswer, request: Request, session: Transaction, now: Now, once: OnceIfWished
) -> Response:
    """Send what the process offers the applicant now, such as an objection, with what was entered in its form."""
    found = _found(request, session, sent.receipt, sent.secret)

    def act() -> Answered:
        return Answered.model_validate(tracking.send(session, found, name, sent.data, now=now))

    return once.do(sent, act, by=tracking.applicant(found))


@router.post("/rating", status_code=201, response_model=Rated, summary="Rate a case that is over")
def rate_tracked(sent: TrackedRating, request: Request, session: Transaction, now: Now, once: OnceIfWished) -> Response:
    """Say once how the case was handled, when it is over (409 before, and a second time)."""
    found = _found(request, session, sent.receipt, sent.secret)

    def act() -> Rated:
        return Rated.model_validate(tracking.rate(session, found, sent.score, sent.comment, now=now))

    return once.do(sent, act, status=201, by=tracking.applicant(found))


def proved(
    request: Request,
    sessions: AllSessions,
    receipt: Annotated[str, Header(alias="X-Receipt", min_length=1, max_length=200, description="The receipt number")],
    secret: Annotated[
        str, Header(alias="X-Receipt-Secret", min_length=1, max_length=200, description="The applicant's secret")
    ],
) -> models.Instance:
    """Return the case of receipt number and secret, before a long body is read. Raises NotFound."""
    with reading(sessions) as session:
        return _found(request, session, receipt, secret)


Proved = Annotated[models.Instance, Depends(proved)]


async def attached(request: Request, _case: Proved) -> bytes:
    """Return the body, read only for an applicant, and only up to the limit. Raises Problem for more."""
    return await bodies.read(request, settings().document_bytes)


Attached = Annotated[bytes, Depends(attached)]


@router.post(
    "/documents", status_code=201, response_model=Document, summary="Attach a file to a case", openapi_extra=FILE_BODY
)
def attach_to_tracked(
    content: Attached, case: Proved, session: Transaction, now: Now, once: OnceIfWished, name: FileName
) -> Response:
    """Attach a file to the applicant's case while it runs. The body is the file; number and secret are in headers."""

    def act() -> Document:
        return Document.model_validate(tracking.attach(session, case, name, content, now=now))

    return once.do(content, act, status=201, by=tracking.applicant(case))


@router.post(
    "/tasks/{task_id}/documents",
    status_code=201,
    response_model=Document,
    summary="Attach a file to what is asked",
    openapi_extra=FILE_BODY,
)
def attach_to_asked(
    task_id: UUID,
    content: Attached,
    case: Proved,
    session: Transaction,
    now: Now,
    once: OnceIfWished,
    name: FileName,
) -> Response:
    """Attach a file to a task of the applicant. The body is the file; number and secret stand in headers."""

    def act() -> Document:
        return Document.model_validate(tracking.attach(session, case, name, content, now=now, task_id=task_id))

    return once.do(content, act, status=201, by=tracking.applicant(case))


def _found(request: Request, session: Session, receipt: str, secret: str) -> models.Instance:
    request.app.state.trackings.check(request, receipt)
    return instances.track(session, receipt, secret)
