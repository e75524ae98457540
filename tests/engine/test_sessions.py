"""Sessions: whatever is asked of one is one transaction, whether SQLAlchemy's part of it has begun or not."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from engine.database import Sessions, reading, uuid7
from engine.models import Agency


@pytest.fixture
def row(now: datetime) -> Callable[[str], dict[str, Any]]:
    """Returns the columns of an agency of a code."""

    def of(code: str) -> dict[str, Any]:
        return {"id": uuid7(now), "code": code, "name": code, "time_zone": "UTC", "active": True, "created_at": now}

    return of


def by_connection(session: Session, row: dict[str, Any]) -> None:
    session.connection().execute(insert(Agency.__table__), row)  # type: ignore[arg-type]


def by_objects(session: Session, row: dict[str, Any]) -> None:
    session.add(Agency(**row))


def by_statement(session: Session, row: dict[str, Any]) -> None:
    session.execute(insert(Agency), row)


WAYS = [by_connection, by_objects, by_statement]


def codes(sessions: Sessions) -> list[str]:
    with sessions() as session:
        return sorted(session.scalars(select(Agency.code)))


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("then", WAYS)
def test_all_that_a_session_wrote_is_stored_together_or_not_at_all(
    sessions: Sessions, row: Any, first: Any, then: Any
) -> None:
    with sessions.begin() as session:
        first(session, row("a"))
        then(session, row("b"))
    with suppress(ZeroDivisionError), sessions.begin() as session:
        first(session, row("c"))
        then(session, row("d"))
        session.flush()
        _ = 1 / 0
    with sessions() as session:
        first(session, row("e"))
        then(session, row("f"))
        session.flush()

    assert codes(sessions) == ["a", "b"]


@pytest.mark.parametrize("first", WAYS)
def test_a_session_goes_on_after_it_was_committed_or_rolled_back(sessions: Sessions, row: Any, first: Any) -> None:
    with sessions() as session:
        first(session, row("a"))
        session.commit()
        was_open = session.in_transaction()
        first(session, row("b"))
        session.flush()
        session.rollback()
        first(session, row("c"))
        session.commit()

    assert not was_open
    assert codes(sessions) == ["a", "c"]


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("within", WAYS)
def test_what_a_savepoint_undoes_is_undone_and_nothing_else(
    sessions: Sessions, row: Any, first: Any, within: Any
) -> None:
    with sessions.begin() as session:
        first(session, row("a"))
        with suppress(ZeroDivisionError), session.begin_nested():
            within(session, row("b"))
            session.flush()
            _ = 1 / 0
        with session.begin_nested():
            within(session, row("c"))

    assert codes(sessions) == ["a", "c"]


@pytest.mark.parametrize("way", [lambda session: session.connection(), lambda session: session.execute(select(1))])
def test_connections_are_given_back(sessions: Sessions, way: Any) -> None:
    pool = sessions.kw["bind"].pool
    before = pool.checkedout()

    with sessions.begin() as session:
        way(session)
        within = pool.checkedout()
    after_commit = sessions()
    way(after_commit)
    after_commit.commit()
    with reading(sessions) as session:
        way(session)

    assert within == before + 1
    assert pool.checkedout() == before


@pytest.mark.parametrize("way", WAYS)
def test_a_commit_that_fails_leaves_nothing_open(sessions: Sessions, row: Any, way: Any) -> None:
    engine = sessions.kw["bind"]

    def fail(_connection: Any) -> None:
        raise RuntimeError("the disk is full")

    event.listen(engine, "commit", fail)
    with pytest.raises(RuntimeError), sessions.begin() as session:
        way(session, row("a"))
    event.remove(engine, "commit", fail)
    with sessions.begin() as session:
        way(session, row("b"))

    assert codes(sessions) == ["b"]
