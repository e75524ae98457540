"""The journal: what happened to an instance, append-only, each entry hashed with the one before."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from engine.database import Page, Slice
from engine.models import JournalEntry


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a journal is not what was written. ``sequence`` is that of the first wrong or missing entry."""

    instance_id: UUID
    sequence: int
    message: str


def entries(session: Session, instance_id: UUID, page: Page) -> Slice[JournalEntry]:
    """Return the entries of an instance, oldest first."""
    raise NotImplementedError


def verify(session: Session, instance_id: UUID) -> Fault | None:
    """Compute the chain of an instance again; None: every entry is there and as it was written. Raises NotFound."""
    raise NotImplementedError


def verify_all(session: Session) -> Iterator[Fault]:
    """Verify the journals of all instances; yield the faults."""
    raise NotImplementedError
