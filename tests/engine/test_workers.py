"""Who looks into operations sees which workers run, and which fell silent."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine import workers
from engine.access import Actor, OwnRole
from engine.database import Sessions
from engine.errors import NotAllowed
from engine.workers import Sign

OPERATOR = Actor("o", roles=frozenset({OwnRole.OPERATOR}))
PLATFORM = Actor("p", roles=frozenset({OwnRole.PLATFORM}))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sign(now: datetime) -> Sign:
    return Sign("host:1", "0.1.0", now, jobs_done=0, runs_under_prefect=False)


def test_a_worker_is_seen_once_with_what_it_did_last(sessions: Sessions, sign: Sign, now: datetime) -> None:
    for minute, done in ((0, 0), (1, 7)):
        with sessions.begin() as session:
            workers.seen(session, replace(sign, jobs_done=done), now=now + minute * MINUTE)

    with sessions() as session:
        (found,) = workers.workers(session, OPERATOR)

    assert (found.name, found.started_at, found.seen_at, found.jobs_done) == ("host:1", now, now + MINUTE, 7)


def test_a_worker_that_says_nothing_for_a_minute_is_silent_and_after_a_day_forgotten(
    sessions: Sessions, sign: Sign, now: datetime
) -> None:
    with sessions.begin() as session:
        workers.seen(session, sign, now=now)
        (first,) = workers.workers(session, PLATFORM)
        assert not workers.is_silent(first, now=now + MINUTE)
        assert workers.is_silent(first, now=now + MINUTE + timedelta(seconds=1))

    with sessions.begin() as session:
        workers.seen(session, replace(sign, name="host:2"), now=now + timedelta(days=1, seconds=1))
        assert [one.name for one in workers.workers(session, PLATFORM)] == ["host:2"]


def test_a_worker_that_stops_in_order_is_gone(sessions: Sessions, sign: Sign, now: datetime) -> None:
    with sessions.begin() as session:
        workers.seen(session, sign, now=now)
        workers.gone(session, sign.name)

        assert list(workers.workers(session, OPERATOR)) == []


@pytest.mark.parametrize("role", ["officer", OwnRole.ADMIN, OwnRole.DESIGNER])
def test_who_does_not_operate_sees_no_worker(sessions: Sessions, role: str) -> None:
    with sessions() as session, pytest.raises(NotAllowed):
        workers.workers(session, Actor("x", roles=frozenset({role})))
