"""Sheets of a printed record: plain text set into lines and pages, with one font that is embedded.

Texts are drawn as they are, letter by letter; nothing in them is read as marks. Scripts that are written from the right
or joined are drawn in the order of their letters; what the font does not have is drawn as �.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFString
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from api.pages.drawing import STATIC

REGULAR, BOLD = "NotoSans", "NotoSans-Bold"
_FILES = {REGULAR: "NotoSans-Regular.ttf", BOLD: "NotoSans-Bold.ttf"}
_MISSING = "\ufffd"
_WIDTH, _HEIGHT = A4
_MARGIN, _FOOT = 54.0, 36.0
_LEADING = 1.4
LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text at its place on a page. ``grey`` 0 is black."""

    x: float
    y: float
    text: str
    font: str
    size: float
    grey: float


class Sheets:
    """Text that flows over pages. Pages are kept as lines, so that each can say of how many it is."""

    def __init__(self) -> None:
        self._pages: list[list[Line]] = [[]]
        self._y = _HEIGHT - _MARGIN

    def title(self, text: str) -> None:
        """Add the title of the record."""
        self._put(text, BOLD, 18.0)
        self.gap(4)

    def heading(self, text: str) -> None:
        """Add a heading; it stays with what follows."""
        self.gap(12)
        self._need(60)
        self._put(text, BOLD, 13.0)
        self.gap(2)

    def text(self, text: str, *, bold: bool = False, small: bool = False, indent: float = 0.0) -> None:
        """Add a paragraph."""
        self._put(text, BOLD if bold else REGULAR, 8.5 if small else 10.0, indent=indent, grey=0.3 if small else 0.0)

    def fact(self, label: str, value: str) -> None:
        """Add a label with its value beside it."""
        size, second = 10.0, 160.0
        labels = list(_wrapped(label, REGULAR, size, second - 10))
        values = list(_wrapped(value, REGULAR, size, _WIDTH - 2 * _MARGIN - second))
        for number in range(max(len(labels), len(values))):
            self._need(size * _LEADING)
            if number < len(labels):
                self._line(labels[number], REGULAR, size, 0.0, 0.3)
            if number < len(values):
                self._line(values[number], REGULAR, size, second, 0.0)
            self._y -= size * _LEADING

    def gap(self, points: float = 6) -> None:
        """Leave some room."""
        self._y -= points

    def pdf(self, *, title: str, language: str, foot: str, page_of: str) -> bytes:
        """Return the PDF. ``foot`` stands on each page, beside ``page_of`` with {page} and {pages} filled in."""
        _register()
        made = io.BytesIO()
        canvas = Canvas(made, pagesize=A4, pageCompression=1)
        canvas.setTitle(_drawable(title, REGULAR))
        canvas.setCreator("Alur")
        canvas.setCatalogEntry("Lang", PDFString(language))
        for number, lines in enumerate(self._pages, start=1):
            for line in lines:
                canvas.setFont(line.font, line.size)
                canvas.setFillGray(line.grey)
                canvas.drawString(line.x, line.y, line.text)
            canvas.setFont(REGULAR, 8)
            canvas.setFillGray(0.3)
            canvas.drawString(_MARGIN, _FOOT, _drawable(foot, REGULAR))
            told = page_of.format(page=number, pages=len(self._pages))
            canvas.drawRightString(_WIDTH - _MARGIN, _FOOT, told)
            canvas.showPage()
        canvas.save()
        return made.getvalue()

    def _put(self, text: str, font: str, size: float, *, indent: float = 0.0, grey: float = 0.0) -> None:
        for line in _wrapped(text, font, size, _WIDTH - 2 * _MARGIN - indent):
            self._need(size * _LEADING)
            self._line(line, font, size, indent, grey)
            self._y -= size * _LEADING

    def _line(self, text: str, font: str, size: float, indent: float, grey: float) -> None:
        self._pages[-1].append(Line(_MARGIN + indent, self._y - size, text, font, size, grey))

    def _need(self, height: float) -> None:
        if self._y - height < _FOOT + 24:
            self._pages.append([])
            self._y = _HEIGHT - _MARGIN


def _wrapped(text: str, font: str, size: float, width: float) -> Iterator[str]:
    """Yield the lines of a text; a word that is longer than a line is cut. What is over the limit is left out."""
    _register()
    kept = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …"
    for paragraph in _drawable(kept, font).split("\n"):
        line = ""
        for word in _pieces(paragraph.split(" "), font, size, width):
            longer = f"{line} {word}" if line else word
            if line and pdfmetrics.stringWidth(longer, font, size) > width:
                yield line
                line = word
            else:
                line = longer
        yield line


def _pieces(words: list[str], font: str, size: float, width: float) -> Iterator[str]:
    for word in words:
        start = 0
        while pdfmetrics.stringWidth(word[start:], font, size) > width:
            end = start + 1
            while pdfmetrics.stringWidth(word[start : end + 1], font, size) <= width:
                end += 1
            yield word[start:end]
            start = end
        yield word[start:]


def _drawable(text: str, font: str) -> str:
    """Return a text in letters that the font has: control characters are left out, others become �."""
    _register()
    known = pdfmetrics.getFont(font).face.charToGlyph
    plain = text.replace("\r\n", "\n").replace("\t", " ")
    return "".join(
        letter if letter == "\n" or ord(letter) in known else _MISSING
        for letter in plain
        if letter == "\n" or letter.isprintable()
    )


@cache
def _register() -> None:
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, STATIC / "fonts" / file))
