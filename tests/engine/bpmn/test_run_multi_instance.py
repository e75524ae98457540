"""Multi-instance activities and standard loops."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.bpmn.definition import Limits

Start = Callable[..., Any]


def test_parallel_instances_each_see_their_item_and_results_keep_the_order_of_the_items(run: Start) -> None:
    case = run(
        's -> a -> e\ns: start\na: user each="=items" as=item into=results from="=got"\ne: user',
        {"items": ["x", "y", "z"]},
    )
    waits = [wait for wait in case.workflow.waits() if wait.step == "a"]
    assert [(wait.data["item"], wait.data["loopCounter"]) for wait in waits] == [("x", 1), ("y", 2), ("z", 3)]

    for wait in reversed(waits):
        case.workflow.complete(wait.token, {"got": wait.data["item"] * 2}, now=case.now)

    assert case.open == ["e"]
    assert case.data == {"items": ["x", "y", "z"], "results": ["xx", "yy", "zz"]}


def test_instances_in_sequence_come_one_after_the_other(run: Start) -> None:
    case = run(
        's -> a -> e\ns: start\na: user each="=items" as=item into=results from="=got" sequential\ne: user',
        {"items": [1, 2, 3]},
    )

    for item in (1, 2, 3):
        (wait,) = case.workflow.waits()
        assert wait.data["item"] == item
        case.complete("a", got=item * 10)

    assert case.open == ["e"]
    assert case.data["results"] == [10, 20, 30]


def test_a_result_that_is_mapped_out_reaches_the_output_collection(run: Start) -> None:
    case = run(
        's -> a\ns: start\na: user each="=items" as=item into=results from="=got" out.got="=answer + item"',
        {"items": [1, 2]},
    )

    case.complete("a", answer=10).complete("a", answer=20)

    assert case.data == {"items": [1, 2], "results": [11, 22]}


def test_items_are_not_shared_between_instances(run: Start) -> None:
    case = run(
        's -> a\ns: start\na: user each="=items" as=item into=results from="=item"', {"items": [{"n": [1]}, {"n": [1]}]}
    )

    case.complete("a", item={"n": [2]}).complete("a")

    assert case.data == {"items": [{"n": [1]}, {"n": [1]}], "results": [{"n": [2]}, {"n": [1]}]}


def test_an_empty_collection_is_passed_over(run: Start) -> None:
    case = run('s -> a -> e\ns: start\na: user each="=items" as=item into=results from="=got"\ne: user', {"items": []})

    assert case.open == ["e"]
    assert case.data == {"items": [], "results": []}


@pytest.mark.parametrize("items", [None, "text", 5, {"a": 1}])
def test_a_collection_that_is_no_list_is_an_incident(run: Start, items: Any) -> None:
    case = run('s -> a -> e\ns: start\na: user each="=items" as=item', {"items": items})

    assert case.incidents[0].step == "a"

    case.set(items=[1]).retry()
    assert case.open == ["a"]


def test_a_number_of_instances(run: Start) -> None:
    case = run('s -> a -> e\ns: start\na: user times="=n"', {"n": 3})

    assert case.open == ["a"] * 3


@pytest.mark.parametrize("n", [-1, 1.5, "x", None])
def test_a_number_of_instances_that_is_none_is_an_incident(run: Start, n: Any) -> None:
    assert run('s -> a\ns: start\na: user times="=n"', {"n": n}).incidents[0].kind == "expression"


def test_more_instances_than_allowed_are_an_incident(run: Start) -> None:
    text = 's -> a\ns: start\na: user times="=n"'

    assert run(text, {"n": 1001}).incidents[0].kind == "limit"
    assert len(run(text, {"n": 1001}, limits=Limits(instances=1001)).open) == 1001


@pytest.mark.parametrize("order", ["", "sequential"])
def test_a_completion_condition_ends_the_rest(run: Start, order: str) -> None:
    case = run(
        's -> a -> e\ns: start\na: user each="=items" as=item until="=numberOfCompletedInstances >= 2 or got = 9" '
        f'into=results from="=got" {order}\ne: user',
        {"items": [1, 2, 3, 4]},
    )

    case.complete("a", got=5)
    assert "e" not in case.open
    case.complete("a", got=6)

    assert case.open == ["e"]
    assert case.data["results"] == [5, 6, None, None]


def test_a_completion_condition_that_fails_can_be_tried_again_and_counts_once(run: Start) -> None:
    case = run('s -> a -> e\ns: start\na: user times==3 until="=numberOfCompletedInstances >= least"\ne: user')

    case.complete("a")
    assert [incident.step for incident in case.incidents] == ["a"]
    case.set(least=2).retry()
    assert case.open == ["a", "a"]
    case.complete("a")

    assert case.open == ["e"]


def test_a_sub_process_can_be_done_for_each_item(run: Start) -> None:
    case = run(
        """
        s -> w -> e
        w: sub each="=items" as=item into=results from="=got" {
        q -> f
        f -> a -> j
        f -> b -> j
        j -> z
        q: start
        f: and
        j: and
        a: user
        b: user
        z: end
        }
        s: start
        e: user
        """,
        {"items": [1, 2]},
    )
    assert sorted(case.open) == ["a", "a", "b", "b"]

    for wait in [wait for wait in case.workflow.waits() if wait.step == "a"]:
        case.workflow.complete(wait.token, {"got": wait.data["item"] + 10}, now=case.now)
    assert sorted(case.open) == ["b", "b"]
    case.complete("b").complete("b")

    assert case.open == ["e"]
    assert case.data["results"] == [11, 12]


def test_terminate_inside_an_instance_ends_only_that_instance(run: Start) -> None:
    case = run(
        """
        s -> w -> e
        w: sub times==2 {
        q -> f
        f -> a -> z
        f -> b
        q: start
        f: and
        a: user
        b: user
        z: end terminate
        }
        s: start
        e: user
        """
    )

    case.complete("a")
    assert sorted(case.open) == ["a", "b"]
    case.complete("a")

    assert case.open == ["e"]


def test_a_call_can_be_done_for_each_item(run: Start) -> None:
    case = run(
        """
        process p
        s -> c -> e
        c: call process=q each="=items" as=item into=results from="=got" no_in in.n="=item" out.got="=answer"
        s: start
        e: user
        process q
        s -> a
        s: start
        a: user
        """,
        {"items": [1, 2]},
    )
    assert [wait.data["n"] for wait in case.workflow.waits()] == [1, 2]

    case.complete("q:a", answer=5).complete("q:a", answer=6)

    assert case.data["results"] == [5, 6]


def test_a_loop_goes_on_while_its_condition_is_true(run: Start) -> None:
    case = run("s -> a -> e\ns: start\na: user loop='=n < 3'\ne: user", {"n": 0})

    for n in (1, 2, 3):
        assert case.open == ["a"]
        case.complete("a", n=n)

    assert case.open == ["e"]
    assert case.times("a") == 1


def test_a_loop_can_test_before_its_first_pass(run: Start) -> None:
    assert run("s -> a -> e\ns: start\na: user loop='=n < 3' before\ne: user", {"n": 3}).open == ["e"]
    assert run("s -> a -> e\ns: start\na: user loop='=n < 3'\ne: user", {"n": 3}).open == ["a"]


def test_a_loop_ends_at_its_maximum(run: Start) -> None:
    case = run("s -> a -> e\ns: start\na: user loop='=true' most=2\ne: user")

    assert case.complete("a").complete("a").open == ["e"]


def test_a_negative_maximum_is_an_incident(run: Start) -> None:
    assert run("s -> a -> e\ns: start\na: user loop='=true' most=-1").incidents[0].step == "a"


def test_a_loop_condition_that_fails_can_be_tried_again(run: Start) -> None:
    case = run("s -> a -> e\ns: start\na: user loop='=again'\ne: user").complete("a")

    assert [incident.step for incident in case.incidents] == ["a"]
    case.set(again=False).retry()

    assert case.open == ["e"]


def test_a_sub_process_can_be_a_loop(run: Start) -> None:
    case = run("s -> w -> e\nw: sub loop='=n < 2' {\nq -> a\nq: start\na: user\n}\ns: start\ne: user", {"n": 0})

    case.complete("a", n=1).complete("a", n=2)

    assert case.open == ["e"]
