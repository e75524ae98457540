"""What a process is in law, as typed values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

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
    """Where a value comes from. ``basis`` is a key of the manifest's legal basis; ``note`` maps language to text.

    ``articles`` has the article by language; numbers stand under the first language alone: they need no other.
    """

    basis: str
    articles: Texts
    status: LawStatus
    note: Texts

    @property
    def article(self) -> str:
        """The article in the first language of the package."""
        return next(iter(self.articles.values()))


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
