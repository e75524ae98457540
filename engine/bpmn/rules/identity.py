"""Rules on ids, required attributes, values of attributes, and references."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from engine.bpmn.rules.document import ARTIFACTS, EVENTS, FLOW_NODES, Document
from engine.bpmn.rules.registry import Found, rule, shown
from engine.bpmn.words import local

_ID = re.compile(r"[A-Za-z_][\w.\-]{0,127}")
_MIME = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;.*)?")
_NEED_ID = FLOW_NODES | {
    "process",
    "sequenceFlow",
    "participant",
    "message",
    "signal",
    "error",
    "escalation",
    "dataObject",
}
_ENUMERATIONS = {
    ("eventBasedGateway", "eventGatewayType"): {"Exclusive", "Parallel"},
    ("multiInstanceLoopCharacteristics", "behavior"): {"None", "One", "All", "Complex"},
    ("adHocSubProcess", "ordering"): {"Parallel", "Sequential"},
    ("association", "associationDirection"): {"None", "One", "Both"},
    ("itemDefinition", "itemKind"): {"Information", "Physical"},
    ("process", "processType"): {"None", "Public", "Private"},
}
_DIRECTIONS = {"Unspecified", "Converging", "Diverging", "Mixed"}
_TRUTHS = frozenset(
    "isExecutable isInterrupting cancelActivity parallelMultiple isForCompensation triggeredByEvent instantiate "
    "isSequential testBefore isCollection isImmediate isClosed waitForCompletion cancelRemainingInstances".split()
)
# Attribute or text-only child → names of the elements that it may mean.
_MEANS: dict[str, frozenset[str]] = {
    "messageRef": frozenset(("message",)),
    "signalRef": frozenset(("signal",)),
    "errorRef": frozenset(("error",)),
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


@rule("id-unique", "Diharapkan setiap id unik dalam berkas", "Expected every id to be unique in the file", "8.2.1")
def _unique(document: Document) -> Iterator[Found]:
    seen: dict[str, object] = {}
    for element in document.elements:
        if found := element.get("id"):
            if found in seen:
                yield element, f"{found} lagi", f"{found} again"
            seen[found] = element


@rule("id-required", "Diharapkan elemen ini memiliki id", "Expected this element to have an id", "8.2.1")
def _required(document: Document) -> Iterator[Found]:
    for element in document.among(_NEED_ID):
        if not element.get("id"):
            yield element, f"{element.name} tanpa id", f"a {element.name} without one"


@rule("id-form", "Diharapkan id seperti step_1", "Expected an id such as step_1", "8.2.1")
def _form(document: Document) -> Iterator[Found]:
    for element in document.elements:
        found = element.get("id")
        if found and not _ID.fullmatch(found):
            yield element, repr(found[:80]), repr(found[:80])


@rule(
    "reference",
    "Diharapkan rujukan menunjuk elemen yang ada dan sesuai",
    "Expected a reference to an existing element of the right kind",
    "8.2",
)
def _references(document: Document) -> Iterator[Found]:
    for element in document.elements:
        written = [(name, value) for name, value in element.attributes.items() if name in _MEANS]
        if element.name in _MEANS and not element.children:
            written.append((element.name, element.text))
        for name, value in written:
            found = document.find(value)
            if (found is None and not _is_foreign(value, element, document)) or (
                found is not None and found.name not in _MEANS[name]
            ):
                meant = local(value)
                yield element, f"{name} {meant!r}: {shown(found)}", f"{name} {meant!r}: {shown(found)}"


def _is_foreign(value: str, element: object, document: Document) -> bool:
    """Tell whether a reference leads into another file that this one imports."""
    prefix, colon, _name = value.strip().rpartition(":")
    space = document.root.prefixes.get(prefix)
    return bool(colon) and space is not None and space != document.root.get("targetNamespace")


@rule("mime-type", "Diharapkan textFormat berupa tipe MIME", "Expected textFormat to be a MIME type", "8.2.1, 8.4.1")
def _mime(document: Document) -> Iterator[Found]:
    for element in document.elements:
        for name in ("textFormat", "scriptFormat"):
            value = element.get(name)
            if value and "/" not in value and name == "scriptFormat" and value.isidentifier() and "_" not in value:
                continue  # tools write a language's plain name here, and so may people
            if value and not _MIME.fullmatch(value):
                yield element, repr(value), repr(value)


@rule("uri", "Diharapkan URI yang benar", "Expected a correct URI", "8.1")
def _uri(document: Document) -> Iterator[Found]:
    root = document.root
    for name in ("expressionLanguage", "typeLanguage", "targetNamespace"):
        value = root.get(name)
        if value is not None and not _is_uri(value):
            yield root, f"{name} {value!r}", f"{name} {value!r}"
    for element in document.elements:
        for name in ("language", "evaluatesToTypeRef"):
            value = element.get(name)
            if value is not None and name == "language" and not _is_uri(value) and " " in value:
                yield element, f"{name} {value!r}", f"{name} {value!r}"
        value = element.get("implementation")
        if value is not None and not value.startswith("##") and not _is_uri(value):
            yield element, f"implementation {value!r}", f"implementation {value!r}"


def _is_uri(value: str) -> bool:
    if not value or re.search(r"[\s<>\"{}|\\^`]", value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme)


@rule("value", "Diharapkan nilai atribut yang dikenal", "Expected a known value of the attribute", "7")
def _values(document: Document) -> Iterator[Found]:
    for element in document.elements:
        for name, value in element.attributes.items():
            wanted = _ENUMERATIONS.get((element.name, name)) or (_DIRECTIONS if name == "gatewayDirection" else None)
            if wanted is not None and value not in wanted:
                yield element, f"{name}={value!r}", f"{name}={value!r}"
            if name in _TRUTHS and value not in ("true", "false", "1", "0"):
                yield element, f"{name}={value!r}", f"{name}={value!r}"


@rule(
    "quantity",
    "Diharapkan startQuantity dan completionQuantity paling sedikit 1",
    "Expected startQuantity and completionQuantity to be at least 1",
    "10.3, table 10.3",
)
def _quantities(document: Document) -> Iterator[Found]:
    for element in document.elements:
        for name in ("startQuantity", "completionQuantity"):
            value = element.get(name)
            if value is not None and not (value.strip().isdigit() and int(value) >= 1):
                yield element, f"{name}={value!r}", f"{name}={value!r}"


@rule(
    "artifact-flow",
    "Diharapkan aliran urutan dan pesan menghubungkan langkah, bukan artefak",
    "Expected sequence and message flows to connect steps, not artifacts",
    "8.4.1",
)
def _artifacts(document: Document) -> Iterator[Found]:
    for flow in document.named("sequenceFlow", "messageFlow"):
        for name in ("sourceRef", "targetRef"):
            found = document.find(flow.get(name))
            if found is not None and found.name in ARTIFACTS:
                yield flow, f"{name} {shown(found)}", f"{name} {shown(found)}"


@rule("definition-unused", "Diharapkan nama untuk peristiwa", "Expected known event definitions", "10.5")
def _event_references(document: Document) -> Iterator[Found]:
    for event in document.among(EVENTS):
        for child in event.children:
            if child.name == "eventDefinitionRef":
                found = document.find(child.text)
                if found is None or not found.name.endswith("EventDefinition"):
                    yield event, f"rujukan {child.text!r}", f"a reference {child.text!r}"
