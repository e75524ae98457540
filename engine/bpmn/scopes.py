"""Steps that hold other steps: processes, sub-processes of every kind, call activities."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.bpmn import compensation
from engine.bpmn.formulas import Formula
from engine.bpmn.model import Node
from engine.bpmn.specs import Step
from engine.bpmn.tokens import FINISH, Failed, Token
from engine.bpmn.variables import copied_all, visible

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition
    from engine.bpmn.events import Catches, Event
    from engine.bpmn.listeners import Listener


class Scope(Step):
    """A sub-process: its token holds the tokens inside, and is done when none is left.

    ``starts`` get a token when it begins. ``errors`` and ``escalations`` are caught by its event sub-processes, the
    other starts of these wait as ``watches``. ``predecessors`` are the drawn neighbours by name, for joins.
    """

    def __init__(self, definition: "Definition", name: str, node: Node, process: str) -> None:
        super().__init__(definition, name, node, process)
        self.starts: tuple[Step, ...] = ()
        self.watches: tuple[Listener, ...] = ()
        self.errors: Catches | None = None
        self.escalations: Catches | None = None
        self.predecessors: dict[str, tuple[Step, ...]] = {}

    def act(self, token: Token) -> bool:
        workflow = token.workflow
        openings = [listener.prepare(token) for listener in self.watches]
        for listener, opening in zip(self.watches, openings, strict=True):
            listener.open(token, opening)
        for step, inner in self.first(token):
            workflow.place(step, token, inner)
        return token.active == 0

    def first(self, token: Token) -> Sequence[tuple[Step, dict[str, Any] | None]]:
        """Return the steps that get a token when the scope begins, with what these must know."""
        entry = token.internal_data.get("entry")
        if entry is None:
            return [(step, None) for step in self.starts]
        # An event has begun it: an event sub-process, or an instance that a message, signal or timer starts.
        event = token.workflow.definition.step(entry)
        first: list[tuple[Step, dict[str, Any] | None]] = [(event, {"payload": token.internal_data.pop("payload", {})})]
        if event.gateway is not None and event.gateway.all_of_them:
            first.append((event.gateway, {"happened": event.name}))
        return first

    def emptied(self, token: Token) -> None:
        """React when the last token inside is gone."""
        if token.phase < FINISH:
            token.phase = FINISH
            token.workflow.queue(token)


class EventSubProcess(Scope):
    """An event sub-process: no flow leads to it or from it; an event begins it."""

    def leave(self, token: Token) -> None:
        compensation.tell(token)
        token.workflow.remove(token)


class Transaction(Scope):
    """A transaction. A cancel end event undoes it and takes the cancel boundary event ``cancelled``."""

    def __init__(self, definition: "Definition", name: str, node: Node, process: str) -> None:
        super().__init__(definition, name, node, process)
        self.cancelled: Event | None = None


class AdHoc(Scope):
    """An ad-hoc sub-process: its activities need no flows. It is done when its condition says so, or nothing is left.

    In sequence, one activity begins when the one before it is done.
    """

    def __init__(
        self, definition: "Definition", name: str, node: Node, process: str, completion: Formula | None
    ) -> None:
        super().__init__(definition, name, node, process)
        self.completion = completion
        self.sequential = node.ordering == "Sequential"
        self.cancels = node.cancel_remaining

    def first(self, token: Token) -> Sequence[tuple[Step, dict[str, Any] | None]]:
        if self.sequential:
            token.internal_data["next"] = 1
            return [(step, None) for step in self.starts[:1]]
        return super().first(token)

    def goes_on(self, token: Token, child: Token) -> bool:
        """Look, after an inner activity has completed, whether the whole is done. Raises Failed."""
        if "over" in token.internal_data:
            return False
        if self.completion is None or not self.completion.truth(token):
            return True
        token.internal_data["over"] = True
        if self.cancels:
            token.workflow.withdraw_inside(token, but=child, keep_boundaries=True)
        return False

    def emptied(self, token: Token) -> None:
        following = token.internal_data.get("next")
        if following is not None and "over" not in token.internal_data and following < len(self.starts):
            token.internal_data["next"] = following + 1
            token.workflow.place(self.starts[following], token)
        else:
            super().emptied(token)


class Process(Scope):
    """A process: the instance itself, or what a call activity calls. It sees no variables outside."""

    isolates = True

    def leave(self, token: Token) -> None:
        workflow, parent = token.workflow, token.parent
        if parent is None:
            workflow.finish(token)
            return
        results = copied_all(token.data)
        workflow.remove(token)
        parent.task_spec.returned(parent, results)


class CallActivity(Step):
    """Calls a process, which runs inside the same instance with variables of its own.

    The process is ``called``, or one of ``candidates``: the one that ``which`` names when a token comes.
    """

    def __init__(
        self,
        definition: "Definition",
        name: str,
        node: Node,
        process: str,
        *,
        pass_all_in: bool,
        pass_all_out: bool,
    ) -> None:
        super().__init__(definition, name, node, process)
        self.called: Process | None = None
        self.which: Formula | None = None
        self.candidates: Mapping[str, Process] = {}
        self.pass_all_in = pass_all_in
        self.pass_all_out = pass_all_out

    def act(self, token: Token) -> bool:
        called = self._process(token)
        deepest = token.workflow.definition.limits.calls
        if _depth(token) >= deepest:
            # A process that calls itself must end somewhere.
            raise Failed("depth", f"Expected calls nested at most {deepest} deep, found more")
        given = visible(token) if self.pass_all_in else token.data
        token.workflow.place(called, token, data=copied_all(given))
        return False

    def _process(self, token: Token) -> Process:
        if self.called is not None:
            return self.called
        name = self.which.text(token) if self.which is not None else ""
        if name not in self.candidates:
            known = ", ".join(self.candidates) or "none"
            raise Failed("unknown-process", f"Expected one of the processes {known}, found {name!r}")
        return self.candidates[name]

    def returned(self, token: Token, results: dict[str, Any]) -> None:
        """Take the variables of the called process, and go on."""
        self.answer(token, results if self.pass_all_out or self.mapped_out else {})

    def emptied(self, token: Token) -> None:
        """The called process tells by itself when it is done."""


def _depth(token: Token) -> int:
    depth, at = 0, token.parent
    while at is not None:
        depth += isinstance(at.task_spec, CallActivity)
        at = at.parent
    return depth
