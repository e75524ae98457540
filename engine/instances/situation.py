"""Who moves which instance when, and what is written because of it: shared by everything that follows from a move."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from engine.access import Actor
from engine.database import uuid7
from engine.definitions import Compiled
from engine.journal import Chain
from engine.models import Case
from engine.writes import Writes


@dataclass(slots=True, kw_only=True)
class Situation:
    """One act on one instance. ``kind`` and ``step`` are the act's, as the journal names it.

    ``zone`` is the agency's. ``recorded`` are (sequence, kind) of the journal entries so far, ``tasks`` the ids of the
    tasks opened so far; ``has_own_work`` says that one of these is for the people of the agency itself.
    """

    case: Case
    zone: ZoneInfo
    receipt: str
    business_key: str | None
    applicant: str | None
    compiled: Compiled
    actor: Actor
    now: datetime
    kind: str
    step: str | None
    chain: Chain
    writes: Writes = field(default_factory=Writes)
    recorded: list[tuple[int, str]] = field(default_factory=list)
    tasks: list[UUID] = field(default_factory=list)
    has_own_work: bool = False

    def new_id(self) -> UUID:
        """Return an id for a row that belongs to this act."""
        return uuid7(self.now)

    def record(self, kind: str, step: str | None = None, data: Mapping[str, Any] | None = None) -> None:
        """Write down in the journal that something happened."""
        self.chain.add(
            self.writes,
            kind,
            actor=self.actor.name,
            agency_id=self.actor.agency_id or self.case.agency_id,
            now=self.now,
            step=step,
            data=data,
        )
        self.recorded.append((self.chain.length, kind))
