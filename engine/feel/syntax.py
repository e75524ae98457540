"""The syntax tree that all front ends make and the compiler reads. ``at`` is the offset in the source, from 0."""

from dataclasses import dataclass, field, fields
from typing import Any

from engine.feel.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of an expression. Two pieces that say the same are equal wherever they stand."""

    at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A constant: number, string, boolean, null, or a date, time or duration written with ``@``."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unreadable(Node):
    """``@"text"`` where the text is no date, time or duration: null (DMN 1.5, 10.3.2.3)."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or function by name; ``?`` is the value under test."""

    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    """``base.name`` (DMN 1.5, grammar rule 20 and 10.3.2.5)."""

    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """``base[condition]`` (rule 50); the condition is a number or sees ``item``."""

    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function invocation (rules 38 to 42). ``names`` are the parameters' names if they were given."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """Arithmetic negation (rule 26)."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a chain: ``symbol`` is one of ``+ - * / **``; ``at`` is where the symbol stands."""

    at: int = field(compare=False)
    symbol: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """Operations of one level of precedence, from left to right (rules 21 to 25)."""

    first: Node
    rest: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """``left symbol right`` with one of ``= != < <= > >=`` (rule 49 a)."""

    symbol: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """``value between low and high`` (rule 49 b)."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """``value in test`` or ``value in (tests)`` (rules 49 c and d)."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conjunction(Node):
    """Operands joined by ``and`` (rule 48)."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Disjunction(Node):
    """Operands joined by ``or`` (rule 47)."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """``value instance of type`` (rule 51)."""

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class If(Node):
    """``if … then … else if … else …`` (rule 45): conditions with their results, then the last result."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator(Node):
    """``name in domain`` or ``name in domain..end`` of ``for``, ``some`` and ``every``."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    """``for iterators return result`` (rule 44); the result sees ``partial``. ``only`` is the ``if`` of Python's."""

    iterators: tuple[Iterator, ...]
    result: Node
    only: Node | None = None


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """``some`` or ``every`` (rule 46)."""

    every: bool
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A formal parameter with its type, None if none was written (rule 56)."""

    name: str
    type: Type | None


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Node):
    """``function(parameters) body`` (rule 55). External functions are refused by the parser."""

    parameters: tuple[Parameter, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class ListDisplay(Node):
    """``[items]`` (rule 54)."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextDisplay(Node):
    """``{key: value}`` (rule 57); later entries see earlier ones, but not if it is ``plain``, as Python's dict."""

    entries: tuple[tuple[str, Node], ...]
    plain: bool = False


@dataclass(frozen=True, slots=True)
class RangeDisplay(Node):
    """``[low..high]`` with any brackets (rule 8)."""

    low_closed: bool
    low: Node
    high: Node
    high_closed: bool


@dataclass(frozen=True, slots=True)
class UnaryTest(Node):
    """``< operand`` and its like (rule 7): a test of ``?`` in tests, a range as a value."""

    symbol: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """Unary tests of one input (rules 15 to 17). No tests at all is ``-``: anything goes."""

    negated: bool
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Known(Node):
    """A built-in function that the front end means, whatever variables are called."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """Python's ``and`` and ``or``: the first operand that decides, as it is."""

    word: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Python's ``a < b <= c``: each operand is evaluated once. Symbols are those of ``Comparison`` and ``in``."""

    first: Node
    rest: tuple[Operation, ...]


def children(node: Node) -> list[Node]:
    """Return the nodes directly below ``node``, in the order of the source."""
    return [child for part in fields(node) for child in _nodes(getattr(node, part.name))]


def _nodes(value: Any) -> list[Node]:
    if isinstance(value, Node):
        return [value]
    if isinstance(value, Operation):
        return [value.operand]
    if isinstance(value, tuple):
        return [node for part in value for node in _nodes(part)]
    return []
