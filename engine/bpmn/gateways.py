"""Gateways that split by conditions and that join tokens."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.bpmn.formulas import Formula
from engine.bpmn.model import Node
from engine.bpmn.reach import dead_end, is_blocked
from engine.bpmn.specs import Flow, Step
from engine.bpmn.tokens import FINISH, Failed, Token

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition


class Exclusive(Step):
    """An exclusive gateway: the first flow whose condition is true, else the default."""

    def choose(self, token: Token) -> Sequence[Flow]:
        for flow in self.flows:
            if flow is not self.default and (flow.condition is None or flow.condition.truth(token)):
                return (flow,)
        if self.default is not None:
            return (self.default,)
        if not self.flows:
            return ()
        raise self.no_flow()


class Joining(Step):
    """A gateway with several incoming flows. One token per scope waits there and counts arrivals for each flow."""

    def arrive(self, scope: Token, flow: Flow) -> None:
        if self.incoming == 1:
            scope.workflow.place(self, scope)
            return
        waiting = scope.workflow.hold(self, scope)
        counts = waiting.internal_data.setdefault("counts", [0] * self.incoming)
        counts[flow.index] += 1
        self.counted(waiting)

    def counted(self, waiting: Token) -> None:
        """React to a token that has arrived."""
        waiting.workflow.undecided[waiting.id] = waiting

    def consume(self, waiting: Token) -> None:
        """Take one token from each incoming flow that has one, and send one on."""
        self._use_up(waiting)
        waiting.workflow.place(self, waiting.scope)
        self.tidy(waiting)

    def _use_up(self, waiting: Token) -> None:
        counts = waiting.internal_data["counts"]
        waiting.internal_data["counts"] = [count - 1 if count else 0 for count in counts]

    def tidy(self, waiting: Token) -> None:
        """Forget the waiting token if nothing waits any more."""
        if any(waiting.internal_data["counts"]):
            waiting.workflow.undecided[waiting.id] = waiting
        else:
            waiting.workflow.remove(waiting)

    def masks(self, waiting: Token) -> tuple[int, int]:
        """Return the incoming flows without and with a token, as bit masks."""
        empty = full = 0
        for index, count in enumerate(waiting.internal_data["counts"]):
            if count:
                full |= 1 << index
            else:
                empty |= 1 << index
        return empty, full


class Parallel(Joining):
    """A parallel gateway: one token from each incoming flow, one to each outgoing flow."""

    def counted(self, waiting: Token) -> None:
        if all(waiting.internal_data["counts"]):
            self.consume(waiting)
        else:
            super().counted(waiting)

    def settle(self, waiting: Token) -> None:
        if not is_blocked(waiting, self.masks(waiting)[0]):
            raise dead_end()

    def choose(self, token: Token) -> Sequence[Flow]:
        """Conditions have no meaning on flows that leave a parallel gateway (BPMN 2.0.2, 8.3.13)."""
        return self.flows


class Inclusive(Joining):
    """An inclusive gateway: waits as long as a token can still come that could not come over a flow that has one.

    That is the rule of BPMN 2.0.2, 13.4.3, with ``reach`` for the directed paths that do not visit the gateway.
    """

    def settle(self, waiting: Token) -> None:
        empty, full = self.masks(waiting)
        if not is_blocked(waiting, empty, instead=full):
            self.consume(waiting)


class Complex(Joining):
    """A complex gateway with its two phases (BPMN 2.0.2, 13.4.5).

    First it waits until the activation condition is true, and sends tokens on. Then it waits for the flows that have
    given none yet, by the rule of the inclusive gateway, takes what comes and starts over; meanwhile its token stays
    and ``first`` holds the flows that gave a token in the first phase. In the second phase only flows with a
    condition can get a token, and none has to.
    """

    def __init__(
        self, definition: "Definition", name: str, node: Node, process: str, activation: Formula | None
    ) -> None:
        super().__init__(definition, name, node, process)
        self.activation = activation

    def counted(self, waiting: Token) -> None:
        if "first" in waiting.internal_data:
            super().counted(waiting)
            return
        try:
            active = self._is_active(waiting)
        except Failed as failed:
            waiting.failure = failed
            waiting.error()
            return
        if active:
            _, full = self.masks(waiting)
            self._use_up(waiting)
            waiting.internal_data["first"] = full
            waiting.workflow.place(self, waiting.scope)
        waiting.workflow.undecided[waiting.id] = waiting

    def _is_active(self, waiting: Token) -> bool:
        if self.activation is None:
            return True
        counts = waiting.internal_data["counts"]
        return self.activation.truth(waiting, {"activationCount": sum(counts), "waitingForStart": True})

    def settle(self, waiting: Token) -> None:
        empty, full = self.masks(waiting)
        first = waiting.internal_data.get("first")
        if first is None:
            if not is_blocked(waiting, empty | full):
                raise dead_end()
            return
        if is_blocked(waiting, empty & ~first, instead=full):
            return
        del waiting.internal_data["first"]
        if full & ~first:
            counts = waiting.internal_data["counts"]
            waiting.internal_data["counts"] = [
                count - 1 if count and not first >> index & 1 else count for index, count in enumerate(counts)
            ]
            waiting.workflow.place(self, waiting.scope, {"second": True})
        if any(waiting.internal_data["counts"]):
            self.counted(waiting)
        else:
            waiting.workflow.remove(waiting)

    def choose(self, token: Token) -> Sequence[Flow]:
        second = "second" in token.internal_data
        phase: dict[str, Any] = {"waitingForStart": not second}
        taken = [
            flow
            for flow in self.flows
            if flow is not self.default
            and (not second if flow.condition is None else flow.condition.truth(token, phase))
        ]
        if taken or second or not self.flows:
            return taken
        if self.default is None:
            raise self.no_flow()
        return (self.default,)


def retry_join(waiting: Token) -> None:
    """Look again at a join that had an incident."""
    waiting.phase = min(waiting.phase, FINISH)
    step = waiting.task_spec
    if isinstance(step, Complex) and "first" not in waiting.internal_data:
        step.counted(waiting)
    elif isinstance(step, Joining):
        waiting.workflow.undecided[waiting.id] = waiting
