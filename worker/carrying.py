"""Carry cases over to another version, one after the other, under one job and, where Prefect is there, as its run."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine import carryovers
from engine.database import Sessions
from engine.jobs import Claimed
from engine.models import BulkStatus
from worker import runs
from worker.runs import Show, Stand

_show: Show | None = None


def shown_by(show: Show) -> None:
    """Let carry-overs of this process be shown while they run."""
    global _show
    _show = show


def carry_out(sessions: Sessions, job: Claimed, *, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """Do a job of kind ``carry-over``, as ``runs.carry_out``."""
    carry_over_id = UUID(job.payload["carry_over"])

    def step(session: Session, now: datetime) -> Stand:
        found = carryovers.advance(session, carry_over_id, now=now)
        return Stand(found.position, found.total, found.status is not BulkStatus.RUNNING)

    runs.carry_out(sessions, job, step, job.payload["carry_over"], _show, clock=clock, stop=stop)
