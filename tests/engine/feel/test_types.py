"""Types (DMN 1.5, 10.3.2.9): instance of, conformance, conversions."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.feel import compile_expression
from engine.feel.types import (
    ANY,
    DATE_TIME,
    LIST,
    NUMBER,
    STRING,
    ContextType,
    FunctionType,
    ListType,
    RestrictedType,
    Type,
    coerce,
    conforms,
    narrower,
)

PERSON = ContextType("context", (("name", STRING), ("age", NUMBER)))
ADULT = RestrictedType("Adult", NUMBER, lambda value, _run: value >= 18)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 instance of number", True),
        ('"a" instance of string', True),
        ("true instance of boolean", True),
        ('@"2026-01-01" instance of date', True),
        ('@"10:00:00" instance of time', True),
        ('@"2026-01-01T10:00:00" instance of date and time', True),
        ('@"P1D" instance of days and time duration', True),
        ('@"P1Y" instance of years and months duration', True),
        ("1 instance of string", False),
        ('@"P1D" instance of years and months duration', False),
        ("1 instance of Any", True),
        ("null instance of Any", False),
        ("null instance of Null", True),
        ("null instance of number", False),
        ("1 instance of Null", False),
        ("[1, 2] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ('[1, "a"] instance of list<Any>', True),
        ("[] instance of list<number>", True),
        ("[[1]] instance of list<list<number>>", True),
        ('{a: 1, b: "x"} instance of context<a: number>', True),
        ("{a: 1} instance of context<a: number, b: string>", False),
        ('{a: "x"} instance of context<a: number>', False),
        ("[1..2] instance of range<number>", True),
        ("[1..2] instance of range<string>", False),
        ("(< 5) instance of range<number>", True),
        ("(function(a: number, b: string) a) instance of function<number, string> -> Any", True),
        ("(function(a: number) a) instance of function<string> -> Any", False),
        ("(function(a) a) instance of function<number> -> Any", True),
        ("1 instance of list", None),
        ("[1] instance of list", None),
        ("1 instance of Unknown", None),
        ("[1] instance of list<Unknown>", None),
        ("1 instance of other.Unknown", None),
        ("a instance of number and b", True),
    ],
)
def test_instance_of(source: str, expected: bool | None, evaluate: Callable[..., Any]) -> None:
    assert evaluate(source, a=1, b=True) is expected


def test_types_with_names_of_their_own_are_known_by_name() -> None:
    types: dict[str, Type] = {"Person": PERSON, "legal age": ADULT, "hr.Person": PERSON}

    def instance(source: str) -> Any:
        return compile_expression(source, types=types).evaluate({})

    assert instance('{name: "A", age: 3} instance of Person') is True
    assert instance("{name: 1} instance of hr.Person") is False
    assert instance("17 instance of legal age") is False
    assert instance("[18] instance of list<legal age>") is True
    assert instance("(function(age: legal age) age)(3)") is None


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        (NUMBER, ANY, True),
        (NUMBER, NUMBER, True),
        (NUMBER, STRING, False),
        (Type("Null"), NUMBER, True),
        (ListType("list", NUMBER), LIST, True),
        (LIST, ListType("list", NUMBER), False),
        (PERSON, ContextType("context", (("name", STRING),)), True),
        (ContextType("context", (("name", STRING),)), PERSON, False),
        (ADULT, NUMBER, True),
        (NUMBER, ADULT, False),
        (FunctionType("function", (ANY,), NUMBER), FunctionType("function", (NUMBER,), ANY), True),
        (FunctionType("function", (NUMBER,), ANY), FunctionType("function", (ANY,), ANY), False),
        (FunctionType("function", (), ANY), FunctionType("function", (ANY,), ANY), False),
    ],
)
def test_conformance_of_types(narrow: Type, wide: Type, expected: bool) -> None:
    assert narrower(narrow, wide) is expected


@pytest.mark.parametrize(
    ("source", "kind", "expected", "fits"),
    [
        ("1", NUMBER, "1", True),
        ("null", NUMBER, "null", True),
        ('"a"', NUMBER, "null", False),
        ("1", ListType("list", NUMBER), "[1]", True),
        ("[1]", NUMBER, "1", True),
        ("[1, 2]", NUMBER, "null", False),
        ('["a"]', NUMBER, "null", False),
        ('@"2026-03-02"', DATE_TIME, '@"2026-03-02T00:00:00Z"', True),
        ("17", ADULT, "null", False),
        ("18", ADULT, "18", True),
        ("[18]", ADULT, "18", True),
    ],
)
def test_conversions_that_the_specification_allows(
    source: str, kind: Type, expected: str, fits: bool, evaluate: Callable[..., Any]
) -> None:
    assert coerce(evaluate(source), kind) == (evaluate(expected), fits)


def test_a_context_with_more_entries_conforms() -> None:
    assert conforms({"a": 1, "b": 2.5}, ContextType("context", (("b", NUMBER),)))
