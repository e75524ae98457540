"""What citizens do, in a browser without JavaScript: find a service, apply, keep the receipt, follow, answer, rate."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

INFORMATION = "/services/information_request"


@pytest.fixture
def citizen(browser: Browser, site: Any) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser that runs no scripts."""
    opened = []

    def open_page(path: str, *, language: str = "en", width: int = 1280) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 900},
            locale={"en": "en-GB", "id": "id-ID"}[language],
            java_script_enabled=False,
        )
        opened.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()


def press(page: Page, name: str) -> None:
    """Press a button or follow a link, and wait for the next page."""
    page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first.click()
    page.wait_for_load_state()


def fill_request(page: Page) -> None:
    """Answer what an information request asks at first."""
    page.select_option("[id='channel']", "web")
    page.check("[name='applicant.kind'][value='person']")
    page.fill("[id='applicant.name']", "Siti <b>Rahma</b>")
    page.fill("[id='applicant.address']", "Jalan Asia Afrika 1, Bandung")
    page.fill("[id='applicant.email']", "siti@contoh.id")
    page.fill("[id='request.details']", "Laporan anggaran 2025")
    page.fill("[id='request.purpose']", "Penelitian")
    page.check("[name='request.obtain_way'][value='copy']")


def apply(page: Page) -> tuple[str, str]:
    """Apply for information; return number and secret of the receipt."""
    page.goto(f"{INFORMATION}/apply?agency=dinas-kominfo")
    fill_request(page)
    press(page, "Continue")
    page.fill("[id='applicant.nik']", "3273014107900001")
    page.check("[name='request.send_way'][value='email']")
    press(page, "Continue")
    press(page, "Send the application")
    return page.inner_text("#receipt-number"), page.inner_text("#receipt-secret")


def test_a_citizen_finds_a_service_applies_and_follows_it_without_scripts(citizen: Any) -> None:
    page = citizen("/")
    press(page, "Apply for a service")
    press(page, "Public information request")
    assert "Identity card (NIK)" in page.inner_text("main")
    assert "Undang-Undang Nomor 14 Tahun 2008" in page.inner_text("main")
    press(page, "Apply now")
    page.get_by_label("Dinas Komunikasi dan Informatika").check()
    press(page, "Continue")

    fill_request(page)
    press(page, "Continue")
    # What was answered brought up two more questions.
    assert "more questions" in page.inner_text("main")
    page.fill("[id='applicant.nik']", "12")
    page.check("[name='request.send_way'][value='email']")
    press(page, "Continue")
    assert "This does not have the expected form" in page.inner_text(".govuk-error-summary")
    page.fill("[id='applicant.nik']", "3273014107900001")
    press(page, "Continue")

    assert "Siti <b>Rahma</b>" in page.inner_text(".govuk-summary-list")
    page.set_input_files(
        "[id='identity_documents']", {"name": "ktp.txt", "mimeType": "text/plain", "buffer": b"KTP Siti"}
    )
    press(page, "Send the application")

    receipt, secret = page.inner_text("#receipt-number"), page.inner_text("#receipt-secret")
    assert receipt.startswith("PPID/dinas-kominfo/")
    assert page.get_attribute(".alur-receipt__code", "src").startswith("data:image/svg+xml")
    press(page, "Open my case")
    assert "Your request was received" in page.inner_text(".alur-standing")
    assert "An answer is owed by" in page.inner_text(".alur-standing")
    assert "ktp.txt" in page.inner_text("main")

    press(page, "Close the case")
    assert secret not in page.url
    page.fill("#receipt", receipt)
    page.fill("#secret", "wrong")
    press(page, "Open")
    assert "do not match" in page.inner_text("main")
    page.fill("#secret", secret)
    press(page, "Open")
    assert page.url.endswith("/tracking/case")


def test_pages_of_the_window_have_no_faults_at_any_width(visit: Any, inspect: Any) -> None:
    for language in ("en", "id"):
        page = visit("/", language=language)
        inspect(page)
        for path in ("/services", INFORMATION, f"{INFORMATION}/apply", "/tracking"):
            page.goto(path)
            inspect(page)


def test_every_page_on_the_way_of_an_application_has_no_faults(visit: Any, inspect: Any) -> None:
    page = visit(f"{INFORMATION}/apply?agency=dinas-kominfo")
    inspect(page)
    press(page, "Continue")
    assert page.locator(".govuk-error-summary").count() == 1
    inspect(page)
    fill_request(page)
    press(page, "Continue")
    inspect(page)
    page.fill("[id='applicant.nik']", "3273014107900001")
    page.check("[name='request.send_way'][value='email']")
    press(page, "Continue")
    inspect(page)
    press(page, "Send the application")
    inspect(page)
    assert page.locator("[data-print]").is_visible()
    press(page, "Open my case")
    inspect(page)
    press(page, "Send")
    assert page.locator(".govuk-error-summary").count() == 1
    inspect(page)
