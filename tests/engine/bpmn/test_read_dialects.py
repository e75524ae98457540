"""Models of other engines: what their properties become, and that none is passed over."""

import pytest

from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.model import Language, Model, Outcome, TimerKind
from engine.bpmn.reader import read_bpmn
from engine.errors import Invalid
from engine.findings import Severity, errors_of

SPACES = {
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "operaton": "http://operaton.org/schema/1.0/bpmn",
    "flowable": "http://flowable.org/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "drools": "http://www.jboss.org/drools",
    "tool": "https://example.org/tool",
}


def read(step: str, *, rest: str = "", engine: str = "camunda") -> Model:
    """Read a process of a start, the step ``a`` and an end. ``c:`` stands for the engine's prefix."""
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in SPACES.items() if f"{prefix}:" in step + rest)
    return read_bpmn(
        (
            f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="{SPACES[engine]}"{spaces} '
            f'id="d" targetNamespace="urn:t"><process id="p" isExecutable="true"><startEvent id="s"/>{step}'
            f'<endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>'
            f'<sequenceFlow id="g" sourceRef="a" targetRef="e"/></process>{rest}</definitions>'
        ).encode(),
        file="test.bpmn",
    )


def outcomes(model: Model) -> dict[str, Outcome]:
    return {each.what: each.outcome for each in model.conversions}


@pytest.mark.parametrize("engine", ["camunda", "activiti", "operaton", "flowable"])
def test_people_and_dates_are_read_by_namespace_whatever_the_prefix(engine: str) -> None:
    model = read(
        '<userTask id="a" c:assignee="${boss}" c:candidateGroups="clerks,heads" c:dueDate="P2D" c:formKey="request"/>',
        engine=engine,
    )

    work = model.processes["p"].scope.nodes["a"].work
    assert work.assignee is not None
    assert work.candidate_groups is not None
    assert work.due is not None
    assert (work.assignee.source, work.assignee.language) == ("${boss}", Language.JUEL)
    assert work.candidate_groups.source == "clerks,heads"
    assert (work.due.source, work.due.language) == ('now() + duration("P2D")', Language.FEEL)
    assert work.form == "request"


@pytest.mark.parametrize(
    ("step", "job_type"),
    [
        ('<serviceTask id="a" c:class="org.example.Register"/>', "org.example.Register"),
        ('<serviceTask id="a" c:delegateExpression="${register}"/>', "register"),
        ('<serviceTask id="a" c:expression="${desk.register(number)}"/>', "desk.register"),
        ('<serviceTask id="a" c:type="external" c:topic="register"/>', "register"),
        ('<scriptTask id="a" scriptFormat="groovy"><script>1 + 1</script></scriptTask>', "script.groovy"),
        ('<callActivity id="a" c:caseRef="dispute"/>', "case.dispute"),
    ],
)
def test_work_outside_the_process_becomes_a_job_type(step: str, job_type: str) -> None:
    work = read(step).processes["p"].scope.nodes["a"].work

    assert work.job_type is not None
    assert work.job_type.source == job_type


def test_a_service_that_only_sets_a_variable_becomes_a_script() -> None:
    node = read("""<serviceTask id="a" c:expression="${execution.setVariable('n', m + 1)}"/>""").processes["p"]

    step = node.scope.nodes["a"]
    assert step.work.script is not None
    assert (step.tag, step.work.script.source, step.work.result_variable) == ("scriptTask", "${m + 1}", "n")


def test_inputs_and_outputs_are_mapped_lists_and_maps_included() -> None:
    model = read(
        '<serviceTask id="a" c:class="x.Y"><extensionElements><c:inputOutput>'
        '<c:inputParameter name="n">${m}</c:inputParameter>'
        '<c:inputParameter name="l"><c:list><c:value>one</c:value><c:value>${two}</c:value></c:list></c:inputParameter>'
        '<c:outputParameter name="o"><c:map><c:entry key="k">v</c:entry></c:map></c:outputParameter>'
        "</c:inputOutput></extensionElements></serviceTask>"
    )

    work = model.processes["p"].scope.nodes["a"].work
    assert [(each.source.source, each.target) for each in work.inputs] == [("${m}", "n"), ('["one", two]', "l")]
    assert [(each.source.source, each.target) for each in work.outputs] == [('{"k": "v"}', "o")]


def test_a_call_passes_only_what_is_named() -> None:
    model = read(
        '<callActivity id="a" calledElement="other"><extensionElements><c:in source="m" target="n"/>'
        '<c:out variables="all"/></extensionElements></callActivity>'
    )

    work = model.processes["p"].scope.nodes["a"].work
    assert (work.pass_all_in, work.pass_all_out) == (False, True)
    assert [(each.source.source, each.target) for each in work.inputs] == [("m", "n")]


def test_a_listener_becomes_a_step_of_its_own_in_the_flow() -> None:
    model = read(
        '<userTask id="a"><extensionElements><c:executionListener event="start" class="x.Begin"/>'
        '<c:executionListener event="end" class="x.End"/></extensionElements></userTask>'
    )

    scope = model.processes["p"].scope
    jobs = {node.id: node.work.job_type.source for node in scope.nodes.values() if node.work.job_type is not None}
    assert jobs == {"a.before": "x.Begin", "a.after": "x.End"}
    assert [scope.flows[flow].target for flow in scope.nodes["s"].outgoing] == ["a.before"]
    assert [scope.flows[flow].source for flow in scope.nodes["e"].incoming] == ["a.after"]


def test_a_join_with_a_listener_still_counts_its_flows() -> None:
    model = read(
        '<parallelGateway id="a"><extensionElements><c:executionListener event="start" class="x.Y"/>'
        '</extensionElements></parallelGateway><task id="b"/>'
        '<sequenceFlow id="h" sourceRef="b" targetRef="a"/>'
    )

    assert len(model.processes["p"].scope.nodes["a"].incoming) == 2


def test_what_has_no_equivalent_is_told_with_its_element() -> None:
    model = read('<userTask id="a"><extensionElements><c:formData/></extensionElements></userTask>')

    finding = next(each for each in model.findings if each.rule == "bpmn.no-equivalent")
    assert (finding.severity, finding.element) == (Severity.WARNING, "a")
    assert outcomes(model) == {"c:formData": Outcome.LOST}


@pytest.mark.parametrize(
    "step",
    [
        '<userTask id="a" c:unheardOf="x"/>',
        '<userTask id="a"><extensionElements><c:unheardOf/></extensionElements></userTask>',
        '<userTask id="a"><extensionElements><zeebe:taskDefinition type="x"/></extensionElements></userTask>',
        '<task id="a" drools:taskName="Rest"/>',
    ],
)
def test_an_extension_of_an_engine_that_is_not_understood_is_refused(step: str) -> None:
    findings = [finding for finding in read(step).findings if finding.rule == "bpmn.unknown-extension"]

    assert [(finding.severity, finding.element) for finding in findings] == [(Severity.ERROR, "a")]


def test_an_extension_of_an_unknown_tool_is_told_once() -> None:
    model = read('<task id="a" tool:x="1"/><task id="b" tool:x="1"/>')

    assert [finding.rule for finding in model.findings] == ["bpmn.foreign-extension"]


def test_calls_that_only_read_become_paths() -> None:
    model = read(
        '<exclusiveGateway id="a" default="g"/><task id="b"/><sequenceFlow id="h" sourceRef="a" targetRef="b">'
        "<conditionExpression>${order.isPaid() and execution.getVariable('kind').equals('new')}</conditionExpression>"
        "</sequenceFlow>"
    )

    condition = model.processes["p"].scope.flows["h"].condition
    assert condition is not None
    assert condition.source == "${order.paid and (kind == 'new')}"


def test_a_receive_task_without_a_message_waits_for_its_own_id() -> None:
    model = read('<receiveTask id="a"/>')

    message = model.declared[model.processes["p"].scope.nodes["a"].message or ""]
    assert message.name == "a"


def test_flows_without_an_id_keep_their_place() -> None:
    model = read('<task id="a"/><task id="b"/><sequenceFlow sourceRef="a" targetRef="b"/>')

    assert [flow.id for flow in model.processes["p"].scope.flows.values() if flow.target == "b"] == ["a-b"]


def test_a_dialect_is_milder_than_plain_bpmn() -> None:
    content = '<process id="p" isExecutable="true"><startEvent id="s"/></process>'
    head = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:t"'

    severities = [
        next(
            finding.severity
            for finding in lint_models(
                [read_bpmn(f"{head}{space}>{content}</definitions>".encode(), file="t.bpmn")], context=LintContext()
            )
            if finding.rule == "bpmn.both-ends"
        )
        for space in ("", f' xmlns:c="{SPACES["camunda"]}"')
    ]

    assert severities == [Severity.ERROR, Severity.WARNING]


def test_a_file_that_shows_no_dialect_is_read_in_the_one_that_is_said() -> None:
    content = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:t">
        <process id="p" isExecutable="true"><startEvent id="s"/></process></definitions>"""

    plain, told = (read_bpmn(content, file="t.bpmn", dialect=each) for each in (None, "camunda7"))

    assert (plain.dialect, told.dialect) == ("bpmn", "camunda7")
    found = [
        next(each.severity for each in lint_models([model], context=LintContext()) if each.rule == "bpmn.both-ends")
        for model in (plain, told)
    ]
    assert found == [Severity.ERROR, Severity.WARNING]


@pytest.mark.parametrize(
    ("condition", "language", "juel"),
    [
        ("foo == 'left'", "groovy", "${foo == 'left'}"),
        ("n > 3 && !(done)", "javascript", "${n > 3 && !(done)}"),
        ("foo.size() > 1", "groovy", None),
        ("'never true or false'", "groovy", None),
        ("foo == 'left'", "sql", None),
    ],
)
def test_a_comparison_in_a_script_language_means_the_same_in_ours(
    condition: str, language: str, juel: str | None
) -> None:
    text = condition.replace("&", "&amp;").replace(">", "&gt;")
    flow = f'<sequenceFlow id="x" sourceRef="a" targetRef="e"><conditionExpression language="{language}">{text}'
    model = read(f'<userTask id="a" c:assignee="x"/>{flow}</conditionExpression></sequenceFlow>')

    found = model.processes["p"].scope.flows["x"].condition
    assert found is not None
    assert (found.source, found.language) == ((juel, Language.JUEL) if juel else (condition, Language.LITERAL))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("${name.concat('!')}", "${name}!"),
        ("${'a'.concat(name)}", "a${name}"),
        ("${var:eq(x, 12)}", "${(x == 12)}"),
        ("${variables:isNotEmpty(x)}", "${(not empty x)}"),
        ("${execution.getVariable('x')}", "${x}"),
    ],
)
def test_calls_that_only_read_become_expressions_without_calls(written: str, meant: str) -> None:
    extension = f'<c:inputOutput><c:inputParameter name="y">{written}</c:inputParameter></c:inputOutput>'
    model = read(f'<userTask id="a"><extensionElements>{extension}</extensionElements></userTask>')

    assert [each.source.source for each in model.processes["p"].scope.nodes["a"].work.inputs] == [meant]


def test_an_event_of_the_event_registry_is_a_message_with_its_key_and_payload() -> None:
    event = (
        '<receiveTask id="a"><extensionElements><c:eventType>paid</c:eventType>'
        '<c:eventCorrelationParameter name="order" value="${id}"/><c:eventOutParameter source="sum" target="total"/>'
        "</extensionElements></receiveTask>"
    )
    model = read(event, engine="flowable")

    node = model.processes["p"].scope.nodes["a"]
    declared = model.declared[node.message or ""]
    assert declared.correlation is not None
    assert (declared.name, declared.correlation.source) == ("paid", "${id}")
    assert [(each.source.source, each.target) for each in node.work.outputs] == [("sum", "total")]
    assert set(outcomes(model).values()) == {Outcome.MAPPED}


def test_what_only_the_handler_of_a_job_understands_goes_to_it_as_headers() -> None:
    model = read(
        '<serviceTask id="a" c:type="case" c:caseDefinitionKey="k" c:resultVariable="r"><extensionElements>'
        '<c:in source="x" target="y"/></extensionElements></serviceTask>',
        engine="flowable",
    )

    work = model.processes["p"].scope.nodes["a"].work
    assert work.headers == {"caseDefinitionKey": "k", "resultVariable": "r"}
    assert [(each.source.source, each.target) for each in work.inputs] == [("x", "y")]
    assert Outcome.REFUSED not in outcomes(model).values()


def test_a_compensation_event_without_a_handler_undoes_nothing_in_other_engines() -> None:
    boundary = '<boundaryEvent id="u" attachedToRef="a"><compensateEventDefinition/></boundaryEvent>'
    findings = lint_models([read(f'<task id="a"/>{boundary}')], context=LintContext())

    assert {each.severity for each in findings if each.rule == "bpmn.compensation-unhandled"} == {Severity.WARNING}
    assert errors_of(findings) == []


def test_what_flowable_gathers_of_repetitions_is_an_output_collection() -> None:
    aggregation = (
        '<c:variableAggregation target="reviews"><variable source="ok"/><variable source="why" target="reason"/>'
        "</c:variableAggregation>"
    )
    model = read(
        '<userTask id="a"><multiInstanceLoopCharacteristics c:collection="xs" c:elementVariable="x"><extensionElements>'
        f"{aggregation}</extensionElements></multiInstanceLoopCharacteristics></userTask>",
        engine="flowable",
    )

    loop = model.processes["p"].scope.nodes["a"].loop
    assert loop is not None
    assert loop.output_element is not None
    assert (loop.output_collection, loop.output_element.source) == ("reviews", "{ok: ok, reason: why}")
    assert Outcome.REFUSED not in outcomes(model).values()


@pytest.mark.parametrize(
    ("written", "kind", "meant", "lost"),
    [
        ("2036-11-14T11:12:22", TimerKind.DATE, "2036-11-14T11:12:22+07:00", True),
        ("2036-11-14T11:12:22Z", TimerKind.DATE, "2036-11-14T11:12:22Z", False),
        ("PT10M", TimerKind.DURATION, "PT10M", False),
        ("time is a concept", TimerKind.DATE, "time is a concept", False),
    ],
)
def test_a_date_of_a_timer_may_be_local_or_a_duration(written: str, kind: TimerKind, meant: str, lost: bool) -> None:
    event = f"<timerEventDefinition><timeDate>{written}</timeDate></timerEventDefinition>"
    model = read(f'<intermediateCatchEvent id="a" c:asyncBefore="true">{event}</intermediateCatchEvent>')

    found = model.processes["p"].scope.nodes["a"].events[0]
    assert found.timer is not None
    assert (found.timer_kind, found.timer.source) == (kind, meant)
    assert (Outcome.LOST in outcomes(model).values()) == lost


def test_listeners_of_camunda_8_are_steps_before_and_after() -> None:
    listeners = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="first" retries="4"/>'
        '<zeebe:executionListener eventType="end" type="last"/></zeebe:executionListeners><zeebe:taskListeners>'
        '<zeebe:taskListener eventType="completing" type="check"/><zeebe:taskListener eventType="assigning" type="x"/>'
        "</zeebe:taskListeners>"
    )
    model = read(f'<userTask id="a"><extensionElements><zeebe:userTask/>{listeners}</extensionElements></userTask>')

    scope = model.processes["p"].scope
    made = {name: node.work.job_type.source for name, node in scope.nodes.items() if node.work.job_type is not None}
    assert made == {"a.before": "first", "a.after": "last", "a.after-2": "check"}
    told = [(each.outcome, each.became) for each in model.conversions if "istener" in each.what and each.became]
    assert (Outcome.JOB, "first") in told
    assert [each.outcome for each in model.conversions if each.outcome is Outcome.LOST] == [Outcome.LOST]


def test_steps_without_an_id_get_one() -> None:
    model = read('<task id="a"/><subProcess triggeredByEvent="true"/>')

    assert "subProcess" in model.processes["p"].scope.nodes


def test_what_is_no_bpmn_is_refused_with_its_root() -> None:
    with pytest.raises(Invalid, match="html"):
        read_bpmn(b"<html/>", file="test.bpmn")
