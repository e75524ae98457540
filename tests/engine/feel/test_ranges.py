"""Ranges, membership and the relations of ranges (DMN 1.5, 10.3.2.7 and tables 42, 55, 78)."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

Evaluate = Callable[..., Any]

ENDS = [("[", "]"), ("(", "]"), ("[", ")"), ("(", ")"), ("]", "["), ("[", "[")]


@pytest.mark.parametrize(("opening", "closing"), ENDS)
def test_brackets_say_whether_an_end_belongs_to_the_range(opening: str, closing: str, evaluate: Evaluate) -> None:
    interval = f"{opening}2..4{closing}"

    found = [evaluate(f"{value} in {interval}") for value in (1, 2, 3, 4, 5)]

    assert found == [False, opening == "[", True, closing == "]", False]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("2 in [1, 2, 3]", True),
        ("4 in [1, 2, 3]", False),
        ('4 in [1, "a", 4]', True),
        ("2 in [[1..3], [5..7]]", True),
        ("4 in [[1..3], [5..7]]", False),
        ("4 in (1, < 3, > 3)", True),
        ("3 in (1, < 3, > 3)", False),
        ("3 in < 5", True),
        ("5 in <= 5", True),
        ("5 in != 4", True),
        ("5 in = 5", True),
        ("5 in 5", True),
        ("null in null", True),
        ("null in (1, null)", True),
        ("5 in null", False),
        ("null in [1..3]", None),
        ('"a" in [1..3]', None),
        ("5 in [1..null]", None),
        ("0 in [1..null]", False),
        ("5 in (? > 3)", True),
        ("5 in (? > 3 and ? < 4)", False),
        ("[1, 2] in [[1, 2], [3]]", True),
        ("1 in ({a: [1..3]}.a)", True),
        ("5 in (function(x) x)(5)", True),
        ("3 in ((1..4))", True),
        ("x in [70..90] and y", True),
        ("(2 in [1..3]) = true", True),
    ],
)
def test_membership(source: str, expected: bool | None, evaluate: Evaluate) -> None:
    assert evaluate(source, x=80, y=True) is expected


@pytest.mark.parametrize(
    ("source", "start", "end", "start_included", "end_included"),
    [
        ("[1..10]", 1, 10, True, True),
        ("(1..10]", 1, 10, False, True),
        ("]1..10[", 1, 10, False, False),
        ("(<= 10)", None, 10, False, True),
        ("(< 10)", None, 10, False, False),
        ("(> 1)", 1, None, False, False),
        ("(>= 1)", 1, None, True, False),
        ("(= 1)", 1, 1, True, True),
        ('range("[1..10)")', 1, 10, True, False),
    ],
)
def test_a_range_tells_its_ends(
    source: str, start: Any, end: Any, start_included: bool, end_included: bool, evaluate: Evaluate
) -> None:
    names = ("start", "end", "start included", "end included")

    assert [evaluate(f"{source}.{name}") for name in names] == [start, end, start_included, end_included]


@pytest.mark.parametrize(
    "source",
    ["[2..1]", '[1.."a"]', "[null..null]", "[true..false]", "[[1]..[2]]", '["b".."a"]', '[@"P1D"..@"P1Y"]', "(< true)"],
)
def test_ends_without_a_common_order_make_no_range(source: str, evaluate: Evaluate) -> None:
    assert evaluate(source) is None


# --- relations: every one is compared with what the ranges hold, on a grid fine enough to tell all bounds apart

POINTS = [1, 2, 3]
GRID = [half / 2 for half in range(1, 9)]
RANGES = [
    (low, high, low_closed, high_closed)
    for low, high in product(POINTS, POINTS)
    for low_closed, high_closed in product((True, False), repeat=2)
    if low < high or (low == high and low_closed and high_closed)
]
_Interval = tuple[int, int, bool, bool]


def _text(interval: _Interval) -> str:
    low, high, low_closed, high_closed = interval
    return f"{'[' if low_closed else '('}{low}..{high}{']' if high_closed else ')'}"


def _held(interval: _Interval) -> set[float]:
    low, high, low_closed, high_closed = interval
    return {
        value
        for value in GRID
        if (value > low or (low_closed and value == low)) and (value < high or (high_closed and value == high))
    }


@pytest.mark.parametrize("one", RANGES)
def test_relations_of_two_ranges_say_what_the_ranges_hold(one: _Interval, evaluate: Evaluate) -> None:
    for other in RANGES:
        mine, theirs = _held(one), _held(other)
        expected = {
            "before": max(mine) < min(theirs),
            "after": min(mine) > max(theirs),
            "overlaps": bool(mine & theirs),
            "includes": mine >= theirs,
            "during": mine <= theirs,
            "coincides": mine == theirs and one == other,
            "meets": one[3] and other[2] and one[1] == other[0],
            "met by": one[2] and other[3] and one[0] == other[1],
            "starts": one[0] == other[0] and one[2] == other[2] and mine <= theirs,
            "started by": one[0] == other[0] and one[2] == other[2] and mine >= theirs,
            "finishes": one[1] == other[1] and one[3] == other[3] and mine <= theirs,
            "finished by": one[1] == other[1] and one[3] == other[3] and mine >= theirs,
            "overlaps before": bool(mine & theirs) and min(mine) < min(theirs) and max(mine) <= max(theirs),
            "overlaps after": bool(mine & theirs) and min(theirs) < min(mine) and max(theirs) <= max(mine),
        }
        pairs = ", ".join(f"{name}({_text(one)}, {_text(other)})" for name in expected)
        assert dict(zip(expected, evaluate(f"[{pairs}]"), strict=True)) == expected, f"{_text(one)} {_text(other)}"


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("interval", RANGES)
def test_relations_of_a_point_and_a_range(point: int, interval: _Interval, evaluate: Evaluate) -> None:
    held, text = _held(interval), _text(interval)

    assert evaluate(f"before({point}, {text})") is (point < min(held))
    assert evaluate(f"before({text}, {point})") is (max(held) < point)
    assert evaluate(f"after({point}, {text})") is (point > max(held))
    assert evaluate(f"after({text}, {point})") is (min(held) > point)
    assert evaluate(f"during({point}, {text})") is (point in held)
    assert evaluate(f"includes({text}, {point})") is (point in held)
    assert evaluate(f"starts({point}, {text})") is (interval[0] == point and interval[2])
    assert evaluate(f"finishes({point}, {text})") is (interval[1] == point and interval[3])
    assert evaluate(f"started by({text}, {point})") is (interval[0] == point and interval[2])
    assert evaluate(f"finished by({text}, {point})") is (interval[1] == point and interval[3])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("before(1, 2)", True),
        ("after(1, 2)", False),
        ("coincides(2, 2)", True),
        ('before("a", ["b".."c"])', True),
        ('before(@"2026-01-01", [@"2026-01-02"..@"2026-01-03"])', True),
        ("before((< 2), [2..3])", True),
        ("overlaps((< 2), [1..3])", True),
        ("includes((>= 2), [2..100])", True),
        ('before(1, ["a".."b"])', None),
        ("before(true, false)", None),
        ("meets([1..2], 2)", None),
        ("includes((!= 2), [1..3])", None),
        ("before(point: 1, range: [2..3])", True),
        ("before(range1: [1..2], range2: [3..4])", True),
    ],
)
def test_relations_of_other_values(source: str, expected: bool | None, evaluate: Evaluate) -> None:
    assert evaluate(source) is expected
