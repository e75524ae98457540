"""What forms and their checks share: values at dotted keys, and where expressions are evaluated."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms.model import Component, Field, Group, Key

MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where expressions are evaluated: all names, the object that holds the fields, and its place."""

    names: Mapping[str, Any]
    values: Mapping[str, Any]
    prefix: str

    def item(self, value: Mapping[str, Any], path: str, position: int) -> "Scope":
        """Return the scope of a list's item; ``position`` counts from 1."""
        names = {**self.names, **value, "this": value, "parent": self.values, "i": position}
        return Scope(names, value, f"{path}.")


def with_defaults(components: Iterable[Component], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of ``data`` with the defaults of fields that were not sent."""
    entered = dict(data)
    for component in components:
        if isinstance(component, Field):
            if component.default is not None and get(entered, component.key) is MISSING:
                put(entered, component.key, component.default)
        elif isinstance(component, Group):
            nested = get(entered, component.path)
            if isinstance(nested, Mapping) or nested is MISSING:
                inner = with_defaults(component.components, {} if nested is MISSING else nested)
                if inner:
                    entered = _replaced(entered, component.path, inner)
    return entered


def laid_into(components: Iterable[Component], stored: Mapping[str, Any], entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return entered data with what else stands in the stored objects that it goes into: a form that asks for a phone
    number leaves the name beside it. A list is replaced as a whole."""
    laid: dict[str, Any] = {}
    for key in _keys(components, ()):
        value = get(entered, key)
        if value is not MISSING:
            if key[0] not in laid and len(key) > 1 and isinstance(stored.get(key[0]), Mapping):
                laid[key[0]] = stored[key[0]]
            put(laid, key, value)
    return laid


def _keys(components: Iterable[Component], start: Key) -> Iterator[Key]:
    for component in components:
        if isinstance(component, Field):
            yield (*start, *component.key)
        elif isinstance(component, Group):
            yield from _keys(component.components, (*start, *component.path))
        else:
            yield (*start, *component.path)


def get(values: Any, key: Key) -> Any:
    """Return the value at a key, or MISSING."""
    for part in key:
        if not isinstance(values, Mapping) or part not in values:
            return MISSING
        values = values[part]
    return values


def put(values: dict[str, Any], key: Key, value: Any) -> None:
    """Set the value at a key. What lies on the way is copied, or made."""
    for part in key[:-1]:
        inner = values.get(part)
        values[part] = dict(inner) if isinstance(inner, Mapping) else {}
        values = values[part]
    values[key[-1]] = value


def merge(values: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put ``more`` into ``values``; objects under one key become one."""
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(values.get(key), dict):
            merge(values[key], value)
        else:
            values[key] = value


def option_value(option: Any) -> Any:
    """Return the value of an option, which may be an object with value and label, or the value itself."""
    return option.get("value") if isinstance(option, Mapping) and "value" in option else option


def _replaced(values: dict[str, Any], key: Key, value: dict[str, Any]) -> dict[str, Any]:
    if not key:
        return value
    put(values, key, value)
    return values
