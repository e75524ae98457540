"""The lists of the desk, in a real browser."""

from datetime import UTC, datetime
from typing import Any

from cases import actor_of, start_case, task_of
from playwright.sync_api import expect

from engine import tasks
from engine.instances import Moved

OFFICER = "budi.dinas-kominfo"
HEAD = "kepala.dinas-kominfo"
INCOMPLETE = {"completeness": "incomplete", "missing": "Bukti hak atas tanah", "documents_present": ["KTP pemohon"]}


def waiting_case(site: Any) -> Moved:
    """Start a case in which the applicant is asked to complete the request."""
    begun = start_case(site.sessions, "building_permit")
    with site.sessions.begin() as session:
        actor = actor_of(session, OFFICER)
        return tasks.complete(session, begun.tasks[0], INCOMPLETE, actor=actor, now=datetime.now(UTC))


def test_chosen_tasks_of_a_group_are_taken_at_once_and_lie_among_ones_own(visit: Any, inspect: Any, site: Any) -> None:
    first, second = (start_case(site.sessions).tasks[0] for _ in range(2))
    page = visit("/desk?view=groups", OFFICER)
    inspect(page)
    for task in (first, second):
        page.locator(f"input[value='{task}']").check()

    page.get_by_role("button", name="Take the chosen ones").click()

    assert "You have the chosen tasks now" in page.get_by_role("alert").inner_text()
    assert {task_of(site.sessions, task).assignee for task in (first, second)} == {OFFICER}
    assert page.locator(f"a[href='/tasks/{first}']").count() == 1
    inspect(page)


def test_one_task_that_another_took_first_hinders_none_of_the_others(visit: Any, inspect: Any, site: Any) -> None:
    lost, won = (start_case(site.sessions).tasks[0] for _ in range(2))
    page = visit("/desk?view=groups", OFFICER)
    for task in (lost, won):
        page.locator(f"input[value='{task}']").check()
    other = visit(f"/tasks/{lost}", "sari.dinas-kominfo")
    other.get_by_role("button", name="Take this task").click()
    other.get_by_text("You have this task", exact=True).wait_for()

    page.get_by_role("button", name="Take the chosen ones").click()

    page.get_by_role("heading", name="Some tasks could not be taken").wait_for()
    assert "1 of 2 tasks worked." in page.get_by_role("alert").inner_text()
    results = {row.locator("a").get_attribute("href"): row.inner_text() for row in page.locator("tbody tr").all()}
    assert "Sari has it since" in results[f"/tasks/{lost}"]
    assert "You have it" in results[f"/tasks/{won}"]
    inspect(page)
    assert task_of(site.sessions, lost).assignee == "sari.dinas-kominfo"
    assert task_of(site.sessions, won).assignee == OFFICER


def test_a_list_says_the_case_and_the_working_days_that_are_left(visit: Any, site: Any) -> None:
    task = start_case(site.sessions).tasks[0]
    page = visit("/desk?view=groups", OFFICER)

    row = page.locator("tr", has=page.locator(f"a[href='/tasks/{task}']"))

    assert "working days left" in row.inner_text() or "No due date" in row.inner_text()
    assert "nobody yet" in row.inner_text()


def test_what_is_done_has_its_own_list_and_a_search_that_finds_nothing_says_so(visit: Any, inspect: Any) -> None:
    page = visit("/desk?view=done", OFFICER, language="id")
    inspect(page)

    page.goto("/desk?view=groups&text=nothing-is-called-so")

    assert "Tidak ada yang cocok" in page.locator("main").inner_text()
    inspect(page)


def test_what_waits_for_others_says_for_whom_and_since_when(visit: Any, inspect: Any, site: Any) -> None:
    case = waiting_case(site)
    page = visit("/desk", OFFICER)

    page.get_by_role("link", name="Waiting for others").click()

    row = page.get_by_role("row", name=case.receipt)
    assert "the applicant" in row.inner_text()
    assert "“Complete the application”" in row.inner_text()
    inspect(page)
    row.get_by_role("link").click()
    page.get_by_role("heading", name=case.receipt).wait_for()


def test_lists_are_narrowed_by_process_and_role_and_the_next_page_keeps_it(visit: Any, inspect: Any, site: Any) -> None:
    start_case(site.sessions, "building_permit")
    start_case(site.sessions, "complaint")
    page = visit("/desk?view=groups", OFFICER)
    page.get_by_label("Process").select_option("complaint")
    page.get_by_role("button", name="Search").click()

    cells = page.locator("td[data-label=Case] .alur-small").all_inner_texts()
    assert cells
    assert len(set(cells)) == 1
    assert page.get_by_label("Process").input_value() == "complaint"
    inspect(page)

    page.get_by_role("link", name="Clear the filters").click()
    assert len(set(page.locator("td[data-label=Case] .alur-small").all_inner_texts())) > 1


def test_a_head_hands_chosen_tasks_to_a_colleague_and_reads_what_became_of_each(
    visit: Any, inspect: Any, site: Any
) -> None:
    free, over = (start_case(site.sessions, "building_permit").tasks[0] for _ in range(2))
    page = visit("/desk?view=all", HEAD)
    inspect(page)
    for task in (free, over):
        page.locator(f"input[value='{task}']").check()
    page.get_by_label("Hand the chosen ones to").select_option(OFFICER)
    with site.sessions.begin() as session:
        sari = actor_of(session, "sari.dinas-kominfo")
        tasks.complete(session, over, INCOMPLETE, actor=sari, now=datetime.now(UTC))

    page.get_by_role("button", name="Hand over").click()

    page.get_by_role("heading", name="Some tasks could not be handed over").wait_for()
    results = {row.locator("a").get_attribute("href"): row.inner_text() for row in page.locator("tbody tr").all()}
    assert "Handed over to Budi" in results[f"/tasks/{free}"]
    assert "It is over: Sari" in results[f"/tasks/{over}"]
    assert task_of(site.sessions, free).assignee == OFFICER
    inspect(page)


def test_who_has_tasks_hands_them_over_from_the_list(visit: Any, site: Any) -> None:
    mine = start_case(site.sessions).tasks[0]
    with site.sessions.begin() as session:
        tasks.claim(session, mine, actor=actor_of(session, OFFICER), now=datetime.now(UTC))
    page = visit("/desk?view=mine", OFFICER)
    page.locator(f"input[value='{mine}']").check()
    page.get_by_label("Hand the chosen ones to").select_option("sari.dinas-kominfo")

    page.get_by_role("button", name="Hand over").click()

    assert "The chosen tasks were handed over" in page.get_by_role("alert").inner_text()
    assert task_of(site.sessions, mine).assignee == "sari.dinas-kominfo"


def test_a_list_is_worked_through_by_keyboard(visit: Any, inspect: Any, site: Any) -> None:
    wanted = start_case(site.sessions).tasks[0]
    page = visit("/desk?view=groups&process=complaint", OFFICER)
    rows = page.locator("[data-row]")
    places = [row.get_attribute("href") for row in rows.all()]

    page.keyboard.press("?")
    dialogue = page.get_by_role("dialog", name="Keyboard shortcuts")
    dialogue.wait_for()
    inspect(page)
    page.keyboard.press("Escape")
    for _ in range(places.index(f"/tasks/{wanted}") + 1):
        page.keyboard.press("j")
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"/tasks/{wanted}"
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.press("Escape")
    page.locator(f"a[href='/tasks/{wanted}']").focus()
    page.keyboard.press("c")

    page.get_by_text("You have the chosen tasks now").wait_for()
    assert task_of(site.sessions, wanted).assignee == OFFICER
    page.locator(f"a[href='/tasks/{wanted}']").focus()
    page.keyboard.press("o")
    page.wait_for_url(f"**/tasks/{wanted}")


def test_keys_of_one_letter_can_be_switched_off(visit: Any, site: Any) -> None:
    start_case(site.sessions)
    page = visit("/desk?view=groups", OFFICER)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use these keys in this browser").uncheck()
    page.get_by_role("button", name="Close").click()

    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.hasAttribute('data-row')") is False
    page.reload()
    page.keyboard.press("?")
    assert page.get_by_role("dialog").count() == 0


def test_a_view_is_kept_with_a_live_count_called_otherwise_and_removed(visit: Any, inspect: Any, site: Any) -> None:
    page = visit("/desk?view=groups&process=building_permit", OFFICER)
    page.get_by_text("Save this view").click()
    page.get_by_label("Name of the view").fill("Permits <b>mine</b>")
    inspect(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The view was saved").wait_for()
    views = page.get_by_role("navigation", name="My views")
    before = int(views.locator(".alur-count").inner_text())
    inspect(page)

    start_case(site.sessions, "building_permit")
    page.goto("/desk")
    expect(views.locator(".alur-count")).to_have_text(str(before + 1))
    views.get_by_role("link", name="Permits <b>mine</b>").click()
    assert page.get_by_label("Process").input_value() == "building_permit"

    page.get_by_role("link", name="Change").click()
    inspect(page)
    page.get_by_label("Name").fill("Permits")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("link", name="Permits", exact=True).wait_for()
    page.get_by_role("button", name="Remove Permits").click()
    page.get_by_text("There are none yet.").wait_for()
    inspect(page)


def test_who_only_administers_is_led_to_a_room_with_something_to_do(visit: Any) -> None:
    for person, room in (("admin", "/cases"), ("perancang", "/workshop")):
        page = visit("/desk", f"{person}.dinas-kominfo")
        assert page.url.partition("://")[2].partition("/")[2].startswith(room[1:])
        assert page.get_by_role("navigation", name="Main").get_by_role("link", name="Desk").count() == 0
