"""Data objects are variables of the scope that declares them; data associations move values that they transform.

An association that only joins a data object with an activity moves nothing: every step of the scope sees the variable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.bpmn.compiling.texts import Context
from engine.bpmn.model import DataAssociation, Node
from engine.bpmn.model import Scope as ModelScope
from engine.bpmn.scopes import Process, Scope
from engine.bpmn.specs import Mapping, Step


@dataclass(frozen=True, slots=True)
class Around:
    """A scope with what it declares, and the scopes around it."""

    content: ModelScope
    scope: Scope
    outer: "Around | None" = None

    def variable(self, element: str) -> "tuple[str, Scope | None]":
        """Return the variable of a data object or reference, and the sub-process that holds it; None: the process."""
        at: Around | None = self
        while at is not None:
            found = at.content.data.get(element)
            if found is not None and found.ref is not None and found.ref in at.content.data:
                found = at.content.data[found.ref]
            if found is not None:
                named = found.name or at.content.data[element].name or found.id
                return named, None if isinstance(at.scope, Process) else at.scope
            at = at.outer
        return element, None


def give_data(context: Context, around: Around, node: Node, step: Step) -> None:
    """Compile the data associations of a node."""
    step.data_in = tuple(_moved(context, around, node, node.data_inputs))
    step.data_out = tuple(_moved(context, around, node, node.data_outputs))


def _moved(context: Context, around: Around, node: Node, associations: Sequence[DataAssociation]) -> Iterator[Mapping]:
    for association in associations:
        texts = [(source, *around.variable(target.source)) for source, target in association.assignments]
        if association.transformation is not None and association.target is not None:
            texts.append((association.transformation, *around.variable(association.target)))
        for text, name, owner in texts:
            formula = context.formula(text, node.id)
            if formula is not None:
                yield Mapping(formula, name, owner)
