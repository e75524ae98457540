"""Services as the public sees them."""

from typing import Any

from pydantic import Field

from api.shown.base import Facts, Shown, Texts
from engine.manifest import Law, Manifest
from engine.models import InstanceStatus
from engine.services import Service as Offered


class Requirement(Shown):
    """Something that the applicant must have."""

    title: Texts
    when: Texts = Field(description="When it is needed; empty: always")
    law: Facts | None


class Cost(Shown):
    """What a service costs, in words."""

    text: Texts
    law: Facts | None


class Service(Shown):
    """What anybody may know of a process in force: what it is, who may apply, what is needed, law, term and cost."""

    id: str
    version: int
    title: Texts
    description: Texts
    authority: Texts
    code: str | None = Field(description="National code")
    languages: list[str]
    is_public: bool = Field(description="Whether applicants may apply by themselves, without going to the counter")
    start_by: list[str] = Field(description="Roles that may start it")
    roles: dict[str, Texts] = Field(description="Titles of the roles that may start it")
    product: Texts = Field(description="What the applicant gets in the end; empty: not said")
    requirements: list[Requirement]
    cost: Cost | None = Field(description="null: not said")
    term: Facts | None = Field(description="The term within which the service is given; null: not said")
    legal_basis: Facts
    terms: Facts = Field(description="All legal terms; an amount of null is decided in the case")


class ServiceDetail(Service):
    """A service with the form that is filled in to apply."""

    form_schema: Facts | None = Field(description="As form-js reads it; null: it begins without data")


class Office(Shown):
    """An agency that offers a service."""

    code: str
    name: str


class Applied(Shown):
    """A case that was started. ``secret`` is shown only here: with the number it lets the applicant follow the case."""

    receipt: str
    secret: str
    status: InstanceStatus


def of_service(found: Offered) -> Facts:
    """Return the fields of a service."""
    manifest = found.manifest
    standard = manifest.service
    terms = {name: _term(manifest, name) for name in manifest.terms}
    return {
        "id": manifest.id,
        "version": found.version,
        "title": manifest.title,
        "description": manifest.description,
        "authority": manifest.authority,
        "code": manifest.code,
        "languages": list(manifest.languages),
        "is_public": found.is_public,
        "start_by": list(manifest.start.by),
        "roles": {role: manifest.roles[role].title for role in manifest.start.by},
        "product": standard.product,
        "requirements": [
            {"title": each.title, "when": each.when, "law": _law(each.law)} for each in standard.requirements
        ],
        "cost": None if standard.cost is None else {"text": standard.cost.text, "law": _law(standard.cost.law)},
        "term": None if standard.term is None else {"name": standard.term, **terms[standard.term]},
        "legal_basis": {
            key: {"cite": basis.cite, "title": basis.title, "url": basis.url}
            for key, basis in manifest.legal_basis.items()
        },
        "terms": terms,
    }


def _term(manifest: Manifest, name: str) -> dict[str, Any]:
    rule = manifest.terms[name]
    return {
        "title": rule.title,
        "amount": rule.amount if isinstance(rule.amount, int) else None,
        "unit": rule.unit.value,
        "silence": rule.silence.value,
        "law": _law(rule.law),
    }


def _law(law: Law | None) -> Facts | None:
    if law is None:
        return None
    return {"basis": law.basis, "article": law.article, "status": law.status.value, "note": law.note}
