"""Play one story, act by act, with the engine's own functions."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from engine import access, calendars, instances, jobs, messages, models, tasks, timers
from engine.access import Actor, ActorKind, OwnRole
from engine.calendars import Day
from engine.database import uuid7
from engine.errors import AlurError, Invalid, NotAllowed, NotPossibleNow
from engine.findings import Finding, Place
from engine.manifest import RoleKind
from engine.models import (
    CalendarStatus,
    DayKind,
    IncidentStatus,
    Instance,
    JobKind,
    JobStatus,
    JournalEntry,
    Task,
    TaskStatus,
)
from engine.packages import Package
from engine.scenarios.expecting import Failed, Phrase, differences, differs
from engine.stories import (
    Act,
    Answer,
    Cancel,
    Complete,
    Expect,
    Expectation,
    HandOver,
    Office,
    Refusal,
    Send,
    Story,
    WaitUntil,
)

# START is left out: a story is about one case, not about those that a calendar starts.
_OWN_KINDS = (JobKind.TIMER, JobKind.TERM, JobKind.MESSAGE, JobKind.SIGNAL)
_CALLS = (JobKind.CALL, JobKind.EXTERNAL)
_MOST_JOBS = 10_000
_LEASE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Passage:
    """What one act did to a case: ``kind`` and ``actor`` as the journal tells them, ``step`` where it happened.

    ``flows``, ``entered`` and ``left`` (completed or cancelled) are what it passed, each in order. Steps and flows are
    called as waits call them: ``process:element`` in a process beside the main one.
    """

    at: datetime
    kind: str
    step: str | None
    actor: str
    flows: tuple[str, ...]
    entered: tuple[str, ...]
    left: tuple[str, ...]


@contextmanager
def session_on(connection: Connection) -> Iterator[Session]:
    """Open a session for one act: what it does stays in the story's transaction, unless it fails."""
    session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
    with session, session.begin():
        yield session


@dataclass(slots=True)
class Playing:
    """One story on its way."""

    connection: Connection
    package: Package
    story: Story
    now: datetime = field(init=False)
    agencies: dict[str, UUID] = field(default_factory=dict)
    instance_id: UUID | None = None
    receipt: str = ""
    roles: dict[str, set[str]] = field(default_factory=dict)

    def run(self) -> list[Finding]:
        """Play; return what was not as told. The first act that goes wrong ends the story."""
        story = self.story
        self.now = story.start.at
        self.roles = {name: set(roles) for name, roles in story.people.items()}
        try:
            self._found_agencies()
            self._start()
            for act in story.acts:
                self._do(act)
        except Failed as failure:
            return list(failure.findings)
        return self._compare(story.expectation)

    def path(self) -> list[Passage]:
        """Return what the cases went through, one passage for each act that moved them, in their order."""
        entry = JournalEntry
        query = (
            select(entry, Instance.process_id)
            .join(Instance, Instance.id == entry.instance_id)
            .order_by(entry.at, entry.instance_id, entry.sequence)
        )
        with session_on(self.connection) as session:
            found = [_passage(row, process_id, self.package.manifest.id) for row, process_id in session.execute(query)]
        return [passage for passage in found if passage.flows or passage.entered or passage.left]

    def passed(self) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str, str]]]:
        """Return the flows and events that the journals of all instances tell of."""
        flows: set[tuple[str, str]] = set()
        events: set[tuple[str, str, str]] = set()
        with session_on(self.connection) as session:
            rows = session.execute(
                select(Instance.process_id, JournalEntry.data).join(Instance, Instance.id == JournalEntry.instance_id)
            )
            for process_id, data in rows:
                flows.update(_qualified(process_id, flow) for flow in data.get("flows", ()))
                events.update((*_qualified(process_id, event[1]), event[0]) for event in data.get("events", ()))
        return frozenset(flows), frozenset(events)

    def _found_agencies(self) -> None:
        for office in self.story.agencies:
            agency_id = uuid7(self.now)
            self.agencies[office.code] = agency_id
            with session_on(self.connection) as session:
                session.add(
                    models.Agency(
                        id=agency_id,
                        code=office.code,
                        name=office.code,
                        parent_id=None,
                        time_zone=office.time_zone,
                        active=True,
                        created_at=self.now,
                    )
                )
                session.flush()
                _put_calendars(session, office, agency_id, self.now)

    def _start(self) -> None:
        start, manifest = self.story.start, self.package.manifest
        process = start.process or manifest.id
        roles = self.roles.setdefault(start.by, set(manifest.start.by[:1]))
        kinds = {manifest.roles[role].kind for role in roles if role in manifest.roles}
        is_applicant = kinds == {RoleKind.APPLICANT}
        agency_id = self.agencies[self.story.agencies[0].code]
        kind = ActorKind.PUBLIC if is_applicant else ActorKind.USER
        actor = Actor(start.by, kind, agency_id, frozenset(roles))

        def act(session: Session) -> None:
            moved = instances.start(
                session,
                process,
                start.data,
                agency_id=agency_id,
                actor=actor,
                now=self.now,
                business_key=start.key,
                applicant=start.by if is_applicant else None,
                start_event=start.event,
            )
            self.instance_id, self.receipt = moved.instance_id, moved.receipt
            self._set_parameters(session, moved.instance_id, agency_id)

        self._try(start.place, (f"{start.by} memulai {process}", f"{start.by} to start {process}"), act)
        self._advance(self.now)

    def _set_parameters(self, session: Session, instance_id: UUID, agency_id: UUID) -> None:
        """Give the case its own values of parameters, as an operator would."""
        if not self.story.parameters:
            return
        instances.set_parameters(
            session,
            instance_id,
            self.story.parameters,
            actor=Actor("operator", agency_id=agency_id, roles=frozenset({OwnRole.OPERATOR})),
            now=self.now,
            reason=self.story.name,
        )

    def _do(self, act: Act) -> None:
        if act.at is not None:
            self._advance(act.at)
        if isinstance(act, Complete):
            self._refuse(act) if act.because else self._complete(act)
        elif isinstance(act, Send):
            self._send(act)
        elif isinstance(act, Answer):
            self._answer(act)
        elif isinstance(act, HandOver):
            self._hand_over(act)
        elif isinstance(act, Cancel):
            self._cancel(act)
        elif isinstance(act, Expect):
            found = self._compare(act.expectation)
            if found:
                raise Failed(found)
        elif not isinstance(act, WaitUntil):
            raise TypeError(f"Expected a known act, found {type(act).__name__}")
        self._advance(self.now)

    def _complete(self, act: Complete) -> None:
        task = self._open_task(act)
        roles = self.roles.setdefault(act.by, set())
        if act.by not in self.story.people:
            roles |= _roles_of(task)

        def complete(session: Session) -> None:
            tasks.complete(session, task.id, act.data, actor=self._actor(act.by, task), now=self.now)

        self._try(act.place, (f"{act.by} menyelesaikan {act.step}", f"{act.by} to complete {act.step}"), complete)

    def _refuse(self, act: Complete) -> None:
        if act.because is Refusal.NOT_OPEN:
            if self._open_tasks(act.step)[act.item - 1 : act.item]:
                raise differs(
                    act.place, (f"tiada tugas terbuka {act.step}", f"no open task of {act.step}"), ("satu", "one")
                )
            return
        task = self._open_task(act)
        expected = (
            f"{act.step} menolak {act.by} karena: {act.because}",
            f"{act.step} to refuse {act.by} because: {act.because}",
        )
        roles = self.roles.setdefault(act.by, set())
        if act.by not in self.story.people and act.because is not Refusal.ROLE:
            roles |= _roles_of(task)
        try:
            with session_on(self.connection) as session:
                tasks.complete(session, task.id, act.data, actor=self._actor(act.by, task), now=self.now)
        except AlurError as error:
            found = _reason(error)
            if found is not act.because:
                raise differs(act.place, expected, error.message) from error
            if act.path is not None and act.path not in (paths := _refused_paths(error)):
                raise differs(
                    act.place, (f"formulir menolak {act.path}", f"the form to refuse {act.path}"), ", ".join(paths)
                ) from error
            return
        raise differs(act.place, expected, ("tugas selesai", "it was completed"))

    def _send(self, act: Send) -> None:
        agency_id = self._instance().agency_id

        def send(session: Session) -> None:
            if act.is_signal:
                messages.broadcast(session, act.name, act.data, agency_id=agency_id, actor=access.SYSTEM, now=self.now)
            else:
                key = self.receipt if act.key is None else act.key
                messages.publish(
                    session, act.name, key, act.data, agency_id=agency_id, actor=access.SYSTEM, now=self.now
                )

        self._try(act.place, (f"{act.name} terkirim", f"{act.name} to be sent"), send)

    def _answer(self, act: Answer) -> None:
        job = self._waiting_call(act)
        if job.available_at > self.now:
            # The call failed before and is tried again later; nobody told the story how much later.
            self._advance(job.available_at)
        fence = self._take(job.id)

        def answer(session: Session) -> None:
            if act.fails is not None:
                jobs.fail(session, job.id, fence, act.fails, actor=access.SYSTEM, now=self.now)
            elif act.error is not None:
                jobs.throw_error(session, job.id, fence, act.error, act.data, actor=access.SYSTEM, now=self.now)
            else:
                jobs.complete(session, job.id, fence, act.data, actor=access.SYSTEM, now=self.now)

        self._try(act.place, (f"{act.job_type} terjawab", f"{act.job_type} to be answered"), answer)

    def _hand_over(self, act: HandOver) -> None:
        if act.agency not in self.agencies:
            known = ", ".join(self.agencies)
            raise differs(
                act.place, (f"instansi dari cerita ({known})", f"an agency of the story ({known})"), act.agency
            )
        instance = self._instance()
        actor = Actor(act.by, agency_id=instance.agency_id, roles=frozenset({OwnRole.OPERATOR}))
        to = self.agencies[act.agency]

        def give(session: Session) -> None:
            instances.hand_over(session, instance.id, to, actor=actor, now=self.now, reason=act.reason or "scenario")

        expected = (
            f"{act.by} menyerahkan perkara kepada {act.agency}",
            f"{act.by} to hand the case over to {act.agency}",
        )
        self._try(act.place, expected, give)

    def _cancel(self, act: Cancel) -> None:
        instance = self._instance()
        actor = Actor(act.by, agency_id=instance.agency_id, roles=frozenset({OwnRole.OPERATOR}))

        def cancel(session: Session) -> None:
            instances.cancel(session, instance.id, actor=actor, now=self.now, reason=act.reason)

        self._try(act.place, (f"{act.by} membatalkan perkara", f"{act.by} to cancel the case"), cancel)

    def _try(self, place: Place, expected: Phrase, act: Callable[[Session], None]) -> None:
        try:
            with session_on(self.connection) as session:
                act(session)
        except AlurError as error:
            raise differs(place, expected, _explained(error)) from error

    def _advance(self, to: datetime) -> None:
        """Move the clock to ``to``; what is due on the way happens when it is due."""
        for _ in range(_MOST_JOBS):
            with session_on(self.connection) as session:
                due = jobs.next_due(session, _OWN_KINDS)
            if due is None or due > to:
                self.now = max(self.now, to)
                return
            self.now = max(self.now, due)
            self._happen()
        reaching = (f"jam mencapai {to.isoformat()}", f"the clock to reach {to.isoformat()}")
        raise differs(
            self.story.start.place, reaching, (f"{_MOST_JOBS} hal sebelumnya", f"{_MOST_JOBS} things due before")
        )

    def _happen(self) -> None:
        """Do the job that is due first, as the worker does."""
        with session_on(self.connection) as session:
            claimed = jobs.claim(session, _OWN_KINDS, owner="scenario", limit=1, lease=_LEASE, now=self.now)
        for job in claimed:
            try:
                with session_on(self.connection) as session:
                    _HANDLERS[job.kind](session, job, now=self.now)
            except NotPossibleNow:
                continue  # The step waits no more.
            except AlurError as error:
                with session_on(self.connection) as session:
                    jobs.fail(session, job.id, job.fence, error.message, actor=access.SYSTEM, now=self.now)

    def _open_task(self, act: Complete) -> Task:
        tasks = self._open_tasks(act.step)
        if len(tasks) < act.item:
            others = ", ".join(self._open_steps()) or "-"
            trouble = [(step, message) for step, message in self._incidents()]
            found = (
                f"terbuka: {others}" + "".join(f"; insiden di {step}: {message}" for step, message in trouble),
                f"open: {others}" + "".join(f"; incident at {step}: {message}" for step, message in trouble),
            )
            raise differs(act.place, (f"tugas terbuka {act.step}", f"an open task of {act.step}"), found)
        return tasks[act.item - 1]

    def _open_tasks(self, step: str) -> list[Task]:
        query = select(Task).where(Task.instance_id == self.instance_id, Task.status == TaskStatus.OPEN)
        with session_on(self.connection) as session:
            tasks = session.scalars(query.order_by(Task.id)).all()
        return [task for task in tasks if step in (task.step, task.step.rpartition(":")[2])]

    def _open_steps(self) -> list[str]:
        query = select(Task.step).where(Task.instance_id == self.instance_id, Task.status == TaskStatus.OPEN)
        with session_on(self.connection) as session:
            return sorted(session.scalars(query))

    def _waiting_call(self, act: Answer) -> Any:
        table = models.Job
        query = select(table.id, table.job_type, table.available_at).where(
            table.instance_id == self.instance_id, table.kind.in_(_CALLS), table.status == JobStatus.OPEN
        )
        with session_on(self.connection) as session:
            waiting = session.execute(query.order_by(table.available_at, table.id)).all()
        for job in waiting:
            if job.job_type == act.job_type:
                return job
        others = ", ".join(str(job.job_type) for job in waiting) or "-"
        expected = (f"panggilan {act.job_type} yang menunggu", f"a waiting call {act.job_type}")
        raise differs(act.place, expected, (f"menunggu: {others}", f"waiting: {others}"))

    def _take(self, job_id: UUID) -> int:
        """Take one job, as a worker does; return its fence."""
        table = models.Job
        taken = (
            update(table)
            .where(table.id == job_id)
            .values(fence=table.fence + 1, attempts=table.attempts + 1, lease_owner="scenario")
            .returning(table.fence)
        )
        with session_on(self.connection) as session:
            return session.execute(taken).scalar_one()

    def _actor(self, name: str, task: Task) -> Actor:
        roles = self.roles[name]
        known = self.package.manifest.roles
        kinds = {known[role].kind for role in roles if role in known}
        kind = ActorKind.APPLICANT if kinds == {RoleKind.APPLICANT} else ActorKind.USER
        return Actor(name, kind, task.agency_id, frozenset(roles), instance_id=self.instance_id)

    def _instance(self) -> Instance:
        with session_on(self.connection) as session:
            return session.scalars(select(Instance).where(Instance.id == self.instance_id)).one()

    def _incidents(self) -> list[tuple[str, str]]:
        table = models.Incident
        query = select(table.step, table.message).where(
            table.instance_id == self.instance_id, table.status == IncidentStatus.OPEN
        )
        with session_on(self.connection) as session:
            return [(step or "", message) for step, message in session.execute(query.order_by(table.id))]

    def _compare(self, expectation: Expectation) -> list[Finding]:
        with session_on(self.connection) as session:
            return differences(session, self._instance(), self.package, expectation)


_HANDLERS: Mapping[JobKind, Callable[..., Any]] = {
    JobKind.TIMER: timers.fire,
    JobKind.TERM: timers.reach,
    JobKind.MESSAGE: messages.carry_out,
    JobKind.SIGNAL: messages.carry_out,
}


def _put_calendars(session: Session, office: Office, agency_id: UUID, now: datetime) -> None:
    """Give an agency of a story its own days off and working weekdays."""
    years = {day.year for day in office.days_off} | ({now.year, now.year + 1} if office.weekdays else set())
    for year in sorted(years):
        days = {day: Day(DayKind.HOLIDAY, "scenario") for day in office.days_off if day.year == year}
        calendars.put(
            session,
            agency_id,
            year,
            days,
            weekdays=office.weekdays,
            status=CalendarStatus.CONFIRMED,
            source="scenario",
            actor="scenario",
            now=now,
        )


def _roles_of(task: Task) -> set[str]:
    """Return the roles that may do a task; what else stands among the candidates are names."""
    names = {name for name in task.candidates if not name.startswith(("user:", "*"))}
    return names | ({task.role} if task.role else set())


_LEFT = ("completed", "cancelled")


def _passage(entry: JournalEntry, process_id: str, main: str) -> Passage:
    prefix = "" if process_id == main else f"{process_id}:"

    def named(name: str) -> str:
        return name if ":" in name else prefix + name

    events = entry.data.get("events", ())
    return Passage(
        at=entry.at,
        kind=entry.kind,
        step=None if entry.step is None else named(entry.step),
        actor=entry.actor,
        flows=tuple(named(flow) for flow in entry.data.get("flows", ())),
        entered=tuple(named(event[1]) for event in events if event[0] not in _LEFT),
        left=tuple(named(event[1]) for event in events if event[0] in _LEFT),
    )


def _qualified(process_id: str, name: str) -> tuple[str, str]:
    """Return the process and the id of an element, which is ``process:id`` in a called process."""
    called, _, element = name.rpartition(":")
    return called or process_id, element


def _reason(error: AlurError) -> Refusal | None:
    """Return why a person was refused; None for another reason than those of stories."""
    if isinstance(error, Invalid):
        return Refusal.FORM
    if isinstance(error, NotAllowed):
        return Refusal.NOT_SAME_AS if error.facts.get("because") == "not_same_as" else Refusal.ROLE
    return Refusal.NOT_OPEN if isinstance(error, NotPossibleNow) else None


def _refused_paths(error: AlurError) -> list[str]:
    return [field["path"] for field in error.facts.get("fields", ())]


def _explained(error: AlurError) -> str:
    """Return the message of an error with the fields that a form refused."""
    refused = [f"{item['path']}: {item['message']['en']}" for item in error.facts.get("fields", ())]
    found = [str(finding) for finding in error.findings[:3]] if isinstance(error, Invalid) else []
    return "; ".join([error.message, *refused, *found])
