"""What the desk tells beside the tasks themselves: days left, clocks that stand, who may do what, where a case is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from engine import accounts, calendars, instances, tasks, terms
from engine.errors import NotAllowed, NotFound
from engine.models import Instance, Task

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'
TEXT = {"id": "Jawaban", "en": "Answer"}
LAW = {"basis": "law", "article": "1", "status": "confirmed"}
ROLES = {
    "officer": {"title": TEXT, "kind": "office"},
    "applicant": {"title": TEXT, "kind": "applicant"},
}
ANSWER = {
    "title": TEXT,
    "amount": 10,
    "unit": "working_days",
    "starts": {"entered": "check"},
    "ends": {"completed": "decide"},
    "stops": ["complete"],
    "silence": "none",
    "law": LAW,
}


@pytest.fixture
def case(world, user_task):
    """A case with a term that stands while the applicant completes the request; the officer's check comes first."""
    steps = (BEGIN, user_task("check"), user_task("complete", "applicant"), user_task("decide"), END)
    world.deploy(*steps, roles=ROLES, terms={"answer": ANSWER})
    return world.start()


def due_of(world, task_id, now=None):
    with world.sessions() as session:
        task = session.get_one(Task, task_id)
        return tasks.dues(session, [task], agency_id=world.agency, now=now or world.now)[task_id]


@pytest.mark.parametrize(
    ("moment", "days", "is_late", "is_soon"),
    [
        ("2026-03-02T02:00", 4, False, False),
        ("2026-03-05T02:00", 1, False, True),
        ("2026-03-06T16:59", 0, False, True),
        ("2026-03-06T17:00", 0, True, False),
        ("2026-03-09T02:00", 1, True, False),
    ],
)
def test_days_left_are_working_days_and_today_is_not_counted(moment, days, is_late, is_soon):
    calendar = calendars.Calendar(ZoneInfo("Asia/Jakarta"))
    friday_midnight = datetime(2026, 3, 6, 17, tzinfo=UTC)

    found = terms.remaining(calendar, friday_midnight, now=datetime.fromisoformat(moment).replace(tzinfo=UTC))

    assert (found.last_day, found.days, found.is_late, found.is_soon) == (date(2026, 3, 6), days, is_late, is_soon)


def test_a_task_says_how_many_working_days_the_law_leaves(world, case):
    assert due_of(world, case.tasks[0]).left.days == 10


def test_a_task_says_why_its_clock_stands(world, case):
    moved = world.complete(case.tasks[0])

    found = due_of(world, moved.tasks[0], now=world.now + timedelta(days=1))

    assert found.left is None
    assert [(stop.title, stop.since, stop.steps) for stop in found.stops] == [(TEXT, world.now, ("complete",))]


def test_who_has_a_task_gives_it_to_a_colleague_who_could_take_it_and_to_nobody_else(world, case):
    with world.sessions.begin() as session:
        for name, role in (("budi", "officer"), ("clara", "clerk")):
            accounts.create_user(
                session, name, name.title(), "a long password", agency_id=None, actor="t", now=world.now
            )
            accounts.grant(session, name, world.agency, [role], actor="t", now=world.now)
    (task,) = case.tasks
    options = {"actor": world.siti, "now": world.now}
    with world.sessions.begin() as session:
        with pytest.raises(NotAllowed):
            tasks.assign(session, task, "budi", **options)
        tasks.claim(session, task, **options)
        with pytest.raises(NotFound):
            tasks.assign(session, task, "clara", **options)

        assert [taker.name for taker in tasks.takers(session, [session.get_one(Task, task)], now=world.now)] == ["budi"]
        assert tasks.assign(session, task, "budi", **options).assignee == "budi"


def test_a_page_offers_what_one_may_do(world, case):
    def offered(actor):
        with world.sessions() as session:
            may = tasks.possible(session, session.get_one(Task, case.tasks[0]), actor)
            return [name for name in ("claim", "fill", "release", "assign") if getattr(may, name)]

    assert [offered(world.siti), offered(world.heni), offered(world.stranger)] == [["claim"], ["assign"], []]
    with world.sessions.begin() as session:
        tasks.claim(session, case.tasks[0], actor=world.siti, now=world.now)
    assert [offered(world.siti), offered(world.budi)] == [["fill", "release", "assign"], []]


def test_a_case_tells_what_it_passed_and_where_it_is(world, case):
    world.complete(case.tasks[0])

    with world.sessions() as session:
        found = instances.position(session, session.scalars(select(Instance)).one())

    assert [(step.step, step.actor) for step in found.passed] == [("begin", "siti"), ("check", "budi")]
    assert "begin_to_check" in found.flows
    assert [wait.step for wait in found.open] == ["complete"]


def test_nobody_gives_a_task_to_who_did_what_must_be_anothers(world, user_task):
    roles = {
        "officer": {"title": TEXT, "kind": "office"},
        "approver": {"title": TEXT, "kind": "office", "not_same_as": ["officer"]},
    }
    lanes = (
        '+<laneSet id="lanes"><lane id="officer"><flowNodeRef>check</flowNodeRef></lane>'
        '<lane id="approver"><flowNodeRef>approve</flowNodeRef></lane></laneSet>'
    )
    world.deploy(lanes, BEGIN, user_task("check", "officer"), user_task("approve", "approver"), END, roles=roles)
    moved = world.complete(world.start().tasks[0])
    with world.sessions.begin() as session:
        accounts.create_user(session, "budi", "Budi", "a long password", agency_id=None, actor="t", now=world.now)
        accounts.grant(session, "budi", world.agency, ["approver"], actor="t", now=world.now)

        with pytest.raises(NotAllowed) as refused:
            tasks.assign(session, moved.tasks[0], "budi", actor=world.heni, now=world.now)

    assert refused.value.facts == {"because": "not_same_as", "step": "check"}


def test_many_tasks_are_given_only_to_who_could_take_each(world, case):
    with world.sessions.begin() as session:
        accounts.create_user(session, "clara", "Clara", "a long password", agency_id=None, actor="t", now=world.now)
        accounts.grant(session, "clara", world.agency, ["clerk"], actor="t", now=world.now)
        options = {"actor": world.heni, "now": world.now}

        with pytest.raises(NotFound):
            tasks.assign(session, case.tasks[0], "clara", **options, only_takers=True)

        assert tasks.assign(session, case.tasks[0], "clara", **options).assignee == "clara"
