"""Rules on sequence flows, and on what must and must not be connected."""

from collections.abc import Iterator

from engine.bpmn.rules.document import (
    ACTIVITIES,
    FLOW_NODES,
    GATEWAYS,
    SUB_PROCESSES,
    Document,
)
from engine.bpmn.rules.registry import Found, rule, shown
from engine.bpmn.words import local
from engine.findings import Severity
from engine.gate import Element


@rule(
    "flow-ends",
    "Diharapkan aliran urutan menghubungkan dua langkah",
    "Expected a sequence flow to connect two steps",
    "8.4.13",
    mend=(
        "Sambungkan aliran dengan langkah di kedua ujungnya, atau hapus.",
        "Connect the flow with a step at both ends, or remove it.",
    ),
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
    mend=(
        "Sambungkan langkah di tingkat yang sama; antara kolam pakai aliran pesan.",
        "Connect steps on the same level; between pools use a message flow.",
    ),
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
    mend=(
        'Hapus isImmediate="false".',
        'Remove isImmediate="false".',
    ),
    in_dialects=Severity.WARNING,
)
def _immediate(document: Document) -> Iterator[Found]:
    for flow in document.named("sequenceFlow"):
        process = document.process_of(flow)
        if flow.get("isImmediate") == "false" and process is not None and process.get("processType") != "Public":
            yield flow, "isImmediate=false", "isImmediate=false"


@rule(
    "start-incoming",
    "Diharapkan tidak ada aliran masuk ke peristiwa mulai",
    "Expected no flow into a start event",
    "10.5.2",
    mend=(
        "Arahkan aliran itu ke langkah sesudah peristiwa mulai.",
        "Lead the flow to the step after the start event.",
    ),
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
    mend=(
        "Hapus aliran itu, atau ganti peristiwa akhir dengan peristiwa antara.",
        "Remove the flow, or replace the end event by an intermediate event.",
    ),
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
    mend=(
        "Hapus aliran itu: peristiwa batas dimulai oleh pemicunya.",
        "Remove the flow: a boundary event is started by its trigger.",
    ),
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
    mend=(
        "Hubungkan peristiwa batas dengan langkah berikutnya; kompensasi dengan asosiasi.",
        "Connect the boundary event with the next step; compensation by an association.",
    ),
    in_dialects=Severity.WARNING,
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
    mend=(
        "Hubungkan peristiwa ini dengan langkah sebelum dan sesudahnya.",
        "Connect the event with the steps before and after it.",
    ),
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
    mend=(
        "Hapus aliran itu: tautan menggantikannya.",
        "Remove the flow: the link stands in for it.",
    ),
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
    mend=(
        "Hubungkan langkah ini dengan yang sebelum dan sesudahnya, atau hapus.",
        "Connect the step with those before and after it, or remove it.",
    ),
    in_dialects=Severity.WARNING,
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
    mend=(
        "Hubungkan peristiwa mulai dengan langkah pertama.",
        "Connect the start event with the first step.",
    ),
    in_dialects=Severity.WARNING,
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
    mend=(
        "Hubungkan langkah terakhir dengan peristiwa akhir, atau hapus.",
        "Connect the last step with the end event, or remove it.",
    ),
    in_dialects=Severity.WARNING,
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
    mend=(
        "Tambahkan peristiwa mulai atau akhir yang tidak ada.",
        "Add the start or end event that is missing.",
    ),
    in_dialects=Severity.WARNING,
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
    "flow-listed",
    "Diharapkan incoming dan outgoing menyebut aliran yang ada, jika prosesnya menyebutnya",
    "Expected incoming and outgoing to list the flows that there are, where a process lists them",
    "8.4.13",
    mend=(
        "Simpan ulang model dari alat pemodelan, atau samakan daftar itu.",
        "Save the model again from the modelling tool, or correct the lists.",
    ),
    in_dialects=Severity.WARNING,
)
def _listed(document: Document) -> Iterator[Found]:
    lists = {id(document.process_of(each)) for each in document.named("incoming", "outgoing")}
    for node in document.among(FLOW_NODES):
        if id(document.process_of(node)) not in lists:
            continue
        for name, flows in (("incoming", document.into(node)), ("outgoing", document.out_of(node))):
            listed = {local(child.text) for child in node.all(name)}
            there = {flow.get("id") or "" for flow in flows}
            if listed != there:
                odd = ", ".join(sorted(listed ^ there))
                yield node, f"{name} {odd}", f"{name} {odd}"
