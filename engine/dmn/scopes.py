"""Names and their values while a decision is made."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from engine.dmn.types import constraints
from engine.feel.expression import scope_for_many
from engine.feel.names import Names as FeelNames
from engine.feel.operators import kind_name
from engine.feel.types import ANY, RestrictedType, Type, coerce, conforms
from engine.feel.values import Run

NO_TYPES: Final[Mapping[str, Type]] = {}
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

    __slots__ = ("_outer", "_size", "_table", "_types", "feel")

    def __init__(
        self, table: dict[str, int], size: int, outer: "Names | None", feel: FeelNames, types: dict[str, Type]
    ) -> None:
        self._table = table
        self._size = size
        self._outer = outer
        self._types = types
        self.feel = feel

    @classmethod
    def of_file(cls, members: Iterable[str]) -> "Names":
        """Return the scope around all elements of a file: no names, but ``members`` may stand after a point."""
        return cls({}, 0, None, scope_for_many(members), {})

    def inner(self, names: Iterable[str] = (), types: Mapping[str, Type] = NO_TYPES) -> "Names":
        """Return a new scope inside this one. ``types`` are those of its names, as far as they are known."""
        table = {name: at for at, name in enumerate(dict.fromkeys(names))}
        return Names(table, len(table), self, FeelNames(table, self.feel), dict(types))

    def grown(self, name: str, kind: Type = ANY) -> "Names":
        """Return this scope with one name more. Views from before do not see it; what is parsed from now on does."""
        self._table.setdefault(name, self._size)
        self._types[name] = kind
        self.feel.add(name)
        return Names(self._table, self._size + 1, self._outer, self.feel, self._types)

    def type_of(self, name: str, outside: "Names") -> Type | None:
        """Return the type of a name that was brought in inside of ``outside``; None: it was not. Any: not known."""
        names: Names | None = self
        while names is not None and names is not outside:
            if names._table.get(name, names._size) < names._size:
                return names._types.get(name, ANY)
            names = names._outer
        return None

    def hides(self, name: str, outside: "Names") -> bool:
        """Tell whether a name that stands in ``outside`` has another meaning here."""
        return self.type_of(name, outside) is not None

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


class TypesIn(Mapping[str, Type]):
    """The types of the names in a scope, of which those ``outside`` have ``types``; looked up only when asked for."""

    def __init__(self, scope: Names, outside: Names, types: Mapping[str, Type]) -> None:
        self._scope = scope
        self._outside = outside
        self._types = types

    def __getitem__(self, name: str) -> Type:
        found = self._scope.type_of(name, self._outside)
        return self._types[name] if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._scope)

    def __len__(self) -> int:
        return sum(1 for _name in self._scope)
