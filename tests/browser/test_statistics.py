"""Public statistics in a browser, with and without JavaScript: the picture, its table, and what is not told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import delete, insert

from engine import accounts, statistics
from engine.models import Measure, Tally, TallyMonth

WHERE = "/statistics/complaint"


@pytest.fixture
def counted(site: Any) -> None:
    """Complaints of two agencies, this month: 60 came, 40 were answered, 10 of them late; another has 2."""
    now = datetime.now(UTC)
    month = statistics.month_of(now)
    with site.sessions.begin() as session:
        session.execute(delete(Tally))
        many, few = (accounts.agency(session, code).id for code in ("dinas-kominfo", "dinas-pupr"))
        rows = [
            (many, Measure.RECEIVED, "", 0, 60),
            (many, Measure.KEPT, "working_days", 6, 30),
            (many, Measure.LATE, "working_days", 16, 10),
            (many, Measure.RATED, "", 4, 20),
            (few, Measure.RECEIVED, "", 0, 2),
        ]
        names = ("agency_id", "measure", "unit", "value", "count")
        common = {"process_id": "complaint", "month": month}
        session.execute(insert(Tally), [common | dict(zip(names, row, strict=True)) for row in rows])
        session.merge(TallyMonth(month=month, as_of=now))


@pytest.mark.usefixtures("counted")
def test_anybody_reads_how_fast_a_service_answers(visit: Any, inspect: Any) -> None:
    for language in ("en", "id"):
        page = visit("/statistics", language=language)
        inspect(page)
        page.locator(f"a[href='{WHERE}']").click()
        page.wait_for_url(f"**{WHERE}")
        inspect(page)

    page = visit("/services/complaint")
    page.get_by_role("link", name="How fast this service answers").click()
    page.get_by_role("heading", name="Statistics: Complaint about a public service").wait_for()

    assert "6 working days" in page.inner_text(".alur-figures")
    assert "25 %" in page.inner_text(".alur-figures")
    assert page.evaluate("document.querySelector('.alur-picture').naturalWidth") > 0
    agencies = page.get_by_role("table", name="Figures by agency")
    assert "under 5" in agencies.get_by_role("row", name="Dinas Pekerjaan Umum").inner_text()


@pytest.mark.usefixtures("counted")
def test_without_scripts_an_agency_is_chosen_and_its_figures_are_saved(browser: Browser, site: Any) -> None:
    context = browser.new_context(base_url=site.url, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(WHERE)

    page.get_by_label("Agency", exact=True).select_option("dinas-pupr")
    page.get_by_role("button", name="Show").click()
    page.wait_for_load_state()

    assert "under 5" in page.inner_text(".alur-figures")
    assert page.get_by_role("table", name="Figures by agency").count() == 0
    with page.expect_download() as saved:
        page.get_by_role("link", name="Table (CSV)").click()
    assert saved.value.suggested_filename == "statistics-complaint.csv"
    context.close()


def test_a_service_that_was_never_counted_says_so(visit: Any, inspect: Any, site: Any) -> None:
    with site.sessions.begin() as session:
        session.execute(delete(Tally))
        session.execute(delete(TallyMonth))

    page = visit("/statistics/building_permit")

    assert "There are no figures yet" in page.inner_text("main")
    inspect(page)
