"""Compensation (BPMN 2.0.2, 13.5.5): what completed is remembered, and undone in reverse order of completion.

A scope remembers, in ``done``, what can be undone inside it: for an activity with a handler ``[handler, variables]``,
for a completed sub-process ``[name of its undo or None, variables, its own list]``.
"""

from typing import TYPE_CHECKING, Any

from engine.bpmn.variables import copied

if TYPE_CHECKING:
    from engine.bpmn.specs import Step
    from engine.bpmn.tokens import Token


def remember_activity(token: "Token", scope: "Token", handler: "Step") -> None:
    """Note that an activity with a handler has completed."""
    scope.internal_data.setdefault("done", []).append([token.task_spec.name, handler.name, copied(token.data), None])


def remember_scope(token: "Token") -> None:
    """Note that a sub-process has completed inside which something could be undone."""
    inside = token.internal_data.pop("done", [])
    undo = token.task_spec.undo
    if token.parent is None or not (inside or undo):
        return
    scope = _scope_of(token)
    scope.internal_data.setdefault("done", []).append(
        [token.task_spec.name, undo.name if undo is not None else None, copied(token.data), inside]
    )


def take(scope: "Token", activity: str | None) -> list[list[Any]]:
    """Take what is to be undone out of a scope's memory: all, or only ``activity``. The last completed comes first."""
    done: list[list[Any]] = scope.internal_data.get("done", [])
    chosen = [entry for entry in done if activity is None or entry[0] == activity]
    left = [entry for entry in done if entry not in chosen]
    if left:
        scope.internal_data["done"] = left
    else:
        scope.internal_data.pop("done", None)
    return flattened(chosen)


def flattened(entries: list[list[Any]]) -> list[list[Any]]:
    """Return handlers in the order in which they run: ``[handler, variables, what it may undo itself]``.

    A sub-process with a compensation of its own undoes itself; another one undoes what it holds.
    """
    order: list[list[Any]] = []
    for _name, handler, variables, inside in reversed(entries):
        if handler is not None:
            order.append([handler, variables, inside])
        elif inside:
            order.extend(flattened(inside))
    return order


def run_next(token: "Token") -> bool:
    """Let the next handler run inside the throwing token; False: all have run."""
    waiting: list[list[Any]] = token.internal_data.get("undo", [])
    if not waiting:
        token.internal_data.pop("undo", None)
        return False
    handler, variables, inside = waiting.pop(0)
    workflow = token.workflow
    step = workflow.definition.step(handler)
    internal: dict[str, Any] = {"undoing": True}
    if step.undo_entry is not None:
        internal["entry"] = step.undo_entry
    if inside:
        internal["done"] = inside
    workflow.place(step, token, internal, data=copied(variables))
    return True


def _scope_of(token: "Token") -> "Token":
    """Return the scope that remembers a token's activity: for a repetition, that of the whole activity."""
    scope = token.scope
    return scope.scope if token.task_spec.body is not None else scope
