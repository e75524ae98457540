"""The editors of texts, tables and forms in a real browser: what they say while one works, and what they store."""

import re
from typing import Any

DESIGNER, OFFICER = "perancang.dinas-kominfo", "budi.dinas-kominfo"
PACKAGE = "/workshop/complaint/1"
MANIFEST = f"{PACKAGE}/text/process.yaml"
FORM = f"{PACKAGE}/form/forms/approval.json"
TABLE = f"{PACKAGE}/table/complaint_tier.dmn"


def ready(page: Any) -> None:
    page.locator("#workshop[data-ready]").wait_for()
    checked(page)


def checked(page: Any) -> None:
    page.get_by_text(re.compile("Nothing was found|found, \\d+ of them")).wait_for()


def store(page: Any, editor: str) -> None:
    """Save, and wait for the draft that it becomes."""
    page.get_by_role("button", name="Save as a new draft").click()
    page.wait_for_url(re.compile(f"/workshop/complaint/[2-9]\\d*/{editor}/"))
    assert "Stored as a new draft" in page.get_by_role("alert").inner_text()


def file_of(page: Any) -> str:
    """Return the file of the page that is open, as the server has it."""
    path = re.sub(r".*/workshop/(\w+)/(\d+)/\w+/([^?]*).*", r"/v1/processes/\1/versions/\2/files/\3", page.url)
    answer = page.request.get(path, headers={"X-Alur-Page": "1"})
    assert answer.ok
    return str(answer.body().decode())


def test_the_page_of_a_version_leads_to_an_editor_of_every_file(visit: Any) -> None:
    page = visit(PACKAGE, OFFICER)

    links = page.locator("main [data-row]").evaluate_all("all => all.map(each => each.getAttribute('href'))")

    assert MANIFEST in links
    assert {link.split("/")[4] for link in links} == {"model", "table", "form", "text"}
    assert [page.request.get(link).status for link in links] == [200] * len(links)


def test_a_text_is_checked_line_by_line_while_one_writes(visit: Any, inspect: Any) -> None:
    page = visit(MANIFEST, DESIGNER)
    ready(page)
    inspect(page)
    text = page.get_by_label("Content of the file")
    before = text.input_value()

    text.fill(f"strange: 1\n{before}")

    wrong = page.locator("#findings .alur-finding--error", has_text="strange")
    wrong.wait_for()
    assert page.locator("#numbers").inner_text().splitlines()[0] == "✕ 1"
    inspect(page)
    text.evaluate("each => each.setSelectionRange(400, 400)")
    wrong.get_by_role("button", name="line 1", exact=True).press("Enter")
    assert text.evaluate("each => each === document.activeElement && each.selectionEnd") == len("strange: 1")
    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text("Not saved: there are 1 errors").wait_for()


def test_a_text_is_stored_as_a_draft_and_without_a_change_nothing_is(visit: Any) -> None:
    page = visit(MANIFEST, DESIGNER)
    ready(page)
    text = page.get_by_label("Content of the file")
    before = text.input_value()

    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text("Nothing has changed, so nothing was stored").wait_for()
    text.fill(f"# A remark\n{before}")
    store(page, "text")

    assert file_of(page) == f"# A remark\n{before}"


def test_who_is_no_designer_reads_a_text_and_does_not_change_it(visit: Any) -> None:
    page = visit(MANIFEST, OFFICER)
    ready(page)

    assert page.get_by_label("Content of the file").get_attribute("readonly") is not None
    assert page.get_by_role("button", name="Save as a new draft").count() == 0


def write(page: Any, row: int, column: int, text: str) -> None:
    """Write into a cell of a decision table; both count from 0."""
    page.locator(f"td[data-coords='{row}:{column}'] [contenteditable]").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def test_a_table_shows_which_rows_decide_for_typed_inputs(visit: Any, inspect: Any) -> None:
    page = visit(TABLE, DESIGNER)
    ready(page)
    inspect(page)

    page.get_by_label("Jenis laporan (kind)").select_option("complaint")
    page.get_by_label("Berkadar pengawasan (supervised)").select_option("no")
    page.get_by_label("parameter.tier_complaint").fill("14")

    page.get_by_text("Jenjang waktu dan penangan: row 2 matches.").wait_for()
    assert '"days": 14' in page.locator("#outcome").inner_text()
    marks = page.locator("td.rule-index").evaluate_all(
        "all => all.map(each => getComputedStyle(each, '::before').content)"
    )
    assert [mark == '"✓"' for mark in marks] == [False, True, False]
    inspect(page)


def test_a_table_tells_gaps_overlaps_and_errors_by_row_and_cell_before_it_is_saved(visit: Any, inspect: Any) -> None:
    page = visit(TABLE, DESIGNER)
    ready(page)

    write(page, 0, 0, '"complaint"')
    overlap = page.locator("#findings li", has_text="found rows 1 and 2")
    overlap.wait_for()
    page.locator("#findings li", has_text='found none for Jenis laporan in ("aspiration", "information")').wait_for()
    write(page, 1, 0, '"complaint" +')
    error = page.locator("#findings .alur-finding--error", has_text="Row 2, column Jenis laporan: ")
    error.wait_for()
    inspect(page)

    error.get_by_role("button").press("Enter")
    page.wait_for_function("document.activeElement.closest('td')?.dataset.coords === '1:0'")
    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text(re.compile("Not saved: there are \\d+ errors")).wait_for()


def test_a_table_is_stored_as_a_draft_and_without_a_change_nothing_is(visit: Any) -> None:
    page = visit(TABLE, DESIGNER)
    ready(page)

    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text("Nothing has changed, so nothing was stored").wait_for()
    write(page, 1, 2, '"ordinary" ')
    write(page, 1, 4, '"apip"')
    page.get_by_text("Not saved yet").wait_for()
    store(page, "table")

    assert file_of(page).count('<text>"apip"</text>') == 2


def choose_field(page: Any, label: str, property_id: str) -> Any:
    """Select a field of the form, and return a property of the general ones."""
    page.locator(".fjs-editor-container .fjs-element", has_text=label).last.click(position={"x": 5, "y": 5})
    group = page.locator(".bio-properties-panel-group-header", has_text="General")
    if "open" not in (group.get_attribute("class") or ""):
        group.click()
    return page.locator(f"#bio-properties-panel-{property_id}")


def test_a_form_is_changed_with_a_preview_and_stored_as_a_draft(visit: Any, inspect: Any) -> None:
    page = visit(FORM, DESIGNER)
    ready(page)
    inspect(page)
    before = file_of(page)

    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text("Nothing has changed, so nothing was stored").wait_for()
    choose_field(page, "Catatan", "label").fill("Catatan pimpinan")
    page.locator("#preview").get_by_text("Dikembalikan").click()
    page.locator("#preview").get_by_text("Catatan pimpinan").wait_for()
    inspect(page)
    store(page, "form")

    assert page.locator("#editor").get_by_text("Catatan pimpinan").count() > 0
    assert file_of(page) == before.replace('"Catatan"', '"Catatan pimpinan"')


def test_what_the_server_refuses_of_a_form_names_the_field(visit: Any, inspect: Any) -> None:
    page = visit(FORM, DESIGNER)
    ready(page)

    choose_field(page, "Catatan", "key").fill("approval_remark")
    error = page.locator("#findings .alur-finding--error", has_text="approval_remark")
    error.first.wait_for()
    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text(re.compile("Not saved: there are \\d+ errors")).wait_for()
    inspect(page)


def test_the_buttons_of_the_simulation_say_at_which_element_they_stand(visit: Any) -> None:
    page = visit(f"{PACKAGE}/model/complaint.bpmn", DESIGNER)
    ready(page)

    page.get_by_role("button", name="Token simulation").click()
    page.locator(".bts-context-pad").first.wait_for(state="attached")

    names = page.locator(".bts-context-pad:not(.hidden)").evaluate_all(
        "all => all.map(one => one.getAttribute('aria-label'))"
    )
    assert "Trigger Event: Laporan diterima" in names
    assert len(names) == len(set(names))
