"""Compensation (BPMN 2.0.2, 13.5.5): what completed is remembered, and undone in reverse order of completion.

A scope remembers in ``done`` what can be undone inside it, the last completed last: ``[activity, handler, variables,
inside]``. An activity has a handler; so has a completed sub-process with a compensation event or an event sub-process
for compensation. Another sub-process is undone by undoing what is ``inside`` it. The variables are those that were
local when the activity completed.
"""

from typing import TYPE_CHECKING, Any

from engine.bpmn.variables import copied_all
from engine.bpmn.waits import StepEventKind

if TYPE_CHECKING:
    from engine.bpmn.tokens import Token


def remember(token: "Token", scope: "Token", activity: str) -> None:
    """Note that ``activity`` has completed in ``scope``, if it can be undone."""
    step = token.task_spec
    inside = token.internal_data.get("done")
    handler = step.handler or step.undo
    if handler is None and inside is None:
        return
    kept = None if step.handler is not None else inside
    entry = [activity, handler.name if handler is not None else None, copied_all(token.data), kept]
    scope.internal_data.setdefault("done", []).append(entry)


def take(scope: "Token", activity: str | None) -> list[list[Any]]:
    """Take out of a scope's memory what is to be undone, all or only ``activity``, in the order of undoing."""
    done: list[list[Any]] = scope.internal_data.pop("done", [])
    left = [entry for entry in done if activity is not None and entry[0] != activity]
    if left:
        scope.internal_data["done"] = left
    return _flattened([entry for entry in done if activity is None or entry[0] == activity], {})


def _flattened(entries: list[list[Any]], around: dict[str, Any]) -> list[list[Any]]:
    """Return handlers in the order in which they run: ``[activity, handler, variables, what it may undo itself]``."""
    order: list[list[Any]] = []
    for activity, handler, variables, inside in reversed(entries):
        seen = {**around, **variables}
        if handler is not None:
            order.append([activity, handler, seen, inside])
        else:
            order.extend(_flattened(inside, seen))
    return order


def run_next(token: "Token") -> bool:
    """Let the next handler that waits in ``undo`` run inside ``token``; False: all have run."""
    waiting: list[list[Any]] = token.internal_data.get("undo", [])
    if not waiting:
        token.internal_data.pop("undo", None)
        return False
    activity, handler, variables, inside = waiting.pop(0)
    workflow = token.workflow
    step = workflow.definition.step(handler)
    internal: dict[str, Any] = {"undoing": activity}
    if step.undo_entry is not None:
        internal["entry"] = step.undo_entry
    if inside:
        internal["done"] = inside
    workflow.place(step, token, internal, data=variables)
    return True


def tell(token: "Token") -> None:
    """Say that a handler has undone its activity."""
    activity = token.internal_data.get("undoing")
    if activity is not None:
        token.workflow.note(StepEventKind.COMPENSATED, token, {"by": token.task_spec.step}, step=activity)
