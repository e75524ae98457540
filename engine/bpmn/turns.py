"""Whose turn it is: runs the tokens of an instance until each waits, within a budget of steps."""

from collections import deque
from typing import Any

from engine.bpmn.board import Board
from engine.bpmn.definition import Definition
from engine.bpmn.reach import dead_end, loop_around
from engine.bpmn.specs import Flow, Step
from engine.bpmn.tokens import ERROR, FINISH, READY, Failed, Token
from engine.bpmn.waits import Incident, StepEventKind, WorkflowStatus

# How many tokens may run the whole number of steps in one command: a thousand endless loops end sooner than each would.
_TOKENS_AT_FULL_LENGTH = 10


class Turns(Board):
    """Lets tokens move: those that are ready, then joins, then those that let all others go first."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(definition)
        self.result: dict[str, Any] = {}
        self._standing: dict[int, Token] = {}
        self._ready: deque[Token] = deque()
        self._patient: deque[Token] = deque()
        self._steps = 0
        self._current: Token | None = None

    def do_engine_steps(self, *_callbacks: object) -> None:
        """Run until nothing can move: conditions, then ready steps, then joins, then steps that let others go first."""
        while self.status is WorkflowStatus.RUNNING:
            if self.data_changed and self._conditions:
                self.data_changed = False
                for token in list(self._conditions.values()):
                    if token.id in self._conditions:
                        token.task_spec.look(token)
            elif self._ready:
                self._run(self._ready.popleft())
            elif self.undecided:
                self._settle(min(self.undecided))
            elif self._patient:
                self._run(self._patient.popleft())
            elif self._standing:
                self._look_for_deadlock(self._standing.popitem()[1])
            else:
                break
        self._current = None

    def place(
        self,
        step: Step,
        scope: Token,
        internal: dict[str, Any] | None = None,
        *,
        data: dict[str, Any] | None = None,
    ) -> Token:
        """Put a new token at a step."""
        token = self._make(step, scope)
        if internal is not None:
            token.internal_data = internal
        if data is not None:
            token.data = data
        scope.active += 1
        self.queue(token)
        return token

    def take(self, flow: Flow, scope: Token) -> None:
        """Move on over a flow."""
        self._changes.flows.append(flow.id)
        flow.target.arrive(scope, flow)

    def queue(self, token: Token) -> None:
        """Let a token run when it is its turn. What the outside has moved has a budget of steps of its own."""
        token._set_state(READY)
        token.passed = 0 if self._current is None else self._current.passed + 1
        if token.task_spec.patient and token.phase < FINISH:
            self._patient.append(token)
        else:
            self._ready.append(token)

    def finish(self, root: Token) -> None:
        """End the instance: everything is done."""
        self.result = root.data
        self._forget(root)
        self.status = WorkflowStatus.COMPLETED

    def collapse(self, token: Token, code: str | None, message: str) -> None:
        """End the instance with an error that nobody catches."""
        text = f"Expected error {code or 'without code'} to be caught, found nobody who does"
        self.note(StepEventKind.FAILED, token, {"kind": "error", "code": code, "message": message or text})
        said = f"{text}: {message}" if message else text
        self._raised[token.id] = Incident(token.id, token.task_spec.step, "error", said)
        self._end(WorkflowStatus.FAILED)

    def _end(self, status: WorkflowStatus) -> None:
        root = self.tokens[0]
        self.result = root.data
        self._cancel_tree(root)
        self._ready.clear()
        self._patient.clear()
        self.undecided.clear()
        self._standing.clear()
        self.status = status

    def _run(self, token: Token) -> None:
        if token.id not in self.tokens or token._state != READY:
            return
        self._current = token
        self._steps += 1
        limits = self.definition.limits
        if (
            token.passed > limits.steps
            or len(self.tokens) > limits.tokens
            or self._steps > limits.steps * _TOKENS_AT_FULL_LENGTH
        ):
            token.failure = _ran_away(token)
            token.error()
        else:
            token.run()

    def _settle(self, number: int) -> None:
        waiting = self.undecided.pop(number)
        if waiting._state == ERROR:
            return
        self._standing[waiting.scope.id] = waiting.scope
        try:
            waiting.task_spec.settle(waiting)
        except Failed as failed:
            waiting.failure = failed
            waiting.error()

    def _look_for_deadlock(self, scope: Token) -> None:
        """Stop the joins of a scope in which nothing is left but joins that wait for each other."""
        joins = list((scope.joins or {}).values())
        if scope.id not in self.tokens or scope.active != len(joins):
            return
        for waiting in joins:
            if waiting.failure is None:
                waiting.failure = dead_end()
                waiting.error()

    def _leave_again(self, token: Token) -> None:
        try:
            token._set_state(READY)
            token.task_spec.leave(token)
        except Failed as failed:
            token.failure = failed
            token.error()

    def _task_completed_notify(self, _task: Token) -> None:
        """The library would look at all waiting tasks here; our indexes know better."""


def _ran_away(token: Token) -> Failed:
    limits = token.workflow.definition.limits
    loop = ", ".join(loop_around(token)) or token.task_spec.step
    wanted = f"a step that waits within {limits.steps} steps, found none"
    if len(token.workflow.tokens) > limits.tokens:
        wanted = f"at most {limits.tokens} tokens at once, found more"
    return Failed("loop", f"Expected {wanted} in the loop of {loop}")
