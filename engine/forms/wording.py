"""A form in another language: its schema with the texts of a translation in place of its own."""

import json
from collections.abc import Mapping
from typing import Any

from engine.forms.model import Form

Texts = Mapping[str, str]


def translated(form: Form, texts: Mapping[str, Texts]) -> dict[str, Any]:
    """Return the schema of a form with ``texts``, which are by component (its key; its id where it has none).

    What ``texts`` leave out stays as it is.
    """
    return _translated(form.schema, texts)


def _translated(item: Mapping[str, Any], texts: Mapping[str, Texts]) -> dict[str, Any]:
    made = dict(item)
    own = texts.get(str(item.get("key", item.get("id", ""))), {})
    for name, text in own.items():
        if name == "patternErrorMessage":
            made["validate"] = {**item.get("validate", {}), name: text}
        elif name in item:
            made[name] = text
    if isinstance(item.get("values"), list):
        made["values"] = [_option(option, own) for option in item["values"]]
    if isinstance(item.get("components"), list):
        made["components"] = [_translated(component, texts) for component in item["components"]]
    return made


def _option(option: Mapping[str, Any], texts: Texts) -> dict[str, Any]:
    value = option.get("value")
    name = f"values.{value if isinstance(value, str) else json.dumps(value)}"
    return {**option, "label": texts.get(name, option.get("label"))}
