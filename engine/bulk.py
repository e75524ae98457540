"""Start many instances from one file: one on each line, in batches that are stored together.

How far it has come stands beside what was started, in the same transaction: whoever goes on, after a crash too, starts
no line twice and leaves none out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import access, definitions, instances, journal
from engine.access import Actor, ActorKind, OwnRole, Scope
from engine.database import Page, Slice, encode_json, uuid7
from engine.errors import AlurError, Invalid, NotFound, NotPossibleNow
from engine.instances.opening import CHANNEL
from engine.models import (
    Agency,
    BulkContent,
    BulkRefusal,
    BulkStart,
    BulkStatus,
    Job,
    JobKind,
    job_row,
)
from engine.writes import Writes

MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """What one instance is started with."""

    variables: dict[str, Any]
    business_key: str | None = None


def request(
    session: Session, process_id: str, lines: Sequence[Line], *, agency_id: UUID, actor: Actor, now: datetime
) -> BulkStart:
    """Take on a file; the worker starts its lines, all on the version that is in force now.

    Raises Invalid for no lines or too many, NotFound if no version is in force, NotAllowed if the actor may not start
    the process.
    """
    if not 0 < len(lines) <= MOST_LINES:
        raise Invalid(f"Expected 1 to {MOST_LINES} lines, found {len(lines)}")
    zone = session.scalar(select(Agency.time_zone).where(Agency.id == agency_id, Agency.active))
    if zone is None:
        raise NotPossibleNow(f"Expected an active agency, but {agency_id} is not")
    today = now.astimezone(ZoneInfo(zone)).date()
    version = definitions.start_version(session, process_id, agency_id, today=today)
    access.may_start(actor, definitions.compiled(session, version.id).manifest, agency_id)
    made = BulkStart(
        id=uuid7(now),
        process_id=process_id,
        version_id=version.id,
        agency_id=agency_id,
        status=BulkStatus.RUNNING,
        total=len(lines),
        position=0,
        refused=0,
        requested_at=now,
        requested_by=actor.name,
        ended_at=None,
    )
    content = "\n".join(encode_json([line.variables, line.business_key]) for line in lines)
    session.add(made)
    session.flush()
    session.add(BulkContent(bulk_id=made.id, content=content.encode()))
    writes = Writes()
    writes.insert(Job, job_row(JobKind.BULK, {"bulk": str(made.id)}, now=now, agency_id=agency_id))
    writes.notify(CHANNEL)
    writes.flush(session)
    facts = {"bulk": str(made.id), "process": process_id, "number": version.number, "lines": len(lines)}
    journal.note(session, "bulk.requested", facts, actor=actor.name, agency_id=agency_id, now=now)
    return made


def bulk_start(session: Session, bulk_id: UUID, *, viewer: Actor) -> BulkStart:
    """Return how far a bulk start has come. Raises NotFound, also for one of another agency, NotAllowed."""
    found = session.get(BulkStart, bulk_id)
    if found is None or (viewer.kind is not ActorKind.SYSTEM and viewer.agency_id != found.agency_id):
        raise NotFound(f"Expected bulk start {bulk_id}, but there is no such bulk start")
    access.need_scope(viewer, Scope.INSTANCES_START)
    access.need_casework(viewer)
    return found


def refusals(session: Session, bulk_id: UUID, page: Page, *, viewer: Actor) -> Slice[BulkRefusal]:
    """Return the lines that could not be started, in their order. Raises as ``bulk_start``."""
    bulk_start(session, bulk_id, viewer=viewer)
    query = select(BulkRefusal).where(BulkRefusal.bulk_id == bulk_id).order_by(BulkRefusal.line)
    if page.after is not None:
        query = query.where(BulkRefusal.line > page.number)
    found = list(session.scalars(query.limit(page.limit + 1)))
    return Slice.cut(found, page, lambda refusal: str(refusal.line))


def cancel(session: Session, bulk_id: UUID, *, actor: Actor, now: datetime) -> BulkStart:
    """Take no more lines. What was started runs on. Raises as ``bulk_start``; NotPossibleNow if it has ended."""
    found = bulk_start(session, bulk_id, viewer=actor)
    if found.requested_by != actor.name and actor.kind is not ActorKind.KEY:
        access.need_role(actor, OwnRole.OPERATOR, OwnRole.HEAD)
    session.refresh(found, with_for_update=True)
    if found.status is not BulkStatus.RUNNING:
        raise NotPossibleNow(
            f"Expected bulk start {bulk_id} to be running, but it is {found.status}", status=found.status.value
        )
    _end(session, found, BulkStatus.CANCELLED, now)
    facts = {"bulk": str(bulk_id), "process": found.process_id, "after": found.position}
    journal.note(session, "bulk.cancelled", facts, actor=actor.name, agency_id=found.agency_id, now=now)
    return found


def lines(session: Session, bulk_id: UUID) -> list[bytes]:
    """Return the lines as ``advance`` takes them; none if the bulk start has ended."""
    content = session.scalar(select(BulkContent.content).where(BulkContent.bulk_id == bulk_id))
    return [] if content is None else content.split(b"\n")


def advance(session: Session, bulk_id: UUID, of_file: Sequence[bytes], most: int, *, now: datetime) -> BulkStart:
    """Start the next lines, at most ``most`` of them; return how far the bulk start has come then.

    A line that cannot be started is noted and leaves no trace else. Raises NotFound.
    """
    found = session.get(BulkStart, bulk_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"Expected bulk start {bulk_id}, but there is no such bulk start")
    if found.status is not BulkStatus.RUNNING:
        return found
    first = found.position
    batch = [Line(*orjson.loads(text)) for text in of_file[first : first + most]]
    refused = _start_all(session, found, batch, now)
    session.add_all(BulkRefusal(bulk_id=bulk_id, line=first + at + 1, message=why) for at, why in refused)
    found.position += len(batch)
    found.refused += len(refused)
    if found.position >= found.total:
        _end(session, found, BulkStatus.COMPLETED, now)
    session.flush()
    return found


def _start_all(session: Session, bulk: BulkStart, batch: Sequence[Line], now: datetime) -> list[tuple[int, str]]:
    """Start instances; return which could not be started and why. Most files are right: only a batch with a fault is
    started again, each line under a savepoint of its own."""
    actor = Actor(bulk.requested_by, ActorKind.SYSTEM, bulk.agency_id)
    number = definitions.compiled(session, bulk.version_id).number

    def start(batch: Iterable[Line]) -> None:
        with session.begin_nested():
            instances.start_many(
                session,
                bulk.process_id,
                [(line.variables, line.business_key) for line in batch],
                agency_id=bulk.agency_id,
                actor=actor,
                now=now,
                number=number,
            )

    try:
        start(batch)
    except AlurError:
        pass
    else:
        return []
    refused = []
    for at, line in enumerate(batch):
        try:
            start([line])
        except AlurError as error:
            refused.append((at, error.message))
    return refused


def _end(session: Session, bulk: BulkStart, status: BulkStatus, now: datetime) -> None:
    bulk.status, bulk.ended_at = status, now
    session.execute(delete(BulkContent).where(BulkContent.bulk_id == bulk.id))
