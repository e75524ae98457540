"""A BPMN file as the rules of structure see it: elements, who contains whom, and what refers to what."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.bpmn.engines import dialect_of
from engine.bpmn.words import BPMN, local
from engine.gate import Element

ACTIVITIES = frozenset(
    "task userTask manualTask serviceTask scriptTask businessRuleTask sendTask receiveTask subProcess transaction "
    "adHocSubProcess callActivity".split()
)
SUB_PROCESSES = frozenset(("subProcess", "transaction", "adHocSubProcess"))
GATEWAYS = frozenset("exclusiveGateway parallelGateway inclusiveGateway complexGateway eventBasedGateway".split())
CATCHING = frozenset(("startEvent", "intermediateCatchEvent", "boundaryEvent"))
THROWING = frozenset(("endEvent", "intermediateThrowEvent", "implicitThrowEvent"))
EVENTS = CATCHING | THROWING
CHOREOGRAPHY = frozenset(("choreographyTask", "subChoreography", "callChoreography"))
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS | CHOREOGRAPHY
ARTIFACTS = frozenset(("textAnnotation", "group", "association"))


@dataclass(slots=True)
class Document:
    """One file. Only elements of BPMN's own namespace are looked at.

    ``dialect`` is whose properties it uses; None: it shows by itself. ``is_plain`` tells whether that is nobody's: then
    only the specification says what it means.
    """

    root: Element
    elements: list[Element] = field(default_factory=list)
    parents: dict[int, Element] = field(default_factory=dict)
    by_id: dict[str, Element] = field(default_factory=dict)
    incoming: dict[str, list[Element]] = field(default_factory=dict)
    outgoing: dict[str, list[Element]] = field(default_factory=dict)
    dialect: str | None = None
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_plain = (self.dialect or dialect_of(self.root)) == "bpmn"
        waiting = [self.root]
        while waiting:
            element = waiting.pop()
            self.elements.append(element)
            if found := element.get("id"):
                self.by_id.setdefault(found, element)
            own = [child for child in element.children if child.namespace == BPMN and child.name != "extensionElements"]
            self.parents.update((id(child), element) for child in own)
            waiting.extend(reversed(own))
        for flow in self.named("sequenceFlow"):
            self.incoming.setdefault(local(flow.get("targetRef")), []).append(flow)
            self.outgoing.setdefault(local(flow.get("sourceRef")), []).append(flow)

    def named(self, *names: str) -> Iterator[Element]:
        """Yield the elements of these names, in the order of the file."""
        return (element for element in self.elements if element.name in names)

    def among(self, names: frozenset[str]) -> Iterator[Element]:
        """Yield the elements whose name is one of a set."""
        return (element for element in self.elements if element.name in names)

    def parent(self, element: Element) -> Element:
        """Return the element around one; the root is its own."""
        return self.parents.get(id(element), self.root)

    def find(self, reference: str | None) -> Element | None:
        """Return what a reference means in this file; None: nothing."""
        return self.by_id.get(local(reference))

    def process_of(self, element: Element | None) -> Element | None:
        """Return the process or choreography that an element stands in; None: in none."""
        while element is not None and element is not self.root:
            if element.name in ("process", "choreography", "globalChoreographyTask"):
                return element
            element = self.parent(element)
        return None

    def into(self, element: Element) -> list[Element]:
        """Return the sequence flows that lead into a node."""
        return self.incoming.get(element.get("id") or "", [])

    def out_of(self, element: Element) -> list[Element]:
        """Return the sequence flows that leave a node."""
        return self.outgoing.get(element.get("id") or "", [])

    def is_event_sub_process(self, element: Element) -> bool:
        """Tell whether an element is an event sub-process."""
        return element.name == "subProcess" and element.get("triggeredByEvent") == "true"

    def definitions_of(self, event: Element) -> list[Element]:
        """Return the event definitions of an event, those that it refers to included."""
        found = []
        for child in event.children:
            if child.namespace != BPMN:
                continue
            if child.name.endswith("EventDefinition"):
                found.append(child)
            elif child.name == "eventDefinitionRef" and (meant := self.find(child.text)) is not None:
                found.append(meant)
        return found
