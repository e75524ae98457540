"""The applicant's window: only with number and secret, only what is the applicant's own."""

from types import SimpleNamespace
from typing import Any

import pytest

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}


@pytest.fixture
def case(callers: Any, user_task: Any, form_file: Any) -> Any:
    """A case that waits for its applicant's answer, and a task of the agency beside it."""
    fork, join = '<parallelGateway id="fork"/>', '<parallelGateway id="join"/>'
    beside = '+<sequenceFlow id="f1" sourceRef="fork" targetRef="check"/>' + user_task("check")
    beside += '<sequenceFlow id="f2" sourceRef="check" targetRef="join"/>'
    form = '<zeebe:formDefinition formId="reply"/></extensionElements>'
    reply = user_task("reply", "applicant").replace("</extensionElements>", form)
    roles = {"officer": {"title": TEXT, "kind": "office"}, "applicant": {"title": TEXT, "kind": "applicant"}}
    status = {"reply": {"id": "Menunggu jawaban", "en": "Waiting for your answer"}}
    callers.world.deploy(
        BEGIN,
        fork,
        reply,
        join,
        END,
        beside,
        roles=roles,
        citizen_status=status,
        start={"by": ["officer"], "receipt": "{agency}/{number:04d}"},
        files=form_file("reply", "answer"),
    )
    moved = callers.officer("POST", "/processes/permit/instances", {}).json()
    tasks = {
        task["step"]: task["id"]
        for task in callers.officer("GET", f"/instances/{moved['instance_id']}/tasks").json()["items"]
    }
    return SimpleNamespace(who={"receipt": moved["receipt"], "secret": moved["secret"]}, tasks=tasks)


def test_the_applicant_sees_words_for_citizens_and_what_is_asked(callers: Any, case: Any) -> None:
    shown = callers.nobody("POST", "/tracking", case.who).json()
    asked = callers.nobody("POST", f"/tracking/tasks/{case.tasks['reply']}", case.who).json()

    assert shown["receipt"] == case.who["receipt"]
    assert [task["step"] for task in shown["asked"]] == ["reply"]
    assert asked["form_schema"]["id"] == "reply"


def test_the_applicant_answers_its_own_task_once_and_no_other(callers: Any, case: Any) -> None:
    path = f"/tracking/tasks/{case.tasks['reply']}/complete"

    refused = callers.nobody("POST", path, {**case.who, "data": {}})
    agencys = callers.nobody("POST", f"/tracking/tasks/{case.tasks['check']}/complete", {**case.who, "data": {}})
    answered = callers.nobody("POST", path, {**case.who, "data": {"answer": "ya"}})
    again = callers.nobody("POST", path, {**case.who, "data": {"answer": "ya"}})

    assert (refused.status_code, agencys.status_code) == (422, 403)
    assert (answered.status_code, again.status_code) == (200, 409)


def test_a_case_does_not_open_anothers_tasks(callers: Any, case: Any) -> None:
    other = callers.officer("POST", "/processes/permit/instances", {}).json()
    who = {"receipt": other["receipt"], "secret": other["secret"]}

    read = callers.nobody("POST", f"/tracking/tasks/{case.tasks['reply']}", who)
    answered = callers.nobody("POST", f"/tracking/tasks/{case.tasks['reply']}/complete", {**who, "data": {}})
    mixed = callers.nobody("POST", "/tracking", {**who, "secret": case.who["secret"]})

    assert (read.status_code, answered.status_code, mixed.status_code) == (404, 404, 404)


def test_guessing_secrets_is_refused_after_a_while(callers: Any, case: Any) -> None:
    wrong = {**case.who, "secret": "guess"}

    statuses = [callers.nobody("POST", "/tracking", wrong).status_code for _ in range(31)]
    last = callers.nobody("POST", "/tracking", wrong)

    assert statuses == [404] * 30 + [429]
    assert 1 <= int(last.headers["retry-after"]) <= 61


def test_the_counter_answers_for_the_applicant(callers: Any, case: Any) -> None:
    sent = {"data": {"answer": "ya"}}

    designer = callers.designer("POST", f"/tasks/{case.tasks['reply']}/complete", sent)
    officer = callers.officer("POST", f"/tasks/{case.tasks['reply']}/complete", sent)

    assert (designer.status_code in (403, 404), officer.status_code) == (True, 200)
