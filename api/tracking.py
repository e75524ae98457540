"""The applicant's window: follow a case by receipt number and secret, and answer what is asked."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import bodies
from api.dependencies import AllSessions, Now, Reading, Transaction
from api.idempotency import OnceIfWished
from api.sent import TrackedAnswer, Tracking
from api.shown.cases import Answered, AskedForm, AskedTask, Document, TrackedCase, TrackedTerm
from api.tasks import FILE_BODY, FileName
from engine import access, accounts, definitions, documents, instances, models, tasks
from engine.access import Actor
from engine.database import reading
from engine.manifest import Manifest
from engine.models import IS_OPEN_TASK
from engine.settings import settings

_INSTANT = timedelta(microseconds=1)
router = APIRouter(prefix="/v1/tracking", tags=["tracking"], route_class=bodies.Route)


@router.post("", summary="Follow a case")
def track(sent: Tracking, request: Request, session: Reading) -> TrackedCase:
    """Return where a case stands, by when an answer is owed, and what is asked of the applicant. Needs no account.

    An address may ask 30 times a minute for a case, and 300 times in all (429).
    """
    found = _found(request, session, sent.receipt, sent.secret)
    manifest = definitions.compiled(session, found.version_id).manifest
    asked = [AskedTask.model_validate(task) for task in _asked(session, found, manifest)]
    return TrackedCase(
        receipt=found.receipt,
        process=dict(manifest.title),
        status=dict(manifest.citizen_status.get(found.citizen_step or "", {})),
        is_open=found.ended_at is None,
        started_at=found.started_at,
        ended_at=found.ended_at,
        outcome=found.outcome,
        terms=_terms(session, found, manifest),
        asked=asked,
    )


@router.post("/tasks/{task_id}", summary="Read what is asked")
def read_asked(task_id: UUID, sent: Tracking, request: Request, session: Reading) -> AskedForm:
    """Return a task of the applicant with its form and what it shows."""
    found = _found(request, session, sent.receipt, sent.secret)
    applicant = accounts.applicant_actor(found.receipt, found.id)
    detail = tasks.detail(session, task_id, viewer=applicant)
    manifest = definitions.compiled(session, found.version_id).manifest
    access.may_complete(session, applicant, detail.task, manifest)
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
    applicant = accounts.applicant_actor(found.receipt, found.id)

    def act() -> Answered:
        moved = tasks.complete(session, task_id, sent.data, actor=applicant, now=now)
        return Answered(receipt=moved.receipt, status=moved.status)

    return once.do(sent, act, by=applicant)


def applicant(
    request: Request,
    sessions: AllSessions,
    receipt: Annotated[str, Header(alias="X-Receipt", min_length=1, max_length=200, description="The receipt number")],
    secret: Annotated[
        str, Header(alias="X-Receipt-Secret", min_length=1, max_length=200, description="The applicant's secret")
    ],
) -> Actor:
    """Return the applicant whom receipt number and secret prove, before a long body is read. Raises NotFound."""
    with reading(sessions) as session:
        found = _found(request, session, receipt, secret)
        return accounts.applicant_actor(found.receipt, found.id)


Applicant = Annotated[Actor, Depends(applicant)]


async def attached(request: Request, _applicant: Applicant) -> bytes:
    """Return the body, read only for an applicant, and only up to the limit. Raises Problem for more."""
    return await bodies.read(request, settings().document_bytes)


@router.post(
    "/tasks/{task_id}/documents",
    status_code=201,
    response_model=Document,
    summary="Attach a file to what is asked",
    openapi_extra=FILE_BODY,
)
def attach_to_asked(
    task_id: UUID,
    content: Annotated[bytes, Depends(attached)],
    applicant: Applicant,
    session: Transaction,
    now: Now,
    once: OnceIfWished,
    name: FileName,
) -> Response:
    """Attach a file to a task of the applicant. The body is the file; number and secret stand in headers."""

    def act() -> Document:
        task = tasks.task(session, task_id, viewer=applicant)
        access.may_complete(session, applicant, task, definitions.compiled(session, task.version_id).manifest)
        made = documents.attach(session, task.instance_id, name, content, actor=applicant, now=now, task_id=task_id)
        return Document.model_validate(made)

    return once.do(content, act, status=201, by=applicant)


def _found(request: Request, session: Session, receipt: str, secret: str) -> models.Instance:
    request.app.state.trackings.check(request, receipt)
    return instances.track(session, receipt, secret)


def _asked(session: Session, found: models.Instance, manifest: Manifest) -> list[Any]:
    task = models.Task
    query = select(task).where(task.instance_id == found.id, IS_OPEN_TASK).order_by(task.id)
    return [each for each in session.scalars(query) if access.is_applicants(each, manifest)]


def _terms(session: Session, found: models.Instance, manifest: Manifest) -> list[TrackedTerm]:
    term = models.Term
    zone = ZoneInfo(session.get_one(models.Agency, found.agency_id).time_zone)
    shown = []
    for row in session.scalars(select(term).where(term.instance_id == found.id).order_by(term.started_at, term.id)):
        rule = manifest.terms.get(row.name)
        shown.append(
            TrackedTerm(
                name=row.name,
                title=dict(rule.title) if rule is not None else {},
                status=row.status,
                due_at=row.due_at,
                # A term of days is passed from the midnight after its last day.
                due_on=None if row.due_at is None else (row.due_at - _INSTANT).astimezone(zone).date(),
            )
        )
    return shown
