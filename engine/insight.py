"""What the heads of an agency ask: who has how much to do, what is late, how long steps take, how it develops.

Everything is counted in the database, for one agency; the platform compares agencies without seeing their cases.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, case, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor, OwnRole
from engine.database import Page, Slice
from engine.models import IS_OPEN_TASK, Agency, Instance, Task, Term

# A task or term is at risk when so little time is left; a term also once its own warning has come.
SOON = timedelta(days=3)
_ENDED = Term.status == literal_column("'ended'")


@dataclass(frozen=True, slots=True)
class Load:
    """Open tasks of a role or a person. ``key`` None: of no role, or held by nobody."""

    key: str | None
    open: int
    free: int
    overdue: int
    soon: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Open terms of a process: ``overdue`` are passed, ``soon`` nearly, ``stopped`` wait for somebody else."""

    process_id: str
    running: int
    overdue: int
    soon: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Compliance:
    """Terms that ended: how many, and how many of them late. ``group`` is a process, or the code of an agency."""

    group: str
    term: str
    ended: int
    late: int

    @property
    def kept(self) -> float:
        """The share that was kept, from 0 to 1."""
        return 1.0 - self.late / self.ended if self.ended else 1.0


@dataclass(frozen=True, slots=True)
class Month:
    """A local month, as 2026-11: cases started and ended in it, terms ended in it and how many of them late."""

    month: str
    started: int
    ended: int
    terms: int
    late: int


class Behind(StrEnum):
    """Which number somebody wants to see the cases behind."""

    OVERDUE = "overdue"  # open terms that are passed
    SOON = "soon"  # open terms that nearly are
    STOPPED = "stopped"  # open terms whose clock stands
    LATE = "late"  # terms that ended late
    WAITING = "waiting"  # open tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """To what a list of cases is narrowed; None: not. ``since`` is for terms that ended, ``late`` for open tasks."""

    process_id: str | None = None
    term: str | None = None
    step: str | None = None
    role: str | None = None
    assignee: str | None = None
    since: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A case behind a number: with the term or step that counts, when it is due and when it ended (None: open)."""

    instance_id: UUID
    receipt: str
    process_id: str
    version_id: UUID
    what: str
    due_at: datetime | None
    ended_at: datetime | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Loads:
    """The open tasks of an agency by role and by who has them, most first."""

    roles: list[Load]
    people: list[Load]


def loads(session: Session, viewer: Actor, *, now: datetime) -> Loads:
    """Return who has how much to do in the agency. Raises NotAllowed."""
    query = (
        select(
            Task.role,
            Task.assignee,
            func.count(),
            counted(Task.order_at < now),
            counted(and_(Task.order_at >= now, Task.order_at < now + SOON)),
        )
        .where(IS_OPEN_TASK, Task.agency_id == agency_of(viewer))
        .group_by(Task.role, Task.assignee)
    )
    # Gone through once for both: a person has few roles, so that there are few rows.
    found = session.execute(query).all()
    return Loads(_gathered((row[0], row) for row in found), _gathered((row[1], row) for row in found))


def _gathered(rows: Iterable[tuple[str | None, Any]]) -> list[Load]:
    sums: dict[str | None, list[int]] = {}
    for key, (_role, assignee, count, overdue, soon) in rows:
        own = sums.setdefault(key, [0, 0, 0, 0])
        for place, number in enumerate((count, count if assignee is None else 0, overdue, soon)):
            own[place] += number
    made = [Load(key, *numbers) for key, numbers in sums.items()]
    return sorted(made, key=lambda load: (-load.open, load.key is not None, load.key or ""))


def standing(session: Session, viewer: Actor, *, now: datetime) -> list[Standing]:
    """Return the open terms of the agency by process. Raises NotAllowed."""
    conditions = _conditions(now)
    query = (
        select(
            Term.process_id,
            func.count(),
            counted(conditions[Behind.OVERDUE]),
            counted(conditions[Behind.SOON]),
            counted(conditions[Behind.STOPPED]),
        )
        .where(Term.agency_id == agency_of(viewer), Term.status != literal_column("'ended'"))
        .group_by(Term.process_id)
        .order_by(Term.process_id)
    )
    return [Standing(*row) for row in session.execute(query)]


def compliance(session: Session, viewer: Actor, *, since: datetime) -> list[Compliance]:
    """Return how the terms that ended since a moment were kept, by process and term of the agency."""
    return _compliance(session, _compliant(Term.process_id, since).where(Term.agency_id == agency_of(viewer)))


def compliance_of_agencies(session: Session, viewer: Actor, *, since: datetime) -> list[Compliance]:
    """Return how the terms that ended since a moment were kept, by agency and term, for the platform."""
    access.need_role(viewer, OwnRole.PLATFORM)
    return _compliance(session, _compliant(Agency.code, since).join(Agency, Agency.id == Term.agency_id))


def trend(session: Session, viewer: Actor, *, months: int, now: datetime, offset: timedelta) -> list[Month]:
    """Return the last months, the present one last. ``offset`` is that of the agency's local time."""
    agency_id, wanted = agency_of(viewer), _months(now + offset, months)
    begins = _begins(wanted, offset)
    queries = [
        query
        for number, (since, until) in enumerate(pairwise(begins))
        for query in _counts_of_month(number, agency_id, since, until)
    ]
    counts = {(row.number, row.what): row for row in session.execute(union_all(*queries))}
    found = []
    for number, one in enumerate(wanted):
        terms = counts[number, "terms"]
        found.append(
            Month(one, counts[number, "started"].found, counts[number, "ended"].found, terms.found, terms.late)
        )
    return found


def _counts_of_month(number: int, agency_id: UUID, since: datetime, until: datetime) -> Iterator[Select[Any]]:
    """Yield what counts cases started and ended and terms ended: each reads a stretch of an index and no row."""
    none: Any = literal_column("0").label("late")
    own = Instance.agency_id == agency_id
    yield _counting(number, "started", none).where(own, Instance.id >= _first_id(since), Instance.id < _first_id(until))
    yield _counting(number, "ended", none).where(own, Instance.ended_at >= since, Instance.ended_at < until)
    late = counted(_is_late()).label("late")
    yield _counting(number, "terms", late).where(
        Term.agency_id == agency_id, _ENDED, Term.ended_at >= since, Term.ended_at < until
    )


def _counting(number: int, what: str, late: Any) -> Select[Any]:
    return select(
        literal_column(str(number)).label("number"),
        literal_column(f"'{what}'").label("what"),
        func.count().label("found"),
        late,
    )


def processes(session: Session, viewer: Actor) -> list[str]:
    """Return the processes of which the agency has had cases."""
    query = select(Instance.process_id).where(Instance.agency_id == agency_of(viewer)).distinct()
    return sorted(session.scalars(query))


def newest_version(session: Session, viewer: Actor, process_id: str) -> UUID | None:
    """Return the version of the agency's newest case of a process; None: it has had none."""
    query = (
        select(Instance.version_id)
        .where(Instance.agency_id == agency_of(viewer), Instance.process_id == process_id)
        .order_by(Instance.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def cases(
    session: Session, viewer: Actor, behind: Behind, narrowed: Narrowed, page: Page, *, now: datetime
) -> Slice[Found]:
    """Return the cases behind a number, those due first at the top. Raises NotAllowed."""
    query = (
        _waiting(viewer, narrowed, now) if behind is Behind.WAITING else _terms(viewer, behind, narrowed, now)
    ).limit(page.limit + 1)
    query = query.offset(page.number)
    found = [Found(*row) for row in session.execute(query)]
    return Slice.cut(found, page, lambda _last: str(page.number + page.limit))


def _terms(viewer: Actor, behind: Behind, narrowed: Narrowed, now: datetime) -> Select[Any]:
    query = (
        select(
            Instance.id,
            Instance.receipt,
            Instance.process_id,
            Instance.version_id,
            Term.name,
            Term.due_at,
            Term.ended_at,
            literal_column("NULL", String),
        )
        .join(Instance, Instance.id == Term.instance_id)
        .where(Term.agency_id == agency_of(viewer), _conditions(now)[behind])
        .order_by(Term.due_at, Term.id)
    )
    for column, wanted in ((Instance.process_id, narrowed.process_id), (Term.name, narrowed.term)):
        if wanted is not None:
            query = query.where(column == wanted)
    return query if narrowed.since is None else query.where(Term.ended_at >= narrowed.since)


def _waiting(viewer: Actor, narrowed: Narrowed, now: datetime) -> Select[Any]:
    query = (
        select(
            Instance.id,
            Instance.receipt,
            Instance.process_id,
            Instance.version_id,
            Task.step,
            Task.due_at,
            Task.ended_at,
            Task.assignee,
        )
        .join(Instance, Instance.id == Task.instance_id)
        .where(IS_OPEN_TASK, Task.agency_id == agency_of(viewer))
        .order_by(Task.order_at, Task.id)
    )
    for column, wanted in (
        (Task.process_id, narrowed.process_id),
        (Task.step, narrowed.step),
        (Task.role, narrowed.role),
        (Task.assignee, narrowed.assignee),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return query.where(Task.order_at < now) if narrowed.late else query


def agency_of(viewer: Actor) -> UUID:
    """Return the agency that the viewer may look into. Raises NotAllowed."""
    access.need_role(viewer, OwnRole.HEAD, OwnRole.AUDITOR)
    return access.need_agency(viewer)


def _conditions(now: datetime) -> dict[Behind, ColumnElement[bool]]:
    running = Term.status == literal_column("'running'")
    return {
        Behind.OVERDUE: and_(running, Term.due_at <= now),
        Behind.SOON: and_(running, Term.due_at > now, (Term.warn_at <= now) | (Term.due_at <= now + SOON)),
        Behind.STOPPED: Term.status == literal_column("'stopped'"),
        Behind.LATE: and_(_ENDED, _is_late()),
    }


def _is_late() -> ColumnElement[bool]:
    return Term.ended_at >= Term.due_at


def _compliant(group: Any, since: datetime) -> Select[Any]:
    query = select(group, Term.name, func.count(), counted(_is_late())).where(_ENDED, Term.ended_at >= since)
    return query.group_by(group, Term.name).order_by(group, Term.name)


def _compliance(session: Session, query: Select[Any]) -> list[Compliance]:
    return [Compliance(*row) for row in session.execute(query)]


def _first_id(moment: datetime) -> UUID:
    """Return the id below those of all instances that start from a moment on: ids begin with their milliseconds."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _begins(wanted: Sequence[str], offset: timedelta) -> list[datetime]:
    """Return when local months begin, and when the last one ends."""
    year, month = (int(part) for part in wanted[-1].split("-"))
    following = f"{year + month // 12}-{month % 12 + 1:02}"
    return [datetime.fromisoformat(f"{each}-01T00:00:00+00:00") - offset for each in (*wanted, following)]


def _months(last: datetime, count: int) -> list[str]:
    """Return ``count`` months as 2026-11, the month of ``last`` as the last."""
    number = last.year * 12 + last.month - 1
    return [f"{one // 12}-{one % 12 + 1:02}" for one in range(number - count + 1, number + 1)]


def counted(condition: ColumnElement[bool]) -> Any:
    """Return how many rows meet a condition, as a column."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
