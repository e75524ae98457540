"""What every step of a process does when a token comes, is at work, and leaves. The kinds of steps build on it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec

from engine.bpmn import compensation
from engine.bpmn.formulas import Formula
from engine.bpmn.model import Node
from engine.bpmn.reach import dead_end, is_blocked
from engine.bpmn.tokens import ACT, ENTER, FINISH, LEAVE, PREPARE, Failed, Token
from engine.bpmn.variables import assign, assign_path, copied_all, merged
from engine.bpmn.waits import StepEventKind, Wait

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition
    from engine.bpmn.events import Catches, EventGateway
    from engine.bpmn.listeners import Listener
    from engine.bpmn.repetition import Repetition
    from engine.bpmn.scopes import Scope


_NO_ACTIVITIES = frozenset(
    "exclusiveGateway parallelGateway inclusiveGateway complexGateway eventBasedGateway startEvent endEvent "
    "intermediateCatchEvent intermediateThrowEvent implicitThrowEvent boundaryEvent".split()
)


class Flow:
    """A sequence flow. ``index`` is its position among the incoming flows of its target."""

    __slots__ = ("condition", "id", "index", "target")

    def __init__(self, flow_id: str, target: "Step", index: int, condition: Formula | None) -> None:
        self.id = flow_id
        self.target = target
        self.index = index
        self.condition = condition


class Mapping:
    """One input or output mapping: ``formula`` to the dotted ``path``.

    ``owner`` is the scope that holds the target of an output, if it is a data object of a sub-process.
    """

    __slots__ = ("formula", "owner", "path")

    def __init__(self, formula: Formula, target: str, owner: "Scope | None" = None) -> None:
        self.formula = formula
        self.path = tuple(target.split("."))
        self.owner = owner


class Step(BpmnTaskSpec):  # type: ignore[misc]
    """A step of a process: shared by all instances, so nothing here may change once the process is compiled.

    ``flows`` are the outgoing sequence flows in document order. ``mapped_in`` and ``mapped_out`` are the mappings of
    the step, ``data_in`` and ``data_out`` what its data associations compute. ``listeners`` wait for the boundary
    events while a token is at work here. ``inside`` is the scope that the step belongs to. ``body`` is the repetition
    of which this step is the repeated part. ``handler`` undoes the step when it is compensated, ``undo`` is the event
    sub-process with which it undoes itself; ``undo_entry`` is the start event of such an event sub-process.
    ``sources`` are the steps at the other ends of the incoming flows where tokens are gathered; ``reach`` is what
    engine.bpmn.reach computes. ``gateway`` is the event-based gateway before an event that starts an instance.
    """

    isolates = False
    """Whether variables outside are out of sight from within."""
    silent = False
    """Whether nobody is told that a token comes and goes, because the element is told of by another step."""
    patient = False
    """Whether tokens here run only when no other token can move: what throws a signal lets all others listen first."""

    def __init__(self, definition: "Definition", name: str, node: Node, process: str) -> None:
        super().__init__(definition, name, lane=node.lane, documentation=node.documentation)
        self.bpmn_id = node.id
        self.bpmn_name = node.name
        self.step = name
        self.process = process
        self.flows: tuple[Flow, ...] = ()
        self.default: Flow | None = None
        self.incoming = 0
        self.start_quantity = node.start_quantity
        self.completion_quantity = node.completion_quantity
        self.mapped_in: tuple[Mapping, ...] = ()
        self.mapped_out: tuple[Mapping, ...] = ()
        self.data_in: tuple[Mapping, ...] = ()
        self.data_out: tuple[Mapping, ...] = ()
        self.listeners: tuple[Listener, ...] = ()
        self.inside: Scope | None = None
        self.body: Repetition | None = None
        self.handler: Step | None = None
        self.link: Step | None = None
        self.gateway: EventGateway | None = None
        self.undo: Step | None = None
        self.undo_entry: str | None = None
        self.sources: tuple[Step, ...] = ()
        self.reach: dict[str, int] | None = None
        self.boundary_errors: Catches | None = None
        self.boundary_escalations: Catches | None = None
        self.is_event_sub_process = node.triggered_by_event
        self.is_activity = node.tag not in _NO_ACTIVITIES
        self.is_handler = node.for_compensation

    # A token comes.

    def arrive(self, scope: Token, flow: Flow) -> None:
        """Take a token that comes over ``flow``."""
        if self.start_quantity == 1:
            scope.workflow.place(self, scope)
        else:
            self._gather(scope)

    def _gather(self, scope: Token) -> None:
        workflow = scope.workflow
        waiting = workflow.hold(self, scope)
        count = waiting.internal_data.get("count", 0) + 1
        if count < self.start_quantity:
            waiting.internal_data["count"] = count
            workflow.undecided[waiting.id] = waiting
            return
        # A quantity below one can never be met; the token is let in and stopped there, where people see it.
        workflow.place(self, scope)
        workflow.remove(waiting)

    def settle(self, waiting: Token) -> None:
        """Decide, while no other token of the instance can move, whether a waiting token goes on. Raises Failed."""
        if not is_blocked(waiting, (1 << len(self.sources)) - 1):
            raise dead_end()

    # A token is at work.

    def _run_hook(self, token: Token) -> bool | None:
        try:
            if token.phase < ACT:
                self._begin(token)
            if token.phase == ACT:
                if not self.act(token):
                    return None
                if token.phase == ACT:
                    token.phase = FINISH
            if token.phase == FINISH:
                self.conclude(token)
        except Failed as failed:
            token.failure = failed
            return False
        return True

    def _begin(self, token: Token) -> None:
        if token.phase == ENTER:
            if not self.silent:
                token.workflow.note(StepEventKind.ENTERED, token)
            token.phase = PREPARE
        if self.start_quantity < 1 or self.completion_quantity < 1:
            raise Failed(
                "quantity",
                f"Expected startQuantity and completionQuantity of at least 1, "
                f"found {self.start_quantity} and {self.completion_quantity}",
            )
        if self.mapped_in or self.data_in:
            self._map_in(token)
        if self.listeners:
            openings = [listener.prepare(token) for listener in self.listeners]
            for listener, opening in zip(self.listeners, openings, strict=True):
                listener.open(token, opening)
        token.phase = ACT

    def _map_in(self, token: Token) -> None:
        local: dict[str, Any] = dict(token.data)
        for mapping in (*self.mapped_in, *self.data_in):
            value = mapping.formula.value(token, local)
            local[mapping.path[0]] = merged(local.get(mapping.path[0]), mapping.path[1:], value)
        token.data = local

    def act(self, token: Token) -> bool:
        """Do the step's work. Return whether it is done; if not, something will come for the token later."""
        return True

    def answer(self, token: Token, results: dict[str, Any]) -> None:
        """Take the results that a waiting token was given, and let it go on."""
        self.keep_results(token, results)
        token.phase = FINISH
        token.workflow.queue(token)

    def keep_results(self, token: Token, results: dict[str, Any]) -> None:
        """Store results: in the step itself where output mappings choose from them, else where the variables live."""
        if self.mapped_out:
            token.data.update(copied_all(results))
            return
        for name, value in results.items():
            assign(token, name, value)

    def conclude(self, token: Token) -> None:
        """Map the results of finished work outwards."""
        for mapping in (*self.mapped_out, *self.data_out) if self.data_out else self.mapped_out:
            if mapping.owner is not None:
                target = _holder(token, mapping.owner)
                target.data.setdefault(mapping.path[0], None)
            else:
                # A repetition has variables of its own, such as its output element, which its results go to.
                target = token.scope if self.body is None else token
            assign_path(target, mapping.path, mapping.formula.value(token))

    # A token leaves.

    def _on_complete_hook(self, token: Token) -> None:
        workflow = token.workflow
        if token.phase < LEAVE:
            if not self.silent:
                workflow.note(StepEventKind.COMPLETED, token)
            workflow.withdraw_inside(token)
            token.phase = LEAVE
        try:
            self.leave(token)
        except Failed as failed:
            token.failure = failed
            token.error()

    def leave(self, token: Token) -> None:
        """Move the token on over the outgoing flows that are taken, or end it if there is none."""
        workflow, scope = token.workflow, token.scope
        if self.body is not None:
            self.body.one_done(token)
            if not workflow.is_gone(scope):
                compensation.remember(token, scope.scope, self.body.name)
            return
        flows = self.choose(token)
        if self.is_activity:
            if not scope.task_spec.goes_on(scope, token):
                flows = ()
            if self.is_handler:
                compensation.tell(token)
            else:
                compensation.remember(token, scope, self.name)
        for flow in flows:
            for _ in range(self.completion_quantity):
                workflow.take(flow, scope)
        workflow.remove(token)

    def choose(self, token: Token) -> Sequence[Flow]:
        """Return the flows to take: all without condition, all with a true one, or the default if none is true.

        Raises Failed.
        """
        if len(self.flows) == 1 and self.flows[0].condition is None:
            return self.flows
        taken = [
            flow
            for flow in self.flows
            if flow is not self.default and (flow.condition is None or flow.condition.truth(token))
        ]
        if self.default is not None and all(flow.condition is None for flow in taken):
            return [flow for flow in self.flows if flow is self.default or flow in taken]
        if self.flows and not taken:
            raise self.no_flow()
        return taken

    def no_flow(self) -> Failed:
        """Return the failure of a step whose conditions were all false and that has no default flow."""
        conditions = ", ".join(f"{flow.id}: {flow.condition.source}" for flow in self.flows if flow.condition)
        return Failed("no-flow", f"Expected one of the conditions to be true, found all false ({conditions})")

    def _on_error_hook(self, token: Token) -> None:
        token.workflow.fail(token)

    def test(self) -> None:
        """A step without incoming flow is no fault: the compiler has checked the model."""

    # What the tokens inside tell.

    def emptied(self, token: Token) -> None:
        """React when the last token inside is gone."""

    def goes_on(self, token: Token, child: Token) -> bool:
        """React when an activity inside has completed; return whether its flows are taken. Raises Failed."""
        return True

    # What the outside is told.

    def describe(self, token: Token) -> Wait:
        """Return the wait of a stored token again. Only steps that wait have one."""
        raise TypeError(f"Expected a step that waits, found {self.name}")


class Passing(Step):
    """A step without work of its own: tasks without a type, events without a definition."""


def _holder(token: Token, owner: "Scope") -> Token:
    """Return the token of the scope ``owner`` around ``token``."""
    at = token.scope
    while at.task_spec is not owner and at.parent is not None:
        at = at.scope
    return at
