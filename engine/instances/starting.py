"""Start instances."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from engine import access, definitions, forms
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.database import uuid7
from engine.definitions import Compiled
from engine.errors import NotFound, NotPossibleNow
from engine.instances.concluding import Before, conclude
from engine.instances.moving import Moved
from engine.instances.receipts import new_secret, next_receipt
from engine.instances.searching import search_of, subject_of
from engine.instances.situation import Situation
from engine.journal import new_chain
from engine.models import Agency, Case, Version, VersionStatus, Webhook
from engine.statements import Query
from engine.writes import Writes


class _Office(NamedTuple):
    """What must be known of the agency. ``is_told`` says that a webhook wants to know what happens."""

    code: str
    time_zone: str
    is_active: bool
    is_told: bool


_OFFICE = Query(
    select(
        Agency.code,
        Agency.time_zone,
        Agency.active,
        exists().where(Webhook.agency_id == Agency.id, Webhook.active),
    ).where(Agency.id == bindparam("id"))
)


class _Numbered(NamedTuple):
    """What must be known of a version that was named. Its package, which may be long, is not read."""

    id: UUID
    agency_id: UUID | None
    status: VersionStatus


_NUMBERED = Query(
    select(Version.id, Version.agency_id, Version.status).where(
        Version.process_id == bindparam("process_id"), Version.number == bindparam("number")
    )
)


def start(
    session: Session,
    process_id: str,
    variables: Mapping[str, Any],
    *,
    agency_id: UUID,
    actor: Actor,
    now: datetime,
    number: int | None = None,
    business_key: str | None = None,
    applicant: str | None = None,
    start_event: str | None = None,
) -> Moved:
    """Start an instance of ``process_id``, by default of the version in force, and run it until it waits.

    ``number`` chooses a version (a draft too: to try it out), ``start_event`` one of several start events. Expressions
    find the number and the id of the case in ``receipt`` and ``instance_id``: messages are correlated by them.
    Raises NotFound for an unknown process, version or agency, NotAllowed if the actor may not start it, Invalid for
    data that the start form refuses (facts: ``fields``).
    """
    ready = _ready(session, process_id, agency_id, actor, now, number)
    writes = Writes()
    moved = _start(session, ready, variables, writes, business_key, applicant, start_event)
    writes.flush(session)
    return moved


def start_many(
    session: Session,
    process_id: str,
    given: Iterable[tuple[Mapping[str, Any], str | None]],
    *,
    agency_id: UUID,
    actor: Actor,
    now: datetime,
    number: int,
) -> None:
    """Start an instance for each pair of variables and business key; all or none are stored. Raises as ``start``.

    One of a hundred costs PostgreSQL and us half of what one alone does: what is the same for all is asked once, and
    their rows go in one round trip instead of a hundred.
    """
    ready = _ready(session, process_id, agency_id, actor, now, number)
    writes = Writes()
    for variables, business_key in given:
        _start(session, ready, variables, writes, business_key)
    writes.flush(session)


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is known before an instance is started."""

    agency: _Office
    agency_id: UUID
    zone: ZoneInfo
    compiled: Compiled
    actor: Actor
    now: datetime


def _ready(
    session: Session, process_id: str, agency_id: UUID, actor: Actor, now: datetime, number: int | None
) -> _Ready:
    row = _OFFICE.one(session.connection(), id=agency_id)
    if row is None:
        raise NotFound(f"Expected agency {agency_id}, but there is no such agency")
    agency = _Office(*row)
    if not agency.is_active:
        raise NotPossibleNow(f"Expected an active agency, but {agency.code} is not")
    zone = ZoneInfo(agency.time_zone)
    compiled = definitions.compiled(session, _version_id(session, process_id, number, agency_id, now, zone))
    access.may_start(actor, compiled.manifest, agency_id)
    return _Ready(agency, agency_id, zone, compiled, actor, now)


def _start(
    session: Session,
    ready: _Ready,
    variables: Mapping[str, Any],
    writes: Writes,
    business_key: str | None,
    applicant: str | None = None,
    start_event: str | None = None,
) -> Moved:
    """Start an instance; what must be stored for it waits in ``writes``."""
    compiled, now = ready.compiled, ready.now
    values = _checked(compiled, variables, now.astimezone(ready.zone)) if start_event is None else dict(variables)
    secret, hashed = new_secret()
    instance_id = uuid7(now)
    situation = Situation(
        case=Case(instance_id, compiled.version_id, compiled.process_id, ready.agency_id, now),
        zone=ready.zone,
        receipt="",
        business_key=business_key,
        applicant=applicant,
        compiled=compiled,
        actor=ready.actor,
        now=now,
        kind="instance.started",
        step=start_event,
        chain=new_chain(instance_id),
        writes=writes,
    )
    situation.receipt = _receipt(session, situation, ready.agency.code)
    known = {"receipt": situation.receipt, "instance_id": str(instance_id)}
    given = _with_parameters(compiled, values) | known
    workflow = Workflow.start(compiled.definition, given, now=now, start_event=start_event)
    subject = subject_of(compiled.manifest, values)
    before = Before(0, {}, is_told=ready.agency.is_told, new=_first_columns(situation, hashed, subject))
    facts = {"version": compiled.number, "receipt": situation.receipt, "business_key": business_key}
    end = conclude(session, situation, workflow, before, facts=facts)
    return Moved.of(situation, end, 1, secret=secret)


def _version_id(
    session: Session, process_id: str, number: int | None, agency_id: UUID, now: datetime, zone: ZoneInfo
) -> UUID:
    if number is None:
        today = now.astimezone(zone).date()
        found = definitions.version_in_force(session, process_id, agency_id, today=today)
        if found is None:
            raise NotFound(f"Expected an approved version of {process_id} in force on {today}, but there is none")
        return found
    row = _NUMBERED.one(session.connection(), process_id=process_id, number=number)
    version = None if row is None else _Numbered(*row)
    if version is None or version.agency_id not in (None, agency_id):
        raise NotFound(f"Expected version {number} of {process_id}, but there is none")
    if version.status is VersionStatus.RETIRED:
        raise NotPossibleNow(f"Expected a version in use, but version {number} of {process_id} is retired")
    return version.id


def _checked(compiled: Compiled, variables: Mapping[str, Any], local_now: datetime) -> dict[str, Any]:
    """Return the data of the start form, checked; all variables if the process starts without a form."""
    form = compiled.forms.get(compiled.manifest.start.form or "")
    if form is None:
        return dict(variables)
    return forms.accepted(form, variables, context=_with_parameters(compiled, {}), now=local_now)


def _with_parameters(compiled: Compiled, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return variables with the cited values of the manifest, and its terms, which nobody can set otherwise."""
    own = compiled.manifest.parameter_values
    if compiled.reads_terms:
        own["term"] = dict.fromkeys(compiled.manifest.terms)
    return {**values, **own}


def _receipt(session: Session, situation: Situation, code: str) -> str:
    pattern, case = situation.compiled.manifest.start.receipt, situation.case
    if pattern is None:
        return str(case.id)
    today = situation.now.astimezone(situation.zone).date()
    return next_receipt(session, pattern, case.process_id, case.agency_id, code, today)


def _first_columns(situation: Situation, hashed: bytes, subject: str | None) -> dict[str, Any]:
    case = situation.case
    return {
        "id": case.id,
        "version_id": case.version_id,
        "process_id": case.process_id,
        "agency_id": case.agency_id,
        "receipt": situation.receipt,
        "secret_hash": hashed,
        "business_key": situation.business_key,
        "subject": subject,
        "search": search_of(situation.receipt, situation.business_key, subject),
        "applicant": situation.applicant,
        "started_at": situation.now,
        "started_by": situation.actor.name,
    }
