"""Events that are thrown, and how they find who catches them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from engine.bpmn import compensation
from engine.bpmn.events import Catches, is_interrupted
from engine.bpmn.formulas import Formula
from engine.bpmn.model import Node
from engine.bpmn.scopes import Scope, Transaction
from engine.bpmn.specs import Flow, Step
from engine.bpmn.tokens import FINISH, LEAVE, Token
from engine.bpmn.waits import StepEventKind, Thrown, WaitKind

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition


class Throw:
    """One event definition that is thrown. ``throw`` returns whether the throwing token may go on at once."""

    def throw(self, token: Token) -> bool:
        """Throw the event on behalf of ``token``. Raises Failed."""
        raise NotImplementedError


class MessageThrow(Throw):
    """A message that leaves the instance. It carries what is mapped into the step, and nothing else of the case."""

    def __init__(self, message: Formula, key: Formula | None) -> None:
        self.message = message
        self.key = key

    def throw(self, token: Token) -> bool:
        name = self.message.text(token)
        key = self.key.text(token) if self.key is not None else ""
        token.workflow.send(Thrown(WaitKind.MESSAGE, name, key, _carried(token), token.task_spec.step), token)
        return True


class SignalThrow(Throw):
    """A signal: all who listen in the instance hear it, then it leaves the instance."""

    def __init__(self, signal: Formula) -> None:
        self.signal = signal

    def throw(self, token: Token) -> bool:
        name = self.signal.text(token)
        data = _carried(token)
        token.workflow.send(Thrown(WaitKind.SIGNAL, name, None, data, token.task_spec.step), token)
        token.workflow.hear_signal(name, data)
        return not token.workflow.is_gone(token)


def _carried(token: Token) -> dict[str, Any]:
    return dict(token.data) if token.task_spec.mapped_in else {}


class EscalationThrow(Throw):
    """An escalation: the nearest that catches it around the token; without one it only stands in the journal."""

    def __init__(self, code: str | None) -> None:
        self.code = code

    def throw(self, token: Token) -> bool:
        token.workflow.note(StepEventKind.THROWN, token, {"kind": "escalation", "code": self.code})
        escalate(token, self.code, dict(token.data))
        return not token.workflow.is_gone(token)


class ErrorThrow(Throw):
    """An error: ends its scope, and everything up to who catches it."""

    def __init__(self, code: str | None) -> None:
        self.code = code

    def throw(self, token: Token) -> bool:
        token.workflow.note(StepEventKind.THROWN, token, {"kind": "error", "code": self.code})
        _announce(token)
        raise_error(token, self.code, dict(token.data), "")
        return False


class CompensationThrow(Throw):
    """Undo what completed in the scope of the event: all of it, or one ``activity``.

    ``beside`` holds the handlers while they run if the event does not wait for them.
    """

    def __init__(self, activity: str | None, beside: "Undoing | None") -> None:
        self.activity = activity
        self.beside = beside

    def throw(self, token: Token) -> bool:
        waiting = compensation.take(_compensated_scope(token), self.activity)
        token.workflow.note(StepEventKind.THROWN, token, {"kind": "compensate", "activity": self.activity})
        if self.beside is not None:
            token.workflow.place(self.beside, token.scope, {"undo": waiting})
            return True
        token.internal_data["undo"] = waiting
        return not compensation.run_next(token)


class TerminateThrow(Throw):
    """End everything else in the scope of the event at once; the event itself completes, and with it the scope."""

    def throw(self, token: Token) -> bool:
        scope = _terminated_scope(token)
        token.workflow.withdraw_inside(scope, but=_child_of(scope, token), keep_boundaries=True)
        return True


class CancelThrow(Throw):
    """Cancel the transaction around the event: undo what completed in it, then take its cancel boundary event."""

    def throw(self, token: Token) -> bool:
        transaction = token.scope
        while not isinstance(transaction.task_spec, Transaction):
            transaction = transaction.scope
        workflow = token.workflow
        if "undo" not in token.internal_data:
            at = token
            while at is not transaction:
                workflow.withdraw_inside(at.scope, but=at)
                at = at.scope
            token.internal_data["undo"] = compensation.take(transaction, None)
        if compensation.run_next(token):
            return False
        _announce(token)
        event = transaction.task_spec.cancelled
        # The boundary event of a repeated transaction belongs to all its repetitions.
        whole = transaction if transaction.task_spec.body is None else transaction.scope
        if event is not None:
            workflow.place(event, whole.scope, {"payload": {}})
        workflow.withdraw(whole)
        return False


def _announce(token: Token) -> None:
    """Say that an end event has done its work before it ends its own scope, and with it itself."""
    token.workflow.note(StepEventKind.COMPLETED, token)
    token.phase = LEAVE


class Throwing(Step):
    """An intermediate throw event, an end event, or a send task without a job: throws its events and goes on."""

    def __init__(self, definition: "Definition", name: str, node: Node, process: str, throws: Sequence[Throw]) -> None:
        super().__init__(definition, name, node, process)
        self.throws = tuple(throws)
        self.patient = any(isinstance(throw, SignalThrow) for throw in throws)

    def act(self, token: Token) -> bool:
        for index, throw in enumerate(self.throws):
            if index < token.internal_data.get("thrown", 0):
                continue
            token.internal_data["thrown"] = index + 1
            if not throw.throw(token):
                return False
        token.internal_data.pop("thrown", None)
        return True

    def emptied(self, token: Token) -> None:
        """React when a compensation handler inside has completed: the next one, or on."""
        if compensation.run_next(token):
            return
        last = self.throws[token.internal_data.get("thrown", 1) - 1]
        if isinstance(last, CancelThrow):
            last.throw(token)
        else:
            token.workflow.queue(token)


class Undoing(Step):
    """Holds compensation handlers for an event that does not wait for them."""

    silent = True

    def act(self, token: Token) -> bool:
        return not compensation.run_next(token)

    def emptied(self, token: Token) -> None:
        if not compensation.run_next(token):
            token.phase = FINISH
            token.workflow.queue(token)


class LinkThrow(Step):
    """A link that is thrown: goes on at the link that catches it."""

    def choose(self, token: Token) -> Sequence[Flow]:
        if self.link is None:
            raise LookupError(f"Expected {self.name} to be compiled with the link that it goes to")
        token.workflow.place(self.link, token.scope)
        return ()


def raise_error(token: Token, code: str | None, payload: dict[str, Any], message: str) -> None:
    """Let an error find who catches it around ``token``; without one the instance fails."""
    for host, boundary, inner in _catchers(token, "errors"):
        event = boundary.event_for(code) if boundary is not None else None
        event = event or (inner.event_for(code) if inner is not None else None)
        if event is not None:
            event.trigger(host, payload)
            return
    token.workflow.collapse(token, code, message)


def escalate(token: Token, code: str | None, payload: dict[str, Any]) -> bool:
    """Let an escalation find the nearest who catches it around ``token``; return whether somebody did."""
    for host, boundary, inner in _catchers(token, "escalations"):
        event = inner.event_for(code) if inner is not None else None
        event = event or (boundary.event_for(code) if boundary is not None else None)
        if event is not None:
            event.trigger(host, payload)
            return True
    return False


def _catchers(token: Token, kind: str) -> Iterator[tuple[Token, Catches | None, Catches | None]]:
    """Yield the token and those around it, nearest first, with what their boundary and event sub-processes catch.

    What is thrown inside an event sub-process passes the event sub-processes beside it by: these catch what happens
    in their scope, not what happens in one of them.
    """
    at: Token | None = token
    before: Token | None = None
    while at is not None:
        step = at.task_spec
        inner: Catches | None = None
        if isinstance(step, Scope) and before is not None and not before.task_spec.is_event_sub_process:
            own = step.errors if kind == "errors" else step.escalations
            inner = None if is_interrupted(at) else own
        if inner is not None:
            yield at, None, inner
        yield at, step.boundary_errors if kind == "errors" else step.boundary_escalations, None
        at, before = at.parent, at


def _compensated_scope(token: Token) -> Token:
    """Return the scope whose activities a throw event undoes: inside an event sub-process, the one around it.

    An event sub-process that undoes a scope which is gone holds itself what completed there.
    """
    scope = token.scope
    around = scope.task_spec.is_event_sub_process and "undoing" not in scope.internal_data
    return scope.scope if around and scope.parent is not None else scope


def _terminated_scope(token: Token) -> Token:
    """Return the token whose inside a terminate event ends: the sub-process, or the process called or not."""
    scope = token.scope
    while not isinstance(scope.task_spec, Scope):
        scope = scope.scope
    return scope


def _child_of(scope: Token, token: Token) -> Token:
    """Return the token directly inside ``scope`` that holds ``token`` or is it."""
    at = token
    while at.parent is not scope:
        at = at.scope
    return at
