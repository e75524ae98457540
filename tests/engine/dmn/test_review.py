"""What is said of whole tables: gaps, overlaps, rules that others hide, cells that never match."""

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dmn import Decisions, compile_decisions, read_dmn
from engine.dmn.cover import Effort, TooMuch, merged
from engine.findings import Finding, Severity

Xml = Callable[..., str]
Rows = list[tuple[str, ...]]


@pytest.fixture
def look(decisions_of: Callable[..., Decisions], decision_xml: Xml, table_xml: Xml) -> Callable[..., list[Finding]]:
    """Return what is said of a table: arguments as for ``table_xml``, with ``items`` before it."""

    def looked(*table: Any, items: str = "") -> list[Finding]:
        return decisions_of(items + decision_xml("x", table_xml(*table))).check()

    return looked


@pytest.fixture
def said(look: Callable[..., list[Finding]]) -> Callable[..., list[tuple[str, str | None]]]:
    """Return rule and element of what is said of a table."""
    return lambda *table, **more: [(finding.rule, finding.element) for finding in look(*table, **more)]


AGE = {"age": "number"}


def test_a_table_that_is_complete_and_clear_is_left_alone(said: Callable[..., list[Any]]) -> None:
    rows = [("< 17", "true", '"a"'), ("< 17", "false", '"b"'), ("[17..60]", "-", '"c"'), ("> 60", "-", '"d"')]

    assert said("UNIQUE", {"age": "number", "member": "boolean"}, rows) == []


def test_a_gap_is_told_with_an_example_in_both_languages(look: Callable[..., list[Finding]]) -> None:
    rows = [("< 17", "-", '"a"'), ("[17..60)", "true", '"b"'), ("> 60", "-", '"c"')]

    first, second = look("UNIQUE", {"age": "number", "member": "boolean"}, rows)

    assert first.severity is Severity.WARNING
    assert (first.rule, first.element, first.name, first.place.line) == ("dmn.gap", "t", "x", 2)
    assert first.message["en"] == (
        "Expected a rule for every input, found none for age in [17..60], member = false "
        "(for example age = 17, member = false)."
    )
    assert second.message["id"] == (
        "Diharapkan aturan untuk setiap masukan, ditemukan tidak ada untuk age = 60, member = true "
        "(misalnya age = 60, member = true)."
    )


@pytest.mark.parametrize(
    ("kind", "rows", "gap"),
    [
        ("number", ["<= 10", ">= 11"], "(10..11) (for example n = 10.5)"),
        ("number", ["< 0", "> 0"], "n = 0 (for example n = 0)"),
        ("number", ["0, 1"], "n < 0 or n in (0..1) or n > 1 (for example n = -1)"),
        ("number", ["not(5)"], "n = 5 (for example n = 5)"),
        ("date", ['< date("2026-01-01")', '> date("2026-01-01")'], 'n = date("2026-01-01")'),
        ("date", ['< date("2026-01-01")', '>= @"2026-01-03"'], 'n in [date("2026-01-01")..date("2026-01-03"))'),
        ("boolean", ["true"], "n = false"),
        ("string", ['"a"', 'not("a", "b")'], 'n = "b"'),
        ("string", ['"a"', '"b"'], "n = any other text"),
        ("", ['"a"'], "n = any other text"),
    ],
)
def test_gaps_are_exact_over_each_kind_of_values(
    look: Callable[..., list[Finding]], kind: str, rows: list[str], gap: str
) -> None:
    (finding,) = look("FIRST", {"n": kind}, [(cell, "1") for cell in rows])

    assert finding.rule == "dmn.gap"
    assert gap in finding.message["en"]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("date", ['<= date("2026-01-01")', '>= date("2026-01-02")']),
        ("boolean", ["true", "false"]),
        ("tStatus", ['"open"', '"closed"']),
        ("tShare", ["[0..0.5)", "[0.5..1]"]),
        ("tWhole", ["<= 10", ">= 11"]),
        ("number", ["< limit", "> 0", "<= 0"]),
        ("number", ["> limit", "-"]),
        ("time", ['< time("12:00:00")', "-"]),
    ],
)
def test_there_is_no_gap_where_no_value_of_the_type_is_left(
    said: Callable[..., list[Any]], item_xml: Xml, kind: str, rows: list[str]
) -> None:
    items = item_xml("tStatus", "string", '"open", "closed"') + item_xml("tShare", "number", "[0..1]")
    items += item_xml("tWhole", "number", "floor(?) = ?")

    assert said("FIRST", {"n": kind}, [(cell, "1") for cell in rows], items=items) == []


def test_input_values_limit_what_needs_a_rule(
    said: Callable[..., list[Any]], look: Callable[..., list[Finding]]
) -> None:
    rows = [('"a"', "1"), ('"b"', "2")]

    assert said("UNIQUE", {"n": ("string", '"a", "b"')}, rows) == []
    assert 'n = "c"' in look("UNIQUE", {"n": ("string", '"a", "b", "c"')}, rows)[0].message["en"]


def test_null_needs_a_rule_only_if_some_rule_speaks_of_it(said: Callable[..., list[Any]]) -> None:
    assert said("UNIQUE", {"n": "boolean"}, [("true", "1"), ("false", "2")]) == []
    assert said("UNIQUE", {"n": "boolean"}, [("true", "1"), ("false", "2"), ("null", "3")]) == []
    assert said(
        "FIRST", {"n": "boolean", "m": "boolean"}, [("null", "true", "1"), ("true", "-", "2"), ("false", "-", "3")]
    ) == [("dmn.gap", "t")]


def test_a_default_output_closes_all_gaps(said: Callable[..., list[Any]]) -> None:
    assert said("UNIQUE", AGE, [("> 5", "1")], {"": ("number", "", "0")}) == []


@pytest.mark.parametrize("hit", ["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
def test_of_tables_that_collect_a_gap_is_only_a_hint(look: Callable[..., list[Finding]], hit: str) -> None:
    (finding,) = look(hit, AGE, [("> 5", "1"), ("1, 2", "1")], {"": ("number", "1, 2")})

    assert (finding.rule, finding.severity) == ("dmn.no-match", Severity.HINT)


def test_a_cell_that_is_not_understood_hides_gaps_rather_than_inventing_them(said: Callable[..., list[Any]]) -> None:
    assert said("FIRST", AGE, [("? > limit", "1"), ("<= 5", "2")]) == []


def test_columns_of_one_expression_are_one_input(said: Callable[..., list[Any]]) -> None:
    rows = [(">= 5", "<= 10", "1"), ("< 5", "-", "2"), ("-", "> 10", "3")]

    assert said("UNIQUE", {"age": "number", " age": "number"}, rows) == []


def test_many_findings_of_one_table_are_summed_up(look: Callable[..., list[Finding]]) -> None:
    rows = [(str(number), "true" if number % 2 else "false", "1") for number in range(40)]

    findings = look("UNIQUE", {"n": "number", "m": "boolean"}, [*rows, *rows])

    assert [finding.rule for finding in findings].count("dmn.overlap") == 11
    assert [finding.message["en"] for finding in findings if "more" in finding.message["en"]] == [
        "Expected at most 10 findings like these in a table, found 30 more."
    ]


def test_overlapping_rules_of_unique_are_told_with_an_example(look: Callable[..., list[Finding]]) -> None:
    rows = [("<= 17", "-", '"a"'), (">= 17", "true", '"b"'), ("> 17", "false", '"c"')]

    (finding,) = look("UNIQUE", {"age": "number", "member": "boolean"}, rows)

    assert (finding.rule, finding.element, finding.place.line) == ("dmn.overlap", "r2", 4)
    assert finding.message["en"] == (
        "Expected one rule for every input, found rows 1 and 2 for age = 17, member = true "
        "(for example age = 17, member = true)."
    )


def test_rules_of_any_may_overlap_if_they_agree(said: Callable[..., list[Any]]) -> None:
    rows = [("> 5", '"a"'), ("> 3", '"a"'), ("<= 3", '"b"'), ("< 2", "name"), ("> 9", '"c"')]

    assert said("ANY", AGE, rows) == [("dmn.conflict", "r5"), ("dmn.conflict", "r5")]


def test_a_rule_that_earlier_ones_cover_together_is_told_with_these(look: Callable[..., list[Finding]]) -> None:
    rows = [("> 100", '"z"'), ("< 10", '"a"'), (">= 10", '"b"'), ("[5..15]", '"c"')]

    (finding,) = look("FIRST", AGE, rows)

    assert (finding.rule, finding.element) == ("dmn.shadowed", "r4")
    assert "rows 2, 3 always match before it" in finding.message["en"]


def test_a_rule_is_not_hidden_by_one_that_is_not_understood(said: Callable[..., list[Any]]) -> None:
    assert said("FIRST", AGE, [("? > 0 or true", "1"), ("-", "2"), ("limit", "3")]) == [("dmn.shadowed", "r3")]


def test_a_rule_of_lower_priority_is_hidden_by_those_of_higher(said: Callable[..., list[Any]]) -> None:
    rows = [("> 5", '"low"'), ("> 0", '"high"'), ("<= 0", '"low"'), ("> 7", "name")]

    assert said("PRIORITY", AGE, rows, {"": ("string", '"high", "low"')}) == [("dmn.shadowed", "r1")]


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("number", "(5..5)"),
        ("number", '"five"'),
        ("boolean", '"true"'),
        ("date", '"2026-01-01"'),
        ("tStatus", '"lost"'),
        ("tShare", "> 1"),
    ],
)
def test_a_cell_that_nothing_can_match_is_told_with_row_and_column(
    look: Callable[..., list[Finding]], item_xml: Xml, kind: str, cell: str
) -> None:
    items = item_xml("tStatus", "string", '"open", "closed"') + item_xml("tShare", "number", "[0..1]")

    found = look("FIRST", {"m": "number", "n": kind}, [("-", cell, "1"), ("-", "-", "2")], items=items)

    (finding,) = [each for each in found if each.rule != "dmn.remark"]
    assert (finding.rule, finding.element) == ("dmn.unreachable", "r1")
    assert f"found {cell} in row 1, column 2 (n)" in finding.message["en"]


@pytest.mark.parametrize(
    ("kind", "values", "cell"), [("number", "", '"a"'), ("string", '"a", "b"', '"c"'), ("tStatus", "", '"c"')]
)
def test_an_output_that_becomes_null_is_told(
    said: Callable[..., list[Any]], item_xml: Xml, kind: str, values: str, cell: str
) -> None:
    items = item_xml("tStatus", "string", '"a"')

    assert said("FIRST", AGE, [("-", cell)], {"": (kind, values)}, items=items) == [("dmn.output-value", "r1")]


def test_names_that_are_not_in_scope_and_mistaken_types_are_remarked_on(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, table_xml: Xml, input_xml: Xml
) -> None:
    table = table_xml("FIRST", {"age": "number"}, [("> limt", '1 + "a"'), ("-", "floor()")])
    body = input_xml("age") + input_xml("limit") + decision_xml("x", table, needs=["i:age", "i:limit"])

    found = decisions_of(body).check()

    assert {finding.rule for finding in found} == {"dmn.remark"}
    assert {(finding.element, finding.message["en"].partition(":")[0]) for finding in found} == {
        ("r1", "Row 1, column age"),
        ("r1", "Row 1, column output"),
        ("r2", "Row 2, column output"),
    }
    assert "Did you mean 'limit'?" in " ".join(finding.message["en"] for finding in found)
    assert len(found) >= 2


# --- effort


def test_a_table_that_is_too_large_to_finish_says_so(look: Callable[..., list[Finding]]) -> None:
    inputs = {f"v{at}": "number" for at in range(70)}

    found = look("UNIQUE", inputs, [tuple(["> 1"] * 70 + ["1"])])

    assert [finding.rule for finding in found] == ["dmn.too-large"]


def test_the_effort_for_one_table_is_bounded(look: Callable[..., list[Finding]]) -> None:
    width = 24
    rows = [(*(f"not({(row * 5 + column * row) % 7})" for column in range(width)), "1") for row in range(96)]

    start = time.perf_counter()
    look("UNIQUE", {f"v{at}": "number" for at in range(width)}, rows)

    assert time.perf_counter() - start < 20


def test_effort_that_is_spent_stops_the_search() -> None:
    effort = Effort(5)
    effort.spend(5)

    with pytest.raises(TooMuch):
        effort.spend(1)


def test_regions_that_differ_on_one_axis_are_joined() -> None:
    regions = [((0,), (1,)), ((1,), (1,)), ((2,), (1, 2)), ((2,), (0,))]

    assert sorted(merged(regions)) == [((0, 1), (1,)), ((2,), (0, 1, 2))]


def test_an_input_that_no_value_can_have_is_told_once(look: Callable[..., list[Finding]]) -> None:
    rows = [("1", "1"), ("2", "2")]

    found = look("UNIQUE", {"n": ("number", '"a", "b"')}, rows)

    assert {each.rule for each in found} == {"dmn.unreachable", "dmn.remark"}
    (finding,) = (each for each in found if each.rule == "dmn.unreachable")
    assert finding.message["en"] == (
        'Expected input values of type number in column 1 (n), found "a", "b": no input fits.'
    )


def test_a_list_beside_null_is_not_judged(said: Callable[..., list[Any]]) -> None:
    rows = [("= 5", "1"), ("null", "2"), ("-", "3")]

    assert said("UNIQUE", {"all": "list"}, rows) == [("dmn.remark", "r1")]  # 5 is no list


def test_a_table_without_rules_has_a_gap(said: Callable[..., list[Any]]) -> None:
    assert said("UNIQUE", AGE, []) == [("dmn.gap", "t")]


def test_input_values_that_depend_on_the_day_are_not_judged(said: Callable[..., list[Any]]) -> None:
    rows = [("-", "1")]

    assert said("UNIQUE", {"day": ("date", "< today()")}, rows) == []


def test_every_cell_of_a_rule_that_cannot_match_is_told(look: Callable[..., list[Finding]]) -> None:
    rows = [("[9..1]", '"c"', "1"), ("-", "-", "2")]

    found = look("FIRST", {"n": "number", "s": ("string", '"a", "b"')}, rows)

    told = [finding.message["en"] for finding in found if finding.rule == "dmn.unreachable"]
    assert [text.partition(" in row ")[2] for text in told] == ["1, column 1 (n).", "1, column 2 (s)."]


# --- against trying everything

POINTS = [-1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4]
ends = st.integers(0, 3)
cell_texts = st.one_of(
    st.just("-"),
    ends.map(str),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), ends).map(lambda each: f"{each[0]} {each[1]}"),
    st.tuples(st.sampled_from("[("), ends, ends, st.sampled_from("])")).map(
        lambda each: f"{each[0]}{each[1]}..{each[2]}{each[3]}"
    ),
    st.tuples(ends, ends).map(lambda each: f"not({each[0]}, {each[1]})"),
)


def compiled_table(hit: str, rows: list[tuple[str, str]]) -> Decisions:
    lines = "".join(
        f"<rule id='r{at}'>"
        + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in row)
        + f"<outputEntry><text>{at}</text></outputEntry></rule>"
        for at, row in enumerate(rows)
    )
    inputs = "".join(
        f"<input><inputExpression typeRef='number'><text>{name}</text></inputExpression></input>" for name in "ab"
    )
    data = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="d" namespace="n">'
        f"<decision id='x' name='x'><decisionTable id='t' hitPolicy='{hit}'>{inputs}<output/>{lines}"
        "</decisionTable></decision></definitions>"
    )
    return compile_decisions([read_dmn(data.encode(), file="x.dmn")])


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(cell_texts, cell_texts), min_size=1, max_size=6))
def test_what_is_said_is_what_trying_every_input_finds(rows: list[tuple[str, str]]) -> None:
    matches = {}
    collecting = compiled_table("COLLECT", rows)
    for a, b in itertools.product(POINTS, POINTS):
        found = collecting.evaluate("x", {"a": a, "b": b}, now=None)
        matches[a, b] = found.fired[0].rules
    fired = {rule for rules in matches.values() for rule in rules}
    first = {rules[0] for rules in matches.values() if rules}

    unique = {finding.rule for finding in compiled_table("UNIQUE", rows).check()}
    hidden = {finding.element for finding in compiled_table("FIRST", rows).check() if finding.rule == "dmn.shadowed"}
    never = {finding.element for finding in compiled_table("FIRST", rows).check() if finding.rule == "dmn.unreachable"}

    assert ("dmn.gap" in unique) == (not all(matches.values()))
    assert ("dmn.overlap" in unique) == any(len(rules) > 1 for rules in matches.values())
    assert never == {f"r{at}" for at in range(len(rows)) if at + 1 not in fired}
    assert hidden == {f"r{at - 1}" for at in fired - first}
