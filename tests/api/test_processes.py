"""Packages through the API: hostile ones, who may upload and approve, what others see of them, decisions tried out."""

import io
import zipfile
from typing import Any

import pytest

from engine.archives import write_zip
from engine.settings import settings

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
ZIP = {"content-type": "application/zip"}


@pytest.fixture
def package(callers: Any, user_task: Any) -> bytes:
    return write_zip(callers.world.package(BEGIN, user_task("check"), END).files)


def zipped(name: str, content: bytes) -> bytes:
    """Return a zip as nobody who means well makes it: any name, any compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


HOSTILE = {
    "no zip": b"not a zip",
    "a bomb": zipped("process.yaml", b"\0" * 5_000_000),
    "a path outside": zipped("../../etc/passwd", b"x"),
    "an archive inside": zipped("inner.zip", zipped("a", b"x")),
    "entities": zipped("a.bpmn", b'<!DOCTYPE d [<!ENTITY a "b">]><definitions>&a;</definitions>'),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hostile_uploads_are_refused_with_findings_and_store_nothing(callers: Any) -> None:
    answers = {
        name: callers.designer("POST", "/processes", content=sent, headers=ZIP) for name, sent in HOSTILE.items()
    }
    linted = callers.designer("POST", "/processes/lint", content=HOSTILE["a bomb"], headers=ZIP)

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code not in (413, 422)} == {}
    assert [name for name, answer in answers.items() if not answer.json()["findings"]] == []
    assert linted.json()["ok"] is False
    assert linted.json()["findings"][0]["rule"] == "archive.ratio"
    assert callers.designer("GET", "/processes").json()["items"] == []


STORY = """
name: Permohonan diperiksa petugas
source: UU 1/2000 pasal 1
start: {at: 2026-03-02T09:00:00+07:00, by: siti, data: {}}
steps:
  - {complete: check, by: budi, at: 2026-03-02T10:00:00+07:00, data: {}}
expect: {status: STATUS}
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_scenarios_are_played_and_tell_what_they_pass(callers: Any, user_task: Any) -> None:
    def played(status: str) -> Any:
        files = {"scenarios/checked.yaml": STORY.replace("STATUS", status).encode()}
        package = callers.world.package(BEGIN, user_task("check"), END, files=files)
        return callers.designer("POST", "/processes/play", content=write_zip(package.files), headers=ZIP)

    as_told, otherwise = played("completed").json(), played("cancelled").json()
    broken = callers.designer("POST", "/processes/play", content=HOSTILE["a bomb"], headers=ZIP)

    [scenario] = as_told["scenarios"]
    path = scenario.pop("path")
    assert (as_told["ok"], scenario) == (
        True,
        {"file": "scenarios/checked.yaml", "name": "Permohonan diperiksa petugas", "name_en": None, "failures": []},
    )
    assert [(each["kind"], each["step"], each["actor"]) for each in path] == [
        ("instance.started", None, "siti"),
        ("task.completed", "check", "budi"),
    ]
    assert (path[0]["flows"], path[0]["entered"][-1], path[1]["left"][0]) == (["begin_to_check"], "check", "check")
    assert as_told["coverage"][0]["process"] == "permit"
    assert as_told["all"]["flows"] == {"passed": 2, "total": 2, "missed": []}
    assert otherwise["ok"] is False
    assert "completed" in otherwise["scenarios"][0]["failures"][0]["message"]["en"]
    assert (broken.status_code, broken.json()["findings"][0]["rule"]) == (422, "archive.ratio")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_is_not_known_uploads_nothing_and_other_media_types_are_not_read(callers: Any, package: bytes) -> None:
    unknown = callers.nobody("POST", "/processes/lint", content=package, headers=ZIP)
    text = callers.designer("POST", "/processes", content=package, headers={"content-type": "text/plain"})
    officer = callers.officer("POST", "/processes", content=package, headers=ZIP)

    assert (unknown.status_code, text.status_code, officer.status_code) == (401, 415, 403)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_editor_is_told_what_is_wrong_with_one_model(callers: Any, package: bytes, user_task: Any) -> None:
    xml = {"content-type": "application/xml; charset=utf-8"}
    model = callers.world.package(BEGIN, user_task("check"), '<serviceTask id="ask"/>', END).files["permit.bpmn"]

    answer = callers.designer("POST", "/processes/lint-model", content=model, headers=xml)
    broken = callers.designer("POST", "/processes/lint-model", content=b"<definitions>", headers=xml)
    refused = [
        callers.nobody("POST", "/processes/lint-model", content=model, headers=xml).status_code,
        callers.designer("POST", "/processes/lint-model", content=package, headers=ZIP).status_code,
        callers.designer("POST", "/processes/lint-model", content=b" " * 2_000_001, headers=xml).status_code,
    ]

    found = answer.json()
    assert (answer.status_code, found["ok"], found["processes"], found["dialect"]) == (
        200,
        False,
        ["permit"],
        "camunda8",
    )
    fault = next(each for each in found["findings"] if each["severity"] == "error")
    assert (fault["rule"], fault["element"]) == ("bpmn.no-job-type", "ask")
    assert set(fault["message"]) == {"id", "en"}
    assert (broken.status_code, broken.json()["findings"][0]["rule"]) == (200, "xml.malformed")
    assert refused == [401, 415, 413]


def test_a_package_is_uploaded_by_one_person_and_approved_by_another(callers: Any, package: bytes) -> None:
    made = callers.designer("POST", "/processes", content=package, headers=ZIP)
    again = callers.designer("POST", "/processes", content=package, headers=ZIP)
    own = callers.designer("POST", "/processes/permit/versions/1/approve")
    approved = callers.approver("POST", "/processes/permit/versions/1/approve")
    twice = callers.approver("POST", "/processes/permit/versions/1/approve")

    assert (made.status_code, made.json()["version"], again.json()["version"]) == (201, 1, 1)
    assert own.status_code == 403
    assert (approved.status_code, approved.json()["status"], twice.status_code) == (200, "approved", 409)


def test_one_person_publishes_where_the_operator_allows_it_and_is_named(
    callers: Any, package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALUR_ONE_PERSON_PUBLISHES", "1")
    settings.cache_clear()
    made = callers.designer("POST", "/processes", content=package, headers=ZIP)
    again = callers.designer("POST", "/processes", content=package, headers=ZIP)
    settings.cache_clear()

    shown = made.json()
    assert (made.status_code, shown["status"]) == (201, "approved")
    assert (shown["deployed_by"], shown["approved_by"]) == ("des", "des")
    assert again.json()["version"] == 1
    assert callers.officer("POST", "/processes/permit/instances", {}).status_code == 201


def test_only_the_platform_uploads_for_all_agencies_and_never_approves_its_own(callers: Any, package: bytes) -> None:
    national = {"params": {"national": True}, "content": package, "headers": ZIP}

    refused = callers.designer("POST", "/processes", **national)
    made = callers.platform("POST", "/processes", **national)
    own = callers.platform("POST", "/processes/permit/versions/1/approve")
    local = callers.approver("POST", "/processes/permit/versions/1/approve")

    assert (refused.status_code, made.status_code) == (403, 201)
    assert (own.status_code, local.status_code) == (403, 403)


def test_a_version_of_one_agency_is_not_there_for_another(callers: Any, package: bytes) -> None:
    callers.designer("POST", "/processes", content=package, headers=ZIP)

    there = [
        callers.outside("GET", "/processes/permit/versions/1").status_code,
        callers.outside("GET", "/processes/permit/versions/1/files/process.yaml").status_code,
        callers.outside_key("POST", "/processes/permit/versions/1/approve").status_code,
        callers.outside_key("POST", "/processes/permit/versions/1/retire").status_code,
    ]

    assert there == [404] * 4
    assert callers.outside("GET", "/processes").json()["items"] == []


def test_files_are_given_out_as_downloads_under_any_name(callers: Any, user_task: Any) -> None:
    callers.world.deploy(BEGIN, user_task("check"), END, files={"README-選.md": b"Halo"})

    version = callers.officer("GET", "/processes/permit/versions/1").json()
    read = callers.officer("GET", "/processes/permit/versions/1/files/README-選.md")
    model = callers.officer("GET", "/processes/permit/versions/1/files/permit.bpmn")
    missing = callers.officer("GET", "/processes/permit/versions/1/files/../process.yaml")

    assert version["files"] == ["README-選.md", "permit.bpmn", "process.yaml"]
    assert (read.status_code, read.content) == (200, b"Halo")
    assert read.headers["content-disposition"] == "attachment; filename*=UTF-8''README-%E9%81%B8.md"
    assert model.headers["content-type"] == "application/xml"
    assert missing.status_code == 404


def test_a_package_without_decisions_has_none_to_try(callers: Any, user_task: Any) -> None:
    callers.world.deploy(BEGIN, user_task("check"), END)

    answer = callers.officer("POST", "/processes/permit/decisions/fee/evaluate", {"inputs": {}})

    assert answer.status_code == 404


def test_keys_of_two_agencies_with_one_name_share_no_idempotency_key(callers: Any, user_task: Any) -> None:
    callers.world.deploy(BEGIN, user_task("check"), END)
    made = callers.admin("POST", "/keys", {"name": "outside", "scopes": ["instances:start"]}).json()
    own = {"X-API-Key": made["key"], "Idempotency-Key": "1"}

    first = callers.nobody("POST", "/processes/permit/instances", {}, headers=own)
    second = callers.outside_key("POST", "/processes/permit/instances", {}, headers={"Idempotency-Key": "1"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["instance_id"] != second.json()["instance_id"]
