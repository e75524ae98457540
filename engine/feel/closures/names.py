"""Closures of constants, names and paths."""

from typing import Any

from engine.feel import syntax
from engine.feel.closures.registry import Code, compile_node, compiles
from engine.feel.closures.scopes import RUN, Frame, Scope
from engine.feel.functions import BUILTINS
from engine.feel.properties import member
from engine.feel.values import PLAIN, read


@compiles(syntax.Literal)
def _literal(node: syntax.Literal, scope: Scope) -> Code:
    value = node.value
    return lambda frame: value


@compiles(syntax.Unreadable)
def _unreadable(node: syntax.Unreadable, scope: Scope) -> Code:
    reason = f"Expected the text of a date, time or duration after '@', but found {node.text[:40]!r}"
    return lambda frame: frame[RUN].null(reason)


@compiles(syntax.Name)
def _name(node: syntax.Name, scope: Scope) -> Code:
    name = node.name
    items, slot = scope.find(name)
    if slot is not None:
        found = slot_value(slot)
    else:
        scope.layout.names.add(name)
        found = _variable(name)
    return _item_entry(items, name, found) if items else found


def slot_value(slot: int) -> Code:
    """Return a closure that reads a slot."""
    return lambda frame: frame[slot]


def _variable(name: str) -> Code:
    builtin = BUILTINS.get(name)
    value_if_missing = None if builtin is None else builtin.value

    def variable(frame: Frame) -> Any:
        try:
            value = frame[0][name]
        except KeyError:
            if value_if_missing is not None:
                return value_if_missing
            return frame[1].null(f"Expected a variable '{name}', but found none")
        return value if type(value) in PLAIN else read(frame[1], value)

    return variable


def _item_entry(items: list[int], name: str, otherwise: Code) -> Code:
    def entry(frame: Frame) -> Any:
        for slot in items:
            item = frame[slot]
            if type(item) is dict and name in item:
                return read(frame[RUN], item[name])
        return otherwise(frame)

    return entry


@compiles(syntax.Path)
def _path(node: syntax.Path, scope: Scope) -> Code:
    base, name = compile_node(node.base, scope), node.name

    def path(frame: Frame) -> Any:
        return member(frame[RUN], base(frame), name)

    return path
