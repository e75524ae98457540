"""Namespaces and small words of BPMN's XML: references, truth values, expressions, findings at an element."""

from dataclasses import replace

from engine.bpmn.model import Language, Origin, Text
from engine.findings import Place
from engine.gate import Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
MODELER = "http://camunda.org/schema/modeler/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ACTIVITI = "http://activiti.org/bpmn"
OPERATON = "http://operaton.org/schema/1.0/bpmn"
FOX = "http://www.camunda.com/fox"
FLOWABLE = "http://flowable.org/bpmn"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def local(reference: str | None) -> str:
    """Return the local part of a QName; the empty text for None."""
    return (reference or "").strip().rpartition(":")[2]


def truth(text: str | None, default: bool) -> bool:
    """Return an xsd:boolean; ``default`` where there is none or it is not one (the structure rules report that)."""
    return {"true": True, "1": True, "false": False, "0": False}.get((text or "").strip(), default)


def number(text: str | None, default: int) -> int:
    """Return an xsd:integer; ``default`` where there is none or it is not one."""
    try:
        return int((text or "").strip())
    except ValueError:
        return default


def expression(source: str, place: Place, language: Language | None = None) -> Text:
    """Return a text with its language: a leading ``=`` is FEEL, ``${…}`` JUEL, else ``language`` or literal."""
    if source.startswith("="):
        return Text(source[1:].strip(), Language.FEEL, place)
    if source.startswith(("${", "#{")) or (language is None and ("${" in source or "#{" in source)):
        return Text(source, Language.JUEL, place)
    return Text(source, language or Language.LITERAL, place)


def written(element: Element, attribute: str | None, language: Language | None = None) -> Text:
    """Return the expression or literal in an attribute, or in an element's text (None), with where it stands."""
    value = (element.get(attribute) or "") if attribute is not None else element.text
    text = expression(value.strip(), element.place, language)
    start = value.find(text.source) if text.source else 0
    place = element.place_in(attribute, start)
    return replace(text, place=place, origin=Origin(element, attribute, start))
