"""Cut a FEEL source into tokens (DMN 1.5, 10.3.1.2, rules 27 to 36). The parser joins names of several words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.feel.errors import FeelSyntaxError
from engine.feel.limits import STRING_CHARS


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    STRING = "string"
    SYMBOL = "symbol"
    OTHER = "other"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the source from ``start`` to ``end``; the text of a string has its escapes resolved."""

    kind: Kind
    text: str
    start: int
    end: int

    def __str__(self) -> str:
        if self.kind is Kind.END:
            return "the end"
        text = self.text if len(self.text) <= 40 else f"{self.text[:37]}..."
        return f'"{text}"' if self.kind is Kind.STRING else f"'{text}'"


KEYWORDS: Final = frozenset(
    {"for", "return", "if", "then", "else", "some", "every", "satisfies", "and", "or", "in", "between"}
    | {"instance", "of", "function", "external", "true", "false", "null"}
)

_START: Final = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_PART: Final = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
# White space of rule 61; line breaks are those of rule 62 with line and paragraph separator.
_SPACE: Final = " \t\n\r\u000b\u000c\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
_TOKEN: Final = re.compile(
    rf"""(?P<space>[{_SPACE}]+|//[^\n\r\u000b\u000c\u0085\u2028\u2029]*|/\*[\s\S]*?\*/)
    |(?P<word>[{_START}][{_PART}]*)
    |(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<string>"(?:[^"\\\n\r\u000b\u000c\u0085\u2028\u2029]|\\[^\n\r\u000b\u000c\u0085\u2028\u2029])*")
    |(?P<symbol>\.\.|\*\*|<=|>=|!=|->|[-+*/=<>()\[\]{{}},:.@])
    """,
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"""\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(["'\\nrt]))""")
_SINGLE: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF: Final = re.compile("[\ud800-\udfff]")


def tokenize(source: str) -> list[Token]:
    """Return the tokens of ``source``, the last of kind END. Raises FeelSyntaxError for an open string or comment."""
    return [*_tokens(source), Token(Kind.END, "", len(source), len(source))]


def _tokens(source: str) -> Iterator[Token]:
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            yield _other(source, at)
            at += 1
            continue
        kind, start, at = match.lastgroup, at, match.end()
        if kind == "space":
            continue
        if source.startswith("/*", start):
            raise FeelSyntaxError(source, start, expected="'*/' at the end of the comment", found="none")
        text = match.group()
        yield Token(Kind(kind or "other"), _unescape(source, start, text) if kind == "string" else text, start, at)


def _other(source: str, at: int) -> Token:
    if source[at] == '"':
        raise FeelSyntaxError(source, at, expected="'\"' at the end of the string on its line", found="none")
    return Token(Kind.OTHER, source[at], at, at + 1)


def _unescape(source: str, start: int, text: str) -> str:
    if len(text) > STRING_CHARS:
        raise FeelSyntaxError(
            source, start, expected=f"strings of at most {STRING_CHARS} characters", found=str(len(text))
        )
    body = text[1:-1]
    return whole_characters(_ESCAPE.sub(_character, body) if "\\" in body else body)


def whole_characters(text: str) -> str:
    """Return a text with pairs of surrogates joined; half of a pair, which UTF-8 cannot hold, is U+FFFD."""
    return text if text.isascii() else _HALF.sub("\ufffd", _PAIR.sub(_join_pair, text))


def _character(match: re.Match[str]) -> str:
    digits = match[1] or match[2]
    if digits:
        code = int(digits, 16)
        # Beyond Unicode there is no character; the text stays as written.
        return chr(code) if code <= 0x10FFFF else match[0]
    return _SINGLE.get(match[3], match[3])


def _join_pair(match: re.Match[str]) -> str:
    high, low = ord(match[0][0]), ord(match[0][1])
    return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
