"""Variables, scripts, decisions and data objects."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.bpmn.waits import StepEventKind
from engine.dmn import compile_decisions, read_dmn
from engine.errors import NotFound

Start = Callable[..., Any]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

TABLE = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">
 <decision id="fee" name="fee">
  <decisionTable id="t" hitPolicy="UNIQUE">
   <input id="i"><inputExpression id="ie" typeRef="number"><text>size</text></inputExpression></input>
   <output id="o" name="amount" typeRef="number"/>
   <rule id="small">
    <inputEntry id="e1"><text>&lt; 10</text></inputEntry><outputEntry id="o1"><text>5</text></outputEntry>
   </rule>
   <rule id="big">
    <inputEntry id="e2"><text>&gt;= 10</text></inputEntry><outputEntry id="o2"><text>size * 2</text></outputEntry>
   </rule>
  </decisionTable>
 </decision>
</definitions>"""


def test_a_script_puts_its_value_into_the_result_variable(run: Start) -> None:
    case = run("s -> a -> b\ns: start\na: script do='=n * 2 + 1' to=m\nb: user", {"n": 4})

    assert case.data == {"n": 4, "m": 9}


def test_numbers_dates_and_durations_become_plain_json(run: Start) -> None:
    case = run(
        """s -> a\ns: start\na: script do='={whole: 6 / 2, half: 1 / 2, day: date("2026-03-02"), at: now(), """
        """wait: duration("P1DT2H"), none: null}' to=m"""
    )

    assert case.data["m"]["whole"] == 3
    assert type(case.data["m"]["whole"]) is int
    assert case.data["m"]["half"] == 0.5
    assert case.data["m"]["day"] == "2026-03-02"
    assert case.data["m"]["at"].startswith("2026-03-02T12:00:00")
    assert case.data["m"]["wait"] == "P1DT2H"
    assert case.data["m"]["none"] is None


def test_parallel_branches_share_their_variables_without_losing_any(run: Start) -> None:
    case = run("s -> f\nf -> a -> j\nf -> b -> j\nj -> c\ns: start\nf: and\nj: and\na: user\nb: user\nc: user")

    case.complete("a", list=[1, 2, 3], a=1).complete("b", other=[1], b=2)

    assert case.data == {"list": [1, 2, 3], "a": 1, "other": [1], "b": 2}


def test_nothing_nested_is_shared_with_the_caller_or_between_variables(run: Start) -> None:
    given: dict[str, Any] = {"box": {"list": [1]}}
    case = run("s -> a -> b -> c\ns: start\na: script do='=box' to=copy\nb: user\nc: user", given)

    given["box"]["list"].append(2)
    case.data["copy"]["list"].append(3)
    assert case.data == {"box": {"list": [1]}, "copy": {"list": [1]}}
    results: dict[str, Any] = {"x": [1]}
    case.workflow.complete(case.wait("b").token, results, now=NOON)
    results["x"].append(2)

    assert case.data["x"] == [1]


def test_a_decision_gives_its_result_and_tells_which_rules_fired(run: Start) -> None:
    decisions = compile_decisions([read_dmn(TABLE.encode(), file="fee.dmn")])

    case = run("s -> d -> a\ns: start\nd: rule decision=fee to=fee\na: user", {"size": 12}, decisions=decisions)

    assert case.data == {"size": 12, "fee": 24}
    (decided,) = [event for event in case.events if event.kind is StepEventKind.DECIDED]
    assert decided.detail["decision"] == "fee"
    assert decided.detail["result"] == 24
    assert decided.detail["fired"]


def test_a_decision_of_an_expression_is_found_when_it_runs(run: Start) -> None:
    decisions = compile_decisions([read_dmn(TABLE.encode(), file="fee.dmn")])
    text = 's -> d -> a\ns: start\nd: rule decision="=which" to=fee\na: user'

    case = run(text, {"size": 1, "which": "fees"}, decisions=decisions)

    assert case.incidents[0].kind == "decision"
    assert case.set(which="fee").retry().data["fee"] == 5


def test_scopes_have_variables_of_their_own(run: Start) -> None:
    case = run('s -> w -> b\nw: sub in.x="=1" {\nq -> a\nq: start\na: user\n}\ns: start\nb: user', {"x": 0})
    scope = case.wait("a").scope

    assert case.workflow.variables(scope) == {"x": 1}
    case.workflow.set_variables(scope, {"x": 5, "y": 6}, now=NOON)
    assert case.wait("a").data["x"] in (1, 5)
    case.complete("a", y=7)

    assert case.data == {"x": 0}
    with pytest.raises(NotFound):
        case.workflow.variables(scope)


@pytest.mark.parametrize(
    ("outer", "inner", "left"), [("", "d: data name=total", {}), ("d: data name=total", "", {"total": 2})]
)
def test_a_data_object_is_a_variable_of_the_scope_that_declares_it(
    run: Start, outer: str, inner: str, left: dict[str, int]
) -> None:
    case = run(
        f's -> w -> b\n{outer}\nw: sub {{\n{inner}\nq -> a -> c\nq: start\na: user moves.d="=n + 1"\nc: user\n}}\n'
        "s: start\nb: user"
    )

    case.complete("a", n=1)
    assert case.wait("c").data == {"n": 1, "total": 2}
    case.complete("c")

    assert case.data == {"n": 1, **left}


def test_the_variables_of_an_instance_that_has_ended_are_kept(run: Start) -> None:
    case = run("s -> a\ns: start\na: user", {"n": 1}).complete("a", m=2)

    assert case.is_completed
    assert case.data == {"n": 1, "m": 2}


def test_whole_numbers_beyond_64_bits_stay_exact(run: Start) -> None:
    case = run("s -> a -> b\ns: start\na: script do='=n * n' to=m\nb: user", {"n": 10**15})

    assert case.data["m"] == 10**30
    case.complete("b", k=2**70)
    assert case.data["k"] == 2**70
    assert Decimal(case.data["m"]) == Decimal(10) ** 30
