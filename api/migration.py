"""Versions compared, and running instances carried from one to another."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import bodies, cursors
from api.dependencies import AllSessions, Caller, Now, Paging, Reading
from api.processes import Number
from api.sent import Migrate
from api.shown.migration import Change, Comparison, Migrated, Obstacle, Refused, Standing
from engine import access, drafts
from engine.database import reading
from engine.drafts import visible_version
from engine.instances import migration
from engine.instances.migration import Plan

router = APIRouter(prefix="/v1/processes", tags=["processes"], route_class=bodies.Route)


@router.get("/{process_id}/versions/{number}/compare", summary="Compare with another version")
def compare_versions(
    process_id: str,
    number: Number,
    session: Reading,
    caller: Caller,
    to: Annotated[int, Query(ge=1, le=2**31 - 1, description="Number of the other, newer version")],
) -> Comparison:
    """Return which steps and flows were added, removed, changed or moved, and where running instances wait."""
    found = drafts.compared(session, caller, process_id, number, to)
    agency_id = access.need_agency(caller)
    plan = Plan(found.old.id, found.new.id, {})
    standing = migration.standing(session, plan, agency_id)
    return Comparison(
        changes=[Change.model_validate(each) for each in found.changes],
        running=migration.count(session, plan, agency_id),
        standing=[Standing.model_validate(each) for each in standing],
        steps={each.step: each.became for each in found.changes if each.became is not None},
    )


@router.post("/{process_id}/versions/{number}/migrate", summary="Carry running instances over to another version")
def migrate_instances(
    process_id: str, number: Number, sent: Migrate, sessions: AllSessions, caller: Caller, now: Now, page: Paging
) -> Migrated:
    """Carry the agency's running instances of a version over to another one, a batch at a time.

    The plan is checked first. Then each instance goes over in a transaction of its own, wholly or not at all: tasks
    keep drafts and claims, timers the time that is left. Ask again with ``next`` as the cursor until it is null. What
    has gone over is not carried again: if a request breaks off, send it again. A dry run stores nothing.
    """
    access.need_operator(caller)
    agency_id = access.need_agency(caller)
    with reading(sessions) as session:
        for each in (number, sent.to):
            visible_version(session, caller, process_id, each)
        plan = migration.plan(session, process_id, number, sent.to, sent.steps)
        batch = migration.migratable(session, plan, agency_id, page, among=sent.instances)
    tried = [
        migration.attempt(sessions, each, plan, actor=caller, now=now, dry_run=sent.dry_run) for each in batch.items
    ]
    return Migrated(
        dry_run=sent.dry_run,
        migrated=[each.instance_id for each in tried if each.why is None],
        refused=[
            Refused(instance_id=each.instance_id, obstacles=[Obstacle.model_validate(why) for why in each.why])
            for each in tried
            if each.why is not None
        ],
        next=cursors.sealed(batch.next),
    )
