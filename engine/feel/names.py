"""Which names of several words or with operators in them are in scope, and where one stands in a row of tokens."""

from collections.abc import Iterable, Sequence
from typing import Final

from engine.feel.errors import FeelSyntaxError
from engine.feel.tokens import Kind, Token, tokenize

# Signs that may stand inside a name (DMN 1.5, rule 30).
SIGNS: Final = frozenset("./-’'+*")
LONGEST: Final = 256


class Names:
    """Names that are more than one token. Inner scopes see those of the outer ones."""

    def __init__(self, names: Iterable[str] = (), outer: "Names | None" = None) -> None:
        self._outer = outer
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Bring a name into scope. Names of one word need not be known."""
        parts = _parts(name)
        if len(parts) > 1:
            known = self._by_first.setdefault(parts[0], [])
            known.append((parts, name))
            known.sort(key=lambda entry: -len(entry[0]))

    def before(self, outer: "Names") -> "Names":
        """Return a scope that sees the names of this one and those of ``outer``."""
        joined = Names((), outer)
        joined._by_first = self._by_first
        return joined

    def longest(self, tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
        """Return the longest name in scope that begins at a token, and the number of its tokens."""
        found: tuple[str, int] | None = None
        scope: Names | None = self
        while scope is not None:
            here = scope._longest_here(tokens, start)
            if here is not None and (found is None or here[1] > found[1]):
                found = here
            scope = scope._outer
        return found

    def _longest_here(self, tokens: Sequence[Token], start: int) -> tuple[str, int] | None:
        for parts, name in self._by_first.get(tokens[start].text, ()):
            if _stand_at(parts, tokens, start):
                return name, len(parts)
        return None


def _stand_at(parts: tuple[str, ...], tokens: Sequence[Token], start: int) -> bool:
    if start + len(parts) >= len(tokens):  # the last token is the end
        return False
    return all(
        tokens[start + index].text == part and tokens[start + index].kind is not Kind.STRING
        for index, part in enumerate(parts)
    )


def _parts(name: str) -> tuple[str, ...]:
    if len(name) > LONGEST:
        return ()
    try:
        return tuple(token.text for token in tokenize(name)[:-1])
    except FeelSyntaxError:  # a quote or the like: such a name cannot be written in FEEL
        return ()


def collapse(text: str) -> str:
    """Return a name as written with every run of white space as one blank."""
    return " ".join(text.split())
