"""Functions of dates, times and durations (DMN 1.5, 10.3.4.1, 10.3.4.6 and 10.3.4.7)."""

from decimal import Decimal
from typing import Any, Final

from engine.feel import calendar
from engine.feel.calendar import NANOS, Date, DateTime, Days, Months, Time
from engine.feel.functions.registry import builtin
from engine.feel.operators import as_date_time
from engine.feel.values import NUMBERS, Run, from_datetime

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@builtin("date(from: moment)", cost=10)
def date(run: Run, source: str | Date | DateTime) -> Date | None:
    """Return the date that a text says, or that of a date-time."""
    if isinstance(source, DateTime):
        return source.date
    if isinstance(source, Date):
        return source
    return calendar.read_date(source) or run.null(f"Expected a date like 2026-03-02, but found {_short(source)}")


@builtin("date(year: number, month: number, day: number)", cost=10)
def date_of(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Date | None:
    found = calendar.make_date(_whole(year), _whole(month), _whole(day))
    return found or run.null(f"Expected a day of the calendar, but found {year}-{month}-{day}")


@builtin("time(from: time source)", cost=14)
def time(run: Run, source: str | Time | Date | DateTime) -> Time | None:
    """Return the time that a text says, or that of a date-time; that of a date is midnight UTC."""
    if isinstance(source, DateTime | Date):
        return as_date_time(source).time
    if isinstance(source, Time):
        return source
    _charge_zone(run, source)
    return calendar.read_time(source) or run.null(f"Expected a time like 09:30:00, but found {_short(source)}")


@builtin("time(hour: number, minute: number, second: number, offset?: days and time duration?)", cost=14)
def time_of(run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: Days | None = None) -> Time | None:
    """Return the time of its parts. The second may have a fraction; an offset is whole seconds."""
    seconds, nano = divmod(int(NUMBERS.multiply(second, NANOS)), NANOS) if -1 < second < 60 else (60, 0)
    shift = None if offset is None else int(offset.nanos / NANOS)
    found = calendar.make_time(_whole(hour), _whole(minute), seconds, nano, shift)
    return found or run.null(f"Expected a time of day, but found {hour}:{minute}:{second}")


@builtin("date and time(from: moment)", cost=24)
def date_time(run: Run, source: str | Date | DateTime) -> DateTime | None:
    """Return the date-time that a text says; a date alone in a text is its midnight in local time."""
    if isinstance(source, DateTime | Date):
        return as_date_time(source)
    _charge_zone(run, source)
    found = calendar.read_date_time(source)
    if found is None:
        day = calendar.read_date(source)
        found = None if day is None else DateTime(day, Time(0, 0, 0))
    return found or run.null(f"Expected a date and time like 2026-03-02T09:30:00, but found {_short(source)}")


@builtin("date and time(date: day, time: time)", cost=24)
def date_time_of(run: Run, day: Date | DateTime, at: Time) -> DateTime:
    return DateTime(day.date if isinstance(day, DateTime) else day, at)


@builtin("duration(from: string)", cost=14)
def duration(run: Run, source: str) -> Days | Months | None:
    return calendar.read_duration(source) or run.null(
        f"Expected a duration like P1DT2H or P1Y2M, but found {_short(source)}"
    )


@builtin("years and months duration(from: day, to: day)", cost=8)
def months_between(run: Run, start: Date | DateTime, end: Date | DateTime) -> Months | None:
    """Return the whole months from one day to another, negative backwards; parts of a month are cut."""
    first = start.date if isinstance(start, DateTime) else start
    last = end.date if isinstance(end, DateTime) else end
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return calendar.make_months(months)


@builtin("now()", cost=12)
def now(run: Run) -> DateTime | None:
    """Return the moment that the caller gave the evaluation; no clock is read."""
    return from_datetime(run.now) if run.now is not None else run.null("Expected a clock for 'now', but none was given")


@builtin("today()", cost=12)
def today(run: Run) -> Date | None:
    """Return the day of ``now()``."""
    moment = now(run)
    return None if moment is None else moment.date


@builtin("day of year(date: day)", cost=8)
def day_of_year(run: Run, day: Date | DateTime) -> Decimal:
    return Decimal(calendar.day_of_year(as_date_time(day).date))


@builtin("day of week(date: day)", cost=8)
def day_of_week(run: Run, day: Date | DateTime) -> str:
    return _DAYS[calendar.weekday(as_date_time(day).date) - 1]


@builtin("month of year(date: day)")
def month_of_year(run: Run, day: Date | DateTime) -> str:
    return _MONTHS[as_date_time(day).date.month - 1]


@builtin("week of year(date: day)", cost=12)
def week_of_year(run: Run, day: Date | DateTime) -> Decimal:
    """Return the week of ISO 8601."""
    return Decimal(calendar.week_of_year(as_date_time(day).date))


def _charge_zone(run: Run, text: str) -> None:
    if "@" in text:  # the name of a zone may be looked for in files
        run.spend(100)


def _whole(number: Decimal) -> int:
    """Return a whole number as int; of anything else one that no part of a date can be."""
    if number.adjusted() < 12 and number == number.to_integral_value():
        return int(number)
    return -(10**12)


def _short(text: Any) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
