"""Packages uploaded in a real browser: chosen or dropped, looked at, stored; hostile ones refused."""

import base64
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from browsing import ROOT

DESIGNER = "perancang.dinas-kominfo"
PACKAGE = ROOT / "processes" / "building_permit"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def package() -> dict[str, bytes]:
    """The files of a package that no other test has."""
    found = {str(file.relative_to(PACKAGE)): file.read_bytes() for file in PACKAGE.rglob("*") if file.is_file()}
    return {**found, "notes.md": b"# Salinan\n"}


def chosen(page: Any, name: str, content: bytes) -> None:
    page.locator("#files").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    page.get_by_role("button", name="Check").click()


def test_a_zip_is_looked_at_then_stored_and_the_same_content_is_not_stored_again(
    visit: Any, inspect: Any, package: dict[str, bytes]
) -> None:
    page = visit("/workshop", DESIGNER)
    page.get_by_role("button", name="Upload a package").click()
    inspect(page)

    chosen(page, "request.zip", zipped(package))
    assert "can be stored" in page.locator("main").inner_text()
    inspect(page)
    page.get_by_role("button", name="Store as a draft for Dinas Komunikasi dan Informatika").click()
    page.wait_for_url(re.compile("/workshop/building_permit/\\d+\\?"))
    first = page.url
    assert "stored as a draft" in page.get_by_role("alert").inner_text()

    page.goto("/workshop/upload")
    chosen(page, "again.zip", zipped(package))
    page.get_by_role("button", name="Store as a draft").click()
    page.wait_for_url(first.partition("?")[0] + "?*")
    assert "there already" in page.get_by_role("alert").inner_text()


def test_what_is_wrong_is_grouped_with_its_place_and_how_to_mend_it(
    visit: Any, inspect: Any, package: dict[str, bytes]
) -> None:
    model = package["building_permit.bpmn"].replace(b'sourceRef="', b'sourceRef="gone_', 1)
    page = visit("/workshop/upload", DESIGNER)

    chosen(page, "broken.zip", zipped({**package, "building_permit.bpmn": model}))

    report = page.get_by_role("region")
    assert "refused; nothing was stored" in report.get_by_role("alert").inner_text()
    assert re.search(r"\d+ errors?", report.get_by_role("heading", level=3).first.inner_text())
    assert "building_permit.bpmn" in report.get_by_role("heading", level=4).all_inner_texts()
    first = report.locator(".alur-finding--error").first.inner_text()
    assert "Expected" in first
    assert re.search(r"line \d+", first)
    assert page.get_by_role("button", name="Store as a draft").count() == 0
    inspect(page)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("text.zip", b"not a zip", "Expected"),
        ("bomb.zip", None, "compression up to 100:1"),
        ("outside.zip", zipped({"../../etc/passwd": b"x"}), "a relative name"),
        ("nothing.zip", zipped({"readme.md": b"x"}), "Expected the file process.yaml"),
    ],
)
def test_hostile_and_broken_uploads_are_refused_in_words(
    visit: Any, inspect: Any, name: str, content: bytes | None, says: str
) -> None:
    if content is None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("process.yaml", b"\0" * 5_000_000)
        content = buffer.getvalue()
    page = visit("/workshop/upload", DESIGNER)

    chosen(page, name, content)

    assert "nothing was stored" in page.get_by_role("alert").inner_text()
    assert says in page.get_by_role("region").inner_text()
    inspect(page)


def test_files_without_their_folders_are_put_where_they_belong(visit: Any) -> None:
    page = visit("/workshop/upload", DESIGNER)
    page.locator("#files").set_input_files([str(file) for file in PACKAGE.rglob("*") if file.is_file()])

    page.get_by_role("button", name="Check").click()

    assert "can be stored" in page.locator("main").inner_text()


def test_a_folder_is_chosen_with_everything_in_it(visit: Any) -> None:
    page = visit("/workshop/upload", DESIGNER)
    page.locator("#folder").set_input_files(str(PACKAGE))

    page.get_by_role("button", name="Check").click()

    assert "can be stored" in page.locator("main").inner_text()


DROP = """(place, sent) => {
  const carried = new DataTransfer();
  for (const [name, text] of sent) {
    carried.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
  }
  for (const kind of ["dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}));
  }
}"""


def test_what_is_dropped_is_checked_at_once(visit: Any, package: dict[str, bytes]) -> None:
    page = visit("/workshop/upload", DESIGNER)
    page.get_by_text("Drag the zip").wait_for()

    sent = [["request.zip", base64.b64encode(zipped(package)).decode()]]
    page.locator(".alur-drop").evaluate(DROP, sent)

    page.get_by_text("can be stored").wait_for()


def test_nothing_chosen_is_said(visit: Any, inspect: Any) -> None:
    page = visit("/workshop/upload", DESIGNER)

    page.get_by_role("button", name="Check").click()

    assert "Choose a zip" in page.get_by_role("alert").inner_text()
    inspect(page)


def test_it_works_without_javascript(browser: Any, site: Any, tmp_path: Path, package: dict[str, bytes]) -> None:
    context = browser.new_context(base_url=site.url, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto("/signin")
    page.locator("#name").fill(DESIGNER)
    page.locator("#password").fill("alur-demo-2026")
    page.locator("form[action='/signin'] button").click()
    page.goto("/workshop/upload")
    assert not page.get_by_text("Drag the zip").is_visible()
    file = tmp_path / "request.zip"
    file.write_bytes(zipped({**package, "notes.md": b"# Tanpa skrip\n"}))

    page.locator("#files").set_input_files(str(file))
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Store as a draft").click()

    assert "stored as a draft" in page.get_by_role("alert").inner_text()
    context.close()
