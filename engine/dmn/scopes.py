"""Names and their values while a decision is made."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.feel.operators import kind_name
from engine.feel.types import ANY, Type, coerce
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
    if not fits:
        return run.null(f"Expected {what} of type {kind}, but found {kind_name(value)}")
    return converted
