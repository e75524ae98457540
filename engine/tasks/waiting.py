"""The cases that wait for others: the people of their agency have nothing to do in them for now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor, OwnRole, Scope
from engine.database import Page, Slice
from engine.instances.searching import escaped, words_in
from engine.models import (
    IS_OPEN_INCIDENT,
    IS_OPEN_TASK,
    IS_OVER_TASK,
    Agency,
    Incident,
    Instance,
    Job,
    JobKind,
    JobStatus,
    Subscription,
    Task,
    Version,
)
from engine.tasks.due import Due, dues_of_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFilters:
    """Which waiting cases a list shows; None: all.

    The list shows cases of the processes in which the viewer has a role; ``role`` narrows to one of these roles,
    ``mine`` to cases in which the viewer did a task; ``everything`` shows the whole agency's (for heads and auditors).
    ``text`` are words, each of which must occur in receipt, business key or subject.
    """

    mine: bool = False
    everything: bool = False
    role: str | None = None
    process_id: str | None = None
    text: str | None = None


class Awaited(StrEnum):
    """Whom or what a case waits for. ``operator``: something failed, and an operator has to try it again."""

    APPLICANT = "applicant"
    AGENCY = "agency"
    SERVICE = "service"
    OPERATOR = "operator"
    MESSAGE = "message"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that a case waits for: at which step (None: at none) and since when.

    ``agency`` is the name of the other agency, ``until`` when the waiting time ends; else None.
    """

    kind: Awaited
    step: str | None
    since: datetime
    agency: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A case with what it waits for, and by when the law wants its next term kept, or why that clock stands."""

    instance: Instance
    since: datetime
    reasons: tuple[Reason, ...]
    due: Due


def waiting_cases(
    session: Session, viewer: Actor, filters: WaitingFilters, page: Page, *, now: datetime
) -> Slice[WaitingCase]:
    """Return the running cases that wait for others, those that wait longest at the top. Raises NotAllowed."""
    agency_id = _need_rights(viewer, filters)
    processes = _processes(session, viewer, filters)
    if not processes:
        return Slice([], None)
    found = list(session.scalars(listing(agency_id, processes, list(_narrowed(viewer, filters)), page)))
    part = Slice.cut(found, page, lambda each: f"{_since(each).isoformat()}_{each.id}")
    reasons = _reasons(session, part.items)
    dues = dues_of_cases(session, part.items, agency_id=agency_id, now=now)
    items = [WaitingCase(each, _since(each), tuple(reasons.get(each.id, ())), dues[each.id]) for each in part.items]
    return Slice(items, part.next)


def count_waiting(session: Session, viewer: Actor, filters: WaitingFilters, *, most: int) -> int:
    """Return how many cases the list has; ``most`` + 1 if there are more than ``most``. Raises NotAllowed."""
    agency_id = _need_rights(viewer, filters)
    processes = _processes(session, viewer, filters)
    if not processes:
        return 0
    return session.scalar(counting(agency_id, processes, list(_narrowed(viewer, filters)), most)) or 0


def counting(
    agency_id: UUID, processes: Sequence[str], narrowed: list[ColumnElement[bool]], most: int
) -> Select[tuple[int]]:
    """Return the statement: it reads of the index as much as it counts, and no case."""
    own = _of(agency_id, Instance.process_id.in_(processes))
    found = select(literal(1)).select_from(Instance).where(_IS_WAITING, own, *narrowed).limit(most + 1).subquery()
    return select(func.count()).select_from(found)


_IS_WAITING = Instance.waiting_since.is_not(None)


def _need_rights(viewer: Actor, filters: WaitingFilters) -> UUID:
    agency_id = access.need_agency(viewer)
    access.need_scope(viewer, Scope.INSTANCES_READ)
    if filters.everything or (filters.role is not None and filters.role not in viewer.roles):
        access.need_role(viewer, OwnRole.HEAD, OwnRole.AUDITOR)
    return agency_id


def _processes(session: Session, viewer: Actor, filters: WaitingFilters) -> list[str]:
    query = select(Version.process_id, Version.offices).where(
        or_(Version.agency_id.is_(None), Version.agency_id == viewer.agency_id)
    )
    wanted = viewer.roles if filters.role is None else {filters.role}
    is_any = filters.everything and filters.role is None
    found = {row.process_id for row in session.execute(query) if is_any or wanted.intersection(row.offices)}
    return sorted(found if filters.process_id is None else found & {filters.process_id})


def _of(agency_id: UUID, processes: ColumnElement[bool]) -> ColumnElement[bool]:
    return (Instance.agency_id == agency_id) & processes


def _narrowed(viewer: Actor, filters: WaitingFilters) -> Iterator[ColumnElement[bool]]:
    if filters.mine:
        yield exists().where(Task.instance_id == Instance.id, IS_OVER_TASK, Task.ended_by == viewer.name)
    for word in words_in(filters.text):
        yield Instance.search.like(f"%{escaped(word)}%", escape="\\")


def listing(
    agency_id: UUID, processes: Sequence[str], narrowed: list[ColumnElement[bool]], page: Page
) -> Select[tuple[Instance]]:
    """Return the statement: the top of a sorted pile for each process is read from the index, and these are merged."""
    piles = [_pile(agency_id, process_id, narrowed, page).subquery() for process_id in processes]
    merged = union_all(*(select(pile) for pile in piles)).subquery()
    top = select(merged).order_by(merged.c.waiting_since, merged.c.id).limit(page.limit + 1).subquery()
    return select(Instance).join(top, top.c.id == Instance.id).order_by(Instance.waiting_since, Instance.id)


def _pile(agency_id: UUID, process_id: str, narrowed: list[ColumnElement[bool]], page: Page) -> Select[Any]:
    pile = select(Instance.waiting_since, Instance.id).where(
        _IS_WAITING, _of(agency_id, Instance.process_id == process_id), *narrowed
    )
    if page.after is not None:
        at, key = page.moment_and_id
        place = tuple_(literal(at, Instance.waiting_since.type), literal(key, Instance.id.type))
        pile = pile.where(tuple_(Instance.waiting_since, Instance.id) > place)
    return pile.order_by(Instance.waiting_since, Instance.id).limit(page.limit + 1)


def _since(found: Instance) -> datetime:
    return cast(datetime, found.waiting_since)


def _reasons(session: Session, found: Sequence[Instance]) -> dict[UUID, list[Reason]]:
    """Return what cases wait for, by id. Timers and messages beside a step that waits for somebody are no reason."""
    cases = {each.id: each for each in found}
    if not cases:
        return {}
    reasons: dict[UUID, list[Reason]] = {}
    for gathered in (
        [*_people(session, cases), *_services(session, cases), *_incidents(session, cases)],
        _messages(session, cases),
        _timers(session, cases),
    ):
        known = set(reasons)
        for instance_id, reason in gathered:
            if instance_id not in known:
                reasons.setdefault(instance_id, []).append(reason)
    return reasons


_Found = Iterator[tuple[UUID, Reason]]


def _people(session: Session, cases: dict[UUID, Instance]) -> _Found:
    query = (
        select(Task.instance_id, Task.step, Task.agency_id, Task.opened_at, Agency.name)
        .join(Agency, Agency.id == Task.agency_id)
        .where(Task.instance_id.in_(cases), IS_OPEN_TASK)
        .order_by(Task.id)
    )
    for row in session.execute(query):
        is_elsewhere = row.agency_id != cases[row.instance_id].agency_id
        kind = Awaited.AGENCY if is_elsewhere else Awaited.APPLICANT
        yield row.instance_id, Reason(kind, row.step, row.opened_at, row.name if is_elsewhere else None)


def _services(session: Session, cases: dict[UUID, Instance]) -> _Found:
    query = (
        select(Job.instance_id, Job.step, Job.created_at)
        .where(
            Job.instance_id.in_(cases),
            Job.status == JobStatus.OPEN,
            Job.token.is_not(None),
            Job.kind.in_((JobKind.CALL, JobKind.EXTERNAL)),
        )
        .order_by(Job.id)
    )
    for row in session.execute(query):
        yield row.instance_id, Reason(Awaited.SERVICE, row.step, row.created_at)


def _incidents(session: Session, cases: dict[UUID, Instance]) -> _Found:
    query = select(Incident.instance_id, Incident.step, Incident.opened_at).where(
        Incident.instance_id.in_(cases), IS_OPEN_INCIDENT
    )
    for row in session.execute(query.order_by(Incident.id)):
        yield row.instance_id, Reason(Awaited.OPERATOR, row.step, row.opened_at)


def _messages(session: Session, cases: dict[UUID, Instance]) -> _Found:
    query = select(Subscription.instance_id, Subscription.step).where(Subscription.instance_id.in_(cases))
    for row in session.execute(query.order_by(Subscription.id)):
        yield row.instance_id, Reason(Awaited.MESSAGE, row.step, _since(cases[row.instance_id]))


def _timers(session: Session, cases: dict[UUID, Instance]) -> _Found:
    query = (
        select(Job.instance_id, Job.step, Job.created_at, Job.due_at)
        .where(Job.instance_id.in_(cases), Job.kind == JobKind.TIMER, Job.token.is_not(None))
        .order_by(Job.due_at, Job.id)
    )
    for row in session.execute(query):
        yield row.instance_id, Reason(Awaited.TIME, row.step, row.created_at, until=row.due_at)
