"""Messages in and out, jobs and people's tasks: what the outside is told, and what its answers do."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.bpmn.waits import StepEventKind, WaitKind
from engine.bpmn.workflow import Workflow
from engine.errors import Invalid

Start = Callable[..., Any]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_message_wait_has_its_name_and_correlation_key(run: Start) -> None:
    case = run('s -> m -> a\ns: start\nm: catch message=reply key="=order.id"\na: user', {"order": {"id": 17}})

    wait = case.wait("m")
    assert (wait.kind, wait.name, wait.correlation_key) == (WaitKind.MESSAGE, "reply", "17")

    case.set(order={"id": 18})
    assert case.wait("m").correlation_key == "17"
    case.message("m", text="yes")

    assert case.open == ["a"]
    assert case.data == {"order": {"id": 18}, "text": "yes"}


@pytest.mark.parametrize("key", [None, "", True, [1]])
def test_a_correlation_key_that_is_no_text_or_number_is_an_incident(run: Start, key: Any) -> None:
    case = run('s -> m -> a\ns: start\nm: catch message=reply key="=id"\na: user', {"id": key})

    assert case.incidents[0].step == "m"
    assert case.set(id="x").retry().wait("m").correlation_key == "x"


def test_the_output_of_a_message_is_chosen_by_its_mapping(run: Start) -> None:
    case = run('s -> m -> a\ns: start\nm: receive message=reply out.answer="=body.text"\na: user')

    case.message("m", body={"text": "yes"}, other=1)

    assert case.data == {"answer": "yes"}


@pytest.mark.parametrize("kind", ["throw", "send", "end"])
def test_a_message_leaves_with_its_key_and_the_mapped_data_only(run: Start, kind: str) -> None:
    case = run(
        f's -> m\ns: start\nm: {kind} message=notice key="=id" in.text="=upper case(word)"', {"id": 5, "word": "x"}
    )

    (thrown,) = case.thrown
    assert (thrown.kind, thrown.name, thrown.correlation_key) == (WaitKind.MESSAGE, "notice", "5")
    assert thrown.data == {"text": "X"}
    assert thrown.step == "m"
    assert case.is_completed


def test_a_message_without_mapping_carries_nothing_of_the_case(run: Start) -> None:
    case = run("s -> m\ns: start\nm: throw message=notice", {"secret": 1})

    assert case.thrown[0].data == {}


@pytest.mark.parametrize("kind", ["throw message=notice", "send message=notice", "end message=notice", "rule", "task"])
def test_a_step_with_a_job_type_is_a_job(run: Start, kind: str) -> None:
    case = run(f"s -> m\ns: start\nm: {kind} job=work")

    wait = case.wait("m")
    assert (wait.kind, wait.work["job_type"]) == (WaitKind.JOB, "work")
    assert case.complete("m", n=1).data == {"n": 1}
    assert case.thrown == []
    assert case.is_completed


def test_a_task_tells_who_may_do_it_as_evaluated_when_it_began(run: Start) -> None:
    case = run(
        "s -> a\ns: start\na: user assignee='=boss' groups='=[\"x\", team]' users='ann, bob'",
        {"boss": "eve", "team": "y"},
    )
    case.set(boss="zoe")

    assert case.wait("a").work == {
        "assignee": "eve",
        "candidate_groups": ["x", "y"],
        "candidate_users": ["ann", "bob"],
    }
    assert case.opened[0].work == case.wait("a").work


def test_an_assignment_that_fails_is_an_incident_and_not_a_task_for_nobody(run: Start) -> None:
    case = run("s -> a\ns: start\na: user groups='=team + 1'", {"team": 4})

    assert case.incidents[0].step == "a"
    assert case.open == []


def test_results_go_to_the_instance_or_where_the_variable_lives(run: Start) -> None:
    case = run('s -> w -> b\nw: sub in.inner="=0" {\nq -> a\nq: start\na: user\n}\ns: start\nb: user', {"outer": 0})

    case.complete("a", inner=1, outer=2, fresh=3)

    assert case.data == {"outer": 2, "fresh": 3}


def test_mappings_give_a_step_variables_of_its_own_and_choose_its_results(run: Start) -> None:
    case = run(
        's -> a -> b\ns: start\na: service in.x.y="=n + 1" in.z="=x.y * 2" out.r.s="=x.y + got"\nb: user', {"n": 1}
    )
    assert case.wait("a").data == {"x": {"y": 2}, "z": 4}

    case.complete("a", got=10, other=1)

    assert case.data == {"n": 1, "r": {"s": 12}}


def test_a_mapping_into_an_object_keeps_what_else_is_in_it(run: Start) -> None:
    case = run('s -> a\ns: start\na: user out.r.s="=1"', {"r": {"t": 2}}).complete("a")

    assert case.data == {"r": {"t": 2, "s": 1}}


def test_an_output_mapping_that_fails_keeps_the_results_for_another_try(run: Start) -> None:
    case = run('s -> a -> x\ns: start\na: user out.r="=got.deep"\nx: xor\nx -> b if r > limit\nx -> c else\nb: user')

    case.complete("a", got={"deep": 5})
    assert [incident.step for incident in case.incidents] == ["x"]
    case.set(limit=3).retry()

    assert case.open == ["b"]


def test_waits_that_open_and_close_unseen_are_not_told(run: Start) -> None:
    case = run('s -> a -> b\nx -> c\ns: start\na: user\nx: boundary on=a condition="=true"\nc: user')

    assert [wait.step for wait in case.opened] == ["c"]
    assert case.closed == []


def test_changes_are_told_once_and_in_order(run: Start) -> None:
    case = run("s -> a -> b\ns: start\na: user\nb: user")
    first = case.wait("a").token

    case.complete("a")

    assert case.last.closed == [first]
    assert [wait.step for wait in case.last.opened] == ["b"]
    assert case.last.flows == ["a_b"]
    assert [(event.kind, event.step) for event in case.last.events] == [
        (StepEventKind.COMPLETED, "a"),
        (StepEventKind.ENTERED, "b"),
    ]
    changes = case.workflow.take_changes()
    assert (changes.opened, changes.closed, changes.events, changes.flows) == ([], [], [], [])


def test_tokens_are_never_used_again(run: Start) -> None:
    case = run("s -> m -> a -> x\nx -> m if n < 20\nx -> e else\ns: start\nm: xor\nx: xor\na: user\ne: end", {"n": 0})
    seen = []

    for n in range(1, 21):
        seen.append(case.wait("a").token)
        case.complete("a", n=n)

    assert len(set(seen)) == 20
    assert case.is_completed


def test_variables_that_are_nested_too_deep_are_refused_before_anything_happens(run: Start) -> None:
    case = run("s -> a\ns: start\na: user")
    deep: Any = 1
    for _ in range(300):
        deep = [deep]

    with pytest.raises(Invalid):
        case.workflow.complete(case.wait("a").token, {"x": deep}, now=NOON)

    assert case.open == ["a"]
    with pytest.raises(Invalid):
        Workflow.start(case.workflow.definition, {"x": deep}, now=NOON)
