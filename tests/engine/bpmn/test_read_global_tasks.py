"""Global tasks are read as processes of one step, which call activities call."""

from datetime import UTC, datetime

from engine.bpmn.compiler import compile_process
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.reader import read_bpmn
from engine.bpmn.workflow import Workflow
from engine.findings import errors_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FILE = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:test">
<globalUserTask id="sign" name="Tanda tangan"/>
<process id="p" isExecutable="true">
<startEvent id="s"/><callActivity id="c" calledElement="sign"/><endEvent id="e"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="c"/><sequenceFlow id="f2" sourceRef="c" targetRef="e"/>
</process></definitions>"""


def test_a_global_task_is_a_process_of_one_step_that_does_not_start_by_itself() -> None:
    model = read_bpmn(FILE, file="test.bpmn")

    task = model.processes["sign"]
    assert [node.tag for node in task.scope.nodes.values()] == ["userTask"]
    assert not task.executable
    assert errors_of(lint_models([model], context=LintContext())) == []


def test_a_called_global_task_waits_for_a_person_and_hands_back() -> None:
    definition = compile_process("p", [read_bpmn(FILE, file="test.bpmn")], decisions=None)

    workflow = Workflow.start(definition, {}, now=NOON)
    waiting = workflow.waits()
    workflow.complete(waiting[0].token, {"signed": True}, now=NOON)

    assert [wait.step for wait in waiting] == ["sign:sign.task"]
    assert workflow.status == "completed"
    assert workflow.variables() == {"signed": True}
