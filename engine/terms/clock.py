"""When a legal term is due: pure computation from its start, its pauses, its extensions and a calendar.

Days are local. The day of an event is never counted: counting starts the day after (UU 30/2014 art 53 counts days
*after* the complete application is received) and a term ends with the end of its last day. While the clock stands,
the days after the day it stopped, up to and including the day it runs again, are not counted. A clock that stops and
runs again on one day therefore moves nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import takewhile

from engine.calendars import Calendar
from engine.manifest import Unit

ONE_DAY, ONE_HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood from ``since`` to ``until`` (None: it still stands)."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a term: everything its moments follow from. Amounts are in ``unit``; ``added`` is by extensions.

    ``pauses`` do not overlap and stand in order; only the last may be open.
    """

    unit: Unit
    amount: int
    started_at: datetime
    warn_before: int | None = None
    escalate_after: int | None = None
    added: int = 0
    pauses: tuple[Pause, ...] = ()

    @property
    def is_standing(self) -> bool:
        """Tell whether the clock stands."""
        return bool(self.pauses) and self.pauses[-1].until is None

    def stopped(self, at: datetime) -> "Run":
        """Return the run with its clock stopped."""
        if self.is_standing:
            raise ValueError(f"Expected a term whose clock runs, but it stands since {self.pauses[-1].since}")
        return replace(self, pauses=(*self.pauses, Pause(at)))

    def resumed(self, at: datetime) -> "Run":
        """Return the run with its clock running again."""
        if not self.is_standing:
            raise ValueError("Expected a term whose clock stands, but it runs")
        return replace(self, pauses=(*self.pauses[:-1], Pause(self.pauses[-1].since, at)))

    def extended(self, amount: int) -> "Run":
        """Return the run with ``amount`` more units."""
        return replace(self, added=self.added + amount)


@dataclass(frozen=True, slots=True)
class Moments:
    """What a run leads to. ``due_on`` is the last day, ``due_at`` the moment from which the term is passed: for days
    the midnight after ``due_on``. ``warn_at`` is the beginning of a day. ``is_confirmed`` is False if a counted year's
    calendar is not confirmed: then the dates may still move."""

    due_on: date
    due_at: datetime
    warn_at: datetime | None
    escalate_at: datetime | None
    is_confirmed: bool


def moments(run: Run, calendar: Calendar) -> Moments | None:
    """Return when ``run`` is due; None while its clock stands before the term is used up."""
    return _moments_of_hours(run, calendar) if run.unit is Unit.CLOCK_HOURS else _moments_of_days(run, calendar)


def used(run: Run, calendar: Calendar, at: datetime) -> int:
    """Return how many units of ``run`` had passed at a moment after its start, those that were begun included.

    While its clock stood nothing passed.
    """
    if run.unit is Unit.CLOCK_HOURS:
        stood = sum((min(pause.until or at, at) - pause.since for pause in run.pauses if pause.since < at), timedelta())
        return -((run.started_at - at + stood) // ONE_HOUR)
    today = calendar.local_day(at)
    return sum(1 for _day in takewhile(lambda day: day <= today, _counted_days(run, calendar)))


def _moments_of_hours(run: Run, calendar: Calendar) -> Moments | None:
    due_at = run.started_at + timedelta(hours=run.amount + run.added)
    for pause in run.pauses:
        if pause.since >= due_at:
            break
        if pause.until is None:
            return None
        due_at += pause.until - pause.since
    warn_at = None if run.warn_before is None else max(run.started_at, due_at - timedelta(hours=run.warn_before))
    escalate_at = None if run.escalate_after is None else due_at + timedelta(hours=run.escalate_after)
    return Moments(calendar.local_day(due_at), due_at, warn_at, escalate_at, True)


def _moments_of_days(run: Run, calendar: Calendar) -> Moments | None:
    started_on = calendar.local_day(run.started_at)
    counted: list[date] = []
    for day in _counted_days(run, calendar):
        if len(counted) >= run.amount + run.added:
            break
        counted.append(day)
    if len(counted) < run.amount + run.added:
        return None
    due_on = counted[-1] if counted else _same_day(run, calendar, started_on)
    escalated_on = _later(run, calendar, due_on, run.escalate_after or 0)
    return Moments(
        due_on=due_on,
        due_at=calendar.end_of(due_on),
        warn_at=_warn_at(run, calendar, counted),
        escalate_at=None if run.escalate_after is None else calendar.end_of(escalated_on),
        is_confirmed=run.unit is not Unit.WORKING_DAYS or calendar.is_confirmed(started_on, escalated_on),
    )


def _counted_days(run: Run, calendar: Calendar) -> Iterator[date]:
    """Yield the days that count, without end unless the clock stands."""
    stands = [
        (calendar.local_day(pause.since), None if pause.until is None else calendar.local_day(pause.until))
        for pause in run.pauses
    ]
    day = calendar.local_day(run.started_at)
    while True:
        day += ONE_DAY
        while stands and stands[0][1] is not None and stands[0][1] < day:
            stands.pop(0)
        if stands and stands[0][0] < day:
            if stands[0][1] is None:
                return
            continue
        if run.unit is Unit.CALENDAR_DAYS or calendar.is_working(day):
            yield day


def _same_day(run: Run, calendar: Calendar, day: date) -> date:
    """Return the last day of a term of no days: the day itself, or the first working day from it on."""
    return day if run.unit is Unit.CALENDAR_DAYS else calendar.next_working(day)


def _later(run: Run, calendar: Calendar, day: date, amount: int) -> date:
    if run.unit is Unit.CALENDAR_DAYS or amount == 0:
        return day + amount * ONE_DAY
    return calendar.add_working_days(day, amount)


def _warn_at(run: Run, calendar: Calendar, counted: list[date]) -> datetime | None:
    if run.warn_before is None:
        return None
    if run.warn_before >= len(counted):
        return run.started_at
    return max(run.started_at, calendar.start_of(counted[-1 - run.warn_before]))
