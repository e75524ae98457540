"""Item definitions as types of FEEL, with their constraints (DMN 1.5, 7.3.2)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from engine.dmn.faults import fault
from engine.dmn.model import Item, Source
from engine.feel import FeelSyntaxError, UnaryTests, compile_unary_tests
from engine.feel.calendar import read_temporal
from engine.feel.limits import FUEL
from engine.feel.type_parser import NamedTypes
from engine.feel.types import (
    ANY,
    DATE,
    DATE_TIME,
    DAYS,
    MONTHS,
    NAMED,
    NUMBER,
    TIME,
    ContextType,
    FunctionType,
    ListType,
    RestrictedType,
    Type,
    is_instance,
)
from engine.feel.values import Run, read
from engine.findings import Finding, Place

# Camunda 7 writes these names for numbers.
_FOREIGN: Final[Mapping[str, Type]] = {"integer": NUMBER, "long": NUMBER, "double": NUMBER}
_DEEPEST: Final = 32
_TEMPORAL: Final = (DATE, TIME, DATE_TIME, DAYS, MONTHS)


class Types:
    """The types that a file knows by name: FEEL's, its own, and (as ``import.name``) those of its imports."""

    def __init__(self, items: Mapping[str, Item], findings: list[Finding]) -> None:
        self.items = items
        # By the name of the import; several may have none.
        self.imported: list[tuple[str, Types]] = []
        self.findings = findings
        self._known: dict[str, Type | None] = {}
        # The types that are being made: name → how many structures they stand in.
        self._open: dict[str, int] = {}
        self._structures = 0
        self._own_by_name: Mapping[str, Type] | None = None
        self._by_name: NamedTypes | None = None
        self._component_names: frozenset[str] | None = None

    def named(self, name: str | None, place: Place, owner: str | None = None) -> Type:
        """Return a type by name; Any for None, and for an unknown name, which is noted at ``place``."""
        if name is None:
            return ANY
        found = self.find(name)
        if found is None:
            self.findings.append(
                fault(
                    "dmn.unknown-type",
                    place,
                    f"Diharapkan tipe yang dikenal, ditemukan {name}.",
                    f"Expected a known type, found {name}.",
                    owner,
                    name,
                )
            )
            return ANY
        return found

    def find(self, name: str) -> Type | None:
        """Return a type by name, None if there is none."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def by_name(self) -> NamedTypes:
        """Return all own and imported types by name, for ``instance of``, which does not look at constraints."""
        if self._by_name is None:
            found = dict(self.own_by_name())
            for prefix, types in self.imported:
                if prefix:
                    found |= {f"{prefix}.{name}": kind for name, kind in types.own_by_name().items()}
            self._by_name = NamedTypes(found)
        return self._by_name

    def own_by_name(self) -> Mapping[str, Type]:
        """Return the types that need no prefix: those of the file, and of imports without a name."""
        if self._own_by_name is None:
            found: dict[str, Type] = {}
            for prefix, types in self.imported:
                if not prefix:
                    found |= types.own_by_name()
            self._own_by_name = found | {name: unrestricted(self.find(name) or ANY) for name in self.items}
        return self._own_by_name

    def component_names(self) -> frozenset[str]:
        """Return the names of all components, which paths may use."""
        if self._component_names is None:
            waiting = list(self.items.values())
            names = {name for _prefix, types in self.imported for name in types.component_names()}
            while waiting:
                components = waiting.pop().components
                waiting.extend(components)
                names.update(component.name for component in components)
            self._component_names = frozenset(names)
        return self._component_names

    def _find(self, name: str) -> Type | None:
        if name in self.items:
            return self._own(name)
        found = NAMED.get(name) or _FOREIGN.get(name)
        if found is not None:
            return found
        for prefix, types in self.imported:
            for separator in (".", ":"):
                if prefix and name.startswith(prefix + separator):
                    return types.find(name[len(prefix) + 1 :])
        unnamed = (types.find(name) for prefix, types in self.imported if not prefix)
        return next((kind for kind in unnamed if kind is not None), None)

    def _own(self, name: str) -> Type:
        item = self.items[name]
        if name in self._open:
            if self._open[name] == self._structures:
                self._refuse(
                    "dmn.type-cycle", item, "tidak mengacu dirinya sendiri", "not to refer to itself", "a circle"
                )
            return ANY  # of a structure that contains itself, the inner self may be anything
        if len(self._open) >= _DEEPEST:
            self._refuse(
                "dmn.type-depth", item, f"paling banyak {_DEEPEST} tingkat", f"at most {_DEEPEST} levels", "more"
            )
            return ANY
        self._open[name] = self._structures
        try:
            return self._of(item, name)
        finally:
            del self._open[name]

    def _refuse(self, rule: str, item: Item, indonesian: str, english: str, found: str) -> None:
        what = {"a circle": "lingkaran", "more": "lebih"}[found]
        self.findings.append(
            fault(
                rule,
                item.place,
                f"Diharapkan tipe {item.name} {indonesian}, ditemukan {what}.",
                f"Expected the type {item.name} {english}, found {found}.",
                None,
                item.name,
            )
        )

    def _of(self, item: Item, owner: str) -> Type:
        if item.parameters is not None:
            parameters = tuple(self.named(each.type, each.place, owner) for each in item.parameters)
            kind: Type = FunctionType("function", parameters, self.named(item.result, item.place, owner))
        elif item.components:
            self._structures += 1
            kind = ContextType("context", tuple((part.name, self._of(part, owner)) for part in item.components))
            self._structures -= 1
        else:
            kind = self.named(item.base, item.place, owner)
        kind = self._restricted(item, item.allowed, kind, owner)
        if item.collection:
            kind = ListType("list", kind)
        return self._restricted(item, item.constraint, kind, owner)

    def _restricted(self, item: Item, tests: Source | None, kind: Type, owner: str) -> Type:
        if tests is None or not tests.text.strip():
            return kind
        try:
            names = [component.name for component in item.components]
            return RestrictedType(item.name, kind, Allowed(compile_unary_tests(tests.text, names=names)))
        except FeelSyntaxError as error:
            self.findings.append(wrong_feel(tests, error, None, owner))
            return kind


class Allowed:
    """The constraint of a type: whether a value passes its unary tests."""

    def __init__(self, tests: UnaryTests) -> None:
        self.tests = tests

    def __call__(self, value: Any, run: Run | None) -> bool:
        run = run or Run(FUEL)
        return self.tests.test(read(run, value), {}, run) is True


def wrong_feel(
    source: Source, error: FeelSyntaxError, element: str | None, name: str | None, names: Iterable[str] = ()
) -> Finding:
    """Return the finding of FEEL that does not compile, at its place. A wrong name may be meant as one of ``names``."""
    where = f"{_shown(source.text)} ({error.line}:{error.column})"
    meant = _meant(source.text, error.offset, names)
    said = source.in_table(
        {
            "id": f"Diharapkan FEEL yang benar ({error.expected}), ditemukan {error.found} dalam {where}."
            + (f" Maksudnya '{meant}'?" if meant else ""),
            "en": f"Expected correct FEEL ({error.expected}), found {error.found} in {where}."
            + (f" Did you mean '{meant}'?" if meant else ""),
        }
    )
    return fault(
        "dmn.external" if error.found == "'external'" else "dmn.feel",
        source.place_at(error.line, error.column),
        said["id"],
        said["en"],
        (source.cell and source.cell.id) or element,
        name,
    )


def _meant(text: str, offset: int, names: Iterable[str]) -> str:
    """Return the name of several words that looks most like the words around a fault; nothing if none does."""
    several = [name for name in names if " " in name]
    before = _WORDS_BEFORE.search(text[:offset])
    after = _WORDS_AFTER.match(text, offset)
    if not several or before is None or after is None:
        return ""
    return next(iter(get_close_matches(f"{before[0]}{after[0]}".strip(), several, 1, 0.75)), "")


_WORDS_BEFORE: Final = re.compile(r"[\w ]+$")
_WORDS_AFTER: Final = re.compile(r"\w[\w ]*")


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return f"'{text}'" if len(text) <= 40 else f"'{text[:40]}…'"


def constraints(kind: Type) -> Iterator[UnaryTests]:
    """Yield the unary tests that a type's values must pass."""
    while isinstance(kind, RestrictedType):
        if isinstance(kind.allows, Allowed):
            yield kind.allows.tests
        kind = kind.base


def unrestricted(kind: Type) -> Type:
    """Return a type without the constraints on its values."""
    if isinstance(kind, RestrictedType):
        return unrestricted(kind.base)
    if isinstance(kind, ListType):
        return ListType(kind.name, unrestricted(kind.item))
    if isinstance(kind, ContextType):
        return ContextType(kind.name, tuple((key, unrestricted(part)) for key, part in kind.entries))
    return kind


def temporal_reader(kind: Type) -> Callable[[Any], Any] | None:
    """Return what reads ISO texts in JSON of a type as dates, times and durations; None if the type has none.

    What is no such text stays as it is: whether it conforms is for the conversion to say.
    """
    kind = unrestricted(kind)
    if kind in _TEMPORAL:
        return lambda value: _temporal(value, kind)
    if isinstance(kind, ListType):
        item = temporal_reader(kind.item)
        return (
            None if item is None else lambda value: list(map(item, value)) if isinstance(value, list) else item(value)
        )
    if isinstance(kind, ContextType):
        readers = {key: reader for key, part in kind.entries if (reader := temporal_reader(part)) is not None}
        return (lambda value: _entries(value, readers)) if readers else None
    return None


def _temporal(value: Any, kind: Type) -> Any:
    found = read_temporal(value) if isinstance(value, str) else None
    return found if found is not None and is_instance(found, kind) else value


def _entries(value: Any, readers: Mapping[str, Callable[[Any], Any]]) -> Any:
    if not isinstance(value, dict):
        return value
    return value | {key: reader(value[key]) for key, reader in readers.items() if key in value}
