"""Closures of function definitions and calls (DMN 1.5, 10.3.2.13 and table 63)."""

import sys
from typing import Any, Final

from engine.feel import syntax
from engine.feel.closures.registry import Code, compile_all, compile_node, compiles
from engine.feel.closures.scopes import RUN, Frame, Scope
from engine.feel.foreign import FOREIGN
from engine.feel.functions import BUILTINS, Builtin, call_value
from engine.feel.limits import FRAMES, FUEL
from engine.feel.operators import kind_name
from engine.feel.types import Type, coerce
from engine.feel.values import Function, Run


@compiles(syntax.FunctionDefinition)
def compile_function(node: syntax.FunctionDefinition, scope: Scope, *, own: int | None = None) -> Code:
    """Return a closure that makes the function value; ``own`` is the slot by which its body may call it."""
    inner = scope.inner()
    slots = tuple(inner.bind(parameter.name) for parameter in node.parameters)
    kinds = tuple(parameter.type for parameter in node.parameters)
    names = tuple(parameter.name for parameter in node.parameters)
    before = scope.layout.cost
    body, frames = _compile_body(node.body, inner)
    cost = scope.layout.cost - before + 10
    make_room()

    def define(frame: Frame) -> Function:
        frame[RUN].spend(10 + len(frame) // 16)
        captured = frame[:]

        def call(run: Run, *arguments: Any) -> Any:
            values = _accepted(run, kinds, arguments)
            if values is None:
                return None
            local = captured[:]
            local[RUN] = run
            for slot, value in zip(slots, values, strict=True):
                local[slot] = value
            run.spend(cost + len(local) // 16)
            run.enter(frames)
            try:
                return body(local)
            finally:
                run.leave(frames)

        function = Function("", names, call, parameter_types=kinds, definition=node, scope=captured)
        if own is not None:
            captured[own] = function
        return function

    return define


def _compile_body(node: syntax.Node, scope: Scope) -> tuple[Code, int]:
    """Return the closure of a body, and how many frames of Python one pass through it may use at most."""
    layout = scope.layout
    before, layout.deepest = layout.deepest, layout.level
    body = compile_node(node, scope)
    frames = 6 + 2 * (layout.deepest - layout.level)
    layout.deepest = max(before, layout.deepest)
    return body, frames


def _accepted(run: Run, kinds: tuple[Type | None, ...], arguments: tuple[Any, ...]) -> list[Any] | None:
    """Return the arguments as the parameters' types want them; None if they do not fit."""
    if len(arguments) != len(kinds):
        return run.null(f"Expected {len(kinds)} arguments, but found {len(arguments)}")
    values = []
    for kind, argument in zip(kinds, arguments, strict=True):
        value, fits = (argument, True) if kind is None else coerce(argument, kind, run)
        if not fits:
            return run.null(f"Expected an argument of type {kind}, but found {kind_name(argument)}")
        values.append(value)
    return values


def make_room() -> None:
    """Let Python nest as deep as FEEL may, so that FEEL's own limit is the one that is met."""
    if sys.getrecursionlimit() < FRAMES + 1_000:
        sys.setrecursionlimit(FRAMES + 1_000)


# --- calls


@compiles(syntax.Call)
def _call(node: syntax.Call, scope: Scope) -> Code:
    arguments = compile_all(node.arguments, scope)
    builtin = _builtin_of(node.function, scope)
    if builtin is not None:
        scope.layout.cost += builtin.cost
        return _builtin_call(builtin, node, arguments)
    function = compile_node(node.function, scope)
    if node.names is not None:
        return _named_call(function, node.names, arguments)
    return lambda frame: call_value(frame[RUN], function(frame), *[argument(frame) for argument in arguments])


def _builtin_of(node: syntax.Node, scope: Scope) -> Builtin | None:
    """Return the built-in function that a call means: a name that no inner scope binds."""
    if isinstance(node, syntax.Known):
        return FOREIGN.get(node.name) or BUILTINS[node.name]
    if isinstance(node, syntax.Name) and scope.find(node.name)[1] is None:
        return BUILTINS.get(node.name)
    return None


def _builtin_call(builtin: Builtin, node: syntax.Call, arguments: tuple[Code, ...]) -> Code:
    call = builtin.call
    names = node.names
    if names is not None:
        return lambda frame: builtin.call_named(frame[RUN], names, tuple(code(frame) for code in arguments))
    if builtin.name in _CONSTRUCTORS and all(isinstance(argument, syntax.Literal) for argument in node.arguments):
        return _constant_call(builtin, arguments)
    if len(arguments) == 1:
        return _call_with_one(builtin, arguments[0])
    return lambda frame: call(frame[RUN], *[code(frame) for code in arguments])


# Functions that literals cannot make differ from one evaluation to another.
_CONSTRUCTORS: Final = frozenset({"date", "time", "date and time", "duration"})


def _constant_call(builtin: Builtin, arguments: tuple[Code, ...]) -> Code:
    call, nowhere = builtin.call, [None, None]
    value = call(Run(FUEL), *[code(nowhere) for code in arguments])
    if value is not None:
        return lambda frame: value
    return lambda frame: call(frame[RUN], *[code(frame) for code in arguments])


def _call_with_one(builtin: Builtin, argument: Code) -> Code:
    """Return a closure that hands over an argument of the right class at once."""
    call = builtin.call
    signature = next((one for one in builtin.signatures if one.takes(1)), None)
    classes = signature.parameters[0].classes if signature is not None and not signature.parameters[0].rest else None
    if signature is None or classes is None:
        return lambda frame: call(frame[RUN], argument(frame))
    function = signature.run

    def called(frame: Frame) -> Any:
        value = argument(frame)
        if type(value) in classes:
            return function(frame[RUN], value)
        return call(frame[RUN], value)

    return called


def _named_call(function: Code, names: tuple[str, ...], arguments: tuple[Code, ...]) -> Code:
    def call(frame: Frame) -> Any:
        called, run = function(frame), frame[RUN]
        values = tuple(argument(frame) for argument in arguments)
        if not isinstance(called, Function):
            return run.null(f"Expected a function to call, but found {kind_name(called)}")
        if set(called.parameters) != set(names):
            return run.null(f"Expected parameters {called.parameters}, but found {names}")
        return called.call(run, *(values[names.index(name)] for name in called.parameters))

    return call
