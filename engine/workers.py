"""Which workers run: each says so now and then, and whoever looks sees when it last did. Nothing depends on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor, OwnRole
from engine.models import Worker

# A worker that was not seen for so long has stopped, or does not reach the database.
SILENT_AFTER = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sign:
    """What a worker says of itself. ``name`` is the one that leases have."""

    name: str
    version: str
    started_at: datetime
    jobs_done: int
    runs_under_prefect: bool


def seen(session: Session, sign: Sign, *, now: datetime) -> None:
    """Note that a worker is there, and forget those that have been silent for a day."""
    session.execute(delete(Worker).where(Worker.seen_at < now - FORGOTTEN_AFTER))
    session.merge(
        Worker(
            name=sign.name,
            version=sign.version,
            started_at=sign.started_at,
            seen_at=now,
            jobs_done=sign.jobs_done,
            runs_under_prefect=sign.runs_under_prefect,
        )
    )


def gone(session: Session, name: str) -> None:
    """Note that a worker stopped in order."""
    session.execute(delete(Worker).where(Worker.name == name))


def workers(session: Session, viewer: Actor) -> Sequence[Worker]:
    """Return the workers of the installation, those seen last first. Raises NotAllowed."""
    access.need_role(viewer, OwnRole.OPERATOR, OwnRole.HEAD, OwnRole.AUDITOR, OwnRole.PLATFORM)
    return session.scalars(select(Worker).order_by(Worker.seen_at.desc(), Worker.name)).all()


def is_silent(worker: Worker, *, now: datetime) -> bool:
    """Tell whether a worker has not been seen for too long."""
    return now - worker.seen_at > SILENT_AFTER
