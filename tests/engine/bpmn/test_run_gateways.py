"""Gateways and flows: splits, joins, conditions, defaults, and joins inside loops (BPMN 2.0.2, 13.2.1 and 13.4)."""

from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]


def test_a_sequence_runs_from_start_to_end(run: Start) -> None:
    case = run("s -> a -> b -> e\ns: start\ne: end\na: user\nb: user")

    case.complete("a").complete("b")

    assert case.is_completed
    assert case.completed == ["s", "a", "b", "e", "p"]
    assert case.flows == ["s_a", "a_b", "b_e"]


def test_an_exclusive_gateway_takes_the_first_true_flow(run: Start) -> None:
    text = "s -> x\nx -> a if n > 1\nx -> b if n > 0\nx -> c else\ns: start\nx: xor"

    taken = {n: run(text, {"n": n}).flows[-1] for n in (2, 1, 0)}

    assert taken == {2: "x_a", 1: "x_b", 0: "x_c"}


def test_an_exclusive_gateway_without_a_true_flow_is_an_incident_and_not_an_end(run: Start) -> None:
    case = run("s -> x\nx -> a if n > 1\ns: start\nx: xor\nx -> b if n < 0\na: user", {"n": 0})

    assert case.incidents[0].kind == "no-flow"
    assert "n > 1" in case.incidents[0].message
    assert not case.is_completed

    case.set(n=5).retry()

    assert case.open == ["a"]
    assert case.resolved == [case.incidents[0].token]
    assert case.times("x") == 1


@pytest.mark.parametrize("value", [None, "yes", 1])
def test_a_condition_that_is_not_boolean_is_an_incident_and_never_false(run: Start, value: Any) -> None:
    case = run("s -> x\nx -> a if ok\nx -> b else\ns: start\nx: xor\na: user", {"ok": value})

    assert case.incidents[0].kind == "expression"
    assert case.open == []

    case.set(ok=True).retry()

    assert case.open == ["a"]


def test_parallel_branches_wait_for_each_other(run: Start) -> None:
    case = run("s -> f -> a -> j -> c\nf -> b -> j\ns: start\nf: and\nj: and\na: user\nb: user\nc: user")

    assert case.open == ["a", "b"]
    case.complete("a")
    assert case.open == ["b"]
    case.complete("b")

    assert case.open == ["c"]
    assert case.times("j") == 1


def test_a_parallel_join_takes_one_token_of_each_flow_and_keeps_the_others(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> a -> m
        f -> b -> m
        f -> c -> j
        m -> j -> e
        s: start
        f: and
        m: xor
        j: and
        a: user
        b: user
        c: user
        e: user
        """
    )

    case.complete("a").complete("b").complete("c")

    assert case.times("j") == 1
    assert case.incidents[-1].kind == "deadlock"
    assert case.open == ["e"]


def test_a_parallel_join_that_can_never_be_complete_is_an_incident(run: Start) -> None:
    case = run("s -> x\nx -> a if n > 0\nx -> b else\na -> j\nb -> j\nj -> e\ns: start\nx: xor\nj: and", {"n": 1})

    assert [incident.kind for incident in case.incidents] == ["deadlock"]
    assert case.incidents[0].step == "j"
    assert not case.is_completed


def test_conditions_on_flows_that_leave_a_parallel_gateway_mean_nothing(run: Start) -> None:
    case = run("s -> f\nf -> a if 1 > 2\nf -> b\ns: start\nf: and\na: user\nb: user")

    assert case.open == ["a", "b"]


def test_a_join_inside_a_loop_never_fires_early(run: Start) -> None:
    case = run(
        """
        s -> m -> f
        f -> a -> j
        f -> b -> j
        j -> x
        x -> m if n < 3
        x -> e else
        s: start
        m: xor
        f: and
        j: and
        x: xor
        a: user
        b: user
        e: end
        """,
        {"n": 0},
    )

    for number in range(1, 4):
        case.complete("b", n=number)
        assert case.open == ["a"]
        case.complete("a")

    assert case.is_completed
    assert case.times("j") == 3


@pytest.mark.parametrize(
    ("n", "opened"),
    [(0, ["c"]), (1, ["a"]), (2, ["a", "b"])],
)
def test_an_inclusive_gateway_takes_every_true_flow_else_the_default(run: Start, n: int, opened: list[str]) -> None:
    case = run(
        "s -> o\no -> a if n > 0\no -> b if n > 1\no -> c else\ns: start\no: or\na: user\nb: user\nc: user", {"n": n}
    )

    assert case.open == opened


def test_an_inclusive_gateway_without_a_true_flow_is_an_incident(run: Start) -> None:
    case = run("s -> o\no -> a if n > 0\no -> b if n > 1\ns: start\no: or", {"n": 0})

    assert case.incidents[0].kind == "no-flow"


def test_an_inclusive_join_waits_for_those_that_can_still_come(run: Start) -> None:
    case = run(
        """
        s -> o
        o -> a if n > 0
        o -> b if n > 1
        o -> c if n > 2
        a -> j
        b -> j
        c -> j
        j -> e
        s: start
        o: or
        j: or
        a: user
        b: user
        c: user
        e: user
        """,
        {"n": 2},
    )

    case.complete("a")
    assert case.open == ["b"]
    case.complete("b")

    assert case.open == ["e"]
    assert case.times("j") == 1


def test_an_inclusive_join_goes_on_when_the_other_branch_ends_elsewhere(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> a -> j
        f -> b -> x
        x -> j if ok
        x -> gone else
        j -> e
        s: start
        f: and
        x: xor
        j: or
        a: user
        b: user
        gone: end
        e: user
        """
    )

    case.complete("a")
    assert case.open == ["b"]
    case.complete("b", ok=False)

    assert case.open == ["e"]


LATE = """
s -> f
f -> a -> j
j -> e
late: boundary on=b timeDuration=PT1H
s: start
f: and
j: or
a: user
b: user
gone: end
e: user
"""


def test_an_inclusive_join_goes_on_when_the_other_branch_is_withdrawn(run: Start) -> None:
    case = run(LATE + "f -> b -> j\nlate -> gone")

    case.complete("a").fire("late")

    assert case.open == ["e"]


def test_an_inclusive_join_waits_for_a_token_that_may_come_from_a_boundary_event(run: Start) -> None:
    case = run(LATE + "f -> b -> gone\nlate -> j")

    case.complete("a")
    assert case.open == ["b", "late"]
    case.fire("late")

    assert case.open == ["e"]


def test_an_inclusive_join_does_not_wait_for_a_token_that_would_first_come_over_a_flow_that_has_one(
    run: Start,
) -> None:
    case = run(
        """
        s -> f
        f -> m -> a -> j
        f -> c -> m
        j -> e
        x -> j if false
        a -> x
        s: start
        f: and
        m: xor
        x: xor
        x -> gone else
        j: or
        c: user
        gone: end
        e: user
        """
    )

    assert case.open == ["c", "e"]


def test_an_inclusive_join_inside_a_loop_counts_each_pass_anew(run: Start) -> None:
    case = run(
        """
        s -> m -> o
        o -> a if n >= 0
        o -> b if n > 0
        a -> j
        b -> j
        j -> x
        x -> m if n < 3
        x -> e else
        s: start
        m: xor
        o: or
        j: or
        x: xor
        a: user
        b: user
        e: end
        """,
        {"n": 0},
    )

    case.complete("a", n=1)
    for number in (2, 3):
        assert case.open == ["a", "b"]
        case.complete("b").complete("a", n=number)

    assert case.is_completed
    assert case.times("j") == 3


def test_a_complex_gateway_goes_on_at_its_condition_and_swallows_the_rest(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> a -> g
        f -> b -> g
        f -> c -> g
        g -> e
        s: start
        f: and
        g: complex activation="=activationCount >= 2"
        a: user
        b: user
        c: user
        e: user
        """
    )

    case.complete("a")
    assert case.open == ["b", "c"]
    case.complete("b")
    assert case.open == ["c", "e"]
    case.complete("c")
    assert case.open == ["e"]
    case.complete("e")

    assert case.is_completed
    assert case.times("e") == 1


def test_a_complex_gateway_starts_over_after_its_second_phase(run: Start) -> None:
    case = run(
        """
        s -> m -> f
        f -> a -> g
        f -> b -> g
        g -> x
        x -> m if n < 2
        x -> e else
        s: start
        m: xor
        f: and
        x: xor
        g: complex activation="=activationCount >= 1"
        a: user
        b: user
        e: end
        """,
        {"n": 0},
    )

    case.complete("a", n=1).complete("b")
    assert case.open == ["a", "b"]
    case.complete("b", n=2).complete("a")

    assert case.is_completed


def test_an_activation_condition_that_fails_is_an_incident_that_can_be_tried_again(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> a -> g
        f -> b -> g
        g -> e
        s: start
        f: and
        g: complex activation="=activationCount >= wanted"
        b: user
        e: user
        """
    )

    assert [incident.step for incident in case.incidents] == ["g"]

    case.set(wanted=1).retry()

    assert case.open == ["b", "e"]


def test_a_gateway_can_join_and_split_at_once(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> a -> g
        f -> b -> g
        g -> c
        g -> d
        s: start
        f: and
        g: and
        a: user
        b: user
        c: user
        d: user
        """
    )

    case.complete("a").complete("b")

    assert case.open == ["c", "d"]


def test_several_flows_out_of_a_step_are_all_taken(run: Start) -> None:
    case = run("s -> a\na -> b\na -> c\ns: start\nb: user\nc: user")

    assert case.open == ["b", "c"]


def test_several_flows_into_a_step_start_it_once_for_each_token(run: Start) -> None:
    case = run("s -> f\nf -> a -> c\nf -> b -> c\ns: start\nf: and\nc: user")

    assert case.open == ["c", "c"]
    case.complete("c").complete("c")
    assert case.is_completed


def test_conditions_on_flows_that_leave_an_activity_decide(run: Start) -> None:
    text = "s -> a\na -> b if n > 0\na -> c if n > 1\na -> d else\ns: start\na: user\nb: user\nc: user\nd: user"

    opened = {n: run(text).complete("a", n=n).open for n in (0, 1, 2)}

    assert opened == {0: ["d"], 1: ["b"], 2: ["b", "c"]}


def test_the_default_flow_is_taken_beside_flows_without_condition(run: Start) -> None:
    text = "s -> a\na -> b\na -> c if n > 1\na -> d else\ns: start\na: user\nb: user\nc: user\nd: user"

    opened = {n: run(text).complete("a", n=n).open for n in (0, 2)}

    assert opened == {0: ["b", "d"], 2: ["b", "c"]}


def test_an_activity_whose_conditions_are_all_false_is_an_incident(run: Start) -> None:
    case = run("s -> a\na -> b if n > 0\ns: start\na: user\nb: user").complete("a", n=0)

    assert case.incidents[0].kind == "no-flow"
    assert case.times("a") == 1

    case.set(n=1).retry()

    assert case.open == ["b"]
    assert case.times("a") == 1


def test_start_and_completion_quantities_gather_and_multiply_tokens(run: Start) -> None:
    case = run(
        """
        s -> a -> b -> c -> e
        s: start
        a: task completion_quantity=4
        b: user
        c: user start_quantity=2
        e: end
        """
    )

    assert case.open == ["b"] * 4
    case.complete("b")
    assert case.open == ["b"] * 3
    case.complete("b").complete("b").complete("b")
    assert case.open == ["c"] * 2
    case.complete("c").complete("c")
    assert case.is_completed


def test_a_start_quantity_that_can_never_be_met_is_an_incident(run: Start) -> None:
    case = run("s -> a -> b\ns: start\nb: task start_quantity=2")

    assert [incident.kind for incident in case.incidents] == ["deadlock"]
    assert case.incidents[0].step == "b"


@pytest.mark.parametrize("quantity", ["start_quantity=0", "completion_quantity=0"])
def test_a_quantity_below_one_is_an_incident(run: Start, quantity: str) -> None:
    case = run(f"s -> a -> b\ns: start\na: task {quantity}\nb: user")

    assert [incident.kind for incident in case.incidents] == ["quantity"]
    assert case.open == []


def test_a_scope_without_start_event_begins_where_no_flow_leads(run: Start) -> None:
    case = run("s -> w -> e\ns: start\ne: end\nw: sub {\na -> b\nc: user\na: user\nb: user\n}")

    assert case.open == ["a", "c"]
    case.complete("a").complete("b").complete("c")
    assert case.is_completed


def test_joins_that_only_wait_for_each_other_are_told_and_not_left_in_silence(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> one
        f -> two
        one -> a -> two
        two -> b -> one
        s: start
        f: and
        one: or
        two: or
        a: user
        b: user
        """
    )

    assert [(incident.step, incident.kind) for incident in case.incidents] == [("one", "deadlock"), ("two", "deadlock")]
    assert case.open == []
