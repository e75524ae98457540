"""Names and their values while a decision is made."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.dmn.types import constraints
from engine.feel.operators import kind_name
from engine.feel.types import ANY, RestrictedType, Type, coerce, conforms
from engine.feel.values import Run

# What a boxed expression becomes: from the names in scope and the evaluation to a FEEL value.
Code = Callable[["Scope", Run], Any]


class Scope(dict[str, Any]):
    """The names of a context, over those around it."""

    __slots__ = ("outer",)

    def __init__(self, outer: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> None:
        super().__init__(own or {})
        self.outer = outer

    def __missing__(self, name: str) -> Any:
        return self.outer[name]


def convert(run: Run, value: Any, kind: Type, what: str) -> Any:
    """Return a value converted to a type; null, and a warning, where it does not conform (10.3.2.9.4)."""
    if kind is ANY:
        return value
    converted, fits = coerce(value, kind, run)
    return converted if fits else run.null(_misfit(value, kind, what))


def _misfit(value: Any, kind: Type, what: str) -> str:
    """Return why a value does not conform: it is not among the allowed ones, or of another kind."""
    tests = next(constraints(kind), None)
    if tests is not None and isinstance(kind, RestrictedType) and conforms(value, kind.base):
        allowed = " ".join(tests.source.split())
        return f"Expected {what} to be one of {allowed} ({kind}), but found another"
    return f"Expected {what} of type {kind}, but found {kind_name(value)}"
