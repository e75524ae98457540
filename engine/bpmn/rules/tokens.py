"""Rules on tokens: joins that wait for ever, and paths that come together without a join.

The markings of one scope are explored, all choices taken as possible. Tokens move in the order of the flows, so that
those that come to the same place meet there. Scopes that are too large or count tokens themselves are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from engine.bpmn.model import EventKind, Node, Scope
from engine.bpmn.rules.meaning import Noted, Subject, at, meaning
from engine.bpmn.rules.paths import begins, following
from engine.findings import Severity

MOST_MARKINGS: Final = 3_000
MOST_CHOICES: Final = 5

# The flows that have a token. No flow ever has two: that is what multiplied tells.
Marking = frozenset[str]


@meaning(
    "join-starved",
    "Diharapkan setiap gabungan paralel menerima token dari semua aliran masuknya",
    "Expected every parallel join to get a token from all its incoming flows",
    Severity.WARNING,
    mend=(
        "Gabungkan dengan gerbang sejenis dengan yang membagi: cabang eksklusif dengan gerbang eksklusif.",
        "Join with a gateway of the kind that split: exclusive branches with an exclusive gateway.",
    ),
    section="10.6.4, 13.4.1",
)
def _starved(subject: Subject) -> Iterator[Noted]:
    for _process, scope, _holder in subject.scopes:
        for name, missing in sorted(_explored(scope).starved.items()):
            yield at(scope.nodes[name], f"mungkin tidak pernah dari {missing}", f"perhaps never one from {missing}")


@meaning(
    "tokens-multiply",
    "Diharapkan cabang paralel digabung oleh gerbang paralel atau inklusif",
    "Expected parallel branches to be joined by a parallel or inclusive gateway",
    Severity.WARNING,
    mend=(
        "Pasang gerbang paralel atau inklusif di depan langkah ini, kecuali ia harus berjalan sekali per cabang.",
        "Put a parallel or inclusive gateway before this step, unless it is meant to run once for every branch.",
    ),
    section="10.6.4, 13.4.1",
)
def _multiplied(subject: Subject) -> Iterator[Noted]:
    for _process, scope, _holder in subject.scopes:
        for name in sorted(_explored(scope).multiplied):
            yield at(scope.nodes[name], "dua token sekaligus", "two tokens at once")


@dataclass(slots=True)
class _Exploration:
    """What was found in one scope: joins with the flows that can stay away, and nodes that two tokens come to."""

    starved: dict[str, str] = field(default_factory=dict)
    multiplied: set[str] = field(default_factory=set)


def _explored(scope: Scope) -> _Exploration:
    found = _Exploration()
    is_whole = all(flow.source in scope.nodes and flow.target in scope.nodes for flow in scope.flows.values())
    if not is_whole or any(_counts(node) for node in scope.nodes.values()):
        return found
    net = _Net(scope)
    waiting, seen = list(net.initial()), set[Marking]()
    while waiting and len(seen) < MOST_MARKINGS:
        marking = waiting.pop()
        if marking in seen:
            continue
        seen.add(marking)
        step = net.next_step(marking)
        if step is None:
            net.note_starved(marking, found)
            continue
        name, taken = step
        rest = marking - taken
        for given in net.outcomes(name):
            if given is _END:
                continue
            found.multiplied.update(scope.flows[flow].target for flow in given if flow in rest)
            waiting.append(rest.union(given))
    return found


def _counts(node: Node) -> bool:
    """Tell whether a node has rules of its own about how many tokens it takes or gives."""
    return node.tag in ("complexGateway", "adHocSubProcess") or (node.start_quantity, node.completion_quantity) != (
        1,
        1,
    )


# What a terminate or error end gives: nothing, and everything else in the scope is gone.
_END: Final[tuple[str, ...]] = ("",)


class _Net:
    """The flows of a scope as places, its nodes as what moves tokens over them."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.after = following(scope)
        self.order = _order(scope, self.after)
        self.attached: dict[str, list[Node]] = {}
        for node in scope.nodes.values():
            if node.attached_to is not None:
                self.attached.setdefault(node.attached_to, []).append(node)

    def initial(self) -> Iterator[Marking]:
        """Yield the markings with which an instance can begin: with one of the starts, else with all that begin."""
        starts = [node for node in self.scope.nodes.values() if node.tag == "startEvent"]
        if starts:
            for start in starts:
                yield frozenset(start.outgoing)
        else:
            nodes = [node for node in self.scope.nodes.values() if begins(node) and not node.triggered_by_event]
            yield frozenset(flow for node in nodes for flow in node.outgoing)

    def next_step(self, marking: Marking) -> tuple[str, Marking] | None:
        """Return the node that moves next and the flows whose tokens it takes; None: nothing can move."""
        by_target: dict[str, set[str]] = {}
        for flow in marking:
            by_target.setdefault(self.scope.flows[flow].target, set()).add(flow)
        for name in sorted(by_target, key=lambda each: self.order.get(each, 0)):
            node = self.scope.nodes[name]
            if not self._is_join(node):
                return name, frozenset([min(by_target[name])])
            if node.tag == "parallelGateway" and by_target[name] == set(node.incoming):
                return name, frozenset(node.incoming)
        for name in by_target:
            node = self.scope.nodes[name]
            if node.tag == "inclusiveGateway" and not self._more_can_come(node, marking, by_target[name]):
                return name, frozenset(by_target[name])
        return None

    def outcomes(self, name: str) -> Iterator[tuple[str, ...]]:
        """Yield the sets of flows that a node can give tokens to."""
        node = self.scope.nodes[name]
        if node.tag == "endEvent":
            ends = any(each.kind in (EventKind.TERMINATE, EventKind.ERROR, EventKind.CANCEL) for each in node.events)
            yield _END if ends else ()
            return
        yield from self._left(node)
        for event in self.attached.get(name, ()):
            if any(each.kind is EventKind.COMPENSATE for each in event.events):
                continue
            for given in self._left(node) if not event.interrupting else [()]:
                yield (*given, *event.outgoing)

    def _left(self, node: Node) -> Iterator[tuple[str, ...]]:
        """Yield the sets of flows by which a token can leave a node."""
        leaving = node.outgoing
        if node.tag in ("exclusiveGateway", "eventBasedGateway"):
            yield from ((flow,) for flow in leaving)
            return
        link = next((event.ref for event in node.events if event.kind is EventKind.LINK), None)
        if link is not None and node.tag == "intermediateThrowEvent":
            yield tuple(flow for name in self.after[node.id] for flow in self.scope.nodes[name].outgoing)
            return
        always = [flow for flow in leaving if self.scope.flows[flow].condition is None and flow != node.default]
        perhaps = [flow for flow in leaving if self.scope.flows[flow].condition is not None]
        if node.tag == "parallelGateway" or not perhaps:
            yield leaving
            return
        sizes = range(1, len(perhaps) + 1) if len(perhaps) <= MOST_CHOICES else (1, len(perhaps))
        for size in sizes:
            yield from ((*always, *chosen) for chosen in combinations(perhaps, size))
        if node.default in leaving:
            yield (*always, node.default)
        elif always:
            yield tuple(always)

    def note_starved(self, marking: Marking, found: _Exploration) -> None:
        """Note the joins that keep waiting when nothing moves any more."""
        for flow in marking:
            node = self.scope.nodes[self.scope.flows[flow].target]
            missing = sorted(each for each in node.incoming if each not in marking)
            if missing:
                found.starved.setdefault(node.id, ", ".join(missing))

    def _is_join(self, node: Node) -> bool:
        return node.tag in ("parallelGateway", "inclusiveGateway") and len(node.incoming) > 1

    def _more_can_come(self, node: Node, marking: Marking, have: set[str]) -> bool:
        """Tell whether a token elsewhere can still come over a flow of an inclusive join that has none."""
        empty = {self.scope.flows[flow].source for flow in node.incoming if flow not in have}
        waiting = [self.scope.flows[flow].target for flow in marking if self.scope.flows[flow].target != node.id]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in empty:
                return True
            if name not in seen and name != node.id:
                seen.add(name)
                waiting.extend(self.after.get(name, ()))
        return False


def _order(scope: Scope, after: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Return a number for every node: smaller than those of the nodes after it, loops aside."""
    finished: list[str] = []
    seen: set[str] = set()
    for root in (*(name for name, node in scope.nodes.items() if begins(node)), *scope.nodes):
        work = [(root, iter(after[root]))] if root not in seen else []
        while work:
            name, targets = work[-1]
            seen.add(name)
            target = next((each for each in targets if each not in seen), None)
            if target is None:
                finished.append(name)
                work.pop()
            else:
                work.append((target, iter(after[target])))
    return {name: number for number, name in enumerate(reversed(finished))}
