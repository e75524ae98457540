"""Pages about versions: what is another agency's is not there, and who may only look changes nothing."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from engine import accounts
from engine.access import OwnRole
from engine.models import CarryOver

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OURS = {"Sec-Fetch-Site": "same-origin"}
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def browser(callers: Any, name: str | None) -> TestClient:
    client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False)
    if name is not None:
        signed = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"})
        client.cookies.set("alur_session", signed.json()["token"])
    return client


@pytest.fixture
def own(callers: Any, user_task: Any) -> None:
    """Two versions of a process that only the agency DKI has."""
    for step in ("check", "verify"):
        callers.world.deploy(BEGIN, user_task(step), END, agency_id=callers.world.agency)


@SQLITE
@pytest.mark.usefixtures("own")
def test_versions_of_another_agency_are_not_compared(callers: Any) -> None:
    path = "/workshop/permit/1/compare?to=2"

    assert browser(callers, None).get(path).headers["location"].startswith("/signin")
    assert browser(callers, "out").get(path).status_code == 404
    assert browser(callers, "des").get(path).status_code == 200
    assert browser(callers, "des").get("/workshop/permit/1/compare?to=9").status_code == 404
    assert "verify" in browser(callers, "ofi").get(path).text


@SQLITE
@pytest.mark.usefixtures("own")
def test_only_who_operates_cases_moves_them_and_only_those_of_the_agency(callers: Any) -> None:
    world = callers.world
    case = callers.officer("POST", "/processes/permit/instances", {"version": 1}).json()
    map_of_steps, sent = "/workshop/permit/1/move", {"to": "2", "step.check": "verify"}
    head = browser(callers, "hed")
    made = head.post(map_of_steps, headers=OURS, data=sent)
    run = made.headers["location"]

    assert (made.status_code, run.rpartition("/")[0]) == (303, "/workshop/permit/1/moves")
    assert head.get(map_of_steps).status_code == head.get(run).status_code == 200
    assert head.get(run.replace("/1/", "/2/")).status_code == 404
    for name, status in ((None, 303), ("ofi", 403), ("des", 403), ("app", 403), ("out", 404)):
        other = browser(callers, name)
        asked = [other.get(path).status_code for path in (map_of_steps, run)]
        sent_by_other = [
            other.post(path, headers=OURS, data=sent).status_code
            for path in (map_of_steps, f"{run}/run", f"{run}/cancel")
        ]
        assert {*asked, *sent_by_other} == {status}, name
    assert head.post(map_of_steps, headers=OURS, data={"to": "x"}).status_code == 404
    assert head.post(f"{run}/cancel", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    with world.sessions() as session:
        assert len(session.scalars(select(CarryOver)).all()) == 1
    assert world.open_steps(UUID(case["instance_id"])) == ["check"]


STORY = """
name: Permohonan diperiksa petugas
source: UU 1/2000 pasal 1
start: {at: 2026-03-02T09:00:00+07:00, by: siti, data: {}}
expect: {status: STATUS}
"""


@SQLITE
def test_only_who_makes_or_approves_versions_plays_their_scenarios(callers: Any, user_task: Any) -> None:
    world = callers.world
    stories = {"right": "running", "wrong": "completed"}
    files = {f"scenarios/{name}.yaml": STORY.replace("STATUS", status).encode() for name, status in stories.items()}
    world.deploy(BEGIN, user_task("check"), END, files=files, agency_id=world.agency)
    path = "/workshop/permit/1/play"

    def played(name: str | None, **fields: str) -> Any:
        return browser(callers, name).post(path, headers=OURS, data={"only": "", **fields})

    for name, status in ((None, 303), ("ofi", 403), ("hed", 403), ("out", 403)):
        assert browser(callers, name).get(path).status_code == status
        assert played(name).status_code == status
    with world.sessions.begin() as session:
        accounts.grant(session, "out", world.other_agency, [OwnRole.DESIGNER], actor="t", now=world.now)
    assert (browser(callers, "out").get(path).status_code, played("out").status_code) == (404, 404)

    both, right, none = played("app"), played("des", only="scenarios/right.yaml"), played("des", only="../x")

    assert (both.status_code, right.status_code, none.status_code) == (200, 200, 404)
    assert "1 dari 2 skenario tidak berjalan seperti ceritanya" in both.text
    assert re.search(r"Diharapkan status \W*completed\W*, ditemukan \W*running", unescape(both.text))
    assert "1 dari 1 skenario berjalan seperti ceritanya" in right.text
    assert "Perkara dimulai" in right.text
    assert (
        browser(callers, "des").post(path, headers={"Sec-Fetch-Site": "cross-site"}, data={"only": ""}).status_code
        == 403
    )
