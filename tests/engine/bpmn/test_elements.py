"""Every row of the README's table of elements is true: what runs is run, what is refused is refused."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine.bpmn.compiler import compile_process
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.reader import read_bpmn
from engine.bpmn.workflow import Workflow
from engine.findings import errors_of


def _module() -> ModuleType:
    path = Path(__file__).with_name("elements.py")
    spec = importlib.util.spec_from_file_location("bpmn_elements", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bpmn_elements"] = module
    spec.loader.exec_module(module)
    return module


elements = _module()
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'id="d" targetNamespace="urn:t">'
)
BODY = (
    '<startEvent id="s"/><manualTask id="a"/><endEvent id="e"/><sequenceFlow '
    'id="f1" sourceRef="s" targetRef="a"/>'
    '<sequenceFlow id="f2" sourceRef="a" targetRef="e"/>'
)
DIAGRAM = (
    '<bpmndi:BPMNDiagram id="di1"><bpmndi:BPMNPlane id="pl1" bpmnElement="p">'
    '<bpmndi:BPMNShape id="sh1" bpmnElement="a"/>'
    "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
)
# What the schema wants before the flow nodes of a process, and beside it before its process.
FIRST = ("<documentation", "<extensionElements", "<auditing", "<ioSpecification", "<property")


def of(verdict: str) -> list[Any]:
    return [pytest.param(row, id=f"{row.group}: {row.name}") for row in elements.ROWS if row.verdict == verdict]


def test_the_table_in_the_readme_is_current() -> None:
    text = elements.README.read_text()

    assert elements.written(text) == text, "run: python tests/engine/bpmn/elements.py"


def test_no_row_stands_twice() -> None:
    names = [(row.group, row.name) for row in elements.ROWS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("row", of("runs"))
def test_what_runs_is_run(run: Callable[..., Any], drawing: ModuleType, row: Any) -> None:
    model = read_bpmn(drawing.draw(row.text).encode(), file="t.bpmn")
    assert errors_of(lint_models([model], context=LintContext())) == []

    case = run(row.text, start_event=row.start)
    for act in row.acts:
        _do(case, act)

    assert _is_within(row.done.split(), iter(case.completed)), case.completed
    assert [step for step in case.open if step in row.left.split()] == row.left.split()
    assert case.is_completed or row.left, case.open


def _do(case: Any, act: str) -> None:
    word, *rest = act.split()
    given = {name: int(value) for name, _equals, value in (each.partition("=") for each in rest) if _equals}
    named = [each for each in rest if "=" not in each]
    if word == "set":
        case.set(**given)
    elif word == "signal":
        assert case.signal(*named) > 0
    else:
        getattr(case, word)(*named, **given)


def _is_within(wanted: list[str], found: Iterator[str]) -> bool:
    return all(each in found for each in wanted)


@pytest.mark.parametrize("row", of("imported only"))
def test_what_is_only_imported_changes_nothing(row: Any, now: Any) -> None:
    first = row.inside if row.inside.startswith(FIRST) else ""
    last = "" if first else row.inside
    text = f'{HEAD}{row.beside}<process id="p" isExecutable="true">{first}{BODY}{last}</process>{DIAGRAM}</definitions>'
    model = read_bpmn(text.encode(), file="t.bpmn")

    assert errors_of(lint_models([model], context=LintContext())) == []
    workflow = Workflow.start(compile_process("p", [model], decisions=None), {}, now=now)
    assert [wait.step for wait in workflow.waits()] == ["a"]
    workflow.complete(workflow.waits()[0].token, {}, now=now)
    assert workflow.status.value == "completed"


@pytest.mark.parametrize("row", of("refused"))
def test_what_is_refused_breaks_its_rule(row: Any) -> None:
    found = []
    for executable in ("true", "false"):
        process = f'<process id="p" isExecutable="{executable}">{row.inside}{BODY}</process>'
        model = read_bpmn(f"{HEAD}{row.beside}{process}</definitions>".encode(), file="t.bpmn")
        found.append({finding.rule for finding in errors_of(lint_models([model], context=LintContext()))})

    assert row.rule in found[0]
    assert found[1] == set(), "a drawing is shown whatever is in it"
