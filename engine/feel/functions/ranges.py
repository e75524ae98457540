"""Functions of ranges (DMN 1.5, 10.3.4.11, table 78) and ``range`` (10.3.4.1). A point is a range of itself alone."""

from collections.abc import Callable
from typing import Any, Final

from engine.feel import syntax
from engine.feel.errors import FeelSyntaxError
from engine.feel.functions import dates
from engine.feel.functions.registry import builtin
from engine.feel.names import Names
from engine.feel.operators import kind_name, less, make_range, order_key
from engine.feel.parser import parse_expression
from engine.feel.values import Range, Run

Bound = tuple[int, Any, int]
Bounds = tuple[Bound, Bound]

_POINTS: Final = "{}(point1: point, point2: point)"
_POINT_RANGE: Final = "{}(point: point, range: range)"
_RANGE_POINT: Final = "{}(range: range, point: point)"
_RANGES: Final = "{}(range1: range, range2: range)"


def _bounds(value: Any) -> Bounds:
    """Return where a range begins and ends, in a form that orders as the table wants.

    A bound is (side of infinity, value, nudge): an open start lies just above its value, an open end just below.
    """
    if not isinstance(value, Range):
        return (0, order_key(value), 0), (0, order_key(value), 0)
    low: Bound = (-1, 0, 0) if value.low is None else (0, order_key(value.low), 0 if value.low_closed else 1)
    high: Bound = (1, 0, 0) if value.high is None else (0, order_key(value.high), 0 if value.high_closed else -1)
    return low, high


def _kind(value: Any) -> type:
    if isinstance(value, Range):
        return type(value.low if value.low is not None else value.high)
    return type(value)


def _relation(name: str, *signatures: str) -> Callable[[Callable[[Bounds, Bounds], bool]], None]:
    """Register a relation of two points or ranges under its name."""

    def register(holds: Callable[[Bounds, Bounds], bool]) -> None:
        def relation(run: Run, one: Any, other: Any) -> bool | None:
            if _kind(one) is not _kind(other):
                return run.null(f"Expected two of one kind in '{name}', but found {kind_name(one)}, {kind_name(other)}")
            if any(isinstance(value, Range) and value.test == "!=" for value in (one, other)):
                return run.null(f"Expected ranges with two ends in '{name}', but found a test with '!='")
            return holds(_bounds(one), _bounds(other))

        builtin(*(signature.format(name) for signature in signatures))(relation)

    return register


@_relation("before", _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
def _before(one: Bounds, other: Bounds) -> bool:
    return one[1] < other[0]


@_relation("after", _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
def _after(one: Bounds, other: Bounds) -> bool:
    return one[0] > other[1]


@_relation("meets", _RANGES)
def _meets(one: Bounds, other: Bounds) -> bool:
    return one[1] == other[0] and one[1][2] == 0


@_relation("met by", _RANGES)
def _met_by(one: Bounds, other: Bounds) -> bool:
    return one[0] == other[1] and one[0][2] == 0


@_relation("overlaps", _RANGES)
def _overlaps(one: Bounds, other: Bounds) -> bool:
    return one[1] >= other[0] and one[0] <= other[1]


@_relation("overlaps before", _RANGES)
def _overlaps_before(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[0] <= one[1] <= other[1]


@_relation("overlaps after", _RANGES)
def _overlaps_after(one: Bounds, other: Bounds) -> bool:
    return other[0] < one[0] <= other[1] <= one[1]


@_relation("finishes", _POINT_RANGE, _RANGES)
def _finishes(one: Bounds, other: Bounds) -> bool:
    return one[1] == other[1] and one[0] >= other[0]


@_relation("finished by", _RANGE_POINT, _RANGES)
def _finished_by(one: Bounds, other: Bounds) -> bool:
    return one[1] == other[1] and one[0] <= other[0]


@_relation("includes", _RANGE_POINT, _RANGES)
def _includes(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[0] and one[1] >= other[1]


@_relation("during", _POINT_RANGE, _RANGES)
def _during(one: Bounds, other: Bounds) -> bool:
    return one[0] >= other[0] and one[1] <= other[1]


@_relation("starts", _POINT_RANGE, _RANGES)
def _starts(one: Bounds, other: Bounds) -> bool:
    return one[0] == other[0] and one[1] <= other[1]


@_relation("started by", _RANGE_POINT, _RANGES)
def _started_by(one: Bounds, other: Bounds) -> bool:
    return one[0] == other[0] and one[1] >= other[1]


@_relation("coincides", _POINTS, _RANGES)
def _coincides(one: Bounds, other: Bounds) -> bool:
    return one == other


# --- range(from)

_CONSTRUCTORS: Final[dict[str, Callable[[Run, str], Any]]] = {
    "date": dates.date,
    "time": dates.time,
    "date and time": dates.date_time,
    "duration": dates.duration,
}


@builtin("range(from: string)")
def range_of(run: Run, source: str) -> Range | None:
    """Return the range that a text like ``[1..3]`` says; its ends are literals, or dates and the like of literals."""
    run.spend(200 + 12 * len(source))
    try:
        node = parse_expression(source, known=_NAMES)
    except FeelSyntaxError as error:
        return run.null(f"Expected the text of a range, but found another: {error.message}")
    if not isinstance(node, syntax.RangeDisplay):
        return run.null("Expected the text of a range, but found another expression")
    low, high = _end(run, node.low), _end(run, node.high)
    if low is None or high is None or less(run, high, low) is not False:
        return run.null("Expected a range from one literal up to another, but found other ends")
    return make_range(run, low, high, low_closed=node.low_closed, high_closed=node.high_closed)


_NAMES: Final = Names(name for name in _CONSTRUCTORS if " " in name)


def _end(run: Run, node: syntax.Node) -> Any:
    if isinstance(node, syntax.Literal):
        return node.value
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name) and len(node.arguments) == 1:
        construct, argument = _CONSTRUCTORS.get(node.function.name), node.arguments[0]
        if construct is not None and isinstance(argument, syntax.Literal) and isinstance(argument.value, str):
            return construct(run, argument.value)
    return None
