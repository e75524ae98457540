"""How long the steps of a process take: those of people by their tasks, all others as the journals of cases tell."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import Float, and_, case, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from engine.access import Actor
from engine.bpmn.waits import StepEventKind
from engine.insight import agency_of, counted
from engine.models import (
    IS_OPEN_JOB,
    IS_OPEN_TASK,
    IS_OVER_TASK,
    Instance,
    Job,
    JobKind,
    JournalEntry,
    Task,
    TaskStatus,
)

# Steps of people are measured by the newest tasks: a year of a large agency took six seconds, these take half of one.
MOST_MEASURED = 20_000
# All others are measured in the newest cases, whose journals are read.
MOST_CASES = 500
_AT_ONCE = 100
_HOUR = 3600.0
_CALLS = (JobKind.CALL, JobKind.EXTERNAL)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a step took, in hours from its beginning to its end, ``done`` times; and what waits in it now.

    ``median`` and ``slow`` (nine of ten were faster) are None where nothing was done. ``is_task`` False: another
    system, a clock or other steps are waited for; then nothing is overdue.
    """

    step: str
    done: int
    median: float | None
    slow: float | None
    waiting: int
    overdue: int
    is_task: bool = True


def durations(session: Session, viewer: Actor, process_id: str, *, since: datetime, now: datetime) -> list[Duration]:
    """Return how long the steps of a process took that ended since a moment, the slowest first.

    Steps of people count over the newest ``MOST_MEASURED`` tasks; service tasks, sub-processes, called processes,
    timers and whatever else takes time, over the newest ``MOST_CASES`` cases. Raises NotAllowed.
    """
    agency_id = agency_of(viewer)
    people = _of_tasks(session, agency_id, process_id, since, now)
    others = _of_journals(session, agency_id, process_id, since, {one.step for one in people})
    return sorted([*people, *others], key=lambda one: (-(one.median or 0.0), one.step))


def _of_tasks(session: Session, agency_id: UUID, process_id: str, since: datetime, now: datetime) -> list[Duration]:
    newest = (
        select(Task.step, _Seconds(Task.opened_at, Task.ended_at).label("seconds"))
        .where(
            IS_OVER_TASK,
            Task.status == TaskStatus.COMPLETED,
            Task.agency_id == agency_id,
            Task.ended_at >= since,
            Task.process_id == process_id,
        )
        .order_by(Task.ended_at.desc())
        .limit(MOST_MEASURED)
        .subquery()
    )
    taken = select(
        newest.c.step,
        newest.c.seconds,
        func.row_number().over(partition_by=newest.c.step, order_by=newest.c.seconds).label("place"),
        func.count().over(partition_by=newest.c.step).label("of"),
    ).subquery()
    # The one in the middle, or the two.
    middle = and_(taken.c.place * 2 >= taken.c.of, taken.c.place * 2 <= taken.c.of + 2)
    slow = taken.c.place * 10 >= taken.c.of * 9
    done = {
        row.step: row
        for row in session.execute(
            select(
                taken.c.step,
                func.count().label("done"),
                func.avg(case((middle, taken.c.seconds))).label("median"),
                func.min(case((slow, taken.c.seconds))).label("slow"),
            ).group_by(taken.c.step)
        )
    }
    open_now = (
        select(Task.step, func.count().label("waiting"), counted(Task.order_at < now).label("overdue"))
        .where(IS_OPEN_TASK, Task.agency_id == agency_id, Task.process_id == process_id)
        .group_by(Task.step)
    )
    waiting = {row.step: row for row in session.execute(open_now)}
    found = []
    for step in {*done, *waiting}:
        over, now_open = done.get(step), waiting.get(step)
        found.append(
            Duration(
                step,
                over.done if over else 0,
                over.median / _HOUR if over else None,
                over.slow / _HOUR if over else None,
                now_open.waiting if now_open else 0,
                now_open.overdue if now_open else 0,
            )
        )
    return found


def _of_journals(
    session: Session, agency_id: UUID, process_id: str, since: datetime, tasks: set[str]
) -> Iterator[Duration]:
    """Yield the durations of all steps that take time and are no ``tasks``."""
    newest = (
        select(Instance.id)
        .where(Instance.agency_id == agency_id, Instance.process_id == process_id)
        .order_by(Instance.id.desc())
        .limit(MOST_CASES)
    )
    taken: dict[str, list[float]] = defaultdict(list)
    cases = session.scalars(newest).all()
    for begin in range(0, len(cases), _AT_ONCE):
        for step, seconds in _passed(session, cases[begin : begin + _AT_ONCE], since):
            taken[step].append(seconds)
    waiting = _waiting_calls(session, agency_id, process_id)
    # A process is in its journal as a step too: the case itself, and what a call activity stands for.
    processes = {process_id, *(step.partition(":")[0] for step in taken if ":" in step)}
    slow_ones = {step for step, times in taken.items() if any(times)}
    for step in (slow_ones | set(waiting)) - tasks - processes:
        times = sorted(taken.get(step, ()))
        slow = times[min(len(times) - 1, -(-len(times) * 9 // 10) - 1)] if times else None
        yield Duration(
            step=step,
            done=len(times),
            median=median(times) / _HOUR if times else None,
            slow=None if slow is None else slow / _HOUR,
            waiting=waiting.get(step, 0),
            overdue=0,
            is_task=False,
        )


def _passed(session: Session, cases: Sequence[UUID], since: datetime) -> Iterator[tuple[str, float]]:
    """Yield steps that ended since a moment, and for how many seconds they lasted.

    The journal names steps without their tokens: of two of one step at once, the first that began is taken to end
    first.
    """
    entries = (
        select(JournalEntry.instance_id, JournalEntry.at, JournalEntry.data)
        .where(JournalEntry.instance_id.in_(cases))
        .order_by(JournalEntry.instance_id, JournalEntry.sequence)
    )
    begun: dict[tuple[UUID, str], deque[datetime]] = defaultdict(deque)
    for instance_id, at, data in session.execute(entries):
        for kind, step in _events(data):
            since_when = begun[instance_id, step]
            if kind == StepEventKind.ENTERED:
                since_when.append(at)
            elif kind in _ENDS and since_when:
                start = since_when.popleft()
                if kind == StepEventKind.COMPLETED and at >= since:
                    yield step, (at - start).total_seconds()


_ENDS = {StepEventKind.COMPLETED, StepEventKind.CANCELLED}


def _events(data: Any) -> Iterable[tuple[str, str]]:
    return ((kind, step) for kind, step, *_detail in data.get("events", ()))


def _waiting_calls(session: Session, agency_id: UUID, process_id: str) -> dict[str, int]:
    """Return how many steps wait for another system now, by step."""
    query = (
        select(Job.step, func.count())
        .join(Instance, Instance.id == Job.instance_id)
        .where(IS_OPEN_JOB, Job.kind.in_(_CALLS), Job.agency_id == agency_id, Instance.process_id == process_id)
        .group_by(Job.step)
    )
    return {step: number for step, number in session.execute(query) if step is not None}


class _Seconds(FunctionElement[float]):
    """Seconds from one moment to another."""

    type = Float()
    inherit_cache = True


@compiles(_Seconds, "postgresql")
def _seconds_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(clause, **more) for clause in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) AS DOUBLE PRECISION)"


@compiles(_Seconds, "sqlite")
def _seconds_on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(clause, **more) for clause in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 86400.0)"
