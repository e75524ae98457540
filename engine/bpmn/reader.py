"""Read BPMN 2.0 XML into a model. It notes what it cannot understand as findings; it judges nothing else.

Structure is checked by engine.bpmn.structure on the XML, meaning by engine.bpmn.lint on the model.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.bpmn import camunda7, idioms, implied, leftovers, spiff, zeebe
from engine.bpmn.besides import Weaving
from engine.bpmn.dialects import Report
from engine.bpmn.engines import dialect_of
from engine.bpmn.model import (
    DataAssociation,
    Declared,
    EventDefinition,
    EventKind,
    Flow,
    Language,
    Loop,
    Model,
    Node,
    Process,
    Scope,
    Text,
    TimerKind,
    Work,
)
from engine.bpmn.parts import (
    associations_of,
    data_object_of,
    documentation_of,
    known_language,
    lanes_of,
    language_of,
    message_flows_of,
    name_of,
    named,
    named_item,
    participants_of,
    text_of,
)
from engine.bpmn.rules.reading import NOT_BPMN
from engine.bpmn.words import BPMN, DI, local, number, truth, written
from engine.errors import Invalid
from engine.gate import Element, read_xml

ACTIVITIES = frozenset(
    "task userTask manualTask serviceTask scriptTask businessRuleTask sendTask receiveTask subProcess transaction "
    "adHocSubProcess callActivity".split()
)
GATEWAYS = frozenset("exclusiveGateway parallelGateway inclusiveGateway complexGateway eventBasedGateway".split())
EVENTS = frozenset(
    "startEvent endEvent intermediateCatchEvent intermediateThrowEvent implicitThrowEvent boundaryEvent".split()
)
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
CONTAINERS = frozenset(("subProcess", "transaction", "adHocSubProcess"))
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS
_DATA = frozenset(("dataObject", "dataObjectReference", "dataStoreReference", "property"))
_DECLARED = {
    "message": EventKind.MESSAGE,
    "signal": EventKind.SIGNAL,
    "error": EventKind.ERROR,
    "escalation": EventKind.ESCALATION,
}
_REFERENCES = {
    EventKind.MESSAGE: "messageRef",
    EventKind.SIGNAL: "signalRef",
    EventKind.ERROR: "errorRef",
    EventKind.ESCALATION: "escalationRef",
}
_EVENT_DEFINITION = "EventDefinition"
_EVENT_KINDS = {kind.value: kind for kind in EventKind if kind is not EventKind.NONE}


def read_bpmn(data: bytes, *, file: str, dialect: str | None = None) -> Model:
    """Read a BPMN file. Raises Invalid with findings when it is not BPMN at all; other faults stand in the model.

    ``dialect`` says for which engine a file was written that uses no engine's properties; None: for none.
    """
    root = read_xml(data, file=file)
    if (root.namespace, root.name) != (BPMN, "definitions"):
        found = f"{root.name} ({root.namespace or '-'})"
        finding = NOT_BPMN.finding(root.place, None, None, (found, found))
        raise Invalid(f"{root.place}: {finding.message['en']}", [finding])
    _collapse_ids(root)
    return _Reader(root, file, dialect).model()


def _collapse_ids(root: Element) -> None:
    """Take the spaces from around ids, as XML Schema does: references are read without them too."""
    for element in root.walk():
        found = element.get("id")
        if found is not None and found != found.strip():
            element.attributes = {**element.attributes, "id": found.strip()}


def implied_message(task: str) -> str:
    """Return the id of the message of a receive task that names none."""
    return f"message:{task}"


def registered(element: Element) -> str:
    """Return the id of the message that an event of Flowable's event registry is."""
    return f"event:{element.get('id') or ''}"


class _Reader:
    """Walks one file. Findings are gathered on the way."""

    def __init__(self, root: Element, file: str, dialect: str | None) -> None:
        self.root = root
        self.file = file
        self.report = Report(root)
        self.ids = {found for element in root.walk() if (found := element.get("id"))}
        self.dialect = dialect_of(root, dialect)
        self.language = language_of(root)
        self.associations = associations_of(root)
        self.data_names = {
            found: element.get("name") or ""
            for element in root.walk()
            if element.namespace == BPMN
            and element.name in ("dataInput", "dataOutput")
            and (found := element.get("id"))
        }
        if self.dialect != "bpmn":
            self.give_ids()
        self.definitions = {
            found: child
            for child in root.children
            if child.name.endswith(_EVENT_DEFINITION) and (found := child.get("id"))
        }

    def model(self) -> Model:
        processes = [self.process(child) for child in self.root.all("process") if child.get("id")]
        processes += [
            self.global_task(child, GLOBAL_TASKS[child.name])
            for child in self.root.children
            if child.namespace == BPMN and child.name in GLOBAL_TASKS and child.get("id")
        ]
        declared = list(self.declared())
        declared += list(self.implied(declared))
        collaborations = [child for child in self.root.children if child.name == "collaboration"]
        zeebe.speak_of_all(self.root, self.report)
        leftovers.speak_of_rest(self.root, self.report)
        spiff.speak_of_rest(self.root, self.report)
        self.report.sweep()
        return Model(
            file=self.file,
            processes={process.id: process for process in processes},
            declared={item.id: item for item in declared},
            participants={item.id: item for each in collaborations for item in participants_of(each)},
            message_flows=tuple(item for each in collaborations for item in message_flows_of(each)),
            dialect=self.dialect,
            has_diagram=any(child.name == "BPMNDiagram" and child.namespace == DI for child in self.root.children),
            root=self.root,
            findings=tuple(self.report.findings),
            conversions=tuple(self.report.conversions),
        )

    def give_ids(self) -> None:
        """Give ids to steps that have none: the engines let a model leave them out where nothing refers to them."""
        for element in self.root.walk():
            if element.namespace == BPMN and element.name in FLOW_NODES and not element.get("id"):
                element.attributes = {**element.attributes, "id": self.new_id(element.name)}

    def declared(self) -> Iterator[Declared]:
        for child in self.root.children:
            kind = _DECLARED.get(child.name) if child.namespace == BPMN else None
            if kind is not None and (found := child.get("id")):
                yield Declared(
                    id=found,
                    kind=kind,
                    name=child.get("name") or "",
                    place=child.place,
                    code=child.get("errorCode") or child.get("escalationCode"),
                    correlation=zeebe.correlation(child),
                )

    def implied(self, declared: Iterable[Declared]) -> Iterator[Declared]:
        """Yield what the engines let a model leave out: messages that only one element waits for, errors by code."""
        if self.dialect in ("camunda8", "spiff"):
            return
        known = {item.id for item in declared}
        for element in self.root.walk():
            if element.namespace != BPMN:
                continue
            found = element.get("id") or ""
            event = camunda7.registered_event(element, self.report)
            if event is not None:
                yield Declared(registered(element), EventKind.MESSAGE, event[0], element.place, correlation=event[1])
            elif element.name == "receiveTask" and not element.get("messageRef") and found:
                yield Declared(implied_message(found), EventKind.MESSAGE, found, element.place)
            code = local(element.get("errorRef")) if element.name == "errorEventDefinition" else ""
            if code and code not in known:
                yield Declared(code, EventKind.ERROR, code, element.place, code=code)

    def process(self, element: Element) -> Process:
        lanes = {lane.id: lane for each in element.all("laneSet") for lane in lanes_of(each, None)}
        innermost = {node: lane.id for lane in lanes.values() for node in lane.nodes}
        extensions = zeebe.Extensions(element)
        return Process(
            id=element.get("id") or "",
            name=element.get("name") or "",
            executable=truth(element.get("isExecutable"), False),
            scope=self.scope(element, innermost),
            place=element.place,
            lanes=lanes,
            documentation=documentation_of(element),
            version_tag=extensions.version_tag() or camunda7.version_tag(element, self.report),
            properties=extensions.properties(),
        )

    def global_task(self, element: Element, tag: str) -> Process:
        """Return a task that call activities share, as a process of one step."""
        found = element.get("id") or ""
        node = replace(self.node(element, _Joined({}, {}), {}, tag), id=f"{found}.task")
        scope = Scope(nodes={node.id: node}, flows={})
        return Process(id=found, name=node.name, executable=False, scope=scope, place=element.place)

    def scope(self, element: Element, lanes: Mapping[str, str]) -> Scope:
        weaving = self.woven(element)
        flows = weaving.flows
        joined = _Joined.of(flows.values())
        data = [data_object_of(child) for child in element.children if child.name in _DATA and child.get("id")]
        nodes = [
            self.node(child, joined, lanes)
            for child in element.children
            if child.namespace == BPMN and child.name in FLOW_NODES and child.get("id")
        ]
        nodes = [_moved(node, joined, weaving) for node in (*nodes, *weaving.made.values())]
        return Scope(
            nodes={node.id: node for node in nodes},
            flows=flows,
            data={item.id: item for item in data},
            # An association may stand in any scope around what it connects.
            associations=tuple(each for node in nodes for each in self.associations.get(node.id, ())),
        )

    def woven(self, scope: Element) -> Weaving:
        """Return the flows of a scope, with the steps that its extensions imply."""
        flows = {flow.id: flow for flow in map(self.flow, scope.all("sequenceFlow"))}
        nodes = [child for child in scope.children if child.namespace == BPMN and child.name in FLOW_NODES]
        weaving = Weaving(flows, self.new_id, {child.get("id") or "": child.name for child in nodes})
        for child in nodes:
            besides = (
                *implied.besides_of(child, self.report),
                *spiff.besides_of(child, self.report),
                *zeebe.besides_of(child),
            )
            weaving.beside_node(child, besides)
        for child, flow in zip(scope.all("sequenceFlow"), list(flows.values()), strict=False):
            weaving.beside_flow(flow, implied.besides_of(child, self.report))
        for beside in weaving.woven:
            implied.note_woven(beside, self.report)
        return weaving

    def flow(self, element: Element) -> Flow:
        source, target = local(element.get("sourceRef")), local(element.get("targetRef"))
        condition = element.first("conditionExpression")
        return Flow(
            id=element.get("id") or self.new_id(f"{source}-{target}"),
            name=element.get("name") or "",
            source=source,
            target=target,
            condition=self.text(condition) if condition is not None else None,
            place=element.place,
        )

    def new_id(self, wanted: str) -> str:
        """Return an id for what has none (BPMN 2.0.2, 8.2.1: nothing refers to it), the same at every reading."""
        found, count = wanted, 1
        while found in self.ids:
            count += 1
            found = f"{wanted}-{count}"
        self.ids.add(found)
        return found

    def node(self, element: Element, joined: "_Joined", lanes: Mapping[str, str], tag: str | None = None) -> Node:
        found = element.get("id") or ""
        work = self.work(element)
        tag = tag or camunda7.tag_of(element, work)
        extensions = zeebe.Extensions(element)
        events = tuple(self.events(element, extensions)) if tag in EVENTS else ()
        called = element.get("calledElement")
        return Node(
            id=found,
            tag=tag,
            name=element.get("name") or "",
            place=element.place,
            incoming=tuple(joined.into.get(found, ())),
            outgoing=tuple(joined.out_of.get(found, ())),
            default=local(element.get("default")) or None,
            documentation="\n".join(
                filter(None, (documentation_of(element), spiff.documentation_of(element, self.report)))
            ),
            work=work,
            events=events,
            parallel_multiple=truth(element.get("parallelMultiple"), False),
            attached_to=local(element.get("attachedToRef")) or None,
            interrupting=truth(element.get("cancelActivity" if tag == "boundaryEvent" else "isInterrupting"), True),
            loop=self.loop(element, extensions),
            for_compensation=truth(element.get("isForCompensation"), False),
            start_quantity=number(element.get("startQuantity"), 1),
            completion_quantity=number(element.get("completionQuantity"), 1),
            inside=self.scope(element, lanes) if tag in CONTAINERS else None,
            triggered_by_event=truth(element.get("triggeredByEvent"), False),
            instantiate=truth(element.get("instantiate"), False),
            event_gateway_type=element.get("eventGatewayType") or "Exclusive",
            activation=self.child_text(element, "activationCondition"),
            ordering=element.get("ordering") or "Parallel",
            cancel_remaining=truth(element.get("cancelRemainingInstances"), True),
            completion=self.child_text(element, "completionCondition"),
            message=local(element.get("messageRef")) or self.message_of(element, found),
            operation=local(element.get("operationRef")) or None,
            script_format=element.get("scriptFormat"),
            implementation=element.get("implementation"),
            called_element=local(called) if called else None,
            lane=lanes.get(found),
            data_inputs=tuple(self.data_association(child) for child in element.all("dataInputAssociation")),
            data_outputs=tuple(self.data_association(child) for child in element.all("dataOutputAssociation")),
        )

    def message_of(self, element: Element, found: str) -> str | None:
        """Return the message that a receive task of Camunda 7 waits for if it names none: its own id."""
        if camunda7.event_type(element) is not None:
            return registered(element)
        is_implied = element.name == "receiveTask" and self.dialect not in ("camunda8", "spiff")
        return implied_message(found) if is_implied else None

    def work(self, element: Element) -> Work:
        script = element.first("script")
        plain = self.text(script) if script is not None and script.text.strip() else None
        work = zeebe.Extensions(element).work(script=plain)
        work = spiff.work_of(element, self.report, camunda7.work_of(element, self.report, work))
        work = camunda7.received(element, self.report, work)
        return camunda7.foreign_script(element, self.report, work)

    def events(self, element: Element, extensions: zeebe.Extensions) -> Iterator[EventDefinition]:
        for child in element.children:
            if child.namespace != BPMN:
                continue
            if child.name.endswith(_EVENT_DEFINITION) and not self.is_idle(element, child):
                yield self.event(child)
            elif child.name == "eventDefinitionRef" and (found := self.definitions.get(local(child.text.strip()))):
                yield self.event(found)
        if camunda7.event_type(element) is not None:
            yield EventDefinition(EventKind.MESSAGE, element.place, ref=registered(element))

    def is_idle(self, event: Element, definition: Element) -> bool:
        """Tell whether a thrown message is none: Camunda 7 lets a model leave the message out, and sends nothing."""
        return (
            self.dialect in ("camunda7", "flowable")
            and event.name in ("endEvent", "intermediateThrowEvent")
            and definition.name == "messageEventDefinition"
            and not definition.get("messageRef")
        )

    def event(self, element: Element) -> EventDefinition:
        kind = _EVENT_KINDS.get(element.name.removesuffix(_EVENT_DEFINITION), EventKind.NONE)
        timer_kind = next((kind for kind in TimerKind if element.first(kind.value) is not None), None)
        timer = self.child_text(element, timer_kind.value) if timer_kind else None
        if timer is not None and self.dialect in ("camunda7", "flowable"):
            timer_kind, timer = camunda7.moment(element, timer_kind, timer, self.report)
        reference = element.get("name") if kind is EventKind.LINK else element.get(_REFERENCES.get(kind, ""))
        return EventDefinition(
            kind=kind,
            place=element.place,
            id=element.get("id"),
            ref=reference if kind is EventKind.LINK else local(reference) or None,
            timer_kind=timer_kind,
            timer=timer,
            condition=self.child_text(element, "condition") if kind is EventKind.CONDITIONAL else None,
            activity=local(element.get("activityRef")) or None,
            wait=truth(element.get("waitForCompletion"), True),
        )

    def loop(self, element: Element, extensions: zeebe.Extensions) -> Loop | None:
        standard = element.first("standardLoopCharacteristics")
        if standard is not None:
            maximum = standard.get("loopMaximum")
            return Loop(
                standard=True,
                sequential=True,
                condition=self.child_text(standard, "loopCondition"),
                test_before=truth(standard.get("testBefore"), False),
                maximum=number(maximum, 0) if maximum else None,
                place=standard.place,
            )
        multiple = element.first("multiInstanceLoopCharacteristics")
        if multiple is None:
            return None
        collection = extensions.collection(multiple)
        items, item = camunda7.loop_collection(multiple, self.report)
        gathered = camunda7.aggregated(multiple, self.report)
        return Loop(
            standard=False,
            sequential=truth(multiple.get("isSequential"), False),
            cardinality=self.child_text(multiple, "loopCardinality"),
            collection=collection.items or items or named(multiple, "loopDataInputRef"),
            element=collection.element or item or name_of(multiple, "inputDataItem"),
            output_collection=collection.output
            or (gathered[0] if gathered else None)
            or text_of(multiple, "loopDataOutputRef"),
            output_element=collection.output_element
            or (gathered[1] if gathered else None)
            or named_item(multiple, "outputDataItem"),
            completion=self.child_text(multiple, "completionCondition"),
            behavior=multiple.get("behavior") or "All",
            none_event=self.referred(multiple.get("noneBehaviorEventRef")),
            one_event=self.referred(multiple.get("oneBehaviorEventRef")),
            complex=tuple(self.complex_behavior(child) for child in multiple.all("complexBehaviorDefinition")),
            place=multiple.place,
        )

    def complex_behavior(self, element: Element) -> tuple[Text, EventDefinition | None]:
        condition = self.child_text(element, "condition") or Text("", Language.LITERAL, element.place)
        event = element.first("event")
        definitions = list(self.events(event, zeebe.Extensions(event))) if event is not None else []
        return condition, definitions[0] if definitions else None

    def referred(self, reference: str | None) -> EventDefinition | None:
        found = self.definitions.get(local(reference))
        return self.event(found) if found is not None else None

    def data_association(self, element: Element) -> DataAssociation:
        target = text_of(element, "targetRef")
        sources = [local(child.text.strip()) for child in element.all("sourceRef")]
        # Data of an activity without a name is only drawn: no variable is meant.
        is_drawn = any(self.data_names.get(each) == "" for each in (*sources, target or ""))
        return DataAssociation(
            sources=() if is_drawn else tuple(map(self.data_name, sources)),
            target=self.data_name(target) if target else None,
            transformation=self.child_text(element, "transformation"),
            assignments=tuple(
                (before, after)
                for child in element.all("assignment")
                if (before := self.child_text(child, "from")) is not None
                and (after := self.child_text(child, "to")) is not None
            ),
            place=element.place,
        )

    def data_name(self, found: str) -> str:
        """Return the variable of an activity's data input or output: its name; of anything else the id."""
        return self.data_names.get(found) or found

    def child_text(self, element: Element, name: str) -> Text | None:
        """Return the expression in the child ``name``; None: no such child."""
        child = element.first(name)
        return self.text(child) if child is not None else None

    def text(self, element: Element) -> Text:
        language = known_language(element.get("language") or element.get("scriptFormat")) or self.language
        text = written(element, None, language)
        if self.dialect == "spiff":
            return spiff.python(text)
        if self.dialect not in ("camunda7", "flowable"):
            return text
        if element.name in ("condition", "conditionExpression"):
            text = idioms.comparison(text, element.get("language"))
        return idioms.without_calls(text)


def _moved(node: Node, joined: "_Joined", weaving: Weaving) -> Node:
    """Return a node with the flows and the default flow that it has after weaving."""
    default = weaving.defaults.get(node.id, node.default)
    if node.id not in weaving.made:
        return replace(node, default=default) if default != node.default else node
    into, out_of = joined.into.get(node.id, ()), joined.out_of.get(node.id, ())
    return replace(node, incoming=tuple(into), outgoing=tuple(out_of), default=default)


@dataclass(frozen=True, slots=True)
class _Joined:
    """The ids of the flows of a scope, by the node that they lead into and out of."""

    into: Mapping[str, list[str]]
    out_of: Mapping[str, list[str]]

    @classmethod
    def of(cls, flows: Iterable[Flow]) -> "_Joined":
        into: dict[str, list[str]] = {}
        out_of: dict[str, list[str]] = {}
        for flow in flows:
            into.setdefault(flow.target, []).append(flow.id)
            out_of.setdefault(flow.source, []).append(flow.id)
        return cls(into, out_of)
