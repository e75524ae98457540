"""The worker starts the lines of a file, shown by Prefect or not, and goes on where another broke off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import bulk, jobs
from engine.bulk import Line
from engine.models import BulkStart, BulkStatus, Instance, Job, JobKind
from worker import bulk as working
from worker.bulk import Report

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'


@pytest.fixture
def requested(world: Any, user_task: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(working, "BATCH", 2)
    world.deploy(BEGIN, user_task("check"), END)
    with world.sessions.begin() as session:
        return bulk.request(
            session,
            "permit",
            [Line({"n": number}) for number in range(5)],
            agency_id=world.agency,
            actor=world.siti,
            now=world.now,
        )


def outcome(world: Any) -> tuple[Any, ...]:
    with world.sessions() as session:
        found = session.scalars(select(BulkStart)).one()
        open_jobs = session.scalar(select(func.count()).where(Job.kind == JobKind.BULK))
        return found.status, found.position, session.scalar(select(func.count()).select_from(Instance)), open_jobs


def taken(world: Any) -> Any:
    with world.sessions.begin() as session:
        return jobs.claim(
            session, [JobKind.BULK], owner="w", limit=1, lease=timedelta(seconds=30), now=datetime.now(UTC)
        )[0]


def carried_out(world: Any, stop: Callable[[], bool] = lambda: False) -> None:
    working.carry_out(world.sessions, taken(world), clock=lambda: datetime.now(UTC), stop=stop)


@pytest.mark.usefixtures("requested")
def test_a_worker_that_stops_gives_the_file_back_and_the_next_one_goes_on(world: Any) -> None:
    carried_out(world, stop=lambda: True)
    first = outcome(world)
    carried_out(world)

    assert first == (BulkStatus.RUNNING, 2, 2, 1)
    assert outcome(world) == (BulkStatus.COMPLETED, 5, 5, 0)


@pytest.mark.usefixtures("requested")
def test_progress_is_reported_to_what_shows_it(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[tuple[int, int]] = []

    def show(_bulk_id: str, work: Callable[[Report], int]) -> None:
        work(lambda done, total: reports.append((done, total)))

    monkeypatch.setattr(working, "_show", show)
    carried_out(world)

    assert reports == [(2, 5), (4, 5), (5, 5)]
    assert outcome(world) == (BulkStatus.COMPLETED, 5, 5, 0)


@pytest.mark.usefixtures("requested")
def test_the_lines_are_started_also_while_nothing_can_show_them(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def show(_bulk_id: str, _work: Callable[[Report], int]) -> None:
        raise ConnectionError("Prefect's server is away")

    monkeypatch.setattr(working, "_show", show)
    carried_out(world)

    assert outcome(world) == (BulkStatus.COMPLETED, 5, 5, 0)
