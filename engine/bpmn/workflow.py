"""A running instance: SpiffWorkflow's BPMN workflow, with a tree that holds live tokens only.

The library keeps every task that ever was and predicts those to come, and walks that tree after each step. Here a
token that is done is gone, nothing is predicted, and what can run, waits, or must be decided is kept in indexes. Tasks
still go through the library's states and hooks. It touches no database and never looks at the clock.
"""

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from engine.bpmn import snapshot
from engine.bpmn.definition import Definition
from engine.bpmn.gateways import retry_join
from engine.bpmn.listeners import ConditionListener, Listener, SignalListener
from engine.bpmn.reach import dead_end, loop_around
from engine.bpmn.specs import Flow, Step
from engine.bpmn.throwing import escalate, raise_error
from engine.bpmn.tokens import ERROR, FINISH, LEAVE, READY, WAITING, Failed, Token
from engine.bpmn.variables import copied_all
from engine.bpmn.waits import Changes, Incident, StepEvent, StepEventKind, Thrown, Wait, WaitKind, WorkflowStatus
from engine.errors import Invalid, NotFound, NotPossibleNow

# How many tokens may run the whole number of steps in one command: a thousand endless loops end sooner than each would.
_TOKENS_AT_FULL_LENGTH = 10


class Workflow(BpmnWorkflow):  # type: ignore[misc]
    """One instance of a definition. Commands take ``now``, aware; each runs until every token waits.

    The library's constructor is not called: it would build and predict a tree of its own.
    """

    def __init__(self, definition: Definition) -> None:
        self.spec = definition
        self.definition: Definition = definition
        self.status = WorkflowStatus.RUNNING
        self.now: datetime = datetime.min.replace(tzinfo=UTC)
        self.tokens: dict[int, Token] = {}
        self.next_number = 0
        self.result: dict[str, Any] = {}
        self.data_changed = False
        self.undecided: dict[int, Token] = {}
        self._standing: dict[int, Token] = {}
        self._ready: deque[Token] = deque()
        self._patient: deque[Token] = deque()
        self._open: dict[int, Token] = {}
        self._conditions: dict[int, Token] = {}
        self._changes = Changes()
        self._opened: dict[int, Wait] = {}
        self._raised: dict[int, Incident] = {}
        self._steps = 0
        self._current: Token | None = None

    # Begin, store, look.

    @classmethod
    def start(
        cls,
        definition: Definition,
        variables: Mapping[str, Any],
        *,
        now: datetime,
        start_event: str | None = None,
    ) -> "Workflow":
        """Begin an instance and run it until it waits.

        ``start_event`` is the start event that begins it, by its id: then ``variables`` come from that event.
        Raises NotFound if there is no such event, NotPossibleNow if the process needs one and none is named.
        """
        if start_event is None and not definition.root.starts:
            raise NotPossibleNow(f"Expected an event to start {definition.process_id}, which has no plain start event")
        if start_event is not None and not definition.has_start(start_event):
            raise NotFound(f"Expected a start event of {definition.process_id}, found {start_event!r}")
        workflow = cls(definition)
        workflow._begin(now)
        root = workflow._make(definition.root, None)
        root.data = _given(variables)
        if start_event is not None:
            root.internal_data = {"entry": start_event}
        workflow.queue(root)
        workflow.do_engine_steps()
        return workflow

    @classmethod
    def load(cls, definition: Definition, state: bytes) -> "Workflow":
        """Return the workflow that was stored. Raises ValueError for a state of another format."""
        workflow = cls(definition)
        snapshot.load(workflow, state)
        return workflow

    def dump(self) -> bytes:
        """Return the state: live tokens, their variables, counters."""
        return snapshot.dump(self)

    def waits(self) -> list[Wait]:
        """Return everything that the instance waits for from outside, oldest first."""
        return [_wait_of(token) for token in self._open.values()]

    def variables(self, scope: int = 0) -> dict[str, Any]:
        """Return the variables of a scope; those of the instance are kept when it has ended. Raises NotFound."""
        if scope == 0 and self.status is not WorkflowStatus.RUNNING:
            return copied_all(self.result)
        if scope not in self.tokens:
            raise NotFound(f"Expected scope {scope}, but there is none in this instance")
        return copied_all(self.tokens[scope].data)

    def take_changes(self) -> Changes:
        """Return what happened since the last time, and forget it."""
        changes, self._changes = self._changes, Changes()
        changes.opened = list(self._opened.values())
        changes.incidents = list(self._raised.values())
        self._opened = {}
        self._raised = {}
        return changes

    # Commands.

    def complete(self, token: int, variables: Mapping[str, Any], *, now: datetime) -> None:
        """Answer a person's task or a job with results. Raises NotPossibleNow if it does not wait."""
        found, results = self._waiting(token, WaitKind.USER, WaitKind.JOB), _given(variables)
        self._begin(now)
        self._open.pop(token)
        self._closed(token)
        found.wait = None
        found.internal_data.pop("work", None)
        found.task_spec.answer(found, results)
        self.do_engine_steps()

    def throw_error(
        self, token: int, code: str, variables: Mapping[str, Any], *, now: datetime, message: str = ""
    ) -> None:
        """Answer a person's task or a job with a business error. Raises NotPossibleNow."""
        found, payload = self._waiting(token, WaitKind.USER, WaitKind.JOB), _given(variables)
        self._begin(now)
        raise_error(found, code, payload, message)
        self.do_engine_steps()

    def throw_escalation(self, token: int, code: str, variables: Mapping[str, Any], *, now: datetime) -> bool:
        """Escalate on behalf of a waiting step; return whether the model catches it. Raises NotPossibleNow."""
        found, payload = self._waiting(token, WaitKind.USER, WaitKind.JOB), _given(variables)
        self._begin(now)
        caught = escalate(found, code, payload)
        self.do_engine_steps()
        return caught

    def deliver_message(self, token: int, variables: Mapping[str, Any], *, now: datetime) -> None:
        """Bring a message to what waits for it. Raises NotPossibleNow."""
        self._fire(self._waiting(token, WaitKind.MESSAGE), _given(variables), now)

    def deliver_signal(self, name: str, variables: Mapping[str, Any], *, now: datetime) -> int:
        """Bring a signal to all that wait for it; return how many."""
        payload = _given(variables)
        self._begin(now)
        heard = self.hear_signal(name, payload)
        self.do_engine_steps()
        return heard

    def fire_timer(self, token: int, *, now: datetime) -> None:
        """Let a timer fire. Raises NotPossibleNow if it does not wait."""
        self._fire(self._waiting(token, WaitKind.TIMER), {}, now)

    def retry(self, token: int, *, now: datetime) -> None:
        """Try a step again that has an incident. Raises NotPossibleNow if it has none."""
        found = self.tokens.get(token)
        if found is None or found._state != ERROR:
            raise NotPossibleNow(f"Expected token {token} to have an incident, but it has none")
        self._begin(now)
        self._resolve(found)
        if found.parent is not None and (found.parent.joins or {}).get(found.task_spec.name) is found:
            found._set_state(WAITING)
            retry_join(found)
        elif found.phase >= LEAVE:
            self._leave_again(found)
        else:
            self.queue(found)
        self.do_engine_steps()

    def set_variables(self, scope: int, variables: Mapping[str, Any], *, now: datetime) -> None:
        """Write variables into a scope; conditions are looked at again. Raises NotFound."""
        if scope not in self.tokens:
            raise NotFound(f"Expected scope {scope}, but there is none in this instance")
        given = _given(variables)
        self._begin(now)
        self.tokens[scope].data.update(given)
        self.data_changed = True
        self.do_engine_steps()

    def cancel(self, *, now: datetime) -> None:
        """End the instance now."""
        self._begin(now)
        if self.status is WorkflowStatus.RUNNING:
            self._end(WorkflowStatus.CANCELLED)

    # What steps ask for.

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

    def pass_over(self, flow: Flow) -> None:
        """Note a flow that was taken, without putting a token at its end."""
        self._changes.flows.append(flow.id)

    def hold(self, step: Step, scope: Token) -> Token:
        """Return the token of a scope that waits at a join for others to arrive, a new one if there is none."""
        if scope.joins is None:
            scope.joins = {}
        token = scope.joins.get(step.name)
        if token is None:
            token = scope.joins[step.name] = self._make(step, scope)
            token._set_state(WAITING)
            scope.active += 1
        elif token.failure is not None:
            self._resolve(token)
            token._set_state(WAITING)
        return token

    def attach(self, step: Step, host: Token) -> Token:
        """Put a token beside ``host`` that waits for an event and keeps nothing open."""
        token = self._make(step, host)
        token.attached = True
        token._set_state(WAITING)
        return token

    def queue(self, token: Token) -> None:
        """Let a token run when it is its turn. What the outside has moved has a budget of steps of its own."""
        token._set_state(READY)
        token.passed = 0 if self._current is None else self._current.passed + 1
        if token.task_spec.patient and token.phase < FINISH:
            self._patient.append(token)
        else:
            self._ready.append(token)

    def wait_for(self, token: Token) -> None:
        """Tell the outside that a token waits for it."""
        self._open[token.id] = token
        self._opened[token.id] = _wait_of(token)

    def listen(self, token: Token) -> None:
        """Let the listener at ``token`` hear what it waits for."""
        token._set_state(WAITING)
        if isinstance(token.task_spec, ConditionListener):
            self._conditions[token.id] = token
            self.data_changed = True
        else:
            self.wait_for(token)

    def unlisten(self, token: Token) -> None:
        """Let a token hear nothing any more."""
        self._conditions.pop(token.id, None)
        if self._open.pop(token.id, None) is not None:
            self._closed(token.id)

    def remove(self, token: Token) -> None:
        """Forget a token that is done."""
        scope = token.parent
        self._forget(token)
        if scope is None:
            return
        scope._children.pop(token.id, None)
        if scope.joins is not None and scope.joins.get(token.task_spec.name) is token:
            del scope.joins[token.task_spec.name]
        if not token.attached:
            scope.active -= 1
            if scope.active == 0 and scope.id in self.tokens:
                scope.task_spec.emptied(scope)

    def withdraw(self, token: Token) -> None:
        """Cancel a token and everything inside it."""
        self.withdraw_inside(token)
        self._note_cancelled(token)
        self.remove(token)

    def withdraw_inside(self, token: Token, *, but: Token | None = None, keep_boundaries: bool = False) -> None:
        """Cancel everything inside a token, except ``but``, and except what waits for its boundary events."""
        for child in token.children:
            if child is but or (keep_boundaries and child.attached and not child.task_spec.event.starts_scope):
                continue
            self._cancel_tree(child)
            token._children.pop(child.id, None)
            if not child.attached:
                token.active -= 1
            if token.joins is not None and token.joins.get(child.task_spec.name) is child:
                del token.joins[child.task_spec.name]

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

    def hear_signal(self, name: str, payload: dict[str, Any]) -> int:
        """Bring a signal to all that wait for it here; return how many."""
        waiting = [
            token
            for token in self._open.values()
            if isinstance(token.task_spec, SignalListener) and _wait_of(token).name == name
        ]
        heard = 0
        for token in waiting:
            if token.id in self._open:
                heard += 1
                token.task_spec.fire(token, copied_all(payload))
        return heard

    def fail(self, token: Token) -> None:
        """Make an incident of a token's failure."""
        failure = token.failure or Failed("unknown", "Expected the step to work, found that it does not")
        step = token.task_spec.step
        self.unlisten(token)
        self.note(StepEventKind.FAILED, token, {"kind": failure.kind, "message": failure.message})
        self._raised[token.id] = Incident(token.id, step, failure.kind, failure.message)

    def collapse(self, token: Token, code: str | None, message: str) -> None:
        """End the instance with an error that nobody catches."""
        text = f"Expected error {code or 'without code'} to be caught, found nobody who does"
        self.note(StepEventKind.FAILED, token, {"kind": "error", "code": code, "message": message or text})
        said = f"{text}: {message}" if message else text
        self._raised[token.id] = Incident(token.id, token.task_spec.step, "error", said)
        self._end(WorkflowStatus.FAILED)

    def finish(self, root: Token) -> None:
        """End the instance: everything is done."""
        self.result = root.data
        self._forget(root)
        self.status = WorkflowStatus.COMPLETED

    def is_gone(self, token: Token) -> bool:
        """Tell whether a token has been withdrawn."""
        return token.id not in self.tokens

    def adopt(self, token: Token) -> None:
        """Take in a token that was stored."""
        self.tokens[token.id] = token
        parent = token.parent
        if parent is not None:
            parent._children[token.id] = token
            if not token.attached:
                parent.active += 1
        step, internal = token.task_spec, token.internal_data
        if not token.attached and parent is not None and ("counts" in internal or "count" in internal):
            if parent.joins is None:
                parent.joins = {}
            parent.joins[step.name] = token
            self.undecided[token.id] = token
        elif token._state == ERROR or "heard" in internal:
            return
        elif isinstance(step, ConditionListener):
            self._conditions[token.id] = token
        elif token.attached or "work" in internal:
            self._open[token.id] = token

    # Within.

    def _begin(self, now: datetime) -> None:
        """Begin a command: at its moment, and with steps of its own."""
        self.now = now
        self._steps = 0

    def _task_completed_notify(self, _task: Token) -> None:
        """The library would look at all waiting tasks here; our indexes know better."""

    def _make(self, step: Step, parent: Token | None) -> Token:
        token = Token(self, step, parent, self.next_number)
        self.next_number += 1
        self.tokens[token.id] = token
        if parent is not None:
            parent._children[token.id] = token
        return token

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

    def _waiting(self, number: int, *kinds: WaitKind) -> Token:
        token = self._open.get(number)
        if token is None or _wait_of(token).kind not in kinds:
            wanted = " or ".join(kind.value for kind in kinds)
            raise NotPossibleNow(f"Expected token {number} to wait for a {wanted}, but it does not")
        return token

    def _fire(self, token: Token, payload: dict[str, Any], now: datetime) -> None:
        self._begin(now)
        listener: Listener = token.task_spec
        listener.fire(token, payload)
        self.do_engine_steps()

    def _closed(self, number: int) -> None:
        """Note that a wait is over; one that opened since the last time was never seen and leaves no trace."""
        if self._opened.pop(number, None) is None:
            self._changes.closed.append(number)

    def _forget(self, token: Token) -> None:
        if token.watchers:
            for watcher in token.watchers:
                if watcher.id in self.tokens:
                    self.undecided[watcher.id] = watcher
        self.tokens.pop(token.id, None)
        self.undecided.pop(token.id, None)
        self.unlisten(token)
        if token.failure is not None:
            self._resolve(token)

    def _resolve(self, token: Token) -> None:
        """Note that an incident is over; one of which nobody was told yet leaves no trace."""
        token.failure = None
        if self._raised.pop(token.id, None) is None:
            self._changes.resolved.append(token.id)

    def _cancel_tree(self, token: Token) -> None:
        """Forget a token and all inside it, innermost first, without telling the scopes between."""
        order = [token]
        for at in order:
            order.extend(at._children.values())
        for at in reversed(order):
            self._note_cancelled(at)
            self._forget(at)

    def _note_cancelled(self, token: Token) -> None:
        if not token.task_spec.silent and token.phase > 0 and token.phase < LEAVE:
            self.note(StepEventKind.CANCELLED, token)

    def _end(self, status: WorkflowStatus) -> None:
        root = self.tokens[0]
        self.result = root.data
        self._cancel_tree(root)
        self._ready.clear()
        self._patient.clear()
        self.undecided.clear()
        self._standing.clear()
        self.status = status


def _given(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables from outside as our own. Raises Invalid if they are nested too deep."""
    try:
        return copied_all(variables)
    except Failed as failed:
        raise Invalid(failed.message) from failed


def _ran_away(token: Token) -> Failed:
    limits = token.workflow.definition.limits
    loop = ", ".join(loop_around(token)) or token.task_spec.step
    wanted = f"a step that waits within {limits.steps} steps, found none"
    if len(token.workflow.tokens) > limits.tokens:
        wanted = f"at most {limits.tokens} tokens at once, found more"
    return Failed("loop", f"Expected {wanted} in the loop of {loop}")


def _wait_of(token: Token) -> Wait:
    if token.wait is None:
        token.wait = token.task_spec.describe(token)
    return token.wait
