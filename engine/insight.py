"""What the heads of an agency ask: who has how much to do, what is late, how long steps take, how it develops.

Everything is counted in the database, for one agency; the platform compares agencies without seeing their cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, Text, and_, case, func, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from engine import access
from engine.access import Actor, OwnRole
from engine.database import Page, Slice
from engine.models import IS_OPEN_TASK, Agency, Instance, Task, Term, TermStatus

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


def by_role(session: Session, viewer: Actor, *, now: datetime) -> list[Load]:
    """Return the open tasks of the agency by role, most first. Raises NotAllowed."""
    return _loads(session, viewer, Task.role, now)


def by_person(session: Session, viewer: Actor, *, now: datetime) -> list[Load]:
    """Return the open tasks of the agency by who has them, most first. Raises NotAllowed."""
    return _loads(session, viewer, Task.assignee, now)


def standing(session: Session, viewer: Actor, *, now: datetime) -> list[Standing]:
    """Return the open terms of the agency by process. Raises NotAllowed."""
    conditions = _conditions(now)
    query = (
        select(
            Instance.process_id,
            func.count(),
            counted(conditions[Behind.OVERDUE]),
            counted(conditions[Behind.SOON]),
            counted(conditions[Behind.STOPPED]),
        )
        .join(Instance, Instance.id == Term.instance_id)
        .where(Term.agency_id == agency_of(viewer), Term.status.in_((TermStatus.RUNNING, TermStatus.STOPPED)))
        .group_by(Instance.process_id)
        .order_by(Instance.process_id)
    )
    return [Standing(*row) for row in session.execute(query)]


def compliance(session: Session, viewer: Actor, *, since: datetime) -> list[Compliance]:
    """Return how the terms that ended since a moment were kept, by process and term of the agency."""
    return _compliance(session, Instance.process_id, Term.agency_id == agency_of(viewer), since)


def compliance_of_agencies(session: Session, viewer: Actor, *, since: datetime) -> list[Compliance]:
    """Return how the terms that ended since a moment were kept, by agency and term, for the platform."""
    access.need_role(viewer, OwnRole.PLATFORM)
    return _compliance(session, Agency.code, None, since)


def trend(session: Session, viewer: Actor, *, months: int, now: datetime, offset: timedelta) -> list[Month]:
    """Return the last months, the present one last. ``offset`` is that of the agency's local time."""
    agency_id, wanted = agency_of(viewer), _months(now + offset, months)
    year, month = (int(part) for part in wanted[0].split("-"))
    since = datetime(year, month, 1, tzinfo=now.tzinfo) - offset
    of_agency = Instance.agency_id == agency_id
    started = _by_month(session, Instance.started_at, (of_agency, Instance.started_at >= since), offset)
    ended = _by_month(session, Instance.ended_at, (of_agency, Instance.ended_at >= since), offset)
    terms = _by_month(session, Term.ended_at, (Term.agency_id == agency_id, _ENDED, Term.ended_at >= since), offset)
    none = (0, 0)
    return [Month(one, started.get(one, none)[0], ended.get(one, none)[0], *terms.get(one, none)) for one in wanted]


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


def _loads(session: Session, viewer: Actor, key: Any, now: datetime) -> list[Load]:
    query = (
        select(
            key,
            func.count(),
            counted(Task.assignee.is_(None)),
            counted(Task.order_at < now),
            counted(and_(Task.order_at >= now, Task.order_at < now + SOON)),
        )
        .where(IS_OPEN_TASK, Task.agency_id == agency_of(viewer))
        .group_by(key)
        .order_by(func.count().desc(), key)
    )
    return [Load(*row) for row in session.execute(query)]


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


def _compliance(session: Session, group: Any, whose: ColumnElement[bool] | None, since: datetime) -> list[Compliance]:
    query = (
        select(group, Term.name, func.count(), counted(_is_late()))
        .join(Instance, Instance.id == Term.instance_id)
        .join(Agency, Agency.id == Term.agency_id)
        .where(_ENDED, Term.ended_at >= since)
        .group_by(group, Term.name)
        .order_by(group, Term.name)
    )
    return [Compliance(*row) for row in session.execute(query if whose is None else query.where(whose))]


def _by_month(
    session: Session, moment: Any, conditions: Sequence[ColumnElement[bool]], offset: timedelta
) -> dict[str, tuple[int, int]]:
    """Return how many there are by month; where terms are counted, also how many of them are late."""
    month = _LocalMonth(moment, literal_column(str(int(offset.total_seconds()))))
    late = counted(_is_late()) if moment is Term.ended_at else literal_column("0")
    query = select(month.label("month"), func.count(), late).where(*conditions).group_by(literal_column("month"))
    return {found: (count, of_late) for found, count, of_late in session.execute(query)}


def _months(last: datetime, count: int) -> list[str]:
    """Return ``count`` months as 2026-11, the month of ``last`` as the last."""
    number = last.year * 12 + last.month - 1
    return [f"{one // 12}-{one % 12 + 1:02}" for one in range(number - count + 1, number + 1)]


def counted(condition: ColumnElement[bool]) -> Any:
    """Return how many rows meet a condition, as a column."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


class _LocalMonth(FunctionElement[str]):
    """The month of a moment, as 2026-11, so many seconds east of UTC."""

    type = Text()
    inherit_cache = True


@compiles(_LocalMonth, "postgresql")
def _month_on_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds = (compiler.process(clause, **more) for clause in element.clauses)
    return f"to_char(({moment} AT TIME ZONE 'UTC') + {seconds} * INTERVAL '1 second', 'YYYY-MM')"


@compiles(_LocalMonth, "sqlite")
def _month_on_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    moment, seconds = (compiler.process(clause, **more) for clause in element.clauses)
    return f"strftime('%Y-%m', {moment}, {seconds} || ' seconds')"
