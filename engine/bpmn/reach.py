"""From where a token can still come to a join: computed once per gateway from the drawn flows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.bpmn.gateways import Joining


def reach_of(gateway: "Joining") -> dict[str, int]:
    """Return, for each step of the gateway's scope, the incoming flows that a token leaving the step can come over.

    The flows are bits by their position; only paths that do not visit the gateway on their way count. A token at an
    activity can also leave over its boundary events, and one at a link over the link's other end.
    """
    if gateway.reach is None:
        gateway.reach = _compute(gateway)
    return gateway.reach


def _compute(gateway: "Joining") -> dict[str, int]:
    if gateway.inside is None:
        return {}
    before = gateway.inside.predecessors
    reach: dict[str, int] = {}
    for index, source in enumerate(gateway.sources):
        bit = 1 << index
        open_steps = [source]
        while open_steps:
            step = open_steps.pop()
            if reach.get(step.name, 0) & bit:
                continue
            reach[step.name] = reach.get(step.name, 0) | bit
            if step is not gateway:
                open_steps.extend(before.get(step.name, ()))
    return reach
