"""Dates, times and durations of FEEL (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.9), for years to ±999,999,999.

Everything is proleptic Gregorian and computed with whole numbers; zones are IANA names. No clock is read here.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.feel.limits import YEARS

NANOS: Final = 1_000_000_000
DAY_SECONDS: Final = 86_400
_MAX_MONTHS: Final = (YEARS + 1) * 12 * 2
_MAX_DURATION_SECONDS: Final = (YEARS + 1) * 2 * 366 * DAY_SECONDS
_MAX_OFFSET: Final = 18 * 3600


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day. ``month`` counts from 1; the year 0 exists and comes before 1."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{_year_text(self.year)}-{self.month:02d}-{self.day:02d}"

    @property
    def ordinal(self) -> int:
        """Days since 1970-01-01."""
        return days_from_civil(self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, with an ``offset`` from UTC in seconds, an IANA ``zone``, or neither."""

    hour: int
    minute: int
    second: int
    nano: int = 0
    offset: int | None = None
    zone: str | None = None

    def __str__(self) -> str:
        fraction = f".{self.nano:09d}".rstrip("0") if self.nano else ""
        return f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}{self._place()}"

    def _place(self) -> str:
        if self.zone is not None:
            return f"@{self.zone}"
        return "" if self.offset is None else offset_text(self.offset)

    @property
    def seconds(self) -> int:
        """Whole seconds since midnight, on the clock of the place."""
        return self.hour * 3600 + self.minute * 60 + self.second


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of it."""

    date: Date
    time: Time

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"

    @property
    def local_seconds(self) -> int:
        """Whole seconds since 1970-01-01T00:00:00 on the clock of the place."""
        return self.date.ordinal * DAY_SECONDS + self.time.seconds

    @property
    def offset(self) -> int | None:
        """The offset from UTC in seconds; that of a zone depends on the day. None for local time."""
        if self.time.zone is not None:
            return zone_offset(self.time.zone, self)
        return self.time.offset


@dataclass(frozen=True, slots=True)
class Days:
    """A days and time duration, as whole nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        sign, rest = ("-", -self.nanos) if self.nanos < 0 else ("", self.nanos)
        seconds, nano = divmod(rest, NANOS)
        days, seconds = divmod(seconds, DAY_SECONDS)
        hours, seconds = divmod(seconds, 3600)
        minutes, seconds = divmod(seconds, 60)
        fraction = f".{nano:09d}".rstrip("0") if nano else ""
        clock = _part(hours, "H") + _part(minutes, "M") + (f"{seconds}{fraction}S" if seconds or nano else "")
        text = _part(days, "D") + (f"T{clock}" if clock else "")
        return f"{sign}P{text or 'T0S'}"


@dataclass(frozen=True, slots=True)
class Months:
    """A years and months duration, as whole months."""

    months: int

    def __str__(self) -> str:
        sign, rest = ("-", -self.months) if self.months < 0 else ("", self.months)
        years, months = divmod(rest, 12)
        return f"{sign}P{_part(years, 'Y') + _part(months, 'M') or '0M'}"


def _part(amount: int, unit: str) -> str:
    return f"{amount}{unit}" if amount else ""


def _year_text(year: int) -> str:
    return f"-{-year:04d}" if year < 0 else f"{year:04d}"


def offset_text(offset: int) -> str:
    """Return an offset in seconds as ``Z``, ``+07:00`` or, with odd seconds, ``+07:07:12``."""
    if offset == 0:
        return "Z"
    minutes, seconds = divmod(abs(offset), 60)
    text = f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


# --- making values; each returns None for what does not exist


def make_date(year: int, month: int, day: int) -> Date | None:
    """Return the date, or None if there is no such day or the year is beyond ±999,999,999."""
    if -YEARS <= year <= YEARS and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month):
        return Date(year, month, day)
    return None


def make_time(
    hour: int, minute: int, second: int, nano: int = 0, offset: int | None = None, zone: str | None = None
) -> Time | None:
    """Return the time, or None if a part is out of its range or the zone is unknown."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return None
    if offset is not None and abs(offset) > _MAX_OFFSET:
        return None
    if zone is not None and find_zone(zone) is None:
        return None
    return Time(hour, minute, second, nano, offset, zone)


def make_days(nanos: int) -> Days | None:
    """Return the duration, or None if it is longer than any two dates are apart."""
    return Days(nanos) if abs(nanos) <= _MAX_DURATION_SECONDS * NANOS else None


def make_months(months: int) -> Months | None:
    """Return the duration, or None if it is longer than any two dates are apart."""
    return Months(months) if abs(months) <= _MAX_MONTHS else None


# --- the Gregorian calendar on whole numbers


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a date; years are counted from March, so that the leap day comes last."""
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def civil_from_days(days: int) -> Date | None:
    """Return the date that many days after 1970-01-01, or None beyond the years that FEEL knows."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    return Date(year, month, day_of_year - (153 * shifted + 2) // 5 + 1) if abs(year) <= YEARS else None


def weekday(date: Date) -> int:
    """Return the ISO day of the week: Monday is 1, Sunday 7."""
    return (date.ordinal + 3) % 7 + 1


def day_of_year(date: Date) -> int:
    return date.ordinal - days_from_civil(date.year, 1, 1) + 1


def week_of_year(date: Date) -> int:
    """Return the ISO 8601 week of the year: the week of a day is that of its Thursday."""
    thursday = date.ordinal + 4 - weekday(date)
    year = date.year + (-1 if thursday < days_from_civil(date.year, 1, 1) else 0)
    if thursday >= days_from_civil(year + 1, 1, 1):
        year += 1
    return (thursday - days_from_civil(year, 1, 1)) // 7 + 1


def add_months(date: Date, months: int) -> Date | None:
    """Move a date by whole months; a day that the month lacks becomes its last (XQuery's rule)."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if abs(year) > YEARS:
        return None
    return Date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


def add_nanos(moment: DateTime, nanos: int) -> DateTime | None:
    """Move a date-time by a duration (10.3.2.3.5): in a zone so much time passes, whatever its clock does meanwhile."""
    time, before = moment.time, moment.offset or 0
    seconds, nano = divmod((moment.local_seconds - before) * NANOS + time.nano + nanos, NANOS)
    after = before if time.zone is None else _zone_offset_at(time.zone, seconds)
    days, rest = divmod(seconds + after, DAY_SECONDS)
    date = civil_from_days(days)
    return None if date is None else DateTime(date, clock(rest, nano, time.offset, time.zone))


def clock(seconds: int, nano: int = 0, offset: int | None = None, zone: str | None = None) -> Time:
    """Return the time of day that many seconds after midnight; whole days are dropped."""
    minutes, second = divmod(seconds % DAY_SECONDS, 60)
    return Time(minutes // 60, minutes % 60, second, nano, offset, zone)


# --- zones

_ZONE_NAME: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9_+\-]*)(?:/[A-Za-z0-9_+\-]+){0,3}", re.ASCII)
# Not zones: what they mean depends on the machine.
_NOT_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
_zones: Final[dict[str, ZoneInfo | None]] = {}


def find_zone(name: str) -> ZoneInfo | None:
    """Return the IANA zone, or None if there is none of that name."""
    if name not in _zones:
        if len(_zones) >= 1_000:
            _zones.clear()
        _zones[name] = _load_zone(name)
    return _zones[name]


def _load_zone(name: str) -> ZoneInfo | None:
    if len(name) > 64 or name in _NOT_ZONES or not _ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # a folder, a file of another kind, or none
        return None


def zone_offset(name: str, moment: DateTime) -> int | None:
    """Return the offset in seconds of a zone at a local date-time; None if there is no such zone."""
    zone, time = find_zone(name), moment.time
    if zone is None:
        return None
    local = datetime(_like(moment.date.year), moment.date.month, moment.date.day, time.hour, time.minute, time.second)
    return _seconds(local.replace(tzinfo=zone))


def _zone_offset_at(name: str, seconds: int) -> int:
    """Return the offset in seconds of a zone so many seconds after 1970-01-01T00:00:00 UTC."""
    zone, days = find_zone(name), seconds // DAY_SECONDS
    date = civil_from_days(days)
    if zone is None or date is None:
        return 0
    midnight = datetime(_like(date.year), date.month, date.day, tzinfo=UTC)
    return _seconds((midnight + timedelta(seconds=seconds % DAY_SECONDS)).astimezone(zone))


def _like(year: int) -> int:
    """Return the year itself, outside of 2 to 9998 one with the same calendar: zones have no rules there."""
    if 2 <= year <= 9998:
        return year
    return 2000 + year % 400 if year > 9998 else 400 + year % 400


def _seconds(moment: datetime) -> int:
    delta = moment.utcoffset()
    return 0 if delta is None else int(delta.total_seconds())


# --- reading text (the lexical forms of XML Schema part 2, with ``@Zone/Name`` added)

_DATE: Final = re.compile(r"(-?)([1-9]\d{4,8}|\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME: Final = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z|z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z0-9_+\-/]+))?", re.ASCII
)
_DAYS: Final = re.compile(r"(-?)P(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d*))?S)?)?", re.ASCII)
_MONTHS: Final = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?", re.ASCII)
_LONGEST: Final = 128


def read_date(text: str) -> Date | None:
    """Read ``2026-03-02``; years have four to nine digits and may be negative."""
    match = _DATE.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    year = int(match[2])
    if match[1] and year == 0:
        return None
    return make_date(-year if match[1] else year, int(match[3]), int(match[4]))


def read_time(text: str) -> Time | None:
    """Read ``10:30:00``, with a fraction, ``Z``, an offset or ``@Zone/Name``. Fractions beyond nanoseconds are cut."""
    match = _TIME.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    if text.startswith("24:00:00"):  # the end of a day, in the lexical space of xs:time
        return read_time(f"00{text[2:]}") if not (match[4] or "").strip("0") else None
    nano = int(((match[4] or "0") + "000000000")[:9])
    offset = 0 if match[5] else None
    if match[6]:
        hours, minutes, seconds = int(match[7]), int(match[8]), int(match[9] or 0)
        if minutes > 59 or seconds > 59:
            return None
        offset = (hours * 3600 + minutes * 60 + seconds) * (-1 if match[6] == "-" else 1)
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    return make_time(hour, minute, second, nano, offset, match[10])


def read_date_time(text: str) -> DateTime | None:
    """Read a date, ``T`` and a time; ``24:00:00`` is the next day's midnight. A date alone is not read."""
    day, separator, rest = text.partition("T")
    if not separator:
        return None
    date, time = read_date(day), read_time(rest)
    if date is None or time is None:
        return None
    if rest.startswith("24"):
        date = civil_from_days(date.ordinal + 1)
    return None if date is None else DateTime(date, time)


def read_duration(text: str) -> Days | Months | None:
    """Read ``P1DT2H`` or ``P1Y2M``; ``P`` or ``PT`` alone and mixtures of both kinds are not durations."""
    if len(text) > _LONGEST:
        return None
    match = _MONTHS.fullmatch(text)
    if match and (match[2] or match[3]):
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return make_months(-months if match[1] else months)
    match = _DAYS.fullmatch(text)
    if match is None or match[3] == "T" or (match[2] is None and match[3] is None):
        return None
    days, hours, minutes, seconds = (int(match[group] or 0) for group in (2, 4, 5, 6))
    seconds += days * DAY_SECONDS + hours * 3600 + minutes * 60
    nanos = seconds * NANOS + int(((match[7] or "0") + "000000000")[:9])
    return make_days(-nanos if match[1] else nanos)


def read_temporal(text: str) -> Date | Time | DateTime | Days | Months | None:
    """Read the text of an ``@"…"`` literal (DMN 1.5, 10.3.2.3): whichever kind it has the form of."""
    if text.startswith(("P", "-P")):
        return read_duration(text)
    return read_date(text) or read_date_time(text) or read_time(text)


# --- comparing: values are those of 10.3.2.3.4 to 10.3.2.3.8, in whole seconds


def time_value(time: Time) -> int:
    """Return the seconds since midnight UTC; a local time is taken as it stands, a zone as on 1970-01-01."""
    offset = time.offset
    if time.zone is not None:
        offset = zone_offset(time.zone, DateTime(Date(1970, 1, 1), time))
    return time.seconds - (offset or 0)


def comparable(one: Time | DateTime, other: Time | DateTime) -> tuple[int, int]:
    """Return two numbers that compare as two times or two date-times do (10.3.2.15, table 54).

    If only one has an offset, the other is taken to have the same.
    """
    if isinstance(one, Time) and isinstance(other, Time):
        if (one.offset is None and one.zone is None) != (other.offset is None and other.zone is None):
            return one.seconds, other.seconds
        return time_value(one), time_value(other)
    if isinstance(one, DateTime) and isinstance(other, DateTime):
        first, second = one.offset, other.offset
        if (first is None) != (second is None):
            return one.local_seconds, other.local_seconds
        return one.local_seconds - (first or 0), other.local_seconds - (second or 0)
    raise TypeError("Expected two times or two date-times")


def date_time_value(moment: DateTime) -> int:
    """Return the seconds since 1970-01-01T00:00:00 UTC; a local date-time is taken as it stands."""
    return moment.local_seconds - (moment.offset or 0)
