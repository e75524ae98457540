"""Timers of instances and of legal terms."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import timers
from engine.errors import NotPossibleNow
from engine.models import Job, JobKind, JournalEntry, Task, TaskStatus

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'
MINUTE = timedelta(minutes=1)


@pytest.fixture
def limited(world, user_task, boundary):
    """Deploys a process whose task is withdrawn after a minute."""
    world.deploy(BEGIN, user_task("check"), END, boundary("late", "check", "PT60S"))


def test_a_due_timer_withdraws_the_task_it_interrupts(world, limited):
    moved = world.start()

    (ended,) = world.fire_timers(world.now + MINUTE)

    assert ended.status == "completed"
    kinds = ["instance.started", "timer.fired", "task.withdrawn", "instance.completed"]
    assert world.journal(moved.instance_id) == kinds
    with world.sessions() as session:
        task = session.get_one(Task, moved.tasks[0])
        assert (task.status, task.withdrawn_because) == (TaskStatus.WITHDRAWN, "timer.fired late")


def test_a_timer_does_not_fire_before_it_is_due(world, limited):
    world.start()

    assert world.fire_timers(world.now + MINUTE - timedelta(microseconds=1)) == []


def test_a_timer_goes_when_its_step_is_done(world, limited):
    moved = world.start()

    world.complete(moved.tasks[0])

    with world.sessions() as session:
        assert session.scalars(select(Job)).all() == []


def test_a_timer_whose_step_was_done_after_it_was_taken_does_nothing(world, limited):
    moved = world.start()
    (job,) = world.claim(JobKind.TIMER, now=world.now + MINUTE)
    world.complete(moved.tasks[0])

    with world.sessions.begin() as session:
        fired = timers.fire(session, job, now=world.now + MINUTE)

    assert fired is None
    assert world.journal(moved.instance_id) == ["instance.started", "task.completed", "instance.completed"]


def test_a_timer_that_was_moved_to_later_after_it_was_taken_waits_on(world, limited):
    world.start()
    (job,) = world.claim(JobKind.TIMER, now=world.now + MINUTE)
    later = world.now + 3 * MINUTE
    with world.sessions.begin() as session:
        session.execute(update(Job).values(due_at=later, available_at=later))

    with world.sessions.begin() as session:
        fired = timers.fire(session, job, now=world.now + MINUTE)

    assert fired is None
    assert world.claim(JobKind.TIMER, now=world.now + 2 * MINUTE) == []
    assert len(world.fire_timers(later)) == 1


def test_a_worker_that_lost_its_lease_does_not_fire_a_timer_twice(world, limited):
    world.start()
    (lost,) = world.claim(JobKind.TIMER, now=world.now + MINUTE)
    world.claim(JobKind.TIMER, now=world.now + 3 * MINUTE, owner="w2")

    with pytest.raises(NotPossibleNow, match="under 2"), world.sessions.begin() as session:
        timers.fire(session, lost, now=world.now + 3 * MINUTE)


TERM = {
    "title": {"id": "x", "en": "x"},
    "amount": 2,
    "unit": "calendar_days",
    "starts": {"entered": "check"},
    "ends": {"completed": "check"},
    "warn": {"before": 1},
    "silence": "none",
    "law": {"basis": "law", "article": "4", "status": "confirmed"},
}
DAY = timedelta(days=1)


@pytest.fixture
def termed(world, user_task, boundary):
    """Deploys a process with a legal term of two days, whose end withdraws the task."""
    late = boundary("late", "check", "PT1S").replace(
        "timeDuration>PT1S</timeDuration", "timeDate>=term.answer.due</timeDate"
    )
    world.deploy(BEGIN, user_task("check"), END, late, terms={"answer": TERM})


def test_a_task_without_a_due_time_of_its_own_is_due_when_the_law_says(world, termed):
    moved = world.start()

    with world.sessions() as session:
        due = session.get_one(Task, moved.tasks[0]).due_at

    # The day of the start does not count: Monday 2 March, two days, the end of Wednesday in Jakarta.
    assert due.isoformat() == "2026-03-04T17:00:00+00:00"
    assert world.journal(moved.instance_id) == ["instance.started", "term.started"]


def test_the_warning_and_the_end_of_a_term_are_journalled_when_they_come(world, termed):
    moved = world.start()

    _reach_terms(world, world.now + 2 * DAY)
    _reach_terms(world, world.now + 3 * DAY)

    kinds = ["instance.started", "term.started", "term.warned", "term.breached"]
    assert world.journal(moved.instance_id) == kinds


def _reach_terms(world, at):
    for job in world.claim(JobKind.TERM, now=at):
        with world.sessions.begin() as session:
            timers.reach(session, job, now=at)


def test_a_timer_that_waits_for_a_term_fires_when_the_term_is_due(world, termed):
    moved = world.start()

    early = world.fire_timers(world.now + 2 * DAY)
    (ended,) = world.fire_timers(world.now + 3 * DAY)

    assert early == []
    assert ended.status == "completed"
    with world.sessions() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "timer.fired")).one()
        assert session.scalars(select(Job)).all() == []
    assert (entry.instance_id, entry.step) == (moved.instance_id, "late")


def test_a_term_that_ends_in_time_leaves_no_job(world, termed):
    moved = world.start()

    world.complete(moved.tasks[0])

    assert "term.ended" in world.journal(moved.instance_id)
    with world.sessions() as session:
        assert session.scalars(select(Job)).all() == []
