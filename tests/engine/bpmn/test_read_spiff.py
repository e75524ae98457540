"""Models of Spiff: Python expressions, connectors, scripts around steps, messages."""

from datetime import UTC, datetime

import pytest

from engine.bpmn.compiler import compile_process
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.model import Language, Model, Outcome
from engine.bpmn.reader import read_bpmn
from engine.bpmn.workflow import Workflow
from engine.findings import errors_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def read(step: str, *, rest: str = "", inside: str = "") -> Model:
    """Read a process of a start, the step ``a`` and an end."""
    return read_bpmn(
        (
            f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:s="{SPIFF}" id="d" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:t">{rest}'
            f'<process id="p" isExecutable="true"><startEvent id="b"/>{step}{inside}<endEvent id="e"/>'
            '<sequenceFlow id="f" sourceRef="b" targetRef="a"/><sequenceFlow id="g" sourceRef="a" targetRef="e"/>'
            "</process></definitions>"
        ).encode(),
        file="test.bpmn",
    )


def step(tag: str, extension: str, *, more: str = "", attributes: str = "") -> str:
    return f'<{tag} id="a"{attributes}><extensionElements>{extension}</extensionElements>{more}</{tag}>'


def outcomes(model: Model) -> dict[str, Outcome]:
    return {each.what: each.outcome for each in model.conversions}


def test_a_connector_becomes_a_job_whose_inputs_are_its_parameters() -> None:
    parameters = (
        '<s:parameters><s:parameter id="url" type="str" value="base + \'/users\'"/>'
        '<s:parameter id="body" type="any" value="f\'{x!r}\'"/><s:parameter id="none" value=""/></s:parameters>'
    )
    model = read(
        step(
            "serviceTask",
            f'<s:serviceTaskOperator id="http/Get" resultVariable="r">{parameters}</s:serviceTaskOperator>',
        )
    )

    work = model.processes["p"].scope.nodes["a"].work
    assert work.job_type is not None
    assert work.job_type.source == "http/Get"
    assert [(each.target, each.source.language) for each in work.inputs] == [("url", Language.PYTHON)]
    assert work.headers == {"body": "f'{x!r}'", "resultVariable": "r"}
    assert outcomes(model) == {"s:serviceTaskOperator": Outcome.JOB}
    assert errors_of(lint_models([model], context=LintContext())) == []


@pytest.mark.parametrize(
    ("script", "is_run"),
    [("x = 1 + y", True), ("x = [each for each in y if each > 1]", True), ("x = 1\ny = 2", False), ("del x", False)],
)
def test_a_script_that_assigns_an_expression_is_run_and_others_become_jobs(script: str, is_run: bool) -> None:
    model = read(f'<scriptTask id="a"><script>{script.replace(">", "&gt;")}</script></scriptTask>')

    work = model.processes["p"].scope.nodes["a"].work
    if is_run:
        assert work.script is not None
        assert (work.script.language, work.result_variable, work.job_type) == (Language.PYTHON, "x", None)
    else:
        assert work.job_type is not None
        assert (work.job_type.source, work.headers["script"], work.script) == ("script.python", script, None)
    assert errors_of(lint_models([model], context=LintContext())) == []


def test_scripts_before_and_after_a_step_are_steps_of_their_own() -> None:
    model = read(step("manualTask", "<s:preScript>x = 1</s:preScript><s:postScript>del x</s:postScript>"))

    nodes = model.processes["p"].scope.nodes
    assert {name: nodes[name].tag for name in nodes} == {
        "b": "startEvent",
        "a": "manualTask",
        "e": "endEvent",
        "a.before": "scriptTask",
        "a.after": "serviceTask",
    }
    assert set(outcomes(model).values()) == {Outcome.MAPPED, Outcome.JOB}


def test_scripts_around_each_repetition_have_no_place_and_are_refused() -> None:
    loop = '<multiInstanceLoopCharacteristics><loopCardinality xsi:type="tFormalExpression">2</loopCardinality>'
    model = read(
        step("manualTask", "<s:postScript>del x</s:postScript>", more=f"{loop}</multiInstanceLoopCharacteristics>")
    )

    assert outcomes(model) == {"s:postScript": Outcome.REFUSED}


def test_conditions_are_python_and_a_quoted_time_is_that_time() -> None:
    timer = (
        '<boundaryEvent id="late" attachedToRef="a"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">'
        '"P14D"</timeDuration></timerEventDefinition></boundaryEvent>'
        '<sequenceFlow id="h" sourceRef="late" targetRef="e"><conditionExpression>x == 1 and y</conditionExpression>'
        "</sequenceFlow>"
    )
    model = read('<manualTask id="a"/>', inside=timer)

    scope = model.processes["p"].scope
    moment, condition = scope.nodes["late"].events[0].timer, scope.flows["h"].condition
    assert moment is not None
    assert condition is not None
    assert (moment.source, moment.language) == ("P14D", Language.LITERAL)
    assert (condition.source, condition.language) == ("x == 1 and y", Language.PYTHON)


def test_what_a_message_carries_is_mapped_entry_by_entry() -> None:
    payload = '<s:messagePayload>{"to": who, "n": 1 + m}</s:messagePayload>'
    model = read(step("sendTask", payload, attributes=' messageRef="m"'), rest='<message id="m" name="M"/>')

    workflow = Workflow.start(compile_process("p", [model], decisions=None), {"who": "x", "m": 2}, now=NOON)
    assert [each.data for each in workflow.take_changes().thrown] == [{"to": "x", "n": 3}]


@pytest.mark.parametrize(
    ("tag", "extension", "outcome"),
    [
        ("userTask", "<s:instructionsForEndUser>Look</s:instructionsForEndUser>", Outcome.MAPPED),
        ("userTask", '<s:properties><s:property name="p" value="v"/></s:properties>', Outcome.MAPPED),
        (
            "userTask",
            '<s:properties><s:property name="formJsonSchemaFilename" value="f.json"/></s:properties>',
            Outcome.LOST,
        ),
        ("businessRuleTask", "<s:calledDecisionId>fee</s:calledDecisionId>", Outcome.MAPPED),
        ("scriptTask", "<s:unitTests><s:unitTest/></s:unitTests>", Outcome.UNNEEDED),
        ("userTask", "<s:allowGuest>true</s:allowGuest>", Outcome.LOST),
        ("receiveTask", "<s:messageVariable>m</s:messageVariable>", Outcome.LOST),
        ("receiveTask", "<s:processVariableCorrelation/>", Outcome.REFUSED),
        ("userTask", "<s:neverHeardOf/>", Outcome.REFUSED),
        ("userTask", "<s:preScript/>", Outcome.UNNEEDED),
    ],
)
def test_what_became_of_each_property_is_told(tag: str, extension: str, outcome: Outcome) -> None:
    model = read(step(tag, extension))

    assert set(outcomes(model).values()) == {outcome}


def test_instructions_are_the_documentation_of_a_step() -> None:
    model = read(step("userTask", "<s:instructionsForEndUser>Look at {{x}}</s:instructionsForEndUser>"))

    assert model.processes["p"].scope.nodes["a"].documentation == "Look at {{x}}"
