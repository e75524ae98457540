"""Join the steps of a scope: flows, boundary events, links, compensation handlers, data."""

from collections.abc import Iterator, Mapping, Sequence

from engine.bpmn.compiling.texts import Context
from engine.bpmn.events import Boundary, Catches, Catching, EventGateway
from engine.bpmn.gateways import Joining
from engine.bpmn.model import EventKind, Node, Scope
from engine.bpmn.repetition import Repetition
from engine.bpmn.scopes import Transaction
from engine.bpmn.specs import Flow, Step
from engine.bpmn.throwing import LinkThrow


def connect(context: Context, content: Scope, steps: Mapping[str, Step]) -> None:
    """Join the steps of a scope, by the ids of their elements. A repeated activity is its repetition here."""
    _flows(context, content, steps)
    _boundaries(context, content, steps)
    _links(context, content, steps)
    _handlers(context, content, steps)
    for element, step in steps.items():
        if isinstance(step, EventGateway):
            _event_gateway(context, content.nodes[element], step)


def _flows(context: Context, content: Scope, steps: Mapping[str, Step]) -> None:
    incoming: dict[str, list[Step]] = {}
    outgoing: dict[str, list[Flow]] = {}
    for flow in content.flows.values():
        source, target = steps.get(flow.source), steps.get(flow.target)
        if source is None or target is None:
            wanted = ("aliran antara dua langkah di lingkup ini", "a flow between two steps of this scope")
            context.findings.refuse("flow-ends", flow.id, flow.place, wanted, (f"{flow.source} → {flow.target}",) * 2)
            continue
        before = incoming.setdefault(flow.target, [])
        made = Flow(context.name(flow.id), target, len(before), context.formula(flow.condition, flow.id))
        before.append(source)
        outgoing.setdefault(flow.source, []).append(made)
        source.connect(target)
        if content.nodes[flow.source].default == flow.id:
            source.default = made
    for element, step in steps.items():
        step.flows = tuple(outgoing.get(element, ()))
        step.incoming = len(incoming.get(element, ()))
        if isinstance(step, Joining) or step.start_quantity > 1:
            step.sources = tuple(incoming.get(element, ()))


def _event_gateway(context: Context, node: Node, step: EventGateway) -> None:
    for flow in step.flows:
        if not isinstance(flow.target, Catching):
            wanted = ("peristiwa atau tugas terima di belakang gerbang", "an event or receive task behind the gateway")
            context.refuse("event-gateway-target", node, wanted, (flow.target.bpmn_id,) * 2)
        if step.instantiate and not node.incoming:
            flow.target.gateway = step


def _boundaries(context: Context, content: Scope, steps: Mapping[str, Step]) -> None:
    attached: dict[str, list[Node]] = {}
    for node in content.nodes.values():
        if node.attached_to is not None:
            attached.setdefault(node.attached_to, []).append(node)
    for element, nodes in attached.items():
        host = steps.get(element)
        if host is None:
            for node in nodes:
                wanted = ("kegiatan tempat peristiwa ini melekat", "an activity that the event is attached to")
                context.refuse("boundary-host", node, wanted, (element, element))
            continue
        events = [(node, event) for node in nodes if isinstance(event := steps[node.id], Boundary)]
        host.listeners = tuple(listener for _node, event in events for listener in event.waits)
        host.boundary_errors = _catches(context, events, EventKind.ERROR)
        host.boundary_escalations = _catches(context, events, EventKind.ESCALATION)
        inner = host.inner if isinstance(host, Repetition) else host
        if isinstance(inner, Transaction):
            inner.cancelled = next((event for node, event in events if _has(node, EventKind.CANCEL)), None)


def _catches(context: Context, events: Sequence[tuple[Node, Boundary]], kind: EventKind) -> Catches | None:
    found = [
        (context.code(definition), event)
        for node, event in events
        for definition in node.events
        if definition.kind is kind
    ]
    return Catches(found) if found else None


def _links(context: Context, content: Scope, steps: Mapping[str, Step]) -> None:
    catching = {
        event.ref: steps[node.id]
        for node in content.nodes.values()
        if node.tag == "intermediateCatchEvent"
        for event in node.events
        if event.kind is EventKind.LINK
    }
    for node in content.nodes.values():
        step = steps[node.id]
        if isinstance(step, LinkThrow):
            name = next(event.ref for event in node.events if event.kind is EventKind.LINK)
            step.link = catching.get(name)
            if step.link is None:
                context.refuse("link-name", node, (f"tautan tujuan {name}", f"a link {name} to go to"))


def _handlers(context: Context, content: Scope, steps: Mapping[str, Step]) -> None:
    """Give activities the handlers that undo them, by the association from their compensation event."""
    targets = {each.source: each.target for each in content.associations if each.target in steps}
    for node in content.nodes.values():
        if node.attached_to is None or not _has(node, EventKind.COMPENSATE) or node.attached_to not in steps:
            continue
        handler = targets.get(node.id)
        if handler is None and context.model.dialect in ("camunda7", "flowable"):
            continue  # These engines take such an event as one that undoes nothing; lint warns.
        if handler is None:
            wanted = ("kegiatan kompensasi yang terhubung", "a compensation activity that is connected")
            context.refuse("compensation-handler", node, wanted)
            continue
        host = steps[node.attached_to]
        # Each repetition of an activity is undone by itself.
        (host.inner if isinstance(host, Repetition) else host).handler = steps[handler]


def predecessors(content: Scope, steps: Mapping[str, Step]) -> dict[str, tuple[Step, ...]]:
    """Return, by name, the steps from which a token can come to a step: over flows, boundary events and links."""
    before: dict[str, list[Step]] = {}
    for target, source in _ways(content, steps):
        before.setdefault(target.name, []).append(source)
    return {name: tuple(found) for name, found in before.items()}


def _ways(content: Scope, steps: Mapping[str, Step]) -> Iterator[tuple[Step, Step]]:
    for flow in content.flows.values():
        if flow.source in steps and flow.target in steps:
            yield steps[flow.target], steps[flow.source]
    for node in content.nodes.values():
        step = steps[node.id]
        if node.attached_to is not None and node.attached_to in steps:
            yield step, steps[node.attached_to]
        if isinstance(step, LinkThrow) and step.link is not None:
            yield step.link, step


def _has(node: Node, kind: EventKind) -> bool:
    return any(event.kind is kind for event in node.events)
