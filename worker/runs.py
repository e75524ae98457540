"""Long work under one job: step after step, each a transaction of its own, shown while it goes on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from engine import jobs
from engine.access import SYSTEM
from engine.database import Sessions, in_transaction
from engine.jobs import Claimed

log = logging.getLogger("alur.worker")

LEASE = timedelta(minutes=2)

# Tells how much of how much is done.
Report = Callable[[int, int], None]
Show = Callable[[str, Callable[[Report], int]], None]


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a run has come. ``is_over``: there is nothing left to do."""

    done: int
    total: int
    is_over: bool


Step = Callable[[Session, datetime], Stand]


def carry_out(
    sessions: Sessions,
    job: Claimed,
    step: Step,
    key: str,
    show: Show | None,
    *,
    clock: Callable[[], datetime],
    stop: Callable[[], bool],
) -> None:
    """Do steps until a run is over or ``stop()``: then another worker goes on. ``key`` is what it is shown as.

    Raises NotPossibleNow if another worker has the job.
    """
    begun = False

    def work(report: Report) -> int:
        nonlocal begun
        begun = True
        return _steps(sessions, job, step, report, clock, stop)

    if show is not None:
        try:
            show(key, work)
        except Exception as error:
            if begun:
                raise
            log.warning("run.unseen job=%s kind=%s reason=%s: %s", job.id, job.kind, type(error).__name__, error)
    if not begun:
        work(lambda _done, _total: None)


def _steps(
    sessions: Sessions,
    job: Claimed,
    step: Step,
    report: Report,
    clock: Callable[[], datetime],
    stop: Callable[[], bool],
) -> int:
    """Do steps; return how much is done."""

    def one(session: Session) -> Stand:
        now = clock()
        # The lease is what keeps another worker away; who lost it does nothing more.
        jobs.renew(session, job.id, job.fence, lease=LEASE, actor=SYSTEM, now=now)
        stand = step(session, now)
        if stand.is_over:
            jobs.finish(session, job.id, job.fence)
        return stand

    while True:
        stand = in_transaction(sessions, one)
        report(stand.done, stand.total)
        if stand.is_over:
            return stand.done
        if stop():
            in_transaction(sessions, lambda session: jobs.put_back(session, jobs.held(session, job.id, job.fence)[1]))
            return stand.done
