"""Insight in a real browser: figures, the heat of steps on the diagram, and the cases behind each number."""

from typing import Any

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
