"""What the operators of FEEL do with values (DMN 1.5, 10.3.2.8 and tables 50 to 58). What they cannot do is null."""

from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, InvalidOperation
from typing import Any, Final

from engine.feel import calendar
from engine.feel.calendar import NANOS, Date, DateTime, Days, Months, Time
from engine.feel.limits import EXPONENT
from engine.feel.values import NUMBERS, Function, Range, Run, check_string, read

# For steps whose outcome is rounded by itself: room for every digit that can come up.
ROUNDING: Final = Context(prec=2 * EXPONENT + 100, Emin=-4 * EXPONENT, Emax=4 * EXPONENT, traps=[InvalidOperation])
_MIDNIGHT_UTC: Final = Time(0, 0, 0, 0, 0, None)


def kind_name(value: Any) -> str:
    """Return what kind of value this is, in words."""
    if value is None:
        return "null"
    return CLASS_NAMES.get(type(value), "value")


CLASS_NAMES: Final[dict[type, str]] = {
    bool: "boolean",
    Decimal: "number",
    str: "string",
    list: "list",
    dict: "context",
    Date: "date",
    Time: "time",
    DateTime: "date and time",
    Days: "days and time duration",
    Months: "years and months duration",
    Range: "range",
    Function: "function",
}


# --- equality (table 53)


def equal(run: Run, left: Any, right: Any) -> bool | None:
    """Return whether two values are equal; null (None) if they are of different kinds."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return run.null(f"Expected two values of one kind to compare, but found {_pair(left, right)}")
    if kind is Decimal or kind is str or kind is bool:
        return bool(left == right)
    if kind is list:
        return _equal_lists(run, left, right)
    if kind is dict:
        return _equal_contexts(run, left, right)
    if kind is Time or kind is DateTime:
        run.spend(14)
        one, other = calendar.comparable(left, right)
        return one == other
    if kind is Range:
        return _equal_ranges(run, left, right)
    if kind is Function:
        run.spend(100)
    return bool(left == right)


def same(run: Run, left: Any, right: Any) -> bool:
    """Tell whether two values are equal; values of different kinds are not."""
    return type(left) is type(right) and equal(run, left, right) is True


def _equal_lists(run: Run, left: list[Any], right: list[Any]) -> bool:
    run.spend(3 + 3 * min(len(left), len(right)))
    return len(left) == len(right) and all(
        same(run, read(run, one), read(run, other)) for one, other in zip(left, right, strict=True)
    )


def _equal_contexts(run: Run, left: dict[str, Any], right: dict[str, Any]) -> bool:
    run.spend(3 + 3 * min(len(left), len(right)))
    return left.keys() == right.keys() and all(same(run, read(run, left[key]), read(run, right[key])) for key in left)


def _equal_ranges(run: Run, left: Range, right: Range) -> bool:
    kinds = (left.low_closed, left.high_closed, left.test), (right.low_closed, right.high_closed, right.test)
    return kinds[0] == kinds[1] and same(run, left.low, right.low) and same(run, left.high, right.high)


# --- order (table 54)


def order_key(value: Any) -> Any:
    """Return something of Python that orders as the value does among values of its kind; None if nothing does.

    Of local times and times with offset, the local ones are taken as they stand.
    """
    kind = type(value)
    if kind is Decimal or kind is str or kind is Date:
        return value
    if kind is DateTime:
        return calendar.date_time_value(value)
    if kind is Time:
        return calendar.time_value(value)
    if kind is Days:
        return value.nanos
    if kind is Months:
        return value.months
    return None


def less(run: Run, left: Any, right: Any) -> bool | None:
    """Return ``left < right``; null if the two have no order."""
    keys = _order_keys(run, left, right)
    if keys is not None:
        return bool(keys[0] < keys[1])
    return run.null(f"Expected two values with an order to compare, but found {_pair(left, right)}")


def less_or_equal(run: Run, left: Any, right: Any) -> bool | None:
    """Return ``left <= right``; null if the two have no order."""
    keys = _order_keys(run, left, right)
    if keys is not None:
        return bool(keys[0] <= keys[1])
    return run.null(f"Expected two values with an order to compare, but found {_pair(left, right)}")


def _order_keys(run: Run, left: Any, right: Any) -> tuple[Any, Any] | None:
    kind = type(left)
    if kind is not type(right):
        return None
    if kind is Time or kind is DateTime:
        run.spend(14)
        return calendar.comparable(left, right)
    key = order_key(left)
    return None if key is None else (key, order_key(right))


def _pair(left: Any, right: Any) -> str:
    return f"{kind_name(left)} and {kind_name(right)}"


# --- ranges


def in_range(run: Run, value: Any, interval: Range) -> bool | None:
    """Return whether a value is in a range; null if it cannot be compared with its ends (table 55)."""
    test = interval.test
    if test is None:
        return within(run, value, interval.low, interval.high, interval.low_closed, interval.high_closed)
    if test == "=" or test == "!=":
        found = equal(run, value, interval.low)
        return found if found is None or test == "=" else not found
    if test == "<" or test == "<=":
        return (less if test == "<" else less_or_equal)(run, value, interval.high)
    return (less if test == ">" else less_or_equal)(run, interval.low, value)


def within(run: Run, value: Any, low: Any, high: Any, low_closed: bool, high_closed: bool) -> bool | None:
    """Return ``value >= low and value <= high``, or with ``>`` and ``<`` at the open ends, in ternary logic."""
    above = (less_or_equal if low_closed else less)(run, low, value)
    if above is False:
        return False
    below = (less_or_equal if high_closed else less)(run, value, high)
    return below if above else (False if below is False else None)


def test_range(run: Run, symbol: str, end: Any) -> Range | None:
    """Return the range that a test like ``< 5`` is as a value (10.3.2.7)."""
    if order_key(end) is None and symbol not in ("=", "!="):
        return run.null(f"Expected a value with an order after '{symbol}', but found {kind_name(end)}")
    if symbol in ("<", "<="):
        return Range(None, end, False, symbol == "<=", symbol)
    if symbol in (">", ">="):
        return Range(end, None, symbol == ">=", False, symbol)
    return Range(end, end, symbol == "=", symbol == "=", symbol)


def make_range(run: Run, low: Any, high: Any, *, low_closed: bool, high_closed: bool) -> Range | None:
    """Return the range from ``low`` to ``high``; null if they have no common order or are the wrong way round.

    An end may be null if it came from a variable: then no value is in the range (10.3.2.7).
    """
    given = [end for end in (low, high) if end is not None]
    if not given or any(order_key(end) is None or type(end) is not type(given[0]) for end in given):
        return run.null(f"Expected two ends of one kind with an order, but found {_pair(low, high)}")
    if len(given) == 2 and less(run, high, low):
        return run.null("Expected a range that does not end before its start, but found one that does")
    return Range(low, high, low_closed, high_closed)


def passes(run: Run, value: Any, test: Any) -> bool | None:
    """Return whether a value passes a test that is a value (table 55): equal to it, in the list, or in the range."""
    if isinstance(test, list):
        return _in_list(run, value, test)
    if isinstance(test, Range):
        return in_range(run, value, test)
    return equal(run, value, test)


def _in_list(run: Run, value: Any, tests: list[Any]) -> bool | None:
    if isinstance(value, list) and same(run, value, tests):
        return True
    run.spend(2 * len(tests))
    return any(_in_item(run, value, read(run, test)) is True for test in tests)


def _in_item(run: Run, value: Any, test: Any) -> bool | None:
    if isinstance(test, Range) and not isinstance(value, Range):
        return in_range(run, value, test)
    return same(run, value, test)


# --- arithmetic (tables 50 to 52, 56 to 58)


def add(run: Run, left: Any, right: Any) -> Any:
    kinds = type(left), type(right)
    if kinds == (Decimal, Decimal):
        return _number(run, NUMBERS.add, left, right)
    if kinds == (str, str):
        return check_string(run, left + right)
    found = _move(run, left, right, 1)
    if found is _UNKNOWN:
        found = _move(run, right, left, 1)
    return _cannot(run, "add", left, right) if found is _UNKNOWN else found


def subtract(run: Run, left: Any, right: Any) -> Any:
    if type(left) is Decimal and type(right) is Decimal:
        return _number(run, NUMBERS.subtract, left, right)
    found = _difference(run, left, right)
    if found is _UNKNOWN:
        found = _move(run, left, right, -1)
    return _cannot(run, "subtract", left, right) if found is _UNKNOWN else found


def multiply(run: Run, left: Any, right: Any) -> Any:
    if type(left) is Decimal and type(right) is Decimal:
        return _number(run, NUMBERS.multiply, left, right)
    if type(left) is Decimal:
        left, right = right, left
    if type(right) is Decimal and isinstance(left, Days | Months):
        return _scaled(run, left, right, NUMBERS.multiply)
    return _cannot(run, "multiply", left, right)


def divide(run: Run, left: Any, right: Any) -> Any:
    if type(left) is Decimal and type(right) is Decimal:
        return _number(run, NUMBERS.divide, left, right)
    if type(right) is Decimal and isinstance(left, Days | Months):
        return _scaled(run, left, right, NUMBERS.divide)
    if isinstance(left, Days) and isinstance(right, Days):
        return _number(run, NUMBERS.divide, Decimal(left.nanos), Decimal(right.nanos))
    if isinstance(left, Months) and isinstance(right, Months):
        return _number(run, NUMBERS.divide, Decimal(left.months), Decimal(right.months))
    return _cannot(run, "divide", left, right)


def power(run: Run, left: Any, right: Any) -> Any:
    if type(left) is Decimal and type(right) is Decimal:
        run.spend(200)
        return _number(run, NUMBERS.power, left, right)
    return _cannot(run, "raise", left, right)


def negate(run: Run, value: Any) -> Any:
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if isinstance(value, Days):
        return Days(-value.nanos)
    if isinstance(value, Months):
        return Months(-value.months)
    return run.null(f"Expected a number or duration to negate, but found {kind_name(value)}")


def _number(run: Run, operation: Callable[..., Decimal], *operands: Decimal) -> Decimal | None:
    try:
        result = operation(*operands)
        if result.is_finite():  # a power of 0 is infinite without a signal
            return result
        return run.null("Expected a finite number as result, but found none")
    except DecimalException as error:
        return run.null(f"Expected a finite number as result, but found {_reason(error)}")


def _reason(error: DecimalException) -> str:
    return {"DivisionByZero": "a division by zero", "Overflow": "one too large"}.get(type(error).__name__, "none")


def _scaled(run: Run, value: Days | Months, factor: Decimal, operation: Callable[..., Decimal]) -> Any:
    run.spend(20)
    amount = value.nanos if isinstance(value, Days) else value.months
    result = _number(run, operation, Decimal(amount), factor)
    if result is None:
        return None
    if result.adjusted() > 30:
        return run.null("Expected a duration as result, but found one too long")
    found = calendar.make_days(int(result)) if isinstance(value, Days) else calendar.make_months(int(result))
    return found if found is not None else run.null("Expected a duration as result, but found one too long")


_UNKNOWN: Final = object()


# A zone is asked twice, in the time of some thirty simple steps.
_ZONED: Final = 30


def _move(run: Run, value: Any, duration: Any, sign: int) -> Any:
    """Move a date, time or duration by a duration; _UNKNOWN if the two are of other kinds."""
    run.spend(20)
    if isinstance(duration, Days):
        if isinstance(value, Days):
            return _known(run, calendar.make_days(value.nanos + sign * duration.nanos))
        if isinstance(value, DateTime):
            if value.time.zone is not None:
                run.spend(_ZONED)
            return _known(run, calendar.add_nanos(value, sign * duration.nanos))
        if isinstance(value, Date):
            moved = calendar.add_nanos(DateTime(value, _MIDNIGHT_UTC), sign * duration.nanos)
            return _known(run, None if moved is None else moved.date)
        if isinstance(value, Time):
            seconds, nano = divmod(value.seconds * NANOS + value.nano + sign * duration.nanos, NANOS)
            return calendar.clock(seconds, nano, value.offset, value.zone)
    if isinstance(duration, Months):
        if isinstance(value, Months):
            return _known(run, calendar.make_months(value.months + sign * duration.months))
        if isinstance(value, Date):
            return _known(run, calendar.add_months(value, sign * duration.months))
        if isinstance(value, DateTime):
            date = calendar.add_months(value.date, sign * duration.months)
            return _known(run, None if date is None else DateTime(date, value.time))
    return _UNKNOWN


def _known(run: Run, value: Any) -> Any:
    return (
        run.null("Expected a date or duration within the years of FEEL, but found one beyond")
        if value is None
        else value
    )


def _difference(run: Run, left: Any, right: Any) -> Any:
    run.spend(20)
    if isinstance(left, Time) and isinstance(right, Time):
        if (_place(left) is None) != (_place(right) is None):
            return _cannot(run, "subtract", left, right)
        return Days((calendar.time_value(left) - calendar.time_value(right)) * NANOS + left.nano - right.nano)
    if isinstance(left, Date | DateTime) and isinstance(right, Date | DateTime):
        one, other = as_date_time(left), as_date_time(right)
        if (one.offset is None) != (other.offset is None):
            return run.null("Expected two moments with offsets or two without, but found one of each")
        seconds = calendar.date_time_value(one) - calendar.date_time_value(other)
        return _known(run, calendar.make_days(seconds * NANOS + one.time.nano - other.time.nano))
    return _UNKNOWN


def _place(time: Time) -> int | str | None:
    return time.offset if time.zone is None else time.zone


def as_date_time(value: Date | DateTime) -> DateTime:
    """Return a date as its midnight in UTC (10.3.2.3.5), a date-time as it is."""
    return DateTime(value, _MIDNIGHT_UTC) if isinstance(value, Date) else value


def _cannot(run: Run, what: str, left: Any, right: Any) -> None:
    return run.null(f"Expected values that FEEL can {what}, but found {_pair(left, right)}")


ARITHMETIC: Final[dict[str, Callable[[Run, Any, Any], Any]]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}
