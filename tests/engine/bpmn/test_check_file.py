"""One BPMN file checked by itself, as an editor hands it in."""

from datetime import timedelta

import pytest

from engine.bpmn.checking import check_file, check_safely
from engine.errors import Invalid
from engine.examination import Limits
from engine.findings import errors_of

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def drawn(content: str, *, executable: bool = True, more: str = "") -> bytes:
    flag = "true" if executable else "false"
    return (
        f'<definitions xmlns="{BPMN}" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" '
        f'targetNamespace="urn:t">{more}<process id="p" isExecutable="{flag}">{content}</process></definitions>'
    ).encode()


BEGIN = '<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>'
LARGE = drawn(
    "".join(f'<task id="t{number}"/>' for number in range(6_000))
    + "".join(f'<sequenceFlow id="f{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>' for n in range(5_999))
)


def test_a_file_tells_its_findings_with_elements_and_what_can_be_executed() -> None:
    report = check_safely(drawn(f'{BEGIN}<serviceTask id="t" name="Ask"/>'))

    fault = next(finding for finding in report.findings if finding.rule == "bpmn.no-job-type")
    assert (fault.element, fault.name, fault.place.line) == ("t", "Ask", 1)
    assert set(fault.message) == set(fault.mend) == {"id", "en"}
    assert report.more["processes"] == ["p"]


def test_what_became_of_the_properties_of_another_engine_is_told() -> None:
    report = check_safely(drawn(f'{BEGIN}<serviceTask id="t" camunda:class="org.example.Ask"/>'))

    assert report.more["dialect"] == "camunda7"
    told = [(each["outcome"], each["element"], each["what"]) for each in report.more["conversions"]]
    assert told == [("job", "t", "camunda:class")]


def test_what_only_the_compiler_sees_is_found_too() -> None:
    checked = check_file(drawn('<task id="a"/><task id="b"/>' + _both_ways("a", "b")), file="t.bpmn")

    assert "bpmn.no-start" in {finding.rule for finding in errors_of(checked.findings)}


def test_a_called_process_and_a_decision_may_be_in_other_files() -> None:
    content = (
        f'{BEGIN}<callActivity id="t" calledElement="elsewhere"/><businessRuleTask id="r" camunda:decisionRef="fee"/>'
        '<sequenceFlow id="g" sourceRef="t" targetRef="r"/>'
    )

    assert errors_of(check_file(drawn(content), file="t.bpmn").findings) == []


def test_a_drawing_has_nothing_to_execute() -> None:
    checked = check_file(drawn(f'{BEGIN}<serviceTask id="t"/>', executable=False), file="t.bpmn")

    assert checked.processes == []
    assert errors_of(checked.findings) == []


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "xml.malformed"),
        (b"<a/>", "bpmn.not-bpmn"),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>', "xml.forbidden"),
        (b" " * 2_000_001, "xml.too-large"),
        (b"<a>" * 100 + b"</a>" * 100, "xml.too-large"),
    ],
)
def test_what_is_no_model_is_a_finding_like_others(data: bytes, rule: str) -> None:
    assert [finding.rule for finding in check_safely(data).findings] == [rule]
    with pytest.raises(Invalid):
        check_file(data, file="t.bpmn")


@pytest.mark.parametrize(
    "limits",
    [Limits(memory_bytes=1_000_000), Limits(cpu=timedelta(0)), Limits(wall=timedelta(milliseconds=20))],
    ids=["memory", "processor", "wall"],
)
def test_a_check_that_takes_too_much_is_ended_and_is_a_finding(limits: Limits) -> None:
    assert [finding.rule for finding in check_safely(LARGE, limits=limits).findings] == ["model.too-costly"]


def test_the_largest_model_that_is_read_is_checked_within_the_limits() -> None:
    report = check_safely(LARGE)

    assert report.more["processes"] == ["p"]
    assert {finding.rule for finding in report.findings} & {"model.too-costly", "model.unchecked"} == set()


def _both_ways(one: str, other: str) -> str:
    return (
        f'<sequenceFlow id="x" sourceRef="{one}" targetRef="{other}"/>'
        f'<sequenceFlow id="y" sourceRef="{other}" targetRef="{one}"/>'
    )
