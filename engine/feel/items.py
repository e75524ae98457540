"""Lists as filters and indices see them (DMN 1.5, 10.3.2.5 and table 68)."""

from decimal import Decimal
from typing import Any

from engine.feel.limits import DIGITS
from engine.feel.operators import kind_name
from engine.feel.values import Run


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, null as the empty list, any other value as a list of it."""
    if type(value) is list:
        return value
    return [] if value is None else [value]


def item_at(run: Run, items: list[Any], position: Any) -> Any:
    """Return the item at a position from 1, or from the end with -1; null if there is none."""
    whole = whole_number(position)
    if whole is None:
        return run.null(f"Expected a whole number as index, but found {kind_name(position)}")
    if 1 <= whole <= len(items):
        return items[whole - 1]
    if -len(items) <= whole <= -1:
        return items[whole]
    return run.null(f"Expected an index within a list of {len(items)}, but found {whole}")


def whole_number(value: Any) -> int | None:
    """Return a whole number as int, None for anything else."""
    if type(value) is Decimal and value.adjusted() < DIGITS and value == value.to_integral_value():
        return int(value)
    return None
