"""Boundary events of every kind, interrupting and not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.bpmn.waits import StepEventKind, WorkflowStatus

Start = Callable[..., Any]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_due_timer_withdraws_the_task_it_interrupts(run: Start) -> None:
    case = run("s -> a -> b\nt -> c\ns: start\na: user\nt: boundary on=a timeDuration=PT1H\nb: user\nc: user")
    task = case.wait("a").token

    case.fire("t")

    assert case.open == ["c"]
    assert case.cancelled == ["a"]
    assert task in case.closed
    assert case.flows == ["s_a", "t_c"]


def test_completing_a_task_withdraws_its_timer(run: Start) -> None:
    case = run("s -> a -> b\nt -> c\ns: start\na: user\nt: boundary on=a timeDuration=PT1H\nb: user\nc: user")
    timer = case.wait("t").token

    case.complete("a")

    assert case.open == ["b"]
    assert timer in case.closed


def test_a_timer_beside_a_task_fires_once_and_leaves_the_task(run: Start) -> None:
    case = run("s -> a -> b\nt -> c\ns: start\na: user\nt: boundary on=a timeDuration=PT1H beside\nb: user\nc: user")

    case.fire("t")

    assert case.open == ["a", "c"]
    case.complete("c").complete("a").complete("b")
    assert case.is_completed


def test_a_cycle_beside_a_task_repeats_with_a_new_wait_each_time(run: Start) -> None:
    case = run("s -> a -> b\nt -> c\ns: start\na: user\nt: boundary on=a timeCycle=R3/PT10M beside\nc: task")
    seen = []

    for _ in range(3):
        wait = case.wait("t")
        seen.append((wait.token, wait.due))
        case.after(minutes=1).fire("t")

    assert len({token for token, _due in seen}) == 3
    assert [due for _token, due in seen] == [NOON + number * timedelta(minutes=10) for number in (1, 2, 3)]
    assert case.open == ["a"]
    assert case.times("c") == 3


def test_a_message_beside_a_task_can_come_again_and_again(run: Start) -> None:
    case = run("s -> a -> b\nm -> c\ns: start\na: user\nm: boundary on=a message=note beside\nc: task")
    token = case.wait("m").token

    for number in range(3):
        case.message("m", number=number)

    assert case.wait("m").token == token
    assert case.times("c") == 3
    case.complete("a")
    assert case.is_completed


def test_a_boundary_event_on_a_sub_process_withdraws_everything_inside(run: Start) -> None:
    case = run(
        """
        s -> w -> d
        t -> c
        w: sub {
        q -> f
        f -> a
        f -> x
        x: sub {
        r -> b
        r: start
        b: user
        }
        q: start
        f: and
        a: user
        }
        t: boundary on=w signal=stop
        s: start
        c: user
        d: user
        """
    )

    case.signal("stop")

    assert case.open == ["c"]
    assert sorted(case.cancelled) == ["a", "b", "w", "x"]


def test_an_error_is_caught_by_its_code_before_one_that_catches_all(run: Start) -> None:
    text = """
        s -> a -> b
        all -> c
        one -> d
        s: start
        a: service
        all: boundary on=a error
        one: boundary on=a error=known
        b: user
        c: user
        d: user
        """

    assert run(text).fails("a", "known").open == ["d"]
    assert run(text).fails("a", "other").open == ["c"]
    assert run(text).complete("a").open == ["b"]


def test_an_error_brings_its_variables_to_who_catches_it(run: Start) -> None:
    text = "s -> a\nx -> b\ns: start\na: service\nx: boundary on=a error=E {}\nb: user"

    assert run(text.format("")).fails("a", "E", reason="no").data == {"reason": "no"}
    assert run(text.format('out.why="=reason"')).fails("a", "E", reason="no").data == {"why": "no"}


def test_an_error_goes_up_through_scopes_to_the_nearest_that_catches_it(run: Start) -> None:
    case = run(
        """
        s -> outer -> d
        caught -> c
        outer: sub {
        q -> inner -> e1
        other -> e2
        inner: sub {
        r -> a -> z
        r: start
        a: user
        z: end error=E
        }
        other: boundary on=inner error=F
        q: start
        e1: end
        e2: end
        }
        caught: boundary on=outer error=E
        s: start
        c: user
        d: user
        """
    )

    case.complete("a")

    assert case.open == ["c"]
    assert case.cancelled == ["inner", "outer"]


def test_an_error_that_nobody_catches_fails_the_instance(run: Start) -> None:
    case = run("s -> a\ns: start\na: service").fails("a", "E")

    assert case.status is WorkflowStatus.FAILED
    assert case.incidents[0].kind == "error"


def test_an_escalation_interrupts_or_goes_on_beside(run: Start) -> None:
    text = """
        s -> w -> d
        x -> c
        w: sub {{
        q -> t -> a
        q: start
        t: throw escalation=E
        a: user
        }}
        x: boundary on=w escalation=E {}
        s: start
        c: user
        d: user
        """

    assert run(text.format("")).open == ["c"]
    assert run(text.format("beside")).open == ["a", "c"]


def test_a_person_can_escalate_without_ending_the_task(run: Start) -> None:
    case = run("s -> a\nx -> c\ns: start\na: user\nx: boundary on=a escalation=E beside\nc: user")

    assert case.escalate("a", "E", level=1)
    assert not case.escalate("a", "F")

    assert case.open == ["a", "c"]
    assert case.data == {"level": 1}


def test_a_condition_beside_a_task_reacts_each_time_it_becomes_true(run: Start) -> None:
    case = run('s -> a -> b\nx -> c\ns: start\na: user\nx: boundary on=a condition="=n > 1" beside\nc: task')

    for n in (2, 3, 0, 5):
        case.set(n=n)

    assert case.times("c") == 2
    assert case.open == ["a"]


def test_a_condition_that_is_true_at_once_interrupts_at_once(run: Start) -> None:
    case = run('s -> a -> b\nx -> c\ns: start\na: user\nx: boundary on=a condition="=n > 1"\nc: user', {"n": 2})

    assert case.open == ["c"]
    assert case.cancelled == ["a"]
    assert [wait.step for wait in case.opened] == ["c"]
    assert case.closed == []


def test_a_boundary_event_with_several_definitions_reacts_to_each(run: Start) -> None:
    case = run("s -> a\nx -> c\ns: start\na: user\nx: boundary on=a signal=one,two beside\nc: task")

    case.signal("one")
    case.signal("two")
    case.signal("one")

    assert case.times("c") == 3


def test_a_parallel_multiple_boundary_event_reacts_when_all_have_happened(run: Start) -> None:
    case = run("s -> a\nx -> c\ns: start\na: user\nx: boundary on=a signal=one,two parallel=true beside\nc: task")

    for name in ("one", "one", "two", "two", "one"):
        case.signal(name)

    assert case.times("c") == 2


def test_a_boundary_event_on_a_multi_instance_activity_ends_all_of_it(run: Start) -> None:
    case = run("s -> a -> b\nt -> c\ns: start\na: user times==3\nt: boundary on=a timeDuration=PT1H\nb: user\nc: user")
    assert case.open == ["t", "a", "a", "a"]

    case.complete("a").fire("t")

    assert case.open == ["c"]


def test_a_boundary_event_may_flow_back_to_its_own_task(run: Start) -> None:
    case = run("s -> a -> b\nt -> a\ns: start\na: user\nt: boundary on=a timeDuration=PT1H\nb: user")

    for _ in range(20):
        case.fire("t")
        assert sorted(case.open) == ["a", "t"]

    case.complete("a")
    assert case.open == ["b"]


def test_a_boundary_timer_that_cannot_be_read_is_an_incident_of_its_task(run: Start) -> None:
    case = run('s -> a -> b\nt -> c\ns: start\na: user\nt: boundary on=a timeDuration="=when"\nb: user')

    assert [incident.step for incident in case.incidents] == ["a"]
    assert case.open == []

    case.set(when="PT1H").retry()

    assert case.open == ["a", "t"]
    assert case.steps(StepEventKind.ENTERED).count("a") == 1


@pytest.mark.parametrize("answer", ["complete", "fire"])
def test_an_incident_that_is_withdrawn_is_resolved(run: Start, answer: str) -> None:
    case = run(
        """
        s -> w -> c
        t -> d
        w: sub {
        q -> f
        f -> x
        f -> b
        x -> y if missing
        q: start
        f: and
        x: xor
        b: user
        }
        t: boundary on=w timeDuration=PT1H
        s: start
        d: user
        """
    )
    assert case.open == ["t", "b"]

    getattr(case, answer)("b" if answer == "complete" else "t")

    assert (case.resolved == [case.incidents[0].token]) == (answer == "fire")


def test_a_failed_script_keeps_its_boundary_events_open(run: Start) -> None:
    case = run("s -> a -> b\nt -> c\ns: start\na: script do='=1 > missing' to=x\nt: boundary on=a signal=stop\nc: user")

    assert case.data == {"x": None}


def test_the_output_of_a_boundary_event_that_fails_is_an_incident_of_the_event(run: Start) -> None:
    case = run("s -> a\nx -> b if n > 0\nx -> c else\ns: start\na: user\nx: boundary on=a message=m\nb: user")

    case.message("x")

    assert [incident.step for incident in case.incidents] == ["x"]
    case.set(n=1).retry()
    assert case.open == ["b"]
