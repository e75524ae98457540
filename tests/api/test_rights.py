"""Nobody gets in without a credential, and nobody sees or does what is another agency's: for every route there is."""

from typing import Any

import pytest

# Routes that are for everybody, each with the reason.
OPEN = {
    ("GET", "/v1/health"): "a probe",
    ("GET", "/v1/readiness"): "a probe",
    ("POST", "/v1/sessions"): "signing in",
    ("GET", "/v1/processes/catalogue"): "public services",
    ("POST", "/v1/tracking"): "receipt number and secret are the credential",
    ("POST", "/v1/tracking/tasks/{task_id}"): "receipt number and secret are the credential",
    ("POST", "/v1/tracking/tasks/{task_id}/complete"): "receipt number and secret are the credential",
}
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'


def operations(app: Any) -> list[tuple[str, str, Any]]:
    return [
        (method.upper(), path, operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


def filled(path: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    return path.removeprefix("/v1")


@pytest.fixture
def case(callers: Any, user_task: Any) -> dict[str, str]:
    """Ids of things of the agency ``here``."""
    callers.world.deploy(BEGIN, user_task("check"), END)
    moved = callers.officer("POST", "/processes/permit/instances", {}).json()
    return {
        "process_id": "permit",
        "number": "1",
        "instance_id": moved["instance_id"],
        "task_id": moved["tasks"][0],
        "name": "process.yaml",
        "decision": "d",
        "job_id": moved["instance_id"],
        "incident_id": moved["instance_id"],
        "document_id": moved["instance_id"],
        "key_id": moved["instance_id"],
        "code": "here",
        "year": "2026",
    }


def test_every_route_that_is_not_open_asks_for_a_credential(callers: Any, case: dict[str, str]) -> None:
    unguarded = []
    for method, path, _operation in operations(callers.app):
        if (method, path) in OPEN:
            continue
        answer = callers.nobody(method, filled(path, case), headers={"content-type": "application/zip"}, content=b"x")
        if answer.status_code not in (401, 422):
            unguarded.append((method, path, answer.status_code))
        if answer.status_code == 422:
            again = callers.nobody(method, filled(path, case), body_for(method, path))
            if again.status_code != 401:
                unguarded.append((method, path, again.status_code))

    assert unguarded == []


def body_for(method: str, path: str) -> Any:
    """Return a body that the route takes."""
    last = path.rpartition("/")[2]
    bodies: dict[str, Any] = {
        "instances": {},
        "variables": {"variables": {}, "reason": "r"},
        "cancel": {"reason": "r"},
        "handover": {"to": "there", "reason": "r"},
        "assign": {"assignee": None},
        "draft": {"data": {}},
        "complete": {"fence": 1, "variables": {}} if "/jobs/" in path else {"data": {}},
        "comments": {"text": "t"},
        "fetch": {"job_types": ["a"], "worker": "w"},
        "error": {"fence": 1, "code": "C"},
        "fail": {"fence": 1, "error": "e"},
        "extend": {"fence": 1},
        "messages": {"name": "m"},
        "signals": {"name": "s"},
        "agencies": {"code": "new", "name": "N"},
        "users": {"name": "new", "full_name": "N", "password": "long enough password"},
        "roles": {"roles": ["officer"]},
        "withdraw": {"roles": ["officer"]},
        "keys": {"name": "k", "scopes": ["tasks:read"]},
        "{year}": {"days": {}, "source": "s"},
        "evaluate": {"inputs": {}},
    }
    return bodies.get(last) if method in ("POST", "PUT", "PATCH") else None


FOREIGN = ("{instance_id}", "{task_id}", "{document_id}")


def test_another_agencys_things_are_not_there(callers: Any, case: dict[str, str]) -> None:
    seen = []
    for method, path, _operation in operations(callers.app):
        if (method, path) in OPEN or not any(name in path for name in FOREIGN):
            continue
        for stranger in (callers.outside, callers.outside_key):
            more = {"params": {"name": "a.txt"}, "content": b"text"} if path.endswith("/documents") else {}
            answer = stranger(method, filled(path, case), None if more else body_for(method, path), **more)
            if answer.status_code not in (403, 404):
                seen.append((method, path, answer.status_code, answer.text[:200]))
            assert "Check" not in answer.text

    assert seen == []


def test_a_wrong_key_or_token_is_never_taken_for_the_public(callers: Any) -> None:
    for headers in ({"X-API-Key": "alur_x_y"}, {"Authorization": "Bearer nothing"}):
        answer = callers.nobody("GET", "/processes/catalogue", headers=headers)

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_role_is_needed_to_take_a_task(callers: Any, case: dict[str, str]) -> None:
    answer = callers.designer("POST", f"/tasks/{case['task_id']}/claim")

    assert answer.status_code == 403
    assert "officer" in answer.json()["detail"]


def test_only_the_platform_adds_agencies_and_gives_its_own_role(callers: Any) -> None:
    refused = callers.admin("POST", "/agencies", {"code": "baru", "name": "Baru"})
    also = callers.admin("POST", "/users/ofi/roles", {"roles": ["alur:platform"]})
    added = callers.platform("POST", "/agencies", {"code": "baru", "name": "Baru"})

    assert (refused.status_code, also.status_code, added.status_code) == (403, 403, 201)


def test_roles_count_from_the_next_request_on(callers: Any, case: dict[str, str]) -> None:
    callers.admin("POST", "/users/ofi/roles/withdraw", {"roles": ["officer"]})

    answer = callers.officer("POST", f"/tasks/{case['task_id']}/claim")

    assert answer.status_code == 403


def test_a_revoked_key_opens_nothing(callers: Any) -> None:
    made = callers.admin("POST", "/keys", {"name": "kasir", "scopes": ["instances:read"]}).json()
    key = {"X-API-Key": made["key"]}
    before = callers.nobody("GET", "/instances", headers=key)
    callers.admin("DELETE", f"/keys/{made['id']}")

    after = callers.nobody("GET", "/instances", headers=key)

    assert (before.status_code, after.status_code) == (200, 401)
    assert "kasir" in callers.admin("GET", "/keys").text
    assert made["key"] not in callers.admin("GET", "/keys").text


def test_a_key_does_only_what_its_scopes_say(callers: Any) -> None:
    made = callers.admin("POST", "/keys", {"name": "baca", "scopes": ["instances:read"]}).json()
    key = {"X-API-Key": made["key"]}

    answer = callers.nobody("POST", "/processes/permit/instances", {}, headers=key)

    assert answer.status_code in (403, 404)
