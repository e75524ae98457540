"""What the public may know of how cases are handled: how many, how fast, how many late, what applicants thought.

A month is counted into tallies (``refresh``, which the worker calls); answers are made of tallies alone, so that they
cost the same with a million cases, and stay when cases are destroyed. They say as of when they are.

Nobody can be recognised in them, nor found by taking numbers from totals: every count is rounded by itself to the
nearest 5, 1 to 4 are not told, and a median or an average needs at least 10 cases.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, literal_column, select
from sqlalchemy.orm import Session, aliased

from engine import services
from engine.database import Page, take_turns
from engine.errors import NotFound
from engine.manifest import Manifest, Unit, manifest_of
from engine.models import (
    Agency,
    Instance,
    InstanceStatus,
    Measure,
    Rating,
    Tally,
    TallyMonth,
    Term,
    Version,
)
from engine.services import Service
from engine.settings import settings

ROUNDED_TO = 5
LEAST_FOR_MEDIAN = 10
MONTHS = 12  # beside the present one
# How old what is told may be. A month that is over changes little: when a term starts again, or a case goes elsewhere.
EVERY = timedelta(minutes=10)
_EVERY_FOR_PAST = timedelta(days=1)
_MOST = 200
_SETTLED = timedelta(days=31)
_IS_ENDED = Term.status == literal_column("'ended'")


@dataclass(frozen=True, slots=True)
class Figures:
    """How many cases were received and answered, and how many of these late: rounded; None: 1 to 4, which is not told.

    ``median`` is the time to the answer in units of the law; None: too few.
    """

    received: int | None
    answered: int | None
    late: int | None
    median: float | None

    @property
    def late_share(self) -> float | None:
        """The share of the answers that were late, from 0 to 1, of the rounded counts; None: it is not told."""
        return None if self.late is None or not self.answered else self.late / self.answered


@dataclass(frozen=True, slots=True)
class OfMonth:
    """The figures of a month, as 2026-11. ``is_over`` False: it was still going on when it was counted."""

    month: str
    is_over: bool
    figures: Figures


@dataclass(frozen=True, slots=True)
class OfAgency:
    """The figures of an agency over the whole time."""

    code: str
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Ratings:
    """What applicants thought, from 1 (bad) to 4 (very good). ``average`` None: too few; ``scores`` are rounded."""

    count: int | None
    average: float | None
    scores: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a process: of all agencies, or of ``agency``. ``as_of`` None: nothing was counted yet.

    ``unit`` is that of the law; None: it names no time for this service, so no time is told. ``agencies`` is empty
    where one agency was asked for.
    """

    process_id: str
    agency: str | None
    agency_name: str | None
    as_of: datetime | None
    unit: Unit | None
    total: Figures
    months: Sequence[OfMonth]
    agencies: Sequence[OfAgency]
    ratings: Ratings


def overview(session: Session, *, now: datetime) -> list[tuple[Service, Figures]]:
    """Return every service in force with its figures over the whole time, by the id of its process."""
    found: list[Service] = []
    part = services.catalogue(session, Page(_MOST), now=now)
    found += part.items
    while part.next is not None:
        part = services.catalogue(session, Page(_MOST, part.next), now=now)
        found += part.items
    figures = totals(session, {each.manifest.id: unit_of(each.manifest) for each in found})
    return [(each, figures[each.manifest.id]) for each in found]


def of_service(
    session: Session, process_id: str, *, now: datetime, agency_code: str | None = None
) -> tuple[Service, Statistics]:
    """Return a service with its figures, for all agencies or one.

    Raises NotFound for what is no service, neither of all agencies nor of this one, and for an unknown agency.
    """
    try:
        found = services.service(session, process_id, now=now)
    except NotFound:
        if agency_code is None:
            raise
        found = services.service(session, process_id, now=now, agency_code=agency_code)
    return found, of_process(session, process_id, unit_of(found.manifest), agency_code=agency_code)


def unit_of(manifest: Manifest) -> Unit | None:
    """Return the unit of the term within which the service is given; None: the standard names none."""
    rule = manifest.terms.get(manifest.service.term or "")
    return None if rule is None else rule.unit


def of_process(session: Session, process_id: str, unit: Unit | None, *, agency_code: str | None = None) -> Statistics:
    """Return the figures of a process, for all agencies or one. Raises NotFound for an unknown agency."""
    agency = None if agency_code is None else _agency(session, agency_code)
    as_of = counted_at(session)
    months = [] if as_of is None else _last_months(month_of(as_of))
    query = select(Tally.month, Tally.measure, Tally.unit, Tally.value, func.sum(Tally.count)).where(
        Tally.process_id == process_id, Tally.month.in_(months)
    )
    if agency is not None:
        query = query.where(Tally.agency_id == agency.id)
    by_month: dict[str, _Counts] = {month: _Counts(unit) for month in months}
    total = _Counts(unit)
    for month, *row in session.execute(query.group_by(Tally.month, Tally.measure, Tally.unit, Tally.value)):
        by_month[month].add(*row)
        total.add(*row)
    return Statistics(
        process_id=process_id,
        agency=agency_code,
        agency_name=None if agency is None else agency.name,
        as_of=as_of,
        unit=unit,
        total=total.figures(),
        months=[OfMonth(month, month != months[-1], counts.figures()) for month, counts in by_month.items()],
        agencies=[] if agency is not None else _by_agency(session, process_id, unit, months),
        ratings=total.ratings(),
    )


def totals(session: Session, units: Mapping[str, Unit | None]) -> dict[str, Figures]:
    """Return the figures of several processes over the whole time, by process. ``units`` are those of their laws."""
    as_of = counted_at(session)
    months = [] if as_of is None else _last_months(month_of(as_of))
    found = {process_id: _Counts(unit) for process_id, unit in units.items()}
    query = select(Tally.process_id, Tally.measure, Tally.unit, Tally.value, func.sum(Tally.count)).where(
        Tally.process_id.in_(units), Tally.month.in_(months)
    )
    for process_id, *row in session.execute(query.group_by(Tally.process_id, Tally.measure, Tally.unit, Tally.value)):
        found[process_id].add(*row)
    return {process_id: counts.figures() for process_id, counts in found.items()}


def counted_at(session: Session) -> datetime | None:
    """Return as of when the figures are; None: nothing was counted yet."""
    return session.scalar(select(func.max(TallyMonth.as_of)))


def refresh(session: Session, *, now: datetime) -> list[str]:
    """Count the months that were not counted, or not lately; return them. Costs nothing if there are none."""
    due = due_months(session, now=now)
    for month in due:
        store(session, month, count(session, month), as_of=now)
    return due


def due_months(session: Session, *, now: datetime) -> list[str]:
    """Return the months that are to be counted now, the first one first."""
    first = session.scalar(select(Instance.started_at).order_by(Instance.id).limit(1))
    present = month_of(now)
    rows = session.execute(select(TallyMonth.month, TallyMonth.as_of))
    counted: dict[str, datetime] = {row.month: row.as_of for row in rows}
    months = _months(min(month_of(first or now), present), present)
    return [month for month in months if month not in counted or _is_due(month, counted[month], present, now)]


def count(session: Session, month: str) -> list[dict[str, Any]]:
    """Return the rows of a month's tallies. Reads only."""
    start, end = _bounds(month)
    counted: Counter[tuple[str, UUID, Measure, str, int]] = Counter()
    for process_id, agency_id, number in session.execute(_received(start, end)):
        counted[process_id, agency_id, Measure.RECEIVED, "", 0] += number
    rows = session.execute(_ended(start, end)).all()
    terms = _service_terms(session, {row.version_id for row in rows})
    for row in rows:
        if row.name == terms[row.version_id]:
            measure = Measure.LATE if row.is_late else Measure.KEPT
            counted[row.process_id, row.agency_id, measure, row.unit, row.used] += row.number
    for process_id, agency_id, score, number in session.execute(_rated(start, end)):
        counted[process_id, agency_id, Measure.RATED, "", score] += number
    names = ("process_id", "agency_id", "measure", "unit", "value")
    return [{**dict(zip(names, key, strict=True)), "month": month, "count": number} for key, number in counted.items()]


def store(session: Session, month: str, rows: Sequence[Mapping[str, Any]], *, as_of: datetime) -> None:
    """Put the tallies of a month in place of those that were there."""
    take_turns(session, "statistics")
    session.execute(delete(Tally).where(Tally.month == month))
    if rows:
        session.execute(insert(Tally), rows)
    session.merge(TallyMonth(month=month, as_of=as_of))
    session.flush()


def told(number: int) -> int | None:
    """Return a count as it may be told: rounded to the nearest 5; None for 1 to 4."""
    if number == 0:
        return 0
    return None if number < ROUNDED_TO else ROUNDED_TO * ((2 * number + ROUNDED_TO) // (2 * ROUNDED_TO))


def month_of(moment: datetime) -> str:
    """Return the month of a moment, as 2026-11, where the installation is."""
    return f"{moment.astimezone(settings().time_zone):%Y-%m}"


@dataclass(slots=True)
class _Counts:
    """What tallies add up to; times in other units than the law's of today are counted, but have no median."""

    unit: Unit | None
    received: int = 0
    late: int = 0
    answered: int = 0
    used: Counter[int] = field(default_factory=Counter)
    scores: Counter[int] = field(default_factory=Counter)

    def add(self, measure: Measure, unit: str, value: int, number: int) -> None:
        number = int(number)  # PostgreSQL sums whole numbers to decimals
        if measure is Measure.RECEIVED:
            self.received += number
        elif measure is Measure.RATED:
            self.scores[value] += number
        else:
            self.answered += number
            self.late += number if measure is Measure.LATE else 0
            if unit == self.unit:
                self.used[value] += number

    def figures(self) -> Figures:
        return Figures(told(self.received), told(self.answered), told(self.late), _median(self.used))

    def ratings(self) -> Ratings:
        number = self.scores.total()
        average = sum(score * of for score, of in self.scores.items()) / number if number >= LEAST_FOR_MEDIAN else None
        rounded = None if average is None else round(average, 1)
        return Ratings(told(number), rounded, {score: told(self.scores[score]) for score in (4, 3, 2, 1)})


def _median(values: Counter[int]) -> float | None:
    number = values.total()
    if number < LEAST_FOR_MEDIAN:
        return None
    wanted, passed = ((number + 1) // 2, (number + 2) // 2), 0
    middle: list[int] = []
    for value in sorted(values):
        passed += values[value]
        while len(middle) < len(wanted) and wanted[len(middle)] <= passed:
            middle.append(value)
    return sum(middle) / 2


def _by_agency(session: Session, process_id: str, unit: Unit | None, months: Iterable[str]) -> list[OfAgency]:
    query = (
        select(Agency.code, Agency.name, Tally.measure, Tally.unit, Tally.value, func.sum(Tally.count))
        .join(Agency, Agency.id == Tally.agency_id)
        .where(Tally.process_id == process_id, Tally.month.in_(months))
        .group_by(Agency.code, Agency.name, Tally.measure, Tally.unit, Tally.value)
    )
    found: dict[tuple[str, str], _Counts] = {}
    for code, name, *row in session.execute(query):
        found.setdefault((name, code), _Counts(unit)).add(*row)
    return [OfAgency(code, name, counts.figures()) for (name, code), counts in sorted(found.items(), key=_by_name)]


def _by_name(item: tuple[tuple[str, str], Any]) -> tuple[str, str]:
    return item[0]


def _agency(session: Session, code: str) -> Agency:
    found = session.scalars(select(Agency).where(Agency.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"Expected an agency, but there is none called {code[:100]}")
    return found


def _received(start: datetime, end: datetime) -> Any:
    # Ids begin with the moment of the start: their index serves.
    return (
        select(Instance.process_id, Instance.agency_id, func.count())
        .where(Instance.id >= _first_id(start), Instance.id < _first_id(end))
        .group_by(Instance.process_id, Instance.agency_id)
    )


def _ended(start: datetime, end: datetime) -> Any:
    """Return the question for the last runs of terms that ended in a month, but not because the case was cancelled."""
    later = aliased(Term)
    started_again = (
        select(later.id)
        .where(later.instance_id == Term.instance_id, later.name == Term.name, later.run > Term.run)
        .exists()
    )
    is_late = (Term.ended_at >= Term.due_at).label("is_late")
    kinds = (Instance.version_id, Instance.process_id, Term.agency_id, Term.name, Term.unit, is_late, Term.used)
    return (
        select(*kinds, func.count().label("number"))
        .join(Instance, Instance.id == Term.instance_id)
        .where(
            and_(_IS_ENDED, Term.ended_at >= start, Term.ended_at < end),
            Term.used.is_not(None),
            Instance.status != InstanceStatus.CANCELLED,
            ~started_again,
        )
        .group_by(*kinds[:5], literal_column("is_late"), Term.used)
    )


def _rated(start: datetime, end: datetime) -> Any:
    return (
        select(Instance.process_id, Instance.agency_id, Rating.score, func.count())
        .join(Instance, Instance.id == Rating.instance_id)
        .where(Rating.at >= start, Rating.at < end)
        .group_by(Instance.process_id, Instance.agency_id, Rating.score)
    )


def _service_terms(session: Session, version_ids: Iterable[UUID]) -> dict[UUID, str | None]:
    """Return the term within which the service is given, by version; None: the version names none."""
    query = select(Version.id, Version.manifest).where(Version.id.in_(version_ids))
    return {row.id: manifest_of(row.manifest).service.term for row in session.execute(query)}


def _is_due(month: str, as_of: datetime, present: str, now: datetime) -> bool:
    if as_of >= _bounds(month)[1] + _SETTLED:
        return False
    return now - as_of >= (EVERY if month == present or as_of < _bounds(month)[1] else _EVERY_FOR_PAST)


def _bounds(month: str) -> tuple[datetime, datetime]:
    """Return the moments between which a month lies where the installation is."""
    year, number = (int(part) for part in month.split("-"))
    zone = settings().time_zone
    return datetime(year, number, 1, tzinfo=zone), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone)


def _months(first: str, last: str) -> list[str]:
    start, end = _number(first), _number(last)
    return [f"{one // 12}-{one % 12 + 1:02}" for one in range(start, end + 1)]


def _last_months(last: str) -> list[str]:
    number = _number(last) - MONTHS
    return _months(f"{number // 12}-{number % 12 + 1:02}", last)


def _number(month: str) -> int:
    year, number = (int(part) for part in month.split("-"))
    return year * 12 + number - 1


def _first_id(moment: datetime) -> UUID:
    """Return the lowest id of version 7 that can be made at a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
