"""FEEL, the expression language of DMN 1.5, and two small languages on the same closed world of values.

Nothing in here knows the rest of Alur. Start with ``compile_expression``; README.md shows it.
"""

from engine.feel.errors import FeelError, FeelSyntaxError
from engine.feel.expression import Evaluation, Expression, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.json_values import to_feel, to_json

__all__ = [
    "Evaluation",
    "Expression",
    "FeelError",
    "FeelSyntaxError",
    "UnaryTests",
    "compile_expression",
    "compile_unary_tests",
    "to_feel",
    "to_json",
]
