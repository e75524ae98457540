"""What applicants wrote themselves they see again in their window, and a form that they send back loses none of it."""

import json
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from engine.models import Instance, Task, TaskStatus

TEXT = {"id": "x", "en": "x"}
ROLES = {"officer": {"title": TEXT, "kind": "office"}, "citizen": {"title": {"id": "Warga"}, "kind": "applicant"}}
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OWN = {"Sec-Fetch-Site": "same-origin"}
NIK, NOTE = "3273014107900001", "Dicurigai ganda"


def _form(name: str, *components: dict[str, Any]) -> dict[str, bytes]:
    schema = {"type": "default", "id": name, "components": [{"label": each["key"], **each} for each in components]}
    return {f"forms/{name}.json": json.dumps(schema).encode()}


def _field(key: str, **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "id": key.replace(".", "_"), **more}


NIK_FIELD = _field("applicant.nik", validate={"required": True, "pattern": "^[0-9]{16}$"})
FILES = {
    **_form("application", _field("applicant.name"), NIK_FIELD, _field("applicant.phone", defaultValue="021")),
    **_form("review", _field("review.note"), _field("review.score")),
    **_form(
        "completion",
        NIK_FIELD,
        _field("applicant.phone", defaultValue="021"),
        _field("review.note", disabled=True),
        _field("supplement"),
    ),
}


@pytest.fixture
def window(callers: Any, user_task: Any) -> Any:
    """A browser of an applicant, of whom more is asked, and the id of that task."""

    def step(name: str, role: str, form: str) -> str:
        with_form = f'<zeebe:userTask/><zeebe:formDefinition formId="{form}"/>'
        return str(user_task(name, role).replace("<zeebe:userTask/>", with_form))

    world = callers.world
    world.deploy(
        *(BEGIN, step("look", "officer", "review"), step("more", "citizen", "completion"), user_task("decide"), END),
        roles=ROLES,
        start={"by": ["citizen", "officer"], "form": "application", "receipt": "P/{number:04d}"},
        confidential=[{"applicant": ["officer"]}, {"review": ["officer"]}],
        files=FILES,
    )
    client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False)
    asked = "applicant.name applicant.nik applicant.phone"
    sent = {"agency": "DKI", "asked": asked, "applicant.name": "Siti", "applicant.nik": NIK, "applicant.phone": ""}
    client.post("/services/permit/applications", data=sent, files={"none": ("", b"")}, headers=OWN)
    world.complete(_open(callers), {"review": {"note": NOTE, "score": "7"}})
    return client, _open(callers)


def _open(callers: Any) -> UUID:
    with callers.world.sessions() as session:
        return session.scalars(select(Task.id).where(Task.status == TaskStatus.OPEN)).one()


def _variables(callers: Any) -> Any:
    with callers.world.sessions() as session:
        instance = session.scalars(select(Instance.id)).one()
    return callers.world.variables(instance)


def _send(client: TestClient, task: UUID, **values: str) -> Any:
    data = {"asked": "applicant.nik applicant.phone review.note supplement", **values}
    return client.post(f"/tracking/tasks/{task}", data=data, files={"none": ("", b"")}, headers=OWN)


def test_a_default_that_was_emptied_does_not_come_back(callers: Any, window: Any) -> None:
    client, task = window

    assert _variables(callers)["applicant"] == {"name": "Siti", "nik": NIK, "phone": None}
    assert 'value="021"' not in client.get(f"/tracking/tasks/{task}").text


def test_applicants_see_what_they_wrote_and_nothing_that_the_office_keeps_from_them(callers: Any, window: Any) -> None:
    client, task = window
    page = client.get(f"/tracking/tasks/{task}").text
    refused = _send(client, task, **{"applicant.nik": "12"})

    assert f'value="{NIK}"' in page
    assert refused.status_code == 422
    assert 'value="12"' in refused.text
    assert NOTE not in page + refused.text


def test_a_form_that_is_sent_back_loses_nothing(callers: Any, window: Any) -> None:
    client, task = window
    answer = _send(client, task, **{"applicant.nik": NIK, "applicant.phone": "022", "supplement": "Terlampir"})

    assert answer.status_code == 303
    variables = _variables(callers)
    assert variables["applicant"] == {"name": "Siti", "nik": NIK, "phone": "022"}
    assert (variables["review"], variables["supplement"]) == ({"note": NOTE, "score": "7"}, "Terlampir")


def test_the_mask_of_somebody_else_is_put_back_and_never_stored(callers: Any, window: Any) -> None:
    client, task = window
    number, secret = _receipt(client)
    shown = callers.nobody("POST", f"/tracking/tasks/{task}", {"receipt": number, "secret": secret}).json()
    callers.nobody(
        "POST",
        f"/tracking/tasks/{task}/complete",
        {"receipt": number, "secret": secret, "data": {"applicant": {"nik": "•••"}, "supplement": "x"}},
    )

    assert shown["data"]["applicant"]["nik"] == NIK
    assert NOTE not in json.dumps(shown)
    assert _variables(callers)["applicant"]["nik"] == NIK


def _receipt(client: TestClient) -> tuple[str, str]:
    text = client.get("/tracking/receipt").text
    number, secret = (text.split(f'id="receipt-{part}">')[1].split("<")[0] for part in ("number", "secret"))
    return number, secret
