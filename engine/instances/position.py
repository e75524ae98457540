"""Where an instance stands in its process: what it passed, what is open, what stands still. Read from the journal.

A case may pass a loop many thousand times. What a page shows is gathered by the database and read from the journal's
end, so that it takes no longer to show; only the record of a case lists every step that it ever passed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, select, text, type_coerce
from sqlalchemy.orm import Session

from engine.bpmn.waits import StepEventKind, Wait
from engine.bpmn.workflow import Workflow
from engine.instances.moving import look
from engine.models import IS_OPEN_INCIDENT, Incident, Instance, InstanceStatus, JournalEntry

MOST_PASSED = 100
_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was completed: when, and by whose act."""

    step: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Position:
    """``passed`` are the last steps that were completed, ``MOST_PASSED`` at most, in their order; ``times`` says of
    every step how often it was. ``flows`` are the ids of the sequence flows taken.

    ``open`` are the waits of a running instance, ``failed`` the steps with an open incident.
    """

    passed: tuple[Passed, ...]
    times: Mapping[str, int]
    flows: frozenset[str]
    open: tuple[Wait, ...]
    failed: frozenset[str]


def position(session: Session, instance: Instance) -> Position:
    """Return where an instance stands."""
    return Position(
        passed=_last_passed(session, instance.id),
        times=_times(session, instance.id),
        flows=_flows(session, instance.id),
        open=_open(session, instance),
        failed=_failed(session, instance.id),
    )


def all_passed(session: Session, instance_id: UUID) -> list[Passed]:
    """Return every step that an instance completed, in their order, a step once for each time."""
    entries = _entries(instance_id).order_by(JournalEntry.sequence)
    return [passed for row in session.execute(entries.execution_options(yield_per=500)) for passed in _completed(row)]


def _last_passed(session: Session, instance_id: UUID) -> tuple[Passed, ...]:
    """Return the last steps passed, read from the journal's end until there are enough."""
    found: list[Passed] = []
    entries = _entries(instance_id).order_by(JournalEntry.sequence.desc()).limit(_ENTRIES)
    before: int | None = None
    while len(found) < MOST_PASSED:
        older = entries if before is None else entries.where(JournalEntry.sequence < before)
        rows = session.execute(older).all()
        for row in rows:
            found += reversed(list(_completed(row)))
        if len(rows) < _ENTRIES:
            break
        before = rows[-1].sequence
    return tuple(reversed(found[:MOST_PASSED]))


def _entries(instance_id: UUID) -> Any:
    """Return the statement for the entries of the journal that tell of completed steps."""
    content = type_coerce(JournalEntry.data, Text)
    return select(JournalEntry.sequence, JournalEntry.at, JournalEntry.actor, JournalEntry.data).where(
        JournalEntry.instance_id == instance_id, content.contains(f'["{StepEventKind.COMPLETED}",', autoescape=True)
    )


def _completed(row: Any) -> Iterator[Passed]:
    for kind, step, *_detail in row.data.get("events", ()):
        if kind == StepEventKind.COMPLETED:
            yield Passed(step, row.at, row.actor)


# What each database calls the unfolding of a list within JSON.
_FLOWS = {
    "sqlite": "SELECT DISTINCT flow.value FROM journal, json_each(journal.data, '$.flows') AS flow "
    "WHERE journal.instance_id = :instance",
    "postgresql": "SELECT DISTINCT flow FROM journal, json_array_elements_text(data::json -> 'flows') AS flow "
    "WHERE journal.instance_id = :instance",
}
_STEPS = {
    "sqlite": "SELECT json_extract(event.value, '$[1]') AS passed, count(*) "
    "FROM journal, json_each(journal.data, '$.events') AS event "
    "WHERE journal.instance_id = :instance AND json_extract(event.value, '$[0]') = 'completed' GROUP BY passed",
    "postgresql": "SELECT event ->> 1 AS passed, count(*) "
    "FROM journal, json_array_elements(data::json -> 'events') AS event "
    "WHERE journal.instance_id = :instance AND event ->> 0 = 'completed' GROUP BY passed",
}


def _flows(session: Session, instance_id: UUID) -> frozenset[str]:
    return frozenset(row[0] for row in _gathered(session, _FLOWS, instance_id))


def _times(session: Session, instance_id: UUID) -> dict[str, int]:
    return {row[0]: row[1] for row in _gathered(session, _STEPS, instance_id)}


def _gathered(session: Session, statements: Mapping[str, str], instance_id: UUID) -> list[Any]:
    statement = text(statements[session.get_bind().dialect.name]).bindparams(bindparam("instance", type_=Uuid()))
    return list(session.execute(statement, {"instance": instance_id}))


def _open(session: Session, instance: Instance) -> tuple[Wait, ...]:
    if instance.status is not InstanceStatus.RUNNING:
        return ()
    return tuple(look(session, instance.id, Workflow.waits))


def _failed(session: Session, instance_id: UUID) -> frozenset[str]:
    found = session.scalars(select(Incident.step).where(Incident.instance_id == instance_id, IS_OPEN_INCIDENT))
    return frozenset(step for step in found if step is not None)
