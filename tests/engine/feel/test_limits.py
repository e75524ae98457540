"""Limits that a normal user may meet, and what lies just within them."""

import sys
from decimal import Decimal

import pytest

from engine.feel import FeelError, FeelSyntaxError, compile_expression
from engine.feel.limits import DEPTH, FRAMES, LIST_ITEMS, NODES, RECURSION, SOURCE_CHARS, STRING_CHARS


def test_a_source_may_be_as_long_as_is_allowed_and_no_longer() -> None:
    source = "1".rjust(SOURCE_CHARS)

    assert compile_expression(source).evaluate({}) == 1
    with pytest.raises(FeelSyntaxError, match="at most 8192 characters"):
        compile_expression(f" {source}")
    assert compile_expression(f" {source}", longest=10_000).evaluate({}) == 1


def test_nesting_may_be_as_deep_as_is_allowed_and_no_deeper() -> None:
    within, beyond = DEPTH - 1, DEPTH

    assert compile_expression("(" * within + "1" + ")" * within).evaluate({}) == 1
    with pytest.raises(FeelSyntaxError, match="nested at most 64 deep"):
        compile_expression("(" * beyond + "1" + ")" * beyond)


def test_a_long_row_of_operations_is_not_deep() -> None:
    many = NODES // 2 - 10

    assert compile_expression("1" + " + 1" * many).evaluate({}) == many + 1
    assert compile_expression("true" + " and true" * (many // 2)).evaluate({}) is True
    ladder = "".join(f"if n = {index} then {index} else " for index in range(200))
    assert compile_expression(f"{ladder}-1").evaluate({"n": 199}) == 199
    with pytest.raises(FeelSyntaxError, match=f"at most {NODES} parts"):
        compile_expression("1" + "+1" * NODES)


def test_operators_that_group_from_the_left_make_a_tree_deep() -> None:
    nested = "1 = 1"
    for _ in range(8):
        nested = f"({nested})" + " = 1" * 40

    with pytest.raises(FeelSyntaxError, match="at most 192 levels deep"):
        compile_expression(nested)


def test_a_function_may_call_itself_a_hundred_times_and_no_more() -> None:
    source = "{sum: function(n) if n = 0 then 0 else n + sum(n - 1), r: sum(n)}.r"
    expression = compile_expression(source)

    assert expression.evaluate({"n": RECURSION - 1}) == (RECURSION - 1) * RECURSION // 2
    with pytest.raises(FeelError, match="at most 100 nested calls"):
        expression.evaluate({"n": RECURSION + 1})


def test_deep_functions_meet_the_limit_before_python_meets_its_own() -> None:
    body = "if n = 0 then 0 else " + "(1 + " * 25 + "f(n - 1)" + ")" * 25
    expression = compile_expression(f"{{f: function(n) {body}, r: f(n)}}.r")

    assert expression.evaluate({"n": 20}) == 20 * 25
    with pytest.raises(FeelError, match="nested calls"):
        expression.evaluate({"n": 99})
    assert sys.getrecursionlimit() > FRAMES


def test_strings_and_lists_may_be_as_large_as_is_allowed_and_no_larger() -> None:
    text = "a" * (STRING_CHARS - 1)

    assert len(compile_expression('s + "b"').evaluate({"s": text})) == STRING_CHARS
    with pytest.raises(FeelError, match="at most 262144 characters"):
        compile_expression('s + "bc"').evaluate({"s": text})
    assert compile_expression(f"count(for i in 1..{LIST_ITEMS} return i)").evaluate({}) == LIST_ITEMS
    with pytest.raises(FeelError, match="at most 10000 items"):
        compile_expression(f"count(for i in 1..{LIST_ITEMS + 1} return i)").evaluate({})


def test_fuel_is_what_the_caller_gives() -> None:
    expression = compile_expression("sum(for i in 1..100 return i)")

    assert expression.evaluate({}, fuel=2_000) == Decimal(5050)
    with pytest.raises(FeelError, match="within its fuel"):
        expression.evaluate({}, fuel=100)


def test_fuel_is_the_same_for_the_same_evaluation() -> None:
    expression = compile_expression('[for i in list return matches(i.b, "^x\\w+$"), sort(list.a), string(list)]')
    variables = {"list": [{"a": index * 7 % 13, "b": f"x{index}"} for index in range(50)]}

    least = next(fuel for fuel in range(0, 100_000, 50) if _ends(expression, variables, fuel))

    assert all(_ends(expression, variables, least) for _ in range(3))
    assert not any(_ends(expression, variables, least - 50) for _ in range(3))


def _ends(expression: object, variables: dict[str, object], fuel: int) -> bool:
    try:
        expression.evaluate(variables, fuel=fuel)  # type: ignore[attr-defined]
    except FeelError:
        return False
    return True
