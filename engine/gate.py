"""The only way in for XML: reads what was uploaded under limits and refuses everything that BPMN and DMN do not need.

No document type, no entities, no processing instructions, nothing from outside, and no encoding but UTF-8 and the two
Latin ones that modelling tools still write. The limits hold while the text is read, so that a hostile file is refused
before it costs memory. The tree that comes out knows the line and column of every element, and nothing else of XML.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pyexpat import ExpatError, ParserCreate, errors
from typing import NoReturn

from engine.errors import Invalid, TooLarge
from engine.findings import Finding, Place, Severity

NO_ATTRIBUTES: Mapping[str, str] = {}
_CHUNK_BYTES = 65536
_LONGEST_SHOWN = 80
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z][\w.-]{0,40})["']""")
_ENCODINGS = {"utf-8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1", "windows-1252": "cp1252"}
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """The most that one file may have. Sizes are in bytes (file) and characters (text, attribute values, names)."""

    size_bytes: int = 2_000_000
    depth: int = 64
    elements: int = 20_000
    attributes: int = 64
    namespaces: int = 256
    text: int = 65_536
    name: int = 128


# A decision table of 2,000 rules has some 30,000 cells.
DMN_LIMITS = XmlLimits(size_bytes=5_000_000, elements=200_000)


@dataclass(slots=True, eq=False)
class Element:
    """An element. ``attributes`` have keys ``name`` or, with a namespace, ``{namespace}name``.

    ``text`` is the element's own text, without that of its children. ``prefixes`` maps the prefixes that are in force
    here to namespaces (the empty prefix to the default one): QNames in values need them.
    """

    namespace: str
    name: str
    attributes: Mapping[str, str]
    prefixes: Mapping[str, str]
    place: Place
    text: str = ""
    children: list["Element"] = field(default_factory=list)
    written: "_Written | None" = field(default=None, repr=False)

    def get(self, name: str, namespace: str = "") -> str | None:
        """Return the value of an attribute; None: it is not there."""
        return self.attributes.get(f"{{{namespace}}}{name}" if namespace else name)

    def all(self, name: str, namespace: str | None = None) -> Iterator["Element"]:
        """Yield the children called ``name`` in ``namespace`` (None: the element's own)."""
        wanted = self.namespace if namespace is None else namespace
        return (child for child in self.children if child.name == name and child.namespace == wanted)

    def first(self, name: str, namespace: str | None = None) -> "Element | None":
        """Return the first child called ``name``; None: there is none."""
        return next(self.all(name, namespace), None)

    def place_in(self, attribute: str | None, index: int) -> Place:
        """Return where the character ``index`` of an attribute's value, or of the text (None), stands in the file.

        ``attribute`` is a key of ``attributes``. Where that cannot be told it is the element's own place.
        """
        return self.written.place(self, attribute, index) if self.written is not None else self.place

    def walk(self) -> Iterator["Element"]:
        """Yield this element and everything in it, in the order of the file."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


@dataclass(frozen=True, slots=True)
class _Written:
    """Where an element stands in the bytes of its file."""

    source: bytes
    start: int

    def place(self, element: Element, attribute: str | None, index: int) -> Place:
        tag = _START_TAG.match(self.source, self.start)
        if tag is None:
            return element.place
        if attribute is None:
            begin, end = tag.end(), len(self.source)
        else:
            begin, end = _value_of(tag, element, attribute)
        at = _skip(self.source, begin, end, index) if 0 <= begin <= end else None
        if at is None:
            return element.place
        line_start = self.source.rfind(b"\n", 0, at) + 1
        line = (element.place.line or 1) + self.source.count(b"\n", self.start, at)
        return Place(element.place.file, line, len(self.source[line_start:at].decode(errors="replace")) + 1)


# A start tag, and its attributes; what expat has accepted has this shape.
_START_TAG = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")
_ATTRIBUTE = re.compile(rb"""\s([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
# One character of text, or what stands for one or for none.
_PIECE = re.compile(
    rb"(?P<nothing><!--.*?-->|<!\[CDATA\[|\]\]>)|&[^;]{1,12};|\r\n|[\xc0-\xff][\x80-\xbf]*|.", re.DOTALL
)


def _value_of(tag: re.Match[bytes], element: Element, attribute: str) -> tuple[int, int]:
    """Return where an attribute's value begins and ends; (-1, -1) where it is not found."""
    namespace, _brace, local = attribute.removeprefix("{").rpartition("}")
    for found in _ATTRIBUTE.finditer(tag.string, tag.start(), tag.end()):
        prefix, _colon, name = found[1].decode(errors="replace").rpartition(":")
        if name == local and (element.prefixes.get(prefix, "") if prefix else "") == namespace:
            return found.start(2) + 1, found.end(2) - 1
    return -1, -1


def _skip(source: bytes, begin: int, end: int, count: int) -> int | None:
    """Return where the character after ``count`` others stands; None where the text ends before."""
    at, is_verbatim = begin, False
    while at < end:
        piece = _PIECE.match(source, at, end)
        if piece is None:
            return None
        if piece["nothing"] is None:
            if count == 0:
                return at
            count -= 1
        elif piece["nothing"] == b"<![CDATA[":
            is_verbatim = True
        elif piece["nothing"] == b"]]>":
            is_verbatim = False
        # Inside CDATA an ampersand is itself.
        at = at + 1 if is_verbatim and piece[0][:1] == b"&" else piece.end()
    return at if count == 0 else None


def read_xml(data: bytes, *, file: str, limits: XmlLimits | None = None) -> Element:
    """Read one XML document and return its root.

    Raises Invalid, or TooLarge for what is over a limit, with a finding.
    """
    limits = limits or XmlLimits()
    if len(data) > limits.size_bytes:
        _too_large(Place(file), "bita", "bytes", limits.size_bytes, len(data))
    if data.startswith(_UTF16_OR_32):
        _refuse(Place(file, 1), "xml.not-utf8", "UTF-8", "tanda UTF-16 atau UTF-32", "a mark of UTF-16 or UTF-32")
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        _refuse(Place(file, line), "xml.not-utf8", "UTF-8", "bita NUL", "a NUL byte")
    return _Reader(file, limits).read(_utf8(data, file))


def _utf8(data: bytes, file: str) -> bytes:
    """Return the text in UTF-8, whichever of the accepted encodings it declares."""
    declared = _ENCODING.match(data)
    name = declared[1].decode().lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        _refuse(Place(file, 1), "xml.not-utf8", "UTF-8", _shown(name), _shown(name))
    try:
        return data.decode(_ENCODINGS[name]).encode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        byte = f"0x{data[error.start]:02x}"
        _refuse(Place(file, line), "xml.not-utf8", name, f"bita {byte}", f"the byte {byte}")


class _Reader:
    """Builds the tree while expat reads, and stops at the first thing that is refused."""

    def __init__(self, file: str, limits: XmlLimits) -> None:
        self.file = file
        self.limits = limits
        self.root: Element | None = None
        self.open: list[Element] = []
        self.texts: list[list[str]] = []
        self.lengths: list[int] = []
        self.elements = 0
        self.declared = 0
        self.prefixes: dict[str, str] = {}
        # Given here, the encoding overrules whatever the file declares: UTF-7 cannot smuggle in a document type.
        self.source = b""
        self.parser = parser = ParserCreate("utf-8", " ")
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.XmlDeclHandler = self.declaration
        parser.StartDoctypeDeclHandler = lambda *_what: self.refuse("DOCTYPE", "DOCTYPE")
        parser.EntityDeclHandler = lambda *_what: self.refuse("ENTITY", "ENTITY")
        parser.SkippedEntityHandler = lambda *_what: self.refuse("entitas", "an entity")
        parser.ProcessingInstructionHandler = lambda target, _data: self.refuse(
            f"instruksi pemrosesan {_shown(target)}", f"the processing instruction {_shown(target)}"
        )
        parser.StartNamespaceDeclHandler = self.namespace
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters

    def read(self, data: bytes) -> Element:
        """Feed the parser and return the root."""
        self.source = data
        try:
            for start in range(0, len(data), _CHUNK_BYTES):
                self.parser.Parse(data[start : start + _CHUNK_BYTES], False)
            self.parser.Parse(b"", True)
        except ExpatError as error:
            self.malformed(error)
        if self.root is None:
            raise AssertionError("expat refuses a document without a root")
        return self.root

    def place(self) -> Place:
        """Return where the parser stands."""
        return Place(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def refuse(self, indonesian: str, english: str) -> NoReturn:
        _refuse(self.place(), "xml.forbidden", "elemen|elements", indonesian, english)

    def declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            _refuse(self.place(), "xml.not-utf8", "UTF-8", _shown(encoding), _shown(encoding))

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        self.declared += 1
        if self.declared > self.limits.namespaces:
            _too_large(self.place(), "deklarasi namespace", "namespace declarations", self.limits.namespaces, None)
        self.bounded(uri or "", self.limits.text)
        # A new mapping: elements outside keep theirs.
        self.prefixes = {**self.prefixes, prefix or "": uri or ""}

    def start(self, name: str, attributes: list[str]) -> None:
        self.elements += 1
        if self.elements > self.limits.elements:
            _too_large(self.place(), "elemen", "elements", self.limits.elements, None)
        if len(self.open) >= self.limits.depth:
            _too_large(self.place(), "tingkat kedalaman", "levels of depth", self.limits.depth, None)
        if len(attributes) > 2 * self.limits.attributes:
            _too_large(self.place(), "atribut", "attributes", self.limits.attributes, len(attributes) // 2)
        namespace, local = self.split(name)
        found = {self.key(attributes[at]): attributes[at + 1] for at in range(0, len(attributes), 2)}
        for value in found.values():
            self.bounded(value, self.limits.text)
        prefixes = self.prefixes
        written = _Written(self.source, self.parser.CurrentByteIndex)
        element = Element(namespace, local, found or NO_ATTRIBUTES, prefixes, self.place(), written=written)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        self.texts.append([])
        self.lengths.append(0)

    def end(self, _name: str) -> None:
        element = self.open.pop()
        element.text = "".join(self.texts.pop())
        self.lengths.pop()
        # Declarations of the element that ends are no longer in force.
        self.prefixes = dict(self.open[-1].prefixes) if self.open else {}

    def characters(self, text: str) -> None:
        self.lengths[-1] += len(text)
        if self.lengths[-1] > self.limits.text:
            _too_large(self.place(), "huruf dalam satu teks", "characters in one text", self.limits.text, None)
        self.texts[-1].append(text)

    def split(self, name: str) -> tuple[str, str]:
        namespace, _space, local = name.rpartition(" ")
        self.bounded(local, self.limits.name)
        return namespace, local

    def key(self, name: str) -> str:
        namespace, local = self.split(name)
        return f"{{{namespace}}}{local}" if namespace else local

    def bounded(self, text: str, limit: int) -> None:
        if len(text) > limit:
            _too_large(self.place(), "huruf", "characters", limit, len(text))

    def malformed(self, error: ExpatError) -> NoReturn:
        place = Place(self.file, error.lineno, error.offset + 1)
        if error.code == errors.codes[errors.XML_ERROR_AMPLIFICATION_LIMIT_BREACH]:
            _refuse(place, "xml.forbidden", "elemen|elements", "entitas yang membengkak", "entities that swell")
        reason = re.sub(r": line \d+, column \d+$", "", str(error))
        _refuse(place, "xml.malformed", "XML yang benar|well-formed XML", reason, reason)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def _refuse(place: Place, rule: str, expected: str, indonesian: str, english: str) -> NoReturn:
    """Raise Invalid. ``expected`` is the same in both languages, or ``INDONESIAN|ENGLISH``."""
    diharapkan, _bar, wanted = expected.partition("|")
    message = {
        "id": f"Diharapkan hanya {diharapkan}, ditemukan {indonesian}.",
        "en": f"Expected only {wanted or diharapkan}, found {english}.",
    }
    mend = {
        "id": "Simpan ulang berkas ini dengan alat pemodelan, sebagai XML UTF-8 tanpa DOCTYPE.",
        "en": "Save the file again with a modelling tool, as UTF-8 XML without a DOCTYPE.",
    }
    finding = Finding(rule, Severity.ERROR, message, place, mend=mend)
    raise Invalid(f"{place}: {message['en']}", [finding])


def _too_large(place: Place, indonesian: str, english: str, limit: int, found: int | None) -> NoReturn:
    more = {"id": "lebih banyak", "en": "more"} if found is None else dict.fromkeys(("id", "en"), str(found))
    message = {
        "id": f"Diharapkan paling banyak {limit} {indonesian}, ditemukan {more['id']}.",
        "en": f"Expected at most {limit} {english}, found {more['en']}.",
    }
    mend = {"id": "Bagi berkas ini menjadi beberapa bagian.", "en": "Divide the file into parts."}
    raise TooLarge(f"{place}: {message['en']}", [Finding("xml.too-large", Severity.ERROR, message, place, mend=mend)])
