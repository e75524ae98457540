"""What moved a term since it began: stops of its clock, extensions, other calendars. Read from the journal."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.models import JournalEntry


class ChangeKind(StrEnum):
    """Why a term is due at another time than before."""

    STOPPED = "stopped"
    EXTENDED = "extended"
    RECOUNTED = "recounted"


class Due(NamedTuple):
    """When a term is due: its last day, and the moment from which it is passed."""

    on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """Something that moved a term. ``step`` caused it (None: no step, such as another calendar).

    A stop lasts from ``since`` to ``until`` (None: the clock still stands); anything else happened at ``since``.
    ``before`` and ``after`` are when the term was and is due for it; None: not foreseeable while the clock stands.
    """

    kind: ChangeKind
    step: str | None
    since: datetime
    until: datetime | None
    before: Due | None
    after: Due | None


# A term by its key in the manifest and the number of its run.
Runs = dict[tuple[str, int], list[Change]]
_KINDS = ("term.started", "term.stopped", "term.resumed", "term.extended", "term.recounted", "term.ended")


def changes(session: Session, instance_id: UUID) -> Runs:
    """Return what moved each run of the terms of an instance, in its order; what nothing moved is left out."""
    query = select(JournalEntry.at, JournalEntry.kind, JournalEntry.step, JournalEntry.data).where(
        JournalEntry.instance_id == instance_id, JournalEntry.kind.in_(_KINDS)
    )
    return _told(session.execute(query.order_by(JournalEntry.sequence)))


def _told(entries: Iterable[Any]) -> Runs:
    found: Runs = {}
    dues: dict[tuple[str, int], Due | None] = {}
    for entry in entries:
        key, due = (entry.data["term"], entry.data["run"]), _due(entry.data)
        made = found.setdefault(key, [])
        stands = bool(made) and made[-1].kind is ChangeKind.STOPPED and made[-1].until is None
        if entry.kind == "term.stopped" or (entry.kind == "term.started" and due is None):
            made.append(Change(ChangeKind.STOPPED, entry.step, entry.at, None, dues.get(key), None))
        elif entry.kind in ("term.resumed", "term.ended") and stands:
            made[-1] = replace(made[-1], until=entry.at, after=due)
        elif entry.kind in ("term.extended", "term.recounted"):
            kind = ChangeKind(entry.kind.partition(".")[2])
            made.append(Change(kind, entry.step, entry.at, None, dues.get(key), due))
        dues[key] = due or dues.get(key)
    return {key: made for key, made in found.items() if made}


def _due(data: Any) -> Due | None:
    if data.get("due") is None:
        return None
    return Due(date.fromisoformat(data["due_on"]), datetime.fromisoformat(data["due"]))
