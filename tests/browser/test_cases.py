"""Cases in a real browser: found in the list, and everything of one on its page."""

from datetime import UTC, datetime
from typing import Any

from cases import actor_of, data_of, start_case

from engine import instances, tasks

OFFICER, STRANGER, MAKER = "budi.dinas-kominfo", "budi.dinas-pupr", "perancang.dinas-kominfo"


def test_a_case_is_found_by_what_it_is_about(visit: Any, inspect: Any, site: Any) -> None:
    wanted = start_case(site.sessions, "information_request").receipt
    other = start_case(site.sessions, "building_permit").receipt
    page = visit("/cases", OFFICER)
    inspect(page)

    page.get_by_label("Search number, key, name or subject").fill("rahma anggaran")
    page.get_by_label("Process").select_option(label="Public information request")
    page.get_by_label("State").select_option("running")
    page.get_by_role("button", name="Search").click()

    links = page.locator("[data-row]").all_inner_texts()
    assert wanted in links
    assert other not in links
    assert page.get_by_label("State").input_value() == "running"
    page.get_by_role("link", name=wanted).click()
    assert page.get_by_role("heading", level=1).inner_text() == wanted


def test_a_list_without_cases_says_what_to_do(visit: Any, inspect: Any, site: Any) -> None:
    start_case(site.sessions)
    page = visit("/cases?text=nowhere+to+be+found", OFFICER)
    inspect(page)
    assert "No case matches" in page.locator("main").inner_text()

    page.get_by_role("link", name="clear all filters").click()
    assert page.locator("[data-row]").count() > 0

    page.goto("/cases?when=late")
    assert "No case matches" in page.locator("main").inner_text()


def test_the_list_is_there_for_who_does_casework_alone(visit: Any, inspect: Any, site: Any) -> None:
    receipt = start_case(site.sessions).receipt
    page = visit("/cases", STRANGER)
    inspect(page)
    assert "Your agency has no cases yet" in page.locator("main").inner_text()
    assert receipt not in page.content()

    page = visit("/workshop", MAKER)
    assert page.get_by_role("link", name="Cases", exact=True).count() == 0
    assert page.request.get("/cases").status == 403


def test_the_page_of_a_case_says_how_it_stands_and_leads_to_what_belongs_to_it(
    visit: Any, inspect: Any, site: Any
) -> None:
    moved = start_case(site.sessions)
    with site.sessions.begin() as session:
        officer = actor_of(session, "sari.dinas-kominfo")
        later = instances.start(
            session,
            "complaint",
            data_of("complaint"),
            agency_id=officer.agency_id,
            actor=officer,
            now=datetime.now(UTC),
            business_key=moved.receipt,
        )
    page = visit(f"/cases/{later.instance_id}", OFFICER)
    inspect(page)
    main = page.locator("main")
    assert "Your report is being verified" in main.inner_text()

    related = page.get_by_role("region", name="Related cases")
    assert "Began with" in related.inner_text()
    related.get_by_role("link", name=moved.receipt).click()

    assert page.get_by_role("heading", level=1).inner_text() == moved.receipt
    assert "Followed by" in page.get_by_role("region", name="Related cases").inner_text()


def test_the_journal_of_a_long_case_has_pages_and_says_that_it_is_whole(visit: Any, inspect: Any, site: Any) -> None:
    moved = start_case(site.sessions)
    with site.sessions.begin() as session:
        officer = actor_of(session, OFFICER)
        for number in range(120):
            tasks.comment(session, moved.tasks[0], f"Note {number}", actor=officer, now=datetime.now(UTC))
    page = visit(f"/cases/{moved.instance_id}", OFFICER)
    page.get_by_role("link", name="The whole journal").click()

    assert "The journal is complete: 12" in page.locator("main").inner_text()
    assert page.locator(".alur-timeline li").count() == 100
    inspect(page)
    page.get_by_role("link", name="Older entries").click()
    assert "The case was started" in page.locator(".alur-timeline li").last.inner_text()
    assert page.get_by_role("link", name="Older entries").count() == 0


def test_another_agency_and_who_does_no_casework_find_no_case(visit: Any, site: Any) -> None:
    moved = start_case(site.sessions)
    paths = [f"/cases/{moved.instance_id}", f"/cases/{moved.instance_id}/journal"]

    for person in (STRANGER, MAKER):
        page = visit("/account", person)
        assert [page.request.get(path).status for path in paths] == [404, 404]
