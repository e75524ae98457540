"""The page of a task over HTTP: who may do what on it, and what its form takes."""

import json
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from engine import accounts
from engine.access import OwnRole
from engine.models import Document, JournalEntry, Task, TaskStatus

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}
ROLES = {role: {"title": TEXT, "kind": "office"} for role in ("officer", "clerk")}
OURS = {"Sec-Fetch-Site": "same-origin"}
CHECK = (
    '<userTask id="check"><extensionElements><zeebe:userTask/><zeebe:formDefinition formId="check"/>'
    '<zeebe:assignmentDefinition candidateGroups="officer"/></extensionElements></userTask>'
)
MASK = "•••"


@pytest.fixture
def task(callers: Any, form_file: Any) -> UUID:
    """An open task of officers, with a form that asks for two texts; one of them is hidden from all but clerks."""
    files = form_file("check", "nik", "finding")
    callers.world.deploy(BEGIN, CHECK, END, roles=ROLES, files=files, confidential=[{"nik": ["clerk"]}])
    started: UUID = callers.world.start({"nik": "3171"}).tasks[0]
    return started


@pytest.fixture
def browser(callers: Any) -> Any:
    """Returns what opens a browser of somebody who signed in, who gets more roles first if any are named."""

    def opened(name: str, *roles: str) -> TestClient:
        with callers.world.sessions.begin() as session:
            if roles:
                accounts.create_user(
                    session,
                    name,
                    name.title(),
                    "a password of a test",
                    agency_id=callers.world.agency,
                    actor="t",
                    now=callers.world.now,
                )
                accounts.grant(session, name, callers.world.agency, roles, actor="t", now=callers.world.now)
        client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False, headers=OURS)
        signed = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"})
        client.cookies.set("alur_session", signed.json()["token"])
        return client

    return opened


def stored(callers: Any, task: UUID) -> Task:
    with callers.world.sessions() as session:
        return session.get_one(Task, task)


ACTS = [
    ("claim", {"x": "x"}),
    ("draft", {"finding": "x"}),
    ("complete", {"asked": "nik finding", "nik": "1", "finding": "x"}),
    ("assign", {"assignee": "kol"}),
    ("comments", {"text": "x"}),
]


@pytest.mark.parametrize(("act", "sent"), ACTS)
def test_another_agency_finds_no_task(callers: Any, task: UUID, browser: Any, act: str, sent: Any) -> None:
    client = browser("out")

    assert client.get(f"/tasks/{task}").status_code == 404
    assert client.post(f"/tasks/{task}/{act}", data=sent).status_code == 404
    assert stored(callers, task).revision == 1


@pytest.mark.parametrize("role", [OwnRole.ADMIN, OwnRole.DESIGNER, OwnRole.APPROVER])
@pytest.mark.parametrize(("act", "sent"), ACTS)
def test_who_only_runs_the_installation_finds_no_task(
    callers: Any, task: UUID, browser: Any, act: str, sent: Any, role: OwnRole
) -> None:
    client = browser("ops", role.value)

    assert client.get(f"/tasks/{task}").status_code == 404
    assert client.post(f"/tasks/{task}/{act}", data=sent).status_code in (403, 404)
    assert stored(callers, task).revision == 1


@pytest.mark.parametrize(("act", "sent"), [each for each in ACTS if each[0] != "comments"])
def test_a_colleague_without_the_role_reads_and_does_nothing(
    callers: Any, task: UUID, browser: Any, act: str, sent: Any
) -> None:
    client = browser("clara", "clerk")

    shown = client.get(f"/tasks/{task}")

    assert shown.status_code == 200
    assert f'action="/tasks/{task}/claim"' not in shown.text
    assert '<fieldset class="alur-bare" disabled' in shown.text
    assert client.post(f"/tasks/{task}/{act}", data=sent).status_code == 403
    assert stored(callers, task).revision == 1


def test_a_file_is_read_by_who_may_see_its_case_and_by_nobody_else(callers: Any, task: UUID, browser: Any) -> None:
    sent = callers.officer("POST", f"/tasks/{task}/documents", params={"name": "a.txt"}, content=b"text")
    path = f"/documents/{sent.json()['id']}"

    for name in ("out", "adm", "des"):
        client = browser(name)
        assert [client.get(path).status_code, client.get(f"{path}/view").status_code] == [404, 404]
    client = browser("kol")
    assert [client.get(path).status_code, client.get(f"{path}/view").status_code] == [200, 200]


def test_a_masked_value_is_shown_as_one_and_stays_when_it_is_sent_back(callers: Any, task: UUID, browser: Any) -> None:
    client = browser("ofi")
    client.post(f"/tasks/{task}/claim", data={"x": "x"})

    shown = client.get(f"/tasks/{task}").text
    assert f'name="nik" value="{MASK}" readonly' in shown
    assert "3171" not in shown
    sent = {"asked": "nik finding", "nik": MASK, "finding": "complete"}
    assert client.post(f"/tasks/{task}/complete", data=sent).headers["location"] == "/desk?done=completed"

    with callers.world.sessions() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "task.completed")).one()
    assert entry.data["data"] == {"nik": "3171", "finding": "complete"}


def test_a_mask_in_another_field_is_no_data(callers: Any, task: UUID, browser: Any) -> None:
    client = browser("ofi")
    client.post(f"/tasks/{task}/claim", data={"x": "x"})

    answer = client.post(f"/tasks/{task}/complete", data={"asked": "nik finding", "nik": MASK, "finding": MASK})

    assert answer.status_code == 422
    assert "This entry is masked" in answer.text or "Isian ini disamarkan" in answer.text
    assert stored(callers, task).status is TaskStatus.OPEN


def test_what_a_form_only_shows_stays_masked_when_it_is_refused(callers: Any, browser: Any) -> None:
    components = [
        {"type": "textfield", "key": "nik", "label": "NIK", "id": "nik", "disabled": True},
        {"type": "textfield", "key": "finding", "label": "Finding", "id": "finding", "validate": {"required": True}},
    ]
    schema = {"id": "check", "type": "default", "schemaVersion": 16, "components": components}
    files = {"forms/check.json": json.dumps(schema).encode()}
    callers.world.deploy(BEGIN, CHECK, END, roles=ROLES, files=files, confidential=[{"nik": ["clerk"]}])
    task = callers.world.start({"nik": "3171"}).tasks[0]
    client = browser("ofi")
    client.post(f"/tasks/{task}/claim", data={"x": "x"})

    shown = client.get(f"/tasks/{task}").text
    refused = client.post(f"/tasks/{task}/complete", data={"asked": "nik finding", "finding": ""})
    typed = client.post(f"/tasks/{task}/draft", data={"finding": "half"})

    assert refused.status_code == 422
    assert MASK in shown
    assert MASK in refused.text
    assert "3171" not in shown + refused.text + typed.text


def test_a_prefilled_value_that_is_emptied_is_empty(callers: Any, browser: Any) -> None:
    components = [{"type": "textfield", "key": key, "label": key, "id": key} for key in ("note", "finding")]
    schema = {"id": "check", "type": "default", "schemaVersion": 16, "components": components}
    files = {"forms/check.json": json.dumps(schema).encode()}
    callers.world.deploy(BEGIN, CHECK, END, roles=ROLES, files=files)
    case = callers.world.start({"note": "old"})
    client = browser("ofi")
    client.post(f"/tasks/{case.tasks[0]}/claim", data={"x": "x"})

    client.post(f"/tasks/{case.tasks[0]}/draft", data={"asked": "note finding", "note": "", "finding": "half"})
    assert 'value="old"' not in client.get(f"/tasks/{case.tasks[0]}").text
    client.post(f"/tasks/{case.tasks[0]}/complete", data={"asked": "note finding", "note": "", "finding": ""})

    variables = callers.world.variables(case.instance_id)
    assert (variables["note"], "finding" in variables) == (None, False)


def test_who_may_read_a_value_gets_it_and_what_was_typed_before(callers: Any, task: UUID, browser: Any) -> None:
    client = browser("clara", "clerk", "officer")
    client.post(f"/tasks/{task}/claim", data={"x": "x"})
    answer = client.post(f"/tasks/{task}/draft", data={"nik": "3171", "finding": "half"})

    assert f'data-revision="{stored(callers, task).revision}"' in answer.text
    shown = client.get(f"/tasks/{task}").text
    assert 'value="3171"' in shown
    assert 'value="half"' in shown


def test_what_was_typed_stays_when_somebody_else_changed_the_task(callers: Any, task: UUID, browser: Any) -> None:
    client = browser("ofi")
    client.post(f"/tasks/{task}/claim", data={"x": "x"})
    sent = {"_revision": "1", "asked": "nik finding", "nik": MASK, "finding": "complete"}

    answer = client.post(f"/tasks/{task}/complete", data=sent)

    assert answer.status_code == 412
    assert 'value="complete"' in answer.text
    assert stored(callers, task).status is TaskStatus.OPEN


def test_a_file_for_which_the_form_does_not_ask_is_not_kept(callers: Any, task: UUID, browser: Any) -> None:
    client = browser("ofi")
    client.post(f"/tasks/{task}/claim", data={"x": "x"})
    upload = {"evidence": ("a.txt", b"text")}

    client.post(f"/tasks/{task}/complete", data={"asked": "nik finding", "nik": MASK}, files=upload)

    with callers.world.sessions() as session:
        assert session.scalars(select(Document)).all() == []
