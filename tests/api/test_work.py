"""A case through the API: start, claim, complete, look; and what an engineer must be able to trust."""

import threading
from typing import Any

from sqlalchemy import event

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OUTSIDE = {"paint": {"title": {"id": "Cat", "en": "Paint"}, "connector": "external"}}


def test_a_case_goes_from_start_to_end(callers: Any, started: Any) -> None:
    task = started.json()["tasks"][0]
    listed = callers.officer("GET", "/tasks").json()
    claimed = callers.officer("POST", f"/tasks/{task}/claim")
    completed = callers.officer("POST", f"/tasks/{task}/complete", {"data": {"ok": True}})
    instance = callers.officer("GET", f"/instances/{started.json()['instance_id']}").json()
    journal = callers.officer("GET", f"/instances/{instance['id']}/journal").json()
    proof = callers.officer("GET", f"/instances/{instance['id']}/journal/proof").json()

    assert started.status_code == 201
    assert [item["id"] for item in listed["items"]] == [task]
    assert (claimed.status_code, claimed.json()["assignee"]) == (200, "ofi")
    assert completed.json()["status"] == "completed"
    assert (instance["status"], instance["open"]) == ("completed", [])
    assert "task.completed" in [entry["kind"] for entry in journal["items"]]
    assert proof == {"complete": True, "fault": None}


def test_the_same_request_twice_is_done_once(callers: Any, started: Any) -> None:
    same = {"variables": {"a": 1}}
    again = callers.key("POST", "/processes/permit/instances", same, headers={"Idempotency-Key": "k"})
    other = callers.key("POST", "/processes/permit/instances", {"variables": {}}, headers={"Idempotency-Key": "k"})
    somebody = callers.officer("POST", "/processes/permit/instances", same, headers={"Idempotency-Key": "k"})

    assert again.status_code == 201
    assert again.json() == started.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422
    assert somebody.json()["instance_id"] != started.json()["instance_id"]


def test_two_people_completing_at_once_one_wins_and_the_other_is_told_who_and_when(callers: Any, started: Any) -> None:
    task = started.json()["tasks"][0]
    answers: list[Any] = []

    def complete(who: Any) -> None:
        answers.append(who("POST", f"/tasks/{task}/complete", {"data": {}}))

    threads = [threading.Thread(target=complete, args=(who,)) for who in (callers.officer, callers.colleague)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = sorted(answer.status_code for answer in answers)
    loser = next(answer for answer in answers if answer.status_code == 409).json()
    assert statuses == [200, 409]
    assert loser["by"] in ("ofi", "kol")
    assert loser["at"]
    assert loser["code"] == "not-possible-now"


def test_an_old_etag_is_refused(callers: Any, started: Any) -> None:
    task = started.json()["tasks"][0]
    read = callers.officer("GET", f"/tasks/{task}")
    callers.officer("POST", f"/tasks/{task}/claim")

    late = callers.officer("POST", f"/tasks/{task}/complete", {"data": {}}, headers={"If-Match": read.headers["etag"]})
    wrong = callers.officer("POST", f"/tasks/{task}/complete", {"data": {}}, headers={"If-Match": "W/x"})

    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert wrong.status_code == 400


def test_an_answer_of_200_means_stored(callers: Any, started: Any) -> None:
    """The commit comes before the answer: when it fails, nobody is told that all went well."""
    engine = callers.app.state.sessions.kw["bind"]

    def fail(_connection: Any) -> None:
        raise RuntimeError("the commit fails")

    callers.officer("GET", "/tasks")
    event.listen(engine, "commit", fail)
    answer = callers.officer("POST", f"/tasks/{started.json()['tasks'][0]}/claim")
    event.remove(engine, "commit", fail)

    assert answer.status_code == 500
    assert callers.officer("GET", "/tasks").json()["items"][0]["assignee"] is None


def test_lists_go_on_where_a_cursor_says_and_take_no_other(callers: Any, started: Any) -> None:
    for _ in range(2):
        callers.officer("POST", "/processes/permit/instances", {})

    first = callers.officer("GET", "/tasks", params={"limit": 2}).json()
    rest = callers.officer("GET", "/tasks", params={"limit": 2, "cursor": first["next"]}).json()
    wrong = callers.officer("GET", "/tasks", params={"cursor": "AAAAAAAAAAAAAAAA"})

    ids = [item["id"] for item in (*first["items"], *rest["items"])]
    assert len(ids) == len(set(ids)) == 3
    assert rest["next"] is None
    assert wrong.status_code == 400


def test_a_file_is_kept_with_its_hash_and_never_run(callers: Any, started: Any) -> None:
    task = started.json()["tasks"][0]
    page = b"<html><script>alert(1)</script></html>"

    made = callers.officer("POST", f"/tasks/{task}/documents", params={"name": "../../x.html"}, content=page)
    read = callers.officer("GET", f"/documents/{made.json()['id']}")
    empty = callers.officer("POST", f"/tasks/{task}/documents", params={"name": "x"}, content=b"")

    assert (made.status_code, made.json()["name"], made.json()["media_type"]) == (
        201,
        "x.html",
        "application/octet-stream",
    )
    assert read.content == page
    assert read.headers["content-disposition"].startswith("attachment")
    assert read.headers["x-content-type-options"] == "nosniff"
    assert empty.status_code == 422


def test_a_comment_stays_with_the_task(callers: Any, started: Any) -> None:
    task = started.json()["tasks"][0]

    callers.officer("POST", f"/tasks/{task}/comments", {"text": "Mohon dicek"})

    comments = callers.colleague("GET", f"/tasks/{task}").json()["comments"]
    assert [(comment["text"], comment["actor"]) for comment in comments] == [("Mohon dicek", "ofi")]


def test_an_external_worker_takes_and_answers_jobs(callers: Any, user_task: Any, service_task: Any) -> None:
    callers.world.deploy(BEGIN, service_task("ask", "paint"), user_task("check"), END, calls=OUTSIDE)
    callers.officer("POST", "/processes/permit/instances", {})
    asked = {"job_types": ["paint"], "worker": "w1"}

    fetched = callers.key("POST", "/jobs/fetch", asked).json()["items"]
    foreign = callers.outside_key("POST", "/jobs/fetch", asked).json()["items"]
    wrong = callers.key("POST", f"/jobs/{fetched[0]['id']}/complete", {"fence": 99})
    done = callers.key("POST", f"/jobs/{fetched[0]['id']}/complete", {"fence": fetched[0]["fence"]})

    assert (len(fetched), foreign) == (1, [])
    assert wrong.status_code == 409
    assert done.status_code == 200
    assert callers.officer("GET", "/tasks/counts").json()["unassigned"] == 1


def test_problems_say_what_was_expected_in_the_callers_language(callers: Any) -> None:
    malformed = callers.officer("POST", "/signals", content=b"{", headers={"content-type": "application/json"})
    unknown = callers.officer("POST", "/signals", {"name": "s", "colour": "red"})
    indonesian = callers.officer("GET", "/instances/00000000-0000-0000-0000-000000000000")
    english = callers.officer(
        "GET", "/instances/00000000-0000-0000-0000-000000000000", headers={"accept-language": "en"}
    )

    assert malformed.status_code == 400
    assert (unknown.status_code, unknown.json()["errors"][0]["where"]) == (422, "body.colour")
    assert (indonesian.json()["title"], english.json()["title"]) == ("Tidak ditemukan", "There is no such thing")
    assert english.json()["correlation_id"] == english.headers["x-correlation-id"]


def test_a_wrong_password_is_counted_and_locks(callers: Any) -> None:
    sign_in = {"name": "ofi", "password": "wrong"}
    refused = [callers.nobody("POST", "/sessions", sign_in).status_code for _ in range(10)]

    right = callers.nobody("POST", "/sessions", {"name": "ofi", "password": "a password of a test"})

    assert set(refused) == {401}
    assert right.status_code == 401


def test_signing_out_ends_the_session(callers: Any) -> None:
    before = callers.officer("GET", "/me").json()
    callers.officer("DELETE", "/sessions/current")

    assert before["name"] == "ofi"
    assert callers.officer("GET", "/me").status_code == 401


def test_health_readiness_and_metrics_answer(callers: Any, started: Any) -> None:
    assert callers.nobody("GET", "/health").json()["status"] == "ok"
    assert callers.nobody("GET", "/readiness").json()["status"] == "ready"
    assert callers.officer("GET", "/metrics").status_code == 403
    assert "alur_tasks_open 1.0" in callers.platform("GET", "/metrics").text


def test_a_calendar_of_the_agency_is_stored_as_a_new_version(callers: Any) -> None:
    sent = {"days": {"2026-06-01": "Hari jadi kota"}, "source": "Perwali 1/2026", "confirmed": True}

    stored = callers.admin("PUT", "/calendars/2026", sent)
    wrong = callers.admin("PUT", "/calendars/2026", {**sent, "days": {"2027-01-01": "x"}})
    read = callers.officer("GET", "/calendars/2026").json()

    assert stored.json()["number"] == 1
    assert wrong.status_code == 422
    assert read["days_off"]["2026-06-01"] == "Hari jadi kota"


def test_a_holiday_that_is_put_moves_the_terms_of_running_cases(callers: Any, user_task: Any) -> None:
    text = {"id": "x", "en": "x"}
    law = {"basis": "law", "article": "1", "status": "confirmed"}
    point = {"starts": {"entered": "check"}, "ends": {"completed": "check"}}
    term = {"title": text, "amount": 5, "unit": "working_days", "silence": "none", "law": law, **point}
    callers.world.deploy(BEGIN, user_task("check"), END, terms={"answer": term})
    instance = callers.officer("POST", "/processes/permit/instances", {}).json()["instance_id"]

    def due() -> Any:
        return callers.officer("GET", f"/instances/{instance}/terms").json()["items"][0]["due_at"]

    before = due()
    stored = callers.admin("PUT", "/calendars/2026", {"days": {"2026-03-04": "Hari jadi"}, "source": "Perwali 1/2026"})
    again = callers.admin("PUT", "/calendars/2026", {"days": {"2026-03-04": "Hari jadi"}, "source": "Perwali 2/2026"})

    assert (before, due()) == ("2026-03-09T17:00:00Z", "2026-03-10T17:00:00Z")
    assert (stored.json()["cases_moved"], again.json()["cases_moved"]) == (1, 0)
    assert callers.officer("GET", "/tasks").json()["items"][0]["due_at"] == "2026-03-10T17:00:00Z"
