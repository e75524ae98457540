from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendars import Calendar

JAKARTA = ZoneInfo("Asia/Jakarta")
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
CALENDARS = st.builds(
    Calendar,
    name=st.just("any"),
    version=st.just(1),
    zone=st.just(JAKARTA),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    days_off=st.dictionaries(DAYS, st.just("off"), max_size=200),
)


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_the_nth_working_day_is_the_first_day_with_n_working_days_behind(
    calendar: Calendar, start: date, amount: int
) -> None:
    end = calendar.add_working_days(start, amount)

    assert calendar.is_working(end)
    assert calendar.count_working_days(start, end) == amount
    assert calendar.count_working_days(start, end - timedelta(days=1)) == amount - 1


def test_a_day_begins_and_ends_at_local_midnight() -> None:
    calendar = Calendar("east", 1, ZoneInfo("Asia/Jayapura"))

    assert calendar.start_of(date(2026, 3, 2)) == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert calendar.end_of(date(2026, 3, 2)) == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert calendar.local_day(datetime(2026, 3, 2, 14, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert calendar.local_day(datetime(2026, 3, 2, 15, tzinfo=UTC)) == date(2026, 3, 3)


def test_a_calendar_without_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected working weekdays"):
        Calendar("never", 1, JAKARTA, weekdays=frozenset())
