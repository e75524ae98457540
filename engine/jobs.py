"""Jobs: work that is taken under a lease. Who takes a job gets a fence number and must answer with it.

A job that is done has no row. Answers of a worker whose lease was given to another are refused.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.instances import Moved
from engine.models import JobKind


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in the hands of a worker until ``lease_until``. ``attempt`` counts from 1."""

    id: UUID
    kind: JobKind
    job_type: str | None
    instance_id: UUID | None
    token: int | None
    step: str | None
    version_id: UUID | None
    agency_id: UUID | None
    due_at: datetime
    lease_until: datetime
    fence: int
    attempt: int
    max_attempts: int
    payload: Mapping[str, Any]


def claim(
    session: Session, kinds: Collection[JobKind], *, owner: str, limit: int, lease: timedelta, now: datetime
) -> list[Claimed]:
    """Take up to ``limit`` due jobs, those due first. Jobs that other workers hold are passed over, not waited for.

    A job whose lease ended without an answer can be taken again; once its tries are used up it becomes an incident.
    """
    raise NotImplementedError


def claim_external(
    session: Session,
    job_types: Sequence[str],
    *,
    owner: str,
    limit: int,
    lease: timedelta,
    actor: Actor,
    now: datetime,
) -> list[Claimed]:
    """Take due jobs of these types that wait for workers outside, of the actor's agency."""
    raise NotImplementedError


def next_due(session: Session, kinds: Collection[JobKind]) -> datetime | None:
    """Return when the next job of these kinds can be taken; None: there is none."""
    raise NotImplementedError


def renew(session: Session, job_id: UUID, fence: int, *, lease: timedelta, now: datetime) -> datetime:
    """Prolong a lease; return its new end. Raises NotPossibleNow if the job is no longer the caller's."""
    raise NotImplementedError


def complete(
    session: Session, job_id: UUID, fence: int, variables: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Moved:
    """Answer a call or external job: its step goes on with ``variables``. Raises NotPossibleNow if that is too late."""
    raise NotImplementedError


def throw_error(
    session: Session,
    job_id: UUID,
    fence: int,
    code: str,
    variables: Mapping[str, Any],
    *,
    message: str = "",
    actor: Actor,
    now: datetime,
) -> Moved:
    """Answer a call or external job with a business error, which the model may catch. Raises as ``complete``."""
    raise NotImplementedError


def fail(
    session: Session,
    job_id: UUID,
    fence: int,
    error: str,
    *,
    now: datetime,
    retry_after: timedelta | None = None,
    attempts_left: int | None = None,
) -> datetime | None:
    """Say that a try failed. Return when it is tried again; None: tries are used up, an incident is open.

    The pause doubles with each try, with some chance in it, unless ``retry_after`` says how long it is.
    ``attempts_left`` overrules the counting (0: no further try).
    """
    raise NotImplementedError


def finish(session: Session, job_id: UUID, fence: int) -> None:
    """Remove a job that moves no instance and is done (a delivery). Raises NotPossibleNow if it comes too late."""
    raise NotImplementedError


def retry(session: Session, job_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Give a failed job all its tries again and resolve its incident (for operators)."""
    raise NotImplementedError
