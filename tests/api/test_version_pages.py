"""Pages about versions: what is another agency's is not there, and who may only look changes nothing."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
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
