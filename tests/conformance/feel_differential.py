"""Evaluate the same expressions here and in npm's feelin, and settle differences from the specification's text.

    ./run conformance feelin [--cases N] [--seed N] [--feelin VERSION] [--folder DIR] [--json FILE]

feelin is installed into a temporary folder with npm, or taken from ``--folder``; without it nothing is compared and
the exit status is 2. Expressions are generated as by the fuzzer, but smaller. Where the two give different values,
the smallest part that differs although all its own parts agree is looked for; what it is, the kinds of its parts and
both results are its signature. SETTLED says for signatures who is right by the text of DMN 1.5; any other is reported,
and the exit status is then 1.
"""

import argparse
import json
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from engine.feel import FeelError, FeelSyntaxError, compile_expression, syntax
from engine.feel.functions import BUILTINS
from engine.feel.operators import kind_name
from engine.feel.printer import print_node, range_text
from engine.feel.syntax import Node
from engine.feel.values import Function, Range

VERSION: Final = "8"
VARIABLES: Final[dict[str, Any]] = {
    "a": 5,
    "b": -2.5,
    "n": None,
    "t": True,
    "s": "abc",
    "list": [1, 2, 3],
    "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": None}],
    "c": {"a": 1, "d": {"e": "y"}},
}
_KIND: Final = r"[\w ]+"
_ALIKE: Final = rf"({_KIND}), \\1"  # two parts of one kind
_ORDERED: Final = "number|string|date|time|date and time|days and time duration|years and months duration"
_RANGE_FUNCTIONS: Final = (
    "before|after|meets|met by|overlaps|overlaps before|overlaps after|finishes|finished by|includes|during|starts|"
    "started by|coincides"
)
# Settled differences: (what the signature looks like, who is right by the text of DMN 1.5, why). The first that fits
# counts. A signature is: what the part is and the kinds of its parts | our result | feelin's result.
SETTLED: Final[list[tuple[str, str, str]]] = [
    (
        rf"(=|!=|<|<=|>|>=) \((?!{_ALIKE}\)).* \| null \| (true|false|!error)",
        "ours",
        "10.3.2.15, table 52: values that are compared must be of one kind, or the result is null",
    ),
    (
        rf"(<|<=|>|>=) \((?!({_ORDERED}),).* \| null \| (true|false|!error)",
        "ours",
        "table 54: an order is defined for numbers, strings, dates, times and durations only",
    ),
    (
        rf"Between \((?!({_ORDERED}), \1, \1\)).* \| (null|false) \| (true|false|null|!error)",
        "ours",
        "table 55: between is e1 >= e2 and e1 <= e3, each null for different kinds, joined in ternary logic",
    ),
    (
        rf"In \((?!({_KIND})(, [<>=!]*\1)*\)).* \| null \| (true|false|!error)",
        "ours",
        "table 55: in is a row of comparisons joined by or; those of different kinds are null",
    ),
    (
        r"In \(list(, [<>=!]*list)*\) \| .* \| .*",
        "ours",
        "table 55: a list is in e2 if it equals e2 or one of its items; lists have no order",
    ),
    (
        r"In \(.*\b(null|list)\b.*\) \| (true|false) \| .*",
        "ours",
        "tables 49 and 55: e = null is true or false, never null; a list contains its items, null too",
    ),
    (
        rf"Between \(({_ORDERED}), \1, \1\) \| false \| true",
        "ours",
        "table 55: e1 >= e2 and e1 <= e3; nothing lies between ends that are the wrong way round",
    ),
    (r"In \(.*\brange\b.*\) \| .* \| .*", "ours", "tables 53 and 55 with 10.3.2.7: equal ranges are equal values"),
    (r"In \(.*\) \| true \| (false|!error)", "ours", "tables 50 and 55: null or true is true"),
    (r"(=|!=) \((.+), \2\) \| (true|false) \| null", "ours", "table 53: lists and contexts are equal item by item"),
    (r"(=|!=) \(.*\bnull\b.*\) \| (true|false) \| .*", "ours", "table 49: e = null is true or false"),
    (r"(Con|Dis)junction \(.*\) \| .* \| .*", "ours", "table 50: true or null is true, false and null is false"),
    (
        r"[-+] \((date, days and time duration|days and time duration, date)\) \| .* \| .*",
        "ours",
        "table 57: a date moved by a duration is a date, that of its midnight in UTC moved",
    ),
    (
        r"(substring|split|replace|matches)\(.*\) \| null \| .*",
        "ours",
        "table 74, notes 1 and 2: positions and lengths lie within the string; what is an error in XPath is null",
    ),
    (
        r"(sublist|insert before|remove|list replace)\(.*\) \| (?!null).* \| .*",
        "ours",
        "table 75, note 1: position -1 is that of the last item; a value that is no list is the list of itself",
    ),
    (rf"({_KIND})\(list\) \| .* \| null", "ours", "10.3.2.9.4: a list of one is converted to its item"),
    (
        r"substring\(string, number, null\) \| .* \| .*",
        "ours",
        "10.3.2.13.2 and table 74: an optional parameter that is null is not given",
    ),
    (r"(decimal|round .*)\(number, number\) \| null \| .*", "ours", "table 76, note 1: scale from -6111 to 6176"),
    (
        r"[*/] \(.*duration.*\) \| (?!null).* \| (null|!\w+)",
        "ours",
        "table 59: durations are multiplied and divided by numbers, and divided by durations of their kind",
    ),
    (
        r"\.\w+ \(list\) \| .* \| .*",
        "ours",
        "10.3.2.5: e.f of a list is the list of f of every item; 10.3.1.5: nested lists are preserved",
    ),
    (
        r"(some|every) \(.*\) \| null \| (true|false|!error)",
        "ours",
        "table 49: false or null, and true and null, are null; 10.3.2.14: only lists and ranges are gone through",
    ),
    (
        r"For \((?!list|range).*\) \| null \| .*",
        "ours",
        "10.3.2.14: an iteration context is a list or two integers; 10.3.2.9.4 converts nothing there",
    ),
    (
        r"For \(.*\) \| \[((true|false|null)(, )?)+\] \| \[((true|false|null)(, )?)+\]",
        "ours",
        "tables 49 and 52, for the comparison that is gone through: e = null is true or false, of other kinds null",
    ),
    (r"For \(range.*\) \| .* \| .*", "ours", "10.3.2.14 with 10.3.2.7: the whole numbers of a range"),
    (
        r"RangeDisplay \(.*\) \| null \| .*",
        "ours",
        "10.3.2.7: ends must be of equivalent types with an order, and the start not behind the end",
    ),
    (
        r"RangeDisplay \(.*\bnull\b.*\) \| \$range .* \| \$range .*",
        "ours",
        "10.3.2.7, table 42: only the forms with one end, such as < 5, set the flag of the other to false",
    ),
    (r"\[true\] \(.*\) \| \[.*\] \| .*", "ours", "table 68, row 4: e1[true] of a value that is no list is [e1]"),
    (
        r"\[(null|item > 1|a = 1|b = null)\] \((?!null).*\) \| \[.*\] \| (null|\[.*\]|!error|!\w+)",
        "ours",
        "10.3.2.5: the items for which the condition is true stay; a comparison of other kinds is null",
    ),
    (r"\[.*\] \(null\) \| null \| .*", "ours", "table 68: null is not filtered, the result is null"),
    (r"If \(.*\) \| .* \| .*", "ours", "table 49: only true takes the first branch"),
    (r"is\(.*\) \| (true|false) \| .*", "ours", "10.3.2.2: is never results in null"),
    (
        rf"({_RANGE_FUNCTIONS})\(.*\) \| null \| .*",
        "ours",
        "table 78: built on comparisons, which are null for other kinds; other arguments are outside the domain",
    ),
    (
        rf"({_RANGE_FUNCTIONS})\(({_ORDERED}|range), ({_ORDERED}|range)\) \| (true|false) \| .*",
        "ours",
        "table 78: points and ranges of one kind compare; tests/engine/feel/test_ranges.py checks every bound",
    ),
    (
        rf"(min|max)\(({_ORDERED}|list)(, \2)*\) \| .* \| null",
        "ours",
        "table 75: min and max of comparable items, also of strings, dates and durations, one or more",
    ),
    (
        rf"({_RANGE_FUNCTIONS})\(.*\blist\b.*\) \| (true|false) \| null",
        "ours",
        "10.3.2.9.4: a list of one is converted to its item, which is a point or range of table 78",
    ),
    (
        r"years and months duration\(.*\) \| \$-?P\d+[YM].* \| \$-?P.*D",
        "ours",
        "table 72: the result is a years and months duration, which has no days",
    ),
    (
        r"date\(number, number, number\) \| \$-?\d{4}-.* \| \$-?\d{6}-.*",
        "ours",
        "10.3.2.3.4 with XML Schema part 2, 3.2.9: a year has four digits, and more only where it needs them",
    ),
    (r"mode\(.*\) \| \[.*\] \| \[.*\]", "ours", "table 75: several modes are given in ascending order"),
    (
        r"Negation \(.*duration\) \| \$-?P.* \| .*",
        "ours",
        "rule 26 with table 60: a duration is negated as a number is",
    ),
    (
        r"date and time\(date( and time)?\) \| \$.* \| null",
        "ours",
        "10.3.2.9.4: a date is converted to a date and time, that of its midnight in UTC",
    ),
    (
        r"(date|time|date and time)\(.+, .+\) \| null \| .*",
        "ours",
        "table 72: the parts of a date or time are numbers, those of both a date and a time",
    ),
    (r"(concatenate|union)\(.*\bnull\b.*\) \| null \| .*", "ours", "table 75: the domain is lists, null is none"),
    (
        r"(union|concatenate|append|distinct values|index of|list contains|flatten|reverse)\(.*\) \| (?!null).*",
        "ours",
        "table 75 with table 53: values of any kind may be items; a value that is no list is the list of itself",
    ),
    (
        r"(sublist|insert before|remove|list replace)\(.*\) \| null \| .*",
        "ours",
        "table 75, notes 1 and 2: positions are whole numbers within the list, lengths end within it",
    ),
    (
        r"(decimal|floor|ceiling|round \w+( \w+)?)\(number, number\) \| (?!null).* \| .*",
        "ours",
        "table 76: decimals of 34 digits; of a scale with a fraction the kit takes the whole part (1100, case 002)",
    ),
    (r"number\(.*\) \| null \| .*", "ours", "table 72, note 1: the text must be a numeric literal"),
    (r"string\(.*\) \| .* \| .*", "open text", "table 72 leaves open how lists, contexts, ranges and functions look"),
    (r"InstanceOf \(.*\) \| (true|false) \| !error", "ours", "rule 52: types may have parameters"),
    (
        r"[-+*/]\*? \(.*\) \| null \| .*",
        "ours",
        "tables 56 to 60: what is not listed is null, divisions by zero and results without a finite value as well",
    ),
    (
        rf"({_KIND})\(.*\) \| null \| !(error|\w+)",
        "ours",
        "10.3.2.15, error handling: a function of arguments outside its domain is null, not an error",
    ),
]


# --- making expressions


class Maker:
    """Writes small random expressions whose values both sides can tell."""

    def __init__(self, random_: random.Random) -> None:
        self._random = random_

    def expression(self, deep: int) -> str:
        if deep == 0:
            return self._random.choice([self._literal, self._name])()
        return self._random.choice(self._RULES)(self, deep - 1)

    def _one(self, deep: int) -> str:
        text = self.expression(self._random.randint(0, deep))
        return text if re.fullmatch(r'\w+|"[^"]*"|\[[^\[\]]*\]|\d+\.\d+', text) else f"({text})"

    def _literal(self) -> str:
        return self._random.choice(
            [
                *("0", "1", "2", "-1", "0.5", "10", "null", "true", "false", '""', '"a"', '"abc"', '"b"'),
                *(
                    'date("2026-03-02")',
                    'date("2025-12-31")',
                    'time("10:00:00")',
                    'duration("P1D")',
                    'duration("PT12H")',
                ),
                *('duration("P1Y")', 'date and time("2026-03-02T10:00:00")', "[1..5]", "(1..5)", "[]", "[1, 2]"),
            ]
        )

    def _name(self) -> str:
        return self._random.choice(list(VARIABLES))

    def _binary(self, deep: int) -> str:
        symbol = self._random.choice(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or"])
        return f"{self._one(deep)} {symbol} {self._one(deep)}"

    def _between(self, deep: int) -> str:
        return f"{self._one(deep)} between {self._one(deep)} and {self._one(deep)}"

    def _within(self, deep: int) -> str:
        tests = [
            self._random.choice(["", "", "< ", ">= "]) + self._one(deep) for _ in range(self._random.randint(1, 2))
        ]
        return f"{self._one(deep)} in ({', '.join(tests)})"

    def _within_range(self, deep: int) -> str:
        opening, closing = self._random.choice("[("), self._random.choice("])")
        return f"{self._one(deep)} in {opening}{self._one(0)}..{self._one(0)}{closing}"

    def _path(self, deep: int) -> str:
        return f"{self._one(deep)}.{self._random.choice(['a', 'b', 'd', 'e', 'year', 'month', 'days', 'hour'])}"

    def _filter(self, deep: int) -> str:
        condition = self._random.choice(["1", "-1", "5", "item > 1", "a = 1", "true", "false", "null", "b = null"])
        return f"{self._one(deep)}[{condition}]"

    def _condition(self, deep: int) -> str:
        return f"if {self._one(deep)} then {self._one(0)} else {self._one(0)}"

    def _loop(self, deep: int) -> str:
        domain = self._random.choice([self._one(deep), "1..3", "3..1", "list"])
        return self._random.choice(
            [
                f"for i in {domain} return i",
                f"for i in {domain} return i = {self._one(0)}",
                f"some i in {domain} satisfies i {self._random.choice(['>', '='])} {self._one(0)}",
                f"every i in {domain} satisfies i {self._random.choice(['>', '='])} {self._one(0)}",
            ]
        )

    def _collection(self, deep: int) -> str:
        items = ", ".join(self._one(deep) for _ in range(self._random.randint(0, 3)))
        return self._random.choice([f"[{items}]", f"{{x: {self._one(deep)}, y: x}}"])

    def _call(self, deep: int) -> str:
        name, count = self._random.choice(_CALLS)
        return f"{name}({', '.join(self._one(deep) for _ in range(count))})"

    def _named_call(self, deep: int) -> str:
        name, count = self._random.choice(_CALLS)
        fitting = [one.parameters for one in BUILTINS[name].signatures if one.takes(count) and one.most is not None]
        parameters = self._random.choice(fitting)[:count] if fitting else ()
        return f"{name}({', '.join(f'{each.name}: {self._one(deep)}' for each in parameters)})"

    def _negation(self, deep: int) -> str:
        return f"-{self._one(deep)}"

    def _instance_of(self, deep: int) -> str:
        kind = self._random.choice(["number", "string", "boolean", "date", "Any", "list<number>", "context<a: number>"])
        return f"{self._one(deep)} instance of {kind}"

    _RULES = (
        *(_binary, _binary, _binary, _binary, _between, _within, _within_range, _path, _filter, _filter),
        *(
            _condition,
            _loop,
            _loop,
            _collection,
            _call,
            _call,
            _call,
            _call,
            _call,
            _named_call,
            _negation,
            _instance_of,
        ),
    )


_CALLS: Final = [
    *(("not", 1), ("substring", 2), ("substring", 3), ("string length", 1), ("upper case", 1), ("lower case", 1)),
    *(("substring before", 2), ("substring after", 2), ("contains", 2), ("starts with", 2), ("ends with", 2)),
    *(("replace", 3), ("matches", 2), ("split", 2), ("string join", 1), ("string join", 2), ("list contains", 2)),
    *(("count", 1), ("min", 1), ("max", 1), ("sum", 1), ("mean", 1), ("all", 1), ("any", 1), ("sublist", 2)),
    *(("sublist", 3), ("append", 2), ("concatenate", 2), ("insert before", 3), ("remove", 2), ("reverse", 1)),
    *(("index of", 2), ("union", 2), ("distinct values", 1), ("flatten", 1), ("product", 1), ("median", 1)),
    *(("stddev", 1), ("mode", 1), ("decimal", 2), ("floor", 1), ("ceiling", 1), ("abs", 1), ("modulo", 2), ("sqrt", 1)),
    *(("odd", 1), ("even", 1), ("round up", 2), ("round down", 2), ("round half up", 2), ("round half down", 2)),
    *(("string", 1), ("number", 1), ("get value", 2), ("get entries", 1), ("context put", 3), ("context merge", 1)),
    *(("before", 2), ("after", 2), ("meets", 2), ("overlaps", 2), ("includes", 2), ("during", 2), ("starts", 2)),
    *(("finishes", 2), ("coincides", 2), ("day of year", 1), ("day of week", 1), ("week of year", 1), ("is", 2)),
    *(("date", 1), ("duration", 1), ("years and months duration", 2), ("exp", 1), ("log", 1), ("month of year", 1)),
    *(("met by", 2), ("overlaps before", 2), ("overlaps after", 2), ("finished by", 2), ("started by", 2)),
    *(("date", 3), ("time", 1), ("time", 3), ("date and time", 1), ("date and time", 2), ("list replace", 3)),
    *(("context", 1), ("range", 1), ("min", 3), ("max", 3), ("sum", 3), ("floor", 2), ("ceiling", 2), ("number", 3)),
]


# --- evaluating on both sides


def ours(source: str) -> Any:
    """Return our value in a form that can be compared."""
    try:
        return plain(compile_expression(source).evaluate(VARIABLES))
    except FeelSyntaxError:
        return "!syntax"
    except FeelError:
        return "!stopped"


def plain(value: Any) -> Any:
    """Return a value of ours as JSON; what JSON has not is a text that begins with a dollar."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str):
        return f"'{value}"
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Function):
        return "$function"
    if isinstance(value, Range):
        return f"$range {range_text(value)}"
    return f"${value}"


_SCRIPT: Final = r"""
import { evaluate, FeelRange, FeelDate, FeelTime, FeelDateTime, FeelDuration, FeelFunction } from 'feelin';
import { readFileSync } from 'node:fs';
const { sources, variables } = JSON.parse(readFileSync(0, 'utf8'));
const temporal = [FeelDate, FeelTime, FeelDateTime, FeelDuration];
function end(v) {
  if (v === null || v === undefined) return 'null';
  if (typeof v === 'string') return JSON.stringify(v);
  return typeof v === 'object' ? `@"${plain(v).slice(1)}"` : String(v);
}
function range(v) {
  const opening = v['start included'] ? '[' : '(', closing = v['end included'] ? ']' : ')';
  return `$range ${opening}${end(v.start)}..${end(v.end)}${closing}`;
}
function plain(v) {
  if (v === null || v === undefined) return null;
  if (typeof v === 'string') return "'" + v;
  if (typeof v === 'number') return Number.isFinite(v) ? v : '!' + v;
  if (typeof v === 'boolean') return v;
  if (Array.isArray(v)) return v.map(plain);
  if (typeof v === 'function' || v instanceof FeelFunction) return '$function';
  if (v instanceof FeelRange) return range(v);
  if (temporal.some(kind => v instanceof kind)) return '$' + v.toString();
  return Object.fromEntries(Object.entries(v).map(([key, item]) => [key, plain(item)]));
}
function value(source) {
  try { return plain(evaluate(source, variables).value); }
  catch (error) { return error.name === 'SyntaxError' ? '!syntax' : '!error'; }
}
console.log(JSON.stringify(sources.map(value)));
"""


class NotInstalled(Exception):
    """There is no feelin to compare with."""


@dataclass(frozen=True, slots=True)
class Feelin:
    """feelin in a folder of its own."""

    folder: str

    def install(self, version: str) -> None:
        """Install it with npm; raise NotInstalled with the reason where that cannot be done."""
        npm = shutil.which("npm")
        if npm is None:
            raise NotInstalled("npm is not on this machine")
        command = [npm, "install", "--no-audit", "--no-fund", f"feelin@{version}"]
        done = subprocess.run(command, cwd=self.folder, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise NotInstalled(f"{shlex.join(command)} failed: {done.stderr.strip()[:400]}")

    def version(self) -> str:
        """Return which version is installed; raise NotInstalled if there is none, or no Node to run it."""
        manifest = Path(self.folder, "node_modules", "feelin", "package.json")
        if not manifest.is_file():
            raise NotInstalled(f"{manifest} does not exist")
        if shutil.which("node") is None:
            raise NotInstalled("node is not on this machine")
        return str(json.loads(manifest.read_text())["version"])

    def values(self, sources: list[str]) -> list[Any]:
        """Return feelin's values of some sources, in the form of ``plain``."""
        node = shutil.which("node") or "node"
        Path(self.folder, "evaluate.mjs").write_text(_SCRIPT)
        request = json.dumps({"sources": sources, "variables": VARIABLES})
        command = [node, "evaluate.mjs"]
        answer = subprocess.run(command, cwd=self.folder, input=request, capture_output=True, text=True, check=True)
        found: list[Any] = json.loads(answer.stdout)
        return found


# --- comparing


def alike(one: Any, other: Any) -> bool:
    """Tell whether two values are the same but for the digits that binary fractions lose."""
    if isinstance(one, float | int) and isinstance(other, float | int) and not isinstance(one, bool | str):
        return not isinstance(other, bool) and abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


def parts(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Yield the parts of an expression that have a value of their own, the smallest first."""
    inner = bound | {iterator.name for iterator in getattr(node, "iterators", ())}
    if isinstance(node, syntax.Filter):
        yield from parts(node.base, bound)
    elif isinstance(node, syntax.Call):
        for argument in node.arguments:
            yield from parts(argument, bound)
    elif isinstance(node, syntax.ContextDisplay):
        for key, value in node.entries:
            yield from parts(value, inner)
            inner |= {key}
    else:
        for child in syntax.children(node):
            yield from parts(child, inner)
    if not isinstance(node, syntax.UnaryTest | syntax.Iterator) and not _names(node) & bound:
        yield node


def _names(node: Node) -> frozenset[str]:
    own = frozenset({node.name}) if isinstance(node, syntax.Name) else frozenset()
    return own.union(*(_names(child) for child in syntax.children(node)))


def signature(node: Node, mine: Any, theirs: Any) -> str:
    """Return what a differing part is: its kind with the kinds of its parts, our result, theirs."""
    return f"{_shape(node)} | {_result(mine)} | {_result(theirs)}"


def _shape(node: Node) -> str:
    kinds = ", ".join(_kind_of(child) for child in syntax.children(node))
    if isinstance(node, syntax.Call) and isinstance(node.function, syntax.Name):
        return f"{node.function.name}({', '.join(map(_kind_of, node.arguments))})"
    if isinstance(node, syntax.Arithmetic):
        return f"{node.rest[0].symbol} ({kinds})"
    if isinstance(node, syntax.Comparison | syntax.UnaryTest):
        return f"{node.symbol} ({kinds})"
    if isinstance(node, syntax.Path):
        return f".{node.name} ({kinds})"
    if isinstance(node, syntax.Filter):
        return f"[{print_node(node.condition)}] ({_kind_of(node.base)})"
    if isinstance(node, syntax.Quantified):
        return f"{'every' if node.every else 'some'} ({kinds})"
    return f"{type(node).__name__} ({kinds})"


def _kind_of(node: Node) -> str:
    if isinstance(node, syntax.UnaryTest):
        return f"{node.symbol}{_kind_of(node.operand)}"
    if isinstance(node, syntax.Iterator):
        return _kind_of(node.domain)
    if isinstance(node, syntax.Literal) and node.value is None:
        return "null"
    try:
        return kind_name(compile_expression(print_node(node)).evaluate(VARIABLES | {"item": None, "i": 1}))
    except (FeelSyntaxError, FeelError):
        return "?"


def _result(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, list):
        return "[]" if not value else f"[{', '.join(_result(item) for item in value[:4])}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_result(item)}" for key, item in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float | int) else value


@dataclass(frozen=True, slots=True)
class Difference:
    """The smallest part of an expression on which the two sides differ."""

    source: str
    part: str
    signature: str

    def settled(self) -> tuple[str, str, str] | None:
        """Return the row of SETTLED that says who is right."""
        return next((row for row in SETTLED if re.fullmatch(row[0], self.signature)), None)


def differences(sources: list[str], feelin: Feelin) -> list[Difference]:
    """Compare expressions and all their parts; return one difference for each expression that has any."""
    trees = {source: list(parts(compile_expression(source).tree)) for source in sources}
    texts = sorted({print_node(node) for nodes in trees.values() for node in nodes})
    theirs = dict(zip(texts, feelin.values(texts), strict=True))
    found = []
    for source, nodes in trees.items():
        for node in nodes:
            text = print_node(node)
            mine = ours(text)
            if not alike(mine, theirs[text]):
                found.append(Difference(source, text, signature(node, mine, theirs[text])))
                break
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--feelin", default=VERSION, help="the version of npm's feelin")
    parser.add_argument("--json", type=Path, help="write every difference to this file")
    parser.add_argument("--folder", help="where feelin is installed already")
    options = parser.parse_args()
    random_ = random.Random(options.seed)
    maker = Maker(random_)
    sources = list(dict.fromkeys(maker.expression(random_.randint(1, 3)) for _ in range(options.cases)))
    with tempfile.TemporaryDirectory() as folder:
        feelin = Feelin(options.folder or folder)
        try:
            if options.folder is None:
                feelin.install(options.feelin)
            version = feelin.version()
        except NotInstalled as error:
            print(f"feelin is not installed, nothing was compared: {error}", file=sys.stderr)
            return 2
        found = differences(sources, feelin)
    print(f"feelin {version}, seed {options.seed}: {len(sources)} expressions")
    return report(found, options.json)


def report(found: list[Difference], file: Path | None) -> int:
    """Print what differs and who is right; return 1 if anything is not settled."""
    counts = Counter(difference.settled() for difference in found)
    open_ = [difference for difference in found if difference.settled() is None]
    right = Counter(dict.fromkeys(("ours", "feelin", "open text"), 0))
    for row, count in counts.items():
        if row is not None:
            right[row[1]] += count
    print(
        f"{len(found)} differences: {right['ours']} settled for ours, {right['feelin']} for feelin, "
        f"{right['open text']} where the text is open; {len(open_)} not settled"
    )
    for row, count in counts.most_common():
        if row is not None:
            print(f"{count:6}  {row[1]:9} {row[2]}")
    for difference in open_:
        print(f"open    {difference.signature}    in {difference.part}")
    if file is not None:
        rows = [
            {"source": item.source, "part": item.part, "signature": item.signature, "settled": item.settled()}
            for item in found
        ]
        file.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    return 1 if open_ else 0


if __name__ == "__main__":
    sys.exit(main())
