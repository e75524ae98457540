"""Read a subset of Python expressions, as SpiffWorkflow's models hold them. Only the parser of ``ast`` is used.

Literals, names, ``a.b`` and ``a[b]`` as keys, arithmetic, comparisons, ``and or not``, conditions, lists, dicts,
comprehensions and calls of a few named functions are read; everything else is refused by name.
"""

import ast
import warnings
from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any, Final, NoReturn

from engine.feel import syntax
from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import DEPTH, EXPONENT, NODES
from engine.feel.syntax import Node
from engine.feel.tokens import whole_characters
from engine.feel.values import NUMBERS

# What a call in Python means: the name in FEEL or in ``foreign``.
FUNCTIONS: Final = {
    "abs": "abs",
    "all": "all",
    "any": "any",
    "bool": "truth",
    "contains": "contains",
    "date": "date",
    "datetime": "date and time",
    "duration": "duration",
    "endswith": "ends with",
    "float": "float",
    "int": "int",
    "len": "len",
    "list": "list",
    "lower": "lower case",
    "max": "max",
    "min": "min",
    "now": "now",
    "range": "number range",
    "reversed": "reverse",
    "round": "round",
    "sorted": "sorted",
    "startswith": "starts with",
    "str": "str",
    "sum": "sum",
    "time": "time",
    "today": "today",
    "upper": "upper case",
}
_COMPARISONS: Final[dict[type, str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "==",
    ast.IsNot: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_CALLED: Final[dict[type, str]] = {ast.Add: "plus", ast.Mod: "modulo", ast.FloorDiv: "floor division"}
_SYMBOLS: Final[dict[type, str]] = {ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def parse_python(source: str) -> Node:
    """Read one expression. Raises FeelSyntaxError."""
    stripped = source.strip(" \t\n\r")
    return _Reader(stripped).node(_tree(stripped))


def _tree(source: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source, mode="eval").body
    except SyntaxError as error:
        before = source.split("\n")[: (error.lineno or 1) - 1]
        offset = sum(len(line) + 1 for line in before) + (error.offset or 1) - 1
        raise FeelSyntaxError(source, offset, expected="a Python expression", found=error.msg) from None
    except (ValueError, RecursionError, MemoryError):
        raise FeelSyntaxError(source, 0, expected=f"nesting of at most {DEPTH}", found="more") from None


class _Reader:
    """Turns the tree of ``ast`` into ours."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.split("\n")
        self._nodes = 0
        self._depth = 0

    def node(self, tree: ast.expr) -> Node:
        """Return our tree for Python's."""
        read = _READERS.get(type(tree))
        if read is None:
            self._fail(tree, "an expression of the subset", type(tree).__name__)
        self._depth += 1
        if self._depth > DEPTH:
            self._fail(tree, f"expressions nested at most {DEPTH} deep", "deeper ones")
        self._count(tree)
        found: Node = read(self, tree, self._at(tree))
        self._depth -= 1
        return found

    def nodes(self, trees: list[ast.expr]) -> tuple[Node, ...]:
        return tuple(self.node(tree) for tree in trees)

    def _count(self, tree: ast.expr) -> None:
        self._nodes += 1
        if self._nodes > NODES:
            self._fail(tree, f"an expression of at most {NODES} parts", "more")

    def _at(self, tree: ast.expr) -> int:
        line, column = self._lines[tree.lineno - 1], tree.col_offset
        if not line.isascii():  # ast counts bytes
            column = len(line.encode()[:column].decode(errors="ignore"))
        return sum(len(before) + 1 for before in self._lines[: tree.lineno - 1]) + column

    def _fail(self, tree: ast.expr, expected: str, found: str) -> NoReturn:
        raise FeelSyntaxError(self._source, self._at(tree), expected=expected, found=found)

    # --- leaves

    def constant(self, tree: ast.Constant, at: int) -> Node:
        value = tree.value
        if isinstance(value, str):
            return syntax.Literal(at, whole_characters(value))
        if value is None or isinstance(value, bool):
            return syntax.Literal(at, value)
        if not isinstance(value, int | float):
            self._fail(tree, "a number, string, True, False or None", type(value).__name__)
        return syntax.Literal(at, self._number(tree, value))

    def _number(self, tree: ast.Constant, value: int | float) -> Decimal:
        """Return the number as written: a float has lost digits."""
        try:
            if isinstance(value, int):
                return NUMBERS.create_decimal(value)
            return NUMBERS.create_decimal(self._text(tree).replace("_", ""))
        except DecimalException:
            self._fail(tree, f"a number below 10**{EXPONENT + 1}", "another")

    def _text(self, tree: ast.expr) -> str:
        """Return the source of a tree, of its first line if it has several."""
        line = self._lines[tree.lineno - 1].encode()
        end = tree.end_col_offset if tree.end_lineno == tree.lineno else None
        return line[tree.col_offset : end].decode(errors="ignore")

    def name(self, tree: ast.Name, at: int) -> Node:
        if tree.id.startswith("__"):
            self._fail(tree, "a name without '__'", f"'{tree.id[:40]}'")
        return syntax.Name(at, tree.id)

    def attribute(self, tree: ast.Attribute, at: int) -> Node:
        if tree.attr.startswith("__"):
            self._fail(tree, "a name without '__'", f"'{tree.attr[:40]}'")
        return syntax.Path(at, self.node(tree.value), tree.attr)

    def subscript(self, tree: ast.Subscript, at: int) -> Node:
        return self._called(at, "item", self.node(tree.value), self.node(tree.slice))

    def _called(self, at: int, name: str, *arguments: Node) -> Node:
        return syntax.Call(at, syntax.Known(at, name), arguments)

    # --- operators

    def binary(self, tree: ast.BinOp, at: int) -> Node:
        """Read a chain of operations from the left without going deeper for each."""
        chain: list[ast.BinOp] = [tree]
        while isinstance(chain[-1].left, ast.BinOp):
            self._count(tree)
            chain.append(chain[-1].left)
        if len(chain) > DEPTH:
            self._fail(tree, f"at most {DEPTH} operations in a row", str(len(chain)))
        left = self.node(chain[-1].left)
        for step in reversed(chain):
            left = self._operation(step, left)
        return left

    def _operation(self, tree: ast.BinOp, left: Node) -> Node:
        kind, at = type(tree.op), self._at(tree)
        right = self.node(tree.right)
        if kind in _CALLED:
            return self._called(at, _CALLED[kind], left, right)
        if kind not in _SYMBOLS:
            self._fail(tree, "one of + - * / // %", kind.__name__)
        return syntax.Arithmetic(at, left, (syntax.Operation(at, _SYMBOLS[kind], right),))

    def unary(self, tree: ast.UnaryOp, at: int) -> Node:
        if isinstance(tree.op, ast.Not):
            truth = self._called(at, "truth", self.node(tree.operand))
            return self._called(at, "not", truth)
        if isinstance(tree.op, ast.USub):
            return syntax.Negation(at, self.node(tree.operand))
        return self._fail(tree, "'-' or 'not'", type(tree.op).__name__)

    def choice(self, tree: ast.BoolOp, at: int) -> Node:
        return syntax.Choice(at, "and" if isinstance(tree.op, ast.And) else "or", self.nodes(tree.values))

    def compare(self, tree: ast.Compare, at: int) -> Node:
        first = self.node(tree.left)
        rest = []
        for kind, right in zip(tree.ops, tree.comparators, strict=True):
            if isinstance(kind, ast.Is | ast.IsNot) and not self._is_constant(right):
                self._fail(tree, "None, True or False after 'is'", type(right).__name__)
            rest.append(syntax.Operation(at, _COMPARISONS[type(kind)], self.node(right)))
        return syntax.Chain(at, first, tuple(rest))

    def _is_constant(self, tree: ast.expr) -> bool:
        return isinstance(tree, ast.Constant) and (tree.value is None or isinstance(tree.value, bool))

    def condition(self, tree: ast.IfExp, at: int) -> Node:
        branches = []
        rest: ast.expr = tree
        while isinstance(rest, ast.IfExp):
            self._count(rest)
            test = self._called(at, "truth", self.node(rest.test))
            branches.append((test, self.node(rest.body)))
            rest = rest.orelse
        return syntax.If(at, tuple(branches), self.node(rest))

    # --- lists, dicts, comprehensions, calls

    def sequence(self, tree: ast.List | ast.Tuple, at: int) -> Node:
        return syntax.ListDisplay(at, self.nodes(tree.elts))

    def mapping(self, tree: ast.Dict, at: int) -> Node:
        entries: dict[str, Node] = {}
        for key, value in zip(tree.keys, tree.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                self._fail(key or tree, "a string as key", type(key).__name__)
            entries[whole_characters(key.value)] = self.node(value)
        return syntax.ContextDisplay(at, tuple(entries.items()), plain=True)

    def comprehension(self, tree: ast.ListComp | ast.GeneratorExp, at: int) -> Node:
        iterators = []
        conditions: list[Node] = []
        for generator in tree.generators:
            if generator.is_async or not isinstance(generator.target, ast.Name):
                self._fail(tree, "'for' with one name", "another")
            if conditions:
                self._fail(tree, "conditions behind the last 'for'", "one before it")
            iterators.append(syntax.Iterator(at, self._new_name(generator.target), self.node(generator.iter)))
            conditions = [self._called(at, "truth", self.node(test)) for test in generator.ifs]
        only = syntax.Conjunction(at, tuple(conditions)) if conditions else None
        return syntax.For(at, tuple(iterators), self.node(tree.elt), only)

    def _new_name(self, target: ast.Name) -> str:
        if target.id.startswith("__"):
            self._fail(target, "a name without '__'", f"'{target.id[:40]}'")
        return target.id

    def call(self, tree: ast.Call, at: int) -> Node:
        name = tree.func.id if isinstance(tree.func, ast.Name) else None
        if name is None or name not in FUNCTIONS:
            found = f"'{self._text(tree.func)[:40]}'"
            self._fail(tree, f"a call of one of {', '.join(sorted(FUNCTIONS))}", found)
        if tree.keywords:
            self._fail(tree, "arguments without names", f"'{tree.keywords[0].arg}'")
        return self._called(at, FUNCTIONS[name], *self.nodes(tree.args))


_READERS: Final[dict[type, Callable[[_Reader, Any, int], Node]]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.name,
    ast.Attribute: _Reader.attribute,
    ast.Subscript: _Reader.subscript,
    ast.BinOp: _Reader.binary,
    ast.UnaryOp: _Reader.unary,
    ast.BoolOp: _Reader.choice,
    ast.Compare: _Reader.compare,
    ast.IfExp: _Reader.condition,
    ast.List: _Reader.sequence,
    ast.Tuple: _Reader.sequence,
    ast.Dict: _Reader.mapping,
    ast.ListComp: _Reader.comprehension,
    ast.GeneratorExp: _Reader.comprehension,
    ast.Call: _Reader.call,
}
