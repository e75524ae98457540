"""Cells of decision tables as sets of values, as far as they are that: constants and intervals between constants."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.feel import FeelError, UnaryTests
from engine.feel.calendar import Date
from engine.feel.functions import BUILTINS
from engine.feel.limits import FUEL
from engine.feel.syntax import Call, Literal, Name, Negation, Node, RangeDisplay, Tests, UnaryTest, children
from engine.feel.values import Run

# Kinds whose values are equal exactly if Python says so, and (the ordered ones) are ordered as Python orders them.
EXACT: Final = (Decimal, str, bool, Date, type(None))
ORDERED: Final = (Decimal, Date)
_DATES: Final = frozenset({"date", "date and time", "time", "duration"})


@dataclass(frozen=True, slots=True)
class Interval:
    """Values of one kind between two ends; an end that is None is open to infinity."""

    kind: type
    low: Any
    low_closed: bool
    high: Any
    high_closed: bool


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Single ``values`` and ``intervals``, which do not meet; ``negated``: all other values of the same kind.

    ``kind`` is the one kind of all of them; None for a set that is not negated and mixes kinds or is empty.
    ``compares``: an order was asked for, in which null has no place, even if no interval is left of it.
    """

    values: tuple[Any, ...]
    intervals: tuple[Interval, ...]
    negated: bool
    kind: type | None
    compares: bool


def as_set(cell: UnaryTests) -> ValueSet | None:
    """Return a cell as a set of values; None if it is not one, or depends on anything but the input."""
    tree = cell.tree
    if not isinstance(tree, Tests) or not tree.tests:
        return None
    values: list[Any] = []
    intervals: list[Interval] = []
    compares = False
    for test in tree.tests:
        is_equality = isinstance(test, UnaryTest) and test.symbol == "="
        known, value = constant(test.operand if isinstance(test, UnaryTest) and is_equality else test)
        if known and type(value) in EXACT:
            values.append(value)
        elif (found := _intervals(test)) is not None:
            intervals.extend(found)
            compares = True
        else:
            return None
    kinds = {*map(type, values), *(interval.kind for interval in intervals)}
    # Of mixed kinds, and of null, a negation says nothing certain: comparisons between kinds are null.
    if tree.negated and (len(kinds) != 1 or type(None) in kinds):
        return None
    kind = kinds.pop() if len(kinds) == 1 else None
    return ValueSet(tuple(values), tuple(_merged(intervals)), tree.negated, kind, compares)


def constant(node: Node) -> tuple[bool, Any]:
    """Return whether a node is a constant, and its value: a literal, or a date or duration written as a call."""
    if isinstance(node, Literal):
        return True, node.value
    if isinstance(node, Negation) and isinstance(node.operand, Literal) and isinstance(node.operand.value, Decimal):
        return True, -node.operand.value
    if isinstance(node, Call) and isinstance(node.function, Name) and node.function.name in _DATES:
        arguments = [argument.value for argument in node.arguments if isinstance(argument, Literal)]
        if len(arguments) == len(node.arguments) == 1 and isinstance(arguments[0], str) and node.names is None:
            value = BUILTINS[node.function.name].call(Run(FUEL), *arguments)
            return value is not None, value
    return False, None


def constants(tests: UnaryTests) -> Iterator[Any]:
    """Yield the constants among unary tests, in the order in which they are written."""
    if isinstance(tests.tree, Tests):
        for test in tests.tree.tests:
            known, value = constant(test)
            if known:
                yield value


def surely_refuses(tests: UnaryTests, value: Any) -> bool:
    """Tell whether a value never passes unary tests; what depends on variables, the clock or long work may let it."""
    if tests.names or _reads_clock(tests.tree):
        return False
    try:
        return tests.test(value, {}, Run(FUEL)) is not True
    except FeelError:
        return False


def _reads_clock(node: Node) -> bool:
    is_clock = isinstance(node, Call) and isinstance(node.function, Name) and node.function.name in ("now", "today")
    return is_clock or any(map(_reads_clock, children(node)))


def _intervals(node: Node) -> list[Interval] | None:
    """Return a test as intervals (none of them where no value can pass); None if it is no such test."""
    if isinstance(node, UnaryTest):
        known, end = constant(node.operand)
        if not known or type(end) not in ORDERED:
            return None
        return _COMPARED[node.symbol](end) if node.symbol in _COMPARED else None
    if isinstance(node, RangeDisplay):
        (low_known, low), (high_known, high) = constant(node.low), constant(node.high)
        if low_known and high_known and type(low) in ORDERED and type(low) is type(high):
            closed = node.low_closed and node.high_closed
            is_empty = low > high or (low == high and not closed)
            return [] if is_empty else [Interval(type(low), low, node.low_closed, high, node.high_closed)]
    return None


_COMPARED: Final = {
    "<": lambda end: [Interval(type(end), None, False, end, False)],
    "<=": lambda end: [Interval(type(end), None, False, end, True)],
    ">": lambda end: [Interval(type(end), end, False, None, False)],
    ">=": lambda end: [Interval(type(end), end, True, None, False)],
}


def _merged(intervals: list[Interval]) -> list[Interval]:
    """Return the same values as intervals that do not meet."""
    ordered = sorted(intervals, key=_start)
    found: list[Interval] = []
    for interval in ordered:
        if found and _meet(found[-1], interval):
            found[-1] = _joined(found[-1], interval)
        else:
            found.append(interval)
    return found


def _start(interval: Interval) -> tuple[Any, ...]:
    if interval.low is None:
        return (interval.kind.__name__, False)
    return (interval.kind.__name__, True, interval.low, not interval.low_closed)


def _meet(before: Interval, after: Interval) -> bool:
    if before.kind is not after.kind:
        return False
    if before.high is None or after.low is None or after.low < before.high:
        return True
    return bool(after.low == before.high) and (before.high_closed or after.low_closed)


def _joined(before: Interval, after: Interval) -> Interval:
    if before.high is None or (after.high is not None and after.high < before.high):
        return before
    closed = after.high_closed or (before.high == after.high and before.high_closed)
    return Interval(before.kind, before.low, before.low_closed, after.high, closed)
