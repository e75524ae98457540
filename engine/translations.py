"""The texts of a package in its languages: ``translations/<language>.yaml``, and what must stand there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engine.findings import Finding, Severity
from engine.notation import Document, Path, dotted

Texts = Mapping[str, str]

_GROUPS = ("steps", "outcomes", "forms")
_FORM_TEXTS = ("label", "description", "text", "content", "alt", "dateLabel", "timeLabel", "patternErrorMessage")


@dataclass(frozen=True, slots=True)
class Translation:
    """The texts of one language. ``forms`` maps form id, then component (key, or id where it has none), then
    property to text; the label of an option stands under ``values.<value>``."""

    language: str
    steps: Texts
    outcomes: Texts
    forms: Mapping[str, Mapping[str, Texts]]
    document: Document


@dataclass(frozen=True, slots=True)
class Wanted:
    """The texts that a package has in its first language, and that its other languages must have.

    ``steps`` maps ids of named elements to their names, ``forms`` is shaped as in ``Translation``.
    """

    steps: Texts
    outcomes: frozenset[str]
    forms: Mapping[str, Mapping[str, Texts]]


def read_translation(document: Document, language: str) -> tuple[Translation, list[Finding]]:
    """Return the texts of a file and what is wrong with its shape. What is wrong is left out of the texts."""
    findings: list[Finding] = []
    groups: dict[str, Any] = {name: {} for name in _GROUPS}
    for path, value in _entries(document, (), findings):
        if path[0] not in _GROUPS:
            listed = ", ".join(_GROUPS)
            findings.append(_wrong(document, path, f"salah satu dari {listed}", f"one of {listed}"))
        elif path[0] == "forms":
            groups["forms"][path[1]] = _form(document, path, value, findings)
        elif isinstance(value, str) and value:
            groups[str(path[0])][path[1]] = value
        else:
            findings.append(_wrong(document, path, "teks", "a text"))
    return Translation(language, groups["steps"], groups["outcomes"], groups["forms"], document), findings


def check_translation(translation: Translation, wanted: Wanted, *, is_first: bool) -> list[Finding]:
    """Return what a translation lacks and what nobody needs. The first language has its texts in BPMN and forms;
    only outcomes must be given for it."""
    steps: Texts = {} if is_first else wanted.steps
    forms: Mapping[str, Mapping[str, Texts]] = {} if is_first else wanted.forms
    findings = list(_compare(translation, ("steps",), steps, translation.steps, wanted.steps))
    words = dict.fromkeys(wanted.outcomes, "")
    findings += _compare(translation, ("outcomes",), words, translation.outcomes, words)
    for form, components in forms.items():
        for component, texts in components.items():
            given = translation.forms.get(form, {}).get(component, {})
            findings += _compare(translation, ("forms", form, component), texts, given, texts)
    for form, given_components in translation.forms.items():
        for component in given_components:
            if component not in wanted.forms.get(form, {}):
                findings.append(_needless(translation, ("forms", form, component), wanted.forms.get(form, {})))
    return sorted(findings, key=lambda finding: (finding.place.line or 0, finding.element or ""))


def _entries(document: Document, path: Path, findings: list[Finding]) -> Iterator[tuple[Path, Any]]:
    """Yield every key of the second level with its value."""
    if not isinstance(document.value, Mapping):
        findings.append(_wrong(document, path, "kumpulan kunci", "a group of keys"))
        return
    for group, entries in document.value.items():
        if not isinstance(entries, Mapping):
            findings.append(_wrong(document, (group,), "kumpulan kunci", "a group of keys"))
            continue
        for key, value in entries.items():
            yield (group, key), value


def _form(document: Document, path: Path, value: Any, findings: list[Finding]) -> dict[str, dict[str, str]]:
    form: dict[str, dict[str, str]] = {}
    if not isinstance(value, Mapping):
        findings.append(_wrong(document, path, "kumpulan komponen", "a group of components"))
        return form
    for component, texts in value.items():
        here = (*path, component)
        form[component] = dict(
            _component(document, here, {"label": texts} if isinstance(texts, str) else texts, findings)
        )
    return form


def _component(document: Document, path: Path, texts: Any, findings: list[Finding]) -> Iterator[tuple[str, str]]:
    if not isinstance(texts, Mapping):
        findings.append(_wrong(document, path, "teks atau kumpulan teks", "a text or a group of texts"))
        return
    for name, text in texts.items():
        if name == "values" and isinstance(text, Mapping):
            yield from ((f"values.{value}", str(label)) for value, label in text.items())
        elif name in _FORM_TEXTS and isinstance(text, str):
            yield name, text
        else:
            listed = ", ".join((*_FORM_TEXTS, "values"))
            findings.append(_wrong(document, (*path, name), f"teks {listed}", f"a text {listed}"))


def _compare(translation: Translation, path: Path, needed: Texts, given: Texts, known: Texts) -> Iterator[Finding]:
    for key, original in needed.items():
        if key not in given:
            yield _missing(translation, (*path, key), original)
    for key in given:
        if key not in known:
            yield _needless(translation, (*path, key), known)


def _missing(translation: Translation, path: Path, original: str) -> Finding:
    name, language = dotted(path), translation.language
    shown = f" ({original[:60]})" if original else ""
    message = {
        "id": f"Diharapkan terjemahan {language} untuk {name}{shown}, ditemukan tidak ada.",
        "en": f"Expected a translation into {language} of {name}{shown}, found none.",
    }
    return Finding("translation.missing", Severity.ERROR, message, translation.document.place(path), name)


def _needless(translation: Translation, path: Path, known: Mapping[str, Any]) -> Finding:
    name = dotted(path)
    near = get_close_matches(str(path[-1]), list(known), n=1)
    message = {
        "id": f"Diharapkan kunci yang dipakai paket ini, ditemukan {name}.",
        "en": f"Expected a key that the package uses, found {name}.",
    }
    mend = {"id": f"Maksudnya {near[0]}?", "en": f"Did you mean {near[0]}?"} if near else {}
    place = translation.document.place(path)
    return Finding("translation.needless", Severity.WARNING, message, place, name, mend=mend)


def _wrong(document: Document, path: Path, indonesian: str, english: str) -> Finding:
    name = dotted(path)
    message = {
        "id": f"Diharapkan {indonesian} di {name or 'berkas'}.",
        "en": f"Expected {english} in {name or 'the file'}.",
    }
    return Finding("translation.shape", Severity.ERROR, message, document.place(path), name or None)
