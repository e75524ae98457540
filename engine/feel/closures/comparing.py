"""Closures of comparisons and tests (DMN 1.5, tables 52 to 55)."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine.feel import operators, syntax
from engine.feel.closures.names import slot_value
from engine.feel.closures.registry import Code, compile_node, compiles
from engine.feel.closures.scopes import RUN, Frame, Scope
from engine.feel.foreign import within
from engine.feel.types import is_instance, unknown_in
from engine.feel.values import Range, Run


@compiles(syntax.Comparison)
def _comparison(node: syntax.Comparison, scope: Scope) -> Code:
    return _compared(node.symbol, compile_node(node.left, scope), node.right, scope)


def _compared(symbol: str, left: Code, right_node: syntax.Node, scope: Scope) -> Code:
    right, compare = compile_node(right_node, scope), _COMPARE[symbol]
    if isinstance(right_node, syntax.Literal) and type(right_node.value) in (Decimal, str):
        return _compared_with_constant(left, right_node.value, compare, _NATIVE[symbol])
    return lambda frame: compare(frame[RUN], left(frame), right(frame))


def _compared_with_constant(left: Code, constant: Any, compare: "_Compare", native: Callable[[Any, Any], bool]) -> Code:
    """Return a closure that lets Python compare numbers with a number and strings with a string."""
    kind = type(constant)

    def compared(frame: Frame) -> bool | None:
        value = left(frame)
        if type(value) is kind:
            return native(value, constant)
        return compare(frame[RUN], value, constant)

    return compared


def _unequal(run: Run, left: Any, right: Any) -> bool | None:
    found = operators.equal(run, left, right)
    return None if found is None else not found


def _greater(run: Run, left: Any, right: Any) -> bool | None:
    return operators.less(run, right, left)


def _greater_or_equal(run: Run, left: Any, right: Any) -> bool | None:
    return operators.less_or_equal(run, right, left)


_Compare = Callable[[Run, Any, Any], bool | None]
_NATIVE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPARE: Final[dict[str, _Compare]] = {
    "=": operators.equal,
    "!=": _unequal,
    "<": operators.less,
    "<=": operators.less_or_equal,
    ">": _greater,
    ">=": _greater_or_equal,
}


@compiles(syntax.Between)
def _between(node: syntax.Between, scope: Scope) -> Code:
    value, low, high = (compile_node(part, scope) for part in (node.value, node.low, node.high))

    def between(frame: Frame) -> bool | None:
        return operators.within(frame[RUN], value(frame), low(frame), high(frame), True, True)

    return between


@compiles(syntax.InstanceOf)
def _instance_of(node: syntax.InstanceOf, scope: Scope) -> Code:
    value, kind = compile_node(node.value, scope), node.type
    if unknown_in(kind):
        return lambda frame: frame[RUN].null(f"Expected a known type, but found '{kind}'")
    return lambda frame: is_instance(value(frame), kind, frame[RUN])


# --- tests


@compiles(syntax.In)
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
        return _compared(node.symbol, slot_value(slot), node.operand, scope)
    if isinstance(node, syntax.RangeDisplay):
        return _range_test(node, scope, slot)
    read = scope.layout.read
    read.discard(slot)
    code = compile_node(node, scope)
    if slot in read:
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


@compiles(syntax.UnaryTest)
def _unary_test(node: syntax.UnaryTest, scope: Scope) -> Code:
    operand, symbol = compile_node(node.operand, scope), node.symbol

    def unary(frame: Frame) -> Range | None:
        return operators.test_range(frame[RUN], symbol, operand(frame))

    return unary


@compiles(syntax.RangeDisplay)
def _range(node: syntax.RangeDisplay, scope: Scope) -> Code:
    low, high = compile_node(node.low, scope), compile_node(node.high, scope)
    low_closed, high_closed = node.low_closed, node.high_closed
    scope.layout.cost += 8

    def interval(frame: Frame) -> Range | None:
        return operators.make_range(frame[RUN], low(frame), high(frame), low_closed=low_closed, high_closed=high_closed)

    return interval


# --- Python


@compiles(syntax.Chain)
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
