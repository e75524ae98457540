"""Read YAML and JSON files as plain values that know the line of every key.

Only what reads the same to a lawyer and to a machine is accepted: no duplicate keys, no ``no`` that becomes false,
no tags, no numbers with leading zeros. Dates and times stay texts. Neither reader builds Python objects.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # typeshed leaves it out
from math import isfinite
from typing import Any, NoReturn

import yaml

from engine.errors import Invalid, TooLarge
from engine.findings import Finding, Place, Severity

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_VALUES = 50_000

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says. ``lines`` maps the path of every key and item to its line and column, counted from 1."""

    file: str
    value: Any
    lines: Mapping[Path, tuple[int, int]]

    def place(self, path: Path = ()) -> Place:
        """Return where ``path`` stands; for a path that is not there, where its nearest ancestor stands."""
        while path and path not in self.lines:
            path = path[:-1]
        return Place(self.file, *self.lines.get(path, (1, 1)))


def dotted(path: Path) -> str:
    """Return a path as people write it: ``terms.answer.ends[0]``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_yaml(data: bytes, *, file: str) -> Document:
    """Read one YAML document. Keys are always texts. Raises Invalid or TooLarge with findings."""
    reader = _YamlReader(file, _decode(data, file))
    try:
        value = reader.document()
    except yaml.MarkedYAMLError as error:
        reader.refuse("syntax", error.problem_mark, *_syntax(str(error.problem)))
    except yaml.YAMLError as error:
        # Characters that YAML does not allow; libyaml counts them, and gives no line.
        reader.refuse("syntax", None, *_syntax(str(error).splitlines()[0]))
    if reader.findings:
        raise Invalid(f"Expected plain YAML in {file}, found {len(reader.findings)} faults", reader.findings)
    return Document(file, value, reader.lines)


def read_json(data: bytes, *, file: str) -> Document:
    """Read one JSON document (RFC 8259). Raises Invalid or TooLarge with findings."""
    reader = _JsonReader(file, _decode(data, file))
    value = reader.document()
    if reader.findings:
        raise Invalid(f"Expected plain JSON in {file}, found {len(reader.findings)} faults", reader.findings)
    return Document(file, value, reader.lines)


def _decode(data: bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        raise TooLarge(
            f"Expected at most {MAX_BYTES} bytes in {file}, found {len(data)}",
            [
                _fault(
                    "file.too-large",
                    Place(file),
                    f"Diharapkan paling banyak {MAX_BYTES} bita, ditemukan {len(data)}.",
                    f"Expected at most {MAX_BYTES} bytes, found {len(data)}.",
                )
            ],
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid(f"Expected UTF-8 in {file}", [_not_text(Place(file, line))]) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Invalid(f"Expected text in {file}, found a NUL character", [_not_text(Place(file, line))])
    return text


def _not_text(place: Place) -> Finding:
    return _fault(
        "file.not-utf8",
        place,
        "Diharapkan teks dalam UTF-8, ditemukan bita lain.",
        "Expected text in UTF-8, found other bytes.",
    )


def _syntax(problem: str) -> tuple[str, str]:
    return (
        f"Diharapkan YAML yang benar, ditemukan kesalahan penulisan: {problem}.",
        f"Expected correct YAML, found a fault in writing: {problem}.",
    )


def _fault(rule: str, place: Place, indonesian: str, english: str, element: str | None = None) -> Finding:
    return Finding(rule, Severity.ERROR, {"id": indonesian, "en": english}, place, element)


_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = {"", "~", "null", "Null", "NULL"}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]*(?:[eE][-+]?[0-9]{1,3})?|[eE][-+]?[0-9]{1,3})")
# What YAML 1.1 and YAML 1.2 read differently, and what spreadsheet habits write: a truth, an octal, hexadecimal or
# base-60 number, a number with underscores or too long to stay exact, and the numbers that JSON has not.
_SURPRISE = re.compile(
    r"(?i:y|n|yes|no|on|off)|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?|[-+]?0[xob][0-9a-fA-F_]+"
    r"|[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?|[-+]?\.(?i:inf|nan)"
)


@dataclass(slots=True)
class _YamlReader:
    file: str
    text: str
    findings: list[Finding] = field(default_factory=list)
    lines: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _values: int = 0

    def document(self) -> Any:
        events = iter(yaml.parse(self.text, Loader=yaml.CSafeLoader))
        value: Any = None
        seen = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    self.refuse("several", event.start_mark, "Diharapkan satu dokumen.", "Expected one document.")
                seen = True
                value = self._value(next(events), events, (), 0)
        return value

    def refuse(self, what: str, mark: Any, indonesian: str, english: str) -> NoReturn:
        """Stop reading."""
        findings = [*self.findings, _fault(f"yaml.{what}", self._place(mark), indonesian, english)]
        raise Invalid(f"Expected plain YAML in {self.file}", findings)

    def _place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file)

    def _value(self, event: Any, events: Iterator[Any], path: Path, depth: int) -> Any:
        before = self._values
        self._count(1, event)
        if depth > MAX_DEPTH:
            self.refuse(
                "too-deep",
                event.start_mark,
                f"Diharapkan kedalaman paling banyak {MAX_DEPTH}.",
                f"Expected a depth of at most {MAX_DEPTH}.",
            )
        self.lines.setdefault(path, (event.start_mark.line + 1, event.start_mark.column + 1))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            self._note("tag", event, path, f"tanda {event.tag}", f"the tag {event.tag}")
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(events, path, depth)
        else:
            value = self._mapping(events, path, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = value, self._values - before
        return value

    def _count(self, more: int, event: Any) -> None:
        self._values += more
        if self._values > MAX_VALUES:
            self.refuse(
                "too-many",
                event.start_mark,
                f"Diharapkan paling banyak {MAX_VALUES} nilai.",
                f"Expected at most {MAX_VALUES} values.",
            )

    def _alias(self, event: Any) -> Any:
        # An anchor is stored when its value is complete, so a value can never contain itself.
        if event.anchor not in self._anchors:
            self.refuse(
                "alias",
                event.start_mark,
                f"Diharapkan jangkar &{event.anchor} lebih dulu.",
                f"Expected the anchor &{event.anchor} before its use.",
            )
        value, size = self._anchors[event.anchor]
        self._count(size, event)
        return value

    def _sequence(self, events: Iterator[Any], path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._value(event, events, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, events: Iterator[Any], path: Path, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, path)
            here = (*path, key)
            if key in entries:
                first = self.lines[here][0]
                again = f"kunci kedua, pertama di baris {first}", f"it again, first in line {first}"
                self._note("duplicate-key", event, here, *again)
            self.lines.setdefault(here, (event.start_mark.line + 1, event.start_mark.column + 1))
            entries[key] = self._value(next(events), events, here, depth + 1)
        return entries

    def _key(self, event: Any, path: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self.refuse("key", event.start_mark, "Diharapkan kunci berupa teks.", "Expected a key that is a text.")
        if event.value == "<<" and not event.style:
            self._note("merge", event, path, "penggabungan <<", "the merge key <<")
        return str(event.value)

    def _scalar(self, event: Any, path: Path) -> Any:
        text = str(event.value)
        if event.style:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if any(character.isdigit() for character in text) and _DECIMAL.fullmatch(text):
            return float(text) if isfinite(float(text)) else self._surprise(event, path, text)
        if _SURPRISE.fullmatch(text):
            return self._surprise(event, path, text)
        return text

    def _surprise(self, event: Any, path: Path, text: str) -> str:
        self.findings.append(
            Finding(
                "yaml.ambiguous",
                Severity.ERROR,
                {
                    "id": f"Diharapkan nilai yang dibaca sama oleh semua orang, ditemukan {text} tanpa tanda kutip.",
                    "en": f"Expected a value that everybody reads alike, found {text} without quotes.",
                },
                self._place(event.start_mark),
                dotted(path) or None,
                mend={
                    "id": f'Tulis "{text}" bila ini teks, atau true/false, atau bilangan desimal biasa.',
                    "en": f'Write "{text}" if it is a text, or true/false, or an ordinary decimal number.',
                },
            )
        )
        return text

    def _note(self, what: str, event: Any, path: Path, indonesian: str, english: str) -> None:
        """Remember a fault that does not hinder reading on."""
        name = dotted(path)
        self.findings.append(
            _fault(
                f"yaml.{what}",
                self._place(event.start_mark),
                f"Diharapkan YAML biasa untuk {name or 'berkas'}, ditemukan {indonesian}.",
                f"Expected plain YAML for {name or 'the file'}, found {english}.",
                name or None,
            )
        )


_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(slots=True)
class _JsonReader:
    file: str
    text: str
    findings: list[Finding] = field(default_factory=list)
    lines: dict[Path, tuple[int, int]] = field(default_factory=dict)
    _at: int = 0
    _values: int = 0
    _starts: list[int] = field(default_factory=list)

    def document(self) -> Any:
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        value = self._value((), 0)
        if self._next() != "":
            self._refuse("the end of the file", "akhir berkas")
        return value

    def _next(self) -> str:
        """Skip space; return the next character, empty at the end."""
        match = _SPACE.match(self.text, self._at)
        self._at = match.end() if match else self._at
        return self.text[self._at : self._at + 1]

    def _position(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def _refuse(self, expected: str, diharapkan: str) -> NoReturn:
        found = self.text[self._at : self._at + 12].split("\n")[0]
        place = Place(self.file, *self._position(self._at))
        fault = _fault(
            "json.syntax",
            place,
            f"Diharapkan {diharapkan}, ditemukan {found!r}.",
            f"Expected {expected}, found {found!r}.",
        )
        raise Invalid(f"Expected correct JSON in {self.file}, but line {place.line} is not", [*self.findings, fault])

    def _value(self, path: Path, depth: int) -> Any:
        first = self._next()
        self._values += 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            self._refuse(
                f"at most {MAX_VALUES} values in a depth of at most {MAX_DEPTH}",
                f"paling banyak {MAX_VALUES} nilai dengan kedalaman paling banyak {MAX_DEPTH}",
            )
        self.lines.setdefault(path, self._position(self._at))
        if first == "{":
            return self._object(path, depth)
        if first == "[":
            return self._array(path, depth)
        if first == '"':
            return self._string()
        for word, value in _WORDS.items():
            if self.text.startswith(word, self._at):
                self._at += len(word)
                return value
        number = _NUMBER.match(self.text, self._at)
        if number is None or not isfinite(float(number[0])):
            self._refuse("a value", "sebuah nilai")
        self._at = number.end()
        return float(number[0]) if number[1] or number[2] else int(number[0])

    def _string(self) -> str:
        try:
            value, self._at = scanstring(self.text, self._at + 1, True)
        except JSONDecodeError as error:
            self._at = error.pos
            self._refuse("a text in quotes", "teks dalam tanda kutip")
        return str(value)

    def _object(self, path: Path, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        self._at += 1
        while self._next() != "}":
            if entries:
                self._comma()
            if self._next() != '"':
                self._refuse("a key in quotes", "kunci dalam tanda kutip")
            start = self._position(self._at)
            key = self._string()
            here = (*path, key)
            if key in entries:
                self._duplicate(here, start)
            self.lines.setdefault(here, start)
            if self._next() != ":":
                self._refuse("a colon", "titik dua")
            self._at += 1
            entries[key] = self._value(here, depth + 1)
        self._at += 1
        return entries

    def _array(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        self._at += 1
        while self._next() != "]":
            if items:
                self._comma()
            items.append(self._value((*path, len(items)), depth + 1))
        self._at += 1
        return items

    def _comma(self) -> None:
        if self._next() != ",":
            self._refuse("a comma", "koma")
        self._at += 1

    def _duplicate(self, path: Path, start: tuple[int, int]) -> None:
        first = self.lines[path][0]
        self.findings.append(
            _fault(
                "json.duplicate-key",
                Place(self.file, *start),
                f"Diharapkan {dotted(path)} satu kali, ditemukan lagi (pertama di baris {first}).",
                f"Expected {dotted(path)} once, found it again (first in line {first}).",
                dotted(path),
            )
        )
