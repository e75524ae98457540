"""Decision tables (DMN 1.5, chapter 8): hit policies, defaults, input and output values, and which rules fired."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engine.dmn import DecisionResult

Made = Callable[..., DecisionResult]
Xml = Callable[..., str]


@pytest.fixture
def ask(make: Made, decision_xml: Xml, table_xml: Xml) -> Callable[..., Any]:
    """Ask a table of one input ``n``: ``ask("FIRST", rows, 5)``; further arguments as for ``table_xml``."""

    def asked(hit: str, rows: list[tuple[str, ...]], value: Any, *further: Any, kind: str = "number") -> DecisionResult:
        return make(decision_xml("x", table_xml(hit, {"n": kind}, rows, *further)), n=value)

    return asked


OVERLAPPING = [("> 10", '"high"'), ("> 5", '"middle"'), ("> 0", '"low"')]
ORDERED = {"": ("string", '"low", "middle", "high"')}


@pytest.mark.parametrize(
    ("hit", "value", "expected", "rules"),
    [
        ("FIRST", 7, "middle", (2,)),
        ("PRIORITY", 20, "low", (3,)),
        ("RULE ORDER", 7, ["middle", "low"], (2, 3)),
        ("OUTPUT ORDER", 20, ["low", "middle", "high"], (3, 2, 1)),
        ("COLLECT", 20, ["high", "middle", "low"], (1, 2, 3)),
    ],
)
def test_the_hit_policy_chooses_among_rules_that_match(
    ask: Callable[..., DecisionResult], hit: str, value: int, expected: Any, rules: tuple[int, ...]
) -> None:
    result = ask(hit, OVERLAPPING, value, ORDERED)

    assert result.value == expected
    assert [fired.rules for fired in result.fired] == [rules]


def test_unique_gives_the_one_rule_that_matches(ask: Callable[..., DecisionResult]) -> None:
    result = ask("UNIQUE", [("< 5", '"a"'), (">= 5", '"b"')], 5)

    assert result.value == "b"
    assert result.fired[0].ids == ("r2",)


def test_unique_is_null_where_two_rules_match_and_names_them(ask: Callable[..., DecisionResult]) -> None:
    result = ask("UNIQUE", [("> 1", '"a"'), ("> 2", '"a"')], 5)

    assert result.value is None
    assert result.warnings == ("Expected one rule to match, but found the rules 1, 2",)


def test_any_accepts_rules_that_agree_and_is_null_where_they_differ(ask: Callable[..., DecisionResult]) -> None:
    rows = [("> 1", '"a"'), ("> 2", '"a"'), ("> 3", '"b"')]

    agreed, different = ask("ANY", rows, 3), ask("ANY", rows, 4)

    assert (agreed.value, agreed.fired[0].rules) == ("a", (1,))
    assert (different.value, different.fired[0].rules) == (None, (1, 2, 3))


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [("SUM", Decimal(6)), ("MIN", Decimal(1)), ("MAX", Decimal(3)), ("COUNT", Decimal(4))],
)
def test_collect_aggregates(ask: Callable[..., DecisionResult], aggregation: str, expected: Decimal) -> None:
    rows = [("> 1", "1"), ("> 2", "3"), ("> 3", "1"), ("> 4", "1"), ("> 10", "100")]

    result = ask("COLLECT", rows, 5, None, f'aggregation="{aggregation}"')

    assert result.value == expected


def test_a_sum_of_other_things_than_numbers_is_null(ask: Callable[..., DecisionResult]) -> None:
    result = ask("COLLECT", [("> 1", "1"), ("> 2", "true")], 5, None, 'aggregation="SUM"')

    assert result.value is None
    assert result.warnings


@pytest.mark.parametrize(
    ("hit", "attributes", "expected"),
    [("UNIQUE", "", None), ("COLLECT", "", None), ("COLLECT", 'aggregation="COUNT"', Decimal(0))],
)
def test_without_a_match_the_result_is_null_but_a_count_is_zero(
    ask: Callable[..., DecisionResult], hit: str, attributes: str, expected: Any
) -> None:
    result = ask(hit, [("> 1", "1")], 0, None, attributes)

    assert result.value == expected
    assert result.fired[0].rules == ()


def test_default_outputs_are_given_where_no_rule_matches(make: Made, decision_xml: Xml, table_xml: Xml) -> None:
    outputs = {"fee": ("number", "", "100"), "note": ("string", "", '"standard"')}
    body = decision_xml("x", table_xml("FIRST", {"n": "number"}, [("> 5", "0", '"free"')], outputs))

    assert make(body, n=9).value == {"fee": 0, "note": "free"}
    assert make(body, n=1).value == {"fee": 100, "note": "standard"}


def test_priorities_go_by_the_first_output_then_the_next(make: Made, decision_xml: Xml, table_xml: Xml) -> None:
    outputs = {"route": ("string", '"refuse", "accept"'), "level": ("number", "3, 2, 1")}
    rows = [("-", '"accept"', "3"), ("-", '"refuse"', "1"), ("> 5", '"refuse"', "2")]
    body = decision_xml("x", table_xml("PRIORITY", {"n": "number"}, rows, outputs))

    assert make(body, n=1).value == {"route": "refuse", "level": 1}
    assert make(body, n=9).value == {"route": "refuse", "level": 2}


def test_priorities_may_come_from_the_allowed_values_of_the_output_type(
    make: Made, decision_xml: Xml, table_xml: Xml, item_xml: Xml
) -> None:
    table = table_xml("PRIORITY", {"n": ""}, [("-", '"a"'), ("-", '"b"')], {"": ("tRoute",)})
    body = item_xml("tRoute", "string", '"b", "a"') + decision_xml("x", table)

    assert make(body, n=1).value == "b"


def test_an_input_outside_its_input_values_makes_the_table_null(make: Made, decision_xml: Xml, table_xml: Xml) -> None:
    body = decision_xml("x", table_xml("FIRST", {"n": ("string", '"a", "b"')}, [('"a"', "1"), ("-", "2")]))

    assert make(body, n="b").value == 2
    refused = make(body, n="c")
    assert refused.value is None
    assert refused.warnings == ('Expected the input n to be one of "a", "b", but found another',)


def test_an_output_outside_its_output_values_is_null(make: Made, decision_xml: Xml, table_xml: Xml) -> None:
    body = decision_xml("x", table_xml("FIRST", {"n": ""}, [("-", "n")], {"": ("number", "1, 2")}))

    assert make(body, n=2).value == 2
    assert make(body, n=3).value is None


def test_outputs_are_expressions_over_the_inputs(ask: Callable[..., DecisionResult]) -> None:
    assert ask("FIRST", [("> 5", "n * 2 + 1")], 10).value == 21


def test_cells_may_compare_with_other_inputs_and_with_the_input_itself(
    make: Made, decision_xml: Xml, table_xml: Xml
) -> None:
    rows = [("< limit", '"below"'), ("? = limit * 2", '"double"'), ('string(?) = "9"', '"nine"'), ("-", '"other"')]
    body = decision_xml("x", table_xml("FIRST", {"n": "number"}, rows))

    assert [make(body, n=n, limit=4).value for n in (3, 8, 9, 5)] == ["below", "double", "nine", "other"]


@pytest.mark.parametrize(
    ("cell", "matching", "others"),
    [
        ('"a", "b"', ["a", "b"], ["c", None, 1]),
        ('not("a", "b")', ["c", ""], ["a", "b", 1]),
        ("null", [None], ["a", 0]),
        ("true", [True], [False, None, "true"]),
        ("[1..3), 5", [1, 2, 5], [3, 4, 0]),
        ("not([1..3])", [0, 4], [1, 3, None]),
        ("]1..3[", [2], [1, 3]),
        ("-", [None, 1, "a"], []),
        ('date("2026-01-01")', ["2026-01-01"], []),
    ],
)
def test_a_cell_matches_what_its_tests_say(
    make: Made, decision_xml: Xml, table_xml: Xml, cell: str, matching: list[Any], others: list[Any]
) -> None:
    source = "date(n)" if "date" in cell else "n"
    body = decision_xml("x", table_xml("FIRST", {source: ""}, [(cell, '"yes"'), ("-", '"no"')]))

    assert [make(body, n=value).value for value in matching] == ["yes"] * len(matching)
    assert [make(body, n=value).value for value in others] == ["no"] * len(others)


def test_an_empty_output_cell_is_null(ask: Callable[..., DecisionResult]) -> None:
    assert ask("FIRST", [("-", "")], 1).value is None


def test_outputs_are_converted_to_their_types(ask: Callable[..., DecisionResult]) -> None:
    assert ask("FIRST", [("-", "[n]")], 1, {"": ("number",)}).value == 1
    wrong = ask("FIRST", [("-", "n")], 1, {"": ("string",)})
    assert wrong.value is None
    assert "of type string" in wrong.warnings[0]


def test_what_fired_tells_the_decision_the_table_the_rows_and_their_annotations(
    make: Made, decision_xml: Xml, table_xml: Xml
) -> None:
    table = table_xml("FIRST", {"n": "number"}, [("> 5", "1"), ("-", "2")])
    annotated = table.replace("</rule>", "<annotationEntry><text> article 22 </text></annotationEntry></rule>")

    (fired,) = make(decision_xml("x", annotated), n=1).fired

    assert (fired.decision, fired.table) == ("x", "t")
    assert (fired.rules, fired.ids, fired.annotations) == ((2,), ("r2",), (("article 22",),))


def test_the_tables_of_required_decisions_fire_too_each_once(make: Made, decision_xml: Xml, table_xml: Xml) -> None:
    first = decision_xml("first", table_xml("FIRST", {"n": "number"}, [("-", "n + 1")]))
    second = decision_xml("second", table_xml("FIRST", {"first": "number"}, [("> 5", "1")]), needs=["d:first"])
    last = table_xml("FIRST", {"first": "number", "second": "number"}, [("-", "-", "first + second")])
    body = first + second.replace('id="t"', 'id="t2"').replace('id="r', 'id="s')
    body += (
        decision_xml("x", last, needs=["d:first", "d:second"]).replace('id="t"', 'id="t3"').replace('id="r', 'id="q')
    )

    result = make(body, n=9)

    assert result.value == 11
    assert [(fired.decision, fired.rules) for fired in result.fired] == [("first", (1,)), ("second", (1,)), ("x", (1,))]


def test_a_table_without_inputs_gives_its_rules(make: Made, decision_xml: Xml, table_xml: Xml) -> None:
    assert make(decision_xml("x", table_xml("COLLECT", {}, [("1",), ("2",)]))).value == [1, 2]
