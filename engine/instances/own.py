"""The variables that Alur itself writes into every case: its number and id, the cited values, the terms."""

from collections.abc import Iterable

from engine.errors import Invalid

OWN = frozenset(("receipt", "instance_id", "parameter", "term"))


def refuse_own(names: Iterable[str]) -> None:
    """Check that nobody writes what Alur itself writes. Raises Invalid (facts: ``fields``)."""
    if found := sorted(OWN.intersection(names)):
        fields = [{"path": name, "rule": "own", "message": _OF_ALUR} for name in found]
        raise Invalid(f"Expected no variables that Alur itself writes, found {', '.join(found)}", fields=fields)


_OF_ALUR = {
    "id": "Ini ditulis oleh Alur sendiri dan tidak dapat diubah.",
    "en": "Alur itself writes this; it cannot be changed.",
}
