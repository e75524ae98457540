"""The applicant's window: follow a case by receipt number and secret, and answer what is asked."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.dependencies import Now, Transaction
from api.idempotency import Once
from api.schemas import TrackedAnswer, Tracking, show_moved
from engine import access, accounts, definitions, instances, tasks
from engine.access import Actor
from engine.manifest import Manifest
from engine.models import Instance, Task, TaskStatus, Term

router = APIRouter(prefix="/v1/tracking", tags=["tracking"])


@router.post("", summary="Follow a case")
def track(sent: Tracking, request: Request, session: Transaction) -> dict[str, Any]:
    """Return where a case stands, by when an answer is owed, and what is asked of the applicant. Needs no account."""
    request.app.state.trackings.check(request, sent.receipt)
    found, _actor = _found(session, sent)
    manifest = definitions.compiled(session, found.version_id).manifest
    words = manifest.citizen_status.get(found.citizen_step or "", {})
    asked = [
        {"id": task.id, "step": task.step, "name": task.name, "due_at": task.due_at, "form": task.form}
        for task in _open_tasks(session, found, manifest)
    ]
    return {
        "receipt": found.receipt,
        "process": dict(manifest.title),
        "status": dict(words),
        "is_open": found.ended_at is None,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "outcome": found.outcome,
        "terms": [_show_term(term, manifest) for term in _terms(session, found)],
        "asked": asked,
    }


@router.post("/tasks/{task_id}", summary="Read what is asked")
def read_asked(task_id: UUID, sent: Tracking, request: Request, session: Transaction) -> dict[str, Any]:
    """Return a task of the applicant with its form."""
    request.app.state.trackings.check(request, sent.receipt)
    _found_case, actor = _found(session, sent)
    detail = tasks.detail(session, task_id, viewer=actor)
    _need_asked(session, detail.task, actor)
    return {"id": detail.task.id, "name": detail.task.name, "due_at": detail.task.due_at, "form_schema": detail.form}


@router.post("/tasks/{task_id}/complete", summary="Answer what is asked")
def answer_asked(
    task_id: UUID,
    sent: TrackedAnswer,
    request: Request,
    session: Transaction,
    now: Now,
    once: Annotated[Once, Depends()],
) -> Any:
    """Complete a task of the applicant with what was entered in its form."""
    request.app.state.trackings.check(request, sent.receipt)
    _case, actor = _found(session, sent)

    def act() -> Mapping[str, Any]:
        moved = show_moved(tasks.complete(session, task_id, sent.data, actor=actor, now=now))
        return {"receipt": moved["receipt"], "status": moved["status"]}

    return once.do(sent, act)


def _found(session: Session, sent: Tracking) -> tuple[Instance, Actor]:
    found = instances.track(session, sent.receipt, sent.secret)
    return found, accounts.applicant_actor(found.receipt, found.id)


def _open_tasks(session: Session, found: Instance, manifest: Manifest) -> list[Task]:
    query = select(Task).where(Task.instance_id == found.id, Task.status == TaskStatus.OPEN).order_by(Task.id)
    return [task for task in session.scalars(query) if access.is_applicants(task, manifest)]


def _need_asked(session: Session, task: Task, actor: Actor) -> None:
    access.may_complete(session, actor, task, definitions.compiled(session, task.version_id).manifest)


def _terms(session: Session, found: Instance) -> list[Term]:
    return list(session.scalars(select(Term).where(Term.instance_id == found.id).order_by(Term.started_at)))


def _show_term(term: Term, manifest: Manifest) -> dict[str, Any]:
    rule = manifest.terms.get(term.name)
    return {
        "name": term.name,
        "title": dict(rule.title) if rule is not None else {},
        "status": term.status,
        "due_at": term.due_at,
    }
