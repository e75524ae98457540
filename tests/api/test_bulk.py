"""Many instances from one file, through the API."""

from typing import Any

import pytest
from sqlalchemy import select

from engine import bulk
from engine.models import BulkStart

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.fixture
def send(callers: Any, user_task: Any) -> Any:
    callers.world.deploy(BEGIN, user_task("check"), END)
    return lambda content, **headers: callers.officer(
        "POST", "/processes/permit/bulk-starts", content=content, headers={**NDJSON, **headers}
    )


def test_a_file_is_taken_on_and_its_progress_can_be_seen(callers: Any, send: Any) -> None:
    content = b'{"variables": {"a": 1}, "business_key": "k1"}\n\n{"variables": {"a": 2}}\n'
    answer = send(content, **{"Idempotency-Key": "file-1"})
    again = send(content, **{"Idempotency-Key": "file-1"})
    world = callers.world
    with world.sessions.begin() as session:
        found = session.scalars(select(BulkStart)).one()
        bulk.advance(session, found.id, bulk.lines(session, found.id), 10, now=world.now)

    seen = callers.officer("GET", f"/bulk-starts/{answer.json()['id']}").json()
    refusals = callers.officer("GET", f"/bulk-starts/{answer.json()['id']}/refusals").json()
    listed = callers.officer("GET", "/instances").json()["items"]

    assert (answer.status_code, answer.json()["status"], answer.json()["total"]) == (202, "running", 2)
    assert again.json()["id"] == answer.json()["id"]
    assert (seen["status"], seen["position"], seen["refused"], seen["requested_by"]) == ("completed", 2, 0, "ofi")
    assert refusals == {"items": [], "next": None}
    assert sorted(each["business_key"] or "" for each in listed) == ["", "k1"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{}\n[1]\n", "line 2"),
        (b'{}\n{"variables": 1}\n', "found variables on line 2"),
        (b'{}\n{"surprise": 1}\n', "found surprise on line 2"),
        (b"{}\n{}\n{\n", "line 3"),
        (b'{"variables": {"a": "\\u0000"}}\n', "line 1"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_with_a_line_that_is_none_is_refused_whole(callers: Any, send: Any, content: bytes, says: str) -> None:
    answer = send(content)

    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    with callers.world.sessions() as session:
        assert session.scalars(select(BulkStart)).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_was_cancelled_is_cancelled(callers: Any, send: Any) -> None:
    found = send(b"{}\n").json()["id"]

    assert callers.officer("POST", f"/bulk-starts/{found}/cancel").json()["status"] == "cancelled"
    assert callers.officer("POST", f"/bulk-starts/{found}/cancel").status_code == 409


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_files_of_lines_are_taken(callers: Any, send: Any) -> None:
    assert send(b"{}", **{"Content-Type": "text/csv"}).status_code == 415
    assert send(b"").status_code == 422
