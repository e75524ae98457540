"""Dates, times and durations (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.8, 10.3.4.1, tables 57, 59, 66, 79)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import compile_expression
from engine.feel.calendar import civil_from_days, days_from_civil

Evaluate = Callable[..., Any]
DAYS = st.dates(min_value=date(2, 1, 1), max_value=date(9998, 12, 31))
MOMENTS = st.datetimes(min_value=datetime(100, 1, 1), max_value=datetime(9000, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('date("2026-03-02")', '@"2026-03-02"'),
        ("date(2026, 3, 2)", '@"2026-03-02"'),
        ("date(2026, 2, 30)", "null"),
        ("date(2026, 2.5, 3)", "null"),
        ("date(1000000000, 1, 1)", "null"),
        ('date(date and time("2026-03-02T10:00:00Z"))', '@"2026-03-02"'),
        ('date("26-03-02")', "null"),
        ('date("+2026-03-02")', "null"),
        ('date("02026-03-02")', "null"),
        ('time("10:30:00")', '@"10:30:00"'),
        ("time(10, 30, 0)", '@"10:30:00"'),
        ("time(10, 30, 1.5)", '@"10:30:01.5"'),
        ('time(10, 30, 0, duration("PT7H"))', '@"10:30:00+07:00"'),
        ("time(10, 30, 0, null)", '@"10:30:00"'),
        ("time(24, 0, 0)", "null"),
        ("time(10, 30, 60)", "null"),
        ('time("10:30:00@No/Where")', "null"),
        ('time("10:30:00+19:00")', "null"),
        ('time(@"2026-03-02T10:30:00Z")', '@"10:30:00Z"'),
        ('string(time(@"2026-03-02"))', '"00:00:00Z"'),
        ('date and time("2026-03-02")', '@"2026-03-02T00:00:00"'),
        ('date and time(@"2026-03-02", @"10:30:00Z")', '@"2026-03-02T10:30:00Z"'),
        ('date and time(@"2026-03-02T01:00:00", @"10:30:00")', '@"2026-03-02T10:30:00"'),
        ('date and time("2026-03-02 10:30:00")', "null"),
        ('duration("P1Y2M")', '@"P14M"'),
        ('duration("P1Y2D")', "null"),
        ('duration("P1D") instance of days and time duration', "true"),
        ('years and months duration(@"2011-12-22", @"2013-08-24")', '@"P1Y8M"'),
        ('years and months duration(@"2013-08-24", @"2011-12-22")', '@"-P1Y8M"'),
        ('years and months duration(@"2020-01-31", @"2020-02-29")', '@"P0M"'),
        ('day of year(@"2026-12-31")', "365"),
        ('day of week(@"2026-03-02")', '"Monday"'),
        ('month of year(@"2026-03-02T00:00:00")', '"March"'),
        ('week of year(@"2005-01-01")', "53"),
        ('week of year(@"2003-12-29")', "1"),
    ],
)
def test_dates_and_durations_are_made(source: str, expected: str, same: Callable[[str, str], None]) -> None:
    same(source, expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('@"2026-01-31" + @"P1M"', '@"2026-02-28"'),
        ('@"P1M" + @"2028-01-31"', '@"2028-02-29"'),
        ('@"2026-03-31" - @"P1M"', '@"2026-02-28"'),
        ('@"2026-03-02" + @"P1D"', '@"2026-03-03"'),
        ('@"2026-03-02" + @"PT36H"', '@"2026-03-03"'),
        ('@"2026-03-02" - @"PT1S"', '@"2026-03-01"'),
        ('@"2026-03-02T23:00:00" + @"PT2H"', '@"2026-03-03T01:00:00"'),
        ('@"2026-03-02T23:00:00Z" - @"P1D"', '@"2026-03-01T23:00:00Z"'),
        ('@"2026-03-02T10:00:00" + @"P1Y"', '@"2027-03-02T10:00:00"'),
        ('@"23:00:00" + @"PT2H"', '@"01:00:00"'),
        ('@"01:00:00+07:00" - @"PT2H"', '@"23:00:00+07:00"'),
        ('@"2026-03-02" - @"2026-02-28"', '@"P2D"'),
        ('@"2026-03-02T12:00:00Z" - @"2026-03-02"', '@"PT12H"'),
        ('@"2026-03-02T12:00:00" - @"2026-03-02"', "null"),
        ('@"2026-03-02T10:00:00+07:00" - @"2026-03-02T10:00:00Z"', '@"-PT7H"'),
        ('@"10:00:00" - @"09:30:00"', '@"PT30M"'),
        ('@"10:00:00Z" - @"09:30:00"', "null"),
        ('@"P1D" + @"PT1H"', '@"PT25H"'),
        ('@"P1Y" - @"P1M"', '@"P11M"'),
        ('@"P1D" + @"P1M"', "null"),
        ('@"P1D" * 1.5', '@"PT36H"'),
        ('2 * @"P1Y"', '@"P2Y"'),
        ('@"P1Y" / 2', '@"P6M"'),
        ('@"P1D" / @"PT12H"', "2"),
        ('@"P1Y" / @"P5M"', "2.4"),
        ('@"P1D" / 0', "null"),
        ('@"P1D" * @"P1D"', "null"),
        ('1 / @"P1D"', "null"),
        ('-@"P1D"', '@"-P1D"'),
        ('@"2026-03-02" + 1', "null"),
        ('@"2026-03-02" + @"2026-03-02"', "null"),
        ('@"P1D" - @"2026-03-02"', "null"),
        ('@"999999999-12-31" + @"P1D"', "null"),
        ('@"-999999999-01-01" - @"P1M"', "null"),
        ('@"0001-01-01" - @"P1D"', '@"0000-12-31"'),
        ('@"P999999999Y" * 1e20', "null"),
    ],
)
def test_calculating_with_dates_and_durations(source: str, expected: str, same: Callable[[str, str], None]) -> None:
    same(source, expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('@"2026-03-02".year', "2026"),
        ('@"2026-03-02".month', "3"),
        ('@"2026-03-02".day', "2"),
        ('@"2026-03-01".weekday', "7"),
        ('@"2026-03-02T10:20:30.5+07:00".second', "30.5"),
        ('@"2026-03-02T10:20:30+07:00".time offset', '@"PT7H"'),
        ('@"2026-03-02T10:20:30@Asia/Jakarta".time offset', '@"PT7H"'),
        ('@"2026-07-01T10:20:30@Europe/Paris".time offset', '@"PT2H"'),
        ('@"2026-03-02T10:20:30@Asia/Jakarta".timezone', '"Asia/Jakarta"'),
        ('@"2026-03-02T10:20:30".timezone', "null"),
        ('@"2026-03-02T10:20:30".time offset', "null"),
        ('@"10:20:30".hour', "10"),
        ('@"10:20:30".minute', "20"),
        ('@"P1Y14M".years', "2"),
        ('@"P1Y14M".months', "2"),
        ('@"-P1Y2M".months', "-2"),
        ('@"P1DT26H3M4.5S".days', "2"),
        ('@"P1DT26H3M4.5S".hours', "2"),
        ('@"P1DT26H3M4.5S".minutes', "3"),
        ('@"-P1DT26H".days', "-2"),
        ('@"P1D".years', "null"),
        ('@"2026-03-02".hour', "null"),
        ('[@"2026-03-02", @"2027-03-02"].year', "[2026, 2027]"),
    ],
)
def test_properties_of_dates_and_durations(source: str, expected: str, same: Callable[[str, str], None]) -> None:
    same(source, expected)


@pytest.mark.parametrize(
    "zone", ["localtime", "posixrules", "Factory", "../etc/passwd", "/etc/passwd", "Asia", "X" * 99]
)
def test_what_is_no_zone_of_the_world_is_null(zone: str, evaluate: Evaluate) -> None:
    assert evaluate("time(t)", t=f"10:00:00@{zone}") is None


def test_now_and_today_are_null_without_a_clock() -> None:
    found = compile_expression("[now(), today()]").evaluate_traced({})

    assert found.value == [None, None]
    assert found.warnings == ("Expected a clock for 'now', but none was given",)


def test_now_must_be_aware() -> None:
    with pytest.raises(ValueError, match="Expected an aware date-time as now"):
        compile_expression("now()").evaluate({}, now=datetime(2026, 1, 1))


# --- against the standard library and python-dateutil


@given(DAYS)
def test_days_are_counted_as_the_standard_library_counts_them(day: date) -> None:
    ordinal = days_from_civil(day.year, day.month, day.day)

    assert ordinal == (day - date(1970, 1, 1)).days
    assert str(civil_from_days(ordinal)) == day.isoformat()


@given(st.integers(-400_000_000_000, 400_000_000_000))
def test_every_day_is_found_again_from_its_number(ordinal: int) -> None:
    day = civil_from_days(ordinal)

    assert day is None or day.ordinal == ordinal
    assert day is not None or abs(ordinal) > 365_000_000_000


ADD = compile_expression("date(d) + duration(p)")
ADD_MOMENT = compile_expression("date and time(d) + duration(p)")
DIFFERENCE = compile_expression("date(a) - date(b)")
BETWEEN = compile_expression("years and months duration(date(a), date(b))")
PARTS = compile_expression("[date(d).weekday, week of year(date(d)), day of year(date(d))]")


@given(DAYS, st.integers(-1200, 1200))
def test_months_are_added_as_dateutil_adds_them(day: date, months: int) -> None:
    period = f"{'-' if months < 0 else ''}P{abs(months)}M"
    try:
        expected = day + relativedelta(months=months)
    except (ValueError, OverflowError):
        return

    assert str(ADD.evaluate({"d": day.isoformat(), "p": period})) == expected.isoformat()


@given(MOMENTS, st.integers(-(10**9), 10**9))
def test_seconds_are_added_as_dateutil_adds_them(moment: datetime, seconds: int) -> None:
    period = f"{'-' if seconds < 0 else ''}PT{abs(seconds)}S"

    found = ADD_MOMENT.evaluate({"d": moment.isoformat(), "p": period})

    assert str(found) == (moment + relativedelta(seconds=seconds)).isoformat()


@given(DAYS, DAYS)
def test_differences_are_those_of_the_standard_library(one: date, other: date) -> None:
    found = DIFFERENCE.evaluate({"a": one.isoformat(), "b": other.isoformat()})

    assert timedelta(microseconds=found.nanos // 1000) == one - other


@given(DAYS, DAYS)
def test_months_between_two_days_are_those_of_dateutil(start: date, end: date) -> None:
    found = BETWEEN.evaluate({"a": start.isoformat(), "b": end.isoformat()})

    # dateutil counts a month as whole when adding it, cut at the month's end, does not go beyond.
    delta = relativedelta(end, start)
    expected = delta.years * 12 + delta.months
    shortened = (start + relativedelta(months=expected)).day != start.day
    assert found.months == expected or shortened


@given(DAYS)
def test_weeks_and_weekdays_are_those_of_the_standard_library(day: date) -> None:
    found = PARTS.evaluate({"d": day.isoformat()})

    assert found == [day.isoweekday(), day.isocalendar().week, day.timetuple().tm_yday]


@given(MOMENTS.filter(lambda moment: 1900 < moment.year < 2100), st.sampled_from(["Europe/Paris", "Asia/Jakarta"]))
def test_offsets_of_zones_are_those_of_zoneinfo(moment: datetime, zone: str) -> None:
    from zoneinfo import ZoneInfo

    found = compile_expression("date and time(d).time offset").evaluate({"d": f"{moment.isoformat()}@{zone}"})

    delta = moment.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    assert delta is not None
    assert found.nanos == int(delta.total_seconds()) * 10**9


def test_a_text_after_an_at_sign_that_is_no_date_is_null_with_a_reason() -> None:
    found = compile_expression('@"foo"').evaluate_traced({})

    assert found.value is None
    assert found.warnings == ("Expected the text of a date, time or duration after '@', but found 'foo'",)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # Clocks in Paris were put forward at 02:00 on 2020-03-29 and back at 03:00 on 2020-10-25.
        ('@"2020-03-29T01:30:00@Europe/Paris" + @"PT1H"', "2020-03-29T03:30:00@Europe/Paris"),
        ('@"2020-03-29T03:30:00@Europe/Paris" - @"PT1H"', "2020-03-29T01:30:00@Europe/Paris"),
        ('@"2020-10-25T01:30:00@Europe/Paris" + @"P1D"', "2020-10-26T00:30:00@Europe/Paris"),
        ('@"2020-10-25T01:30:00@Europe/Paris" + @"P1M"', "2020-11-25T01:30:00@Europe/Paris"),
        ('@"2026-03-02T01:30:00@Asia/Jakarta" + @"PT23H"', "2026-03-03T00:30:00@Asia/Jakarta"),
        ('@"12020-06-29T01:30:00@Europe/Paris" + @"PT1H"', "12020-06-29T02:30:00@Europe/Paris"),
        ('@"2020-03-29T01:30:00+01:00" + @"PT1H"', "2020-03-29T02:30:00+01:00"),
        ('@"2020-03-29T01:30:00" + @"PT1H"', "2020-03-29T02:30:00"),
    ],
)
def test_a_duration_passes_in_a_zone_whatever_its_clock_does(source: str, expected: str, evaluate: Evaluate) -> None:
    assert str(evaluate(source)) == expected
