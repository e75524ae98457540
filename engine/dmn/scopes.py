"""Names and their values while a decision is made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from engine.dmn.types import constraints
from engine.feel.expression import scope_for_many
from engine.feel.names import Names as FeelNames
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


class Names:
    """The names that an expression may use, as those of a scope stand at one moment.

    Scopes of contexts grow from entry to entry: views of one scope share a table, each of a size of its own.
    """

    __slots__ = ("_outer", "_size", "_table", "feel")

    def __init__(self, table: dict[str, int], size: int, outer: "Names | None", feel: FeelNames) -> None:
        self._table = table
        self._size = size
        self._outer = outer
        self.feel = feel

    @classmethod
    def of_file(cls, members: Iterable[str]) -> "Names":
        """Return the scope around all elements of a file: no names, but ``members`` may stand after a point."""
        return cls({}, 0, None, scope_for_many(members))

    def inner(self, names: Iterable[str] = ()) -> "Names":
        """Return a new scope inside this one."""
        table = {name: at for at, name in enumerate(dict.fromkeys(names))}
        return Names(table, len(table), self, FeelNames(table, self.feel))

    def grown(self, name: str) -> "Names":
        """Return this scope with one name more. Views from before do not see it; what is parsed from now on does."""
        self._table.setdefault(name, self._size)
        self.feel.add(name)
        return Names(self._table, self._size + 1, self._outer, self.feel)

    def hides(self, name: str, outside: "Names") -> bool:
        """Tell whether a name that stands in ``outside`` has another meaning here."""
        names: Names | None = self
        while names is not None and names is not outside:
            if names._table.get(name, names._size) < names._size:
                return True
            names = names._outer
        return False

    def __iter__(self) -> Iterator[str]:
        names: Names | None = self
        while names is not None:
            yield from (name for name, at in names._table.items() if at < names._size)
            names = names._outer


def convert(run: Run, value: Any, kind: Type, what: str) -> Any:
    """Return a value converted to a type; null, and a warning, where it does not conform (10.3.2.9.4)."""
    if kind is ANY:
        return value
    converted, fits = coerce(value, kind, run)
    return converted if fits else run.null(_misfit(run, value, kind, what))


def _misfit(run: Run, value: Any, kind: Type, what: str) -> str:
    """Return why a value does not conform: it is not among the allowed ones, or of another kind."""
    tests = next(constraints(kind), None)
    if tests is not None and isinstance(kind, RestrictedType) and conforms(value, kind.base, run):
        allowed = " ".join(tests.source.split())
        return f"Expected {what} to be one of {allowed} ({kind}), but found another"
    return f"Expected {what} of type {kind}, but found {kind_name(value)}"
