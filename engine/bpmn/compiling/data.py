"""Data objects are variables of the scope that declares them; data associations move values.

An association that joins a data object with an activity moves nothing where both have one name, or only one has any:
every step of the scope sees the variable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.bpmn.compiling.texts import Context
from engine.bpmn.model import DataAssociation, Language, Node, Text
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

    def declares(self, element: str) -> bool:
        """Tell whether this scope, or one around it, declares a data object or reference."""
        at: Around | None = self
        while at is not None:
            if element in at.content.data:
                return True
            at = at.outer
        return False


def give_data(context: Context, around: Around, node: Node, step: Step) -> None:
    """Compile the data associations of a node."""
    step.data_in = tuple(_moved(context, around, node, node.data_inputs))
    step.data_out = tuple(_moved(context, around, node, node.data_outputs))


def _copied(around: Around, association: DataAssociation) -> "tuple[Text, str, Scope | None] | None":
    """Return what an association without a transformation moves: one variable into another; None: nothing."""
    if len(association.sources) != 1 or association.target is None:
        return None
    source, _holder = around.variable(association.sources[0])
    target, owner = around.variable(association.target)
    known = (around.declares(association.sources[0]), around.declares(association.target))
    if source == target or not any(known) or not (source.isidentifier() and target.isidentifier()):
        return None
    # What an activity did not give leaves the data object as it was.
    kept = f"if {source} = null then {target} else {source}"
    return Text(kept if known[1] else source, Language.FEEL, association.place), target, owner


def _moved(context: Context, around: Around, node: Node, associations: Sequence[DataAssociation]) -> Iterator[Mapping]:
    for association in associations:
        texts = [(source, *around.variable(target.source)) for source, target in association.assignments]
        if association.transformation is not None and association.target is not None:
            texts.append((association.transformation, *around.variable(association.target)))
        elif not texts and (copied := _copied(around, association)) is not None:
            texts.append(copied)
        for text, name, owner in texts:
            formula = context.formula(text, node.id)
            if formula is not None:
                yield Mapping(formula, name, owner)
