"""Rules on sequence flows, and on what must and must not be connected."""

from collections.abc import Iterator

from engine.bpmn.rules.document import (
    ACTIVITIES,
    CHOREOGRAPHY,
    FLOW_NODES,
    GATEWAYS,
    SUB_PROCESSES,
    Document,
)
from engine.bpmn.rules.registry import Found, rule, shown
from engine.bpmn.words import local
from engine.findings import Severity
from engine.gate import Element

_CONDITIONAL_GATEWAYS = frozenset(("exclusiveGateway", "inclusiveGateway", "complexGateway"))


@rule(
    "flow-ends",
    "Diharapkan aliran urutan menghubungkan dua langkah",
    "Expected a sequence flow to connect two steps",
    "8.4.13",
)
def _ends(document: Document) -> Iterator[Found]:
    for flow in document.named("sequenceFlow"):
        for name in ("sourceRef", "targetRef"):
            found = document.find(flow.get(name))
            if found is None or found.name not in FLOW_NODES:
                yield flow, f"{name} {flow.get(name)!r}", f"{name} {flow.get(name)!r}"


@rule(
    "flow-scope",
    "Diharapkan aliran urutan tetap di dalam satu proses atau sub-proses",
    "Expected a sequence flow to stay inside one process or sub-process",
    "8.4.13",
)
def _scope(document: Document) -> Iterator[Found]:
    for flow in document.named("sequenceFlow"):
        source, target = document.find(flow.get("sourceRef")), document.find(flow.get("targetRef"))
        if source is None or target is None:
            continue
        if document.parent(source) is not document.parent(target):
            text = f"{shown(source)} → {shown(target)}"
            yield flow, text, text


@rule(
    "flow-immediate",
    "Diharapkan isImmediate bukan false di proses yang dapat dijalankan",
    "Expected isImmediate not to be false in an executable process",
    "8.4.13, table 8.60",
)
def _immediate(document: Document) -> Iterator[Found]:
    for flow in document.named("sequenceFlow"):
        process = document.process_of(flow)
        if flow.get("isImmediate") == "false" and process is not None and process.get("processType") != "Public":
            yield flow, "isImmediate=false", "isImmediate=false"


@rule(
    "condition-lonely",
    "Diharapkan aliran bersyarat dari sebuah kegiatan tidak sendirian",
    "Expected a conditional flow that leaves an activity not to be its only flow",
    "8.4.13",
)
def _lonely(document: Document) -> Iterator[Found]:
    for node in document.among(ACTIVITIES):
        leaving = document.out_of(node)
        if len(leaving) == 1 and leaving[0].first("conditionExpression") is not None:
            yield leaving[0], "hanya satu aliran, dengan syarat", "only one flow, with a condition"


@rule(
    "condition-place",
    "Diharapkan syarat hanya pada aliran dari kegiatan atau gerbang eksklusif, inklusif, kompleks",
    "Expected conditions only on flows from activities and from exclusive, inclusive or complex gateways",
    "8.4.13",
)
def _condition_place(document: Document) -> Iterator[Found]:
    for flow in document.named("sequenceFlow"):
        source = document.find(flow.get("sourceRef"))
        if flow.first("conditionExpression") is None or source is None:
            continue
        if source.name in ACTIVITIES or source.name in _CONDITIONAL_GATEWAYS or source.name in CHOREOGRAPHY:
            continue
        if source.name == "parallelGateway":
            continue  # condition-ignored says that it has no effect
        yield flow, f"syarat setelah {shown(source)}", f"a condition after {shown(source)}"


@rule(
    "condition-empty",
    "Diharapkan syarat berisi ekspresi",
    "Expected a condition to hold an expression",
    "8.4.13, 10.4.2",
)
def _condition_empty(document: Document) -> Iterator[Found]:
    for element in document.named("conditionExpression"):
        if not element.text.strip():
            yield document.parent(element), "syarat kosong", "an empty condition"


@rule(
    "condition-missing",
    "Diharapkan setiap aliran keluar dari gerbang bercabang bersyarat atau menjadi default",
    "Expected every flow out of a deciding gateway to have a condition or be the default",
    "10.6.2, 10.6.3",
)
def _condition_missing(document: Document) -> Iterator[Found]:
    for node in document.named("exclusiveGateway", "inclusiveGateway"):
        leaving = document.out_of(node)
        if len(leaving) < 2:
            continue
        for flow in leaving:
            if flow.first("conditionExpression") is None and flow.get("id") != node.get("default"):
                yield flow, "tanpa syarat dan bukan default", "neither a condition nor the default"


@rule(
    "default-condition",
    "Diharapkan aliran default tanpa syarat",
    "Expected the default flow to have no condition",
    "8.4.13",
)
def _default_condition(document: Document) -> Iterator[Found]:
    for node in document.elements:
        flow = document.find(node.get("default")) if node.get("default") else None
        if flow is not None and flow.first("conditionExpression") is not None:
            yield flow, "syarat pada default", "a condition on the default"


@rule(
    "default-own",
    "Diharapkan aliran default keluar dari langkah itu sendiri",
    "Expected the default flow to leave the step itself",
    "8.4.13",
)
def _default_own(document: Document) -> Iterator[Found]:
    for node in document.elements:
        if node.get("default") and document.find(node.get("default")) not in document.out_of(node):
            yield node, f"default {node.get('default')}", f"default {node.get('default')}"


@rule(
    "start-incoming",
    "Diharapkan tidak ada aliran masuk ke peristiwa mulai",
    "Expected no flow into a start event",
    "10.5.2",
)
def _start_incoming(document: Document) -> Iterator[Found]:
    for event in document.named("startEvent"):
        for flow in document.into(event):
            yield event, shown(flow), shown(flow)


@rule(
    "end-outgoing",
    "Diharapkan tidak ada aliran keluar dari peristiwa akhir",
    "Expected no flow out of an end event",
    "10.5.3",
)
def _end_outgoing(document: Document) -> Iterator[Found]:
    for event in document.named("endEvent"):
        for flow in document.out_of(event):
            yield event, shown(flow), shown(flow)


@rule(
    "boundary-incoming",
    "Diharapkan tidak ada aliran masuk ke peristiwa batas",
    "Expected no flow into a boundary event",
    "10.5.4",
)
def _boundary_incoming(document: Document) -> Iterator[Found]:
    for event in document.named("boundaryEvent"):
        for flow in document.into(event):
            yield event, shown(flow), shown(flow)


@rule(
    "boundary-outgoing",
    "Diharapkan tepat satu jalan keluar dari peristiwa batas (kompensasi: tidak ada)",
    "Expected exactly one way out of a boundary event (compensation: none)",
    "10.5.4",
)
def _boundary_outgoing(document: Document) -> Iterator[Found]:
    for event in document.named("boundaryEvent"):
        compensates = any(each.name == "compensateEventDefinition" for each in document.definitions_of(event))
        leaving = len(document.out_of(event))
        if compensates and leaving:
            yield event, f"{leaving} aliran", f"{leaving} flows"
        if not compensates and not leaving:
            yield event, "tidak ada aliran", "no flow"


@rule(
    "event-flow",
    "Diharapkan peristiwa antara memiliki aliran masuk dan keluar",
    "Expected an intermediate event to have flows in and out",
    "10.5.4",
)
def _intermediate(document: Document) -> Iterator[Found]:
    for event in document.named("intermediateCatchEvent", "intermediateThrowEvent"):
        links = any(each.name == "linkEventDefinition" for each in document.definitions_of(event))
        catches = event.name == "intermediateCatchEvent"
        if not document.into(event) and not (links and catches):
            if catches and not links and _is_free_standing(document, event):
                continue
            yield event, "tidak ada aliran masuk", "no flow in"
        if not document.out_of(event) and not (links and not catches):
            yield event, "tidak ada aliran keluar", "no flow out"


def _is_free_standing(document: Document, event: Element) -> bool:
    return document.parent(event).name == "adHocSubProcess"


@rule(
    "link-flow",
    "Diharapkan tidak ada aliran masuk ke tautan yang menangkap dan keluar dari tautan yang melempar",
    "Expected no flow into a catching link and none out of a throwing link",
    "10.5.4",
)
def _link(document: Document) -> Iterator[Found]:
    for event in document.named("intermediateCatchEvent", "intermediateThrowEvent"):
        if not any(each.name == "linkEventDefinition" for each in document.definitions_of(event)):
            continue
        wrong = document.into(event) if event.name == "intermediateCatchEvent" else document.out_of(event)
        for flow in wrong:
            yield event, shown(flow), shown(flow)


@rule(
    "connected",
    "Diharapkan langkah terhubung: proses memiliki peristiwa mulai dan akhir",
    "Expected a step to be connected: the process has start and end events",
    "10.5.2, 10.5.3",
)
def _connected(document: Document) -> Iterator[Found]:
    for scope in document.named("process", "subProcess", "transaction"):
        starts, ends = list(scope.all("startEvent")), list(scope.all("endEvent"))
        for node in scope.children:
            if node.name not in ACTIVITIES | GATEWAYS or _needs_no_flow(document, node):
                continue
            if starts and not document.into(node):
                yield node, "tidak ada aliran masuk", "no flow in"
            if ends and not document.out_of(node):
                yield node, "tidak ada aliran keluar", "no flow out"


def _needs_no_flow(document: Document, node: Element) -> bool:
    if node.get("isForCompensation") == "true" or document.is_event_sub_process(node):
        return True
    return node.get("instantiate") == "true"


@rule(
    "start-outgoing",
    "Diharapkan aliran keluar dari peristiwa mulai",
    "Expected a flow out of a start event",
    "10.5.2",
)
def _start_outgoing(document: Document) -> Iterator[Found]:
    for event in document.named("startEvent"):
        if not document.out_of(event):
            yield event, "tidak ada", "none"


@rule(
    "end-incoming",
    "Diharapkan aliran masuk ke peristiwa akhir",
    "Expected a flow into an end event",
    "10.5.3",
)
def _end_incoming(document: Document) -> Iterator[Found]:
    for event in document.named("endEvent"):
        if not document.into(event):
            yield event, "tidak ada", "none"


@rule(
    "both-ends",
    "Diharapkan peristiwa mulai dan akhir bersama-sama, atau tidak keduanya",
    "Expected start and end events together, or neither",
    "10.5.2, 10.5.3",
)
def _both_ends(document: Document) -> Iterator[Found]:
    for scope in document.named("process", *SUB_PROCESSES):
        starts, ends = list(scope.all("startEvent")), list(scope.all("endEvent"))
        instantiates = any(child.get("instantiate") == "true" for child in scope.children)
        if starts and not ends:
            yield starts[0], "mulai tanpa akhir", "a start without an end"
        if ends and not starts and not instantiates:
            yield ends[0], "akhir tanpa mulai", "an end without a start"


@rule(
    "condition-ignored",
    "Diharapkan aliran dari gerbang paralel tanpa syarat",
    "Expected flows out of a parallel gateway to have no condition",
    "10.6.4",
    Severity.WARNING,
)
def _ignored(document: Document) -> Iterator[Found]:
    for gateway in document.named("parallelGateway"):
        for flow in document.out_of(gateway):
            if flow.first("conditionExpression") is not None:
                yield flow, "syarat, yang tidak berpengaruh", "a condition, which has no effect"


@rule(
    "formal-expression",
    "Diharapkan ekspresi formal (xsi:type tFormalExpression) di proses yang dapat dijalankan",
    "Expected a formal expression (xsi:type tFormalExpression) in an executable process",
    "10.4.2, 8.4.6",
)
def _formal(document: Document) -> Iterator[Found]:
    names = (
        "conditionExpression timeDate timeDuration timeCycle loopCondition completionCondition activationCondition "
        "loopCardinality from to condition"
    )
    for element in document.named(*names.split()):
        process = document.process_of(element)
        kind = element.get("type", "http://www.w3.org/2001/XMLSchema-instance")
        executable = process is not None and process.get("isExecutable") == "true"
        if kind is None and (element.name == "conditionExpression" or _is_formal_by_schema(document, element)):
            continue
        if executable and element.text.strip() and local(kind) != "tFormalExpression":
            yield document.parent(element), f"{element.name} tanpa tipe", f"a {element.name} without it"


def _is_formal_by_schema(document: Document, element: Element) -> bool:
    """Tell whether BPMN's schema knows no other type here. (Conditions on flows are let pass: tools omit it there.)"""
    return element.name == "condition" and document.parent(element).name == "complexBehaviorDefinition"
