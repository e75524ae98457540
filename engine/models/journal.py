"""What happened, and who is told about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class JournalEntry(Base):
    """One thing that happened to an instance, or that administrators changed. Rows are never changed (a trigger sees to
    it) and form a hash chain."""

    __tablename__ = "journal"

    # No foreign key: checking one on every entry costs, and the journal may outlive the instance's own row.
    instance_id: Mapped[UUID] = mapped_column(primary_key=True, comment="Or the id of an Administration")
    sequence: Mapped[int] = mapped_column(primary_key=True, comment="1, 2, … within the instance, without gaps")
    at: Mapped[datetime] = mapped_column(comment="The time that the act counts from")
    actor: Mapped[str] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(comment="For whom the actor acted, or who owns the instance")
    kind: Mapped[str] = mapped_column(comment="What happened: noun and past participle, such as task.completed")
    step: Mapped[str | None] = mapped_column(comment="BPMN id of the step that it happened to; NULL: to the instance")
    data: Mapped[dict[str, Any]] = mapped_column(comment="What belongs to it; what follows in the workflow")
    previous_hash: Mapped[bytes] = mapped_column(comment="Hash of the entry before; of the first: of the instance id")
    hash: Mapped[bytes] = mapped_column(comment="SHA-256 of the previous hash and this entry as canonical JSON")


class Administration(Base):
    """The end of the journal of what the administrators of an agency, or of the nation, changed."""

    __tablename__ = "administrations"

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="Of the agency; all zeros: the nation")
    journal_length: Mapped[int] = mapped_column(comment="Number of its journal entries: none may be missing")
    journal_hash: Mapped[bytes] = mapped_column(comment="Hash of the last one")


class Removal(Base):
    """The record of a case that was destroyed when its retention ended. The journal of no other case can be deleted."""

    __tablename__ = "removals"

    instance_id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[str] = mapped_column()
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    receipt: Mapped[str] = mapped_column()
    outcome: Mapped[str | None] = mapped_column()
    ended_at: Mapped[datetime] = mapped_column()
    removed_at: Mapped[datetime] = mapped_column()
    actor: Mapped[str] = mapped_column()
    retention: Mapped[str] = mapped_column(comment="The rule that was followed, as the manifest gives it")
    journal_length: Mapped[int] = mapped_column(comment="How many entries its journal had")
    journal_hash: Mapped[bytes] = mapped_column(comment="Hash of the last: an exported journal can still be proved")


class Webhook(Base):
    """A system that is told what happens in an agency's instances."""

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    url: Mapped[str] = mapped_column()
    secret: Mapped[bytes] = mapped_column(comment="Key of the signatures, sealed")
    kinds: Mapped[list[str]] = mapped_column(comment="Kinds of journal entries it wants; empty: all")
    active: Mapped[bool] = mapped_column()
    created_at: Mapped[datetime] = mapped_column()
    created_by: Mapped[str] = mapped_column()
