"""Instances: start, list, look at, correct, end."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy import select

from api.dependencies import Caller, Now, Paging, Revision, Transaction, listed
from api.idempotency import Once
from api.schemas import (
    HandOver,
    Reason,
    SetVariables,
    Start,
    etag,
    show_document,
    show_entry,
    show_instance,
    show_moved,
    show_task,
    show_term,
)
from engine import access, accounts, definitions, documents, instances, journal, tasks
from engine.bpmn.waits import Wait, WaitKind
from engine.bpmn.workflow import Workflow
from engine.instances.masking import masked, masked_facts
from engine.models import InstanceStatus, JournalEntry, Term

router = APIRouter(prefix="/v1", tags=["instances"])


@router.post("/processes/{process_id}/instances", status_code=201, summary="Start an instance")
def start_instance(
    process_id: str, sent: Start, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Start an instance for the caller's agency and run it until it waits.

    The answer holds the receipt number and, only here, the secret with which the applicant can follow the case.
    Send an Idempotency-Key: a repetition then starts nothing and gets the same answer.
    """
    agency_id = access.need_agency(caller)

    def act() -> dict[str, Any]:
        moved = instances.start(
            session,
            process_id,
            sent.variables,
            agency_id=agency_id,
            actor=caller,
            now=now,
            number=sent.version,
            business_key=sent.business_key,
        )
        return show_moved(moved)

    return once.do(sent, act, status=201)


@router.get("/instances", summary="List instances")
def list_instances(
    session: Transaction,
    caller: Caller,
    page: Paging,
    process: Annotated[str | None, Query(max_length=200)] = None,
    status: InstanceStatus | None = None,
    business_key: Annotated[str | None, Query(max_length=200)] = None,
    text: Annotated[str | None, Query(max_length=200, description="Beginning of receipt or business key")] = None,
) -> dict[str, Any]:
    """Return instances of the caller's agency, and those that were handed to or by it, newest first."""
    filters = instances.Filters(process_id=process, status=status, business_key=_clean(business_key), text=_clean(text))
    return listed(instances.instances(session, caller, filters, page), show_instance)


@router.get("/instances/{instance_id}", summary="An instance")
def read_instance(instance_id: UUID, session: Transaction, caller: Caller, response: Response) -> dict[str, Any]:
    """Return an instance with everything that it waits for."""
    found = instances.instance(session, instance_id, viewer=caller)
    waits = instances.look(session, instance_id, Workflow.waits) if found.status is InstanceStatus.RUNNING else []
    names = definitions.compiled(session, found.version_id).steps
    response.headers.update(etag(found.revision))
    return {**show_instance(found), "open": [_show_wait(wait, names.get(wait.step, wait.step)) for wait in waits]}


@router.get("/instances/{instance_id}/variables", summary="Variables of an instance")
def read_variables(instance_id: UUID, session: Transaction, caller: Caller, response: Response) -> dict[str, Any]:
    """Return the variables; what the process calls confidential is masked unless a role of the caller may read it."""
    found = instances.instance(session, instance_id, viewer=caller)
    values = instances.look(session, instance_id, lambda workflow: workflow.variables(0))
    manifest = definitions.compiled(session, found.version_id).manifest
    response.headers.update(etag(found.revision))
    return {"variables": masked(values, manifest, caller.roles)}


@router.patch("/instances/{instance_id}/variables", summary="Correct variables")
def set_variables(
    instance_id: UUID,
    sent: SetVariables,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    once: Annotated[Once, Depends()],
) -> Any:
    """Write variables, for operators. Old and new values and the reason stand in the journal."""

    def act() -> dict[str, Any]:
        moved = instances.set_variables(
            session,
            instance_id,
            sent.variables,
            actor=caller,
            now=now,
            reason=sent.reason,
            scope=sent.scope,
            expected_revision=revision,
        )
        return show_moved(moved)

    return once.do(sent, act)


@router.get("/instances/{instance_id}/journal", summary="Journal of an instance")
def read_journal(instance_id: UUID, session: Transaction, caller: Caller, page: Paging) -> dict[str, Any]:
    """Return what happened, oldest first, with confidential values masked as in the variables.

    Each entry's hash covers the one before: the order can be proved.
    """
    found = instances.instance(session, instance_id, viewer=caller)
    manifest = definitions.compiled(session, found.version_id).manifest

    def show(entry: JournalEntry) -> dict[str, Any]:
        return {**show_entry(entry), "data": masked_facts(entry.data, manifest, caller.roles)}

    return listed(journal.entries(session, instance_id, page), show)


@router.get("/instances/{instance_id}/journal/proof", summary="Check the journal")
def verify_journal(instance_id: UUID, session: Transaction, caller: Caller) -> dict[str, Any]:
    """Compute the chain of hashes again and tell whether every entry is there as it was written."""
    instances.instance(session, instance_id, viewer=caller)
    fault = journal.verify(session, instance_id)
    return {"complete": fault is None, "fault": None if fault is None else fault.message}


@router.get("/instances/{instance_id}/terms", summary="Legal terms of an instance")
def read_terms(instance_id: UUID, session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return the legal terms, with when they are due and whether the clock stands."""
    instances.instance(session, instance_id, viewer=caller)
    found = session.scalars(select(Term).where(Term.instance_id == instance_id).order_by(Term.started_at, Term.name))
    return {"items": [show_term(term) for term in found]}


@router.get("/instances/{instance_id}/tasks", summary="Tasks of an instance")
def read_tasks(instance_id: UUID, session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return all tasks of an instance, oldest first."""
    return {"items": [show_task(task) for task in tasks.tasks_of(session, instance_id, viewer=caller)]}


@router.get("/instances/{instance_id}/documents", summary="Documents of an instance")
def read_documents(instance_id: UUID, session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return the files that belong to an instance, without their content."""
    found = documents.documents(session, instance_id, viewer=caller)
    return {"items": [show_document(document) for document in found]}


@router.post("/instances/{instance_id}/cancel", summary="Cancel an instance")
def cancel_instance(
    instance_id: UUID,
    sent: Reason,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    once: Annotated[Once, Depends()],
) -> Any:
    """End an instance now: its tasks are withdrawn and its jobs dropped."""

    def act() -> dict[str, Any]:
        moved = instances.cancel(
            session, instance_id, actor=caller, now=now, reason=sent.reason, expected_revision=revision
        )
        return show_moved(moved)

    return once.do(sent, act)


@router.post("/instances/{instance_id}/retry", summary="Try failed steps again")
def retry_instance(
    instance_id: UUID, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Try all failed steps and jobs of an instance again."""
    return once.do(None, lambda: show_moved(instances.retry(session, instance_id, actor=caller, now=now)))


@router.post("/instances/{instance_id}/handover", summary="Hand an instance over")
def hand_over(
    instance_id: UUID,
    sent: HandOver,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: Annotated[Once, Depends()],
) -> Any:
    """Give an instance to another agency, with its open and later tasks. The giver may still read it."""

    def act() -> dict[str, Any]:
        to = accounts.agency(session, sent.to)
        moved = instances.hand_over(session, instance_id, to.id, actor=caller, now=now, reason=sent.reason)
        return show_moved(moved)

    return once.do(sent, act)


def _clean(text: str | None) -> str | None:
    return text.replace("\0", "") if text else None


def _show_wait(wait: Wait, name: str) -> dict[str, Any]:
    due: datetime | None = wait.due
    shown: dict[str, Any] = {"token": wait.token, "kind": wait.kind, "step": wait.step, "name": name, "due_at": due}
    if wait.term is not None:
        shown["term"] = ".".join(wait.term)
    if wait.kind in (WaitKind.MESSAGE, WaitKind.SIGNAL):
        shown["waits_for"] = wait.name
    return shown
