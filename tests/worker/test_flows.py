"""What Prefect schedules: retention and tidying, called as functions."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.models import Instance, Removal
from worker.flows import SCHEDULE, forget, remove_expired


def test_a_case_is_destroyed_when_its_retention_has_ended_and_that_is_recorded(world: Any, user_task: Any) -> None:
    world.deploy('<startEvent id="begin"/>', user_task("check"), '<endEvent id="end"/>')
    moved = world.start()
    world.complete(moved.tasks[0])

    too_early = remove_expired(world.sessions, world.now + timedelta(days=365 * 4))
    removed = remove_expired(world.sessions, world.now + timedelta(days=365 * 5 + 3))

    with world.sessions() as session:
        records = session.scalars(select(Removal)).all()
        left = session.scalars(select(Instance)).all()
    assert (too_early, removed, left) == (0, 1, [])
    assert [record.instance_id for record in records] == [moved.instance_id]


def test_what_is_over_is_forgotten(world: Any, now: Any) -> None:
    assert forget(world.sessions, now) == 0


@pytest.mark.parametrize("name", SCHEDULE)
def test_every_flow_is_scheduled_and_described(name: str) -> None:
    assert SCHEDULE[name].every is not None
    assert SCHEDULE[name].flow.fn.__doc__
