"""What goes in and comes out: JSON, laziness, warnings, unary tests."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import FeelError, compile_expression, compile_unary_tests, to_feel, to_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(min_value=-1e15, max_value=1e15)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


class OnlyWhatIsAsked(Mapping[str, Any]):
    """Variables that note which of them are read."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values_by_name = values
        self.read: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.read.append(name)
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("Expected no walk over the variables")

    def __len__(self) -> int:
        raise AssertionError("Expected no count of the variables")


@given(JSON)
def test_json_comes_back_as_it_was(value: Any) -> None:
    assert to_json(to_feel(value)) == value
    assert compile_expression("x").evaluate_json({"x": value}) == value


@given(JSON)
def test_values_of_json_equal_themselves_however_they_come(value: Any) -> None:
    if value is not None:
        assert compile_expression("x = y").evaluate({"x": value, "y": to_feel(value)}) is True


def test_only_variables_that_are_read_are_looked_at() -> None:
    variables = OnlyWhatIsAsked({"a": 1, "b": {"c": object(), "d": 2}, "e": object()})

    assert compile_expression("a + b.d").evaluate(variables) == 3
    assert variables.read == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1.50", 1.5),
        ("3", 3),
        ("3.00", 3),
        ("12345678901234567890123456789012345 / 10", 1234567890123456789012345678901234),
        ("0.1", 0.1),
        ('@"2026-03-02"', "2026-03-02"),
        ('@"2026-03-02T10:00:00Z"', "2026-03-02T10:00:00Z"),
        ('@"PT90M"', "PT1H30M"),
        ("[1, {a: null}]", [1, {"a": None}]),
        ("null", None),
        ("true", True),
    ],
)
def test_results_as_json(source: str, expected: Any) -> None:
    found = compile_expression(source).evaluate_json({})

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("source", ["function(x) x", "[1..2]", "[abs]", "{a: (< 5)}", "1e400"])
def test_results_that_json_cannot_hold_are_refused(source: str) -> None:
    with pytest.raises(FeelError, match="JSON"):
        compile_expression(source).evaluate_json({})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 3, 2), "2026-03-02"),
        (datetime(2026, 3, 2, 10, 0, tzinfo=UTC), "2026-03-02T10:00:00Z"),
        ((1, 2), "[1, 2]"),
        (True, "true"),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_some_values_of_python_are_taken_as_well(value: Any, text: str) -> None:
    assert compile_expression("string(x)").evaluate({"x": value}) == text


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", float("nan"), float("inf"), 1 << 25_000, print, {"a": {1}}],
    ids=["object", "set", "bytes", "nan", "infinity", "huge", "function", "inside"],
)
def test_any_other_object_is_refused(value: Any) -> None:
    with pytest.raises(FeelError, match="Expected"):
        compile_expression("x").evaluate({"x": value})


def test_a_large_value_passes_through_as_a_whole() -> None:
    large = {f"field {index}": {"text": "x" * 30, "numbers": list(range(20))} for index in range(2_000)}

    assert compile_expression("x").evaluate_json({"x": large}) == large


def test_keys_that_are_no_strings_are_refused() -> None:
    with pytest.raises(FeelError, match="strings as keys"):
        compile_expression("x").evaluate({"x": {1: 2}})


@pytest.mark.parametrize(
    ("source", "warning"),
    [
        ("x + 1", "Expected a variable 'x', but found none"),
        ("{a: 1}.b", "Expected an entry 'b' of the context, but found none"),
        ('1 < "a"', "Expected two values with an order to compare, but found number and string"),
        ('1 = "a"', "Expected two values of one kind to compare, but found number and string"),
        ('1 + "a"', "Expected values that FEEL can add, but found number and string"),
        ("1 / 0", "Expected a finite number as result, but found a division by zero"),
        ("sum([])", "Expected something to sum up, but found an empty list"),
        ('date("x")', "Expected a date like 2026-03-02, but found 'x'"),
        ('contains("a", 1)', "Expected arguments that 'contains' takes, but found (string, number)"),
        ("5(1)", "Expected a function to call, but found number"),
        ("[1][2]", "Expected an index within a list of 1, but found 2"),
        ('matches("a", "(")', "Expected more in the pattern, but found the end at character 2"),
        ("[2..1]", "Expected a range that does not end before its start, but found one that does"),
        ("1 and true", "Expected booleans on both sides of 'and', but found number"),
    ],
)
def test_a_warning_says_why_something_became_null(source: str, warning: str) -> None:
    found = compile_expression(source).evaluate_traced({})

    assert found.value is None
    assert warning in found.warnings


def test_a_reason_is_told_once_and_at_most_a_hundred_are() -> None:
    same = compile_expression("for i in 1..50 return missing").evaluate_traced({})
    many = compile_expression('for i in 1..500 return date("x" + string(i))').evaluate_traced({})

    assert same.warnings == ("Expected a variable 'missing', but found none",)
    assert len(many.warnings) == 100


def test_nothing_is_warned_of_when_nothing_is_wrong() -> None:
    assert compile_expression("a = null or a > 1").evaluate_traced({"a": 2}).warnings == ()


# --- unary tests


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        ("-", 5, True),
        ("-", None, True),
        ("5", 5, True),
        ("5", 6, False),
        ("5, 6", 6, True),
        ("< 5", 4, True),
        ("< 5", "a", None),
        ("[1..5]", 3, True),
        ("]1..5[", 5, False),
        ("not(5)", 5, False),
        ("not(5, 6)", 7, True),
        ("not(< 5)", "a", None),
        ('"a", "b"', "b", True),
        ("[1, 2]", 2, True),
        ("limits", 2, True),
        ("> floor", 5, True),
        ("floor + 1", 5, True),
        ("null", None, True),
        ("not(null)", None, False),
        ("? > 3 and ? < 6", 5, True),
        ("? > 3 and ? < 6", 6, False),
        ('contains(?, "x")', "axb", True),
        ("count(?) > 1", [1, 2], True),
        ("some x in ? satisfies x = 2", [1, 2], True),
        ("not(? = 5)", 5, False),
        ("not(?) = false", True, True),
        ("true", True, True),
        ("false", False, True),
        ('date("2026-01-01")', date(2026, 1, 1), True),
        ('< @"2026-01-01"', date(2025, 12, 31), True),
        ('5, "a"', "a", True),
        ("in stock", 9, True),
    ],
)
def test_unary_tests_of_a_cell(tests: str, value: Any, expected: bool | None) -> None:
    variables = {"floor": 4, "limits": [1, 2], "in stock": 9}

    assert compile_unary_tests(tests, names=list(variables)).matches(value, variables) is expected


def test_unary_tests_tell_what_they_read_and_why_they_cannot_tell() -> None:
    tests = compile_unary_tests("< limit, > other")
    warnings: list[str] = []

    assert tests.names == {"limit", "other"}
    assert tests.matches(5, {"limit": "a", "other": 9}, warnings=warnings) is None
    assert warnings == ["Expected two values with an order to compare, but found number and string"]


def test_one_expression_serves_many_threads_at_once(evaluate: Callable[..., Any]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    expression = compile_expression("sum(for i in 1..n return if i in [1..n] then i * factor else null)")

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: expression.evaluate({"n": n, "factor": n}), range(1, 120)))

    assert found == [n * n * (n + 1) // 2 for n in range(1, 120)]


def test_json_of_deep_lists_takes_time_in_proportion_to_their_size() -> None:
    deep: list[Any] = [1]
    for _ in range(150):
        deep = [*range(20), deep]
    start = time.thread_time()

    found = to_json(deep)

    assert found == deep
    assert time.thread_time() - start < 0.05  # each level once: 3,000 numbers
