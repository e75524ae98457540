"""Hide what the manifest calls confidential from those whose roles may not read it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.manifest import Manifest

MASK = "•••"


def masked(values: Mapping[str, Any], manifest: Manifest, roles: Collection[str]) -> dict[str, Any]:
    """Return a copy of variables with the confidential ones that ``roles`` may not read replaced by a mask."""
    hidden = [entry.path for entry in manifest.confidential if not set(entry.roles).intersection(roles)]
    result = dict(values)
    for path in hidden:
        _hide(result, path.split("."))
    return result


def masked_facts(facts: Mapping[str, Any], manifest: Manifest, roles: Collection[str]) -> dict[str, Any]:
    """Return the data of a journal entry with the variables in it masked: those entered, and those before and after."""
    return {
        name: masked(value, manifest, roles) if name in _VARIABLES and isinstance(value, Mapping) else value
        for name, value in facts.items()
    }


def leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what stands in variables by dotted path: objects are gone into, lists are not."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


_VARIABLES = {"data", "before", "after"}


def _hide(values: dict[str, Any], path: list[str]) -> None:
    """Replace what is at ``path`` by the mask. What lies on the way is copied: the values belong to a workflow."""
    first, rest = path[0], path[1:]
    if values.get(first) is None:
        return
    if not rest:
        values[first] = MASK
    elif isinstance(values[first], Mapping):
        values[first] = dict(values[first])
        _hide(values[first], rest)
    elif isinstance(values[first], list):
        values[first] = [dict(item) if isinstance(item, Mapping) else item for item in values[first]]
        for item in values[first]:
            if isinstance(item, dict):
                _hide(item, rest)
