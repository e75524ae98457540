"""Paths, filters and iteration (DMN 1.5, 10.3.2.5, 10.3.2.14 and tables 64, 68)."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[1, 2, 3][1]", "1"),
        ("[1, 2, 3][-1]", "3"),
        ("[1, 2, 3][0]", "null"),
        ("[1, 2, 3][4]", "null"),
        ("[1, 2, 3][1.5]", "null"),
        ("[1, 2, 3][1 + 1]", "2"),
        ("[1, 2, 3][count([1, 2])]", "2"),
        ("[[1, 2], [3]][1][2]", "2"),
        ("[1, 2, 3, 4][item > 2]", "[3, 4]"),
        ("[1, 2, 3][true]", "[1, 2, 3]"),
        ("[1, 2, 3][false]", "[]"),
        ("[1, 2, 3][null]", "[]"),
        ('[1, 2, 3]["a"]', "[]"),
        ("[1, null, 3][item > 0]", "[1, 3]"),
        ("[{x: 1, y: 2}, {x: 2, y: 3}][x = 1]", "[{x: 1, y: 2}]"),
        ("[{x: 1}, {x: null}, {y: 1}][x < 2]", "[{x: 1}]"),
        ("[{x: 1, y: 2}, {x: 2, y: 3}].y", "[2, 3]"),
        ("[{x: 1}, {y: 2}].x", "[1, null]"),
        ("[{a: {b: [1]}}, {a: {b: [2, 3]}}].a.b", "[[1], [2, 3]]"),
        ("3[1]", "3"),
        ("3[2]", "null"),
        ("3[item > 2]", "[3]"),
        ("{a: 1}[a = 1]", "[{a: 1}]"),
        ("null[1]", "null"),
        ("null[item > 1]", "null"),
        ("5[null]", "[]"),
        ("[][1]", "null"),
        ("{a: {b: 5}}.a.b", "5"),
        ("{a: 1}.b", "null"),
        ("null.a", "null"),
        ("5.a", "null"),
        ("{limit: 2, r: [1, 2, 3][item >= limit]}.r", "[2, 3]"),
        ("{a: 9, r: [{a: 1}, {b: 1}][a = 9]}.r", "[{b: 1}]"),
    ],
)
def test_filters_indices_and_paths(source: str, expected: str, same: Callable[[str, str], None]) -> None:
    same(source, expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for i in [1, 2] return i * 2", "[2, 4]"),
        ("for i in 1..3 return i", "[1, 2, 3]"),
        ("for i in 3..1 return i", "[3, 2, 1]"),
        ("for i in 1..1 return i", "[1]"),
        ("for i in -1..1 return i", "[-1, 0, 1]"),
        ("for i in [1..3] return i", "[1, 2, 3]"),
        ("for i in (1..4) return i", "[2, 3]"),
        ('for d in @"2026-02-27"..@"2026-03-02" return d.day', "[27, 28, 1, 2]"),
        ("for i in [1, 2], j in [10, 20] return i + j", "[11, 21, 12, 22]"),
        ("for i in 1..3, j in 1..i return j", "[1, 1, 2, 1, 2, 3]"),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"),
        ("for i in 1..3 return count(partial)", "[0, 1, 2]"),
        ("for i in [] return i", "[]"),
        ("for i in null return i", "null"),
        ("for i in 5 return i", "null"),
        ("for i in 1..2.5 return i", "null"),
        ('for i in "a".."c" return i', "null"),
        ("for i in [2..1] return i", "null"),
        ("some x in [1, 2] satisfies x > 1", "true"),
        ("some x in [1, 2] satisfies x > 2", "false"),
        ("some x in [] satisfies x", "false"),
        ("some x in [1, null] satisfies x > 2", "null"),
        ("some x in [null, 3] satisfies x > 2", "true"),
        ("every x in [1, 2] satisfies x > 0", "true"),
        ("every x in [1, 2] satisfies x > 1", "false"),
        ("every x in [] satisfies x", "true"),
        ("every x in [1, null] satisfies x > 0", "null"),
        ("every x in [null, 0] satisfies x > 0", "false"),
        ("some x in [1, 2], y in [2, 3] satisfies x = y", "true"),
        ("every x in 1..3 satisfies x < 4", "true"),
        ("some x in null satisfies x", "null"),
    ],
)
def test_iterations(source: str, expected: str, same: Callable[[str, str], None]) -> None:
    same(source, expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{a: 1, b: a + 1}.b", "2"),
        ("{a: 1, b: {c: a + 1}}.b.c", "2"),
        ("{a: b, b: 1}.a", "null"),
        ("{a: 1, a: 2}", "null"),
        ('{"": 1}', '{"": 1}'),
        ("{if: 1}.if", "1"),
    ],
)
def test_entries_of_a_context_see_those_before_them(
    source: str, expected: str, same: Callable[[str, str], None]
) -> None:
    same(source, expected)


def test_a_value_stays_as_it_was_whatever_is_made_of_it(evaluate: Callable[..., Any]) -> None:
    data = {"list": [1, {"a": 2}], "context": {"a": 1}}

    evaluate('{x: append(list, 3), y: context put(context, "b", 2), z: for i in list return partial}', **data)

    assert data == {"list": [1, {"a": 2}], "context": {"a": 1}}
