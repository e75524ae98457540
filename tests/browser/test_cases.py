"""Cases in a real browser: found in the list, and everything of one on its page."""

from typing import Any

from cases import start_case

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
