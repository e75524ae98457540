"""What the printer writes, the parser reads back as the same tree."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel import syntax
from engine.feel.calendar import read_temporal
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.printer import print_node
from engine.feel.syntax import Node, Operation
from engine.feel.types import ANY, DATE_TIME, NUMBER, STRING, ContextType, FunctionType, ListType, RangeType

WORDS = st.sampled_from(["a", "b", "amount", "x1", "_y", "été", "?"])
NEW_NAMES = st.sampled_from(["a", "b", "n", "total", "first name"])
TYPES = st.recursive(
    st.sampled_from([NUMBER, STRING, ANY, DATE_TIME]),
    lambda inner: (
        inner.map(lambda item: ListType("list", item))
        | inner.map(lambda item: RangeType("range", item))
        | inner.map(lambda item: ContextType("context", (("a", item), ("first name", item))))
        | st.tuples(inner, inner).map(lambda pair: FunctionType("function", (pair[0],), pair[1]))
    ),
    max_leaves=3,
)
TEMPORAL = ["2026-03-02", "10:00:00+07:00", "2026-03-02T10:00:00@Asia/Jakarta", "P1DT2H", "-P1Y2M"]
LITERALS = st.one_of(
    st.none(),
    st.booleans(),
    st.decimals(min_value=-(10**20), max_value=10**20, allow_nan=False, places=3),
    st.integers(-(10**30), 10**30).map(Decimal),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(TEMPORAL).map(read_temporal),
).map(lambda value: syntax.Literal(0, value))
LEVELS = st.sampled_from([("+", "-"), ("*", "/"), ("**",)])
COMPARISONS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def _several(inner: st.SearchStrategy[Node], least: int = 1) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(inner, min_size=least, max_size=3).map(tuple)


def _chains(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def chain(symbols: tuple[str, ...]) -> st.SearchStrategy[Node]:
        step = st.builds(Operation, st.just(0), st.sampled_from(symbols), inner)
        return st.builds(syntax.Arithmetic, st.just(0), inner, st.lists(step, min_size=1, max_size=3).map(tuple))

    return LEVELS.flatmap(chain)


def _iterators(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Any]:
    iterator = st.builds(syntax.Iterator, st.just(0), NEW_NAMES, inner, st.none() | inner)
    return st.lists(iterator, min_size=1, max_size=2).map(tuple)


def _named_calls(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    arguments = st.dictionaries(NEW_NAMES, inner, min_size=1, max_size=2)
    return st.tuples(inner, arguments).map(
        lambda pair: syntax.Call(0, pair[0], tuple(pair[1].values()), tuple(pair[1]))
    )


def _compound(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    at = st.just(0)
    parameters = st.lists(st.builds(syntax.Parameter, at, NEW_NAMES, st.none() | TYPES), max_size=2, unique_by=_name)
    keys = st.sampled_from(["a", "b", "first name", "if", "a.b!", "", "été"])
    return st.one_of(
        _chains(inner),
        _named_calls(inner),
        st.builds(syntax.Path, at, inner, WORDS.filter(lambda word: word != "?")),
        st.builds(syntax.Filter, at, inner, inner),
        st.builds(syntax.Call, at, inner, _several(inner, 0)),
        st.builds(syntax.Negation, at, inner),
        st.builds(syntax.Comparison, at, COMPARISONS, inner, inner),
        st.builds(syntax.Between, at, inner, inner, inner),
        st.builds(syntax.In, at, inner, _several(inner)),
        st.builds(syntax.Conjunction, at, _several(inner, 2)),
        st.builds(syntax.Disjunction, at, _several(inner, 2)),
        st.builds(syntax.InstanceOf, at, inner, TYPES),
        st.builds(syntax.If, at, st.lists(st.tuples(inner, inner), min_size=1, max_size=2).map(tuple), inner),
        st.builds(syntax.For, at, _iterators(inner), inner),
        st.builds(syntax.Quantified, at, st.booleans(), _iterators(inner), inner),
        st.builds(syntax.FunctionDefinition, at, parameters.map(tuple), inner),
        st.builds(syntax.ListDisplay, at, _several(inner, 0)),
        st.dictionaries(keys, inner, max_size=3).map(lambda entries: syntax.ContextDisplay(0, tuple(entries.items()))),
        st.builds(syntax.RangeDisplay, at, st.booleans(), inner, inner, st.booleans()),
        st.builds(syntax.UnaryTest, at, COMPARISONS, inner),
    )


def _name(parameter: syntax.Parameter) -> str:
    return parameter.name


TREES = st.recursive(LITERALS | WORDS.map(lambda word: syntax.Name(0, word)), _compound, max_leaves=12)


@settings(max_examples=600)
@given(TREES)
def test_a_tree_that_was_printed_is_read_back_the_same(tree: Node) -> None:
    text = print_node(tree)

    assert parse_expression(text) == tree


@settings(max_examples=100)
@given(st.lists(TREES, min_size=1, max_size=3), st.booleans())
def test_unary_tests_that_were_printed_are_read_back_the_same(tests: list[Node], negated: bool) -> None:
    tree = syntax.Tests(0, negated, tuple(tests))

    assert parse_unary_tests(print_node(tree)) == tree


def test_a_deep_tree_is_printed_without_printing_its_parts_twice() -> None:
    source = "-" * 60 + "a"

    assert print_node(parse_expression(source)) == source


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("1+2*3", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("a-(b-c)", "a - (b - c)"),
        ("not( a )", "not(a)"),
        ("x in ]1..2[", "x in ((1..2))"),
        ("[1..n[-1]]", "[1..n[-1]]"),
        ("[]1..2[]", "[(1..2)]"),
        ('(x instance of date) and time("10:00:00") = y', '(x instance of date) and time("10:00:00") = y'),
        ("(x instance of list) < y", "(x instance of list) < y"),
        ("if a then b else if c then d else e", "if a then b else if c then d else e"),
        ('{a:1,"b c":2,"d-e":3}', '{a: 1, b c: 2, "d-e": 3}'),
        ('"\\u0041\\n"', '"A\\n"'),
        ('@"P1D"', '@"P1D"'),
        ("f(a:1,b:2)", "f(a: 1, b: 2)"),
        ("function(a:number)a", "function(a: number) a"),
        ("1 /* comment */ + 2", "1 + 2"),
    ],
)
def test_an_expression_is_printed_in_one_way(source: str, printed: str) -> None:
    assert print_node(parse_expression(source)) == printed
