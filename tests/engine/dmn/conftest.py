"""Small DMN files from strings: a test writes only the elements that it is about."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

import pytest

from engine.dmn import DecisionResult, Decisions, DmnFile, compile_decisions, read_dmn
from engine.findings import Finding

DMN_15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


@pytest.fixture
def morning() -> datetime:
    """The moment that the tests call now."""
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def dmn_xml() -> Callable[..., bytes]:
    """A DMN file around some elements."""

    def write(body: str, *, namespace: str = "urn:test", version: str = DMN_15, attributes: str = "") -> bytes:
        head = f'<definitions xmlns="{version}" id="definitions" name="test" namespace="{namespace}" {attributes}>'
        return f"{head}\n{body}\n</definitions>".encode()

    return write


@pytest.fixture
def read_body(dmn_xml: Callable[..., bytes]) -> Callable[..., DmnFile]:
    """Read a DMN file around some elements."""

    def read(body: str, *, file: str = "test.dmn", **how: str) -> DmnFile:
        return read_dmn(dmn_xml(body, **how), file=file)

    return read


@pytest.fixture
def decisions_of(read_body: Callable[..., DmnFile]) -> Callable[..., Decisions]:
    """Compile the decisions of some elements; with ``strict`` False in spite of faults."""

    def compiled(body: str, *, strict: bool = True) -> Decisions:
        return compile_decisions([read_body(body)], strict=strict)

    return compiled


@pytest.fixture
def faults_of(decisions_of: Callable[..., Decisions]) -> Callable[[str], list[Finding]]:
    """Return what is found in some elements when they are read and compiled, by line."""

    def found(body: str) -> list[Finding]:
        return sorted(decisions_of(body, strict=False).findings, key=lambda finding: finding.place.line or 0)

    return found


@pytest.fixture
def make(decisions_of: Callable[..., Decisions], morning: datetime) -> Callable[..., DecisionResult]:
    """Make the decision ``x`` of some elements: ``make(body, a=1)``."""

    def made(body: str, /, *, asked: str = "x", strict: bool = True, **variables: Any) -> DecisionResult:
        return decisions_of(body, strict=strict).evaluate(asked, variables, now=morning)

    return made


@pytest.fixture
def decision_xml() -> Callable[..., str]:
    """A decision with its logic as XML, what it requires (ids; a leading ``=`` means knowledge), and its type."""

    def write(name: str, logic: str, *, needs: Sequence[str] = (), kind: str = "", known: Sequence[str] = ()) -> str:
        tags = {"d": "requiredDecision", "i": "requiredInput"}
        required = "".join(
            f'<informationRequirement><{tags[need[0]]} href="#{need[2:]}"/></informationRequirement>' for need in needs
        )
        knowledge = "".join(
            f'<knowledgeRequirement><requiredKnowledge href="#{each}"/></knowledgeRequirement>' for each in known
        )
        typed = f' typeRef="{escape(kind)}"' if kind else ""
        variable = f'<variable name="{escape(name)}"{typed}/>'
        return f'<decision id="{escape(name)}" name="{escape(name)}">{variable}{required}{knowledge}{logic}</decision>'

    return write


@pytest.fixture
def feel_xml() -> Callable[..., str]:
    """A boxed literal expression."""

    def write(source: str, kind: str = "") -> str:
        typed = f' typeRef="{escape(kind)}"' if kind else ""
        return f"<literalExpression{typed}><text>{escape(source)}</text></literalExpression>"

    return write


@pytest.fixture
def input_xml() -> Callable[..., str]:
    """An input of the graph, with its type."""

    def write(name: str, kind: str = "") -> str:
        typed = f' typeRef="{escape(kind)}"' if kind else ""
        return (
            f'<inputData id="{escape(name)}" name="{escape(name)}"><variable name="{escape(name)}"{typed}/></inputData>'
        )

    return write


@pytest.fixture
def item_xml() -> Callable[..., str]:
    """An item definition with the unary tests of its allowed values and of its type constraint."""

    def write(name: str, kind: str, allowed: str = "", constraint: str = "", attributes: str = "") -> str:
        tests = f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
        tests += f"<typeConstraint><text>{escape(constraint)}</text></typeConstraint>" if constraint else ""
        return f'<itemDefinition name="{name}" typeRef="{escape(kind)}" {attributes}>{tests}</itemDefinition>'

    return write


@pytest.fixture
def table_xml() -> Callable[..., str]:
    """A decision table.

    ``inputs`` maps expressions to types, or to (type, input values); ``outputs`` maps names to (type, output values,
    default), each of which may be missing. Every row is on a line of its own, with the id ``r1`` and so on.
    """

    def write(
        hit: str,
        inputs: Mapping[str, str | tuple[str, str]],
        rows: Iterable[Sequence[str]],
        outputs: Mapping[str, Sequence[str]] | None = None,
        attributes: str = "",
    ) -> str:
        heads = "".join(_input_head(expression, given) for expression, given in inputs.items())
        tails = "".join(_output_head(name, *given) for name, given in (outputs or {"": ()}).items())
        lines = "".join(f'\n<rule id="r{at}">{_cells(row, len(inputs))}</rule>' for at, row in enumerate(rows, 1))
        return f'<decisionTable id="t" hitPolicy="{hit}" {attributes}>{heads}{tails}{lines}</decisionTable>'

    return write


def _input_head(expression: str, given: str | tuple[str, str]) -> str:
    kind, values = (given, "") if isinstance(given, str) else given
    typed = f' typeRef="{escape(kind)}"' if kind else ""
    allowed = f"<inputValues><text>{escape(values)}</text></inputValues>" if values else ""
    return f"<input><inputExpression{typed}><text>{escape(expression)}</text></inputExpression>{allowed}</input>"


def _output_head(name: str, kind: str = "", values: str = "", default: str = "") -> str:
    attributes = (f' name="{escape(name)}"' if name else "") + (f' typeRef="{escape(kind)}"' if kind else "")
    allowed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    otherwise = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default else ""
    return f"<output{attributes}>{allowed}{otherwise}</output>"


def _cells(row: Sequence[str], inputs: int) -> str:
    names = ["inputEntry"] * inputs + ["outputEntry"] * (len(row) - inputs)
    return "".join(f"<{name}><text>{escape(cell)}</text></{name}>" for name, cell in zip(names, row, strict=True))
