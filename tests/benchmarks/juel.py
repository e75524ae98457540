"""Our drawings as Operaton and Flowable read them: with their own attributes, and expressions of the language JUEL.

Element for element they stay as they are; a script becomes a service task with an expression, which both run in place.
"""

import json
import re

from lxml import etree
from shapes import SHAPES, drawer, process_id

NAMESPACES = {"operaton": "http://operaton.org/schema/1.0/bpmn", "flowable": "http://flowable.org/bpmn"}
# What an expression computes goes to a variable: each engine has its own name for the attribute.
RESULT = {"operaton": "resultVariable", "flowable": "resultVariableName"}
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"


def drawn(shape: str, engine: str) -> bytes:
    """Return the model of a shape for an engine of ``NAMESPACES``."""
    text = drawer()(f"process {process_id(shape)}\n{SHAPES[shape].drawing}")
    document = etree.fromstring(text.encode())
    for script in document.iter(f"{_BPMN}scriptTask"):
        _translate_script(script, engine)
    for task in document.iter(f"{_BPMN}userTask"):
        found = task.find(f".//{_ZEEBE}assignmentDefinition")
        task.set(f"{{{NAMESPACES[engine]}}}candidateGroups", found.get("candidateGroups"))
    for condition in document.iter(f"{_BPMN}conditionExpression"):
        condition.text = _juel(condition.text)
    for repeated in document.iter(f"{_BPMN}multiInstanceLoopCharacteristics"):
        found = repeated.find(f".//{_ZEEBE}loopCharacteristics")
        repeated.set(f"{{{NAMESPACES[engine]}}}collection", found.get("inputCollection").removeprefix("="))
        repeated.set(f"{{{NAMESPACES[engine]}}}elementVariable", found.get("inputElement"))
    for extension in list(document.iter(f"{_BPMN}extensionElements")):
        extension.getparent().remove(extension)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8")


def words(data: dict[str, object]) -> list[str]:
    """Return variables as a request's words: name, kind and value of each. What is an object becomes its JSON text."""
    found: list[str] = []
    for name, value in data.items():
        found += [name, *_kind(value)]
    return found


def _translate_script(script: etree._Element, engine: str) -> None:
    found = script.find(f".//{_ZEEBE}script")
    script.tag = f"{_BPMN}serviceTask"
    script.set(f"{{{NAMESPACES[engine]}}}expression", _juel(found.get("expression")))
    script.set(f"{{{NAMESPACES[engine]}}}{RESULT[engine]}", found.get("resultVariable"))


def _juel(feel: str) -> str:
    """Comparisons and sums of numbers are written alike in both languages."""
    if not re.fullmatch(r"=\w+ (>|>=|\+|\*) \d+", feel):
        raise ValueError(f"Expected an expression that FEEL and JUEL write alike, found {feel}")
    return f"${{{feel[1:]}}}"


def _kind(value: object) -> tuple[str, str]:
    match value:
        case bool():
            return "boolean", str(value).lower()
        case int():
            return "number", str(value)
        case str():
            return "text", value
        case list():
            return "numbers", ",".join(str(each) for each in value)
    return "text", json.dumps(value)
