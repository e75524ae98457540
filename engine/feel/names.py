"""Which names of several words or with operators in them are in scope, and where one stands in a row of tokens."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
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
        # First token → number of tokens, largest first → tokens → name.
        self._by_first: dict[str, dict[int, dict[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Bring a name into scope. Names of one word need not be known."""
        parts = _parts(name)
        if len(parts) < 2:
            return
        lengths = self._by_first.setdefault(parts[0], {})
        if len(parts) not in lengths:
            self._by_first[parts[0]] = lengths = dict(sorted((lengths | {len(parts): {}}).items(), reverse=True))
        lengths[len(parts)][parts] = name

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
        for length, names in self._by_first.get(tokens[start].text, {}).items():
            row = tokens[start : start + length]
            name = names.get(tuple(token.text for token in row))
            if name is not None and all(token.kind is not Kind.STRING for token in row):
                return name, length
        return None


@lru_cache(maxsize=64)
def scope_of(names: frozenset[str], outer: Names) -> Names:
    """Return the scope of the names of a model, which many expressions share."""
    return Names(names, outer)


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
