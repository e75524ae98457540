"""Events, scopes, repetitions and incidents where they meet. Each test runs live and stored after every command."""

from collections.abc import Callable
from typing import Any

from engine.bpmn.waits import WorkflowStatus

Start = Callable[..., Any]

BESIDES = """
s: start
s -> u -> e
u: user
e: end
besides: sub event {
  told: start message=m beside
  told -> h -> z
  h: user
  z: end
}
"""


def test_a_terminate_end_inside_a_repetition_ends_only_that_repetition(run: Start) -> None:
    case = run("""
        s: start
        s -> each -> e
        e: end
        each: sub times=3 {
          begin: start
          begin -> both -> first -> stop
          both -> second -> done
          both: and
          first: user
          second: user
          stop: end terminate
          done: end
        }""")

    case.complete("first")
    left = case.open.count("second")
    case.complete("first").complete("first")

    assert left == 2
    assert case.is_completed
    assert case.cancelled.count("second") == 3


def test_an_error_leaves_a_called_process_through_the_boundary_of_the_call(run: Start) -> None:
    case = run("""
        s: start
        s -> c -> e
        e: end
        c: call process=q
        failed: boundary on=c error=E
        failed -> mend -> e2
        mend: user
        e2: end
        process q
        s -> u -> z
        s: start
        u: user
        z: end error=E""")

    case.complete(case.open[0])

    assert case.open == ["mend"]


def test_an_escalation_that_does_not_interrupt_may_come_several_times(run: Start) -> None:
    case = run("""
        s: start
        s -> m -> e
        e: end
        m: sub {
          a: start
          a -> once -> twice -> u -> z
          once: throw escalation=X
          twice: throw escalation=X
          u: user
          z: end
        }
        told: boundary on=m escalation=X beside
        told -> look -> e2
        look: user
        e2: end""")

    assert sorted(case.open) == ["look", "look", "u"]


def test_a_timer_cycle_beside_a_task_fires_as_often_as_it_says(run: Start) -> None:
    case = run("""
        s: start
        s -> u -> e
        e: end
        u: user
        remind: boundary on=u timeCycle=R3/PT1H beside
        remind -> letter -> e2
        letter: user
        e2: end""")

    for _ in range(3):
        case.fire("remind")

    assert sorted(case.open) == ["letter", "letter", "letter", "u"]


def test_an_instance_with_an_incident_can_be_cancelled_and_resolves_it(run: Start) -> None:
    case = run("""
        s: start
        s -> x
        x: xor
        x -> f if nothing > 1
        f: end""")
    incident = case.incidents[0].token

    case.cancel()

    assert case.status is WorkflowStatus.CANCELLED
    assert case.resolved == [incident]


def test_a_condition_that_failed_is_tried_again_without_doing_the_step_twice(run: Start) -> None:
    case = run("""
        s: start
        s -> u -> e if v > 1
        u -> f else
        u: user
        e: end
        f: end""")
    case.complete("u")

    case.set(v=2)
    case.retry()

    assert case.is_completed
    assert case.times("u") == 1
    assert case.times("e") == 1


def test_a_timer_that_failed_to_open_is_tried_again_before_the_task_opens(run: Start) -> None:
    case = run("""
        s: start
        s -> u -> e
        u: user
        late: boundary on=u timeDuration='=limit'
        late -> e2
        e2: end
        e: end""")
    before = case.open

    case.set(limit="PT1H")
    case.retry()

    assert before == []
    assert sorted(case.open) == ["late", "u"]


def test_a_repetition_over_a_list_that_was_missing_is_tried_again(run: Start) -> None:
    case = run("""
        s: start
        s -> u -> e
        u: user each='=items' as=item into=doubled from='=item * 2'
        e: end""")

    case.set(items=[1, 2])
    case.retry()
    case.complete("u").complete("u")

    assert case.is_completed
    assert case.data["doubled"] == [2, 4]


def test_an_event_sub_process_takes_the_place_of_everything_in_its_scope(run: Start) -> None:
    case = run("""
        s: start
        s -> u -> e
        u: user
        e: end
        instead: sub event {
          told: start message=m
          told -> h -> z
          h: user
          z: end
        }""")

    case.message("told")
    instead = case.open
    case.complete("h")

    assert instead == ["h"]
    assert case.cancelled == ["u"]
    assert case.is_completed


def test_event_sub_processes_beside_a_scope_keep_it_open_until_they_are_done(run: Start) -> None:
    case = run(BESIDES)

    case.message("told").message("told").complete("u")
    waiting = case.open.count("h")
    case.complete("h").complete("h")

    assert waiting == 2
    assert case.is_completed


def test_an_event_sub_process_that_interrupts_ends_another_that_runs(run: Start) -> None:
    case = run(
        BESIDES
        + """
        instead: sub event {
          withdrawn: start message=n
          withdrawn -> h2 -> z2
          h2: user
          z2: end
        }"""
    )

    case.message("told").message("withdrawn")

    assert case.open == ["h2"]


def test_an_error_thrown_by_the_handler_of_an_error_goes_outwards(run: Start) -> None:
    case = run("""
        s: start
        s -> m -> e
        e: end
        m: sub {
          a: start
          a -> u -> z
          u: user
          z: end error=E
          caught: sub event {
            failed: start error=E
            failed -> h -> y
            h: user
            y: end error=F
          }
        }
        out: boundary on=m error=F
        out -> k -> e2
        k: user
        e2: end""")

    case.complete("u")
    inside = case.open
    case.complete("h")

    assert inside == ["h"]
    assert case.open == ["k"]


def test_a_terminate_end_in_an_event_sub_process_ends_only_that(run: Start) -> None:
    case = run("""
        s: start
        s -> u -> e
        u: user
        e: end
        besides: sub event {
          told: start message=m beside
          told -> h -> z
          h: user
          z: end terminate
        }""")

    case.message("told").complete("h")

    assert sorted(case.open) == ["told", "u"]


def test_an_inclusive_pair_in_a_loop_joins_in_every_pass(run: Start) -> None:
    case = run(
        """
        s: start
        s -> x -> split -> a -> join
        split -> b -> join if v > 0
        split: or
        a: user
        b: user
        join: or
        join -> y
        y -> x if again
        y -> e else
        x: xor
        y: xor
        e: end""",
        {"v": 1, "again": True},
    )

    for _ in range(3):
        case.complete("a").complete("b")
    case.set(again=False)
    case.complete("b").complete("a")

    assert case.times("join") == 4
    assert case.is_completed


def test_cancelling_a_transaction_undoes_in_reverse_and_then_takes_the_cancel_event(run: Start) -> None:
    case = run("""
        s: start
        s -> t -> e
        e: end
        t: transaction {
          a: start
          a -> one -> two -> u -> x
          one: user
          two: user
          u: user
          x: end cancel
          one_done: boundary on=one compensate
          two_done: boundary on=two compensate
          undo_one: user undoes=one_done
          undo_two: user undoes=two_done
        }
        cancelled: boundary on=t cancel
        cancelled -> w -> e2
        w: user
        e2: end""")
    case.complete("one").complete("two").complete("u")
    opened = list(case.open)

    case.complete("undo_two")
    opened += case.open
    case.complete("undo_one")

    assert opened == ["undo_two", "undo_one"]
    assert case.open == ["w"]


def test_a_condition_beside_a_task_fires_again_only_after_it_was_not_met(run: Start) -> None:
    case = run(
        """
        s: start
        s -> u -> e
        e: end
        u: user
        high: boundary on=u condition='=v > 1' beside
        high -> k -> e2
        k: user
        e2: end""",
        {"v": 0},
    )

    case.set(v=2).set(v=3)
    once = case.open.count("k")
    case.set(v=0).set(v=5)

    assert once == 1
    assert case.open.count("k") == 2


def test_a_signal_is_heard_by_all_who_listen_in_its_own_instance(run: Start) -> None:
    case = run("""
        s: start
        s -> both
        both: and
        both -> u -> e
        both -> call -> e3
        e: end
        e3: end
        call: throw signal=X
        u: user
        heard: boundary on=u signal=X
        heard -> k -> e2
        k: user
        e2: end
        besides: sub event {
          told: start signal=X beside
          told -> h -> z
          h: user
          z: end
        }""")

    assert sorted(case.open) == ["h", "k", "told"]


def test_an_incident_is_resolved_when_its_step_is_withdrawn(run: Start) -> None:
    case = run("""
        s: start
        s -> m -> e
        e: end
        m: sub {
          a: start
          a -> x
          x: xor
          x -> f if nothing > 1
          f: end
        }
        stop: boundary on=m message=M
        stop -> k -> e2
        k: user
        e2: end""")
    incident = case.incidents[0].token

    case.message("stop")

    assert case.open == ["k"]
    assert case.resolved == [incident]


def test_each_timer_behind_an_event_gateway_has_its_own_time_and_the_first_wins(run: Start) -> None:
    case = run("""
        s: start
        s -> first
        first: events
        first -> soon -> a -> e
        first -> late -> b -> e
        soon: catch timeDuration=PT1H
        late: catch timeDuration=PT2H
        a: user
        b: user
        e: end""")
    between = case.wait("late").due - case.wait("soon").due

    case.fire("soon")

    assert between.total_seconds() == 3600
    assert case.open == ["a"]


def test_an_error_that_nobody_catches_fails_the_instance_and_keeps_its_data(run: Start) -> None:
    case = run(
        """
        s: start
        s -> u -> e
        u: user
        e: end error=E""",
        {"v": 3},
    )

    case.complete("u")

    assert case.status is WorkflowStatus.FAILED
    assert case.data == {"v": 3}
    assert [incident.step for incident in case.incidents] == ["e"]
