"""Rules on pools, message flows, lanes, and on what Alur does not draw: conversations and choreographies."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ACTIVITIES, CATCHING, CHOREOGRAPHY, EVENTS, Document
from engine.bpmn.rules.events import kinds
from engine.bpmn.rules.registry import Found, rule, shown
from engine.gate import Element


@rule(
    "choreography",
    "Diharapkan proses yang dapat dijalankan, bukan koreografi atau percakapan",
    "Expected processes, not choreographies or conversations",
    "2.1",
    mend=(
        "Ungkapkan sebagai proses dalam kolam dengan aliran pesan.",
        "Say it with processes in pools and with message flows.",
    ),
)
def _choreography(document: Document) -> Iterator[Found]:
    names = CHOREOGRAPHY | {"choreography", "globalChoreographyTask", "globalConversation", "subConversation"}
    for element in document.among(names):
        yield element, shown(element), shown(element)


@rule(
    "multiplicity",
    "Diharapkan minimum paling banyak sama dengan maximum",
    "Expected the minimum to be at most the maximum",
    "9.3, table 9.5",
    mend=(
        "Tulis minimum yang tidak lebih besar dari maximum, dan maximum paling sedikit 1.",
        "Write a minimum that is not above the maximum, and a maximum of at least 1.",
    ),
)
def _multiplicity(document: Document) -> Iterator[Found]:
    for element in document.named("participantMultiplicity"):
        low, high = element.get("minimum") or "0", element.get("maximum") or "1"
        if not (low.isdigit() and high.isdigit()) or int(low) > int(high) or int(high) < 1:
            yield document.parent(element), f"{low}..{high}", f"{low}..{high}"


@rule(
    "message-flow-ends",
    "Diharapkan aliran pesan menghubungkan kolam, kegiatan atau peristiwa pesan dari dua kolam",
    "Expected a message flow to connect pools, activities or message events of two pools",
    "9.4",
    mend=(
        "Tarik aliran pesan antara dua kolam yang berbeda.",
        "Draw the message flow between two different pools.",
    ),
)
def _message_flows(document: Document) -> Iterator[Found]:
    for flow in document.named("messageFlow"):
        ends = [document.find(flow.get(name)) for name in ("sourceRef", "targetRef")]
        for found in ends:
            if found is None or not (found.name == "participant" or found.name in ACTIVITIES or found.name in EVENTS):
                yield flow, shown(found), shown(found)
        pools = [_pool(document, found) for found in ends if found is not None]
        if len(pools) == 2 and pools[0] is not None and pools[0] is pools[1]:
            yield flow, f"keduanya di {shown(pools[0])}", f"both in {shown(pools[0])}"


@rule(
    "message-flow-event",
    "Diharapkan aliran pesan keluar dari peristiwa yang melempar dan masuk ke yang menangkap pesan",
    "Expected message flows to leave throwing and enter catching message events",
    "9.4, 10.5",
    mend=(
        "Pakai peristiwa pesan yang melempar sebagai sumber dan yang menangkap sebagai tujuan.",
        "Use a throwing message event as source and a catching one as target.",
    ),
)
def _message_events(document: Document) -> Iterator[Found]:
    for flow in document.named("messageFlow"):
        source, target = document.find(flow.get("sourceRef")), document.find(flow.get("targetRef"))
        if source is not None and source.name in EVENTS and not _sends(document, source):
            yield flow, f"sumber {shown(source)}", f"source {shown(source)}"
        if target is not None and target.name in EVENTS and not _receives(document, target):
            yield flow, f"tujuan {shown(target)}", f"target {shown(target)}"


def _sends(document: Document, event: Element) -> bool:
    return event.name in ("endEvent", "intermediateThrowEvent") and "message" in kinds(document, event)


def _receives(document: Document, event: Element) -> bool:
    # Engines start a process without a trigger by a call, and their tools draw that as a message.
    is_called = event.name == "startEvent" and not kinds(document, event) and not document.is_plain
    return event.name in CATCHING and ("message" in kinds(document, event) or is_called)


def _pool(document: Document, element: Element) -> Element | None:
    """Return the pool that an element stands in; None: in none."""
    if element.name == "participant":
        return element
    process = document.process_of(element)
    if process is None:
        return None
    for participant in document.named("participant"):
        if document.find(participant.get("processRef")) is process:
            return participant
    return process


@rule(
    "pool-process",
    "Diharapkan setiap proses digambar di paling banyak satu kolam",
    "Expected every process to be drawn in at most one pool",
    "9.3",
    mend=(
        "Beri setiap kolam prosesnya sendiri.",
        "Give every pool a process of its own.",
    ),
)
def _pools(document: Document) -> Iterator[Found]:
    seen: dict[str, Element] = {}
    for participant in document.named("participant"):
        reference = participant.get("processRef")
        if reference and reference in seen and document.parent(seen[reference]) is document.parent(participant):
            yield participant, reference, reference
        elif reference:
            seen[reference] = participant


@rule(
    "lane-node",
    "Diharapkan setiap langkah ada di paling banyak satu jalur dari proses yang sama",
    "Expected every step to be in at most one lane of the same process",
    "10.8",
    mend=(
        "Sisakan langkah itu dalam satu jalur.",
        "Keep the step in one lane.",
    ),
)
def _lanes(document: Document) -> Iterator[Found]:
    for lane_set in document.named("laneSet", "childLaneSet"):
        seen: dict[str, Element] = {}
        for lane in lane_set.all("lane"):
            for child in lane.all("flowNodeRef"):
                if child.text.strip() in seen and seen[child.text.strip()] is not lane:
                    yield lane, f"{child.text.strip()} lagi", f"{child.text.strip()} again"
                seen[child.text.strip()] = lane
