"""Whether a token can still come to a step that waits for tokens: computed once per step from the drawn flows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.bpmn.tokens import Failed, Token

if TYPE_CHECKING:
    from engine.bpmn.specs import Step


def is_blocked(waiting: Token, wanted: int, instead: int = 0) -> bool:
    """Tell whether some token of the scope can reach a ``wanted`` flow but none of ``instead`` (both bit masks).

    The first such token is remembered: until it moves there is no need to look again. Thus a join costs a step for
    each token that passes, however many others there are.
    """
    if not wanted:
        return False
    reach = reach_of(waiting.task_spec)
    for token in waiting.scope.inside():
        if token is waiting or token.attached:
            continue
        mask = reach.get(token.task_spec.name, 0)
        if mask & wanted and not mask & instead and not _swallows(token):
            if token.watchers is None:
                token.watchers = []
            token.watchers.append(waiting)
            return True
    return False


def _swallows(token: Token) -> bool:
    """Tell whether a token only waits to take in others: a complex gateway in its second phase without conditions."""
    return "first" in token.internal_data and all(flow.condition is None for flow in token.task_spec.flows)


def dead_end() -> Failed:
    """Return the failure of a step that waits for a token that cannot come."""
    return Failed("deadlock", "Expected more tokens to arrive, found none left in the scope that could")


def reach_of(step: "Step") -> dict[str, int]:
    """Return, for each other step of the scope, the incoming flows that a token leaving it can come over.

    The flows are bits by their position; only paths that do not visit the step on their way count. A token at an
    activity can also leave over its boundary events, and one at a link over the link's other end.
    """
    if step.reach is None:
        step.reach = _compute(step)
    return step.reach


def _compute(waiting: "Step") -> dict[str, int]:
    if waiting.inside is None:
        return {}
    before = waiting.inside.predecessors
    reach: dict[str, int] = {}
    for index, source in enumerate(waiting.sources):
        bit = 1 << index
        open_steps = [source]
        while open_steps:
            step = open_steps.pop()
            if reach.get(step.name, 0) & bit:
                continue
            reach[step.name] = reach.get(step.name, 0) | bit
            if step is not waiting:
                open_steps.extend(before.get(step.name, ()))
    return reach


def loop_around(token: Token) -> list[str]:
    """Return the steps of the loop that ``token`` is in: of its scope, or of one around it. Empty: it is in none."""
    at = token
    while at.parent is not None:
        step = at.task_spec
        if step.body is not None:
            return [step.body.step]
        if step.inside is not None and (loop := _loop_of(step, step.inside.predecessors)):
            return loop
        at = at.parent
    return []


def _loop_of(step: "Step", before: "Mapping[str, tuple[Step, ...]]") -> list[str]:
    """Return the names of the steps that ``step`` can come from and go to, itself included, in order."""
    behind = {name: [source.name for source in sources] for name, sources in before.items()}
    ahead: dict[str, list[str]] = {}
    for target, sources in behind.items():
        for source in sources:
            ahead.setdefault(source, []).append(target)
    return sorted(_closure(step.name, behind) & _closure(step.name, ahead))


def _closure(start: str, edges: "Mapping[str, list[str]]") -> set[str]:
    found: set[str] = set()
    open_names = list(edges.get(start, ()))
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names.extend(edges.get(name, ()))
    return found
