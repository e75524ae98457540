"""Count the terms of a running case again: its calendar changed, or another agency's counts now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine import terms
from engine.access import Actor
from engine.instances.concluding import move_due_times
from engine.instances.moving import lock, note
from engine.instances.situation import Situation


def recount(session: Session, instance_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Count the open terms of an instance again, move the timers and tasks that wait for them, and journal
    what moved.

    Return whether a term has other moments now. Raises NotFound.
    """
    locked = lock(session, instance_id)
    moved = False

    def write(situation: Situation) -> None:
        nonlocal moved
        counted = terms.recount(session, situation.writes, situation.case, now=now)
        for each in counted.notes:
            situation.record(each.kind, each.step, each.data)
        moved = bool(counted.notes)
        if moved:
            move_due_times(session, situation, counted, {}, None)

    note(session, locked, write, actor=actor, now=now)
    return moved
