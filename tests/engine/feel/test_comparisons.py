"""Equality, order and ``between`` (DMN 1.5, tables 52 to 55)."""

from collections.abc import Callable
from typing import Any

import pytest

ONE_OF_EACH = [
    "1",
    '"a"',
    "true",
    '@"2026-01-01"',
    '@"10:00:00"',
    '@"2026-01-01T10:00:00"',
    '@"P1D"',
    '@"P1Y"',
    "[1]",
    "{a: 1}",
    "[1..2]",
]
ORDERED = [
    ("1", "2"),
    ("-1", "0.5"),
    ('"a"', '"b"'),
    ('"A"', '"a"'),
    ('"a"', '"aa"'),
    ('""', '"a"'),
    ('@"2026-01-01"', '@"2026-01-02"'),
    ('@"-0001-01-01"', '@"0001-01-01"'),
    ('@"10:00:00"', '@"10:00:01"'),
    ('@"10:00:00Z"', '@"10:00:00-01:00"'),
    ('@"2026-01-01T23:00:00"', '@"2026-01-02T00:00:00"'),
    ('@"2026-01-01T10:00:00+07:00"', '@"2026-01-01T10:00:00Z"'),
    ('@"2026-01-01T10:00:00@Asia/Jakarta"', '@"2026-01-01T10:00:00@Europe/Paris"'),
    ('@"PT23H"', '@"P1D"'),
    ('@"-P1D"', '@"PT0S"'),
    ('@"P11M"', '@"P1Y"'),
]


@pytest.mark.parametrize(("less", "more"), ORDERED)
def test_values_of_one_kind_have_an_order(less: str, more: str, evaluate: Callable[..., Any]) -> None:
    assert [evaluate(f"{less} {sign} {more}") for sign in ("<", "<=", ">", ">=", "=", "!=")] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]
    assert [evaluate(f"{more} {sign} {less}") for sign in ("<", "<=", ">", ">=")] == [False, False, True, True]
    assert [evaluate(f"{less} {sign} {less}") for sign in ("<", "<=", ">", ">=", "=")] == [
        False,
        True,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("one", ONE_OF_EACH)
@pytest.mark.parametrize("other", ONE_OF_EACH)
def test_values_of_different_kinds_compare_to_null(one: str, other: str, evaluate: Callable[..., Any]) -> None:
    different = one != other

    assert (evaluate(f"{one} = {other}") is None) == different
    assert (evaluate(f"{one} != {other}") is None) == different
    if different:
        assert evaluate(f"{one} < {other}") is None


@pytest.mark.parametrize("value", ONE_OF_EACH)
def test_null_equals_only_null(value: str, evaluate: Callable[..., Any]) -> None:
    assert evaluate(f"{value} = null") is False
    assert evaluate(f"null != {value}") is True
    assert evaluate(f"{value} < null") is None
    assert evaluate("null = null") is True


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 = 1.00", True),
        ("[1, 2] = [1, 2]", True),
        ("[1, 2] = [2, 1]", False),
        ("[1] = [1, 1]", False),
        ('[1] = ["a"]', False),
        ("[null] = [null]", True),
        ("{a: 1, b: [2]} = {b: [2], a: 1}", True),
        ("{a: 1} = {a: 1, b: null}", False),
        ("[1..3] = [1..3]", True),
        ("[1..3] = [1..3)", False),
        ("(< 3) = (< 3)", True),
        ("(< 3) = (<= 3)", False),
        ("{f: function(a) a, r: f = f}.r", True),
        ("(function(a) a) = (function(b) b)", False),
        ("(function(a) a + 1) = (function(a) a + 1)", True),
        ("(function(a) a + 1) = (function(a) a + 2)", False),
        ("{f: for i in 1..2 return function() i, r: f[1] = f[2]}.r", False),
        ("{f: for i in [1, 1] return function() 5, r: f[1] = f[1]}.r", True),
        ("true < false", None),
        ("[1] < [2]", None),
        ('@"10:00:00" = @"10:00:00Z"', True),
        ('@"10:00:00" < @"10:00:01+05:00"', True),
        ('@"2026-01-01T10:00:00" = @"2026-01-01T10:00:00+07:00"', True),
        ('@"2026-01-01T03:00:00Z" = @"2026-01-01T10:00:00+07:00"', True),
        ('@"P1Y" = @"P12M"', True),
        ('@"P1D" = @"PT24H"', True),
    ],
)
def test_equality_and_order_of_special_values(source: str, expected: bool | None, evaluate: Callable[..., Any]) -> None:
    assert evaluate(source) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("2 between 1 and 3", True),
        ("1 between 1 and 3", True),
        ("3 between 1 and 3", True),
        ("4 between 1 and 3", False),
        ("2 between 3 and 1", False),
        ("null between 1 and 3", None),
        ("0 between 1 and null", False),
        ("2 between 1 and null", None),
        ('"b" between "a" and "c"', True),
        ('2 between "a" and 3', None),
    ],
)
def test_between_is_both_comparisons_in_ternary_logic(
    source: str, expected: bool | None, evaluate: Callable[..., Any]
) -> None:
    assert evaluate(source) is expected
