"""How built-in functions are described, and how arguments are brought to them.

A signature is written as in the specification: ``substring(string: string, start position: number, length?: number)``.
A type ends in ``?`` if null is welcome; a parameter's name ends in ``?`` if it may be left out; ``...`` before the
last parameter takes any number of arguments as a list. Any other argument that does not conform makes the result null.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from engine.feel.calendar import Date, DateTime, Days, Months, Time
from engine.feel.operators import as_date_time, kind_name
from engine.feel.values import Function, Range, Run

_CLASSES: Final[Mapping[str, tuple[type, ...]]] = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "days and time duration": (Days,),
    "years and months duration": (Months,),
    "duration": (Days, Months),
    "number or duration": (Decimal, Days, Months),
    "day": (Date, DateTime),
    "moment": (Date, DateTime, str),
    "time source": (Time, DateTime, Date, str),
    "list": (list,),
    "context": (dict,),
    "function": (Function,),
    "range": (Range,),
    "point": (Decimal, str, Date, Time, DateTime, Days, Months),
    "point or range": (Decimal, str, Date, Time, DateTime, Days, Months, Range),
    "number or function": (Decimal, Function),
    "string or list": (str, list),
}
_PARAMETER: Final = re.compile(r"(\.\.\.)?([\w ]+?)(\?)?: ([\w ]+?)(\?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, the classes of its values (None: any), whether null and leaving out are welcome."""

    name: str
    kind: str
    classes: frozenset[type] | None
    nullable: bool
    optional: bool
    rest: bool

    def convert(self, value: Any) -> Any:
        """Return a value of another class, converted as 10.3.2.9.4 allows, or MISFIT."""
        if value is None:
            return None if self.nullable else MISFIT
        if self.kind == "list":
            return [value]
        if type(value) is list and len(value) == 1 and self.classes is not None:
            item = value[0]
            return item if type(item) in self.classes or (item is None and self.nullable) else MISFIT
        if self.kind == "date and time" and type(value) is Date:
            return as_date_time(value)
        return MISFIT


MISFIT: Final = object()


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a built-in function. ``run`` takes the run and the accepted arguments."""

    parameters: tuple[Parameter, ...]
    run: Callable[..., Any]
    least: int
    most: int | None

    def takes(self, count: int) -> bool:
        return self.least <= count and (self.most is None or count <= self.most)

    def arguments(self, values: tuple[Any, ...]) -> list[Any] | None:
        """Return the accepted arguments, or None if one does not fit."""
        accepted: list[Any] = []
        for parameter, value in zip(self.parameters, values, strict=False):
            if parameter.rest:
                accepted.append(list(values[len(accepted) :]))
                break
            if parameter.classes is not None and type(value) not in parameter.classes:
                value = parameter.convert(value)
                if value is MISFIT:
                    return None
            accepted.append(value)
        return accepted

    def order(self, names: tuple[str, ...]) -> list[int | None] | None:
        """Return for every parameter where its argument stands (None: not given); None if a name is of none.

        A parameter that is not named has the value null (DMN 1.5, 10.3.2.13.2).
        """
        own = [parameter.name for parameter in self.parameters]
        if not set(names) <= set(own) or any(parameter.rest for parameter in self.parameters):
            return None
        last = max((own.index(name) for name in names), default=-1)
        return [names.index(name) if name in names else None for name in own[: max(last + 1, self.least)]]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function with all its signatures; ``value`` is it as a value, ``cost`` what a call costs at least."""

    name: str
    cost: int = 4
    signatures: list[Signature] = field(default_factory=list)
    value: Function = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", Function(self.name, (), self.call))

    def parameter_names(self) -> tuple[str, ...]:
        """Return the names by which arguments may be given; none where any number of them may."""
        named = [one for one in self.signatures if one.most is not None]
        return tuple(dict.fromkeys(parameter.name for one in named for parameter in one.parameters))

    def call(self, run: Run, *values: Any) -> Any:
        """Call with arguments in order; null if no signature takes them."""
        for signature in self.signatures:
            if signature.takes(len(values)):
                arguments = signature.arguments(values)
                if arguments is not None:
                    return signature.run(run, *arguments)
        kinds = ", ".join(map(kind_name, values))
        return run.null(f"Expected arguments that '{self.name}' takes, but found ({kinds})")

    def call_named(self, run: Run, names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
        """Call with arguments by name."""
        for signature in self.signatures:
            order = signature.order(names)
            if order is not None:
                placed = tuple(None if at is None else values[at] for at in order)
                arguments = signature.arguments(placed)
                if arguments is not None:
                    return signature.run(run, *arguments)
        return run.null(f"Expected arguments that '{self.name}' takes, but found ({', '.join(names)})")


BUILTINS: Final[dict[str, Builtin]] = {}


_F = TypeVar("_F", bound=Callable[..., Any])


def builtin(*texts: str, table: dict[str, Builtin] = BUILTINS, cost: int = 4) -> Callable[[_F], _F]:
    """Register a function under the signatures in ``texts``. A fuel of 1 is about a quarter of a microsecond."""

    def register(run: _F) -> _F:
        for text in texts:
            name, _, rest = text.partition("(")
            parameters = tuple(_parameter(part) for part in rest.removesuffix(")").split(", ") if part)
            function = table.setdefault(name, Builtin(name, cost))
            function.signatures.append(_signature(parameters, run))
        return run

    return register


def _signature(parameters: tuple[Parameter, ...], run: Callable[..., Any]) -> Signature:
    least = sum(not parameter.optional for parameter in parameters)
    most = None if any(parameter.rest for parameter in parameters) else len(parameters)
    return Signature(parameters, run, least, most)


def _parameter(text: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise ValueError(f"Expected a parameter like 'name?: type?', but found {text!r}")
    rest, name, optional, kind, nullable = match.groups()
    classes = None if kind == "any" else frozenset(_CLASSES[kind])
    return Parameter(name, kind, classes, nullable is not None, optional is not None, rest is not None)


def call_value(run: Run, function: Any, *values: Any) -> Any:
    """Call a function value; null if it is none."""
    if not isinstance(function, Function):
        return run.null(f"Expected a function to call, but found {kind_name(function)}")
    return function.call(run, *values)


def position(run: Run, number: Decimal, size: int) -> int | None:
    """Return a position from 1, or from the end with -1, as an index from 0; null if it is none or outside."""
    if -size <= number <= size and number and number == number.to_integral_value():
        return int(number) - 1 if number > 0 else size + int(number)
    return run.null(f"Expected a position from 1 to {size}, or from the end, but found {number}")


def part(run: Run, start: Decimal, length: Decimal | None, size: int) -> slice | None:
    """Return the part from a position on, of a length that ends within ``size`` (None: to the end); null if outside."""
    first = position(run, start, size)
    if first is None:
        return None
    if length is None:
        return slice(first, size)
    if not 1 <= length < size - first + 1:
        return run.null(f"Expected a length from 1 to {size - first}, but found {length}")
    return slice(first, first + int(length))
