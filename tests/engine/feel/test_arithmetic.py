"""Numbers (DMN 1.5, 10.3.2.3.1 and tables 56 to 62): decimals of 34 digits, no infinity, no NaN."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import compile_expression

DECIMAL128 = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e40"), max_value=Decimal("1e40"))
NUMBERS = st.one_of(DECIMALS, st.integers(-(10**40), 10**40).map(Decimal)).map(DECIMAL128.create_decimal)
OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": DECIMAL128.add,
    "-": DECIMAL128.subtract,
    "*": DECIMAL128.multiply,
    "/": DECIMAL128.divide,
}
COMPILED = {symbol: compile_expression(f"a {symbol} b") for symbol in OPERATIONS}
CHAIN = compile_expression("a + b * c - d / 4")
MODULO = compile_expression("modulo(a, b)")
ROUNDED = compile_expression("decimal(a, places)")


@given(NUMBERS, NUMBERS, st.sampled_from(sorted(OPERATIONS)))
def test_operations_are_those_of_decimal_with_34_digits(one: Decimal, other: Decimal, symbol: str) -> None:
    try:
        expected = OPERATIONS[symbol](one, other)
    except DecimalException:
        expected = None

    found = COMPILED[symbol].evaluate({"a": one, "b": other})

    assert found == expected
    if expected:
        assert found.as_tuple() == expected.as_tuple()


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_chains_are_calculated_from_the_left_and_products_first(a: Decimal, b: Decimal, c: Decimal, d: Decimal) -> None:
    context = DECIMAL128
    expected = context.subtract(context.add(a, context.multiply(b, c)), context.divide(d, Decimal(4)))

    assert CHAIN.evaluate({"a": a, "b": b, "c": c, "d": d}) == expected


@given(st.integers(-(10**15), 10**15), st.integers(-(10**6), 10**6).filter(bool))
def test_modulo_has_the_sign_of_the_divisor_as_in_python(dividend: int, divisor: int) -> None:
    assert MODULO.evaluate({"a": dividend, "b": divisor}) == dividend % divisor


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6), st.integers(0, 5))
def test_decimal_rounds_half_to_even(number: Decimal, places: int) -> None:
    assert ROUNDED.evaluate({"a": number, "places": places}) == round(number, places)


@given(NUMBERS)
def test_a_number_is_read_back_from_its_text(number: Decimal) -> None:
    assert compile_expression("number(string(a))").evaluate({"a": number}) == number


def test_the_context_of_the_thread_makes_no_difference() -> None:
    with localcontext() as context:
        context.prec = 3
        source = "[1 / 3, modulo(123456, 1000), -123456, abs(-123456), 2 ** 40, sum(99999, 1)]"
        found = compile_expression(source).evaluate({})

    assert [str(number) for number in found] == [
        "0." + "3" * 34,
        "456",
        "-123456",
        "123456",
        "1099511627776",
        "100000",
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0." + "3" * 34),
        ("2 / 3", "0." + "6" * 33 + "7"),
        ("1.10 * 3", "3.30"),
        ("1 + 3/2*2 - 2**3", "-4.0"),
        ("2 ** 0.5 > 1.41", "true"),
        ("2 ** -1", "0.5"),
        ("3 ** 4 ** 5", "3486784401"),
        ("-3 ** 2", "9"),
        ("10 - 2 - 3", "5"),
        ("100 / 10 / 2", "5"),
        ("1 / 0", "null"),
        ("0 / 0", "null"),
        ("0 ** 0", "null"),
        ("0 ** -1", "null"),
        ("0 ** -2.5", "null"),
        ("1e6144 * 10", "null"),
        ("(-1) ** 0.5", "null"),
        ('1 + "1"', "null"),
        ('"a" + "b"', '"ab"'),
        ('"a" - "b"', "null"),
        ('"a" * 2', "null"),
        ("[1] + [2]", "null"),
        ("true + 1", "null"),
        ("null + 1", "null"),
        ("1 + null", "null"),
        ("-null", "null"),
        ('-"a"', "null"),
        ("--1", "1"),
    ],
)
def test_results_and_what_is_none(source: str, expected: str, same: Callable[[str, str], None]) -> None:
    same(source, expected)


def test_inputs_of_json_are_exact(evaluate: Callable[..., Any]) -> None:
    assert evaluate("a + b", a=0.1, b=0.2) == Decimal("0.3")
    assert evaluate("a", a=10**40) == Decimal(10**40)
    assert evaluate("a = b", a=1, b=1.0) is True
