"""Steps that a model of Camunda 7 implies beside its own: listeners, and values that code computes, become jobs.

They are woven into the flows when the model is read, so that the executor knows only steps.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise

from engine.bpmn.model import Flow, Node, Work
from engine.findings import Place
from engine.gate import Element

_GATEWAYS = frozenset("exclusiveGateway parallelGateway inclusiveGateway complexGateway eventBasedGateway".split())
_LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")


class Side(StrEnum):
    """Where a step stands: before or after the one that implies it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Beside:
    """A step that another one, or a flow, implies. ``extension`` is the element that says so."""

    side: Side
    work: Work
    extension: Element


@dataclass(slots=True)
class Weaving:
    """The flows of one scope while steps are woven in. ``made`` are the new steps, ``defaults`` moved default flows.

    ``woven`` are the extensions that found a place.
    """

    flows: dict[str, Flow]
    new_id: Callable[[str], str]
    tags: Mapping[str, str]
    made: dict[str, Node] = field(default_factory=dict)
    defaults: dict[str, str | None] = field(default_factory=dict)
    woven: list[Beside] = field(default_factory=list)

    def beside_node(self, element: Element, besides: Sequence[Beside]) -> None:
        """Weave in what a node implies, where the flows allow it."""
        if not besides or _stands_apart(element):
            return
        name = element.get("id") or ""
        before, after = _sides(element.name, besides)
        into = [flow for flow in self.flows.values() if flow.target == name]
        if before and into and not any(self.tags.get(flow.source) == "eventBasedGateway" for flow in into):
            # A join counts its flows: each gets steps of its own.
            groups = [[flow] for flow in into] if element.name in _GATEWAYS else [into]
            for group in groups:
                self._before(name, group, before)
            self.woven += before
        if after:
            self._after(name, element.get("default"), after)
            self.woven += after

    def beside_flow(self, flow: Flow, besides: Sequence[Beside]) -> None:
        """Weave in what happens when a flow is taken."""
        if besides and self.tags.get(flow.source) != "eventBasedGateway":
            self._before(flow.target, [self.flows[flow.id]], besides)
            self.woven += besides

    def _before(self, name: str, into: Iterable[Flow], besides: Sequence[Beside]) -> None:
        chain = self._steps(name, besides)
        for flow in into:
            self.flows[flow.id] = replace(flow, target=chain[0])
        self._join([*chain, name])

    def _after(self, name: str, default: str | None, besides: Sequence[Beside]) -> None:
        chain = self._steps(name, besides)
        for flow in [each for each in self.flows.values() if each.source == name]:
            self.flows[flow.id] = replace(flow, source=chain[-1])
        if default:
            self.defaults[name], self.defaults[chain[-1]] = None, default
        self._join([name, *chain])

    def _steps(self, name: str, besides: Sequence[Beside]) -> list[str]:
        names = []
        for each in besides:
            found = self.new_id(f"{name}.{each.side}")
            tag = "scriptTask" if each.work.script is not None else "serviceTask"
            self.made[found] = Node(id=found, tag=tag, name="", place=each.extension.place, work=each.work)
            names.append(found)
        return names

    def _join(self, names: Sequence[str]) -> None:
        for source, target in pairwise(names):
            found = self.new_id(f"{source}-{target}")
            self.flows[found] = Flow(found, "", source, target, None, _place_of(self.made, source, target))


def _stands_apart(element: Element) -> bool:
    """Tell whether nothing can be woven in around a node: it has no flows of its own, or runs several times."""
    return (
        element.get("isForCompensation") == "true"
        or element.get("triggeredByEvent") == "true"
        or any(element.first(name) is not None for name in _LOOPS)
    )


def _sides(tag: str, besides: Sequence[Beside]) -> tuple[list[Beside], list[Beside]]:
    """Return what stands before and after a node; what begins or ends a path has only one side."""
    if tag in ("startEvent", "boundaryEvent"):
        return [], list(besides)
    if tag == "endEvent" or tag in _GATEWAYS:
        return list(besides), []
    before = [each for each in besides if each.side is Side.BEFORE]
    return before, [each for each in besides if each.side is Side.AFTER]


def _place_of(made: Mapping[str, Node], source: str, target: str) -> Place:
    return (made.get(source) or made[target]).place
