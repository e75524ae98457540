"""No cliffs: long, deep, wide and looping models run in steps that grow with their size; endless ones are stopped."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.bpmn.definition import Definition, Limits
from engine.bpmn.specs import Step
from engine.bpmn.workflow import Workflow

Start = Callable[..., Any]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def work_of() -> Callable[[Callable[[], object]], int]:
    """Count the function calls that an act makes: a measure of work that does not depend on the machine."""

    def count(act: Callable[[], object]) -> int:
        calls = 0

        def notice(_frame: object, event: str, _argument: object) -> None:
            nonlocal calls
            if event in ("call", "c_call"):
                calls += 1

        sys.setprofile(notice)
        try:
            act()
        finally:
            sys.setprofile(None)
        return calls

    return count


def _row(length: int) -> str:
    names = " -> ".join(f"n{number}" for number in range(length))
    return f"s -> {names} -> e\ns: start\ne: end"


def test_two_thousand_steps_in_a_row_run_in_linear_work(
    compiled: Callable[..., Definition], work_of: Callable[[Callable[[], object]], int]
) -> None:
    short, long = compiled(_row(200)), compiled(_row(2000))

    few = work_of(lambda: Workflow.start(short, {}, now=NOON))
    many = work_of(lambda: Workflow.start(long, {}, now=NOON))

    assert many < few * 10.5


def test_the_twenty_thousandth_pass_of_a_loop_costs_what_the_tenth_costs(
    compiled: Callable[..., Definition], work_of: Callable[[Callable[[], object]], int]
) -> None:
    text = "s -> m -> a -> x\nx -> m if n < 50000\nx -> e else\ns: start\nm: xor\nx: xor\na: user\ne: end"
    workflow = Workflow.start(compiled(text), {"n": 0}, now=NOON)
    sizes, costs = {}, {}

    for number in range(1, 20_001):
        (wait,) = workflow.waits()
        if number in (10, 20_000):
            costs[number] = work_of(lambda token=wait.token: workflow.complete(token, {"n": 1}, now=NOON))  # type: ignore[misc]
            sizes[number] = len(workflow.dump())
        else:
            workflow.complete(wait.token, {"n": 1}, now=NOON)
        workflow.take_changes()

    assert costs[20_000] == costs[10]
    assert sizes[20_000] <= sizes[10] + 10


def test_five_thousand_passes_of_a_loop_without_a_wait_end(run: Start) -> None:
    case = run(
        "s -> m -> a -> x\nx -> m if n < 5000\nx -> e else\ns: start\nm: xor\nx: xor\ne: end\n"
        "a: script do='=n + 1' to=n",
        {"n": 0},
    )

    assert case.is_completed
    assert case.data == {"n": 5000}


def test_a_loop_without_a_wait_and_without_end_is_stopped_and_named_and_the_rest_goes_on(run: Start) -> None:
    case = run(
        "s -> f\nf -> m -> a -> x\nx -> m if n > 0\nx -> e else\nf -> b -> c\n"
        "s: start\nf: and\nm: xor\nx: xor\na: script do='=n + 1' to=n\ne: end\nb: user\nc: user",
        {"n": 1},
        limits=Limits(steps=1000),
    )

    (incident,) = case.incidents
    assert incident.kind == "loop"
    assert "a, m, x" in incident.message
    assert case.open == ["b"]
    case.complete("b")
    assert case.open == ["c"]
    case.set(n=-1000).retry()
    case.complete("c")
    assert case.is_completed


def test_tokens_that_multiply_without_end_are_stopped(run: Start) -> None:
    case = run("s -> m -> a\na -> m\na -> m\ns: start\nm: xor", limits=Limits(tokens=100))

    assert case.incidents
    assert {incident.kind for incident in case.incidents} == {"loop"}
    assert "at most 100 tokens" in case.incidents[0].message
    assert len(case.workflow.tokens) < 300


def test_an_endless_repetition_of_an_activity_is_stopped(run: Start) -> None:
    case = run("s -> a\ns: start\na: script do='=1' to=n loop='=true'", limits=Limits(steps=500))

    assert case.incidents[0].kind == "loop"
    assert "a" in case.incidents[0].message


def test_thirty_pairs_of_splits_and_joins_after_another_run_in_linear_work(
    compiled: Callable[..., Definition], work_of: Callable[[Callable[[], object]], int]
) -> None:
    def pairs(count: int) -> str:
        lines = ["s -> f0", "s: start"]
        for number in range(count):
            lines += [f"f{number}: and", f"j{number}: and", f"j{number} -> f{number + 1}"]
            lines += [f"f{number} -> {way}{number} -> j{number}" for way in "abc"]
        return "\n".join(lines)

    few, many = compiled(pairs(10)), compiled(pairs(30))

    least = work_of(lambda: Workflow.start(few, {}, now=NOON))
    most = work_of(lambda: Workflow.start(many, {}, now=NOON))

    assert most < least * 3.3


def test_nested_loops_with_joins_run_to_their_end(run: Start) -> None:
    case = run(
        """
        s -> mo -> fo
        fo -> mi -> fi
        fi -> a -> ji
        fi -> b -> ji
        ji -> xi
        xi -> mi if n < 20 * (m + 1)
        xi -> jo else
        fo -> c -> jo
        jo -> d -> xo
        xo -> mo if m < 20
        xo -> e else
        s: start
        mo: xor
        fo: and
        mi: xor
        fi: and
        a: script do='=n + 1' to=n
        ji: and
        xi: xor
        jo: and
        d: script do='=m + 1' to=m
        xo: xor
        e: end
        """,
        {"n": 0, "m": 0},
    )

    assert case.is_completed
    assert case.data == {"n": 400, "m": 20}
    assert (case.times("ji"), case.times("jo")) == (400, 20)


def test_a_thousand_parallel_instances_run_in_linear_work(
    compiled: Callable[..., Definition], work_of: Callable[[Callable[[], object]], int]
) -> None:
    definition = compiled(
        "s -> a -> e\ns: start\na: user each='=items' as=item into=results from='=got'\ne: end",
    )

    def all_of_it(count: int) -> None:
        workflow = Workflow.start(definition, {"items": list(range(count))}, now=NOON)
        for wait in workflow.waits():
            workflow.complete(wait.token, {"got": wait.token}, now=NOON)
        assert workflow.variables()["results"] == sorted(workflow.variables()["results"])

    few = work_of(lambda: all_of_it(100))
    many = work_of(lambda: all_of_it(1000))

    assert many < few * 10.5


def test_a_join_of_a_thousand_tokens_takes_linear_work(
    compiled: Callable[..., Definition], work_of: Callable[[Callable[[], object]], int]
) -> None:
    text = "s -> a -> b -> o -> e\nb -> y -> x -> o\ns: start\na: task completion_quantity={}\nb: user\no: or\ne: end"

    def all_of_it(count: int) -> None:
        workflow = Workflow.start(compiled(text.format(count)), {}, now=NOON)
        for wait in workflow.waits():
            workflow.complete(wait.token, {}, now=NOON)

    few = work_of(lambda: all_of_it(100))
    many = work_of(lambda: all_of_it(1000))

    assert many < few * 11


def test_fifty_nested_sub_processes_run(run: Start) -> None:
    lines = ["s -> w0", "s: start"]
    for depth in range(50):
        lines += [f"w{depth}: sub {{", f"s{depth} -> w{depth + 1}", f"s{depth}: start"]
    lines += ["w50: user", *["}"] * 50]

    case = run("\n".join(lines))

    assert case.open == ["w50"]
    assert case.complete("w50").is_completed


def test_data_that_a_loop_nests_ever_deeper_is_an_incident(run: Start) -> None:
    box: Any = 1
    for _ in range(190):
        box = [box]

    case = run(
        "s -> m -> a -> m2 -> x\nx -> m if n < 5000\nx -> e else\ns: start\nm: xor\nx: xor\n"
        "a: script do='=[box]' to=box\nm2: script do='=n + 1' to=n\ne: end",
        {"n": 0, "box": box},
    )

    assert case.data["n"] < 20
    assert case.incidents[0].kind in ("limit", "expression")


def test_steps_are_shared_and_never_changed_by_an_instance(compiled: Callable[..., Definition]) -> None:
    definition = compiled(
        "s -> f\nf -> a -> j\nf -> b -> j\nj -> e\nwatch: sub event {\ngo -> c\ngo: start message=m\n}\n"
        "s: start\nf: and\nj: or\na: user\nb: user\ne: end"
    )
    first = Workflow.start(definition, {}, now=NOON)
    first.complete(first.waits()[1].token, {}, now=NOON)
    before = {name: _inside(step) for name, step in definition.task_specs.items()}

    for _ in range(3):
        workflow = Workflow.start(definition, {}, now=NOON)
        message = next(wait for wait in workflow.waits() if wait.name == "m")
        workflow.deliver_message(message.token, {}, now=NOON)

    assert {name: _inside(step) for name, step in definition.task_specs.items()} == before


def _inside(step: Step) -> dict[str, str]:
    return {name: repr(value) for name, value in vars(step).items()}
