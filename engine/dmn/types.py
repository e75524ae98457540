"""Item definitions as types of FEEL, with their constraints (DMN 1.5, 7.3.2)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.dmn.model import Item, Source
from engine.feel import FeelSyntaxError, compile_unary_tests
from engine.feel.limits import FUEL
from engine.feel.types import ANY, NAMED, ContextType, FunctionType, ListType, RestrictedType, Type
from engine.feel.values import Run, lift

Report = Callable[[Source, FeelSyntaxError], None]


class Types:
    """The types that a file knows by name: FEEL's, its own, and (as ``import.name``) those of its imports."""

    def __init__(self, items: Mapping[str, Item], imported: Mapping[str, "Types"], report: Report) -> None:
        self.items = items
        self.imported = imported
        self.report = report
        self.unknown: list[str] = []
        self._known: dict[str, Type] = {}
        self._open: set[str] = set()

    def named(self, name: str | None) -> Type:
        """Return a type by name; Any for None. An unknown name is noted in ``unknown`` and means Any."""
        if name is None:
            return ANY
        if name in self._known:
            return self._known[name]
        found = self._find(name)
        if found is None:
            self.unknown.append(name)
            found = ANY
        self._known[name] = found
        return found

    def all(self) -> Mapping[str, Type]:
        """Return all own and imported types by name, for ``instance of``, which does not look at constraints."""
        own = {name: unrestricted(self.named(name)) for name in self.items}
        for prefix, types in self.imported.items():
            own |= {f"{prefix}.{name}" if prefix else name: kind for name, kind in types.all().items()}
        return own

    def component_names(self) -> Iterator[str]:
        """Yield the names of all components, which paths may use."""
        waiting = list(self.items.values())
        while waiting:
            item = waiting.pop()
            waiting.extend(item.components)
            yield from (component.name for component in item.components)
        for types in self.imported.values():
            yield from types.component_names()

    def _find(self, name: str) -> Type | None:
        if name in self.items:
            return self._own(name)
        if name in NAMED:
            return NAMED[name]
        for separator in (".", ":"):
            prefix, found, rest = name.partition(separator)
            if found and prefix in self.imported:
                return self.imported[prefix].named(rest)
        unnamed = self.imported.get("")
        return unnamed.named(name) if unnamed is not None and name in unnamed.items else None

    def _own(self, name: str) -> Type:
        if name in self._open:
            return ANY  # an item definition that contains itself: its inner self may be anything
        self._open.add(name)
        try:
            return self._of(self.items[name])
        finally:
            self._open.discard(name)

    def _of(self, item: Item) -> Type:
        if item.parameters is not None:
            parameters = tuple(self.named(parameter.type) for parameter in item.parameters)
            kind: Type = FunctionType("function", parameters, self.named(item.result))
        elif item.components:
            kind = ContextType("context", tuple((part.name, self._of(part)) for part in item.components))
        else:
            kind = self.named(item.base)
        kind = self._restricted(item, item.allowed, kind)
        if item.collection:
            kind = ListType("list", kind)
        return self._restricted(item, item.constraint, kind)

    def _restricted(self, item: Item, tests: Source | None, kind: Type) -> Type:
        if tests is None or not tests.text.strip():
            return kind
        return RestrictedType(item.name, kind, allowing(tests, self.report))


def unrestricted(kind: Type) -> Type:
    """Return a type without the constraints on its values."""
    if isinstance(kind, RestrictedType):
        return unrestricted(kind.base)
    if isinstance(kind, ListType):
        return ListType(kind.name, unrestricted(kind.item))
    if isinstance(kind, ContextType):
        return ContextType(kind.name, tuple((key, unrestricted(part)) for key, part in kind.entries))
    return kind


def allowing(tests: Source, report: Report) -> Callable[[Any, Run | None], bool]:
    """Return what tells whether a value passes unary tests. Tests that do not compile are reported and pass all."""
    try:
        compiled = compile_unary_tests(tests.text)
    except FeelSyntaxError as error:
        report(tests, error)
        return lambda _value, _run: True

    def allows(value: Any, run: Run | None) -> bool:
        return compiled.test(lift(value), {}, run or Run(FUEL)) is True

    return allows
