"""Destroy cases whose retention has ended. What remains is the record that they were there."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.access import Actor
from engine.errors import NotPossibleNow
from engine.instances.moving import lock
from engine.models import Instance, JournalEntry, Removal, Version


def expired(session: Session, *, today: date, limit: int = 100) -> Sequence[UUID]:
    """Return instances whose retention has ended before ``today``, longest ago first."""
    query = select(Instance.id).where(Instance.keep_until < today).order_by(Instance.keep_until).limit(limit)
    return session.scalars(query).all()


def remove(session: Session, instance_id: UUID, *, actor: Actor, today: date, now: datetime) -> Removal:
    """Destroy an instance with its tasks, documents and journal, and record that. One instance, one short transaction.

    Raises NotPossibleNow if it must still be kept.
    """
    lock(session, instance_id)
    instance = session.get_one(Instance, instance_id, populate_existing=True)
    if instance.keep_until is None or instance.ended_at is None or instance.keep_until >= today:
        raise NotPossibleNow(
            f"Expected an instance whose retention has ended, but {instance_id} is kept until {instance.keep_until}",
            keep_until=instance.keep_until,
        )
    manifest = session.scalars(select(Version.manifest).where(Version.id == instance.version_id)).one()
    removal = Removal(
        instance_id=instance_id,
        process_id=instance.process_id,
        agency_id=instance.agency_id,
        receipt=instance.receipt,
        outcome=instance.outcome,
        ended_at=instance.ended_at,
        removed_at=now,
        actor=actor.name,
        retention=manifest["retention"]["period"],
        journal_length=instance.journal_length,
        journal_hash=instance.journal_hash,
    )
    session.add(removal)
    session.flush()
    session.execute(delete(JournalEntry).where(JournalEntry.instance_id == instance_id))
    session.execute(delete(Instance).where(Instance.id == instance_id))
    return removal
