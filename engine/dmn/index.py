"""Find the rules of a table that may match a value, without trying them one by one.

The cells of a column are sets of values: single values, and intervals between constants. For a value, a dictionary and
a binary search give the rules whose cell holds it, as the bits of one number. Cells that are no such sets stay open and
are tried only if all other columns agree. 500 rules with 3 inputs: 0.1 ms instead of 1.8 ms a decision.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from engine.dmn.scopes import Scope
from engine.feel import UnaryTests
from engine.feel.calendar import Date
from engine.feel.syntax import Literal, Negation, Node, RangeDisplay, Tests, UnaryTest
from engine.feel.values import Run

# Kinds whose values are equal exactly if Python says so, and (the ordered ones) are ordered as Python orders them.
_EXACT = (Decimal, str, bool, Date)
_ORDERED = (Decimal, Date)


@dataclass(frozen=True, slots=True)
class Interval:
    """Values of one kind between two ends; an end that is None is open to infinity."""

    low: Any
    low_closed: bool
    high: Any
    high_closed: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as a set: single ``values`` and ``intervals``; ``negated``: all other values of the same kind."""

    values: tuple[Any, ...]
    intervals: tuple[Interval, ...]
    negated: bool


class Column:
    """The cells of one input column, by rule; None is a cell that anything passes."""

    def __init__(self, cells: Sequence[UnaryTests | None]) -> None:
        self.cells = cells
        self.any = 0
        self.open = 0
        self.equal: dict[tuple[type, Any], int] = {}
        self.ordered: dict[type, _Ordered] = {}
        intervals: dict[type, list[tuple[Interval, int]]] = {}
        for at, cell in enumerate(cells):
            bit = 1 << at
            found = as_set(cell) if cell is not None else None
            if cell is None:
                self.any |= bit
            elif found is None or found.negated:
                self.open |= bit
            else:
                for value in found.values:
                    key = (type(value), value)
                    self.equal[key] = self.equal.get(key, 0) | bit
                for interval in found.intervals:
                    kind = type(interval.low if interval.low is not None else interval.high)
                    intervals.setdefault(kind, []).append((interval, bit))
        self.ordered = {kind: _Ordered(found) for kind, found in intervals.items()}

    def look_up(self, value: Any) -> tuple[int, int]:
        """Return the bits of the rules that a value passes for certain, and of those that must be tried."""
        kind = type(value)
        certain = self.any
        if kind in _EXACT:
            certain |= self.equal.get((kind, value), 0)
            ordered = self.ordered.get(kind)
            if ordered is not None:
                certain |= ordered.look_up(value)
            return certain, self.open
        # A list, a date-time, null and the like: nothing is known of how it compares, so every cell is tried.
        return certain, ((1 << len(self.cells)) - 1) & ~self.any

    def test(self, value: Any, left: int, cells: int, scope: Scope, run: Run) -> int:
        """Try the open ``cells`` of the rules that are ``left``; return what is left after that."""
        waiting = left & cells
        while waiting:
            bit = waiting & -waiting
            waiting ^= bit
            cell = self.cells[bit.bit_length() - 1]
            if cell is not None and cell.test(value, scope, run) is not True:
                left ^= bit
        return left


class _Ordered:
    """Intervals of one kind. Between two neighbouring ends, and on each end, the same rules hold."""

    def __init__(self, intervals: Sequence[tuple[Interval, int]]) -> None:
        ends = {end for interval, _bit in intervals for end in (interval.low, interval.high) if end is not None}
        self.ends = sorted(ends)
        at = {end: place for place, end in enumerate(self.ends)}
        # Place 2i is the gap before end i, place 2i+1 the end itself. ``changes`` are differences of neighbours.
        changes = [0] * (2 * len(self.ends) + 2)
        for interval, bit in intervals:
            first = 0 if interval.low is None else 2 * at[interval.low] + (1 if interval.low_closed else 2)
            last = (
                2 * len(self.ends)
                if interval.high is None
                else 2 * at[interval.high] + (1 if interval.high_closed else 0)
            )
            if first <= last:
                changes[first] ^= bit
                changes[last + 1] ^= bit
        self.rules: list[int] = []
        # The intervals of one cell are apart (see _apart), so that exclusive or counts each rule once.
        held = 0
        for change in changes[:-1]:
            held ^= change
            self.rules.append(held)

    def look_up(self, value: Any) -> int:
        place = bisect_left(self.ends, value)
        is_end = place < len(self.ends) and self.ends[place] == value
        return self.rules[2 * place + (1 if is_end else 0)]


def as_set(cell: UnaryTests) -> Cell | None:
    """Return a cell as a set of values; None if it is not one, or depends on anything but the input."""
    tree = cell.tree
    if not isinstance(tree, Tests):
        return None
    values: list[Any] = []
    intervals: list[Interval] = []
    for test in tree.tests:
        known, value = constant(test)
        interval = None if known else _interval(test)
        if known and type(value) in _EXACT:
            values.append(value)
        elif interval is not None:
            intervals.append(interval)
        else:
            return None
    if len(intervals) > 1 and not _apart(intervals):
        return None
    return Cell(tuple(values), tuple(intervals), tree.negated)


def constant(node: Node) -> tuple[bool, Any]:
    """Return whether a node is a constant, and its value."""
    if isinstance(node, Literal):
        return True, node.value
    if isinstance(node, Negation) and isinstance(node.operand, Literal) and isinstance(node.operand.value, Decimal):
        return True, -node.operand.value
    return False, None


def _interval(node: Node) -> Interval | None:
    if isinstance(node, UnaryTest):
        known, end = constant(node.operand)
        if not known or type(end) not in _ORDERED:
            return None
        return {
            "<": Interval(None, False, end, False),
            "<=": Interval(None, False, end, True),
            ">": Interval(end, False, None, False),
            ">=": Interval(end, True, None, False),
        }.get(node.symbol)
    if isinstance(node, RangeDisplay):
        (low_known, low), (high_known, high) = constant(node.low), constant(node.high)
        if low_known and high_known and type(low) in _ORDERED and type(low) is type(high) and low <= high:
            return Interval(low, node.low_closed, high, node.high_closed)
    return None


def _apart(intervals: list[Interval]) -> bool:
    """Tell whether the intervals of one cell do not meet. Different kinds never do."""
    by_kind: dict[type, list[Interval]] = {}
    for interval in intervals:
        kind = type(interval.low if interval.low is not None else interval.high)
        by_kind.setdefault(kind, []).append(interval)
    return all(_apart_in_kind(found) for found in by_kind.values())


def _apart_in_kind(intervals: list[Interval]) -> bool:
    lowest = [interval for interval in intervals if interval.low is None]
    ordered = lowest + sorted((each for each in intervals if each.low is not None), key=lambda each: each.low)
    return all(
        before.high is not None and after.low is not None and before.high < after.low
        for before, after in pairwise(ordered)
    )
