"""What was entered at the start of a case, in the words of its form, for people to read."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from sqlalchemy.orm import Session

from engine import instances
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.definitions import Compiled
from engine.instances.masking import masked
from engine.models import Instance

_YES = {True: ("Ya", "Yes"), False: ("Tidak", "No")}


def facts(
    session: Session, instance: Instance, compiled: Compiled, viewer: Actor, language: str
) -> list[tuple[str, str]]:
    """Return label and answer of each field of the start form that was filled in, confidential ones masked."""
    schema = compiled.form_schema(compiled.manifest.start.form, language)
    if schema is None:
        return []
    values = instances.look(session, instance.id, Workflow.variables)
    return list(_answers(schema, masked(values, compiled.manifest, viewer.roles), language))


def _answers(item: Mapping[str, Any], values: Mapping[str, Any], language: str) -> Iterator[tuple[str, str]]:
    for component in item.get("components", ()):
        inner = _at(values, component.get("path", ""))
        if component.get("type") == "dynamiclist":
            for each in inner if isinstance(inner, list) else ():
                yield from _answers(component, each if isinstance(each, Mapping) else {}, language)
        elif "components" in component:
            yield from _answers(component, inner if isinstance(inner, Mapping) else {}, language)
        elif "key" in component and component.get("type") != "filepicker":
            value = _at(values, component["key"])
            if value not in (None, "", []):
                label = component.get("label") or component.get("dateLabel") or component["key"]
                yield str(label), _written(value, component, language)


def _at(values: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _written(value: Any, component: Mapping[str, Any], language: str) -> str:
    if isinstance(value, bool):
        return _YES[value][language == "en"]
    if component.get("type") == "datetime" and component.get("subtype", "date") == "date":
        return _day(str(value), language)
    if isinstance(value, list):
        return ", ".join(_written(each, component, language) for each in value)
    options = {str(option.get("value")): option.get("label") for option in component.get("values") or ()}
    return str(options.get(str(value)) or value)


def _day(text: str, language: str) -> str:
    try:
        return format_date(date.fromisoformat(text), "d MMMM y", locale=language)
    except ValueError:
        return text
