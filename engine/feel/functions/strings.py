"""String functions (DMN 1.5, 10.3.4.3), ``string`` and ``number`` (10.3.4.1). Positions count code points."""

import re
from decimal import Decimal, DecimalException
from typing import Any, Final

from engine.feel.errors import FeelError
from engine.feel.functions.registry import builtin, part
from engine.feel.limits import EXPONENT, STRING_CHARS
from engine.feel.operators import kind_name
from engine.feel.printer import value_text
from engine.feel.regex import Pattern, compile_pattern
from engine.feel.values import NUMBERS, Run, check_list, check_string, note_pattern

_NUMERAL: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?", re.ASCII)


@builtin("substring(string: string, start position: number, length?: number?)", cost=8)
def substring(run: Run, text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    """Return the characters from a position from 1, or from the end with -1. A length beyond the end is null."""
    found = part(run, start, length, len(text))
    return None if found is None else check_string(run, text[found])


@builtin("string length(string: string)")
def string_length(run: Run, text: str) -> Decimal:
    return Decimal(len(text))


@builtin("upper case(string: string)")
def upper_case(run: Run, text: str) -> str:
    return check_string(run, text.upper())


@builtin("lower case(string: string)")
def lower_case(run: Run, text: str) -> str:
    return check_string(run, text.lower())


@builtin("substring before(string: string, match: string)", cost=8)
def substring_before(run: Run, text: str, match: str) -> str:
    """Return what stands before the first match; the empty string if there is none."""
    before, found, _ = text.partition(match) if match else ("", "", "")
    return check_string(run, before if found else "")


@builtin("substring after(string: string, match: string)")
def substring_after(run: Run, text: str, match: str) -> str:
    """Return what stands after the first match; the empty string if there is none."""
    return check_string(run, text.partition(match)[2] if match else text)


@builtin("contains(string: string, match: string)")
def contains(run: Run, text: str, match: str) -> bool:
    run.spend(len(text) >> 6)
    return match in text


@builtin("starts with(string: string, match: string)")
def starts_with(run: Run, text: str, match: str) -> bool:
    return text.startswith(match)


@builtin("ends with(string: string, match: string)")
def ends_with(run: Run, text: str, match: str) -> bool:
    return text.endswith(match)


@builtin("matches(input: string, pattern: string, flags?: string?)", cost=10)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool | None:
    """Tell whether a regular expression of XQuery matches anywhere in the text."""
    compiled = _pattern(run, text, pattern, flags)
    return None if compiled is None else compiled.matches(run, text)


@builtin("replace(input: string, pattern: string, replacement: string, flags?: string?)", cost=16)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    """Replace every match; ``$1`` in the replacement is what the first group matched."""
    compiled = _pattern(run, text, pattern, flags, groups=True)
    return None if compiled is None else compiled.replace(run, text, replacement)


@builtin("split(string: string, delimiter: string)", cost=16)
def split(run: Run, text: str, delimiter: str) -> list[str] | None:
    """Cut a text at every match of a regular expression."""
    compiled = _pattern(run, text, delimiter, None)
    return None if compiled is None else compiled.split(run, text)


def _pattern(run: Run, text: str, source: str, flags: str | None, *, groups: bool = False) -> Pattern | None:
    """Return the compiled pattern, charged for: at worst RE2 goes over the pattern at every character."""
    run.spend(1 + (len(source) >> 6))
    compiled = compile_pattern(source, flags or "", groups=groups)
    if isinstance(compiled, str):
        run.spend(100)
        return run.null(compiled)
    note_pattern(run, (source, flags), compiled.weight)
    run.spend(len(text) * (compiled.weight - 240) >> 8)
    return compiled


@builtin("string join(list: list, delimiter?: string?)")
def string_join(run: Run, items: list[Any], delimiter: str | None = None) -> str | None:
    """Join strings; null among them is left out."""
    check_list(run, items)
    wrong = [item for item in items if item is not None and not isinstance(item, str)]
    if wrong:
        return run.null(f"Expected strings in 'string join', but found {kind_name(wrong[0])}")
    texts = [item for item in items if item is not None]
    delimiter = delimiter or ""
    size = sum(map(len, texts)) + len(delimiter) * max(len(texts) - 1, 0)
    run.spend(size >> 6)
    return check_string(run, delimiter.join(texts)) if size <= STRING_CHARS else _too_long(size)


@builtin("string(from: any)", cost=12)
def string(run: Run, value: Any) -> str | None:
    return None if value is None else value_text(run, value)


@builtin("number(from: string, grouping separator?: string?, decimal separator?: string?)", cost=12)
def number(run: Run, text: str, grouping: str | None = None, point: str | None = None) -> Decimal | None:
    """Return the number that a text says, with a grouping and a decimal separator of one's own."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return run.null("Expected a blank, comma or full stop as separator, but found another")
    if grouping is not None and grouping == (point or "."):
        return run.null("Expected two different separators, but found the same")
    plain = text.replace(grouping, "") if grouping else text
    if point == ",":
        if "." in plain:
            return run.null(f"Expected a number with a decimal comma, but found {text[:40]!r}")
        plain = plain.replace(",", ".")
    if len(plain) > 10_000 or not _NUMERAL.fullmatch(plain):
        return run.null(f"Expected a number, but found {text[:40]!r}")
    run.spend(len(plain) >> 6)
    return _finite(run, plain)


def _finite(run: Run, text: str) -> Decimal | None:
    try:
        return NUMBERS.create_decimal(text)
    except DecimalException:
        return run.null(f"Expected a number below 10**{EXPONENT + 1}, but found {text[:40]!r}")


def _too_long(size: int) -> str:
    raise FeelError(f"Expected strings of at most {STRING_CHARS} characters, but found {size}")
