"""Instances of processes, what the law says about their time, and who was given them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class InstanceStatus(StrEnum):
    """``failed``: ended by an error that the model does not catch."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Instance(Base):
    """One run of a process: a case."""

    __tablename__ = "instances"
    __table_args__ = (
        # All that lists are filtered by: they look at the rows themselves only of what they show.
        Index("ix_instances_agency", "agency_id", "id", "process_id", "status", "search"),
        Index(
            "ix_instances_running",
            "version_id",
            "id",
            postgresql_where=text("status = 'running'"),
            sqlite_where=text("status = 'running'"),
        ),
        Index(
            "ix_instances_waiting",
            "agency_id",
            "process_id",
            "waiting_since",
            "id",
            "search",
            postgresql_where=text("waiting_since IS NOT NULL"),
            sqlite_where=text("waiting_since IS NOT NULL"),
        ),
        Index(
            "ix_instances_ended",
            "agency_id",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL"),
            sqlite_where=text("ended_at IS NOT NULL"),
        ),
        Index("ix_instances_receipt", "receipt"),
        Index(
            "ix_instances_business_key",
            "business_key",
            postgresql_where=text("business_key IS NOT NULL"),
            sqlite_where=text("business_key IS NOT NULL"),
        ),
        Index(
            "ix_instances_keep_until",
            "keep_until",
            postgresql_where=text("keep_until IS NOT NULL"),
            sqlite_where=text("keep_until IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"))
    process_id: Mapped[str] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), comment="Who owns it now")
    status: Mapped[InstanceStatus] = mapped_column()
    revision: Mapped[int] = mapped_column(comment="1 when started, one more with every move")
    state: Mapped[bytes] = mapped_column(
        comment="Live tokens and variables, as engine.bpmn.snapshot writes", deferred=True
    )
    receipt: Mapped[str] = mapped_column(comment="Number given to the applicant")
    secret_hash: Mapped[bytes | None] = mapped_column(comment="SHA-256 of the applicant's secret; NULL: not tracked")
    business_key: Mapped[str | None] = mapped_column(comment="The starter's own key; NULL: none given")
    subject: Mapped[str | None] = mapped_column(comment="What it is about, for lists; NULL: not said")
    search: Mapped[str] = mapped_column(comment="Lower-case text that lists are searched in")
    applicant: Mapped[str | None] = mapped_column(comment="Actor whose case it is; NULL: somebody without an account")
    citizen_step: Mapped[str | None] = mapped_column(
        comment="Step or end whose citizen status is shown; NULL: none yet"
    )
    waiting_since: Mapped[datetime | None] = mapped_column(
        comment="Since when its agency's people have nothing to do in it; NULL: they have, or it ended"
    )
    started_at: Mapped[datetime] = mapped_column()
    started_by: Mapped[str] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column(comment="NULL: still running")
    outcome: Mapped[str | None] = mapped_column(comment="Word for statistics from the manifest; NULL: running or none")
    keep_until: Mapped[date | None] = mapped_column(comment="Retention ends after this local day; NULL: still running")
    journal_length: Mapped[int] = mapped_column(comment="Number of its journal entries: none may be missing")
    journal_hash: Mapped[bytes] = mapped_column(comment="Hash of its last journal entry: the head of the chain")


@dataclass(frozen=True, slots=True)
class Case:
    """What engine.terms and engine.access must know of an instance that is being moved."""

    id: UUID
    version_id: UUID
    process_id: str
    agency_id: UUID
    started_at: datetime


class ReceiptCounter(Base):
    """The last receipt number given for a process, an agency and a local year."""

    __tablename__ = "receipt_counters"

    process_id: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column()


class HandoverKind(StrEnum):
    """``transfer`` gives the case away, ``task`` asks another agency for one step."""

    TRANSFER = "transfer"
    TASK = "task"


class Handover(Base):
    """An instance, or a task of it, was handed to another agency."""

    __tablename__ = "handovers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"), index=True)
    kind: Mapped[HandoverKind] = mapped_column()
    task_id: Mapped[UUID | None] = mapped_column(comment="The task that was handed over; NULL: the whole instance")
    from_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    to_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    reason: Mapped[str | None] = mapped_column(comment="Why, as the actor or the process says")
    at: Mapped[datetime] = mapped_column()
    actor: Mapped[str] = mapped_column()


class Rating(Base):
    """What the applicant thought of how a case was handled, on the scale of the surveys of public satisfaction."""

    __tablename__ = "ratings"
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 4", name="score"),)

    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[int] = mapped_column(comment="1 bad, 2 poor, 3 good, 4 very good")
    comment: Mapped[str | None] = mapped_column(comment="In the applicant's words; NULL: none")
    at: Mapped[datetime] = mapped_column(index=True)


class TermStatus(StrEnum):
    """``stopped``: the clock stands while another has to act. ``ended``: its end point was reached, late or in time."""

    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


class Term(Base):
    """A legal term of an instance (engine.terms). A term that starts again is a new row with the next ``run``."""

    __tablename__ = "terms"
    __table_args__ = (
        UniqueConstraint("instance_id", "name", "run"),
        Index(
            "ix_terms_due",
            "agency_id",
            "due_at",
            "instance_id",
            postgresql_where=text("status = 'running'"),
            sqlite_where=text("status = 'running'"),
        ),
        Index(
            "ix_terms_ended",
            "ended_at",
            postgresql_where=text("status = 'ended'"),
            sqlite_where=text("status = 'ended'"),
        ),
        # All that an agency's insight counts: it looks at no row for it.
        Index(
            "ix_terms_open",
            "agency_id",
            "process_id",
            "status",
            "due_at",
            "warn_at",
            postgresql_where=text("status <> 'ended'"),
            sqlite_where=text("status <> 'ended'"),
        ),
        Index(
            "ix_terms_kept",
            "agency_id",
            "ended_at",
            "process_id",
            "name",
            "due_at",
            postgresql_where=text("status = 'ended'"),
            sqlite_where=text("status = 'ended'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), comment="Whose calendar counts")
    process_id: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column(comment="Key of the term in the manifest")
    run: Mapped[int] = mapped_column(comment="1 the first time it starts in the instance")
    status: Mapped[TermStatus] = mapped_column(index=True)
    amount: Mapped[int] = mapped_column(comment="How much the law gives, in units, without extensions")
    unit: Mapped[str] = mapped_column(comment="working_days, calendar_days or clock_hours")
    extended: Mapped[int] = mapped_column(comment="Units added by extensions")
    extensions: Mapped[int] = mapped_column(comment="How often it was extended")
    started_at: Mapped[datetime] = mapped_column()
    due_at: Mapped[datetime | None] = mapped_column(comment="When it passes; NULL while the clock stands")
    warn_at: Mapped[datetime | None] = mapped_column(comment="NULL: nobody is warned, or the clock stands")
    escalate_at: Mapped[datetime | None] = mapped_column(comment="NULL: not escalated, or the clock stands")
    stopped_at: Mapped[datetime | None] = mapped_column(comment="Since when the clock stands; NULL: it runs")
    ended_at: Mapped[datetime | None] = mapped_column(comment="NULL: not ended")
    used: Mapped[int | None] = mapped_column(comment="Units that had passed when it ended; NULL: not ended")
    facts: Mapped[dict[str, Any]] = mapped_column(comment="Stops so far, calendar versions used, and the cited law")


# Written out, not bound, so that both databases see that the index of running terms serves (as in engine.models.work).
IS_RUNNING_TERM = Term.status == literal_column("'running'")
