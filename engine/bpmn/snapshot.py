"""The state of a workflow as compact JSON: live tokens and their variables, nothing of the process itself.

A token is ``[id, parent, step, flags, internal, data]``, trailing empty parts left out. Parents come before children,
because ids only grow. Steps are numbers of the compiled version, which an instance never changes.
"""

from typing import TYPE_CHECKING, Any

import orjson

from engine.bpmn.tokens import ERROR, READY, STARTED, WAITING, Failed, Token
from engine.bpmn.waits import WorkflowStatus

if TYPE_CHECKING:
    from engine.bpmn.workflow import Workflow

FORMAT = 1
_STATES = (READY, WAITING, STARTED, ERROR)
_ATTACHED = 4
_PHASE = 8


def dump(workflow: "Workflow") -> bytes:
    """Return the state of a workflow at rest."""
    state: dict[str, Any] = {"v": FORMAT, "n": workflow.next_number}
    if workflow.status is not WorkflowStatus.RUNNING:
        state["s"] = workflow.status.value
        state["d"] = workflow.result
    state["t"] = [_token(workflow, token) for token in workflow.tokens.values()]
    failures = {
        str(token.id): [token.failure.kind, token.failure.message]
        for token in workflow.tokens.values()
        if token.failure is not None
    }
    if failures:
        state["f"] = failures
    return orjson.dumps(state)


def load(workflow: "Workflow", stored: bytes) -> None:
    """Make a new workflow what was stored. Raises ValueError for a state of another format."""
    state = orjson.loads(stored)
    if state.get("v") != FORMAT:
        raise ValueError(f"Expected a state of format {FORMAT}, found {state.get('v')!r}")
    workflow.next_number = state["n"]
    workflow.status = WorkflowStatus(state.get("s", WorkflowStatus.RUNNING))
    workflow.result = state.get("d", {})
    for row in state["t"]:
        _restore(workflow, row)
    for number, (kind, message) in state.get("f", {}).items():
        workflow.tokens[int(number)].failure = Failed(kind, message)


def _token(workflow: "Workflow", token: Token) -> list[Any]:
    parent = -1 if token.parent is None else token.parent.id
    flags = _STATES.index(token._state) + (_ATTACHED if token.attached else 0) + _PHASE * token.phase
    row: list[Any] = [token.id, parent, workflow.definition.numbers[token.task_spec.name], flags]
    if token.data:
        return [*row, token.internal_data, token.data]
    return [*row, token.internal_data] if token.internal_data else row


def _restore(workflow: "Workflow", row: list[Any]) -> None:
    number, parent, step, flags, *rest = row
    scope = workflow.tokens[parent] if parent >= 0 else None
    token = Token(workflow, workflow.definition.order[step], scope, number)
    token._state = _STATES[flags % _ATTACHED]
    token.attached = bool(flags & _ATTACHED)
    token.phase = flags // _PHASE
    token.internal_data = rest[0] if rest else {}
    token.data = rest[1] if len(rest) > 1 else {}
    workflow.adopt(token)
