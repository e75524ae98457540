"""What the outside is told of a running instance: what it waits for, what happened, what stands still.

The lowest layer of a workflow. Above it come the tokens (engine.bpmn.board), their turns (engine.bpmn.turns) and the
commands (engine.bpmn.workflow).
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from engine.bpmn.definition import Definition
from engine.bpmn.specs import Flow
from engine.bpmn.tokens import Token
from engine.bpmn.waits import Changes, Incident, StepEvent, StepEventKind, Thrown, Wait, WorkflowStatus


class Record(BpmnWorkflow):  # type: ignore[misc]
    """Keeps the open waits and incidents of an instance, and what happened since somebody last asked.

    The library's constructor is not called: it would build and predict a tree of its own.
    """

    def __init__(self, definition: Definition) -> None:
        self.spec = definition
        self.definition: Definition = definition
        self.status = WorkflowStatus.RUNNING
        self.now: datetime = datetime.min.replace(tzinfo=UTC)
        self._open: dict[int, Token] = {}
        self._changes = Changes()
        self._opened: dict[int, Wait] = {}
        self._raised: dict[int, Incident] = {}

    def waits(self) -> list[Wait]:
        """Return everything that the instance waits for from outside, oldest first."""
        return [wait_of(token) for token in self._open.values()]

    def take_changes(self) -> Changes:
        """Return what happened since the last time, and forget it."""
        changes, self._changes = self._changes, Changes()
        changes.opened = list(self._opened.values())
        changes.incidents = list(self._raised.values())
        self._opened = {}
        self._raised = {}
        return changes

    def note(
        self, kind: StepEventKind, token: Token, detail: Mapping[str, Any] | None = None, *, step: str | None = None
    ) -> None:
        """Write down what happened to a step: the token's, or another."""
        self._changes.events.append(StepEvent(kind, step or token.task_spec.step, token.id, detail or {}))

    def send(self, thrown: Thrown, token: Token) -> None:
        """Let a message or signal leave the instance."""
        detail = {"kind": thrown.kind.value, "name": thrown.name, "correlation_key": thrown.correlation_key}
        self.note(StepEventKind.THROWN, token, detail)
        self._changes.thrown.append(thrown)

    def pass_over(self, flow: Flow) -> None:
        """Note a flow that was taken, without putting a token at its end."""
        self._changes.flows.append(flow.id)

    def leave_waits(self, numbers: Iterable[int]) -> None:
        """Note that waits of an earlier version of the process are over."""
        self._changes.closed.extend(numbers)

    def wait_for(self, token: Token) -> None:
        """Tell the outside that a token waits for it."""
        self._open[token.id] = token
        self._opened[token.id] = wait_of(token)

    def _closed(self, number: int) -> None:
        """Note that a wait is over; one that opened since the last time was never seen and leaves no trace."""
        if self._opened.pop(number, None) is None:
            self._changes.closed.append(number)

    def _resolve(self, token: Token) -> None:
        """Note that an incident is over; one of which nobody was told yet leaves no trace."""
        token.failure = None
        if self._raised.pop(token.id, None) is None:
            self._changes.resolved.append(token.id)


def wait_of(token: Token) -> Wait:
    """Return what a token waits for, made once."""
    if token.wait is None:
        token.wait = token.task_spec.describe(token)
    return token.wait
