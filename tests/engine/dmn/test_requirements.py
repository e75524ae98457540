"""Graphs of requirements: what a decision may use, imports between files, circles and other faults."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from engine.dmn import DecisionResult, Decisions, DmnFile, compile_decisions
from engine.errors import Invalid, NotFound
from engine.findings import Finding

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"
Made = Callable[..., DecisionResult]
Xml = Callable[..., str]
Faults = Callable[[str], list[Finding]]


@pytest.fixture
def rules_of(faults_of: Faults) -> Callable[[str], list[tuple[str, str | None]]]:
    """Return rule and element of what is found."""
    return lambda body: [(finding.rule, finding.element) for finding in faults_of(body)]


def test_a_decision_uses_what_it_requires(make: Made, decision_xml: Xml, feel_xml: Xml, input_xml: Xml) -> None:
    first = decision_xml("monthly income", feel_xml("income / 12"), needs=["i:income"])
    body = (
        input_xml("income", "number")
        + first
        + decision_xml("x", feel_xml("monthly income * 2"), needs=["d:monthly income"])
    )

    assert make(body, income=60).value == 10


def test_a_decision_does_not_see_what_it_does_not_require(
    make: Made, decision_xml: Xml, feel_xml: Xml, input_xml: Xml
) -> None:
    body = input_xml("a") + input_xml("b") + decision_xml("x", feel_xml("[a, b]"), needs=["i:a"])

    result = make(body, a=1, b=2)

    assert result.value == [1, None]
    assert result.warnings == ("Expected a variable 'b', but found none",)


def test_where_a_file_declares_no_inputs_all_decisions_read_what_is_given(
    make: Made, decision_xml: Xml, feel_xml: Xml
) -> None:
    body = decision_xml("first", feel_xml("a + 1")) + decision_xml("x", feel_xml("first + a"), needs=["d:first"])

    assert make(body, a=1).value == 3


def test_a_missing_input_is_null_and_told(make: Made, decision_xml: Xml, feel_xml: Xml, input_xml: Xml) -> None:
    result = make(input_xml("a") + decision_xml("x", feel_xml("a"), needs=["i:a"]))

    assert (result.value, result.warnings) == (None, ("Expected a value for the input a, but found none",))


def test_each_decision_is_made_once(make: Made, decision_xml: Xml, feel_xml: Xml) -> None:
    names = [f"d{at}" for at in range(40)]
    body = decision_xml("d0", feel_xml("1"))
    for before, name in pairwise(names):
        body += decision_xml(name, feel_xml(f"{before} + {before}"), needs=[f"d:{before}", f"d:{before}"])

    assert make(body, asked="d39").value == 2**39


@pytest.mark.parametrize(
    ("needs", "known", "rule"),
    [
        (["d:missing"], [], "dmn.unknown-reference"),
        ([], ["missing"], "dmn.unknown-reference"),
        (["d:model"], [], "dmn.reference-kind"),
        ([], ["a"], "dmn.reference-kind"),
        (["d:x"], [], "dmn.cycle"),
    ],
)
def test_wrong_references_are_told(
    rules_of: Callable[[str], list[tuple[str, str | None]]],
    decision_xml: Xml,
    feel_xml: Xml,
    input_xml: Xml,
    needs: list[str],
    known: list[str],
    rule: str,
) -> None:
    logic = f"<encapsulatedLogic>{feel_xml('1')}</encapsulatedLogic>"
    model = f'<businessKnowledgeModel id="model" name="model">{logic}</businessKnowledgeModel>'

    found = rules_of(model + input_xml("a") + decision_xml("x", feel_xml("1"), needs=needs, known=known))

    assert found == [(rule, "x")]


def test_a_circle_of_decisions_is_told_for_each_of_them(faults_of: Faults, decision_xml: Xml, feel_xml: Xml) -> None:
    circle = {"a": "b", "b": "c", "c": "a"}
    body = "".join(decision_xml(name, feel_xml("1"), needs=[f"d:{other}"]) for name, other in circle.items())

    found = [finding for finding in faults_of(body) if finding.rule == "dmn.cycle"]

    assert sorted(str(finding.element) for finding in found) == ["a", "b", "c"]
    assert "a → b → c → a" in found[0].message["en"]


def test_a_chain_of_thousands_of_decisions_is_checked_and_limited(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, feel_xml: Xml, morning: datetime
) -> None:
    body = decision_xml("d0", feel_xml("1"))
    for at in range(1, 3000):
        body += decision_xml(f"d{at}", feel_xml("1"), needs=[f"d:d{at - 1}"])

    decisions = decisions_of(body)

    assert decisions.evaluate("d50", {}, now=morning).value == 1


def test_knowledge_models_may_call_themselves_and_each_other(make: Made, decision_xml: Xml, feel_xml: Xml) -> None:
    models = ""
    for name, other, at_zero in (("even steps", "odd steps", "true"), ("odd steps", "even steps", "false")):
        logic = f'<formalParameter name="n"/>{feel_xml(f"if n = 0 then {at_zero} else {other}(n - 1)")}'
        needed = f'<knowledgeRequirement><requiredKnowledge href="#{other}"/></knowledgeRequirement>'
        models += f'<businessKnowledgeModel id="{name}" name="{name}"><encapsulatedLogic>{logic}</encapsulatedLogic>'
        models += f"{needed}</businessKnowledgeModel>"

    result = make(
        models + decision_xml("x", feel_xml("[even steps(7), odd steps(7)]"), known=["even steps", "odd steps"])
    )

    assert result.value == [False, True]


@pytest.fixture
def imported(
    read_body: Callable[..., DmnFile], decision_xml: Xml, feel_xml: Xml, input_xml: Xml, item_xml: Xml
) -> Callable[..., Decisions]:
    """Compile a library with a type, an input, a decision and a knowledge model, and a file that imports it."""
    items = item_xml("tFee", "number", ">= 0")
    logic = f'<encapsulatedLogic><formalParameter name="n"/>{feel_xml("n * 2")}</encapsulatedLogic>'
    library = (
        items + input_xml("pages", "number") + decision_xml("basic fee", feel_xml("pages * 500"), needs=["i:pages"])
    )
    library += f'<businessKnowledgeModel id="twice" name="twice">{logic}</businessKnowledgeModel>'

    def compiled(source: str, *, prefix: str = "fees", kind: str = "number", **given: Any) -> Decisions:
        head = f'<import name="{prefix}" namespace="urn:fees" importType="{DMN}"/>' + input_xml("own", kind)
        needs = "".join(
            f'<informationRequirement><required{tag} href="{reference}"/></informationRequirement>'
            for tag, reference in [("Input", "#own"), ("Decision", "urn:fees#basic fee"), ("Input", "urn:fees#pages")]
        )
        needs += '<knowledgeRequirement><requiredKnowledge href="urn:fees#twice"/></knowledgeRequirement>'
        body = head + f'<decision id="x" name="x"><variable name="x"/>{needs}{feel_xml(source)}</decision>'
        files = [read_body(body), read_body(library, namespace="urn:fees", file="fees.dmn")]
        return compile_decisions(files, **given)

    return compiled


def test_imported_elements_go_by_the_name_of_their_import(
    imported: Callable[..., Decisions], morning: datetime
) -> None:
    decisions = imported("[fees.basic fee, fees.twice(own), fees.pages]")

    assert decisions.evaluate("x", {"own": 3, "pages": 2}, now=morning).value == [1000, 6, 2]
    assert decisions.requires("x") == ["own", "pages"]


def test_an_import_without_a_name_brings_the_names_in_as_they_are(
    imported: Callable[..., Decisions], morning: datetime
) -> None:
    decisions = imported("[basic fee, twice(own), pages]", prefix="", kind="tFee")

    assert decisions.evaluate("x", {"own": 3, "pages": 2}, now=morning).value == [1000, 6, 2]
    assert decisions.evaluate("x", {"own": -3, "pages": 2}, now=morning).value == [1000, None, 2]


def test_an_imported_type_goes_by_the_name_of_its_import(imported: Callable[..., Decisions], morning: datetime) -> None:
    decisions = imported("own", kind="fees.tFee")

    assert decisions.evaluate("x", {"own": 3}, now=morning).value == 3
    assert decisions.evaluate("x", {"own": -3}, now=morning).value is None


def test_an_input_of_a_certain_file_can_be_given_by_its_namespace(
    imported: Callable[..., Decisions], morning: datetime
) -> None:
    decisions = imported("[own, fees.pages]")

    assert decisions.evaluate("x", {"own": 1, "pages": 2, "urn:fees#pages": 3}, now=morning).value == [1, 3]


def test_a_decision_of_an_imported_file_can_be_asked_by_its_namespace(
    imported: Callable[..., Decisions], morning: datetime
) -> None:
    decisions = imported("1")

    assert decisions.evaluate("basic fee", {"pages": 1}, now=morning, namespace="urn:fees").value == 500
    with pytest.raises(NotFound, match="basic fee"):
        decisions.evaluate("basic fee", {}, now=morning, namespace="urn:test")


def importing(name: str, namespace: str, kind: str = DMN) -> str:
    return f'<import name="{name}" namespace="{namespace}" importType="{kind}"/>'


def test_several_imports_may_have_no_name_and_pass_on_what_they_import_so(
    read_body: Callable[..., DmnFile],
    decision_xml: Xml,
    feel_xml: Xml,
    item_xml: Xml,
    input_xml: Xml,
    morning: datetime,
) -> None:
    needs = '<informationRequirement><requiredInput href="#n"/></informationRequirement>'
    needs += '<informationRequirement><requiredDecision href="urn:b#one"/></informationRequirement>'
    body = importing("", "urn:a") + importing("", "urn:b") + input_xml("n", "tSmall")
    files = [
        read_body(body + decision_xml("x", needs + feel_xml("[n, one, n instance of tSmall]"))),
        read_body(importing("", "urn:c"), namespace="urn:a", file="a.dmn"),
        read_body(decision_xml("one", feel_xml("1")), namespace="urn:b", file="b.dmn"),
        read_body(item_xml("tSmall", "number", "< 10"), namespace="urn:c", file="c.dmn"),
    ]

    decisions = compile_decisions(files)

    assert decisions.evaluate("x", {"n": 2}, now=morning).value == [2, 1, True]
    assert decisions.evaluate("x", {"n": 20}, now=morning).value == [None, 1, False]


def test_imports_in_the_form_of_a_diamond_many_levels_deep_are_no_burden(
    read_body: Callable[..., DmnFile], item_xml: Xml
) -> None:
    files = [
        read_body(
            importing("a", f"urn:{level + 1}") + importing("b", f"urn:{level + 1}") + item_xml(f"t{level}", "number"),
            namespace=f"urn:{level}",
            file=f"{level}.dmn",
        )
        for level in range(60)
    ]
    files.append(read_body(item_xml("t60", "number"), namespace="urn:60", file="60.dmn"))

    assert compile_decisions(files).findings == ()


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({"a": importing("b", "urn:b")}, "dmn.unknown-import"),
        ({"a": importing("b", "urn:b", "http://www.w3.org/2001/XMLSchema")}, "dmn.import-kind"),
        ({"a": importing("a", "urn:a")}, "dmn.unknown-import"),
        ({"a": importing("b", "urn:b"), "b": importing("a", "urn:a")}, "dmn.import-cycle"),
        (
            {"a": importing("b", "urn:b"), "b": importing("c", "urn:c"), "c": importing("a", "urn:a")},
            "dmn.import-cycle",
        ),
    ],
)
def test_imports_that_mean_nothing_are_told(
    read_body: Callable[..., DmnFile], files: dict[str, str], rule: str
) -> None:
    read = [read_body(body, namespace=f"urn:{name}", file=f"{name}.dmn") for name, body in files.items()]

    decisions = compile_decisions(read, strict=False)

    assert [finding.rule for finding in decisions.findings] == [rule]


def test_an_import_of_a_namespace_that_two_files_have_is_told(read_body: Callable[..., DmnFile]) -> None:
    files = [read_body(importing("b", "urn:b"), namespace="urn:a")]
    files += [read_body("", namespace="urn:b", file=name) for name in ("b.dmn", "c.dmn")]

    with pytest.raises(Invalid) as refusal:
        compile_decisions(files)

    assert "found 2 × urn:b" in refusal.value.findings[0].message["en"]


def test_decisions_of_one_id_in_two_files_are_told_because_processes_name_the_id_alone(
    read_body: Callable[..., DmnFile], decision_xml: Xml, feel_xml: Xml
) -> None:
    files = [read_body(decision_xml("x", feel_xml("1")), file=name) for name in ("a.dmn", "b.dmn")]

    decisions = compile_decisions(files, strict=False)

    assert [(finding.rule, finding.place.file) for finding in decisions.findings] == [("dmn.same-decision", "b.dmn")]


def test_knowledge_named_like_a_built_in_function_is_told(
    rules_of: Callable[[str], list[tuple[str, str | None]]], feel_xml: Xml
) -> None:
    logic = f"<encapsulatedLogic>{feel_xml('1')}</encapsulatedLogic>"

    found = rules_of(f'<businessKnowledgeModel id="k" name="string length">{logic}</businessKnowledgeModel>')

    assert found == [("dmn.builtin-name", "k")]


def test_a_decision_without_logic_is_null_and_told(
    rules_of: Callable[[str], list[tuple[str, str | None]]], make: Made, decision_xml: Xml
) -> None:
    body = decision_xml("x", "")

    assert rules_of(body) == [("dmn.no-logic", "x")]
    assert make(body).value is None


def test_an_unknown_decision_is_told_with_those_there_are(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, feel_xml: Xml, morning: datetime
) -> None:
    decisions = decisions_of(decision_xml("a", feel_xml("1")) + decision_xml("b", feel_xml("1"), needs=["d:a"]))

    with pytest.raises(NotFound, match="there are a, b"):
        decisions.evaluate("c", {}, now=morning)
    assert decisions.ids() == ["a", "b"]
    assert decisions.last_ids() == ["b"]


def test_the_types_of_what_is_required_show_mistakes_in_expressions_and_cells(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, feel_xml: Xml, input_xml: Xml, table_xml: Xml
) -> None:
    model = input_xml("due date", "date") + input_xml("n", "number")
    wrong = decision_xml("x", feel_xml('due date > "2026-01-01"'), needs=["i:due date"])
    table = decision_xml("y", table_xml("FIRST", {"n": "number"}, [("n > 5", "1"), ("-", "2")]), needs=["i:n"])

    found = [finding.message["en"] for finding in decisions_of(model + wrong + table).check()]

    assert found[0].startswith("Expected two values of one kind with an order or equality,")
    assert found[1].startswith("Row 1, column n: Expected a test of the input,")
    assert len(found) == 2


def test_a_name_of_several_words_that_is_written_wrongly_is_guessed(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, feel_xml: Xml, input_xml: Xml
) -> None:
    body = input_xml("due date", "date") + decision_xml("x", feel_xml("due dat + 1"), needs=["i:due date"])

    (finding,) = decisions_of(body, strict=False).findings

    assert finding.message["en"].endswith("Did you mean 'due date'?")
    assert finding.message["id"].endswith("Maksudnya 'due date'?")


def test_the_types_of_entries_and_parameters_show_mistakes_too(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, feel_xml: Xml
) -> None:
    def entry(name: str, kind: str, source: str) -> str:
        variable = f'<variable name="{name}" typeRef="{kind}"/>' if name else ""
        return f"<contextEntry>{variable}{feel_xml(source)}</contextEntry>"

    def said(logic: str) -> list[str]:
        return [finding.message["en"] for finding in decisions_of(decision_xml("x", logic)).check()]

    parameter = '<formalParameter name="a" typeRef="string"/>'

    (after,) = said(f"<context>{entry('a', 'string', 'n')}{entry('', '', 'a > 5')}</context>")
    (inside,) = said(f"<functionDefinition>{parameter}{feel_xml('a - 1')}</functionDefinition>")

    assert "found string and number: always null" in after
    assert "found string: the result is always null" in inside
    assert said(f"<context>{entry('', '', 'a > 5')}{entry('a', 'string', 'n')}</context>") == []
