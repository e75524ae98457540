"""Which function makes the closure for which kind of node. The other modules of this folder register theirs."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from engine.feel import syntax
from engine.feel.closures.scopes import Frame, Scope
from engine.feel.limits import LEVELS

Code = Callable[[Frame], Any]


class TooDeep(Exception):
    """A tree has more levels than are allowed. ``at`` is where the first of them stands."""

    def __init__(self, at: int) -> None:
        super().__init__(f"Expected at most {LEVELS} levels, but found more at {at}")
        self.at = at


_Maker = Callable[[Any, Scope], Code]

_MAKERS: Final[dict[type, _Maker]] = {}


_M = TypeVar("_M", bound=_Maker)


def compiles(kind: type[syntax.Node]) -> Callable[[_M], _M]:
    """Register the function below as the one that compiles nodes of ``kind``."""

    def register(make: _M) -> _M:
        _MAKERS[kind] = make
        return make

    return register


def compile_node(node: syntax.Node, scope: Scope) -> Code:
    """Return a closure that gives the value of ``node`` in a frame."""
    layout = scope.layout
    layout.cost += 1
    layout.level += 1
    layout.deepest = max(layout.deepest, layout.level)
    if layout.level > LEVELS:
        raise TooDeep(node.at)
    code = _MAKERS[type(node)](node, scope)
    layout.level -= 1
    return code


def compile_all(nodes: Iterable[syntax.Node], scope: Scope) -> tuple[Code, ...]:
    """Return the closures of several nodes in the same scope."""
    return tuple(compile_node(node, scope) for node in nodes)
