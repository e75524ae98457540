"""Read FEEL (DMN 1.5, 10.3.1.2): precedence climbing over tokens. Names are resolved by scope, longest first."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal, Overflow
from typing import Final, NoReturn, TypeVar

from engine.feel import syntax
from engine.feel.calendar import read_temporal
from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import DEPTH, EXPONENT, NODES, SOURCE_CHARS
from engine.feel.names import LONGEST, SIGNS, Names, collapse
from engine.feel.syntax import Node
from engine.feel.tokens import KEYWORDS, Kind, Token, tokenize
from engine.feel.types import (
    CONTEXT,
    FUNCTION,
    LIST,
    NAMED,
    RANGE,
    ContextType,
    FunctionType,
    ListType,
    RangeType,
    Type,
    UnknownType,
)
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
_PROPERTIES: Final = ("time offset", "start included", "end included")
_MULTIWORD_TYPES: Final = Names(name for name in NAMED if " " in name)


def parse_expression(
    source: str,
    *,
    names: Collection[str] = (),
    known: Names | None = None,
    types: Mapping[str, Type] | None = None,
    longest: int = SOURCE_CHARS,
) -> Node:
    """Read one expression. ``known`` are names of several words that are always in scope, ``names`` those of here."""
    return Parser(source, names=names, known=known, types=types, longest=longest).whole_expression()


def parse_unary_tests(
    source: str,
    *,
    names: Collection[str] = (),
    known: Names | None = None,
    types: Mapping[str, Type] | None = None,
    longest: int = SOURCE_CHARS,
) -> syntax.Tests:
    """Read unary tests (rules 15 to 17): ``-``, ``not(tests)`` or tests joined by commas."""
    return Parser(source, names=names, known=known, types=types, longest=longest).whole_tests()


class Parser:
    """One reading of one source."""

    def __init__(
        self,
        source: str,
        *,
        names: Iterable[str],
        known: Names | None,
        types: Mapping[str, Type] | None,
        longest: int,
    ) -> None:
        if len(source) > longest:
            raise FeelSyntaxError(
                source, longest, expected=f"an expression of at most {longest} characters", found=str(len(source))
            )
        self._source = source
        self._tokens = tokenize(source)
        self._at = 0
        self._depth = 0
        self._nodes = 0
        self._most_nodes = max(NODES, NODES * longest // SOURCE_CHARS)
        self._scope = Names(names, known)
        # Keys of the contexts seen so far: what a path or a filter may speak of.
        self._members = Names(_PROPERTIES)
        self._types = types or {}
        self._type_names = Names(self._types, _MULTIWORD_TYPES)
        self._open_range = False

    # --- tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _peek(self, ahead: int = 1) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _is(self, text: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token.text == text and token.kind in (Kind.SYMBOL, Kind.WORD)

    def _take(self, text: str) -> bool:
        if self._is(text):
            self._at += 1
            return True
        return False

    def _expect(self, text: str, why: str = "") -> int:
        """Go past a symbol or keyword and return where it stood."""
        start = self._token.start
        if not self._take(text):
            self._fail(f"'{text}'{why}")
        return start

    def _fail(self, expected: str, token: Token | None = None) -> NoReturn:
        token = token or self._token
        raise FeelSyntaxError(self._source, token.start, expected=expected, found=str(token))

    def _count(self, at: int) -> int:
        self._nodes += 1
        if self._nodes > self._most_nodes:
            raise FeelSyntaxError(
                self._source, at, expected=f"an expression of at most {self._most_nodes} parts", found="more"
            )
        return at

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            self._fail(f"expressions nested at most {DEPTH} deep")

    # --- whole sources

    def whole_expression(self) -> Node:
        node = self._expression()
        self._end()
        return node

    def whole_tests(self) -> syntax.Tests:
        at = self._token.start
        if self._is("-") and self._peek().kind is Kind.END:
            return syntax.Tests(at, negated=False, tests=())
        negated = self._negated_tests()
        if negated is not None:
            return negated
        tests = self._tests()
        self._end()
        return syntax.Tests(at, negated=False, tests=tests)

    def _negated_tests(self) -> syntax.Tests | None:
        """Read ``not(tests)``; None if the source only begins like it, as ``not(a) and b`` does."""
        if not (self._is("not") and self._is("(", 1)):
            return None
        start, nodes = self._at, self._nodes
        self._at += 2
        try:
            tests = self._tests()
            self._expect(")")
            self._end()
        except FeelSyntaxError:
            self._at, self._nodes, self._depth = start, nodes, 0
            return None
        return syntax.Tests(self._tokens[start].start, negated=True, tests=tests)

    def _end(self) -> None:
        if self._token.kind is not Kind.END:
            self._fail("an operator or the end")

    # --- expressions by precedence

    def _expression(self, level: int = 0) -> Node:
        self._deeper()
        left = self._infix(self._prefix(), level)
        self._depth -= 1
        return left

    def _infix(self, left: Node, level: int) -> Node:
        """Go on with the operators after ``left`` that bind tighter than ``level``."""
        steps = 0
        while True:
            token = self._token
            if token.kind not in (Kind.SYMBOL, Kind.WORD):
                break
            own = _BINARY.get(token.text, 0)
            if own <= level:
                break
            steps += 1
            self._deeper()  # a chain nests to the left
            left = self._binary(left, token, own)
        self._depth -= steps
        return left

    def _binary(self, left: Node, token: Token, level: int) -> Node:
        at = self._count(token.start)
        if level in (_SUM, _PRODUCT, _POWER):
            return self._arithmetic(left, at, level)
        if level in (_OR, _AND):
            return self._logic(left, at, token.text, level)
        self._at += 1
        if level == _INSTANCE:
            self._expect("of")
            return syntax.InstanceOf(at, left, self.type())
        if token.text == "between":
            low = self._expression(_COMPARISON)
            self._expect("and", " of 'between'")
            return syntax.Between(at, left, low, self._expression(_COMPARISON))
        if token.text == "in":
            return syntax.In(at, left, self._in_tests())
        return syntax.Comparison(at, token.text, left, self._expression(level))

    def _arithmetic(self, left: Node, at: int, level: int) -> Node:
        rest = []
        while self._token.kind is Kind.SYMBOL and _BINARY.get(self._token.text, 0) == level:
            where, symbol = self._count(self._token.start), self._token.text
            self._at += 1
            rest.append(syntax.Operation(where, symbol, self._expression(level)))
        return syntax.Arithmetic(at, left, tuple(rest))

    def _logic(self, left: Node, at: int, word: str, level: int) -> Node:
        operands = [left]
        while self._take(word):
            operands.append(self._expression(level))
        return (syntax.Conjunction if word == "and" else syntax.Disjunction)(at, tuple(operands))

    # --- tests

    def _in_tests(self) -> tuple[Node, ...]:
        """Read what follows ``in``: one test, or tests in parentheses, or an expression that begins with one."""
        start = self._token.start
        if not self._take("("):
            return (self._test(_COMPARISON),)
        tests = self._enclosed(self._tests)
        if len(tests) == 1 and self._is(".."):
            tests = (self._range(start, tests[0], low_closed=False),)
        else:
            self._expect(")")
        if len(tests) == 1 and not isinstance(tests[0], syntax.UnaryTest):
            return (self._infix(self._postfix(tests[0]), _COMPARISON),)
        return tests

    def _tests(self) -> tuple[Node, ...]:
        tests = [self._test()]
        while self._take(","):
            tests.append(self._test())
        return tuple(tests)

    def _test(self, level: int = 0) -> Node:
        if self._token.kind is Kind.SYMBOL and self._token.text in _COMPARISONS:
            return self._unary_test()
        return self._expression(level)

    def _unary_test(self) -> Node:
        at, symbol = self._count(self._token.start), self._token.text
        self._at += 1
        return syntax.UnaryTest(at, symbol, self._expression(_COMPARISON))

    # --- operands

    def _prefix(self) -> Node:
        token = self._token
        if token.kind is Kind.SYMBOL:
            return self._symbol(token)
        if token.kind is Kind.NUMBER:
            self._at += 1
            return self._postfix(self._number(token, token.text))
        if token.kind is Kind.STRING:
            self._at += 1
            return self._postfix(syntax.Literal(self._count(token.start), token.text))
        if token.kind is Kind.WORD:
            return self._word(token)
        return self._fail("an expression")

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
        return self._fail("an expression")

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
            self._fail(f"a number below 10**{EXPONENT + 1}", token)
        return syntax.Literal(self._count(token.start), value)

    def _negation(self, token: Token) -> Node:
        self._at += 1
        number = self._token
        if number.kind is Kind.NUMBER and number.start == token.end:  # the sign belongs to the literal (rule 35)
            self._at += 1
            return self._postfix(self._number(token, f"-{number.text}"))
        return syntax.Negation(self._count(token.start), self._expression(_NEGATION))

    def _at_literal(self) -> Node:
        at = self._expect("@")
        token = self._token
        if token.kind is not Kind.STRING:
            self._fail("a string after '@'")
        self._at += 1
        return syntax.Literal(self._count(at), read_temporal(token.text))

    def _parenthesis(self) -> Node:
        at = self._expect("(")
        inner = self._expression()
        if self._is(".."):
            return self._range(at, inner, low_closed=False)
        self._expect(")")
        return inner

    def _bracket(self) -> Node:
        at = self._expect("[")
        if self._take("]"):
            return syntax.ListDisplay(self._count(at), ())
        items = [self._expression()]
        if self._is(".."):
            return self._range(at, items[0], low_closed=True)
        while self._take(","):
            items.append(self._expression())
        self._expect("]", " or ','")
        return syntax.ListDisplay(self._count(at), tuple(items))

    def _open_bracket(self) -> Node:
        at = self._expect("]")
        return self._range(at, self._expression(), low_closed=False)

    def _range(self, at: int, low: Node, *, low_closed: bool) -> Node:
        """Go on after the start of a range, at its dots. ``[`` may close it, and is then no filter."""
        self._expect("..")
        before, self._open_range = self._open_range, True
        high = self._expression()
        self._open_range = before
        closing = self._token
        if not (self._take("]") or self._take(")") or self._take("[")):
            self._fail("']', ')' or '[' at the end of the range")
        return syntax.RangeDisplay(self._count(at), low_closed, low, high, closing.text == "]")

    def _context(self) -> Node:
        at = self._expect("{")
        entries: list[tuple[str, Node]] = []
        outer, self._scope = self._scope, Names((), self._scope)
        while not self._is("}"):
            key_token = self._token
            key = self._key()
            if any(key == other for other, _ in entries):
                self._fail("every key of a context once", key_token)
            self._expect(":", " after the key")
            entries.append((key, self._expression()))
            self._scope.add(key)
            self._members.add(key)
            if not self._take(","):
                break
        self._expect("}", " or ','")
        self._scope = outer
        return syntax.ContextDisplay(self._count(at), tuple(entries))

    def _key(self) -> str:
        if self._token.kind is Kind.STRING:
            text = self._token.text
            self._at += 1
            return text
        return self._new_name(":")

    # --- names

    def _new_name(self, *stops: str) -> str:
        """Read a name that is being introduced, up to one of ``stops``."""
        first = last = self._token
        if first.kind is not Kind.WORD:
            self._fail("a name")
        while not (self._token.text in stops and self._token.kind in (Kind.WORD, Kind.SYMBOL)):
            last = self._token
            if not _in_name(last) or last.end - first.start > LONGEST:
                self._fail(f"{' or '.join(repr(stop) for stop in stops)} after the name")
            self._at += 1
        return collapse(self._source[first.start : last.end])

    def _word(self, token: Token) -> Node:
        known = self._scope.longest(self._tokens, self._at)
        if known is not None:
            self._at += known[1]
            return self._postfix(syntax.Name(self._count(token.start), known[0]))
        if token.text not in KEYWORDS:
            self._at += 1
            return self._postfix(syntax.Name(self._count(token.start), token.text))
        rule = _KEYWORD_RULES.get(token.text)
        if rule is None:
            self._fail("an expression")
        self._at += 1
        return rule(self, self._count(token.start))

    def _constant(self, at: int) -> Node:
        value = {"true": True, "false": False, "null": None}[self._tokens[self._at - 1].text]
        return self._postfix(syntax.Literal(at, value))

    def _member(self) -> str:
        """Read the name after a dot: one in scope, a property, a key seen, or words up to the next operator."""
        for scope in (self._members, self._scope):
            known = scope.longest(self._tokens, self._at)
            if known is not None:
                self._at += known[1]
                return known[0]
        first = last = self._token
        if first.kind is not Kind.WORD:
            self._fail("a name after '.'")
        self._at += 1
        while self._token.kind is Kind.WORD and self._token.text not in KEYWORDS:
            last = self._token
            self._at += 1
        return collapse(self._source[first.start : last.end])

    # --- what may follow an operand

    def _postfix(self, base: Node) -> Node:
        steps = 0
        while self._token.kind is Kind.SYMBOL and self._token.text in (".", "[", "("):
            if self._token.text == "[" and self._open_range and self._closes_range():
                break
            steps += 1
            self._deeper()
            at = self._count(self._token.start)
            self._at += 1
            base = self._step(base, at, self._tokens[self._at - 1].text)
        self._depth -= steps
        return base

    def _step(self, base: Node, at: int, symbol: str) -> Node:
        if symbol == ".":
            return syntax.Path(at, base, self._member())
        if symbol == "[":
            return self._enclosed(lambda: self._filter(base, at))
        return self._enclosed(lambda: self._call(base, at))

    def _closes_range(self) -> bool:
        """Tell whether the ``[`` here ends a range: nothing follows that could begin a filter's condition."""
        following = self._peek()
        if following.kind is Kind.WORD:
            return following.text in KEYWORDS and following.text not in _KEYWORD_RULES
        return following.kind is Kind.END or (
            following.kind is Kind.SYMBOL and following.text not in ("(", "[", "{", "@")
        )

    def _filter(self, base: Node, at: int) -> Node:
        outer, self._scope = self._scope, self._members.before(self._scope)
        condition = self._expression()
        self._scope = outer
        self._expect("]", " after the condition")
        return syntax.Filter(at, base, condition)

    def _call(self, function: Node, at: int) -> Node:
        arguments: list[Node] = []
        names: list[str] = []
        while not self._is(")"):
            where = self._token
            name = self._argument_name()
            if arguments and (name is None) != (not names):
                self._fail("all arguments with names or none", where)
            if name is not None:
                if name in names:
                    self._fail("every parameter once", where)
                names.append(name)
            arguments.append(self._expression())
            if not self._take(","):
                break
        self._expect(")", " or ','")
        return syntax.Call(at, function, tuple(arguments), tuple(names) if names else None)

    def _argument_name(self) -> str | None:
        """Read ``name:`` if that is what stands here."""
        first, ahead = self._token, 0
        if first.kind is not Kind.WORD:
            return None
        while _in_name(self._peek(ahead)):
            ahead += 1
        if not self._is(":", ahead):
            return None
        last = self._peek(ahead - 1)
        self._at += ahead + 1
        return collapse(self._source[first.start : last.end])

    # --- keywords

    def _if(self, at: int) -> Node:
        branches = []
        while True:
            condition = self._expression()
            self._expect("then")
            branches.append((condition, self._expression()))
            self._expect("else")
            if not self._take("if"):
                return syntax.If(at, tuple(branches), self._expression())
            self._count(self._token.start)

    def _for(self, at: int) -> Node:
        outer = self._scope
        iterators = self._iterators("return")
        result = self._expression()
        self._scope = outer
        return syntax.For(at, iterators, result)

    def _quantified(self, at: int) -> Node:
        every = self._tokens[self._at - 1].text == "every"
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
            at = self._count(self._token.start)
            name = self._new_name("in")
            self._expect("in")
            domain = self._expression()
            last = self._expression() if self._take("..") else None
            iterators.append(syntax.Iterator(at, name, domain, last))
            self._scope.add(name)
            if not self._take(","):
                break
        self._expect(end, " or ','")
        return tuple(iterators)

    def _function(self, at: int) -> Node:
        self._expect("(", " after 'function'")
        parameters: list[syntax.Parameter] = []
        while not self._is(")"):
            where = self._token
            name = self._new_name(":", ",", ")")
            if any(name == other.name for other in parameters):
                self._fail("every parameter once", where)
            kind = self.type() if self._take(":") else None
            parameters.append(syntax.Parameter(self._count(where.start), name, kind))
            if not self._take(","):
                break
        self._expect(")", " or ','")
        if self._is("external"):
            self._fail("a body in FEEL (functions outside are not called)")
        outer, self._scope = self._scope, Names((parameter.name for parameter in parameters), self._scope)
        body = self._expression()
        self._scope = outer
        return syntax.FunctionDefinition(at, tuple(parameters), body)

    # --- types

    def type(self) -> Type:
        """Read a type (rule 52)."""
        self._deeper()
        found = self._plain_type()
        self._depth -= 1
        return found

    def _plain_type(self) -> Type:
        token = self._token
        self._count(token.start)
        known = self._type_names.longest(self._tokens, self._at)
        if known is not None:
            self._at += known[1]
            return self._types[known[0]] if known[0] in self._types else NAMED[known[0]]
        if token.kind is not Kind.WORD:
            self._fail("a type")
        self._at += 1
        rule = _TYPE_RULES.get(token.text) if self._is("<") else None
        if rule is not None:
            return rule(self)
        found = self._types.get(token.text) or NAMED.get(token.text)
        if found is not None and not (found in _PARAMETERIZED and token.text not in self._types):
            return found
        return UnknownType(self._qualified(token))

    def _qualified(self, first: Token) -> str:
        """Read the rest of a name with dots, as types of imported models have."""
        last = first
        while self._is(".") and self._peek().kind is Kind.WORD:
            last = self._peek()
            self._at += 2
        return collapse(self._source[first.start : last.end])

    def _list_type(self) -> Type:
        return ListType("list", self._item_type())

    def _range_type(self) -> Type:
        return RangeType("range", self._item_type())

    def _item_type(self) -> Type:
        self._expect("<")
        item = self.type()
        self._expect(">")
        return item

    def _context_type(self) -> Type:
        self._expect("<")
        entries: list[tuple[str, Type]] = []
        while not self._is(">"):
            name = self._new_name(":")
            self._expect(":")
            entries.append((name, self.type()))
            if not self._take(","):
                break
        self._expect(">", " or ','")
        return ContextType("context", tuple(entries))

    def _function_type(self) -> Type:
        self._expect("<")
        parameters: list[Type] = []
        while not self._is(">"):
            parameters.append(self.type())
            if not self._take(","):
                break
        self._expect(">", " or ','")
        self._expect("->")
        return FunctionType("function", tuple(parameters), self.type())


# These need parameters: ``instance of list`` names no type (table 61).
_PARAMETERIZED: Final = frozenset({LIST, CONTEXT, FUNCTION, RANGE})


def _in_name(token: Token) -> bool:
    return token.kind in (Kind.WORD, Kind.NUMBER) or (token.kind is not Kind.STRING and token.text in SIGNS)


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
_TYPE_RULES: Final[dict[str, Callable[[Parser], Type]]] = {
    "list": Parser._list_type,
    "range": Parser._range_type,
    "context": Parser._context_type,
    "function": Parser._function_type,
}
