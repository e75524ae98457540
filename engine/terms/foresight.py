"""What a calendar that is not stored yet would do to the terms of running cases."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import models
from engine.calendars import Calendar, Draft, calendar_of
from engine.manifest import Unit
from engine.models import Instance, TermStatus
from engine.terms.clock import moments
from engine.terms.states import COLUMNS, state_of

MOST_SHIFTS = 200
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Shift:
    """A term whose last day would be another. None: the clock stands, or stood, at the end."""

    instance_id: UUID
    receipt: str
    version_id: UUID
    term: str
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class Foresight:
    """What a draft would do: ``counted`` open terms were looked at, ``moved`` of them have another last day.

    ``settled`` only cease to be flagged as resting on a draft, ``unsettled`` begin to be. ``shifts`` are those that
    move, at most ``MOST_SHIFTS``.
    """

    counted: int
    moved: int
    settled: int
    unsettled: int
    shifts: tuple[Shift, ...]


def foresee(session: Session, draft: Draft) -> Foresight:
    """Return which open terms would move from which day to which, if the draft were stored. Writes nothing."""
    table = models.Term
    query = (
        select(*COLUMNS, table.instance_id, Instance.receipt, Instance.version_id)
        .join(Instance, Instance.id == table.instance_id)
        .where(table.status != TermStatus.ENDED, table.unit == Unit.WORKING_DAYS.value)
        .order_by(table.due_at, table.id)
        .execution_options(yield_per=_BATCH)
    )
    if draft.agency_id is not None:
        query = query.where(table.agency_id == draft.agency_id)

    @cache
    def calendar(agency_id: UUID) -> Calendar:
        return calendar_of(session, agency_id, draft=draft)

    counted = moved = settled = unsettled = 0
    shifts: list[Shift] = []
    for row in session.execute(query):
        counted += 1
        old, new = state_of(row).moments, moments(state_of(row).run, calendar(row.agency_id))
        before, after = old.due_on if old else None, new.due_on if new else None
        if before != after:
            moved += 1
            if len(shifts) < MOST_SHIFTS:
                shifts.append(Shift(row.instance_id, row.receipt, row.version_id, row.name, before, after))
        elif old and new and old.is_confirmed != new.is_confirmed:
            settled, unsettled = settled + new.is_confirmed, unsettled + old.is_confirmed
    return Foresight(counted, moved, settled, unsettled, tuple(shifts))
