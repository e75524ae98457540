"""Carry running instances over to another version of their process by a plan: each wholly, or not at all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engine import access, definitions, terms
from engine.access import Actor
from engine.bpmn.migration import Obstacle, Obstructed, alike, carry_over, check_plan, lost_steps, renamed
from engine.bpmn.waits import Wait, WaitKind
from engine.bpmn.workflow import Workflow
from engine.database import Page, Sessions, Slice, in_transaction
from engine.errors import Invalid, NotFound, NotPossibleNow, Stale
from engine.instances.concluding import Before, conclude
from engine.instances.moving import Locked, Moved, check_running, lock
from engine.instances.opening import add_candidates, searched, who_may
from engine.instances.situation import Situation
from engine.journal import Chain
from engine.models import (
    IS_OPEN_INCIDENT,
    IS_OPEN_TASK,
    Case,
    Incident,
    Instance,
    InstanceStatus,
    Job,
    Subscription,
    Task,
    TaskCandidate,
    Version,
    VersionStatus,
)

_STORED: Mapping[WaitKind, type[Job] | type[Subscription]] = {
    WaitKind.JOB: Job,
    WaitKind.TIMER: Job,
    WaitKind.MESSAGE: Subscription,
    WaitKind.SIGNAL: Subscription,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """From which version to which, and the steps that have another id in the new one, by their old ids."""

    source: UUID
    target: UUID
    steps: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How many running instances wait at a step of the old version. ``lost``: why they cannot go over as they are."""

    step: str
    instances: int
    lost: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one instance. ``why`` None: it went over, or would; else what stands in the way, by step."""

    instance_id: UUID
    why: Sequence[Obstacle] | None


def plan(session: Session, process_id: str, source: int, target: int, steps: Mapping[str, str]) -> Plan:
    """Return a plan that is sound whatever instance it is for.

    Raises NotFound for a version that is not there, NotPossibleNow for one that is not approved, Invalid (facts:
    ``obstacles``) for steps that do not match.
    """
    old, new = definitions.version(session, process_id, source), definitions.version(session, process_id, target)
    if new.status is not VersionStatus.APPROVED:
        raise NotPossibleNow(f"Expected an approved version to migrate to, but version {target} is {new.status}")
    if old.id == new.id:
        raise Invalid(f"Expected two versions of {process_id}, found {source} twice")
    before, after = definitions.compiled(session, old.id), definitions.compiled(session, new.id)
    obstacles = check_plan(before.definition, after.definition, steps)
    if obstacles:
        raise Invalid(f"Expected a plan that fits, found {len(obstacles)} faults: {obstacles[0]}", **_told(obstacles))
    return Plan(old.id, new.id, dict(steps))


def migratable(
    session: Session, plan: Plan, agency_id: UUID | None, page: Page, *, among: Collection[UUID] | None = None
) -> Slice[UUID]:
    """Return the ids of the running instances of the old version, oldest first.

    ``agency_id`` None: of all agencies; ``among`` None: of all instances.
    """
    query = select(Instance.id).where(_is_running(plan.source, agency_id)).order_by(Instance.id)
    if among is not None:
        query = query.where(Instance.id.in_(among))
    if page.after is not None:
        query = query.where(Instance.id > page.id)
    return Slice.cut(list(session.scalars(query.limit(page.limit + 1))), page, str)


def count(session: Session, plan: Plan, agency_id: UUID | None, *, among: Collection[UUID] | None = None) -> int:
    """Return how many instances run on the old version; ``among`` None: of all instances."""
    query = select(func.count()).select_from(Instance).where(_is_running(plan.source, agency_id))
    return session.scalar(query if among is None else query.where(Instance.id.in_(among))) or 0


def standing(session: Session, plan: Plan, agency_id: UUID | None) -> list[Standing]:
    """Return at which steps running instances of the old version wait, the most frequent first."""
    before, after = (definitions.compiled(session, each).definition for each in (plan.source, plan.target))
    lost = lost_steps(before, after, plan.steps)
    counts: dict[str, int] = {}
    for table in (Task, Job, Subscription):
        query = (
            select(table.step, func.count(table.instance_id.distinct()))
            .join(Instance, Instance.id == table.instance_id)
            .where(_is_running(plan.source, agency_id), table.token.is_not(None), table.step.is_not(None))
            .group_by(table.step)
        )
        for step, count in session.execute(query if table is not Task else query.where(IS_OPEN_TASK)):
            counts[step] = max(counts.get(step, 0), count)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [Standing(step, count, lost.get(step)) for step, count in ordered]


def successors(session: Session, plan: Plan, step: str) -> list[str]:
    """Return the steps of the new version that a step of the old one may become."""
    before, after = (definitions.compiled(session, each).definition for each in (plan.source, plan.target))
    return alike(before, after, step)


def migrate(session: Session, instance_id: UUID, plan: Plan, *, actor: Actor, now: datetime) -> Moved:
    """Carry an instance over: its tasks keep drafts and claims, its timers the time that is left.

    Raises NotFound, NotAllowed, and NotPossibleNow if it has ended, runs on another version, or something stands in
    the way (facts: ``obstacles``).
    """
    locked = lock(session, instance_id)
    access.may_operate(session, actor, locked)
    check_running(locked)
    if locked.version_id != plan.source:
        raise NotPossibleNow(f"Expected instance {instance_id} to run on the old version, but it is on another")
    situation = _situation(session, locked, plan, actor, now)
    old = _loaded(session, locked, situation)
    before = {wait.token: wait.kind for wait in old.waits()}
    try:
        new = carry_over(old, situation.compiled.definition, plan.steps, now=now)
    except Obstructed as obstructed:
        raise _in_the_way(locked, obstructed.obstacles) from obstructed
    if missing := _missing_terms(session, locked, situation):
        raise _in_the_way(locked, missing)
    kept = [wait for wait in new.waits() if wait.token in before]
    _rename_rows(session, situation, plan, kept)
    known = Before.of(locked, before)
    step = locked.citizen_step and renamed(locked.citizen_step, plan.steps)
    known = replace(known, citizen_step=step)
    facts = {"from": _number(session, plan.source), "to": situation.compiled.number, "steps": dict(plan.steps)}
    end = conclude(session, situation, new, known, facts=facts)
    situation.writes.flush(session)
    return Moved.of(situation, end, locked.revision + 1)


class _Tried(Exception):
    """A dry run came to its end: nothing of it is kept."""


def attempt(
    sessions: Sessions, instance_id: UUID, plan: Plan, *, actor: Actor, now: datetime, dry_run: bool = False
) -> Attempt:
    """Carry an instance over in a transaction of its own, or find out whether that would work.

    For the edge, which does many one after the other: one that is refused holds up no other.
    """

    return in_transaction(
        sessions, lambda session: tried(session, instance_id, plan, actor=actor, now=now, dry_run=dry_run)
    )


def tried(session: Session, instance_id: UUID, plan: Plan, *, actor: Actor, now: datetime, dry_run: bool) -> Attempt:
    """Carry an instance over under a savepoint, or find out whether that would work; tell what came of it.

    Of one that is refused, and of a dry run, nothing is kept.
    """
    try:
        with session.begin_nested():
            migrate(session, instance_id, plan, actor=actor, now=now)
            if dry_run:
                raise _Tried
    except _Tried:
        return Attempt(instance_id, None)
    except (NotFound, NotPossibleNow, Invalid, Stale) as refusal:
        told = refusal.facts.get("obstacles") or [{"step": "", "message": {"id": str(refusal), "en": str(refusal)}}]
        return Attempt(instance_id, [Obstacle(each["step"], each["message"]) for each in told])
    return Attempt(instance_id, None)


def _situation(session: Session, locked: Locked, plan: Plan, actor: Actor, now: datetime) -> Situation:
    return Situation(
        case=Case(locked.id, plan.target, locked.process_id, locked.agency_id, locked.started_at),
        zone=locked.zone,
        receipt=locked.receipt,
        business_key=locked.business_key,
        applicant=locked.applicant,
        compiled=definitions.compiled(session, plan.target),
        actor=actor,
        now=now,
        kind="instance.migrated",
        step=None,
        chain=Chain(locked.id, locked.journal_length, locked.journal_hash),
    )


def _loaded(session: Session, locked: Locked, situation: Situation) -> Workflow:
    """Return the workflow as it is, with the cited values that only the new version has."""
    workflow = Workflow.load(definitions.compiled(session, locked.version_id).definition, locked.state)
    data, new = workflow.tokens[0].data, situation.compiled
    if new.manifest.parameters:
        cited = {name: parameter.value for name, parameter in new.manifest.parameters.items()}
        # A case goes on under the values that it began with.
        data["parameter"] = {**cited, **data.get("parameter", {})}
    if new.reads_terms:
        data["term"] = dict.fromkeys(new.manifest.terms) | terms.context(session, locked.id)
    return workflow


def _missing_terms(session: Session, locked: Locked, situation: Situation) -> list[Obstacle]:
    """Return the legal terms that run in an instance and that the new version does not know."""
    known = situation.compiled.manifest.terms
    states = terms.latest_states(session, locked.id)
    return [
        Obstacle(
            name,
            {
                "id": "jangka waktu ini sedang berjalan, dan tidak ada di versi baru",
                "en": "this term is running, and it is not in the new version",
            },
        )
        for name, state in states.items()
        if state.is_open and name not in known
    ]


def _rename_rows(session: Session, situation: Situation, plan: Plan, kept: Sequence[Wait]) -> None:
    """Let everything that goes on waiting belong to the new version."""
    case = situation.case
    session.execute(update(Instance).where(Instance.id == case.id).values(version_id=plan.target))
    session.execute(
        update(Job).where(Job.instance_id == case.id, Job.version_id == plan.source).values(version_id=plan.target)
    )
    for wait in kept:
        table = _STORED.get(wait.kind)
        if wait.kind is WaitKind.USER:
            _change_task(session, situation, wait)
        elif table is not None:
            here = (table.instance_id == case.id, table.token == wait.token)
            session.execute(update(table).where(*here).values(step=wait.step))
    _rename_incidents(session, case.id, plan)


def _change_task(session: Session, situation: Situation, wait: Wait) -> None:
    """Let an open task be that of the new version: who may do it with which form; who has it, and when, stays."""
    task = session.execute(
        select(Task.id, Task.order_at, Task.assignee).where(
            Task.instance_id == situation.case.id, Task.token == wait.token, IS_OPEN_TASK
        )
    ).one()
    agency_id, candidates = who_may(session, situation, wait)
    name = situation.compiled.steps.get(wait.step, wait.step)
    changed: dict[str, Any] = {
        "step": wait.step,
        "name": name,
        "version_id": situation.case.version_id,
        "agency_id": agency_id,
        "role": wait.lane,
        "candidates": candidates,
        "form": wait.work.get("form"),
        "search": searched(situation, name),
    }
    session.execute(update(Task).where(Task.id == task.id).values(**changed, revision=Task.revision + 1))
    session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == task.id))
    is_free = task.assignee is None
    add_candidates(situation, task.id, agency_id, candidates, task.order_at, changed["search"], is_free=is_free)


def _rename_incidents(session: Session, instance_id: UUID, plan: Plan) -> None:
    here = (Incident.instance_id == instance_id, IS_OPEN_INCIDENT)
    for incident in session.scalars(select(Incident).where(*here, Incident.step.is_not(None))):
        incident.step = renamed(incident.step or "", plan.steps)


def _is_running(version_id: UUID, agency_id: UUID | None) -> Any:
    running = (Instance.version_id == version_id) & (Instance.status == InstanceStatus.RUNNING)
    return running if agency_id is None else running & (Instance.agency_id == agency_id)


def _number(session: Session, version_id: UUID) -> int:
    found = session.scalar(select(Version.number).where(Version.id == version_id))
    if found is None:
        raise NotFound(f"Expected version {version_id}, but there is no such version")
    return found


def _in_the_way(locked: Locked, obstacles: Sequence[Obstacle]) -> NotPossibleNow:
    message = f"Expected instance {locked.id} to fit the new version, found {len(obstacles)} obstacles: {obstacles[0]}"
    return NotPossibleNow(message, **_told(obstacles))


def _told(obstacles: Sequence[Obstacle]) -> dict[str, Any]:
    return {"obstacles": [{"step": each.step, "message": dict(each.message)} for each in obstacles]}
