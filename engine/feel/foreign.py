"""What expressions in JUEL and Python mean where FEEL has no word for it. FEEL itself cannot name these functions.

Their front ends run in strict mode: where FEEL would give null with a warning, the evaluation stops with FeelError.
"""

from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, DecimalException
from typing import Any, Final

from engine.feel.functions import lists, numbers, strings
from engine.feel.functions.registry import Builtin, builtin
from engine.feel.limits import LIST_ITEMS
from engine.feel.operators import add, divide, kind_name, same
from engine.feel.printer import value_text
from engine.feel.values import NUMBERS, Run, check_list, check_string, read

FOREIGN: Final[dict[str, Builtin]] = {}


def is_true(value: Any) -> bool:
    """Tell whether Python takes a value for true: null, false, 0 and what is empty are not."""
    if isinstance(value, str | list | dict | Decimal):
        return bool(value)
    return value is not None and value is not False


# --- both


@builtin("is empty(value: any)", table=FOREIGN)
def is_empty(run: Run, value: Any) -> bool:
    """Tell whether a value is null or a string, list or context with nothing in it (JUEL's ``empty``)."""
    return value is None or (isinstance(value, str | list | dict) and not value)


@builtin("truth(value: any)", table=FOREIGN)
def truth(run: Run, value: Any) -> bool:
    return is_true(value)


# --- JUEL


@builtin("entry(base: any, key: any)", table=FOREIGN)
def entry(run: Run, base: Any, key: Any) -> Any:
    """Return ``base.key`` or ``base[key]`` as JUEL does: null of null, null for what is missing, lists from 0."""
    if base is None or key is None:
        return None
    if isinstance(base, dict) and isinstance(key, str):
        return read(run, base[key]) if key in base else None
    if isinstance(base, list) and isinstance(key, Decimal):
        return base[int(key)] if 0 <= key < len(base) and key == key.to_integral_value() else None
    return run.null(f"Expected a context or list and its key, but found {kind_name(base)} and {kind_name(key)}")


@builtin("remainder(left: number, right: number)", table=FOREIGN)
def remainder(run: Run, left: Decimal, right: Decimal) -> Decimal | None:
    """Return the rest of a division; it has the sign of ``left``."""
    try:
        return NUMBERS.remainder(left, right)
    except DecimalException:
        return run.null("Expected a divisor other than 0 and a quotient of 34 digits, but found others")


@builtin("join(...parts: any)", table=FOREIGN)
def join(run: Run, parts: list[Any]) -> str:
    """Return the texts of values one after the other; null has none."""
    return check_string(run, "".join("" if part is None else value_text(run, part) for part in parts))


# --- Python


@builtin("item(base: any, key: any)", table=FOREIGN)
def item(run: Run, base: Any, key: Any) -> Any:
    """Return ``base[key]`` as Python does."""
    if isinstance(base, dict) and isinstance(key, str):
        return read(run, base[key]) if key in base else run.null(f"Expected a key '{key[:40]}', but found none")
    if isinstance(base, list | str) and isinstance(key, Decimal):
        if -len(base) <= key < len(base) and key == key.to_integral_value():
            return read(run, base[int(key)])
        return run.null(f"Expected an index within {len(base)} items, but found {key}")
    return run.null(f"Expected a context or list and its key, but found {kind_name(base)} and {kind_name(key)}")


@builtin("same(left: any, right: any)", table=FOREIGN)
def is_same(run: Run, left: Any, right: Any) -> bool:
    """Tell whether two values are equal; unlike in Python, true is not 1."""
    return same(run, left, right)


@builtin("within(item: any, whole: any)", table=FOREIGN)
def within(run: Run, part: Any, whole: Any) -> bool | None:
    """Return ``part in whole``."""
    if isinstance(whole, list):
        return lists.contains(run, whole, part)
    if isinstance(whole, dict):
        return isinstance(part, str) and part in whole
    if isinstance(whole, str) and isinstance(part, str):
        return strings.contains(run, whole, part)
    return run.null(f"Expected a list, context or string after 'in', but found {kind_name(whole)}")


@builtin("plus(left: any, right: any)", table=FOREIGN)
def plus(run: Run, left: Any, right: Any) -> Any:
    """Return ``left + right``; lists are joined."""
    if isinstance(left, list) and isinstance(right, list):
        return check_list(run, left + right)
    return add(run, left, right)


@builtin("floor division(left: number, right: number)", table=FOREIGN)
def floor_division(run: Run, left: Decimal, right: Decimal) -> Decimal | None:
    quotient = divide(run, left, right)
    return None if quotient is None else quotient.to_integral_value(ROUND_FLOOR)


@builtin("len(value: any)", table=FOREIGN)
def length(run: Run, value: Any) -> Decimal | None:
    if isinstance(value, str | list | dict):
        return Decimal(len(value))
    return run.null(f"Expected a string, list or context in 'len', but found {kind_name(value)}")


@builtin("round(number: number, digits?: number)", table=FOREIGN)
def rounded(run: Run, number: Decimal, digits: Decimal = Decimal(0)) -> Decimal | None:
    return numbers.rounded(run, number, digits, ROUND_HALF_EVEN)


@builtin("int(value: any)", table=FOREIGN)
def integer(run: Run, value: Any) -> Decimal | None:
    number = to_number(run, value)
    return None if number is None else number.to_integral_value(ROUND_DOWN)


@builtin("float(value: any)", table=FOREIGN)
def to_number(run: Run, value: Any) -> Decimal | None:
    """Return a number as it is, or the one that a string says."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str):
        return strings.number(run, value.strip(" \t\n\r"))
    return run.null(f"Expected a number or the text of one, but found {kind_name(value)}")


@builtin("str(value: any)", table=FOREIGN)
def text(run: Run, value: Any) -> str:
    """Return the text of a value as FEEL writes it; that of null is ``null``."""
    return value_text(run, value)


@builtin("list(value: any)", table=FOREIGN)
def as_list(run: Run, value: Any) -> list[Any] | None:
    """Return a list as it is, the keys of a context, or the characters of a string."""
    if isinstance(value, list | dict | str):
        return check_list(run, list(value)) if len(value) <= LIST_ITEMS else check_list(run, [None] * (LIST_ITEMS + 1))
    return run.null(f"Expected a list, context or string in 'list', but found {kind_name(value)}")


@builtin("number range(start: number, stop?: number)", table=FOREIGN)
def number_range(run: Run, start: Decimal, stop: Decimal | None = None) -> list[Any] | None:
    """Return the whole numbers from ``start``, or 0, to below ``stop``."""
    first, last = (Decimal(0), start) if stop is None else (start, stop)
    if first != first.to_integral_value() or last != last.to_integral_value():
        return run.null("Expected whole numbers in 'range', but found others")
    if NUMBERS.subtract(last, first) > LIST_ITEMS:
        check_list(run, [None] * (LIST_ITEMS + 1))
    return check_list(run, [Decimal(number) for number in range(int(first), int(max(first, last)))])


@builtin("sorted(list: list)", table=FOREIGN)
def in_order(run: Run, items: list[Any]) -> list[Any] | None:
    return lists.sort(run, items)


@builtin("sum(list: list)", table=FOREIGN)
def total(run: Run, items: list[Any]) -> Any:
    """Return the sum; that of nothing is 0."""
    return lists.total(run, items) if items else Decimal(0)


@builtin("all(list: list)", table=FOREIGN)
def all_true(run: Run, items: list[Any]) -> bool:
    run.spend(len(items))
    return all(map(is_true, items))


@builtin("any(list: list)", table=FOREIGN)
def any_true(run: Run, items: list[Any]) -> bool:
    run.spend(len(items))
    return any(map(is_true, items))
