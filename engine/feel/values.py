"""The closed universe of values. Nothing else can occur in an evaluation, and no attribute of these is read by name.

null None · boolean bool · number Decimal · string str · dates and durations of ``calendar`` · list · dict (context)
· Range · Function. Lists and contexts that come from outside are kept as they are and read through ``lift``,
which turns JSON's numbers into decimals when they are looked at; nothing here is ever changed in place.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Final, TypeVar

from engine.feel.calendar import Date, DateTime, Days, Months, Time
from engine.feel.errors import FeelError
from engine.feel.limits import DIGITS, EXPONENT, FRAMES, LIST_ITEMS, RECURSION, STRING_CHARS

_T = TypeVar("_T")

# IEEE 754-2008 decimal128 (DMN 1.5, 10.3.2.3.1). What is not a finite number traps.
NUMBERS: Final = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=1 - EXPONENT,
    Emax=EXPONENT,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)


@dataclass(frozen=True, slots=True)
class Range:
    """A range (DMN 1.5, 10.3.2.7). ``test`` is the symbol if it was written as ``< 5``, else None.

    ``low`` or ``high`` is None where the range has no end on that side.
    """

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool
    test: str | None = None


class Function:
    """A function value. ``call`` takes the run and the arguments in order; it checks their number itself.

    Two functions are equal if they have the same definition in the same scope (DMN 1.5, table 53); ``scope`` holds
    the values that were around the definition.
    """

    __slots__ = ("call", "definition", "name", "parameter_types", "parameters", "result_type", "scope")

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        call: Callable[..., Any],
        *,
        parameter_types: tuple[Any, ...] = (),
        result_type: Any = None,
        definition: Any = None,
        scope: list[Any] | None = None,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.call = call
        self.parameter_types = parameter_types
        self.result_type = result_type
        self.definition = definition
        self.scope = scope or []

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Function) or self.definition is None:
            return self is other
        if self.definition != other.definition or len(self.scope) != len(other.scope):
            return False
        return all(map(operator.is_, self.scope, other.scope))

    def __hash__(self) -> int:
        return hash(self.parameters)


class Run:
    """One evaluation: what it may still spend, the clock it was given, and its warnings (None: not wanted).

    ``strict`` is for languages in which a fault is an error, not null.
    """

    __slots__ = ("depth", "frames", "fuel", "now", "patterns", "strict", "warnings")

    def __init__(
        self,
        fuel: int,
        now: datetime | None = None,
        warnings: list[str] | None = None,
        strict: bool = False,
    ) -> None:
        self.fuel = fuel
        self.now = now
        self.warnings = warnings
        self.strict = strict
        self.depth = 0
        self.frames = 0
        self.patterns: set[tuple[str, str | None]] | None = None

    def spend(self, amount: int) -> None:
        """Take fuel, of which 1 is about a quarter of a microsecond; raise FeelError if there is not enough."""
        self.fuel -= amount
        if self.fuel < 0:
            raise FeelError("Expected the evaluation to end within its fuel, but it needs more")

    def null(self, reason: str) -> _T | None:
        """Return null, and note why; in strict mode raise FeelError. Only the first hundred reasons are noted."""
        if self.strict:
            raise FeelError(reason)
        self.spend(4)
        if self.warnings is not None and len(self.warnings) < 100 and reason not in self.warnings:
            self.warnings.append(reason)
        return None

    def enter(self, frames: int) -> None:
        """Go into the body of a function; ``leave`` must follow."""
        self.depth += 1
        self.frames += frames
        if self.depth > RECURSION or self.frames > FRAMES:
            raise FeelError(f"Expected at most {RECURSION} nested calls, less of long functions, but found more")

    def leave(self, frames: int) -> None:
        self.depth -= 1
        self.frames -= frames


# What ``lift`` leaves as it is.
PLAIN: Final = frozenset({str, bool, type(None), Decimal, dict, Date, Time, DateTime, Days, Months, Range, Function})
_EXACT_INT: Final = 10**DIGITS


def lift(value: Any) -> Any:
    """Return a value from outside as a FEEL value. A context stays as it is: its entries are lifted when read."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is int:
        return Decimal(value) if -_EXACT_INT < value < _EXACT_INT else _number(value)
    if kind is float:
        return _number(repr(value))
    if kind is list:
        return lift_list(value)
    return _lift_other(value)


def lift_list(items: list[Any]) -> list[Any]:
    """Return a list whose items are FEEL values; the same list if they all are already."""
    for item in items:
        if type(item) not in PLAIN:
            return [lift(item) for item in items]
    return items


def read(run: Run, value: Any) -> Any:
    """Return ``lift(value)`` within an evaluation, which is charged for the lists that are gone through."""
    if type(value) in PLAIN:
        return value
    return read_list(run, value) if type(value) is list else lift(value)


def read_list(run: Run, items: list[Any]) -> list[Any]:
    """Return ``lift_list(items)`` within an evaluation."""
    run.spend(len(items) >> 3)
    for item in items:
        if type(item) not in PLAIN:
            run.spend(4 * len(items))
            return [read(run, item) for item in items]
    return items


def _lift_other(value: Any) -> Any:
    if isinstance(value, bool | str | Decimal):
        return value
    if isinstance(value, int):
        return lift(int(value))
    if isinstance(value, tuple):
        return lift_list(list(value))
    if isinstance(value, datetime):
        return from_datetime(value)
    if isinstance(value, date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, Mapping):
        return dict(value)
    raise FeelError(f"Expected a JSON or FEEL value, but found one of type {type(value).__name__}")


def _number(value: int | str) -> Decimal:
    if isinstance(value, int) and value.bit_length() > EXPONENT * 4:
        raise FeelError(f"Expected a number below 10**{EXPONENT}, but found a larger one")
    try:
        number = NUMBERS.create_decimal(value)
    except Overflow:
        raise FeelError(f"Expected a number below 10**{EXPONENT}, but found a larger one") from None
    if not number.is_finite():
        raise FeelError(f"Expected a finite number, but found {number}")
    return number


def from_datetime(moment: datetime) -> DateTime:
    """Return a date-time of the standard library as FEEL's; an aware one keeps its offset."""
    delta = moment.utcoffset()
    offset = None if delta is None else int(delta.total_seconds())
    time = Time(moment.hour, moment.minute, moment.second, moment.microsecond * 1000, offset)
    return DateTime(Date(moment.year, moment.month, moment.day), time)


def utc(moment: datetime) -> datetime:
    """Return an aware moment in UTC; raise ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"Expected an aware date-time as now, but found {moment.isoformat()} without offset")
    return moment.astimezone(UTC)


def check_string(run: Run, text: str) -> str:
    """Charge for a string that was made and return it; raise FeelError if it is too long."""
    size = len(text)
    if size > STRING_CHARS:
        raise FeelError(f"Expected strings of at most {STRING_CHARS} characters, but found {size}")
    run.spend(size >> 6)
    return text


def note_pattern(run: Run, pattern: tuple[str, str | None], weight: int) -> None:
    """Charge for a pattern the first time that an evaluation uses it."""
    if run.patterns is None:
        run.patterns = set()
    if pattern not in run.patterns:
        run.patterns.add(pattern)
        run.spend(weight)


def check_list(run: Run, items: list[Any]) -> list[Any]:
    """Charge for a list that was made and return it; raise FeelError if it is too long."""
    size = len(items)
    if size > LIST_ITEMS:
        raise FeelError(f"Expected lists of at most {LIST_ITEMS} items, but found {size}")
    run.spend(size)
    return items
