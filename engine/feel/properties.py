"""What stands after the dot of a path (DMN 1.5, 10.3.2.5, table 65): entries, and a fixed table of properties."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel import calendar
from engine.feel.calendar import DAY_SECONDS, NANOS, Date, DateTime, Days, Months, Time
from engine.feel.operators import CLASS_NAMES, kind_name
from engine.feel.values import NUMBERS, Range, Run, read


def member(run: Run, value: Any, name: str) -> Any:
    """Return what ``value.name`` is: an entry, a property, or the list of those of a list's items."""
    kind = type(value)
    if kind is dict:
        try:
            return read(run, value[name])
        except KeyError:
            return run.null(f"Expected an entry '{name}' of the context, but found none")
    if kind is list:
        run.spend(3 * len(value))
        return [member(run, item, name) for item in value]
    found = _PROPERTIES.get((kind, name))
    if found is None:
        return run.null(f"Expected a value with '{name}', but found {kind_name(value)}")
    return found(value)


def _seconds(time: Time) -> Decimal:
    return NUMBERS.add(Decimal(time.second), NUMBERS.divide(Decimal(time.nano), Decimal(NANOS)))


def _offset(offset: int | None) -> Days | None:
    return None if offset is None else Days(offset * NANOS)


def _time_offset(time: Time) -> Days | None:
    if time.zone is not None:
        return _offset(calendar.zone_offset(time.zone, DateTime(Date(1970, 1, 1), time)))
    return _offset(time.offset)


def _unit(seconds: int, modulus: int | None) -> Callable[[Days], Decimal]:
    def read(duration: Days) -> Decimal:
        amount = abs(duration.nanos) // (seconds * NANOS)
        amount = amount if modulus is None else amount % modulus
        return Decimal(-amount if duration.nanos < 0 else amount)

    return read


def _years(duration: Months) -> Decimal:
    amount = abs(duration.months) // 12
    return Decimal(-amount if duration.months < 0 else amount)


def _months(duration: Months) -> Decimal:
    amount = abs(duration.months) % 12
    return Decimal(-amount if duration.months < 0 else amount)


_PROPERTIES: Final[dict[tuple[type, str], Callable[[Any], Any]]] = {
    (Date, "year"): lambda date: Decimal(date.year),
    (Date, "month"): lambda date: Decimal(date.month),
    (Date, "day"): lambda date: Decimal(date.day),
    (Date, "weekday"): lambda date: Decimal(calendar.weekday(date)),
    (DateTime, "year"): lambda moment: Decimal(moment.date.year),
    (DateTime, "month"): lambda moment: Decimal(moment.date.month),
    (DateTime, "day"): lambda moment: Decimal(moment.date.day),
    (DateTime, "weekday"): lambda moment: Decimal(calendar.weekday(moment.date)),
    (DateTime, "hour"): lambda moment: Decimal(moment.time.hour),
    (DateTime, "minute"): lambda moment: Decimal(moment.time.minute),
    (DateTime, "second"): lambda moment: _seconds(moment.time),
    (DateTime, "time offset"): lambda moment: _offset(moment.offset),
    (DateTime, "timezone"): lambda moment: moment.time.zone,
    (Time, "hour"): lambda time: Decimal(time.hour),
    (Time, "minute"): lambda time: Decimal(time.minute),
    (Time, "second"): _seconds,
    (Time, "time offset"): _time_offset,
    (Time, "timezone"): lambda time: time.zone,
    (Days, "days"): _unit(DAY_SECONDS, None),
    (Days, "hours"): _unit(3600, 24),
    (Days, "minutes"): _unit(60, 60),
    (Days, "seconds"): _unit(1, 60),
    (Months, "years"): _years,
    (Months, "months"): _months,
    (Range, "start"): lambda interval: interval.low,
    (Range, "end"): lambda interval: interval.high,
    (Range, "start included"): lambda interval: interval.low_closed,
    (Range, "end included"): lambda interval: interval.high_closed,
}

# What may stand after the dot, by kind of value.
MEMBERS: Final[dict[str, frozenset[str]]] = {
    word: frozenset(name for kind, name in _PROPERTIES if kind is of) for of, word in CLASS_NAMES.items()
}
