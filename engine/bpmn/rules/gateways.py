"""Rules on gateways."""

from collections.abc import Iterator

from engine.bpmn.rules.document import GATEWAYS, Document
from engine.bpmn.rules.events import kinds
from engine.bpmn.rules.registry import Found, rule, shown
from engine.findings import Severity
from engine.gate import Element


@rule(
    "gateway-direction",
    "Diharapkan gatewayDirection sesuai dengan alirannya",
    "Expected gatewayDirection to agree with the flows",
    "10.6.1, table 8.46",
    mend=(
        "Hapus gatewayDirection, atau sesuaikan dengan alirannya.",
        "Remove gatewayDirection, or make it agree with the flows.",
    ),
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
    mend=(
        "Hubungkan gerbang ini, atau hapus.",
        "Connect the gateway, or remove it.",
    ),
)
def _gateway_flows(document: Document) -> Iterator[Found]:
    for gateway in document.among(GATEWAYS):
        into, out = len(document.into(gateway)), len(document.out_of(gateway))
        if into == 0 and out == 0:
            yield gateway, "tidak ada aliran", "no flows"


@rule(
    "event-gateway",
    "Diharapkan jalan dari gerbang peristiwa tanpa syarat, ke peristiwa penangkap atau tugas terima",
    "Expected the ways out of an event gateway to lead, without conditions, to catching events or receive tasks",
    "10.6.6",
    mend=(
        "Hubungkan gerbang langsung dengan peristiwa penangkap atau tugas terima, tanpa syarat dan aliran lain.",
        "Connect the gateway directly with catching events or receive tasks, without conditions and other flows.",
    ),
)
def _event_gateway(document: Document) -> Iterator[Found]:
    allowed = {"message", "signal", "timer", "conditional"}
    for gateway in document.named("eventBasedGateway"):
        names = set()
        for flow in document.out_of(gateway):
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
    "event-gateway-ways",
    "Diharapkan setidaknya dua jalan keluar dari gerbang peristiwa",
    "Expected at least two ways out of an event gateway",
    "10.6.6",
    mend=(
        "Tambahkan jalan kedua, atau pakai peristiwa penangkap tanpa gerbang.",
        "Add a second way, or use the catching event without a gateway.",
    ),
    in_dialects=Severity.WARNING,
)
def _event_gateway_ways(document: Document) -> Iterator[Found]:
    for gateway in document.named("eventBasedGateway"):
        ways = len(document.out_of(gateway))
        if ways < 2:
            yield gateway, f"{ways} jalan", f"{ways}"


@rule(
    "event-gateway-start",
    "Diharapkan gerbang peristiwa yang memulai proses tanpa aliran masuk, dan hanya pesan jika paralel",
    "Expected an event gateway that starts the process to have no flow in, and only messages when parallel",
    "10.6.6",
    mend=(
        'Hubungkan aliran masuk, atau beri instantiate="true".',
        'Connect a flow in, or set instantiate="true".',
    ),
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
    mend=(
        "Tulis activationCondition, misalnya =activationCount >= 2.",
        "Write an activationCondition, for example =activationCount >= 2.",
    ),
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
