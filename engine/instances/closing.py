"""Rows for what an instance no longer waits for: tasks are withdrawn, jobs and subscriptions dropped."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from engine.bpmn.waits import WaitKind
from engine.instances.situation import Situation
from engine.models import (
    IS_OPEN_INCIDENT,
    IS_OPEN_TASK,
    Incident,
    IncidentStatus,
    Job,
    Subscription,
    Task,
    TaskCandidate,
    TaskStatus,
)

_DROP_JOB = delete(Job).where(Job.instance_id == bindparam("b_instance"), Job.token == bindparam("b_token"))
_DROP_SUBSCRIPTION = delete(Subscription).where(
    Subscription.instance_id == bindparam("b_instance"), Subscription.token == bindparam("b_token")
)
IS_CANDIDATE = (
    TaskCandidate.agency_id == bindparam("b_agency"),
    TaskCandidate.candidate == bindparam("b_candidate"),
    TaskCandidate.order_at == bindparam("b_order"),
    TaskCandidate.task_id == bindparam("b_task"),
)
_DROP_CANDIDATE = delete(TaskCandidate).where(*IS_CANDIDATE)
# Who ends a task has locked it and found it open. Asked for once more here, PostgreSQL may choose to look for the id in
# the whole of a partial index of open tasks (62 against 29 µs, with one open task).
_END_TASK = (
    update(Task)
    .where(Task.id == bindparam("b_id"))
    .values(
        status=bindparam("b_status"),
        revision=Task.revision + 1,
        ended_at=bindparam("b_at"),
        ended_by=bindparam("b_by"),
        withdrawn_because=bindparam("b_because"),
        draft=None,
    )
)
_RESOLVE = (
    update(Incident)
    .where(Incident.id == bindparam("b_id"))
    .values(status=IncidentStatus.RESOLVED, resolved_at=bindparam("b_at"), resolved_by=bindparam("b_by"))
)
_DROPPED = {
    WaitKind.JOB: _DROP_JOB,
    WaitKind.TIMER: _DROP_JOB,
    WaitKind.MESSAGE: _DROP_SUBSCRIPTION,
    WaitKind.SIGNAL: _DROP_SUBSCRIPTION,
}


def close_waits(session: Session, situation: Situation, closed: Mapping[int, WaitKind]) -> None:
    """Drop the rows of waits that are over, other than a task that the act completed."""
    tasks = [token for token, kind in closed.items() if kind is WaitKind.USER]
    if tasks:
        _withdraw(session, situation, tasks)
    for token, kind in closed.items():
        statement = _DROPPED.get(kind)
        if statement is not None:
            situation.writes.run(statement, {"b_instance": situation.case.id, "b_token": token})


def complete_task(situation: Situation, task: Any) -> None:
    """Let the row of a task, given with the columns id, agency_id, candidates and order_at, say that it is done."""
    _end_task(situation, task, TaskStatus.COMPLETED, because=None)


def resolve_incidents(session: Session, situation: Situation, *, is_over: Callable[[int], bool]) -> None:
    """Close those open incidents of the instance whose tokens are over: they go on, or are gone."""
    open_ones = select(Incident.id, Incident.token).where(Incident.instance_id == situation.case.id, IS_OPEN_INCIDENT)
    for incident in session.execute(open_ones):
        if incident.token is None or is_over(incident.token):
            row = {"b_id": incident.id, "b_at": situation.now, "b_by": situation.actor.name}
            situation.writes.run(_RESOLVE, row)


def candidate_key(task: Any, candidate: str) -> dict[str, Any]:
    """Return the parameters that name the row of one who may take a task, given with agency_id, order_at and id."""
    return {"b_agency": task.agency_id, "b_candidate": candidate, "b_order": task.order_at, "b_task": task.id}


def _withdraw(session: Session, situation: Situation, tokens: list[int]) -> None:
    because = f"{situation.kind} {situation.step}" if situation.step else situation.kind
    rows = session.execute(
        select(Task.id, Task.step, Task.agency_id, Task.candidates, Task.order_at).where(
            Task.instance_id == situation.case.id, Task.token.in_(tokens), IS_OPEN_TASK
        )
    )
    for row in rows:
        _end_task(situation, row, TaskStatus.WITHDRAWN, because=because)
        situation.record("task.withdrawn", row.step, {"task": str(row.id), "because": because})


def _end_task(situation: Situation, task: Any, status: TaskStatus, *, because: str | None) -> None:
    for candidate in task.candidates:
        situation.writes.run(_DROP_CANDIDATE, candidate_key(task, candidate))
    situation.writes.run(
        _END_TASK,
        {
            "b_id": task.id,
            "b_status": status,
            "b_at": situation.now,
            "b_by": situation.actor.name,
            "b_because": because,
        },
    )
