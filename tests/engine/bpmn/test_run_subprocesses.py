"""Embedded, event and ad-hoc sub-processes, transactions, call activities."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.bpmn.definition import Definition, Limits
from engine.bpmn.waits import WorkflowStatus
from engine.errors import Invalid

Start = Callable[..., Any]

EVENT_SUB = """
s -> a -> b
watch: sub event {{
go -> c -> z
go: start {trigger}
c: user
z: end
}}
s: start
a: user
b: user
"""


def test_a_sub_process_is_done_when_nothing_is_left_inside(run: Start) -> None:
    case = run(
        "s -> w -> c\nw: sub {\nq -> f\nf -> a\nf -> b\nq: start\nf: and\na: user\nb: user\n}\ns: start\nc: user"
    )

    case.complete("b")
    assert case.open == ["a"]
    case.complete("a")

    assert case.open == ["c"]
    assert case.completed == ["s", "q", "f", "b", "a", "w"]


def test_an_interrupting_event_sub_process_takes_the_place_of_its_scope(run: Start) -> None:
    case = run(EVENT_SUB.format(trigger="message=stop"))
    assert case.open == ["go", "a"]

    case.message("go", why="ill")

    assert case.open == ["c"]
    assert case.cancelled == ["a"]
    assert case.data == {"why": "ill"}
    case.complete("c")
    assert case.is_completed


def test_an_event_sub_process_beside_its_scope_can_start_again(run: Start) -> None:
    case = run(EVENT_SUB.format(trigger="message=note beside"))

    case.message("go").message("go")
    assert case.open == ["go", "a", "c", "c"]
    case.complete("a").complete("b")
    assert case.open == ["go", "c", "c"]
    case.complete("c").complete("c")

    assert case.is_completed


@pytest.mark.parametrize("trigger", ["signal=x", "timeDuration=PT1H", "condition='=n > 1'"])
def test_every_kind_of_start_interrupts(run: Start, trigger: str) -> None:
    case = run(EVENT_SUB.format(trigger=trigger))

    if "signal" in trigger:
        case.signal("x")
    elif "time" in trigger:
        case.fire("go")
    else:
        case.set(n=2)

    assert case.open == ["c"]


def test_a_timer_cycle_starts_an_event_sub_process_again(run: Start) -> None:
    case = run(EVENT_SUB.format(trigger="timeCycle=R2/PT1H beside"))

    case.fire("go").fire("go")

    assert case.open == ["a", "c", "c"]


def test_an_open_event_sub_process_keeps_nobody_waiting(run: Start) -> None:
    case = run(EVENT_SUB.format(trigger="message=stop"))

    case.complete("a").complete("b")

    assert case.is_completed
    assert case.open == []


def test_an_error_starts_the_event_sub_process_of_its_scope_before_the_boundary_event(run: Start) -> None:
    case = run(
        """
        s -> w -> d
        outside -> x
        w: sub {
        q -> a -> z
        inside: sub event {
        go -> c
        go: start error=E
        c: user
        }
        q: start
        a: user
        z: end error=E
        }
        outside: boundary on=w error=E
        s: start
        d: user
        x: user
        """
    )

    case.complete("a")
    assert case.open == ["c"]
    case.complete("c")

    assert case.open == ["d"]


def test_an_error_inside_an_event_sub_process_goes_outside(run: Start) -> None:
    case = run(
        """
        s -> w -> d
        outside -> x
        w: sub {
        q -> a -> z
        inside: sub event {
        go -> c -> again
        go: start error=E
        c: user
        again: end error=E
        }
        q: start
        a: user
        z: end error=E
        }
        outside: boundary on=w error=E
        s: start
        d: user
        x: user
        """
    )

    case.complete("a").complete("c")

    assert case.open == ["x"]


def test_an_error_of_a_task_starts_an_event_sub_process_of_the_process(run: Start) -> None:
    case = run(EVENT_SUB.format(trigger="error=E").replace("a: user", "a: service"))

    case.fails("a", "E", why="no")

    assert case.open == ["c"]
    assert case.data == {"why": "no"}


def test_an_escalation_starts_an_event_sub_process_beside_its_thrower(run: Start) -> None:
    case = run(
        """
        s -> t -> a
        watch: sub event {
        go -> c
        go: start escalation=E beside
        c: user
        }
        s: start
        t: throw escalation=E
        a: user
        """
    )

    assert sorted(case.open) == ["a", "c"]


def test_event_sub_processes_of_inner_scopes_listen_while_these_are_open(run: Start) -> None:
    case = run(
        """
        s -> a -> w -> d
        w: sub {
        q -> b
        watch: sub event {
        go -> c
        go: start message=m
        c: user
        }
        q: start
        b: user
        }
        s: start
        a: user
        d: user
        """
    )

    assert case.open == ["a"]
    case.complete("a")
    assert case.open == ["go", "b"]
    case.message("go")
    assert case.open == ["c"]
    case.complete("c")
    assert case.open == ["d"]


def test_after_one_interruption_no_other_event_sub_process_starts(run: Start) -> None:
    case = run(
        """
        s -> a
        one: sub event {
        go -> c
        go: start message=m
        c: user
        }
        two: sub event {
        other -> d
        other: start signal=x beside
        d: user
        }
        s: start
        a: user
        """
    )

    case.message("go")

    assert case.open == ["c"]
    assert case.signal("x") == 0


def test_a_cancelled_transaction_undoes_what_completed_and_goes_on_at_its_cancel_event(run: Start) -> None:
    case = run(
        """
        s -> t -> done
        off -> c
        t: transaction {
        q -> f
        f -> a -> b -> z
        f -> other
        ua: boundary on=a compensate
        undo_a: user undoes=ua
        ub: boundary on=b compensate
        undo_b: user undoes=ub
        q: start
        f: and
        a: user
        b: user
        other: user
        z: end cancel
        }
        off: boundary on=t cancel
        s: start
        c: user
        done: user
        """
    )

    case.complete("a").complete("b")
    assert case.open == ["undo_b"]
    assert case.cancelled == ["other"]
    case.complete("undo_b")
    assert case.open == ["undo_a"]
    case.complete("undo_a")

    assert case.open == ["c"]
    assert case.times("t") == 0


def test_a_transaction_that_ends_well_goes_on(run: Start) -> None:
    case = run(
        "s -> t -> done\noff -> c\nt: transaction {\nq -> a\nq: start\na: user\n}\n"
        "off: boundary on=t cancel\ns: start\ndone: user"
    )

    assert case.complete("a").open == ["done"]


def test_the_activities_of_an_ad_hoc_sub_process_begin_together(run: Start) -> None:
    case = run("s -> w -> e\nw: adhoc {\na: user\nb: user\nb -> c\nc: user\n}\ns: start\ne: user")

    assert case.open == ["a", "b"]
    case.complete("b").complete("a")
    assert case.open == ["c"]
    case.complete("c")
    assert case.open == ["e"]


def test_the_activities_of_a_sequential_ad_hoc_sub_process_begin_one_after_the_other(run: Start) -> None:
    case = run("s -> w -> e\nw: adhoc ordering=Sequential {\na: user\nb: user\n}\ns: start\ne: user")

    assert case.open == ["a"]
    case.complete("a")
    assert case.open == ["b"]
    case.complete("b")
    assert case.open == ["e"]


@pytest.mark.parametrize(
    ("options", "left"),
    [("", ["e"]), ("cancel_remaining=false", ["b"])],
)
def test_a_completion_condition_ends_an_ad_hoc_sub_process(run: Start, options: str, left: list[str]) -> None:
    case = run(
        f"s -> w -> e\nw: adhoc {options} completion='=enough' {{\na: user\nb: user\na -> c\nc: user\n}}\n"
        "s: start\ne: user",
        {"enough": False},
    )

    case.complete("a", enough=True)

    assert case.open == left
    if left == ["b"]:
        assert case.complete("b").open == ["e"]


def test_a_completion_condition_that_fails_is_an_incident_of_the_activity(run: Start) -> None:
    case = run("s -> w -> e\nw: adhoc completion='=enough' {\na: user\nb: user\n}\ns: start\ne: user")

    case.complete("a")

    assert [incident.step for incident in case.incidents] == ["a"]
    case.set(enough=True).retry()
    assert case.open == ["e"]
    assert case.times("a") == 1


CALLS = """
process p
s -> c -> e
caught -> x
c: call process=q {options}
caught: boundary on=c error=E
s: start
e: user
x: user
process q
s -> a -> z
s: start
a: user
z: end {end}
"""


def test_a_called_process_runs_inside_with_variables_of_its_own(run: Start) -> None:
    case = run(CALLS.format(options="", end=""), {"n": 1})
    (wait,) = case.workflow.waits()
    assert wait.step == "q:a"
    assert wait.data == {"n": 1}

    case.complete("q:a", n=2, m=3)

    assert case.open == ["e"]
    assert case.data == {"n": 2, "m": 3}
    assert case.flows == ["s_c", "q:s_a", "q:a_z", "c_e"]


def test_a_called_process_gets_and_gives_only_what_is_mapped(run: Start) -> None:
    options = """no_in no_out in.given="=n + 1" out.got="=m" """
    case = run(CALLS.format(options=options, end=""), {"n": 1})
    assert case.workflow.waits()[0].data == {"given": 2}

    case.complete("q:a", m=3, other=4)

    assert case.data == {"n": 1, "got": 3}


def test_nothing_comes_out_of_a_called_process_that_hands_nothing_out(run: Start) -> None:
    case = run(CALLS.format(options="no_out", end=""), {"n": 1}).complete("q:a", n=2, m=3)

    assert case.data == {"n": 1}


def test_an_error_leaves_the_called_process(run: Start) -> None:
    case = run(CALLS.format(options="", end="error=E")).complete("q:a")

    assert case.open == ["x"]
    assert case.cancelled == ["q", "c"]


def test_terminate_in_a_called_process_ends_only_that(run: Start) -> None:
    case = run(CALLS.format(options="", end="terminate")).complete("q:a")

    assert case.open == ["e"]


def test_an_expression_can_name_the_called_process(run: Start) -> None:
    text = CALLS.format(options="", end="").replace("process=q", 'process="=which"')

    assert run(text, {"which": "q"}).open == ["q:a"]
    case = run(text, {"which": "unknown"})
    assert case.incidents[0].kind == "unknown-process"
    assert case.set(which="q").retry().open == ["q:a"]


def test_a_process_that_calls_itself_for_ever_is_an_incident(run: Start) -> None:
    case = run("process p\ns -> c -> e\nc: call process=p\ns: start\ne: user", limits=Limits(calls=20))

    assert case.incidents[0].kind == "depth"
    assert "20" in case.incidents[0].message


def test_a_process_that_calls_itself_until_it_is_done_ends(run: Start) -> None:
    text = """
        process p
        s -> x
        x -> c if n > 0
        x -> e else
        c -> e
        c: call process=p no_in in.n="=n - 1"
        s: start
        x: xor
        e: end
        """
    case = run(text, {"n": 30})

    assert case.is_completed
    assert case.times("c") + case.times("p:c") == 30


def test_an_unknown_called_process_is_refused(compiled: Callable[..., Definition]) -> None:
    with pytest.raises(Invalid) as refused:
        compiled("s -> c\nc: call process=missing\ns: start")

    assert [finding.rule for finding in refused.value.findings] == ["bpmn.unknown-process"]
    assert refused.value.findings[0].element == "c"


def test_a_process_from_elsewhere_is_compiled_in(run: Start, compiled: Callable[..., Definition]) -> None:
    other = compiled("process q\ns -> a\ns: start\na: user", "q")

    case = run("s -> c -> e\nc: call process=q\ns: start\ne: user", called={"q": other}.__getitem__)

    assert case.open == ["q:a"]
    assert case.complete("q:a").open == ["e"]


def test_cancelling_an_instance_reaches_into_called_processes(run: Start) -> None:
    case = run(CALLS.format(options="", end="")).cancel()

    assert case.status is WorkflowStatus.CANCELLED
    assert case.cancelled == ["q:a", "q", "c", "p"]


def test_cancelling_one_of_repeated_transactions_cancels_all_of_them(run: Start) -> None:
    case = run(
        "s -> t -> done\noff -> c\nt: transaction times==3 sequential {\nq -> a -> z\nq: start\na: user\n"
        "z: end cancel\n}\noff: boundary on=t cancel\ns: start\ndone: user\nc: user"
    )

    assert case.complete("a").open == ["c"]
    assert case.cancelled == ["t"]
