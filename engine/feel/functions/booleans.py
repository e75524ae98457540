"""Boolean functions (DMN 1.5, 10.3.4.2) and ``is`` (10.3.4.9)."""

from typing import Any

from engine.feel.calendar import DateTime, Time
from engine.feel.functions.registry import builtin
from engine.feel.operators import equal
from engine.feel.values import Run


@builtin("not(negand: boolean)")
def negate(run: Run, negand: bool) -> bool:
    return not negand


@builtin("is(value1: any, value2: any)", cost=8)
def is_same(run: Run, one: Any, other: Any) -> bool:
    """Tell whether two values are the same element of the semantic domain: also zone and offset must agree."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Time):
        return _same_place(one, other) and equal(run, one, other) is True
    if isinstance(one, DateTime):
        return _same_place(one.time, other.time) and equal(run, one, other) is True
    return equal(run, one, other) is True


def _same_place(one: Time, other: Time) -> bool:
    return one.zone == other.zone and one.offset == other.offset
