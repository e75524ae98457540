"""Rules on ids, required attributes, values of attributes, and references."""

import re
from collections.abc import Iterator

from engine.bpmn.rules.document import EVENTS, FLOW_NODES, Document
from engine.bpmn.rules.registry import Found, rule

_ID = re.compile(r"[A-Za-z_][\w.\-]{0,127}")
# A URI or a reference relative to one (RFC 3986, 4.1); letters of other alphabets may stand as they are.
_URI = re.compile(r"(?:[\w\-.~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_URIS = (
    "expressionLanguage",
    "typeLanguage",
    "targetNamespace",
    "language",
    "implementation",
    "method",
    "namespace",
    "importType",
)
_MIME = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(\s*;.*)?")
_SCRIPT_LANGUAGES = frozenset(
    "javascript ecmascript js graaljs nashorn groovy python jython ruby jruby java juel feel feel-scala xpath mvel "
    "xslt freemarker velocity lua kotlin scala beanshell powershell bash shell sql".split()
)
_NEED_ID = FLOW_NODES | {
    "process",
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


@rule(
    "id-unique",
    "Diharapkan setiap id unik dalam berkas",
    "Expected every id to be unique in the file",
    "8.2.1",
    mend=(
        "Beri salah satu elemen id lain.",
        "Give one of the elements another id.",
    ),
)
def _unique(document: Document) -> Iterator[Found]:
    seen: dict[str, object] = {}
    for element in document.elements:
        if found := element.get("id"):
            if found in seen:
                yield element, f"{found} lagi", f"{found} again"
            seen[found] = element


@rule(
    "id-required",
    "Diharapkan elemen ini memiliki id",
    "Expected this element to have an id",
    "8.2.1",
    mend=(
        "Beri elemen ini sebuah id.",
        "Give the element an id.",
    ),
)
def _required(document: Document) -> Iterator[Found]:
    for element in document.among(_NEED_ID):
        if not element.get("id"):
            yield element, f"{element.name} tanpa id", f"a {element.name} without one"


@rule(
    "id-form",
    "Diharapkan id seperti step_1",
    "Expected an id such as step_1",
    "8.2.1",
    mend=(
        "Pakai huruf, angka, garis bawah, titik, tanda hubung; awali dengan huruf atau garis bawah; paling banyak 128.",
        "Use letters, digits, underscore, dot and hyphen; begin with a letter or underscore; at most 128 characters.",
    ),
)
def _form(document: Document) -> Iterator[Found]:
    for element in document.elements:
        found = element.get("id")
        if found and not _ID.fullmatch(found):
            yield element, repr(found[:80]), repr(found[:80])


@rule(
    "mime-type",
    "Diharapkan textFormat berupa tipe MIME",
    "Expected textFormat to be a MIME type",
    "8.2.1, 8.4.1",
    mend=(
        "Tulis tipe MIME seperti text/plain.",
        "Write a MIME type such as text/plain.",
    ),
)
def _mime(document: Document) -> Iterator[Found]:
    for element in document.elements:
        for name in ("textFormat", "scriptFormat"):
            value = element.get(name)
            if value and name == "scriptFormat" and value.lower() in _SCRIPT_LANGUAGES:
                continue  # tools write a language's plain name here, and so may people
            if value and not _MIME.fullmatch(value):
                yield element, repr(value), repr(value)


@rule(
    "uri",
    "Diharapkan URI yang benar",
    "Expected a correct URI",
    "8.1",
    mend=(
        "Tulis URI yang benar, misalnya https://example.org/ns.",
        "Write a correct URI, for example https://example.org/ns.",
    ),
)
def _uri(document: Document) -> Iterator[Found]:
    for element in document.elements:
        for name in _URIS:
            value = element.get(name)
            if value is not None and not value.startswith("##") and not _URI.fullmatch(value):
                yield element, f"{name} {value!r}", f"{name} {value!r}"


@rule(
    "value",
    "Diharapkan nilai atribut yang dikenal",
    "Expected a known value of the attribute",
    "7",
    mend=(
        "Pakai salah satu nilai yang dikenal.",
        "Use one of the known values.",
    ),
)
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
    mend=(
        "Tulis bilangan bulat 1 atau lebih, atau hapus atributnya.",
        "Write a whole number of 1 or more, or remove the attribute.",
    ),
)
def _quantities(document: Document) -> Iterator[Found]:
    for element in document.elements:
        for name in ("startQuantity", "completionQuantity"):
            value = element.get(name)
            if value is not None and not (value.strip().isdigit() and int(value) >= 1):
                yield element, f"{name}={value!r}", f"{name}={value!r}"


@rule(
    "definition-reference",
    "Diharapkan rujukan ke definisi peristiwa milik berkas",
    "Expected a reference to an event definition of the file itself",
    "10.5",
    mend=(
        "Pindahkan definisi ke tingkat berkas, atau tulis di dalam peristiwa.",
        "Move the definition to the level of the file, or write it inside the event.",
    ),
)
def _event_references(document: Document) -> Iterator[Found]:
    for event in document.among(EVENTS):
        for child in event.children:
            if child.name == "eventDefinitionRef":
                found = document.find(child.text)
                shared = found is not None and document.parent(found) is document.root
                if found is None or not shared or not found.name.endswith("EventDefinition"):
                    yield event, f"rujukan {child.text!r}", f"a reference {child.text!r}"
