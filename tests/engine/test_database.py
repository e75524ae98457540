"""The database: transactions, ids, types, pages."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, literal, select, text, update
from sqlalchemy.exc import DBAPIError

from engine.database import Page, Sessions, Slice, encode_json, in_transaction, is_postgresql, reading, uuid7
from engine.errors import Invalid, Stale
from engine.models import Agency, IdempotencyKey, ReceiptCounter
from engine.statements import Query
from engine.writes import Writes


@pytest.fixture
def agency_row(now: datetime) -> dict[str, Any]:
    """The columns of an agency."""
    return {
        "id": uuid7(now),
        "code": "DKI",
        "name": "Jakarta",
        "parent_id": None,
        "time_zone": "Asia/Jakarta",
        "active": True,
        "created_at": now,
    }


def test_ids_sort_by_time_and_then_by_the_order_in_which_they_were_made(now: datetime) -> None:
    ids = [uuid7(now + timedelta(milliseconds=n // 100)) for n in range(500)]

    assert ids == sorted(ids)
    assert {made.version for made in ids} == {7}


def test_the_same_value_gives_the_same_json_whatever_the_order_of_its_keys() -> None:
    assert encode_json({"b": 1, "a": "é"}) == encode_json({"a": "é", "b": 1}) == '{"a":"é","b":1}'


def test_whole_numbers_beyond_64_bits_stay_what_they_are() -> None:
    assert encode_json({"n": 10**30}) == '{"n":1000000000000000000000000000000}'


def test_a_naive_moment_is_refused(sessions: Sessions, agency_row: dict[str, Any]) -> None:
    agency = Agency(**{**agency_row, "created_at": datetime(2026, 1, 1)})

    with pytest.raises(Exception, match="Expected an aware datetime"), sessions.begin() as session:
        session.add(agency)


def test_reading_does_not_wait_for_a_writer(sessions: Sessions, agency_row: dict[str, Any]) -> None:
    with sessions.begin() as writer:
        writer.add(Agency(**agency_row))
        writer.flush()

        with reading(sessions) as reader:
            seen = reader.scalars(select(Agency.code)).all()

    assert seen == []


def test_reading_cannot_write_on_postgresql(sessions: Sessions, agency_row: dict[str, Any]) -> None:
    with reading(sessions) as session:
        if not is_postgresql(session):
            pytest.skip("SQLite has no transactions that only read")
        session.add(Agency(**agency_row))

        with pytest.raises(DBAPIError, match="read-only"):
            session.flush()


def test_a_transaction_that_another_got_in_the_way_of_runs_again(
    sessions: Sessions, agency_row: dict[str, Any]
) -> None:
    other = {**agency_row, "id": uuid4(), "code": "JABAR"}
    with sessions.begin() as session:
        session.add_all([Agency(**agency_row), Agency(**other)])
    meet = threading.Barrier(2, timeout=10)
    rounds = []

    def rename(first: Any, second: Any) -> None:
        def act(session: Any) -> None:
            rounds.append(first)
            session.execute(update(Agency).where(Agency.id == first).values(name="new"))
            # Only the first round of each can meet the other; on SQLite not even these can.
            if is_postgresql(session) and rounds.count(first) == 1:
                meet.wait()
            session.execute(update(Agency).where(Agency.id == second).values(name="new"))

        in_transaction(sessions, act)

    threads = [
        threading.Thread(target=rename, args=pair)
        for pair in ((agency_row["id"], other["id"]), (other["id"], agency_row["id"]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    with sessions() as session:
        assert session.scalars(select(Agency.name)).all() == ["new", "new"]


def test_gathered_writes_are_stored_together(sessions: Sessions, agency_row: dict[str, Any], now: datetime) -> None:
    writes = Writes()
    counter = {"process_id": "p", "agency_id": agency_row["id"], "year": 2026, "last": 7}
    writes.insert(ReceiptCounter, counter)
    writes.insert(Agency, agency_row, ahead=True)

    with sessions.begin() as session:
        writes.flush(session)

    with sessions() as session:
        assert session.get_one(Agency, agency_row["id"]).created_at == now
        assert session.scalars(select(ReceiptCounter.last)).one() == 7


RENAME_ONE = update(Agency).where(Agency.code == bindparam("b_code")).values(name=bindparam("b_name"))
RENAME = update(Agency).where(Agency.code == "nobody").values(name="new")


def test_a_gathered_write_that_meets_no_row_says_so(sessions: Sessions) -> None:
    writes = Writes()
    writes.run(RENAME, {}, expect_one="Expected an agency, but another transaction changed it")

    with pytest.raises(Stale, match="another transaction changed it"), sessions.begin() as session:
        writes.flush(session)


def test_a_gathered_write_that_fails_raises_what_sqlalchemy_raises(
    sessions: Sessions, agency_row: dict[str, Any]
) -> None:
    writes = Writes()
    writes.insert(Agency, agency_row)
    writes.insert(Agency, agency_row)

    with pytest.raises(DBAPIError), sessions.begin() as session:
        writes.flush(session)


AWKWARD = ("\\N", "tab\there", "line\nline\r", "back\\slash \\.", "", "é 漢 🏛", "\"quoted\", 'so'")


@pytest.mark.parametrize("several", [3, 40])
def test_many_rows_are_stored_as_few_are(
    sessions: Sessions, agency_row: dict[str, Any], now: datetime, several: int
) -> None:
    writes = Writes()
    for number in range(several):
        text = AWKWARD[number % len(AWKWARD)]
        key = {
            "actor": text,
            "key": str(number),
            "request_hash": bytes(range(256)),
            "status": number if number % 2 else None,
            "answer": {"text": text} if number % 3 else None,
            "created_at": now,
            "expires_at": now + timedelta(microseconds=number),
        }
        writes.insert(IdempotencyKey, key)
        writes.insert(Agency, {**agency_row, "id": uuid7(now), "code": str(number), "name": text})
        writes.run(RENAME_ONE, {"b_code": str(number), "b_name": f"{text}!"}, expect_one="Expected an agency")

    with sessions.begin() as session:
        writes.flush(session)

    with sessions() as session:
        kept = {row.key: row for row in session.scalars(select(IdempotencyKey))}
        names = {row.code: row.name for row in session.scalars(select(Agency))}
    for number in range(several):
        text, row = AWKWARD[number % len(AWKWARD)], kept[str(number)]
        assert (row.actor, row.request_hash) == (text, bytes(range(256)))
        assert row.status == (number if number % 2 else None)
        assert row.answer == ({"text": text} if number % 3 else None)
        assert row.expires_at == now + timedelta(microseconds=number)
        assert names[str(number)] == f"{text}!"


def test_many_rows_that_fail_raise_what_sqlalchemy_raises(sessions: Sessions, agency_row: dict[str, Any]) -> None:
    writes = Writes()
    for _ in range(40):
        writes.insert(Agency, agency_row)

    with pytest.raises(DBAPIError), sessions.begin() as session:
        writes.flush(session)

    with sessions() as session:
        assert session.scalars(select(Agency)).all() == []


def test_a_slice_names_the_place_after_it_only_if_the_list_goes_on() -> None:
    page = Page(limit=2)

    whole = Slice.cut([1, 2], page, str)
    part = Slice.cut([1, 2, 3], page, str)

    assert whole == Slice([1, 2], None)
    assert part == Slice([1, 2], "2")


@pytest.mark.parametrize("place", ["number", "id", "moment_and_id"])
def test_a_place_that_no_list_gave_is_refused(place: str) -> None:
    page = Page(after="here; DROP TABLE tasks")

    with pytest.raises(Invalid, match="Expected a place that a list gave as its next"):
        getattr(page, place)


def test_a_place_survives_the_way_to_the_client_and_back() -> None:
    moment, key = datetime(2026, 1, 1, 1, 2, 3, 4, tzinfo=UTC), uuid4()

    page = Page(after=f"{moment.isoformat()}_{key}")

    assert page.moment_and_id == (moment, key)


def test_a_connection_that_was_lost_is_replaced(sessions: Sessions, agency_row: dict[str, Any]) -> None:
    writes = Writes()
    writes.insert(Agency, agency_row)
    with sessions() as session:
        if not is_postgresql(session):
            pytest.skip("SQLite has no server that could be lost")
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with sessions.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})

        with pytest.raises(DBAPIError) as failure:
            writes.flush(session)

    assert failure.value.connection_invalidated
    with sessions.begin() as session:
        assert session.scalars(select(Agency.code)).all() == []


HERE = select(Agency.code, Agency.active, Agency.created_at, Agency.parent_id, literal("%")).where(
    Agency.id == bindparam("id"), Agency.name.like("J%")
)


def test_a_prepared_statement_gives_what_sqlalchemy_gives(
    sessions: Sessions, agency_row: dict[str, Any], now: datetime
) -> None:
    query = Query(HERE)
    with sessions.begin() as session:
        session.add(Agency(**agency_row))

    with sessions() as session:
        plain = session.execute(HERE, {"id": agency_row["id"]}).one()
        prepared = [query.one(session.connection(), id=agency_row["id"]) for _ in range(3)]
        session.rollback()
        after_rollback = query.one(session.connection(), id=agency_row["id"])
        nothing = query.one(session.connection(), id=uuid4())

    assert prepared == [tuple(plain)] * 3
    assert after_rollback == tuple(plain) == ("DKI", True, now, None, "%")
    assert nothing is None
