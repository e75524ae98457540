"""Take due jobs from the table and do them, many at once, until told to stop. It knows no Prefect.

A pump looks into the table when it is told that there is work (PostgreSQL's NOTIFY), when the next job falls due, and
at the latest after its longest pause: on SQLite, where nobody can tell it, that is the poll.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import psycopg

from engine import jobs
from engine.database import in_transaction, reading
from engine.jobs import CHANNEL, Claimed
from engine.models import JobKind
from worker.handlers import Handlers

log = logging.getLogger("alur.pump")

# Jobs that move instances are done beside those that wait for other systems, so that neither kind holds up the other.
MOVING = (JobKind.TIMER, JobKind.TERM, JobKind.START, JobKind.MESSAGE, JobKind.SIGNAL, JobKind.BULK, JobKind.CARRY_OVER)
CALLING = (JobKind.CALL, JobKind.DELIVERY)

# After a failure to reach the database a pump tries again, at most this many seconds later.
LONGEST_RETRY_SECONDS = 5.0

# With all threads busy a pump looks this often whether its turn is over.
BUSY_SECONDS = 0.2


# A pump takes this many jobs for each of its threads, so that one claim serves many: a claim is a commit.
AHEAD = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a pump takes on: ``threads`` jobs at once, each under ``lease``; it rests at most ``longest_pause``."""

    threads: int
    lease: timedelta
    longest_pause: timedelta


class Pump:
    """A pump over some kinds of jobs. It may run in turns; jobs that were taken go on between the turns."""

    def __init__(self, handlers: Handlers, kinds: Sequence[JobKind], limits: Limits) -> None:
        self.handlers = handlers
        self.kinds = kinds
        self.limits = limits
        self.wake = threading.Event()
        self.done = 0
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="alur-job")
        self._slots = _Slots(limits.threads * AHEAD, limits.threads)

    def run(self, stop: Callable[[], bool]) -> int:
        """Take and do due jobs until ``stop()``; return how many were done. ``wake`` makes it look at once."""
        before, failures = self.done, 0
        while not stop():
            self.wake.clear()
            try:
                # It looks before it claims, which is a transaction that writes: with nothing due, the two pumps took
                # 2.9 % of a core on SQLite by claiming, and take 0.5 % by looking.
                pause = self._pause()
                if pause == 0.0:
                    self._take()
                failures = 0
            except Exception:
                # The database is away, or in trouble. The jobs stay where they are; nothing else can be done here.
                failures += 1
                log.exception("pump.failed kinds=%s times=%s", ",".join(self.kinds), failures)
                pause = min(LONGEST_RETRY_SECONDS, 0.1 * 2**failures)
            if pause:
                self.wake.wait(pause)
        return self.done - before

    def close(self) -> None:
        """Wait for the jobs that were taken to end, and let go of what they used."""
        self.handlers.over.set()
        self._pool.shutdown(wait=True)
        self.handlers.close()

    def _take(self) -> int:
        """Claim as many jobs as there is room for and hand them out; return how many."""
        room = self._slots.room(BUSY_SECONDS)
        if not room:
            return 0
        taken = self._claim(room)
        self._slots.fill(len(taken))
        for job in taken:
            self._pool.submit(self._carry_out, job)
        return len(taken)

    def _claim(self, limit: int) -> list[Claimed]:
        return in_transaction(
            self.handlers.sessions,
            lambda session: jobs.claim(
                session,
                self.kinds,
                owner=self.owner,
                limit=limit,
                lease=self.limits.lease,
                now=self.handlers.clock(),
            ),
        )

    def _carry_out(self, job: Claimed) -> None:
        try:
            self.handlers.carry_out(job)
            self.done += 1
        finally:
            self._slots.free()

    def _pause(self) -> float:
        """Return for how many seconds nothing falls due, at most the longest pause."""
        with reading(self.handlers.sessions) as session:
            due = jobs.next_due(session, self.kinds)
        longest = self.limits.longest_pause.total_seconds()
        if due is None:
            return longest
        return min(longest, max(0.0, (due - self.handlers.clock()).total_seconds()))


class _Slots:
    """Counts the jobs that were taken and are not done. There is room when at least ``least`` slots are free."""

    def __init__(self, all_of_them: int, least: int) -> None:
        self._free = all_of_them
        self._least = least
        self._changed = threading.Condition()

    def room(self, seconds: float) -> int:
        """Return how many jobs may be taken; 0 if there is no room within ``seconds``."""
        with self._changed:
            return self._free if self._changed.wait_for(lambda: self._free >= self._least, seconds) else 0

    def fill(self, count: int) -> None:
        """Note that jobs were taken."""
        with self._changed:
            self._free -= count

    def free(self) -> None:
        """Note that a job is done."""
        with self._changed:
            self._free += 1
            self._changed.notify()


def listen(url: str, pumps: Sequence[Pump], stop: Callable[[], bool]) -> None:
    """Wake ``pumps`` whenever PostgreSQL says that jobs were written, until ``stop()``.

    ``url`` is a libpq connection string. While the database is away the pumps poll.
    """
    while not stop():
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f'LISTEN "{CHANNEL}"')
                for pump in pumps:
                    pump.wake.set()
                while not stop():
                    for _notice in connection.notifies(timeout=1.0, stop_after=1):
                        for pump in pumps:
                            pump.wake.set()
        except psycopg.Error as error:
            log.warning("pump.deaf reason=%s", error)
            threading.Event().wait(1.0)
