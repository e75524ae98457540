"""The index of a table finds the same rules as trying every cell of every rule."""

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dmn import Decisions, compile_decisions, read_dmn
from engine.dmn.scopes import Scope
from engine.dmn.tables import Decider
from engine.feel.calendar import Date, read_temporal
from engine.feel.values import Run

FUEL = 10_000_000

numbers = st.integers(-3, 8).map(lambda half: Decimal(half) / 2)
texts = st.sampled_from("abc")
days = st.integers(1, 5).map(lambda day: Date(2026, 1, day))


def written(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return f'date("{value}")' if isinstance(value, Date) else str(value)


@st.composite
def interval_tests(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> str:
    low, high = draw(values), draw(values)
    return draw(st.sampled_from("[(]")) + f"{written(low)}..{written(high)}" + draw(st.sampled_from("])["))


def cells_over(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    compared = st.tuples(st.sampled_from(["<", "<=", ">", ">=", "="]), values).map(
        lambda each: f"{each[0]} {written(each[1])}"
    )
    single = st.one_of(values.map(written), compared, interval_tests(values))
    several = st.lists(single, min_size=1, max_size=3).map(", ".join)
    return st.one_of(several, several.map(lambda tests: f"not({tests})"))


cells = st.one_of(
    st.just("-"),
    cells_over(numbers),
    texts.map(written),
    st.lists(texts, min_size=1, max_size=2).map(lambda found: f"not({', '.join(map(written, found))})"),
    cells_over(days),
    st.sampled_from(["true", "false", "null", "not(null)", "not(true)", 'null, "a"', '1, "a"', 'not(1, "a")']),
    st.sampled_from(["? > limit", "limit", "limit, 1", 'string(?) = "1"', '["a", "b"]', "[1, 2]"]),
    st.just('date and time("2026-01-02T00:00:00Z")'),
)
inputs = st.one_of(
    numbers,
    texts,
    days,
    st.sampled_from([None, True, False, ["a"], ["a", "b"], [Decimal(1)], {"a": Decimal(1)}, Decimal("1.0")]),
    st.just(read_temporal("2026-01-02T00:00:00Z")),
)


@pytest.fixture(scope="module")
def decider_of() -> Callable[[list[list[str]]], Decider]:
    """Compile a table with these cells as its rules' inputs."""

    def compiled(rows: list[list[str]]) -> Decider:
        columns = "".join(
            f"<input><inputExpression><text>v{at}</text></inputExpression></input>" for at in range(len(rows[0]))
        )
        entries = "".join(
            "<rule>"
            + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in row)
            + "<outputEntry><text>1</text></outputEntry></rule>"
            for row in rows
        )
        data = (
            '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="d" namespace="n">'
            "<decision id='x' name='x'>"
            f"<decisionTable hitPolicy='COLLECT'>{columns}<output/>{entries}"
            "</decisionTable></decision></definitions>"
        )
        graphs = compile_decisions([read_dmn(data.encode(), file="x.dmn")])._graphs
        (decider,) = graphs[0].builders["x"].tables
        return decider

    return compiled


@settings(max_examples=200, deadline=None)
@given(
    rows=st.integers(1, 3).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=9)
    ),
    values=st.lists(st.lists(inputs, min_size=3, max_size=3), min_size=1, max_size=6),
)
def test_the_index_gives_the_same_rules_as_trying_every_cell(
    decider_of: Callable[[list[list[str]]], Decider], rows: list[list[str]], values: list[list[Any]]
) -> None:
    decider = decider_of(rows)
    scope = Scope({}, {"limit": Decimal(1)})

    for row in values:
        given_values = row[: len(decider.inputs)]
        found = decider.matching(given_values, scope, Run(FUEL))

        assert found == decider.matching_plainly(given_values, scope, Run(FUEL)), given_values


@pytest.fixture
def large(
    decisions_of: Callable[..., Decisions], decision_xml: Callable[..., str], table_xml: Callable[..., str]
) -> Decisions:
    """A table of 500 rules over three inputs."""
    rows = [
        (f'"k{at % 10}"', f"[{at // 10 % 10 * 10}..{at // 10 % 10 * 10 + 10})", f">= {at // 100 * 100}", str(at))
        for at in range(500)
    ]
    return decisions_of(decision_xml("x", table_xml("COLLECT", {"a": "string", "b": "number", "c": "number"}, rows)))


def test_a_large_table_is_decided_in_a_fraction_of_a_millisecond(large: Decisions, morning: datetime) -> None:
    variables = {"a": "k3", "b": 55, "c": 450}
    large.evaluate("x", variables, now=morning)

    def seconds() -> float:
        start = time.perf_counter()
        result = large.evaluate("x", variables, now=morning)
        assert result.value == [53, 153, 253, 353, 453]
        return time.perf_counter() - start

    # A hundredfold of what it takes, so that a busy machine does not matter; trying every cell takes longer.
    assert min(seconds() for _ in range(20)) < 0.003


def test_an_index_that_would_be_very_large_is_left_out(
    decisions_of: Callable[..., Decisions],
    decision_xml: Callable[..., str],
    table_xml: Callable[..., str],
    morning: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.dmn.index._LARGEST_BYTES", 10_000)
    rows = [(f"{at}, {at + 1000}", str(at)) for at in range(400)]

    decisions = decisions_of(decision_xml("x", table_xml("FIRST", {"n": "number"}, rows)))

    (decider,) = decisions._graphs[0].builders["x"].tables
    assert decider.inputs[0].column.open.bit_count() == 400
    assert decisions.evaluate("x", {"n": 1007}, now=morning).value == 7
