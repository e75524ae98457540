"""Read FEEL (DMN 1.5, 10.3.1.2): precedence climbing over tokens. Names are resolved by scope, longest first."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal, Overflow
from typing import Final, TypeVar

from engine.feel import syntax
from engine.feel.calendar import read_temporal
from engine.feel.cursor import in_name
from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import EXPONENT, SOURCE_CHARS
from engine.feel.names import Names, collapse, scope_of
from engine.feel.syntax import Node
from engine.feel.tokens import KEYWORDS, Kind, Token
from engine.feel.type_parser import NamedTypes, TypeParser
from engine.feel.types import Type
from engine.feel.values import NUMBERS

_T = TypeVar("_T")

# From lowest to highest (the order of rule 2 and rule 4); all binary operators group from the left.
_OR: Final = 1
_AND: Final = 2
_COMPARISON: Final = 3
_SUM: Final = 4
_PRODUCT: Final = 5
_POWER: Final = 6
_NEGATION: Final = 7
_INSTANCE: Final = 8

_COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_BINARY: Final = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(_COMPARISONS, _COMPARISON),
    "between": _COMPARISON,
    "in": _COMPARISON,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "**": _POWER,
    "instance": _INSTANCE,
}
_NO_NAMES: Final = Names()
_PROPERTIES: Final = ("time offset", "start included", "end included")


def parse_expression(
    source: str,
    *,
    names: Collection[str] = (),
    known: Names | None = None,
    types: Mapping[str, Type] | NamedTypes | None = None,
    longest: int = SOURCE_CHARS,
) -> Node:
    """Read one expression. ``known`` are names of several words that are always in scope, ``names`` those of here."""
    return Parser(source, names=names, known=known, types=types, longest=longest).whole_expression()


def parse_unary_tests(
    source: str,
    *,
    names: Collection[str] = (),
    known: Names | None = None,
    types: Mapping[str, Type] | NamedTypes | None = None,
    longest: int = SOURCE_CHARS,
) -> syntax.Tests:
    """Read unary tests (rules 15 to 17): ``-``, ``not(tests)`` or tests joined by commas."""
    return Parser(source, names=names, known=known, types=types, longest=longest).whole_tests()


class Parser(TypeParser):
    """One reading of one source."""

    def __init__(
        self,
        source: str,
        *,
        names: Iterable[str],
        known: Names | None,
        types: Mapping[str, Type] | NamedTypes | None,
        longest: int,
    ) -> None:
        super().__init__(source, types=types, longest=longest)
        self._scope = scope_of(frozenset(names), known or _NO_NAMES)
        # Keys of the contexts seen so far: what a path or a filter may speak of.
        self._members = Names(_PROPERTIES)
        self._open_range = False

    # --- whole sources

    def whole_expression(self) -> Node:
        node = self._expression()
        self._end()
        return node

    def whole_tests(self) -> syntax.Tests:
        at = self.token.start
        if self.at("-") and self.peek().kind is Kind.END:
            return syntax.Tests(at, negated=False, tests=())
        negated = self._negated_tests()
        if negated is not None:
            return negated
        tests = self._tests()
        self._end()
        return syntax.Tests(at, negated=False, tests=tests)

    def _negated_tests(self) -> syntax.Tests | None:
        """Read ``not(tests)``; None if the source only begins like it, as ``not(a) and b`` does."""
        if not (self.at("not") and self.at("(", 1)):
            return None
        start, nodes, scope = self.index, self.nodes, self._scope
        self.index += 2
        try:
            tests = self._tests()
            self.expect(")")
            self._end()
        except FeelSyntaxError:
            self.index, self.nodes, self.depth = start, nodes, 0
            self._scope, self._open_range = scope, False
            return None
        return syntax.Tests(self.tokens[start].start, negated=True, tests=tests)

    def _end(self) -> None:
        if self.token.kind is not Kind.END:
            self.fail("an operator or the end")

    # --- expressions by precedence

    def _expression(self, level: int = 0) -> Node:
        self.deeper()
        left = self._infix(self._prefix(), level)
        self.depth -= 1
        return left

    def _infix(self, left: Node, level: int) -> Node:
        """Go on with the operators after ``left`` that bind tighter than ``level``."""
        steps = 0
        while True:
            token = self.token
            if token.kind not in (Kind.SYMBOL, Kind.WORD):
                break
            own = _BINARY.get(token.text, 0)
            if own <= level:
                break
            steps += 1
            self.allow(steps)  # a chain nests to the left
            left = self._binary(left, token, own)
        return left

    def _binary(self, left: Node, token: Token, level: int) -> Node:
        at = self.count(token.start)
        if level in (_SUM, _PRODUCT, _POWER):
            return self._arithmetic(left, at, level)
        if level in (_OR, _AND):
            return self._logic(left, at, token.text, level)
        self.index += 1
        if level == _INSTANCE:
            self.expect("of")
            return syntax.InstanceOf(at, left, self.type())
        if token.text == "between":
            low = self._expression(_COMPARISON)
            self.expect("and", " of 'between'")
            return syntax.Between(at, left, low, self._expression(_COMPARISON))
        if token.text == "in":
            return syntax.In(at, left, self._in_tests())
        return syntax.Comparison(at, token.text, left, self._expression(level))

    def _arithmetic(self, left: Node, at: int, level: int) -> Node:
        rest = []
        while self.token.kind is Kind.SYMBOL and _BINARY.get(self.token.text, 0) == level:
            where, symbol = self.count(self.token.start), self.token.text
            self.index += 1
            rest.append(syntax.Operation(where, symbol, self._expression(level)))
        return syntax.Arithmetic(at, left, tuple(rest))

    def _logic(self, left: Node, at: int, word: str, level: int) -> Node:
        operands = [left]
        while self.take(word):
            operands.append(self._expression(level))
        return (syntax.Conjunction if word == "and" else syntax.Disjunction)(at, tuple(operands))

    # --- tests

    def _in_tests(self) -> tuple[Node, ...]:
        """Read what follows ``in``: one test, or tests in parentheses, or an expression that begins with one."""
        start = self.token.start
        if not self.take("("):
            return (self._test(_COMPARISON),)
        tests = self._enclosed(self._tests)
        if len(tests) == 1 and self.at(".."):
            tests = (self._range(start, tests[0], low_closed=False),)
        else:
            self.expect(")")
        if len(tests) == 1 and not isinstance(tests[0], syntax.UnaryTest):
            return (self._infix(self._postfix(tests[0]), _COMPARISON),)
        return tests

    def _tests(self) -> tuple[Node, ...]:
        tests = [self._test()]
        while self.take(","):
            tests.append(self._test())
        return tuple(tests)

    def _test(self, level: int = 0) -> Node:
        if self.token.kind is Kind.SYMBOL and self.token.text in _COMPARISONS:
            return self._unary_test()
        return self._expression(level)

    def _unary_test(self) -> Node:
        at, symbol = self.count(self.token.start), self.token.text
        self.index += 1
        return syntax.UnaryTest(at, symbol, self._expression(_COMPARISON))

    # --- operands

    def _prefix(self) -> Node:
        token = self.token
        if token.kind is Kind.SYMBOL:
            return self._symbol(token)
        if token.kind is Kind.NUMBER:
            self.index += 1
            return self._postfix(self._number(token, token.text))
        if token.kind is Kind.STRING:
            self.index += 1
            return self._postfix(syntax.Literal(self.count(token.start), token.text))
        if token.kind is Kind.WORD:
            return self._word(token)
        return self.fail("an expression")

    def _symbol(self, token: Token) -> Node:
        if token.text == "-":
            return self._negation(token)
        if token.text in _COMPARISONS:
            return self._unary_test()
        rule = {"(": self._parenthesis, "[": self._bracket, "]": self._open_bracket, "{": self._context}.get(token.text)
        if rule is not None:
            return self._postfix(self._enclosed(rule))
        if token.text == "@":
            return self._postfix(self._at_literal())
        return self.fail("an expression")

    def _enclosed(self, rule: Callable[[], _T]) -> _T:
        """Read something in brackets of its own, where ``[`` closes no range around it."""
        before, self._open_range = self._open_range, False
        found = rule()
        self._open_range = before
        return found

    def _number(self, token: Token, text: str) -> Node:
        try:
            value: Decimal = NUMBERS.create_decimal(text)
        except Overflow:
            self.fail(f"a number below 10**{EXPONENT + 1}", token)
        return syntax.Literal(self.count(token.start), value)

    def _negation(self, token: Token) -> Node:
        self.index += 1
        number = self.token
        if number.kind is Kind.NUMBER and number.start == token.end:  # the sign belongs to the literal (rule 35)
            self.index += 1
            return self._postfix(self._number(token, f"-{number.text}"))
        return syntax.Negation(self.count(token.start), self._expression(_NEGATION))

    def _at_literal(self) -> Node:
        at = self.expect("@")
        token = self.token
        if token.kind is not Kind.STRING:
            self.fail("a string after '@'")
        self.index += 1
        value = read_temporal(token.text)
        return syntax.Unreadable(self.count(at), token.text) if value is None else syntax.Literal(self.count(at), value)

    def _parenthesis(self) -> Node:
        at = self.expect("(")
        inner = self._expression()
        if self.at(".."):
            return self._range(at, inner, low_closed=False)
        self.expect(")")
        return inner

    def _bracket(self) -> Node:
        at = self.expect("[")
        if self.at("]") and not self._opens_range():
            self.index += 1
            return syntax.ListDisplay(self.count(at), ())
        items = [self._expression()]
        if self.at(".."):
            return self._range(at, items[0], low_closed=True)
        while self.take(","):
            items.append(self._expression())
        self.expect("]", " or ','")
        return syntax.ListDisplay(self.count(at), tuple(items))

    def _open_bracket(self) -> Node:
        at = self.expect("]")
        return self._range(at, self._expression(), low_closed=False)

    def _opens_range(self) -> bool:
        """Tell whether the ``]`` after a ``[`` begins a range as first item: an operand follows, as in ``[]1..5[]``."""
        following = self.peek()
        if following.kind is Kind.SYMBOL:
            return following.text in ("@", "{")
        return following.kind in (Kind.NUMBER, Kind.STRING) or (
            following.kind is Kind.WORD and (following.text not in KEYWORDS or following.text in _KEYWORD_RULES)
        )

    def _range(self, at: int, low: Node, *, low_closed: bool) -> Node:
        """Go on after the start of a range, at its dots. ``[`` may close it, and is then no filter."""
        self.expect("..")
        before, self._open_range = self._open_range, True
        high = self._expression()
        self._open_range = before
        closing = self.token
        if not (self.take("]") or self.take(")") or self.take("[")):
            self.fail("']', ')' or '[' at the end of the range")
        return syntax.RangeDisplay(self.count(at), low_closed, low, high, closing.text == "]")

    def _context(self) -> Node:
        at = self.expect("{")
        entries: list[tuple[str, Node]] = []
        outer, self._scope = self._scope, Names((), self._scope)

        def entry() -> None:
            key = self._key()
            self.expect(":", " after the key")
            entries.append((key, self._expression()))
            self._scope.add(key)
            self._members.add(key)

        self.row("}", entry)
        self._scope = outer
        return syntax.ContextDisplay(self.count(at), tuple(entries))

    def _key(self) -> str:
        if self.token.kind is Kind.STRING:
            text = self.token.text
            self.index += 1
            return text
        return self.new_name(":")

    # --- names

    def _word(self, token: Token) -> Node:
        known = self._scope.longest(self.tokens, self.index)
        if known is not None:
            self.index += known[1]
            return self._postfix(syntax.Name(self.count(token.start), known[0]))
        if token.text not in KEYWORDS:
            self.index += 1
            return self._postfix(syntax.Name(self.count(token.start), token.text))
        rule = _KEYWORD_RULES.get(token.text)
        if rule is None:
            self.fail("an expression")
        self.index += 1
        return rule(self, self.count(token.start))

    def _constant(self, at: int) -> Node:
        value = {"true": True, "false": False, "null": None}[self.tokens[self.index - 1].text]
        return self._postfix(syntax.Literal(at, value))

    def _member(self) -> str:
        """Read the name after a dot: one in scope, a property, a key seen, or words up to the next operator."""
        for scope in (self._members, self._scope):
            known = scope.longest(self.tokens, self.index)
            if known is not None:
                self.index += known[1]
                return known[0]
        first = last = self.token
        if first.kind is not Kind.WORD:
            self.fail("a name after '.'")
        self.index += 1
        while self.token.kind is Kind.WORD and self.token.text not in KEYWORDS:
            last = self.token
            self.index += 1
        return collapse(self.source[first.start : last.end])

    # --- what may follow an operand

    def _postfix(self, base: Node) -> Node:
        steps = 0
        while self.token.kind is Kind.SYMBOL and self.token.text in (".", "[", "("):
            if self.token.text == "[" and self._open_range and self._closes_range():
                break
            steps += 1
            self.allow(steps)
            at = self.count(self.token.start)
            self.index += 1
            base = self._step(base, at, self.tokens[self.index - 1].text)
        return base

    def _step(self, base: Node, at: int, symbol: str) -> Node:
        if symbol == ".":
            return syntax.Path(at, base, self._member())
        if symbol == "[":
            return self._enclosed(lambda: self._filter(base, at))
        return self._enclosed(lambda: self._call(base, at))

    def _closes_range(self) -> bool:
        """Tell whether the ``[`` here ends a range: nothing follows that could begin a filter's condition."""
        following = self.peek()
        if following.kind is Kind.WORD:
            return following.text in KEYWORDS and following.text not in _KEYWORD_RULES
        return following.kind is Kind.END or (
            following.kind is Kind.SYMBOL and following.text not in ("(", "[", "{", "@", "-")
        )

    def _filter(self, base: Node, at: int) -> Node:
        outer, self._scope = self._scope, self._members.before(self._scope)
        condition = self._expression()
        self._scope = outer
        self.expect("]", " after the condition")
        return syntax.Filter(at, base, condition)

    def _call(self, function: Node, at: int) -> Node:
        arguments: list[Node] = []
        names: list[str] = []

        def argument() -> None:
            where = self.token
            name = self._argument_name()
            if arguments and (name is None) != (not names):
                self.fail("all arguments with names or none", where)
            if name is not None:
                if name in names:
                    self.fail("every parameter once", where)
                names.append(name)
            arguments.append(self._expression())

        self.row(")", argument)
        return syntax.Call(at, function, tuple(arguments), tuple(names) if names else None)

    def _argument_name(self) -> str | None:
        """Read ``name:`` if that is what stands here."""
        first, ahead = self.token, 0
        if first.kind is not Kind.WORD:
            return None
        while in_name(self.peek(ahead)):
            ahead += 1
        if not self.at(":", ahead):
            return None
        last = self.peek(ahead - 1)
        self.index += ahead + 1
        return collapse(self.source[first.start : last.end])

    # --- keywords

    def _if(self, at: int) -> Node:
        branches = []
        while True:
            condition = self._expression()
            self.expect("then")
            branches.append((condition, self._expression()))
            self.expect("else")
            if not self.take("if"):
                return syntax.If(at, tuple(branches), self._expression())
            self.count(self.token.start)

    def _for(self, at: int) -> Node:
        outer = self._scope
        iterators = self._iterators("return")
        result = self._expression()
        self._scope = outer
        return syntax.For(at, iterators, result)

    def _quantified(self, at: int) -> Node:
        every = self.tokens[self.index - 1].text == "every"
        outer = self._scope
        iterators = self._iterators("satisfies")
        condition = self._expression()
        self._scope = outer
        return syntax.Quantified(at, every, iterators, condition)

    def _iterators(self, end: str) -> tuple[syntax.Iterator, ...]:
        """Read ``name in domain, …`` up to ``end``; every name is in scope after its domain."""
        self._scope = Names((), self._scope)
        iterators = []
        while True:
            at = self.count(self.token.start)
            name = self.new_name("in")
            self.expect("in")
            domain = self._expression()
            last = self._expression() if self.take("..") else None
            iterators.append(syntax.Iterator(at, name, domain, last))
            self._scope.add(name)
            if not self.take(","):
                break
        self.expect(end, " or ','")
        return tuple(iterators)

    def _function(self, at: int) -> Node:
        self.expect("(", " after 'function'")
        parameters: list[syntax.Parameter] = []

        def parameter() -> None:
            where = self.token
            name = self.new_name(":", ",", ")")
            if any(name == other.name for other in parameters):
                self.fail("every parameter once", where)
            kind = self.type() if self.take(":") else None
            parameters.append(syntax.Parameter(self.count(where.start), name, kind))

        self.row(")", parameter)
        if self.at("external"):
            self.fail("a body in FEEL (functions outside are not called)")
        outer, self._scope = self._scope, Names((item.name for item in parameters), self._scope)
        body = self._expression()
        self._scope = outer
        return syntax.FunctionDefinition(at, tuple(parameters), body)


_KEYWORD_RULES: Final[dict[str, Callable[[Parser, int], Node]]] = {
    "true": Parser._constant,
    "false": Parser._constant,
    "null": Parser._constant,
    "if": Parser._if,
    "for": Parser._for,
    "some": Parser._quantified,
    "every": Parser._quantified,
    "function": Parser._function,
}
