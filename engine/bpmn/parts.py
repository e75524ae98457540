"""Small parts of a BPMN file that need nothing from around them: lanes, pools, message flows, data objects, texts."""

from collections.abc import Iterator, Mapping

from engine.bpmn.model import Association, DataObject, Lane, Language, MessageFlow, Participant, Text
from engine.bpmn.words import BPMN, local, truth
from engine.gate import Element


def language_of(root: Element) -> Language | None:
    """Return the expression language that a file declares; None: none that we know."""
    return known_language(root.get("expressionLanguage"))


def known_language(name: str | None) -> Language | None:
    """Return the language that a URI or name means; None: it says nothing that we know."""
    lowered = (name or "").lower()
    if "feel" in lowered:
        return Language.FEEL
    if "juel" in lowered:
        return Language.JUEL
    return None


def associations_of(root: Element) -> Mapping[str, list[Association]]:
    """Return all associations of a file by their source."""
    found: dict[str, list[Association]] = {}
    for child in root.walk():
        if child.namespace == BPMN and child.name == "association":
            source, target = local(child.get("sourceRef")), local(child.get("targetRef"))
            found.setdefault(source, []).append(Association(child.get("id") or "", source, target, child.place))
    return found


def participants_of(element: Element) -> Iterator[Participant]:
    """Yield the pools of a collaboration."""
    for child in element.all("participant"):
        yield Participant(
            child.get("id") or "", child.get("name") or "", local(child.get("processRef")) or None, child.place
        )


def message_flows_of(element: Element) -> Iterator[MessageFlow]:
    """Yield the message flows of a collaboration."""
    for child in element.all("messageFlow"):
        yield MessageFlow(
            child.get("id") or "",
            child.get("name") or "",
            local(child.get("sourceRef")),
            local(child.get("targetRef")),
            child.place,
        )


def lanes_of(lane_set: Element, parent: str | None) -> Iterator[Lane]:
    """Yield lanes, outer ones first, so that the innermost lane of a node is the last that names it."""
    for child in lane_set.all("lane"):
        found = child.get("id") or ""
        nodes = tuple(local(each.text.strip()) for each in child.all("flowNodeRef"))
        yield Lane(found, child.get("name") or "", parent, nodes, child.place)
        for inner in child.all("childLaneSet"):
            yield from lanes_of(inner, found)


def data_object_of(element: Element) -> DataObject:
    """Return a data object, reference, property or store."""
    reference = element.get("dataObjectRef") or element.get("dataStoreRef")
    return DataObject(
        id=element.get("id") or "",
        name=element.get("name") or "",
        kind=element.name,
        ref=local(reference) or None,
        collection=truth(element.get("isCollection"), False),
        place=element.place,
    )


def documentation_of(element: Element) -> str:
    """Return what an element's documentation says, its parts on lines of their own."""
    return "\n".join(child.text.strip() for child in element.all("documentation") if child.text.strip())


def text_of(element: Element, name: str) -> str | None:
    """Return the reference in the text of a child; None: there is none."""
    child = element.first(name)
    return local(child.text.strip()) or None if child is not None else None


def name_of(element: Element, name: str) -> str | None:
    """Return the name of a child, else its id; None: there is no such child."""
    child = element.first(name)
    return (child.get("name") or child.get("id")) if child is not None else None


def named(element: Element, name: str) -> Text | None:
    """Return the variable that a child refers to, as an expression."""
    child = element.first(name)
    found = text_of(element, name)
    return Text(found, Language.FEEL, child.place) if child is not None and found else None


def named_item(element: Element, name: str) -> Text | None:
    """Return the item that a child names, as an expression."""
    child = element.first(name)
    found = name_of(element, name)
    return Text(found, Language.FEEL, child.place) if child is not None and found else None
