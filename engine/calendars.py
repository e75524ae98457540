"""Which days an agency works, by its versioned calendar, in its own time zone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of an agency. Weekdays count from 0, Monday; days are local to ``zone``.

    ``days_off`` maps a day to its name. A year that is not in ``confirmed`` has no decree yet: its days off are an
    estimate, and terms that reach into it are flagged.
    """

    name: str
    version: int
    zone: ZoneInfo
    weekdays: frozenset[int] = frozenset(range(5))
    days_off: Mapping[date, str] = field(default_factory=dict)
    confirmed: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError(f"Expected working weekdays from 0 to 6 in calendar {self.name}, found {self.weekdays}")

    def is_working(self, day: date) -> bool:
        """Tell whether people work on ``day``."""
        return day.weekday() in self.weekdays and day not in self.days_off

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
