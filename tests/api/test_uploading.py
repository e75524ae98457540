"""Packages uploaded on a page: only by designers, only for whom they may, and nothing is kept before it is stored."""

import base64
import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from engine import accounts
from engine.access import OwnRole
from engine.archives import write_zip
from engine.models import Version
from engine.settings import settings

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OURS = {"Sec-Fetch-Site": "same-origin"}
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def files(callers: Any, user_task: Any) -> dict[str, bytes]:
    return dict(callers.world.package(BEGIN, user_task("check"), END).files)


def browser(callers: Any, name: str | None) -> TestClient:
    client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False)
    if name is not None:
        signed = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"})
        client.cookies.set("alur_session", signed.json()["token"])
    return client


def check(callers: Any, name: str | None, *sent: tuple[str, bytes], **fields: str) -> Any:
    parts = [("files", (called, content, "application/octet-stream")) for called, content in sent]
    return browser(callers, name).post("/workshop/upload", headers=OURS, files=parts, data=fields)


def store(callers: Any, name: str | None, package: bytes, **fields: str) -> Any:
    sent = {"package": base64.b64encode(package).decode(), **fields}
    parts = [(key, (None, value)) for key, value in sent.items()]
    return browser(callers, name).post("/workshop/upload/store", headers=OURS, files=parts)


def stored(callers: Any) -> int:
    with callers.world.sessions() as session:
        return session.scalar(select(func.count()).select_from(Version)) or 0


def test_looking_stores_nothing_and_storing_makes_a_draft_of_the_agency(callers: Any, files: Any) -> None:
    looked = check(callers, "des", ("permit.zip", write_zip(files)))
    before = stored(callers)
    made = store(callers, "des", write_zip(files))
    again = store(callers, "des", write_zip(files))

    assert (looked.status_code, before) == (200, 0)
    assert (made.status_code, made.headers["location"]) == (303, "/workshop/permit/1?done=package-stored")
    assert stored(callers) == 1
    with callers.world.sessions() as session:
        version = session.scalars(select(Version)).one()
        assert (version.agency_id, version.deployed_by, version.status.value) == (callers.world.agency, "des", "draft")
    assert again.status_code == 303


@SQLITE
def test_only_designers_look_and_store_and_only_for_whom_they_may(callers: Any, files: Any) -> None:
    package = write_zip(files)
    with callers.world.sessions.begin() as session:
        accounts.grant(session, "out", callers.world.other_agency, [OwnRole.DESIGNER], actor="t", now=callers.world.now)

    assert check(callers, None, ("a.zip", package)).headers["location"].startswith("/signin")
    assert store(callers, None, package).headers["location"].startswith("/signin")
    for name in ("ofi", "hed", "adm", "app"):
        assert browser(callers, name).get("/workshop/upload").status_code == 403
        assert check(callers, name, ("a.zip", package)).status_code == 403
        assert store(callers, name, package).status_code == 403
    assert check(callers, "des", ("a.zip", package), **{"for": "all"}).status_code == 403
    assert store(callers, "des", package, **{"for": "all"}).status_code == 403
    assert stored(callers) == 0

    assert store(callers, "out", package).status_code == 303
    assert browser(callers, "des").get("/workshop/permit/1").status_code == 404
    assert store(callers, "pla", package, **{"for": "all"}).status_code == 303
    assert browser(callers, "des").get("/workshop/permit/2").status_code == 200


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


HOSTILE = {
    "no zip": b"not a zip",
    "half a zip": zipped("process.yaml", b"id: permit")[:40],
    "a bomb": zipped("process.yaml", b"\0" * 5_000_000),
    "a path outside": zipped("../../etc/passwd", b"x"),
    "an archive inside": zipped("inner.zip", zipped("a", b"x")),
    "entities": zipped("a.bpmn", b'<!DOCTYPE d [<!ENTITY a "b">]><definitions>&a;</definitions>'),
    "a script in a name": zipped("<script>alert(1)</script>.bpmn", b"x"),
}


@SQLITE
def test_hostile_uploads_are_refused_with_what_is_wrong_and_store_nothing(callers: Any) -> None:
    looked = {name: check(callers, "des", ("a.zip", sent)) for name, sent in HOSTILE.items()}
    kept = {name: store(callers, "des", sent) for name, sent in HOSTILE.items()}

    for answers in (looked, kept):
        assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 422} == {}
        assert [name for name, answer in answers.items() if "alur-finding--error" not in answer.text] == []
        assert "<script>alert" not in "".join(answer.text for answer in answers.values())
    assert stored(callers) == 0


@SQLITE
def test_bodies_that_are_no_package_are_refused(callers: Any, files: Any, monkeypatch: Any) -> None:
    package = write_zip(files)
    parts = [("package", (None, "no base64!"))]
    garbled = browser(callers, "des").post("/workshop/upload/store", headers=OURS, files=parts)
    plain = browser(callers, "des").post("/workshop/upload", headers=OURS, data={"files": "x"})
    twice = check(callers, "des", ("a.bpmn", b"x"), ("a.bpmn", b"y"))
    odd_paths = check(callers, "des", ("a.bpmn", b"x"), paths='["../a.bpmn"]')
    monkeypatch.setattr("api.pages.packages.MOST_FORM_BYTES", 0)
    monkeypatch.setattr("api.pages.packages.settings", lambda: _with_bytes(len(package) // 4))

    assert (garbled.status_code, plain.status_code, twice.status_code, odd_paths.status_code) == (400, 415, 422, 422)
    assert check(callers, "des", ("a.zip", package)).status_code == 413
    assert stored(callers) == 0


def _with_bytes(most: int) -> Any:

    return replace(settings(), package_bytes=most)


@SQLITE
def test_a_package_that_calls_what_is_not_there_is_told_so(callers: Any) -> None:
    called = '<extensionElements><zeebe:calledElement processId="other"/></extensionElements>'
    call = f'<callActivity id="call">{called}</callActivity>'
    package = write_zip(callers.world.package(BEGIN, call, END).files)

    answer = store(callers, "des", package)

    assert answer.status_code == 422
    assert "package.calls-unknown" in answer.text
    assert stored(callers) == 0
