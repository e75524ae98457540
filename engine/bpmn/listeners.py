"""Tokens that wait for something from outside on behalf of an event: one for each event definition."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.bpmn.formulas import Formula
from engine.bpmn.model import Node, TimerKind
from engine.bpmn.specs import Step
from engine.bpmn.timers import Schedule, TimerError, schedule
from engine.bpmn.tokens import Failed, Token
from engine.bpmn.waits import StepEventKind, Wait, WaitKind

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition
    from engine.bpmn.events import Catching


class Listener(Step):
    """Wait for one event definition of ``event``. Its token is attached to the token that the event belongs to.

    That is the event's own token, the activity of a boundary event, the scope of an event sub-process, or the
    event-based gateway before the event.
    """

    silent = True
    kind: WaitKind

    def __init__(self, definition: "Definition", event: "Catching", index: int, node: Node) -> None:
        super().__init__(definition, f"{event.name}#{index}", node, event.process)
        self.event = event
        self.step = event.step

    def prepare(self, host: Token) -> dict[str, Any]:
        """Return what the token must remember, evaluated for ``host``. Raises Failed."""
        return {}

    def open(self, host: Token, remembered: dict[str, Any]) -> Token:
        """Begin to wait beside ``host``."""
        token = host.workflow.attach(self, host)
        token.internal_data = remembered
        token.wait = self.describe(token)
        host.workflow.listen(token)
        return token

    def describe(self, token: Token) -> Wait:
        return Wait(token.id, self.kind, self.step, self.scope_of(token), self.lane)

    def scope_of(self, token: Token) -> int:
        """Return the token of the scope that the event stands in."""
        host = token.scope
        return host.id if self.event.starts_scope or host.parent is None else host.parent.id

    def fire(self, token: Token, payload: dict[str, Any]) -> None:
        """Let the event happen."""
        host = token.scope
        token.workflow.note(StepEventKind.CAUGHT, token, self.detail(token))
        again = self.event.outlasts(self, host) and self.renew(token)
        self.event.heard(token, host, payload, again=again)

    def detail(self, token: Token) -> dict[str, Any]:
        """Return what the journal should know of the event that was caught."""
        return {"kind": self.kind.value}

    def renew(self, token: Token) -> bool:
        """Go on waiting after the event has happened, if it can happen again. Return whether it can."""
        return True


class TimerListener(Listener):
    """Wait for a moment. ``term`` is the legal term and its mark that decides the moment, if one does."""

    kind = WaitKind.TIMER

    def __init__(
        self,
        definition: "Definition",
        event: "Catching",
        index: int,
        node: Node,
        timer: tuple[TimerKind, Formula],
        term: tuple[str, str] | None,
    ) -> None:
        super().__init__(definition, event, index, node)
        self.timer_kind, self.formula = timer
        self.term = term

    def prepare(self, host: Token) -> dict[str, Any]:
        if self.term is not None:
            return {}
        try:
            return _remember(schedule(self.timer_kind, self.formula.value(host), host.workflow.now))
        except TimerError as error:
            raise Failed("timer", str(error)) from error

    def describe(self, token: Token) -> Wait:
        due = None if self.term else datetime.fromisoformat(token.internal_data["due"])
        return Wait(token.id, self.kind, self.step, self.scope_of(token), self.lane, due=due, term=self.term)

    def detail(self, token: Token) -> dict[str, Any]:
        if self.term:
            return {"kind": self.kind.value, "term": ".".join(self.term)}
        return {"kind": self.kind.value, "due": token.internal_data["due"]}

    def renew(self, token: Token) -> bool:
        following = None if self.term else _recall(token.internal_data).following()
        if following is None:
            return False
        self.open(token.scope, _remember(following))
        token.workflow.remove(token)
        return True


class MessageListener(Listener):
    """Wait for a message with the name and, if the model gives one, the correlation key."""

    kind = WaitKind.MESSAGE

    def __init__(
        self, definition: "Definition", event: "Catching", index: int, node: Node, message: Formula, key: Formula | None
    ) -> None:
        super().__init__(definition, event, index, node)
        self.message = message
        self.key = key

    def prepare(self, host: Token) -> dict[str, Any]:
        remembered: dict[str, Any] = {}
        if self.message.literal is None:
            remembered["name"] = self.message.text(host)
        if self.key is not None:
            remembered["key"] = self.key.text(host)
        return remembered

    def describe(self, token: Token) -> Wait:
        name = token.internal_data.get("name", self.message.literal)
        key = token.internal_data.get("key")
        scope = self.scope_of(token)
        return Wait(token.id, self.kind, self.step, scope, self.lane, name=name, correlation_key=key)

    def detail(self, token: Token) -> dict[str, Any]:
        wait = self.describe(token)
        return {"kind": self.kind.value, "name": wait.name, "correlation_key": wait.correlation_key}


class SignalListener(Listener):
    """Wait for a signal with the name."""

    kind = WaitKind.SIGNAL

    def __init__(self, definition: "Definition", event: "Catching", index: int, node: Node, signal: Formula) -> None:
        super().__init__(definition, event, index, node)
        self.signal = signal

    def prepare(self, host: Token) -> dict[str, Any]:
        return {} if self.signal.literal is not None else {"name": self.signal.text(host)}

    def describe(self, token: Token) -> Wait:
        name = token.internal_data.get("name", self.signal.literal)
        return Wait(token.id, self.kind, self.step, self.scope_of(token), self.lane, name=name)

    def detail(self, token: Token) -> dict[str, Any]:
        return {"kind": self.kind.value, "name": self.describe(token).name}


class ConditionListener(Listener):
    """Wait until a condition becomes true. It is looked at when the wait opens and whenever variables change.

    A condition about data that is not there yet (null) is not met yet; any other value but true and false is a fault.
    A listener that outlasts its event reacts again only after the condition was not met in between.
    """

    kind = WaitKind.CONDITION

    def __init__(self, definition: "Definition", event: "Catching", index: int, node: Node, condition: Formula) -> None:
        super().__init__(definition, event, index, node)
        self.condition = condition

    def look(self, token: Token) -> None:
        """Evaluate the condition and fire if it has become true."""
        try:
            met = self.condition.value(token) is not None and self.condition.truth(token)
        except Failed as failed:
            token.failure = failed
            token.error()
            return
        before = token.internal_data.get("met", False)
        if met == before:
            return
        if met:
            token.internal_data["met"] = True
            self.fire(token, {})
        else:
            del token.internal_data["met"]

    def _run_hook(self, token: Token) -> bool | None:
        # Only a retry after a fault runs the token; it goes back to waiting and is looked at again.
        token.workflow.listen(token)
        return None


def _remember(moment: Schedule) -> dict[str, Any]:
    remembered: dict[str, Any] = {"due": moment.due.isoformat()}
    if moment.cycle is not None:
        anchor = moment.anchor.isoformat() if moment.anchor else None
        until = moment.until.isoformat() if moment.until else None
        remembered["cycle"] = [moment.cycle, moment.left, anchor, moment.count, until]
    return remembered


def _recall(remembered: dict[str, Any]) -> Schedule:
    due = datetime.fromisoformat(remembered["due"])
    if "cycle" not in remembered:
        return Schedule(due)
    cycle, left, anchor, count, until = remembered["cycle"]
    return Schedule(
        due,
        left,
        cycle,
        datetime.fromisoformat(anchor) if anchor else None,
        count,
        datetime.fromisoformat(until) if until else None,
    )
