"""Reading DMN 1.1 to 1.5, and naming what has no place in a file."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine.dmn import DecisionResult, DmnFile, compile_decisions, read_dmn
from engine.dmn.faults import RULES
from engine.dmn.reader import NAMESPACES
from engine.errors import Invalid
from engine.findings import Finding, Severity

Faults = Callable[[str], list[Finding]]
Xml = Callable[..., str]


@pytest.mark.parametrize("version", NAMESPACES)
def test_every_version_is_read_by_its_namespace(
    read_body: Callable[..., DmnFile], decision_xml: Xml, feel_xml: Xml, morning: datetime, version: str
) -> None:
    file = read_body(decision_xml("x", feel_xml("n + 1")), version=version)

    result = compile_decisions([file]).evaluate("x", {"n": 1}, now=morning)

    assert result.value == 2


@pytest.mark.parametrize(
    "data", [b"<definitions/>", b'<other xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/"/>', b"<a"]
)
def test_what_is_not_dmn_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_dmn(data, file="x.dmn")

    assert refusal.value.findings[0].place.file == "x.dmn"


def test_types_of_dmn_1_1_stand_in_elements_with_a_prefix(make: Callable[..., DecisionResult]) -> None:
    feel = 'xmlns:feel="http://www.omg.org/spec/FEEL/20140401"'
    body = f"""
    <itemDefinition name="tAge" {feel}><typeRef>feel:number</typeRef></itemDefinition>
    <inputData id="age" name="age"><variable name="age" typeRef="tAge"/></inputData>
    <decision id="x" name="x" {feel}><variable name="x" typeRef="feel:string"/>
      <informationRequirement><requiredInput href="#age"/></informationRequirement>
      <literalExpression><typeRef>feel:string</typeRef><text>string(age)</text></literalExpression>
    </decision>"""

    assert make(body, age=7).value == "7"
    assert make(body, age="seven").value is None


@pytest.mark.parametrize("kind", ["integer", "long", "double"])
def test_names_of_numbers_that_camunda_7_writes_are_numbers(
    make: Callable[..., DecisionResult], decision_xml: Xml, table_xml: Xml, kind: str
) -> None:
    assert make(decision_xml("x", table_xml("FIRST", {"n": kind}, [("> 1", '"many"')])), n=2).value == "many"


def test_what_draws_and_describes_is_passed_over(faults_of: Faults, decision_xml: Xml, feel_xml: Xml) -> None:
    body = """
    <extensionElements><foreign xmlns="urn:other"><decision/></foreign></extensionElements>
    <knowledgeSource id="law" name="UU 14/2008"><authorityRequirement><requiredAuthority href="#law"/>
    </authorityRequirement></knowledgeSource>
    <textAnnotation id="note"><text>note</text></textAnnotation>
    <association id="link"><sourceRef href="#law"/><targetRef href="#note"/></association>
    <dmndi:DMNDI xmlns:dmndi="https://www.omg.org/spec/DMN/20230324/DMNDI/"><dmndi:DMNDiagram/></dmndi:DMNDI>
    """
    described = decision_xml("x", "<description>d</description><question>q?</question>" + feel_xml("1"))

    assert faults_of(body + described) == []


LITERAL = "<literalExpression><text>1</text></literalExpression>"
TABLE = (
    "<decisionTable>\n<input><inputExpression><text>n</text></inputExpression></input>{0}"
    "<rule>{1}<outputEntry><text>1</text></outputEntry></rule></decisionTable>"
)
ENTRY = "<inputEntry><text>-</text></inputEntry>"


def decided(logic: str) -> str:
    return f'\n<decision id="x" name="x"><variable name="x"/>\n{logic}</decision>'


@pytest.mark.parametrize(
    ("rule", "body", "line"),
    [
        ("dmn.unknown-element", "\n<rulebook/>", 3),
        ("dmn.unknown-element", decided(f"<expression/>{LITERAL}"), 4),
        ("dmn.unknown-element", decided("<context><entry/></context>"), 4),
        ("dmn.duplicate-id", f'\n<inputData id="a" name="a"/>\n<inputData id="a" name="b"/>{decided(LITERAL)}', 4),
        ("dmn.duplicate-id", decided(f'<list id="x">{LITERAL}</list>'), 4),
        ("dmn.duplicate-name", '\n<inputData id="a" name="a"/>\n<inputData id="b" name=" a"/>', 4),
        ("dmn.duplicate-name", '\n<itemDefinition name="a"/>\n<itemDefinition name="a"/>', 4),
        (
            "dmn.duplicate-name",
            '<itemDefinition name="a">\n<itemComponent name="b"/>\n<itemComponent name="b"/></itemDefinition>',
            4,
        ),
        (
            "dmn.duplicate-name",
            decided(
                f"<context><contextEntry><variable name='a'/>{LITERAL}</contextEntry>\n"
                f"<contextEntry><variable name='a'/>{LITERAL}</contextEntry></context>"
            ),
            5,
        ),
        (
            "dmn.duplicate-name",
            decided(
                f"<functionDefinition><formalParameter name='a'/>\n<formalParameter name='a'/>{LITERAL}"
                "</functionDefinition>"
            ),
            5,
        ),
        ("dmn.duplicate-name", decided("<relation><column name='a'/>\n<column name='a'/></relation>"), 5),
        (
            "dmn.duplicate-name",
            decided("<decisionTable hitPolicy='FIRST'><output name='a'/>\n<output name='a'/></decisionTable>"),
            5,
        ),
        ("dmn.no-name", '\n<inputData id="a"/>', 3),
        ("dmn.no-name", decided(f"<context><contextEntry><variable/>{LITERAL}</contextEntry></context>"), 4),
        ("dmn.variable-name", '\n<inputData id="a" name="a"><variable name="b"/></inputData>', 3),
        ("dmn.no-expression", decided("<context>\n<contextEntry><variable name='a'/></contextEntry></context>"), 5),
        ("dmn.no-expression", decided(f"<conditional>\n<if>{LITERAL}</if><then>{LITERAL}</then></conditional>"), 4),
        ("dmn.no-expression", decided("<invocation/>"), 4),
        (
            "dmn.no-expression",
            decided("<decisionTable>\n<input><inputExpression/></input><output/></decisionTable>"),
            5,
        ),
        ("dmn.several-expressions", decided(f"{LITERAL}\n{LITERAL}"), 5),
        ("dmn.imported-values", decided("<literalExpression><importedValues/></literalExpression>"), 4),
        ("dmn.language", decided(LITERAL.replace(">", " expressionLanguage='juel'>", 1)), 4),
        ("dmn.hit-policy", decided("<decisionTable hitPolicy='BEST'><output/></decisionTable>"), 4),
        (
            "dmn.aggregation",
            decided("<decisionTable hitPolicy='COLLECT' aggregation='MEAN'><output/></decisionTable>"),
            4,
        ),
        ("dmn.aggregation", decided("<decisionTable hitPolicy='FIRST' aggregation='SUM'><output/></decisionTable>"), 4),
        (
            "dmn.aggregation",
            decided(
                "<decisionTable hitPolicy='COLLECT' aggregation='SUM'><output name='a'/><output name='b'/>"
                "</decisionTable>"
            ),
            4,
        ),
        ("dmn.column-count", decided(TABLE.format("<output/>", "")), 5),
        ("dmn.column-count", decided(TABLE.format("<output name='a'/><output name='b'/>", ENTRY)), 5),
        ("dmn.column-count", decided(f"<relation><column name='a'/>\n<row>{LITERAL}{LITERAL}</row></relation>"), 5),
        ("dmn.output-name", decided("<decisionTable><output name='a'/>\n<output/></decisionTable>"), 5),
        ("dmn.no-output", decided("<decisionTable/>"), 4),
    ],
)
def test_a_file_that_breaks_a_rule_is_told_so_with_the_line(faults_of: Faults, rule: str, body: str, line: int) -> None:
    found = [finding for finding in faults_of(body) if finding.rule == rule]

    assert [finding.place.line for finding in found] == [line]


def test_the_language_of_the_whole_file_counts_for_every_cell(
    read_body: Callable[..., DmnFile], decision_xml: Xml, table_xml: Xml
) -> None:
    body = decision_xml("x", table_xml("FIRST", {"n": ""}, [("> 1", "1")]))

    with pytest.raises(Invalid) as refusal:
        compile_decisions([read_body(body, attributes='expressionLanguage="http://www.w3.org/1999/XPath"')])

    assert {finding.rule for finding in refusal.value.findings} == {"dmn.language"}


def test_the_languages_of_feel_are_accepted(faults_of: Faults) -> None:
    for language in (
        "feel",
        "FEEL",
        "https://www.omg.org/spec/DMN/20230324/FEEL/",
        "http://www.omg.org/spec/FEEL/20140401",
    ):
        assert faults_of(decided(LITERAL.replace(">", f" expressionLanguage='{language}'>", 1))) == []


def test_wrong_feel_is_told_with_element_name_line_and_column(faults_of: Faults) -> None:
    (finding,) = faults_of(decided("<literalExpression><text>1 +\n  2 * ) </text></literalExpression>"))

    assert (finding.rule, finding.element, finding.name) == ("dmn.feel", "x", "x")
    assert (finding.place.line, finding.place.column) == (5, 7)
    assert "found ')'" in finding.message["en"]


def test_wrong_feel_in_its_first_line_is_told_at_its_place_in_the_file(faults_of: Faults) -> None:
    (finding,) = faults_of(
        decided("<literalExpression><text><!-- sum --><![CDATA[a <]]> 1)</text></literalExpression>")
    )

    line = "<literalExpression><text><!-- sum --><![CDATA[a <]]> 1)"
    assert (finding.place.line, finding.place.column) == (4, len(line))


@pytest.mark.parametrize("hit", ["PRIORITY", "OUTPUT ORDER"])
def test_an_order_of_outputs_needs_output_values(hit: str, faults_of: Faults, table_xml: Xml) -> None:
    def logic(*output: str) -> str:
        return decided(table_xml(hit, {"n": "number"}, [("-", "1")], {"": output}))

    assert [finding.rule for finding in faults_of(logic("number", "1, 2"))] == []
    assert [finding.rule for finding in faults_of(logic("number"))] == ["dmn.priorities"]


@pytest.mark.parametrize(
    "logic",
    [
        "<functionDefinition kind='Java'><context/></functionDefinition>",
        "<functionDefinition kind='PMML'><context/></functionDefinition>",
        "<literalExpression><text>function(a) external {java: {class: 1}}</text></literalExpression>",
    ],
)
def test_functions_from_outside_are_refused_at_their_place(faults_of: Faults, logic: str) -> None:
    found = [finding for finding in faults_of(decided(logic)) if finding.rule == "dmn.external"]

    assert [(finding.place.line, finding.severity) for finding in found] == [(4, Severity.ERROR)]


def test_a_model_with_a_function_from_outside_still_makes_its_other_decisions(
    make: Callable[..., DecisionResult], decision_xml: Xml, feel_xml: Xml
) -> None:
    body = decision_xml("other", "<functionDefinition kind='Java'/>") + decision_xml("x", feel_xml("1 + 1"))

    assert make(body, strict=False).value == 2
    assert make(body, strict=False, asked="other").value is not None
    with pytest.raises(Invalid, match=r"dmn\.external"):
        make(body)


def test_every_rule_says_how_to_mend_in_both_languages(faults_of: Faults) -> None:
    for finding in faults_of(decided("<invocation/>")):
        assert set(finding.message) == set(finding.mend) == {"id", "en"}
    for rule, (_severity, indonesian, english) in RULES.items():
        assert rule.startswith("dmn.")
        assert indonesian.endswith(".")
        assert english.endswith(".")


def test_a_decision_of_which_a_part_does_not_compile_is_null_rather_than_something_else(
    make: Callable[..., DecisionResult], decision_xml: Xml, table_xml: Xml
) -> None:
    body = decision_xml("x", table_xml("FIRST", {"n": ""}, [("< <", "1"), ("-", "2")]))

    result = make(body, strict=False, n=1)

    assert result.value is None
    assert result.warnings == ("Expected a table that compiles, but found one that does not",)


def test_findings_are_plain_json(faults_of: Faults) -> None:
    (found,) = (finding.as_dict() for finding in faults_of("\n<rulebook/>"))

    expected: dict[str, Any] = {"rule": "dmn.unknown-element", "severity": "error", "file": "test.dmn", "line": 3}
    assert expected.items() <= found.items()
