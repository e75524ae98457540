"""Hide what the manifest calls confidential from those whose roles may not read it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.manifest import Manifest

MASK = "•••"


def masked(
    values: Mapping[str, Any], manifest: Manifest, roles: Collection[str], *, own: Iterable[str] = ()
) -> dict[str, Any]:
    """Return a copy of variables with the confidential ones that ``roles`` may not read replaced by a mask.

    ``own`` are dotted paths, ``[]`` marking lists, of what the reader wrote: that is shown. Where only parts of what is
    hidden are, the others are left out.
    """
    result = dict(values)
    for path in hidden_paths(manifest, roles):
        _hide(result, path.split("."))
    for path in own:
        result = _revealed(result, values, path.replace("[]", "").split("."))
    return result


def _revealed(shown: Any, stored: Any, path: Sequence[str]) -> Any:
    """Return what is shown, with what is stored at a path."""
    if not path:
        return stored
    if isinstance(stored, list):
        before = shown if isinstance(shown, list) else [MASK] * len(stored)
        return [_revealed(old, each, path) for old, each in zip(before, stored, strict=True)]
    if not isinstance(stored, Mapping) or path[0] not in stored:
        return shown
    result = dict(shown) if isinstance(shown, Mapping) else {}
    return {**result, path[0]: _revealed(result.get(path[0], MASK), stored[path[0]], path[1:])}


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
    return put_back(entered, masked(stored, manifest, roles), stored)


def put_back(entered: Mapping[str, Any], shown: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was entered, with the stored value wherever the mask stands that was ``shown``. Raises Invalid."""
    faults: list[str] = []
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


@dataclass(frozen=True, slots=True)
class Veil:
    """Hides the confidential values of a case, also where they stand under other names or within texts.

    Inputs of a step are made of variables under names that the manifest does not know.
    """

    manifest: Manifest
    roles: Collection[str]
    texts: frozenset[str]
    numbers: frozenset[float]

    @staticmethod
    def of(manifest: Manifest, roles: Collection[str], *known: Mapping[str, Any]) -> "Veil":
        """Return what hides from who has only ``roles``; ``known`` are the variables with the confidential values."""
        found: list[Any] = []
        for path in hidden_paths(manifest, roles):
            for values in known:
                found += _singles(_at(values, path.split(".")))
        texts = frozenset(value for value in found if isinstance(value, str) and len(value) >= _LEAST_TEXT)
        numbers = (value for value in found if isinstance(value, int | float) and not isinstance(value, bool))
        return Veil(manifest, roles, texts, frozenset(value for value in numbers if abs(value) >= _LEAST_NUMBER))

    def over(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of values with the mask where something confidential stands."""
        shown = masked(values, self.manifest, self.roles)
        return {name: self._over(value) for name, value in shown.items()}

    def _over(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self._over(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._over(each) for each in value]
        if isinstance(value, str):
            return MASK if any(text in value for text in self.texts) else value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return MASK if is_number and value in self.numbers else value


# Shorter texts and smaller numbers say too little by themselves, and would mask half of what a step was given.
_LEAST_TEXT, _LEAST_NUMBER = 4, 1000


def _at(values: Any, path: Sequence[str]) -> list[Any]:
    """Return what stands at a path: several values, where lists are on the way."""
    if isinstance(values, list):
        return [found for each in values for found in _at(each, path)]
    if not path:
        return [values]
    return _at(values.get(path[0]), path[1:]) if isinstance(values, Mapping) else []


def _singles(value: Any) -> Iterator[Any]:
    """Yield the single values within lists and objects."""
    if isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _singles(each)
    else:
        yield value


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
