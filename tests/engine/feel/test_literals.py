"""Literals, comments, white space (DMN 1.5, 10.3.1.2 to 10.3.1.4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1", Decimal(1)),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("-3", Decimal(-3)),
        ("1.2e3", Decimal(1200)),
        ("1E-2", Decimal("0.01")),
        ("123456789012345678901234567890123456", Decimal("1.234567890123456789012345678901235E+35")),
        ("true", True),
        ("false", False),
        ("null", None),
        ('"abc"', "abc"),
        ('""', ""),
        (r'"a\"b"', 'a"b'),
        (r'"a\'b"', "a'b"),
        (r'"\\"', "\\"),
        (r'"\n\r\t"', "\n\r\t"),
        (r'"\u0041"', "A"),
        (r'"\U01F40E"', "🐎"),
        (r'"\uD83D\uDC0E"', "🐎"),
        (r'"\uD83D"', "\ufffd"),
        ('"\ud83d"', "\ufffd"),
        ('"\ud83d\udc0e"', "🐎"),
        (r'"\d+"', r"\d+"),
        (r'"\x"', r"\x"),
        ('"é🐎"', "é🐎"),
        ("[]", []),
        ("[1, [2]]", [1, [2]]),
        ("{}", {}),
        ('{a: 1, "b c": 2}', {"a": 1, "b c": 2}),
        ("1 // the end\n + 1", Decimal(2)),
        ("1 /* in\n between */ + 1", Decimal(2)),
        ("/**/1/* * / */", Decimal(1)),
        ('"// no comment"', "// no comment"),
        ("1\u00a0+\u2003\t\n\ufeff1", Decimal(2)),
    ],
)
def test_a_literal_has_its_value(source: str, expected: Any, evaluate: Callable[..., Any]) -> None:
    found = evaluate(source)

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('@"2026-03-02"', "2026-03-02"),
        ('@"-0044-03-15"', "-0044-03-15"),
        ('@"999999999-12-31"', "999999999-12-31"),
        ('@"10:30:00"', "10:30:00"),
        ('@"10:30:00.5Z"', "10:30:00.5Z"),
        ('@"10:30:00+07:00"', "10:30:00+07:00"),
        ('@"10:30:00@Asia/Jakarta"', "10:30:00@Asia/Jakarta"),
        ('@"2026-03-02T10:30:00"', "2026-03-02T10:30:00"),
        ('@"2026-03-02T24:00:00"', "2026-03-03T00:00:00"),
        ('@"2026-03-02T10:30:00.123456789-05:30"', "2026-03-02T10:30:00.123456789-05:30"),
        ('@"P1DT2H3M4.5S"', "P1DT2H3M4.5S"),
        ('@"PT36H"', "P1DT12H"),
        ('@"-P1D"', "-P1D"),
        ('@"P14M"', "P1Y2M"),
        ('@"P0D"', "PT0S"),
        ('@"P0Y"', "P0M"),
    ],
)
def test_an_at_literal_is_a_date_time_or_duration(source: str, text: str, evaluate: Callable[..., Any]) -> None:
    assert str(evaluate(source)) == text


@pytest.mark.parametrize("text", ["", "x", "2026-13-01", "2026-02-30", "P", "PT", "P1D2Y", "25:00:00", "2026-3-2"])
def test_an_at_literal_that_is_none_is_null(text: str, evaluate: Callable[..., Any]) -> None:
    assert evaluate(f'@"{text}"') is None


def test_there_is_no_negative_zero(same: Callable[[str, str], None]) -> None:
    same("string(-0)", '"0"')
    same("string(0 * -1)", '"0"')
