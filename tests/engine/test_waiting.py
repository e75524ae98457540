"""Cases that wait for others: which these are, whose list shows them, and what it says of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from engine import instances, jobs, tasks
from engine.access import SYSTEM
from engine.database import Page
from engine.errors import NotAllowed
from engine.models import Instance, JobKind, Task
from engine.tasks import Awaited, WaitingFilters
from engine.tasks.waiting import listing

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'
TEXT = {"id": "Jawaban", "en": "Answer"}
ROLES = {
    "officer": {"title": TEXT, "kind": "office"},
    "clerk": {"title": TEXT, "kind": "office"},
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
    "law": {"basis": "law", "article": "1", "status": "confirmed"},
}


@pytest.fixture
def asked(world, user_task):
    """Starts a case in which the officer's check is done, so that the applicant is asked; returns its id."""
    steps = (BEGIN, user_task("check"), user_task("complete", "applicant"), user_task("decide"), END)
    world.deploy(*steps, roles=ROLES, terms={"answer": ANSWER})

    def start(**more):
        begun = world.start(**more)
        world.complete(begun.tasks[0])
        return begun.instance_id

    return start


@pytest.fixture
def listed(world):
    """Returns the cases on a list of siti's, page by page."""

    def act(viewer=None, limit=50, **filters):
        found, page = [], Page(limit)
        while True:
            with world.sessions() as session:
                part = tasks.waiting_cases(
                    session, viewer or world.siti, WaitingFilters(**filters), page, now=world.now
                )
            found += part.items
            if part.next is None:
                return found
            page = Page(limit, part.next)

    return act


def ids(found):
    return [each.instance.id for each in found]


def kinds(found):
    return [(reason.kind, reason.step) for reason in found.reasons]


def test_a_case_waits_for_the_applicant_and_says_why_the_clock_stands(world, asked, listed):
    case = asked()

    (found,) = listed()

    assert (found.instance.id, found.since, kinds(found)) == (case, world.now, [(Awaited.APPLICANT, "complete")])
    assert found.due.left is None
    assert [(stop.title, stop.since, stop.steps) for stop in found.due.stops] == [(TEXT, world.now, ("complete",))]


def test_a_case_with_something_to_do_for_its_own_people_waits_for_nobody(world, asked, listed):
    case = asked()
    with world.sessions() as session:
        task = session.scalars(select(Task.id).where(Task.instance_id == case, Task.step == "complete")).one()
    assert ids(listed()) == [case]

    world.complete(task, actor=replace(world.siti, roles=frozenset({"applicant"})))

    assert listed() == []
    with world.sessions() as session:
        assert session.get_one(Instance, case).waiting_since is None


def test_a_case_waits_no_longer_when_it_has_ended(world, asked, listed):
    case = asked()
    with world.sessions.begin() as session:
        instances.cancel(session, case, actor=world.heni, now=world.now, reason="twice")

    assert listed() == []


CALLS = {"registry.lookup": {"title": TEXT, "connector": "http"}}


def test_a_case_waits_for_a_service_and_then_for_an_operator(world, user_task, service_task, listed):
    world.deploy(BEGIN, service_task("ask"), user_task("check"), END, roles=ROLES, calls=CALLS)
    case = world.start().instance_id

    (found,) = listed()

    assert (found.instance.id, kinds(found)) == (case, [(Awaited.SERVICE, "ask")])
    assert found.due.left is None
    (job,) = world.claim(JobKind.CALL)
    with world.sessions.begin() as session:
        jobs.fail(session, job.id, job.fence, "no answer", actor=SYSTEM, now=world.now, attempts_left=0)
    assert kinds(listed()[0]) == [(Awaited.OPERATOR, "ask")]


def test_a_task_beside_a_service_keeps_the_case_on_the_desk(world, user_task, service_task, listed):
    beside = (
        f"+{service_task('ask')}"
        '<sequenceFlow id="to_ask" sourceRef="begin" targetRef="ask"/><endEvent id="answered"/>'
        '<sequenceFlow id="from_ask" sourceRef="ask" targetRef="answered"/>'
    )
    world.deploy(BEGIN, user_task("check"), beside, END, roles=ROLES, calls=CALLS)
    begun = world.start()
    assert listed() == []

    world.complete(begun.tasks[0])

    assert kinds(listed()[0]) == [(Awaited.SERVICE, "ask")]


def test_a_task_that_is_still_open_keeps_the_case_on_the_desk(world, user_task, service_task, listed):
    beside = (
        f"+{user_task('look')}"
        '<sequenceFlow id="to_look" sourceRef="begin" targetRef="look"/><endEvent id="looked"/>'
        '<sequenceFlow id="from_look" sourceRef="look" targetRef="looked"/>'
    )
    world.deploy(BEGIN, user_task("check"), beside, user_task("complete", "applicant"), END, roles=ROLES)
    begun = world.start()
    with world.sessions() as session:
        steps = {session.get_one(Task, task).step: task for task in begun.tasks}

    world.complete(steps["check"])
    assert listed() == []
    world.complete(steps["look"])

    assert kinds(listed()[0]) == [(Awaited.APPLICANT, "complete")]


def test_a_case_waits_for_another_agency(world, user_task, listed):
    elsewhere = user_task("advise", "=&quot;JABAR:officer&quot;")
    world.deploy(BEGIN, user_task("check"), elsewhere, END, roles=ROLES)
    begun = world.start()
    world.complete(begun.tasks[0])

    (found,) = listed()

    assert kinds(found) == [(Awaited.AGENCY, "advise")]
    assert found.reasons[0].agency
    assert listed(world.stranger) == []


def test_a_case_waits_for_its_time(world, user_task, listed):
    timer = (
        '<intermediateCatchEvent id="pause"><timerEventDefinition><timeDuration>P3D</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>"
    )
    world.deploy(BEGIN, user_task("check"), timer, user_task("decide"), END, roles=ROLES)
    begun = world.start()
    world.complete(begun.tasks[0])

    (found,) = listed()

    assert [(each.kind, each.step, each.until) for each in found.reasons] == [
        (Awaited.TIME, "pause", world.now + timedelta(days=3))
    ]
    assert world.claim(JobKind.TIMER, now=world.now) == []


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_those_that_wait_longest_stand_at_the_top_and_pages_miss_none(world, asked, listed, user_task, limit):
    world.deploy(BEGIN, user_task("other", "applicant"), END, roles=ROLES, process_id="filing")
    cases = [asked(now=world.now - timedelta(hours=1)), world.start(process_id="filing").instance_id, asked()]
    with world.sessions.begin() as session:
        for hour, case in enumerate(cases):
            session.get_one(Instance, case).waiting_since = world.now + timedelta(hours=hour)

    assert ids(listed(limit=limit)) == cases


def test_lists_are_narrowed_to_own_cases_processes_roles_and_words(world, asked, listed):
    first, second = asked(business_key="Surat-1"), asked(business_key="Surat-2")

    assert set(ids(listed())) == {first, second}
    assert ids(listed(text="surat-2")) == [second]
    assert listed(text="surat_2") == []
    assert listed(process_id="filing") == []
    assert listed(mine=True) == []
    assert set(ids(listed(world.budi, mine=True))) == {first, second}
    assert set(ids(listed(role="officer"))) == {first, second}


def test_only_who_has_a_role_in_the_process_sees_its_cases_and_heads_see_all(world, asked, listed):
    asked()
    stamper = replace(world.siti, name="rudi", roles=frozenset({"stamper"}))

    assert listed(stamper) == []
    assert listed(world.stranger) == []
    assert len(listed(world.heni, everything=True)) == 1
    with pytest.raises(NotAllowed):
        listed(everything=True)
    with pytest.raises(NotAllowed):
        listed(role="stamper")


def test_the_count_is_that_of_the_list(world, asked):
    asked(), asked()

    with world.sessions() as session:
        assert [tasks.count_waiting(session, world.siti, WaitingFilters(), most=most) for most in (5, 2, 1)] == [
            2,
            2,
            2,
        ]
        assert tasks.count_waiting(session, world.siti, WaitingFilters(), most=0) == 1
        assert tasks.count_waiting(session, replace(world.siti, roles=frozenset()), WaitingFilters(), most=5) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 1000),
        ({"process_id": "permit"}, 1000),
        ({"role": "officer"}, 1000),
        ({"mine": True}, 1),
        ({"text": "nowhere"}, 0),
        ({"text": "copy-99 surat"}, 1000),
        ({"mine": True, "text": "nowhere"}, 0),
    ],
)
def test_a_hundred_thousand_cases_are_counted_from_the_index(world, asked, filters, count):
    _copies(world, asked(business_key="Surat-1"), 100_000)
    sent = []
    with world.sessions() as session:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", lambda *about: sent.append(about[2:4]))
        found = tasks.count_waiting(session, world.budi, WaitingFilters(**filters), most=999)
        statement, values = sent[-1]
        plan = [row[0] for row in session.connection().exec_driver_sql(f"EXPLAIN ANALYZE {statement}", values)]

    assert found == count
    assert "Seq Scan on instances" not in "".join(plan), plan
    assert any("Index" in line and " on instances" in line for line in plan), plan


def _copies(world, case, count):
    """Add cases that wait like one, of which nobody has done a task."""
    own = {"id": "gen_random_uuid()", "receipt": "'C-' || number", "search": "'copy-' || number || ' surat'"}
    names = [column.name for column in Instance.__table__.columns]
    chosen = ", ".join(own.get(name, f"pattern.{name}") for name in names)
    with world.sessions.begin() as session:
        session.execute(
            text(
                f"INSERT INTO instances ({', '.join(names)}) SELECT {chosen} "
                "FROM instances AS pattern, generate_series(1, :count) AS number WHERE pattern.id = :case"
            ),
            {"count": count, "case": case},
        )
    with world.sessions() as session, session.get_bind().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE instances"))


def test_the_top_of_the_list_is_read_from_the_index(world, asked):
    asked()
    with world.sessions() as session:
        engine = session.get_bind()
        made = listing(world.agency, ["permit", "filing"], [], Page(50))
        statement = made.compile(engine, compile_kwargs={"literal_binds": True})
        if engine.dialect.name == "sqlite":
            plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {statement}"))]
        else:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = [row[0] for row in session.execute(text(f"EXPLAIN {statement}"))]

    assert sum("ix_instances_waiting" in line for line in plan) == 2, plan
