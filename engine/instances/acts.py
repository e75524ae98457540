"""What operators and officers do to a whole instance."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import access, definitions
from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.database import uuid7
from engine.errors import NotFound, NotPossibleNow
from engine.instances.masking import unmasked
from engine.instances.moving import Locked, Moved, check_running, lock, move_locked
from engine.instances.own import refuse_own
from engine.instances.recounting import recount
from engine.instances.searching import search_of, subject_of
from engine.models import (
    IS_OPEN_INCIDENT,
    IS_OPEN_TASK,
    Agency,
    Handover,
    HandoverKind,
    Incident,
    Instance,
    Job,
    Subscription,
    Task,
    TaskCandidate,
    Term,
    TermStatus,
)


def cancel(
    session: Session,
    instance_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    expected_revision: int | None = None,
) -> Moved:
    """End an instance now: its tasks are withdrawn, its jobs dropped. Raises as ``move``."""
    locked = operated(session, instance_id, actor, expected_revision)

    def act(workflow: Workflow) -> None:
        workflow.cancel(now=now)

    return move_locked(session, locked, act, kind="instance.cancelled", actor=actor, now=now, facts={"reason": reason})


def set_variables(
    session: Session,
    instance_id: UUID,
    variables: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    scope: int = 0,
    expected_revision: int | None = None,
) -> Moved:
    """Correct variables of an instance. The old and new values are journalled. Conditions are looked at again.

    Raises Invalid (facts: ``fields``) for what Alur itself writes.
    """
    refuse_own(variables)
    locked = operated(session, instance_id, actor, expected_revision)
    manifest = definitions.compiled(session, locked.version_id).manifest
    facts: dict[str, Any] = {"reason": reason, "scope": scope}

    def act(workflow: Workflow) -> None:
        old = workflow.variables(scope)
        new = unmasked(variables, old, manifest, actor.roles)
        facts.update(after=new, before={name: old.get(name) for name in new})
        workflow.set_variables(scope, new, now=now)
        if scope == 0:
            name_anew(session, locked, workflow.variables(0))

    return move_locked(session, locked, act, kind="variables.set", actor=actor, now=now, facts=facts)


def set_parameters(
    session: Session, instance_id: UUID, values: Mapping[str, Any], *, actor: Actor, now: datetime, reason: str
) -> Moved:
    """Give an instance other values of the package's parameters, as a region sets them; those not named stay."""
    locked = operated(session, instance_id, actor, None)
    facts: dict[str, Any] = {"reason": reason, "scope": 0}

    def act(workflow: Workflow) -> None:
        old = workflow.variables(0).get("parameter", {})
        facts.update(before={"parameter": old}, after={"parameter": {**old, **values}})
        workflow.set_variables(0, facts["after"], now=now)

    return move_locked(session, locked, act, kind="variables.set", actor=actor, now=now, facts=facts)


def name_anew(session: Session, locked: Locked, variables: Mapping[str, Any]) -> None:
    """Let lists show, and be searched for, what an instance is about now."""
    subject = subject_of(definitions.compiled(session, locked.version_id).manifest, variables)
    search = search_of(locked.receipt, locked.business_key, subject)
    session.execute(update(Instance).where(Instance.id == locked.id).values(subject=subject, search=search))


def hand_over(
    session: Session,
    instance_id: UUID,
    to_agency_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    expected_revision: int | None = None,
) -> Moved:
    """Give an instance to another agency, with its open and later tasks. The giver may still read it.

    Its running terms keep their start and are counted again by the calendar and time zone of the other agency.
    Raises NotFound for an unknown agency, Stale, NotPossibleNow for an inactive agency or the one that has it.
    """
    locked = operated(session, instance_id, actor, expected_revision)
    to = session.get(Agency, to_agency_id)
    if to is None:
        raise NotFound(f"Expected agency {to_agency_id}, but there is no such agency")
    if not to.active or to.id == locked.agency_id:
        raise NotPossibleNow(f"Expected another, active agency to hand instance {instance_id} to, found {to.code}")
    facts = {"from": str(locked.agency_id), "to": str(to.id), "reason": reason}
    moved = move_locked(
        session, locked, lambda _workflow: None, kind="instance.handed_over", actor=actor, now=now, facts=facts
    )
    _give_rows(session, instance_id, locked.agency_id, to.id)
    session.add(
        Handover(
            id=uuid7(now),
            instance_id=instance_id,
            kind=HandoverKind.TRANSFER,
            task_id=None,
            from_agency_id=locked.agency_id,
            to_agency_id=to.id,
            reason=reason,
            at=now,
            actor=actor.name,
        )
    )
    session.flush()
    recount(session, instance_id, actor=actor, now=now)
    return moved


def _give_rows(session: Session, instance_id: UUID, giver: UUID, taker: UUID) -> None:
    """Let everything that belongs to an instance belong to another agency. Tasks lose their assignees with it."""
    tasks = select(Task.id).where(Task.instance_id == instance_id, IS_OPEN_TASK, Task.agency_id == giver)
    given = session.scalars(tasks).all()
    session.execute(update(Instance).where(Instance.id == instance_id).values(agency_id=taker))
    session.execute(
        update(Task)
        .where(Task.id.in_(given))
        .values(agency_id=taker, assignee=None, assigned_at=None, revision=Task.revision + 1)
    )
    session.execute(
        update(TaskCandidate)
        .where(TaskCandidate.agency_id == giver, TaskCandidate.task_id.in_(given))
        .values(agency_id=taker, is_free=True)
    )
    session.execute(
        update(Term).where(Term.instance_id == instance_id, Term.status != TermStatus.ENDED).values(agency_id=taker)
    )
    for table in (Job, Subscription):
        session.execute(update(table).where(table.instance_id == instance_id).values(agency_id=taker))
    session.execute(
        update(Incident).where(Incident.instance_id == instance_id, IS_OPEN_INCIDENT).values(agency_id=taker)
    )


def operated(session: Session, instance_id: UUID, actor: Actor, expected_revision: int | None) -> Locked:
    """Lock a running instance that the actor may operate. Raises NotFound, NotAllowed, NotPossibleNow, Stale."""
    locked = lock(session, instance_id)
    access.may_operate(session, actor, locked)
    check_running(locked, expected_revision)
    return locked
