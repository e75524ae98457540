"""Item definitions (DMN 1.5, 7.3.2) and the conversions that they ask for (10.3.2.9.4)."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.dmn import DecisionResult
from engine.feel.calendar import Date
from engine.findings import Finding

Made = Callable[..., DecisionResult]
Xml = Callable[..., str]
Faults = Callable[[str], list[Finding]]

ITEMS = """
<itemDefinition name="tStatus" typeRef="string">
  <allowedValues><text>"open", "closed"</text></allowedValues></itemDefinition>
<itemDefinition name="tStatuses" typeRef="tStatus" isCollection="true"/>
<itemDefinition name="tFew" typeRef="number" isCollection="true">
  <allowedValues><text>&gt; 0</text></allowedValues><typeConstraint><text>count(?) &lt;= 2</text></typeConstraint>
</itemDefinition>
<itemDefinition name="tPerson">
  <itemComponent name="full name" typeRef="string"/>
  <itemComponent name="age" typeRef="number"><allowedValues><text>[0..150]</text></allowedValues></itemComponent>
  <itemComponent name="born" typeRef="date"/>
</itemDefinition>
<itemDefinition name="tPeople" typeRef="tPerson" isCollection="true"/>
<itemDefinition name="tNode">
  <itemComponent name="value" typeRef="number"/><itemComponent name="next" typeRef="tNode"/></itemDefinition>
"""
SITI = {"full name": "Siti", "age": 42, "born": "1984-01-31"}


@pytest.fixture
def take(make: Made, decision_xml: Xml, feel_xml: Xml, input_xml: Xml) -> Made:
    """Evaluate an expression of an input ``n`` of some type."""

    def taken(kind: str, value: Any, source: str = "n") -> DecisionResult:
        return make(ITEMS + input_xml("n", kind) + decision_xml("x", feel_xml(source), needs=["i:n"]), n=value)

    return taken


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("tStatus", "open"),
        ("tStatuses", ["open", "closed"]),
        ("tFew", [1, 2]),
        ("tFew", []),
        ("tStatus", None),
        ("Any", {"a": [1]}),
    ],
)
def test_a_value_of_the_type_stays_as_it_is(take: Made, kind: str, value: Any) -> None:
    assert take(kind, value).value == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("tStatus", "lost"),
        ("tStatus", 1),
        ("tStatuses", ["open", "lost"]),
        ("tFew", [1, 2, 3]),
        ("tFew", [0]),
        ("tPerson", {"full name": "Siti", "age": 151, "born": "1984-01-31"}),
        ("tPerson", {"full name": "Siti"}),
        ("number", [1, 2]),
        ("string", 1),
    ],
)
def test_a_value_of_another_type_is_null_and_told(take: Made, kind: str, value: Any) -> None:
    result = take(kind, value)

    assert result.value is None
    assert result.warnings[0].startswith("Expected the input n")


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("number", [1], 1),
        ("tStatus", ["open"], "open"),
        ("tStatuses", "open", ["open"]),
        ("tFew", 2, [2]),
        ("tPeople", SITI, [SITI | {"born": Date(1984, 1, 31)}]),
    ],
)
def test_a_list_of_one_and_its_item_are_converted_into_each_other(
    take: Made, kind: str, value: Any, expected: Any
) -> None:
    assert take(kind, value).value == expected


def test_a_date_becomes_midnight_in_utc_where_a_moment_is_wanted(make: Made, decision_xml: Xml, feel_xml: Xml) -> None:
    result = make(decision_xml("x", feel_xml('date("2026-03-02")'), kind="date and time"))

    assert str(result.value) == "2026-03-02T00:00:00Z"


@pytest.mark.parametrize(
    ("kind", "text", "source", "expected"),
    [
        ("date", "2026-03-02", "n + duration('P1D')", "2026-03-03"),
        ("date and time", "2026-03-02T10:00:00+07:00", "n.hour", 10),
        ("dateTime", "2026-03-02T10:00:00Z", "n.minute", 0),
        ("time", "10:30:00", "n.minute", 30),
        ("days and time duration", "P2DT3H", "n.hours", 3),
        ("yearMonthDuration", "P1Y2M", "n.months", 2),
        ("tPerson", SITI, "n.born.year", 1984),
        ("tPeople", [SITI, SITI], "n[2].born.month", 1),
    ],
)
def test_texts_in_json_are_read_as_dates_and_durations_where_the_type_says_so(
    take: Made, kind: str, text: Any, source: str, expected: Any
) -> None:
    assert take(kind, text, source.replace("'", '"')).value_json == expected


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-03-02T10:00:00"])
def test_a_text_that_is_no_date_is_null(take: Made, text: str) -> None:
    assert take("date", text).value is None


def test_texts_stay_texts_where_the_type_does_not_say_so(take: Made) -> None:
    assert take("Any", "2026-03-02").value == "2026-03-02"


def test_components_with_spaces_are_found_in_paths_and_filters(take: Made) -> None:
    assert take("tPerson", SITI, "n.full name").value == "Siti"
    assert take("tPeople", [SITI], 'n[full name = "Siti"].age').value == [42]


def test_a_type_may_contain_itself(take: Made) -> None:
    assert take("tNode", {"value": 1, "next": {"value": 2, "next": None}}, "n.next.value").value == 2


def test_instance_of_knows_the_types_of_the_file(take: Made) -> None:
    assert take("Any", {"full name": "a", "age": 1, "born": None}, "n instance of tPerson").value is True
    assert take("Any", 1, "n instance of tPerson").value is False


@pytest.mark.parametrize(
    ("body", "rule", "element", "line"),
    [
        (
            '\n<inputData id="a" name="a"><variable name="a" typeRef="tMissing"/></inputData>',
            "dmn.unknown-type",
            "a",
            3,
        ),
        (
            '<itemDefinition name="a">\n<itemComponent name="b" typeRef="tMissing"/></itemDefinition>',
            "dmn.unknown-type",
            "a",
            3,
        ),
        ('\n<itemDefinition name="a" typeRef="b"/><itemDefinition name="b" typeRef="a"/>', "dmn.type-cycle", None, 3),
        (
            '<itemDefinition name="a">\n<allowedValues><text>1 +</text></allowedValues></itemDefinition>',
            "dmn.feel",
            None,
            3,
        ),
    ],
)
def test_wrong_types_are_told_at_their_place(
    faults_of: Faults, body: str, rule: str, element: str | None, line: int
) -> None:
    found = [finding for finding in faults_of(body) if finding.rule == rule]

    assert (found[0].element, found[0].place.line) == (element, line)


def test_the_type_of_a_decision_holds_for_its_result(make: Made, decision_xml: Xml, feel_xml: Xml) -> None:
    result = make(ITEMS + decision_xml("x", feel_xml('"lost"'), kind="tStatus"))

    assert result.value is None
    assert result.warnings == ('Expected the decision x to be one of "open", "closed" (tStatus), but found another',)


def test_a_constraint_that_never_ends_is_stopped_by_the_fuel_of_the_evaluation(
    make: Made, decision_xml: Xml, feel_xml: Xml
) -> None:
    body = """<itemDefinition name="tSlow" typeRef="number" isCollection="true">
    <allowedValues><text>every i in 1..9000 satisfies i != -?</text></allowedValues></itemDefinition>"""

    with pytest.raises(Exception, match="fuel"):
        make(body + decision_xml("x", feel_xml("for i in 1..9000 return i"), kind="tSlow"))


def test_types_that_refer_to_one_another_too_deeply_are_refused(faults_of: Faults, item_xml: Xml) -> None:
    def chain(size: int) -> str:
        return "".join(item_xml(f"t{at}", f"t{at + 1}" if at + 1 < size else "number") for at in range(size))

    assert faults_of(chain(32)) == []
    assert {finding.rule for finding in faults_of(chain(33))} == {"dmn.type-depth"}
