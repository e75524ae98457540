"""Events that are caught: start, intermediate and boundary events, receive tasks, and the event-based gateway."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.bpmn.model import Node
from engine.bpmn.specs import Flow, Step
from engine.bpmn.tokens import Token

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition
    from engine.bpmn.listeners import Listener


class Event(Step):
    """An event that a token reaches. A token with a payload is there because the event has happened."""

    def act(self, token: Token) -> bool:
        payload = token.internal_data.pop("payload", None)
        if payload is None:
            return self.happen(token)
        self.keep_results(token, payload)
        return True

    def happen(self, token: Token) -> bool:
        """Do what the event does for a token that came over a flow. Return whether it is done."""
        return True


class Catching(Event):
    """An intermediate catch event or a receive task: waits until one of its definitions happens, or ``every`` one."""

    starts_scope = False
    """Whether the event starts an event sub-process in the token that its listeners are attached to."""

    def __init__(self, definition: "Definition", name: str, node: Node, process: str) -> None:
        super().__init__(definition, name, node, process)
        self.waits: tuple[Listener, ...] = ()
        self.every = node.parallel_multiple
        self.interrupting = node.interrupting

    def happen(self, token: Token) -> bool:
        openings = [listener.prepare(token) for listener in self.waits]
        for listener, opening in zip(self.waits, openings, strict=True):
            listener.open(token, opening)
        return False

    def outlasts(self, listener: "Listener", host: Token) -> bool:
        """Tell whether ``listener`` may go on waiting after it has heard something. A timer cycle does."""
        return host.task_spec is self and not self.every and listener.kind == "timer"

    def heard(self, token: Token, host: Token, payload: dict[str, Any], *, again: bool) -> None:
        """React to the ``token`` of a listener, attached to ``host``. ``again`` says that the listener goes on."""
        if isinstance(host.task_spec, EventGateway):
            host.task_spec.decide(host, self, payload)
        elif again:
            host.workflow.place(self, host.scope, {"payload": payload})
        else:
            everything = self.gathered(token, host, payload)
            if everything is not None:
                self.silence(host)
                host.task_spec.answer(host, everything)

    def gathered(self, token: Token, host: Token, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Return the payload with which to go on; None while ``every`` definition has to happen and one has not."""
        if not self.every:
            return payload
        token.internal_data["heard"] = payload
        host.workflow.unlisten(token)
        everything: dict[str, Any] = {}
        for listener in self.listeners_at(host):
            if "heard" not in listener.internal_data:
                return None
            everything.update(listener.internal_data["heard"])
        return everything

    def listeners_at(self, host: Token) -> list[Token]:
        """Return the tokens that wait beside ``host`` for this event."""
        return [token for token in host.children if token.attached and token.task_spec.event is self]

    def silence(self, host: Token) -> None:
        """Stop waiting beside ``host`` for this event."""
        for token in self.listeners_at(host):
            host.workflow.remove(token)


class Attached(Catching):
    """An event that is waited for beside something else and may happen again if it does not interrupt it."""

    def outlasts(self, listener: "Listener", host: Token) -> bool:
        return not self.interrupting and not self.every

    def heard(self, token: Token, host: Token, payload: dict[str, Any], *, again: bool) -> None:
        everything = self.gathered(token, host, payload)
        if everything is None:
            return
        if self.every:
            self._listen_anew(host)
        elif not again and not self.interrupting:
            host.workflow.remove(token)
        self.trigger(host, everything)

    def _listen_anew(self, host: Token) -> None:
        for token in self.listeners_at(host):
            if not self.interrupting and token.task_spec.kind != "timer":
                remembered = {key: value for key, value in token.internal_data.items() if key != "heard"}
                token.task_spec.open(host, remembered)
            host.workflow.remove(token)

    def trigger(self, host: Token, payload: dict[str, Any]) -> None:
        """Let the event happen for ``host``: the activity or the scope that it belongs to."""
        raise NotImplementedError


class Boundary(Attached):
    """A boundary event. It takes the place of its activity, or sets out beside it.

    It always sets out beside a multi-instance activity that is ``telling`` that one of its repetitions is done.
    """

    def trigger(self, host: Token, payload: dict[str, Any]) -> None:
        host.workflow.place(self, host.scope, {"payload": payload})
        if self.interrupting and "telling" not in host.internal_data:
            host.workflow.withdraw(host)


class SubStart(Attached):
    """The start event of an event sub-process, waited for beside the scope that the event sub-process stands in."""

    starts_scope = True

    def trigger(self, host: Token, payload: dict[str, Any]) -> None:
        if self.inside is None:
            raise LookupError(f"Expected {self.name} within an event sub-process")
        started = host.workflow.place(self.inside, host, {"entry": self.name, "payload": payload})
        if self.interrupting:
            host.internal_data["interrupted"] = True
            host.workflow.withdraw_inside(host, but=started, keep_boundaries=True)


class EventGateway(Step):
    """An event-based gateway: waits for the events behind it, and the first one that happens takes the token.

    One that starts a process in parallel mode waits for all of them but the one that ``happened`` then.
    """

    def __init__(self, definition: "Definition", name: str, node: Node, process: str) -> None:
        super().__init__(definition, name, node, process)
        self.instantiate = node.instantiate
        self.all_of_them = node.event_gateway_type == "Parallel"

    def act(self, token: Token) -> bool:
        happened = token.internal_data.get("happened")
        events = [flow.target for flow in self.flows if flow.target.name != happened]
        openings = [
            (listener, listener.prepare(token))
            for event in events
            if isinstance(event, Catching)
            for listener in event.waits
        ]
        for listener, opening in openings:
            listener.open(token, opening)
        return not openings

    def decide(self, token: Token, event: Catching, payload: dict[str, Any]) -> None:
        """Send the token, or one of the tokens, to ``event``, which has happened."""
        workflow = token.workflow
        workflow.pass_over(next(flow for flow in self.flows if flow.target is event))
        workflow.place(event, token.scope, {"payload": payload})
        event.silence(token)
        if self.all_of_them and token.children:
            return
        workflow.withdraw_inside(token)
        self.answer(token, {})

    def choose(self, token: Token) -> Sequence[Flow]:
        """The gateway has decided already."""
        return ()


class Catches:
    """Which error or escalation codes are caught, by which events. A code None catches everything."""

    __slots__ = ("_anything", "_events")

    def __init__(self, events: Sequence[tuple[str | None, Attached]]) -> None:
        self._events: Mapping[str, Attached] = {code: event for code, event in reversed(events) if code is not None}
        self._anything = next((event for code, event in events if code is None), None)

    def event_for(self, code: str | None) -> Attached | None:
        """Return the event that catches ``code``; one for the very code comes before one for everything."""
        found = self._events.get(code) if code is not None else None
        return found or self._anything


def is_interrupted(scope: "Token") -> bool:
    """Tell whether an event sub-process has interrupted ``scope``, so that no other may start in it."""
    return "interrupted" in scope.internal_data
