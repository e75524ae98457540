"""Timers: jobs of kind ``timer`` and ``start`` that fire when they are due."""

from datetime import datetime

from sqlalchemy.orm import Session

from engine.instances import Moved
from engine.jobs import Claimed


def fire(session: Session, job: Claimed, *, now: datetime) -> Moved | None:
    """Let a due timer fire. None: its step no longer waits, so there was nothing to do."""
    raise NotImplementedError


def start(session: Session, job: Claimed, *, now: datetime) -> Moved | None:
    """Start the instance that a start event's timer asks for, and set the timer's next moment, if it has one."""
    raise NotImplementedError
