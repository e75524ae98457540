"""Values of a case as a page offers them for correction: with the words of the start form, each with what was sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.pages.visitor import Visitor
from engine import definitions, instances
from engine.forms import FieldType, sent_as
from engine.instances import Correctable
from engine.models import Instance

NAME = "value:"
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:[.,][0-9]{1,30})?")
_LONG = 80


@dataclass(frozen=True, slots=True)
class Correction:
    """A value on the page. ``kind`` is text, long, number, date, truth or choice; ``options`` are sent text and label.

    ``new`` is what it is to become; it is ``old`` as long as nothing was sent.
    """

    path: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...]
    choices: Mapping[str, Any]
    old: Any
    new: Any

    @property
    def is_asked(self) -> bool:
        """Tell whether the start form asks for it, so that it has a name for people."""
        return self.label != self.path

    @property
    def is_changed(self) -> bool:
        """Tell whether it is to become another value."""
        return self.old != self.new or isinstance(self.old, bool) is not isinstance(self.new, bool)

    def written(self, value: Any) -> str:
        """Return a value as people read it; of a choice, its label."""
        text = self.sent(value)
        return dict(self.options).get(text, text)

    def sent(self, value: Any) -> str:
        """Return a value as a field holds it."""
        return "" if value is None else sent_as(value)


def corrections(session: Session, instance_id: UUID, visitor: Visitor) -> list[Correction]:
    """Return the values that the visitor may correct. Raises NotFound, NotAllowed."""
    found = instances.correctable(session, instance_id, viewer=visitor.actor)
    compiled = definitions.compiled(session, session.get_one(Instance, instance_id).version_id)
    schema = compiled.form_schema(compiled.manifest.start.form, visitor.language)
    asked = {} if schema is None else dict(_asked(schema, ""))
    return [_correction(each, asked.get(each.path, {}), visitor.language) for each in found]


def read(each: Correction, sent: Mapping[str, str]) -> Correction:
    """Return a correction with what was sent for it; as it was, if nothing was."""
    text = sent.get(f"{NAME}{each.path}")
    return each if text is None else replace(each, new=_value(each, text.replace("\r\n", "\n")))


def _asked(item: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for component in item.get("components", ()):
        if component.get("key"):
            yield f"{prefix}{component['key']}", component
        if component.get("type") != "dynamiclist":
            path = component.get("path")
            yield from _asked(component, f"{prefix}{path}." if path else prefix)


def _correction(each: Correctable, asked: Mapping[str, Any], language: str) -> Correction:
    label = asked.get("label") or asked.get("dateLabel") or each.path
    kind = _kind(each, asked)
    choices: dict[str, Any] = {}
    options: tuple[tuple[str, str], ...] = ()
    if kind == "truth":
        choices = {"true": True, "false": False}
        options = (("true", "Yes"), ("false", "No")) if language == "en" else (("true", "Ya"), ("false", "Tidak"))
    elif kind == "choice":
        choices = {sent_as(option["value"]): option["value"] for option in asked["values"]}
        options = tuple((sent_as(option["value"]), str(option.get("label", ""))) for option in asked["values"])
    return Correction(each.path, str(label), kind, options, choices, each.value, each.value)


def _kind(each: Correctable, asked: Mapping[str, Any]) -> str:
    field = each.field
    if isinstance(each.value, bool) or (field is not None and field.type is FieldType.CHECKBOX):
        return "truth"
    if asked.get("values"):
        return "choice"
    if isinstance(each.value, int | float):
        return "number"
    if field is not None and field.type is FieldType.NUMBER and not field.as_text:
        return "number"
    if field is not None and field.type is FieldType.DATETIME and asked.get("subtype", "date") == "date":
        return "date"
    is_long = isinstance(each.value, str) and (len(each.value) > _LONG or "\n" in each.value)
    return "long" if is_long or (field is not None and field.type is FieldType.TEXTAREA) else "text"


def _value(each: Correction, text: str) -> Any:
    """Return what a sent text means; the text itself where it is no such value: the engine says so."""
    if each.kind in ("truth", "choice"):
        return each.choices.get(text, text or None)
    if each.kind == "number":
        plain = text.strip().replace(",", ".")
        if _NUMBER.fullmatch(text.strip()):
            return float(plain) if "." in plain else int(plain)
        return plain or None
    if isinstance(each.old, str) and text == each.old.replace("\r\n", "\n"):
        return each.old
    return text or None
