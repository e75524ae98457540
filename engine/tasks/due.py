"""By when tasks and cases are due, in working days, and why the clock of some stands: for a page of a list at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import calendars, definitions, terms
from engine.manifest import Texts
from engine.models import IS_OPEN_TASK, Instance, Task
from engine.terms import Remaining, Standing


@dataclass(frozen=True, slots=True)
class Stop:
    """A term whose clock stands: its title by language, since when, and the ids of the steps that it waits for."""

    title: Texts
    since: datetime
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """By when a task must be done, or a case go on. ``left`` None: no due time, or the clock of ``stops`` stands."""

    left: Remaining | None
    stops: tuple[Stop, ...] = ()


def dues(session: Session, tasks: Sequence[Task], *, agency_id: UUID, now: datetime) -> dict[UUID, Due]:
    """Return by when each task is due, by its id, counted with the calendar of one agency."""
    calendar = calendars.calendar_of(session, agency_id)
    stands = terms.standing(session, {task.instance_id for task in tasks if task.due_by_term})
    steps = _steps_of(session, stands)
    found = {}
    for task in tasks:
        left = None if task.due_at is None else terms.remaining(calendar, task.due_at, now=now)
        stops = [
            _stop(session, task.version_id, task.instance_id, each, steps) for each in stands.get(task.instance_id, ())
        ]
        found[task.id] = Due(left, tuple(stops))
    return found


def dues_of_cases(session: Session, cases: Sequence[Instance], *, agency_id: UUID, now: datetime) -> dict[UUID, Due]:
    """Return by when the next term of each case is due, by the case's id, counted with one agency's calendar."""
    ids = {case.id for case in cases}
    calendar = calendars.calendar_of(session, agency_id)
    stands = terms.standing(session, ids)
    steps = _steps_of(session, stands)
    next_due = terms.next_due(session, ids)
    found = {}
    for case in cases:
        due_at = next_due.get(case.id)
        left = None if due_at is None else terms.remaining(calendar, due_at, now=now)
        stops = [_stop(session, case.version_id, case.id, each, steps) for each in stands.get(case.id, ())]
        found[case.id] = Due(left, tuple(stops))
    return found


def _steps_of(session: Session, stands: dict[UUID, list[Standing]]) -> dict[tuple[UUID, int], str]:
    """Return the steps of the open tasks in instances with a clock that stands, by instance and token."""
    if not stands:
        return {}
    query = select(Task.instance_id, Task.token, Task.step).where(Task.instance_id.in_(stands), IS_OPEN_TASK)
    return {(row.instance_id, row.token): row.step for row in session.execute(query)}


def _stop(
    session: Session, version_id: UUID, instance_id: UUID, stands: Standing, steps: dict[tuple[UUID, int], str]
) -> Stop:
    rule = definitions.compiled(session, version_id).manifest.terms.get(stands.name)
    waits = [steps[key] for token in stands.tokens if (key := (instance_id, token)) in steps]
    # What stops the clock may be no task but a message: then the rule names it.
    return Stop({} if rule is None else rule.title, stands.since, tuple(waits) or (() if rule is None else rule.stops))
