"""How long steps take that no person does: read from the journals of cases, with sub-processes and called processes."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import durations, jobs
from engine.access import SYSTEM, Actor, OwnRole
from engine.durations import Duration
from engine.errors import NotAllowed
from engine.models import JobKind, Task

CALLS = {"registry.lookup": {"title": {"id": "x", "en": "x"}, "connector": "http"}}
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
HOUR = timedelta(hours=1)


@pytest.fixture
def deployed(world: Any, user_task: Any, service_task: Any) -> Any:
    """A process with a call of another system, a person, and a sub-process around another call."""
    inner = (
        '<startEvent id="in"/><sequenceFlow id="f1" sourceRef="in" targetRef="again"/>'
        + service_task("again")
        + '<sequenceFlow id="f2" sourceRef="again" targetRef="out"/><endEvent id="out"/>'
    )
    world.deploy(
        *(BEGIN, service_task("ask"), user_task("check"), f'<subProcess id="inside">{inner}</subProcess>', END),
        calls=CALLS,
    )
    return world


def answer_calls(world: Any, at: Any) -> None:
    """Let the other system answer all that it was asked."""
    for job in world.claim(JobKind.CALL, now=at):
        with world.sessions.begin() as session:
            jobs.complete(session, job.id, job.fence, {}, actor=SYSTEM, now=at)


def found(world: Any, **more: Any) -> dict[str, Duration]:
    options = {"since": world.now, "now": world.now + 90 * HOUR, **more}
    with world.sessions() as session:
        listed = durations.durations(session, world.heni, "permit", **options)
    return {one.step: one for one in listed}


def test_calls_sub_processes_and_people_are_measured_beside_each_other(deployed: Any) -> None:
    case = deployed.start({})
    answer_calls(deployed, deployed.now + 2 * HOUR)
    with deployed.sessions() as session:
        task = session.scalars(select(Task.id).where(Task.instance_id == case.instance_id)).one()
    deployed.complete(task, now=deployed.now + 5 * HOUR)
    answer_calls(deployed, deployed.now + 9 * HOUR)

    steps = found(deployed)

    assert {step: (one.median, one.done, one.is_task) for step, one in steps.items()} == {
        "ask": (2.0, 1, False),
        "check": (3.0, 1, True),
        "again": (4.0, 1, False),
        "inside": (4.0, 1, False),
    }


def test_what_waits_for_another_system_is_counted_and_what_ended_before_is_not(deployed: Any) -> None:
    deployed.start({})
    answer_calls(deployed, deployed.now + 2 * HOUR)
    for _ in range(2):
        deployed.start({})

    waiting = found(deployed)["ask"]
    later = found(deployed, since=deployed.now + 3 * HOUR)["ask"]

    assert (waiting.done, waiting.waiting, waiting.overdue) == (1, 2, 0)
    assert (later.done, later.median, later.waiting) == (0, None, 2)


def test_nine_of_ten_were_faster(deployed: Any) -> None:
    for hours in range(1, 11):
        deployed.start({})
        answer_calls(deployed, deployed.now + hours * HOUR)

    ask = found(deployed)["ask"]

    assert (ask.done, ask.median, ask.slow) == (10, 5.5, 9.0)


def test_the_steps_of_a_called_process_are_named_with_it(world: Any, service_task: Any) -> None:
    world.deploy(BEGIN, service_task("inner"), END, process_id="called", calls=CALLS)
    call = (
        '<callActivity id="hand"><extensionElements><zeebe:calledElement processId="called"/></extensionElements>'
        "</callActivity>"
    )
    called = world.package(BEGIN, service_task("inner"), END, process_id="called").files["called.bpmn"]
    world.deploy(BEGIN, call, END, calls=CALLS, files={"called.bpmn": called})
    world.start({})
    answer_calls(world, world.now + HOUR)

    assert {step: one.median for step, one in found(world).items()} == {"hand": 1.0, "called:inner": 1.0}


def test_another_agency_and_who_is_no_head_read_nothing(deployed: Any) -> None:
    deployed.start({})
    answer_calls(deployed, deployed.now + HOUR)
    stranger = Actor("s", agency_id=deployed.other_agency, roles=frozenset({OwnRole.HEAD}))
    with deployed.sessions() as session:
        asked = {"since": deployed.now, "now": deployed.now}
        assert durations.durations(session, stranger, "permit", **asked) == []
        with pytest.raises(NotAllowed):
            durations.durations(session, deployed.budi, "permit", **asked)
