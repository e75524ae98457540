"""Sets of characters that regular expressions name: categories and blocks of Unicode, and those of XML names."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Final

Ranges = list[tuple[int, int]]

LAST: Final = 0x10FFFF

CATEGORIES: Final = frozenset(
    {"L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"}
    | {"P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp"}
    | {"S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn"}
)

# The blocks that XML Schema part 2 (second edition, appendix F.1.1) names, without ``Is``.
BLOCKS: Final[dict[str, tuple[int, int]]] = {
    "BasicLatin": (0x0000, 0x007F),
    "Latin-1Supplement": (0x0080, 0x00FF),
    "LatinExtended-A": (0x0100, 0x017F),
    "LatinExtended-B": (0x0180, 0x024F),
    "IPAExtensions": (0x0250, 0x02AF),
    "SpacingModifierLetters": (0x02B0, 0x02FF),
    "CombiningDiacriticalMarks": (0x0300, 0x036F),
    "Greek": (0x0370, 0x03FF),
    "GreekandCoptic": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Armenian": (0x0530, 0x058F),
    "Hebrew": (0x0590, 0x05FF),
    "Arabic": (0x0600, 0x06FF),
    "Syriac": (0x0700, 0x074F),
    "Thaana": (0x0780, 0x07BF),
    "Devanagari": (0x0900, 0x097F),
    "Bengali": (0x0980, 0x09FF),
    "Gurmukhi": (0x0A00, 0x0A7F),
    "Gujarati": (0x0A80, 0x0AFF),
    "Oriya": (0x0B00, 0x0B7F),
    "Tamil": (0x0B80, 0x0BFF),
    "Telugu": (0x0C00, 0x0C7F),
    "Kannada": (0x0C80, 0x0CFF),
    "Malayalam": (0x0D00, 0x0D7F),
    "Sinhala": (0x0D80, 0x0DFF),
    "Thai": (0x0E00, 0x0E7F),
    "Lao": (0x0E80, 0x0EFF),
    "Tibetan": (0x0F00, 0x0FFF),
    "Myanmar": (0x1000, 0x109F),
    "Georgian": (0x10A0, 0x10FF),
    "HangulJamo": (0x1100, 0x11FF),
    "Ethiopic": (0x1200, 0x137F),
    "Cherokee": (0x13A0, 0x13FF),
    "UnifiedCanadianAboriginalSyllabics": (0x1400, 0x167F),
    "Ogham": (0x1680, 0x169F),
    "Runic": (0x16A0, 0x16FF),
    "Khmer": (0x1780, 0x17FF),
    "Mongolian": (0x1800, 0x18AF),
    "Balinese": (0x1B00, 0x1B7F),
    "Sundanese": (0x1B80, 0x1BBF),
    "Batak": (0x1BC0, 0x1BFF),
    "Buginese": (0x1A00, 0x1A1F),
    "Rejang": (0xA930, 0xA95F),
    "Javanese": (0xA980, 0xA9DF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "CombiningMarksforSymbols": (0x20D0, 0x20FF),
    "CombiningDiacriticalMarksforSymbols": (0x20D0, 0x20FF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "MiscellaneousTechnical": (0x2300, 0x23FF),
    "ControlPictures": (0x2400, 0x243F),
    "OpticalCharacterRecognition": (0x2440, 0x245F),
    "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "BoxDrawing": (0x2500, 0x257F),
    "BlockElements": (0x2580, 0x259F),
    "GeometricShapes": (0x25A0, 0x25FF),
    "MiscellaneousSymbols": (0x2600, 0x26FF),
    "Dingbats": (0x2700, 0x27BF),
    "BraillePatterns": (0x2800, 0x28FF),
    "CJKRadicalsSupplement": (0x2E80, 0x2EFF),
    "KangxiRadicals": (0x2F00, 0x2FDF),
    "IdeographicDescriptionCharacters": (0x2FF0, 0x2FFF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "Bopomofo": (0x3100, 0x312F),
    "HangulCompatibilityJamo": (0x3130, 0x318F),
    "Kanbun": (0x3190, 0x319F),
    "BopomofoExtended": (0x31A0, 0x31BF),
    "EnclosedCJKLettersandMonths": (0x3200, 0x32FF),
    "CJKCompatibility": (0x3300, 0x33FF),
    "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "YiSyllables": (0xA000, 0xA48F),
    "YiRadicals": (0xA490, 0xA4CF),
    "HangulSyllables": (0xAC00, 0xD7AF),
    "PrivateUse": (0xE000, 0xF8FF),
    "PrivateUseArea": (0xE000, 0xF8FF),
    "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "AlphabeticPresentationForms": (0xFB00, 0xFB4F),
    "ArabicPresentationForms-A": (0xFB50, 0xFDFF),
    "CombiningHalfMarks": (0xFE20, 0xFE2F),
    "CJKCompatibilityForms": (0xFE30, 0xFE4F),
    "SmallFormVariants": (0xFE50, 0xFE6F),
    "ArabicPresentationForms-B": (0xFE70, 0xFEFF),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF),
    "Specials": (0xFFF0, 0xFFFF),
}

# ``\i`` and ``\c``: how an XML name begins and goes on.
NAME_START: Final[Ranges] = [
    *((ord(sign), ord(sign)) for sign in ":_"),
    (0x41, 0x5A),
    (0x61, 0x7A),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x2FF),
    (0x370, 0x37D),
    (0x37F, 0x1FFF),
    (0x200C, 0x200D),
    (0x2070, 0x218F),
    (0x2C00, 0x2FEF),
    (0x3001, 0xD7FF),
    (0xF900, 0xFDCF),
    (0xFDF0, 0xFFFD),
    (0x10000, 0xEFFFF),
]
NAME_PART: Final[Ranges] = [*NAME_START, (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040)]
SPACE: Final[Ranges] = [(0x9, 0xA), (0xD, 0xD), (0x20, 0x20)]

# Where characters of more than one category follow each other; the rest is listed below.
_MIXED: Final = (
    range(0x3400),
    range(0x4DC0, 0x4E00),
    range(0xA000, 0xAC00),
    range(0xD7A4, 0xD800),
    range(0xF900, 0x17000),
    range(0x187F8, 0x18800),
    range(0x18CD6, 0x20000),
    range(0x2A6E0, 0x32400),
    range(0xE0000, 0xE01F0),
)
_UNIFORM: Final = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xE000, 0xF8FF),
    (0x17000, 0x187F7),
    (0x18800, 0x18CD5),
    (0x20000, 0x2A6DF),
    (0xF0000, 0xFFFFD),
    (0x100000, 0x10FFFD),
)
_SURROGATES: Final = (0xD800, 0xDFFF)


@cache
def category_ranges(name: str) -> tuple[tuple[int, int], ...]:
    """Return the characters of a category, or of all that begin with its letter."""
    every = _categories()
    if name == "C":  # all that is nothing else, also what is not assigned
        return tuple(inverse(block for category in every if category[0] != "C" for block in every[category]))
    if name == "Cn":
        return tuple(inverse([_SURROGATES, *(block for blocks in every.values() for block in blocks)]))
    return tuple(normal(block for category in every if category.startswith(name) for block in every[category]))


@cache
def _categories() -> dict[str, Ranges]:
    """Return the characters of every category, found in one walk of some milliseconds."""
    found: dict[str, Ranges] = {}
    for low, high in _UNIFORM:
        found.setdefault(unicodedata.category(chr(low)), []).append((low, high))
    for block in _MIXED:
        start = block.start
        for category, run in groupby(map(unicodedata.category, map(chr, block))):
            end = start + sum(1 for _ in run)
            if category != "Cn":
                found.setdefault(category, []).append((start, end - 1))
            start = end
    return found


def normal(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return ranges in order, those that touch joined."""
    result: Ranges = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], high))
        else:
            result.append((low, high))
    return result


def inverse(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return every character that is in none of the ranges."""
    result: Ranges = []
    start = 0
    for low, high in normal(ranges):
        if low > start:
            result.append((start, low - 1))
        start = high + 1
    return [*result, (start, LAST)] if start <= LAST else result


def difference(ranges: Iterable[tuple[int, int]], without: Iterable[tuple[int, int]]) -> Ranges:
    """Return the characters of some ranges that are not in others."""
    return inverse([*inverse(ranges), *without])
