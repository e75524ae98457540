"""Rules on data: inputs and outputs, items, operations, and what may be connected with what."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ACTIVITIES, EVENTS, Document
from engine.bpmn.rules.registry import Found, rule, shown
from engine.gate import Element

_ITEM_AWARE = frozenset(
    "dataObject dataObjectReference dataStoreReference property dataInput dataOutput dataStore".split()
)


@rule(
    "io-sets",
    "Diharapkan ioSpecification dengan paling sedikit satu inputSet dan satu outputSet",
    "Expected an ioSpecification with at least one inputSet and one outputSet",
    "10.4.1, table 10.52",
    mend=(
        "Tambahkan inputSet dan outputSet, walaupun kosong.",
        "Add an inputSet and an outputSet, even if they are empty.",
    ),
)
def _sets(document: Document) -> Iterator[Found]:
    for specification in document.named("ioSpecification"):
        for name in ("inputSet", "outputSet"):
            if specification.first(name) is None:
                yield document.parent(specification), f"tanpa {name}", f"no {name}"


@rule(
    "io-in-sets",
    "Diharapkan setiap masukan dan keluaran data ada dalam sebuah himpunan",
    "Expected every data input and output to be in a set",
    "10.4.1",
    mend=(
        "Sebut data itu dalam sebuah inputSet atau outputSet.",
        "Name the data in an inputSet or outputSet.",
    ),
)
def _in_sets(document: Document) -> Iterator[Found]:
    for specification in document.named("ioSpecification"):
        for noun, holder, references in (
            ("dataInput", "inputSet", ("dataInputRefs",)),
            ("dataOutput", "outputSet", ("dataOutputRefs",)),
        ):
            named = {
                id(document.find(child.text))
                for each in specification.all(holder)
                for child in each.children
                if child.name in references
            }
            for item in specification.all(noun):
                if id(item) not in named:
                    yield item, f"{shown(item)} di luar {holder}", f"{shown(item)} outside any {holder}"


@rule(
    "optional-in-set",
    "Diharapkan yang opsional dan selama berjalan juga ada dalam himpunan yang sama",
    "Expected what is optional or read while executing to be in the same set",
    "10.4.1, table 10.57",
    mend=(
        "Sebut data itu juga dalam dataInputRefs atau dataOutputRefs himpunan yang sama.",
        "Name the data also in the dataInputRefs or dataOutputRefs of the same set.",
    ),
)
def _optional(document: Document) -> Iterator[Found]:
    pairs = {
        "optionalInputRefs": "dataInputRefs",
        "whileExecutingInputRefs": "dataInputRefs",
        "optionalOutputRefs": "dataOutputRefs",
        "whileExecutingOutputRefs": "dataOutputRefs",
    }
    for holder in document.named("inputSet", "outputSet"):
        for child in holder.children:
            needed = pairs.get(child.name)
            if needed and child.text.strip() not in {other.text.strip() for other in holder.all(needed)}:
                yield holder, f"{child.name} {child.text.strip()}", f"{child.name} {child.text.strip()}"


@rule(
    "data-reference",
    "Diharapkan dataObjectReference menunjuk sebuah dataObject, dan dataObject tanpa dataState",
    "Expected a dataObjectReference to name a dataObject, and a dataObject without dataState",
    "10.4.1, table 10.47",
    mend=(
        "Pilih dataObject yang dirujuk; tipe datanya ditulis pada dataObject itu.",
        "Choose the dataObject that is meant; its item type is written there.",
    ),
)
def _data_reference(document: Document) -> Iterator[Found]:
    for reference in document.named("dataObjectReference"):
        if not reference.get("dataObjectRef"):
            yield reference, "tidak disebut", "none named"
        if reference.get("itemSubjectRef"):
            yield reference, "itemSubjectRef pada rujukan", "an itemSubjectRef on a reference"


@rule(
    "association-ends",
    "Diharapkan asosiasi data menghubungkan data dari sumber ke tujuan",
    "Expected a data association to lead from data to data",
    "10.4.2",
    mend=(
        "Hubungkan asosiasi dengan data yang ada, dengan satu tujuan.",
        "Connect the association with existing data, with one target.",
    ),
)
def _ends(document: Document) -> Iterator[Found]:
    for association in document.named("dataInputAssociation", "dataOutputAssociation"):
        targets = [document.find(child.text) for child in association.all("targetRef")]
        sources = [document.find(child.text) for child in association.all("sourceRef")]
        if len(targets) != 1:
            yield association, f"{len(targets)} tujuan", f"{len(targets)} targets"
        for found in (*sources, *targets):
            if found is None or found.name not in _ITEM_AWARE:
                yield association, shown(found), shown(found)


@rule(
    "association-transformation",
    "Diharapkan transformasi jika ada lebih dari satu sumber",
    "Expected a transformation where there is more than one source",
    "10.4.2",
    mend=(
        "Tulis sebuah transformation, atau sisakan satu sumber.",
        "Write a transformation, or keep one source.",
    ),
)
def _transformation(document: Document) -> Iterator[Found]:
    for association in document.named("dataInputAssociation", "dataOutputAssociation"):
        sources = len(list(association.all("sourceRef")))
        if sources > 1 and association.first("transformation") is None:
            yield association, f"{sources} sumber", f"{sources} sources"


@rule(
    "association-item",
    "Diharapkan sumber dan tujuan dengan tipe data yang sama, atau sebuah transformasi atau penugasan",
    "Expected source and target of the same item type, or a transformation or assignment",
    "10.4.2",
    mend=(
        "Samakan tipe datanya, atau tulis transformation atau assignment.",
        "Use the same item type, or write a transformation or an assignment.",
    ),
)
def _items(document: Document) -> Iterator[Found]:
    for association in document.named("dataInputAssociation", "dataOutputAssociation"):
        if association.first("transformation") is not None or association.first("assignment") is not None:
            continue
        sources = [found for child in association.all("sourceRef") if (found := document.find(child.text)) is not None]
        target = document.find(target_ref.text) if (target_ref := association.first("targetRef")) is not None else None
        if len(sources) == 1 and target is not None and _structures_differ(document, sources[0], target):
            yield association, f"{shown(sources[0])} → {shown(target)}", f"{shown(sources[0])} → {shown(target)}"


def _structures_differ(document: Document, source: Element, target: Element) -> bool:
    one, other = _item(document, source), _item(document, target)
    if one is None or other is None or one is other:
        return False
    return one.get("structureRef") != other.get("structureRef") or one.get("structureRef") is None


def _item(document: Document, element: Element) -> Element | None:
    referred = document.find(element.get("dataObjectRef")) if element.name == "dataObjectReference" else element
    return document.find(referred.get("itemSubjectRef")) if referred is not None else None


@rule(
    "message-data",
    "Diharapkan tugas pesan dengan tepat satu data, setipe dengan pesannya",
    "Expected a message task with exactly one piece of data, of the type of its message",
    "10.3.3, tables 10.9 and 10.10",
    mend=(
        "Sisakan satu data dan satu himpunan, dengan tipe data pesannya.",
        "Keep one piece of data and one set, of the item type of the message.",
    ),
)
def _message_data(document: Document) -> Iterator[Found]:
    nouns = {"sendTask": ("dataInput", "inputSet"), "receiveTask": ("dataOutput", "outputSet")}
    for task in document.among(frozenset(nouns)):
        noun, holder = nouns[task.name]
        specification = task.first("ioSpecification")
        if specification is None:
            continue
        items, sets = list(specification.all(noun)), list(specification.all(holder))
        if len(items) != 1 or len(sets) != 1:
            yield task, f"{len(items)} {noun}, {len(sets)} {holder}", f"{len(items)} {noun}, {len(sets)} {holder}"
            continue
        message = document.find(task.get("messageRef"))
        if message is not None and _mismatch(document, items[0], document.find(message.get("itemRef"))):
            yield task, f"{shown(items[0])} berlainan tipe", f"{shown(items[0])} of another type"


@rule(
    "service-data",
    "Diharapkan data tugas layanan sesuai dengan pesan operasinya",
    "Expected the data of a service task to agree with the messages of its operation",
    "10.3.3, table 10.8",
    mend=(
        "Sesuaikan ioSpecification dengan pesan masuk dan keluar operasinya.",
        "Make the ioSpecification agree with the incoming and outgoing message of the operation.",
    ),
)
def _service_data(document: Document) -> Iterator[Found]:
    for task in document.named("serviceTask", "businessRuleTask", "scriptTask"):
        specification = task.first("ioSpecification")
        operation = document.find(task.get("operationRef")) if task.get("operationRef") else None
        if operation is None:
            continue
        for noun, holder, reference in (
            ("dataInput", "inputSet", "inMessageRef"),
            ("dataOutput", "outputSet", "outMessageRef"),
        ):
            child = operation.first(reference)
            message = document.find(child.text) if child is not None else None
            if message is not None and specification is None and _is_executable(document, task):
                yield task, f"tanpa {noun}", f"no {noun}"
                continue
            items = list(specification.all(noun)) if specification is not None else []
            sets = list(specification.all(holder)) if specification is not None else []
            if message is None:
                if items and reference == "outMessageRef":
                    yield task, f"{noun} tanpa pesan keluar", f"a {noun} without an outgoing message"
                continue
            if specification is not None and (len(items) != 1 or len(sets) > 1):
                yield task, f"{len(items)} {noun}, {len(sets)} {holder}", f"{len(items)} {noun}, {len(sets)} {holder}"
            elif items and _mismatch(document, items[0], document.find(message.get("itemRef"))):
                yield task, f"{shown(items[0])} berlainan tipe", f"{shown(items[0])} of another type"


def _is_executable(document: Document, element: Element) -> bool:
    process = document.process_of(element)
    return process is not None and process.get("isExecutable") == "true"


def _mismatch(document: Document, data: Element, item: Element | None) -> bool:
    """Tell whether data is not of a message's item type: another definition with another structure, or none at all."""
    own = document.find(data.get("itemSubjectRef"))
    if own is item:
        return False
    if own is None or item is None:
        return True
    return own.get("structureRef") != item.get("structureRef") or own.get("structureRef") is None


@rule(
    "operation-message",
    "Diharapkan pesan tugas sama dengan pesan operasinya",
    "Expected the message of a task to be the message of its operation",
    "10.3.3",
    mend=(
        "Pilih pesan dari operasi itu, atau operasi lain.",
        "Choose a message of that operation, or another operation.",
    ),
)
def _operation_message(document: Document) -> Iterator[Found]:
    for task in document.named("sendTask", "receiveTask", "messageEventDefinition"):
        reference = task.get("operationRef")
        child = task.first("operationRef")
        operation = document.find(reference or (child.text if child is not None else None))
        message = task.get("messageRef")
        if operation is None or message is None:
            continue
        ins = [document.find(each.text) for each in operation.all("inMessageRef")]
        outs = [document.find(each.text) for each in operation.all("outMessageRef")]
        if document.find(message) not in (*ins, *outs):
            yield document.parent(task) if task.name == "messageEventDefinition" else task, str(message), str(message)


@rule(
    "io-place",
    "Diharapkan ioSpecification hanya pada kegiatan dan proses yang dapat memilikinya",
    "Expected an ioSpecification only where an element may have one",
    "10.4.1",
    mend=(
        "Pindahkan ioSpecification ke tugas atau proses.",
        "Move the ioSpecification to a task or process.",
    ),
)
def _io_place(document: Document) -> Iterator[Found]:
    for specification in document.named("ioSpecification"):
        holder = document.parent(specification)
        if holder.name in ("subProcess", "transaction", "adHocSubProcess"):
            yield holder, f"ioSpecification pada {holder.name}", f"an ioSpecification on a {holder.name}"
        elif holder.name not in ACTIVITIES and holder.name != "process" and not holder.name.startswith("global"):
            yield holder, f"ioSpecification pada {holder.name}", f"an ioSpecification on {holder.name}"


@rule(
    "data-flow-source",
    "Diharapkan dataInput dan dataOutput suatu proses tidak saling tertukar",
    "Expected data inputs only to be read and data outputs only to be written",
    "10.4.1",
    mend=(
        "Balik arah asosiasi itu, atau pilih data lain.",
        "Turn the association round, or choose other data.",
    ),
)
def _direction(document: Document) -> Iterator[Found]:
    for association in document.named("dataInputAssociation", "dataOutputAssociation"):
        holder = document.parent(association)
        specification = holder.first("ioSpecification")
        own = list(specification.children) if specification is not None else list(holder.children)
        if holder.name in EVENTS:
            own = list(holder.children)
        source = [document.find(child.text) for child in association.all("sourceRef")]
        target = [document.find(child.text) for child in association.all("targetRef")]
        if association.name == "dataInputAssociation" and any(
            found in own and found.name == "dataOutput" for found in target if found
        ):
            yield association, "tujuan sebuah dataOutput", "a dataOutput as target"
        if association.name == "dataOutputAssociation" and any(
            found in own and found.name == "dataInput" for found in source if found
        ):
            yield association, "sumber sebuah dataInput", "a dataInput as source"
        for name, outside in (("dataOutput", source), ("dataInput", target)):
            for found in outside:
                if found is not None and found.name == name and _is_of_process(document, found):
                    yield association, f"{shown(found)} milik proses", f"{shown(found)} of the process"


def _is_of_process(document: Document, data: Element) -> bool:
    return document.parent(document.parent(data)).name == "process"


@rule(
    "call-data",
    "Diharapkan data kegiatan panggilan sama dengan data yang dipanggilnya",
    "Expected the data of a call activity to be that of what it calls",
    "10.3.6",
    mend=(
        "Samakan dataInput dan dataOutput dengan yang dipanggil.",
        "Give both sides the same data inputs and outputs.",
    ),
)
def _call_data(document: Document) -> Iterator[Found]:
    for activity in document.named("callActivity"):
        called = document.find(activity.get("calledElement"))
        if called is None:
            continue
        own, theirs = activity.first("ioSpecification"), called.first("ioSpecification")
        if own is None and theirs is None:
            continue
        for noun in ("dataInput", "dataOutput"):
            ours = _structures(document, own, noun)
            wanted = _structures(document, theirs, noun)
            if ours != wanted:
                yield activity, f"{noun}: {len(ours)} dan {len(wanted)}", f"{noun}: {len(ours)} and {len(wanted)}"


def _structures(document: Document, specification: Element | None, noun: str) -> list[str]:
    items = list(specification.all(noun)) if specification is not None else []
    return sorted(item.get("itemSubjectRef") or "" for item in items)


@rule(
    "resource",
    "Diharapkan pelaku menyebut resourceRef atau resourceAssignmentExpression, tidak keduanya",
    "Expected a performer to name a resourceRef or a resourceAssignmentExpression, not both",
    "10.3.1, table 10.5",
    mend=(
        "Sisakan resourceRef atau resourceAssignmentExpression.",
        "Keep either the resourceRef or the resourceAssignmentExpression.",
    ),
)
def _resources(document: Document) -> Iterator[Found]:
    for role in document.named("performer", "humanPerformer", "potentialOwner", "resourceRole"):
        reference, assignment = role.first("resourceRef"), role.first("resourceAssignmentExpression")
        if reference is not None and assignment is not None:
            yield document.parent(role), "keduanya", "both"
        if reference is None and role.first("resourceParameterBinding") is not None:
            yield document.parent(role), "resourceParameterBinding tanpa resourceRef", "a binding without a resourceRef"
