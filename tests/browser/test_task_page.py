"""The page of a task, from taking it to completing it, in a real browser."""

import base64
import re
from typing import Any

from browsing import sign_in
from cases import start_case, task_of
from playwright.sync_api import expect

from engine.models import TaskStatus

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
OFFICER, COLLEAGUE, HEAD = "budi.dinas-kominfo", "sari.dinas-kominfo", "kepala.dinas-kominfo"


def test_a_task_is_taken_filled_in_and_completed(visit: Any, inspect: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page = visit(f"/tasks/{task}", OFFICER)
    page.get_by_text("Result of the verification").wait_for()
    inspect(page)

    page.get_by_role("button", name="Take this task").click()
    page.get_by_text("You have this task", exact=True).wait_for()
    page.get_by_role("button", name="Complete").click()
    faults = page.locator("#faults")
    faults.get_by_role("link", name="Result of the verification: This must be filled in.").click()
    assert page.evaluate("document.activeElement.type") == "radio"
    inspect(page)

    page.get_by_label("On hold, ask for more").check()
    asked = page.get_by_label("What the reporter must complete")
    asked.wait_for()  # the answer of the draft that brings it up must not be taken for that of the next one
    with page.expect_response("**/draft"):
        asked.fill("Bukti pembayaran")
    page.locator("#draft", has_text="Draft saved").wait_for()
    inspect(page)
    assert task_of(site.sessions, task).draft == {"verdict": "hold", "missing": "Bukti pembayaran"}
    page.reload()
    assert page.get_by_label("What the reporter must complete").input_value() == "Bukti pembayaran"

    page.get_by_role("button", name="Complete").click()
    page.wait_for_url("**/desk?done=completed")
    assert "The task is done" in page.get_by_role("alert").inner_text()
    assert task_of(site.sessions, task).status is TaskStatus.COMPLETED


def test_what_the_server_refuses_is_shown_at_its_field(visit: Any, inspect: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page = visit(f"/tasks/{task}", OFFICER, language="id")
    page.get_by_role("button", name="Ambil tugas ini").click()
    page.get_by_label("Bukan wewenang, rujuk").check()
    page.get_by_label("Lembaga yang berwenang").fill("BPN")
    page.get_by_label("Bukan wewenang, rujuk").evaluate("radio => { radio.value = 'invented' }")

    page.get_by_role("button", name="Selesaikan").click()

    page.locator("#form .govuk-error-message").first.wait_for()
    assert "Hasil verifikasi" in page.get_by_role("alert").inner_text()
    inspect(page)


def test_a_form_is_filled_in_without_javascript(browser: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    context = browser.new_context(base_url=site.url, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, OFFICER)
    page.goto(f"/tasks/{task}")
    page.get_by_role("button", name="Take this task").click()
    page.get_by_label("On hold, ask for more").check()
    page.get_by_role("button", name="Complete").click()

    page.get_by_text("Your answers brought up more questions.").wait_for()
    page.get_by_label("What the reporter must complete").fill("Bukti pembayaran")
    page.get_by_role("button", name="Complete").click()

    assert "The task is done" in page.get_by_role("alert").inner_text()
    assert task_of(site.sessions, task).status is TaskStatus.COMPLETED
    context.close()


def test_answers_bring_up_questions_while_others_keep_what_was_typed(visit: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page = visit(f"/tasks/{task}", OFFICER)
    page.get_by_role("button", name="Take this task").click()
    page.get_by_label("On hold, ask for more").check()
    page.get_by_label("What the reporter must complete").fill("Bukti")

    page.get_by_label("Archive").check()

    expect(page.get_by_label("What the reporter must complete")).to_have_count(0)
    page.get_by_label("On hold, ask for more").check()
    page.get_by_label("What the reporter must complete").press_sequentially(" pembayaran", delay=120)
    expect(page.get_by_label("What the reporter must complete")).to_have_value(re.compile("pembayaran"))


def test_two_people_on_one_task_see_each_other(visit: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    mine, theirs = visit(f"/tasks/{task}", OFFICER), visit(f"/tasks/{task}", COLLEAGUE)
    theirs.get_by_role("button", name="Take this task").click()

    mine.get_by_text("Sari has this task").wait_for(timeout=20_000)
    mine.get_by_text("Somebody changed this task since the page was opened.").wait_for()
    mine.get_by_role("button", name="Take this task").click()

    assert "Its state has changed meanwhile" in mine.locator("main").inner_text()


def test_a_draft_never_overwrites_what_somebody_else_changed(visit: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page, other = visit(f"/tasks/{task}", OFFICER), visit(f"/tasks/{task}", HEAD)
    page.get_by_role("button", name="Take this task").click()
    page.get_by_text("You have this task", exact=True).wait_for()
    other.reload()
    other.get_by_label("Hand over to").select_option(COLLEAGUE)
    other.get_by_role("button", name="Hand over").click()
    other.get_by_text("Sari has this task").wait_for()

    page.get_by_label("Archive").check()

    page.get_by_text("Somebody else changed this task. Reload the page to see it.").wait_for()
    assert task_of(site.sessions, task).draft is None


def test_files_are_attached_shown_and_saved(visit: Any, inspect: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page = visit(f"/tasks/{task}", OFFICER)
    page.locator("#upload").set_input_files(
        [
            {"name": "bukti.png", "mimeType": "image/png", "buffer": PICTURE},
            {"name": "surat.txt", "mimeType": "text/plain", "buffer": b"Surat <b>tebal</b>"},
        ]
    )
    page.get_by_text("The file was attached").wait_for()
    inspect(page)

    picture = page.get_by_role("img", name="View bukti.png")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 1)
    shown = page.request.get(page.get_by_role("link", name="View in a new tab").get_attribute("href"))
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in shown.headers["content-security-policy"]


def test_a_note_is_kept_and_is_never_code(visit: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page = visit(f"/tasks/{task}", OFFICER)

    page.get_by_label("Write a note for colleagues").fill("<img src=x onerror=alert(1)> Telepon besok")
    page.get_by_role("button", name="Save the note").click()

    page.get_by_text("<img src=x onerror=alert(1)> Telepon besok").wait_for()


def test_the_diagram_shows_where_the_case_stands_and_a_list_says_the_same(visit: Any, inspect: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page = visit(f"/tasks/{task}", OFFICER)
    page.get_by_text("Where the case stands").click()

    page.locator(".alur-open[data-element-id=verify]").wait_for()
    page.locator(".djs-container").get_by_text("Verify the").first.wait_for()
    steps = page.locator(".alur-steps")
    if not steps.is_visible():
        page.get_by_text("Steps as a list").click()
    assert "Verify the report\nwaits for somebody" in steps.inner_text()
    inspect(page)
