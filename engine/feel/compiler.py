"""Turn a syntax tree into closures over a frame. Nothing is looked up twice that can be decided once."""

from collections.abc import Callable
from typing import Any, Final

from engine.feel import operators, syntax
from engine.feel.foreign import FOREIGN, is_true, within
from engine.feel.functions import BUILTINS, Builtin, call_value
from engine.feel.iteration import compile_filter, compile_for, compile_quantified
from engine.feel.operators import kind_name
from engine.feel.properties import member
from engine.feel.scopes import RUN, Frame, Scope
from engine.feel.types import coerce, is_instance, unknown_in
from engine.feel.values import Function, Range, Run, check_list, lift

Code = Callable[[Frame], Any]


def compile_node(node: syntax.Node, scope: Scope) -> Code:
    """Return a closure that gives the value of ``node`` in a frame."""
    return _COMPILERS[type(node)](node, scope)


def compile_all(nodes: tuple[syntax.Node, ...], scope: Scope) -> tuple[Code, ...]:
    return tuple(compile_node(node, scope) for node in nodes)


def _literal(node: syntax.Literal, scope: Scope) -> Code:
    value = node.value
    return lambda frame: value


# --- names and paths


def _name(node: syntax.Name, scope: Scope) -> Code:
    name = node.name
    items, slot = scope.find(name)
    if slot is not None:
        found = _slot(slot)
    else:
        scope.layout.names.add(name)
        found = _variable(name)
    return _item_entry(items, name, found) if items else found


def _slot(slot: int) -> Code:
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
        return lift(value)

    return variable


def _item_entry(items: list[int], name: str, otherwise: Code) -> Code:
    def entry(frame: Frame) -> Any:
        for slot in items:
            item = frame[slot]
            if type(item) is dict and name in item:
                return lift(item[name])
        return otherwise(frame)

    return entry


def _path(node: syntax.Path, scope: Scope) -> Code:
    base, name = compile_node(node.base, scope), node.name

    def path(frame: Frame) -> Any:
        return member(frame[RUN], base(frame), name)

    return path


# --- operators


def _comparison(node: syntax.Comparison, scope: Scope) -> Code:
    left, right = compile_node(node.left, scope), compile_node(node.right, scope)
    return _compared(node.symbol, left, right)


def _compared(symbol: str, left: Code, right: Code) -> Code:
    compare = _COMPARE[symbol]
    return lambda frame: compare(frame[RUN], left(frame), right(frame))


def _unequal(run: Run, left: Any, right: Any) -> bool | None:
    found = operators.equal(run, left, right)
    return None if found is None else not found


def _greater(run: Run, left: Any, right: Any) -> bool | None:
    return operators.less(run, right, left)


def _greater_or_equal(run: Run, left: Any, right: Any) -> bool | None:
    return operators.less_or_equal(run, right, left)


_COMPARE: Final[dict[str, Callable[[Run, Any, Any], bool | None]]] = {
    "=": operators.equal,
    "!=": _unequal,
    "<": operators.less,
    "<=": operators.less_or_equal,
    ">": _greater,
    ">=": _greater_or_equal,
}


def _conjunction(node: syntax.Conjunction, scope: Scope) -> Code:
    operands = compile_all(node.operands, scope)

    def conjunction(frame: Frame) -> bool | None:
        result: bool | None = True
        for operand in operands:
            value = operand(frame)
            if value is False:
                return False
            if value is not True:
                result = None
                _not_boolean(frame, value, "and")
        return result

    return conjunction


def _disjunction(node: syntax.Disjunction, scope: Scope) -> Code:
    operands = compile_all(node.operands, scope)

    def disjunction(frame: Frame) -> bool | None:
        result: bool | None = False
        for operand in operands:
            value = operand(frame)
            if value is True:
                return True
            if value is not False:
                result = None
                _not_boolean(frame, value, "or")
        return result

    return disjunction


def _not_boolean(frame: Frame, value: Any, word: str) -> None:
    run: Run = frame[RUN]
    run.null(f"Expected booleans on both sides of '{word}', but found {kind_name(value)}")


def _arithmetic(node: syntax.Arithmetic, scope: Scope) -> Code:
    code = compile_node(node.first, scope)
    for step in node.rest:
        code = _operated(operators.ARITHMETIC[step.symbol], code, compile_node(step.operand, scope))
    return code


def _operated(operation: Callable[[Run, Any, Any], Any], left: Code, right: Code) -> Code:
    return lambda frame: operation(frame[RUN], left(frame), right(frame))


def _negation(node: syntax.Negation, scope: Scope) -> Code:
    operand = compile_node(node.operand, scope)
    return lambda frame: operators.negate(frame[RUN], operand(frame))


def _between(node: syntax.Between, scope: Scope) -> Code:
    value, low, high = (compile_node(part, scope) for part in (node.value, node.low, node.high))

    def between(frame: Frame) -> bool | None:
        return operators.within(frame[RUN], value(frame), low(frame), high(frame), True, True)

    return between


def _instance_of(node: syntax.InstanceOf, scope: Scope) -> Code:
    value, kind = compile_node(node.value, scope), node.type
    if unknown_in(kind):
        return lambda frame: frame[RUN].null(f"Expected a known type, but found '{kind}'")
    return lambda frame: is_instance(value(frame), kind)


# --- tests


def _in(node: syntax.In, scope: Scope) -> Code:
    value = compile_node(node.value, scope)
    inner = scope.inner()
    slot = inner.bind("?")
    passes = _any_test(node.tests, inner, slot)

    def contained(frame: Frame) -> Any:
        frame[slot] = value(frame)
        return passes(frame)

    return contained


def _any_test(tests: tuple[syntax.Node, ...], scope: Scope, slot: int) -> Code:
    """Return a closure that tells whether the value in ``slot`` passes one of the tests."""
    codes = tuple(_test(test, scope, slot) for test in tests)
    if len(codes) == 1:
        return codes[0]

    def any_test(frame: Frame) -> bool | None:
        result: bool | None = False
        for code in codes:
            found = code(frame)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    return any_test


def _test(node: syntax.Node, scope: Scope, slot: int) -> Code:
    if isinstance(node, syntax.UnaryTest):
        return _compared(node.symbol, _slot(slot), compile_node(node.operand, scope))
    if isinstance(node, syntax.RangeDisplay):
        return _range_test(node, scope, slot)
    code = compile_node(node, scope)
    if _asks_input(node):
        return lambda frame: _answered(frame, code(frame), slot)
    return lambda frame: operators.passes(frame[RUN], frame[slot], code(frame))


def _range_test(node: syntax.RangeDisplay, scope: Scope, slot: int) -> Code:
    low, high = compile_node(node.low, scope), compile_node(node.high, scope)
    low_closed, high_closed = node.low_closed, node.high_closed

    def test(frame: Frame) -> bool | None:
        return operators.within(frame[RUN], frame[slot], low(frame), high(frame), low_closed, high_closed)

    return test


def _answered(frame: Frame, found: Any, slot: int) -> bool | None:
    """A test that speaks of ``?`` is true or false by itself; any other value is compared with the input."""
    if found is True or found is False or found is None:
        return found
    return operators.passes(frame[RUN], frame[slot], found)


def _asks_input(node: syntax.Node) -> bool:
    if isinstance(node, syntax.Name):
        return node.name == "?"
    if isinstance(node, syntax.In | syntax.UnaryTest):
        return isinstance(node, syntax.In) and _asks_input(node.value)
    return any(_asks_input(child) for child in syntax.children(node))


def compile_tests(node: syntax.Tests, scope: Scope, slot: int) -> Code:
    """Return a closure that tells whether the value in ``slot`` passes unary tests; no tests pass everything."""
    if not node.tests:
        return lambda frame: True
    passes = _any_test(node.tests, scope, slot)
    if not node.negated:
        return passes

    def fails(frame: Frame) -> bool | None:
        found = passes(frame)
        return None if found is None else not found

    return fails


def _unary_test(node: syntax.UnaryTest, scope: Scope) -> Code:
    operand, symbol = compile_node(node.operand, scope), node.symbol

    def unary(frame: Frame) -> Range | None:
        return operators.test_range(frame[RUN], symbol, operand(frame))

    return unary


def _range(node: syntax.RangeDisplay, scope: Scope) -> Code:
    low, high = compile_node(node.low, scope), compile_node(node.high, scope)
    low_closed, high_closed = node.low_closed, node.high_closed

    def interval(frame: Frame) -> Range | None:
        return operators.make_range(frame[RUN], low(frame), high(frame), low_closed=low_closed, high_closed=high_closed)

    return interval


# --- lists and contexts


def _list(node: syntax.ListDisplay, scope: Scope) -> Code:
    items = compile_all(node.items, scope)
    return lambda frame: check_list(frame[RUN], [item(frame) for item in items])


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
            entries.append((key, slot, _function(value, inner, own=slot)))
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


# --- conditions, iteration


def _if(node: syntax.If, scope: Scope) -> Code:
    branches = tuple((compile_node(test, scope), compile_node(result, scope)) for test, result in node.branches)
    otherwise = compile_node(node.otherwise, scope)

    def conditional(frame: Frame) -> Any:
        for condition, result in branches:
            value = condition(frame)
            if value is True:
                return result(frame)
            if value is not False:
                frame[RUN].null(f"Expected a boolean after 'if', but found {kind_name(value)}")
        return otherwise(frame)

    return conditional


# --- functions


def _function(node: syntax.FunctionDefinition, scope: Scope, *, own: int | None = None) -> Code:
    """Return a closure that makes the function value; ``own`` is the slot by which its body may call it."""
    inner = scope.inner()
    slots = tuple(inner.bind(parameter.name) for parameter in node.parameters)
    kinds = tuple(parameter.type for parameter in node.parameters)
    names = tuple(parameter.name for parameter in node.parameters)
    body = compile_node(node.body, inner)
    frames = 4 + 2 * depth(node.body)

    def define(frame: Frame) -> Function:
        captured = frame[:]

        def call(run: Run, *arguments: Any) -> Any:
            if len(arguments) != len(slots):
                return run.null(f"Expected {len(slots)} arguments, but found {len(arguments)}")
            local = captured[:]
            local[RUN] = run
            for slot, kind, argument in zip(slots, kinds, arguments, strict=True):
                value, fits = (argument, True) if kind is None else coerce(argument, kind)
                if not fits:
                    return run.null(f"Expected an argument of type {kind}, but found {kind_name(argument)}")
                local[slot] = value
            run.spend(1 + len(local) // 16)
            run.enter(frames)
            try:
                return body(local)
            finally:
                run.leave(frames)

        function = Function("", names, call, parameter_types=kinds, definition=node, scope=frame)
        if own is not None:
            captured[own] = function
        return function

    return define


def depth(node: syntax.Node) -> int:
    """Return how deep a tree is."""
    return 1 + max((depth(child) for child in syntax.children(node)), default=0)


# --- calls


def _call(node: syntax.Call, scope: Scope) -> Code:
    arguments = compile_all(node.arguments, scope)
    builtin = _builtin_of(node.function, scope)
    if builtin is not None:
        return _builtin_call(builtin, node, arguments)
    function = compile_node(node.function, scope)
    if node.names is not None:
        return _named_call(function, node.names, arguments)
    return lambda frame: call_value(frame[RUN], function(frame), *[argument(frame) for argument in arguments])


def _choice(node: syntax.Choice, scope: Scope) -> Code:
    operands = compile_all(node.operands, scope)
    decisive = node.word == "or"

    def choice(frame: Frame) -> Any:
        value = None
        for operand in operands:
            value = operand(frame)
            if is_true(value) is decisive:
                break
        return value

    return choice


def _chain(node: syntax.Chain, scope: Scope) -> Code:
    first = compile_node(node.first, scope)
    rest = tuple((_CHAIN[step.symbol], compile_node(step.operand, scope)) for step in node.rest)

    def chain(frame: Frame) -> bool | None:
        run, left = frame[RUN], first(frame)
        for compare, operand in rest:
            right = operand(frame)
            if compare(run, left, right) is not True:
                return False
            left = right
        return True

    return chain


def _not_same(run: Run, left: Any, right: Any) -> bool:
    return not operators.same(run, left, right)


def _not_within(run: Run, left: Any, right: Any) -> bool:
    return within(run, left, right) is False


_CHAIN: Final[dict[str, Callable[[Run, Any, Any], bool | None]]] = {
    "==": operators.same,
    "!=": _not_same,
    "<": operators.less,
    "<=": operators.less_or_equal,
    ">": _greater,
    ">=": _greater_or_equal,
    "in": within,
    "not in": _not_within,
}


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
    return lambda frame: call(frame[RUN], *[code(frame) for code in arguments])


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


_COMPILERS: Final[dict[type, Callable[[Any, Scope], Code]]] = {
    syntax.Literal: _literal,
    syntax.Name: _name,
    syntax.Path: _path,
    syntax.Filter: lambda node, scope: compile_filter(node, scope, compile_node),
    syntax.Call: _call,
    syntax.Negation: _negation,
    syntax.Arithmetic: _arithmetic,
    syntax.Comparison: _comparison,
    syntax.Between: _between,
    syntax.In: _in,
    syntax.Conjunction: _conjunction,
    syntax.Disjunction: _disjunction,
    syntax.InstanceOf: _instance_of,
    syntax.If: _if,
    syntax.For: lambda node, scope: compile_for(node, scope, compile_node),
    syntax.Quantified: lambda node, scope: compile_quantified(node, scope, compile_node),
    syntax.FunctionDefinition: _function,
    syntax.ListDisplay: _list,
    syntax.ContextDisplay: _context,
    syntax.RangeDisplay: _range,
    syntax.UnaryTest: _unary_test,
    syntax.Choice: _choice,
    syntax.Chain: _chain,
}
