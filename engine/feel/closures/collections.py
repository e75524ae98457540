"""Closures of lists and contexts (DMN 1.5, tables 68 and 69)."""

from typing import Any

from engine.feel import syntax
from engine.feel.closures.functions import compile_function
from engine.feel.closures.registry import Code, compile_all, compile_node, compiles
from engine.feel.closures.scopes import RUN, Frame, Scope
from engine.feel.values import check_list


@compiles(syntax.ListDisplay)
def _list(node: syntax.ListDisplay, scope: Scope) -> Code:
    items = compile_all(node.items, scope)
    return lambda frame: check_list(frame[RUN], [item(frame) for item in items])


@compiles(syntax.ContextDisplay)
def _context(node: syntax.ContextDisplay, scope: Scope) -> Code:
    keys = [key for key, _ in node.entries]
    if len(set(keys)) < len(keys):
        return lambda frame: frame[RUN].null("Expected every key of a context once, but found one twice")
    if node.plain:
        return _plain_context(node, scope)
    inner = scope.inner()
    entries: list[tuple[str, int, Code]] = []
    for key, value in node.entries:
        if isinstance(value, syntax.FunctionDefinition):
            slot = inner.bind(key)  # before its body: a function may call itself
            entries.append((key, slot, compile_function(value, inner, own=slot)))
        else:
            code = compile_node(value, inner)
            entries.append((key, inner.bind(key), code))

    def context(frame: Frame) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, slot, code in entries:
            result[key] = frame[slot] = code(frame)
        frame[RUN].spend(len(result))
        return result

    return context


def _plain_context(node: syntax.ContextDisplay, scope: Scope) -> Code:
    entries = tuple((key, compile_node(value, scope)) for key, value in node.entries)

    def context(frame: Frame) -> dict[str, Any]:
        frame[RUN].spend(len(entries))
        return {key: code(frame) for key, code in entries}

    return context
