"""What a worker does now and then, beside its jobs: say that it is there, and count the public statistics."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version

from sqlalchemy.orm import Session

from engine import statistics, workers
from engine.database import Sessions, in_transaction, reading
from engine.workers import Sign
from worker.pumps import Pump

log = logging.getLogger("alur.rounds")

EVERY = timedelta(seconds=15)
# Looking whether statistics are due reads the database: not with each sign.
STATISTICS_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Rounds:
    """The rounds of one worker. ``is_under_prefect`` tells whether Prefect runs its pumps."""

    sessions: Sessions
    pumps: Sequence[Pump]
    clock: Callable[[], datetime]
    is_under_prefect: Callable[[], bool] = lambda: False
    over: threading.Event = field(default_factory=threading.Event)
    _started_at: datetime | None = None
    _looked_at: datetime | None = None

    def run(self) -> None:
        """Go round until ``stop``, then say that the worker is gone."""
        self._try(self.go_round)
        while not self.over.wait(EVERY.total_seconds()):
            self._try(self.go_round)
        self._try(self._say_gone)

    def stop(self) -> None:
        """End the rounds."""
        self.over.set()

    def go_round(self) -> None:
        """Say that the worker is there; count what is due."""
        now = self.clock()
        self._started_at = self._started_at or now
        sign = Sign(
            name=self._name,
            version=version("alur"),
            started_at=self._started_at,
            jobs_done=sum(pump.done for pump in self.pumps),
            runs_under_prefect=self.is_under_prefect(),
        )
        in_transaction(self.sessions, lambda session: workers.seen(session, sign, now=now))
        if self._looked_at is None or now - self._looked_at >= STATISTICS_EVERY:
            self._looked_at = now
            count_statistics(self.sessions, now=now)

    def _say_gone(self) -> None:
        in_transaction(self.sessions, lambda session: workers.gone(session, self._name))

    def _try(self, act: Callable[[], None]) -> None:
        """Let the database be away for a while: the next round tries again."""
        try:
            act()
        except Exception as error:
            log.warning("rounds.failed reason=%s: %s", type(error).__name__, str(error)[:200])

    @property
    def _name(self) -> str:
        return self.pumps[0].owner


def count_statistics(sessions: Sessions, *, now: datetime) -> list[str]:
    """Count the months that are due, each read without a lock and stored in a transaction of its own; return them.

    Two workers at it at once do no harm: both store the same.
    """
    with reading(sessions) as session:
        due = statistics.due_months(session, now=now)
    for month in due:
        with reading(sessions) as session:
            rows = statistics.count(session, month)

        def keep(session: Session, month: str = month, rows: list[dict[str, object]] = rows) -> None:
            statistics.store(session, month, rows, as_of=now)

        in_transaction(sessions, keep)
    return due
