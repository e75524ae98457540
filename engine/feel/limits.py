"""How large an expression may be and how much an evaluation may do. All limits are deterministic: none reads a clock.

Fuel is charged by size: a step of an iteration costs the size of its body, a list operation the length of the
list, a string operation a sixty-fourth of its length. What cannot loop is bounded by the size of the source.
"""

from typing import Final

SOURCE_CHARS: Final = 8_192
NODES: Final = 2_000
DEPTH: Final = 64
# A tree is deeper than its source is nested where operators group from the left.
LEVELS: Final = 3 * DEPTH

FUEL: Final = 100_000
RECURSION: Final = 100
# Python frames that nested calls of FEEL functions may use together; FEEL's own limit is RECURSION.
FRAMES: Final = 5_000

STRING_CHARS: Final = 262_144
LIST_ITEMS: Final = 10_000
EXPONENT: Final = 6_144
DIGITS: Final = 34
YEARS: Final = 999_999_999

PATTERN_CHARS: Final = 2_048
REGEX_BYTES: Final = 1 << 20
