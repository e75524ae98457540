"""The lists of the desk, in a real browser."""

from datetime import UTC, datetime
from typing import Any

from cases import actor_of, start_case, task_of

from engine import tasks
from engine.instances import Moved

OFFICER = "budi.dinas-kominfo"
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


def test_one_task_that_another_took_first_hinders_none_of_the_others(visit: Any, site: Any) -> None:
    lost, won = (start_case(site.sessions).tasks[0] for _ in range(2))
    page = visit("/desk?view=groups", OFFICER)
    for task in (lost, won):
        page.locator(f"input[value='{task}']").check()
    other = visit(f"/tasks/{lost}", "sari.dinas-kominfo")
    other.get_by_role("button", name="Take this task").click()
    other.get_by_text("You have this task", exact=True).wait_for()

    page.get_by_role("button", name="Take the chosen ones").click()

    assert "Some tasks could not be taken" in page.get_by_role("alert").inner_text()
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
