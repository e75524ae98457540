"""Many instances that are started from one file."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class BulkStatus(StrEnum):
    """``cancelled``: what was started runs on, the other lines are not taken any more."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class BulkStart(Base):
    """A file with one instance to start on each line, and how far it has come."""

    __tablename__ = "bulk_starts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[str] = mapped_column()
    version_id: Mapped[UUID] = mapped_column(ForeignKey("versions.id"), comment="All lines run on this version")
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    status: Mapped[BulkStatus] = mapped_column()
    total: Mapped[int] = mapped_column(comment="Lines of the file")
    position: Mapped[int] = mapped_column(comment="Lines that are done with: started or refused")
    refused: Mapped[int] = mapped_column(comment="Lines of those that could not be started")
    requested_at: Mapped[datetime] = mapped_column()
    requested_by: Mapped[str] = mapped_column()
    ended_at: Mapped[datetime | None] = mapped_column(comment="NULL: still running")


class BulkContent(Base):
    """The file of a bulk start, apart so that lists stay small; gone when it has ended."""

    __tablename__ = "bulk_contents"

    bulk_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_starts.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(comment="A JSON object on each line")


class BulkRefusal(Base):
    """A line of a bulk start that could not be started."""

    __tablename__ = "bulk_refusals"

    bulk_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_starts.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, comment="1 is the first")
    message: Mapped[str] = mapped_column(comment="What was expected and found")
