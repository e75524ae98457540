"""A running instance: SpiffWorkflow's BPMN workflow, with a tree that holds live tokens only.

Read from below: ``record`` (what the outside is told), ``board`` (the tokens), ``turns`` (who moves when), and here
the commands. Tasks still go through the library's states and hooks. It touches no database and never looks at the
clock.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.bpmn import snapshot
from engine.bpmn.definition import Definition
from engine.bpmn.gateways import retry_join
from engine.bpmn.listeners import Listener, SignalListener
from engine.bpmn.record import wait_of
from engine.bpmn.throwing import escalate, raise_error
from engine.bpmn.tokens import ACT, ERROR, LEAVE, WAITING, Failed, Token
from engine.bpmn.turns import Turns
from engine.bpmn.variables import copied_all, holder_of, process_of, visible
from engine.bpmn.waits import WaitKind, WorkflowStatus
from engine.errors import Invalid, NotFound, NotPossibleNow


class Workflow(Turns):
    """One instance of a definition. Commands take ``now``, aware; each runs until every token waits."""

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
        workflow.begin(now)
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

    def variables(self, scope: int = 0) -> dict[str, Any]:
        """Return the variables of a scope; those of the instance are kept when it has ended. Raises NotFound."""
        if scope == 0 and self.status is not WorkflowStatus.RUNNING:
            return copied_all(self.result)
        if scope not in self.tokens:
            raise NotFound(f"Expected scope {scope}, but there is none in this instance")
        return copied_all(self.tokens[scope].data)

    def seen(self, token: int) -> dict[str, Any] | None:
        """Return the variables that a step sees; None: it is gone."""
        return copied_all(visible(self.tokens[token])) if token in self.tokens else None

    def scope_of(self, token: int, name: str) -> int:
        """Return in which scope ``give`` writes a variable of a step: the step itself, if it has or maps inputs."""
        found = self.tokens[token]
        waits_with_inputs = token in self._open and found.task_spec.mapped_in
        holder = found if waits_with_inputs else holder_of(found, name)
        if holder is None:
            holder = found if found.task_spec.mapped_in and found.phase >= ACT else process_of(found)
        return holder.id

    # Commands.

    def complete(self, token: int, variables: Mapping[str, Any], *, now: datetime) -> None:
        """Answer a person's task or a job with results. Raises NotPossibleNow if it does not wait."""
        found, results = self._waiting(token, WaitKind.USER, WaitKind.JOB), _given(variables)
        self.begin(now)
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
        self.begin(now)
        raise_error(found, code, payload, message)
        self.do_engine_steps()

    def throw_escalation(self, token: int, code: str, variables: Mapping[str, Any], *, now: datetime) -> bool:
        """Escalate on behalf of a waiting step; return whether the model catches it. Raises NotPossibleNow."""
        found, payload = self._waiting(token, WaitKind.USER, WaitKind.JOB), _given(variables)
        self.begin(now)
        caught = escalate(found, code, payload)
        self.do_engine_steps()
        return caught

    def deliver_message(self, token: int, variables: Mapping[str, Any], *, now: datetime) -> None:
        """Bring a message to what waits for it. Raises NotPossibleNow."""
        self._fire(self._waiting(token, WaitKind.MESSAGE), _given(variables), now)

    def deliver_signal(self, name: str, variables: Mapping[str, Any], *, now: datetime) -> int:
        """Bring a signal to all that wait for it; return how many."""
        payload = _given(variables)
        self.begin(now)
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
        self.begin(now)
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
        self.begin(now)
        self.tokens[scope].data.update(given)
        self.data_changed = True
        self.do_engine_steps()

    def give(self, token: int, variables: Mapping[str, Any], *, now: datetime) -> None:
        """Give a step that waits other inputs; one with an incident is tried again with them. Raises NotFound."""
        found, given = self.tokens.get(token), _given(variables)
        if found is None:
            raise NotFound(f"Expected token {token}, but there is none in this instance")
        self.begin(now)
        for name, value in given.items():
            self.tokens[self.scope_of(token, name)].data[name] = value
            self.data_changed = True
        found.wait = None  # it told what the step saw
        if found._state == ERROR:
            self.retry(token, now=now)
        else:
            self.do_engine_steps()

    def cancel(self, *, now: datetime) -> None:
        """End the instance now."""
        self.begin(now)
        if self.status is WorkflowStatus.RUNNING:
            self._end(WorkflowStatus.CANCELLED)

    # What steps ask for.

    def hear_signal(self, name: str, payload: dict[str, Any]) -> int:
        """Bring a signal to all that wait for it here; return how many."""
        waiting = [
            token
            for token in self._open.values()
            if isinstance(token.task_spec, SignalListener) and wait_of(token).name == name
        ]
        heard = 0
        for token in waiting:
            if token.id in self._open:
                heard += 1
                token.task_spec.fire(token, copied_all(payload))
        return heard

    # Within.

    def begin(self, now: datetime) -> None:
        """Begin a command: at its moment, and with steps of its own."""
        self.now = now
        self._steps = 0

    def _waiting(self, number: int, *kinds: WaitKind) -> Token:
        token = self._open.get(number)
        if token is None or wait_of(token).kind not in kinds:
            wanted = " or ".join(kind.value for kind in kinds)
            raise NotPossibleNow(f"Expected token {number} to wait for a {wanted}, but it does not")
        return token

    def _fire(self, token: Token, payload: dict[str, Any], now: datetime) -> None:
        self.begin(now)
        listener: Listener = token.task_spec
        listener.fire(token, payload)
        self.do_engine_steps()


def _given(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables from outside as our own. Raises Invalid if they are nested too deep."""
    try:
        return copied_all(variables)
    except Failed as failed:
        raise Invalid(failed.message) from failed
