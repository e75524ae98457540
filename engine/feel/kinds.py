"""Which kind of value a piece of an expression must have, as far as it can be seen without evaluating it."""

from collections.abc import Iterable, Mapping
from typing import Final

from engine.feel import syntax
from engine.feel.foreign import FOREIGN
from engine.feel.functions import BUILTINS, Builtin
from engine.feel.operators import kind_name
from engine.feel.syntax import Node
from engine.feel.types import NAMED, ContextType, FunctionType, ListType, RangeType, RestrictedType, Type

# Names with their types; None where the type is not known.
Types = Mapping[str, Type | None]

NO_TYPES: Final[Types] = {}
# What built-in functions give if they do not give null. Those that are not here give what they are given.
_RESULTS: Final[dict[str, Iterable[str]]] = {
    "number": (
        *("number", "string length", "count", "sum", "mean", "product", "median", "stddev", "decimal", "floor"),
        "ceiling",
        *("round up", "round down", "round half up", "round half down", "modulo", "sqrt", "log", "exp"),
        *("day of year", "week of year", "len", "round", "int", "float", "floor division", "remainder"),
    ),
    "string": (
        *("string", "substring", "upper case", "lower case", "substring before", "substring after", "replace"),
        *("string join", "day of week", "month of year", "str", "join"),
    ),
    "boolean": (
        *("not", "contains", "starts with", "ends with", "matches", "list contains", "all", "any", "is", "odd", "even"),
        *("before", "after", "meets", "met by", "overlaps", "overlaps before", "overlaps after", "finishes"),
        *("finished by", "includes", "during", "starts", "started by", "coincides", "is empty", "truth", "same"),
        "within",
    ),
    "list": (
        *("split", "sublist", "append", "concatenate", "union", "insert before", "remove", "reverse", "index of"),
        *(
            "distinct values",
            "flatten",
            "mode",
            "sort",
            "list replace",
            "get entries",
            "list",
            "number range",
            "sorted",
        ),
    ),
    "context": ("context", "context put", "context merge"),
    "date": ("date", "today"),
    "time": ("time",),
    "date and time": ("date and time", "now"),
    "years and months duration": ("years and months duration",),
    "range": ("range",),
}
_RESULT_OF: Final = {name: kind for kind, names in _RESULTS.items() for name in names}
_OF_NODE: Final[dict[type[Node], str]] = {
    syntax.Comparison: "boolean",
    syntax.Between: "boolean",
    syntax.In: "boolean",
    syntax.Conjunction: "boolean",
    syntax.Disjunction: "boolean",
    syntax.InstanceOf: "boolean",
    syntax.Quantified: "boolean",
    syntax.Chain: "boolean",
    syntax.For: "list",
    syntax.ListDisplay: "list",
    syntax.ContextDisplay: "context",
    syntax.RangeDisplay: "range",
    syntax.FunctionDefinition: "function",
}
_NO_KIND: Final = frozenset({"Any", "Null"})
_SCALED: Final = frozenset({"days and time duration", "years and months duration"})


def kind_of_node(node: Node, bound: Types, types: Types = NO_TYPES) -> str | None:
    """Return the kind of the value of a node, in FEEL's words; None if it may be of several. Null is always possible.

    ``bound`` are the names that the expression itself introduces around the node, ``types`` those of variables.
    """
    known = _OF_NODE.get(type(node))
    if known is not None:
        return known
    if isinstance(node, syntax.Literal):
        return kind_name(node.value)
    if isinstance(node, syntax.Negation):
        return _one_of(kind_of_node(node.operand, bound, types), {"number", *_SCALED})
    if isinstance(node, syntax.Arithmetic):
        return _kind_of_arithmetic(node, bound, types)
    if isinstance(node, syntax.Call):
        function = function_of(node, bound)
        return None if function is None else _RESULT_OF.get(function.name)
    if isinstance(node, syntax.If):
        results = (*(result for _, result in node.branches), node.otherwise)
        kinds = {kind_of_node(result, bound, types) for result in results}
        return kinds.pop() if len(kinds) == 1 else None
    return kind_of_type(type_of_node(node, bound, types))


def type_of_node(node: Node, bound: Types, types: Types) -> Type | None:
    """Return the type of a variable or of what a path or filter makes of it; None where it is not known."""
    if isinstance(node, syntax.Name):
        return _plain(bound[node.name] if node.name in bound else types.get(node.name))
    if isinstance(node, syntax.Path):
        base = type_of_node(node.base, bound, types)
        inner = _plain(base.item) if isinstance(base, ListType) else base
        entry = _plain(dict(inner.entries).get(node.name)) if isinstance(inner, ContextType) else None
        return ListType("list", entry) if entry is not None and isinstance(base, ListType) else entry
    if isinstance(node, syntax.Filter):
        base, condition = type_of_node(node.base, bound, types), kind_of_node(node.condition, bound, types)
        if condition == "number":
            return item_type(base) if isinstance(base, ListType) else base
        if condition == "boolean" and base is not None:
            return base if isinstance(base, ListType) else ListType("list", base)
    return None


def item_type(kind: Type | None) -> Type | None:
    """Return the type of the items of a list; None where it is not known."""
    return _plain(kind.item) if isinstance(kind, ListType) else None


def kind_of_type(kind: Type | None) -> str | None:
    """Return the kind of the values of a type; None if they may be of several."""
    kind = _plain(kind)
    if isinstance(kind, FunctionType):
        return "function"
    if isinstance(kind, ListType | ContextType | RangeType):
        return kind.name
    return kind.name if kind is not None and NAMED.get(kind.name) is kind and kind.name not in _NO_KIND else None


def _plain(kind: Type | None) -> Type | None:
    """Return a type without the constraints on its values."""
    return _plain(kind.base) if isinstance(kind, RestrictedType) else kind


def _kind_of_arithmetic(node: syntax.Arithmetic, bound: Types, types: Types) -> str | None:
    operands = (node.first, *(step.operand for step in node.rest))
    kinds = {kind_of_node(operand, bound, types) for operand in operands}
    symbols = {step.symbol for step in node.rest}
    if symbols <= {"+", "-"}:  # a number goes only with numbers, a string only with strings
        known = kinds - {None}
        return next((kind for kind in ("number", "string") if known == {kind}), None)
    return "number" if kinds == {"number"} or "**" in symbols else None


def _one_of(kind: str | None, kinds: set[str]) -> str | None:
    return kind if kind in kinds else None


def function_of(node: syntax.Call, bound: Types) -> Builtin | None:
    """Return the built-in function that a call means, None for any other."""
    if isinstance(node.function, syntax.Known):
        return FOREIGN.get(node.function.name) or BUILTINS[node.function.name]
    if isinstance(node.function, syntax.Name) and node.function.name not in bound:
        return BUILTINS.get(node.function.name)
    return None
