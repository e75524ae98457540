"""Random models, run four ways: live, stored after every command, plainly, and by a slow reference of the token rules.

Plainly means without what makes a workflow fast: nothing is remembered from one step to the next. The reference shares
nothing with the engine. It has no indexes: each question is answered by walking all tokens, and whether an inclusive
gateway may go on is asked of the drawn graph, path by path (BPMN 2.0.2, chapter 13).
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from engine.bpmn.definition import Definition
from engine.bpmn.tokens import WAITING, Token
from engine.bpmn.waits import StepEventKind, Wait, WaitKind, WorkflowStatus
from engine.bpmn.workflow import Workflow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MODELS = 700
MOST_COMMANDS = 60


# What draws a block: the graph, the depth, whether loops and whether ways out of the sub-process may be inside.
Block = Callable[["Graph", int, bool, bool], tuple[str, str]]


@dataclass
class Node:
    """A step as drawn. ``var`` is what a script counts up; ``times`` how often a multi-instance task is done.

    ``host`` is the activity of a boundary event, or the compensation event whose handler this is. ``seconds`` is how
    long a timer waits; 0: a message is waited for.
    """

    id: str
    kind: str
    inner: "Graph | None" = None
    host: str = ""
    beside: bool = False
    var: str = ""
    times: int = 0
    sequential: bool = False
    seconds: int = 0

    @property
    def is_event(self) -> bool:
        """Whether it is a boundary event that something from outside can make happen."""
        return self.kind == "boundary" and not self.id.startswith("failed")


@dataclass
class Flow:
    """A flow as drawn. ``test`` is a variable and a number: true if the variable is greater."""

    source: str
    target: str
    test: tuple[str, int] | None = None
    default: bool = False


@dataclass
class Graph:
    """What a process or sub-process contains."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def out(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == node]

    def into(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.target == node]

    def text(self) -> Iterator[str]:
        """Yield the lines that draw it."""
        for node in self.nodes.values():
            yield from _drawn(node)
        for flow in self.flows:
            test = f" if {flow.test[0]} > {flow.test[1]}" if flow.test else ""
            yield f"{flow.source} -> {flow.target}{' else' if flow.default else test}"


def _drawn(node: Node) -> Iterator[str]:
    heads = {
        "catch": f"catch {_awaited(node)}",
        "undo": "throw compensate",
        "handler": f"user undoes={node.host}",
        "undone": f"boundary on={node.host} compensate",
        "begin": f"start {_awaited(node)}{' beside' if node.beside else ''}",
        "error": "end error=E",
        "terminate": "end terminate",
        "script": f"script do='={node.var} + 1' to={node.var}",
    }
    if node.kind == "boundary":
        caught = _awaited(node) if node.is_event else "error=E"
        yield f"{node.id}: boundary on={node.host} {caught}{' beside' if node.beside else ''}"
    elif node.inner is not None:
        yield f"{node.id}: sub {'event ' if node.kind == 'aside' else ''}{{"
        yield from node.inner.text()
        yield "}"
    else:
        repeated = f" times={node.times}{' sequential' if node.sequential else ''}" if node.times else ""
        yield f"{node.id}: {heads.get(node.kind, node.kind)}{repeated}"


def _awaited(node: Node) -> str:
    return f"timeDuration=PT{node.seconds}S" if node.seconds else f"message={node.id}"


class Maker:
    """Draws a random process of nested blocks. Variables c0 to c4 decide; loops count with variables of their own."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.counters: list[str] = []

    def process(self) -> Graph:
        return self._scope(self.random.randint(2, 4), fails=False)

    def _scope(self, depth: int, *, fails: bool) -> Graph:
        graph = Graph()
        start, end = self._node(graph, "start"), self._node(graph, "end")
        first, last = self._block(graph, depth, loops=True, fails=fails)
        if self.random.random() < 0.4:
            undo = self._node(graph, "undo")
            graph.flows.append(Flow(last, undo))
            last = undo
        graph.flows += [Flow(start, first), Flow(last, end)]
        if self.random.random() < 0.4:
            self._aside(graph)
        return graph

    def _aside(self, graph: Graph) -> None:
        """Draw an event sub-process: a task that an event begins, instead of the rest of the scope or beside it."""
        inner = Graph()
        begin = self._node(inner, "begin", beside=self.random.random() < 0.5, seconds=self._seconds())
        task, end = self._node(inner, "user"), self._node(inner, "end")
        inner.flows += [Flow(begin, task), Flow(task, end)]
        self._node(graph, "aside", inner=inner)

    def _seconds(self) -> int:
        """Return how long a timer waits, in steps so odd that no two are ever due together; 0: it is a message."""
        return self.random.choice((0, self.random.randint(1, 10**9)))

    def _node(self, graph: Graph, kind: str, prefix: str = "", **more: Any) -> str:
        self.count += 1
        name = f"{prefix or kind}{self.count}"
        graph.nodes[name] = Node(name, kind, **more)
        return name

    def _test(self) -> tuple[str, int]:
        return f"c{self.random.randrange(5)}", self.random.randrange(3)

    def _block(self, graph: Graph, depth: int, *, loops: bool, fails: bool) -> tuple[str, str]:
        if depth == 0:
            return self._simple(graph)
        kinds: list[Block] = [self._sequence, self._split, self._split, self._sub, self._events]
        if loops:
            # Not within a loop, whose counter two tokens would share.
            kinds += [self._loop, self._merge]
        if fails:
            kinds += [self._fails] * 3
        return self.random.choice(kinds)(graph, depth - 1, loops, fails)

    def _simple(self, graph: Graph) -> tuple[str, str]:
        times = self.random.choice((0, 0, 0, 2, 3))
        name = self._node(graph, "user", times=times, sequential=self.random.random() < 0.5)
        if self.random.random() < 0.3:
            beside = self.random.random() < 0.5
            return name, self._boundary(graph, name, name, beside=beside)
        if not times and self.random.random() < 0.5:
            undone = self._node(graph, "undone", host=name)
            self._node(graph, "handler", host=undone)
        return name, name

    def _boundary(self, graph: Graph, host: str, last: str, *, beside: bool, error: bool = False) -> str:
        """Draw a boundary event; return the step at which the ways have come together."""
        seconds = 0 if error else self._seconds()
        event = self._node(graph, "boundary", "failed" if error else "", host=host, beside=beside, seconds=seconds)
        task = self._node(graph, "user")
        graph.flows.append(Flow(event, task))
        meeting = self._node(graph, "end" if beside else "xor")
        graph.flows.append(Flow(task, meeting))
        if beside:
            return last
        graph.flows.append(Flow(last, meeting))
        return meeting

    def _sequence(self, graph: Graph, depth: int, loops: bool, fails: bool) -> tuple[str, str]:
        first, middle = self._block(graph, depth, loops=loops, fails=fails)
        then, last = self._block(graph, depth, loops=loops, fails=fails)
        graph.flows.append(Flow(middle, then))
        return first, last

    def _split(self, graph: Graph, depth: int, loops: bool, fails: bool) -> tuple[str, str]:
        kind = self.random.choice(("xor", "and", "or"))
        split, join = self._node(graph, kind), self._node(graph, kind)
        ways = self.random.randint(2, 3)
        for index in range(ways):
            first, last = self._block(graph, depth, loops=loops, fails=fails)
            default = kind != "and" and index == ways - 1
            test = self._test() if kind != "and" and not default else None
            graph.flows += [Flow(split, first, test, default), Flow(last, join)]
        return split, join

    def _sub(self, graph: Graph, depth: int, loops: bool, _fails: bool) -> tuple[str, str]:
        fails = self.random.random() < 0.5
        inner = self._scope(depth, fails=fails) if loops else Graph()
        if not loops:
            start, end = self._node(inner, "start"), self._node(inner, "end")
            first, last = self._block(inner, depth, loops=False, fails=fails)
            inner.flows += [Flow(start, first), Flow(last, end)]
        name = self._node(graph, "sub", inner=inner)
        last = name
        if fails:
            last = self._boundary(graph, name, last, beside=False, error=True)
        if self.random.random() < 0.4:
            last = self._boundary(graph, name, last, beside=self.random.random() < 0.5)
        return name, last

    def _events(self, graph: Graph, depth: int, loops: bool, fails: bool) -> tuple[str, str]:
        gateway, meeting = self._node(graph, "events"), self._node(graph, "xor")
        for _ in range(2):
            event = self._node(graph, "catch", seconds=self._seconds())
            first, last = self._block(graph, depth, loops=loops, fails=fails)
            graph.flows += [Flow(gateway, event), Flow(event, first), Flow(last, meeting)]
        return gateway, meeting

    def _merge(self, graph: Graph, depth: int, _loops: bool, fails: bool) -> tuple[str, str]:
        """Three flows leave a task; what stands behind two of them is done once for each."""
        task, meeting = self._node(graph, "user"), self._node(graph, "xor")
        for _ in range(2):
            first, last = self._block(graph, min(depth, 1), loops=False, fails=fails)
            graph.flows += [Flow(task, first), Flow(last, meeting)]
        closing = self._node(graph, "sub", inner=self._scope(0, fails=False))
        end = self._node(graph, "end")
        first, last = self._block(graph, depth, loops=False, fails=fails)
        graph.flows += [Flow(meeting, closing), Flow(closing, end), Flow(task, first)]
        return task, last

    def _loop(self, graph: Graph, depth: int, _loops: bool, fails: bool) -> tuple[str, str]:
        counter = f"n{len(self.counters)}"
        self.counters.append(counter)
        merge, again = self._node(graph, "xor"), self._node(graph, "xor")
        script = self._node(graph, "script", var=counter)
        first, last = self._block(graph, depth, loops=False, fails=fails)
        after = self._node(graph, "task")
        graph.flows += [
            Flow(merge, first),
            Flow(last, script),
            Flow(script, again),
            Flow(again, after, (counter, self.random.randint(0, 2))),
            Flow(again, merge, None, True),
        ]
        return merge, after

    def _fails(self, graph: Graph, depth: int, loops: bool, fails: bool) -> tuple[str, str]:
        """A way out of the sub-process: by an error, or by ending all of it.

        A task comes before it. Else it would depend on the order in which tokens move what else is ended.
        """
        task, split = self._node(graph, "user"), self._node(graph, "xor")
        out = self._node(graph, self.random.choice(("error", "terminate")))
        first, last = self._block(graph, depth, loops=loops, fails=fails)
        graph.flows += [Flow(task, split), Flow(split, out, self._test()), Flow(split, first, None, True)]
        return task, last


@dataclass(eq=False)
class Place:
    """A token of the reference."""

    node: Node
    waiting: bool = False
    inner: "Area | None" = None
    left: int = 0
    since: int = 0
    begun: int = 0
    undo: list[Node] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Area:
    """A scope of the reference: its tokens, and how many have come to its joins over each flow.

    ``done`` is what can be undone, the last completed last: a handler, or a list of what is inside a sub-process.
    """

    graph: Graph
    places: list[Place] = field(default_factory=list)
    come: dict[str, list[int]] = field(default_factory=dict)
    begun: int = 0
    done: list[Any] = field(default_factory=list)
    fired: set[str] = field(default_factory=set)
    interrupted: bool = False

    @property
    def is_done(self) -> bool:
        return not self.places and not any(sum(counts) for counts in self.come.values())


class Reference:
    """Runs a drawn process, slowly."""

    def __init__(self, graph: Graph, data: dict[str, int]) -> None:
        self.data = dict(data)
        self.completed: Counter[str] = Counter()
        self.clock = 0
        self.over = False
        self.root = self._enter(graph)
        self.moments = 0
        self._run()

    def open(self) -> Counter[str]:
        """Return what can be answered from outside, by step."""
        found: Counter[str] = Counter()
        for _area, place in self._everywhere():
            if place.waiting and place.node.kind in ("user", "handler"):
                found[place.node.id] += 1 if place.node.sequential else max(place.left, 1)
        found.update(node.id for node, _due, _happen in self._events())
        return found

    def due(self) -> Counter[tuple[str, int]]:
        """Return when the timers are due, in seconds from the start."""
        return Counter((node.id, due) for node, due, _happen in self._events() if node.seconds)

    def _events(self) -> Iterator[tuple[Node, int, Callable[[], None]]]:
        """Yield every event that can happen, when it is due if it is a timer, and what makes it happen."""
        for area in [] if self.over else self._areas():
            for node in area.graph.nodes.values():
                if node.kind == "aside" and node.inner is not None and not area.interrupted:
                    begin = next(each for each in node.inner.nodes.values() if each.kind == "begin")
                    if begin.id not in area.fired:
                        yield begin, area.begun + begin.seconds, partial(self._begin, area, node, begin)
        for area, place in self._everywhere():
            if not place.waiting:
                continue
            targets = area.graph.out(place.node.id) if place.node.kind == "events" else ()
            for event in (area.graph.nodes[flow.target] for flow in targets):
                yield event, place.begun + event.seconds, partial(self._decide, area, place, event)
            for event in area.graph.nodes.values():
                if event.host == place.node.id and event.is_event and event.id not in place.fired:
                    yield event, place.begun + event.seconds, partial(self._catch, area, place, event)

    def _areas(self) -> list[Area]:
        return [self.root, *(place.inner for _area, place in self._everywhere() if place.inner is not None)]

    def _begin(self, area: Area, aside: Node, begin: Node) -> None:
        if begin.seconds:
            area.fired.add(begin.id)
        if not begin.beside:
            area.interrupted = True
            area.places.clear()
            area.come.clear()
        assert aside.inner is not None
        inner = Area(aside.inner, [Place(begin)], begun=self.clock)
        area.places.append(Place(aside, waiting=True, inner=inner, since=self._next(), begun=self.clock))

    def _decide(self, area: Area, place: Place, event: Node) -> None:
        area.places.remove(place)
        self.completed[place.node.id] += 1
        area.places.append(Place(event))

    def wait(self) -> None:
        """Let time pass until the next timer is due, and let it fire."""
        timers = [(due, happen) for node, due, happen in self._events() if node.seconds]
        self.clock, happen = min(timers, key=lambda each: each[0])
        happen()
        self._run()

    def complete(self, step: str, **data: int) -> None:
        """Answer a task."""
        self.data.update(data)
        found = [each for each in self._everywhere() if each[1].node.id == step and each[1].waiting]
        area, place = min(found, key=lambda each: each[1].since)
        place.left -= 1
        if place.node.sequential:
            place.since = self._next()
        if place.left <= 0:
            self._leave(area, place)
        self._run()

    def message(self, step: str) -> None:
        """Let an event happen."""
        next(happen for node, _due, happen in self._events() if node.id == step)()
        self._run()

    def _next(self) -> int:
        self.moments += 1
        return self.moments

    def _catch(self, area: Area, place: Place, event: Node) -> None:
        if event.seconds:
            place.fired.add(event.id)
        if not event.beside:
            area.places.remove(place)
        area.places.append(Place(event))

    def _everywhere(self) -> Iterator[tuple[Area, Place]]:
        waiting = [self.root]
        for area in waiting:
            for place in list(area.places):
                yield area, place
                if place.inner is not None:
                    waiting.append(place.inner)

    def _enter(self, graph: Graph) -> Area:
        starts = [Place(node) for node in graph.nodes.values() if node.kind == "start"]
        return Area(graph, starts, begun=self.clock)

    def _run(self) -> None:
        while self._move_one() or self._join_one():
            pass
        self.over = self.root.is_done

    def _move_one(self) -> bool:
        for area, place in self._everywhere():
            if place.inner is not None and place.inner.is_done:
                if not self._undo_next(place):
                    self._leave(area, place)
                return True
            if not place.waiting:
                self._step(area, place)
                return True
        return False

    def _step(self, area: Area, place: Place) -> None:
        node = place.node
        if node.kind == "undo":
            place.waiting, place.since, place.begun = True, self._next(), self.clock
            place.undo, area.done = _flattened(area.done), []
            if not self._undo_next(place):
                self._leave(area, place)
        elif node.kind in ("user", "handler", "events") or node.inner is not None:
            place.waiting = True
            place.since, place.begun = self._next(), self.clock
            place.left = node.times or 1
            place.inner = self._enter(node.inner) if node.inner is not None else None
        elif node.kind == "terminate":
            self.completed[node.id] += 1
            area.places.clear()
            area.come.clear()
        elif node.kind == "error":
            self.completed[node.id] += 1
            self._fail(area)
        else:
            if node.kind == "script":
                self.data[node.var] += 1
            self._leave(area, place)

    def _undo_next(self, place: Place) -> bool:
        """Begin the next handler of a compensation event; False: there is none left."""
        if not place.undo:
            return False
        handler = place.undo.pop(0)
        place.inner = Area(Graph({handler.id: handler}), [Place(handler)], begun=self.clock)
        return True

    def _remember(self, area: Area, place: Place) -> None:
        """Note how what has completed is undone: by its handler, or by what is inside it."""
        nodes = area.graph.nodes.values()
        undone = next((each.id for each in nodes if each.kind == "undone" and each.host == place.node.id), None)
        if undone is not None:
            area.done.append(next(each for each in nodes if each.kind == "handler" and each.host == undone))
        elif place.node.kind == "sub" and place.inner is not None and place.inner.done:
            area.done.append(place.inner.done)

    def _fail(self, area: Area) -> None:
        """Find the nearest sub-process around ``area`` that catches errors."""
        for outer, place in self._everywhere():
            if place.inner is area:
                event = next(
                    (each for each in outer.graph.nodes.values() if each.host == place.node.id and "failed" in each.id),
                    None,
                )
                if event is None:
                    self._fail(outer)
                else:
                    self._catch(outer, place, event)
                return

    def _leave(self, area: Area, place: Place) -> None:
        area.places.remove(place)
        self.completed[place.node.id] += 1
        self._remember(area, place)
        for flow in self._chosen(area.graph.out(place.node.id), place.node.kind):
            self._arrive(area, flow)

    def _chosen(self, flows: list[Flow], kind: str) -> list[Flow]:
        if kind == "events":
            return []
        true = [flow for flow in flows if not flow.default and (flow.test is None or self._is_true(flow.test))]
        if not true:
            return [flow for flow in flows if flow.default]
        return true[:1] if kind == "xor" else true

    def _is_true(self, test: tuple[str, int]) -> bool:
        return self.data[test[0]] > test[1]

    def _arrive(self, area: Area, flow: Flow) -> None:
        node = area.graph.nodes[flow.target]
        incoming = area.graph.into(node.id)
        if node.kind not in ("and", "or") or len(incoming) == 1:
            area.places.append(Place(node))
            return
        counts = area.come.setdefault(node.id, [0] * len(incoming))
        counts[next(index for index, each in enumerate(incoming) if each is flow)] += 1
        if node.kind == "and" and all(counts):
            self._pass(area, node)

    def _pass(self, area: Area, node: Node) -> None:
        area.come[node.id] = [max(count - 1, 0) for count in area.come[node.id]]
        area.places.append(Place(node))

    def _join_one(self) -> bool:
        """Let one inclusive gateway go on, if the rule of 13.4.3 allows one."""
        for area in self._areas():
            for name, counts in area.come.items():
                if area.graph.nodes[name].kind == "or" and any(counts) and self._may_pass(area, name, counts):
                    self._pass(area, area.graph.nodes[name])
                    return True
        return False

    def _may_pass(self, area: Area, gateway: str, counts: list[int]) -> bool:
        incoming = area.graph.into(gateway)
        there = [place.node.id for place in area.places]
        there += [name for name, came in area.come.items() if any(came) and name != gateway]
        for node in there:
            ends = self._ends(area.graph, node, gateway)
            reaches = [index for index, flow in enumerate(incoming) if any(flow is end for end in ends)]
            if any(not counts[index] for index in reaches) and not any(counts[index] for index in reaches):
                return False
        return True

    def _ends(self, graph: Graph, node: str, gateway: str) -> list[Flow]:
        """Return the flows into the gateway that a path from ``node`` ends with, not going through the gateway."""
        seen, waiting, ends = {node}, [node], []
        for at in waiting:
            beside = [each.id for each in graph.nodes.values() if each.host == at]
            for flow in [*graph.out(at), *(flow for each in beside for flow in graph.out(each))]:
                if flow.target == gateway:
                    ends.append(flow)
                elif flow.target not in seen:
                    seen.add(flow.target)
                    waiting.append(flow.target)
        return ends


def _flattened(done: list[Any]) -> list[Node]:
    """Return handlers in the order in which they run: the last completed first."""
    found: list[Node] = []
    for each in reversed(done):
        found += _flattened(each) if isinstance(each, list) else [each]
    return found


class Plain(Workflow):
    """A workflow without what makes it fast.

    After every step all joins are decided anew, by paths that are found anew; all conditions are looked at; and what
    is waited for is described again each time it is asked.
    """

    def _run(self, token: Token) -> None:
        super()._run(token)
        self._forget_what_was_known()

    def waits(self) -> list[Wait]:
        self._forget_what_was_known()
        return super().waits()

    def _forget_what_was_known(self) -> None:
        for token in self.tokens.values():
            token.wait = token.watchers = None
            token.task_spec.reach = None
            joins = token.parent.joins if token.parent is not None else None
            if joins and joins.get(token.task_spec.name) is token and token._state == WAITING:
                self.undecided[token.id] = token
        self.data_changed = True


@pytest.mark.parametrize("group", range(10))
def test_random_models_run_as_the_reference_says(compiled: Callable[[str], Definition], group: int) -> None:
    for seed in range(group * MODELS // 10, (group + 1) * MODELS // 10):
        maker = Maker(seed)
        graph = maker.process()
        choices = maker.random
        data = {f"c{index}": choices.randrange(4) for index in range(5)} | dict.fromkeys(maker.counters, 0)
        definition = compiled("\n".join(graph.text()))
        live, plain = (each.start(definition, data, now=NOON) for each in (Workflow, Plain))
        stored = Workflow.load(definition, live.dump())
        reference = Reference(graph, data)
        done, plainly = Counter(_completed(live)), Counter(_completed(plain))

        for number in range(MOST_COMMANDS):
            expected = (reference.open(), reference.due(), reference.over, reference.data)
            assert _state(live) == _state(stored) == _state(plain) == expected, (seed, number)
            assert done == plainly == reference.completed, (seed, number)
            if reference.over:
                break
            step = choices.choice(sorted(reference.open()))
            answer = {f"c{choices.randrange(5)}": choices.randrange(4)}
            for workflow in (live, stored, plain):
                _act(workflow, step, answer, NOON + timedelta(seconds=reference.clock))
            stored = Workflow.load(definition, stored.dump())
            done.update(_completed(live))
            plainly.update(_completed(plain))
            _act_on_reference(reference, step, answer)


def _state(workflow: Workflow) -> tuple[Counter[str], Counter[tuple[str, int]], bool, dict[str, Any]]:
    waits = workflow.waits()
    due = Counter((wait.step, int((wait.due - NOON).total_seconds())) for wait in waits if wait.due is not None)
    open_steps = Counter(wait.step for wait in waits)
    return open_steps, due, workflow.status is WorkflowStatus.COMPLETED, workflow.variables()


def _completed(workflow: Workflow) -> list[str]:
    events = workflow.take_changes().events
    return [event.step for event in events if event.kind is StepEventKind.COMPLETED and event.step != "p"]


def _act(workflow: Workflow, step: str, answer: dict[str, int], now: datetime) -> None:
    wait = min((wait for wait in workflow.waits() if wait.step == step), key=lambda wait: wait.token)
    if wait.kind is WaitKind.TIMER:
        due, token = min((each.due, each.token) for each in workflow.waits() if each.due is not None)
        workflow.fire_timer(token, now=due)
    elif wait.kind is WaitKind.USER:
        workflow.complete(wait.token, answer, now=now)
    else:
        workflow.deliver_message(wait.token, {}, now=now)


def _act_on_reference(reference: Reference, step: str, answer: dict[str, int]) -> None:
    if step.startswith(("user", "handler")):
        reference.complete(step, **answer)
    elif any(step == name for name, _due in reference.due()):
        reference.wait()
    else:
        reference.message(step)
