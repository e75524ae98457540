"""Every page there is, found in the application: nobody unknown gets in, and another agency's things show nowhere."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import select

from engine import accounts
from engine.access import OwnRole
from engine.database import Page
from engine.journal import entries
from engine.models import Incident, Job, User

# What stands in another agency's things and may be on no page of somebody else.
SECRET = "RAHASIA"
# Pages for everybody, by the beginning of their address.
OPEN = ("/signin", "/signout", "/language", "/services", "/tracking", "/statistics")
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OUTSIDE = {"paint": {"title": {"id": "Cat", "en": "Paint"}, "connector": "external"}}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def pages(callers: Any) -> list[tuple[str, str]]:
    """Method and path of every route that is no part of the API."""
    return [
        (method, found.path)
        for found in iter_route_contexts(callers.app.routes)
        if found.path and not found.path.startswith(("/v1", "/static"))
        for method in sorted(found.methods or ())
        if method != "HEAD"
    ]


@pytest.fixture
def things(callers: Any, user_task: Any, service_task: Any) -> dict[str, str]:
    """Things of the agency DKI by the names that paths give them; whatever of them can hold a text holds the secret."""
    world = callers.world
    world.deploy(BEGIN, user_task("check"), END)
    world.deploy(BEGIN, service_task("ask", "paint"), END, process_id="failing", calls=OUTSIDE)
    sent = {"variables": {"said": SECRET}, "business_key": SECRET}
    case = callers.officer("POST", "/processes/permit/instances", sent).json()
    task = case["tasks"][0]
    callers.officer("POST", f"/tasks/{task}/comments", {"text": SECRET})
    document = callers.officer("POST", f"/tasks/{task}/documents", params={"name": f"{SECRET}.txt"}, content=b"x")
    callers.officer("POST", "/processes/failing/instances", {})
    taken = callers.key("POST", "/jobs/fetch", {"job_types": ["paint"], "worker": "w"}).json()["items"][0]
    callers.key("POST", f"/jobs/{taken['id']}/fail", {"fence": taken["fence"], "error": SECRET, "attempts_left": 0})
    callers.officer("POST", "/processes/failing/instances", {})
    webhook = callers.admin("POST", "/webhooks", {"url": f"https://example.org/{SECRET}"}).json()["id"]
    key = callers.admin("POST", "/keys", {"name": SECRET, "scopes": ["tasks:read"]}).json()["id"]
    callers.admin("PATCH", "/users/ofi", {"full_name": SECRET})
    with world.sessions() as session:
        job, incident = session.scalars(select(Job.id)).first(), session.scalars(select(Incident.id)).one()
    return {
        "instance_id": case["instance_id"],
        "case_id": case["instance_id"],
        "task_id": task,
        "document_id": document.json()["id"],
        "job_id": str(job),
        "incident_id": str(incident),
        "webhook_id": webhook,
        "key_id": key,
        "process_id": "permit",
        "number": "1",
        "name": "ofi",
        "code": "DKI",
        "year": "2026",
    }


def address(path: str, things: dict[str, str]) -> str:
    """Return a path with its names filled in; ids of kinds that this test does not know are of nothing."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: things.get(found[1]) or _unknown(found[1]), path)


def _unknown(name: str) -> str:
    return str(uuid4()) if name.endswith("_id") else "x"


def browser(callers: Any, name: str | None) -> TestClient:
    """A browser of somebody who signed in (None: nobody), that follows nothing by itself."""
    client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False)
    if name is not None:
        signed = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"})
        client.cookies.set("alur_session", signed.json()["token"])
    return client


def ask(client: TestClient, method: str, path: str, headers: dict[str, str]) -> Any:
    return client.request(method, path, headers=headers, data={} if method == "GET" else {"text": "x"})


@pytest.fixture
def stranger(callers: Any) -> TestClient:
    """Somebody with every role that another agency can give."""
    with callers.world.sessions.begin() as session:
        roles = [role.value for role in OwnRole if role is not OwnRole.PLATFORM]
        accounts.grant(session, "out", callers.world.other_agency, roles, actor="t", now=callers.world.now)
    return browser(callers, "out")


def test_there_are_pages_and_the_walk_finds_them(pages: Any) -> None:
    assert {("GET", "/desk"), ("POST", "/signin"), ("GET", "/operations/people/{name}")} <= set(pages)


def test_who_is_unknown_is_led_to_the_page_for_signing_in(callers: Any, pages: Any, things: Any) -> None:
    client, wrong = browser(callers, None), {}
    for method, path in pages:
        answer = ask(client, method, address(path, things), OURS)
        is_led = answer.status_code == 303 and answer.headers["location"].startswith(("/signin", "/desk", "/services"))
        is_open = path == "/" or path.startswith(OPEN)
        if SECRET in answer.text or not (is_led or (is_open and answer.status_code < 500)):
            wrong[method, path] = (answer.status_code, answer.headers.get("location"), answer.text[:200])

    assert wrong == {}


def test_another_agencys_things_show_on_no_page(callers: Any, pages: Any, things: Any, stranger: TestClient) -> None:
    assert ask(stranger, "GET", "/operations/people", OURS).status_code == 200
    shown = {}
    for method, path in pages:
        if method == "GET":
            for query in ("", "?of=DKI", f"?text={SECRET[:4]}"):
                answer = ask(stranger, method, address(path, things) + query, OURS)
                if answer.status_code >= 500 or SECRET in answer.text.replace(f'value="{SECRET[:4]}"', ""):
                    shown[path + query] = (answer.status_code, answer.text[:300])

    assert shown == {}


def test_another_agency_changes_nothing(callers: Any, pages: Any, things: Any, stranger: TestClient) -> None:
    before, wrong = state(callers, things), {}
    for method, path in pages:
        if method != "GET" and not path.startswith(("/signout", "/account", "/agency")):
            for query in ("", "?of=DKI"):
                answer = ask(stranger, method, address(path, things) + query, OURS)
                if answer.status_code >= 500 or SECRET in answer.text:
                    wrong[path + query] = (answer.status_code, answer.text[:300])

    assert wrong == {}
    assert state(callers, things) == before


def test_no_page_takes_a_form_of_another_site(callers: Any, pages: Any, things: Any) -> None:
    client, taken = browser(callers, "hed"), {}
    for method, path in pages:
        if method != "GET":
            answer = ask(client, method, address(path, things), {"Sec-Fetch-Site": "cross-site"})
            if answer.status_code != 403:
                taken[path] = answer.status_code

    assert taken == {}


def test_a_reader_of_each_kind_meets_no_error_of_ours(callers: Any, pages: Any, things: Any) -> None:
    wrong = {}
    for name in ("ofi", "hed", "adm", "des", "app", "pla"):
        client = browser(callers, name)
        for method, path in pages:
            if method == "GET":
                answer = ask(client, method, address(path, things), OURS)
                if answer.status_code >= 500:
                    wrong[name, path] = answer.text[:300]

    assert wrong == {}


def state(callers: Any, things: dict[str, str]) -> Any:
    """Return what a stranger must not have changed."""
    with callers.world.sessions() as session:
        journal = entries(session, UUID(things["instance_id"]), Page(200)).items
        users = session.execute(select(User.name, User.full_name, User.active, User.password_hash)).all()
        return (len(journal), sorted(tuple(row) for row in users if row.name != "out"))
