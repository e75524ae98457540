"""Scenarios played in a real browser: the path on the diagram and as a list, and what none of them passes."""

import re
from typing import Any

import pytest

DESIGNER = "perancang.dinas-kominfo"
# Playing takes a process of its own and some seconds, more on a machine that is busy.
PATIENCE = 120_000
ONE = "A request is answered within ten working days"


@pytest.fixture
def played(visit: Any) -> Any:
    """Plays one scenario of the information request and waits for the diagram."""

    def play(name: str = ONE, **more: Any) -> Any:
        page = visit("/workshop/information_request/1/play", DESIGNER, **more)
        page.set_default_timeout(PATIENCE)
        page.get_by_role("button", name=f"Play {name}", exact=True).click()
        page.locator("[data-player][data-at]").wait_for()
        return page

    return play


def passed(page: Any) -> set[str]:
    found = page.locator("[data-element-id].alur-on-passed, [data-element-id].alur-on-now")
    return {each.get_attribute("data-element-id") for each in found.all()}


def test_a_path_is_walked_act_by_act_with_keys_and_the_list_says_the_same(inspect: Any, played: Any) -> None:
    page = played()
    told = page.locator("[data-told]")
    acts = page.locator(".alur-path > li")
    assert re.match(r"1/\d+: The case was started", told.inner_text())
    assert page.locator("[data-element-id=register].alur-on-now").count() == 1
    assert page.get_by_title("now here").all_inner_texts() == ["●"]
    first = passed(page)
    inspect(page)

    page.get_by_role("button", name="Forward", exact=True).click()
    page.locator("[data-player][data-at='1']").wait_for()
    assert told.inner_text().partition(": ")[2] == acts.nth(1).locator("[data-sentence]").inner_text()
    assert page.locator("[data-element-id=register].alur-on-passed").count() == 1
    assert first < passed(page)

    page.keyboard.press("ArrowLeft")
    page.locator("[data-player][data-at='0']").wait_for()
    assert passed(page) == first
    page.keyboard.press("End")
    page.locator(f"[data-player][data-at='{acts.count() - 1}']").wait_for()
    assert told.inner_text().startswith(f"{acts.count()}/{acts.count()}: ")
    inspect(page)


def test_what_one_scenario_misses_is_listed_and_marked(inspect: Any, played: Any) -> None:
    page = played()
    missed = page.locator("details", has_text="What none of them passes")
    missed.locator("summary").click()
    listed = set(missed.locator("code").all_inner_texts())
    assert "not_completed" in listed | set(missed.locator("li").all_inner_texts())
    inspect(page)

    page.get_by_role("button", name="What is missed").click()
    page.get_by_title("passed by none").first.wait_for()

    assert page.locator("[data-element-id=not_completed].alur-on-missed").count() == 1
    assert page.locator(".alur-sign--missed").first.inner_text() == "!"
    inspect(page)


def test_all_scenarios_of_a_package_pass_every_flow_end_and_timer(visit: Any, inspect: Any) -> None:
    page = visit("/workshop/complaint/1", DESIGNER)
    page.set_default_timeout(PATIENCE)
    page.get_by_role("link", name="Play scenarios").click()
    inspect(page)

    page.get_by_role("button", name=re.compile(r"Play all \(\d+\)")).click()
    page.locator("[data-player][data-at]").wait_for()

    assert re.search(r"(\d+) of \1 scenarios went as told", page.get_by_role("status").first.inner_text())
    assert page.get_by_text("missed", exact=True).count() == 0
    page.get_by_label("Scenario").select_option(index=1)
    page.locator("[data-told]").get_by_text("1/").wait_for()
    inspect(page)


def test_without_javascript_the_lists_tell_the_path(browser: Any, site: Any) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False, locale="id-ID")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/signin")
    page.locator("#name").fill(DESIGNER)
    page.locator("#password").fill("alur-demo-2026")
    page.locator("form[action='/signin'] button").click()
    page.goto("/workshop/information_request/1/play")

    page.locator("button[value='scenarios/request_is_answered_in_ten_working_days.yaml']").click()

    assert page.locator(".alur-path > li").first.inner_text().startswith("Perkara dimulai")
    assert not page.locator("[data-sheet]").is_visible()
    context.close()
