from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from engine import calendars
from engine.calendars import Calendar, Day
from engine.database import Sessions, uuid7
from engine.errors import NotFound
from engine.models import Agency, CalendarStatus, DayKind

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 1, 5, 3, tzinfo=UTC)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
CALENDARS = st.builds(
    Calendar,
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
    calendar = Calendar(ZoneInfo("Asia/Jayapura"))

    assert calendar.start_of(date(2026, 3, 2)) == datetime(2026, 3, 1, 15, tzinfo=UTC)
    assert calendar.end_of(date(2026, 3, 2)) == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert calendar.local_day(datetime(2026, 3, 2, 14, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert calendar.local_day(datetime(2026, 3, 2, 15, tzinfo=UTC)) == date(2026, 3, 3)


def test_a_calendar_without_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected at least one weekday"):
        Calendar(JAKARTA, weekdays=frozenset())


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions.begin() as session:
        yield session


def agency_named(session: Session, code: str, zone: str = "Asia/Jakarta") -> UUID:
    agency = Agency(id=uuid7(NOW), code=code, name=code, parent_id=None, time_zone=zone, active=True, created_at=NOW)
    session.add(agency)
    session.flush()
    return agency.id


def test_the_seed_has_public_holidays_and_collective_leave(session: Session) -> None:
    agency = agency_named(session, "PUSAT")

    seeded = calendars.seed(session, [2026, 2027, 2028], actor="admin", now=NOW)

    calendar = calendars.calendar_of(session, agency)
    assert seeded == [2026, 2027, 2028]
    assert calendar.days_off[date(2026, 3, 21)].startswith("Hari Raya Idul Fitri")
    assert date(2026, 3, 24) in calendar.days_off
    assert calendar.add_working_days(date(2026, 3, 16), 5) == date(2026, 3, 30)
    assert sum(calendar.is_working(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)) == 240


def test_only_a_year_with_a_checked_decree_is_seeded_as_confirmed(session: Session) -> None:
    agency = agency_named(session, "PUSAT")

    calendars.seed(session, [2026, 2027], actor="admin", now=NOW)

    calendar = calendars.calendar_of(session, agency)
    assert calendar.is_confirmed(date(2026, 1, 1), date(2026, 12, 31))
    assert not calendar.is_confirmed(date(2026, 12, 1), date(2027, 1, 5))
    assert not calendar.is_confirmed(date(2030, 1, 1), date(2030, 1, 5))


def test_a_year_is_seeded_only_once(session: Session) -> None:
    calendars.seed(session, [2026], actor="admin", now=NOW)

    assert calendars.seed(session, [2026], actor="admin", now=NOW) == []


def test_confirming_succeeds_a_calendar_with_the_same_days(session: Session) -> None:
    agency = agency_named(session, "PUSAT")
    calendars.seed(session, [2027], actor="admin", now=NOW)
    before = calendars.calendar_of(session, agency)

    confirmed = calendars.confirm(session, None, 2027, source="SKB 2027", actor="admin", now=NOW)

    after = calendars.calendar_of(session, agency)
    assert (confirmed.number, confirmed.source) == (2, "SKB 2027")
    assert after.days_off == before.days_off
    assert (before.confirmed, after.confirmed) == (frozenset(), {2027})
    assert (before.versions, after.versions) == (("national 2027/1",), ("national 2027/2",))


def test_a_year_without_a_calendar_cannot_be_confirmed(session: Session) -> None:
    with pytest.raises(NotFound, match="Expected a calendar for 2031"):
        calendars.confirm(session, None, 2031, source="SKB", actor="admin", now=NOW)


def test_an_agency_lays_its_own_days_over_the_nations(session: Session) -> None:
    own, other = agency_named(session, "BALI"), agency_named(session, "JABAR")
    calendars.seed(session, [2026], actor="admin", now=NOW)

    days = {
        date(2026, 6, 17): Day(DayKind.HOLIDAY, "Galungan"),
        date(2026, 5, 15): Day(DayKind.WORKING, "Tukar hari"),
    }
    calendars.put(session, own, 2026, days, source="SE Gubernur", actor="admin", now=NOW)

    theirs, usual = calendars.calendar_of(session, own), calendars.calendar_of(session, other)
    assert [theirs.is_working(day) for day in (date(2026, 6, 17), date(2026, 5, 15))] == [False, True]
    assert [usual.is_working(day) for day in (date(2026, 6, 17), date(2026, 5, 15))] == [True, False]
    assert 2026 not in theirs.confirmed
    assert theirs.versions == ("national 2026/1", "BALI 2026/1")


def test_an_office_of_six_days_works_on_saturdays_that_are_no_holidays(session: Session) -> None:
    agency = agency_named(session, "PUSKESMAS")
    calendars.seed(session, [2026], actor="admin", now=NOW)

    calendars.put(
        session,
        agency,
        2026,
        {},
        weekdays=range(6),
        status=CalendarStatus.CONFIRMED,
        source="SK Wali Kota",
        actor="admin",
        now=NOW,
    )

    calendar = calendars.calendar_of(session, agency)
    ordinary_saturday, idulfitri, next_year = date(2026, 3, 7), date(2026, 3, 21), date(2027, 1, 9)
    assert [calendar.is_working(day) for day in (ordinary_saturday, idulfitri, next_year)] == [True, False, True]
    assert 2026 in calendar.confirmed


def test_a_day_of_another_year_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="Expected days of 2026, found 2027-01-01"):
        calendars.put(
            session, None, 2026, {date(2027, 1, 1): Day(DayKind.HOLIDAY, "x")}, source="x", actor="admin", now=NOW
        )


def test_an_unknown_agency_has_no_calendar(session: Session) -> None:
    with pytest.raises(NotFound, match="there is no such agency"):
        calendars.calendar_of(session, uuid7(NOW))
