"""Scenario files as typed values: who does what when, and what must follow. engine.scenarios plays them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from jsonschema import Draft202012Validator

from engine.errors import Invalid
from engine.findings import Finding, Place, Severity
from engine.notation import Document, Path, dotted
from engine.shapes import check_shape, load_schema

DEFAULT_ZONE = "Asia/Jakarta"


class Refusal(StrEnum):
    """Why a person may not complete a task."""

    NOT_SAME_AS = "not_same_as"
    ROLE = "role"
    FORM = "form"
    NOT_OPEN = "not_open"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be the case. Keys are those of the file; only what is given is compared."""

    wanted: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that happens in a story. ``at`` None: at the time of what happened before."""

    place: Place
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(Act):
    """A person completes the ``item``-th open task of a step; or is refused ``because``."""

    step: str
    by: str
    data: Mapping[str, Any]
    item: int = 1
    because: Refusal | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitUntil(Act):
    """The clock moves to ``at``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(Act):
    """A message, or a signal, arrives. ``key`` None: the case's receipt number."""

    name: str
    data: Mapping[str, Any]
    key: str | None = None
    is_signal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Act):
    """Another system answers a call: with data, with an error code of the business, or not at all."""

    job_type: str
    data: Mapping[str, Any]
    error: str | None = None
    fails: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Act):
    """The case goes to another agency."""

    agency: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Act):
    """An operator ends the case."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Act):
    """Something must be the case now."""

    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Office:
    """An agency of a story, by its code."""

    code: str
    time_zone: str = DEFAULT_ZONE
    days_off: tuple[date, ...] = ()
    weekdays: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class StoryStart:
    """How a case of a story begins. ``process`` None: the main process of the package."""

    at: datetime
    by: str
    data: Mapping[str, Any]
    process: str | None
    event: str | None
    key: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Story:
    """One scenario file. ``people`` maps names to roles; who is not in it gets the roles that the acts need.
    ``parameters`` are values that differ from the manifest's in this case."""

    file: str
    name: str
    name_en: str | None
    source: str | None
    start: StoryStart
    acts: tuple[Act, ...]
    expectation: Expectation
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    agencies: tuple[Office, ...] = (Office("PUSAT"),)
    parameters: Mapping[str, Any] = field(default_factory=dict)


def read_story(document: Document) -> Story:
    """Return the story of a scenario file. Raises Invalid with every fault, each with its line."""
    findings = check_shape(_schema(), document, prefix="scenario") or list(_check_meaning(document))
    if findings:
        raise Invalid(f"Expected a scenario in {document.file}, found {len(findings)} faults", findings)
    value = document.value
    return Story(
        file=document.file,
        name=value["name"],
        name_en=value.get("name_en"),
        source=value.get("source"),
        start=_start(document),
        acts=tuple(_act(document, index, act) for index, act in enumerate(value.get("steps", ()))),
        expectation=Expectation(value["expect"], document.place(("expect",))),
        people={name: tuple(roles) for name, roles in value.get("people", {}).items()},
        agencies=tuple(_office(code, office) for code, office in value.get("agencies", {"PUSAT": {}}).items()),
        parameters=value.get("parameters", {}),
    )


@cache
def _schema() -> Draft202012Validator:
    return load_schema("scenario")


def _check_meaning(document: Document) -> Iterator[Finding]:
    value = document.value
    moments: list[tuple[Path, str]] = [(("start", "at"), value["start"]["at"])]
    for index, act in enumerate(value.get("steps", ())):
        moments += [(("steps", index, key), act[key]) for key in ("at", "wait_until") if key in act]
    before: datetime | None = None
    for path, text in moments:
        moment = _moment(text)
        if moment is None:
            yield _fault(
                document, path, "moment", f"waktu yang ada, ditemukan {text}", f"a time that exists, found {text}"
            )
        elif before is not None and moment < before:
            earlier = f"{text} < {before.isoformat()}"
            yield _fault(
                document,
                path,
                "backwards",
                f"waktu yang maju, ditemukan {earlier}",
                f"a time that goes on, found {earlier}",
            )
        before = moment or before
    for code, office in value.get("agencies", {}).items():
        zone = office.get("time_zone", DEFAULT_ZONE)
        if zone not in available_timezones():
            known = ("zona seperti Asia/Makassar", "a zone such as Asia/Makassar")
            yield _fault(
                document,
                ("agencies", code, "time_zone"),
                "zone",
                f"{known[0]}, ditemukan {zone}",
                f"{known[1]}, found {zone}",
            )
        for index, day in enumerate(office.get("days_off", ())):
            if _moment(day) is None:
                path = ("agencies", code, "days_off", index)
                yield _fault(
                    document, path, "day", f"hari yang ada, ditemukan {day}", f"a day that exists, found {day}"
                )


def _fault(document: Document, path: Path, rule: str, indonesian: str, english: str) -> Finding:
    name = dotted(path)
    message = {"id": f"Diharapkan di {name} {indonesian}.", "en": f"Expected in {name} {english}."}
    return Finding(f"scenario.{rule}", Severity.ERROR, message, document.place(path), name)


def _start(document: Document) -> StoryStart:
    start = document.value["start"]
    return StoryStart(
        at=datetime.fromisoformat(start["at"]),
        by=start.get("by", "applicant"),
        data=start.get("data", {}),
        process=start.get("process"),
        event=start.get("event"),
        key=start.get("key"),
        place=document.place(("start",)),
    )


def _act(document: Document, index: int, act: Mapping[str, Any]) -> Act:
    place = document.place(("steps", index))
    text = act.get("at") or act.get("wait_until")
    at = None if text is None else datetime.fromisoformat(text)
    by, data = act.get("by", "somebody"), act.get("data", {})
    if "complete" in act:
        return Complete(place=place, at=at, step=act["complete"], by=by, data=data, item=act.get("item", 1))
    if "refused" in act:
        return Complete(
            place=place,
            at=at,
            step=act["refused"],
            by=by,
            data=data,
            item=act.get("item", 1),
            because=Refusal(act["because"]),
            path=act.get("path"),
        )
    if "wait_until" in act:
        return WaitUntil(place=place, at=at)
    if "message" in act:
        key = None if "key" not in act else str(act["key"])
        return Send(place=place, at=at, name=act["message"], key=key, data=data)
    if "signal" in act:
        return Send(place=place, at=at, name=act["signal"], data=data, is_signal=True)
    if "answer" in act:
        return Answer(
            place=place, at=at, job_type=act["answer"], data=data, error=act.get("error"), fails=act.get("fails")
        )
    if "hand_over" in act:
        return HandOver(place=place, at=at, agency=act["hand_over"], by=by, reason=act.get("reason", ""))
    if "cancel" in act:
        return Cancel(place=place, at=at, by=by, reason=act["cancel"])
    here = document.place(("steps", index, "expect"))
    return Expect(place=here, expectation=Expectation(act["expect"], here))


def _office(code: str, office: Mapping[str, Any]) -> Office:
    return Office(
        code,
        ZoneInfo(office.get("time_zone", DEFAULT_ZONE)).key,
        tuple(date.fromisoformat(day) for day in office.get("days_off", ())),
        tuple(office["weekdays"]) if "weekdays" in office else None,
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
