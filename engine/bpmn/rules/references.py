"""Rules on references: what each may mean."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ARTIFACTS, FLOW_NODES, Document
from engine.bpmn.rules.registry import Found, rule, shown
from engine.bpmn.words import local
from engine.findings import Severity
from engine.gate import Element

_EVENT_DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in "message timer signal error escalation conditional compensate link cancel terminate".split()
)
_MEANS: dict[str, frozenset[str]] = {
    "messageRef": frozenset(("message",)),
    "signalRef": frozenset(("signal",)),
    "escalationRef": frozenset(("escalation",)),
    "inMessageRef": frozenset(("message",)),
    "outMessageRef": frozenset(("message",)),
    "operationRef": frozenset(("operation",)),
    "dataObjectRef": frozenset(("dataObject",)),
    "dataStoreRef": frozenset(("dataStore",)),
    "itemRef": frozenset(("itemDefinition",)),
    "itemSubjectRef": frozenset(("itemDefinition",)),
    "resourceRef": frozenset(("resource",)),
    "parameterRef": frozenset(("resourceParameter",)),
    "attachedToRef": FLOW_NODES,
    "activityRef": FLOW_NODES,
    "processRef": frozenset(("process",)),
    "flowNodeRef": FLOW_NODES,
    "participantRef": frozenset(("participant",)),
    "innerParticipantRef": frozenset(("participant",)),
    "outerParticipantRef": frozenset(("participant",)),
    "initiatingParticipantRef": frozenset(("participant",)),
    "interfaceRef": frozenset(("interface",)),
    "supportedInterfaceRef": frozenset(("interface",)),
    "evaluatesToTypeRef": frozenset(("itemDefinition",)),
    "correlationPropertyRef": frozenset(("correlationProperty",)),
    "correlationKeyRef": frozenset(("correlationKey",)),
    "messageFlowRef": frozenset(("messageFlow",)),
    "endPointRef": frozenset(("endPoint",)),
    "definitionalCollaborationRef": frozenset(("collaboration", "choreography", "globalConversation")),
    "choreographyRef": frozenset(("choreography",)),
    "inputDataRef": frozenset(("dataInput", "inputSet")),
    "outputDataRef": frozenset(("dataOutput", "outputSet")),
    "noneBehaviorEventRef": _EVENT_DEFINITIONS,
    "oneBehaviorEventRef": _EVENT_DEFINITIONS,
    "categoryValueRef": frozenset(("categoryValue",)),
    "dataInputRefs": frozenset(("dataInput",)),
    "dataOutputRefs": frozenset(("dataOutput",)),
    "optionalInputRefs": frozenset(("dataInput",)),
    "optionalOutputRefs": frozenset(("dataOutput",)),
    "whileExecutingInputRefs": frozenset(("dataInput",)),
    "whileExecutingOutputRefs": frozenset(("dataOutput",)),
    "inputSetRefs": frozenset(("inputSet",)),
    "outputSetRefs": frozenset(("outputSet",)),
    "default": frozenset(("sequenceFlow",)),
}


@rule(
    "reference",
    "Diharapkan rujukan menunjuk elemen yang ada dan sesuai",
    "Expected a reference to an existing element of the right kind",
    "8.2",
    mend=(
        "Perbaiki rujukan, atau hapus.",
        "Correct the reference, or remove it.",
    ),
)
def _references(document: Document) -> Iterator[Found]:
    for element in document.elements:
        written = [(name, value) for name, value in element.attributes.items() if name in _MEANS]
        if element.name in _MEANS and not element.children:
            written.append((element.name, element.text))
        for name, value in written:
            if not document.is_plain and _is_elsewhere(element, name):
                continue
            found = document.find(value)
            if (found is None and not _is_foreign(value, element, document)) or (
                found is not None and found.name not in _MEANS[name]
            ):
                meant = local(value)
                yield element, f"{name} {meant!r}: {shown(found)}", f"{name} {meant!r}: {shown(found)}"


@rule(
    "error-reference",
    "Diharapkan errorRef menunjuk kesalahan yang dinyatakan",
    "Expected an errorRef to name a declared error",
    "10.5.5, table 10.90",
    mend=(
        "Nyatakan kesalahan itu dalam berkas dan beri kode.",
        "Declare the error in the file and give it a code.",
    ),
    in_dialects=Severity.WARNING,
)
def _error_references(document: Document) -> Iterator[Found]:
    for element in document.elements:
        child = element.text if element.name == "errorRef" else None
        value = element.get("errorRef") or child
        found = document.find(value) if value else None
        if value and (found is None or found.name != "error") and not _is_foreign(value, element, document):
            yield element, f"{local(value)!r}: {shown(found)}", f"{local(value)!r}: {shown(found)}"


def _is_elsewhere(element: Element, name: str) -> bool:
    """Tell whether engines do not look at a reference: a message that code sends, a pool of a process elsewhere."""
    if element.name == "messageEventDefinition" and name == "messageRef":
        return any(key.startswith("{") for key in element.attributes)
    return element.name == "participant" and name == "processRef"


@rule(
    "participant-process",
    "Diharapkan kolam menunjuk proses di berkas ini",
    "Expected a pool to refer to a process of this file",
    "9.3",
    Severity.WARNING,
    mend=(
        "Perbaiki processRef, atau hapus: kolam tanpa proses hanya gambar.",
        "Correct processRef, or remove it: a pool without a process is only drawn.",
    ),
)
def _pools(document: Document) -> Iterator[Found]:
    for pool in document.named("participant"):
        value = pool.get("processRef")
        if not document.is_plain and value and document.find(value) is None:
            yield pool, local(value), local(value)


def _is_foreign(value: str, element: object, document: Document) -> bool:
    """Tell whether a reference leads into another file that this one imports."""
    prefix, colon, _name = value.strip().rpartition(":")
    space = document.root.prefixes.get(prefix)
    return bool(colon) and space is not None and space != document.root.get("targetNamespace")


@rule(
    "artifact-flow",
    "Diharapkan aliran urutan dan pesan menghubungkan langkah, bukan artefak",
    "Expected sequence and message flows to connect steps, not artifacts",
    "8.4.1",
    mend=(
        "Hubungkan artefak dengan asosiasi.",
        "Connect the artifact by an association.",
    ),
)
def _artifacts(document: Document) -> Iterator[Found]:
    for flow in document.named("sequenceFlow", "messageFlow"):
        for name in ("sourceRef", "targetRef"):
            found = document.find(flow.get(name))
            if found is not None and found.name in ARTIFACTS:
                yield flow, f"{name} {shown(found)}", f"{name} {shown(found)}"
