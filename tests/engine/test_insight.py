"""What the heads of an agency ask, counted from a handful of cases with known times, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import accounts, calendars, definitions, durations, insight, instances, tasks
from engine.access import SYSTEM, Actor, ActorKind, OwnRole
from engine.archives import write_zip
from engine.cli.templates import template
from engine.database import Page, Sessions
from engine.errors import NotAllowed
from engine.insight import Behind, Compliance, Loads, Month, Narrowed
from engine.models import Task, TaskStatus
from engine.packages import read_package

NOW = datetime(2026, 4, 6, 3, tzinfo=UTC)  # Monday morning in Jakarta; terms of five working days end on 13 April
DATA = {"applicant": {"name": "Siti", "nik": "3273014107900001"}, "subject": "Data"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + 9 * DAY


@pytest.fixture
def head(sessions: Sessions) -> Actor:
    """The head of an agency that decided two requests in time and one late, and has two open, one of them overdue."""
    with sessions.begin() as session:
        agency = accounts.create_agency(session, "PUSAT", "Pusat", actor="t", now=NOW)
        accounts.create_agency(session, "LAIN", "Lain", actor="t", now=NOW)
        calendars.seed(session, [2026], actor="system", now=NOW)
        version = definitions.deploy(session, read_package(write_zip(template("data_request"))), actor=SYSTEM, now=NOW)
        definitions.approve(session, version.id, actor=SYSTEM, now=NOW)
    for took in (2 * HOUR, 4 * HOUR, 8 * DAY, None):
        case = start(sessions, agency.id, NOW)
        if took is not None:
            decide(sessions, case, NOW + took)
    start(sessions, agency.id, NOW + 8 * DAY)
    return Actor("hd", ActorKind.USER, agency.id, frozenset({OwnRole.HEAD}))


def start(sessions: Sessions, agency_id: UUID, at: datetime) -> UUID:
    with sessions.begin() as session:
        return instances.start(session, "data_request", DATA, agency_id=agency_id, actor=SYSTEM, now=at).instance_id


def decide(sessions: Sessions, case: UUID, at: datetime) -> None:
    with sessions.begin() as session:
        task = select(Task.id).where(Task.instance_id == case, Task.status == TaskStatus.OPEN, Task.step == "decide")
        tasks.complete(session, session.scalars(task).one(), {"decision": "granted"}, actor=SYSTEM, now=at)


def test_workload_and_running_terms_tell_what_is_late(sessions: Sessions, head: Actor) -> None:
    with sessions() as session:
        loads = insight.loads(session, head, now=LATER)
        (standing,) = insight.standing(session, head, now=LATER)

    (role,), (person,) = loads.roles, loads.people
    assert (role.key, role.open, role.free, role.overdue) == ("officer", 2, 2, 1)
    assert (person.key, person.open, person.overdue) == (None, 2, 1)
    assert (standing.process_id, standing.running, standing.overdue, standing.stopped) == ("data_request", 2, 1, 0)


def test_the_time_of_a_step_is_its_median_with_what_waits_in_it_now(sessions: Sessions, head: Actor) -> None:
    with sessions() as session:
        (decided,) = durations.durations(session, head, "data_request", since=NOW, now=LATER)
        (recent,) = durations.durations(session, head, "data_request", since=NOW + DAY, now=LATER)

    assert (decided.step, decided.done, decided.waiting, decided.overdue) == ("decide", 3, 2, 1)
    assert decided.median == pytest.approx(4)
    assert decided.slow == pytest.approx(8 * 24)
    assert (recent.done, recent.median) == (1, pytest.approx(8 * 24))


def test_terms_are_kept_or_late_by_process_and_for_the_platform_by_agency(sessions: Sessions, head: Actor) -> None:
    platform = replace(head, roles=frozenset({OwnRole.PLATFORM}))
    with sessions() as session:
        assert insight.compliance(session, head, since=NOW) == [Compliance("data_request", "decision", 3, 1)]
        assert insight.compliance_of_agencies(session, platform, since=NOW) == [Compliance("PUSAT", "decision", 3, 1)]


def test_the_trend_counts_by_the_agencys_own_months(sessions: Sessions, head: Actor) -> None:
    with sessions.begin() as session:
        agency = accounts.agency(session, "PUSAT").id
    start(sessions, agency, datetime(2026, 4, 30, 18, tzinfo=UTC))  # 1 May in Jakarta
    may = datetime(2026, 5, 2, tzinfo=UTC)
    with sessions() as session:
        months = insight.trend(session, head, months=3, now=may, offset=7 * HOUR)

    assert months == [Month("2026-03", 0, 0, 0, 0), Month("2026-04", 5, 3, 3, 1), Month("2026-05", 1, 0, 0, 0)]


def test_each_number_leads_to_its_cases(sessions: Sessions, head: Actor) -> None:
    with sessions() as session:

        def behind(what: Behind, **narrowed: object) -> int:
            asked = Narrowed(**narrowed)  # type: ignore[arg-type]
            return len(insight.cases(session, head, what, asked, Page(), now=LATER).items)

        assert behind(Behind.OVERDUE) == behind(Behind.OVERDUE, process_id="data_request") == 1
        assert behind(Behind.LATE, term="decision", since=NOW) == 1
        assert behind(Behind.WAITING, role="officer") == behind(Behind.WAITING, step="decide") == 2
        assert behind(Behind.WAITING, late=True) == 1
        assert behind(Behind.STOPPED) == behind(Behind.LATE, since=LATER) == 0
        first = insight.cases(session, head, Behind.WAITING, Narrowed(), Page(1), now=LATER)
        rest = insight.cases(session, head, Behind.WAITING, Narrowed(), Page(1, first.next), now=LATER)
    assert first.items != rest.items
    assert rest.next is None


def test_only_heads_and_auditors_look_and_only_into_their_own_agency(sessions: Sessions, head: Actor) -> None:
    with sessions() as session:
        stranger = replace(head, agency_id=accounts.agency(session, "LAIN").id)
        assert insight.loads(session, stranger, now=LATER) == Loads([], [])
        assert insight.standing(session, stranger, now=LATER) == []
        assert insight.compliance(session, stranger, since=NOW) == []
        assert insight.cases(session, stranger, Behind.WAITING, Narrowed(), Page(), now=LATER).items == []
        for role in ("officer", OwnRole.ADMIN, OwnRole.PLATFORM):
            with pytest.raises(NotAllowed):
                insight.loads(session, replace(head, roles=frozenset({role})), now=LATER)
        with pytest.raises(NotAllowed):
            insight.compliance_of_agencies(session, head, since=NOW)
