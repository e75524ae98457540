"""The tokens of a running instance: a tree of those that live, with indexes of those that can be asked something.

The library keeps every task that ever was and predicts those to come, and walks that tree after each step. Here a
token that is done is gone, and nothing is predicted.
"""

from engine.bpmn.definition import Definition
from engine.bpmn.listeners import ConditionListener
from engine.bpmn.record import Record
from engine.bpmn.specs import Step
from engine.bpmn.tokens import ERROR, LEAVE, WAITING, Failed, Token
from engine.bpmn.waits import Incident, StepEventKind


class Board(Record):
    """Puts tokens at steps and takes them away. ``undecided`` are those at joins that may have to go on."""

    def __init__(self, definition: Definition) -> None:
        super().__init__(definition)
        self.tokens: dict[int, Token] = {}
        self.next_number = 0
        self.undecided: dict[int, Token] = {}
        self.data_changed = False
        self._conditions: dict[int, Token] = {}

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

    def fail(self, token: Token) -> None:
        """Make an incident of a token's failure."""
        failure = token.failure or Failed("unknown", "Expected the step to work, found that it does not")
        step = token.task_spec.step
        self.unlisten(token)
        self.note(StepEventKind.FAILED, token, {"kind": failure.kind, "message": failure.message})
        self._raised[token.id] = Incident(token.id, step, failure.kind, failure.message)

    def _make(self, step: Step, parent: Token | None) -> Token:
        token = Token(self, step, parent, self.next_number)
        self.next_number += 1
        self.tokens[token.id] = token
        if parent is not None:
            parent._children[token.id] = token
        return token

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
