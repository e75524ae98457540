"""Timers: what happens when a moment comes that an instance, a legal term or a start event waits for."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine import access, definitions, instances, jobs, starts, terms
from engine.bpmn.workflow import Workflow
from engine.errors import NotPossibleNow
from engine.instances import Locked, Moved
from engine.instances.situation import Situation
from engine.jobs import Claimed, Held
from engine.models import Agency, InstanceStatus, Version


def fire(session: Session, job: Claimed, *, now: datetime) -> Moved | None:
    """Let a due timer of an instance fire.

    None: there is nothing to do, because its step no longer waits, or because a legal term moved it to later.
    Raises NotPossibleNow if another worker has the job by now.
    """
    found = _held(session, job)
    if found is None:
        return None
    locked, held = found
    if held.due_at > now:
        jobs.put_back(session, held)
        return None
    token = held.token
    if token is None or locked.status is not InstanceStatus.RUNNING:
        jobs.finish(session, job.id, job.fence)
        return None

    def act(workflow: Workflow) -> None:
        workflow.fire_timer(token, now=now)

    facts = {"due": held.due_at.isoformat()}
    return instances.move_locked(
        session, locked, act, kind="timer.fired", actor=access.SYSTEM, now=now, step=held.step, facts=facts
    )


def reach(session: Session, job: Claimed, *, now: datetime) -> None:
    """Note that a legal term reached its warning, its end or its escalation. The model's own timers fire apart."""
    found = _held(session, job)
    if found is None:
        return
    locked, held = found
    name, run = held.payload["term"], held.payload["run"]

    def write(situation: Situation) -> None:
        for note in terms.reach(session, situation.writes, situation.case, name, run, now=now):
            situation.record(note.kind, note.step, note.data)

    jobs.put_back(session, held)
    instances.note(session, locked, write, actor=access.SYSTEM, now=now)


def start(session: Session, job: Claimed, *, now: datetime) -> Moved | None:
    """Start the instance that a start event's timer asks for. The timer goes on to its next moment, if it has one.

    None: the timer's version was not the one in force when the timer was due, so it starts nothing.
    """
    _locked, held = jobs.held(session, job.id, job.fence)
    version = session.get_one(Version, held.version_id)
    if version.agency_id is None:
        raise NotPossibleNow(f"Expected the version of timer {held.step} to belong to an agency, but it is for all")
    following = starts.following(held.payload)
    if following is None:
        jobs.finish(session, job.id, job.fence)
    else:
        jobs.put_back(session, held, due_at=following[0], payload=following[1])
    if not _was_in_force(session, version, version.agency_id, held.due_at):
        return None
    return instances.start(
        session,
        version.process_id,
        {},
        agency_id=version.agency_id,
        actor=access.SYSTEM,
        now=now,
        number=version.number,
        start_event=held.step,
    )


def _was_in_force(session: Session, version: Version, agency_id: UUID, moment: datetime) -> bool:
    """Tell whether a version was the one that an agency used at a moment, which may lie back: a worker can be late."""
    day = moment.astimezone(ZoneInfo(session.get_one(Agency, agency_id).time_zone)).date()
    return definitions.version_in_force(session, version.process_id, agency_id, today=day) == version.id


def _held(session: Session, job: Claimed) -> tuple[Locked, Held] | None:
    """Lock a timer and its instance. None: the timer is gone, because its step no longer waits."""
    found = jobs.held_if_there(session, job.id, job.fence)
    if found is None:
        return None
    locked, held = found
    if locked is None:
        raise NotPossibleNow(f"Expected timer {job.id} to belong to an instance")
    return locked, held
