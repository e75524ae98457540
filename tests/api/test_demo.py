"""Demonstration data: only where no real people are, and nowhere else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from api import demo
from engine import accounts
from engine.accounts import passwords
from engine.database import Sessions
from engine.errors import NotPossibleNow
from engine.models import Agency, ApiKey, User


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def count(sessions: Sessions, kind: Any) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_the_demonstration_is_filled_once(sessions: Sessions) -> None:
    demo.fill(sessions)
    first = [count(sessions, kind) for kind in (Agency, User, ApiKey)]
    demo.fill(sessions)

    assert first == [2, 13, 2]
    assert [count(sessions, kind) for kind in (Agency, User, ApiKey)] == first


def test_two_processes_that_start_at_once_fill_it_once(sessions: Sessions) -> None:
    with ThreadPoolExecutor(2) as pool:
        started = [pool.submit(demo.fill, sessions) for _ in range(2)]
        for each in started:
            each.result()

    assert [count(sessions, kind) for kind in (Agency, User, ApiKey)] == [2, 13, 2]


def test_a_database_with_real_people_is_left_alone(sessions: Sessions, now: datetime) -> None:
    with sessions.begin() as session:
        accounts.create_user(session, "ratna", "Ratna", "a password of hers", agency_id=None, actor="t", now=now)

    with pytest.raises(NotPossibleNow, match="found ratna"):
        demo.fill(sessions)

    assert count(sessions, Agency) == 0


def test_what_a_demonstration_left_does_not_serve_in_earnest(sessions: Sessions) -> None:
    demo.refuse_leftovers(sessions)
    demo.fill(sessions)

    with pytest.raises(NotPossibleNow, match="whose passwords everybody knows"):
        demo.refuse_leftovers(sessions)
