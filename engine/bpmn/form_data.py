"""Forms that models of Camunda 7 and Flowable describe field by field, as form-js schemas for a package."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.bpmn.engines import CAMUNDA7
from engine.bpmn.words import BPMN, FLOWABLE, ZEEBE
from engine.gate import Element

_SPACES = (*CAMUNDA7, FLOWABLE)
_COMPONENTS: Mapping[str, Mapping[str, Any]] = {
    "long": {"type": "number", "decimalDigits": 0},
    "integer": {"type": "number", "decimalDigits": 0},
    "double": {"type": "number"},
    "boolean": {"type": "checkbox"},
    "date": {"type": "datetime", "subtype": "date", "dateLabel": ""},
    "enum": {"type": "select"},
}
# Constraints of Camunda 7 that form-js knows, with what they are there.
_NUMBERS = {"min": "min", "max": "max", "minlength": "minLength", "maxlength": "maxLength"}
_UNSAFE = re.compile(r"\W")


def form_of(element: Element) -> dict[str, Any] | None:
    """Return the form-js schema of the fields that a step or start event describes; None: it describes none."""
    components = [_component(field) for field in _fields(element)]
    if not components:
        return None
    return {"type": "default", "id": form_id(element), "schemaVersion": 18, "components": components}


def form_id(element: Element) -> str:
    """Return the id of the form of a step: the step's, as file names allow it."""
    return _UNSAFE.sub("_", element.get("id") or "form")


def forms_of(root: Element) -> dict[str, dict[str, Any]]:
    """Return the form-js schemas of all fields that a file describes, and of forms that it holds, by id of the form."""
    found = [form_of(element) for element in root.walk() if element.namespace == BPMN]
    found += [_held(element) for element in root.walk() if (element.namespace, element.name) == (ZEEBE, "userTaskForm")]
    return {form["id"]: form for form in found if form is not None}


def _held(element: Element) -> dict[str, Any] | None:
    """Return a form that stands in the file as JSON, under its id there; None: it is no JSON object."""
    try:
        form = json.loads(element.text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return {**form, "id": form_id(element)} if isinstance(form, dict) else None


def fields_of(element: Element) -> list[Element]:
    """Return the extension elements that describe fields: ``formData`` and ``formProperty``."""
    holder = element.first("extensionElements", BPMN)
    inner = holder.children if holder is not None else []
    return [child for child in inner if child.namespace in _SPACES and child.name in ("formData", "formProperty")]


def _fields(element: Element) -> Iterator[Element]:
    for child in fields_of(element):
        if child.name == "formProperty":
            yield child
        else:
            yield from (field for field in child.children if field.name == "formField")


def _component(field: Element) -> dict[str, Any]:
    kind, key = field.get("type") or "string", field.get("id") or ""
    made: dict[str, Any] = {"type": "textfield", **_COMPONENTS.get(kind, {})}
    made |= {
        "id": f"field_{_UNSAFE.sub('_', key)}",
        "key": key,
        "label": field.get("label") or field.get("name") or key,
    }
    default = field.get("defaultValue") or field.get("default")
    if default is not None and "${" not in default:
        made["defaultValue"] = _typed(kind, default)
    if kind == "enum":
        made["values"] = [
            {"value": each.get("id") or "", "label": each.get("name") or each.get("id") or ""}
            for each in field.children
            if each.name == "value"
        ]
    if field.get("writable") == "false" or "readonly" in _constraints(field):
        made["readonly"] = True
    rules = _validation(field)
    return made | ({"validate": rules} if rules else {})


def _validation(field: Element) -> dict[str, Any]:
    constraints = _constraints(field)
    rules: dict[str, Any] = {}
    if field.get("required") == "true" or constraints.get("required", "false") != "false":
        rules["required"] = True
    for name, value in constraints.items():
        if name in _NUMBERS and re.fullmatch(r"-?\d{1,9}", value):
            rules[_NUMBERS[name]] = int(value)
    return rules


def _constraints(field: Element) -> dict[str, str]:
    """Return the constraints of a field by name; one without a configuration is simply there."""
    return {
        each.get("name") or "": each.get("config") or "true"
        for holder in field.children
        if holder.name == "validation"
        for each in holder.children
        if each.name == "constraint"
    }


def _typed(kind: str, text: str) -> Any:
    if kind == "boolean":
        return text == "true"
    if kind in ("long", "integer", "double") and re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text):
        return float(text) if "." in text else int(text)
    return text
