"""Messages and signals: bring what comes in to the instances that wait for it, start those that it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.jobs import Claimed
from engine.models import MessageStatus


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a message. ``duplicate``: it had been published before, and this is what became of that one.

    ``instances`` are those that took it or that it started.
    """

    message_id: UUID
    status: MessageStatus
    duplicate: bool
    published_at: datetime
    expires_at: datetime
    instances: tuple[UUID, ...]


def publish(
    session: Session,
    name: str,
    correlation_key: str,
    variables: Mapping[str, Any],
    *,
    agency_id: UUID,
    actor: Actor,
    now: datetime,
    message_id: str | None = None,
    life: timedelta | None = None,
) -> Published:
    """Bring a message to the instance of the agency that waits for ``name`` with this key, one of each process.

    Where none waits, start the process that begins with it; else keep it for ``life`` (None: the setting).
    A ``message_id`` that was used before publishes nothing.
    """
    raise NotImplementedError


def broadcast(
    session: Session, name: str, variables: Mapping[str, Any], *, agency_id: UUID, actor: Actor, now: datetime
) -> int:
    """Send a signal to all instances of the agency that wait for it, and start what begins with it; return how many."""
    raise NotImplementedError


def carry_out(session: Session, job: Claimed, *, now: datetime) -> None:
    """Do a job of kind ``message`` or ``signal``: publish what an instance threw, or bring one to its instance."""
    raise NotImplementedError


def expire(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """Mark messages that nobody took in time; return how many (at most ``limit``)."""
    raise NotImplementedError
