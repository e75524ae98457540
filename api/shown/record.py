"""The record of a case: everything of one instance in one JSON document, to be kept or handed to another archive."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from api.shown.base import Facts, Shown, Texts
from api.shown.cases import Comment, Document, Instance, JournalEntry, Task
from engine.manifest import LawStatus, Unit
from engine.models import HandoverKind, IncidentStatus, TermStatus
from engine.terms import ChangeKind


class RecordedProcess(Shown):
    """The version of the process that the case runs on."""

    id: str
    title: Texts
    version: int
    version_id: UUID
    sha256: str = Field(description="Of names and contents of the package, hexadecimal")
    in_force_from: date


class RecordedAgency(Shown):
    """The agency that owns the case now."""

    code: str
    name: str


class RecordedStep(Shown):
    """A step that was completed; one line for each time."""

    step: str = Field(description="BPMN id")
    name: str
    at: datetime
    actor: str


class RecordedLaw(Shown):
    """What a term rests on, as the version of the process cites it."""

    cite: str
    article: str
    status: LawStatus


class RecordedChange(Shown):
    """Something that moved a term: a stop of its clock from ``since`` to ``until``, or an act at ``since``."""

    kind: ChangeKind
    step: str | None = Field(description="The step that caused it; null: none, such as another calendar")
    since: datetime
    until: datetime | None = Field(description="null: the clock still stands, or it was no stop")
    due_before: datetime | None = Field(description="null: not foreseeable then")
    due_after: datetime | None = Field(description="null: not foreseeable")


class RecordedTerm(Shown):
    """A run of a legal term with all that moved it."""

    name: str
    title: Texts
    run: int = Field(description="1 the first time it starts in the case")
    status: TermStatus
    amount: int = Field(description="In units, without extensions")
    unit: Unit
    extended: int = Field(description="Units added by lawful extensions")
    started_at: datetime
    due_at: datetime | None = Field(description="The moment from which it is passed; null: the clock stands")
    due_on: date | None = Field(description="Its last day where the agency is")
    ended_at: datetime | None
    law: RecordedLaw | None
    changes: list[RecordedChange]


class RecordedNote(Comment):
    """What somebody noted about a task."""

    task_id: UUID | None


class RecordedIncident(Shown):
    """Something that stood still until an operator acted."""

    kind: str
    step: str | None
    message: str
    status: IncidentStatus
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


class RecordedHandover(Shown):
    """The case, or a step of it, was given to another agency; agencies by name."""

    kind: HandoverKind
    step: str | None
    giver: str
    taker: str
    reason: str | None
    at: datetime
    actor: str


class RecordHead(Shown):
    """What stands before the journal."""

    made_at: datetime = Field(description="When this record was made; what happened later is not in it")
    made_by: str
    case: Instance
    agency: RecordedAgency
    process: RecordedProcess
    variables: Facts = Field(description="Masked as ``•••`` where the reader may not see them")
    steps: list[RecordedStep]
    tasks: list[Task]
    notes: list[RecordedNote]
    documents: list[Document] = Field(description="Without content; the hash proves a copy of it")
    terms: list[RecordedTerm]
    incidents: list[RecordedIncident]
    handovers: list[RecordedHandover]
    journal_length: int = Field(description="Number of entries")
    journal_hash: str = Field(description="Hash of the last entry: the head of the chain")


class CaseRecord(RecordHead):
    """Everything of a case."""

    journal: list[JournalEntry] = Field(description="All entries, oldest first")
