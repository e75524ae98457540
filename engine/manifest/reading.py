"""Read a manifest and check it by itself: its shape by the schema, and what a schema cannot say."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from engine.errors import Invalid
from engine.findings import Finding, Severity, errors_of
from engine.manifest.making import confidential_of, manifest_of
from engine.manifest.model import FILE, LawStatus, Manifest, RoleKind
from engine.notation import Document, Path, dotted, read_yaml
from engine.shapes import check_shape, load_schema


@dataclass(frozen=True, slots=True)
class ReadManifest:
    """A manifest with the lines it came from and what should be mended in it (no errors)."""

    manifest: Manifest
    document: Document
    findings: tuple[Finding, ...]


def read_manifest(data: bytes, *, file: str = FILE) -> ReadManifest:
    """Read and check a manifest by itself. Raises Invalid with every fault, each with line and key."""
    document = read_yaml(data, file=file)
    findings = check_shape(_schema(), document, prefix="manifest")
    if not findings:
        findings = list(_check_meaning(document))
    if errors := errors_of(findings):
        raise Invalid(f"Expected a manifest in {file}, found {len(errors)} faults", findings)
    return ReadManifest(manifest_of(document.value), document, tuple(findings))


@cache
def _schema() -> Draft202012Validator:
    return load_schema("manifest")


def _check_meaning(document: Document) -> Iterator[Finding]:
    """Check what a schema cannot say. The shape is right already."""
    value = document.value
    yield from _check_date(document)
    yield from _check_texts(document, value["languages"])
    for path, name in _role_names(value):
        if name not in value["roles"]:
            yield _unknown(document, path, name, "role", "peran", value["roles"])
    for path, law in _laws(value):
        if law["basis"] not in value["legal_basis"]:
            yield _unknown(document, (*path, "basis"), law["basis"], "law", "dasar hukum", value["legal_basis"])
        if law["status"] != LawStatus.CONFIRMED and "note" not in law:
            yield _unexplained(document, path, law["status"])
    term = value.get("service", {}).get("term")
    if term is not None and term not in value.get("terms", {}):
        yield _unknown(document, ("service", "term"), term, "term", "tenggat", value.get("terms", {}))
    hidden = [entry.path for entry in confidential_of(value.get("confidential", ()))]
    for index, subject in enumerate(value.get("subject", ())):
        for secret in hidden:
            if _is_within(subject, secret) or _is_within(secret, subject):
                yield _shown_secret(document, ("subject", index), secret)
    for message, entry in value.get("messages", {}).items():
        for index, name in enumerate(entry.get("by", ())):
            if name in value["roles"] and value["roles"][name]["kind"] != RoleKind.APPLICANT:
                yield _no_applicant(document, ("messages", message, "by", index), name)
    for name, role in value["roles"].items():
        if name in role.get("not_same_as", ()):
            yield _own_opposite(document, name)
    for name, term in value.get("terms", {}).items():
        if "warn" in term and isinstance(term["amount"], int) and term["warn"]["before"] > term["amount"]:
            yield _warned_too_early(document, name, term)


def _check_date(document: Document) -> Iterator[Finding]:
    try:
        date.fromisoformat(document.value["in_force_from"])
    except ValueError:
        path: Path = ("in_force_from",)
        found = document.value["in_force_from"]
        yield _finding(
            document, path, "date", f"tanggal yang ada, ditemukan {found}", f"a day that exists, found {found}"
        )


def _check_texts(document: Document, languages: list[str]) -> Iterator[Finding]:
    for path, texts in _texts(document.value):
        for missing in (language for language in languages if language not in texts):
            yield _finding(
                document,
                path,
                "text-missing",
                f"teks dalam bahasa {missing}, ditemukan {', '.join(texts)}",
                f"a text in the language {missing}, found {', '.join(texts)}",
            )


def _texts(value: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for key in ("title", "description", "authority"):
        if key in value:
            yield (key,), value[key]
    for group in ("legal_basis", "roles", "terms", "parameters", "calls", "messages"):
        for name, entry in value.get(group, {}).items():
            if "title" in entry:
                yield (group, name, "title"), entry["title"]
    service = value.get("service", {})
    if "product" in service:
        yield ("service", "product"), service["product"]
    for index, entry in enumerate(service.get("requirements", ())):
        yield from ((("service", "requirements", index, key), entry[key]) for key in ("title", "when") if key in entry)
    if "cost" in service:
        yield ("service", "cost", "text"), service["cost"]["text"]
    for step, texts in value.get("citizen_status", {}).items():
        yield ("citizen_status", step), texts
    for path, law in _laws(value):
        if not isinstance(law["article"], str):
            yield (*path, "article"), law["article"]


def _role_names(value: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for index, name in enumerate(value["start"]["by"]):
        yield ("start", "by", index), name
    for role, entry in value["roles"].items():
        for index, name in enumerate(entry.get("not_same_as", ())):
            yield ("roles", role, "not_same_as", index), name
    for message, entry in value.get("messages", {}).items():
        for index, name in enumerate(entry.get("by", ())):
            yield ("messages", message, "by", index), name
    for index, item in enumerate(value.get("confidential", ())):
        for variable, names in item.items() if isinstance(item, Mapping) else ():
            for at, name in enumerate(names):
                yield ("confidential", index, variable, at), name


def _laws(value: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for group in ("terms", "parameters"):
        for name, entry in value.get(group, {}).items():
            yield (group, name, "law"), entry["law"]
    if "law" in value["retention"]:
        yield ("retention", "law"), value["retention"]["law"]
    service = value.get("service", {})
    for index, entry in enumerate(service.get("requirements", ())):
        if "law" in entry:
            yield ("service", "requirements", index, "law"), entry["law"]
    if "law" in service.get("cost", {}):
        yield ("service", "cost", "law"), service["cost"]["law"]


def _unknown(document: Document, path: Path, name: str, noun: str, kata: str, known: Iterable[str]) -> Finding:
    listed = ", ".join(known)
    return _finding(
        document,
        path,
        f"{noun}-unknown",
        f"{kata} yang dinyatakan ({listed}), ditemukan {name}",
        f"a declared {noun} ({listed}), found {name}",
    )


def _unexplained(document: Document, path: Path, status: str) -> Finding:
    return _finding(
        document,
        path,
        "law-unexplained",
        f"catatan untuk nilai berstatus {status}, ditemukan tidak ada",
        f"a note for a value that is {status}, found none",
        severity=Severity.WARNING,
    )


def _is_within(inner: str, outer: str) -> bool:
    return f"{inner}.".startswith(f"{outer}.")


def _shown_secret(document: Document, path: Path, hidden: str) -> Finding:
    return _finding(
        document,
        path,
        "subject-confidential",
        f"variabel yang boleh dilihat setiap petugas, ditemukan {hidden}, yang rahasia",
        f"a variable that every civil servant may see, found {hidden}, which is confidential",
    )


def _no_applicant(document: Document, path: Path, role: str) -> Finding:
    return _finding(
        document, path, "message-by", f"peran pemohon, ditemukan {role}", f"a role of applicants, found {role}"
    )


def _own_opposite(document: Document, role: str) -> Finding:
    path: Path = ("roles", role, "not_same_as")
    return _finding(
        document,
        path,
        "role-own-opposite",
        f"peran lain, ditemukan {role} sendiri",
        f"another role, found {role} itself",
    )


def _warned_too_early(document: Document, name: str, term: Mapping[str, Any]) -> Finding:
    amount, before = term["amount"], term["warn"]["before"]
    return _finding(
        document,
        ("terms", name, "warn", "before"),
        "warned-too-early",
        f"peringatan setelah tenggat mulai (paling banyak {amount}), ditemukan {before}",
        f"a warning after the term starts (at most {amount}), found {before}",
    )


def _finding(
    document: Document, path: Path, rule: str, indonesian: str, english: str, *, severity: Severity = Severity.ERROR
) -> Finding:
    name = dotted(path)
    message = {"id": f"Diharapkan di {name} {indonesian}.", "en": f"Expected in {name} {english}."}
    return Finding(f"manifest.{rule}", severity, message, document.place(path), name)
