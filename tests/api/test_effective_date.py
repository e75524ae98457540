"""A version takes effect on its day, where the agency is, and not before: handed in, approved and used with a clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from api.dependencies import clock
from engine import definitions, messages
from engine.access import Actor, OwnRole

OURS = {"Sec-Fetch-Site": "same-origin"}
END = '<endEvent id="end"/>'
BEGIN = '<startEvent id="begin"/>'
DECLARED = '<message id="m" name="application"/>'
APPLIED = '<startEvent id="applied"><messageEventDefinition messageRef="m"/></startEvent>'
FIRST_DAY = "2026-03-12"
# The first moment of that day in Jakarta; it is the day before in Greenwich.
MIDNIGHT = datetime(2026, 3, 12, tzinfo=ZoneInfo("Asia/Jakarta")).astimezone(UTC)
SECOND = timedelta(seconds=1)


def browser(callers: Any, name: str) -> TestClient:
    client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False)
    signed = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"})
    client.cookies.set("alur_session", signed.json()["token"])
    return client


def at(callers: Any, moment: datetime) -> None:
    callers.app.dependency_overrides[clock] = lambda: moment


def step_of_a_case(callers: Any, moment: datetime) -> str:
    """Start a case at a moment and return the step that it waits at."""
    at(callers, moment)
    client = browser(callers, "ofi")
    own = {"X-Alur-Page": "1"}
    started = client.post("/v1/processes/permit/instances", headers={**own, **once(moment)}, json={})
    assert started.status_code == 201, started.text
    tasks = client.get(f"/v1/instances/{started.json()['instance_id']}/tasks", headers=own).json()["items"]
    return str(tasks[0]["step"])


def once(moment: datetime) -> dict[str, str]:
    return {"Idempotency-Key": moment.isoformat().replace(":", "").replace("+", "")}


@pytest.fixture
def two(callers: Any, user_task: Any) -> None:
    """Version 1 in force; version 2 a draft of the designer."""
    world = callers.world
    world.deploy(BEGIN, user_task("check"), END, agency_id=world.agency)
    maker = Actor("des", agency_id=world.agency, roles=frozenset({OwnRole.DESIGNER}))
    with world.sessions.begin() as session:
        package = world.package(BEGIN, user_task("verify"), END)
        definitions.deploy(session, package, actor=maker, now=world.now, agency_id=world.agency)


@pytest.mark.usefixtures("two")
def test_a_version_approved_for_a_later_day_is_used_from_that_day_on(callers: Any) -> None:
    path = "/workshop/permit/2"
    handed_in = browser(callers, "des").post(f"{path}/submit", headers=OURS, data={"x": ""})
    own = browser(callers, "des").post(f"{path}/approve", headers=OURS, data={"in_force_from": FIRST_DAY})
    approved = browser(callers, "app").post(f"{path}/approve", headers=OURS, data={"in_force_from": FIRST_DAY})
    assert (handed_in.status_code, own.status_code, approved.status_code) == (303, 403, 303)

    steps = [step_of_a_case(callers, moment) for moment in (MIDNIGHT - SECOND, MIDNIGHT, MIDNIGHT + timedelta(days=9))]

    assert steps == ["check", "verify", "verify"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("two")
def test_the_workshop_says_which_version_is_in_force_and_from_when(callers: Any) -> None:
    browser(callers, "app").post("/workshop/permit/2/approve", headers=OURS, data={"in_force_from": FIRST_DAY})

    at(callers, MIDNIGHT - SECOND)
    before = browser(callers, "des").get("/workshop").text
    at(callers, MIDNIGHT)
    after = browser(callers, "des").get("/workshop").text

    assert "Disetujui, berlaku 12 Maret 2026" in before
    assert '<a class="govuk-link" href="/workshop/permit/1">versi 1</a>' in before
    assert '<a class="govuk-link" href="/workshop/permit/2">versi 2</a> sejak 12 Maret 2026' in after


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("day", ["", "soon", "1999-01-01", "2026-02-30"])
def test_a_day_that_is_none_or_too_early_is_refused_and_approves_nothing(callers: Any, day: str) -> None:
    answer = browser(callers, "app").post("/workshop/permit/2/approve", headers=OURS, data={"in_force_from": day})

    assert (answer.status_code, 'href="#in_force_from"' in answer.text) == (422, True)
    assert callers.designer("GET", "/processes/permit/versions/2").json()["status"] == "draft"


def test_a_message_starts_the_version_that_is_in_force_then(callers: Any, user_task: Any) -> None:
    world = callers.world
    first_day = MIDNIGHT.astimezone(ZoneInfo("Asia/Jakarta")).date()
    maker, other = (
        Actor(name, agency_id=world.agency, roles=frozenset({OwnRole.DESIGNER, OwnRole.APPROVER})) for name in "mo"
    )
    with world.sessions.begin() as session:
        for step, day in (("check", None), ("verify", first_day)):
            package = world.package(APPLIED, user_task(step), END, declared=DECLARED)
            made = definitions.deploy(session, package, actor=maker, now=world.now, agency_id=world.agency)
            definitions.approve(session, made.id, actor=other, now=world.now, in_force_from=day)

    started = []
    for moment in (MIDNIGHT - SECOND, MIDNIGHT):
        with world.sessions.begin() as session:
            sent = messages.publish(
                session, "application", str(moment), {}, agency_id=world.agency, actor=world.worker, now=moment
            )
        started += [world.open_steps(each) for each in sent.instances]

    assert started == [["check"], ["verify"]]
