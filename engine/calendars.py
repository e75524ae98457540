"""Which days an agency works, by its versioned calendar, in its own time zone.

The national calendar of a year, made from the decree on public holidays and collective leave, counts for everybody; an
agency lays its own over it (regional days, a six-day week). Calendars are never changed, only succeeded, so that every
term can say which one it was counted with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from engine import journal, models
from engine.database import uuid7
from engine.errors import NotFound
from engine.models import CalendarStatus, DayKind
from engine.settings import settings

ONE_DAY = timedelta(days=1)
MONDAY_TO_FRIDAY = frozenset(range(5))
# Years whose days were compared with the decree itself. Every other year is an estimate until somebody confirms it.
DECREES = {2026: "Keputusan Bersama Tiga Menteri Nomor 1497, 2 dan 5 Tahun 2025"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of an agency. Weekdays count from 0, Monday; days are local to ``zone``.

    ``weekdays`` are worked in every year that ``weekdays_of`` does not name. ``days_off`` maps a day to its name;
    ``worked`` are days that are worked against the rule. A year that is not in ``confirmed`` has no decree yet: its
    days off are an estimate, or unknown, and terms that reach into it are flagged. ``versions`` names the calendars
    that it was made from.
    """

    zone: ZoneInfo
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    weekdays_of: Mapping[int, frozenset[int]] = field(default_factory=dict)
    days_off: Mapping[date, str] = field(default_factory=dict)
    worked: frozenset[date] = frozenset()
    confirmed: frozenset[int] = frozenset()
    versions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for weekdays in (self.weekdays, *self.weekdays_of.values()):
            _check_weekdays(weekdays)

    def is_working(self, day: date) -> bool:
        """Tell whether people work on ``day``."""
        if day in self.worked:
            return True
        return day not in self.days_off and day.weekday() in self.weekdays_of.get(day.year, self.weekdays)

    def next_working(self, day: date) -> date:
        """Return ``day`` or the first working day after it."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def add_working_days(self, start: date, amount: int) -> date:
        """Return the ``amount``-th working day after ``start``; with 0, ``start`` or the next working day."""
        if amount == 0:
            return self.next_working(start)
        day = start
        for _ in range(amount):
            day = self.next_working(day + ONE_DAY)
        return day

    def count_working_days(self, after: date, until: date) -> int:
        """Return how many working days lie after ``after``, up to and including ``until``."""
        return sum(self.is_working(after + n * ONE_DAY) for n in range(1, (until - after).days + 1))

    def local_day(self, moment: datetime) -> date:
        """Return the agency's day at an aware moment."""
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the local midnight with which ``day`` begins, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """Return the local midnight with which ``day`` ends, in UTC."""
        return self.start_of(day + ONE_DAY)

    def is_confirmed(self, start: date, end: date) -> bool:
        """Tell whether every year from ``start`` to ``end`` has a confirmed calendar."""
        return all(year in self.confirmed for year in range(start.year, end.year + 1))


@dataclass(frozen=True, slots=True)
class Day:
    """A day that differs from the rule."""

    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A calendar of a year that is not stored yet, to see what it would change. ``agency_id`` None: the nation's.

    ``weekdays`` None: as in the national calendar, there Monday to Friday.
    """

    agency_id: UUID | None
    year: int
    days: Mapping[date, Day]
    weekdays: frozenset[int] | None
    status: CalendarStatus

    @property
    def number(self) -> int:
        """No number: it has none before it is stored."""
        return 0


def calendar_of(session: Session, agency_id: UUID | None, *, draft: Draft | None = None) -> Calendar:
    """Return the calendar by which an agency counts; None: the nation's alone. A draft counts as if it were stored.

    Raises NotFound if there is no such agency.
    """
    if agency_id is None:
        zone, code = settings().time_zone, ""
    else:
        agency = session.execute(
            select(models.Agency.code, models.Agency.time_zone).where(models.Agency.id == agency_id)
        ).one_or_none()
        if agency is None:
            raise NotFound(f"Expected agency {agency_id}, but there is no such agency")
        zone, code = ZoneInfo(agency.time_zone), agency.code
    layers: dict[tuple[bool, int], tuple[Any, Mapping[date, Day]]] = {
        (row.agency_id is not None, row.year): (row, _days(session, row.id)) for row in _latest(session, agency_id)
    }
    if draft is not None and draft.agency_id in (None, agency_id):
        layers[draft.agency_id is not None, draft.year] = (draft, draft.days)
    return _composed(zone, code, [layers[key] for key in sorted(layers)])


def stored(session: Session, agency_id: UUID | None, year: int) -> tuple[models.Calendar, Mapping[date, Day]] | None:
    """Return the calendar that counts for a year, of an agency itself or (None) of the nation, with the days that it
    names; None: there is none."""
    table = models.Calendar
    found = session.scalars(
        select(table).where(table.year == year, _is_of(agency_id)).order_by(table.number.desc()).limit(1)
    ).one_or_none()
    return None if found is None else (found, _days(session, found.id))


def seed(session: Session, years: Iterable[int], *, actor: str, now: datetime) -> list[int]:
    """Give the nation a calendar for each year that has none yet; return those years.

    The days come from the ``holidays`` package, public holidays and collective leave. Only years of ``DECREES`` are
    confirmed.
    """
    have = set(session.scalars(select(models.Calendar.year).where(models.Calendar.agency_id.is_(None))))
    new = [year for year in years if year not in have]
    for year in new:
        decree = DECREES.get(year)
        status = CalendarStatus.CONFIRMED if decree else CalendarStatus.DRAFT
        source = decree or f"Python package holidays {version('holidays')}"
        put(session, None, year, _known_days(year), status=status, source=source, actor=actor, now=now)
    return new


def put(
    session: Session,
    agency_id: UUID | None,
    year: int,
    days: Mapping[date, Day],
    *,
    source: str,
    actor: str,
    now: datetime,
    status: CalendarStatus = CalendarStatus.DRAFT,
    weekdays: Iterable[int] | None = None,
) -> models.Calendar:
    """Store a new calendar of a year; it counts from now on. ``agency_id`` None is the nation.

    Terms that run must be counted again (``engine.instances.recount``). Raises ValueError for a day of another year.
    """
    for day in days:
        if day.year != year:
            raise ValueError(f"Expected days of {year}, found {day}")
    worked = None if weekdays is None else sorted(_check_weekdays(frozenset(weekdays)))
    calendar = models.Calendar(
        id=uuid7(now),
        agency_id=agency_id,
        year=year,
        number=_last_number(session, agency_id, year) + 1,
        status=status,
        weekdays=worked,
        source=source,
        created_at=now,
        created_by=actor,
    )
    session.add(calendar)
    session.flush()
    if days:
        rows = [
            {"calendar_id": calendar.id, "day": day, "kind": what.kind, "name": what.name}
            for day, what in sorted(days.items())
        ]
        session.execute(insert(models.CalendarDay), rows)
    facts = {"year": year, "number": calendar.number, "status": status.value, "source": source}
    journal.note(session, "calendar.stored", facts, actor=actor, agency_id=agency_id, now=now)
    return calendar


def confirm(
    session: Session, agency_id: UUID | None, year: int, *, source: str, actor: str, now: datetime
) -> models.Calendar:
    """Store the latest calendar of a year again as confirmed by ``source``, the decree.

    Raises NotFound if the year has no calendar.
    """
    found = stored(session, agency_id, year)
    if found is None:
        raise NotFound(f"Expected a calendar for {year} to confirm, but there is none")
    latest, days = found
    return put(
        session,
        agency_id,
        year,
        days,
        status=CalendarStatus.CONFIRMED,
        weekdays=latest.weekdays,
        source=source,
        actor=actor,
        now=now,
    )


def _check_weekdays(weekdays: frozenset[int]) -> frozenset[int]:
    if not weekdays or not weekdays <= set(range(7)):
        raise ValueError(f"Expected at least one weekday from 0 (Monday) to 6, found {sorted(weekdays)}")
    return weekdays


def _known_days(year: int) -> dict[date, Day]:
    """Return the days off that the holidays package knows. It gives no collective leave for years without a decree."""
    # Only seeding needs the package, and it takes a fifth of a second to load.
    import holidays

    public = holidays.country_holidays("ID", years=year, categories=("public",), language="id")
    leave = holidays.country_holidays("ID", years=year, categories=("government",), language="id")
    days = {day: Day(DayKind.COLLECTIVE_LEAVE, name) for day, name in leave.items()}
    return days | {day: Day(DayKind.HOLIDAY, name) for day, name in public.items()}


def _is_of(agency_id: UUID | None) -> Any:
    return models.Calendar.agency_id.is_(None) if agency_id is None else models.Calendar.agency_id == agency_id


def _last_number(session: Session, agency_id: UUID | None, year: int) -> int:
    number = session.scalar(
        select(func.max(models.Calendar.number)).where(models.Calendar.year == year, _is_of(agency_id))
    )
    return number or 0


def _latest(session: Session, agency_id: UUID | None) -> list[Any]:
    """Return the rows that count for an agency (None: for none), the nation's before its own."""
    table = models.Calendar
    rows = session.execute(
        select(table.id, table.agency_id, table.year, table.number, table.status, table.weekdays)
        .where(or_(table.agency_id.is_(None), _is_of(agency_id)))
        .order_by(table.year, table.number)
    )
    latest = {(row.agency_id is not None, row.year): row for row in rows}
    return [latest[key] for key in sorted(latest)]


# A calendar never changes, so its days need not be read twice.
_remembered: dict[UUID, Mapping[date, Day]] = {}
_MOST_REMEMBERED = 1000


def _days(session: Session, calendar_id: UUID) -> Mapping[date, Day]:
    found = _remembered.get(calendar_id)
    if found is None:
        table = models.CalendarDay
        rows = session.execute(select(table.day, table.kind, table.name).where(table.calendar_id == calendar_id))
        found = {row.day: Day(row.kind, row.name) for row in rows}
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[calendar_id] = found
    return found


def _composed(zone: ZoneInfo, code: str, layers: list[tuple[Any, Mapping[date, Day]]]) -> Calendar:
    """Lay calendars over one another; later ones count."""
    days: dict[date, Day] = {}
    weekdays_of: dict[int, frozenset[int]] = {}
    unconfirmed: set[int] = set()
    national: set[int] = set()
    for row, own in layers:
        days.update(own)
        if row.weekdays is not None:
            weekdays_of[row.year] = frozenset(row.weekdays)
        if row.status is not CalendarStatus.CONFIRMED:
            unconfirmed.add(row.year)
        if row.agency_id is None:
            national.add(row.year)
    # An office that works six days goes on doing so in years that nobody has entered yet.
    weekdays = weekdays_of[max(weekdays_of)] if weekdays_of else MONDAY_TO_FRIDAY
    return Calendar(
        zone=zone,
        weekdays=weekdays,
        weekdays_of={year: weekdays_of.get(year, MONDAY_TO_FRIDAY) for year in {row.year for row, _ in layers}},
        days_off={day: what.name for day, what in days.items() if what.kind is not DayKind.WORKING},
        worked=frozenset(day for day, what in days.items() if what.kind is DayKind.WORKING),
        confirmed=frozenset(national - unconfirmed),
        versions=tuple(f"{code if row.agency_id else 'national'} {row.year}/{row.number}" for row, _ in layers),
    )
