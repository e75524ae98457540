"""The journal: what happened to an instance, append-only, each entry hashed with the one before.

The instance's row holds the number of its entries and the hash of the last one, so that a cut end shows as well.
Kinds are a noun and a past participle: ``instance.started``, ``task.completed``, ``timer.fired`` and so on.

What administrators change (people, roles, keys, webhooks, calendars, versions, agencies) stands in the journal of their
agency, or of the nation: ``note`` adds to it. It is a chain of the same kind; an Administration holds its end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Text, select, type_coerce, union_all
from sqlalchemy.orm import Session

from engine.database import Page, Slice, encode_json, take_turns
from engine.errors import NotFound
from engine.models import Administration, Instance, JournalEntry
from engine.writes import Writes

NATION = UUID(int=0)


@dataclass(slots=True)
class Chain:
    """The end of a journal, while entries are added. ``length`` and ``head`` go to the instance's row."""

    instance_id: UUID
    length: int
    head: bytes

    def add(
        self,
        writes: Writes,
        kind: str,
        *,
        actor: str,
        agency_id: UUID,
        now: datetime,
        step: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry to ``writes``."""
        self.length += 1
        before, facts = self.head, data or {}
        content = encode_json(facts)
        self.head = _hash(before, self.instance_id, self.length, now, actor, agency_id, kind, step, content)
        writes.insert(
            JournalEntry,
            {
                "instance_id": self.instance_id,
                "sequence": self.length,
                "at": now,
                "actor": actor,
                "agency_id": agency_id,
                "kind": kind,
                "step": step,
                "data": facts,
                "previous_hash": before,
                "hash": self.head,
            },
        )


def new_chain(instance_id: UUID) -> Chain:
    """Return the chain of a new instance. It begins with the hash of the instance's id."""
    return Chain(instance_id, 0, sha256(instance_id.bytes).digest())


def note(
    session: Session,
    kind: str,
    data: Mapping[str, Any],
    *,
    actor: str,
    agency_id: UUID | None,
    now: datetime,
) -> None:
    """Journal what an administrator changed for an agency, or for the nation (None). ``data`` holds no secret.

    The chain is locked until the transaction ends.
    """
    owner = agency_id or NATION
    take_turns(session, f"administration\n{owner}")  # for the first entry there is no row to lock
    end = _administration(session, owner)
    session.add(end)
    chain, writes = Chain(owner, end.journal_length, end.journal_hash), Writes()
    chain.add(writes, kind, actor=actor, agency_id=owner, now=now, data=data)
    end.journal_length, end.journal_hash = chain.length, chain.head
    writes.flush(session)


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a journal is not what was written. ``sequence`` is that of the first wrong or missing entry."""

    instance_id: UUID
    sequence: int
    message: str


def entries(session: Session, instance_id: UUID, page: Page) -> Slice[JournalEntry]:
    """Return the entries of an instance, oldest first; of an administration if that is its id."""
    query = select(JournalEntry).where(JournalEntry.instance_id == instance_id).order_by(JournalEntry.sequence)
    if page.after is not None:
        query = query.where(JournalEntry.sequence > page.number)
    found = list(session.scalars(query.limit(page.limit + 1)))
    return Slice.cut(found, page, lambda entry: str(entry.sequence))


def latest(session: Session, instance_id: UUID, most: int, *, before: int | None = None) -> list[JournalEntry]:
    """Return the last entries of an instance, or those before a sequence number; the latest first."""
    query = select(JournalEntry).where(JournalEntry.instance_id == instance_id)
    if before is not None:
        query = query.where(JournalEntry.sequence < before)
    return list(session.scalars(query.order_by(JournalEntry.sequence.desc()).limit(most)))


def latest_first(session: Session, instance_id: UUID, page: Page) -> Slice[JournalEntry]:
    """Return the entries of an instance or an administration, the latest first."""
    found = latest(session, instance_id, page.limit + 1, before=page.number if page.after is not None else None)
    return Slice.cut(found, page, lambda entry: str(entry.sequence))


def verify(session: Session, instance_id: UUID) -> Fault | None:
    """Compute the chain of an instance again; None: every entry is there and as it was written. Raises NotFound."""
    end = session.execute(
        select(Instance.journal_length, Instance.journal_hash).where(Instance.id == instance_id)
    ).one_or_none()
    if end is None:
        raise NotFound(f"Expected instance {instance_id}, but there is no such instance")
    return _first_fault(session, instance_id, end.journal_length, end.journal_hash)


def verify_administration(session: Session, agency_id: UUID | None) -> Fault | None:
    """Compute the chain of what administrators changed again, as ``verify`` does."""
    owner = agency_id or NATION
    end = _administration(session, owner)
    return _first_fault(session, owner, end.journal_length, end.journal_hash)


def _administration(session: Session, owner: UUID) -> Administration:
    """Return the end of an administration's journal as it is stored, or that of an empty one, which is not."""
    stored = session.get(Administration, owner, populate_existing=True)
    first = new_chain(owner)
    return stored or Administration(id=owner, journal_length=first.length, journal_hash=first.head)


def verify_all(session: Session) -> Iterator[Fault]:
    """Verify the journals of all instances and administrations; yield the faults."""
    ends = union_all(
        select(Administration.id, Administration.journal_length, Administration.journal_hash),
        select(Instance.id, Instance.journal_length, Instance.journal_hash),
    ).order_by("id")
    for end in session.execute(ends.execution_options(yield_per=500)):
        fault = _first_fault(session, end.id, end.journal_length, end.journal_hash)
        if fault is not None:
            yield fault


def _first_fault(session: Session, instance_id: UUID, length: int, last: bytes) -> Fault | None:
    # The text as it is stored is hashed, not a value that was decoded and encoded again.
    stored = select(
        JournalEntry.sequence,
        JournalEntry.at,
        JournalEntry.actor,
        JournalEntry.agency_id,
        JournalEntry.kind,
        JournalEntry.step,
        type_coerce(JournalEntry.data, Text).label("content"),
        JournalEntry.previous_hash,
        JournalEntry.hash,
    )
    rows = session.execute(stored.where(JournalEntry.instance_id == instance_id).order_by(JournalEntry.sequence))
    head, expected = sha256(instance_id.bytes).digest(), 1
    for row in rows:
        if row.sequence != expected:
            return Fault(instance_id, expected, f"Expected entry {expected}, found {row.sequence} next")
        after = _hash(head, instance_id, expected, row.at, row.actor, row.agency_id, row.kind, row.step, row.content)
        if row.previous_hash != head or row.hash != after:
            return Fault(instance_id, expected, f"Expected entry {expected} as it was written, found it changed")
        head, expected = after, expected + 1
    if expected != length + 1 or head != last:
        return Fault(instance_id, expected, f"Expected {length} entries, found {expected - 1}")
    return None


def _hash(
    before: bytes,
    instance_id: UUID,
    sequence: int,
    at: datetime,
    actor: str,
    agency_id: UUID,
    kind: str,
    step: str | None,
    content: str,
) -> bytes:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    head = encode_json([instance_id.hex, sequence, moment, actor, agency_id.hex, kind, step])
    return sha256(b"\n".join((before, head.encode(), content.encode()))).digest()
