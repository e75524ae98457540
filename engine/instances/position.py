"""Where an instance stands in its process: what it passed, what is open, what stands still. Read from the journal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bpmn.waits import StepEventKind, Wait
from engine.bpmn.workflow import Workflow
from engine.instances.moving import look
from engine.models import IS_OPEN_INCIDENT, Incident, Instance, InstanceStatus, JournalEntry


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was completed: when, and by whose act."""

    step: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Position:
    """``passed`` in their order, a step once for each time; ``flows`` are the ids of the sequence flows taken.

    ``open`` are the waits of a running instance, ``failed`` the steps with an open incident.
    """

    passed: tuple[Passed, ...]
    flows: frozenset[str]
    open: tuple[Wait, ...]
    failed: frozenset[str]


def position(session: Session, instance: Instance) -> Position:
    """Return where an instance stands."""
    passed: list[Passed] = []
    flows: set[str] = set()
    entries = select(JournalEntry.at, JournalEntry.actor, JournalEntry.data).where(
        JournalEntry.instance_id == instance.id
    )
    for row in session.execute(entries.order_by(JournalEntry.sequence)):
        flows.update(row.data.get("flows", ()))
        for kind, step, *_detail in row.data.get("events", ()):
            if kind == StepEventKind.COMPLETED:
                passed.append(Passed(step, row.at, row.actor))
    return Position(tuple(passed), frozenset(flows), _open(session, instance), _failed(session, instance.id))


def _open(session: Session, instance: Instance) -> tuple[Wait, ...]:
    if instance.status is not InstanceStatus.RUNNING:
        return ()
    return tuple(look(session, instance.id, Workflow.waits))


def _failed(session: Session, instance_id: UUID) -> frozenset[str]:
    found = session.scalars(select(Incident.step).where(Incident.instance_id == instance_id, IS_OPEN_INCIDENT))
    return frozenset(step for step in found if step is not None)
