"""Numeric functions (DMN 1.5, 10.3.4.5)."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)
from typing import Final

from engine.feel.calendar import Days, Months
from engine.feel.functions.registry import builtin
from engine.feel.operators import ROUNDING
from engine.feel.values import NUMBERS, Run

_LEAST_SCALE: Final = -6111
_MOST_SCALE: Final = 6176


@builtin("decimal(n: number, scale: number)", cost=18)
def round_half_even(run: Run, number: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(run, number, scale, ROUND_HALF_EVEN)


@builtin("floor(n: number, scale?: number)", cost=8)
def floor(run: Run, number: Decimal, scale: Decimal = Decimal(0)) -> Decimal | None:
    return rounded(run, number, scale, ROUND_FLOOR)


@builtin("ceiling(n: number, scale?: number)", cost=8)
def ceiling(run: Run, number: Decimal, scale: Decimal = Decimal(0)) -> Decimal | None:
    return rounded(run, number, scale, ROUND_CEILING)


@builtin("round up(n: number, scale: number)", cost=18)
def round_up(run: Run, number: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(run, number, scale, ROUND_UP)


@builtin("round down(n: number, scale: number)", cost=18)
def round_down(run: Run, number: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(run, number, scale, ROUND_DOWN)


@builtin("round half up(n: number, scale: number)", cost=18)
def round_half_up(run: Run, number: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(run, number, scale, ROUND_HALF_UP)


@builtin("round half down(n: number, scale: number)", cost=18)
def round_half_down(run: Run, number: Decimal, scale: Decimal) -> Decimal | None:
    return rounded(run, number, scale, ROUND_HALF_DOWN)


def rounded(run: Run, number: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """Round to ``scale`` digits after the point; a fraction of the scale is cut."""
    places = int(scale) if scale.adjusted() < 6 else _MOST_SCALE + 1
    if not _LEAST_SCALE <= places <= _MOST_SCALE:
        return run.null(f"Expected a scale from {_LEAST_SCALE} to {_MOST_SCALE}, but found {scale}")
    try:
        return number.quantize(Decimal((0, (1,), -places)), rounding=rounding, context=NUMBERS)
    except DecimalException:  # more digits than a number holds: then it has no more than those places already
        return number


@builtin("abs(n: number or duration)")
def absolute(run: Run, value: Decimal | Days | Months) -> Decimal | Days | Months:
    if isinstance(value, Days):
        return Days(abs(value.nanos))
    if isinstance(value, Months):
        return Months(abs(value.months))
    return NUMBERS.abs(value)


@builtin("modulo(dividend: number, divisor: number)", cost=8)
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """Return ``dividend - divisor * floor(dividend / divisor)``: it has the sign of the divisor."""
    if not divisor:
        return run.null("Expected a divisor other than 0, but found 0")
    try:
        rest = NUMBERS.remainder(dividend, divisor)
    except DecimalException:
        return run.null("Expected a quotient that 34 digits can hold, but found a larger one")
    return NUMBERS.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest


@builtin("sqrt(number: number)", cost=18)
def square_root(run: Run, number: Decimal) -> Decimal | None:
    return NUMBERS.sqrt(number) if number >= 0 else run.null(f"Expected a number from 0, but found {number}")


@builtin("log(number: number)", cost=150)
def logarithm(run: Run, number: Decimal) -> Decimal | None:
    return NUMBERS.ln(number) if number > 0 else run.null(f"Expected a number above 0, but found {number}")


@builtin("exp(number: number)", cost=150)
def exponential(run: Run, number: Decimal) -> Decimal | None:
    try:
        return NUMBERS.exp(number)
    except DecimalException:
        return run.null("Expected a finite number as result, but found one too large")


@builtin("odd(number: number)", cost=18)
def is_odd(run: Run, number: Decimal) -> bool:
    return _half(number) == 1


@builtin("even(number: number)", cost=18)
def is_even(run: Run, number: Decimal) -> bool:
    return _half(number) == 0


def _half(number: Decimal) -> Decimal:
    """Return the rest of a division by two."""
    return ROUNDING.remainder(number.copy_abs(), Decimal(2))
