"""The rules of meaning, each with a model that breaks it and one that does not."""

from collections.abc import Callable
from types import ModuleType

import pytest

from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.reader import read_bpmn
from engine.findings import Finding, Severity

Linted = Callable[..., list[Finding]]
USER = "a: user name=Examine"


@pytest.fixture
def linted(drawing: ModuleType) -> Linted:
    """Return what lint finds in a drawing, the rules of style about diagrams aside."""

    def lint(text: str, **known: frozenset[str]) -> list[Finding]:
        model = read_bpmn(drawing.draw(text).encode(), file="test.bpmn")
        found = lint_models([model], context=LintContext(**known))
        return [finding for finding in found if finding.rule != "bpmn.diagram-missing"]

    return lint


BROKEN = {
    "no-script": "s -> a -> e\ns: start\na: script do='n + 1' to=n\ne: end",
    "no-decision": "s -> a -> e\ns: start\na: rule\ne: end",
    "expression": "s -> x\nx -> a if 1 +\nx -> e else\na -> e\ns: start\nx: xor\ne: end",
    "expression-remark": "s -> x\nx -> a if n > 1 and 1 = true\nx -> e else\na -> e\ns: start\nx: xor\ne: end",
    "condition-kind": "s -> x\nx -> a if 1 + 1\nx -> e else\na -> e\ns: start\nx: xor\ne: end",
    "timer": "s -> a -> e\ns: start\na: catch timeDuration=tomorrow\ne: end",
    "unreachable": f"s -> a -> e\nb -> c -> b\n{USER}\ns: start\ne: end",
    "never-taken": "s -> x\nx -> a if false\nx -> e else\na -> e\ns: start\nx: xor\ne: end",
    "loop-without-wait": "s -> x -> y\ny -> x if again\ny -> e else\ns: start\nx: xor\ny: xor\ne: end",
    "loop-of-scripts": (
        "s -> x -> a -> y\ny -> x if n > 3\ny -> e else\ns: start\nx: xor\ny: xor\ne: end\na: script do='=n + 1' to=n"
    ),
    "join-starved": "s -> x\nx -> a if yes\nx -> b else\na -> j\nb -> j -> e\ns: start\nx: xor\nj: and\ne: end",
    "tokens-multiply": "s -> f -> a -> m -> e\nf -> b -> m\ns: start\nf: and\nm: xor\ne: end",
    "parallel-writes": (
        "s -> f -> a -> j -> e\nf -> b -> j\ns: start\nf: and\nj: and\ne: end\n"
        "a: script do==1 to=n\nb: script do==2 to=n"
    ),
    "error-uncaught": "s -> a -> e\ns: start\ne: end error=BROKEN",
    "call-cycle": "process p\ns -> c -> e\ns: start\nc: call process=p\ne: end",
    "unnamed-step": "s -> a -> e\ns: start\na: user\ne: end",
    "gateway-mixed": "s -> a -> x -> b -> e\ns -> x -> e\ns: start\nx: and\ne: end",
    "signal-uncaught": "s -> t -> e\ns: start\nt: throw signal=red\ne: end",
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_model_that_breaks_a_rule_is_told_so_with_element_line_and_how_to_mend_it(linted: Linted, rule: str) -> None:
    findings = [finding for finding in linted(BROKEN[rule]) if finding.rule == f"bpmn.{rule}"]

    assert findings, sorted({finding.rule for finding in linted(BROKEN[rule])})
    assert findings[0].element
    assert findings[0].place.line
    assert findings[0].mend.keys() == {"id", "en"}


def test_a_sound_model_has_only_hints(linted: Linted) -> None:
    found = linted(
        "s -> x\nx -> a if n > 3\nx -> b else\na -> m\nb -> m -> e\ns: start\nx: xor name=Many\nm: xor\ne: end\n"
        "a: user name=Examine\nb: user name=Refuse"
    )

    assert {finding.severity for finding in found} <= {Severity.HINT}


def test_a_service_step_without_a_job_type_cannot_be_done(drawing: ModuleType) -> None:
    drawn = drawing.draw("s -> a -> e\ns: start\na: service\ne: end").replace(
        "<zeebe:taskDefinition", "<zeebe:properties"
    )

    found = lint_models([read_bpmn(drawn.encode(), file="test.bpmn")], context=LintContext())

    assert [finding.element for finding in found if finding.rule == "bpmn.no-job-type"] == ["a"]


def test_a_fault_in_an_expression_is_placed_on_its_character(linted: Linted, drawing: ModuleType) -> None:
    text = "s -> x\nx -> a if n < and\nx -> e else\na -> e\ns: start\nx: xor\ne: end"
    lines = drawing.draw(text).splitlines()

    place = next(finding for finding in linted(text) if finding.rule == "bpmn.expression").place

    assert place.line is not None
    assert place.column is not None
    assert lines[place.line - 1][place.column - 1 :].startswith("and")


@pytest.mark.parametrize(
    ("known", "text", "rule"),
    [
        (
            {"decisions": frozenset(("tier",))},
            "s -> a -> e\ns: start\na: rule decision=tire to=n\ne: end",
            "unknown-decision",
        ),
        (
            {"processes": frozenset(("other",))},
            "s -> a -> e\ns: start\na: call process=othre\ne: end",
            "unknown-process",
        ),
        (
            {"terms": frozenset(("answer",))},
            "s -> a -> e\ns: start\na: catch timeDate==term.anwser.due\ne: end",
            "unknown-term",
        ),
    ],
)
def test_a_name_that_nearly_exists_is_suggested(
    linted: Linted, known: dict[str, frozenset[str]], text: str, rule: str
) -> None:
    finding = next(each for each in linted(text, **known) if each.rule == f"bpmn.{rule}")

    assert next(iter(next(iter(known.values())))) in finding.mend["en"]


def test_a_step_that_no_role_may_do_is_an_error(linted: Linted) -> None:
    found = linted(f"s -> a -> e\ns: start\n{USER}\ne: end", roles=frozenset(("officer",)))

    assert [finding.element for finding in found if finding.rule == "bpmn.nobody"] == ["a"]


def test_an_error_caught_around_it_is_no_fault(linted: Linted) -> None:
    inside = "u: sub {\nt -> f\nt: start\nf: end error=BROKEN\n}"
    text = f"s -> u -> e\nc -> e\ns: start\ne: end\nc: boundary on=u error=BROKEN\n{inside}"

    assert not [finding for finding in linted(text) if finding.rule == "bpmn.error-uncaught"]


def test_branches_that_meet_in_a_join_of_their_kind_are_sound(linted: Linted) -> None:
    found = linted("s -> f -> a -> j -> e\nf -> b -> j\ns: start\nf: and\nj: and\ne: end")

    assert not {"bpmn.join-starved", "bpmn.tokens-multiply"} & {finding.rule for finding in found}


def test_a_drawing_is_checked_but_only_warned_about(drawing: ModuleType) -> None:
    drawn = drawing.draw(BROKEN["expression"]).replace('isExecutable="true"', 'isExecutable="false"')

    found = lint_models([read_bpmn(drawn.encode(), file="test.bpmn")], context=LintContext())

    assert not [finding for finding in found if finding.severity is Severity.ERROR]
    assert {"bpmn.not-executable", "bpmn.expression"} <= {finding.rule for finding in found}


def test_a_default_flow_that_is_not_there_is_named_and_nothing_else_fails() -> None:
    drawn = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/'
        'XMLSchema-instance" id="d" targetNamespace="urn:t"><process id="p" isExecutable="true"><startEvent id="s"/>'
        '<task id="a" default="nowhere"/><endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>'
        '<sequenceFlow id="g" sourceRef="a" targetRef="e"><conditionExpression xsi:type="tFormalExpression">=x'
        "</conditionExpression></sequenceFlow></process></definitions>"
    )

    found = lint_models([read_bpmn(drawn.encode(), file="test.bpmn")], context=LintContext())

    assert "bpmn.default-own" in {finding.rule for finding in found}
