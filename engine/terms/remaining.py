"""How much time the law leaves, and what makes its clock stand: read for a whole list at once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.calendars import Calendar
from engine.models import Term, TermStatus

# From when on a list says that something presses.
SOON_DAYS = 2
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left until a moment. ``last_day`` is the last one on which it can be kept, local to the calendar.

    ``days`` are the working days after today, up to and including the last day: 0 is today. If ``is_late``, it is how
    many working days have passed since.
    """

    last_day: date
    days: int
    is_late: bool

    @property
    def is_soon(self) -> bool:
        """Tell whether it presses."""
        return not self.is_late and self.days <= SOON_DAYS


def remaining(calendar: Calendar, due_at: datetime, *, now: datetime) -> Remaining:
    """Return what is left until ``due_at``; a term of days is due at the midnight after its last day."""
    today, last_day = calendar.local_day(now), calendar.local_day(due_at - _INSTANT)
    is_late = due_at <= now
    first, last = (last_day, today) if is_late else (today, last_day)
    return Remaining(last_day, calendar.count_working_days(first, last), is_late)


def next_due(session: Session, instance_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when the running term of each instance that is due first is due; without one, it is left out."""
    query = (
        select(Term.instance_id, func.min(Term.due_at))
        .where(Term.instance_id.in_(instance_ids), Term.status == TermStatus.RUNNING, Term.due_at.is_not(None))
        .group_by(Term.instance_id)
    )
    return {row[0]: row[1] for row in session.execute(query)} if instance_ids else {}


@dataclass(frozen=True, slots=True)
class Standing:
    """A term whose clock stands since ``since``, by its name; ``tokens`` are those of the open steps that stop it."""

    name: str
    since: datetime
    tokens: tuple[int, ...]


def standing(session: Session, instance_ids: Collection[UUID]) -> dict[UUID, list[Standing]]:
    """Return the terms whose clocks stand, by instance, those that stand longest first."""
    query = (
        select(Term.instance_id, Term.name, Term.stopped_at, Term.facts)
        .where(Term.instance_id.in_(instance_ids), Term.status == TermStatus.STOPPED)
        .order_by(Term.stopped_at, Term.id)
    )
    found: dict[UUID, list[Standing]] = {}
    for row in session.execute(query) if instance_ids else ():
        stands = Standing(row.name, row.stopped_at, tuple(row.facts["standing"]))
        found.setdefault(row.instance_id, []).append(stands)
    return found
