"""Loops and multi-instance activities: one token holds the repetitions of the activity as children."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.bpmn.formulas import Formula
from engine.bpmn.model import Loop, Node
from engine.bpmn.specs import Step
from engine.bpmn.tokens import FINISH, Failed, Token
from engine.bpmn.variables import assign, copied, visible_values

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition
    from engine.bpmn.throwing import Throw


class Repetition(Step):
    """What multi-instance activities and loops have in common. ``inner`` is the repeated step."""

    def __init__(self, definition: "Definition", name: str, node: Node, process: str, inner: Step) -> None:
        super().__init__(definition, name, node, process)
        self.inner = inner

    def repeat(self, token: Token, index: int, local: dict[str, Any]) -> None:
        """Begin a repetition with variables of its own."""
        local["loopCounter"] = index + 1
        token.workflow.place(self.inner, token, {"index": index}, data=local)

    def one_done(self, child: Token) -> None:
        """React to a repetition that has completed. Raises Failed."""
        raise NotImplementedError

    def finish(self, token: Token) -> None:
        """Let the activity be done."""
        token.phase = FINISH
        token.workflow.queue(token)

    def emptied(self, token: Token) -> None:
        """Repetitions tell by themselves when they are done."""


class StandardLoop(Repetition):
    """A standard loop (BPMN 2.0.2, 13.3.6): again while the condition is true, at most ``maximum`` times."""

    def __init__(self, definition: "Definition", name: str, node: Node, process: str, inner: Step, loop: Loop) -> None:
        super().__init__(definition, name, node, process, inner)
        self.condition = Formula(loop.condition) if loop.condition is not None else None
        self.test_before = loop.test_before
        self.maximum = loop.maximum

    def act(self, token: Token) -> bool:
        if self.maximum is not None and self.maximum < 0:
            raise Failed("limit", f"Expected a loopMaximum of at least 0, found {self.maximum}")
        if self.test_before and not self._again(token, 0):
            return True
        self.repeat(token, 0, {})
        return False

    def one_done(self, child: Token) -> None:
        token = child.scope
        count = child.internal_data["index"] + 1
        again = self._again(token, count)
        if again:
            self.repeat(token, count, {})
        child.workflow.remove(child)
        if not again:
            self.finish(token)

    def _again(self, token: Token, count: int) -> bool:
        if self.maximum is not None and count >= self.maximum:
            return False
        return self.condition is None or self.condition.truth(token, {"loopCounter": count})


class MultiInstance(Repetition):
    """A multi-instance activity (BPMN 2.0.2, 13.3.7), parallel or in sequence.

    ``on_one`` and ``on_none`` are thrown when the first, or every, repetition is done; ``on_complex`` when their
    condition is true, which also ends the others (BPMN 2.0.2, table 10.31). The output collection has the results in
    the order of the items, whatever order they came in.
    """

    def __init__(self, definition: "Definition", name: str, node: Node, process: str, inner: Step, loop: Loop) -> None:
        super().__init__(definition, name, node, process, inner)
        self.sequential = loop.sequential
        self.cardinality = Formula(loop.cardinality) if loop.cardinality is not None else None
        self.collection = Formula(loop.collection) if loop.collection is not None else None
        self.element = loop.element
        self.output_collection = loop.output_collection
        self.output_element = Formula(loop.output_element) if loop.output_element is not None else None
        self.completion = Formula(loop.completion) if loop.completion is not None else None
        self.output_variable = _variable_of(self.output_element)
        self.on_one: Throw | None = None
        self.on_none: Throw | None = None
        self.on_complex: tuple[tuple[Formula, Throw | None], ...] = ()

    def act(self, token: Token) -> bool:
        items = self._items(token)
        known = token.internal_data
        known.update({"total": len(items), "next": 0, "completed": 0})
        if self.element is not None and self.sequential:
            known["items"] = items
        if self.output_collection is not None:
            known["outputs"] = [None] * len(items)
        for item in items[:1] if self.sequential else items:
            self._next(token, item)
        if items:
            return False
        self._hand_out(token)
        return True

    def one_done(self, child: Token) -> None:
        token, workflow = child.scope, child.workflow
        known = token.internal_data
        counts = self._counts(token)
        if self.output_element is not None and self.output_collection is not None:
            known["outputs"][child.internal_data["index"]] = self.output_element.value(child)
        over = self.completion is not None and self.completion.truth(child, counts)
        told = [throw for condition, throw in self.on_complex if condition.truth(child, counts)]
        over = over or bool(told)
        known["completed"] += 1
        if not over and known["next"] < known["total"] and self.sequential:
            self._next(token, known["items"][known["next"]] if self.element is not None else None)
        workflow.remove(child)
        self._throw(token, told)
        if workflow.is_gone(token):
            return
        if over or known["completed"] == known["total"]:
            workflow.withdraw_inside(token, keep_boundaries=True)
            self._hand_out(token)
            self.finish(token)

    def _items(self, token: Token) -> list[Any]:
        most = token.workflow.definition.limits.instances
        if self.collection is not None:
            found = self.collection.value(token)
            items = self._from_variable(token, found)
            if not isinstance(items, list):
                raise Failed("expression", f"Expected a list from {self.collection.source!r}, found {items!r}")
        elif self.cardinality is not None:
            count = self.cardinality.whole(token)
            if count < 0:
                raise Failed("expression", f"Expected a number of instances of at least 0, found {count}")
            items = [None] * min(count, most + 1)
        else:
            raise Failed("expression", "Expected a collection or a number of instances, found neither")
        if len(items) > most:
            raise Failed("limit", f"Expected at most {most} instances, found more")
        return items

    def _from_variable(self, token: Token, found: Any) -> Any:
        """Return a collection that the model names without ``=`` as the variable of that name."""
        if self.collection is not None and self.collection.literal is not None:
            return visible_values(token, [self.collection.literal]).get(self.collection.literal)
        return found

    def _next(self, token: Token, item: Any) -> None:
        known = token.internal_data
        index = known["next"]
        known["next"] = index + 1
        local = {} if self.element is None else {self.element: copied(item)}
        if self.output_variable is not None:
            local.setdefault(self.output_variable, None)
        self.repeat(token, index, local)

    def _counts(self, token: Token) -> dict[str, Any]:
        """Return what a condition sees after one more repetition is done."""
        known = token.internal_data
        started, done = known["next"], known["completed"] + 1
        return {
            "numberOfInstances": known["total"],
            "numberOfActiveInstances": started - done,
            "numberOfCompletedInstances": done,
            "numberOfTerminatedInstances": 0,
            "nrOfInstances": known["total"],
            "nrOfActiveInstances": started - done,
            "nrOfCompletedInstances": done,
        }

    def _throw(self, token: Token, told: Sequence["Throw | None"]) -> None:
        """Throw the events of the behaviour, which tell of a repetition that is done and so interrupt no other."""
        throws = [self.on_one if token.internal_data["completed"] == 1 else None, self.on_none, *told]
        if not any(throws):
            return
        token.internal_data["telling"] = True
        for throw in throws:
            if throw is not None and not token.workflow.is_gone(token):
                throw.throw(token)
        del token.internal_data["telling"]

    def _hand_out(self, token: Token) -> None:
        if self.output_collection is not None:
            assign(token.scope, self.output_collection, token.internal_data["outputs"])


def _variable_of(formula: Formula | None) -> str | None:
    """Return the variable that an output element reads, alone or by a path: each repetition has one of its own."""
    if formula is None or len(formula.names) != 1:
        return None
    (name,) = formula.names
    rest = formula.source.strip().removeprefix(name)
    return name if rest == "" or rest.lstrip().startswith(".") else None
