"""The properties that a BPMN element has in the namespaces of Camunda 7, its descendants and Flowable."""

from collections.abc import Iterator

from engine.bpmn.dialects import Report
from engine.bpmn.engines import CAMUNDA7
from engine.bpmn.idioms import without_calls
from engine.bpmn.model import Text
from engine.bpmn.words import BPMN, FLOWABLE, written
from engine.gate import Element

SPACES = (*CAMUNDA7, FLOWABLE)
WORKERS = frozenset(("serviceTask", "sendTask", "businessRuleTask"))


class Properties:
    """The properties of one BPMN element in the namespaces of Camunda 7 and Flowable."""

    def __init__(self, element: Element, report: Report) -> None:
        self.element = element
        self.report = report
        holder = element.first("extensionElements", BPMN)
        inner = holder.children if holder is not None else []
        self.children = [child for child in inner if child.namespace in SPACES]
        self.attributes = {
            key.rpartition("}")[2]: value
            for key, value in element.attributes.items()
            if key.startswith("{") and key[1:].partition("}")[0] in SPACES
        }

    def __bool__(self) -> bool:
        return bool(self.children or self.attributes)

    def take(self, attribute: str, became: str) -> str | None:
        """Return an attribute that has a meaning here, and note it; None: it is not there."""
        value = self.attributes.get(attribute)
        if value is not None:
            self.report.mapped(self.element, attribute, became)
        return value

    def text(self, attribute: str, became: str) -> Text | None:
        """Return an attribute as an expression or literal."""
        value = self.take(attribute, became)
        return without_calls(written(self.element, self.report.key(self.element, attribute))) if value else None

    def all(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        return next(self.all(name), None)
