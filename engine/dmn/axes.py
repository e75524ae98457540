"""The inputs of a decision table as axes, cut into pieces within which every rule matches all values or none."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from engine.dmn.sets import EXACT, ORDERED, ValueSet, as_set, surely_refuses
from engine.dmn.tables import Decider, In
from engine.dmn.types import constraints, unrestricted
from engine.feel.analysis import kind_of
from engine.feel.calendar import Date, civil_from_days
from engine.feel.types import BOOLEAN, DATE, NUMBER, STRING, Type, conforms
from engine.feel.values import NUMBERS

_CLASSES: Final = {NUMBER: Decimal, STRING: str, BOOLEAN: bool, DATE: Date}
_BY_KIND: Final = {"number": Decimal, "string": str, "boolean": bool, "date": Date}


@dataclass(frozen=True, slots=True)
class Piece:
    """Values that no rule tells apart: one value (``low`` is ``high``), those between two, all other texts, or all.

    Ends that are not closed, and None, stand for values beyond or between. ``example`` is one of the values.
    """

    kind: type | None
    low: Any
    high: Any
    is_value: bool
    example: Any


@dataclass(frozen=True, slots=True)
class Axis:
    """An input and its pieces. Columns with the same expression share an axis; their indexes are ``columns``.

    ``domain`` are the indexes of the pieces that the input may have. ``certain`` and ``possible`` are, for each piece,
    the bits of the rules that surely match there, and of those that may.
    """

    label: str
    columns: tuple[int, ...]
    pieces: tuple[Piece, ...]
    domain: tuple[int, ...]
    certain: tuple[int, ...]
    possible: tuple[int, ...]


def axes_of(table: Decider) -> list[Axis]:
    """Return the axes of a table, in the order of its columns."""
    by_source: dict[str, list[int]] = {}
    for at, column in enumerate(table.inputs):
        by_source.setdefault(" ".join(column.value.source.split()), []).append(at)
    return [_axis(table, columns) for columns in by_source.values()]


def _axis(table: Decider, columns: list[int]) -> Axis:
    inputs = [table.inputs[at] for at in columns]
    pieces = tuple(_pieces(inputs))
    certain, possible = [], []
    for piece in pieces:
        sure = may = table.all_rules
        for column in inputs:
            known, waiting = _matching(column, piece, table.all_rules)
            sure &= known
            may &= known | waiting
        certain.append(sure)
        possible.append(may)
    domain = tuple(at for at, piece in enumerate(pieces) if all(_may_be(column, piece) for column in inputs))
    return Axis(inputs[0].label, tuple(columns), pieces, domain, tuple(certain), tuple(possible))


def _matching(column: In, piece: Piece, all_rules: int) -> tuple[int, int]:
    if piece.kind is None:
        return column.column.any, all_rules
    return column.column.look_up(piece.example)


def _may_be(column: In, piece: Piece) -> bool:
    """Tell whether an input may have the values of a piece: its example must have the type and be allowed."""
    if piece.kind is None or piece.example is None:
        return True
    tests = [*constraints(column.kind), *([] if column.allowed is None else [column.allowed])]
    if any(surely_refuses(each, piece.example) for each in tests):
        return False
    return conforms(piece.example, unrestricted(column.kind))


def _pieces(inputs: Sequence[In]) -> Iterator[Piece]:
    sets = [found for column in inputs for found in (*column.column.sets, *_bounds(column)) if found is not None]
    values: dict[type, set[Any]] = {kind: set() for kind in _kinds(inputs, sets)}
    for found in sets:
        for value in found.values:
            values.get(type(value), set()).add(value)
        for interval in found.intervals:
            values.get(interval.kind, set()).update({interval.low, interval.high} - {None})
    for kind, known in values.items():
        if kind in ORDERED:
            yield from _ordered(kind, sorted(known))
        elif kind is bool:
            yield from (Piece(bool, value, value, True, value) for value in (False, True))
        elif kind is str:
            yield from (Piece(str, value, value, True, value) for value in sorted(known))
            yield Piece(str, None, None, False, _other(known))
    if any(None in found.values for found in sets):
        yield Piece(type(None), None, None, True, None)
    if not values:
        yield Piece(None, None, None, False, None)


def _bounds(column: In) -> Iterator[ValueSet | None]:
    """Yield the values that a column is limited to, as far as they are sets."""
    if column.allowed is not None:
        yield as_set(column.allowed)
    yield from map(as_set, constraints(column.kind))


def _kinds(inputs: Sequence[In], sets: Iterable[ValueSet]) -> list[type]:
    """Return the kinds of values that an input may have, as far as they can be cut into pieces."""
    for column in inputs:
        kind: Type = unrestricted(column.kind)
        if kind in _CLASSES:
            return [_CLASSES[kind]]
        if kind.name != "Any":
            return []
    told = kind_of(inputs[0].value)
    if told is not None:
        return [_BY_KIND[told]] if told in _BY_KIND else []
    seen = {type(value) for found in sets for value in found.values}
    seen.update(interval.kind for found in sets for interval in found.intervals)
    return [kind for kind in EXACT if kind in seen and kind is not type(None)]


def _ordered(kind: type, ends: list[Any]) -> Iterator[Piece]:
    """Yield the values before, at, between and after some ends. There may be none between two days."""
    if not ends:
        yield Piece(kind, None, None, False, Decimal(0) if kind is Decimal else Date(2026, 1, 1))
    for at, end in enumerate(ends):
        example = _beyond(end, -1) if at == 0 else _between(ends[at - 1], end)
        if example is not None:
            yield Piece(kind, ends[at - 1] if at else None, end, False, example)
        yield Piece(kind, end, end, True, end)
    if ends and (example := _beyond(ends[-1], 1)) is not None:
        yield Piece(kind, ends[-1], None, False, example)


def _beyond(value: Any, by: int) -> Any:
    """Return a value after another, or before it if ``by`` is negative; None if there is none."""
    if isinstance(value, Date):
        return civil_from_days(value.ordinal + by)
    moved = NUMBERS.add(value, Decimal(by))
    return moved if moved != value else None


def _between(low: Any, high: Any) -> Any:
    """Return a value between two, a whole number where there is one; None if there is none."""
    if isinstance(low, Date):
        candidates = [_beyond(low, 1)]
    else:
        whole = NUMBERS.add(low.to_integral_value(ROUND_FLOOR), Decimal(1))
        candidates = [whole, NUMBERS.divide(NUMBERS.add(low, high), Decimal(2))]
    return next((each for each in candidates if each is not None and low < each < high), None)


def _other(known: set[Any]) -> str:
    """Return a text that is none of those known."""
    return next(text for text in ("?" * count for count in range(1, len(known) + 2)) if text not in known)
