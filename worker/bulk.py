"""Start the lines of a file, batch after batch, under one job and, where Prefect is there, as one of its runs."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from engine import bulk, jobs
from engine.access import SYSTEM
from engine.database import Sessions, in_transaction, reading
from engine.jobs import Claimed
from engine.models import BulkStatus

log = logging.getLogger("alur.worker")

# A line costs 180 µs in a commit of 100, 410 in one of 10, and no less in one of 500; on SQLite others wait that long.
BATCH = 100
LEASE = timedelta(minutes=2)

# Tells how many lines of how many are done with.
Report = Callable[[int, int], None]
Show = Callable[[str, Callable[[Report], int]], None]

_show: Show | None = None


def shown_by(show: Show) -> None:
    """Let bulk starts of this process be shown while they run."""
    global _show
    _show = show


def carry_out(sessions: Sessions, job: Claimed, *, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """Do a job of kind ``bulk`` until its file is done with or ``stop()``: then another worker goes on.

    Raises NotPossibleNow if another worker has the job.
    """
    begun = False

    def work(report: Report) -> int:
        nonlocal begun
        begun = True
        return _start_lines(sessions, job, clock, stop, report)

    if _show is not None:
        try:
            _show(job.payload["bulk"], work)
        except Exception as error:
            if begun:
                raise
            log.warning("bulk.unseen job=%s reason=%s: %s", job.id, type(error).__name__, str(error)[:200])
    if not begun:
        work(lambda _done, _total: None)


def _start_lines(
    sessions: Sessions, job: Claimed, clock: Callable[[], datetime], stop: Callable[[], bool], report: Report
) -> int:
    """Start lines; return how many are done with."""
    bulk_id = UUID(job.payload["bulk"])
    with reading(sessions) as session:
        lines = bulk.lines(session, bulk_id)

    def batch(session: Session) -> tuple[int, int, bool]:
        now = clock()
        # The lease is what keeps another worker away; who lost it starts nothing more.
        jobs.renew(session, job.id, job.fence, lease=LEASE, actor=SYSTEM, now=now)
        found = bulk.advance(session, bulk_id, lines, BATCH, now=now)
        is_over = found.status is not BulkStatus.RUNNING
        if is_over:
            jobs.finish(session, job.id, job.fence)
        return found.position, found.total, is_over

    while True:
        done, total, is_over = in_transaction(sessions, batch)
        report(done, total)
        if is_over:
            return done
        if stop():
            in_transaction(sessions, lambda session: jobs.put_back(session, jobs.held(session, job.id, job.fence)[1]))
            return done
