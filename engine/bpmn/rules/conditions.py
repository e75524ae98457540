"""Rules on conditions and on default flows."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ACTIVITIES, CHOREOGRAPHY, Document
from engine.bpmn.rules.registry import Found, rule, shown
from engine.bpmn.words import local
from engine.findings import Severity
from engine.gate import Element

_CONDITIONAL_GATEWAYS = frozenset(("exclusiveGateway", "inclusiveGateway", "complexGateway"))


@rule(
    "condition-lonely",
    "Diharapkan aliran bersyarat dari sebuah kegiatan tidak sendirian",
    "Expected a conditional flow that leaves an activity not to be its only flow",
    "8.4.13",
    mend=(
        "Hapus syaratnya, atau tambahkan aliran kedua.",
        "Remove the condition, or add a second flow.",
    ),
    in_dialects=Severity.WARNING,
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
    mend=(
        "Hapus syaratnya, atau pasang gerbang eksklusif sebelum aliran ini.",
        "Remove the condition, or put an exclusive gateway before this flow.",
    ),
    in_dialects=Severity.WARNING,
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
    mend=(
        "Tulis syaratnya, misalnya =jumlah > 3, atau hapus.",
        "Write the condition, for example =amount > 3, or remove it.",
    ),
)
def _condition_empty(document: Document) -> Iterator[Found]:
    for element in document.named("conditionExpression"):
        if not element.text.strip():
            yield document.parent(element), "syarat kosong", "an empty condition"


@rule(
    "condition-missing",
    "Diharapkan setiap aliran keluar dari gerbang eksklusif bersyarat atau menjadi default",
    "Expected every flow out of an exclusive gateway to have a condition or be the default",
    "10.6.2",
    mend=(
        "Tulis syaratnya, atau jadikan aliran ini default.",
        "Write a condition, or make this flow the default.",
    ),
)
def _condition_missing(document: Document) -> Iterator[Found]:
    yield from _without_condition(document, "exclusiveGateway")


@rule(
    "condition-missing-inclusive",
    "Diharapkan setiap aliran keluar dari gerbang inklusif bersyarat atau menjadi default",
    "Expected every flow out of an inclusive gateway to have a condition or be the default",
    "10.6.3",
    mend=(
        "Tulis syaratnya, misalnya =true untuk yang selalu diambil, atau jadikan aliran ini default.",
        "Write a condition, for example =true for one that is always taken, or make this flow the default.",
    ),
    in_dialects=Severity.WARNING,
)
def _condition_missing_inclusive(document: Document) -> Iterator[Found]:
    yield from _without_condition(document, "inclusiveGateway")


def _without_condition(document: Document, tag: str) -> Iterator[Found]:
    for node in document.named(tag):
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
    mend=(
        "Hapus syarat dari aliran default.",
        "Remove the condition from the default flow.",
    ),
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
    mend=(
        "Pilih aliran yang keluar dari langkah ini.",
        "Choose a flow that leaves this step.",
    ),
)
def _default_own(document: Document) -> Iterator[Found]:
    for node in document.elements:
        if node.get("default") and document.find(node.get("default")) not in document.out_of(node):
            yield node, f"default {node.get('default')}", f"default {node.get('default')}"


@rule(
    "condition-ignored",
    "Diharapkan aliran dari gerbang paralel tanpa syarat",
    "Expected flows out of a parallel gateway to have no condition",
    "10.6.4",
    Severity.WARNING,
    mend=(
        "Hapus syaratnya, atau pakai gerbang inklusif.",
        "Remove the condition, or use an inclusive gateway.",
    ),
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
    mend=(
        'Beri elemen itu xsi:type="tFormalExpression" dan tulis ekspresinya.',
        'Give the element xsi:type="tFormalExpression" and write the expression.',
    ),
    in_dialects=Severity.HINT,
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


@rule(
    "expression-empty",
    "Diharapkan ekspresi berisi teks",
    "Expected an expression to hold text",
    "10.4.2",
    mend=(
        "Tulis ekspresinya, atau hapus elemen kosong ini.",
        "Write the expression, or remove the empty element.",
    ),
)
def _expressions(document: Document) -> Iterator[Found]:
    names = ("completionCondition", "activationCondition", "loopCondition", "from", "to", "transformation")
    for element in document.named(*names):
        if not element.text.strip() and not element.children:
            yield document.parent(element), f"{element.name} kosong", f"an empty {element.name}"
