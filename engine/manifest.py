"""The manifest of a package, process.yaml: what a process is in law, as typed values.

The shape stands in manifest.schema.json. Checks that need more than the manifest are engine.packages' business.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from jsonschema import Draft202012Validator

from engine.errors import Invalid
from engine.findings import Finding, Severity, errors_of
from engine.notation import Document, Path, dotted, read_yaml
from engine.shapes import check_shape, load_schema

FILE = "process.yaml"

Texts = Mapping[str, str]


class LawStatus(StrEnum):
    """How sure we are of a cited value."""

    CONFIRMED = "confirmed"
    SECONDARY = "secondary"
    UNCONFIRMED = "unconfirmed"


class RoleKind(StrEnum):
    """Who plays a role: the person whose case it is, people of an agency, or no person."""

    APPLICANT = "applicant"
    OFFICE = "office"
    SYSTEM = "system"


class Unit(StrEnum):
    """What a term counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    CLOCK_HOURS = "clock_hours"


class Silence(StrEnum):
    """What it means in law that a term passes."""

    NONE = "none"
    DEEMED_GRANTED = "deemed_granted"
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    AUTO_CLOSE = "auto_close"
    OBJECTION = "objection"
    ESCALATE = "escalate"


class Moment(StrEnum):
    """Which moment in the life of a step a point means."""

    ENTERED = "entered"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Point:
    """A moment in a case."""

    moment: Moment
    step: str


@dataclass(frozen=True, slots=True)
class Law:
    """Where a value comes from. ``basis`` is a key of the manifest's legal basis; ``note`` maps language to text."""

    basis: str
    article: str
    status: LawStatus
    note: Texts


@dataclass(frozen=True, slots=True)
class Basis:
    """A law, as lawyers cite it."""

    key: str
    cite: str
    title: Texts
    url: str | None


@dataclass(frozen=True, slots=True)
class Role:
    """Who may do steps of the lane of this name; nobody who acted as one of ``not_same_as`` in the same case."""

    key: str
    title: Texts
    kind: RoleKind
    not_same_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """How a case begins. ``form`` None: without data; ``receipt`` None: the instance id serves as number."""

    form: str | None
    by: tuple[str, ...]
    receipt: str | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that the applicant must have. ``when`` empty: always; ``law`` None: no law is named."""

    title: Texts
    when: Texts
    law: Law | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a service costs, in words. ``law`` None: no law is named."""

    text: Texts
    law: Law | None


@dataclass(frozen=True, slots=True)
class Service:
    """What people should know before they apply: the service standard.

    ``product`` empty: not said; ``cost`` None: not said; ``term`` is the key of the term within which it is given.
    """

    product: Texts = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    cost: Cost | None = None
    term: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRule:
    """A message that the process waits for. Roles in ``by`` send it themselves; ``form`` None: it carries nothing."""

    title: Texts
    by: tuple[str, ...]
    form: str | None


@dataclass(frozen=True, slots=True)
class Extension:
    """A lawful extension by ``amount`` units, at most ``times``, when ``on`` happens before the term is due."""

    amount: int
    times: int
    on: Point


@dataclass(frozen=True, slots=True)
class TermRule:
    """A legal term as the law words it. ``amount`` is a FEEL text (without ``=``) where a decision sets it.

    ``warn_before`` and ``escalate_after`` are in ``unit``; None means that nobody is warned or told.
    """

    name: str
    title: Texts
    amount: int | str
    unit: Unit
    starts: tuple[Point, ...]
    stops: tuple[str, ...]
    ends: tuple[Point, ...]
    extension: Extension | None
    warn_before: int | None
    escalate_after: int | None
    silence: Silence
    law: Law

    def steps(self) -> Iterator[str]:
        """Yield the ids of all steps that the term depends on."""
        yield from (point.step for point in (*self.starts, *self.ends))
        yield from self.stops
        if self.extension is not None:
            yield self.extension.on.step


@dataclass(frozen=True, slots=True)
class Parameter:
    """A cited value that expressions read as ``parameter.<name>``."""

    name: str
    title: Texts
    value: Any
    law: Law


@dataclass(frozen=True, slots=True)
class Call:
    """A job type and who answers it. ``errors`` maps an HTTP status to a BPMN error code."""

    job_type: str
    title: Texts
    connector: str
    method: str
    path: str | None
    errors: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Confidential:
    """A variable that only ``roles`` may read (empty: nobody reads it in full)."""

    path: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a closed case is kept: an ISO 8601 duration."""

    period: str
    law: Law | None


@dataclass(frozen=True)
class Manifest:
    """Everything that process.yaml says. Mappings keep the order of the file.

    ``subject`` are paths of variables that say what a case is about; lists show them and are searched in them.
    """

    id: str
    title: Texts
    description: Texts
    authority: Texts
    code: str | None
    in_force_from: date
    languages: tuple[str, ...]
    legal_basis: Mapping[str, Basis]
    roles: Mapping[str, Role]
    start: Start
    service: Service
    terms: Mapping[str, TermRule]
    parameters: Mapping[str, Parameter]
    calls: Mapping[str, Call]
    messages: Mapping[str, MessageRule]
    citizen_status: Mapping[str, Texts]
    outcomes: Mapping[str, str]
    subject: tuple[str, ...]
    confidential: tuple[Confidential, ...]
    retention: Retention

    def terms_of(self, step: str) -> tuple[TermRule, ...]:
        """Return the terms that something which happens to ``step`` may start, stop, resume, extend or end."""
        return self._terms_of_step.get(step, ()) or self._terms_of_step.get(step.rpartition(":")[2], ())

    @cached_property
    def _terms_of_step(self) -> Mapping[str, tuple[TermRule, ...]]:
        found: dict[str, list[TermRule]] = {}
        for term in self.terms.values():
            for step in dict.fromkeys(term.steps()):
                found.setdefault(step, []).append(term)
        return {step: tuple(terms) for step, terms in found.items()}

    @property
    def laws(self) -> Iterator[tuple[str, Law]]:
        """Yield every citation with the dotted path of what it supports."""
        yield from ((f"terms.{name}", term.law) for name, term in self.terms.items())
        yield from ((f"parameters.{name}", parameter.law) for name, parameter in self.parameters.items())
        if self.retention.law is not None:
            yield "retention", self.retention.law
        for number, requirement in enumerate(self.service.requirements):
            if requirement.law is not None:
                yield f"service.requirements.{number}", requirement.law
        if self.service.cost is not None and self.service.cost.law is not None:
            yield "service.cost", self.service.cost.law

    @property
    def parameter_values(self) -> dict[str, Any]:
        """What expressions find of the parameters: the variable ``parameter``, or nothing if there are none."""
        values = {name: parameter.value for name, parameter in self.parameters.items()}
        return {"parameter": values} if values else {}

    @property
    def applicant_roles(self) -> frozenset[str]:
        """The roles of the person whose case it is."""
        return frozenset(key for key, role in self.roles.items() if role.kind is RoleKind.APPLICANT)


def is_step(named: str, step: str) -> bool:
    """Tell whether a manifest that names ``named`` means ``step``, which is ``process:element`` in a called process.

    A bare id means the element wherever in the package it stands.
    """
    return named in (step, step.rpartition(":")[2])


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
    hidden = [entry.path for entry in _confidential(value.get("confidential", ()))]
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


def manifest_of(value: Mapping[str, Any]) -> Manifest:
    """Return a manifest that was checked before, from its JSON."""
    return Manifest(
        id=value["id"],
        title=value["title"],
        description=value.get("description", {}),
        authority=value["authority"],
        code=value.get("code"),
        in_force_from=date.fromisoformat(value["in_force_from"]),
        languages=tuple(value["languages"]),
        legal_basis={
            key: Basis(key, entry["cite"], entry["title"], entry.get("url"))
            for key, entry in value["legal_basis"].items()
        },
        roles={
            key: Role(key, entry["title"], RoleKind(entry["kind"]), tuple(entry.get("not_same_as", ())))
            for key, entry in value["roles"].items()
        },
        start=Start(value["start"].get("form"), tuple(value["start"]["by"]), value["start"].get("receipt")),
        service=_service(value.get("service", {})),
        terms={name: _term(name, entry) for name, entry in value.get("terms", {}).items()},
        parameters={
            name: Parameter(name, entry.get("title", {}), entry["value"], _law(entry["law"]))
            for name, entry in value.get("parameters", {}).items()
        },
        calls={job_type: _call(job_type, entry) for job_type, entry in value.get("calls", {}).items()},
        messages={
            name: MessageRule(entry["title"], tuple(entry.get("by", ())), entry.get("form"))
            for name, entry in value.get("messages", {}).items()
        },
        citizen_status=value.get("citizen_status", {}),
        outcomes=value.get("outcomes", {}),
        subject=tuple(value.get("subject", ())),
        confidential=tuple(_confidential(value.get("confidential", ()))),
        retention=Retention(value["retention"]["period"], _law_of(value["retention"])),
    )


def _service(entry: Mapping[str, Any]) -> Service:
    cost = entry.get("cost")
    return Service(
        product=entry.get("product", {}),
        requirements=tuple(
            Requirement(each["title"], each.get("when", {}), _law_of(each)) for each in entry.get("requirements", ())
        ),
        cost=None if cost is None else Cost(cost["text"], _law_of(cost)),
        term=entry.get("term"),
    )


def _law_of(entry: Mapping[str, Any]) -> Law | None:
    return _law(entry["law"]) if "law" in entry else None


def _term(name: str, entry: Mapping[str, Any]) -> TermRule:
    amount = entry["amount"]
    extension = entry.get("extension")
    return TermRule(
        name=name,
        title=entry["title"],
        amount=amount.removeprefix("=") if isinstance(amount, str) else amount,
        unit=Unit(entry["unit"]),
        starts=_points(entry["starts"]),
        stops=tuple(entry.get("stops", ())),
        ends=_points(entry["ends"]),
        extension=Extension(extension["amount"], extension.get("times", 1), _points(extension["on"])[0])
        if extension
        else None,
        warn_before=entry["warn"]["before"] if "warn" in entry else None,
        escalate_after=entry["escalate"]["after"] if "escalate" in entry else None,
        silence=Silence(entry["silence"]),
        law=_law(entry["law"]),
    )


def _points(entry: Any) -> tuple[Point, ...]:
    entries = entry if isinstance(entry, list) else [entry]
    return tuple(Point(Moment(moment), step) for item in entries for moment, step in item.items())


def _law(entry: Mapping[str, Any]) -> Law:
    note = entry.get("note", {})
    return Law(
        entry["basis"], entry["article"], LawStatus(entry["status"]), {"id": note} if isinstance(note, str) else note
    )


def _call(job_type: str, entry: Mapping[str, Any]) -> Call:
    errors = {int(status): code for status, code in entry.get("errors", {}).items()}
    return Call(job_type, entry["title"], entry["connector"], entry.get("method", "POST"), entry.get("path"), errors)


def _confidential(entries: Iterable[Any]) -> Iterator[Confidential]:
    for entry in entries:
        if isinstance(entry, str):
            yield Confidential(entry, ())
        else:
            for path, roles in entry.items():
                yield Confidential(path, tuple(roles))
