from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import accounts, calendars, definitions, instances, jobs, journal, terms, timers
from engine.access import SYSTEM
from engine.archives import write_zip
from engine.calendars import Day, Draft
from engine.cli.templates import template
from engine.database import Sessions, uuid7
from engine.models import Agency, CalendarStatus, DayKind, Job, JobKind, JournalEntry, Task, TaskStatus
from engine.packages import read_package

NOW = datetime(2026, 4, 6, 3, tzinfo=UTC)  # Monday morning in Jakarta
DATA = {"applicant": {"name": "Siti", "nik": "3273014107900001"}, "subject": "Data"}


def case_of(sessions: Sessions) -> UUID:
    """Start a case of the small package, due on Monday 13 April."""
    with sessions.begin() as session:
        agency = uuid7(NOW)
        session.add(
            Agency(
                id=agency,
                code="PUSAT",
                name="x",
                parent_id=None,
                time_zone="Asia/Jakarta",
                active=True,
                created_at=NOW,
            )
        )
        session.flush()
        calendars.seed(session, [2026], actor="system", now=NOW)
        package = read_package(write_zip(template("data_request")))
        version = definitions.deploy(session, package, actor=SYSTEM, now=NOW)
        definitions.approve(session, version.id, actor=SYSTEM, now=NOW)
        moved = instances.start(session, "data_request", DATA, agency_id=agency, actor=SYSTEM, now=NOW)
    return moved.instance_id


def declare_a_holiday(session: Session, day: date) -> None:
    days = {day: Day(DayKind.HOLIDAY, "Pilkada")}
    agency = session.scalars(select(Agency.id)).one()
    confirmed = CalendarStatus.CONFIRMED
    calendars.put(session, agency, 2026, days, status=confirmed, source="SK", actor="admin", now=NOW)


def kinds(session: Session, case: UUID) -> list[str]:
    query = select(JournalEntry.kind).where(JournalEntry.instance_id == case).order_by(JournalEntry.sequence)
    return list(session.scalars(query))


def test_a_new_holiday_moves_term_timer_and_task_and_is_journalled(sessions: Sessions) -> None:
    case = case_of(sessions)

    with sessions.begin() as session:
        declare_a_holiday(session, date(2026, 4, 8))
        moved = instances.recount(session, case, actor=SYSTEM, now=NOW)

    midnight = datetime(2026, 4, 14, 17, tzinfo=UTC)
    with sessions.begin() as session:
        state = terms.latest_states(session, case)["decision"]
        timer = session.scalars(select(Job.due_at).where(Job.instance_id == case, Job.kind == JobKind.TIMER)).one()
        task = session.scalars(select(Task.due_at).where(Task.instance_id == case)).one()
        assert moved
        assert state.moments is not None
        assert (state.moments.due_on, state.moments.due_at) == (date(2026, 4, 14), midnight)
        assert (timer, task) == (midnight, midnight)
        assert kinds(session, case)[-1] == "term.recounted"
        assert journal.verify(session, case) is None


def test_a_draft_foresees_what_storing_it_moves_and_moves_nothing_itself(sessions: Sessions) -> None:
    case = case_of(sessions)
    day = date(2026, 4, 8)
    with sessions() as session:
        agency = session.scalars(select(Agency.id)).one()
        draft = Draft(
            agency_id=agency,
            year=2026,
            days={day: Day(DayKind.HOLIDAY, "Pilkada")},
            weekdays=None,
            status=CalendarStatus.CONFIRMED,
        )
        foreseen = terms.foresee(session, draft)
        before = terms.latest_states(session, case)["decision"].moments

    with sessions.begin() as session:
        declare_a_holiday(session, day)
        instances.recount(session, case, actor=SYSTEM, now=NOW)
        after = terms.latest_states(session, case)["decision"].moments
    assert before is not None
    assert after is not None
    (shift,) = foreseen.shifts
    assert (foreseen.counted, foreseen.moved) == (1, 1)
    assert (shift.instance_id, shift.term, shift.before, shift.after) == (case, "decision", before.due_on, after.due_on)
    assert (before.due_on, after.due_on) == (date(2026, 4, 13), date(2026, 4, 14))


def test_a_year_that_is_no_longer_confirmed_unsettles_the_terms_that_reach_into_it(sessions: Sessions) -> None:
    case_of(sessions)
    with sessions() as session:
        found = calendars.stored(session, None, 2026)
        assert found is not None
        draft = Draft(agency_id=None, year=2026, days=found[1], weekdays=None, status=CalendarStatus.DRAFT)
        foreseen = terms.foresee(session, draft)

    assert (foreseen.counted, foreseen.moved, foreseen.settled, foreseen.unsettled) == (1, 0, 0, 1)


def test_a_holiday_after_the_term_moves_nothing(sessions: Sessions) -> None:
    case = case_of(sessions)

    with sessions.begin() as session:
        declare_a_holiday(session, date(2026, 4, 20))
        moved = instances.recount(session, case, actor=SYSTEM, now=NOW)
        assert not moved
        assert "term.recounted" not in kinds(session, case)


@pytest.mark.parametrize(("day", "noted"), [(10, "term.warned"), (14, "term.breached")])
def test_the_clock_reaches_the_marks_of_a_term(sessions: Sessions, day: int, noted: str) -> None:
    case = case_of(sessions)
    at = datetime(2026, 4, day, 1, tzinfo=UTC)

    for _ in range(5):
        with sessions.begin() as session:
            for job in jobs.claim(session, [JobKind.TERM], owner="test", limit=9, lease=at - NOW, now=at):
                timers.reach(session, job, now=at)

    with sessions.begin() as session:
        assert noted in kinds(session, case)
        assert journal.verify(session, case) is None


def test_the_model_catches_that_its_term_has_passed(sessions: Sessions) -> None:
    case = case_of(sessions)
    too_early, due = datetime(2026, 4, 13, 16, 59, 59, tzinfo=UTC), datetime(2026, 4, 13, 17, tzinfo=UTC)

    opened = []
    for at in (too_early, due):
        with sessions.begin() as session:
            for job in jobs.claim(session, [JobKind.TIMER], owner="test", limit=9, lease=at - NOW, now=at):
                timers.fire(session, job, now=at)
        with sessions.begin() as session:
            query = select(Task.step).where(Task.instance_id == case, Task.status == TaskStatus.OPEN)
            opened.append(sorted(session.scalars(query)))

    assert opened == [["decide"], ["decide", "remind"]]


def test_a_case_that_is_handed_over_is_counted_by_the_other_agencys_calendar_and_zone(sessions: Sessions) -> None:
    case = case_of(sessions)

    with sessions.begin() as session:
        other = accounts.create_agency(session, "PAPUA", "Papua", time_zone="Asia/Jayapura", actor="t", now=NOW)
        days = {date(2026, 4, 8): Day(DayKind.HOLIDAY, "Hari Pekabaran Injil")}
        calendars.put(session, other.id, 2026, days, source="SK", actor="admin", now=NOW)
        instances.hand_over(session, case, other.id, actor=SYSTEM, now=NOW, reason="theirs")

    midnight = datetime(2026, 4, 14, 15, tzinfo=UTC)
    with sessions.begin() as session:
        state = terms.latest_states(session, case)["decision"]
        timer = session.scalars(select(Job.due_at).where(Job.instance_id == case, Job.kind == JobKind.TIMER)).one()
        task = session.scalars(select(Task).where(Task.instance_id == case)).one()
        assert state.moments is not None
        assert (state.moments.due_on, state.moments.due_at) == (date(2026, 4, 14), midnight)
        assert (timer, task.due_at, task.order_at, task.agency_id) == (midnight, midnight, midnight, other.id)
        assert kinds(session, case)[-2:] == ["instance.handed_over", "term.recounted"]
        assert journal.verify(session, case) is None
