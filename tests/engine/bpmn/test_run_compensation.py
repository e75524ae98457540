"""Compensation: what completed is undone in reverse, by handlers or by what is inside (BPMN 2.0.2, 13.5.5)."""

from collections.abc import Callable
from typing import Any

from engine.bpmn.waits import StepEventKind

Start = Callable[..., Any]

UNDO = """
ua: boundary on=a compensate
undo_a: user undoes=ua
ub: boundary on=b compensate
undo_b: user undoes=ub
a: task
b: task
"""


def test_handlers_run_in_reverse_order_one_after_the_other_and_the_event_waits_for_them(run: Start) -> None:
    case = run("s -> a -> b -> t -> e" + UNDO + "t: throw compensate\ns: start\ne: user")

    assert case.open == ["undo_b"]
    case.complete("undo_b")
    assert case.open == ["undo_a"]
    case.complete("undo_a")

    assert case.open == ["e"]
    assert case.steps(StepEventKind.COMPENSATED) == ["b", "a"]


def test_an_event_may_name_the_activity_that_is_undone(run: Start) -> None:
    case = run("s -> a -> b -> t -> e" + UNDO + "t: throw compensate=a\ns: start\ne: user")

    assert case.open == ["undo_a"]
    assert case.complete("undo_a").open == ["e"]


def test_nothing_is_undone_twice(run: Start) -> None:
    case = run("s -> a -> t -> b -> v -> e" + UNDO + "t: throw compensate\nv: throw compensate\ns: start\ne: user")

    case.complete("undo_a")
    assert case.open == ["undo_b"]
    case.complete("undo_b")

    assert case.open == ["e"]


def test_what_has_not_completed_is_not_undone(run: Start) -> None:
    case = run("s -> t -> a -> b -> e" + UNDO + "t: throw compensate\ns: start\ne: user")

    assert case.open == ["e"]


def test_an_activity_in_a_loop_is_undone_once_for_each_pass(run: Start) -> None:
    case = run(
        """
        s -> m -> a -> b -> x
        x -> m if n < 2
        x -> t else
        t -> e
        b: script do='=n + 1' to=n
        ua: boundary on=a compensate
        undo_a: user undoes=ua
        m: xor
        x: xor
        t: throw compensate
        s: start
        e: user
        """,
        {"n": 0},
    )

    assert case.complete("undo_a").open == ["undo_a"]
    assert case.complete("undo_a").open == ["e"]


def test_each_instance_of_an_activity_is_undone_with_its_own_item(run: Start) -> None:
    case = run(
        """
        s -> a -> t -> e
        a: user each="=items" as=item
        ua: boundary on=a compensate
        undo_a: user undoes=ua
        t: throw compensate=a
        s: start
        e: user
        """,
        {"items": ["x", "y"]},
    )

    case.complete("a").complete("a")

    assert case.wait("undo_a").data["item"] == "y"
    case.complete("undo_a")
    assert case.wait("undo_a").data["item"] == "x"
    case.complete("undo_a")
    assert case.open == ["e"]


def test_a_completed_sub_process_undoes_what_completed_inside_with_its_own_variables(run: Start) -> None:
    case = run(
        """
        s -> w -> c -> t -> e
        w: sub in.local="=1 + 1" {
        q -> a -> b
        q: start
        """
        + UNDO
        + """
        }
        uc: boundary on=c compensate
        undo_c: user undoes=uc
        c: task
        t: throw compensate
        s: start
        e: user
        """
    )

    assert case.open == ["undo_c"]
    case.complete("undo_c")
    assert case.open == ["undo_b"]
    assert case.wait("undo_b").data == {"local": 2}
    case.complete("undo_b").complete("undo_a")

    assert case.open == ["e"]


def test_a_handler_of_the_sub_process_itself_takes_the_place_of_those_inside(run: Start) -> None:
    case = run(
        "s -> w -> t -> e\nw: sub {\nq -> a -> b\nq: start\n" + UNDO + "}\nuw: boundary on=w compensate\n"
        "undo_w: user undoes=uw\nt: throw compensate\ns: start\ne: user"
    )

    assert case.open == ["undo_w"]
    assert case.complete("undo_w").open == ["e"]


def test_an_event_sub_process_undoes_its_scope_and_may_undo_what_is_inside(run: Start) -> None:
    case = run(
        "s -> w -> t -> e\nw: sub {\nq -> a -> b\nq: start\n"
        + UNDO
        + """
        back: sub event {
        go -> first -> inner -> last
        go: start compensate
        first: user
        inner: throw compensate=a
        last: user
        }
        }
        t: throw compensate
        s: start
        e: user
        """
    )

    assert case.open == ["first"]
    assert case.complete("first").open == ["undo_a"]
    assert case.complete("undo_a").open == ["last"]
    assert case.complete("last").open == ["e"]


def test_a_sub_process_that_is_still_open_is_not_undone_from_outside(run: Start) -> None:
    case = run(
        "s -> f\nf -> w -> z\nf -> c -> t -> e\nw: sub {\nq -> a -> b -> keep\nq: start\nkeep: user\n" + UNDO + "}\n"
        "t: throw compensate\ns: start\nf: and\nc: user\ne: user"
    )

    case.complete("c")

    assert sorted(case.open) == ["e", "keep"]


def test_an_end_event_undoes_before_the_scope_ends(run: Start) -> None:
    case = run("s -> w -> e\nw: sub {\nq -> a -> b -> z\nq: start\nz: end compensate\n" + UNDO + "}\ns: start\ne: user")

    assert case.open == ["undo_b"]
    assert case.complete("undo_b").complete("undo_a").open == ["e"]


def test_an_event_that_does_not_wait_lets_the_handlers_run_beside(run: Start) -> None:
    case = run("s -> a -> b -> t -> e" + UNDO + "t: throw compensate nowait\ns: start\ne: user")

    assert sorted(case.open) == ["e", "undo_b"]
    case.complete("e")
    assert not case.is_completed
    case.complete("undo_b").complete("undo_a")
    assert case.is_completed


def test_an_event_sub_process_undoes_what_completed_in_the_scope_around_it(run: Start) -> None:
    case = run(
        "s -> a -> b -> c\nwatch: sub event {\ngo -> t -> d\ngo: start signal=back\nt: throw compensate\nd: user\n}\n"
        + UNDO
        + "s: start\nc: user"
    )

    case.signal("back")

    assert case.open == ["undo_b"]
    assert case.complete("undo_b").complete("undo_a").open == ["d"]


def test_a_handler_can_be_a_sub_process(run: Start) -> None:
    case = run(
        """
        s -> a -> t -> e
        ua: boundary on=a compensate
        undo_a: sub undoes=ua {
        q -> x -> y
        q: start
        x: user
        y: user
        }
        t: throw compensate
        s: start
        e: user
        """
    )

    assert case.open == ["x"]
    assert case.complete("x").complete("y").open == ["e"]


def test_withdrawing_the_event_withdraws_its_handlers(run: Start) -> None:
    case = run(
        "s -> w -> e\nstop -> x\nw: sub {\nq -> a -> b -> t\nq: start\nt: throw compensate\n"
        + UNDO
        + "}\nstop: boundary on=w signal=stop\ns: start\nx: user"
    )

    case.signal("stop")

    assert case.open == ["x"]
    assert "undo_b" in case.cancelled
