"""What models of Camunda 7 and Flowable call methods and scripts for, said by expressions without calls."""

import re
from dataclasses import replace

from engine.bpmn.model import Language, Text
from engine.feel import FeelSyntaxError, compile_expression
from engine.findings import Place

_SET_VARIABLE = re.compile(r"""[$#]\{\s*execution\.setVariable\(\s*['"](\w+)['"]\s*,\s*(.*)\)\s*\}""", re.DOTALL)
# What models of Camunda 7 call methods for, and the expression without a call that says the same.
_IDIOMS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"\bexecution\.getVariable(?:Local)?\(\s*['\"](\w+)['\"]\s*\)", r"\1"),
        (r"\bexecution\.hasVariable(?:Local)?\(\s*['\"](\w+)['\"]\s*\)", r"(\1 != null)"),
        (r"\bvar(?:s|iables)?:get\(\s*(\w+)\s*\)", r"\1"),
        (r"\bvar(?:s|iables)?:(?:eq|equals)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 == \2)"),
        (r"\bvar(?:s|iables)?:(?:ne|notEquals)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 != \2)"),
        (r"\bvar(?:s|iables)?:(?:lt|lessThan)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 < \2)"),
        (r"\bvar(?:s|iables)?:(?:gt|greaterThan)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 > \2)"),
        (r"\bvar(?:s|iables)?:(?:lte|lessThanOrEquals?)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 <= \2)"),
        (r"\bvar(?:s|iables)?:(?:gte|greaterThanOrEquals?)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 >= \2)"),
        (r"\bvar(?:s|iables)?:(?:isEmpty|empty)\(\s*(\w+)\s*\)", r"(empty \1)"),
        (r"\bvar(?:s|iables)?:(?:isNotEmpty|notEmpty)\(\s*(\w+)\s*\)", r"(not empty \1)"),
        (r"\bvar(?:s|iables)?:exists\(\s*(\w+)\s*\)", r"(\1 != null)"),
        (r"\b([\w.]+)\.equals\(([^()]*)\)", r"(\1 == \2)"),
        (r"\b([\w.]+)\.isEmpty\(\)", r"(empty \1)"),
    )
)
_GETTER = re.compile(r"\b([A-Za-z_][\w.]*)\.(?:get|is)([A-Z])(\w*)\(\)")
_CONCAT = re.compile(r"[$#]\{\s*('[^'$#{}]*'|[A-Za-z_][\w.]*)\.concat\(\s*('[^'$#{}]*'|[A-Za-z_][\w.]*)\s*\)\s*\}")
_SCRIPTED = frozenset("groovy javascript ecmascript js graal.js ruby jruby python jython".split())
# Comparisons of variables with values, joined by and, or, not: all these languages mean the same by them.
_COMPARISON = re.compile(r"(?:[\w.\s()<>!]|==|!=|<=|>=|&&|\|\||'[^'\\]*'|\"[^\"\\]*\")+")
_CALLED = re.compile(r"[\w.]\s*\(")


def set_variable(source: str, place: Place) -> tuple[str, Text] | None:
    """Return name and value of ``${execution.setVariable('name', value)}``; None: it is something else."""
    found = _SET_VARIABLE.fullmatch(source.strip())
    if found is None:
        return None
    value = f"${{{found[2].strip()}}}"
    try:
        compile_expression(value, language="juel")
    except FeelSyntaxError:
        return None
    return found[1], Text(value, Language.JUEL, place)


def without_calls(text: Text) -> Text:
    """Return a JUEL text in which calls that only read a variable or a property have become paths and comparisons."""
    if text.language is not Language.JUEL or "(" not in text.source:
        return text
    source = _joined(text.source)
    for pattern, said in _IDIOMS:
        source = pattern.sub(said, source)
    source = _GETTER.sub(lambda found: f"{found[1]}.{found[2].lower()}{found[3]}", source)
    return text if source == text.source else replace(text, source=source, origin=None)


def _joined(source: str) -> str:
    """Return the joining of two texts as one text with values in it."""
    found = _CONCAT.fullmatch(source.strip())
    if found is None:
        return source
    return "".join(part[1:-1] if part.startswith("'") else f"${{{part}}}" for part in found.groups())


def comparison(text: Text, language: str | None) -> Text:
    """Return a condition in a script language that only compares variables as JUEL; others stay what they are."""
    source = text.source.strip()
    name = (language or "").strip().lower().rpartition("/")[2]
    if text.language is not Language.LITERAL or name not in _SCRIPTED or not _COMPARISON.fullmatch(source):
        return text
    if not re.search(r"[=<>]", source) or _CALLED.search(source):
        return text
    made = f"${{{source}}}"
    try:
        compile_expression(made, language="juel")
    except FeelSyntaxError:
        return text
    return replace(text, source=made, language=Language.JUEL, origin=None)
