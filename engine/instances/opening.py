"""Rows for what an instance begins to wait for: tasks, jobs, timers, subscriptions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import terms
from engine.bpmn.waits import Thrown, Wait, WaitKind
from engine.errors import NotPossibleNow
from engine.instances.searching import search_of
from engine.instances.situation import Situation
from engine.manifest import RoleKind
from engine.models import (
    NO_DUE_TIME,
    Agency,
    Handover,
    HandoverKind,
    Job,
    JobKind,
    Subscription,
    SubscriptionKind,
    Task,
    TaskCandidate,
    TaskStatus,
    job_row,
)
from engine.terms import Followed

# PostgreSQL tells the worker on this channel that there is something to do at once.
CHANNEL = "alur_jobs"

EVERYBODY = "*"
USER = "user:"


def open_wait(session: Session, situation: Situation, wait: Wait, followed: Followed) -> None:
    """Add the row of one wait. A condition needs none: the workflow looks at it by itself."""
    if wait.kind is WaitKind.USER:
        _open_task(session, situation, wait, followed)
    elif wait.kind is WaitKind.JOB:
        _open_job(situation, wait)
    elif wait.kind is WaitKind.TIMER:
        _open_timer(session, situation, wait, followed)
    elif wait.kind in (WaitKind.MESSAGE, WaitKind.SIGNAL):
        _subscribe(situation, wait)


def hand_out(situation: Situation, thrown: Thrown) -> None:
    """Add the job that publishes what the instance threw. Other instances are never moved under this one's lock."""
    is_message = thrown.kind is WaitKind.MESSAGE
    payload = {"name": thrown.name, "key": thrown.correlation_key or "", "data": dict(thrown.data)}
    kind = JobKind.MESSAGE if is_message else JobKind.SIGNAL
    add_job(situation, kind, step=thrown.step, payload=payload)


def add_job(
    situation: Situation,
    kind: JobKind,
    *,
    step: str | None,
    payload: Mapping[str, Any],
    token: int | None = None,
    job_type: str | None = None,
    due: datetime | None = None,
    attempts: int | None = None,
) -> None:
    """Add a job of the instance, due at once unless ``due`` says when."""
    row = job_row(
        kind,
        payload,
        now=situation.now,
        agency_id=situation.case.agency_id,
        instance_id=situation.case.id,
        version_id=situation.case.version_id,
        step=step,
        token=token,
        job_type=job_type,
        due=due,
        attempts=attempts,
    )
    situation.writes.insert(Job, row)
    if row["due_at"] <= situation.now and kind is not JobKind.EXTERNAL:
        situation.writes.notify(CHANNEL)


def _open_task(session: Session, situation: Situation, wait: Wait, followed: Followed) -> None:
    work, name = wait.work, situation.compiled.steps.get(wait.step, wait.step)
    agency_id, candidates = who_may(session, situation, wait)
    due, by_term = _due(session, situation, work.get("due"), followed)
    task_id, order_at = situation.new_id(), due or NO_DUE_TIME
    assignee = work.get("assignee") or _only_applicant(situation, candidates)
    search = searched(situation, name)
    situation.tasks.append(task_id)
    situation.has_own_work |= is_own_work(situation, agency_id, wait.lane, candidates)
    situation.writes.insert(
        Task,
        {
            "id": task_id,
            "instance_id": situation.case.id,
            "token": wait.token,
            "step": wait.step,
            "name": name,
            "version_id": situation.case.version_id,
            "process_id": situation.case.process_id,
            "agency_id": agency_id,
            "status": TaskStatus.OPEN,
            "revision": 1,
            "role": wait.lane,
            "candidates": candidates,
            "assignee": assignee,
            "assigned_at": situation.now if assignee else None,
            "due_at": due,
            "due_by_term": by_term,
            "order_at": order_at,
            "follow_up_at": moment(work.get("follow_up"), "follow-up date", wait.step),
            "priority": _priority(work.get("priority")),
            "form": work.get("form"),
            "draft": None,
            "opened_at": situation.now,
            "search": search,
        },
    )
    add_candidates(situation, task_id, agency_id, candidates, order_at, search, is_free=assignee is None)
    if agency_id != situation.case.agency_id:
        _note_handover(situation, wait.step, task_id, agency_id)


def who_may(session: Session, situation: Situation, wait: Wait) -> tuple[UUID, list[str]]:
    """Return the agency whose people may do a task, and its candidates, as the table of tasks has them."""
    agency_id, groups = _agency_and_groups(session, situation, wait.work.get("candidate_groups"))
    return agency_id, _candidates(situation, wait, groups)


def is_own_work(situation: Situation, agency_id: UUID, role: str | None, candidates: Sequence[str]) -> bool:
    """Tell whether a task is for the people of the instance's own agency: not the applicant's, not another agency's."""
    roles = situation.compiled.manifest.roles
    named = {role, *candidates}
    is_applicants = any(key in named and each.kind is RoleKind.APPLICANT for key, each in roles.items())
    return agency_id == situation.case.agency_id and not is_applicants


def searched(situation: Situation, name: str) -> str:
    """Return the text of a task that lists are searched in."""
    return search_of(situation.receipt, situation.business_key, name)


def add_candidates(
    situation: Situation,
    task_id: UUID,
    agency_id: UUID,
    candidates: Sequence[str],
    order_at: datetime,
    search: str,
    *,
    is_free: bool,
) -> None:
    """Add a row for each who may take a task."""
    for candidate in candidates:
        situation.writes.insert(
            TaskCandidate,
            {
                "agency_id": agency_id,
                "candidate": candidate,
                "order_at": order_at,
                "task_id": task_id,
                "is_free": is_free,
                "process_id": situation.case.process_id,
                "search": search,
            },
        )


def _agency_and_groups(session: Session, situation: Situation, groups: Sequence[str] | None) -> tuple[UUID, list[str]]:
    """Return whose people do a task. A group ``agency:role`` gives the task to another agency, named by its code."""
    plain, codes = [], set()
    for group in groups or ():
        code, colon, role = group.rpartition(":")
        plain.append(role)
        if colon:
            codes.add(code)
    if not codes:
        return situation.case.agency_id, plain
    found = session.scalars(select(Agency.id).where(Agency.code.in_(codes), Agency.active)).all()
    if len(found) != 1 or len(codes) != 1:
        raise NotPossibleNow(f"Expected the groups of a task to name one agency, found {', '.join(sorted(codes))}")
    return found[0], plain


def _candidates(situation: Situation, wait: Wait, groups: list[str]) -> list[str]:
    users = [f"{USER}{name}" for name in wait.work.get("candidate_users") or ()]
    if not groups and not users and wait.lane is not None:
        groups = [wait.lane]
    roles = situation.compiled.manifest.roles
    if situation.applicant is not None and any(
        group in roles and roles[group].kind is RoleKind.APPLICANT for group in groups
    ):
        users.append(f"{USER}{situation.applicant}")
    return list(dict.fromkeys([*groups, *users])) or [EVERYBODY]


def _only_applicant(situation: Situation, candidates: list[str]) -> str | None:
    """Return the applicant if a task is the applicant's: nobody needs to claim what only one person can do."""
    return situation.applicant if f"{USER}{situation.applicant}" in candidates else None


def _due(session: Session, situation: Situation, due: Any, followed: Followed) -> tuple[datetime | None, bool]:
    """Return when a task is due, and whether that is because a legal term of the instance is."""
    if due is not None:
        return moment(due, "due date", situation.kind), False
    if not situation.compiled.manifest.terms:
        return None, False
    return next_due(session, situation, followed), True


def next_due(session: Session, situation: Situation, followed: Followed) -> datetime | None:
    """Return when the next open term of the instance is due; None: none is foreseeable."""
    states = terms.latest_states(session, situation.case.id) if followed.states is None else followed.states
    return min((at for state in states.values() if state.is_open and (at := state.at(terms.Mark.DUE))), default=None)


def moment(value: Any, what: str, step: str) -> datetime | None:
    """Return an aware moment that a model gave as text. Raises NotPossibleNow for a text that is none."""
    if value is None or isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise NotPossibleNow(f"Expected the {what} of {step} to be a date and time with an offset, found {value!r}")
    return found


def _priority(value: Any) -> int:
    return 50 if value is None else max(0, min(100, int(value)))


def _note_handover(situation: Situation, step: str, task_id: UUID, agency_id: UUID) -> None:
    situation.writes.insert(
        Handover,
        {
            "id": situation.new_id(),
            "instance_id": situation.case.id,
            "kind": HandoverKind.TASK,
            "task_id": task_id,
            "from_agency_id": situation.case.agency_id,
            "to_agency_id": agency_id,
            "reason": None,
            "at": situation.now,
            "actor": situation.actor.name,
        },
    )
    situation.record("task.handed_over", step, {"task": str(task_id), "to": str(agency_id)})


def _open_job(situation: Situation, wait: Wait) -> None:
    job_type = wait.work["job_type"]
    call = situation.compiled.call_of(job_type)
    is_call = call is not None and call.connector != "external"
    add_job(
        situation,
        JobKind.CALL if is_call else JobKind.EXTERNAL,
        step=wait.step,
        token=wait.token,
        job_type=job_type,
        attempts=wait.work.get("retries"),
        payload={"inputs": dict(wait.data), "headers": dict(wait.work.get("headers") or {})},
    )


def _open_timer(session: Session, situation: Situation, wait: Wait, followed: Followed) -> None:
    due, payload = wait.due, dict[str, Any]()
    if wait.term is not None:
        due = followed.moment(session, situation.case.id, *wait.term)
        payload = terms.timer_payload(*wait.term)
    add_job(situation, JobKind.TIMER, step=wait.step, token=wait.token, due=due, payload=payload)


def _subscribe(situation: Situation, wait: Wait) -> None:
    situation.writes.insert(
        Subscription,
        {
            "id": situation.new_id(),
            "kind": SubscriptionKind(wait.kind.value),
            "name": wait.name,
            "correlation_key": wait.correlation_key,
            "agency_id": situation.case.agency_id,
            "process_id": situation.case.process_id,
            "instance_id": situation.case.id,
            "token": wait.token,
            "version_id": None,
            "step": wait.step,
        },
    )
