"""The workshop in a real browser: from the catalogue through the editor to a version that another person approves."""

import re
from typing import Any

DESIGNER, APPROVER = "perancang.dinas-kominfo", "kepala.dinas-kominfo"
MODEL = "/workshop/information_request/1/model/information_request.bpmn"


def ready(page: Any) -> None:
    page.locator("#workshop[data-ready]").wait_for()
    page.get_by_text(re.compile("Nothing was found|found, \\d+ of them")).wait_for()


def choose(page: Any, element: str) -> None:
    page.locator("details", has_text="All elements as a list").evaluate("each => each.open = true")
    page.locator("#outline").get_by_role("button", name=element, exact=True).click()


def open_group(page: Any, name: str) -> None:
    group = page.locator(".bio-properties-panel-group-header", has_text=name).first
    if "open" not in (group.get_attribute("class") or ""):
        group.click()


def test_a_designer_changes_a_model_and_another_person_puts_it_in_force(visit: Any, inspect: Any) -> None:
    page = visit("/workshop", DESIGNER)
    inspect(page)

    page.locator("[data-row]", has_text="Public information request").click()
    inspect(page)
    page.get_by_role("link", name="information_request.bpmn").click()
    ready(page)
    inspect(page)
    page.keyboard.press("Tab")
    choose(page, "Catat permohonan")
    page.locator("#bio-properties-panel-name").fill("Catat dan nomori permohonan")
    page.get_by_text("Not saved yet").wait_for()
    page.get_by_role("button", name="Save as a new draft").click()
    page.wait_for_url("**/workshop/information_request/2/model/**")
    assert "Stored as a new draft" in page.get_by_role("alert").inner_text()

    page.goto("/workshop/information_request/2")
    inspect(page)
    page.get_by_role("button", name="Hand in for approval").click()
    assert "handed in" in page.get_by_role("alert").inner_text()

    other = visit("/workshop", APPROVER)
    other.get_by_role("link", name=re.compile("Public information request, version 2")).click()
    inspect(other)
    other.get_by_label("Used from").fill("2031-01-01")
    other.get_by_role("button", name="Approve").click()
    assert "approved" in other.get_by_role("alert").inner_text()
    assert "from 1 January 2031" in other.locator("main").inner_text()


def test_findings_are_badges_on_the_elements_and_a_list_that_leads_to_them(visit: Any, inspect: Any) -> None:
    page = visit(MODEL, DESIGNER)
    ready(page)

    page.evaluate("window.onbeforeunload = null")
    choose(page, "Catat permohonan")
    page.locator("#bio-properties-panel-name").fill("")
    page.locator(".alur-badge").first.wait_for()
    badge = page.locator(".alur-badge").first
    assert re.search(r"\d found at", badge.get_attribute("aria-label"))
    inspect(page)

    badge.click()
    assert page.evaluate("document.activeElement.closest('#findings') !== null")
    page.keyboard.press("Enter")
    assert page.locator(".djs-element.selected").count() == 1


def test_what_saving_refuses_is_said_and_nothing_is_lost(visit: Any) -> None:
    page = visit(MODEL, DESIGNER)
    ready(page)

    choose(page, "Catat permohonan")
    page.locator("#bio-properties-panel-id").fill("nobody_knows_this_step")
    page.get_by_text("Not saved yet").wait_for()
    page.get_by_role("button", name="Save as a new draft").click()

    page.get_by_text(re.compile("Not saved: there are \\d+ errors")).wait_for()
    assert page.locator("#findings .alur-finding--error").count() > 0
    assert page.locator("#bio-properties-panel-id").input_value() == "nobody_knows_this_step"


def test_who_is_no_designer_looks_and_does_not_save(visit: Any) -> None:
    page = visit(MODEL, "budi.dinas-kominfo")
    ready(page)

    assert page.get_by_role("button", name="Save as a new draft").count() == 0
    assert "but not save" in page.locator("#save-status").inner_text()
