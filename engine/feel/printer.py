"""Write values and syntax trees as FEEL text.

What ``print_node`` writes, the parser reads back as the same tree, unless a name in scope holds an operator: beside
a name ``a-b``, the difference of ``a`` and ``b`` cannot be written without parentheses.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel import syntax
from engine.feel.calendar import Date, DateTime, Days, Months, Time
from engine.feel.errors import FeelError
from engine.feel.limits import STRING_CHARS
from engine.feel.syntax import Node
from engine.feel.tokens import KEYWORDS
from engine.feel.values import Function, Range, Run, check_string, read

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*(?: [A-Za-z_][A-Za-z_0-9]*)*", re.ASCII)


# --- values (DMN 1.5, 10.3.4.1, ``string``)


def value_text(run: Run, value: Any) -> str:
    """Return what ``string(value)`` gives: a string as it is, anything else as FEEL writes it."""
    if isinstance(value, str):
        return value
    writer = _Writer(run)
    writer.write(value)
    return check_string(run, "".join(writer.parts))


class _Writer:
    """Gathers the text of a value piece by piece, and stops if it becomes too long."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._left = STRING_CHARS
        self.parts: list[str] = []

    def write(self, value: Any) -> None:
        if isinstance(value, list):
            self._write_all("[", [("", item) for item in value], "]")
        elif isinstance(value, dict):
            self._write_all("{", [(f"{key_text(key)}: ", item) for key, item in value.items()], "}")
        else:
            self._put(_scalar_text(value))

    def _write_all(self, opening: str, items: list[tuple[str, Any]], closing: str) -> None:
        self._put(opening)
        for index, (label, item) in enumerate(items):
            self._put(f", {label}" if index else label)
            self.write(read(self._run, item))
        self._put(closing)

    def _put(self, text: str) -> None:
        self._run.spend(4)
        self._left -= len(text)
        if self._left < 0:
            raise FeelError(f"Expected strings of at most {STRING_CHARS} characters, but found a longer one")
        self.parts.append(text)


def _scalar_text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, str):
        return string_text(value)
    if isinstance(value, Range):
        return range_text(value)
    if isinstance(value, Function):
        return f"function({', '.join(value.parameters)})"
    return str(value)


def number_text(number: Decimal) -> str:
    """Return a number without exponent, with the digits it has."""
    return f"{number:f}" if number else f"{number.copy_abs():f}"


def string_text(text: str) -> str:
    """Return a string literal."""
    return '"' + re.sub(r'["\\\n\r\t\v\f\x85\u2028\u2029\ud800-\udfff]', _escaped, text) + '"'


def _escaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04X}"


_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def key_text(key: str) -> str:
    """Return the key of a context as it may stand before the colon."""
    plain = _WORD.fullmatch(key) and not KEYWORDS & set(key.split())
    return key if plain else string_text(key)


def range_text(interval: Range) -> str:
    """Return a range, or the test that it was written as."""
    if interval.test is not None:
        end = interval.low if interval.test in ("=", "!=", ">", ">=") else interval.high
        return f"({interval.test} {_end_text(end)})"
    opening, closing = "[" if interval.low_closed else "(", "]" if interval.high_closed else ")"
    return f"{opening}{_end_text(interval.low)}..{_end_text(interval.high)}{closing}"


def _end_text(value: Any) -> str:
    return f'@"{value}"' if isinstance(value, Date | Time | DateTime | Days | Months) else _scalar_text(value)


# --- trees

_LEVELS: Final = {"+": 4, "-": 4, "*": 5, "/": 5, "**": 6}
_OPERAND: Final = 9


def print_node(node: Node) -> str:
    """Return the FEEL text of a tree."""
    return _PRINTERS[type(node)](node)


def _level(node: Node) -> int:
    if isinstance(node, syntax.Arithmetic):
        return _LEVELS[node.rest[0].symbol]
    return _NODE_LEVELS.get(type(node), _OPERAND)


_NODE_LEVELS: Final[dict[type, int]] = {
    syntax.UnaryTest: 0,
    syntax.If: 0,
    syntax.For: 0,
    syntax.Quantified: 0,
    syntax.FunctionDefinition: 0,
    syntax.Disjunction: 1,
    syntax.Conjunction: 2,
    syntax.Comparison: 3,
    syntax.Between: 3,
    syntax.In: 3,
    syntax.Negation: 7,
    # Its type could take words and signs that follow: ``date`` before ``and time``, ``list`` before ``<``.
    syntax.InstanceOf: 0,
}


def _at_least(node: Node, level: int) -> str:
    text = print_node(node)
    return text if _level(node) >= level else f"({text})"


def _literal(node: syntax.Literal) -> str:
    return _end_text(node.value)


def _joined(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(print_node, nodes))


def _call(node: syntax.Call) -> str:
    names = node.names or ("",) * len(node.arguments)
    labels = [f"{name}: " if name else "" for name in names]
    arguments = [label + print_node(argument) for label, argument in zip(labels, node.arguments, strict=True)]
    return f"{_at_least(node.function, _OPERAND)}({', '.join(arguments)})"


def _negation(node: syntax.Negation) -> str:
    inner = print_node(node.operand)
    # A sign before a digit would belong to the literal.
    bare = _level(node.operand) >= 7 and not (inner[0].isdigit() or inner[0] == "." or _is_number(node.operand))
    return f"-{inner}" if bare else f"-({inner})"


def _is_number(node: Node) -> bool:
    return isinstance(node, syntax.Literal) and isinstance(node.value, Decimal)


def _arithmetic(node: syntax.Arithmetic) -> str:
    level = _level(node)
    # A chain inside a chain of its level was written in parentheses.
    parts = [_at_least(node.first, level + 1)]
    parts += [f" {step.symbol} {_at_least(step.operand, level + 1)}" for step in node.rest]
    return "".join(parts)


def _logic(word: str, level: int) -> Callable[[Any], str]:
    return lambda node: f" {word} ".join(_at_least(operand, level + 1) for operand in node.operands)


def _if(node: syntax.If) -> str:
    branches = " else ".join(f"if {print_node(test)} then {print_node(then)}" for test, then in node.branches)
    last = print_node(node.otherwise)
    return f"{branches} else {f'({last})' if isinstance(node.otherwise, syntax.If) else last}"


def _iterators(node: syntax.For | syntax.Quantified) -> str:
    texts = []
    for iterator in node.iterators:
        end = "" if iterator.end is None else f"..{print_node(iterator.end)}"
        texts.append(f"{iterator.name} in {print_node(iterator.domain)}{end}")
    return ", ".join(texts)


def _function(node: syntax.FunctionDefinition) -> str:
    parameters = [f"{item.name}: {item.type}" if item.type else item.name for item in node.parameters]
    return f"function({', '.join(parameters)}) {print_node(node.body)}"


def _range(node: syntax.RangeDisplay) -> str:
    opening, closing = "[" if node.low_closed else "(", "]" if node.high_closed else ")"
    return f"{opening}{print_node(node.low)}..{print_node(node.high)}{closing}"


def _context(node: syntax.ContextDisplay) -> str:
    return "{" + ", ".join(f"{key_text(key)}: {print_node(value)}" for key, value in node.entries) + "}"


def _tests(node: syntax.Tests) -> str:
    if not node.tests:
        return "-"
    return f"not({_joined(node.tests)})" if node.negated else _joined(node.tests)


_PRINTERS: Final[dict[type, Callable[[Any], str]]] = {
    syntax.Literal: _literal,
    syntax.Unreadable: lambda node: f"@{string_text(node.text)}",
    syntax.Name: lambda node: node.name,
    syntax.Known: lambda node: node.name,
    syntax.Path: lambda node: f"{_at_least(node.base, _OPERAND)}.{node.name}",
    syntax.Filter: lambda node: f"{_at_least(node.base, _OPERAND)}[{print_node(node.condition)}]",
    syntax.Call: _call,
    syntax.Negation: _negation,
    syntax.Arithmetic: _arithmetic,
    syntax.Comparison: lambda node: f"{_at_least(node.left, 3)} {node.symbol} {_at_least(node.right, 4)}",
    syntax.Between: lambda node: (
        f"{_at_least(node.value, 3)} between {_at_least(node.low, 4)} and {_at_least(node.high, 4)}"
    ),
    syntax.In: lambda node: f"{_at_least(node.value, 3)} in ({_joined(node.tests)})",
    syntax.Conjunction: _logic("and", 2),
    syntax.Disjunction: _logic("or", 1),
    syntax.InstanceOf: lambda node: f"{_at_least(node.value, 8)} instance of {node.type}",
    syntax.If: _if,
    syntax.For: lambda node: f"for {_iterators(node)} return {print_node(node.result)}",
    syntax.Quantified: lambda node: (
        f"{'every' if node.every else 'some'} {_iterators(node)} satisfies {print_node(node.condition)}"
    ),
    syntax.FunctionDefinition: _function,
    syntax.ListDisplay: lambda node: f"[{_joined(node.items)}]",
    syntax.ContextDisplay: _context,
    syntax.RangeDisplay: _range,
    syntax.UnaryTest: lambda node: f"{node.symbol} {_at_least(node.operand, 4)}",
    syntax.Tests: _tests,
}
