"""Insight in a real browser: figures, the heat of steps on the diagram, and the cases behind each number."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine import jobs
from engine.access import SYSTEM
from engine.models import Instance, JobKind, Rating

HEAD = "kepala.dinas-kominfo"


def test_a_head_follows_a_number_to_its_cases(visit: Any, inspect: Any, request_case: Any) -> None:
    receipt = request_case()
    page = visit("/insight", HEAD)
    assert page.get_by_role("heading", level=1).inner_text() == "Insight"
    inspect(page)

    page.get_by_role("row", name="Information desk officer").get_by_role("link").first.click()

    page.get_by_role("heading", name="Tasks that wait").wait_for()
    inspect(page)
    page.get_by_role("link", name=receipt).click()
    page.get_by_role("heading", name=receipt).wait_for()
    page.locator(".djs-container").wait_for()
    assert page.get_by_role("link", name="Register the request").count() == 1
    inspect(page)


def test_the_diagram_shows_which_steps_take_long_and_the_table_says_it(
    visit: Any, inspect: Any, request_case: Any
) -> None:
    request_case(registered=True)
    page = visit("/insight/steps?process=information_request", HEAD)

    page.locator("[data-element-id=register][class*=alur-hot-]").wait_for()

    assert page.get_by_role("row", name="Register the request").get_by_role("cell").nth(3).inner_text() != "0"
    inspect(page)


def test_who_is_neither_head_nor_auditor_sees_no_insight(visit: Any) -> None:
    page = visit("/desk", "sari.dinas-kominfo")

    assert page.get_by_role("link", name="Insight").count() == 0
    assert page.goto("/insight").status == 403


def test_the_platform_compares_agencies_and_sees_no_case(visit: Any, inspect: Any) -> None:
    page = visit("/insight", "platform")

    assert page.get_by_role("heading", name="How terms were kept").count() == 1
    assert page.locator("a[href^='/insight/cases']").count() == 0
    assert page.goto("/insight/cases?behind=waiting").status == 403


def test_steps_that_no_person_does_are_measured_too(visit: Any, inspect: Any, request_case: Any, site: Any) -> None:
    request_case(registered=True)
    later = datetime.now(UTC) + timedelta(hours=2)
    with site.sessions.begin() as session:
        for job in jobs.claim(session, [JobKind.CALL], owner="t", limit=50, lease=timedelta(minutes=1), now=later):
            jobs.complete(session, job.id, job.fence, {}, actor=SYSTEM, now=later)

    page = visit("/insight/steps?process=information_request", HEAD)

    row = page.get_by_role("row", name="not by people").first
    assert "h" in row.get_by_role("cell").nth(1).inner_text()
    page.locator("[class*=alur-hot-]").first.wait_for()
    inspect(page)


def test_a_head_reads_what_applicants_thought(visit: Any, inspect: Any, request_case: Any, site: Any) -> None:
    receipt = request_case()
    with site.sessions.begin() as session:
        case = session.scalars(select(Instance).where(Instance.receipt == receipt)).one()
        session.add(Rating(instance_id=case.id, score=1, comment="Five <b>hours</b>", at=datetime.now(UTC)))

    page = visit("/insight", HEAD)
    page.get_by_text("What applicants wrote").click()

    assert "Five <b>hours</b>" in page.inner_text("blockquote")
    inspect(page)
    page.locator("blockquote").get_by_role("link", name=receipt).click()
    page.get_by_role("heading", name=receipt).wait_for()
