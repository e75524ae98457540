"""The record of a case as one JSON document. Its journal is sent as it is read: a long one needs no room."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.bodies import Route
from api.dependencies import AllSessions, Caller, Now, Reading
from api.shown import cases, record
from api.shown.cases import Document, Instance, JournalEntry
from api.shown.record import CaseRecord, RecordHead
from engine import access, definitions, documents, instances, journal, models, tasks, terms
from engine.access import Actor, Scope
from engine.bpmn.workflow import Workflow
from engine.database import Page, Sessions, encode_json, reading
from engine.definitions import Compiled
from engine.instances.masking import masked, masked_facts

router = APIRouter(prefix="/v1", tags=["instances"], route_class=Route)
_ENTRIES = 500


@router.get(
    "/instances/{instance_id}/record",
    response_model=None,
    responses={200: {"model": CaseRecord, "description": "The record"}},
    summary="Record of an instance",
)
def read_record(
    instance_id: UUID, session: Reading, sessions: AllSessions, caller: Caller, now: Now
) -> StreamingResponse:
    """Return everything of an instance in one document: version, variables, steps, tasks, documents with their hashes,
    terms with what moved them, handovers, and the whole journal. What is confidential is masked as elsewhere."""
    access.need_scope(caller, Scope.TASKS_READ)
    return sent(session, sessions, instance_id, caller, made_at=now)


def sent(
    session: Session, sessions: Sessions, instance_id: UUID, viewer: Actor, *, made_at: datetime
) -> StreamingResponse:
    """Return the record of a case as the answer to a request. Raises NotFound before anything is sent."""
    case = instances.instance(session, instance_id, viewer=viewer)
    compiled = definitions.compiled(session, case.version_id)
    head = encode_json(_head(session, case, compiled, viewer, made_at).model_dump(mode="json"))
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in case.receipt)
    return StreamingResponse(
        _parts(sessions, head, case, compiled, viewer),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"', "Cache-Control": "no-store"},
    )


def _parts(sessions: Sessions, head: str, case: models.Instance, compiled: Compiled, viewer: Actor) -> Iterator[bytes]:
    yield head.removesuffix("}").encode() + b',"journal":['
    comma, after = "", 0
    while after < case.journal_length:
        # A transaction for each part: one who reads slowly holds no connection.
        with reading(sessions) as session:
            found = journal.entries(session, case.id, Page(_ENTRIES, str(after))).items
        # What was written since the head was made is not in this record.
        found = [entry for entry in found if entry.sequence <= case.journal_length]
        if not found:
            raise RuntimeError(f"Expected entry {after + 1} of the journal of {case.id}, but it is gone")
        for entry in found:
            shown = JournalEntry.of(entry, masked_facts(entry.data, compiled.manifest, viewer.roles))
            yield f"{comma}{encode_json(shown.model_dump(mode='json'))}".encode()
            comma = ","
        after = found[-1].sequence
    yield b"]}"


def _head(session: Session, case: models.Instance, compiled: Compiled, viewer: Actor, made_at: datetime) -> RecordHead:
    version = session.execute(
        select(models.Version.sha256, models.Version.in_force_from).where(models.Version.id == case.version_id)
    ).one()
    agency = session.get_one(models.Agency, case.agency_id)
    variables = instances.look(session, case.id, Workflow.variables)
    comments = select(models.Comment).where(models.Comment.instance_id == case.id).order_by(models.Comment.id)
    incidents = select(models.Incident).where(models.Incident.instance_id == case.id).order_by(models.Incident.id)
    return RecordHead(
        made_at=made_at,
        made_by=viewer.name,
        case=Instance.model_validate(case),
        agency=record.RecordedAgency.model_validate(agency),
        process=record.RecordedProcess(
            id=case.process_id,
            title=dict(compiled.manifest.title),
            version=compiled.number,
            version_id=case.version_id,
            sha256=version.sha256,
            in_force_from=version.in_force_from,
        ),
        variables=masked(variables, compiled.manifest, viewer.roles),
        steps=[
            record.RecordedStep(
                step=step.step, name=compiled.steps.get(step.step, step.step), at=step.at, actor=step.actor
            )
            for step in instances.all_passed(session, case.id)
        ],
        tasks=[
            cases.of_task(task, case.receipt, case.business_key)
            for task in tasks.tasks_of(session, case.id, viewer=viewer)
        ],
        notes=[record.RecordedNote.model_validate(comment) for comment in session.scalars(comments)],
        documents=[Document.model_validate(each) for each in documents.documents(session, case.id, viewer=viewer)],
        terms=list(_terms(session, case.id, compiled)),
        incidents=[record.RecordedIncident.model_validate(incident) for incident in session.scalars(incidents)],
        handovers=[record.RecordedHandover.model_validate(each) for each in instances.passages(session, case.id)],
        journal_length=case.journal_length,
        journal_hash=case.journal_hash.hex(),
    )


def _terms(session: Session, instance_id: UUID, compiled: Compiled) -> Iterator[record.RecordedTerm]:
    moved = terms.changes(session, instance_id)
    for state in terms.all_states(session, instance_id):
        rule, run = compiled.manifest.terms.get(state.name), state.run
        law = None
        if rule is not None:
            cite = compiled.manifest.legal_basis[rule.law.basis].cite
            law = record.RecordedLaw(cite=cite, article=rule.law.article, status=rule.law.status)
        yield record.RecordedTerm(
            name=state.name,
            title={} if rule is None else dict(rule.title),
            run=state.number,
            status=state.status,
            amount=run.amount,
            unit=run.unit,
            extended=run.added,
            started_at=run.started_at,
            due_at=None if state.moments is None else state.moments.due_at,
            due_on=None if state.moments is None else state.moments.due_on,
            ended_at=state.ended_at,
            law=law,
            changes=[
                record.RecordedChange(
                    kind=change.kind,
                    step=change.step,
                    since=change.since,
                    until=change.until,
                    due_before=None if change.before is None else change.before.at,
                    due_after=None if change.after is None else change.after.at,
                )
                for change in moved.get((state.name, state.number), ())
            ],
        )
