"""The rounds of a worker: it says that it is there while it is idle, and counts the statistics when they are due."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.access import Actor, OwnRole
from engine.database import Sessions
from engine.models import TallyMonth
from engine.workers import workers
from worker import rounds
from worker.pumps import CALLING, MOVING, Pump
from worker.rounds import Rounds

PLATFORM = Actor("p", roles=frozenset({OwnRole.PLATFORM}))
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)


@pytest.fixture
def rounds_of(sessions: Sessions, pump_of: Callable[..., Pump]) -> Callable[..., Rounds]:
    """Makes the rounds of a worker whose clock stands."""
    pumps = [pump_of(MOVING), pump_of(CALLING)]
    return lambda at=NOW: Rounds(sessions, pumps, lambda: at)


def test_an_idle_worker_is_seen_while_it_runs_and_gone_when_it_stops(
    sessions: Sessions, rounds_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "EVERY", timedelta(milliseconds=10))
    going = rounds_of()
    thread = threading.Thread(target=going.run)
    thread.start()
    deadline = threading.Event()
    for _ in range(500):
        with sessions() as session:
            if found := workers(session, PLATFORM):
                break
        deadline.wait(0.01)
    going.stop()
    thread.join(10)

    assert [(one.name, one.seen_at, one.jobs_done) for one in found] == [(going.pumps[0].owner, NOW, 0)]
    with sessions() as session:
        assert list(workers(session, PLATFORM)) == []


def test_a_round_goes_on_when_the_database_was_away(
    sessions: Sessions, rounds_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "EVERY", timedelta(milliseconds=10))
    going, tries = rounds_of(), []

    def flaky(_self: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise ConnectionError("away")
        going.stop()

    monkeypatch.setattr(Rounds, "go_round", flaky)
    going.run()

    assert len(tries) == 2


def test_statistics_are_counted_when_they_are_due(sessions: Sessions, rounds_of: Any) -> None:
    rounds_of().go_round()

    with sessions() as session:
        (month,) = session.scalars(select(TallyMonth))
    assert (month.month, month.as_of) == ("2026-03", NOW)
    assert rounds.count_statistics(sessions, now=NOW + timedelta(minutes=9)) == []
    assert rounds.count_statistics(sessions, now=NOW + timedelta(minutes=10)) == ["2026-03"]
