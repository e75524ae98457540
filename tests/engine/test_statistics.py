"""Public statistics: counted from real cases month by month, told so that nobody can be recognised."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from engine import accounts, calendars, definitions, instances, statistics, tasks, tracking
from engine.access import SYSTEM
from engine.archives import write_zip
from engine.cli.templates import template
from engine.database import Sessions
from engine.errors import NotFound
from engine.manifest import Unit
from engine.models import Instance, Measure, Rating, Tally, TallyMonth, Task, TaskStatus, Term
from engine.packages import read_package
from engine.statistics import EVERY, Figures

NOW = datetime(2026, 4, 6, 3, tzinfo=UTC)  # Monday morning in Jakarta; terms of five working days end on 13 April
DATA = {"applicant": {"name": "Siti", "nik": "3273014107900001"}, "subject": "Data"}
DAY = timedelta(days=1)
DAYS = Unit.WORKING_DAYS


@pytest.fixture
def agencies(sessions: Sessions) -> tuple[UUID, UUID]:
    """Two agencies that offer a service with a term of five working days."""
    files = template("data_request")
    files["process.yaml"] += b"\nservice: {term: decision}\n"
    with sessions.begin() as session:
        made = [
            accounts.create_agency(session, code, code.title(), actor="t", now=NOW).id for code in ("PUSAT", "LAIN")
        ]
        calendars.seed(session, [2026], actor="system", now=NOW)
        version = definitions.deploy(session, read_package(write_zip(files)), actor=SYSTEM, now=NOW)
        definitions.approve(session, version.id, actor=SYSTEM, now=NOW)
    return made[0], made[1]


@pytest.fixture
def case_of(sessions: Sessions) -> Callable[..., UUID]:
    """Starts a case of an agency at NOW; ``took`` (None: it goes on) is when it is decided, ``score`` its rating."""

    def make(agency_id: UUID, took: timedelta | None = None, *, score: int | None = None) -> UUID:
        with sessions.begin() as session:
            case = instances.start(session, "data_request", DATA, agency_id=agency_id, actor=SYSTEM, now=NOW)
            if took is not None:
                open_task = select(Task.id).where(
                    Task.instance_id == case.instance_id, Task.status == TaskStatus.OPEN, Task.step == "decide"
                )
                task_id = session.scalars(open_task).one()
                tasks.complete(session, task_id, {"decision": "granted"}, actor=SYSTEM, now=NOW + took)
            if score is not None:
                found = session.get_one(Instance, case.instance_id, populate_existing=True)
                tracking.rate(session, found, score, None, now=NOW + (took or DAY))
            return case.instance_id

    return make


def counted(sessions: Sessions, at: datetime, *, agency: str | None = None) -> statistics.Statistics:
    with sessions.begin() as session:
        statistics.refresh(session, now=at)
        return statistics.of_process(session, "data_request", DAYS, agency_code=agency)


def test_cases_are_counted_with_their_time_in_the_laws_unit(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    for took in (*[2 * DAY] * 7, *[3 * DAY] * 4, *[9 * DAY] * 6):
        case_of(agencies[0], took)
    for _ in range(6):
        case_of(agencies[1])

    found = counted(sessions, NOW + 20 * DAY)

    # 23 came, 17 were answered, 6 of them late; the ninth of 17 took three working days.
    assert found.total == Figures(25, 15, 5, 3.0)
    assert found.total.late_share == pytest.approx(1 / 3)
    assert [(one.code, one.figures.received, one.figures.answered) for one in found.agencies] == [
        ("LAIN", 5, 0),
        ("PUSAT", 15, 15),
    ]
    assert (found.as_of, found.unit) == (NOW + 20 * DAY, DAYS)
    assert [(one.month, one.is_over, one.figures.received) for one in found.months][-2:] == [
        ("2026-03", True, 0),
        ("2026-04", False, 25),
    ]
    assert len(found.months) == statistics.MONTHS + 1


def test_one_agency_is_told_alone_and_an_unknown_one_is_not_found(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    for _ in range(6):
        case_of(agencies[1])

    assert counted(sessions, NOW + DAY, agency="LAIN").total.received == 5
    assert counted(sessions, NOW + DAY, agency="PUSAT").total.received == 0
    with sessions() as session, pytest.raises(NotFound):
        statistics.of_process(session, "data_request", DAYS, agency_code="NEMO")


def test_few_cases_are_not_told_neither_by_themselves_nor_by_what_is_left_of_a_total(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    for took in (*[2 * DAY] * 6, *[9 * DAY] * 3):
        case_of(agencies[0], took, score=1)
    case_of(agencies[1], 2 * DAY)

    found = counted(sessions, NOW + 20 * DAY)

    # 10 came, 9 here and 1 there: neither 1 nor 10 - 9 can be read. Nine are too few for a median and an average.
    assert found.total == Figures(10, 10, None, 2.0)
    assert [one.figures for one in found.agencies] == [Figures(None, None, 0, None), Figures(10, 10, None, None)]
    assert found.total.late_share is None
    assert (found.ratings.count, found.ratings.average) == (10, None)


@pytest.mark.parametrize(
    ("number", "told"), [(0, 0), (1, None), (4, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (100_002, 100_000)]
)
def test_counts_are_told_to_the_nearest_five_and_few_not_at_all(number: int, told: int | None) -> None:
    assert statistics.told(number) == told


def test_ratings_have_an_average_from_ten_on(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    for score in (4, 4, 4, 4, 4, 4, 4, 3, 3, 1):
        case_of(agencies[0], DAY, score=score)

    found = counted(sessions, NOW + 2 * DAY).ratings

    assert (found.count, found.average, dict(found.scores)) == (10, 3.5, {4: 5, 3: None, 2: 0, 1: None})


def test_a_cancelled_case_was_received_and_not_answered(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    for _ in range(5):
        case = case_of(agencies[0])
        with sessions.begin() as session:
            instances.cancel(session, case, reason="Withdrawn", actor=SYSTEM, now=NOW + DAY)

    assert counted(sessions, NOW + 2 * DAY).total == Figures(5, 0, 0, None)


def test_nothing_is_counted_twice_and_what_is_fresh_not_again(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    for _ in range(5):
        case_of(agencies[0])
    with sessions.begin() as session:
        assert statistics.refresh(session, now=NOW + DAY) == ["2026-04"]
        assert statistics.refresh(session, now=NOW + DAY + EVERY / 2) == []
    for _ in range(5):
        case_of(agencies[0])

    assert counted(sessions, NOW + DAY + EVERY / 2).total.received == 5
    assert counted(sessions, NOW + DAY + EVERY).total.received == 10


def test_a_month_is_settled_some_time_after_its_end_and_its_figures_outlive_the_cases(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    cases = [case_of(agencies[0], DAY, score=4) for _ in range(5)]
    june = datetime(2026, 6, 20, tzinfo=UTC)
    before = counted(sessions, june).total
    with sessions.begin() as session:
        session.execute(delete(Rating))
        session.execute(delete(Instance).where(Instance.id.in_(cases)))

    assert counted(sessions, june + 40 * DAY).total == before == Figures(5, 5, 0, None)


def test_a_term_that_started_again_counts_once_by_its_last_run(
    sessions: Sessions, agencies: tuple[UUID, UUID], case_of: Callable[..., UUID]
) -> None:
    for _ in range(5):
        case_of(agencies[0], DAY)
    with sessions.begin() as session:
        rows = session.execute(select(Term.__table__)).mappings().all()
        session.execute(insert(Term), [{**row, "id": uuid4(), "run": 2} for row in rows])
        session.execute(update(Term).where(Term.run == 2).values(used=3))

    found = counted(sessions, NOW + 2 * DAY).total

    assert found.answered == 5


def test_before_anything_was_counted_there_is_no_as_of(sessions: Sessions, agencies: tuple[UUID, UUID]) -> None:
    with sessions() as session:
        found = statistics.of_process(session, "data_request", DAYS)

    assert (found.as_of, found.months, found.total) == (None, [], Figures(0, 0, 0, None))


def test_the_totals_of_several_processes_come_at_once(sessions: Sessions, agencies: tuple[UUID, UUID]) -> None:
    rows = [
        {
            "process_id": process,
            "month": "2026-04",
            "agency_id": agency,
            "measure": measure,
            "unit": unit,
            "value": days,
        }
        for process in ("one", "two")
        for agency in agencies
        for measure, unit, days in ((Measure.RECEIVED, "", 0), (Measure.KEPT, DAYS, 4), (Measure.LATE, DAYS, 8))
    ]
    with sessions.begin() as session:
        session.execute(insert(Tally), [{**row, "count": 20} for row in rows])
        session.add(TallyMonth(month="2026-04", as_of=NOW))
        found = statistics.totals(session, {"one": DAYS, "two": Unit.CALENDAR_DAYS, "three": None})

    assert found == {
        "one": Figures(40, 80, 40, 6.0),
        "two": Figures(40, 80, 40, None),  # the law changed its unit: those days say nothing of these
        "three": Figures(0, 0, 0, None),
    }
