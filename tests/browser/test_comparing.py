"""Two versions compared in a real browser: signs on both diagrams, and the same in words."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import Site, serving
from cases import start_case
from versions import deploy_second

DESIGNER = "perancang.dinas-kominfo"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, where a second version is in force beside a case of the first."""
    with serving(tmp_path_factory.mktemp("compared")) as started:
        start_case(started.sessions, "information_request")
        deploy_second(started.sessions)
        yield started


def test_what_differs_is_marked_by_signs_on_both_diagrams_and_told_in_words(visit: Any, inspect: Any) -> None:
    page = visit("/workshop/information_request/2", DESIGNER)
    page.get_by_role("link", name="Compare with another version").click()
    page.get_by_label("Version 2 with").select_option("1")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("[data-compare][data-shown]").wait_for()

    old, new = (page.get_by_role("group", name=f"Diagram of version {number}") for number in (1, 2))
    assert old.locator(".alur-sign--removed").all_inner_texts() == ["−"]
    assert sorted(new.locator(".alur-sign--added").all_inner_texts()) == ["+"] * 3
    assert old.locator("[data-element-id=check_identity].alur-on-removed").count() == 1
    assert new.locator("[data-element-id=keep_copy].alur-on-added").count() == 1
    rows = page.locator("table").first.locator("tbody tr")
    removed = rows.filter(has_text="check_identity").first.inner_text()
    assert re.search("removed\\s+seems to be verify_identity now", removed)
    assert "Check the identity by hand" in removed
    assert "changed" in rows.filter(has_text="check_request").first.inner_text()
    running = page.locator("main").inner_text()
    assert "One case of your agency runs on version 1" in running
    assert "goes on as it is" in running
    inspect(page)


def test_a_row_of_the_table_leads_to_the_element_by_keyboard(visit: Any) -> None:
    page = visit("/workshop/information_request/2/compare?to=1", DESIGNER)
    page.locator("[data-compare][data-shown]").wait_for()
    seen = "document.querySelector('[data-side=new] [data-element-id=keep_copy]').getBoundingClientRect().width"
    before = page.evaluate(seen)

    page.locator("[data-find=keep_copy]").focus()
    page.keyboard.press("Enter")

    page.wait_for_function(f"{seen} > {before * 1.5}")


def test_the_same_process_is_chosen_in_both_versions(visit: Any) -> None:
    page = visit("/workshop/information_request/2/compare?to=1", DESIGNER, language="id")
    page.locator("[data-compare][data-shown=information_request]").wait_for()

    page.get_by_role("button", name="Uji konsekuensi").click()

    page.locator("[data-compare][data-shown=consequence_test]").wait_for()
    assert page.locator(".alur-sign").count() == 0


def test_a_process_with_one_version_says_so(visit: Any, inspect: Any) -> None:
    page = visit("/workshop/complaint/1/compare", DESIGNER)

    assert "only one version" in page.locator("main").inner_text()
    inspect(page)
