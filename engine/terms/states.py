"""Terms of an instance as values, and how they stand in the table ``terms``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine import models
from engine.manifest import Unit
from engine.models import TermStatus
from engine.terms.clock import Moments, Pause, Run


class Mark(StrEnum):
    """The moments of a term that something may wait for, in their order, as BPMN timers name them."""

    WARN = "warn"
    DUE = "due"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermState:
    """One run of a term in an instance; ``number`` counts runs from 1.

    ``standing`` are the tokens of open steps that stop the clock. ``moments`` None: the clock stands.
    ``used`` are the units that had passed when it ended; None: it has not.
    ``reached`` are the marks that are journalled already. ``versions`` name the calendars that it was counted with.
    """

    id: UUID
    name: str
    number: int
    status: TermStatus
    agency_id: UUID
    run: Run
    moments: Moments | None
    versions: tuple[str, ...] = ()
    extensions: int = 0
    standing: frozenset[int] = frozenset()
    reached: frozenset[Mark] = frozenset()
    ended_at: datetime | None = None
    used: int | None = None
    law: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Tell whether the term has not ended."""
        return self.status is not TermStatus.ENDED

    def at(self, mark: Mark) -> datetime | None:
        """Return when the term reaches ``mark``; None: never, or not foreseeable because the clock stands."""
        if self.moments is None:
            return None
        moments = self.moments
        return {Mark.WARN: moments.warn_at, Mark.DUE: moments.due_at, Mark.ESCALATE: moments.escalate_at}[mark]

    def next_mark(self) -> datetime | None:
        """Return when the term reaches the first mark that it has not reached; None: not foreseeable, or none left."""
        if not self.is_open:
            return None
        return min((at for mark in Mark if mark not in self.reached and (at := self.at(mark))), default=None)

    def described(self) -> dict[str, Any]:
        """Return what the journal says of the term, whatever happened to it."""
        return {
            "term": self.name,
            "run": self.number,
            "due": iso(self.at(Mark.DUE)),
            "due_on": self.moments.due_on.isoformat() if self.moments else None,
            "confirmed": self.moments.is_confirmed if self.moments else None,
        }


def iso(moment: datetime | None) -> str | None:
    """Return a moment as text, None as None."""
    return None if moment is None else moment.astimezone(UTC).isoformat()


def latest_states(session: Session, instance_id: UUID) -> dict[str, TermState]:
    """Return the latest run of every term that started in an instance, by name."""
    rows = session.execute(select(*COLUMNS).where(_TERMS.instance_id == instance_id).order_by(_TERMS.run))
    return {row.name: state_of(row) for row in rows}


def all_states(session: Session, instance_id: UUID) -> list[TermState]:
    """Return every run of every term that started in an instance, in the order in which they started."""
    query = select(*COLUMNS).where(_TERMS.instance_id == instance_id).order_by(_TERMS.started_at, _TERMS.id)
    return [state_of(row) for row in session.execute(query)]


def row_of(state: TermState, instance_id: UUID) -> dict[str, Any]:
    """Return the row of a state."""
    run, moments = state.run, state.moments
    return {
        "id": state.id,
        "instance_id": instance_id,
        "agency_id": state.agency_id,
        "name": state.name,
        "run": state.number,
        "amount": run.amount,
        "unit": run.unit.value,
        "started_at": run.started_at,
        "status": state.status,
        "extended": run.added,
        "extensions": state.extensions,
        "due_at": state.at(Mark.DUE),
        "warn_at": state.at(Mark.WARN),
        "escalate_at": state.at(Mark.ESCALATE),
        "stopped_at": run.pauses[-1].since if run.is_standing else None,
        "ended_at": state.ended_at,
        "used": state.used,
        "facts": {
            "due_on": moments.due_on.isoformat() if moments else None,
            "confirmed": moments.is_confirmed if moments else None,
            "warn_before": run.warn_before,
            "escalate_after": run.escalate_after,
            "pauses": [[iso(pause.since), iso(pause.until)] for pause in run.pauses],
            "standing": sorted(state.standing),
            "reached": [mark.value for mark in Mark if mark in state.reached],
            "calendars": list(state.versions),
            "law": dict(state.law),
        },
    }


_TERMS = models.Term
COLUMNS = [
    _TERMS.id,
    _TERMS.agency_id,
    _TERMS.name,
    _TERMS.run,
    _TERMS.status,
    _TERMS.amount,
    _TERMS.unit,
    _TERMS.extended,
    _TERMS.extensions,
    _TERMS.started_at,
    _TERMS.due_at,
    _TERMS.warn_at,
    _TERMS.escalate_at,
    _TERMS.ended_at,
    _TERMS.used,
    _TERMS.facts,
]
_CHANGING = (
    "status",
    "extended",
    "extensions",
    "due_at",
    "warn_at",
    "escalate_at",
    "stopped_at",
    "ended_at",
    "used",
    "facts",
)
# ``run`` it through engine.writes with ``changes_of``.
UPDATE = (
    update(_TERMS).where(_TERMS.id == bindparam("b_id")).values({name: bindparam(f"b_{name}") for name in _CHANGING})
)


def changes_of(state: TermState, instance_id: UUID) -> dict[str, Any]:
    """Return the parameters with which ``UPDATE`` stores a state."""
    row = row_of(state, instance_id)
    return {f"b_{name}": row[name] for name in ("id", *_CHANGING)}


def state_of(row: Any) -> TermState:
    """Return the state that a row of ``COLUMNS`` holds."""
    facts = row.facts
    return TermState(
        id=row.id,
        name=row.name,
        number=row.run,
        status=row.status,
        agency_id=row.agency_id,
        run=Run(
            unit=Unit(row.unit),
            amount=row.amount,
            started_at=row.started_at,
            warn_before=facts["warn_before"],
            escalate_after=facts["escalate_after"],
            added=row.extended,
            pauses=tuple(Pause(_moment(since), _moment(until)) for since, until in facts["pauses"]),
        ),
        moments=None
        if row.due_at is None
        else Moments(
            due_on=date.fromisoformat(facts["due_on"]),
            due_at=row.due_at,
            warn_at=row.warn_at,
            escalate_at=row.escalate_at,
            is_confirmed=facts["confirmed"],
        ),
        versions=tuple(facts["calendars"]),
        extensions=row.extensions,
        standing=frozenset(facts["standing"]),
        reached=frozenset(Mark(mark) for mark in facts["reached"]),
        ended_at=row.ended_at,
        used=row.used,
        law=facts["law"],
    )


def _moment(text: str | None) -> Any:
    return None if text is None else datetime.fromisoformat(text)
