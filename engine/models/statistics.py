"""What is counted of cases for the public: numbers alone, which stay when the cases themselves are destroyed."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class Measure(StrEnum):
    """What is counted. Of the first, ``value`` is 0; of terms, the units that were used; of ratings, the score."""

    RECEIVED = "received"  # cases that began
    KEPT = "kept"  # cases answered within the service's term
    LATE = "late"  # cases answered after it
    RATED = "rated"


class Tally(Base):
    """How many cases of an agency there were in a month, by what was measured of them."""

    __tablename__ = "tallies"

    process_id: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True, comment="As 2026-11, where the installation is")
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True, index=True)
    measure: Mapped[Measure] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True, comment="Unit of the term; empty where none was measured")
    value: Mapped[int] = mapped_column(primary_key=True, comment="Units used, score, or 0")
    count: Mapped[int] = mapped_column()


class TallyMonth(Base):
    """A month that was counted, and when: what happened later is not in its tallies."""

    __tablename__ = "tally_months"

    month: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[datetime] = mapped_column()
