"""Mistakes of operators that can be seen before an expression runs: kinds that do not go together, entries that a
context does not have. What is remarked on is null whenever it is evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from engine.feel import syntax
from engine.feel.kinds import Types, item_type, kind_of_node, kind_of_type, type_of_node
from engine.feel.properties import MEMBERS
from engine.feel.syntax import Node
from engine.feel.types import ContextType, ListType, Type, unknown_in

# The names that an expression itself introduces, with their types; None where the type is not known.
Bound = dict[str, Type | None]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is hardly meant. Lines and columns count from 1; ``message`` maps id and en to a sentence."""

    line: int
    column: int
    message: Mapping[str, str]


INDONESIAN: Final = {
    "null": "null",
    "number": "angka",
    "string": "teks",
    "boolean": "boolean",
    "date": "tanggal",
    "time": "waktu",
    "date and time": "tanggal dan waktu",
    "days and time duration": "durasi hari dan waktu",
    "years and months duration": "durasi tahun dan bulan",
    "list": "daftar",
    "context": "konteks",
    "range": "rentang",
    "function": "fungsi",
}
_NEVER_CALCULATED: Final = frozenset({"boolean", "list", "context", "range", "function", "null"})
_ORDERED: Final = frozenset(INDONESIAN) - {"null", "boolean", "list", "context", "range", "function"}


class Mistakes:
    """The remarks on one source, and what looks at its operators. ``types`` are those of variables."""

    def __init__(self, source: str, types: Types) -> None:
        self._source = source
        self._types = types
        # Tests that may be a name alone: a text whose quotes were forgotten.
        self.whole_tests: tuple[Node, ...] = ()
        self.remarks: list[Remark] = []

    def kind(self, node: Node, bound: Bound) -> str | None:
        """Return the kind of a node's value if it can be told."""
        return kind_of_node(node, bound, self._types)

    def type(self, node: Node, bound: Bound) -> Type | None:
        """Return the type of a variable or of a path into it if it can be told."""
        return type_of_node(node, bound, self._types)

    def remark(self, at: int, english: str, indonesian: str) -> None:
        line = self._source.count("\n", 0, at) + 1
        column = at - (self._source.rfind("\n", 0, at) + 1) + 1
        self.remarks.append(Remark(line, column, {"id": indonesian, "en": english}))

    def comparison(self, node: syntax.Comparison, bound: Bound) -> None:
        left, right = self.kind(node.left, bound), self.kind(node.right, bound)
        if left is None or right is None or ("null" in (left, right) and node.symbol in ("=", "!=")):
            return
        if left != right or (node.symbol not in ("=", "!=") and left not in _ORDERED):
            self._incomparable(node.at, left, right, equality=node.symbol in ("=", "!="))

    def between(self, node: syntax.Between, bound: Bound) -> None:
        value = self.kind(node.value, bound)
        for end in (node.low, node.high):
            other = self.kind(end, bound)
            if value is not None and other is not None and (value != other or value not in _ORDERED):
                self._incomparable(end.at, value, other)

    def range(self, node: syntax.RangeDisplay, bound: Bound) -> None:
        low, high = self.kind(node.low, bound), self.kind(node.high, bound)
        if low is not None and high is not None and "null" not in (low, high) and low != high:
            self._incomparable(node.at, low, high)
        ends = (node.low, node.high)
        if all(isinstance(end, syntax.Literal) for end in ends) and low == high and low in ("number", "string"):
            first, last = (end.value for end in ends if isinstance(end, syntax.Literal))
            if first > last:
                self.remark(
                    node.at,
                    "Expected a range that does not end before its start, but found one that does.",
                    "Diharapkan rentang yang tidak berakhir sebelum awalnya, ditemukan yang sebaliknya.",
                )

    def _incomparable(self, at: int, left: str, right: str, *, equality: bool = False) -> None:
        # Null is equal to null, and to nothing else: only of an order is it certain that the result is null.
        english, indonesian = ("never equal", "tidak pernah sama") if equality else ("always null", "selalu null")
        self.remark(
            at,
            f"Expected two values of one kind with an order or equality, but found {left} and {right}: {english}.",
            f"Diharapkan dua nilai sejenis yang dapat dibandingkan, ditemukan {INDONESIAN[left]} dan "
            f"{INDONESIAN[right]}: {indonesian}.",
        )

    def arithmetic(self, node: syntax.Arithmetic, bound: Bound) -> None:
        operands = (node.first, *(step.operand for step in node.rest))
        kinds = [self.kind(operand, bound) for operand in operands]
        symbols = {step.symbol for step in node.rest}
        wrong = _NEVER_CALCULATED if symbols == {"+"} else _NEVER_CALCULATED | {"string"}
        if not symbols <= {"+", "-"}:
            wrong |= {"date", "time", "date and time"}
        found = [(operand, kind) for operand, kind in zip(operands, kinds, strict=True) if kind in wrong]
        for operand, kind in found:
            self.remark(
                operand.at,
                f"Expected a value to calculate with, but found {kind}: the result is always null.",
                f"Diharapkan nilai untuk dihitung, ditemukan {INDONESIAN[kind or 'null']}: hasilnya selalu null.",
            )
        if not found and symbols <= {"+", "-"}:
            self._together(node, kinds)

    def _together(self, node: syntax.Arithmetic, kinds: list[str | None]) -> None:
        """Remark on a number beside anything else, and on a string."""
        for one in ("number", "string"):
            other = next((kind for kind in kinds if kind not in (one, None)), None)
            if one in kinds and other is not None:
                self.remark(
                    node.at,
                    f"Expected values that can be added, but found {one} and {other}: the result is always null.",
                    f"Diharapkan nilai yang dapat dijumlahkan, ditemukan {INDONESIAN[one]} dan {INDONESIAN[other]}: "
                    "hasilnya selalu null.",
                )
                return

    def path(self, node: syntax.Path, bound: Bound) -> None:
        kind = self.type(node.base, bound)
        inner = item_type(kind) if isinstance(kind, ListType) else kind
        if isinstance(inner, ContextType) and inner.entries and node.name not in dict(inner.entries):
            entries = [name for name, _ in inner.entries]
            hint = get_close_matches(node.name, entries, 1)
            shown = ", ".join(entries[:8]) + (", …" if len(entries) > 8 else "")
            self.remark(
                node.at,
                f"Expected one of the entries {shown}, but found '{node.name}'." + hint_at("en", hint),
                f"Diharapkan salah satu dari {shown}, ditemukan '{node.name}'." + hint_at("id", hint),
            )
            return
        word = self.kind(node.base, bound)
        if word in MEMBERS and word not in ("list", "context") and node.name not in MEMBERS[word]:
            self.remark(
                node.at,
                f"Expected a value with '{node.name}', but found {word}: the result is always null.",
                f"Diharapkan nilai yang memiliki '{node.name}', ditemukan {INDONESIAN[word]}: hasilnya selalu null.",
            )

    def tests(self, node: syntax.Tests, bound: Bound) -> None:
        """Remark on tests that are conditions without ``?``, or values of another kind than the input."""
        self.whole_tests = node.tests
        wanted = kind_of_type(bound.get("?"))
        for test in node.tests:
            kind = self.kind(test.operand if isinstance(test, syntax.UnaryTest) else test, bound)
            if kind in ("list", "range", "null", None) or wanted is None or kind == wanted or _speaks_of_input(test):
                continue
            if kind == "boolean" and not isinstance(test, syntax.UnaryTest):
                self.remark(
                    test.at,
                    f"Expected a test of the input, which is called ?, but found a condition without it: "
                    f"it is compared with the input, a {wanted}.",
                    f"Diharapkan uji atas masukan, yang bernama ?, ditemukan syarat tanpanya: "
                    f"syarat itu dibandingkan dengan masukan ({INDONESIAN[wanted]}).",
                )
            else:
                is_equality = not isinstance(test, syntax.UnaryTest) or test.symbol in ("=", "!=")
                self._incomparable(test.at, wanted, kind, equality=is_equality)

    def logic(self, node: syntax.Conjunction | syntax.Disjunction, bound: Bound) -> None:
        for operand in node.operands:
            self._wants_boolean(operand, bound)

    def condition(self, node: syntax.If, bound: Bound) -> None:
        for condition, _ in node.branches:
            self._wants_boolean(condition, bound)

    def _wants_boolean(self, node: Node, bound: Bound) -> None:
        kind = self.kind(node, bound)
        if kind is not None and kind != "boolean":
            self.remark(
                node.at,
                f"Expected a condition, which is true or false, but found {kind}.",
                f"Diharapkan syarat yang bernilai benar atau salah, ditemukan {INDONESIAN[kind]}.",
            )

    def instance_of(self, node: syntax.InstanceOf, bound: Bound) -> None:
        if unknown_in(node.type):
            self.remark(
                node.at,
                f"Expected a known type, but found '{node.type}'.",
                f"Diharapkan tipe yang dikenal, ditemukan '{node.type}'.",
            )


def hint_at(language: str, names: list[str]) -> str:
    """Return the question whether the first of some names was meant; nothing without one."""
    if not names:
        return ""
    words = {"en": "Did you mean", "id": "Maksudnya"}[language]
    shown = names[0] if names[0].startswith('"') else f"'{names[0]}'"
    return f" {words} {shown}?"


def _speaks_of_input(node: Node) -> bool:
    return (isinstance(node, syntax.Name) and node.name == "?") or any(map(_speaks_of_input, syntax.children(node)))
