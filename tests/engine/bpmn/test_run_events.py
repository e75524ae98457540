"""Timers, signals, links, errors, escalations, conditions, terminate; start events and event-based gateways."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.bpmn.definition import Definition
from engine.bpmn.waits import StepEventKind, WaitKind, WorkflowStatus
from engine.bpmn.workflow import Workflow
from engine.errors import NotFound, NotPossibleNow

Start = Callable[..., Any]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timer", "due"),
    [
        ("timeDuration=PT90M", NOON + timedelta(minutes=90)),
        ("timeDuration=P1M", datetime(2026, 4, 2, 12, tzinfo=UTC)),
        ("timeDate=2026-03-16T09:00:00+07:00", datetime(2026, 3, 16, 2, tzinfo=UTC)),
        ("timeDate=2026-W12-1T09:00:00Z", datetime(2026, 3, 16, 9, tzinfo=UTC)),
        ('timeDuration="=when"', NOON + timedelta(days=3)),
        ('timeDate="=date and time(date(day), time(8, 0, 0, duration(zone)))"', datetime(2026, 5, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_timer_is_due_when_it_says(run: Start, timer: str, due: datetime) -> None:
    case = run(f"s -> t -> e\ns: start\nt: catch {timer}\ne: end", {"when": "P3D", "day": "2026-05-01", "zone": "PT7H"})

    assert case.wait("t").due == due
    assert case.wait("t").kind is WaitKind.TIMER
    case.fire("t")
    assert case.is_completed


@pytest.mark.parametrize(
    ("timer", "found"),
    [
        ('timeDate="=when"', "offset"),
        ('timeDuration="=when"', "duration"),
        ('timeDuration="=far"', "50 years"),
        ('timeDuration="=number"', "text"),
        ('timeDuration="=missing"', "text"),
    ],
)
def test_a_timer_that_cannot_be_read_is_an_incident(run: Start, timer: str, found: str) -> None:
    values = {"when": "2026-03-16T09:00:00", "far": "P60Y", "number": 5}
    case = run(f"s -> t -> e\ns: start\nt: catch {timer}\ne: end", values)

    assert case.incidents[0].kind == "timer"
    assert found in case.incidents[0].message

    case.set(when="PT1S", far="PT1S", number="PT1S", missing="PT1S")
    case.retry()

    if "Date" not in timer:
        assert case.open == ["t"]


def test_a_legal_term_decides_when_its_timer_fires(run: Start) -> None:
    case = run('s -> t -> e\ns: start\nt: catch timeDate="=term.answer.due"\ne: end')

    wait = case.wait("t")
    assert (wait.due, wait.term) == (None, ("answer", "due"))
    case.fire("t")
    assert case.is_completed


def test_a_timer_that_fired_cannot_fire_again(run: Start) -> None:
    case = run("s -> t -> a\ns: start\nt: catch timeDuration=PT1H\na: user")
    token = case.wait("t").token
    case.fire("t")

    with pytest.raises(NotPossibleNow):
        case.workflow.fire_timer(token, now=case.now)


def test_a_cycle_in_the_flow_lets_a_token_pass_each_time(run: Start) -> None:
    case = run("s -> t -> a\ns: start\nt: catch timeCycle=R3/PT10M\na: task")

    for number in range(1, 4):
        assert case.wait("t").due == NOON + number * timedelta(minutes=10)
        case.fire("t")
        assert case.times("a") == number

    assert case.is_completed


def test_each_timer_behind_an_event_gateway_has_a_time_of_its_own(run: Start) -> None:
    case = run(
        """
        s -> g
        g -> long -> a
        g -> short -> b
        g -> reply -> c
        s: start
        g: events
        long: catch timeDuration=PT1H
        short: catch timeDuration=PT1S
        reply: receive message=reply
        a: user
        b: user
        c: user
        """
    )
    assert [case.wait(step).due for step in ("long", "short")] == [NOON + timedelta(hours=1), NOON + timedelta(0, 1)]
    assert case.wait("reply").kind is WaitKind.MESSAGE

    case.fire("short")

    assert case.open == ["b"]
    assert case.flows == ["s_g", "g_short", "short_b"]
    assert case.steps(StepEventKind.ENTERED) == ["p", "s", "g", "short", "b"]


def test_a_receive_task_behind_an_event_gateway_takes_the_message(run: Start) -> None:
    case = run(
        """
        s -> g
        g -> late -> a
        g -> reply -> c
        s: start
        g: events
        late: catch timeDuration=PT1H
        reply: receive message=reply out.answer="=text"
        a: user
        c: user
        """
    )

    case.message("reply", text="yes", other=1)

    assert case.open == ["c"]
    assert case.data == {"answer": "yes"}


def test_a_signal_reaches_every_wait_in_the_instance(run: Start) -> None:
    case = run(
        "s -> f\nf -> a -> c\nf -> b -> d\ns: start\nf: and\na: catch signal=go\nb: catch signal=go\nc: user\nd: user"
    )

    heard = case.signal("go", level=3)

    assert heard == 2
    assert case.open == ["c", "d"]
    assert case.data == {"level": 3}
    assert case.signal("other") == 0


def test_a_thrown_signal_is_heard_inside_and_leaves_the_instance(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> t -> e
        f -> a -> c
        s: start
        f: and
        t: throw signal=go in.level="=2 + 1"
        a: catch signal=go out.got="=level"
        e: end
        c: user
        """
    )

    assert case.open == ["c"]
    assert case.data["got"] == 3
    (thrown,) = case.thrown
    assert (thrown.kind, thrown.name, thrown.correlation_key, thrown.data) == (
        WaitKind.SIGNAL,
        "go",
        None,
        {"level": 3},
    )


def test_a_signal_end_inside_a_sub_process_is_heard_before_it_ends(run: Start) -> None:
    case = run(
        """
        s -> w -> a
        heard -> b
        w: sub {
        q -> z
        q: start
        z: end signal=done
        }
        heard: boundary on=w signal=done beside
        s: start
        a: user
        b: user
        """
    )

    assert sorted(case.open) == ["a", "b"]


def test_a_link_goes_on_at_its_other_end(run: Start) -> None:
    case = run("s -> t\nc -> a\ns: start\nt: throw link=there\nc: catch link=there\na: user")

    assert case.open == ["a"]
    assert case.completed == ["s", "t", "c"]


def test_an_uncaught_error_end_fails_the_instance(run: Start) -> None:
    case = run("s -> f\nf -> a\nf -> b -> e\ns: start\nf: and\na: user\nb: user\ne: end error=broken")

    case.complete("b")

    assert case.status is WorkflowStatus.FAILED
    assert case.open == []
    assert case.cancelled == ["a", "p"]
    assert (case.incidents[0].step, case.incidents[0].kind) == ("e", "error")
    assert "broken" in case.incidents[0].message


def test_an_escalation_that_nobody_catches_changes_nothing(run: Start) -> None:
    case = run("s -> t -> a\ns: start\nt: throw escalation=worry\na: user")

    assert case.open == ["a"]
    assert [event.detail["code"] for event in case.events if event.kind is StepEventKind.THROWN] == ["worry"]


def test_terminate_ends_everything_in_its_scope(run: Start) -> None:
    case = run("s -> f\nf -> a\nf -> b -> e\ns: start\nf: and\na: user\nb: user\ne: end terminate")

    case.complete("b")

    assert case.is_completed
    assert case.cancelled == ["a"]
    assert case.times("e") == 1


def test_terminate_in_a_sub_process_ends_only_that(run: Start) -> None:
    case = run(
        """
        s -> f
        f -> w -> c
        f -> d
        w: sub {
        q -> g
        g -> a
        g -> b -> e
        q: start
        g: and
        a: user
        b: user
        e: end terminate
        }
        s: start
        f: and
        c: user
        d: user
        """
    )

    case.complete("b")

    assert sorted(case.open) == ["c", "d"]
    assert case.cancelled == ["a"]


def test_a_condition_that_is_true_already_does_not_wait(run: Start) -> None:
    case = run('s -> c -> a\ns: start\nc: catch condition="=n > 1"\na: user', {"n": 2})

    assert case.open == ["a"]


def test_a_condition_is_looked_at_when_variables_change(run: Start) -> None:
    case = run('s -> f\nf -> c -> a\nf -> b\ns: start\nf: and\nc: catch condition="=n > 1"\na: user\nb: user')

    assert case.open == ["b"]
    case.set(n=1)
    assert case.open == ["b"]
    case.complete("b", n=2)
    assert case.open == ["a"]


def test_a_condition_that_is_not_boolean_is_an_incident_that_can_be_tried_again(run: Start) -> None:
    case = run('s -> c -> a\ns: start\nc: catch condition="=n"\na: user', {"n": 5})

    assert case.incidents[0].step == "c"

    case.set(n=False).retry()
    assert case.open == []
    case.set(n=True)

    assert case.open == ["a"]


def test_an_event_with_several_definitions_takes_the_first_that_happens(run: Start) -> None:
    case = run("s -> c -> a\ns: start\nc: catch signal=one,two message=three\na: user")

    assert [wait.step for wait in case.workflow.waits()] == ["c", "c", "c"]
    case.message("c", n=1)

    assert case.open == ["a"]
    assert case.signal("one") == 0
    assert case.times("c") == 1


def test_a_parallel_multiple_event_waits_for_every_definition(run: Start) -> None:
    case = run("s -> c -> a\ns: start\nc: catch signal=one,two message=three parallel=true\na: user")

    case.signal("one", a=1)
    case.signal("one", a=9)
    case.message("c", b=2)
    assert case.open == ["c"]
    case.signal("two", c=3)

    assert case.open == ["a"]
    assert case.data == {"a": 1, "b": 2, "c": 3}


def test_an_event_with_several_definitions_throws_all(run: Start) -> None:
    case = run("s -> t\ns: start\nt: end signal=one,two message=three")

    assert [thrown.name for thrown in case.thrown] == ["three", "one", "two"]


def test_start_events_tell_what_begins_an_instance(compiled: Callable[..., Definition]) -> None:
    definition = compiled(
        "a: start message=request\nb: start signal=alarm\nc: start timeCycle=R/P1D\na -> x\nb -> x\nc -> x\nx: user"
    )

    assert [(start.kind, start.step, start.name) for start in definition.start_events()] == [
        (WaitKind.MESSAGE, "a", "request"),
        (WaitKind.SIGNAL, "b", "alarm"),
        (WaitKind.TIMER, "c", None),
    ]
    with pytest.raises(NotPossibleNow):
        Workflow.start(definition, {}, now=NOON)
    with pytest.raises(NotFound):
        Workflow.start(definition, {}, now=NOON, start_event="x")


def test_a_start_event_begins_only_its_own_way(run: Start) -> None:
    text = "a: start message=request\nb: start\na -> x\nb -> y\nx: user\ny: user"

    assert run(text).open == ["y"]
    assert run(text, {"n": 1}, start_event="a").open == ["x"]
    assert run(text, start_event="b").open == ["y"]


def test_a_receive_task_can_begin_an_instance(run: Start, compiled: Callable[..., Definition]) -> None:
    text = "r -> a\nr: receive message=request instantiate=true\na: user"

    assert [start.step for start in compiled(text).start_events()] == ["r"]
    assert run(text, {"n": 1}, start_event="r").open == ["a"]


def test_an_event_gateway_can_begin_an_instance_with_the_first_of_its_events(
    run: Start, compiled: Callable[..., Definition]
) -> None:
    text = (
        "g -> x -> a\ng -> y -> b\ng: events instantiate=true\nx: catch message=x\ny: catch message=y\na: user\nb: user"
    )

    assert [start.name for start in compiled(text).start_events()] == ["x", "y"]
    assert run(text, start_event="y").open == ["b"]


def test_a_parallel_event_gateway_that_begins_an_instance_waits_for_all_others(run: Start) -> None:
    case = run(
        """
        g -> x -> a
        g -> y -> b
        g -> z -> c
        g: events instantiate=true kind=Parallel
        x: catch message=x
        y: catch message=y
        z: catch message=z
        """,
        start_event="y",
    )

    assert case.open == ["x", "z"]
    case.message("z")
    assert case.open == ["x"]
    case.message("x")

    assert case.is_completed
    assert [case.times(step) for step in "abc"] == [1, 1, 1]


def test_commands_for_what_does_not_wait_are_refused(run: Start) -> None:
    case = run("s -> f\nf -> a\nf -> t\ns: start\nf: and\na: user\nt: catch timeDuration=PT1H")
    task, timer = case.wait("a").token, case.wait("t").token

    for command in (
        lambda: case.workflow.complete(timer, {}, now=NOON),
        lambda: case.workflow.fire_timer(task, now=NOON),
        lambda: case.workflow.deliver_message(task, {}, now=NOON),
        lambda: case.workflow.complete(99, {}, now=NOON),
        lambda: case.workflow.retry(task, now=NOON),
    ):
        with pytest.raises(NotPossibleNow):
            command()
    assert case.open == ["a", "t"]


def test_a_cancelled_instance_tells_what_was_withdrawn(run: Start) -> None:
    case = run("s -> f\nf -> a\nf -> t\ns: start\nf: and\na: user\nt: catch timeDuration=PT1H", {"n": 1})
    tokens = [wait.token for wait in case.workflow.waits()]

    case.cancel()

    assert case.status is WorkflowStatus.CANCELLED
    assert sorted(case.closed) == sorted(tokens)
    assert case.cancelled == ["t", "a", "p"]
    assert case.data == {"n": 1}
