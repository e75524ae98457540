"""What the clock and a changed calendar do to terms while nobody moves their instance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import models
from engine.calendars import calendar_of
from engine.manifest import Unit
from engine.models import Case, TermStatus
from engine.terms.clock import moments
from engine.terms.following import Followed, Note, store
from engine.terms.states import Mark, iso, latest_states
from engine.writes import Writes

_REACHED = {Mark.WARN: "term.warned", Mark.DUE: "term.breached", Mark.ESCALATE: "term.escalated"}


def reach(session: Session, writes: Writes, case: Case, name: str, run: int, *, now: datetime) -> list[Note]:
    """Note that a term reached the marks that have passed, and let its job wait for the next one.

    To be called under the instance's lock by the job of kind ``term`` with the payload ``{term, run}``. Empty: the
    term moved or ended meanwhile, so nothing is reached.
    """
    state = latest_states(session, case.id).get(name)
    if state is None or state.number != run or not state.is_open:
        return []
    passed = [mark for mark in Mark if mark not in state.reached and (at := state.at(mark)) and at <= now]
    changed = replace(state, reached=state.reached | set(passed))
    store(writes, case, changed)
    return [Note(_REACHED[mark], None, changed.described() | {"at": iso(changed.at(mark))}) for mark in passed]


def recount(session: Session, writes: Writes, case: Case, *, now: datetime) -> Followed:
    """Count the open terms of an instance again because a calendar changed, or another agency's counts now.

    To be called under the instance's lock. A mark that was reached and now lies in the future will be reached again.
    """
    notes: list[Note] = []
    states = latest_states(session, case.id)
    for state in list(states.values()):
        if not state.is_open or state.run.unit is Unit.CLOCK_HOURS:
            continue
        calendar = calendar_of(session, state.agency_id)
        counted = replace(state, moments=moments(state.run, calendar), versions=calendar.versions)
        if counted.moments is not None:
            kept = frozenset(mark for mark in state.reached if (at := counted.at(mark)) and at <= now)
            counted = replace(counted, reached=kept)
        if counted == state:
            continue
        states[state.name] = counted
        store(writes, case, counted)
        if counted.moments != state.moments:
            before = {"due_before": iso(state.at(Mark.DUE)), "calendars": list(calendar.versions)}
            notes.append(Note("term.recounted", None, counted.described() | before))
    return Followed(tuple(notes), states)


def affected(session: Session, agency_id: UUID | None) -> Sequence[UUID]:
    """Return the instances with open terms that a change of the agency's (None: the nation's) calendar may move."""
    table = models.Term
    query = select(table.instance_id).where(table.status != TermStatus.ENDED, table.unit == Unit.WORKING_DAYS.value)
    if agency_id is not None:
        query = query.where(table.agency_id == agency_id)
    return session.scalars(query.distinct().order_by(table.instance_id)).all()


def context(session: Session, instance_id: UUID) -> dict[str, Any]:
    """Return the terms of an instance as expressions read them: ``term.answer.due`` and so on, all texts or null.

    ``due_on`` is the last day; ``due``, ``warn`` and ``escalate`` are moments; ``status`` is running, stopped or ended.
    """
    return {
        name: {
            "status": state.status.value,
            "due_on": state.moments.due_on.isoformat() if state.moments else None,
            **{mark.value: iso(state.at(mark)) for mark in Mark},
            "extensions": state.extensions,
        }
        for name, state in latest_states(session, instance_id).items()
    }
