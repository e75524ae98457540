"""Cases in a real browser: found in the list, and everything of one on its page."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from cases import actor_of, data_of, start_case

from engine import instances, tasks
from engine.models import Instance

OFFICER, HEAD, MAKER = "budi.dinas-kominfo", "kepala.dinas-kominfo", "perancang.dinas-kominfo"
STRANGER = "budi.dinas-pupr"
MOST_BYTES = 150_000


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


def test_a_supervisor_corrects_data_and_sees_old_and_new_before(visit: Any, inspect: Any, site: Any) -> None:
    moved = start_case(site.sessions, "information_request")
    page = visit(f"/cases/{moved.instance_id}", HEAD)
    page.get_by_role("link", name="Correct data", exact=True).click()
    inspect(page)

    page.get_by_label("Details of the information").fill("Laporan anggaran 2026")
    page.get_by_role("button", name="Continue").click()
    assert "Write the reason." in page.locator("main").inner_text()
    inspect(page)
    page.get_by_label("Reason").fill("The year was mistyped")
    page.get_by_role("button", name="Continue").click()

    row = page.get_by_role("row").nth(1)
    assert "Laporan anggaran dinas tahun 2025" in row.inner_text()
    assert "Laporan anggaran 2026" in row.inner_text()
    inspect(page)
    page.get_by_role("button", name="Save the correction").click()
    assert "The data was corrected" in page.locator("main").inner_text()
    assert "Laporan anggaran 2026" in page.get_by_role("region", name="Request").inner_text()
    assert page.locator("del").inner_text() == "Laporan anggaran dinas tahun 2025"


def test_what_the_form_refuses_is_named_at_its_field(visit: Any, inspect: Any, site: Any) -> None:
    moved = start_case(site.sessions, "building_permit")
    page = visit(f"/cases/{moved.instance_id}/correct", HEAD)

    page.locator("[id='building.floors']").fill("many")
    page.get_by_label("Reason").fill("a try")
    page.get_by_role("button", name="Continue").click()

    assert "There is a problem" in page.locator("main").inner_text()
    assert page.locator("[id='building.floors']").input_value() == "many"
    inspect(page)


def test_a_case_is_cancelled_once_its_reason_is_given(visit: Any, inspect: Any, site: Any) -> None:
    moved = start_case(site.sessions)
    page = visit(f"/cases/{moved.instance_id}", HEAD)
    page.get_by_role("link", name="Cancel the case").click()
    inspect(page)
    page.get_by_role("button", name="Yes, cancel this case").click()
    assert "Write the reason." in page.locator("main").inner_text()

    page.get_by_label("Reason").fill("Sent twice")
    page.get_by_role("button", name="Yes, cancel this case").click()

    assert "The case was cancelled" in page.locator("main").inner_text()
    assert page.get_by_role("region", name="Acts").count() == 0
    page.goto(f"/cases/{moved.instance_id}/cancel")
    assert "This case ended" in page.locator("main").inner_text()
    inspect(page)


def test_a_case_is_handed_over_and_can_still_be_read(visit: Any, inspect: Any, site: Any) -> None:
    moved = start_case(site.sessions)
    page = visit(f"/cases/{moved.instance_id}/handover", HEAD)
    inspect(page)

    page.get_by_label("Agency").select_option("dinas-pupr")
    page.get_by_label("Reason").fill("Roads are theirs")
    page.get_by_role("button", name="Yes, hand this case over").click()

    assert "Roads are theirs" in page.get_by_role("region", name="Handed over").inner_text()
    assert page.get_by_role("region", name="Acts").count() == 0
    assert page.request.get(f"/cases/{moved.instance_id}/cancel").status == 404


def test_of_two_who_press_at_once_the_second_is_told_what_the_first_did(visit: Any, inspect: Any, site: Any) -> None:
    moved = start_case(site.sessions)
    page = visit(f"/cases/{moved.instance_id}/cancel", HEAD)
    with site.sessions.begin() as session:
        first, now = actor_of(session, HEAD), datetime.now(UTC)
        instances.set_variables(session, moved.instance_id, {"a": 1}, actor=first, now=now, reason="Found by Sari")

    page.get_by_label("Reason").fill("Sent twice")
    page.get_by_role("button", name="Yes, cancel this case").click()

    told = page.get_by_role("alert").inner_text()
    assert "nothing was done" in told
    assert "Data was corrected: Found by Sari" in told
    assert page.get_by_label("Reason").input_value() == "Sent twice"
    inspect(page)
    page.get_by_role("button", name="Yes, cancel this case").click()
    assert "The case was cancelled" in page.locator("main").inner_text()


def test_a_colleague_without_the_role_acts_on_no_case(visit: Any, site: Any) -> None:
    moved = start_case(site.sessions)
    paths = [f"/cases/{moved.instance_id}/{act}" for act in ("cancel", "handover", "correct")]
    sent = {"reason": "x", "revision": "1", "seen": "1", "to": "dinas-pupr", "step": "save", "value:kind": "x"}
    for person, status in ((OFFICER, 403), (STRANGER, 404), (MAKER, 404)):
        page = visit("/account", person)
        assert [page.request.get(path).status for path in paths] == [status] * 3
        headers = {"Origin": site.url}
        assert [page.request.post(path, form=sent, headers=headers).status for path in paths] == [status] * 3

    with site.sessions() as session:
        assert session.get_one(Instance, moved.instance_id).revision == 1


@pytest.mark.parametrize("part", ["", "/journal", "/cancel", "/handover", "/correct"])
def test_a_page_of_a_case_is_small_and_has_no_code_of_its_own(visit: Any, site: Any, part: str) -> None:
    moved = start_case(site.sessions)
    page = visit("/account", HEAD)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))

    answer = page.goto(f"/cases/{moved.instance_id}{part}", wait_until="networkidle")

    assert 0 < sum(sizes) <= MOST_BYTES
    assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|style=|javascript:", answer.text()) == []


def test_the_record_of_a_case_is_taken_along_as_pdf_and_json(visit: Any, site: Any) -> None:
    moved = start_case(site.sessions)
    page = visit(f"/cases/{moved.instance_id}", OFFICER)

    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    assert download.value.suggested_filename == f"{moved.receipt.replace('/', '-')}.pdf"

    with page.expect_download() as download:
        page.get_by_role("link", name="JSON", exact=True).click()
    assert json.loads(download.value.path().read_text())["case"]["receipt"] == moved.receipt
