"""Which days are working days (engine.calendars)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class CalendarStatus(StrEnum):
    """A draft is computed with too, but what depends on it is flagged."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"


class Calendar(Base):
    """The days of one year that differ from the rule. Never changed, only succeeded.

    An agency's calendar lies over the national one: a day that it does not name is as in the national calendar.
    """

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("agency_id", "year", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agencies.id"), comment="NULL: the national calendar")
    year: Mapped[int] = mapped_column()
    number: Mapped[int] = mapped_column(comment="1, 2, … within agency and year; the highest counts")
    status: Mapped[CalendarStatus] = mapped_column()
    weekdays: Mapped[list[Any] | None] = mapped_column(
        comment="Weekdays that are worked, 0 is Monday; NULL: as in the national calendar, there Monday to Friday"
    )
    source: Mapped[str] = mapped_column(comment="The decree or data that it was made from")
    created_at: Mapped[datetime] = mapped_column()
    created_by: Mapped[str] = mapped_column()


class DayKind(StrEnum):
    """Why a day differs from the rule."""

    HOLIDAY = "holiday"
    COLLECTIVE_LEAVE = "collective_leave"
    WORKING = "working"


class CalendarDay(Base):
    """A day that differs from the rule."""

    __tablename__ = "calendar_days"

    calendar_id: Mapped[UUID] = mapped_column(ForeignKey("calendars.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind] = mapped_column()
    name: Mapped[str] = mapped_column()
