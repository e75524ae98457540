"""Ternary logic and conditions (DMN 1.5, tables 49 to 51)."""

from collections.abc import Callable
from itertools import product

import pytest

WORDS = ["true", "false", "null", "1", '"true"', "[true]"]


def _truth(word: str) -> bool | None:
    return {"true": True, "false": False}.get(word)


@pytest.mark.parametrize(("one", "other"), list(product(WORDS, WORDS)))
def test_and_and_or_follow_the_table(one: str, other: str, evaluate: Callable[..., object]) -> None:
    left, right = _truth(one), _truth(other)

    both = False if False in (left, right) else (None if None in (left, right) else True)
    either = True if True in (left, right) else (None if None in (left, right) else False)

    assert evaluate(f"{one} and {other}") is both
    assert evaluate(f"{one} or {other}") is either


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("not(true)", False),
        ("not(false)", True),
        ("not(null)", None),
        ("not(1)", None),
        ("true and true and false", False),
        ("null and null and false", False),
        ("null or false or true", True),
        ("false or null", None),
        ("true and not(false) or false", True),
    ],
)
def test_longer_rows_and_negation(source: str, expected: bool | None, evaluate: Callable[..., object]) -> None:
    assert evaluate(source) is expected


@pytest.mark.parametrize(
    ("condition", "expected"), [("true", 1), ("false", 2), ("null", 2), ("5", 2), ('"true"', 2), ("1 < null", 2)]
)
def test_only_true_takes_the_first_branch(condition: str, expected: int, evaluate: Callable[..., object]) -> None:
    assert evaluate(f"if {condition} then 1 else 2") == expected


def test_a_ladder_of_conditions_takes_the_first_that_is_true(evaluate: Callable[..., object]) -> None:
    ladder = "if n < 1 then 1 else if n < 2 then 2 else if n < 3 then 3 else 4"

    assert [evaluate(ladder, n=n) for n in range(5)] == [1, 2, 3, 4, 4]


def test_what_is_decided_is_not_evaluated(evaluate: Callable[..., object]) -> None:
    endless = "{f: function(n) f(n + 1), r: f(0)}.r"

    assert evaluate(f"false and {endless}") is False
    assert evaluate(f"true or {endless}") is True
    assert evaluate(f"if true then 1 else {endless}") == 1
