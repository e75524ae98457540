"""Rules on activities, sub-processes, loops and gateways."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ACTIVITIES, GATEWAYS, SUB_PROCESSES, Document
from engine.bpmn.rules.events import kinds
from engine.bpmn.rules.registry import Found, rule, shown
from engine.findings import Severity
from engine.gate import Element


@rule(
    "loop-one",
    "Diharapkan paling banyak satu penanda pengulangan",
    "Expected at most one loop marker",
    "10.3.8",
)
def _one_loop(document: Document) -> Iterator[Found]:
    for activity in document.among(ACTIVITIES):
        found = [child.name for child in activity.children if child.name.endswith("LoopCharacteristics")]
        if len(found) > 1:
            yield activity, ", ".join(found), ", ".join(found)


@rule(
    "loop-condition",
    "Diharapkan pengulangan biasa memiliki syarat atau batas",
    "Expected a standard loop to have a condition or a maximum",
    "10.3.8",
)
def _loop_condition(document: Document) -> Iterator[Found]:
    for loop in document.named("standardLoopCharacteristics"):
        condition = loop.first("loopCondition")
        if (condition is None and not loop.get("loopMaximum")) or (
            condition is not None and not condition.text.strip()
        ):
            yield document.parent(loop), "tidak ada", "neither"


@rule(
    "loop-maximum",
    "Diharapkan batas pengulangan paling sedikit 0",
    "Expected the maximum of a loop to be at least 0",
    "10.3.8, table 10.28",
)
def _loop_maximum(document: Document) -> Iterator[Found]:
    for loop in document.named("standardLoopCharacteristics"):
        maximum = (loop.get("loopMaximum") or "0").strip()
        if not maximum.isdecimal():
            yield document.parent(loop), f"loopMaximum={maximum!r}", f"loopMaximum={maximum!r}"


@rule(
    "multi-instance-count",
    "Diharapkan multi-instance memiliki tepat satu dari jumlah atau kumpulan data",
    "Expected a multi-instance activity to have exactly one of a cardinality and a collection",
    "10.3.8, table 10.29",
)
def _multi_instance(document: Document) -> Iterator[Found]:
    for loop in document.named("multiInstanceLoopCharacteristics"):
        cardinality, data = loop.first("loopCardinality"), loop.first("loopDataInputRef")
        extended = loop.first("extensionElements") is not None or any("}" in key for key in loop.attributes)
        if cardinality is not None and not cardinality.text.strip():
            yield document.parent(loop), "jumlah kosong", "an empty cardinality"
        elif cardinality is None and data is None and not extended:
            yield document.parent(loop), "tidak ada", "neither"
        elif cardinality is not None and data is not None:
            yield document.parent(loop), "keduanya", "both"


@rule(
    "multi-instance-data",
    "Diharapkan kumpulan data multi-instance menunjuk data yang dapat dibaca kegiatan itu",
    "Expected the collection of a multi-instance activity to be data that the activity can read",
    "10.3.8, table 10.29",
)
def _multi_instance_data(document: Document) -> Iterator[Found]:
    readable = {"dataInput", "dataObject", "dataObjectReference", "property", "dataOutput"}
    for loop in document.named("multiInstanceLoopCharacteristics"):
        for name in ("loopDataInputRef", "loopDataOutputRef"):
            reference = loop.first(name)
            if reference is None:
                continue
            found = document.find(reference.text)
            if found is None or found.name not in readable:
                yield document.parent(loop), f"{name} {reference.text!r}", f"{name} {reference.text!r}"


@rule(
    "multi-instance-behavior",
    "Diharapkan peristiwa yang dibutuhkan oleh behavior",
    "Expected the event that the behavior needs",
    "10.3.8, table 10.29",
)
def _behavior(document: Document) -> Iterator[Found]:
    for loop in document.named("multiInstanceLoopCharacteristics"):
        activity, behavior = document.parent(loop), loop.get("behavior")
        needed = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}.get(behavior or "")
        if needed is not None and not loop.get(needed):
            yield activity, f"behavior={behavior} tanpa {needed}", f"behavior={behavior} without {needed}"
        if behavior == "Complex" and loop.first("complexBehaviorDefinition") is None:
            yield activity, "Complex tanpa complexBehaviorDefinition", "Complex without complexBehaviorDefinition"
    for definition in document.named("complexBehaviorDefinition"):
        condition = definition.first("condition")
        if condition is None or not condition.text.strip():
            yield document.parent(document.parent(definition)), "syarat kosong", "an empty condition"


@rule(
    "expression-empty",
    "Diharapkan ekspresi berisi teks",
    "Expected an expression to hold text",
    "10.4.2",
)
def _expressions(document: Document) -> Iterator[Found]:
    names = ("completionCondition", "activationCondition", "loopCondition", "from", "to", "transformation")
    for element in document.named(*names):
        if not element.text.strip() and not element.children:
            yield document.parent(element), f"{element.name} kosong", f"an empty {element.name}"


@rule(
    "ad-hoc-content",
    "Diharapkan sub-proses ad hoc berisi kegiatan, tanpa peristiwa mulai dan akhir",
    "Expected an ad-hoc sub-process to hold activities, and no start or end events",
    "10.3.5",
)
def _ad_hoc(document: Document) -> Iterator[Found]:
    for scope in document.named("adHocSubProcess"):
        if not any(child.name in ACTIVITIES for child in scope.children):
            yield scope, "tidak ada kegiatan", "no activity"
        for child in scope.children:
            if child.name in ("startEvent", "endEvent"):
                yield child, shown(child), shown(child)


@rule(
    "sub-process-start",
    "Diharapkan sub-proses memiliki peristiwa mulai jika memiliki peristiwa akhir",
    "Expected a sub-process with an end event to have a start event",
    "10.5.3",
)
def _sub_process_start(document: Document) -> Iterator[Found]:
    for scope in document.among(SUB_PROCESSES):
        if scope.name != "adHocSubProcess" and not any(
            child.name in ACTIVITIES | {"startEvent"} for child in scope.children
        ):
            yield scope, "tidak ada langkah", "no steps"


@rule(
    "script-format",
    "Diharapkan scriptFormat bersama script",
    "Expected a scriptFormat together with a script",
    "10.3.3, table 10.12",
    Severity.WARNING,
)
def _script(document: Document) -> Iterator[Found]:
    for task in document.named("scriptTask"):
        script = task.first("script")
        if script is not None and script.text.strip() and not task.get("scriptFormat"):
            yield task, "script tanpa scriptFormat", "a script without a scriptFormat"


@rule(
    "receive-instantiate",
    "Diharapkan tugas terima yang memulai proses tanpa aliran masuk",
    "Expected a receive task that starts the process to have no flow in",
    "10.3.3",
)
def _instantiate(document: Document) -> Iterator[Found]:
    for task in document.named("receiveTask"):
        if task.get("instantiate") == "true" and document.into(task):
            yield task, "aliran masuk", "flows in"


@rule(
    "compensation-activity",
    "Diharapkan kegiatan kompensasi tanpa aliran masuk dan keluar",
    "Expected a compensation activity without flows in and out",
    "10.7",
)
def _compensation_activity(document: Document) -> Iterator[Found]:
    for activity in document.among(ACTIVITIES):
        if activity.get("isForCompensation") == "true" and not document.is_event_sub_process(activity):
            for flow in (*document.into(activity), *document.out_of(activity)):
                yield activity, shown(flow), shown(flow)


@rule(
    "called-element",
    "Diharapkan kegiatan panggilan memanggil proses atau tugas global yang ada",
    "Expected a call activity to call an existing process or global task",
    "10.3.6",
)
def _called(document: Document) -> Iterator[Found]:
    callable_names = {"process", "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask"}
    callable_names.add("globalBusinessRuleTask")
    for activity in document.named("callActivity"):
        called = document.find(activity.get("calledElement"))
        if called is not None and called.name not in callable_names:
            yield activity, shown(called), shown(called)


@rule(
    "called-start",
    "Diharapkan proses yang dipanggil dapat dimulai tanpa pemicu",
    "Expected a called process to start without a trigger",
    "10.3.6, 10.5.2",
)
def _called_start(document: Document) -> Iterator[Found]:
    for activity in document.named("callActivity"):
        called = document.find(activity.get("calledElement"))
        starts = list(called.all("startEvent")) if called is not None and called.name == "process" else []
        if starts and all(kinds(document, start) for start in starts):
            yield activity, f"{shown(starts[0])} menunggu pemicu", f"{shown(starts[0])} waits for a trigger"


@rule(
    "gateway-direction",
    "Diharapkan gatewayDirection sesuai dengan alirannya",
    "Expected gatewayDirection to agree with the flows",
    "10.6.1, table 8.46",
)
def _direction(document: Document) -> Iterator[Found]:
    for gateway in document.among(GATEWAYS):
        into, out = len(document.into(gateway)), len(document.out_of(gateway))
        wrong = {
            "Converging": out > 1 or into < 2,
            "Diverging": into > 1 or out < 2,
            "Mixed": into < 2 or out < 2,
        }.get(gateway.get("gatewayDirection") or "", False)
        if wrong:
            text = f"{gateway.get('gatewayDirection')}, {into} → {out}"
            yield gateway, text, text


@rule(
    "gateway-flows",
    "Diharapkan gerbang bercabang atau bergabung: lebih dari satu aliran masuk atau keluar",
    "Expected a gateway to split or join: more than one flow in or out",
    "10.6.1",
)
def _gateway_flows(document: Document) -> Iterator[Found]:
    for gateway in document.among(GATEWAYS):
        into, out = len(document.into(gateway)), len(document.out_of(gateway))
        if into == 0 and out == 0:
            yield gateway, "tidak ada aliran", "no flows"


@rule(
    "event-gateway",
    "Diharapkan setidaknya dua jalan dari gerbang peristiwa, tanpa syarat, ke peristiwa penangkap atau tugas terima",
    "Expected at least two ways out of an event gateway, without conditions, to catching events or receive tasks",
    "10.6.6",
)
def _event_gateway(document: Document) -> Iterator[Found]:
    allowed = {"message", "signal", "timer", "conditional"}
    for gateway in document.named("eventBasedGateway"):
        leaving = document.out_of(gateway)
        if len(leaving) < 2:
            yield gateway, f"{len(leaving)} jalan", f"{len(leaving)} ways"
        names = set()
        for flow in leaving:
            target = document.find(flow.get("targetRef"))
            if target is None:
                continue
            names.add(target.name)
            found = kinds(document, target)
            is_event = target.name == "intermediateCatchEvent" and bool(found) and allowed.issuperset(found)
            if not is_event and target.name != "receiveTask":
                yield gateway, shown(target), shown(target)
            if target.name == "receiveTask" and _boundaries(document, target):
                yield target, "peristiwa batas", "a boundary event"
            if flow.first("conditionExpression") is not None:
                yield flow, "syarat", "a condition"
            if len(document.into(target)) > 1:
                yield target, "aliran lain masuk", "another flow in"
        if "receiveTask" in names and any("message" in kinds(document, each) for each in _targets(document, gateway)):
            yield gateway, "peristiwa pesan dan tugas terima bersama", "message events together with receive tasks"


@rule(
    "event-gateway-start",
    "Diharapkan gerbang peristiwa yang memulai proses tanpa aliran masuk, dan hanya pesan jika paralel",
    "Expected an event gateway that starts the process to have no flow in, and only messages when parallel",
    "10.6.6",
)
def _event_gateway_start(document: Document) -> Iterator[Found]:
    for gateway in document.named("eventBasedGateway"):
        instantiates = gateway.get("instantiate") == "true"
        if instantiates and document.into(gateway):
            yield gateway, "aliran masuk", "flows in"
        if not instantiates and gateway.get("eventGatewayType") == "Parallel":
            yield gateway, "paralel tanpa instantiate", "parallel without instantiate"
        if not instantiates and not document.into(gateway) and document.parent(gateway).name != "adHocSubProcess":
            yield gateway, "tidak ada aliran masuk dan tanpa instantiate", "no flow in and no instantiate"


@rule(
    "complex-gateway",
    "Diharapkan gerbang kompleks yang bergabung memiliki activationCondition",
    "Expected a joining complex gateway to have an activationCondition",
    "10.6.5",
)
def _complex(document: Document) -> Iterator[Found]:
    for gateway in document.named("complexGateway"):
        condition = gateway.first("activationCondition")
        if len(document.into(gateway)) > 1 and (condition is None or not condition.text.strip()):
            yield gateway, "tidak ada", "none"


def _boundaries(document: Document, activity: Element) -> list[Element]:
    return [event for event in document.named("boundaryEvent") if document.find(event.get("attachedToRef")) is activity]


def _targets(document: Document, gateway: Element) -> list[Element]:
    found = (document.find(flow.get("targetRef")) for flow in document.out_of(gateway))
    return [target for target in found if target is not None and target.name == "intermediateCatchEvent"]
