"""Instances: start, list, look at, correct, end."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.bodies import Route
from api.dependencies import (
    Caller,
    Language,
    NeededRevision,
    Now,
    Paging,
    Reading,
    Revision,
    Transaction,
)
from api.idempotency import OnceIfWished, SurelyOnce
from api.sent import HandOver, Reason, SetVariables, Start
from api.shown import cases
from api.shown.base import Listed, Whole, listed
from api.shown.cases import (
    Document,
    Instance,
    InstanceDetail,
    InstanceVariables,
    JournalEntry,
    Moved,
    OpenStep,
    Proof,
    Started,
    Task,
    Term,
)
from engine import access, accounts, definitions, documents, instances, journal, models, tasks
from engine.access import Scope
from engine.bpmn.waits import Wait, WaitKind
from engine.bpmn.workflow import Workflow
from engine.instances.masking import masked, masked_facts
from engine.manifest import Manifest, Unit
from engine.models import IS_OPEN_TASK, InstanceStatus, VersionStatus

router = APIRouter(prefix="/v1", tags=["instances"], route_class=Route)
_TEXT = "Words, each of which must occur in receipt, business key or subject"


@router.post("/processes/{process_id}/instances", status_code=201, response_model=Started, summary="Start an instance")
def start_instance(
    process_id: str, sent: Start, session: Transaction, caller: Caller, now: Now, once: SurelyOnce
) -> Response:
    """Start an instance for the caller's agency and run it until it waits.

    The answer holds the receipt number and, only here, the secret with which the applicant can follow the case. An
    Idempotency-Key must be sent: a repetition then starts nothing and gets the same answer. A version that is a draft
    is started only by who may upload packages, to try it.
    """
    agency_id = access.need_agency(caller)

    def act() -> Started:
        if sent.version is not None:
            version = definitions.version(session, process_id, sent.version)
            if version.status is VersionStatus.DRAFT:
                access.may_deploy(caller, version.agency_id or agency_id)
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
        return Started.model_validate(moved)

    return once.do(sent, act, status=201)


@router.get("/instances", summary="List instances")
def list_instances(
    session: Reading,
    caller: Caller,
    now: Now,
    page: Paging,
    process: Annotated[str | None, Query(max_length=200)] = None,
    status: InstanceStatus | None = None,
    business_key: Annotated[str | None, Query(max_length=200)] = None,
    text: Annotated[str | None, Query(max_length=200, description=_TEXT)] = None,
    overdue: Annotated[bool, Query(description="Only those with a running term that is passed")] = False,
) -> Listed[Instance]:
    """Return instances of the caller's agency, and those that were handed to or by it, newest first."""
    access.need_scope(caller, Scope.INSTANCES_READ)
    filters = instances.Filters(
        process_id=process,
        status=status,
        business_key=business_key,
        text=text,
        overdue_at=now if overdue else None,
    )
    return listed(instances.instances(session, caller, filters, page), Instance.model_validate)


@router.get("/instances/{instance_id}", summary="An instance")
def read_instance(
    instance_id: UUID, session: Reading, caller: Caller, language: Language, response: Response
) -> InstanceDetail:
    """Return an instance with everything that it waits for, as data and as sentences. The ETag is its revision."""
    found = instances.instance(session, instance_id, viewer=caller)
    response.headers["ETag"] = f'"{found.revision}"'
    steps: list[OpenStep] = []
    if found.status is InstanceStatus.RUNNING:
        names = definitions.compiled(session, found.version_id).steps
        waits = instances.look(session, instance_id, Workflow.waits)
        steps = _open_steps(waits, names, _open_tasks(session, instance_id))
    text = [_sentence(step, language) for step in steps]
    return InstanceDetail(**Instance.model_validate(found).model_dump(), open=steps, text=text)


@router.get("/instances/{instance_id}/variables", summary="Variables of an instance")
def read_variables(instance_id: UUID, session: Reading, caller: Caller, response: Response) -> InstanceVariables:
    """Return the variables; what the process calls confidential is masked unless a role of the caller may read it."""
    found = instances.instance(session, instance_id, viewer=caller)
    values = instances.look(session, instance_id, lambda workflow: workflow.variables(0))
    response.headers["ETag"] = f'"{found.revision}"'
    return InstanceVariables(variables=masked(values, _manifest(session, found), caller.roles))


@router.patch("/instances/{instance_id}/variables", response_model=Moved, summary="Correct variables")
def set_variables(
    instance_id: UUID,
    sent: SetVariables,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: NeededRevision,
    once: OnceIfWished,
) -> Response:
    """Write variables, for operators. Old and new values and the reason stand in the journal.

    The ETag that was read must be sent in If-Match (428 without): nobody overwrites what was not seen.
    """

    def act() -> Moved:
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
        return Moved.model_validate(moved)

    return once.do(sent, act)


@router.get("/instances/{instance_id}/journal", summary="Journal of an instance")
def read_journal(instance_id: UUID, session: Reading, caller: Caller, page: Paging) -> Listed[JournalEntry]:
    """Return what happened, oldest first, with confidential values masked as in the variables.

    Each entry's hash covers the one before: the order can be proved.
    """
    manifest = _manifest(session, instances.instance(session, instance_id, viewer=caller))

    def show(entry: models.JournalEntry) -> JournalEntry:
        return JournalEntry.of(entry, masked_facts(entry.data, manifest, caller.roles))

    return listed(journal.entries(session, instance_id, page), show)


@router.get("/instances/{instance_id}/journal/proof", summary="Check the journal")
def verify_journal(instance_id: UUID, session: Reading, caller: Caller) -> Proof:
    """Compute the chain of hashes again and tell whether every entry is there as it was written."""
    instances.instance(session, instance_id, viewer=caller)
    fault = journal.verify(session, instance_id)
    return Proof(complete=fault is None, fault=None if fault is None else fault.message)


@router.get("/instances/{instance_id}/terms", summary="Legal terms of an instance")
def read_terms(instance_id: UUID, session: Reading, caller: Caller) -> Whole[Term]:
    """Return the legal terms, with when they are due and whether the clock stands."""
    rules = _manifest(session, instances.instance(session, instance_id, viewer=caller)).terms
    terms = models.Term
    found = session.scalars(select(terms).where(terms.instance_id == instance_id).order_by(terms.started_at, terms.id))
    return Whole[Term](
        items=[
            Term(
                name=term.name,
                title=dict(rules[term.name].title) if term.name in rules else {},
                status=term.status,
                amount=term.amount,
                unit=Unit(term.unit),
                extended=term.extended,
                started_at=term.started_at,
                due_at=term.due_at,
                stopped_at=term.stopped_at,
                ended_at=term.ended_at,
            )
            for term in found
        ]
    )


@router.get("/instances/{instance_id}/tasks", summary="Tasks of an instance")
def read_tasks(instance_id: UUID, session: Reading, caller: Caller) -> Whole[Task]:
    """Return all tasks of an instance, oldest first, those that are over too."""
    access.need_scope(caller, Scope.TASKS_READ)
    found = instances.instance(session, instance_id, viewer=caller)
    shown = tasks.tasks_of(session, instance_id, viewer=caller)
    return Whole[Task](items=[cases.of_task(task, found.receipt, found.business_key) for task in shown])


@router.get("/instances/{instance_id}/documents", summary="Documents of an instance")
def read_documents(instance_id: UUID, session: Reading, caller: Caller) -> Whole[Document]:
    """Return the files that belong to an instance, without their content."""
    found = documents.documents(session, instance_id, viewer=caller)
    return Whole[Document](items=[Document.model_validate(document) for document in found])


@router.post("/instances/{instance_id}/cancel", response_model=Moved, summary="Cancel an instance")
def cancel_instance(
    instance_id: UUID,
    sent: Reason,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    once: OnceIfWished,
) -> Response:
    """End an instance now: its tasks are withdrawn and its jobs dropped."""

    def act() -> Moved:
        moved = instances.cancel(
            session, instance_id, actor=caller, now=now, reason=sent.reason, expected_revision=revision
        )
        return Moved.model_validate(moved)

    return once.do(sent, act)


@router.post("/instances/{instance_id}/retry", response_model=Moved, summary="Try failed steps again")
def retry_instance(
    instance_id: UUID, session: Transaction, caller: Caller, now: Now, revision: Revision, once: OnceIfWished
) -> Response:
    """Try all failed steps and jobs of an instance again."""

    def act() -> Moved:
        moved = instances.retry(session, instance_id, actor=caller, now=now, expected_revision=revision)
        return Moved.model_validate(moved)

    return once.do(None, act)


@router.post("/instances/{instance_id}/handover", response_model=Moved, summary="Hand an instance over")
def hand_over(
    instance_id: UUID,
    sent: HandOver,
    session: Transaction,
    caller: Caller,
    now: Now,
    revision: Revision,
    once: OnceIfWished,
) -> Response:
    """Give an instance to another agency, with its open and later tasks. The giver may still read it."""

    def act() -> Moved:
        to = accounts.agency(session, sent.to)
        moved = instances.hand_over(
            session, instance_id, to.id, actor=caller, now=now, reason=sent.reason, expected_revision=revision
        )
        return Moved.model_validate(moved)

    return once.do(sent, act)


def _manifest(session: Session, found: models.Instance) -> Manifest:
    return definitions.compiled(session, found.version_id).manifest


def _open_tasks(session: Session, instance_id: UUID) -> Mapping[int, Any]:
    """Return the open tasks of an instance by their token."""
    task = models.Task
    query = select(task.token, task.id, task.assignee, task.due_at).where(task.instance_id == instance_id, IS_OPEN_TASK)
    return {row.token: row for row in session.execute(query)}


def _open_steps(waits: Sequence[Wait], names: Mapping[str, str], open_tasks: Mapping[int, Any]) -> list[OpenStep]:
    return [_open_step(wait, names.get(wait.step, wait.step), open_tasks.get(wait.token)) for wait in waits]


def _open_step(wait: Wait, name: str, task: Any) -> OpenStep:
    return OpenStep(
        token=wait.token,
        step=wait.step,
        name=name,
        kind=wait.kind,
        due_at=wait.due if task is None else task.due_at,
        term=None if wait.term is None else ".".join(wait.term),
        waits_for=wait.name if wait.kind in (WaitKind.MESSAGE, WaitKind.SIGNAL) else None,
        task_id=None if task is None else task.id,
        assignee=None if task is None else task.assignee,
    )


_SENTENCES = {
    WaitKind.USER: ("“{name}” menunggu {who}", "“{name}” waits for {who}"),
    WaitKind.JOB: ("“{name}” menunggu jawaban sistem lain", "“{name}” waits for another system's answer"),
    WaitKind.TIMER: ("“{name}” menunggu waktunya", "“{name}” waits for its time"),
    WaitKind.MESSAGE: ("“{name}” menunggu pesan {of}", "“{name}” waits for the message {of}"),
    WaitKind.SIGNAL: ("“{name}” menunggu sinyal {of}", "“{name}” waits for the signal {of}"),
    WaitKind.CONDITION: ("“{name}” menunggu syaratnya terpenuhi", "“{name}” waits until its condition holds"),
}


def _sentence(step: OpenStep, language: str) -> str:
    """Return what a step waits for in words: the list that says what the diagram shows."""
    english = language == "en"
    who = step.assignee or ("somebody to take it" if english else "seseorang mengambilnya")
    said = _SENTENCES[step.kind][english].format(name=step.name, who=who, of=step.waits_for)
    if step.due_at is None:
        return f"{said}."
    day = f"{step.due_at:%Y-%m-%d %H:%M} UTC"
    return f"{said}, due {day}." if english else f"{said}, jatuh tempo {day}."
