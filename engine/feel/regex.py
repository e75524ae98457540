r"""Regular expressions of XQuery 1.0 and XPath 2.0 functions, 7.6, as FEEL uses them, on RE2.

RE2 takes time linear in the text and bounded memory. It differs from the dialect, in which ``.`` leaves out carriage
returns, ``\d \w \i \c`` know Unicode, classes can be subtracted (``[a-z-[aeiou]]``), blocks are named
(``\p{IsGreek}``) and the flag ``x`` drops white space. Patterns with back references, which no linear-time engine has,
are tried way by way and charged for every step (``backtracking``). ``(?:…)`` is allowed as well.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import re2

from engine.feel import charsets
from engine.feel.backtracking import Anchor, Char, Either, Group, Linear, Matcher, Node, Reference, Repeat, Row
from engine.feel.charsets import Ranges
from engine.feel.errors import FeelError
from engine.feel.limits import DEPTH, FUEL, LIST_ITEMS, PATTERN_CHARS, REGEX_BYTES, STRING_CHARS
from engine.feel.values import Run, check_list, check_string

_FLAGS: Final = frozenset("smix")
_PROPERTY_WEIGHT: Final = 500
_SUBTRACTION_WEIGHT: Final = 3_000
_MOST_WEIGHT: Final = 80_000
_REPLACEMENT: Final = re.compile(r"\\(.)|\$([0-9]+)|[\\$]", re.DOTALL)


class Pattern:
    """A compiled pattern. ``weight`` is its size: what making it costs, in fuel."""

    def __init__(self, compiled: Linear | Matcher, weight: int) -> None:
        self._compiled = compiled
        self.weight = weight
        self.matches_empty = compiled.search(Run(FUEL), "") is not None

    def matches(self, run: Run, text: str) -> bool:
        """Tell whether the pattern matches anywhere."""
        return self._compiled.search(run, _clean(text)) is not None

    def replace(self, run: Run, text: str, replacement: str) -> str | None:
        """Replace every match. ``$1`` stands for a group, ``$0`` for the match, ``\\$`` and ``\\\\`` for themselves."""
        if self.matches_empty:
            return run.null("Expected a pattern that does not match the empty string, but found one that does")
        parts = _replacement_parts(replacement, self._compiled.groups)
        if parts is None:
            return run.null(r"Expected '$' with a digit, '\$' or '\\' in the replacement, but found another")
        return check_string(run, "".join(self._replaced(run, _clean(text), parts)))

    def _replaced(self, run: Run, text: str, parts: list[str | int]) -> Iterator[str]:
        end = size = 0
        for match in self._compiled.all(run, text):
            pieces = [text[end : match.start()]]
            pieces += [part if isinstance(part, str) else (match.group(part) or "") for part in parts]
            end = match.end()
            size += sum(map(len, pieces))
            run.spend(14 + 2 * len(parts))
            if size > STRING_CHARS:
                check_string(run, " " * (STRING_CHARS + 1))
            yield from pieces
        yield text[end:]

    def split(self, run: Run, text: str) -> list[str] | None:
        """Cut a text at every match."""
        if self.matches_empty:
            return run.null("Expected a pattern that does not match the empty string, but found one that does")
        end, parts, text = 0, [], _clean(text)
        for match in self._compiled.all(run, text):
            parts.append(text[end : match.start()])
            end = match.end()
            run.spend(12)
            if len(parts) > LIST_ITEMS:
                break
        parts.append(text[end:])
        return check_list(run, parts)


def _clean(text: str) -> str:
    """Return a text without halves of surrogate pairs, which JSON can hold and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _replacement_parts(replacement: str, groups: int) -> list[str | int] | None:
    """Return texts and numbers of groups; None if the replacement is not allowed."""
    parts: list[str | int] = []
    end = 0
    for match in _REPLACEMENT.finditer(replacement):
        parts.append(replacement[end : match.start()])
        end = match.end()
        escaped, digits = match.groups()
        if digits is not None:
            parts += _group(digits, groups)
        elif escaped is not None and escaped in "\\$":
            parts.append(escaped)
        else:
            return None
    parts.append(replacement[end:])
    return parts


def _group(digits: str, groups: int) -> list[str | int]:
    """Return the group that digits mean: as many of them as give a group that there is, the rest as text."""
    taken = len(digits)
    while taken > 1 and int(digits[:taken][:9]) > groups:
        taken -= 1
    number = int(digits[:taken][:9])
    return [number if number <= groups else "", digits[taken:]]


@lru_cache(maxsize=32)
def compile_pattern(source: str, flags: str, *, groups: bool = False) -> Pattern | str:
    """Return the compiled pattern, or the reason why there is none. Without ``groups`` it is faster."""
    if not set(flags) <= _FLAGS:
        return f"Expected flags out of s, m, i and x, but found {flags[:40]!r}"
    if len(source) > PATTERN_CHARS:
        return f"Expected a pattern of at most {PATTERN_CHARS} characters, but found {len(source)}"
    options = re2.Options()
    options.max_mem = REGEX_BYTES
    options.log_errors = False
    options.dot_nl = True
    options.never_capture = not groups
    options.case_sensitive = "i" not in flags
    try:
        translator = _Translator(_without_space(source) if "x" in flags else source, dot_all="s" in flags)
        node = translator.whole()
        if translator.refers:
            return Pattern(Matcher(node, translator.groups, "m" in flags, "i" in flags), translator.weight)
        compiled = re2.compile(f"(?m:{node.text})" if "m" in flags else node.text, options)
        re2.purge()  # the library keeps patterns as well, and more of them
        return Pattern(Linear(compiled), translator.weight)
    except (_NotAPattern, FeelError) as error:
        return str(error)
    except re2.error as error:
        return f"Expected a regular expression within the limits of size, but found {_reason(error)}"


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _without_space(source: str) -> str:
    """Drop white space outside classes (flag ``x``)."""
    kept: list[str] = []
    depth, escaped = 0, False
    for char in source:
        if not escaped and char in "[]":
            depth += 1 if char == "[" else -1
        if depth > 0 or char not in " \t\n\r":
            kept.append(char)
            escaped = char == "\\" and not escaped
    return "".join(kept)


class _NotAPattern(Exception):
    """The text is not a pattern of the dialect."""


_SINGLE: Final = {"n": 0xA, "r": 0xD, "t": 0x9, **{sign: ord(sign) for sign in "\\|.?*+(){}$-[]^"}}
_CLASSES: Final[dict[str, tuple[Ranges, tuple[str, ...]]]] = {
    "s": (charsets.SPACE, ()),
    "S": (charsets.inverse(charsets.SPACE), ()),
    "i": (charsets.NAME_START, ()),
    "I": (charsets.inverse(charsets.NAME_START), ()),
    "c": (charsets.NAME_PART, ()),
    "C": (charsets.inverse(charsets.NAME_PART), ()),
    "d": ([], (r"\p{Nd}",)),
    "D": ([], (r"\P{Nd}",)),
    "w": ([], (r"\p{L}", r"\p{M}", r"\p{N}", r"\p{S}")),
    "W": ([], (r"\p{P}", r"\p{Z}", r"\p{C}")),
}
_BOUNDS: Final[dict[str, tuple[int, int | None]]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_QUANTIFIER: Final = re.compile(r"(?:[?*+]|\{[0-9]{1,4}(?:,(?:[0-9]{1,4})?)?\})\??", re.ASCII)


class _Translator:
    """One pass over a pattern that makes its tree. ``refers`` tells whether it has back references."""

    def __init__(self, source: str, *, dot_all: bool) -> None:
        self._source = source
        self._at = 0
        self._depth = 0
        self._any = "." if dot_all else r"[^\n\r]"
        self.weight = 250
        self.refers = False
        self.groups = 0
        self._closed: set[int] = set()

    def whole(self) -> Node:
        node = self._alternatives()
        if self._at < len(self._source):
            self._fail("the end of the pattern")
        return node

    def _fail(self, expected: str) -> None:
        here = self._source[self._at : self._at + 10]
        found = repr(here) if here else "the end"
        raise _NotAPattern(f"Expected {expected} in the pattern, but found {found} at character {self._at + 1}")

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _next(self) -> str:
        char = self._peek()
        if not char:
            self._fail("more")
        self._at += 1
        return char

    def _alternatives(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH:
            self._fail(f"groups nested at most {DEPTH} deep")
        branches = [self._branch()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._branch())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def _branch(self) -> Node:
        pieces: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            before = self.weight
            atom = self._atom()
            piece, most = self._repeated(atom)
            self.weight += 1 + (self.weight - before) * most
            if self.weight > _MOST_WEIGHT:
                self._fail("a pattern that is less large")
            pieces.append(piece)
        return Row(tuple(pieces))

    def _repeated(self, atom: Node) -> tuple[Node, int]:
        """Read a quantifier; return what it makes of an atom and how often RE2 writes that out, beyond once."""
        match = _QUANTIFIER.match(self._source, self._at)
        if match is None:
            return atom, 0
        self._at = match.end()
        counts = list(map(int, re.findall("[0-9]+", match[0])))
        least, most = _BOUNDS.get(match[0][0]) or (counts[0], counts[-1] if "," not in match[0] or counts[1:] else None)
        if most is not None and least > most:
            self._fail("at most as many times as at least")
        return Repeat(atom, match[0], least, most), max(counts, default=1)

    def _atom(self) -> Node:
        char = self._peek()
        if char in "?*+{}]":
            self._fail("something to match")
        self._at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return Char(self._whole_class())
        if char == "\\":
            return self._reference() if self._peek().isdigit() else Char(self._escape())
        if char == ".":
            return Char(self._any)
        return Anchor(char) if char in "^$" else Char(_literal(ord(char)))

    def _group(self) -> Node:
        number = None
        if self._peek() == "?":
            if not self._source.startswith("?:", self._at):
                self._fail("'?:' or the content of a group")
            self._at += 2
        else:
            self.groups += 1
            number = self.groups
        inner = self._alternatives()
        if self._next() != ")":
            self._fail("')'")
        if number is not None:
            self._closed.add(number)
        return Group(number, inner)

    def _reference(self) -> Node:
        """Read the number of a group that has ended (XPath functions 2.0, 7.6.1): as many digits as give one."""
        digits = re.match("[0-9]+", self._source[self._at : self._at + 4], re.ASCII)
        taken = digits.end() if digits is not None else 0
        while taken > 1 and int(self._source[self._at : self._at + taken]) > self.groups:
            taken -= 1
        number = int(self._source[self._at : self._at + taken] or 0)
        if number not in self._closed:
            self._fail("the number of a group that ends before it")
        self._at += taken
        self.refers = True
        return Reference(number)

    def _escape(self) -> str:
        code = self._single_escape()
        if code is not None:
            return _literal(code)
        if self._peek() == "w":  # the same as in a class, but RE2 makes less of it
            self._at += 1
            return self._class_text([], _CLASSES["W"][1], sign="^")
        return self._class_text(*self._multi_escape())

    def _single_escape(self) -> int | None:
        code = _SINGLE.get(self._peek())
        if code is not None:
            self._at += 1
        return code

    def _multi_escape(self) -> tuple[Ranges, tuple[str, ...]]:
        char = self._next()
        if char in ("p", "P"):
            return self._property(negated=char == "P")
        found = _CLASSES.get(char)
        if found is None:
            self._at -= 1
            self._fail("a known escape")
            raise AssertionError
        return found

    def _property(self, *, negated: bool) -> tuple[Ranges, tuple[str, ...]]:
        end = self._source.find("}", self._at)
        name = self._source[self._at + 1 : end] if self._peek() == "{" and end > 0 else ""
        if name in charsets.CATEGORIES:
            self._at = end + 1
            if name in ("C", "Cn"):  # RE2 leaves out what is not assigned
                assigned = charsets.category_ranges(name)
                return (charsets.inverse(assigned) if negated else list(assigned)), ()
            return [], (rf"\{'P' if negated else 'p'}{{{name}}}",)
        block = charsets.BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
        if block is None:
            self._fail("a category or block of Unicode in braces")
            raise AssertionError
        self._at = end + 1
        return charsets.inverse([block]) if negated else [block], ()

    # --- classes

    def _whole_class(self) -> str:
        ranges, properties, negated = self._class()
        # RE2 negates after it has folded case, as XPath wants.
        return self._class_text(ranges, properties, sign="^" if negated else "")

    def _class(self) -> tuple[Ranges, tuple[str, ...], bool]:
        """Read a class after its bracket: its ranges and properties of RE2, and whether it is negated."""
        self._depth += 1
        if self._depth > DEPTH:
            self._fail(f"classes nested at most {DEPTH} deep")
        negated = self._peek() == "^"
        self._at += negated
        ranges: Ranges = []
        properties: tuple[str, ...] = ()
        without: Ranges | None = None  # what is subtracted
        start = self._at
        while self._peek() != "]":
            if self._at > start and self._source.startswith("-[", self._at):
                self._at += 2
                without = _all_ranges(*self._class())
                break
            more, names = self._class_part(first=self._at == start)
            ranges, properties = ranges + more, properties + names
        if self._at == start or self._next() != "]":
            self._fail("']' at the end of a class that is not empty")
        self._depth -= 1
        if without is None:
            return ranges, properties, negated
        self.weight += _SUBTRACTION_WEIGHT
        return charsets.difference(_all_ranges(ranges, properties, negated), without), (), False

    def _class_part(self, *, first: bool) -> tuple[Ranges, tuple[str, ...]]:
        low = self._class_char(first=first)
        if not isinstance(low, int):
            return low
        if self._peek() != "-" or self._source.startswith(("-]", "-["), self._at):
            return [(low, low)], ()
        self._at += 1
        high = self._class_char(first=False)
        if not isinstance(high, int) or high < low:
            self._fail("a range of characters in order")
            raise AssertionError
        return [(low, high)], ()

    def _class_char(self, *, first: bool) -> int | tuple[Ranges, tuple[str, ...]]:
        char = self._next()
        if char == "\\":
            code = self._single_escape()
            return self._multi_escape() if code is None else code
        if char == "[" or (char == "-" and not first and self._peek() != "]"):
            self._at -= 1
            self._fail("a character of a class")
        return ord(char)

    def _class_text(self, ranges: Ranges, properties: tuple[str, ...], sign: str = "") -> str:
        texts = [_literal(low) if low == high else f"{_literal(low)}-{_literal(high)}" for low, high in ranges]
        inner = "".join((*texts, *properties))
        self.weight += len(ranges) + _PROPERTY_WEIGHT * len(properties)
        return f"[{sign}{inner}]" if inner else r"[^\x{0}-\x{10FFFF}]"


def _all_ranges(ranges: Ranges, properties: tuple[str, ...], negated: bool) -> Ranges:
    found = list(ranges)
    for text in properties:
        category = list(charsets.category_ranges(text[3:-1]))
        found += charsets.inverse(category) if text[1] == "P" else category
    return charsets.inverse(found) if negated else charsets.normal(found)


def _literal(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\x{{{code:X}}}"
