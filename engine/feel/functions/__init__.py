"""The built-in functions of DMN 1.5 (10.3.4), by name. Those of users are called through ``call_value`` as well."""

from engine.feel.functions import booleans, contexts, dates, lists, numbers, ranges, strings
from engine.feel.functions.registry import BUILTINS, Builtin, Signature, call_value

__all__ = [
    "BUILTINS",
    "Builtin",
    "Signature",
    "booleans",
    "call_value",
    "contexts",
    "dates",
    "lists",
    "numbers",
    "ranges",
    "strings",
]
