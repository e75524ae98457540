"""ISO 8601 dates, durations and cycles of timer events, as moments in UTC. All bounds and refusals stand here."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.bpmn.cron import Cron, CronError, is_cron
from engine.bpmn.model import TimerKind

FARTHEST: Final = timedelta(days=366 * 50)
SHORTEST_CYCLE: Final = timedelta(seconds=1)

_DURATION: Final = re.compile(
    r"P(?:(?P<years>\d{1,6})Y)?(?:(?P<months>\d{1,6})M)?(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,10}(?:[.,]\d{1,9})?)S)?)?"
)
_REPEAT: Final = re.compile(r"R(\d{0,9})/(.+)", re.DOTALL)
_LOCAL_MOMENT: Final = re.compile(r"(?P<local>[^@]+)@(?P<zone>[A-Za-z0-9_+\-/]{1,64})")


class TimerError(ValueError):
    """The text is not a timer that we run. The message says what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: whole calendar months, and the elapsed rest."""

    months: int
    rest: timedelta

    def after(self, moment: datetime, times: int = 1) -> datetime:
        """Return the moment that lies this duration ``times`` over after ``moment``.

        Months keep the day of the month where it exists and else take the last day, counted from ``moment`` itself:
        twice a month after 31 January is 31 March.
        """
        try:
            year, month = divmod(moment.year * 12 + moment.month - 1 + self.months * times, 12)
            day = min(moment.day, calendar.monthrange(year, month + 1)[1])
            return moment.replace(year=year, month=month + 1, day=day) + self.rest * times
        except (OverflowError, ValueError, calendar.IllegalMonthError):
            raise TimerError(f"Expected a moment within 50 years, found one long after {moment.isoformat()}") from None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a timer fires: at ``due``, and then as its cycle says.

    ``left`` is how often it fires after ``due``; None means without end. ``cycle`` is the repeated part as written,
    None for a timer that fires once. ``anchor`` and ``count`` say where repetitions are counted from.
    """

    due: datetime
    left: int | None = 0
    cycle: str | None = None
    anchor: datetime | None = None
    count: int = 0
    until: datetime | None = None

    def following(self) -> "Schedule | None":
        """Return the schedule of the next repetition, None if this was the last one."""
        if self.cycle is None or self.left == 0:
            return None
        left = None if self.left is None else self.left - 1
        if is_cron(self.cycle):
            return Schedule(_next_of_cron(self.cycle, self.due), left, self.cycle)
        anchor = self.anchor or self.due
        due = read_duration(self.cycle).after(anchor, self.count + 1)
        if self.until is not None and due > self.until:
            return None
        return Schedule(due, left, self.cycle, anchor, self.count + 1, self.until)


def schedule(kind: TimerKind, value: Any, now: datetime) -> Schedule:
    """Return when a timer with the evaluated ``value`` fires, seen at ``now``.

    A date in the past is due at once. Raises TimerError.
    """
    if not isinstance(value, str):
        raise TimerError(f"Expected the text of a {kind.value}, found {value!r}")
    text = value.strip()
    match kind:
        case TimerKind.DATE:
            made = Schedule(read_moment(text))
        case TimerKind.DURATION:
            made = Schedule(read_duration(text).after(now))
        case TimerKind.CYCLE:
            made = _read_cycle(text, now)
    if made.due - now > FARTHEST:
        raise TimerError(f"Expected a moment within 50 years, found {text!r}, which is due at {made.due.isoformat()}")
    return made


def read_moment(text: str) -> datetime:
    """Return the moment of an ISO 8601 date and time, in UTC. The offset, ``Z`` or ``@Zone/Name`` is required."""
    zone = _LOCAL_MOMENT.fullmatch(text)
    try:
        moment = datetime.fromisoformat(zone["local"] if zone else text)
        if zone:
            moment = moment.replace(tzinfo=ZoneInfo(zone["zone"]))
    except (ValueError, ZoneInfoNotFoundError):
        raise TimerError(f"Expected a date and time such as 2026-03-16T09:00:00+07:00, found {text!r}") from None
    if moment.tzinfo is None:
        raise TimerError(f"Expected a date and time with an offset such as +07:00 or Z, found {text!r}")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise TimerError(f"Expected a date within the calendar, found {text!r}") from None


def read_duration(text: str) -> Duration:
    """Return an ISO 8601 duration, at least one component and not negative."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()) or text.endswith("T"):
        raise TimerError(f"Expected an ISO 8601 duration such as P10D or PT1H30M, found {text!r}")
    part = {name: float(found.replace(",", ".")) for name, found in match.groupdict(default="0").items()}
    months = int(part.pop("years")) * 12 + int(part.pop("months"))
    try:
        rest = timedelta(**part)
    except OverflowError:
        raise TimerError(f"Expected a duration within 50 years, found {text!r}") from None
    return Duration(months, rest)


def check(kind: TimerKind, text: str) -> None:
    """Raise TimerError if the literal ``text`` can never be a timer of this kind."""
    # Only the form is looked at here: a date of the past or far ahead is a matter of the moment of running.
    schedule_from = datetime(2000, 1, 1, tzinfo=UTC)
    if kind is TimerKind.DATE:
        read_moment(text.strip())
    else:
        schedule(kind, text, schedule_from)


def _read_cycle(text: str, now: datetime) -> Schedule:
    if is_cron(text):
        return Schedule(_next_of_cron(text, now), None, text)
    repeat = _REPEAT.fullmatch(text)
    if repeat is None:
        raise TimerError(f"Expected a cycle such as R3/PT10M, R/P1D or a cron expression, found {text!r}")
    times = int(repeat[1]) if repeat[1] else None
    if times == 0:
        raise TimerError(f"Expected at least one repetition, found {text!r}")
    left = None if times is None else times - 1
    parts = repeat[2].split("/")
    if len(parts) == 1:
        return _cycle(text, parts[0], now, left, first=1)
    if len(parts) == 2 and parts[1].startswith("P"):
        return _cycle(text, parts[1], read_moment(parts[0]), left, first=0)
    if len(parts) == 2 and parts[0].startswith("P"):
        return _cycle(text, parts[0], now, left, first=1, until=read_moment(parts[1]))
    raise TimerError(f"Expected a cycle such as R3/PT10M or R3/2026-03-16T09:00:00Z/P1D, found {text!r}")


def _cycle(
    text: str, period: str, anchor: datetime, left: int | None, *, first: int, until: datetime | None = None
) -> Schedule:
    duration = read_duration(period)
    if duration.after(anchor) - anchor < SHORTEST_CYCLE:
        raise TimerError(f"Expected a cycle of at least one second, found {text!r}")
    return Schedule(duration.after(anchor, first), left, period, anchor, first, until)


def _next_of_cron(text: str, moment: datetime) -> datetime:
    try:
        return Cron.read(text).after(moment)
    except CronError as error:
        raise TimerError(str(error)) from None
