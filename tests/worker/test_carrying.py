"""The worker carries cases over, shown by Prefect or not, and goes on where another broke off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import carryovers, jobs
from engine.access import Actor, OwnRole
from engine.models import BulkStatus, CarryOver, Job, JobKind
from worker import carrying
from worker.runs import Report

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'


@pytest.fixture
def requested(world: Any, user_task: Any) -> Any:
    """Three cases that are to go over."""
    world.deploy(BEGIN, user_task("check"), END)
    started = [world.start() for _ in range(3)]
    world.deploy(BEGIN, user_task("verify"), END)
    head = Actor("hed", agency_id=world.agency, roles=frozenset({OwnRole.HEAD}))
    with world.sessions.begin() as session:
        carryovers.request(session, "permit", 1, 2, {"check": "verify"}, actor=head, now=world.now)
    return [each.instance_id for each in started]


def outcome(world: Any) -> tuple[Any, ...]:
    with world.sessions() as session:
        found = session.scalars(select(CarryOver)).one()
        return found.status, found.position, session.scalar(select(func.count()).where(Job.kind == JobKind.CARRY_OVER))


def carried_out(world: Any, stop: Callable[[], bool] = lambda: False) -> None:
    with world.sessions.begin() as session:
        kinds, lease = [JobKind.CARRY_OVER], timedelta(seconds=30)
        job = jobs.claim(session, kinds, owner="w", limit=1, lease=lease, now=datetime.now(UTC))[0]
    carrying.carry_out(world.sessions, job, clock=lambda: datetime.now(UTC), stop=stop)


def test_a_worker_that_stops_gives_it_back_and_the_next_one_goes_on(world: Any, requested: Any) -> None:
    carried_out(world, stop=lambda: True)
    first = outcome(world)
    carried_out(world)

    assert first == (BulkStatus.RUNNING, 1, 1)
    assert outcome(world) == (BulkStatus.COMPLETED, 3, 0)
    assert [world.open_steps(each) for each in requested] == [["verify"]] * 3


@pytest.mark.usefixtures("requested")
def test_a_worker_that_died_is_followed_by_another(world: Any) -> None:
    def dies() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carried_out(world, stop=dies)
    with world.sessions.begin() as session:
        later = datetime.now(UTC) + timedelta(minutes=3)
        kinds, lease = [JobKind.CARRY_OVER], timedelta(minutes=5)
        job = jobs.claim(session, kinds, owner="other", limit=1, lease=lease, now=later)[0]
    carrying.carry_out(world.sessions, job, clock=lambda: later, stop=lambda: False)

    assert outcome(world) == (BulkStatus.COMPLETED, 3, 0)


@pytest.mark.usefixtures("requested")
def test_progress_is_reported_to_what_shows_it(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[tuple[int, int]] = []

    def show(_key: str, work: Callable[[Report], int]) -> None:
        work(lambda done, total: reports.append((done, total)))

    monkeypatch.setattr(carrying, "_show", show)
    carried_out(world)

    assert reports == [(1, 3), (2, 3), (3, 3)]
