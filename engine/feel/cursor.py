"""A place in a row of tokens, and what every part of the parser does there: look, take, count, complain."""

from collections.abc import Callable
from typing import NoReturn

from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import DEPTH, NODES, SOURCE_CHARS
from engine.feel.names import LONGEST, SIGNS, collapse
from engine.feel.tokens import Kind, Token, tokenize


class Cursor:
    """One reading of one source."""

    def __init__(self, source: str, *, longest: int) -> None:
        if len(source) > longest:
            raise FeelSyntaxError(
                source, longest, expected=f"an expression of at most {longest} characters", found=str(len(source))
            )
        self.source = source
        self.tokens = tokenize(source)
        self.index = 0
        self.depth = 0
        self.nodes = 0
        self._most_nodes = max(NODES, NODES * longest // SOURCE_CHARS)

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def at(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.text == text and token.kind in (Kind.SYMBOL, Kind.WORD)

    def take(self, text: str) -> bool:
        if self.at(text):
            self.index += 1
            return True
        return False

    def expect(self, text: str, why: str = "") -> int:
        """Go past a symbol or keyword and return where it stood."""
        start = self.token.start
        if not self.take(text):
            self.fail(f"'{text}'{why}")
        return start

    def fail(self, expected: str, token: Token | None = None) -> NoReturn:
        token = token or self.token
        raise FeelSyntaxError(self.source, token.start, expected=expected, found=str(token))

    def count(self, at: int) -> int:
        self.nodes += 1
        if self.nodes > self._most_nodes:
            raise FeelSyntaxError(
                self.source, at, expected=f"an expression of at most {self._most_nodes} parts", found="more"
            )
        return at

    def deeper(self) -> None:
        """Go one level of nesting down."""
        self.depth += 1
        self.allow(0)

    def allow(self, levels: int) -> None:
        """Refuse more levels of nesting below this one than are allowed."""
        if self.depth + levels > DEPTH:
            self.fail(f"expressions nested at most {DEPTH} deep")

    def row(self, closing: str, rule: Callable[[], None]) -> None:
        """Read what ``rule`` reads, none or several with commas between, and go past ``closing``."""
        if not self.at(closing):
            rule()
            while self.take(","):
                rule()
        self.expect(closing, " or ','")

    def new_name(self, *stops: str) -> str:
        """Read a name that is being introduced, up to one of ``stops``."""
        first = last = self.token
        if first.kind is not Kind.WORD or first.text in stops:
            self.fail("a name")
        while not (self.token.text in stops and self.token.kind in (Kind.WORD, Kind.SYMBOL)):
            last = self.token
            if not in_name(last) or last.end - first.start > LONGEST:
                self.fail(f"{' or '.join(repr(stop) for stop in stops)} after the name")
            self.index += 1
        return collapse(self.source[first.start : last.end])


def in_name(token: Token) -> bool:
    """Tell whether a token may be part of a name."""
    return token.kind in (Kind.WORD, Kind.NUMBER) or (token.kind is not Kind.STRING and token.text in SIGNS)
