"""What follows from a move: gather the changes of a workflow, derive rows and journal entries, store all together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine import terms
from engine.bpmn.waits import Changes, StepEvent, StepEventKind, Wait, WaitKind, WorkflowStatus
from engine.bpmn.workflow import Workflow
from engine.database import take_turns
from engine.instances.closing import IS_CANDIDATE, candidate_key, close_waits, complete_task, resolve_incidents
from engine.instances.opening import add_job, hand_out, is_own_work, next_due, open_wait
from engine.instances.retention import keep_until
from engine.instances.situation import Situation
from engine.models import (
    IS_OPEN_TASK,
    NO_DUE_TIME,
    Incident,
    IncidentStatus,
    Instance,
    InstanceStatus,
    JobKind,
    Message,
    MessageStatus,
    Task,
    TaskCandidate,
    Webhook,
)
from engine.terms import Followed

if TYPE_CHECKING:
    from engine.instances.moving import Locked


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of an instance before the act. ``revision`` 0: it has no row yet, ``new`` begins it."""

    revision: int
    waits: Mapping[int, WaitKind]
    citizen_step: str | None = None
    is_told: bool = False
    is_troubled: bool = False
    waiting_since: datetime | None = None
    new: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(locked: "Locked", waits: Mapping[int, WaitKind]) -> "Before":
        """Return what is known of a stored instance."""
        return Before(
            locked.revision,
            waits,
            locked.citizen_step,
            locked.is_told,
            locked.is_troubled,
            locked.waiting_since,
        )


@dataclass(frozen=True, slots=True)
class End:
    """How the instance stands after the act. ``outcome`` None: it runs on, or has no word for statistics."""

    status: InstanceStatus
    outcome: str | None


_STORE = (
    update(Instance)
    .where(Instance.id == bindparam("b_id"), Instance.revision == bindparam("b_before"))
    .values(
        {
            name: bindparam(f"b_{name}")
            for name in (
                "status",
                "revision",
                "state",
                "citizen_step",
                "waiting_since",
                "ended_at",
                "outcome",
                "keep_until",
                "journal_length",
                "journal_hash",
            )
        }
    )
)
_STORE_JOURNAL = (
    update(Instance)
    .where(Instance.id == bindparam("b_id"))
    .values(journal_length=bindparam("b_journal_length"), journal_hash=bindparam("b_journal_hash"))
)
_TAKEN = (
    update(Message)
    .where(Message.id == bindparam("b_id"))
    .values(status=MessageStatus.DELIVERED, delivered_at=bindparam("b_at"), instance_id=bindparam("b_instance"))
)
_MOVE_TASK = (
    update(Task)
    .where(Task.id == bindparam("b_id"))
    .values(due_at=bindparam("b_due"), order_at=bindparam("b_order"), revision=Task.revision + 1)
)

_MOVE_CANDIDATE = update(TaskCandidate).where(*IS_CANDIDATE).values(order_at=bindparam("b_to"))


def conclude(
    session: Session,
    situation: Situation,
    workflow: Workflow,
    before: Before,
    *,
    facts: Mapping[str, Any] | None,
    completed: Any = None,
) -> End:
    """Work out what became of ``workflow`` by the act of ``situation``, and all that follows from it.

    What must be stored for it waits in ``situation.writes`` to be flushed.
    """
    changes = _Net(before.waits)
    changes.add(workflow.take_changes())
    received = _take_buffered(session, situation, workflow, changes)
    status = InstanceStatus(workflow.status.value)
    followed = terms.follow(
        session,
        situation.writes,
        situation.case,
        situation.compiled.manifest,
        changes.events,
        status=status,
        waits=workflow.waits,
        variables=workflow.variables,
        now=situation.now,
    )
    situation.record(situation.kind, situation.step, {**(facts or {}), **changes.described()})
    for message, step in received:
        situation.record("message.received", step, message)
    for note in followed.notes:
        situation.record(note.kind, note.step, note.data)
    _replace_rows(session, situation, before, changes, followed, completed)
    _note_incidents(session, situation, workflow, before, changes)
    end = _end(situation, status, changes)
    _store(session, situation, workflow, before, changes, end)
    if before.is_told:
        _deliver(session, situation)
    return end


def store_note(session: Session, situation: Situation, locked: "Locked") -> None:
    """Store what was recorded of an instance whose workflow did not move: its revision stays."""
    row = {
        "b_id": situation.case.id,
        "b_journal_length": situation.chain.length,
        "b_journal_hash": situation.chain.head,
    }
    situation.writes.run(_STORE_JOURNAL, row)
    if locked.is_told:
        _deliver(session, situation)
    situation.writes.flush(session)


class _Net:
    """The changes of one act taken together: what was opened and closed again within it leaves no trace in rows."""

    def __init__(self, before: Mapping[int, WaitKind]) -> None:
        self.opened: dict[int, Wait] = {}
        self.closed: dict[int, WaitKind] = {}
        self.events: list[StepEvent] = []
        self.all = Changes()
        self._before = before

    def add(self, changes: Changes) -> None:
        self.opened.update((wait.token, wait) for wait in changes.opened)
        for token in changes.closed:
            if self.opened.pop(token, None) is None and token in self._before:
                self.closed[token] = self._before[token]
        self.events += changes.events
        self.all.flows += changes.flows
        self.all.thrown += changes.thrown
        self.all.incidents += changes.incidents
        self.all.resolved += changes.resolved

    def described(self) -> dict[str, Any]:
        """Return what the journal says of the way that the instance went: what is empty is left out."""
        events = [
            [event.kind.value, event.step, dict(event.detail)] if event.detail else [event.kind.value, event.step]
            for event in self.events
        ]
        return {name: value for name, value in (("events", events), ("flows", self.all.flows)) if value}


def _take_buffered(
    session: Session, situation: Situation, workflow: Workflow, changes: _Net
) -> list[tuple[dict[str, Any], str]]:
    """Give messages that came before anybody waited for them to the waits that were opened; return what was taken."""
    received: list[tuple[dict[str, Any], str]] = []
    asked: set[int] = set()
    while waits := [
        wait for wait in changes.opened.values() if wait.kind is WaitKind.MESSAGE and wait.token not in asked
    ]:
        for wait in sorted(waits, key=lambda wait: (wait.name or "", wait.correlation_key or "")):
            asked.add(wait.token)
            if wait.token not in changes.opened:
                continue
            message = _buffered(session, situation, wait)
            if message is None:
                continue
            workflow.deliver_message(wait.token, message.data, now=situation.now)
            changes.add(workflow.take_changes())
            row = {"b_id": message.id, "b_at": situation.now, "b_instance": situation.case.id}
            situation.writes.run(_TAKEN, row)
            received.append(({"message": str(message.id), "name": wait.name, "from": message.published_by}, wait.step))
    return received


def _buffered(session: Session, situation: Situation, wait: Wait) -> Any:
    lock_correlation(session, wait.name or "", wait.correlation_key or "")
    situation.writes.flush(session)  # what another instance that is started with this one has taken is taken
    return session.execute(
        select(Message.id, Message.data, Message.published_by)
        .where(
            Message.name == wait.name,
            Message.correlation_key == (wait.correlation_key or ""),
            Message.agency_id == situation.case.agency_id,
            Message.status == MessageStatus.BUFFERED,
            Message.expires_at > situation.now,
        )
        .order_by(Message.id)
        .limit(1)
    ).one_or_none()


def lock_correlation(session: Session, name: str, key: str) -> None:
    """Let messages of one name and key, and those who begin to wait for them, come one after the other.

    Else a message that is published while another transaction begins to wait for it could miss it. Who publishes never
    waits for an instance while holding this lock, so nobody can wait in a circle.
    """
    take_turns(session, f"{name}\n{key}")


def _replace_rows(
    session: Session, situation: Situation, before: Before, changes: _Net, followed: Followed, completed: Any
) -> None:
    closed = changes.closed
    if completed is not None:
        complete_task(situation, completed)
        closed = {token: kind for token, kind in closed.items() if token != completed.token}
    close_waits(session, situation, closed)
    if followed.states is not None:
        move_due_times(session, situation, followed, closed, completed)
    for wait in changes.opened.values():
        open_wait(session, situation, wait, followed)
    for thrown in changes.all.thrown:
        hand_out(situation, thrown)


def move_due_times(
    session: Session, situation: Situation, followed: Followed, closed: Mapping[int, WaitKind], completed: Any
) -> None:
    """Let open tasks that are due when a term is due move with the terms, also on the lists."""
    due = next_due(session, situation, followed)
    order_at = due or NO_DUE_TIME
    rows = session.execute(
        select(Task.id, Task.token, Task.agency_id, Task.candidates, Task.order_at).where(
            Task.instance_id == situation.case.id, IS_OPEN_TASK, Task.due_by_term
        )
    )
    for row in rows:
        if row.token in closed or row.order_at == order_at or (completed is not None and row.id == completed.id):
            continue
        situation.writes.run(_MOVE_TASK, {"b_id": row.id, "b_due": due, "b_order": order_at})
        for candidate in row.candidates:
            situation.writes.run(_MOVE_CANDIDATE, {**candidate_key(row, candidate), "b_to": order_at})


def _note_incidents(session: Session, situation: Situation, workflow: Workflow, before: Before, changes: _Net) -> None:
    if before.is_troubled:
        # Before new ones are added: a step that is tried again may fail again at once.
        resolve_incidents(
            session, situation, is_over=lambda token: token in changes.all.resolved or _is_gone(workflow, token)
        )
    for incident in changes.all.incidents:
        if workflow.status is not WorkflowStatus.RUNNING:
            break  # nobody can try again what has ended; the journal says why it did
        situation.writes.insert(
            Incident,
            {
                "id": situation.new_id(),
                "instance_id": situation.case.id,
                "agency_id": situation.case.agency_id,
                "job_id": None,
                "token": incident.token,
                "step": incident.step,
                "kind": incident.kind,
                "message": incident.message,
                "status": IncidentStatus.OPEN,
                "opened_at": situation.now,
            },
        )
        about = {"token": incident.token, "kind": incident.kind, "message": incident.message}
        situation.record("incident.opened", incident.step, about)


def _is_gone(workflow: Workflow, token: int) -> bool:
    return workflow.status is not WorkflowStatus.RUNNING or token not in workflow.tokens


def _end(situation: Situation, status: InstanceStatus, changes: _Net) -> End:
    if status is InstanceStatus.RUNNING:
        return End(status, None)
    outcomes = situation.compiled.manifest.outcomes
    end = _last_named(outcomes, (event for event in changes.events if event.kind is StepEventKind.COMPLETED))
    outcome = None if end is None else outcomes[end]
    if situation.kind != f"instance.{status}":
        reasons = [incident.message for incident in changes.all.incidents]
        situation.record(f"instance.{status}", None, {"outcome": outcome, **({"reasons": reasons} if reasons else {})})
    return End(status, outcome)


def _store(session: Session, situation: Situation, workflow: Workflow, before: Before, changes: _Net, end: End) -> None:
    has_ended = end.status is not InstanceStatus.RUNNING
    stored = {
        "status": end.status,
        "revision": before.revision + 1,
        "state": workflow.dump(),
        "citizen_step": _citizen_step(situation, changes) or before.citizen_step,
        "waiting_since": None if has_ended else _waiting_since(session, situation, before, changes),
        "ended_at": situation.now if has_ended else None,
        "outcome": end.outcome,
        "keep_until": _keep_until(situation) if has_ended else None,
        "journal_length": situation.chain.length,
        "journal_hash": situation.chain.head,
    }
    if before.revision == 0:
        situation.writes.insert(Instance, {**before.new, **stored}, ahead=True)
        return
    row = {f"b_{name}": value for name, value in stored.items()}
    problem = f"Expected instance {situation.case.id} at revision {before.revision}, but another transaction moved it"
    row |= {"b_id": situation.case.id, "b_before": before.revision}
    situation.writes.run(_STORE, row, expect_one=problem)


def _waiting_since(session: Session, situation: Situation, before: Before, changes: _Net) -> datetime | None:
    """Return since when the agency's people have nothing to do in the instance; None: they have."""
    if situation.has_own_work:
        return None
    left = {token for token, kind in before.waits.items() if kind is WaitKind.USER} - changes.closed.keys()
    if left:
        tasks = session.execute(
            select(Task.agency_id, Task.role, Task.candidates).where(
                Task.instance_id == situation.case.id, Task.token.in_(left), IS_OPEN_TASK
            )
        )
        if any(is_own_work(situation, *task) for task in tasks):
            return None
    return before.waiting_since or situation.now


def _citizen_step(situation: Situation, changes: _Net) -> str | None:
    entered = (event for event in changes.events if event.kind is StepEventKind.ENTERED)
    return _last_named(situation.compiled.manifest.citizen_status, entered)


def _last_named(names: Mapping[str, Any], events: Iterable[StepEvent]) -> str | None:
    """Return the last of ``names`` that an event happened to. A bare id means a step of called processes as well."""
    last = None
    for event in events:
        last = next((name for name in (event.step, event.step.rpartition(":")[2]) if name in names), last)
    return last


def _keep_until(situation: Situation) -> date:
    ended_on = situation.now.astimezone(situation.zone).date()
    return keep_until(ended_on, situation.compiled.manifest.retention.period)


def _deliver(session: Session, situation: Situation) -> None:
    """Add a job for every journal entry that a webhook of the agency wants to know of."""
    agency = situation.case.agency_id
    hooks = session.execute(select(Webhook.id, Webhook.kinds).where(Webhook.agency_id == agency, Webhook.active)).all()
    for sequence, kind in situation.recorded:
        for hook in hooks:
            if not hook.kinds or kind in hook.kinds:
                payload = {"webhook": str(hook.id), "sequence": sequence}
                add_job(situation, JobKind.DELIVERY, step=None, payload=payload)
