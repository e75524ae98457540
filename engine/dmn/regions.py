"""Say in words which inputs a region of a decision table holds, with an example."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from engine.dmn.axes import Axis, Piece
from engine.dmn.cover import Region
from engine.feel.calendar import Date

_LANGUAGES: Final = ("id", "en")
_ALL: Final = {"id": "semua masukan", "en": "all inputs"}
_OTHER: Final = {"id": "teks lain", "en": "any other text"}
_EXAMPLE: Final = {"id": "misalnya", "en": "for example"}
_MOST_PARTS: Final = 5


def sentence(axes: Sequence[Axis], region: Region) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what a region holds, and an example of it, each by language."""
    conditions = {language: _conditions(axes, region, language) for language in _LANGUAGES}
    examples = {language: _example(axes, region, language) for language in _LANGUAGES}
    return conditions, examples


def _conditions(axes: Sequence[Axis], region: Region, language: str) -> str:
    """Return the conditions of a region, without axes on which it holds everything."""
    parts = [
        _condition(axis, pieces, language)
        for axis, pieces in zip(axes, region, strict=True)
        if len(pieces) < len(axis.domain) or len(axis.domain) == 1
        if axis.pieces[pieces[0]].kind is not None
    ]
    return ", ".join(parts) or _ALL[language]


def _condition(axis: Axis, pieces: Sequence[int], language: str) -> str:
    runs = [[place for _at, place in run] for _key, run in groupby(enumerate(pieces), lambda each: each[1] - each[0])]
    ranges: list[str] = []
    values: list[str] = []
    for run in runs:
        first, last = axis.pieces[run[0]], axis.pieces[run[-1]]
        if first.kind in (bool, str, type(None)) or (first is last and first.is_value):
            values += [_value(axis.pieces[place], language) for place in run]
        else:
            ranges.append(_range(first, last))
    label = axis.label
    found = [f"{label} {text}" for text in _shortened(ranges)]
    if len(values) == 1:
        found.append(f"{label} = {values[0]}")
    elif values:
        found.append(f"{label} in ({', '.join(_shortened(values))})")
    return (" atau " if language == "id" else " or ").join(found)


def _shortened(parts: list[str]) -> list[str]:
    return parts if len(parts) <= _MOST_PARTS else [*parts[:_MOST_PARTS], "…"]


def _range(first: Piece, last: Piece) -> str:
    """Return neighbouring pieces of an order as FEEL tests them."""
    if first.low is None and last.high is None:
        return "in (-∞..∞)"
    if first.low is None:
        return f"{'<=' if last.is_value else '<'} {_text(last.high)}"
    if last.high is None:
        return f"{'>=' if first.is_value else '>'} {_text(first.low)}"
    opening, closing = "[" if first.is_value else "(", "]" if last.is_value else ")"
    return f"in {opening}{_text(first.low)}..{_text(last.high)}{closing}"


def _value(piece: Piece, language: str) -> str:
    return _text(piece.example) if piece.is_value else _OTHER[language]


def _example(axes: Sequence[Axis], region: Region, language: str) -> str:
    parts = [
        f"{axis.label} = {_text(piece.example) if piece.is_value or piece.kind is not str else _OTHER[language]}"
        for axis, pieces in zip(axes, region, strict=True)
        if (piece := axis.pieces[pieces[0]]).kind is not None
    ]
    return f"{_EXAMPLE[language]} {', '.join(parts)}" if parts else _ALL[language]


def _text(value: Any) -> str:
    """Return a value as FEEL writes it in a cell."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value}"'
    return f'date("{value}")' if isinstance(value, Date) else f"{value:f}"
