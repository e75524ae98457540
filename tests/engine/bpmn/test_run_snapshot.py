"""The stored state: small, exact, the same again, and never of another format or process."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.bpmn.definition import Definition
from engine.bpmn.waits import WorkflowStatus
from engine.bpmn.workflow import Workflow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROW = "s -> a -> b -> e\ns: start\na: user\nb: user\ne: end"


def test_a_sequential_instance_needs_at_most_three_hundred_bytes_beside_its_data(
    compiled: Callable[..., Definition],
) -> None:
    text = "start_event -> register_the_application -> e\nlate -> x\n" + (
        "start_event: start\nregister_the_application: user groups='=[\"registry\"]'\n"
        "late: boundary on=register_the_application timeDuration=P10D beside\ne: end"
    )
    data = {"applicant": {"name": "Siti"}, "number": 17}

    workflow = Workflow.start(compiled(text), data, now=NOON)

    assert len(workflow.dump()) - len(json.dumps(data)) <= 300


def test_a_state_is_the_same_after_loading_and_storing_again(compiled: Callable[..., Definition]) -> None:
    definition = compiled(
        "s -> f\nf -> a -> j\nf -> w -> j\nj -> e\nt -> a\nw: sub {\nq -> b\nq: start\nb: user each='=[1, 2]' as=i\n}\n"
        "t: boundary on=w timeCycle=R5/PT1H beside\ns: start\nf: and\nj: and\na: user\ne: end"
    )
    workflow = Workflow.start(definition, {"x": [1, {"y": None}]}, now=NOON)
    workflow.complete(workflow.waits()[0].token, {}, now=NOON)

    state = workflow.dump()

    assert Workflow.load(definition, state).dump() == state
    assert Workflow.load(definition, state).waits() == workflow.waits()


def test_an_ended_instance_keeps_its_status_and_variables(compiled: Callable[..., Definition]) -> None:
    definition = compiled(ROW)
    workflow = Workflow.start(definition, {"n": 1}, now=NOON)
    workflow.cancel(now=NOON)

    again = Workflow.load(definition, workflow.dump())

    assert again.status is WorkflowStatus.CANCELLED
    assert again.variables() == {"n": 1}
    assert again.waits() == []


def test_types_that_are_equal_but_not_the_same_are_kept(compiled: Callable[..., Definition]) -> None:
    definition = compiled(ROW)
    data: dict[str, Any] = {"yes": True, "one": 1, "float": 1.0, "text": "1", "none": None, "typename": "x"}
    workflow = Workflow.start(definition, data, now=NOON)

    again = Workflow.load(definition, workflow.dump()).variables()

    assert {name: (type(value), value) for name, value in again.items()} == {
        name: (type(value), value) for name, value in data.items()
    }


@pytest.mark.parametrize(
    ("state", "found"),
    [(b'{"v":99}', "format"), (b'{"v":2,"n":1,"k":["gone"],"t":[]}', "gone"), (b"[]", "format"), (b"x", "JSON")],
)
def test_a_state_of_another_format_or_process_is_refused(
    compiled: Callable[..., Definition], state: bytes, found: str
) -> None:
    with pytest.raises(ValueError, match=found):
        Workflow.load(compiled(ROW), state)


def test_another_compilation_of_the_same_process_reads_a_state(compiled: Callable[..., Definition]) -> None:
    workflow = Workflow.start(compiled(ROW), {}, now=NOON)

    again = Workflow.load(compiled("z -> e\nz: user\n" + ROW), workflow.dump())

    assert [wait.step for wait in again.waits()] == ["a"]
    again.complete(again.waits()[0].token, {}, now=NOON)
    assert [wait.step for wait in again.waits()] == ["b"]


def test_incidents_survive_storing(compiled: Callable[..., Definition]) -> None:
    definition = compiled("s -> x\nx -> a if n > 0\nx -> b if n < 0\ns: start\nx: xor\na: user")
    workflow = Workflow.start(definition, {"n": 0}, now=NOON)
    (incident,) = workflow.take_changes().incidents

    again = Workflow.load(definition, workflow.dump())
    again.set_variables(0, {"n": 1}, now=NOON)
    again.retry(incident.token, now=NOON)

    assert [wait.step for wait in again.waits()] == ["a"]
    assert again.take_changes().resolved == [incident.token]


def test_a_state_with_huge_numbers_is_read_back_exactly(compiled: Callable[..., Definition]) -> None:
    definition = compiled(ROW)
    workflow = Workflow.start(definition, {"n": 2**200, "m": -(2**64), "x": 0.1}, now=NOON)

    assert Workflow.load(definition, workflow.dump()).variables() == {"n": 2**200, "m": -(2**64), "x": 0.1}
