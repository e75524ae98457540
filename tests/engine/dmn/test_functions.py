"""Knowledge models and decision services: functions with types, called from FEEL, by invocation, and from outside."""

from collections.abc import Callable
from datetime import datetime

import pytest

from engine.dmn import DecisionResult, Decisions
from engine.feel import FeelError
from engine.findings import Finding

Faults = Callable[[str], list[Finding]]
Made = Callable[..., DecisionResult]
Xml = Callable[..., str]


@pytest.fixture
def knowledge_xml() -> Callable[..., str]:
    """A knowledge model ``k``: ``knowledge_xml({"n": "number"}, logic)``."""

    def write(parameters: dict[str, str], logic: str, kind: str = "", logic_kind: str = "") -> str:
        formal = "".join(
            f'<formalParameter name="{name}"{f" typeRef={each!r}" if each else ""}/>'
            for name, each in parameters.items()
        )
        typed = f' typeRef="{kind}"' if kind else ""
        inside = (
            f"<encapsulatedLogic{f' typeRef={logic_kind!r}' if logic_kind else ''}>{formal}{logic}</encapsulatedLogic>"
        )
        return f'<businessKnowledgeModel id="k" name="k"><variable name="k"{typed}/>{inside}</businessKnowledgeModel>'

    return write


def test_a_knowledge_model_is_called_by_position_by_name_and_by_invocation(
    make: Made, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml
) -> None:
    model = knowledge_xml({"a": "number", "b": "number"}, feel_xml("a - b"))
    binding = "".join(
        f'<binding><parameter name="{name}"/>{feel_xml(value)}</binding>' for name, value in [("b", "1"), ("a", "9")]
    )
    boxed = f"<invocation>{feel_xml('k')}{binding}</invocation>"

    assert make(model + decision_xml("x", feel_xml("[k(9, 1), k(b: 1, a: 9)]"), known=["k"])).value == [8, 8]
    assert make(model + decision_xml("x", boxed, known=["k"])).value == 8


def test_a_knowledge_model_may_hold_a_table_which_fires_under_its_id(
    make: Made, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml, table_xml: Xml
) -> None:
    model = knowledge_xml({"n": "number"}, table_xml("FIRST", {"n": "number"}, [("> 1", '"many"'), ("-", '"one"')]))

    result = make(model + decision_xml("x", feel_xml("for i in [1, 2] return k(i)"), known=["k"]))

    assert result.value == ["one", "many"]
    assert [(fired.decision, fired.rules) for fired in result.fired] == [("k", (2,)), ("k", (1,))]


FUNCTION_TYPE = (
    '<itemDefinition name="tLength"><functionItem outputTypeRef="number">'
    '<parameters name="text" typeRef="string"/></functionItem></itemDefinition>'
)


@pytest.mark.parametrize(
    ("kind", "logic_kind"), [("number", ""), ("", "number"), ("tLength", "")], ids=["variable", "logic", "function"]
)
def test_the_result_of_a_knowledge_model_is_converted_to_its_type(
    make: Made, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml, kind: str, logic_kind: str
) -> None:
    model = FUNCTION_TYPE + knowledge_xml(
        {"text": "string"}, feel_xml("if text = '' then text else [1]".replace("'", '"')), kind, logic_kind
    )

    assert make(model + decision_xml("x", feel_xml('[k("a"), k("")]'), known=["k"])).value == [1, None]


def test_a_function_passed_as_an_argument_must_be_of_the_type(
    make: Made, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml
) -> None:
    model = FUNCTION_TYPE + knowledge_xml({"f": "tLength"}, feel_xml('f("abc")'))
    calls = "[k(function(text: string) string length(text)), k(function(n: number) n), k(1)]"

    assert make(model + decision_xml("x", feel_xml(calls), known=["k"])).value == [3, None, None]


def test_a_knowledge_model_sees_only_its_parameters_and_what_it_requires(
    make: Made, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml, input_xml: Xml
) -> None:
    body = input_xml("secret") + knowledge_xml({}, feel_xml("secret"))

    assert make(body + decision_xml("x", feel_xml("k()"), needs=["i:secret"], known=["k"]), secret=1).value is None


def test_recursion_without_end_is_stopped(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml, morning: datetime
) -> None:
    decisions = decisions_of(
        knowledge_xml({"n": ""}, feel_xml("k(n)")) + decision_xml("x", feel_xml("k(1)"), known=["k"])
    )

    with pytest.raises(FeelError, match="nested"):
        decisions.evaluate("x", {}, now=morning)


def test_recursion_is_as_deep_as_that_of_feel(make: Made, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml) -> None:
    model = knowledge_xml({"n": "number"}, feel_xml("if n = 0 then 0 else 1 + k(n - 1)"))

    assert make(model + decision_xml("x", feel_xml("k(90)"), known=["k"])).value == 90


def test_a_knowledge_model_is_asked_from_outside_with_its_parameters_by_name(
    make: Made, feel_xml: Xml, knowledge_xml: Xml
) -> None:
    assert make(
        knowledge_xml({"a": "number", "b": "date"}, feel_xml("[a, b.year]")), asked="k", a=[1], b="2026-03-02"
    ).value == [
        1,
        2026,
    ]


@pytest.fixture
def service_xml(decision_xml: Xml, feel_xml: Xml, input_xml: Xml) -> Callable[..., str]:
    """A service over a small graph: input ``n``, then ``a`` (n + 1), ``b`` (a * 10) and ``c`` (a + b)."""

    def write(outputs: str, encapsulated: str = "", decided: str = "", inputs: str = "", kind: str = "") -> str:
        graph = input_xml("n", "number")
        graph += decision_xml("a", feel_xml("n + 1"), needs=["i:n"], kind="number")
        graph += decision_xml("b", feel_xml("a * 10"), needs=["d:a"])
        graph += decision_xml("c", feel_xml("a + b"), needs=["d:a", "d:b"])
        kinds = {
            "outputDecision": outputs,
            "encapsulatedDecision": encapsulated,
            "inputDecision": decided,
            "inputData": inputs,
        }
        parts = "".join(f'<{tag} href="#{name}"/>' for tag, names in kinds.items() for name in names.split())
        typed = f' typeRef="{kind}"' if kind else ""
        return graph + f'<decisionService id="s" name="s"><variable name="s"{typed}/>{parts}</decisionService>'

    return write


def test_a_service_makes_its_output_decision_from_its_inputs(make: Made, service_xml: Xml) -> None:
    assert make(service_xml("c", "a b", inputs="n"), asked="s", n=1).value == 22


def test_a_service_with_several_outputs_gives_a_context(make: Made, service_xml: Xml) -> None:
    assert make(service_xml("b c", "a", inputs="n"), asked="s", n=1).value == {"b": 20, "c": 22}


def test_input_decisions_are_given_and_not_made(make: Made, service_xml: Xml) -> None:
    assert make(service_xml("c", "b", decided="a"), asked="s", a=5, n=100).value == 55


def test_a_service_called_from_feel_takes_inputs_first_and_input_decisions_after(
    make: Made, decision_xml: Xml, feel_xml: Xml, service_xml: Xml
) -> None:
    body = service_xml("c", decided="a b", inputs="n") + decision_xml(
        "x", feel_xml("[s(0, 1, 2), s(b: 2, n: 0, a: 1)]"), known=["s"]
    )

    assert make(body).value == [3, 3]


def test_a_service_converts_what_it_takes_and_what_it_gives(
    make: Made, decision_xml: Xml, feel_xml: Xml, service_xml: Xml
) -> None:
    body = service_xml("c", "a b", inputs="n", kind="string") + decision_xml(
        "x", feel_xml('[s(1), s("one")]'), known=["s"]
    )

    result = make(body)

    assert result.value == [None, None]
    assert result.warnings == (
        "Expected the result of s of type string, but found number",
        "Expected n of type number for s, but found string",
    )


def test_a_service_does_not_share_decisions_with_its_caller(
    make: Made, decision_xml: Xml, feel_xml: Xml, service_xml: Xml
) -> None:
    body = service_xml("c", "a b", inputs="n") + decision_xml("x", feel_xml("[c, s(1)]"), needs=["d:c"], known=["s"])

    assert make(body, n=0).value == [11, 22]


def invoked(called: str, *names: str) -> str:
    bindings = "".join(
        f'\n<binding><parameter name="{name}"/><literalExpression><text>1</text></literalExpression></binding>'
        for name in names
    )
    return f"<invocation><literalExpression><text>{called}</text></literalExpression>{bindings}</invocation>"


def test_an_argument_for_a_parameter_that_there_is_not_is_refused_with_its_place(
    faults_of: Faults, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml
) -> None:
    model = knowledge_xml({"a": "", "b": ""}, feel_xml("a + b"))

    wrong = faults_of(model + decision_xml("x", invoked("k", "a", "c"), known=["k"]))
    built_in = faults_of(decision_xml("x", invoked("substring", "string", "first")))

    assert [(found.rule, found.message["en"]) for found in wrong] == [
        ("dmn.unknown-parameter", "Expected a parameter of k (a, b), found c.")
    ]
    assert wrong[0].place.line == 4
    assert [found.rule for found in built_in] == ["dmn.unknown-parameter"]
    assert faults_of(model + decision_xml("x", invoked("k", "a", "b"), known=["k"])) == []
    assert faults_of(decision_xml("x", invoked("sum", "list"))) == []


def test_a_function_by_the_same_name_in_an_inner_scope_is_another(
    faults_of: Faults, decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml
) -> None:
    own = "<functionDefinition><formalParameter name='c'/><literalExpression><text>c</text></literalExpression>"
    entry = f"<contextEntry><variable name='k'/>{own}</functionDefinition></contextEntry>"
    logic = f"<context>{entry}<contextEntry>{invoked('k', 'c')}</contextEntry></context>"

    assert faults_of(knowledge_xml({"a": ""}, feel_xml("a")) + decision_xml("x", logic, known=["k"])) == []


def test_a_call_in_feel_with_other_parameters_is_remarked_on(
    decisions_of: Callable[..., Decisions], decision_xml: Xml, feel_xml: Xml, knowledge_xml: Xml
) -> None:
    model = knowledge_xml({"a": "", "b": ""}, feel_xml("a + b"))

    def said(source: str) -> list[str]:
        found = decisions_of(model + decision_xml("x", feel_xml(source), known=["k"])).check()
        return [finding.message["en"] for finding in found]

    assert said("k(1, 2) + k(b: 1, a: 2)") == []
    assert said("k(1)") == ["Expected the parameters of 'k', (a, b), but found 1."]
    assert said("k(a: 1, c: 2)") == ["Expected the parameters of 'k', (a, b), but found (a, c)."]
    assert said("for k in [function(x) x] return k(1)") == []
