from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendars import Calendar
from engine.manifest import Unit
from engine.terms import Pause, Run, moments, used

JAKARTA = ZoneInfo("Asia/Jakarta")
JAYAPURA = ZoneInfo("Asia/Jayapura")
# The days off around Idulfitri 2026: 18 to 24 March are off, five of them weekdays.
IDULFITRI = {date(2026, 3, day): "libur" for day in range(18, 25)}
CALENDAR = Calendar(JAKARTA, days_off=IDULFITRI, confirmed=frozenset({2026}))


def local(text: str, zone: ZoneInfo = JAKARTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def run_of(amount: int, started: str, unit: Unit = Unit.WORKING_DAYS, **more: object) -> Run:
    return replace(Run(unit, amount, local(started)), **more)  # type: ignore[arg-type]


def test_ten_working_days_from_a_monday_end_with_the_second_monday_after() -> None:
    result = moments(run_of(10, "2026-03-02T10:00"), CALENDAR)

    assert result is not None
    assert result.due_on == date(2026, 3, 16)
    assert result.due_at == local("2026-03-17T00:00")


def test_joint_holidays_are_no_working_days() -> None:
    result = moments(run_of(5, "2026-03-16T08:00"), CALENDAR)

    assert result is not None
    assert result.due_on == date(2026, 3, 30)


@pytest.mark.parametrize("started", ["2026-03-06T00:00", "2026-03-06T23:59", "2026-03-07T12:00", "2026-03-08T23:59"])
def test_a_term_that_starts_on_friday_or_in_the_weekend_counts_from_monday(started: str) -> None:
    result = moments(run_of(1, started), CALENDAR)

    assert result is not None
    assert result.due_on == date(2026, 3, 9)


def test_the_day_is_the_agencys_own() -> None:
    late_evening_in_jakarta = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)

    west = moments(Run(Unit.WORKING_DAYS, 1, late_evening_in_jakarta), CALENDAR)
    east = moments(Run(Unit.WORKING_DAYS, 1, late_evening_in_jakarta), replace(CALENDAR, zone=JAYAPURA))

    assert west is not None
    assert east is not None
    assert (west.due_on, west.due_at) == (date(2026, 3, 3), datetime(2026, 3, 3, 17, tzinfo=UTC))
    assert (east.due_on, east.due_at) == (date(2026, 3, 4), datetime(2026, 3, 4, 15, tzinfo=UTC))


def test_a_six_day_week_counts_saturdays() -> None:
    result = moments(run_of(6, "2026-03-02T10:00"), replace(CALENDAR, weekdays=frozenset(range(6))))

    assert result is not None
    assert result.due_on == date(2026, 3, 9)


def test_calendar_days_count_every_day() -> None:
    result = moments(run_of(30, "2026-03-02T10:00", Unit.CALENDAR_DAYS), CALENDAR)

    assert result is not None
    assert result.due_on == date(2026, 4, 1)


def test_clock_hours_count_from_the_moment() -> None:
    result = moments(run_of(72, "2026-03-20T10:15", Unit.CLOCK_HOURS, warn_before=24, escalate_after=1), CALENDAR)

    assert result is not None
    assert result.due_at == local("2026-03-23T10:15")
    assert result.warn_at == local("2026-03-22T10:15")
    assert result.escalate_at == local("2026-03-23T11:15")


def test_a_warning_comes_with_the_morning_of_the_day_so_many_days_before() -> None:
    result = moments(run_of(10, "2026-03-02T10:00", warn_before=2), CALENDAR)

    assert result is not None
    assert result.warn_at == local("2026-03-12T00:00")


def test_a_warning_longer_than_the_term_comes_at_once() -> None:
    result = moments(run_of(2, "2026-03-02T10:00", warn_before=5), CALENDAR)

    assert result is not None
    assert result.warn_at == local("2026-03-02T10:00")


def test_escalation_counts_from_the_due_day() -> None:
    at_once = moments(run_of(10, "2026-03-02T10:00", escalate_after=0), CALENDAR)
    later = moments(run_of(10, "2026-03-02T10:00", escalate_after=2), CALENDAR)

    assert at_once is not None
    assert later is not None
    assert at_once.escalate_at == at_once.due_at
    assert later.escalate_at == local("2026-03-26T00:00")


def test_a_pause_moves_the_due_day_by_the_working_days_it_took() -> None:
    stopped = run_of(10, "2026-03-02T10:00").stopped(local("2026-03-04T09:00"))

    standing = moments(stopped, CALENDAR)
    resumed = moments(stopped.resumed(local("2026-03-06T15:00")), CALENDAR)

    assert standing is None
    assert resumed is not None
    assert resumed.due_on == date(2026, 3, 25)


def test_a_clock_that_stops_and_runs_again_on_one_day_moves_nothing() -> None:
    run = run_of(10, "2026-03-02T10:00").stopped(local("2026-03-04T09:00")).resumed(local("2026-03-04T16:00"))

    assert moments(run, CALENDAR) == moments(run_of(10, "2026-03-02T10:00"), CALENDAR)


def test_a_clock_that_stops_after_the_term_is_used_up_moves_nothing() -> None:
    run = run_of(2, "2026-03-02T10:00").stopped(local("2026-03-05T09:00"))

    result = moments(run, CALENDAR)

    assert result is not None
    assert result.due_on == date(2026, 3, 4)


def test_hours_stand_while_the_clock_stands() -> None:
    run = run_of(10, "2026-03-02T10:00", Unit.CLOCK_HOURS).stopped(local("2026-03-02T12:00"))

    resumed = moments(run.resumed(local("2026-03-05T12:30")), CALENDAR)

    assert moments(run, CALENDAR) is None
    assert resumed is not None
    assert resumed.due_at == local("2026-03-05T20:30")


@pytest.mark.parametrize(("started", "due"), [("2026-03-06T10:00", 6), ("2026-03-07T10:00", 9)])
def test_a_term_of_no_days_ends_with_the_same_or_the_next_working_day(started: str, due: int) -> None:
    result = moments(run_of(0, started, warn_before=0), CALENDAR)

    assert result is not None
    assert result.due_on == date(2026, 3, due)
    assert result.warn_at == local(started)


def test_an_extension_adds_working_days() -> None:
    result = moments(run_of(10, "2026-03-02T10:00").extended(7), CALENDAR)

    assert result is not None
    assert result.due_on == date(2026, 4, 1)


def test_a_term_that_reaches_into_a_year_without_a_decree_is_flagged() -> None:
    within = moments(run_of(5, "2026-12-01T10:00"), CALENDAR)
    beyond = moments(run_of(30, "2026-12-01T10:00"), CALENDAR)
    in_plain_days = moments(run_of(60, "2026-12-01T10:00", Unit.CALENDAR_DAYS), CALENDAR)

    assert within is not None
    assert beyond is not None
    assert in_plain_days is not None
    assert (within.is_confirmed, beyond.is_confirmed, in_plain_days.is_confirmed) == (True, False, True)


@pytest.mark.parametrize("stopped_twice", [True, False])
def test_a_clock_cannot_stop_twice_or_resume_unstopped(stopped_twice: bool) -> None:
    run = run_of(10, "2026-03-02T10:00")
    at = local("2026-03-03T10:00")

    with pytest.raises(ValueError, match="Expected a term whose clock"):
        run.stopped(at).stopped(at) if stopped_twice else run.resumed(at)


DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
CALENDARS = st.builds(
    Calendar,
    zone=st.sampled_from([JAKARTA, ZoneInfo("Asia/Makassar"), JAYAPURA]),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    days_off=st.dictionaries(DAYS, st.just("off"), max_size=120),
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 6, 30), timezones=st.just(UTC))


def by_hand(run: Run, calendar: Calendar) -> date | None:
    """Tick the days off one by one, as a clerk does with a calendar on the wall."""
    day, left = run.started_at.astimezone(calendar.zone).date(), run.amount + run.added
    while left:
        day += timedelta(days=1)
        stands = stands_on(day, run, calendar)
        if stands == "for good":
            return None
        if is_counted(day, run, calendar) and not stands:
            left -= 1
    return day


def is_counted(day: date, run: Run, calendar: Calendar) -> bool:
    return run.unit is Unit.CALENDAR_DAYS or (day.weekday() in calendar.weekdays and day not in calendar.days_off)


def stands_on(day: date, run: Run, calendar: Calendar) -> str:
    for pause in run.pauses:
        since = pause.since.astimezone(calendar.zone).date()
        if pause.until is None and since < day:
            return "for good"
        if pause.until is not None and since < day <= pause.until.astimezone(calendar.zone).date():
            return "for a while"
    return ""


@st.composite
def runs(draw: st.DrawFn) -> Run:
    started = draw(MOMENTS)
    hours = sorted(draw(st.lists(st.integers(0, 24 * 90), max_size=6)))
    marks = [started + timedelta(hours=count) for count in hours]
    pauses = [Pause(*marks[at : at + 2]) for at in range(0, len(marks), 2)]
    unit = draw(st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS]))
    return Run(unit, draw(st.integers(1, 40)), started, added=draw(st.integers(0, 10)), pauses=tuple(pauses))


@given(runs(), CALENDARS)
def test_the_due_day_is_what_a_clerk_counts_by_hand(run: Run, calendar: Calendar) -> None:
    result = moments(run, calendar)

    assert (result.due_on if result else None) == by_hand(run, calendar)


@given(runs(), CALENDARS, st.integers(0, 50), st.integers(0, 50))
def test_moments_come_in_order_and_within_the_agencys_days(
    run: Run, calendar: Calendar, before: int, after: int
) -> None:
    run = replace(run, warn_before=before, escalate_after=after)

    result = moments(run, calendar)

    if result is not None:
        assert result.warn_at is not None
        assert result.escalate_at is not None
        assert run.started_at <= result.warn_at < result.due_at <= result.escalate_at
        assert result.due_at.astimezone(calendar.zone).hour == 0


@given(runs(), CALENDARS)
def test_an_extension_never_brings_a_term_forward(run: Run, calendar: Calendar) -> None:
    before, after = moments(run, calendar), moments(run.extended(3), calendar)

    assert after is None or (before is not None and before.due_at <= after.due_at)


@given(MOMENTS, st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), max_size=4), st.integers(0, 300))
def test_hours_run_only_while_the_clock_runs(started: datetime, spans: list[tuple[int, int]], amount: int) -> None:
    run, at, running = Run(Unit.CLOCK_HOURS, amount, started), started, 0
    for runs_for, stands_for in spans:
        at += timedelta(hours=runs_for)
        running += runs_for
        run = run.stopped(at)
        at += timedelta(hours=stands_for)
        run = run.resumed(at)

    result = moments(run, CALENDAR)

    assert result is not None
    stood = sum(
        ((pause.until or at) - pause.since for pause in run.pauses if pause.since < result.due_at), start=timedelta()
    )
    assert result.due_at - started == timedelta(hours=amount) + stood


@pytest.mark.parametrize(
    ("ended", "days"),
    [("2026-03-02T23:59", 0), ("2026-03-03T00:00", 1), ("2026-03-08T12:00", 4), ("2026-03-16T15:00", 10)],
)
def test_what_was_used_of_a_term_counts_the_days_after_its_start(ended: str, days: int) -> None:
    assert used(run_of(10, "2026-03-02T10:00"), CALENDAR, local(ended)) == days


def test_nothing_is_used_while_the_clock_stands() -> None:
    pause = Pause(local("2026-03-03T09:00"), local("2026-03-10T09:00"))

    assert used(run_of(10, "2026-03-02T10:00", pauses=(pause,)), CALENDAR, local("2026-03-12T09:00")) == 3


def test_an_hour_that_was_begun_is_used_and_pauses_are_not() -> None:
    pause = Pause(local("2026-03-02T11:00"), local("2026-03-02T15:00"))
    run = run_of(24, "2026-03-02T10:00", Unit.CLOCK_HOURS, pauses=(pause,))

    assert used(run, CALENDAR, local("2026-03-02T10:00")) == 0
    assert used(run, CALENDAR, local("2026-03-02T12:00")) == 1
    assert used(run, CALENDAR, local("2026-03-02T16:30")) == 3


@given(st.integers(0, 30), st.integers(0, 60 * 24 * 40))
def test_a_term_is_kept_exactly_as_long_as_no_more_than_it_gives_was_used(amount: int, minutes: int) -> None:
    run = run_of(amount, "2026-03-09T10:00")
    at = run.started_at + timedelta(minutes=minutes)
    result = moments(run, CALENDAR)

    assert result is not None
    if amount:
        assert (used(run, CALENDAR, at) > amount) == (at >= calendar_morning_after(result.due_on))


def calendar_morning_after(day: date) -> datetime:
    """The beginning of the next working day: until then no more was used."""
    return CALENDAR.start_of(CALENDAR.next_working(day + timedelta(days=1)))
