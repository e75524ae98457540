"""The tree of a regular expression, and a matcher for what RE2 cannot do: back references.

A pattern with a back reference has no linear-time engine. It is tried way by way, and every step is charged, so that it
ends within the fuel of its evaluation like everything else. All other patterns are given to RE2 as text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import re2

from engine.feel.values import Run

# From the number of a group to where it matched last.
Spans = Mapping[int, tuple[int, int]]
# Where a match may end, with the groups on the way.
Ways = Iterator[tuple[int, Spans]]
_NO_SPANS: Final[Spans] = {}
_STEP_COST: Final = 6


@dataclass(frozen=True, slots=True)
class Attempt:
    """A text that a pattern is tried on, and the run that pays for it."""

    run: Run
    text: str
    by_line: bool
    caseless: bool


@dataclass(frozen=True, slots=True)
class Char:
    """Something that matches one character, in the syntax of RE2."""

    text: str
    known: dict[str, bool] = field(default_factory=dict, compare=False)

    def ways(self, attempt: Attempt, at: int, spans: Spans) -> Ways:
        if self.holds(attempt, at):
            yield at + 1, spans

    def holds(self, attempt: Attempt, at: int) -> bool:
        attempt.run.spend(_STEP_COST)
        if at >= len(attempt.text):
            return False
        char = attempt.text[at]
        if char not in self.known:
            if len(self.known) > 1_000:
                self.known.clear()
            attempt.run.spend(200)
            self.known[char] = re2.fullmatch(f"(?s{'i' if attempt.caseless else ''}:{self.text})", char) is not None
        return self.known[char]


@dataclass(frozen=True, slots=True)
class Anchor:
    """``^`` or ``$``."""

    text: str

    def ways(self, attempt: Attempt, at: int, spans: Spans) -> Ways:
        attempt.run.spend(_STEP_COST)
        edge, beside = (0, at - 1) if self.text == "^" else (len(attempt.text), at)
        if at == edge or (attempt.by_line and attempt.text[beside] == "\n"):
            yield at, spans


@dataclass(frozen=True, slots=True)
class Reference:
    """``\\1``: what a group matched. A group that did not match is empty."""

    number: int

    @property
    def text(self) -> str:
        raise AssertionError("RE2 has no back references")

    def ways(self, attempt: Attempt, at: int, spans: Spans) -> Ways:
        start, end = spans.get(self.number, (0, 0))
        attempt.run.spend(_STEP_COST + (end - start >> 6))
        wanted, found = attempt.text[start:end], attempt.text[at : at + end - start]
        if wanted == found or (attempt.caseless and wanted.casefold() == found.casefold()):
            yield at + end - start, spans


@dataclass(frozen=True, slots=True)
class Group:
    """A group; ``number`` None is one that is not kept."""

    number: int | None
    inner: "Node"

    @property
    def text(self) -> str:
        return f"({'' if self.number is not None else '?:'}{self.inner.text})"

    def ways(self, attempt: Attempt, at: int, spans: Spans) -> Ways:
        for end, found in self.inner.ways(attempt, at, spans):
            yield end, found if self.number is None else {**found, self.number: (at, end)}


@dataclass(frozen=True, slots=True)
class Repeat:
    """``inner`` from ``least`` to ``most`` (None: any number of) times; ``quantifier`` as written, lazy with ``?``."""

    inner: "Node"
    quantifier: str
    least: int
    most: int | None

    @property
    def text(self) -> str:
        return self.inner.text + self.quantifier

    @property
    def is_lazy(self) -> bool:
        return len(self.quantifier) > 1 and self.quantifier.endswith("?")

    def ways(self, attempt: Attempt, at: int, spans: Spans) -> Ways:
        if isinstance(self.inner, Char):
            return self._of_characters(self.inner, attempt, at, spans)
        return self._after(attempt, at, spans, 0)

    def _of_characters(self, char: Char, attempt: Attempt, at: int, spans: Spans) -> Ways:
        count = 0
        while (self.most is None or count < self.most) and char.holds(attempt, at + count):
            count += 1
        counts = range(self.least, count + 1)
        for each in counts if self.is_lazy else reversed(counts):
            attempt.run.spend(_STEP_COST)
            yield at + each, spans

    def _after(self, attempt: Attempt, at: int, spans: Spans, count: int) -> Ways:
        attempt.run.spend(_STEP_COST + (count >> 1))  # a way is taken up through all repetitions before
        if self.is_lazy and count >= self.least:
            yield at, spans
        if self.most is None or count < self.most:
            for end, found in self.inner.ways(attempt, at, spans):
                if end > at or count < self.least:  # what matches nothing goes on for ever
                    yield from self._after(attempt, end, found, count + 1)
        if not self.is_lazy and count >= self.least:
            yield at, spans


@dataclass(frozen=True, slots=True)
class Row:
    """One thing after the other."""

    parts: tuple["Node", ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)

    def ways(self, attempt: Attempt, at: int, spans: Spans) -> Ways:
        return self._from(0, attempt, at, spans)

    def _from(self, index: int, attempt: Attempt, at: int, spans: Spans) -> Ways:
        if index == len(self.parts):
            yield at, spans
            return
        for end, found in self.parts[index].ways(attempt, at, spans):
            yield from self._from(index + 1, attempt, end, found)


@dataclass(frozen=True, slots=True)
class Either:
    """One of several branches, the first that fits."""

    branches: tuple["Node", ...]

    @property
    def text(self) -> str:
        return "|".join(branch.text for branch in self.branches)

    def ways(self, attempt: Attempt, at: int, spans: Spans) -> Ways:
        for branch in self.branches:
            yield from branch.ways(attempt, at, spans)


Node = Char | Anchor | Reference | Group | Repeat | Row | Either


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matched."""

    source: str
    spans: Spans

    def group(self, number: int) -> str:
        start, end = self.spans.get(number, (0, 0))
        return self.source[start:end]

    def start(self) -> int:
        return self.spans[0][0]

    def end(self) -> int:
        return self.spans[0][1]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A pattern that is tried way by way. ``groups`` is the number of its groups."""

    node: Node
    groups: int
    by_line: bool
    caseless: bool

    def search(self, run: Run, text: str, start: int = 0) -> Any:
        """Return the first match from ``start`` on; None if there is none. Raises FeelError without fuel."""
        attempt = Attempt(run, text, self.by_line, self.caseless)
        for at in range(start, len(text) + 1):
            for end, spans in self.node.ways(attempt, at, _NO_SPANS):
                return Match(text, {**spans, 0: (at, end)})
        return None

    def all(self, run: Run, text: str) -> Iterator[Any]:
        """Yield the matches from left to right, which do not meet."""
        match = self.search(run, text)
        while match is not None:
            yield match
            match = self.search(run, text, max(match.end(), match.start() + 1))


@dataclass(frozen=True, slots=True)
class Linear:
    """A pattern of RE2, which takes time in proportion to the text."""

    compiled: Any

    @property
    def groups(self) -> int:
        return int(self.compiled.groups)

    def search(self, _run: Run, text: str) -> Any:
        return self.compiled.search(text)

    def all(self, _run: Run, text: str) -> Iterator[Any]:
        found: Iterator[Any] = self.compiled.finditer(text)
        return found
