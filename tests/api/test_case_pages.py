"""Pages of cases over HTTP: what they tell, and whom they refuse."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OURS = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
TEXT = {"id": "Jawaban", "en": "Answer"}
ANSWER = {
    "answer": {
        "title": TEXT,
        "amount": 5,
        "unit": "working_days",
        "starts": {"entered": "check"},
        "stops": ["ask"],
        "ends": {"completed": "decide"},
        "silence": "none",
        "law": {"basis": "law", "article": "1", "status": "confirmed"},
    }
}


@pytest.fixture
def browse(callers: Any) -> Any:
    """Returns a browser of somebody who signed in, that follows nothing by itself."""

    def open_browser(name: str) -> TestClient:
        client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False, headers=OURS)
        signed = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"})
        client.cookies.set("alur_session", signed.json()["token"])
        return client

    return open_browser


def words(answer: Any) -> str:
    """Return what stands on a page, its tags taken out and its white space made one space."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_a_stop_of_the_clock_is_told_with_why_how_long_and_where_it_moved_the_term(
    callers: Any, browse: Any, user_task: Any
) -> None:
    world = callers.world
    world.deploy(BEGIN, user_task("check"), user_task("ask"), user_task("decide"), END, terms=ANSWER)
    moved = world.complete(world.start().tasks[0], now=world.now + timedelta(days=1))
    client = browse("ofi")

    told = words(client.get(f"/cases/{moved.instance_id}"))
    assert "The clock stood because of “Ask”, 3 Mar 2026, 09:00 – now." in told

    world.complete(moved.tasks[0], now=world.now + timedelta(days=3))
    told = words(client.get(f"/cases/{moved.instance_id}"))
    assert "The clock stood because of “Ask”, 3 Mar 2026, 09:00 – 5 Mar 2026, 09:00." in told
    assert "It was due 9 March 2026 and is now due 11 March 2026." in told


def test_a_correction_shows_old_and_new_and_hides_what_its_reader_may_not_see(
    callers: Any, browse: Any, user_task: Any
) -> None:
    world = callers.world
    form = '{"type": "default", "id": "ask", "components": [{"type": "textfield", "key": "nik", "id": "a"}]}'
    hidden = {"confidential": [{"nik": ["registrar"]}], "start": {"by": ["officer"], "form": "ask"}}
    roles = {name: {"title": TEXT, "kind": "office"} for name in ("officer", "registrar")}
    world.deploy(BEGIN, user_task("check"), END, files={"forms/ask.json": form.encode()}, roles=roles, **hidden)
    moved = world.start({"nik": "3273-SECRET"})
    sent = {"variables": {"nik": "9999-SECRET", "fee": 20}, "reason": "typing"}
    corrected = callers.head("PATCH", f"/instances/{moved.instance_id}/variables", sent, headers={"If-Match": "*"})
    assert corrected.status_code == 200

    told = words(browse("ofi").get(f"/cases/{moved.instance_id}/journal"))

    assert "fee: – → 20" in told
    assert "nik: ••• → •••" in told
    assert "SECRET" not in told


def test_what_pages_read_of_the_api_is_compressed_and_what_systems_read_is_not(
    callers: Any, browse: Any, user_task: Any
) -> None:
    callers.world.deploy(BEGIN, *(user_task(f"step_{number}") for number in range(9)), END)
    path = "/v1/processes/permit/versions/1/files/permit.bpmn"

    of_page = browse("ofi").get(path, headers={"X-Alur-Page": "1"})
    of_system = callers.key("GET", path.removeprefix("/v1"))

    assert (of_page.status_code, of_page.headers.get("content-encoding")) == (200, "gzip")
    assert (of_system.status_code, of_system.headers.get("content-encoding")) == (200, None)
