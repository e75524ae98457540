"""Read a subset of JUEL, the expression language of Camunda 7 and Flowable: ``${…}`` or ``#{…}``, alone or in a text.

Paths, literals, arithmetic, comparisons, ``and or not``, ``empty`` and ``? :`` are read, in signs and in words.
Methods, functions, assignments and beans are refused.
"""

import re
from decimal import Decimal, Overflow
from typing import Final, NoReturn

from engine.feel import syntax
from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import DEPTH, NODES
from engine.feel.syntax import Node
from engine.feel.values import NUMBERS

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
    |(?P<string>'(?:[^'\\]|\\['"\\])*'|"(?:[^"\\]|\\['"\\])*")
    |(?P<symbol>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.()\[\]}])""",
    re.VERBOSE | re.ASCII,
)
_WORDS: Final = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "div": "/",
    "mod": "%",
    "empty": "empty",
}
_CONSTANTS: Final[dict[str, object]] = {"true": True, "false": False, "null": None}
_REFUSED: Final = frozenset({"instanceof"})
_LEVELS: Final = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"==", "!="}),
    frozenset({"<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_COMPARISONS: Final = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def parse_juel(source: str) -> Node:
    """Read an expression in ``${…}``. Several, or text beside them, are joined to one string."""
    reader = _Reader(source)
    parts: list[Node] = []
    expressions = 0
    at = 0
    while at < len(source):
        start = _next_start(source, at)
        if start > at:
            parts.append(syntax.Literal(at, _plain(source[at:start])))
        at = start
        if start < len(source):
            node, at = reader.read(start + 2)
            parts.append(node)
            expressions += 1
    if expressions == 0:
        raise FeelSyntaxError(source, 0, expected="an expression in ${…}", found="none")
    if len(parts) == 1:
        return parts[0]
    return syntax.Call(0, syntax.Known(0, "join"), tuple(parts))


def _next_start(source: str, at: int) -> int:
    """Return where the next ``${`` or ``#{`` stands that has no backslash before it."""
    while True:
        starts = [found for sign in ("${", "#{") if (found := source.find(sign, at)) >= 0]
        start = min(starts, default=len(source))
        if start == len(source) or source[start - 1 : start] != "\\":
            return start
        at = start + 2


def _plain(text: str) -> str:
    return text.replace("\\${", "${").replace("\\#{", "#{")


class _Reader:
    """Reads the expressions of one source by precedence."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._nodes = 0
        self._depth = 0
        self._at = self._end = 0
        self._kind = self._text = self._word = ""

    def read(self, start: int) -> tuple[Node, int]:
        """Read from behind the brace; return the expression and where its closing brace ends."""
        self._end = start
        self._advance()
        node = self._ternary()
        if self._text != "}" or self._kind != "symbol":
            self._fail("an operator or '}'")
        return node, self._end

    def _advance(self) -> None:
        self._at = self._end
        match = _TOKEN.match(self._source, self._at)
        if match is None:
            self._kind, self._text = "", self._source[self._at : self._at + 1]
            self._end = self._at + 1
            if self._at < len(self._source):
                self._fail("an expression of the subset")
            return
        self._kind, self._text, self._end = match.lastgroup or "", match.group(), match.end()
        self._word = self._text if self._kind == "word" else ""
        if self._kind == "space":
            self._advance()
        elif self._kind == "word" and self._text in _WORDS:
            self._kind, self._text = "symbol", _WORDS[self._text]

    def _fail(self, expected: str) -> NoReturn:
        found = f"'{self._text[:40]}'" if self._text else "the end"
        raise FeelSyntaxError(self._source, self._at, expected=expected, found=found)

    def _is(self, *symbols: str) -> bool:
        return self._kind == "symbol" and self._text in symbols

    def _take(self, symbol: str) -> bool:
        if self._is(symbol):
            self._advance()
            return True
        return False

    def _count(self) -> int:
        self._nodes += 1
        if self._nodes > NODES:
            self._fail(f"an expression of at most {NODES} parts")
        return self._at

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            self._fail(f"expressions nested at most {DEPTH} deep")

    def _ternary(self) -> Node:
        self._deeper()
        condition = self._binary(0)
        if not self._is("?"):
            self._depth -= 1
            return condition
        at = self._count()
        self._advance()
        then = self._ternary()
        if not self._take(":"):
            self._fail("':' of the condition")
        otherwise = self._ternary()
        self._depth -= 1
        if isinstance(otherwise, syntax.If):
            return syntax.If(at, ((condition, then), *otherwise.branches), otherwise.otherwise)
        return syntax.If(at, ((condition, then),), otherwise)

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        if not self._is(*_LEVELS[level]):
            return left
        operations = []
        while self._is(*_LEVELS[level]):
            at, symbol = self._count(), self._text
            self._advance()
            operations.append(syntax.Operation(at, symbol, self._binary(level + 1)))
        return self._joined(level, left, operations)

    def _joined(self, level: int, left: Node, operations: list[syntax.Operation]) -> Node:
        at = operations[0].at
        if level <= 1:
            operands = (left, *(operation.operand for operation in operations))
            return syntax.Disjunction(at, operands) if level == 0 else syntax.Conjunction(at, operands)
        if level <= 3:
            for operation in operations:
                left = syntax.Comparison(operation.at, _COMPARISONS[operation.symbol], left, operation.operand)
                self._deeper()
            self._depth -= len(operations)
            return left
        if all(operation.symbol != "%" for operation in operations):
            return syntax.Arithmetic(at, left, tuple(operations))
        for operation in operations:
            self._deeper()
            if operation.symbol == "%":
                left = syntax.Call(operation.at, syntax.Known(operation.at, "remainder"), (left, operation.operand))
            else:
                left = syntax.Arithmetic(operation.at, left, (operation,))
        self._depth -= len(operations)
        return left

    def _unary(self) -> Node:
        if not self._is("-", "!", "empty"):
            return self._path()
        at, symbol = self._count(), self._text
        self._deeper()
        self._advance()
        operand = self._unary()
        self._depth -= 1
        if symbol == "-":
            return syntax.Negation(at, operand)
        return syntax.Call(at, syntax.Known(at, "not" if symbol == "!" else "is empty"), (operand,))

    def _path(self) -> Node:
        node = self._operand()
        steps = 0
        while self._is(".", "[", "("):
            if self._is("("):
                self._fail("no call of a method or function")
            steps += 1
            self._deeper()
            at = self._count()
            key = self._member() if self._take(".") else self._index()
            node = syntax.Call(at, syntax.Known(at, "entry"), (node, key))
        self._depth -= steps
        return node

    def _member(self) -> Node:
        if not self._word:
            self._fail("a name after '.'")
        node = syntax.Literal(self._at, self._word)
        self._advance()
        return node

    def _index(self) -> Node:
        self._advance()
        key = self._ternary()
        if not self._take("]"):
            self._fail("']'")
        return key

    def _operand(self) -> Node:
        at, kind, text = self._count(), self._kind, self._text
        if self._is("("):
            self._advance()
            inner = self._ternary()
            if not self._take(")"):
                self._fail("')'")
            return inner
        if kind not in ("number", "string", "word") or text in _REFUSED:
            self._fail("a value")
        self._advance()
        if kind == "number":
            return self._number(at, text)
        if kind == "string":
            return syntax.Literal(at, re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL))
        return syntax.Literal(at, _CONSTANTS[text]) if text in _CONSTANTS else syntax.Name(at, text)

    def _number(self, at: int, text: str) -> Node:
        try:
            value: Decimal = NUMBERS.create_decimal(text)
        except Overflow:
            raise FeelSyntaxError(self._source, at, expected="a smaller number", found=text[:40]) from None
        return syntax.Literal(at, value)
