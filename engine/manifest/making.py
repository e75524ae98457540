"""Make a manifest of its JSON, which was checked before."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from engine.manifest.model import (
    Basis,
    Call,
    Confidential,
    Cost,
    Extension,
    Law,
    LawStatus,
    Manifest,
    MessageRule,
    Moment,
    Parameter,
    Point,
    Requirement,
    Retention,
    Role,
    RoleKind,
    Service,
    Silence,
    Start,
    TermRule,
    Unit,
)


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
        confidential=tuple(confidential_of(value.get("confidential", ()))),
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
    status = LawStatus(entry["status"])
    return Law(entry["basis"], _texts(entry["article"]), status, _texts(entry.get("note", {})))


def _texts(value: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"id": value} if isinstance(value, str) else value


def _call(job_type: str, entry: Mapping[str, Any]) -> Call:
    errors = {int(status): code for status, code in entry.get("errors", {}).items()}
    return Call(job_type, entry["title"], entry["connector"], entry.get("method", "POST"), entry.get("path"), errors)


def confidential_of(entries: Iterable[Any]) -> Iterator[Confidential]:
    """Return what is confidential, and who may read it, from its JSON."""
    for entry in entries:
        if isinstance(entry, str):
            yield Confidential(entry, ())
        else:
            for path, roles in entry.items():
                yield Confidential(path, tuple(roles))
