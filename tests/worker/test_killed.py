"""A worker that is killed while it carries cases over: the next one goes on, and no case goes twice or is left out."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import carryovers, instances, journal
from engine.access import Actor, OwnRole
from engine.database import reading
from engine.models import BulkStatus, CarriedCase, CarryOver, Instance, Job, JobKind, JournalEntry, Task, TaskStatus

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
CASES = 120
ROOT = Path(__file__).parents[2]
# A worker of its own process, whose clock is some minutes ahead: the lease of the one before it is over.
WORKER = """
import sys
from datetime import UTC, datetime, timedelta
from engine.database import connect
from worker.handlers import Handlers
from worker.pumps import MOVING, Limits, Pump

ahead = timedelta(minutes=int(sys.argv[2]))
handlers = Handlers(connect(sys.argv[1]), {}, lambda: datetime.now(UTC) + ahead)
Pump(handlers, MOVING, Limits(1, timedelta(minutes=2), timedelta(milliseconds=20))).run(lambda: False)
"""


@pytest.fixture
def requested(world: Any, user_task: Any) -> list[Any]:
    """Cases that are to go over to a second version, where their step is called otherwise."""
    world.deploy(BEGIN, user_task("check"), END)
    started = [world.start({"number": number}).instance_id for number in range(CASES)]
    world.deploy(BEGIN, user_task("verify"), END)
    head = Actor("hed", agency_id=world.agency, roles=frozenset({OwnRole.HEAD}))
    with world.sessions.begin() as session:
        carryovers.request(session, "permit", 1, 2, {"check": "verify"}, actor=head, now=world.now)
    return started


def _stand(world: Any) -> tuple[BulkStatus, int]:
    with reading(world.sessions) as session:
        found = session.scalars(select(CarryOver)).one()
        return found.status, found.position


def _work(world: Any, url: str, minutes: int, until: Callable[[], bool]) -> None:
    """Let a worker work until something is so, and kill it at that moment, whatever it is doing."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen([sys.executable, "-c", WORKER, url, str(minutes)], env=environment)
    try:
        deadline = time.monotonic() + 60
        while not until():
            assert worker.poll() is None, "the worker ended by itself"
            assert time.monotonic() < deadline, _stand(world)
            time.sleep(0.002)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def test_cases_are_carried_over_once_however_often_the_worker_is_killed(
    world: Any, requested: Any, database_url: str
) -> None:
    stands = []
    for turn, wanted in enumerate((1, 20, 40)):
        _work(world, database_url, 5 * turn, lambda wanted=wanted: _stand(world)[1] >= wanted)
        stands.append(_stand(world))
    _work(world, database_url, 5 * len(stands), lambda: _stand(world)[0] is BulkStatus.COMPLETED)

    assert [status for status, _position in stands] == [BulkStatus.RUNNING] * 3
    assert _stand(world) == (BulkStatus.COMPLETED, CASES)
    with world.sessions() as session:
        moved = select(JournalEntry.instance_id, func.count()).where(JournalEntry.kind == "instance.migrated")
        times = dict(session.execute(moved.group_by(JournalEntry.instance_id)).tuples().all())
        noted = session.scalars(select(CarriedCase.instance_id)).all()
        versions = session.scalars(select(Instance.version_id).distinct()).all()
        steps = session.scalars(select(Task.step).where(Task.status == TaskStatus.OPEN)).all()
        left = session.scalar(select(func.count()).where(Job.kind == JobKind.CARRY_OVER))
        broken = [each for each in requested if journal.verify(session, each) is not None]
        kept = [instances.look(session, each, lambda workflow: workflow.variables())["number"] for each in requested]
    assert times == dict.fromkeys(requested, 1)
    assert sorted(noted) == sorted(requested)
    assert (len(versions), steps, left, broken) == (1, ["verify"] * CASES, 0, [])
    assert kept == list(range(CASES))
