"""Follow the terms of an instance while it moves: start, stop, resume, extend and end them, and move their timers.

Two kinds of jobs wait for a term: the timers of the model (a timer date ``=term.answer.due``), and one job of kind
``term`` per run, which sees to it that the warning, the end and the escalation are journalled when they come.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from engine import models
from engine.bpmn.waits import StepEvent, StepEventKind, Wait
from engine.calendars import Calendar, calendar_of
from engine.database import uuid7
from engine.errors import NotPossibleNow
from engine.feel import Expression, FeelError, compile_expression
from engine.manifest import Extension, Manifest, Moment, Point, TermRule, is_step
from engine.models import NO_DUE_TIME, Case, InstanceStatus, JobKind, JobStatus, TermStatus
from engine.settings import settings
from engine.terms.clock import Run, moments, used
from engine.terms.states import UPDATE, Mark, TermState, changes_of, latest_states, row_of
from engine.writes import Writes


@dataclass(frozen=True, slots=True)
class Note:
    """What happened to a term, for the journal: ``kind`` is ``term.started`` and the like; ``step`` caused it."""

    kind: str
    step: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of an instance's terms. ``states`` are the latest runs by name, where they had to be looked at;
    None where nothing touched them."""

    notes: tuple[Note, ...] = ()
    states: Mapping[str, TermState] | None = None

    def moment(self, session: Session, instance_id: UUID, name: str, mark: str) -> datetime:
        """Return when a timer that waits for ``=term.<name>.<mark>`` fires.

        The end of time: not foreseeable now, because the term has not started, stands still or has ended.
        """
        states = latest_states(session, instance_id) if self.states is None else self.states
        return moment_in(states, name, mark)


def moment_in(states: Mapping[str, TermState], name: str, mark: str) -> datetime:
    """Return when a term of ``states`` reaches a mark; the end of time if that cannot be foreseen."""
    state = states.get(name)
    return (state.at(Mark(mark)) if state is not None and state.is_open else None) or NO_DUE_TIME


def timer_payload(name: str, mark: str) -> dict[str, Any]:
    """Return the payload of the job of a timer that waits for a term: such jobs are moved with the term."""
    return {"mark": Mark(mark).value, "term": name}


def follow(
    session: Session,
    writes: Writes,
    case: Case,
    manifest: Manifest,
    events: Iterable[StepEvent],
    *,
    status: InstanceStatus,
    waits: Callable[[], Iterable[Wait]],
    variables: Callable[[], Mapping[str, Any]],
    now: datetime,
) -> Followed:
    """Let the terms of an instance follow what happened to its steps; what must be stored goes to ``writes``.

    ``status`` is the instance's after the events: when it has ended, so do its terms. ``waits`` and ``variables`` are
    asked only when a term starts. Raises NotPossibleNow if the amount of a term that starts is an expression that
    gives no whole number.
    """
    touched = [event for event in events if event.kind in _FOLLOWED and manifest.terms_of(event.step)]
    if not touched and (status is InstanceStatus.RUNNING or not manifest.terms):
        return Followed()
    following = _Following(session, case, waits, variables, now, latest_states(session, case.id))
    for event in touched:
        for rule in manifest.terms_of(event.step):
            following.apply(rule, event)
    if status is not InstanceStatus.RUNNING:
        following.end_all()
    for state in following.changed():
        store(writes, case, state, is_new=state.id in following.new)
    return Followed(tuple(following.notes), following.states)


def store(writes: Writes, case: Case, state: TermState, *, is_new: bool = False) -> None:
    """Store a state and let the jobs that wait for it wait for its moments."""
    own = {"run": state.number, "term": state.name}
    if is_new:
        writes.insert(models.Term, {**row_of(state, case.id), "process_id": case.process_id})
        writes.insert(models.Job, _job(case, state, own))
    else:
        writes.run(UPDATE, changes_of(state, case.id))
        writes.run(_MOVE, _moved(case, JobKind.TERM, own, state.next_mark()))
    for mark in Mark:
        at = state.at(mark) if state.is_open else None
        writes.run(_MOVE, _moved(case, JobKind.TIMER, timer_payload(state.name, mark), at))
    if not state.is_open:
        writes.run(_DROP, {"b_instance": case.id, "b_kind": JobKind.TERM, "b_payload": own})


_FOLLOWED = {StepEventKind.ENTERED, StepEventKind.COMPLETED, StepEventKind.CANCELLED}
_MOMENTS = {Moment.ENTERED: StepEventKind.ENTERED, Moment.COMPLETED: StepEventKind.COMPLETED}

_JOBS = models.Job
_MOVE = (
    update(_JOBS)
    .where(
        _JOBS.instance_id == bindparam("b_instance"),
        _JOBS.kind == bindparam("b_kind"),
        _JOBS.payload == bindparam("b_payload"),
    )
    .values(due_at=bindparam("b_due"), available_at=bindparam("b_available"))
)
_DROP = delete(_JOBS).where(
    _JOBS.instance_id == bindparam("b_instance"),
    _JOBS.kind == bindparam("b_kind"),
    _JOBS.payload == bindparam("b_payload"),
)


def _moved(case: Case, kind: JobKind, payload: Mapping[str, Any], at: datetime | None) -> dict[str, Any]:
    due = at or NO_DUE_TIME
    return {"b_instance": case.id, "b_kind": kind, "b_payload": payload, "b_due": due, "b_available": due}


def _job(case: Case, state: TermState, payload: Mapping[str, Any]) -> dict[str, Any]:
    due = state.next_mark() or NO_DUE_TIME
    return {
        "id": uuid7(state.run.started_at),
        "kind": JobKind.TERM,
        "job_type": None,
        "status": JobStatus.OPEN,
        "instance_id": case.id,
        "token": None,
        "step": None,
        "version_id": case.version_id,
        "agency_id": case.agency_id,
        "due_at": due,
        "available_at": due,
        "lease_owner": None,
        "lease_until": None,
        "fence": 0,
        "attempts": 0,
        "max_attempts": settings().job_attempts,
        "payload": payload,
        "last_error": None,
        "created_at": state.run.started_at,
    }


class _Following:
    """The terms of one instance while events are applied to them."""

    def __init__(
        self,
        session: Session,
        case: Case,
        waits: Callable[[], Iterable[Wait]],
        variables: Callable[[], Mapping[str, Any]],
        now: datetime,
        states: dict[str, TermState],
    ) -> None:
        self.session, self.case, self.waits, self.variables, self.now = session, case, waits, variables, now
        self.before, self.states = dict(states), states
        self.new: set[UUID] = set()
        self.notes: list[Note] = []
        self._calendars: dict[UUID, Calendar] = {}

    def changed(self) -> list[TermState]:
        """Return the states that must be stored."""
        return [state for name, state in self.states.items() if self.before.get(name) is not state]

    def apply(self, rule: TermRule, event: StepEvent) -> None:
        """Let one event act on one term. What ends a term comes before what starts it again."""
        state = self.states.get(rule.name)
        if state is not None and state.is_open:
            if _is_one_of(rule.stops, event.step):
                state = self._stand_or_run(state, event)
            if rule.extension is not None and _is_at([rule.extension.on], event):
                state = self._extended(state, rule.extension, event)
            if _is_at(rule.ends, event):
                self._end(state, event.step)
        state = self.states.get(rule.name)
        if _is_at(rule.starts, event) and (state is None or not state.is_open):
            self._start(rule, event, 1 if state is None else state.number + 1)

    def end_all(self) -> None:
        """End what still runs, because the instance has ended."""
        for state in list(self.states.values()):
            if state.is_open:
                self._end(state, None)

    def _start(self, rule: TermRule, event: StepEvent, number: int) -> None:
        amount = rule.amount if isinstance(rule.amount, int) else self._amount(rule)
        run = Run(rule.unit, amount, self.now, rule.warn_before, rule.escalate_after)
        standing = frozenset(wait.token for wait in self.waits() if _is_one_of(rule.stops, wait.step))
        run = run.stopped(self.now) if standing else run
        law = {"basis": rule.law.basis, "article": rule.law.article, "status": rule.law.status.value}
        state = TermState(
            id=uuid7(self.now),
            name=rule.name,
            number=number,
            status=TermStatus.STOPPED if standing else TermStatus.RUNNING,
            agency_id=self.case.agency_id,
            run=run,
            moments=None,
            standing=standing,
            law=law,
        )
        self.new.add(state.id)
        self._put(state, "term.started", event.step, amount=amount, unit=rule.unit.value, law=law)

    def _amount(self, rule: TermRule) -> int:
        expression, value = str(rule.amount), None
        try:
            value = _compiled(expression).evaluate_json(self.variables(), now=self.now)
        except FeelError as error:
            raise _no_amount(rule.name, expression, str(error)) from error
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or value < 0:
            raise _no_amount(rule.name, expression, repr(value))
        return int(value)

    def _stand_or_run(self, state: TermState, event: StepEvent) -> TermState:
        opened = event.kind is StepEventKind.ENTERED
        standing = state.standing | {event.token} if opened else state.standing - {event.token}
        changed = replace(state, standing=standing)
        if standing and not state.run.is_standing:
            changed = replace(changed, status=TermStatus.STOPPED, run=state.run.stopped(self.now))
            return self._put(changed, "term.stopped", event.step)
        if not standing and state.run.is_standing:
            changed = replace(changed, status=TermStatus.RUNNING, run=state.run.resumed(self.now))
            return self._put(changed, "term.resumed", event.step, stopped=_iso_since(state))
        self.states[state.name] = changed
        return changed

    def _extended(self, state: TermState, extension: Extension, event: StepEvent) -> TermState:
        due = state.at(Mark.DUE)
        reason = None
        if state.extensions >= extension.times:
            reason = f"extended {state.extensions} of {extension.times} times already"
        elif due is not None and self.now >= due:
            reason = f"due since {due.isoformat()}"
        if reason is not None:
            self.notes.append(Note("term.extension_refused", event.step, state.described() | {"reason": reason}))
            return state
        changed = replace(state, run=state.run.extended(extension.amount), extensions=state.extensions + 1)
        return self._put(changed, "term.extended", event.step, amount=extension.amount)

    def _end(self, state: TermState, step: str | None) -> None:
        due = state.at(Mark.DUE)
        late = due is not None and self.now >= due
        run = state.run.resumed(self.now) if state.run.is_standing else state.run
        passed = used(run, self._calendar(state.agency_id), self.now)
        ended = replace(state, status=TermStatus.ENDED, ended_at=self.now, used=passed, run=run, standing=frozenset())
        self.states[state.name] = ended
        self.notes.append(Note("term.ended", step, ended.described() | {"late": late}))

    def _put(self, state: TermState, kind: str, step: str, **facts: Any) -> TermState:
        """Count the moments of a changed state and note what happened."""
        calendar = self._calendar(state.agency_id)
        counted = replace(state, moments=moments(state.run, calendar), versions=calendar.versions)
        if counted.moments is not None:
            # A mark that moved into the future will be reached again.
            passed = frozenset(mark for mark in state.reached if _is_past(counted, mark, self.now))
            counted = replace(counted, reached=passed)
        self.states[state.name] = counted
        self.notes.append(Note(kind, step, counted.described() | facts))
        return counted

    def _calendar(self, agency_id: UUID) -> Calendar:
        if agency_id not in self._calendars:
            self._calendars[agency_id] = calendar_of(self.session, agency_id)
        return self._calendars[agency_id]


def _is_at(points: Iterable[Point], event: StepEvent) -> bool:
    return any(is_step(point.step, event.step) and _MOMENTS[point.moment] is event.kind for point in points)


def _is_one_of(named: Iterable[str], step: str) -> bool:
    return any(is_step(name, step) for name in named)


def _is_past(state: TermState, mark: Mark, now: datetime) -> bool:
    at = state.at(mark)
    return at is not None and at <= now


def _iso_since(state: TermState) -> str:
    return state.run.pauses[-1].since.isoformat()


@lru_cache(maxsize=500)
def _compiled(expression: str) -> Expression:
    return compile_expression(expression)


def _no_amount(name: str, expression: str, found: str) -> NotPossibleNow:
    message = f"Expected a whole number for the term {name} from {expression}, found {found}"
    return NotPossibleNow(message, term=name, expression=expression)
