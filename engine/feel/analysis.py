"""Look at an expression before it runs: names that no function has, arguments that do not fit, comparisons that can
only be null. What is remarked on is null whenever it is evaluated, so it is hardly meant."""

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final

from engine.feel import syntax
from engine.feel.expression import Expression, UnaryTests
from engine.feel.functions.registry import BUILTINS, Builtin, Parameter, Signature
from engine.feel.kinds import NO_TYPES, Types, function_of, item_type, kind_of_node
from engine.feel.limits import FUEL
from engine.feel.mistakes import INDONESIAN, Bound, Mistakes, Remark, hint_at
from engine.feel.operators import CLASS_NAMES
from engine.feel.regex import compile_pattern
from engine.feel.syntax import Node
from engine.feel.types import ContextType, ListType, Type
from engine.feel.values import Run

NO_FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = {}


def check(
    expression: Expression | UnaryTests,
    *,
    names: Collection[str] | None = None,
    functions: Mapping[str, tuple[str, ...]] = NO_FUNCTIONS,
    types: Types = NO_TYPES,
) -> list[Remark]:
    """Return remarks on an expression, in the order of its source.

    ``names`` are the variables and functions that exist; None means that variables are not known. A function that is
    neither built in nor among them is remarked on in any case. ``functions`` maps those of them that are known to be
    functions (``prefix.name`` if imported) to the names of their parameters, ``types`` variables, and ``?``, to theirs.
    """
    checker = _Checker(expression.source, names, functions, types)
    checker.visit(expression.tree, {"?": types.get("?")})
    return sorted(checker.remarks, key=lambda remark: (remark.line, remark.column))


def kind_of(expression: Expression) -> str | None:
    """Return the kind of an expression's value if only one is possible, such as ``boolean`` or ``number``."""
    return kind_of_node(expression.tree, {})


_PATTERNS: Final = frozenset({"matches", "replace", "split"})
_READ_FROM_TEXT: Final = frozenset({"date", "time", "date and time", "duration"})


class _Checker(Mistakes):
    """One walk over a tree."""

    def __init__(
        self,
        source: str,
        names: Collection[str] | None,
        functions: Mapping[str, tuple[str, ...]],
        types: Types,
    ) -> None:
        super().__init__(source, types)
        self._names = None if names is None else frozenset(names)
        self._functions = functions

    def visit(self, node: Node, bound: Bound) -> None:
        """Remark on a node and all below it; ``bound`` are the names introduced around it."""
        look = _LOOKS.get(type(node))
        if look is not None:
            look(self, node, bound)
        below = _SCOPES.get(type(node))
        if below is not None:
            below(self, node, bound)
            return
        for child in syntax.children(node):
            self.visit(child, bound)

    # --- names and calls

    def name(self, node: syntax.Name, bound: Bound) -> None:
        if self._names is None or node.name in bound or node.name in self._names or node.name in BUILTINS:
            return
        hint = get_close_matches(node.name, [*self._names, *BUILTINS], 1)
        if node in self.whole_tests:
            hint = [f'"{node.name}"']
        self.remark(
            node.at,
            f"Expected a known name, but found '{node.name}'." + hint_at("en", hint),
            f"Diharapkan nama yang dikenal, ditemukan '{node.name}'." + hint_at("id", hint),
        )

    def call(self, node: syntax.Call, bound: Bound) -> None:
        function = function_of(node, bound)
        if function is not None:
            self._arguments(node, function, bound)
            self._constants(node, function)
        elif (parameters := self._functions.get(_called(node, bound))) is not None:
            self._own_arguments(node, parameters)
        elif isinstance(node.function, syntax.Name) and node.function.name not in bound.keys() | (
            self._names or frozenset()
        ):
            self._unknown_function(node.function)

    def _unknown_function(self, node: syntax.Name) -> None:
        if self._names is not None:
            return  # remarked on as a name
        hint = get_close_matches(node.name, BUILTINS, 1)
        self.remark(
            node.at,
            f"Expected a built-in function, but found '{node.name}'." + hint_at("en", hint),
            f"Diharapkan fungsi bawaan, ditemukan '{node.name}'." + hint_at("id", hint),
        )

    def _own_arguments(self, node: syntax.Call, parameters: tuple[str, ...]) -> None:
        found = len(node.arguments) if node.names is None else set(node.names)
        if found != (len(parameters) if node.names is None else set(parameters)):
            self._wrong_parameters(node, _called(node, {}), f"({', '.join(parameters)})")

    def _wrong_parameters(self, node: syntax.Call, name: str, wanted: str) -> None:
        found = f"({', '.join(node.names)})" if node.names is not None else str(len(node.arguments))
        self.remark(
            node.at,
            f"Expected the parameters of '{name}', {wanted}, but found {found}.",
            f"Diharapkan parameter '{name}', {wanted}, ditemukan {found}.",
        )

    def _arguments(self, node: syntax.Call, function: Builtin, bound: Bound) -> None:
        count = len(node.arguments)
        if node.names is not None:
            fitting = [one for one in function.signatures if one.order(node.names) is not None]
        else:
            fitting = [one for one in function.signatures if one.takes(count)]
        if not fitting:
            self._wrong_parameters(node, function.name, _signatures(function))
            return
        kinds = [self.kind(argument, bound) for argument in node.arguments]
        if not any(_takes(signature, node.names, kinds) for signature in fitting):
            found = ", ".join(kind or "?" for kind in kinds)
            self.remark(
                node.at,
                f"Expected arguments for '{function.name}' of other kinds than ({found}): the result is always null.",
                f"Diharapkan argumen '{function.name}' dengan jenis selain ({_translated(kinds)}): "
                "hasilnya selalu null.",
            )

    def _constants(self, node: syntax.Call, function: Builtin) -> None:
        texts = [item.value if isinstance(item, syntax.Literal) else None for item in node.arguments]
        text = texts[0] if function.name in _READ_FROM_TEXT and len(texts) == 1 else None
        if isinstance(text, str) and function.call(Run(FUEL), text) is None:
            self._unreadable(node.at, function.name, text)
        if function.name in _PATTERNS and node.names is None and len(texts) > 1 and isinstance(texts[1], str):
            reason = compile_pattern(texts[1], "")
            if isinstance(reason, str):
                self.remark(node.arguments[1].at, f"{reason}.", f"Diharapkan ekspresi reguler yang benar ({reason}).")

    def _unreadable(self, at: int, kind: str, text: str) -> None:
        self.remark(
            at,
            f"Expected the text of a {kind}, but found '{text[:40]}'.",
            f"Diharapkan teks {INDONESIAN.get(kind, 'durasi')}, ditemukan '{text[:40]}'.",
        )

    def unreadable(self, node: syntax.Unreadable, bound: Bound) -> None:
        self.remark(
            node.at,
            f"Expected the text of a date, time or duration after '@', but found '{node.text[:40]}'.",
            f"Diharapkan teks tanggal, waktu, atau durasi setelah '@', ditemukan '{node.text[:40]}'.",
        )

    # --- what introduces names

    def context(self, node: syntax.ContextDisplay, bound: Bound) -> None:
        seen: dict[str, Type | None] = {}
        for key, value in node.entries:
            if key in seen:
                self.remark(
                    value.at,
                    f"Expected every key of a context once, but found '{key}' twice.",
                    f"Diharapkan setiap kunci konteks satu kali, ditemukan '{key}' dua kali.",
                )
            own = {key: None} if isinstance(value, syntax.FunctionDefinition) else {}
            self.visit(value, {**bound, **seen, **own})
            seen[key] = self.type(value, {**bound, **seen})

    def loop(self, node: syntax.For | syntax.Quantified, bound: Bound) -> None:
        for iterator in node.iterators:
            self.visit(iterator.domain, bound)
            if iterator.end is not None:
                self.visit(iterator.end, bound)
            item = item_type(self.type(iterator.domain, bound)) if iterator.end is None else None
            bound = {**bound, iterator.name: item}
        if isinstance(node, syntax.For):
            bound = {**bound, "partial": None}
            self.visit(node.result, bound)
            if node.only is not None:
                self.visit(node.only, bound)
        else:
            self.visit(node.condition, bound)

    def filter(self, node: syntax.Filter, bound: Bound) -> None:
        self.visit(node.base, bound)
        kind = self.type(node.base, bound)
        item = item_type(kind) if isinstance(kind, ListType) else kind
        entries = dict(item.entries) if isinstance(item, ContextType) else {}
        # An item may have any entries: its names cannot be told from those that do not exist.
        outer, self._names = self._names, None
        self.visit(node.condition, {**bound, **entries, "item": item})
        self._names = outer

    def function(self, node: syntax.FunctionDefinition, bound: Bound) -> None:
        self.visit(node.body, {**bound, **{parameter.name: parameter.type for parameter in node.parameters}})


def _called(node: syntax.Call, bound: Bound) -> str:
    """Return the name of a function that is called by ``name`` or ``prefix.name``; nothing for any other call."""
    function = node.function
    first = function.base if isinstance(function, syntax.Path) else function
    if not isinstance(first, syntax.Name) or first.name in bound:
        return ""
    return f"{first.name}.{function.name}" if isinstance(function, syntax.Path) else first.name


def _signatures(function: Builtin) -> str:
    return " / ".join(f"({', '.join(map(_parameter, one.parameters))})" for one in function.signatures)


def _parameter(parameter: Parameter) -> str:
    return f"{'...' if parameter.rest else ''}{parameter.name}{'?' if parameter.optional else ''}"


def _takes(signature: Signature, names: tuple[str, ...] | None, kinds: list[str | None]) -> bool:
    """Tell whether arguments of some kinds may fit. One whose kind is not known always may, a list of one as well."""
    own = [parameter.name for parameter in signature.parameters]
    places = range(len(kinds)) if names is None else [own.index(name) for name in names]
    return all(
        _fits(signature.parameters[min(place, len(own) - 1)], kind) for place, kind in zip(places, kinds, strict=True)
    )


def _fits(parameter: Parameter, kind: str | None) -> bool:
    if parameter.rest or parameter.classes is None or kind is None or "list" in (kind, parameter.kind):
        return True
    if kind == "null":
        return parameter.nullable
    wanted = {CLASS_NAMES[one] for one in parameter.classes}
    return kind in wanted or (kind == "date" and "date and time" in wanted)


def _translated(kinds: list[str | None]) -> str:
    return ", ".join("?" if kind is None else INDONESIAN[kind] for kind in kinds)


_LOOKS: Final[dict[type[Node], Callable[[_Checker, Any, Bound], None]]] = {
    syntax.Name: _Checker.name,
    syntax.Call: _Checker.call,
    syntax.Path: _Checker.path,
    syntax.Tests: _Checker.tests,
    syntax.Unreadable: _Checker.unreadable,
    syntax.Comparison: _Checker.comparison,
    syntax.Between: _Checker.between,
    syntax.RangeDisplay: _Checker.range,
    syntax.Arithmetic: _Checker.arithmetic,
    syntax.Conjunction: _Checker.logic,
    syntax.Disjunction: _Checker.logic,
    syntax.If: _Checker.condition,
    syntax.InstanceOf: _Checker.instance_of,
}
_SCOPES: Final[dict[type[Node], Callable[[_Checker, Any, Bound], None]]] = {
    syntax.ContextDisplay: _Checker.context,
    syntax.For: _Checker.loop,
    syntax.Quantified: _Checker.loop,
    syntax.Filter: _Checker.filter,
    syntax.FunctionDefinition: _Checker.function,
}
