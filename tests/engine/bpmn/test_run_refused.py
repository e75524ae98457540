"""What is not executed is refused when a process is compiled, with the element: nothing is ignored."""

from collections.abc import Callable

import pytest

from engine.bpmn.definition import Definition
from engine.errors import Invalid


@pytest.mark.parametrize(
    ("text", "rule", "element"),
    [
        ("s -> z\ns: start\nz: end cancel", "cancel-outside", "z"),
        ("s -> w\ns: start\nw: sub {\nq -> a\nq: start message=m\n}", "start-trigger", "q"),
        ("s -> a\nx -> b\ns: start\na: user\nx: boundary on=a", "event-not-caught", "x"),
        ("s -> a\nx -> b\ns: start\na: user\nx: boundary on=a terminate", "event-not-caught", "x"),
        ("s -> c\ns: start\nc: catch error=E", "event-not-caught", "c"),
        ("s -> g\ng -> a\ns: start\ng: events\na: user", "event-gateway-target", "g"),
        ("process p\ns -> c\ns: start\nc: call process=q\nprocess q\ns -> a\ns: start message=m", "called-start", "c"),
        ("s -> t\ns: start\nt: throw link=nowhere", "link-name", "t"),
        ("s -> a\ns: start\na: user\nx: boundary on=a compensate", "compensation-handler", "x"),
        ("s -> t\ns: start\nt: catch timeDuration=soon", "timer", "t"),
        ("s -> x\nx -> a if n >\ns: start\nx: xor", "expression", "x_a"),
        ("s -> d\ns: start\nd: rule decision=fee to=x", "no-decision", "d"),
        ("a -> b\nb -> a", "no-start", "p"),
    ],
)
def test_what_cannot_run_is_refused_with_its_element(
    compiled: Callable[..., Definition], text: str, rule: str, element: str
) -> None:
    with pytest.raises(Invalid) as refused:
        compiled(text)

    found = [(finding.rule, finding.element) for finding in refused.value.findings]
    assert (f"bpmn.{rule}", element) in found
    assert all(set(finding.message) == {"id", "en"} and finding.place.line for finding in refused.value.findings)
