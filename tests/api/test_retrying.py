"""What failed is looked at and tried again with other inputs, through the API."""

from typing import Any

import pytest

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OUTSIDE = {"paint": {"title": {"id": "Cat", "en": "Paint"}, "connector": "external"}}
MAPPED = '<zeebe:ioMapping><zeebe:input source="=colour" target="colour"/></zeebe:ioMapping>'


@pytest.fixture
def incident(callers: Any, service_task: Any) -> str:
    """The id of an incident of a job whose input is a colour."""
    callers.world.deploy(BEGIN, service_task("ask", "paint", inside=MAPPED), END, calls=OUTSIDE)
    callers.officer("POST", "/processes/permit/instances", {"variables": {"colour": "rd"}})
    job = callers.key("POST", "/jobs/fetch", {"job_types": ["paint"], "worker": "w"}).json()["items"][0]
    callers.key("POST", f"/jobs/{job['id']}/fail", {"fence": job["fence"], "error": "e", "attempts_left": 0})
    return str(callers.head("GET", "/incidents").json()["items"][0]["id"])


def test_an_incident_is_tried_again_with_other_inputs(callers: Any, incident: str) -> None:
    path = f"/incidents/{incident}"
    seen = callers.head("GET", f"{path}/inputs")
    body = {"inputs": {"colour": "red"}, "reason": "A letter was missing"}
    late = callers.head("POST", f"{path}/retry", body, headers={"If-Match": '"9"'})
    done = callers.head("POST", f"{path}/retry", body, headers={"If-Match": seen.headers["etag"]})

    assert seen.json() == {"inputs": {"colour": "rd"}, "revision": 1}
    assert (late.status_code, done.status_code) == (412, 200)
    (job,) = callers.key("POST", "/jobs/fetch", {"job_types": ["paint"], "worker": "w"}).json()["items"]
    assert job["inputs"] == {"colour": "red"}


def test_a_repetition_tries_again_once_and_a_refusal_names_what_is_wrong(callers: Any, incident: str) -> None:
    path, key = f"/incidents/{incident}/retry", {"Idempotency-Key": "once"}
    wrong = callers.head("POST", path, {"inputs": {"receipt": "X"}, "reason": "r"})
    without = callers.head("POST", path, {"inputs": {"colour": "red"}})
    answers = [
        callers.head("POST", path, {"inputs": {"colour": "red"}, "reason": "r"}, headers=key) for _again in range(2)
    ]
    over = callers.head("POST", path)

    assert (wrong.status_code, [fault["path"] for fault in wrong.json()["fields"]]) == (422, ["receipt"])
    assert "Alur sendiri" in wrong.json()["fields"][0]["message"]["id"]
    assert without.status_code == 422
    assert [answer.status_code for answer in answers] == [200, 200]
    assert over.status_code == 409


def test_only_who_operates_cases_sees_inputs(callers: Any, incident: str) -> None:
    asked = [
        who("GET", f"/incidents/{incident}/inputs") for who in (callers.officer, callers.outside, callers.designer)
    ]

    assert [answer.status_code for answer in asked] == [403, 404, 403]
