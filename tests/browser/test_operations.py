"""The operations room in a real browser: people and their roles, what stands still and is tried again."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from engine import jobs, workers
from engine.access import SYSTEM
from engine.models import Instance, Job, JobKind
from engine.workers import Sign

ADMIN, PASSWORD = "admin.dinas-kominfo", "a password for a test"


@pytest.fixture
def stuck(site: Any, request_case: Any) -> str:
    """Receipt of a case whose call to another system was given up."""
    receipt: str = request_case(registered=True)
    now = datetime.now(UTC)
    with site.sessions.begin() as session:
        for job in jobs.claim(session, [JobKind.CALL], owner="t", limit=50, lease=timedelta(minutes=1), now=now):
            jobs.fail(session, job.id, job.fence, "Expected an answer", actor=SYSTEM, now=now, attempts_left=0)
    return receipt


def test_an_administrator_adds_a_user_who_signs_in_until_that_is_ended(visit: Any, inspect: Any) -> None:
    page = visit("/operations/people", ADMIN)
    inspect(page)
    page.get_by_role("button", name="Add a user").click()
    inspect(page)
    page.get_by_label("Full name").fill("Rini Wulandari")
    page.get_by_label("User name").fill("budi.dinas-kominfo")
    page.get_by_label("First password").fill("short")
    page.get_by_label("Information desk officer").check()
    page.get_by_role("button", name="Add", exact=True).click()
    assert "at least 12 characters" in page.get_by_role("alert").inner_text()
    inspect(page)
    page.get_by_label("First password").fill(PASSWORD)
    page.get_by_role("button", name="Add", exact=True).click()
    assert "That user name is taken" in page.get_by_role("alert").inner_text()
    page.get_by_label("User name").fill("rini.dinas-kominfo")
    page.get_by_label("First password").fill(PASSWORD)
    page.get_by_role("button", name="Add", exact=True).click()
    assert "The user was added" in page.get_by_role("alert").inner_text()
    inspect(page)

    other = visit("/desk", "rini.dinas-kominfo", password=PASSWORD)
    assert other.get_by_role("heading", level=1).inner_text() == "Desk"

    page.get_by_role("button", name="End the right to sign in").click()
    assert "may no longer sign in" in page.get_by_role("alert").inner_text()
    other.goto("/desk")
    assert "/signin" in other.url


def test_a_role_is_given_for_some_days_and_withdrawn(visit: Any, inspect: Any) -> None:
    page = visit("/operations/people/perancang.dinas-kominfo", ADMIN)

    page.get_by_text("Give roles", exact=True).first.click()
    page.get_by_label("Head: sees and assigns all tasks").check()
    page.get_by_label("Last day (may be empty)").fill("2020-01-01")
    page.get_by_role("button", name="Give roles").click()
    assert "cannot be before" in page.get_by_role("alert").inner_text()
    inspect(page)
    page.get_by_label("Head: sees and assigns all tasks").check()
    page.get_by_label("Last day (may be empty)").fill("2099-12-31")
    page.get_by_role("button", name="Give roles").click()
    row = page.get_by_role("row", name="alur:head")
    assert "1 Jan 2100" in row.inner_text()

    row.get_by_role("button", name="Withdraw").click()
    assert "The role was withdrawn" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("row", name="alur:head").count() == 0


def test_an_operator_sees_why_a_case_stands_still_and_tries_again(visit: Any, inspect: Any, stuck: str) -> None:
    page = visit("/operations/incidents", ADMIN)
    card = page.get_by_role("listitem").filter(has_text=stuck)
    assert "Calling another system failed" in card.inner_text()
    inspect(page)

    card.get_by_role("button", name="Try again").click()

    assert "Tried again" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("listitem").filter(has_text=stuck).count() == 0
    page.get_by_label("State").select_option(label="Resolved")
    page.get_by_role("button", name="Filter").click()
    assert f"Resolved by {ADMIN}" in page.get_by_role("listitem").filter(has_text=stuck).inner_text()
    inspect(page)


def test_an_auditor_reads_what_administrators_changed(visit: Any, inspect: Any) -> None:
    admin = visit("/operations/keys", ADMIN)
    admin.get_by_label("Name").fill("Sistem arsip")
    admin.get_by_label("Read tasks").check()
    admin.get_by_role("button", name="Add the key").click()

    page = visit("/operations", "auditor.dinas-kominfo")
    page.get_by_role("link", name="Changes").click()
    row = page.get_by_role("row").nth(1)
    assert "API key “Sistem arsip” was added" in row.inner_text()
    assert ADMIN in row.inner_text()
    inspect(page)


def test_an_operator_changes_what_a_step_is_given_and_tries_again(
    visit: Any, inspect: Any, site: Any, stuck: str
) -> None:
    page = visit("/operations/incidents", ADMIN)
    page.get_by_role("listitem").filter(has_text=stuck).get_by_role("link", name="Try with other inputs").click()
    inputs = page.get_by_label("Inputs of this step")
    assert "3273014107900001" not in page.content()
    inspect(page)

    assert json.loads(inputs.input_value()) == {"nik": "•••"}
    inputs.fill("{ nik: 3273 }")
    page.get_by_label("Reason").fill("A digit was missing")
    page.get_by_role("button", name="Continue").click()
    assert "Line 1, column 3: this is no JSON" in page.get_by_role("alert").inner_text()
    inspect(page)
    inputs.fill(json.dumps({"nik": "•••", "receipt": "X"}))
    page.get_by_role("button", name="Continue").click()
    assert "receipt: Alur itself writes this" in page.get_by_role("alert").inner_text()
    inputs.fill(json.dumps({"nik": "3171010101010002", "source": "card"}))
    page.get_by_role("button", name="Continue").click()
    assert "••• 3171010101010002" in " ".join(page.get_by_role("row", name="nik").inner_text().split())
    inspect(page)
    page.get_by_role("button", name="Try again now").click()

    assert "Tried again" in page.get_by_role("alert").inner_text()
    with site.sessions() as session:
        case = session.scalars(select(Instance).where(Instance.receipt == stuck)).one()
        job = session.scalars(select(Job).where(Job.instance_id == case.id, Job.kind == JobKind.CALL)).one()
        assert (job.status, job.payload["inputs"]) == ("open", {"nik": "3171010101010002", "source": "card"})
    page.goto(f"/cases/{case.id}/journal")
    told = page.get_by_role("listitem").filter(has_text="What stood still was tried again: A digit was missing")
    assert "source" in told.inner_text()
    assert "3171010101010002" not in page.content()


def test_an_auditor_sees_incidents_and_may_not_act(visit: Any, stuck: str) -> None:
    page = visit("/operations", "auditor.dinas-kominfo")

    assert page.get_by_role("listitem").filter(has_text=stuck).count() == 1
    assert page.get_by_role("button", name="Try again").count() == 0


def test_a_key_is_shown_once_works_and_is_revoked(visit: Any, inspect: Any) -> None:
    page = visit("/operations/keys", ADMIN)
    inspect(page)
    page.get_by_role("button", name="Add the key").click()
    assert "Choose at least one permission" in page.get_by_role("alert").inner_text()
    page.get_by_label("Name").fill("letters")
    page.get_by_label("Read cases").check()
    page.get_by_role("button", name="Add the key").click()
    secret = page.locator("#secret").inner_text()
    inspect(page)
    assert page.request.get("/v1/instances", headers={"X-API-Key": secret}).status == 200

    page.get_by_role("link", name="I have kept it").click()
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke letters").click()

    assert "The key was revoked" in page.get_by_role("alert").inner_text()
    assert page.request.get("/v1/instances", headers={"X-API-Key": secret}).status == 401


def test_a_webhook_is_added_switched_off_and_removed(visit: Any, inspect: Any) -> None:
    page = visit("/operations/webhooks", ADMIN)
    page.get_by_label("Address").fill("nowhere")
    page.get_by_role("button", name="Add the webhook").click()
    assert "whole https address" in page.get_by_role("alert").inner_text()
    page.get_by_label("Address").fill("https://penerima.example/alur")
    page.get_by_role("button", name="Add the webhook").click()
    assert page.locator("#secret").inner_text().startswith("whsec_")

    page.get_by_role("link", name="I have kept it").click()
    inspect(page)
    page.get_by_role("button", name="Switch off https://penerima.example/alur").click()
    assert "Off" in page.get_by_role("row", name="penerima.example").inner_text()
    page.get_by_role("button", name="Remove https://penerima.example/alur").click()
    assert "The webhook was removed" in page.get_by_role("alert").inner_text()


def test_the_platform_adds_an_agency_and_its_administrator(visit: Any, inspect: Any) -> None:
    page = visit("/operations/agencies", "platform")
    inspect(page)
    page.get_by_label("Name", exact=True).fill("Dinas Sosial")
    page.get_by_label("Code").fill("dinas-sosial")
    page.get_by_role("button", name="Add the agency").click()
    assert "The agency was added" in page.get_by_role("alert").inner_text()
    page.get_by_role("link", name="users Dinas Sosial").click()
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("Full name").fill("Dewi")
    page.get_by_label("User name").fill("admin.dinas-sosial")
    page.get_by_label("First password").fill(PASSWORD)
    page.get_by_label("Administrator: users").check()
    page.get_by_role("button", name="Add", exact=True).click()

    theirs = visit("/operations/people", "admin.dinas-sosial", password=PASSWORD)
    assert theirs.locator("tbody tr").count() == 1

    page.goto("/operations/agencies")
    page.get_by_role("button", name="stop Dinas Sosial").click()
    assert "not allowed" in page.get_by_role("row", name="Dinas Sosial").inner_text()


def test_background_work_shows_what_failed_and_who_waits(visit: Any, inspect: Any, stuck: str) -> None:
    page = visit("/operations/jobs", ADMIN)

    assert page.get_by_role("row", name=stuck).filter(has_text="Expected an answer").count() == 1
    assert "Not used" in page.get_by_role("heading", name="Prefect").locator("..").inner_text()
    inspect(page)
    page.get_by_role("link", name="Due now").click()
    inspect(page)


def test_a_new_holiday_shows_what_it_would_move_before_it_is_stored(visit: Any, inspect: Any, stuck: str) -> None:
    page = visit("/operations/calendars?national=1", "platform")
    year = datetime.now(UTC).year
    inspect(page)
    soon = next_working_day(page)
    page.locator("input[name=day]").last.fill(f"{soon}")
    page.get_by_role("button", name="See what it would move").click()
    assert "enter the name of that day" in page.get_by_role("alert").inner_text()
    inspect(page)
    row = page.locator("tr", has=page.locator(f"input[value='{soon}']"))
    row.locator("input[name=name]").fill("Libur khusus")
    page.get_by_role("button", name="See what it would move").click()
    page.get_by_role("heading", name="What calendar").wait_for()
    assert page.get_by_role("row", name=stuck).filter(has_text="later").count() >= 1
    inspect(page)

    page.get_by_role("button", name="Store it and count again").click()

    assert "terms counted again" in page.get_by_role("alert").inner_text()
    assert "cases have other due days now" in page.locator("main").inner_text()
    assert page.get_by_role("heading", level=1).inner_text() == f"Calendar {year}"
    inspect(page)


def next_working_day(page: Any) -> str:
    """Return the first working day from tomorrow on, as the months show them."""
    day = datetime.now(UTC).astimezone(ZoneInfo("Asia/Jakarta")).date() + timedelta(days=1)
    held = set(page.locator("input[name=day]").evaluate_all("all => all.map(one => one.value)"))
    while day.weekday() > 4 or day.isoformat() in held:
        day += timedelta(days=1)
    return day.isoformat()


def test_an_idle_worker_is_seen_and_one_that_fell_silent_is_marked(visit: Any, inspect: Any, site: Any) -> None:
    now = datetime.now(UTC)
    with site.sessions.begin() as session:
        for name, ago in (("alive:1", 5), ("silent:2", 300)):
            at = now - timedelta(seconds=ago)
            workers.seen(session, Sign(name, "0.1.0", at, jobs_done=0, runs_under_prefect=False), now=at)

    page = visit("/operations/jobs", "kepala.dinas-kominfo")

    told = page.locator("dl.alur-facts").first.inner_text()
    alive, silent = told.split("silent:2")
    assert "alive:1" in alive
    assert "last seen" in alive
    assert "silent" not in alive
    assert "silent last seen" in silent.replace("\n", " ")
    inspect(page)
