"""Names with spaces and signs (DMN 1.5, 10.3.1.4 and 10.3.1.6)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import FeelSyntaxError, compile_expression


def _evaluated(source: str, variables: dict[str, Any]) -> Any:
    return compile_expression(source, names=list(variables)).evaluate(variables)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("monthly income * 2", 20),
        ("monthly   income", 10),
        ("monthly\n income", 10),
        ("a-b", 1),
        ("a - b", 1),
        ("(a)-(b)", 5),
        ("a-c", 4),
        ("profit and loss + 1", 8),
        ("in stock + 1", 6),
        ("Person's age", 42),
        ("a/b", 3),
        ("if any then 1 else 2", 1),
        ("date of birth", 9),
        ("Vehicle 1 Mass", 12),
        ("a.b", 77),
        ("été2", 13),
        ("🐎", 14),
        ("_x", 15),
    ],
)
def test_the_longest_name_in_scope_is_taken(source: str, expected: int) -> None:
    variables = {
        "monthly income": 10,
        "monthly": 1,
        "a-b": 1,
        "a": 9,
        "b": 4,
        "c": 5,
        "profit and loss": 7,
        "in stock": 5,
        "Person's age": 42,
        "a/b": 3,
        "any": True,
        "date of birth": 9,
        "Vehicle 1 Mass": 12,
        "a.b": 77,
        "été2": 13,
        "🐎": 14,
        "_x": 15,
    }

    assert _evaluated(source, variables) == Decimal(expected)


def test_without_scope_a_minus_is_a_subtraction() -> None:
    assert compile_expression("a-b").evaluate({"a": 5, "b": 3, "a-b": 99}) == 2


def test_a_name_with_a_keyword_inside_is_no_operator_when_it_is_in_scope() -> None:
    expression = compile_expression('order in process = "yes" and x', names=["order in process", "x"])

    assert expression.names == {"order in process", "x"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{first name: 1, total: first name + 1}.total", 2),
        ("{first name: 1}.first name", 1),
        ("{a-b: 3, c: a-b}.c", 3),
        ("for line item in [1, 2] return line item * 2", [2, 4]),
        ("some line item in [1, 2] satisfies line item = 2", True),
        ("(function(first value, second value) first value - second value)(5, 3)", 2),
        ("[{unit price: 3}, {unit price: 5}][unit price > 4].unit price", [5]),
        ('{"a b": 1}.a b', 1),
    ],
)
def test_names_that_the_expression_introduces_may_have_several_words(
    source: str, expected: Any, evaluate: Callable[..., Any]
) -> None:
    assert evaluate(source) == expected


def test_words_after_a_dot_are_one_name_up_to_the_next_operator(evaluate: Callable[..., Any]) -> None:
    assert evaluate("person.first name + person.last name", person={"first name": "A", "last name": "B"}) == "AB"


def test_a_name_is_out_of_scope_behind_what_introduced_it() -> None:
    expression = compile_expression("[for a-b in [1] return a-b, a-b]")

    assert expression.names == {"a", "b"}


def test_names_tells_which_variables_are_read_and_leaves_out_the_rest() -> None:
    source = "{limit: max, f: function(n) n + rate}.f(amount) + count(list[item > floor]) + sum(for i in 1..n return i)"

    assert compile_expression(source).names == {"max", "rate", "amount", "list", "floor", "n"}


def test_a_variable_may_have_the_name_of_a_function(evaluate: Callable[..., Any]) -> None:
    assert evaluate("date(date).year", date="2026-03-02") == 2026
    assert evaluate("count + count([1])", count=4) == 5


def test_a_function_that_the_expression_defines_comes_before_the_built_in_one(evaluate: Callable[..., Any]) -> None:
    assert evaluate("{sum: function(a, b) a * b, r: sum(3, 4)}.r") == 12


def test_an_input_named_item_comes_before_the_items_own_name(evaluate: Callable[..., Any]) -> None:
    assert evaluate("[{item: 1}, {item: 2}][item = 2]") == [{"item": 2}]


@pytest.mark.parametrize("source", ["monthly income", "a b + 1", "x y"])
def test_words_that_are_no_name_in_scope_are_refused(source: str) -> None:
    with pytest.raises(FeelSyntaxError, match="Expected an operator or the end"):
        compile_expression(source)
