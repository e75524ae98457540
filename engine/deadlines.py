"""Running cases when a calendar changes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine import instances, terms
from engine.access import Actor
from engine.instances.concluding import move_due_times
from engine.instances.situation import Situation


def recount(session: Session, instance_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Count the open terms of an instance again, move the timers and tasks that wait for them, and journal
    what moved.

    Return whether a term has other moments now. Raises NotFound.
    """
    locked = instances.lock(session, instance_id)
    moved = False

    def write(situation: Situation) -> None:
        nonlocal moved
        counted = terms.recount(session, situation.writes, situation.case, now=now)
        for note in counted.notes:
            situation.record(note.kind, note.step, note.data)
        moved = bool(counted.notes)
        if moved:
            move_due_times(session, situation, counted, {}, None)

    instances.note(session, locked, write, actor=actor, now=now)
    return moved
