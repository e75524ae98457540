"""The words by which cases are found: receipt, business key, and what the process says that a case is about."""

from collections.abc import Mapping
from typing import Any

from engine.manifest import Manifest

LONGEST_SUBJECT = 200
# It stands in an index beside ids, and PostgreSQL takes no entry over 2,704 bytes: four for each letter at most.
LONGEST_SEARCH = 400


def subject_of(manifest: Manifest, variables: Mapping[str, Any]) -> str | None:
    """Return what a case is about, from the variables that the manifest names; None: it names none, or they are empty.

    Nothing of it is confidential: the manifest may not name what is.
    """
    values = (_at(variables, path.split(".")) for path in manifest.subject)
    texts = (" ".join(str(value).split()) for value in values if _is_plain(value))
    return ", ".join(filter(None, texts))[:LONGEST_SUBJECT] or None


def search_of(receipt: str, business_key: str | None, about: str | None) -> str:
    """Return the lower-case text that lists are searched in; of cases ``about`` is the subject, of tasks the name."""
    return " ".join(filter(None, (receipt, business_key, about))).lower()[:LONGEST_SEARCH]


def words_in(text: str | None) -> list[str]:
    """Return the words that must occur, as the columns ``search`` have them."""
    return (text or "").lower().split()


def escaped(word: str) -> str:
    """Return a word as LIKE finds it, and nothing else."""
    return "".join(f"\\{letter}" if letter in "%_\\" else letter for letter in word)


def _at(values: Any, path: list[str]) -> Any:
    for part in path:
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
