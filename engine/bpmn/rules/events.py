"""Rules on events: which definitions each may carry, and what these must say."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ACTIVITIES, EVENTS, SUB_PROCESSES, Document
from engine.bpmn.rules.registry import Found, rule, shown
from engine.bpmn.words import BPMN, FLOWABLE, local
from engine.findings import Severity
from engine.gate import Element

_SUFFIX = "EventDefinition"
# BPMN 2.0.2, table 10.93: which kinds each position may have.
_TOP_START = frozenset(("message", "timer", "conditional", "signal"))
_EVENT_SUB_START = frozenset(("message", "timer", "conditional", "signal", "error", "escalation", "compensate"))
_CATCH = frozenset(("message", "timer", "conditional", "signal", "link"))
_BOUNDARY = frozenset(("message", "timer", "conditional", "signal", "error", "escalation", "cancel", "compensate"))
_BOUNDARY_NOT_INTERRUPTING = frozenset(("message", "timer", "conditional", "signal", "escalation"))
_THROW = frozenset(("message", "signal", "escalation", "compensate", "link"))
_END = frozenset(("message", "signal", "escalation", "compensate", "error", "cancel", "terminate"))
_ALWAYS_INTERRUPTING = frozenset(("error", "cancel", "compensate"))
_REFERENCES = {
    "messageEventDefinition": ("messageRef", "message"),
    "signalEventDefinition": ("signalRef", "signal"),
    "errorEventDefinition": ("errorRef", "error"),
    "escalationEventDefinition": ("escalationRef", "escalation"),
}


def kinds(document: Document, event: Element) -> list[str]:
    """Return the kinds of an event's definitions, such as ``message``."""
    found = [each.name.removesuffix(_SUFFIX) for each in document.definitions_of(event)]
    return found or (["message"] if _is_registered(event) else [])


def _is_registered(event: Element) -> bool:
    """Tell whether Flowable's event registry brings an event: the reader makes a message of it."""
    holder = event.first("extensionElements", BPMN)
    return holder is not None and holder.first("eventType", FLOWABLE) is not None


def _allowed(document: Document, event: Element) -> frozenset[str]:
    if event.name == "startEvent":
        return _EVENT_SUB_START if document.is_event_sub_process(document.parent(event)) else _TOP_START
    if event.name == "boundaryEvent":
        return _BOUNDARY_NOT_INTERRUPTING if event.get("cancelActivity") == "false" else _BOUNDARY
    return {"intermediateCatchEvent": _CATCH, "endEvent": _END}.get(event.name, _THROW)


@rule(
    "event-kind",
    "Diharapkan jenis peristiwa yang diizinkan di tempat ini",
    "Expected a kind of event that is allowed in this place",
    "10.5.5, table 10.93",
    mend=(
        "Ganti definisi peristiwa dengan jenis yang diizinkan di sini.",
        "Replace the event definition with a kind that is allowed here.",
    ),
)
def _kinds(document: Document) -> Iterator[Found]:
    for event in document.among(EVENTS):
        inside = event.name == "startEvent" and document.parent(event).name in SUB_PROCESSES
        if inside and not document.is_event_sub_process(document.parent(event)):
            continue  # start-in-sub-process says more
        for kind in kinds(document, event):
            if kind not in _allowed(document, event):
                yield event, kind, kind


@rule(
    "event-none",
    "Diharapkan peristiwa ini memiliki definisi",
    "Expected this event to have a definition",
    "10.5.4",
    mend=(
        "Beri peristiwa ini sebuah definisi, misalnya pesan atau pengatur waktu.",
        "Give the event a definition, for example a message or a timer.",
    ),
)
def _none(document: Document) -> Iterator[Found]:
    for event in document.named("intermediateCatchEvent", "boundaryEvent"):
        if not kinds(document, event):
            yield event, "tidak ada", "none"


@rule(
    "start-in-sub-process",
    "Diharapkan sub-proses dimulai oleh peristiwa tanpa definisi",
    "Expected a sub-process to begin with a start event without definition",
    "10.5.2",
    mend=(
        "Hapus definisi dari peristiwa mulai, atau jadikan sub-proses peristiwa (triggeredByEvent).",
        "Remove the definition from the start event, or make it an event sub-process (triggeredByEvent).",
    ),
)
def _sub_process_start(document: Document) -> Iterator[Found]:
    for scope in document.among(SUB_PROCESSES):
        if document.is_event_sub_process(scope):
            continue
        for event in scope.all("startEvent"):
            for kind in kinds(document, event):
                yield event, kind, kind


@rule(
    "event-sub-process-start",
    "Diharapkan tepat satu peristiwa mulai dengan definisi di sub-proses peristiwa",
    "Expected exactly one start event with a definition in an event sub-process",
    "10.5.2, 10.3.5",
    mend=(
        "Sisakan satu peristiwa mulai dan beri pemicu.",
        "Keep one start event and give it a trigger.",
    ),
)
def _event_sub_process(document: Document) -> Iterator[Found]:
    for scope in document.named("subProcess"):
        if not document.is_event_sub_process(scope):
            continue
        starts = list(scope.all("startEvent"))
        if len(starts) != 1:
            yield scope, f"{len(starts)} peristiwa mulai", f"{len(starts)} start events"
        elif not kinds(document, starts[0]):
            yield starts[0], "tanpa definisi", "none"


@rule(
    "event-sub-process-interrupting",
    "Diharapkan kesalahan dan kompensasi selalu menyela",
    "Expected errors and compensation always to interrupt",
    "10.5.2, table 10.86",
    mend=(
        'Hapus isInterrupting="false" dari peristiwa mulai.',
        'Remove isInterrupting="false" from the start event.',
    ),
)
def _event_sub_process_interrupting(document: Document) -> Iterator[Found]:
    for event in document.named("startEvent"):
        if event.get("isInterrupting") == "false":
            for kind in _ALWAYS_INTERRUPTING.intersection(kinds(document, event)):
                yield event, f"{kind}, tidak menyela", f"{kind}, not interrupting"


@rule(
    "event-sub-process-flow",
    "Diharapkan sub-proses peristiwa tanpa aliran masuk dan keluar",
    "Expected an event sub-process without flows in and out",
    "10.3.5",
    mend=(
        "Hapus aliran ke dan dari sub-proses peristiwa: ia dimulai oleh pemicunya.",
        "Remove the flows to and from the event sub-process: its trigger starts it.",
    ),
)
def _event_sub_process_flow(document: Document) -> Iterator[Found]:
    for scope in document.named("subProcess"):
        if document.is_event_sub_process(scope):
            for flow in (*document.into(scope), *document.out_of(scope)):
                yield scope, shown(flow), shown(flow)


@rule(
    "sub-process-starts",
    "Diharapkan paling banyak satu peristiwa mulai di sub-proses",
    "Expected at most one start event in a sub-process",
    "10.3.5, 10.5.2",
    mend=(
        "Gabungkan peristiwa mulai menjadi satu.",
        "Join the start events into one.",
    ),
)
def _sub_process_starts(document: Document) -> Iterator[Found]:
    for scope in document.among(SUB_PROCESSES):
        starts = len(list(scope.all("startEvent")))
        if starts > 1 and not document.is_event_sub_process(scope):
            yield scope, f"{starts}", f"{starts}"


@rule(
    "boundary-host",
    "Diharapkan peristiwa batas menempel pada sebuah kegiatan",
    "Expected a boundary event to be attached to an activity",
    "10.5.4",
    mend=(
        "Tempelkan peristiwa pada kegiatan di tingkat yang sama.",
        "Attach the event to an activity on the same level.",
    ),
)
def _boundary_host(document: Document) -> Iterator[Found]:
    for event in document.named("boundaryEvent"):
        host = document.find(event.get("attachedToRef"))
        if host is None or host.name not in ACTIVITIES or document.parent(host) is not document.parent(event):
            yield event, shown(host), shown(host)


@rule(
    "cancel-place",
    "Diharapkan pembatalan hanya pada transaksi",
    "Expected cancel events only in and on a transaction",
    "10.5.4, 10.3.5",
    mend=(
        "Jadikan sub-proses sebuah transaksi, atau pakai jenis peristiwa lain.",
        "Make the sub-process a transaction, or use another kind of event.",
    ),
)
def _cancel(document: Document) -> Iterator[Found]:
    for event in document.named("boundaryEvent", "endEvent"):
        if "cancel" not in kinds(document, event):
            continue
        around = document.parent(event)
        place = document.find(event.get("attachedToRef")) if event.name == "boundaryEvent" else around
        while event.name == "endEvent" and place is not None and place.name in ("subProcess", "adHocSubProcess"):
            place = document.parent(place)
        if place is None or place.name != "transaction":
            yield event, shown(place), shown(place)


@rule(
    "event-reference",
    "Diharapkan definisi menyebut pesan, sinyal, kesalahan atau eskalasinya",
    "Expected the definition to name its message, signal, error or escalation",
    "10.5.5",
    mend=(
        "Pilih pesan, sinyal, kesalahan atau eskalasi untuk peristiwa ini.",
        "Choose the message, signal, error or escalation of this event.",
    ),
)
def _named(document: Document) -> Iterator[Found]:
    for definition in document.among(frozenset(_REFERENCES)):
        attribute, noun = _REFERENCES[definition.name]
        holder = document.parent(definition)
        throws = holder.name in ("endEvent", "intermediateThrowEvent")
        optional = definition.name in ("errorEventDefinition", "escalationEventDefinition") and not throws
        is_job = any(key.startswith("{") for key in definition.attributes)  # Camunda 7 lets code send a message.
        is_idle = throws and noun == "message" and not document.is_plain  # message-nothing speaks of it.
        if not definition.get(attribute) and not optional and not is_job and not is_idle and holder.name in EVENTS:
            yield holder, f"{noun} tidak disebut", f"no {noun}"


@rule(
    "message-nothing",
    "Diharapkan peristiwa pesan yang melempar menyebut pesannya",
    "Expected a throwing message event to name its message",
    "10.5.5, table 10.92",
    mend=(
        "Pilih pesan yang dikirim, atau pakai peristiwa tanpa definisi.",
        "Choose the message that is sent, or use an event without a definition.",
    ),
    in_dialects=Severity.WARNING,
)
def _nothing(document: Document) -> Iterator[Found]:
    if document.is_plain:
        return  # event-reference speaks of it.
    for definition in document.named("messageEventDefinition"):
        holder = document.parent(definition)
        is_job = any(key.startswith("{") for key in definition.attributes)
        if holder.name in ("endEvent", "intermediateThrowEvent") and not definition.get("messageRef") and not is_job:
            yield holder, "tidak ada: tidak mengirim apa-apa", "none: it sends nothing"


@rule(
    "code-required",
    "Diharapkan kode pada kesalahan dan eskalasi yang dilempar",
    "Expected a code on an error or escalation that is thrown",
    "8.4.2, 8.4.3",
    mend=(
        "Beri kesalahan atau eskalasi itu sebuah kode.",
        "Give the error or escalation a code.",
    ),
)
def _codes(document: Document) -> Iterator[Found]:
    for event in document.named("endEvent", "intermediateThrowEvent"):
        for definition in document.definitions_of(event):
            attribute = {"errorEventDefinition": "errorRef", "escalationEventDefinition": "escalationRef"}.get(
                definition.name
            )
            declared = document.find(definition.get(attribute)) if attribute else None
            if declared is not None and not (declared.get("errorCode") or declared.get("escalationCode")):
                yield event, f"{shown(declared)} tanpa kode", f"{shown(declared)} without one"


@rule(
    "timer-one",
    "Diharapkan tepat satu dari timeDate, timeDuration, timeCycle, dengan isi",
    "Expected exactly one of timeDate, timeDuration and timeCycle, with content",
    "10.5.5, table 10.101",
    mend=(
        "Isi tepat satu: tanggal, durasi, atau siklus, misalnya P10D.",
        "Fill in exactly one of date, duration and cycle, for example P10D.",
    ),
)
def _timers(document: Document) -> Iterator[Found]:
    for definition in document.named("timerEventDefinition"):
        holder = document.parent(definition)
        found = [child for child in definition.children if child.name in ("timeDate", "timeDuration", "timeCycle")]
        filled = [child for child in found if child.text.strip()]
        if len(found) != 1 or len(filled) != 1:
            where = holder if holder.name in EVENTS else definition
            yield where, f"{len(filled)} yang berisi dari {len(found)}", f"{len(filled)} with content of {len(found)}"


@rule(
    "conditional-condition",
    "Diharapkan peristiwa bersyarat memiliki syarat",
    "Expected a conditional event to have a condition",
    "10.5.5",
    mend=(
        "Tulis syaratnya sebagai ekspresi, misalnya =jumlah > 3.",
        "Write the condition as an expression, for example =amount > 3.",
    ),
)
def _conditional(document: Document) -> Iterator[Found]:
    for definition in document.named("conditionalEventDefinition"):
        condition = definition.first("condition")
        if condition is None or not condition.text.strip():
            yield document.parent(definition), "tidak ada", "none"


@rule(
    "link-name",
    "Diharapkan tautan bernama, dan satu penangkap untuk setiap nama di tingkat yang sama",
    "Expected a link to have a name, and one catching link for each name on the same level",
    "10.5.4",
    mend=(
        "Beri tautan yang melempar dan yang menangkap nama yang sama.",
        "Give the throwing and the catching link the same name.",
    ),
)
def _links(document: Document) -> Iterator[Found]:
    catching: dict[tuple[int, str], list[Element]] = {}
    throwing: dict[tuple[int, str], list[Element]] = {}
    for event in document.named("intermediateCatchEvent", "intermediateThrowEvent"):
        for definition in document.definitions_of(event):
            if definition.name != "linkEventDefinition":
                continue
            if not definition.get("name"):
                yield event, "tanpa nama", "no name"
                continue
            side = catching if event.name == "intermediateCatchEvent" else throwing
            side.setdefault((id(document.parent(event)), definition.get("name") or ""), []).append(event)
    for key, events in throwing.items():
        if key not in catching:
            yield events[0], f"tidak ada penangkap {key[1]!r}", f"nobody catches {key[1]!r}"
    for key, events in catching.items():
        if len(events) > 1:
            yield events[1], f"dua penangkap {key[1]!r}", f"two catch {key[1]!r}"
        if key not in throwing:
            yield events[0], f"tidak ada pelempar {key[1]!r}", f"nobody throws {key[1]!r}"


@rule(
    "compensation-handler",
    "Diharapkan peristiwa batas kompensasi terhubung dengan satu kegiatan kompensasi oleh asosiasi",
    "Expected a compensation boundary event to lead by an association to one compensation activity",
    "10.5.4, 10.7",
    mend=(
        'Hubungkan peristiwa dengan satu kegiatan yang isForCompensation="true" lewat asosiasi.',
        'Connect the event by an association with one activity that has isForCompensation="true".',
    ),
)
def _compensation(document: Document) -> Iterator[Found]:
    for event in document.named("boundaryEvent"):
        if "compensate" not in kinds(document, event):
            continue
        handlers = [
            handler
            for association in document.named("association")
            if document.find(association.get("sourceRef")) is event
            and (handler := document.find(association.get("targetRef"))) is not None
        ]
        if len(handlers) > 1:
            yield event, f"{len(handlers)} kegiatan", f"{len(handlers)} activities"
        elif handlers and (handlers[0].name not in ACTIVITIES or handlers[0].get("isForCompensation") != "true"):
            yield event, shown(handlers[0]), shown(handlers[0])


@rule(
    "compensation-unhandled",
    "Diharapkan peristiwa batas kompensasi terhubung dengan kegiatan yang membatalkan",
    "Expected a compensation boundary event to be connected with an activity that undoes",
    "10.5.4, 10.7",
    mend=(
        'Hubungkan peristiwa dengan kegiatan yang isForCompensation="true" lewat asosiasi.',
        'Connect the event by an association with an activity that has isForCompensation="true".',
    ),
    in_dialects=Severity.WARNING,
)
def _unhandled(document: Document) -> Iterator[Found]:
    leading = {
        local(each.get("sourceRef")) for each in document.named("association") if document.find(each.get("targetRef"))
    }
    for event in document.named("boundaryEvent"):
        if "compensate" in kinds(document, event) and event.get("id") not in leading:
            yield event, "tidak ada kegiatan", "no activity"


@rule(
    "compensation-reference",
    "Diharapkan kompensasi menunjuk kegiatan di lingkup yang sama",
    "Expected compensation to refer to an activity of the same scope",
    "10.5.5, 10.7",
    mend=(
        "Pilih kegiatan di lingkup yang sama, atau kosongkan activityRef.",
        "Choose an activity of the same scope, or leave activityRef out.",
    ),
)
def _compensation_reference(document: Document) -> Iterator[Found]:
    for definition in document.named("compensateEventDefinition"):
        if not definition.get("activityRef"):
            continue
        activity = document.find(definition.get("activityRef"))
        event = document.parent(definition)
        scope = document.parent(event)
        reachable = {id(scope), id(document.parent(scope)) if document.is_event_sub_process(scope) else id(scope)}
        if activity is None or activity.name not in ACTIVITIES or id(document.parent(activity)) not in reachable:
            yield event, shown(activity), shown(activity)


@rule(
    "event-multiple-data",
    "Diharapkan setiap definisi peristiwa dengan data memiliki data itu",
    "Expected the data of every event definition that has some",
    "10.5.1",
    mend=(
        "Tambahkan dataInput atau dataOutput untuk setiap definisi yang membawa data.",
        "Add a dataInput or dataOutput for every definition that carries data.",
    ),
)
def _data(document: Document) -> Iterator[Found]:
    for event in document.among(EVENTS):
        noun = "dataInput" if event.name in ("endEvent", "intermediateThrowEvent") else "dataOutput"
        definitions = [each for each in document.definitions_of(event) if _item_of(document, each) is not None]
        found = [child for child in event.children if child.name == noun]
        if len(document.definitions_of(event)) > 1:
            if len(found) < len(definitions):
                yield (
                    event,
                    f"{len(found)} {noun} untuk {len(definitions)}",
                    f"{len(found)} {noun} for {len(definitions)}",
                )
        elif definitions and len(found) != 1 and (found or (event.children and _carries(event))):
            yield event, f"{len(found)} {noun}", f"{len(found)} {noun}"


def _carries(event: Element) -> bool:
    """Tell whether an event says anything about data."""
    return any(
        child.name in ("inputSet", "outputSet", "dataInputAssociation", "dataOutputAssociation")
        for child in event.children
    )


def _item_of(document: Document, definition: Element) -> Element | None:
    """Return the item definition of what an event definition carries; None: it carries nothing."""
    found = _REFERENCES.get(definition.name)
    declared = document.find(definition.get(found[0])) if found else None
    if declared is None:
        return None
    return document.find(declared.get("itemRef") or declared.get("structureRef"))
