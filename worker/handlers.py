"""What the worker does with one claimed job, by its kind. Each step of it is a transaction of its own.

A job may be done twice: the worker can die between the act and its note. Everything here is therefore safe to repeat:
moving an instance checks that the step still waits, and another system gets the job's id as idempotency key.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from engine import calls, definitions, deliveries, jobs, messages, timers
from engine.access import SYSTEM
from engine.database import Sessions, in_transaction, is_passing, reading
from engine.errors import AlurError, NotPossibleNow
from engine.jobs import Claimed
from engine.manifest import Call
from engine.models import JobKind
from engine.settings import settings
from worker import bulk, carrying

log = logging.getLogger("alur.worker")

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Handlers:
    """What jobs are done with: the database, the other systems, the time. ``over`` asks long jobs to give way."""

    sessions: Sessions
    connectors: Mapping[str, calls.Connector]
    clock: Clock
    _lines: dict[str, calls.Lines] = field(init=False, default_factory=dict)
    over: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lines.update({name: calls.Lines(connector) for name, connector in self.connectors.items()})

    def close(self) -> None:
        """Let go of the connections to other systems."""
        for line in self._lines.values():
            line.close()

    def carry_out(self, job: Claimed) -> None:
        """Do a job and note its end. Whatever goes wrong is noted on the job, which is then tried again later."""
        try:
            if job.kind is JobKind.CALL:
                self._call(job)
            elif job.kind is JobKind.DELIVERY:
                self._deliver(job)
            elif job.kind is JobKind.BULK:
                bulk.carry_out(self.sessions, job, clock=self.clock, stop=self.over.is_set)
            elif job.kind is JobKind.CARRY_OVER:
                carrying.carry_out(self.sessions, job, clock=self.clock, stop=self.over.is_set)
            else:
                self._move(job)
        except DBAPIError as error:
            if not is_passing(error):
                self._fail(job, f"{type(error.orig).__name__}: {error.orig}")
        except AlurError as error:
            self._fail(job, error.message)
        except Exception as error:
            log.exception("job.crashed job=%s kind=%s", job.id, job.kind)
            self._fail(job, f"{type(error).__name__}: {error}")

    def _move(self, job: Claimed) -> None:
        acts: Mapping[JobKind, Callable[..., Any]] = {
            JobKind.TIMER: timers.fire,
            JobKind.START: timers.start,
            JobKind.TERM: timers.reach,
            JobKind.MESSAGE: messages.carry_out,
            JobKind.SIGNAL: messages.carry_out,
        }
        act = acts[job.kind]
        in_transaction(self.sessions, lambda session: act(session, job, now=self.clock()))

    def _call(self, job: Claimed) -> None:
        """Call another system between two transactions, and bring what it said to the waiting step."""
        with reading(self.sessions) as session:
            rule = _rule_of(session, job)
        connector = self.connectors.get(rule.connector)
        if connector is None:
            known = ", ".join(self.connectors) or "none"
            raise calls.CallFailed(f"Expected connector {rule.connector} in the connectors file, found {known}")
        request = calls.Request(rule.method, rule.path or "", job.payload.get("inputs", {}), key=str(job.id))
        with self._lines[rule.connector].lent() as line:
            said = calls.outcome(calls.call(connector, request, over=line), rule.errors)

        def answer(session: Session) -> None:
            now = self.clock()
            if isinstance(said, calls.Refused):
                jobs.throw_error(
                    session,
                    job.id,
                    job.fence,
                    said.code,
                    said.variables,
                    message=said.message,
                    actor=SYSTEM,
                    now=now,
                )
            else:
                jobs.complete(session, job.id, job.fence, said.variables, actor=SYSTEM, now=now)

        in_transaction(self.sessions, answer)

    def _deliver(self, job: Claimed) -> None:
        """Send a journal entry to a webhook, then note that it was taken, or that nobody wants it any more."""
        with reading(self.sessions) as session:
            delivery = deliveries.delivery(session, job)
        if delivery is not None:
            deliveries.send(delivery, now=self.clock(), private=settings().webhooks_private)
        in_transaction(self.sessions, lambda session: jobs.finish(session, job.id, job.fence))

    def _fail(self, job: Claimed, reason: str) -> None:
        try:
            again = in_transaction(
                self.sessions,
                lambda session: jobs.fail(session, job.id, job.fence, reason, actor=SYSTEM, now=self.clock()),
            )
        except NotPossibleNow as late:
            # Another worker has the job by now, or its step waits no more: there is nothing left to do.
            log.info("job.late job=%s kind=%s reason=%s", job.id, job.kind, late)
            return
        log.warning("job.failed job=%s kind=%s attempt=%s again=%s", job.id, job.kind, job.attempt, again)


def _rule_of(session: Session, job: Claimed) -> Call:
    """Return what the process says of a job's call. Raises CallFailed if it says nothing."""
    rule = definitions.compiled(session, job.version_id).call_of(job.job_type) if job.version_id else None
    if rule is None:
        raise calls.CallFailed(f"Expected the process to say who answers {job.job_type}, found nothing")
    return rule
