"""Running cases that are carried over to another version, together and by one plan."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base
from engine.models.bulk import BulkStatus


class CarryOver(Base):
    """A plan for the running cases of an agency, and how far it has come."""

    __tablename__ = "carry_overs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[str] = mapped_column()
    source_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"), comment="The version that they run on")
    target_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"), comment="The version that they go to")
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    steps: Mapped[dict[str, Any]] = mapped_column(comment="Old id of a step: its new id; others keep theirs")
    among: Mapped[list[Any] | None] = mapped_column(comment="Only these cases; NULL: all of the agency")
    dry_run: Mapped[bool] = mapped_column(comment="Only found out what would happen")
    status: Mapped[BulkStatus] = mapped_column()
    total: Mapped[int] = mapped_column(comment="Cases that ran on the version when it was asked for")
    position: Mapped[int] = mapped_column(comment="Cases that are done with: carried over or refused")
    refused: Mapped[int] = mapped_column(comment="Cases of those that stay as they are")
    last_id: Mapped[UUID | None] = mapped_column(comment="The case that was done with last; NULL: none yet")
    requested_at: Mapped[datetime] = mapped_column()
    requested_by: Mapped[str] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column(comment="NULL: still running")


class CarriedCase(Base):
    """What came of one case. It stays when the case is destroyed."""

    __tablename__ = "carried_cases"

    carry_over_id: Mapped[UUID] = mapped_column(ForeignKey("carry_overs.id", ondelete="CASCADE"), primary_key=True)
    instance_id: Mapped[UUID] = mapped_column(primary_key=True)
    receipt: Mapped[str | None] = mapped_column(comment="Its number for people; NULL: it has none")
    obstacles: Mapped[list[Any] | None] = mapped_column(
        comment="Why it stays: step, and message by language; NULL: it went over, or would"
    )
