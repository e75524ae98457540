"""Closures of arithmetic, ternary logic and conditions (DMN 1.5, tables 49 to 51, 56 to 59)."""

from collections.abc import Callable
from typing import Any

from engine.feel import operators, syntax
from engine.feel.closures.registry import Code, compile_all, compile_node, compiles
from engine.feel.closures.scopes import RUN, Frame, Scope
from engine.feel.foreign import is_true
from engine.feel.operators import kind_name
from engine.feel.values import Run


@compiles(syntax.Arithmetic)
def _arithmetic(node: syntax.Arithmetic, scope: Scope) -> Code:
    first = compile_node(node.first, scope)
    steps = tuple((operators.ARITHMETIC[step.symbol], compile_node(step.operand, scope)) for step in node.rest)
    if len(steps) == 1:
        return _operated(steps[0][0], first, steps[0][1])

    def chain(frame: Frame) -> Any:
        run, value = frame[RUN], first(frame)
        for operation, operand in steps:
            value = operation(run, value, operand(frame))
        return value

    return chain


def _operated(operation: Callable[[Run, Any, Any], Any], left: Code, right: Code) -> Code:
    return lambda frame: operation(frame[RUN], left(frame), right(frame))


@compiles(syntax.Negation)
def _negation(node: syntax.Negation, scope: Scope) -> Code:
    operand = compile_node(node.operand, scope)
    return lambda frame: operators.negate(frame[RUN], operand(frame))


@compiles(syntax.Conjunction)
def _conjunction(node: syntax.Conjunction, scope: Scope) -> Code:
    return _logic(compile_all(node.operands, scope), decisive=False, word="and")


@compiles(syntax.Disjunction)
def _disjunction(node: syntax.Disjunction, scope: Scope) -> Code:
    return _logic(compile_all(node.operands, scope), decisive=True, word="or")


def _logic(operands: tuple[Code, ...], *, decisive: bool, word: str) -> Code:
    """Return a closure of ternary logic (table 50): one operand decides; without it, what is no boolean makes null."""
    neutral = not decisive

    def logic(frame: Frame) -> bool | None:
        result: bool | None = neutral
        for operand in operands:
            value: object = operand(frame)
            if value is decisive:
                return decisive
            if value is not neutral:
                run: Run = frame[RUN]
                result = run.null(f"Expected booleans on both sides of '{word}', but found {kind_name(value)}")
        return result

    return logic


@compiles(syntax.Choice)
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


@compiles(syntax.If)
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
