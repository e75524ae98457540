"""Try again what stands still: as it is, or with other inputs, which are journalled without anything confidential."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import definitions
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.definitions import Compiled
from engine.errors import Invalid, NotPossibleNow
from engine.forms import FieldError
from engine.instances.acts import name_anew, operated
from engine.instances.correcting import faults_of_start
from engine.instances.masking import MASK, Veil, hides, put_back
from engine.instances.moving import Locked, Moved, look, move_locked
from engine.instances.own import refuse_own
from engine.models import IS_OPEN_INCIDENT, Incident, IncidentStatus, Instance, Job, JobKind, JobStatus


def retry(
    session: Session, instance_id: UUID, *, actor: Actor, now: datetime, expected_revision: int | None = None
) -> Moved:
    """Try all failed steps and jobs of an instance again. Raises Stale, NotPossibleNow if nothing failed."""
    locked = operated(session, instance_id, actor, expected_revision)
    incidents = session.scalars(select(Incident).where(Incident.instance_id == instance_id, IS_OPEN_INCIDENT)).all()
    if not incidents:
        raise NotPossibleNow(f"Expected open incidents of instance {instance_id}, but there are none")
    return retry_locked(session, locked, incidents, actor=actor, now=now)


def retry_locked(
    session: Session, locked: Locked, incidents: Sequence[Incident], *, actor: Actor, now: datetime
) -> Moved:
    """Resolve incidents of an instance that is locked: their jobs get all tries again, their steps are taken again."""
    tokens = _resolve(session, incidents, actor, now)

    def act(workflow: Workflow) -> None:
        for token in tokens:
            workflow.retry(token, now=now)

    facts = {"steps": [incident.step for incident in incidents]}
    return move_locked(session, locked, act, kind="incident.resolved", actor=actor, now=now, facts=facts)


def reopen_jobs(session: Session, job_ids: Collection[UUID], *, now: datetime) -> None:
    """Give failed jobs all their tries again, at once."""
    session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.status == JobStatus.FAILED)
        .values(status=JobStatus.OPEN, attempts=0, available_at=now, lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


def inputs(session: Session, incident: Incident, *, viewer: Actor) -> dict[str, Any] | None:
    """Return what a failed step or job was given, by name, as the viewer may see it; None: nothing that can be changed.

    Masked are the confidential variables, and whatever was made of their values.
    """
    found = _given(session, incident)
    if found is None or incident.instance_id is None:
        return None
    return _veil(session, incident.instance_id, viewer.roles, found).over(found)


def retry_with(
    session: Session,
    locked: Locked,
    incident: Incident,
    sent: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> Moved:
    """Try a step of a locked instance again with other inputs; what is not sent, or sent as its mask, stays.

    A step that maps inputs gets them for itself; else the variables of the instance are changed. Raises NotPossibleNow
    for what has no inputs, and Invalid (facts: ``fields``) for a name that is none or that Alur itself writes, a mask
    that stands for nothing, and what the start form refuses.
    """
    given = _given(session, incident)
    if given is None or incident.token is None:
        raise NotPossibleNow(f"Expected a step with inputs, but incident {incident.id} is of {incident.kind}")
    shown = _veil(session, locked.id, actor.roles, given).over(given)
    wanted = put_back(sent, shown, given)
    changes = {name: value for name, value in wanted.items() if name not in given or _differ(given[name], value)}
    _check(session, locked, incident.token, given, changes, now)
    facts = {"steps": [incident.step], "reason": reason, **_told(session, locked.id, given, changes)}
    _resolve(session, [incident], actor, now)
    token = incident.token

    def act(workflow: Workflow) -> None:
        workflow.give(token, changes, now=now)

    moved = move_locked(session, locked, act, kind="incident.resolved", actor=actor, now=now, facts=facts)
    if incident.job_id is not None:
        _hand_to_job(session, incident.job_id, changes)
    if changes:
        name_anew(session, locked, look(session, locked.id, Workflow.variables))
    return moved


def _resolve(session: Session, incidents: Sequence[Incident], actor: Actor, now: datetime) -> list[int]:
    """Resolve incidents and reopen their jobs; return the tokens of those steps that failed themselves."""
    for incident in incidents:
        incident.status = IncidentStatus.RESOLVED
        incident.resolved_at, incident.resolved_by = now, actor.name
    reopen_jobs(session, [incident.job_id for incident in incidents if incident.job_id is not None], now=now)
    return [incident.token for incident in incidents if incident.job_id is None and incident.token is not None]


def _given(session: Session, incident: Incident) -> dict[str, Any] | None:
    """Return the inputs of a failed job as they are sent, or the variables that a failed step sees."""
    if incident.job_id is not None:
        job = session.get(Job, incident.job_id, populate_existing=True)
        if job is None or job.kind not in (JobKind.CALL, JobKind.EXTERNAL):
            return None
        return dict(job.payload.get("inputs", {}))
    if incident.instance_id is None or incident.token is None:
        return None
    token = incident.token
    return look(session, incident.instance_id, lambda workflow: workflow.seen(token))


def _hand_to_job(session: Session, job_id: UUID, changes: Mapping[str, Any]) -> None:
    job = session.get(Job, job_id, populate_existing=True)
    if job is not None:  # else a condition that hears of the change has ended its step
        job.payload = {**job.payload, "inputs": {**job.payload.get("inputs", {}), **changes}}
        session.flush()


def _check(
    session: Session, locked: Locked, token: int, given: Mapping[str, Any], changes: Mapping[str, Any], now: datetime
) -> None:
    refuse_own(changes)
    unknown = [name for name in changes if name not in given and not name.isidentifier()]
    if unknown:
        fields = [{"path": name, "rule": "name", "message": _NO_NAME} for name in unknown]
        raise Invalid(f"Expected names of variables, found {', '.join(map(repr, unknown))}", fields=fields)
    outer = look(session, locked.id, lambda workflow: [name for name in changes if workflow.scope_of(token, name) == 0])
    compiled = definitions.compiled(session, locked.version_id)
    variables = look(session, locked.id, Workflow.variables)
    written = {**variables, **{name: changes[name] for name in outer}}
    if fields := [error.as_dict() for error in _new_faults(compiled, variables, written, now.astimezone(locked.zone))]:
        raise Invalid(f"Expected values that may stand in the case, found {len(fields)} faults", fields=fields)


_NO_NAME = {
    "id": "Nama isian terdiri atas huruf, angka, dan garis bawah, dan tidak diawali angka.",
    "en": "A name has letters, digits and underscores, and does not begin with a digit.",
}


def _new_faults(
    compiled: Compiled, before: Mapping[str, Any], after: Mapping[str, Any], now: datetime
) -> Iterator[FieldError]:
    """Yield what the start form finds wrong since the change: old faults are not the operator's."""
    known = {(error.path, error.rule) for error in faults_of_start(compiled, before, now)}
    for error in faults_of_start(compiled, after, now):
        if (error.path, error.rule) not in known:
            yield error


def _told(session: Session, instance_id: UUID, given: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the journal says of changed inputs: it is read by many, so nothing confidential stands in it."""
    if not changes:
        return {}
    public = _veil(session, instance_id, (), given)
    before = public.over({name: given.get(name) for name in changes})
    return {"before": before, "after": _masked_alike(public.over(changes), before)}


def _differ(old: Any, new: Any) -> bool:
    return json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True)


def _veil(session: Session, instance_id: UUID, roles: Collection[str], given: Mapping[str, Any]) -> Veil:
    manifest = definitions.compiled(session, session.get_one(Instance, instance_id).version_id).manifest
    return Veil.of(manifest, roles, look(session, instance_id, Workflow.variables), given)


def _masked_alike(values: Any, other: Any) -> Any:
    """Return values masked where the others are: what takes the place of something confidential is confidential."""
    if other == MASK:
        return MASK
    if isinstance(values, Mapping) and isinstance(other, Mapping):
        return {name: _masked_alike(value, other.get(name)) for name, value in values.items()}
    return MASK if hides(other) and values != other else values
