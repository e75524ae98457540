"""The citizens' window over HTTP: who gets in, what is done once, where the secret stands."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.dependencies import clock
from api.pages import tracking
from engine.models import Document, Instance, Rating, Task

TEXT = {"id": "x", "en": "x"}
ROLES = {"officer": {"title": TEXT, "kind": "office"}, "citizen": {"title": {"id": "Warga"}, "kind": "applicant"}}
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def offered(callers: Any, user_task: Any, form_file: Any) -> Any:
    """A service whose only step is the applicant's, one that is the officer's, and one for the counter alone."""
    forms = form_file("application", "name")
    public = {"by": ["citizen", "officer"], "form": "application"}
    filled = '<zeebe:userTask/><zeebe:formDefinition formId="application"/>'
    for process_id, role in (("permit", "citizen"), ("notice", "officer")):
        callers.world.deploy(
            *(BEGIN, user_task("check", role).replace("<zeebe:userTask/>", filled), END),
            process_id=process_id,
            roles=ROLES,
            start={**public, "receipt": f"{process_id}/{{number:04d}}"},
            files=forms,
        )
    counter = {"by": ["officer"]}
    callers.world.deploy(BEGIN, user_task("check"), END, process_id="counter", roles=ROLES, start=counter)
    return callers


@pytest.fixture
def browser(offered: Any) -> Any:
    """Returns what opens a browser of somebody new."""
    return lambda: TestClient(offered.app, raise_server_exceptions=False, follow_redirects=False)


def _apply(client: TestClient, process_id: str = "permit", once: str = "", name: str = "Siti", **more: Any) -> Any:
    data = {"agency": "DKI", "asked": "name", "name": name, "once": once}
    files = more.pop("files", {"none": ("", b"")})
    return client.post(f"/services/{process_id}/applications", data=data, files=files, headers=OWN, **more)


def _receipt(client: TestClient) -> tuple[str, str]:
    text = client.get("/tracking/receipt").text
    number, secret = (text.split(f'id="receipt-{part}">')[1].split("<")[0] for part in ("number", "secret"))
    return number, secret


def _count(callers: Any, model: Any) -> int:
    with callers.world.sessions() as session:
        return int(session.scalar(select(func.count()).select_from(model)) or 0)


def _task(callers: Any, receipt: str) -> Any:
    with callers.world.sessions() as session:
        return session.scalars(select(Task.id).join(Instance).where(Instance.receipt == receipt)).one()


def test_everything_of_a_case_leads_who_has_none_open_to_the_door(offered: Any, browser: Any) -> None:
    routes = [
        (method, route.path.replace("{task_id}", "0198c0de-0000-7000-8000-000000000001").replace("{name}", "x"))
        for route in tracking.router.routes
        if isinstance(route, APIRoute) and route.path.startswith("/tracking/") and route.path != "/tracking/close"
        for method in route.methods
    ]

    assert len(routes) >= 7
    for method, path in routes:
        answer = browser().request(method, path, headers=OWN, data={"x": "1"} if method == "POST" else None)
        assert (answer.status_code, answer.headers["location"]) == (303, "/tracking?done=case-closed"), path


def test_a_form_of_another_site_is_refused(browser: Any) -> None:
    client = browser()
    _apply(client)

    for path in ("/services/permit/applications", "/services/permit/apply", "/tracking", "/tracking/rating"):
        foreign = client.post(path, data={"agency": "DKI"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403, path


def test_an_application_sent_twice_from_one_page_is_one_case(offered: Any, browser: Any) -> None:
    client, key = browser(), "k" * 32

    first = _apply(client, once=key)
    receipt = _receipt(client)
    again = _apply(client, once=key)

    assert (first.status_code, first.headers["location"]) == (303, "/tracking/receipt")
    assert again.status_code == 303
    assert _receipt(client) == receipt
    assert _count(offered, Instance) == 1


def test_the_key_of_a_page_gives_nobody_elses_case(offered: Any, browser: Any) -> None:
    one, other, key = browser(), browser(), "k" * 32

    _apply(one, once=key)
    _apply(other, once=key, name="Budi")

    assert _receipt(one) != _receipt(other)
    assert _count(offered, Instance) == 2


def test_the_secret_stands_in_no_address_and_no_script_reads_it(browser: Any) -> None:
    client = browser()

    answer = _apply(client)

    number, secret = _receipt(client)
    cookie = answer.headers["set-cookie"]
    assert secret not in cookie
    assert secret not in answer.headers["location"]
    assert {"HttpOnly", "Path=/tracking", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    opened = browser()
    answer = opened.post("/tracking", data={"receipt": number, "secret": secret}, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/tracking/case")
    assert number in opened.get("/tracking/case").text


def test_a_case_is_open_for_an_hour_and_until_it_is_closed(offered: Any, browser: Any, now: Any) -> None:
    client = browser()
    _apply(client)

    offered.app.dependency_overrides[clock] = lambda: now + timedelta(minutes=61)
    late = client.get("/tracking/case")
    offered.app.dependency_overrides[clock] = lambda: now
    inside = client.get("/tracking/case")
    client.post("/tracking/close", data={"close": "1"}, headers=OWN)

    assert (late.status_code, inside.status_code, client.get("/tracking/case").status_code) == (303, 200, 303)


def test_a_wrong_secret_opens_nothing_and_may_not_be_tried_for_ever(browser: Any) -> None:
    client = browser()
    _apply(client)
    number, _secret = _receipt(client)
    stranger = browser()

    statuses = [
        stranger.post("/tracking", data={"receipt": number, "secret": "x"}, headers=OWN).status_code for _ in range(31)
    ]

    assert statuses == [404] * 30 + [429]
    assert stranger.get("/tracking/case").status_code == 303


def test_a_case_opens_no_task_of_another_case_and_none_of_the_agency(offered: Any, browser: Any) -> None:
    mine, other, officers = browser(), browser(), browser()
    for client, process_id in ((mine, "permit"), (other, "permit"), (officers, "notice")):
        _apply(client, process_id)

    foreign = f"/tracking/tasks/{_task(offered, _receipt(other)[0])}"
    of_agency = f"/tracking/tasks/{_task(offered, _receipt(officers)[0])}"

    assert mine.get(foreign).status_code == 404
    assert mine.post(foreign, data={"name": "x"}, headers=OWN).status_code == 404
    assert officers.get(of_agency).status_code == 403
    assert officers.post(of_agency, data={"asked": "name", "name": "x"}, headers=OWN).status_code == 403


def test_an_applicant_answers_sends_files_and_rates_once(offered: Any, browser: Any) -> None:
    client = browser()
    _apply(client)
    path = f"/tracking/tasks/{_task(offered, _receipt(client)[0])}"

    empty = client.post(path, data={"asked": "name"}, headers=OWN)
    nothing = client.post("/tracking/documents", files={"file": ("", b"")}, headers=OWN)
    sent = client.post("/tracking/documents", files={"file": ("a.txt", b"abc")}, headers=OWN)
    early = client.post("/tracking/rating", data={"score": "4"}, headers=OWN)
    answered = client.post(path, data={"asked": "name", "name": "Siti", "step": "send"}, headers=OWN)
    wrong = client.post("/tracking/rating", data={"score": "5"}, headers=OWN)
    rated = client.post("/tracking/rating", data={"score": "4", "comment": "<b>"}, headers=OWN)
    twice = client.post("/tracking/rating", data={"score": "1"}, headers=OWN)

    assert (empty.status_code, nothing.status_code, sent.status_code) == (422, 422, 303)
    assert (early.status_code, answered.status_code) == (409, 303)
    assert (wrong.status_code, rated.status_code, twice.status_code) == (422, 303, 409)
    assert (_count(offered, Document), _count(offered, Rating)) == (1, 1)


def test_only_services_that_people_apply_for_at_agencies_that_offer_them_are_applied_for(browser: Any) -> None:
    client = browser()

    assert client.get("/services/counter/apply?agency=DKI").status_code == 403
    assert _apply(client, "counter").status_code == 403
    assert client.get("/services/permit/apply?agency=BALI").status_code == 404
    assert client.get("/services/nothing").status_code == 404
    assert client.get("/services/nothing/apply").status_code == 404


def test_who_is_signed_in_goes_to_the_desk_and_the_public_to_its_window(browser: Any) -> None:
    assert "Layanan untuk Anda" in browser().get("/").text
