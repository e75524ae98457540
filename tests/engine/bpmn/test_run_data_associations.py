"""Data associations move values between data objects and what activities call their own data."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.bpmn.compiler import compile_process
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.reader import read_bpmn
from engine.bpmn.workflow import Workflow
from engine.findings import errors_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FORMAL = 'xsi:type="tFormalExpression"'
SPECIFICATION = (
    '<ioSpecification><dataInput id="di" name="order"/><dataOutput id="do" name="answer"/><inputSet id="is">'
    '<dataInputRefs>di</dataInputRefs></inputSet><outputSet id="os"><dataOutputRefs>do</dataOutputRefs></outputSet>'
    "</ioSpecification>"
)


def started(associations: str, **variables: Any) -> Workflow:
    """Start a process with the data object ``case`` (d) and a user task a that has data of its own."""
    text = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="x" targetNamespace="urn:t" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><process id="p" isExecutable="true">'
        '<dataObject id="d" name="case"/><dataObjectReference id="r" dataObjectRef="d"/>'
        f'<startEvent id="s"/><manualTask id="a">{SPECIFICATION}{associations}</manualTask><manualTask id="b"/>'
        '<endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/><sequenceFlow id="g" sourceRef="a" '
        'targetRef="b"/><sequenceFlow id="h" sourceRef="b" targetRef="e"/></process></definitions>'
    )
    model = read_bpmn(text.encode(), file="t.bpmn")
    assert errors_of(lint_models([model], context=LintContext())) == []
    return Workflow.start(compile_process("p", [model], decisions=None), variables, now=NOON)


def seen(workflow: Workflow) -> dict[str, Any]:
    return dict(workflow.waits()[0].data)


@pytest.mark.parametrize(
    ("inside", "order"),
    [
        ("", {"n": 1}),
        (f"<transformation {FORMAL}>=case.n + 1</transformation>", 2),
        (f"<assignment><from {FORMAL}>=case.n + 2</from><to {FORMAL}>order</to></assignment>", 3),
    ],
    ids=["copied", "transformed", "assigned"],
)
def test_a_data_input_is_filled_from_a_data_object(inside: str, order: Any) -> None:
    association = (
        f"<dataInputAssociation><sourceRef>r</sourceRef><targetRef>di</targetRef>{inside}</dataInputAssociation>"
    )

    workflow = started(association, case={"n": 1})

    assert seen(workflow)["order"] == order
    workflow.complete(workflow.waits()[0].token, {}, now=NOON)
    assert "order" not in workflow.variables(), "what an activity is given is its own"


@pytest.mark.parametrize(
    ("inside", "case"),
    [("", 5), (f"<transformation {FORMAL}>=answer * 2</transformation>", 10)],
    ids=["copied", "transformed"],
)
def test_a_data_output_goes_into_a_data_object(inside: str, case: Any) -> None:
    association = (
        f"<dataOutputAssociation><sourceRef>do</sourceRef><targetRef>r</targetRef>{inside}</dataOutputAssociation>"
    )

    workflow = started(association)
    workflow.complete(workflow.waits()[0].token, {"answer": 5}, now=NOON)

    assert workflow.variables()["case"] == case


def test_an_output_that_was_not_given_leaves_the_data_object_as_it_was() -> None:
    workflow = started(
        "<dataOutputAssociation><sourceRef>do</sourceRef><targetRef>r</targetRef></dataOutputAssociation>", case=1
    )
    workflow.complete(workflow.waits()[0].token, {}, now=NOON)

    assert workflow.variables()["case"] == 1


def test_an_association_with_what_has_no_name_of_its_own_moves_nothing() -> None:
    workflow = started(
        "<dataInputAssociation><sourceRef>r</sourceRef><targetRef>r</targetRef></dataInputAssociation>", case=1
    )

    assert seen(workflow) == {"case": 1}
