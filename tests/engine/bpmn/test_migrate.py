"""A running instance goes over to another version: every token keeps its number, its data and its remaining time."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from engine.bpmn.definition import Definition
from engine.bpmn.migration import Obstructed, carry_over, check_plan, lost_steps
from engine.bpmn.workflow import Workflow


@pytest.fixture
def migrate(compiled: Callable[..., Definition]) -> Callable[..., Any]:
    """Carry an instance under test over to a drawn version; what opened since stands in ``last``."""

    def go(case: Any, text: str, steps: Mapping[str, str] | None = None) -> Any:
        case.workflow.take_changes()
        case.workflow = carry_over(case.workflow, compiled(text), steps or {}, now=case.now)
        state = case.workflow.dump()
        assert Workflow.load(case.workflow.definition, state).dump() == state
        case._look()
        return case

    return go


def obstacles(migrate: Callable[..., Any], case: Any, text: str, steps: Mapping[str, str] | None = None) -> set[str]:
    before = case.workflow.dump()
    with pytest.raises(Obstructed) as refused:
        migrate(case, text, steps)
    assert case.workflow.dump() == before, "an instance that cannot go over stays as it is"
    assert all(set(each.message) == {"id", "en"} for each in refused.value.obstacles)
    return {each.step for each in refused.value.obstacles}


def test_a_task_keeps_its_token_and_the_new_steps_behind_it_are_done(run: Any, migrate: Any) -> None:
    case = run("s -> a -> e\ns: start\na: user\ne: end", {"n": 1})
    token = case.wait("a").token

    migrate(case, "s -> a -> b -> e\ns: start\na: user\nb: user\ne: end")

    assert case.wait("a").token == token
    assert (case.last.opened, case.last.closed) == ([], [])
    assert case.complete("a", m=2).open == ["b"]
    assert case.data == {"n": 1, "m": 2}
    assert case.complete("b").is_completed


def test_a_step_that_has_another_id_now_is_named_by_the_plan(run: Any, migrate: Any) -> None:
    case = run("s -> a -> e\ns: start\na: user\ne: end")
    text = "s -> check -> e\ns: start\ncheck: user\ne: end"
    token = case.wait("a").token

    assert obstacles(migrate, case, text) == {"a"}
    migrate(case, text, {"a": "check"})

    assert (case.open, case.wait("check").token) == (["check"], token)
    assert case.complete("check").is_completed


def test_another_kind_of_step_is_an_obstacle_and_the_old_instance_stays(run: Any, migrate: Any) -> None:
    case = run("s -> a\ns: start\na: user")

    assert obstacles(migrate, case, "s -> a\ns: start\na: service type=t") == {"a"}
    assert case.complete("a").is_completed


def test_who_may_do_a_task_is_asked_again_and_its_due_time_stays(run: Any, migrate: Any) -> None:
    due = "2026-04-01T00:00:00+00:00"
    case = run(f"s -> a\ns: start\na: user groups=clerk form=old due={due}")

    migrate(case, "s -> a\ns: start\na: user groups=judge form=new due=2027-01-01T00:00:00+00:00")

    work = case.wait("a").work
    assert (work["candidate_groups"], work["form"], work["due"]) == (["judge"], "new", due)


def test_a_timer_keeps_the_moment_at_which_it_is_due(run: Any, migrate: Any) -> None:
    text = "s -> a -> e\nx -> late\ns: start\na: user\nx: boundary on=a timeDuration={}\ne: end\nlate: user"
    case = run(text.format("P10D"))
    due = case.wait("x").due

    migrate(case.after(days=4), text.format("P90D"))

    assert case.wait("x").due == due
    assert case.fire("x").open == ["late"]


def test_a_boundary_event_that_is_new_is_waited_for_from_now_on(run: Any, migrate: Any) -> None:
    case = run("s -> a -> e\ns: start\na: user\ne: end").after(days=4)

    migrate(case, "s -> a -> e\nx -> late\ns: start\na: user\nx: boundary on=a timeDuration=P10D\ne: end\nlate: user")

    assert [wait.step for wait in case.last.opened] == ["x"]
    assert case.wait("x").due == case.now + timedelta(days=10)
    assert case.fire("x").open == ["late"]


def test_a_boundary_event_that_is_gone_is_no_longer_waited_for(run: Any, migrate: Any) -> None:
    case = run("s -> a -> e\nx -> late\ns: start\na: user\nx: boundary on=a message=m\ne: end\nlate: user")
    token = case.wait("x").token

    migrate(case, "s -> a -> e\ns: start\na: user\ne: end")

    assert (case.last.closed, case.open) == ([token], ["a"])
    assert case.complete("a").is_completed


def test_an_event_sub_process_that_is_new_listens_and_one_that_is_gone_does_not(run: Any, migrate: Any) -> None:
    plain = "s -> a\ns: start\na: user\n"
    case = run(plain + "old: sub event {\nq -> z\nq: start message=m\nz: user\n}")

    migrate(case, plain + "new: sub event {\nq2 -> z2\nq2: start signal=stop\nz2: user\n}")

    assert case.open == ["a", "q2"]
    assert case.signal("stop") == 1
    assert case.open == ["z2"]


def test_a_message_that_has_another_name_now_is_waited_for_by_that_name(run: Any, migrate: Any) -> None:
    case = run("s -> c\ns: start\nc: catch message=old")

    migrate(case, "s -> c\ns: start\nc: catch message=new")

    assert case.wait("c").name == "new"


def test_an_event_that_waits_for_something_else_now_waits_anew(run: Any, migrate: Any) -> None:
    case = run("s -> c\ns: start\nc: catch message=m")
    token = case.wait("c").token

    migrate(case, "s -> c\ns: start\nc: catch timeDuration=PT1H")

    assert case.last.closed == [token]
    assert case.fire("c").is_completed


def test_a_join_keeps_the_tokens_that_it_has_counted_whatever_order_its_flows_are_in(run: Any, migrate: Any) -> None:
    head = "s: start\nf: and\ng: and\na: user\nb: user\n"
    case = run(f"{head}s -> f\nf -> a -> g\nf -> b -> g\ng -> e\ne: end").complete("a")

    migrate(case, f"{head}s -> f\nf -> b -> g\nf -> a -> g\ng -> e\ne: end")

    assert case.complete("b").is_completed


def test_a_join_goes_on_when_the_flow_that_it_waited_for_is_gone(run: Any, migrate: Any) -> None:
    head = "s: start\nf: and\ng: and\na: user\nb: user\ne: user\n"
    case = run(f"{head}s -> f\nf -> a -> g\nf -> b -> g\ng -> e").complete("a")

    migrate(case, f"{head}s -> f\nf -> a -> g\nf -> b\ng -> e")

    assert sorted(case.open) == ["b", "e"]


def test_a_join_whose_counted_flow_is_gone_is_an_obstacle(run: Any, migrate: Any) -> None:
    head = "s: start\nf: and\ng: and\na: user\nb: user\nc: user\n"
    case = run(f"{head}s -> f\nf -> a -> g\nf -> b -> g\nf -> c -> g").complete("a")

    assert obstacles(migrate, case, f"{head}s -> f\nf -> a\nf -> b -> g\nf -> c -> g") == {"g"}


def test_repetitions_go_over_one_by_one(run: Any, migrate: Any) -> None:
    text = 's -> a -> {end}\ns: start\na: user each="=xs" as=x into=ys from="=y"\n{end}: user'
    case = run(text.format(end="e"), {"xs": [1, 2, 3]})
    case.workflow.complete(case.workflow.waits()[1].token, {"y": 20}, now=case.now)

    migrate(case, text.format(end="f"))

    assert case.open == ["a", "a"]
    assert case.complete("a", y=10).complete("a", y=30).data["ys"] == [10, 20, 30]
    assert case.open == ["f"]


def test_a_repeated_step_that_is_no_longer_repeated_is_an_obstacle(run: Any, migrate: Any) -> None:
    case = run('s -> a\ns: start\na: user each="=xs"', {"xs": [1, 2]})

    assert "a" in obstacles(migrate, case, "s -> a\ns: start\na: user")


def test_a_step_that_stands_in_a_sub_process_now_is_an_obstacle(run: Any, migrate: Any) -> None:
    case = run("s -> a\ns: start\na: user")

    assert obstacles(migrate, case, "s -> w\ns: start\nw: sub {\nq -> a\nq: start\na: user\n}") == {"a"}


def test_a_sub_process_and_a_called_process_go_over_with_what_is_in_them(run: Any, migrate: Any) -> None:
    old = "process p\ns -> w -> c\ns: start\nw: sub {\nq -> a\nq: start\na: user\n}\nc: call process=r\n"
    called = "process r\nt -> k\nt: start\nk: user"
    case = run(old + called)

    migrate(case, old.replace("w -> c", "w -> new -> c") + called)
    case.complete("a")
    migrate(case, old.replace("a: user", "a: user form=f") + called.replace("t -> k", "t -> k -> z"))

    assert case.open == ["r:k"]
    assert case.complete("r:k").is_completed


UNDO = """
s -> a -> b -> t -> e
x: boundary on=a compensate
undo: {} undoes=x
a: task
b: user
t: throw compensate
s: start
"""


def test_what_was_done_can_still_be_undone_and_a_handler_that_is_gone_is_an_obstacle(run: Any, migrate: Any) -> None:
    case = run(UNDO.format("user"))

    assert obstacles(migrate, case, "s -> a -> b -> e\na: task\nb: user\ns: start") == {"p"}
    migrate(case, UNDO.format("user") + "e: user")

    assert case.complete("b").open == ["undo"]
    assert case.complete("undo").open == ["e"]


def test_an_instance_in_the_middle_of_undoing_goes_on_with_it(run: Any, migrate: Any) -> None:
    case = run(UNDO.format("user")).complete("b")

    migrate(case, UNDO.format("user") + "e: user")

    assert case.complete("undo").open == ["e"]


def test_an_event_gateway_waits_for_events_that_are_new_behind_it(run: Any, migrate: Any) -> None:
    case = run("s -> g\ng -> m -> a\ns: start\ng: events\nm: catch message=m\na: user")

    migrate(
        case,
        "s -> g\ng -> m -> a\ng -> t -> b\ns: start\ng: events\nm: catch message=m\nt: catch timeDuration=P1D\n"
        "a: user\nb: user",
    )

    assert case.open == ["m", "t"]
    assert case.fire("t").open == ["b"]


def test_a_timer_that_repeats_goes_on_counting(run: Any, migrate: Any) -> None:
    text = "s -> a\nx -> n -> z\ns: start\na: user\nx: boundary on=a beside timeCycle=R2/P1D\nn: task\nz: user"
    case = run(text).fire("x")

    migrate(case, text.replace("R2/P1D", "R9/P1D"))

    assert case.fire("x").open == ["a", "z", "z"]


def test_a_step_with_an_incident_keeps_it_and_can_be_tried_again(run: Any, migrate: Any) -> None:
    text = "s -> x\nx -> a if n > 1\nx -> b if n < 1\ns: start\nx: xor\na: user\nb: user"
    case = run(text, {"n": 1})
    assert case.incidents

    migrate(case, text.replace("n < 1", "n <= 1"))

    assert case.retry().open == ["b"]


def test_a_plan_is_checked_before_any_instance_is_touched(compiled: Any) -> None:
    old = compiled("s -> a -> b -> c\ns: start\na: user\nb: user\nc: service type=t")
    new = compiled("s -> d -> e\ns: start\nd: user\ne: service type=t")

    assert check_plan(old, new, {"a": "d", "b": "d", "c": "e"}) == []
    assert [each.step for each in check_plan(old, new, {"q": "d", "a": "z", "b": "e"})] == ["q", "a", "b"]
    assert set(lost_steps(old, new, {"a": "d"})) == {"b", "c"}
