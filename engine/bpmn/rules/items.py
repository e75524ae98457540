"""Rules on item types: what is a collection, what events and operations carry, and how sets belong together."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ACTIVITIES, EVENTS, THROWING, Document
from engine.bpmn.rules.registry import Found, rule, shown
from engine.findings import Severity
from engine.gate import Element

_ITEMS_OF = {
    "messageEventDefinition": ("messageRef", "itemRef"),
    "signalEventDefinition": ("signalRef", "structureRef"),
    "errorEventDefinition": ("errorRef", "structureRef"),
    "escalationEventDefinition": ("escalationRef", "structureRef"),
}


def same_item(one: Element | None, other: Element | None) -> bool:
    """Tell whether two item definitions mean the same structure. Nothing said is only the same as nothing said."""
    if one is None or other is None:
        return one is other
    return one is other or (
        one.get("structureRef") is not None and one.get("structureRef") == other.get("structureRef")
    )


@rule(
    "collection",
    "Diharapkan isCollection data sama dengan isCollection tipenya",
    "Expected isCollection of data to be that of its item definition",
    "10.4.1, tables 10.46, 10.48 and 8.4.10",
    mend=(
        "Samakan isCollection data dengan tipenya.",
        "Give the data the isCollection of its item definition.",
    ),
)
def _collection(document: Document) -> Iterator[Found]:
    for data in document.named("dataObject", "dataInput", "dataOutput"):
        item = document.find(data.get("itemSubjectRef"))
        said, wanted = data.get("isCollection"), item.get("isCollection") if item is not None else None
        if item is not None and said is not None and wanted is not None and said != wanted:
            yield data, f"isCollection={said}, pada tipenya {wanted}", f"isCollection={said}, {wanted} on its item"


@rule(
    "data-state-name",
    "Diharapkan nama rujukan data object dengan keadaan: nama data object, lalu keadaannya dalam kurung siku",
    "Expected a reference with a state to be named by its data object and the state in square brackets",
    "10.4.1",
    mend=(
        "Beri nama seperti Berkas [lengkap].",
        "Give it a name such as File [complete].",
    ),
)
def _state_name(document: Document) -> Iterator[Found]:
    for reference in document.named("dataObjectReference"):
        data, state = document.find(reference.get("dataObjectRef")), reference.first("dataState")
        if data is None or state is None or not (data.get("name") and state.get("name") and reference.get("name")):
            continue
        wanted = f"{data.get('name')}[{state.get('name')}]"
        if "".join((reference.get("name") or "").split()) != "".join(wanted.split()):
            yield reference, repr(reference.get("name")), repr(reference.get("name"))


@rule(
    "property-place",
    "Diharapkan property hanya pada proses, kegiatan dan peristiwa",
    "Expected a property only on a process, an activity or an event",
    "10.4.1, table 10.51",
    mend=(
        "Pindahkan property ke proses, kegiatan atau peristiwa.",
        "Move the property to a process, an activity or an event.",
    ),
)
def _property_place(document: Document) -> Iterator[Found]:
    for found in document.named("property"):
        holder = document.parent(found)
        if holder.name != "process" and holder.name not in ACTIVITIES and holder.name not in EVENTS:
            yield found, f"pada {holder.name}", f"on {holder.name}"


@rule(
    "set-pairs",
    "Diharapkan inputSet dan outputSet saling menyebut",
    "Expected input sets and output sets to name each other",
    "10.4.1, tables 10.57 and 10.58",
    mend=(
        "Sebut himpunan itu juga dari pihak yang lain.",
        "Name the set from the other side as well.",
    ),
)
def _set_pairs(document: Document) -> Iterator[Found]:
    for own, name, back in (
        ("inputSet", "outputSetRefs", "inputSetRefs"),
        ("outputSet", "inputSetRefs", "outputSetRefs"),
    ):
        for each in document.named(own):
            for child in each.all(name):
                other = document.find(child.text)
                if other is not None and all(document.find(found.text) is not each for found in other.all(back)):
                    yield each, f"{shown(other)} tidak menyebut balik", f"{shown(other)} does not name it"


@rule(
    "multi-instance-item",
    "Diharapkan butir multi-instance setipe dengan kumpulannya",
    "Expected the item of a multi-instance activity to be of the type of its collection",
    "10.3.8, table 10.29",
    mend=(
        "Beri butir dan kumpulannya tipe yang sama.",
        "Give the item and its collection the same type.",
    ),
)
def _multi_instance_item(document: Document) -> Iterator[Found]:
    for loop in document.named("multiInstanceLoopCharacteristics"):
        for whole, part in (("loopDataInputRef", "inputDataItem"), ("loopDataOutputRef", "outputDataItem")):
            reference, item = loop.first(whole), loop.first(part)
            if reference is None or item is None:
                continue
            data = document.find(reference.text)
            own = document.find(item.get("itemSubjectRef"))
            theirs = document.find(data.get("itemSubjectRef")) if data is not None else None
            if own is not None and theirs is not None and not same_item(own, theirs):
                yield document.parent(loop), f"{part} berlainan tipe", f"an {part} of another type"


@rule(
    "event-item",
    "Diharapkan data peristiwa setipe dengan pesan, sinyal, kesalahan atau eskalasinya",
    "Expected the data of an event to be of the type of its message, signal, error or escalation",
    "10.5.1",
    mend=(
        "Beri data itu tipe yang sama.",
        "Give the data the same type.",
    ),
)
def _event_item(document: Document) -> Iterator[Found]:
    for event in document.among(EVENTS):
        data = list(event.all("dataInput" if event.name in THROWING else "dataOutput"))
        carried = [item for each in document.definitions_of(event) if (item := item_of(document, each)) is not None]
        for own, item in zip(data, carried, strict=False):
            typed = document.find(own.get("itemSubjectRef"))
            if typed is not None and not same_item(typed, item):
                yield event, f"{shown(own)} berlainan tipe", f"{shown(own)} of another type"


def item_of(document: Document, definition: Element) -> Element | None:
    """Return the item definition of what an event definition carries; None: it carries nothing."""
    reference, item = _ITEMS_OF.get(definition.name, ("", ""))
    declared = document.find(definition.get(reference)) if reference else None
    return document.find(declared.get(item)) if declared is not None else None


@rule(
    "event-operation",
    "Diharapkan peristiwa pesan bertipe menyebut operasinya, di proses yang dapat dijalankan",
    "Expected an event with a message that has a type to name the operation, in an executable process",
    "10.5.5, table 10.92",
    mend=(
        "Tambahkan operationRef, atau hapus itemRef dari pesannya.",
        "Add an operationRef, or remove the itemRef of the message.",
    ),
    in_dialects=Severity.HINT,
)
def _event_operation(document: Document) -> Iterator[Found]:
    for event in document.among(EVENTS):
        process = document.process_of(event)
        if process is None or process.get("isExecutable") != "true":
            continue
        for each in document.definitions_of(event):
            named = each.first("operationRef") is not None or each.get("operationRef")
            if each.name == "messageEventDefinition" and item_of(document, each) is not None and not named:
                yield event, "tidak ada operasi", "no operation"


@rule(
    "io-binding",
    "Diharapkan ioBinding untuk setiap operasi yang ditawarkan, dengan data setipe pesannya",
    "Expected an ioBinding for every operation that is offered, with data of the types of its messages",
    "10.4.1, table 10.55",
    mend=(
        "Tambahkan ioBinding, atau samakan tipe datanya.",
        "Add an ioBinding, or give its data the types of the messages.",
    ),
)
def _bindings(document: Document) -> Iterator[Found]:
    for element in document.elements:
        offered = [document.find(child.text) for child in element.all("supportedInterfaceRef")]
        operations = [operation for each in offered if each is not None for operation in each.all("operation")]
        bindings = {id(document.find(each.get("operationRef"))): each for each in element.all("ioBinding")}
        if not operations or element.first("ioSpecification") is None:
            continue
        for operation in operations:
            binding = bindings.get(id(operation))
            if binding is None:
                yield element, f"tidak ada untuk {shown(operation)}", f"none for {shown(operation)}"
            elif not _binds(document, operation, binding):
                yield element, f"{shown(operation)} dengan tipe lain", f"{shown(operation)} with another type"


def _binds(document: Document, operation: Element, binding: Element) -> bool:
    for reference, attribute in (("inMessageRef", "inputDataRef"), ("outMessageRef", "outputDataRef")):
        child, data = operation.first(reference), document.find(binding.get(attribute))
        message = document.find(child.text) if child is not None else None
        if message is None or data is None:
            continue
        typed = data if data.name in ("dataInput", "dataOutput") else None
        if typed is not None and not same_item(
            document.find(typed.get("itemSubjectRef")), document.find(message.get("itemRef"))
        ):
            return False
    return True
