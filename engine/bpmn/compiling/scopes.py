"""Compile what a process or sub-process contains, and how it begins."""

from collections.abc import Iterator, Mapping, Sequence

from engine.bpmn.compiling.connections import connect, predecessors
from engine.bpmn.compiling.data import Around, give_data
from engine.bpmn.compiling.events import starts_of
from engine.bpmn.compiling.steps import make_repetition, make_step, make_sub_start
from engine.bpmn.compiling.texts import Context
from engine.bpmn.definition import Start
from engine.bpmn.events import Catches, SubStart
from engine.bpmn.listeners import Listener
from engine.bpmn.model import EventKind, Node
from engine.bpmn.model import Scope as ModelScope
from engine.bpmn.scopes import EventSubProcess, Process, Scope, Transaction
from engine.bpmn.specs import Step


def fill(context: Context, scope: Scope, node: Node, outer: Around | None = None) -> None:
    """Compile the content of ``node`` into its step ``scope``."""
    content = node.inside
    if content is None:
        return
    around = Around(content, scope, outer)
    steps = {inner.id: _step(context, around, inner) for inner in content.nodes.values()}
    for step in steps.values():
        step.inside = scope
    connect(context, content, steps)
    scope.predecessors = predecessors(content, steps)
    _event_sub_processes(context, scope, content, steps)
    _begin(context, scope, node, content, steps)


def _step(context: Context, around: Around, node: Node) -> Step:
    """Compile a node; a repeated activity into the step that holds the repetitions."""
    name = context.name(node.id)
    _check_place(context, around, node)
    if node.tag == "startEvent" and node.events and isinstance(around.scope, EventSubProcess):
        step: Step = make_sub_start(context, node, name)
    else:
        step = make_step(context, node, name if node.loop is None else f"{name}*")
    step.mapped_in = context.mappings(node.work.inputs, node.id)
    step.mapped_out = context.mappings(node.work.outputs, node.id)
    give_data(context, around, node, step)
    if isinstance(step, Scope):
        fill(context, step, node, around)
    return step if node.loop is None else make_repetition(context, node, node.loop, step)


def _check_place(context: Context, around: Around, node: Node) -> None:
    """Refuse what has no meaning in the scope where it stands."""
    begins = isinstance(around.scope, Process | EventSubProcess)
    if node.tag == "startEvent" and node.events and not begins:
        wanted = ("peristiwa mulai tanpa pemicu di dalam subproses", "a start event without trigger in a sub-process")
        context.refuse("start-trigger", node, wanted, (node.events[0].kind.value,) * 2)
    if node.tag == "endEvent" and any(event.kind is EventKind.CANCEL for event in node.events):
        at: Around | None = around
        while at is not None and not isinstance(at.scope, Transaction):
            at = at.outer
        if at is None:
            wanted = ("peristiwa batal di dalam transaksi", "a cancel event inside a transaction")
            context.refuse("cancel-outside", node, wanted, ("di luar transaksi", "one outside"))


def _event_sub_processes(context: Context, scope: Scope, content: ModelScope, steps: Mapping[str, Step]) -> None:
    """Let a scope listen for its event sub-processes."""
    watches: list[Listener] = []
    errors: list[tuple[str | None, SubStart]] = []
    escalations: list[tuple[str | None, SubStart]] = []
    for node, start, event in _sub_starts(context, content):
        watches.extend(event.waits)
        for definition in start.events:
            if definition.kind is EventKind.ERROR:
                errors.append((context.code(definition), event))
            elif definition.kind is EventKind.ESCALATION:
                escalations.append((context.code(definition), event))
            elif definition.kind is EventKind.COMPENSATE:
                scope.undo = steps[node.id]
                scope.undo.undo_entry = event.name
    scope.watches = tuple(watches)
    scope.errors = Catches(errors) if errors else None
    scope.escalations = Catches(escalations) if escalations else None


def _sub_starts(context: Context, content: ModelScope) -> Iterator[tuple[Node, Node, SubStart]]:
    """Yield the event sub-processes with their start events."""
    for node in content.nodes.values():
        if not node.triggered_by_event or node.inside is None:
            continue
        starts = [start for start in node.inside.nodes.values() if start.tag == "startEvent"]
        if not any(start.events for start in starts):
            wanted = ("peristiwa mulai dengan pemicu", "a start event with a trigger")
            context.refuse("event-sub-process-start", node, wanted)
        for start in starts:
            event = context.definition.step(context.name(start.id))
            if isinstance(event, SubStart):
                yield node, start, event


def _begin(context: Context, scope: Scope, node: Node, content: ModelScope, steps: Mapping[str, Step]) -> None:
    """Find where tokens begin, and which events can start an instance."""
    plain, events = _first(content)
    scope.starts = tuple(steps[each.id] for each in plain)
    listening: list[Start] = []
    if isinstance(scope, Process):
        listening = [start for each in events for start in starts_of(context, each)]
        if not context.prefix:
            context.definition.starts = tuple(listening)
    if not scope.starts and not listening and not isinstance(scope, EventSubProcess):
        context.refuse("no-start", node, ("peristiwa mulai", "a start event"))


def _first(content: ModelScope) -> tuple[Sequence[Node], Sequence[Node]]:
    """Return the nodes that get a token when the scope begins, and those that something from outside begins it at."""
    nodes = content.nodes.values()
    has_starts = any(node.tag == "startEvent" for node in nodes)
    plain: list[Node] = []
    events: list[Node] = []
    for node in nodes:
        if node.tag == "startEvent":
            (events if node.events else plain).append(node)
        elif node.instantiate and not node.incoming:
            targets = [content.flows[flow].target for flow in node.outgoing]
            behind = [content.nodes[target] for target in targets if target in content.nodes]
            events.extend(behind if node.tag == "eventBasedGateway" else [node])
        elif not has_starts and _has_no_flow_in(node):
            plain.append(node)
    return plain, events


def _has_no_flow_in(node: Node) -> bool:
    """Tell whether a node begins by itself in a scope without start events."""
    if node.tag == "boundaryEvent" or node.for_compensation or node.triggered_by_event:
        return False
    is_link = any(event.kind is EventKind.LINK for event in node.events) and node.tag == "intermediateCatchEvent"
    return not node.incoming and not is_link
