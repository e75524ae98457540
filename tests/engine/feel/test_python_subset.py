"""The subset of Python expressions."""

import warnings
from typing import Any

import pytest

from engine.feel import FeelError, FeelSyntaxError, compile_expression

VARIABLES: dict[str, Any] = {
    "amount": 1250.5,
    "n": 7,
    "name": "Siti",
    "none": None,
    "approved": True,
    "items": [{"price": 3, "ok": True}, {"price": 5, "ok": False}],
    "order": {"id": "A1", "tags": ["a", "b"]},
    "empty": [],
}
# What only the closed world means, so that Python itself can check the rest.
NAMESPACE = {"amount": 1250.5, "n": 7, "name": "Siti", "none": None, "approved": True, "empty": []}


def python(source: str) -> Any:
    return compile_expression(source, language="python").evaluate_json(VARIABLES)


@pytest.mark.parametrize(
    "source",
    [
        "n > 3 and name == 'Siti'",
        "n < 3 or not approved",
        "not empty",
        "empty or 'none'",
        "n and name",
        "none or 0 or ''",
        "1 < n <= 7 < 10",
        "1 < n < 5",
        "n == 7 != 8",
        "n in (1, 7)",
        "n not in [1, 7]",
        "'it' in name",
        "none is None",
        "n is not None",
        "n + 1 - 2 * 3",
        "n // 2",
        "-n // 2",
        "n % 4",
        "-n % 4",
        "n / 2",
        "-(-n)",
        "'a' + 'b'",
        "[1] + [2, n]",
        "name[0] + name[-1]",
        "[1, 2, 3][n - 6]",
        "'yes' if n > 3 else 'no'",
        "1 if n > 9 else 2 if n > 5 else 3",
        "'yes' if empty else 'no'",
        "[i * 2 for i in [1, 2, 3] if i > 1]",
        "[i + j for i in [1, 2] for j in [10, 20] if i]",
        "sum(i for i in [1, 2, 3])",
        "any(i > 2 for i in [1, 2, 3])",
        "all([])",
        "len(name) + len([1, 2])",
        "min(3, 1, 2)",
        "max([1, 2])",
        "sum([])",
        "abs(-3)",
        "round(2.5)",
        "round(2.675, 1)",
        "int('12')",
        "int(-2.7)",
        "float('1.5')",
        "str(n)",
        "bool(empty)",
        "list(range(3))",
        "list(range(2, 5))",
        "sorted([3, 1, 2])",
        "{'a': n, 'b': [n]}",
        "True",
        "None",
        "1_000",
        "0x10",
        "'it\\'s'",
        "('a' 'b')",
        "\n n + 1 \n",
    ],
)
def test_an_expression_means_what_it_means_in_python(source: str) -> None:
    expected = eval(source.strip(), {}, dict(NAMESPACE))

    assert python(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("order.id", "A1"),
        ("order['id']", "A1"),
        ("order.tags[1]", "b"),
        ("'id' in order", True),
        ("[item.price for item in items if item.ok]", [3]),
        ("sum(item['price'] for item in items)", 8),
        ("0.1 + 0.2", 0.3),
        ("10 / 4 * 0.1", 0.25),
        ("n == 'a'", False),
        ("n != 'a'", True),
        ("True == 1", False),
        ("list(order)", ["id", "tags"]),
        ("lower('ABC') + upper('x')", "abcX"),
        ("startswith(name, 'S') and endswith(name, 'i')", True),
        ("date('2026-03-02') > date('2026-03-01')", True),
        ("str(date('2026-03-02') + duration('P1M'))", "2026-04-02"),
        ("reversed([1, 2])", [2, 1]),
    ],
)
def test_what_differs_from_python_or_is_not_in_it(source: str, expected: Any) -> None:
    assert python(source) == expected


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("x ** 2", "Pow"),
        ("x << 2", "LShift"),
        ("x | y", "BitOr"),
        ("~x", "Invert"),
        ("+x", "UAdd"),
        ("x @ y", "MatMult"),
        ("lambda: 1", "Lambda"),
        ("(x := 1)", "NamedExpr"),
        ("f'{x}'", "JoinedStr"),
        ("{1, 2}", "Set"),
        ("{k: 1 for k in x}", "DictComp"),
        ("{k for k in x}", "SetComp"),
        ("x[1:2]", "Slice"),
        ("[*x]", "Starred"),
        ("await x", "Await"),
        ("b'x'", "bytes"),
        ("1j", "complex"),
        ("...", "ellipsis"),
        ("x.__class__", "'__class__'"),
        ("__import__('os')", "'__import__'"),
        ("open('x')", "'open'"),
        ("x.get('a')", "'x.get'"),
        ("''.join(x)", "\"''.join\""),
        ("getattr(x, 'a')", "'getattr'"),
        ("eval('1')", "'eval'"),
        ("max(x, key=len)", "'key'"),
        ("x is 5", "Constant"),
        ("{1: 2}", "Constant"),
        ("{**x}", "NoneType"),
        ("[i for i, j in x]", "another"),
        ("[__a for __a in x]", "'__a'"),
        ("[i for i in x if i for j in y]", "one before it"),
        ("__name__", "'__name__'"),
        ("x = 1", "invalid syntax"),
        ("import os", "invalid syntax"),
        ("1 +", "invalid syntax"),
        ("", "invalid syntax"),
        ("x; y", "invalid syntax"),
        ("9" * 5000, "Exceeds the limit"),
        ("1e9999", "another"),
    ],
)
def test_everything_else_is_refused_by_name(source: str, found: str) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(source, language="python")

    assert found.strip("'\"") in caught.value.found


@pytest.mark.parametrize(
    "source",
    [
        *(
            "missing",
            "n + 'a'",
            "n < 'a'",
            "none < 1",
            "n / 0",
            "n % 0",
            "order.missing",
            "order['missing']",
            "items[9]",
        ),
        *("items[9]", "len(n)", "sum(['a'])", "1 in 5", "int('x')", "[1] < [2]"),
    ],
)
def test_a_fault_stops_the_evaluation_as_it_does_in_python(source: str) -> None:
    with pytest.raises(FeelError, match="Expected"):
        python(source)


def test_a_place_is_told_in_characters_also_behind_letters_of_several_bytes() -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression("('é🐎' +\n'é' + x ** 2)", language="python")

    assert (caught.value.line, caught.value.column) == (2, 7)


def test_reading_an_expression_gives_no_warnings() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compile_expression(r"'\d' == x", language="python").evaluate({"x": r"\d"}) is True


def test_names_are_the_variables_read_outside() -> None:
    source = "[i + limit for i in items if i > floor] + list(order.tags)"

    assert compile_expression(source, language="python").names == {"limit", "items", "floor", "order"}


def test_half_a_character_does_not_come_in_by_an_escape() -> None:
    found = compile_expression(r'["\ud83d", "\ud83d\udc0e", {"\ud83d": 1}]', language="python").evaluate({})

    assert found == ["\ufffd", "🐎", {"\ufffd": 1}]
