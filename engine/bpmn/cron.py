"""Cron expressions of timer cycles: six fields (second, minute, hour, day of month, month, day of week), in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_MACROS: Final = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
# fmt: off
_MONTHS: Final = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6,
    "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}
_WEEKDAYS: Final = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}
# fmt: on
_YEARS_AHEAD: Final = 30  # 29 February on a Sunday comes after at most 28 years, 40 around a century's end


class CronError(ValueError):
    """The text is not a cron expression that we run."""


def is_cron(text: str) -> bool:
    """Tell whether a cycle is written as cron rather than as ISO 8601."""
    return text.startswith("@") or len(text.split()) > 1


@dataclass(frozen=True, slots=True)
class Cron:
    """The seconds, minutes, hours, days, months and weekdays (Sunday is 0) at which to fire.

    If both days and weekdays are restricted, both must match.
    """

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @staticmethod
    def read(text: str) -> "Cron":
        """Read the six fields, or one of the macros such as ``@daily``. Raises CronError."""
        fields = _MACROS.get(text, text).split()
        if len(fields) == 7 and fields[6] == "*":
            fields.pop()  # Quartz, which Camunda 7 and Flowable use, allows a seventh field for the year
        if len(fields) != 6:
            raise CronError(f"Expected a cron expression of six fields or a macro such as @daily, found {text!r}")
        second, minute, hour, day, month, weekday = fields
        days_of_week = _numbers(weekday, 0, 7, _WEEKDAYS, text)
        return Cron(
            tuple(sorted(_numbers(second, 0, 59, {}, text))),
            tuple(sorted(_numbers(minute, 0, 59, {}, text))),
            tuple(sorted(_numbers(hour, 0, 23, {}, text))),
            _numbers(day, 1, 31, {}, text),
            _numbers(month, 1, 12, _MONTHS, text),
            frozenset(number % 7 for number in days_of_week),
        )

    def after(self, moment: datetime) -> datetime:
        """Return the first matching moment after ``moment``, in whole seconds. Raises CronError if there is none."""
        start = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        day = start.date()
        last = day.replace(year=min(day.year + _YEARS_AHEAD, 9999), day=1)
        while day <= last:
            if day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays:
                found = self._within(datetime(day.year, day.month, day.day, tzinfo=UTC), start)
                if found is not None:
                    return found
            day += timedelta(days=1)
        raise CronError(f"Expected a cron expression that fires within {_YEARS_AHEAD} years, found {self}")

    def _within(self, midnight: datetime, start: datetime) -> datetime | None:
        for hour in self.hours:
            if midnight + timedelta(hours=hour, minutes=59, seconds=59) < start:
                continue
            for minute in self.minutes:
                for second in self.seconds:
                    found = midnight + timedelta(hours=hour, minutes=minute, seconds=second)
                    if found >= start:
                        return found
        return None


def _numbers(field: str, low: int, high: int, names: dict[str, int], text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        try:
            if span in ("*", "?"):
                start, end = low, high
            else:
                start = _number(first, names)
                end = _number(last, names) if dash else (high if step else start)
            by = int(step) if step else 1
        except ValueError:
            raise CronError(f"Expected numbers, ranges or steps in cron, found {part!r} in {text!r}") from None
        if not low <= start <= end <= high or by < 1:
            raise CronError(f"Expected numbers from {low} to {high} in a cron expression, found {part!r} in {text!r}")
        found.update(range(start, end + 1, by))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    return names[text.upper()] if text.upper() in names else int(text)
