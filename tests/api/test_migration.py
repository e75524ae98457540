"""Versions compared, and running instances carried over by a plan, as a user of the API does it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engine import carryovers

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'


@pytest.fixture
def two(callers: Any, user_task: Any, boundary: Any, form_file: Any) -> Any:
    """Three cases that wait at a step of version 1, and a version 2 in which it has another id, role and form."""
    world = callers.world
    roles = {role: {"title": {"id": "x", "en": "x"}, "kind": "office"} for role in ("officer", "judge")}
    old = [BEGIN, user_task("check"), boundary("late", "check", "P10D"), END]
    new = [BEGIN, user_task("verify", "judge"), boundary("late", "verify", "P90D"), user_task("sign"), END]
    world.deploy(*old, roles=roles)
    started = [callers.officer("POST", "/processes/permit/instances", {"variables": {"n": n}}).json() for n in range(3)]
    world.deploy(*new, roles=roles)
    return [each["instance_id"] for each in started]


def migrate(callers: Any, body: dict[str, Any], **query: Any) -> Any:
    return callers.head("POST", "/processes/permit/versions/1/migrate", body, params=query)


def tasks_of(callers: Any, instance: str) -> list[Any]:
    return [
        each for each in callers.head("GET", f"/instances/{instance}/tasks").json()["items"] if each["status"] == "open"
    ]


def test_versions_are_compared_and_the_running_instances_counted_where_they_wait(callers: Any, two: Any) -> None:
    found = callers.designer("GET", "/processes/permit/versions/1/compare", params={"to": 2}).json()

    kinds = {(each["kind"], each["step"]) for each in found["changes"] if not each["is_flow"]}
    assert {("removed", "check"), ("added", "verify"), ("added", "sign"), ("changed", "late")} <= kinds
    assert found["running"] == 3
    waiting = {each["step"]: (each["instances"], each["lost"] is None) for each in found["standing"]}
    assert waiting == {"check": (3, False), "late": (3, True)}


def test_a_dry_run_stores_nothing_and_tells_what_stands_in_the_way(callers: Any, two: Any) -> None:
    without = migrate(callers, {"to": 2, "dry_run": True}).json()
    planned = migrate(callers, {"to": 2, "steps": {"check": "verify"}, "dry_run": True}).json()

    assert (without["migrated"], [each["instance_id"] for each in without["refused"]]) == ([], two)
    assert {why["step"] for each in without["refused"] for why in each["obstacles"]} == {"check"}
    assert (planned["migrated"], planned["refused"], planned["next"]) == (two, [], None)
    assert [each["step"] for each in tasks_of(callers, two[0])] == ["check"]


def test_drafts_claims_and_the_remaining_time_of_timers_are_kept(callers: Any, two: Any, now: Any) -> None:
    task = tasks_of(callers, two[0])[0]["id"]
    callers.officer("POST", f"/tasks/{task}/claim")
    callers.officer("PUT", f"/tasks/{task}/draft", {"data": {"half": "done"}}, headers={"If-Match": "*"})

    done = migrate(callers, {"to": 2, "steps": {"check": "verify"}}).json()

    moved = callers.officer("GET", f"/tasks/{task}").json()
    assert done["migrated"] == two
    assert (moved["step"], moved["assignee"], moved["draft"]) == ("verify", "ofi", {"half": "done"})
    assert moved["candidates"] == ["judge"]
    opened = callers.head("GET", f"/instances/{two[0]}").json()["open"]
    due = {each["step"]: each["due_at"] for each in opened}["late"]
    assert due.startswith((now + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M"))
    answer = callers.officer("POST", f"/tasks/{task}/complete", {"data": {"n": 5}})
    assert answer.status_code == 200, answer.text
    assert [each["step"] for each in tasks_of(callers, two[0])] == ["sign"]
    assert callers.head("GET", f"/instances/{two[0]}/variables").json()["variables"]["n"] == 5
    assert callers.head("GET", f"/instances/{two[0]}/journal/proof").json()["complete"] is True
    journal = callers.head("GET", f"/instances/{two[0]}/journal").json()["items"]
    told = next(each["data"] for each in journal if each["kind"] == "instance.migrated")
    assert (told["from"], told["to"], told["steps"]) == (1, 2, {"check": "verify"})


def test_a_timer_that_was_kept_fires_in_the_new_version(callers: Any, two: Any, now: Any) -> None:
    migrate(callers, {"to": 2, "steps": {"check": "verify"}})

    fired = callers.world.fire_timers(now + timedelta(days=10, minutes=1))

    assert [each is not None and each.status.value for each in fired] == ["completed"] * 3


def test_those_who_may_do_it_now_find_the_task_and_those_who_might_before_do_not(callers: Any, two: Any) -> None:
    migrate(callers, {"to": 2, "steps": {"check": "verify"}})

    assert callers.officer("GET", "/tasks").json()["items"] == []
    assert len(callers.head("GET", "/tasks", params={"role": "judge"}).json()["items"]) == 3


def test_batches_go_on_where_the_last_one_ended_and_repeating_one_moves_nobody_twice(callers: Any, two: Any) -> None:
    plan = {"to": 2, "steps": {"check": "verify"}}
    first = migrate(callers, plan, limit=2).json()
    rest = migrate(callers, plan, limit=2, cursor=first["next"]).json()
    again = migrate(callers, plan).json()

    assert (first["migrated"] + rest["migrated"], rest["next"]) == (two, None)
    assert (again["migrated"], again["refused"]) == ([], [])


def test_one_that_does_not_fit_holds_up_no_other(callers: Any, two: Any) -> None:
    chosen = migrate(callers, {"to": 2, "steps": {"check": "verify"}, "instances": two[1:2]}).json()
    task = tasks_of(callers, two[0])[0]["id"]
    callers.officer("POST", f"/tasks/{task}/complete", {"data": {}})

    done = migrate(callers, {"to": 2, "steps": {"check": "verify"}}).json()

    assert (chosen["migrated"], done["migrated"]) == (two[1:2], two[2:])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_plan_that_cannot_fit_any_instance_is_refused_whole(callers: Any, two: Any) -> None:
    wrong = migrate(callers, {"to": 2, "steps": {"check": "end", "nothing": "verify"}})

    assert wrong.status_code == 422
    assert [each["step"] for each in wrong.json()["obstacles"]] == ["check", "nothing"]
    assert migrate(callers, {"to": 1}).status_code == 422
    assert migrate(callers, {"to": 9}).status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_operators_carry_over_and_only_the_cases_of_their_agency(callers: Any, two: Any) -> None:
    plan = {"to": 2, "steps": {"check": "verify"}}
    path = "/processes/permit/versions/1/migrate"

    assert callers.nobody("POST", path, plan).status_code == 401
    assert callers.officer("POST", path, plan).status_code == 403
    assert callers.outside("POST", path, plan).json()["migrated"] == []
    assert tasks_of(callers, two[0])[0]["step"] == "check"


def carried(callers: Any, caller: Any = None, **body: Any) -> Any:
    plan = {"to": 2, "steps": {"check": "verify"}, **body}
    return (caller or callers.head)("POST", "/processes/permit/versions/1/carry-overs", plan)


def test_a_carry_over_is_taken_on_and_what_came_of_each_can_be_read(callers: Any, two: Any) -> None:
    answer = carried(callers)
    found = f"/carry-overs/{answer.json()['id']}"
    for _ in two:
        with callers.world.sessions.begin() as session:
            carryovers.advance(session, UUID(answer.json()["id"]), now=callers.world.now)

    seen = callers.head("GET", found).json()
    listed = callers.head("GET", f"{found}/instances").json()

    assert (answer.status_code, answer.json()["status"], answer.json()["total"]) == (202, "running", 3)
    assert (seen["status"], seen["position"], seen["refused"], seen["requested_by"]) == ("completed", 3, 0, "hed")
    assert [each["instance_id"] for each in listed["items"]] == two
    assert {each["obstacles"] is None for each in listed["items"]} == {True}
    assert callers.head("GET", f"{found}/instances", params={"refused": True}).json()["items"] == []
    assert [each["step"] for each in tasks_of(callers, two[0])] == ["verify"]
    assert callers.head("POST", f"{found}/cancel").status_code == 409


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_operators_ask_for_a_carry_over_and_see_those_of_their_agency(callers: Any, two: Any) -> None:
    found = carried(callers, dry_run=True).json()["id"]

    for caller, status in ((callers.nobody, 401), (callers.officer, 403), (callers.designer, 403)):
        assert carried(callers, caller).status_code == status
        assert caller("GET", f"/carry-overs/{found}").status_code == status
    assert callers.outside("GET", f"/carry-overs/{found}").status_code == 404
    assert callers.outside("POST", f"/carry-overs/{found}/cancel").status_code == 404
    assert carried(callers, steps={"check": "end"}).status_code == 422
    assert carried(callers, to=9).status_code == 404
    assert callers.head("POST", f"/carry-overs/{found}/cancel").json()["status"] == "cancelled"
    assert tasks_of(callers, two[0])[0]["step"] == "check"
