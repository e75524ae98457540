"""The subset of JUEL."""

from typing import Any

import pytest

from engine.feel import FeelError, FeelSyntaxError, compile_expression

VARIABLES: dict[str, Any] = {
    "amount": 1250.5,
    "n": 7,
    "name": "Siti",
    "none": None,
    "approved": True,
    "list": [10, 20, {"a": "x"}],
    "order": {"items": [{"price": 3}], "a b": 5, "empty": ""},
    "key": "items",
}


def juel(source: str) -> Any:
    return compile_expression(source, language="juel").evaluate_json(VARIABLES)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("${amount > 1000}", True),
        ("#{amount gt 1000}", True),
        ("${ amount ge 1250.5 && n le 7 }", True),
        ("${amount < 1000 || n == 7}", True),
        ("${n ne 7 or not approved}", False),
        ("${!approved}", False),
        ("${n lt 8 and n eq 7}", True),
        ("${n + 1 - 2 * 3}", 2),
        ("${(n + 1) * 2}", 16),
        ("${n / 2}", 3.5),
        ("${n div 2}", 3.5),
        ("${n % 4}", 3),
        ("${-n % 4}", -3),
        ("${-n mod 4}", -3),
        ("${n mod 4 * 2}", 6),
        ("${-n}", -7),
        ("${order.items[0].price}", 3),
        ("${order['items'][0]['price']}", 3),
        ('${order[key][0]["price"]}', 3),
        ("${order['a b']}", 5),
        ("${list[2].a}", "x"),
        ("${list[9]}", None),
        ("${order.missing}", None),
        ("${none.anything.below}", None),
        ("${empty none}", True),
        ("${empty order.empty}", True),
        ("${empty list}", False),
        ("${not empty name}", True),
        ("${none == null}", True),
        ("${name == 'Siti'}", True),
        ('${name eq "Siti"}', True),
        ("${'it\\'s' == \"it's\"}", True),
        ("${approved ? 'yes' : 'no'}", "yes"),
        ("${n > 9 ? 1 : n > 5 ? 2 : 3}", 2),
        ("${true and false or true}", True),
        ("${1 < 2 == true}", True),
        ("${1e2}", 100),
        ("Hello ${name}!", "Hello Siti!"),
        ("${n}${none}-${amount}", "7-1250.5"),
        ("\\${n} ${n}", "${n} 7"),
        ("${'a' + 'b'}", "ab"),
        ("x ${'y'}", "x y"),
        ("${'x'}", "x"),
        ("${'}'}", "}"),
    ],
)
def test_an_expression_has_its_value(source: str, expected: Any) -> None:
    assert juel(source) == expected


@pytest.mark.parametrize(
    ("source", "column", "found"),
    [
        ("${name.length()}", 14, "'('"),
        ("${bean.run(n)}", 11, "'('"),
        ("${fn(n)}", 5, "'('"),
        ("${n = 3}", 5, "'='"),
        ("${n; n}", 4, "';'"),
        ("${x -> x}", 6, "'>'"),
        ("${n instanceof String}", 5, "'instanceof'"),
        ("${}", 3, "'}'"),
        ("${n", 4, "the end"),
        ("${n +}", 6, "'}'"),
        ("${n ? 1}", 8, "'}'"),
        ("${[1, 2]}", 3, "'['"),
        ("${n[0}", 6, "'}'"),
        ("${(n}", 5, "'}'"),
        ("${a.1}", 4, "'.1'"),
        ("${n ** 2}", 6, "'*'"),
        ("${'abc}", 3, "'''"),
        ("no expression", 1, "none"),
    ],
)
def test_everything_else_is_refused_with_its_place(source: str, column: int, found: str) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(source, language="juel")

    assert caught.value.column == column
    assert caught.value.found == found


@pytest.mark.parametrize(
    "source", ["${missing > 1}", "${n > 'a'}", "${n == 'a'}", "${n + none}", "${n / 0}", "${approved && n}", "${!n}"]
)
def test_a_fault_stops_the_evaluation_instead_of_being_null(source: str) -> None:
    with pytest.raises(FeelError, match="Expected"):
        juel(source)


def test_names_are_the_variables_read() -> None:
    assert compile_expression("${a.b + c[d] ? e : 'f'}", language="juel").names == {"a", "c", "d", "e"}


def test_half_a_character_in_a_text_becomes_a_whole_one() -> None:
    assert compile_expression("x\ud800 ${'\ud800'}", language="juel").evaluate({}) == "x\ufffd \ufffd"
