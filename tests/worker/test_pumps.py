"""Pumps do what is due, once, and leave nothing lost when something goes wrong."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import deliveries, jobs
from engine.models import Incident, Job, JobKind
from engine.settings import settings
from worker.pumps import CALLING, MOVING, Pump

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
CALLS = {
    "registry.lookup": {
        "title": {"id": "x", "en": "x"},
        "connector": "http",
        "method": "GET",
        "path": "/persons/{nik}",
        "errors": {"404": "NOT_FOUND"},
    }
}


def run_until(pump: Pump, done: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    pump.run(lambda: done() or time.monotonic() > end)
    assert done(), "the pump did not get there in time"


@pytest.fixture
def calling(world: Any, service_task: Any, user_task: Any) -> Any:
    """A case whose service step is called through the connector, begun now."""
    world.deploy(BEGIN, service_task("look_up"), user_task("check"), END, calls=CALLS)
    return lambda: world.start({"nik": "3171"}, now=datetime.now(UTC))


def test_a_service_call_is_made_and_its_step_goes_on(world: Any, calling: Any, pump_of: Any, system: Any) -> None:
    moved = calling()

    run_until(pump_of(), lambda: world.open_steps(moved.instance_id) == ["check"])

    assert [path for path, _key in system.asked] == ["/persons/3171"]
    assert world.variables(moved.instance_id)["found"] is True


def test_a_call_that_fails_is_tried_again_under_the_same_key(
    world: Any, calling: Any, pump_of: Any, system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.jobs._pause", lambda _job, _attempt: timedelta(milliseconds=30))
    system.answers = [(500, {}), (503, {})]
    moved = calling()

    run_until(pump_of(), lambda: world.open_steps(moved.instance_id) == ["check"])

    assert len(system.asked) == 3
    assert len({key for _path, key in system.asked}) == 1


def test_a_call_whose_tries_are_used_up_becomes_an_incident(
    world: Any, calling: Any, pump_of: Any, system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.jobs._pause", lambda _job, _attempt: timedelta(milliseconds=5))
    system.answers = [(500, {"detail": "broken"})] * 50
    moved = calling()

    def incidents() -> list[str]:
        with world.sessions() as session:
            query = select(Incident.message).where(Incident.instance_id == moved.instance_id)
            return list(session.scalars(query))

    run_until(pump_of(), lambda: len(incidents()) == 1)

    assert "found 500" in incidents()[0]


def test_a_declared_answer_is_a_business_error_and_no_failure(
    world: Any, service_task: Any, user_task: Any, pump_of: Any, system: Any
) -> None:
    catch = (
        '+<boundaryEvent id="unknown" attachedToRef="look_up"><errorEventDefinition errorRef="e"/></boundaryEvent>'
        '<sequenceFlow id="unknown_flow" sourceRef="unknown" targetRef="by_hand"/>'
        + user_task("by_hand")
        + '<endEvent id="other_end"/><sequenceFlow id="hand_flow" sourceRef="by_hand" targetRef="other_end"/>'
    )
    declared = '<error id="e" errorCode="NOT_FOUND"/>'
    world.deploy(BEGIN, service_task("look_up"), END, catch, declared=declared, calls=CALLS)
    system.answers = [(404, {"detail": "no such person"})]
    moved = world.start({"nik": "1"}, now=datetime.now(UTC))

    run_until(pump_of(), lambda: world.open_steps(moved.instance_id) == ["by_hand"])


def test_a_due_timer_fires_at_once(world: Any, user_task: Any, boundary: Any, pump_of: Any) -> None:
    world.deploy(BEGIN, user_task("check"), END, boundary("late", "check", "PT1S"))
    moved = world.start(now=datetime.now(UTC) - timedelta(seconds=0.5))
    began = time.monotonic()

    run_until(pump_of(MOVING), lambda: world.open_steps(moved.instance_id) == [])

    assert time.monotonic() - began < 5


def test_a_worker_that_dies_with_a_job_leaves_it_to_another(
    world: Any, calling: Any, pump_of: Any, system: Any
) -> None:
    moved = calling()
    with world.sessions.begin() as session:
        taken = jobs.claim(
            session,
            CALLING,
            owner="the one that dies",
            limit=1,
            lease=timedelta(milliseconds=200),
            now=datetime.now(UTC),
        )

    run_until(pump_of(), lambda: world.open_steps(moved.instance_id) == ["check"])

    assert len(taken) == 1
    assert len(system.asked) == 1
    assert world.journal(moved.instance_id).count("job.completed") == 1


def test_two_pumps_share_the_work_and_do_nothing_twice(world: Any, calling: Any, pump_of: Any, system: Any) -> None:
    started = [calling() for _ in range(12)]
    pumps = [pump_of(), pump_of()]
    end = time.monotonic() + 20

    def all_there() -> bool:
        return all(world.open_steps(moved.instance_id) == ["check"] for moved in started)

    threads = [
        threading.Thread(target=pump.run, args=(lambda: all_there() or time.monotonic() > end,)) for pump in pumps
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    keys = [key for _path, key in system.asked]
    assert all_there()
    assert len(keys) == len(set(keys)) == 12
    with world.sessions() as session:
        assert session.scalars(select(Job).where(Job.kind == JobKind.CALL)).all() == []


def test_a_pump_goes_on_after_the_database_was_away(
    world: Any, calling: Any, pump_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pump = pump_of()
    working = pump._claim
    troubles = iter([RuntimeError("the database is away")] * 2)

    def claim(limit: int) -> Any:
        for trouble in troubles:
            raise trouble
        return working(limit)

    monkeypatch.setattr(pump, "_claim", claim)
    moved = calling()

    run_until(pump, lambda: world.open_steps(moved.instance_id) == ["check"])


def test_what_is_told_of_a_webhook_that_is_gone_ends_without_an_incident(
    world: Any, user_task: Any, pump_of: Any
) -> None:
    with world.sessions.begin() as session:
        hook, _secret = deliveries.add_webhook(
            session, world.agency, "https://example.org", [], created_by="t", now=world.now
        )
    world.deploy(BEGIN, user_task("check"), END)
    world.start(now=datetime.now(UTC))
    with world.sessions.begin() as session:
        deliveries.remove_webhook(session, hook.id, world.agency, actor="t", now=world.now)

    def left() -> tuple[int, int]:
        with world.sessions() as session:
            counts = [session.scalar(select(func.count()).select_from(kind)) for kind in (Job, Incident)]
            return counts[0], counts[1]

    before = left()
    run_until(pump_of(), lambda: left() == (0, 0))

    assert before == (1, 0)


def test_a_webhook_of_the_own_network_is_told_where_the_operator_allows_it(
    world: Any, user_task: Any, pump_of: Any, system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALUR_WEBHOOKS_PRIVATE", "1")
    settings.cache_clear()
    with world.sessions.begin() as session:
        address = f"http://127.0.0.1:{system.port}/told"
        deliveries.add_webhook(session, world.agency, address, [], created_by="t", now=world.now)
    world.deploy(BEGIN, user_task("check"), END)
    moved = world.start(now=datetime.now(UTC))

    run_until(pump_of(), lambda: len(system.asked) == 1)
    settings.cache_clear()

    assert system.asked == [("/told", f"{moved.instance_id}:1")]
