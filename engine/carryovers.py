"""Carry many running cases over to another version by one plan: each wholly or not at all, with a report that stays.

How far it has come stands beside what was carried, in the same transaction: whoever goes on, after a crash too, carries
no case twice and leaves none out.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import access, drafts, journal
from engine.access import Actor, ActorKind
from engine.database import Page, Slice, uuid7
from engine.errors import NotFound, NotPossibleNow
from engine.instances import migration
from engine.instances.migration import Plan
from engine.instances.opening import CHANNEL
from engine.models import BulkStatus, CarriedCase, CarryOver, Instance, Job, JobKind, job_row
from engine.writes import Writes

_MOST_LISTED = 20


def request(
    session: Session,
    process_id: str,
    source: int,
    target: int,
    steps: Mapping[str, str],
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    among: Collection[UUID] | None = None,
) -> CarryOver:
    """Take on a plan for the running cases of the actor's agency (``among`` None: for all); the worker carries it out.

    Raises NotAllowed, NotFound, and as ``migration.plan`` for a plan that fits no case.
    """
    access.need_operator(actor)
    agency_id = access.need_agency(actor)
    for number in (source, target):
        drafts.visible_version(session, actor, process_id, number)
    plan = migration.plan(session, process_id, source, target, steps)
    made = CarryOver(
        id=uuid7(now),
        process_id=process_id,
        source_id=plan.source,
        target_id=plan.target,
        agency_id=agency_id,
        steps=dict(plan.steps),
        among=None if among is None else sorted(str(each) for each in among),
        dry_run=dry_run,
        status=BulkStatus.RUNNING,
        total=migration.count(session, plan, agency_id, among=among),
        position=0,
        refused=0,
        last_id=None,
        requested_at=now,
        requested_by=actor.name,
        ended_at=None,
    )
    session.add(made)
    session.flush()
    writes = Writes()
    writes.insert(Job, job_row(JobKind.CARRY_OVER, {"carry_over": str(made.id)}, now=now, agency_id=agency_id))
    writes.notify(CHANNEL)
    writes.flush(session)
    facts = {"carry_over": str(made.id), "process": process_id, "from": source, "to": target, "dry_run": dry_run}
    journal.note(session, "carry_over.requested", facts, actor=actor.name, agency_id=agency_id, now=now)
    return made


def carry_over(session: Session, carry_over_id: UUID, *, viewer: Actor) -> CarryOver:
    """Return how far a carry-over has come. Raises NotFound, also for one of another agency, NotAllowed."""
    found = session.get(CarryOver, carry_over_id)
    if found is None or (viewer.kind is not ActorKind.SYSTEM and viewer.agency_id != found.agency_id):
        raise NotFound(f"Expected carry-over {carry_over_id}, but there is no such carry-over")
    access.need_operator(viewer)
    return found


def carry_overs(session: Session, source_id: UUID, *, viewer: Actor) -> list[CarryOver]:
    """Return the newest carry-overs of the viewer's agency from a version, newest first. Raises NotAllowed."""
    access.need_operator(viewer)
    query = select(CarryOver).where(CarryOver.source_id == source_id, CarryOver.agency_id == access.need_agency(viewer))
    return list(session.scalars(query.order_by(CarryOver.id.desc()).limit(_MOST_LISTED)))


def cases(
    session: Session, carry_over_id: UUID, page: Page, *, viewer: Actor, refused: bool = False
) -> Slice[CarriedCase]:
    """Return what came of each case, oldest first; ``refused``: only of those that stay. Raises as ``carry_over``."""
    carry_over(session, carry_over_id, viewer=viewer)
    query = select(CarriedCase).where(CarriedCase.carry_over_id == carry_over_id).order_by(CarriedCase.instance_id)
    if refused:
        query = query.where(CarriedCase.obstacles.is_not(None))
    if page.after is not None:
        query = query.where(CarriedCase.instance_id > page.id)
    return Slice.cut(list(session.scalars(query.limit(page.limit + 1))), page, lambda case: str(case.instance_id))


def cancel(session: Session, carry_over_id: UUID, *, actor: Actor, now: datetime) -> CarryOver:
    """Carry no more cases over; those that went stay where they are.

    Raises as ``carry_over``; NotPossibleNow if it has ended.
    """
    found = carry_over(session, carry_over_id, viewer=actor)
    session.refresh(found, with_for_update=True)
    if found.status is not BulkStatus.RUNNING:
        raise NotPossibleNow(
            f"Expected carry-over {carry_over_id} to be running, but it is {found.status}", status=found.status.value
        )
    found.status, found.ended_at = BulkStatus.CANCELLED, now
    facts = {"carry_over": str(carry_over_id), "process": found.process_id, "after": found.position}
    journal.note(session, "carry_over.cancelled", facts, actor=actor.name, agency_id=found.agency_id, now=now)
    return found


def advance(session: Session, carry_over_id: UUID, *, now: datetime) -> CarryOver:
    """Do the next case; return how far it has come then. Raises NotFound.

    One that does not fit is noted with what stands in the way, and left as it is. In a dry run all are.
    """
    found = session.get(CarryOver, carry_over_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"Expected carry-over {carry_over_id}, but there is no such carry-over")
    if found.status is not BulkStatus.RUNNING:
        return found
    plan = Plan(found.source_id, found.target_id, found.steps)
    among = None if found.among is None else [UUID(each) for each in found.among]
    after = None if found.last_id is None else str(found.last_id)
    following = migration.migratable(session, plan, found.agency_id, Page(1, after), among=among)
    for instance_id in following.items:
        _carry(session, found, plan, instance_id, now)
    if following.next is None:
        found.status, found.ended_at = BulkStatus.COMPLETED, now
    session.flush()
    return found


def _carry(session: Session, found: CarryOver, plan: Plan, instance_id: UUID, now: datetime) -> None:
    actor = Actor(found.requested_by, ActorKind.SYSTEM, found.agency_id)
    came = migration.tried(session, instance_id, plan, actor=actor, now=now, dry_run=found.dry_run)
    obstacles = None if came.why is None else [{"step": one.step, "message": dict(one.message)} for one in came.why]
    receipt = session.scalar(select(Instance.receipt).where(Instance.id == instance_id))
    session.add(
        CarriedCase(carry_over_id=found.id, instance_id=instance_id, receipt=receipt or None, obstacles=obstacles)
    )
    found.position += 1
    found.refused += obstacles is not None
    found.last_id = instance_id
