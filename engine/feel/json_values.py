"""Between JSON and FEEL: ``to_feel`` makes every value a FEEL value, ``to_json`` the way back."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel.calendar import Date, DateTime, Days, Months, Time
from engine.feel.errors import FeelError
from engine.feel.limits import DIGITS
from engine.feel.values import Run, lift

_DEEPEST: Final = 200
_EXACT: Final = 10**DIGITS
_SMALL: Final = frozenset({bool, type(None), Decimal})


def to_feel(value: Any, run: Run | None = None, depth: int = 0) -> Any:
    """Return JSON as FEEL values all through. FEEL values stay as they are; strings are not read as dates.

    ``run`` is charged for every value: what an evaluation makes can be small and yet very large written out.
    """
    if depth > _DEEPEST:
        raise FeelError(f"Expected values nested at most {_DEEPEST} deep, but found deeper ones")
    if isinstance(value, list | tuple):
        return _converted(value, run, depth)
    if isinstance(value, str) and run is not None:
        run.spend(len(value) >> 6)
    value = lift(value)
    if isinstance(value, dict):
        return dict(zip(map(_key, value), _converted(value.values(), run, depth), strict=True))
    return value


def _converted(items: Collection[Any], run: Run | None, depth: int) -> list[Any]:
    """Return ``to_feel`` of every item; what is simple is done on the spot."""
    if run is not None:
        run.spend(4 + len(items))
    found: list[Any] = []
    for item in items:
        kind = type(item)
        if kind in _SMALL or (kind is str and len(item) < 64):
            found.append(item)
        elif kind is int and -_EXACT < item < _EXACT:
            found.append(Decimal(item))
        else:
            found.append(to_feel(item, run, depth + 1))
    return found


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise FeelError(f"Expected strings as keys of a context, but found {type(key).__name__}")
    return key


def to_json(value: Any, depth: int = 0) -> Any:
    """Return a FEEL value as JSON: numbers as int or float, dates, times and durations as ISO 8601 strings.

    Raises FeelError for a function or a range, and for a number that no float can hold.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if depth > _DEEPEST:
        raise FeelError(f"Expected values nested at most {_DEEPEST} deep, but found deeper ones")
    if isinstance(value, list | tuple):
        return [to_json(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): to_json(item, depth + 1) for key, item in value.items()}
    return _simple_to_json(lift(value))


def _simple_to_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return number_to_json(value)
    if isinstance(value, Date | Time | DateTime | Days | Months):
        return str(value)
    raise FeelError(f"Expected a value that JSON can hold, but found a {type(value).__name__.lower()}")


def number_to_json(number: Decimal) -> int | float:
    """Return a whole number of at most 34 digits as int, any other as float."""
    if number == number.to_integral_value() and number.adjusted() < DIGITS:
        return int(number)
    result = float(number)
    if result in (float("inf"), float("-inf")):
        raise FeelError(f"Expected a number that JSON readers can hold, but found {number}")
    return result
