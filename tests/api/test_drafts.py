"""Versions as designers work on them: changed file by file, handed in, approved from a day on; their pages."""

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.archives import read_files, write_zip

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
ZIP = {"content-type": "application/zip"}
FORM = b'{"type": "default", "id": "check", "components": []}'
VERSION = "/processes/permit/versions/1"
FEE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="fees" namespace="urn:fees">
<decision id="fee" name="fee"><variable name="fee"/><decisionTable id="t" hitPolicy="UNIQUE">
<input label="Area"><inputExpression typeRef="number"><text>area</text></inputExpression></input><output/>
<rule id="small"><inputEntry id="below"><text>&lt; 10</text></inputEntry>
<outputEntry><text>1</text></outputEntry></rule>
<rule id="large"><inputEntry id="above"><text>&gt; 10</text></inputEntry>
<outputEntry><text>2</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


@pytest.fixture
def files(callers: Any, user_task: Any) -> dict[str, bytes]:
    """The files of version 1, a draft of the designer."""
    package = callers.world.package(
        BEGIN, user_task("check"), END, files={"fee.dmn": FEE.encode(), "forms/check.json": FORM}
    )
    made = callers.designer("POST", "/processes", content=write_zip(package.files), headers=ZIP)
    assert made.status_code == 201
    return dict(package.files)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_changed_files_go_into_a_new_draft_and_nothing_else_changes(callers: Any, files: Any) -> None:
    made = callers.designer("POST", f"{VERSION}/changes", {"files": {"README.md": "Halo"}})

    assert (made.status_code, made.json()["version"], made.json()["status"]) == (201, 2, "draft")
    page = signed_in(callers, "des")
    zipped = page.get("/workshop/permit/2/package.zip").content
    assert read_files(zipped) == {**files, "README.md": b"Halo"}
    assert callers.designer("GET", VERSION).json()["files"] == sorted(files)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_is_taken_out_and_the_same_content_is_the_same_version(callers: Any, files: Any) -> None:
    callers.designer("POST", f"{VERSION}/changes", {"files": {"README.md": "Halo"}})

    back = callers.designer("POST", "/processes/permit/versions/2/changes", {"files": {"README.md": None}})

    assert (back.status_code, back.json()["version"]) == (201, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_changes_with_errors_are_refused_with_findings(callers: Any, files: Any) -> None:
    refused = callers.designer("POST", f"{VERSION}/changes", {"files": {"permit.bpmn": "<nothing"}})
    outside = callers.designer("POST", f"{VERSION}/changes", {"files": {"../x": "y"}})

    assert (refused.status_code, refused.json()["findings"][0]["file"]) == (422, "permit.bpmn")
    assert (outside.status_code, outside.json()["findings"][0]["rule"]) == (422, "archive.name")
    assert len(callers.designer("GET", "/processes").json()["items"]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_changes_are_checked_without_being_stored(callers: Any, files: Any) -> None:
    manifest = files["process.yaml"].decode() + "strange: 1\n"

    report = callers.officer("POST", f"{VERSION}/lint", {"files": {"process.yaml": manifest}}).json()
    sound = callers.officer("POST", f"{VERSION}/lint", {"files": {"README.md": "Halo"}}).json()

    [fault] = [each for each in report["findings"] if each["severity"] == "error"]
    assert (fault["file"], fault["line"]) == ("process.yaml", manifest.count("\n"))
    assert (report["ok"], sound["ok"]) == (False, True)
    assert len(callers.designer("GET", "/processes").json()["items"]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_changed_table_is_tried_and_its_gaps_overlaps_and_errors_are_told(callers: Any, files: Any) -> None:
    def tried(text: str) -> Any:
        sent = {"file": "fee.dmn", "text": text, "decision": "fee", "inputs": {"area": 20}}
        return callers.officer("POST", f"{VERSION}/try-decision", sent).json()

    gap, overlap, wrong = tried(FEE), tried(FEE.replace("&lt; 10", "&lt; 30")), tried(FEE.replace("&lt; 10", "&lt;"))

    assert (gap["made"]["result"], gap["made"]["fired"][0]["ids"]) == (2, ["large"])
    assert [found["rule"] for found in gap["findings"]] == ["dmn.gap"]
    assert [(found["rule"], found["element"]) for found in overlap["findings"]] == [("dmn.overlap", "large")]
    assert overlap["made"]["fired"][0]["rules"] == [1, 2]
    [error] = wrong["findings"]
    assert (error["element"], error["message"]["en"].partition(":")[0]) == ("below", "Row 1, column Area")
    assert (wrong["ok"], wrong["made"]) == (False, None)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_designers_change_and_hand_in(callers: Any, files: Any) -> None:
    change = {"files": {"README.md": "Halo"}}

    answers = [
        callers.nobody("POST", f"{VERSION}/changes", change).status_code,
        callers.officer("POST", f"{VERSION}/changes", change).status_code,
        callers.outside("POST", f"{VERSION}/changes", change).status_code,
        callers.officer("POST", f"{VERSION}/submit").status_code,
        callers.outside("POST", f"{VERSION}/submit").status_code,
    ]

    assert answers == [401, 403, 404, 403, 404]


def test_a_draft_is_handed_in_and_approved_from_a_day_on(callers: Any, files: Any) -> None:
    handed_in = callers.designer("POST", f"{VERSION}/submit")
    early = callers.approver("POST", f"{VERSION}/approve", params={"in_force_from": "1999-01-01"})
    approved = callers.approver("POST", f"{VERSION}/approve", params={"in_force_from": "2031-01-01"})
    late = callers.designer("POST", f"{VERSION}/submit")

    assert (handed_in.status_code, handed_in.json()["submitted_by"]) == (200, "des")
    assert early.status_code == 422
    assert (approved.status_code, date.fromisoformat(approved.json()["in_force_from"])) == (200, date(2031, 1, 1))
    assert late.status_code == 409
    assert callers.key("POST", "/processes/permit/instances", {}).status_code == 404


PAGES = (
    "",
    "/permit/1",
    "/permit/1/package.zip",
    "/permit/1/model/permit.bpmn",
    "/permit/1/text/process.yaml",
    "/permit/1/table/fee.dmn",
    "/permit/1/form/forms/check.json",
)
ACTS = ("submit", "approve", "retire")
DAY = {"in_force_from": "2031-01-01"}
SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_pages_of_the_workshop_are_not_for_strangers_nor_for_other_agencies(callers: Any, files: Any) -> None:
    stranger = [callers.client.get(f"/workshop{path}", follow_redirects=False) for path in PAGES]
    elsewhere = signed_in(callers, "out")
    there = {path: elsewhere.get(f"/workshop{path}") for path in PAGES}
    acts = [elsewhere.post(f"/workshop/permit/1/{act}", data=DAY, headers=SAME).status_code for act in ACTS]
    officer = signed_in(callers, "ofi")
    own = [officer.post(f"/workshop/permit/1/{act}", data=DAY, headers=SAME).status_code for act in ACTS]

    assert [answer.headers["location"].partition("?")[0] for answer in stranger] == ["/signin"] * len(PAGES)
    assert "permit" not in there[""].text
    assert {path: answer.status_code for path, answer in there.items() if path} == dict.fromkeys(PAGES[1:], 404)
    assert acts == [404] * len(ACTS)
    assert own == [403] * len(ACTS)


def signed_in(callers: Any, name: str) -> Any:
    """Return a browser of somebody."""
    browser = TestClient(callers.app, raise_server_exceptions=False)
    answer = browser.post(
        "/signin", data={"name": name, "password": "a password of a test"}, headers=SAME, follow_redirects=False
    )
    assert answer.status_code == 303
    return browser
