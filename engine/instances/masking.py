"""Hide what the manifest calls confidential from those whose roles may not read it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from engine.errors import Invalid
from engine.manifest import Manifest

MASK = "•••"


def masked(values: Mapping[str, Any], manifest: Manifest, roles: Collection[str]) -> dict[str, Any]:
    """Return a copy of variables with the confidential ones that ``roles`` may not read replaced by a mask."""
    result = dict(values)
    for path in hidden_paths(manifest, roles):
        _hide(result, path.split("."))
    return result


def hidden_paths(manifest: Manifest, roles: Collection[str]) -> list[str]:
    """Return the paths of the variables that ``roles`` may not read."""
    return [entry.path for entry in manifest.confidential if not set(entry.roles).intersection(roles)]


def unmasked(
    entered: Mapping[str, Any], stored: Mapping[str, Any], manifest: Manifest, roles: Collection[str]
) -> dict[str, Any]:
    """Return what somebody entered, with the stored value wherever the mask stands for one that ``roles`` may not read.

    Who may not read a value sends its mask back with the rest: the value stays. A list with masks in it stays as it is
    as a whole, or else nobody could tell which item is which. Raises Invalid (facts: ``fields``) for a mask that stands
    for nothing: it is no data.
    """
    if not manifest.confidential:
        return dict(entered)
    faults: list[str] = []
    shown = masked(stored, manifest, roles)
    found = {name: _put_back(value, shown.get(name), stored.get(name), name, faults) for name, value in entered.items()}
    if faults:
        fields = [{"path": path, "rule": "masked", "message": _NO_DATA} for path in faults]
        raise Invalid(f"Expected data, found the mask of confidential values at {', '.join(faults)}", fields=fields)
    return found


_NO_DATA = {
    "id": "Isian ini disamarkan dan tidak dapat disimpan; isi lagi atau muat ulang halaman.",
    "en": "This entry is masked and cannot be saved; enter it again or reload the page.",
}


def hides(value: Any) -> bool:
    """Tell whether a mask stands anywhere in a value."""
    if isinstance(value, Mapping):
        return any(hides(each) for each in value.values())
    if isinstance(value, list):
        return any(hides(each) for each in value)
    return bool(value == MASK)


def laid_over(shown: Mapping[str, Any], draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables as somebody sees them with a draft over them; a mask in the draft hides nothing."""
    result = dict(shown)
    for name, value in draft.items():
        below = result.get(name)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            result[name] = laid_over(below, value)
        elif not hides(value):
            result[name] = value
    return result


def _put_back(entered: Any, shown: Any, stored: Any, path: str, faults: list[str]) -> Any:
    if entered == MASK:
        if hides(shown):
            return stored
        faults.append(path)
    elif isinstance(entered, Mapping):
        return {
            name: _put_back(value, _within(shown, name), _within(stored, name), f"{path}.{name}", faults)
            for name, value in entered.items()
        }
    elif isinstance(entered, list) and hides(entered):
        if entered == shown:
            return stored
        faults.append(path)
    return entered


def _within(values: Any, name: str) -> Any:
    if values == MASK:
        return MASK
    return values.get(name) if isinstance(values, Mapping) else None


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
