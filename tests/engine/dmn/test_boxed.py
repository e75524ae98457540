"""Boxed expressions of every kind (DMN 1.5, 10.2.1)."""

from collections.abc import Callable

import pytest

from engine.dmn import DecisionResult

Made = Callable[..., DecisionResult]
Xml = Callable[..., str]


@pytest.fixture
def box(make: Made, decision_xml: Xml) -> Made:
    """Evaluate a boxed expression: ``box(xml, a=1)``."""
    return lambda logic, **variables: make(decision_xml("x", logic), **variables)


def entry(logic: str, name: str = "", kind: str = "") -> str:
    typed = f' typeRef="{kind}"' if kind else ""
    variable = f'<variable name="{name}"{typed}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def test_a_literal_is_converted_to_its_type(box: Made, feel_xml: Xml) -> None:
    assert box(feel_xml("[1]", "number")).value == 1
    assert box(feel_xml("1", "string")).value is None


def test_a_context_gives_its_entries_and_later_ones_see_earlier_ones(box: Made, feel_xml: Xml) -> None:
    logic = f"<context>{entry(feel_xml('n * 2'), 'double it')}{entry(feel_xml('double it + 1'), 'more')}</context>"

    assert box(logic, n=2).value == {"double it": 4, "more": 5}


def test_a_result_cell_is_the_value_of_the_context(box: Made, feel_xml: Xml) -> None:
    logic = f"<context>{entry(feel_xml('n * 2'), 'a')}{entry(feel_xml('a + 1'))}</context>"

    assert box(logic, n=2).value == 5


def test_an_entry_is_converted_to_its_type(box: Made, feel_xml: Xml) -> None:
    logic = f"<context>{entry(feel_xml('n'), 'a', 'string')}</context>"

    result = box(logic, n=2)

    assert result.value == {"a": None}
    assert "Expected a of type string" in result.warnings[0]


def test_a_list_holds_any_expressions(box: Made, feel_xml: Xml) -> None:
    inner = f"<list>{feel_xml('1')}{feel_xml('n')}</list>"

    assert box(f"<list>{inner}{feel_xml('n + 1')}</list>", n=2).value == [[1, 2], 3]


def test_a_relation_is_a_list_of_contexts(box: Made, feel_xml: Xml) -> None:
    columns = '<column name="kind"/><column name="fee" typeRef="number"/>'
    rows = "".join(f"<row>{feel_xml(kind)}{feel_xml(fee)}</row>" for kind, fee in [('"a"', "n"), ('"b"', '"x"')])

    result = box(f"<relation>{columns}{rows}</relation>", n=7)

    assert result.value == [{"kind": "a", "fee": 7}, {"kind": "b", "fee": None}]


def test_a_function_is_a_value_over_its_surroundings_and_may_call_itself(box: Made, feel_xml: Xml) -> None:
    body = feel_xml("if k <= 1 then base else k * factorial(k - 1)")
    function = f'<functionDefinition><formalParameter name="k" typeRef="number"/>{body}</functionDefinition>'
    context = f"<context>{entry(function, 'factorial')}{entry(feel_xml('factorial(5)'))}</context>"

    assert box(context, base=1).value == 120


def test_a_function_is_null_for_arguments_of_another_type_or_number(box: Made, feel_xml: Xml) -> None:
    function = f'<functionDefinition><formalParameter name="k" typeRef="number"/>{feel_xml("k")}</functionDefinition>'
    result = feel_xml('[f(1), f("a"), f(1, 2), f([3])]')

    made = box(f"<context>{entry(function, 'f')}{entry(result)}</context>")

    assert made.value == [1, None, None, 3]
    assert "Expected k of type number for the function, but found string" in made.warnings


def test_an_invocation_binds_by_name_and_leaves_the_rest_null(box: Made, feel_xml: Xml) -> None:
    parameters = "".join(f'<formalParameter name="{name}"/>' for name in "ab")
    function = f"<functionDefinition>{parameters}{feel_xml('[a, b]')}</functionDefinition>"
    binding = f'<binding><parameter name="b"/>{feel_xml("n")}</binding>'
    call = f"<invocation>{feel_xml('f')}{binding}</invocation>"

    assert box(f"<context>{entry(function, 'f')}{entry(call)}</context>", n=1).value == [None, 1]


def test_an_invocation_of_a_built_in_function_uses_its_parameter_names(box: Made, feel_xml: Xml) -> None:
    bindings = [("string", '"sambungan"'), ("start position", "2"), ("length", "3")]
    bound = "".join(f'<binding><parameter name="{name}"/>{feel_xml(value)}</binding>' for name, value in bindings)

    assert box(f"<invocation>{feel_xml('substring')}{bound}</invocation>").value == "amb"


@pytest.mark.parametrize(("called", "name"), [("f", "c"), ("1", "a"), ("missing", "a")])
def test_an_invocation_that_fits_nothing_is_null(box: Made, feel_xml: Xml, called: str, name: str) -> None:
    function = f'<functionDefinition><formalParameter name="a"/>{feel_xml("a")}</functionDefinition>'
    call = f'<invocation>{feel_xml(called)}<binding><parameter name="{name}"/>{feel_xml("1")}</binding></invocation>'

    result = box(f"<context>{entry(function, 'f')}{entry(call)}</context>")

    assert result.value is None
    assert result.warnings


@pytest.mark.parametrize(
    ("condition", "expected"), [("true", "yes"), ("false", "no"), ("null", "no"), ('"text"', None)]
)
def test_a_conditional_takes_one_branch(box: Made, feel_xml: Xml, condition: str, expected: str | None) -> None:
    parts = {"if": condition, "then": '"yes"', "else": '"no"'}
    logic = "".join(f"<{name}>{feel_xml(source)}</{name}>" for name, source in parts.items())

    assert box(f"<conditional>{logic}</conditional>").value == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("item.fee > 1", [{"fee": 2}, {"fee": 3}]),
        ("fee > limit", [{"fee": 3}]),
        ("-1", {"fee": 3}),
        ("2", {"fee": 2}),
        ('"x"', None),
        ("null", []),
    ],
)
def test_a_filter_keeps_items_or_takes_one(box: Made, feel_xml: Xml, match: str, expected: object) -> None:
    logic = f"<filter><in>{feel_xml('fees')}</in><match>{feel_xml(match)}</match></filter>"

    assert box(logic, fees=[{"fee": 1}, {"fee": 2}, {"fee": 3}], limit=2).value == expected


def loop(kind: str, items: str, body: str, feel_xml: Xml) -> str:
    last = "return" if kind == "for" else "satisfies"
    return f'<{kind} iteratorVariable="i"><in>{feel_xml(items)}</in><{last}>{feel_xml(body)}</{last}></{kind}>'


@pytest.mark.parametrize(
    ("kind", "items", "body", "expected"),
    [
        ("for", "[1, 2, 3]", "i * n", [2, 4, 6]),
        ("for", "[1..4]", "i * 10 + count(partial)", [10, 21, 32, 43]),
        ("for", "4", "i", [4]),
        ("for", "null", "i", None),
        ("some", "[1, 2]", "i > 1", True),
        ("some", "[1, 2]", "i > 2", False),
        ("some", "[]", "i > 2", False),
        ("every", "[1, 2]", "i > 0", True),
        ("every", "[1, 2]", "i > 1", False),
        ("every", "[]", "i > 1", True),
        ("every", "[1, 2]", "null", None),
        ("every", "[1, 2]", "if i = 2 then false else null", False),
        ("every", "[1, 2]", 'if i = 2 then false else "text"', None),
        ("some", "[1, 2]", "if i = 2 then true else null", True),
        ("some", "[1, 2]", 'if i = 2 then true else "text"', None),
    ],
)
def test_iterations_go_through_a_list_or_range(
    box: Made, feel_xml: Xml, kind: str, items: str, body: str, expected: object
) -> None:
    assert box(loop(kind, items, body, feel_xml), n=2).value == expected


def test_a_table_may_stand_anywhere(box: Made, feel_xml: Xml, table_xml: Xml) -> None:
    table = table_xml("FIRST", {"i": "number"}, [("> 1", '"many"'), ("-", '"one"')])
    logic = f'<for iteratorVariable="i"><in>{feel_xml("[1, 2]")}</in><return>{table}</return></for>'

    result = box(logic)

    assert result.value == ["one", "many"]
    assert [fired.rules for fired in result.fired] == [(2,), (1,)]
