"""The types of FEEL (DMN 1.5, 10.3.2.9): which value belongs to which, and the conversions that DMN allows."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.feel.calendar import Date, DateTime, Days, Months, Time
from engine.feel.values import Function, Range, Run, lift


@dataclass(frozen=True, slots=True)
class Type:
    """A type by name: ``Any``, ``Null``, ``number``, ``string``, ``boolean``, a date or a duration."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """``list<item>``."""

    item: Type

    def __str__(self) -> str:
        return f"list<{self.item}>"


@dataclass(frozen=True, slots=True)
class ContextType(Type):
    """``context<key: type, …>``; a value may have more entries."""

    entries: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return f"context<{', '.join(f'{key}: {kind}' for key, kind in self.entries)}>"


@dataclass(frozen=True, slots=True)
class FunctionType(Type):
    """``function<parameters> -> result``."""

    parameters: tuple[Type, ...]
    result: Type

    def __str__(self) -> str:
        return f"function<{', '.join(map(str, self.parameters))}> -> {self.result}"


@dataclass(frozen=True, slots=True)
class RangeType(Type):
    """``range<item>``."""

    item: Type

    def __str__(self) -> str:
        return f"range<{self.item}>"


@dataclass(frozen=True, slots=True)
class RestrictedType(Type):
    """A named type that allows only some values of ``base`` (DMN's allowed values and type constraints).

    ``allows`` is given the run that is to be charged, if there is one.
    """

    base: Type
    allows: Callable[[Any, Run | None], bool]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class UnknownType(Type):
    """A name that no type has. ``instance of`` it is null (DMN 1.5, table 61)."""


ANY: Final = Type("Any")
NULL: Final = Type("Null")
NUMBER: Final = Type("number")
STRING: Final = Type("string")
BOOLEAN: Final = Type("boolean")
DATE: Final = Type("date")
TIME: Final = Type("time")
DATE_TIME: Final = Type("date and time")
DAYS: Final = Type("days and time duration")
MONTHS: Final = Type("years and months duration")
LIST: Final = ListType("list", ANY)
CONTEXT: Final = ContextType("context", ())
# ``function`` without parameters named: any function.
FUNCTION: Final = Type("function")
RANGE: Final = RangeType("range", ANY)

NAMED: Final[dict[str, Type]] = {
    "Any": ANY,
    "Null": NULL,
    "number": NUMBER,
    "string": STRING,
    "boolean": BOOLEAN,
    "date": DATE,
    "time": TIME,
    "date and time": DATE_TIME,
    "dateTime": DATE_TIME,
    "days and time duration": DAYS,
    "dayTimeDuration": DAYS,
    "years and months duration": MONTHS,
    "yearMonthDuration": MONTHS,
    "list": LIST,
    "context": CONTEXT,
    "function": FUNCTION,
    "range": RANGE,
}

_OF_CLASS: Final[dict[type, Type]] = {
    Decimal: NUMBER,
    str: STRING,
    bool: BOOLEAN,
    Date: DATE,
    Time: TIME,
    DateTime: DATE_TIME,
    Days: DAYS,
    Months: MONTHS,
}


def unknown_in(kind: Type) -> bool:
    """Tell whether a type is unknown or built of an unknown one."""
    if isinstance(kind, ListType | RangeType):
        return unknown_in(kind.item)
    if isinstance(kind, ContextType):
        return any(unknown_in(item) for _, item in kind.entries)
    if isinstance(kind, FunctionType):
        return unknown_in(kind.result) or any(map(unknown_in, kind.parameters))
    return isinstance(kind, UnknownType)


def conforms(value: Any, kind: Type, run: Run | None = None) -> bool:
    """Tell whether a FEEL value belongs to a type (10.3.2.9.2). Null belongs to every type. ``run`` is charged."""
    return value is None or is_instance(value, kind, run)


def is_instance(value: Any, kind: Type, run: Run | None = None) -> bool:
    """Tell whether ``value instance of kind`` is true: as ``conforms``, but null is only of type Null."""
    if run is not None:
        run.spend(5)
    if kind == ANY:
        return value is not None
    if value is None:
        return kind == NULL
    if isinstance(kind, RestrictedType):
        return is_instance(value, kind.base, run) and kind.allows(value, run)
    if isinstance(kind, ListType):
        return isinstance(value, list) and all(conforms(_item(item), kind.item, run) for item in value)
    if isinstance(kind, ContextType):
        return isinstance(value, dict) and all(
            key in value and conforms(_item(value[key]), item, run) for key, item in kind.entries
        )
    if isinstance(kind, RangeType):
        return isinstance(value, Range) and all(conforms(end, kind.item, run) for end in (value.low, value.high))
    if isinstance(kind, FunctionType):
        return isinstance(value, Function) and _function_conforms(value, kind)
    if kind == FUNCTION:
        return isinstance(value, Function)
    return _OF_CLASS.get(type(value)) == kind


def _item(value: Any) -> Any:
    """Return an item or entry as a FEEL value; the items of a list stay, they are looked at one by one."""
    return value if type(value) is list else lift(value)


def _function_conforms(value: Function, kind: FunctionType) -> bool:
    parameters = value.parameter_types
    if value.name and not parameters:
        return True  # a built-in function may have several signatures: the call shows whether one fits
    if len(parameters) != len(kind.parameters):
        return False
    taken = all(narrower(given, own or ANY) for given, own in zip(kind.parameters, parameters, strict=True))
    # A function that does not say what it gives may give what is wanted.
    return taken and (value.result_type is None or narrower(value.result_type, kind.result))


def narrower(kind: Type, wider: Type) -> bool:
    """Tell whether every value of ``kind`` is one of ``wider`` (10.3.2.9.2, "conforms to")."""
    if wider == ANY or kind in (NULL, wider):
        return True
    if isinstance(kind, RestrictedType):
        return narrower(kind.base, wider)
    if isinstance(kind, ListType) and isinstance(wider, ListType):
        return narrower(kind.item, wider.item)
    if isinstance(kind, RangeType) and isinstance(wider, RangeType):
        return narrower(kind.item, wider.item)
    if isinstance(kind, ContextType) and isinstance(wider, ContextType):
        own = dict(kind.entries)
        return all(key in own and narrower(own[key], item) for key, item in wider.entries)
    if isinstance(kind, FunctionType) and wider == FUNCTION:
        return True
    if isinstance(kind, FunctionType) and isinstance(wider, FunctionType):
        return (
            len(kind.parameters) == len(wider.parameters)
            and all(narrower(theirs, ours) for ours, theirs in zip(kind.parameters, wider.parameters, strict=True))
            and narrower(kind.result, wider.result)
        )
    return False


def coerce(value: Any, kind: Type, run: Run | None = None) -> tuple[Any, bool]:
    """Convert a value to a type as DMN 1.5, 10.3.2.9.4 allows. Return the value and whether it conforms.

    Allowed are: a value to a list of itself, a list of one to its only item, a date to midnight UTC of its day.
    What does not conform becomes null.
    """
    if conforms(value, kind, run):
        return value, True
    base = kind.base if isinstance(kind, RestrictedType) else kind
    if isinstance(base, ListType) and not isinstance(value, list) and conforms(value, base.item, run):
        return _allowed([value], kind, run)
    if isinstance(value, list) and len(value) == 1 and not isinstance(base, ListType):
        return _allowed(value[0], kind, run)
    if base == DATE_TIME and isinstance(value, Date):
        return _allowed(DateTime(value, Time(0, 0, 0, 0, 0, None)), kind, run)
    return None, False


def _allowed(value: Any, kind: Type, run: Run | None) -> tuple[Any, bool]:
    return (value, True) if conforms(value, kind, run) else (None, False)
