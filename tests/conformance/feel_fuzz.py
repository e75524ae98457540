"""Throw generated and mutated expressions at the three languages and watch for anything but an answer or a clean error.

    ./run fuzz feel [--seconds N | --cases N] [--seed N]

Every case is compiled and evaluated. It fails if it raises anything but the package's two errors, gives a value that
is not FEEL's, takes more than half a second of processor time, gives something else the second time, changes its
input, or, printed and read again, is another expression. The first failure is printed so that it can be run again;
the exit status is then 1.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from campaign import Case, Failure, run_from_shell

from engine.feel import FeelError, FeelSyntaxError, compile_expression, compile_unary_tests, syntax
from engine.feel.analysis import check
from engine.feel.calendar import Date, DateTime, Days, Months, Time
from engine.feel.functions import BUILTINS
from engine.feel.names import SIGNS
from engine.feel.printer import print_node
from engine.feel.python import FUNCTIONS
from engine.feel.values import Function, Range

FUEL = 20_000
SLOW_SECONDS = 0.5
VALUES = (type(None), bool, Decimal, str, list, dict, Date, Time, DateTime, Days, Months, Range, Function)
PLAIN_NAMES = ["a", "b", "n", "text", "list", "rows", "order", "first name"]
NAMES = [*PLAIN_NAMES, "a-b"]

STRINGS = [
    "",
    "a",
    "x y",
    "é🐎",
    "\\n",
    "\\u0041",
    "(a+)+",
    r"(.)\\1",
    "[a-z]*",
    "2026-03-02",
    "P1D",
    "[1..3]",
    "1,000.5",
]
KINDS = [
    "number",
    "string",
    "list<number>",
    "context<a: number>",
    "function<Any> -> Any",
    "range<date>",
    "Nope",
    "list",
]


def data() -> dict[str, Any]:
    """Return the variables of a case, made anew."""
    return {
        "a": 5,
        "b": -2.5,
        "n": None,
        "text": "Permohonan \U0001f40e",
        "list": [1, 2, 3, None, "x"],
        "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": None}, {"c": [1, {"d": 2}]}],
        "order": {"id": "A1", "lines": [{"price": 9.95, "count": 2}], "paid": True},
        "first name": "Siti",
        "a-b": 7,
    }


# --- making expressions from the grammar


class Maker:
    """Writes random FEEL, mostly well formed. ``deep`` is how much deeper it may go."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        self._names = list(NAMES)

    def expression(self, deep: int = 5) -> str:
        if deep <= 0 or self.random.random() < 0.1:
            return self.random.choice([self.literal, self.name])()
        return self.random.choice(self._RULES)(self, deep - 1)

    def operand(self, deep: int) -> str:
        """Return an expression that mostly stands in parentheses, so that it may stand beside any operator."""
        text = self.expression(deep)
        return f"({text})" if " " in text and self.random.random() < 0.9 else text

    def literal(self) -> str:
        return self.random.choice(
            [
                "null",
                "true",
                "false",
                str(self.random.randint(-5, 20)),
                f"{self.random.uniform(-100, 100):.3f}",
                "1e" + str(self.random.choice([3, -3, 30, 6000, -6000])),
                f'"{self.random.choice(STRINGS)}"',
                '@"' + self.random.choice(["2026-03-02", "10:00:00", "10:00:00@Asia/Jakarta", "P1D", "P1Y", "x"]) + '"',
                '@"2026-0' + str(self.random.randint(1, 9)) + '-15T10:00:00Z"',
            ]
        )

    def name(self) -> str:
        return self.random.choice([*self._names, "missing", "item", "partial", "?"])

    def binary(self, deep: int) -> str:
        symbol = self.random.choice(
            ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "and", "or"]
        )
        return f"{self.expression(deep)} {symbol} {self.expression(deep)}"

    def grouped(self, deep: int) -> str:
        return f"({self.expression(deep)})"

    def negated(self, deep: int) -> str:
        return f"-{self.expression(deep)}"

    def between(self, deep: int) -> str:
        return f"{self.operand(deep)} between {self.operand(deep)} and {self.operand(deep)}"

    def within(self, deep: int) -> str:
        tests = ", ".join(self.test(deep) for _ in range(self.random.randint(1, 3)))
        return f"{self.operand(deep)} in ({tests})"

    def test(self, deep: int) -> str:
        symbol = self.random.choice(["", "", "< ", "<= ", "> ", ">= ", "= ", "!= "])
        return symbol + self.operand(deep)

    def path(self, deep: int) -> str:
        member = self.random.choice(["a", "b", "id", "lines", "price", "year", "start", "days", "first name", "length"])
        return f"{self.operand(deep)}.{member}"

    def filter(self, deep: int) -> str:
        return f"{self.operand(deep)}[{self.operand(deep)}]"

    def call(self, deep: int) -> str:
        function = self.random.choice([*BUILTINS, "missing", "(function(x) x)", "n"])
        return f"{function}({self.arguments(deep)})"

    def arguments(self, deep: int) -> str:
        return ", ".join(self.expression(deep) for _ in range(self.random.randint(0, 3)))

    def named_call(self, deep: int) -> str:
        function = self.random.choice(list(BUILTINS.values()))
        parameters = self.random.choice(function.signatures).parameters
        return f"{function.name}({', '.join(f'{item.name}: {self.expression(deep)}' for item in parameters)})"

    def condition(self, deep: int) -> str:
        return f"if {self.expression(deep)} then {self.expression(deep)} else {self.expression(deep)}"

    def loop(self, deep: int) -> str:
        start, joint = self.random.choice([("for", "return"), ("some", "satisfies"), ("every", "satisfies")])
        name = self.random.choice(["i", "j", "line item"])
        domain = self.expression(deep)
        if self.random.random() < 0.4:
            domain = f"{self.random.randint(-3, 3)}..{self.random.choice([3, 30, 100_000, 'a'])}"
        self._names.append(name)
        body = self.expression(deep)
        self._names.pop()
        return f"{start} {name} in {domain} {joint} {body}"

    def function(self, deep: int) -> str:
        kind = self.random.choice(["", ": number", ": list<string>", ": context<a: number>"])
        self._names.append("x")
        body = self.expression(deep)
        self._names.pop()
        return f"(function(x{kind}) {body})({self.expression(deep)})"

    def list(self, deep: int) -> str:
        return f"[{self.arguments(deep)}]"

    def context(self, deep: int) -> str:
        keys = self.random.sample(["a", "b", "f", "first name", '"x-y"'], self.random.randint(0, 3))
        entries = []
        for key in keys:
            value = self.expression(deep)
            entries.append(f"{key}: function(x) {value}" if key == "f" else f"{key}: {value}")
        return "{" + ", ".join(entries) + "}"

    def range(self, deep: int) -> str:
        opening, closing = self.random.choice("[(]"), self.random.choice("])[")
        return f"{opening}{self.expression(deep - 2)}..{self.expression(deep - 2)}{closing}"

    def instance_of(self, deep: int) -> str:
        kind = self.random.choice(KINDS)
        return f"{self.operand(deep)} instance of {kind}"

    _RULES: tuple[Callable[["Maker", int], str], ...] = (
        binary,
        binary,
        binary,
        grouped,
        negated,
        between,
        within,
        path,
        filter,
        call,
        call,
        call,
        named_call,
        condition,
        loop,
        function,
        list,
        context,
        range,
        instance_of,
    )


class JuelMaker:
    """Writes random JUEL."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_

    def source(self) -> str:
        frame = self.random.choice(["${%s}", "${%s}", "#{%s}", "x ${%s} y", "${%s}${a}"])
        return frame % self.expression(4)

    def expression(self, deep: int) -> str:
        if deep <= 0 or self.random.random() < 0.15:
            return self.random.choice([*_WORDS, "'x'", '"2026-03-02"', "-3", "2.50", "1e30", "null", "true", "false"])
        first, second, third = (self.expression(deep - 1) for _ in range(3))
        return self.random.choice(
            [
                *(f"{first} {self.random.choice(_JUEL_SYMBOLS)} {second}",) * 4,
                *(f"({first})", f"-({first})", f"!({first})", f"empty ({first})", f"({first})[{second}]"),
                *(f"({first}) ? {second} : {third}", f"({first}).{self.random.choice(['id', 'lines', 'a'])}"),
            ]
        )


class PythonMaker:
    """Writes random Python of the subset."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_

    def expression(self, deep: int = 4) -> str:
        if deep <= 0 or self.random.random() < 0.15:
            return self.random.choice([*_WORDS, "'x'", '"2026-03-02"', "-3", "2.50", "1e30", "None", "True", "False"])
        first, second, third = (self.expression(deep - 1) for _ in range(3))
        function = self.random.choice(list(FUNCTIONS))
        arguments = ", ".join([first, second, third][: self.random.choice([0, 1, 1, 1, 2, 3])])
        return self.random.choice(
            [
                *(f"({first}) {self.random.choice(_PYTHON_SYMBOLS)} ({second})",) * 4,
                *(f"{function}({arguments})",) * 3,
                *(f"not ({first})", f"-({first})", f"({first})[{second}]", f"({first}).a", f"({first}).get('a')"),
                *(
                    f"({first}) if ({second}) else ({third})",
                    f"[{first}, {second}]",
                    f"{{'a': {first}, 'b': {second}}}",
                ),
                *(f"[{first} for i in {second} if {third}]", f"sum({first} for i in range({second}))"),
                f"({first}) < ({second}) <= ({third})",
            ]
        )


_WORDS = ["a", "b", "n", "text", "list", "rows", "order", "order.lines", "order['id']", "rows[0]", "i", "missing"]
_BOTH = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or"]
_JUEL_SYMBOLS = [*_BOTH, "div", "mod", "eq", "ne", "lt", "ge", "&&", "||"]
_PYTHON_SYMBOLS = [*_BOTH, "//", "in", "not in", "is"]


# --- mutating what was made

PIECES = [
    *("(", ")", "[", "]", "{", "}", "..", ".", ",", ":", '"', "'", "\\", "@", "-", "+", "*", "/", "=", "<", ">", "?"),
    *(" and ", " or ", " in ", " if ", " then ", " else ", " for ", " return ", " instance of ", " between ", "not("),
    *("null", "0", "9" * 40, "1e6144", "\n", "\t", "//", "/*", "*/", "\x00", "é", "🐎", "\ud800", "\u202e", "${", "}"),
    *("__class__", "lambda", "**", "(" * 70, "[" * 70, "-" * 70, "a " * 70),
]


def mutate(random_: random.Random, text: str, pieces: Sequence[str]) -> str:
    """Return a text with a few pieces cut, doubled, moved, or put in."""
    for _ in range(random_.randint(1, 4)):
        start = random_.randint(0, len(text))
        end = min(len(text), start + random_.randint(0, 12))
        piece = random_.choice(["", text[start:end] * 2, random_.choice(pieces), text[start:end][::-1]])
        text = text[:start] + piece + text[end:]
    return text


# --- running


def run_case(language: str, source: str, tests: bool) -> str:
    """Run one case and return how it ended; raise Failure if that must not be."""
    variables = data()
    start = time.thread_time()
    first = _outcome(language, source, tests, variables)
    seconds = time.thread_time() - start
    if seconds > SLOW_SECONDS:
        raise Failure(f"took {seconds:.1f} s of processor time")
    if variables != data():
        raise Failure("changed its input")
    if _outcome(language, source, tests, data()) != first:
        raise Failure("gave something else the second time")
    return first[0]


def _outcome(language: str, source: str, tests: bool, variables: dict[str, Any]) -> tuple[str, str]:
    try:
        if tests:
            compiled_tests = compile_unary_tests(source, names=NAMES)
            check(compiled_tests)
            return "value", repr(compiled_tests.matches(5, variables, fuel=FUEL))
        expression = compile_expression(source, language=language, names=NAMES)
        check(expression)
        if language == "feel":
            _print_and_read(source)
        value = expression.evaluate(variables, fuel=FUEL)
    except FeelSyntaxError as error:
        return "syntax error", error.message
    except FeelError as error:
        return "stopped", error.message
    if not isinstance(value, VALUES):
        raise Failure(f"gave a {type(value).__name__}")
    return ("null" if value is None else "value"), text_of(value)


def _print_and_read(source: str) -> None:
    """Print a source that compiles, and read it again: it must be the same expression."""
    try:
        tree = compile_expression(source, names=PLAIN_NAMES).tree
    except FeelSyntaxError:
        return  # without the name a-b in scope it is no expression
    if any(SIGNS & set(name) for name in _introduced(tree)):
        return  # beside a name a-b, a - b is that name
    printed = print_node(tree)
    try:
        again = print_node(compile_expression(printed, names=PLAIN_NAMES, longest=100_000).tree)
    except FeelSyntaxError as error:
        if "at most" in error.expected:
            return  # parentheses that printing adds count as levels
        raise Failure(f"is printed as {printed!r}: {error.message}") from error
    if printed != again:
        raise Failure(f"is printed as {printed!r}, and that as {again!r}")


def _introduced(node: syntax.Node) -> set[str]:
    """Return the names that an expression introduces itself."""
    own = {node.name} if isinstance(node, syntax.Iterator) else set()
    if isinstance(node, syntax.FunctionDefinition):
        own |= {parameter.name for parameter in node.parameters}
    if isinstance(node, syntax.ContextDisplay):
        own |= {key for key, _ in node.entries}
    return own.union(*(_introduced(child) for child in syntax.children(node)))


def text_of(value: Any) -> str:
    """Return a value as a text by which two results are compared. Half a character, which UTF-8 lacks, is an error."""
    if isinstance(value, str):
        return repr(value.encode())
    if isinstance(value, Function):
        return "function"
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{text_of(key)}: {text_of(item)}' for key, item in value.items())}}}"
    return repr(value)


def make_case(random_: random.Random) -> Case:
    """Return an expression of one of the three languages, or unary tests; some are mutated."""
    maker = Maker(random_)
    language = random_.choices(["feel", "juel", "python"], [6, 2, 2])[0]
    tests = language == "feel" and random_.random() < 0.15
    if tests:
        source = ", ".join(maker.test(3) for _ in range(random_.randint(1, 3)))
    elif language == "feel":
        source = maker.expression(6)
    else:
        source = JuelMaker(random_).source() if language == "juel" else PythonMaker(random_).expression()
    if random_.random() < 0.4:
        source = mutate(random_, source, PIECES)
    source = source[:8_000]
    kind = "unary tests" if tests else language
    return Case(f"{kind} {source!r}", lambda: f"{language}: {run_case(language, source, tests)}")


if __name__ == "__main__":
    sys.exit(run_from_shell(make_case, __doc__ or ""))
