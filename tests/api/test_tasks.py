"""Lists of tasks through the API: of another agency, of what is over; and acts on what was read."""

from typing import Any

import pytest

from engine import accounts
from engine.access import Scope

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'


@pytest.fixture
def task(callers: Any, user_task: Any) -> str:
    callers.world.deploy(BEGIN, user_task("check"), END)
    return str(callers.officer("POST", "/processes/permit/instances", {}).json()["tasks"][0])


def test_the_list_of_another_agency_is_seen_by_who_works_for_it(callers: Any, task: str) -> None:
    with callers.world.sessions.begin() as session:
        accounts.create_user(
            session, "dua", "Dua", "a password of a test", agency_id=None, actor="t", now=callers.world.now
        )
        for agency in (callers.world.agency, callers.world.other_agency):
            accounts.grant(session, "dua", agency, ["officer"], actor="t", now=callers.world.now)
    signed = callers.nobody("POST", "/sessions", {"name": "dua", "password": "a password of a test", "agency": "JABAR"})
    both = {"Authorization": f"Bearer {signed.json()['token']}"}

    def listed(who: Any, agency: str | None, **more: Any) -> Any:
        return who("GET", "/tasks", params={} if agency is None else {"agency": agency}, **more)

    assert listed(callers.nobody, None, headers=both).json()["items"] == []
    assert [item["id"] for item in listed(callers.nobody, "DKI", headers=both).json()["items"]] == [task]
    assert [item["id"] for item in listed(callers.officer, "DKI").json()["items"]] == [task]
    assert listed(callers.key, "DKI").status_code == 200
    assert [listed(who, "JABAR").status_code for who in (callers.officer, callers.key)] == [404, 404]
    assert listed(callers.officer, "BALI").status_code == 404


def test_a_task_that_is_over_is_on_the_list_of_its_status(callers: Any, task: str) -> None:
    def listed(status: str, **more: Any) -> Any:
        answer = callers.officer("GET", "/tasks", params={"status": status, **more}).json()
        return [item["id"] for item in answer["items"]]

    assert (listed("open"), listed("completed")) == ([task], [])

    callers.officer("POST", f"/tasks/{task}/complete", {})

    assert (listed("open"), listed("completed"), listed("withdrawn")) == ([], [task], [])
    assert listed("completed", mine=True) == [task]
    wrong = callers.officer("GET", "/tasks", params={"status": "completed", "unassigned": True})
    assert wrong.status_code == 422


@pytest.mark.parametrize(("act", "body"), [("claim", None), ("release", None), ("assign", {"assignee": "kol"})])
def test_an_act_on_a_task_that_changed_since_it_was_read_is_refused(
    callers: Any, task: str, act: str, body: Any
) -> None:
    read = callers.head("GET", f"/tasks/{task}").headers["etag"]
    callers.officer("PUT", f"/tasks/{task}/draft", {"data": {"a": 1}})

    late = callers.head("POST", f"/tasks/{task}/{act}", body, headers={"If-Match": read})
    fresh = callers.head("GET", f"/tasks/{task}").headers["etag"]
    again = callers.head("POST", f"/tasks/{task}/{act}", body, headers={"If-Match": fresh})

    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert again.status_code == 200


def test_a_case_that_moved_since_it_was_read_is_not_handed_over(callers: Any, task: str) -> None:
    instance = callers.head("GET", f"/tasks/{task}").json()["instance_id"]
    body = {"to": "JABAR", "reason": "theirs"}

    late = callers.head("POST", f"/instances/{instance}/handover", body, headers={"If-Match": '"7"'})
    done = callers.head("POST", f"/instances/{instance}/handover", body, headers={"If-Match": '"1"'})

    assert (late.status_code, done.status_code) == (412, 200)


def test_a_comment_needs_the_scope_to_work_on_tasks(callers: Any, task: str) -> None:
    with callers.world.sessions.begin() as session:
        scopes = [Scope.TASKS_READ.value]
        _row, text = accounts.create_key(
            session, "reader", callers.world.agency, scopes, created_by="t", now=callers.world.now
        )
    note = {"text": "The map is missing."}

    refused = callers.nobody("POST", f"/tasks/{task}/comments", note, headers={"X-API-Key": text})
    foreign = callers.outside("POST", f"/tasks/{task}/comments", note)
    made = callers.officer("POST", f"/tasks/{task}/comments", note)

    assert (refused.status_code, foreign.status_code, made.status_code) == (403, 404, 201)
