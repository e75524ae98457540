"""The record of a case as PDF, read back: complete, in its reader's language, every letter as it was written."""

import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from fastapi.testclient import TestClient

from api.pages import records
from api.pages.sheets import LONGEST_TEXT, Sheets

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "Jawaban", "en": "Answer"}
ROLES = {name: {"title": TEXT, "kind": "office"} for name in ("officer", "registrar")}
FORM = {
    "id": "ask",
    "type": "default",
    "components": [
        {"type": "textfield", "key": "name", "id": "a", "label": "Nama"},
        {"type": "textfield", "key": "nik", "id": "b", "label": "NIK"},
    ],
}
ANSWER = {
    "answer": {
        "title": TEXT,
        "amount": 5,
        "unit": "working_days",
        "starts": {"entered": "check"},
        "stops": ["ask"],
        "ends": {"completed": "decide"},
        "silence": "none",
        "law": {"basis": "law", "article": "1", "status": "confirmed"},
    }
}
NAME = "Žofie <b>Ēriņa</b> & Ș. %d {x}"


@pytest.fixture
def case(callers: Any, user_task: Any) -> str:
    """A case with a stopped term, a file and a hidden value; its id."""
    world = callers.world
    world.deploy(
        *(BEGIN, user_task("check"), user_task("ask"), user_task("decide"), END),
        files={"forms/ask.json": json.dumps(FORM).encode()},
        start={"by": ["officer"], "form": "ask"},
        terms=ANSWER,
        roles=ROLES,
        confidential=[{"nik": ["registrar"]}],
        subject=["name"],
    )
    moved = world.start({"name": NAME, "nik": "3273-SECRET"}, business_key="SURAT-1")
    callers.officer("POST", f"/tasks/{moved.tasks[0]}/documents", params={"name": "ktp.txt"}, content=b"KTP")
    world.complete(moved.tasks[0], now=world.now + timedelta(days=1))
    return str(moved.instance_id)


@pytest.fixture
def fetch(callers: Any) -> Any:
    """Fetches the record of a case as somebody, in a language."""

    def act(case: str, name: str = "ofi", language: str = "en", kind: str = "pdf") -> Any:
        client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False)
        signed = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"})
        client.cookies.set("alur_session", signed.json()["token"])
        return client.get(f"/cases/{case}/record.{kind}", headers={"Accept-Language": language})

    return act


def text_of(content: bytes) -> str:
    """Return the text of a PDF, its lines joined."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_a_record_is_read_back_as_it_was_written(callers: Any, fetch: Any, case: str) -> None:
    answer = fetch(case)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")

    told = text_of(answer.content)

    assert f"Subject {NAME}" in told
    assert "Key SURAT-1" in told
    assert "State Running" in told
    assert "The clock stood because of “Ask”, 3 Mar 2026, 09:00 – now." in told
    assert "UU 1/2000, article 1" in told
    assert "Check Opened 2 Mar 2026, 09:00. Completed 3 Mar 2026, 09:00, budi." in told
    assert f"SHA-256 {hashlib.sha256(b'KTP').hexdigest()}" in told
    assert "Complete: 5 entries, each as it was written." in told
    assert "“Check” was completed" in told
    assert "Page 1 of 1" in told
    assert "3273-SECRET" not in told
    assert "•••" in told


def test_a_record_speaks_its_readers_language_and_embeds_its_font(fetch: Any, case: str) -> None:
    content = fetch(case, language="id").content

    told, reader = text_of(content), pypdf.PdfReader(io.BytesIO(content))
    assert "Catatan perkara" in told
    assert "Jam berhenti karena “Ask”" in told
    assert reader.trailer["/Root"]["/Lang"] == "id"
    assert reader.metadata.title.startswith("Catatan perkara")
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]
    embedded = [font for font in fonts if "NotoSans" in font["/BaseFont"]]
    assert embedded
    assert all("/FontFile2" in font["/FontDescriptor"] for font in embedded)


def test_a_long_case_is_printed_up_to_a_bound_and_says_what_is_left_out(
    callers: Any, fetch: Any, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST_ENTRIES", 3)
    monkeypatch.setattr(records, "MOST_TASKS", 1)

    told = text_of(fetch(case).content)

    assert "2 more are not printed; all of them are in the JSON file." in told
    assert "1 more are not printed; all of them are in the JSON file." in told
    assert "The case was started" not in told


def test_no_text_of_a_person_becomes_more_than_letters() -> None:
    sheets = Sheets()
    wild = "<img src='x'/> <font color=red>a</font> &lt; \x07\x1b[31m (Tj) ET \\( \u202e\ud800 " + "long" * 100
    sheets.text(wild)
    sheets.fact("label " * 40, "مرحبا 中")
    sheets.text("word " * LONGEST_TEXT)

    content = sheets.pdf(title="(t) \\", language="en", foot=wild, page_of="{page}/{pages}")

    told = text_of(content)
    assert "<img src='x'/> <font color=red>a</font> &lt; [31m (Tj) ET \\(" in told
    assert "long" * 100 in told.replace(" ", "")
    assert "\ufffd" in told
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert told.count("word") == LONGEST_TEXT // len("word ")
    assert len(reader.pages) == 2
    assert all("/Annots" not in page for page in reader.pages)


def test_no_stranger_gets_a_printed_record(fetch: Any, case: str) -> None:
    found = {
        (name, kind): fetch(case, name, kind=kind).status_code for name in ("out", "des") for kind in ("pdf", "json")
    }
    assert set(found.values()) == {404}
    assert fetch(case, "kol", kind="json").json()["made_by"] == "kol"
