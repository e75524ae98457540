"""Syntax trees as closures over a frame. What can be decided when an expression is compiled is not asked again."""

from engine.feel.closures import collections, comparing, computing, functions, iteration, names
from engine.feel.closures.comparing import compile_tests
from engine.feel.closures.registry import TooDeep, compile_node

__all__ = [
    "TooDeep",
    "collections",
    "comparing",
    "compile_node",
    "compile_tests",
    "computing",
    "functions",
    "iteration",
    "names",
]
