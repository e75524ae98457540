"""What Prefect schedules and shows. Each flow opens transactions and calls the engine; none has rules of its own."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from prefect import flow
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine import instances, messages
from engine.access import SYSTEM
from engine.database import Sessions, connect, in_transaction, reading
from engine.errors import NotPossibleNow
from engine.models import BrowserSession, IdempotencyKey
from engine.settings import settings
from worker.prefect_worker import Scheduled
from worker.runs import Report
from worker.turns import Turns

# A run holds the turn a little longer than the schedule's interval, so that the next one can take over from it.
PUMP_EVERY = timedelta(seconds=60)
PUMP_FOR = timedelta(seconds=65)
FORGET_MESSAGES_AFTER = timedelta(days=30)

# How many seconds lie between two reports of progress: each is a request to Prefect's server.
_PROGRESS_EVERY = 2.0

log = logging.getLogger("alur.worker")

_turns: Turns | None = None
_works: dict[str, Callable[[Report], int]] = {}


def use(turns: Turns) -> None:
    """Say whose pumps the flow ``pump`` of this process runs."""
    global _turns
    _turns = turns


@flow(name="pump", log_prints=False)
async def pump(seconds: float = PUMP_FOR.total_seconds()) -> int:
    """Do due timers, terms, messages, calls and deliveries for a minute; return how many were done."""
    if _turns is None:
        raise RuntimeError("Expected the flow pump to run inside alur-worker, found another process")
    return await _turns.take(seconds)


@flow(name="retention", log_prints=False)
async def retention() -> int:
    """Destroy cases whose retention has ended, each in a transaction of its own; return how many."""
    return await asyncio.to_thread(remove_expired, connect(settings().url), datetime.now(UTC))


@flow(name="tidy", log_prints=False)
async def tidy() -> int:
    """Mark messages that nobody took, and forget what is over: old messages, sessions, idempotency keys."""
    return await asyncio.to_thread(forget, connect(settings().url), datetime.now(UTC))


@flow(name="bulk start", flow_run_name="bulk start {bulk_id}", log_prints=False)
def bulk_start(bulk_id: str) -> int:
    """Start the lines of a file, and show how far it has come; return how many lines are done with."""
    return _shown(bulk_id, f"Lines of bulk start {bulk_id}")


@flow(name="carry over", flow_run_name="carry over {carry_over_id}", log_prints=False)
def carry_over(carry_over_id: str) -> int:
    """Carry cases over to another version, and show how far it has come; return how many cases are done with."""
    return _shown(carry_over_id, f"Cases of carry-over {carry_over_id}")


def show_bulk_start(bulk_id: str, work: Callable[[Report], int]) -> None:
    """Do ``work`` as a run of Prefect."""
    _works[bulk_id] = work
    bulk_start(bulk_id)


def show_carry_over(carry_over_id: str, work: Callable[[Report], int]) -> None:
    """Do ``work`` as a run of Prefect."""
    _works[carry_over_id] = work
    carry_over(carry_over_id)


def _shown(key: str, description: str) -> int:
    """Do the work that waits under a key, and show its progress; return how much is done."""
    artifact = create_progress_artifact(0.0, description=description)
    shown = 0.0

    def report(done: int, total: int) -> None:
        nonlocal shown
        if done < total and time.monotonic() - shown < _PROGRESS_EVERY:
            return
        shown = time.monotonic()
        try:
            # More may be done than there was when it was asked for.
            update_progress_artifact(artifact, 100.0 * min(done, total) / max(total, 1))  # type: ignore[arg-type]
        except Exception as error:  # the work goes on while Prefect's server is away
            log.warning("run.unseen key=%s reason=%s", key, type(error).__name__)

    return _works.pop(key)(report)


def remove_expired(sessions: Sessions, now: datetime) -> int:
    """Destroy what the law says is no longer kept; return how many cases."""
    today = now.astimezone(settings().time_zone).date()
    removed = 0
    while True:
        with reading(sessions) as session:
            expired = instances.expired(session, today=today)
        if not expired:
            return removed
        before = removed
        for instance_id in expired:
            try:
                with sessions.begin() as session:
                    instances.remove(session, instance_id, actor=SYSTEM, today=today, now=now)
            except NotPossibleNow:
                continue  # frozen or prolonged since it was looked up
            removed += 1
        if removed == before:
            return removed


def forget(sessions: Sessions, now: datetime) -> int:
    """Forget what is over; return how many rows."""
    count = in_transaction(sessions, lambda session: messages.expire(session, now=now))
    count += in_transaction(sessions, lambda session: messages.forget(session, before=now - FORGET_MESSAGES_AFTER))

    def rows(session: Session) -> int:
        gone = 0
        for table in (BrowserSession, IdempotencyKey):
            gone += session.execute(delete(table).where(table.expires_at <= now)).rowcount  # type: ignore[attr-defined]
        return gone

    return count + in_transaction(sessions, rows)


SCHEDULE = {
    "pump": Scheduled(pump, PUMP_EVERY),
    "tidy": Scheduled(tidy, timedelta(minutes=5)),
    "retention": Scheduled(retention, timedelta(hours=24)),
}
