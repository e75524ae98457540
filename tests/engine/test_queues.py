"""How the background work stands: counted for the agency, for the platform over all."""

from datetime import timedelta
from typing import Any

import pytest

from engine import jobs, queues
from engine.access import Actor, ActorKind, OwnRole
from engine.database import Page
from engine.errors import NotAllowed
from engine.models import JobKind, Queue
from engine.queues import Stand

CALLS = {"registry.lookup": {"title": {"id": "x", "en": "x"}, "connector": "http"}}
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'


@pytest.fixture
def called(world: Any, service_task: Any) -> Any:
    """Three instances, each with a call that is due."""
    world.deploy(BEGIN, service_task("ask"), END, calls=CALLS)
    return [world.start({}) for _ in range(3)]


def test_a_job_is_due_then_taken_then_failed(world: Any, called: Any) -> None:
    operator = Actor("o", ActorKind.USER, world.agency, frozenset({OwnRole.OPERATOR}))
    later = world.now + timedelta(minutes=5)
    with world.sessions.begin() as session:
        lease = timedelta(minutes=1)
        first, _second = jobs.claim(session, [JobKind.CALL], owner="w-1", limit=2, lease=lease, now=later)
        jobs.fail(session, first.id, first.fence, "away", actor=operator, now=later, attempts_left=0)
    with world.sessions() as session:
        state = next(one for one in queues.states(session, operator, now=later) if one.queue is Queue.CALLING)
        (worker,) = queues.at_work(session, operator, now=later)
        (failed,) = queues.jobs(session, operator, Stand.FAILED, Page(), now=later).items

    assert (state.due, state.taken, state.later, state.failed) == (1, 1, 0, 1)
    assert state.late == timedelta(minutes=5)
    assert (worker.owner, worker.jobs) == ("w-1", 1)
    assert failed.last_error == "away"


def test_another_agency_counts_nothing_and_the_platform_everything(world: Any, called: Any) -> None:
    stranger = Actor("s", ActorKind.USER, world.other_agency, frozenset({OwnRole.OPERATOR}))
    platform = Actor("p", ActorKind.USER, world.other_agency, frozenset({OwnRole.PLATFORM}))
    officer = Actor("c", ActorKind.USER, world.agency, frozenset({"officer"}))
    with world.sessions() as session:
        assert sum(state.due for state in queues.states(session, stranger, now=world.now)) == 0
        assert queues.jobs(session, stranger, Stand.DUE, Page(), now=world.now).items == []
        assert sum(state.due for state in queues.states(session, platform, now=world.now)) == 3
        with pytest.raises(NotAllowed):
            queues.states(session, officer, now=world.now)


def test_a_list_of_jobs_goes_on_where_it_ended(world: Any, called: Any) -> None:
    operator = Actor("o", ActorKind.USER, world.agency, frozenset({OwnRole.OPERATOR}))
    with world.sessions() as session:
        first = queues.jobs(session, operator, Stand.DUE, Page(2), now=world.now)
        rest = queues.jobs(session, operator, Stand.DUE, Page(2, first.next), now=world.now)

    assert len({job.id for job in (*first.items, *rest.items)}) == 3
    assert rest.next is None
