"""Start the lines of a file, batch after batch, under one job and, where Prefect is there, as one of its runs."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine import bulk
from engine.database import Sessions, reading
from engine.jobs import Claimed
from engine.models import BulkStatus
from worker import runs
from worker.runs import Report, Show, Stand

__all__ = ["BATCH", "Report", "carry_out", "shown_by"]

# A line costs 180 µs in a commit of 100, 410 in one of 10, and no less in one of 500; on SQLite others wait that long.
BATCH = 100

_show: Show | None = None


def shown_by(show: Show) -> None:
    """Let bulk starts of this process be shown while they run."""
    global _show
    _show = show


def carry_out(sessions: Sessions, job: Claimed, *, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """Do a job of kind ``bulk``, as ``runs.carry_out``."""
    bulk_id = UUID(job.payload["bulk"])
    with reading(sessions) as session:
        lines = bulk.lines(session, bulk_id)

    def step(session: Session, now: datetime) -> Stand:
        found = bulk.advance(session, bulk_id, lines, BATCH, now=now)
        return Stand(found.position, found.total, found.status is not BulkStatus.RUNNING)

    runs.carry_out(sessions, job, step, job.payload["bulk"], _show, clock=clock, stop=stop)
