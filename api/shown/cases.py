"""Cases as people and systems see them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.shown.base import Facts, Shown, Texts
from engine import models, tasks
from engine.bpmn.waits import WaitKind
from engine.manifest import Unit
from engine.models import InstanceStatus, TaskStatus, TermStatus
from engine.tasks import Awaited
from engine.tracking import Tracked

_CASE = "0198c0de-0000-7000-8000-000000000001"
_TASK = "0198c0de-0000-7000-8000-000000000002"


class Moved(Shown):
    """What an act made of an instance. ``tasks`` are the ids of the tasks that it opened."""

    instance_id: UUID
    process_id: str
    status: InstanceStatus
    revision: int = Field(description="One more with every act; the ETag of the instance")
    outcome: str | None = Field(description="How it ended, in the word of the process; null: it runs, or none is named")
    receipt: str = Field(description="Number given to the applicant")
    tasks: list[UUID]


class Started(Moved):
    """A new instance. ``secret`` is shown only here: with the receipt number it lets the applicant follow the case."""

    secret: str | None
    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "instance_id": _CASE,
                    "process_id": "information_request",
                    "status": "running",
                    "revision": 1,
                    "outcome": None,
                    "receipt": "PPID/dinas-kominfo/2026/000017",
                    "tasks": [_TASK],
                    "secret": "q3uCIFrr9rLQ0w7u",
                }
            ]
        },
    )


class Instance(Shown):
    """An instance: one run of a process, for people a case."""

    id: UUID
    process_id: str
    version_id: UUID
    agency_id: UUID = Field(description="Who owns it now")
    status: InstanceStatus
    revision: int
    receipt: str
    business_key: str | None = Field(description="The starter's own key")
    subject: str | None = Field(description="What it is about, as the process says; null: it says nothing")
    started_at: datetime
    started_by: str
    ended_at: datetime | None = Field(description="null: it runs")
    outcome: str | None


class Reason(Shown):
    """One thing that a case waits for, at a step (null: at none)."""

    kind: Awaited
    step: str | None = Field(description="BPMN id")
    since: datetime
    agency: str | None = Field(description="Name of the other agency; null: it waits for no other")
    until: datetime | None = Field(description="When a waiting time ends; null: it waits for no time")


class Stop(Shown):
    """A legal term whose clock stands."""

    title: Texts
    since: datetime
    steps: list[str] = Field(description="BPMN ids of the steps that the clock waits for")


class WaitingCase(Shown):
    """A case in which its agency's people have nothing to do for now: what it waits for, and what the law's clock does.

    ``due_on`` is the last day of its next term; null: no term runs, or its clock stands (``stops``).
    """

    instance_id: UUID
    process_id: str
    receipt: str
    business_key: str | None
    since: datetime
    reasons: list[Reason]
    due_on: date | None
    stops: list[Stop]

    @staticmethod
    def of(found: tasks.WaitingCase) -> "WaitingCase":
        """Return a waiting case as it is shown."""
        return WaitingCase(
            instance_id=found.instance.id,
            process_id=found.instance.process_id,
            receipt=found.instance.receipt,
            business_key=found.instance.business_key,
            since=found.since,
            reasons=[Reason.model_validate(reason) for reason in found.reasons],
            due_on=None if found.due.left is None else found.due.left.last_day,
            stops=[Stop(title=dict(stop.title), since=stop.since, steps=list(stop.steps)) for stop in found.due.stops],
        )


class OpenStep(Shown):
    """A step that waits."""

    token: int = Field(description="Name of the wait within the instance")
    step: str = Field(description="BPMN id")
    name: str = Field(description="BPMN name")
    kind: WaitKind = Field(description="What it waits for")
    due_at: datetime | None = Field(description="When its timer fires or its task is due; null: no such moment")
    term: str | None = Field(None, description="Legal term and mark that decide the moment, such as answer.due")
    waits_for: str | None = Field(None, description="Name of the message or signal")
    task_id: UUID | None = Field(None, description="The task of a step that waits for a person")
    assignee: str | None = Field(None, description="Who has the task; null: nobody")


class InstanceDetail(Instance):
    """An instance with everything that it waits for. ``text`` says the same in sentences, in the caller's language."""

    open: list[OpenStep]
    text: list[str]


class InstanceVariables(Shown):
    """Variables of an instance; what is confidential is masked as ``•••``."""

    variables: Facts


class JournalEntry(Shown):
    """Something that happened. Variables in ``data`` are masked as elsewhere; the hash covers what was written."""

    sequence: int = Field(description="1, 2, … within its journal, without gaps")
    at: datetime
    actor: str
    agency_id: UUID = Field(description="For whom the actor acted")
    kind: str = Field(description="Noun and past participle", examples=["task.completed"])
    step: str | None
    data: Facts
    hash: str = Field(description="SHA-256 over the entry and the hash before it, hexadecimal")

    @staticmethod
    def of(entry: models.JournalEntry, data: Facts) -> "JournalEntry":
        """Return an entry as it is shown, with ``data`` as the caller may see it."""
        return JournalEntry(
            sequence=entry.sequence,
            at=entry.at,
            actor=entry.actor,
            agency_id=entry.agency_id,
            kind=entry.kind,
            step=entry.step,
            data=data,
            hash=entry.hash.hex(),
        )


class Proof(Shown):
    """Whether the journal is complete and as it was written; ``fault`` says where it is not."""

    complete: bool
    fault: str | None


class Term(Shown):
    """A legal term of an instance."""

    name: str
    title: Texts = Field(description="By language")
    status: TermStatus
    amount: int = Field(description="In units, without extensions")
    unit: Unit
    extended: int = Field(description="Units added by lawful extensions")
    started_at: datetime
    due_at: datetime | None = Field(description="null: the clock stands")
    stopped_at: datetime | None = Field(description="Since when the clock stands; null: it runs")
    ended_at: datetime | None


class Task(Shown):
    """A step that waits, or waited, for a person."""

    id: UUID
    instance_id: UUID
    process_id: str
    receipt: str | None = Field(None, description="Number of the case")
    business_key: str | None = Field(None, description="The starter's own key")
    step: str
    name: str
    status: TaskStatus
    revision: int = Field(description="One more with every change; the ETag of the task")
    role: str | None = Field(description="Lane of the step")
    candidates: list[str] = Field(description="Roles that may take it; user: with a name for one person, * for all")
    assignee: str | None
    assigned_at: datetime | None
    due_at: datetime | None
    follow_up_at: datetime | None
    priority: int = Field(description="0 to 100")
    form: str | None = Field(description="Id of its form")
    opened_at: datetime
    ended_at: datetime | None
    ended_by: str | None = Field(description="Who completed it, or whose act withdrew it")
    withdrawn_because: str | None


class Comment(Shown):
    """What somebody noted about a task."""

    id: UUID
    text: str
    at: datetime
    actor: str


class TaskDetail(Task):
    """A task with all that its page needs."""

    draft: Facts | None = Field(description="What was entered so far; null: nothing was saved")
    data: Facts = Field(description="What the step sees; empty once the task is over")
    form_schema: Facts | None = Field(description="The form as form-js reads it; null: no form")
    comments: list[Comment]


class TaskCounts(Shown):
    """How much the caller has to do. ``overdue`` counts of both. 1,000 stands for a thousand or more."""

    mine: int = Field(le=tasks.MOST_COUNTED)
    unassigned: int = Field(le=tasks.MOST_COUNTED)
    overdue: int = Field(le=tasks.MOST_COUNTED)


class Document(Shown):
    """A file without its content."""

    id: UUID
    instance_id: UUID
    task_id: UUID | None = Field(description="Where it was attached; null: to the instance")
    name: str
    media_type: str = Field(description="Found in the content, not taken from the sender")
    size_bytes: int
    sha256: str
    at: datetime
    actor: str


class AskedTask(Shown):
    """Something that is asked of the applicant."""

    id: UUID
    step: str
    name: str
    title: Texts = Field(description="The name by language")
    due_at: datetime | None
    form: str | None


class Offer(Shown):
    """A message that the applicant may send now, such as an objection."""

    name: str
    title: Texts
    form_schema: Facts | None = Field(description="The form as form-js reads it; null: it carries nothing")


class SentDocument(Shown):
    """A file that the applicant sent."""

    id: UUID
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    at: datetime


class Rated(Shown):
    """What the applicant thought of how the case was handled."""

    score: int = Field(description="1 bad, 2 poor, 3 good, 4 very good")
    comment: str | None
    at: datetime


class AskedForm(Shown):
    """What is asked of the applicant, with its form and what it shows."""

    id: UUID
    name: str
    due_at: datetime | None
    data: Facts
    form_schema: Facts | None


class TrackedTerm(Shown):
    """A legal term as the applicant sees it."""

    name: str
    title: Texts
    status: TermStatus
    due_at: datetime | None = Field(description="null: the clock stands")
    due_on: date | None = Field(description="The last day of the term where the agency is; null: the clock stands")


class TrackedCase(Shown):
    """Where a case stands, in the words of the process for citizens, by language."""

    receipt: str
    process_id: str
    process: Texts
    agency: str = Field(description="Name of the agency that has the case")
    status: Texts
    is_open: bool
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    terms: list[TrackedTerm]
    asked: list[AskedTask]
    offers: list[Offer]
    documents: list[SentDocument]
    rating: Rated | None = Field(description="null: not rated; a case may be rated once it is over")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt": "PPID/dinas-kominfo/2026/000017",
                    "process_id": "information_request",
                    "agency": "Dinas Komunikasi dan Informatika",
                    "process": {"id": "Permohonan informasi publik", "en": "Public information request"},
                    "status": {"id": "Permohonan Anda diterima", "en": "Your request was received"},
                    "is_open": True,
                    "started_at": "2026-03-02T02:00:00Z",
                    "ended_at": None,
                    "outcome": None,
                    "terms": [],
                    "asked": [],
                    "offers": [],
                    "documents": [],
                    "rating": None,
                }
            ]
        },
    )


class Answered(Shown):
    """What an applicant's answer made of the case."""

    receipt: str
    status: InstanceStatus


def of_task(task: Any, receipt: str | None = None, business_key: str | None = None) -> Task:
    """Return a task as lists show it."""
    return Task.model_validate(task).model_copy(update={"receipt": receipt, "business_key": business_key})


def of_tracked(found: Tracked) -> TrackedCase:
    """Return a case as its applicant sees it."""
    case = found.instance
    return TrackedCase(
        receipt=case.receipt,
        process_id=case.process_id,
        process=dict(found.process),
        agency=found.agency.name,
        status=dict(found.status),
        is_open=case.ended_at is None,
        started_at=case.started_at,
        ended_at=case.ended_at,
        outcome=case.outcome,
        terms=[TrackedTerm.model_validate(term) for term in found.terms],
        asked=[
            AskedTask(
                id=each.task.id,
                step=each.task.step,
                name=each.task.name,
                title=dict(each.title),
                due_at=each.task.due_at,
                form=each.task.form,
            )
            for each in found.asked
        ],
        offers=[
            Offer(
                name=each.name,
                title=dict(each.title),
                form_schema=None if each.form is None else dict(each.form.schema),
            )
            for each in found.offers
        ],
        documents=[SentDocument.model_validate(each) for each in found.documents],
        rating=None if found.rating is None else Rated.model_validate(found.rating),
    )
