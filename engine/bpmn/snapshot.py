"""The state of a workflow as compact JSON: live tokens and their variables, nothing of the process itself.

``v`` is the format, ``n`` the next token's number, ``k`` the names of steps that the tokens use, ``t`` the tokens as
``[number, parent, step, flags, internal, data]`` with trailing empty parts left out, ``f`` the failures of tokens that
have incidents. An instance that has ended has ``s`` and ``d``, its status and variables. Parents come before children,
because numbers only grow. Steps stand by name, so a later version of the compiler reads what an earlier one stored.
"""

import json
from typing import TYPE_CHECKING, Any, Final

import orjson

from engine.bpmn.tokens import ERROR, READY, STARTED, WAITING, Failed, Token
from engine.bpmn.waits import WorkflowStatus

if TYPE_CHECKING:
    from engine.bpmn.workflow import Workflow

FORMAT: Final = 2
_STATES: Final = (READY, WAITING, STARTED, ERROR)
_ATTACHED: Final = 4
_PHASE: Final = 8
# A state that orjson cannot hold (whole numbers beyond 64 bits) begins with a space, and is read by the slower codec.
_SLOW: Final = b" "


def dump(workflow: "Workflow") -> bytes:
    """Return the state of a workflow at rest."""
    numbers: dict[str, int] = {}
    tokens = [_row(token, numbers) for token in workflow.tokens.values()]
    state: dict[str, Any] = {"v": FORMAT, "n": workflow.next_number, "k": list(numbers), "t": tokens}
    failures = [
        [token.id, token.failure.kind, token.failure.message]
        for token in workflow.tokens.values()
        if token.failure is not None
    ]
    if failures:
        state["f"] = failures
    if workflow.status is not WorkflowStatus.RUNNING:
        state["s"] = workflow.status.value
        state["d"] = workflow.result
    try:
        return orjson.dumps(state)
    except orjson.JSONEncodeError:
        return _SLOW + json.dumps(state, separators=(",", ":")).encode()


def load(workflow: "Workflow", stored: bytes) -> None:
    """Make a new workflow what was stored. Raises ValueError for a state of another format or process."""
    state = json.loads(stored) if stored.startswith(_SLOW) else orjson.loads(stored)
    found = state.get("v") if isinstance(state, dict) else None
    if found != FORMAT:
        raise ValueError(f"Expected a state of format {FORMAT}, found {found!r}")
    workflow.next_number = state["n"]
    workflow.status = WorkflowStatus(state.get("s", WorkflowStatus.RUNNING))
    workflow.result = state.get("d", {})
    steps = workflow.definition.task_specs
    unknown = [name for name in state["k"] if name not in steps]
    if unknown:
        raise ValueError(f"Expected a state of {workflow.definition.process_id}, found steps {', '.join(unknown)}")
    named = [steps[name] for name in state["k"]]
    for number, parent, step, flags, *rest in state["t"]:
        token = Token(workflow, named[step], workflow.tokens[parent] if parent >= 0 else None, number)
        token._state = _STATES[flags % _ATTACHED]
        token.attached = bool(flags & _ATTACHED)
        token.phase = flags // _PHASE
        if rest:
            token.internal_data = rest[0]
            if len(rest) > 1:
                token.data = rest[1]
        workflow.adopt(token)
    for number, kind, message in state.get("f", ()):
        workflow.tokens[number].failure = Failed(kind, message)


def _row(token: Token, numbers: dict[str, int]) -> list[Any]:
    parent = -1 if token.parent is None else token.parent.id
    step = numbers.setdefault(token.task_spec.name, len(numbers))
    flags = _STATES.index(token._state) + (_ATTACHED if token.attached else 0) + _PHASE * token.phase
    if token.data:
        return [token.id, parent, step, flags, token.internal_data, token.data]
    if token.internal_data:
        return [token.id, parent, step, flags, token.internal_data]
    return [token.id, parent, step, flags]
