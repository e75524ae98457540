"""What waits to be done: tasks for people, jobs for the worker, and what went wrong."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, PrimaryKeyConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, uuid7
from engine.settings import settings

NO_DUE_TIME = datetime(9999, 12, 31, tzinfo=UTC)


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


class TaskStatus(StrEnum):
    """``withdrawn``: the process no longer waits for it."""

    OPEN = "open"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class Task(Base):
    """A step of an instance that waits for a person."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_instance", "instance_id", "token", unique=True),
        _partial("ix_tasks_mine", "assignee", "order_at", "id", where="status = 'open' AND assignee IS NOT NULL"),
        _partial("ix_tasks_agency", "agency_id", "order_at", "id", where="status = 'open'"),
        _partial("ix_tasks_over", "agency_id", "ended_at", "id", where="status <> 'open'"),
        _partial("ix_tasks_ended_by", "ended_by", "ended_at", "id", where="status <> 'open'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"))
    token: Mapped[int] = mapped_column(comment="The workflow's name for the waiting step")
    step: Mapped[str] = mapped_column(comment="BPMN id")
    name: Mapped[str] = mapped_column(comment="BPMN name, in the first language of the process")
    version_id: Mapped[UUID] = mapped_column()
    process_id: Mapped[str] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(comment="Whose people may do it")
    status: Mapped[TaskStatus] = mapped_column()
    revision: Mapped[int] = mapped_column(comment="1 when opened, one more with every change of this row")
    role: Mapped[str | None] = mapped_column(comment="Lane of the step; NULL: in no lane")
    candidates: Mapped[list[str]] = mapped_column(
        comment="Who may take it: role keys, user: with a name, * for everybody in the agency"
    )
    assignee: Mapped[str | None] = mapped_column(comment="Name of the user who has it; NULL: nobody")
    assigned_at: Mapped[datetime | None] = mapped_column()
    due_at: Mapped[datetime | None] = mapped_column(comment="NULL: no due time")
    due_by_term: Mapped[bool] = mapped_column(
        comment="True: due_at is that of the instance's next term, and moves with it"
    )
    order_at: Mapped[datetime] = mapped_column(comment="due_at, or the end of time: what lists are sorted by")
    follow_up_at: Mapped[datetime | None] = mapped_column(comment="Not shown as pressing before; NULL: at once")
    priority: Mapped[int] = mapped_column(comment="0 to 100; 50 where the model says nothing")
    form: Mapped[str | None] = mapped_column(comment="Id of a form in the package; NULL: none")
    draft: Mapped[dict[str, Any] | None] = mapped_column(comment="What was entered so far; NULL: nothing saved")
    draft_by: Mapped[str | None] = mapped_column()
    draft_at: Mapped[datetime | None] = mapped_column()
    opened_at: Mapped[datetime] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column(comment="When completed or withdrawn; NULL: open")
    ended_by: Mapped[str | None] = mapped_column(comment="Who completed it, or whose act withdrew it")
    withdrawn_because: Mapped[str | None] = mapped_column(comment="The act and step that withdrew it")
    search: Mapped[str] = mapped_column(comment="Lower-case text that lists are searched in")


class TaskCandidate(Base):
    """Who may take an open task, one row each; gone when the task ends. The key is the order of lists.

    What lists are filtered by stands here again: to look into the tasks for it made a list five times slower. It stands
    in the index itself: where 70,000 rows were searched for a rare word, that took 14 ms instead of 52.
    """

    __tablename__ = "task_candidates"
    __table_args__ = (
        PrimaryKeyConstraint(
            *("agency_id", "candidate", "order_at", "task_id"), postgresql_include=["is_free", "process_id", "search"]
        ),
        {"sqlite_with_rowid": False},
    )

    agency_id: Mapped[UUID] = mapped_column()
    candidate: Mapped[str] = mapped_column(comment="Role key, user: with a name, or *")
    order_at: Mapped[datetime] = mapped_column()
    task_id: Mapped[UUID] = mapped_column()
    is_free: Mapped[bool] = mapped_column(comment="Whether the task has no assignee")
    process_id: Mapped[str] = mapped_column()
    search: Mapped[str] = mapped_column(comment="As in tasks")


class Comment(Base):
    """What somebody noted about a task."""

    __tablename__ = "comments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"), index=True)
    task_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("tasks.id", ondelete="CASCADE"), index=True, comment="NULL: about the whole instance"
    )
    text: Mapped[str] = mapped_column()
    at: Mapped[datetime] = mapped_column()
    actor: Mapped[str] = mapped_column()


class Document(Base):
    """A file that belongs to an instance."""

    __tablename__ = "documents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"), index=True)
    task_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("tasks.id", ondelete="SET NULL"), index=True, comment="Where it was attached; NULL: to the instance"
    )
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    name: Mapped[str] = mapped_column(comment="File name as uploaded, without folders")
    media_type: Mapped[str] = mapped_column(comment="Found in the content, not taken from the sender")
    size_bytes: Mapped[int] = mapped_column()
    sha256: Mapped[str] = mapped_column(comment="Of the content, hexadecimal")
    at: Mapped[datetime] = mapped_column()
    actor: Mapped[str] = mapped_column()


class DocumentContent(Base):
    """The bytes of a document, apart so that lists stay small."""

    __tablename__ = "document_contents"

    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column()


class JobKind(StrEnum):
    """What a job does when it is taken."""

    TIMER = "timer"  # a timer of an instance fires
    TERM = "term"  # a legal term reaches its warning, its end or its escalation (engine.terms)
    CALL = "call"  # a service step is called through a connector
    EXTERNAL = "external"  # a service step waits for a worker outside, which claims it through the API
    MESSAGE = "message"  # a thrown message is published, or a matched one is brought to its instance
    SIGNAL = "signal"  # a thrown signal is broadcast, or brought to one instance
    START = "start"  # a start event's timer starts an instance
    DELIVERY = "delivery"  # a journal entry is sent to a webhook
    BULK = "bulk"  # the lines of a file are started (engine.bulk)
    CARRY_OVER = "carry-over"  # running cases go over to another version (engine.carryovers)


class JobStatus(StrEnum):
    """A job that is done has no row. ``failed``: tries are used up, an incident is open."""

    OPEN = "open"
    FAILED = "failed"


class Queue(StrEnum):
    """Who takes jobs of a kind. Those that move instances and those that wait for other systems are taken apart."""

    MOVING = "moving"
    CALLING = "calling"
    OUTSIDE = "outside"


class Job(Base):
    """Work that the worker, or a system outside, takes under a lease."""

    __tablename__ = "jobs"
    __table_args__ = (
        _partial("ix_jobs_due", "queue", "available_at", where="status = 'open'"),
        _partial("ix_jobs_external", "job_type", "available_at", where="status = 'open' AND kind = 'external'"),
        Index("ix_jobs_instance", "instance_id", "token"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[JobKind] = mapped_column()
    queue: Mapped[Queue] = mapped_column(
        Computed(
            "CASE WHEN kind IN ('call', 'delivery') THEN 'calling' WHEN kind = 'external' THEN 'outside' "
            "ELSE 'moving' END",
            persisted=True,
        ),
        comment="Follows from the kind",
    )
    job_type: Mapped[str | None] = mapped_column(comment="Which handler a call or external job wants; else NULL")
    status: Mapped[JobStatus] = mapped_column()
    instance_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("instances.id", ondelete="CASCADE"), comment="NULL: belongs to no instance yet"
    )
    token: Mapped[int | None] = mapped_column(comment="The waiting step of the instance; NULL: none waits for it")
    step: Mapped[str | None] = mapped_column(comment="BPMN id of that step")
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("versions.id"))
    agency_id: Mapped[UUID | None] = mapped_column(comment="For whom it is done; NULL: for all")
    due_at: Mapped[datetime] = mapped_column(comment="When it should be done: lateness is measured from here")
    available_at: Mapped[datetime] = mapped_column(
        comment="When it may be taken: due, after a pause, or at a lease's end"
    )
    lease_owner: Mapped[str | None] = mapped_column(comment="Who took it last; NULL: nobody yet")
    lease_until: Mapped[datetime | None] = mapped_column(comment="NULL: nobody has it")
    fence: Mapped[int] = mapped_column(comment="Counts takings: an answer with an older number comes too late")
    attempts: Mapped[int] = mapped_column(comment="How often it was tried")
    max_attempts: Mapped[int] = mapped_column()
    payload: Mapped[dict[str, Any]] = mapped_column(comment="Inputs and headers of a step; what a message carries")
    last_error: Mapped[str | None] = mapped_column(comment="Why the last try failed; NULL: none failed")
    created_at: Mapped[datetime] = mapped_column()


def job_row(
    kind: JobKind,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    agency_id: UUID | None,
    instance_id: UUID | None = None,
    version_id: UUID | None = None,
    step: str | None = None,
    token: int | None = None,
    job_type: str | None = None,
    due: datetime | None = None,
    attempts: int | None = None,
) -> dict[str, Any]:
    """Return the columns of a new job. ``due`` None: at once; ``attempts`` None: as many as the settings say."""
    return {
        "id": uuid7(now),
        "kind": kind,
        "job_type": job_type,
        "status": JobStatus.OPEN,
        "instance_id": instance_id,
        "token": token,
        "step": step,
        "version_id": version_id,
        "agency_id": agency_id,
        "due_at": due or now,
        "available_at": due or now,
        "fence": 0,
        "attempts": 0,
        "max_attempts": settings().job_attempts if attempts is None else attempts,
        "payload": payload,
        "created_at": now,
    }


class IncidentStatus(StrEnum):
    """``resolved``: the step was tried again and went on, or its instance ended."""

    OPEN = "open"
    RESOLVED = "resolved"


class Incident(Base):
    """Something stands still until an operator acts."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_instance", "instance_id"),
        _partial("ix_incidents_open", "agency_id", "id", where="status = 'open'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("instances.id", ondelete="CASCADE"), comment="NULL: about a job of no instance"
    )
    agency_id: Mapped[UUID | None] = mapped_column()
    job_id: Mapped[UUID | None] = mapped_column(comment="The job whose tries are used up; NULL: the step itself failed")
    token: Mapped[int | None] = mapped_column()
    step: Mapped[str | None] = mapped_column()
    kind: Mapped[str] = mapped_column(comment="What failed: expression, no-flow, job, loop, …")
    message: Mapped[str] = mapped_column()
    status: Mapped[IncidentStatus] = mapped_column()
    opened_at: Mapped[datetime] = mapped_column()
    resolved_at: Mapped[datetime | None] = mapped_column(comment="NULL: open")
    resolved_by: Mapped[str | None] = mapped_column()


class Worker(Base):
    """A worker that runs, or did a moment ago. Nothing depends on it: it is there to be looked at."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True, comment="Host and process, as leases name it")
    version: Mapped[str] = mapped_column(comment="Of Alur")
    started_at: Mapped[datetime] = mapped_column()
    seen_at: Mapped[datetime] = mapped_column(index=True, comment="When it last said that it is there")
    jobs_done: Mapped[int] = mapped_column(comment="Since it started")
    runs_under_prefect: Mapped[bool] = mapped_column(comment="False: it runs its pumps by itself")


# Conditions with the word written out, not bound. Bound, PostgreSQL could not tell that a partial index serves, and
# SQLite would compile the statement anew each time (60 µs) to see whether it does.
IS_OPEN_TASK = Task.status == literal_column("'open'")
IS_OVER_TASK = Task.status != literal_column("'open'")
IS_OPEN_JOB = Job.status == literal_column("'open'")
IS_OPEN_INCIDENT = Incident.status == literal_column("'open'")
