"""Lists of open tasks: whose they are, in which order, and where they go on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from engine import instances, tasks
from engine.database import Page
from engine.errors import Invalid, NotAllowed
from engine.models import NO_DUE_TIME, Task, TaskCandidate, TaskStatus
from engine.tasks import Counts, Filters, lists

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'
TEXT = {"id": "x", "en": "x"}
ROLES = {role: {"title": TEXT, "kind": "office"} for role in ("officer", "head", "clerk")}


@pytest.fixture
def piles(world, user_task):
    """Five open tasks: of officers and clerks by turns, due in turn, the last without a due time. Returns their ids."""
    world.deploy(BEGIN, user_task("check", "officer"), END, roles=ROLES)
    world.deploy(BEGIN, user_task("file", "clerk,officer"), END, roles=ROLES, process_id="filing")
    made = []
    for number, process in enumerate(("permit", "filing", "permit", "filing", "permit")):
        moved = world.start(business_key=f"Nomor-{number}", process_id=process)
        due = NO_DUE_TIME if number == 4 else world.now + timedelta(days=number)
        with world.sessions.begin() as session:
            session.execute(update(Task).where(Task.id == moved.tasks[0]).values(order_at=due, due_at=due))
            session.execute(update(TaskCandidate).where(TaskCandidate.task_id == moved.tasks[0]).values(order_at=due))
        made.append(moved.tasks[0])
    return made


@pytest.fixture
def listed(world):
    """Returns the ids on a list of siti's, page by page."""

    def act(viewer=None, limit=50, **filters):
        found, page = [], Page(limit)
        while True:
            with world.sessions() as session:
                part = tasks.open_tasks(session, viewer or world.siti, Filters(**filters), page)
            found += [task.id for task in part.items]
            if part.next is None:
                return found
            page = Page(limit, part.next)

    return act


@pytest.mark.parametrize("limit", [1, 2, 5, 50])
def test_a_list_begins_with_what_is_due_first_and_misses_nothing_between_pages(piles, listed, limit):
    assert listed(limit=limit) == piles


def test_a_task_on_two_piles_is_listed_once(world, piles, listed):
    both = replace(world.siti, roles=frozenset({"officer", "clerk"}))

    assert listed(both, limit=2) == piles


def test_a_viewer_sees_the_tasks_of_the_own_roles_only(world, piles, listed):
    clerk = replace(world.siti, name="rudi", roles=frozenset({"clerk"}))

    assert listed(clerk) == [piles[1], piles[3]]
    assert listed(world.heni) == []
    assert listed(world.stranger) == []


def test_a_completed_task_is_gone_from_the_next_answer(world, piles, listed):
    world.complete(piles[0])

    assert listed() == piles[1:]


def test_mine_are_those_that_i_have_and_unassigned_those_that_nobody_has(world, piles, listed):
    with world.sessions.begin() as session:
        tasks.claim(session, piles[2], actor=world.siti, now=world.now)
        tasks.claim(session, piles[3], actor=world.budi, now=world.now)

    assert listed(mine=True) == [piles[2]]
    assert listed(unassigned=True) == [piles[0], piles[1], piles[4]]
    assert listed() == piles


def test_lists_are_filtered_by_process_role_due_time_and_text(world, piles, listed):
    assert listed(process_id="filing") == [piles[1], piles[3]]
    assert listed(role="officer", limit=3) == piles
    assert listed(due_before=world.now + timedelta(days=2)) == piles[:2]
    assert listed(due_after=world.now + timedelta(days=2)) == piles[2:]
    assert listed(text="nomor-3") == [piles[3]]
    assert listed(text="FILE nomor") == [piles[1], piles[3]]
    assert listed(text="nomor_3") == []
    assert listed(text="100%") == []


def test_mine_and_everything_are_narrowed_to_a_role(world, piles, listed):
    both = replace(world.siti, roles=frozenset({"officer", "clerk"}))
    with world.sessions.begin() as session:
        for task in piles[:2]:
            tasks.claim(session, task, actor=both, now=world.now)

    assert listed(both, mine=True, role="clerk") == [piles[1]]
    assert listed(both, mine=True, role="officer") == piles[:2]
    assert listed(world.heni, everything=True, role="clerk") == [piles[1], piles[3]]


@pytest.mark.parametrize("other", ["unassigned", "everything"])
def test_filters_that_contradict_each_other_are_refused(world, piles, listed, other):
    with pytest.raises(Invalid):
        listed(world.heni, mine=True, **{other: True})


def test_heads_see_everything_of_their_agency_and_officers_do_not(world, piles, listed):
    assert listed(world.heni, everything=True, limit=2) == piles
    assert listed(world.heni, role="clerk") == [piles[1], piles[3]]
    with pytest.raises(NotAllowed):
        listed(everything=True)
    with pytest.raises(NotAllowed):
        listed(role="clerk")


def test_counts_say_what_there_is_to_do(world, piles):
    with world.sessions.begin() as session:
        tasks.claim(session, piles[0], actor=world.siti, now=world.now)
        tasks.claim(session, piles[1], actor=world.budi, now=world.now)

        counted = tasks.counts(session, world.siti, now=world.now + timedelta(days=2, hours=1))

    assert counted == Counts(mine=1, unassigned=3, overdue=2)


def test_counts_stop_where_nobody_needs_to_know_more(world, piles, monkeypatch):
    monkeypatch.setattr(lists, "MOST_COUNTED", 3)
    with world.sessions() as session:
        counted = tasks.counts(session, world.siti, now=world.now + timedelta(days=1, hours=1))
        late = tasks.counts(session, world.siti, now=world.now + timedelta(days=9))

    assert counted == Counts(mine=0, unassigned=3, overdue=2)
    assert late == Counts(mine=0, unassigned=3, overdue=3)


@pytest.fixture
def over(world, listed):
    """Returns the ids on a list of siti's tasks that are over, page by page."""

    def act(status=TaskStatus.COMPLETED, viewer=None, limit=1, **filters):
        found, page = [], Page(limit)
        while True:
            with world.sessions() as session:
                part = tasks.ended_tasks(session, viewer or world.siti, status, Filters(**filters), page)
            found += [task.id for task in part.items]
            if part.next is None:
                return found
            page = Page(limit, part.next)

    return act


def test_what_is_over_is_listed_by_who_ended_it_and_who_could_have_the_latest_first(world, piles, over):
    clerk = replace(world.siti, name="rudi", roles=frozenset({"clerk"}))
    for minute, (task, who) in enumerate([(0, world.siti), (1, world.budi), (2, world.budi)]):
        world.complete(piles[task], actor=who, now=world.now + timedelta(minutes=minute))

    assert over() == [piles[2], piles[1], piles[0]]
    assert over(mine=True) == [piles[0]]
    assert over(viewer=clerk) == [piles[1]]
    assert over(role="officer", process_id="permit") == [piles[2], piles[0]]
    assert over(text="nomor-1", due_after=world.now + timedelta(days=1)) == [piles[1]]
    assert over(due_before=world.now + timedelta(days=1)) == [piles[0]]
    assert over(viewer=world.heni, everything=True) == [piles[2], piles[1], piles[0]]
    assert over(viewer=world.heni, everything=True, role="clerk") == [piles[1]]
    assert over(viewer=world.stranger, everything=True) == []


def test_a_withdrawn_task_is_listed_as_such(world, piles, over):
    with world.sessions.begin() as session:
        instance = session.get_one(Task, piles[0]).instance_id
        instances.cancel(session, instance, actor=world.heni, now=world.now, reason="twice")

    assert over(TaskStatus.WITHDRAWN) == [piles[0]]
    assert over(TaskStatus.WITHDRAWN, world.heni, mine=True) == [piles[0]]
    assert over() == []


def test_tasks_that_are_over_are_not_unassigned_and_not_everybodys(world, piles, over):
    for wrong in ({"unassigned": True}, {"status": TaskStatus.OPEN}, {"mine": True, "everything": True}):
        with pytest.raises(Invalid):
            over(viewer=world.heni, **wrong)
    with pytest.raises(NotAllowed):
        over(everything=True)
    with pytest.raises(NotAllowed):
        over(role="clerk")
