"""Files that belong to a case."""

import threading
from typing import Any
from uuid import uuid4

import pytest

from engine import documents
from engine.access import Actor, ActorKind
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, TooLarge

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


@pytest.fixture
def case(world: Any, user_task: Any) -> Any:
    world.deploy(BEGIN, user_task("check"), END)
    return world.start()


def attach(world: Any, case: Any, content: bytes = PDF, name: str = "surat.pdf", **more: Any) -> Any:
    options = {"actor": world.siti, "now": world.now, **more}
    with world.sessions.begin() as session:
        return documents.attach(session, case.instance_id, name, content, **options)


def test_a_file_is_kept_with_its_hash_and_journalled(world: Any, case: Any) -> None:
    kept = attach(world, case, task_id=case.tasks[0])

    with world.sessions() as session:
        read = documents.file(session, kept.id, viewer=world.budi)
        listed = documents.documents(session, case.instance_id, viewer=world.budi)
    assert read.content == PDF
    assert (read.document.sha256, read.document.size_bytes) == (kept.sha256, len(PDF))
    assert [each.id for each in listed] == [kept.id]
    assert world.journal(case.instance_id)[-1] == "document.attached"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"Catatan biasa, tanpa format.", "text/plain"),
        (b"<html><script>alert(1)</script></html>", "application/octet-stream"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "application/octet-stream"),
        (b"\x00\x01\x02\x03unknown", "application/octet-stream"),
    ],
)
def test_the_media_type_is_found_in_the_content_and_nothing_that_runs_is_named(content: bytes, expected: str) -> None:
    assert documents.media_type(content) == expected


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\surat.pdf", "surat.pdf"),
        ('a"b<c>\r\nSet-Cookie: x.pdf', "abcSet-Cookie x.pdf"),
        ("...", "document"),
        ("", "document"),
        ("\0", "document"),
        ("Surat Édaran – 1.pdf", "Surat Édaran – 1.pdf"),
        ("x" * 500, "x" * 200),
    ],
)
def test_a_file_name_is_only_a_name(sent: str, kept: str) -> None:
    assert documents.clean_name(sent) == kept


def test_an_empty_or_too_large_file_is_refused(world: Any, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid):
        attach(world, case, b"")
    with pytest.raises(TooLarge):
        attach(world, case, b"x" * (documents.settings().document_bytes + 1))

    assert "document.attached" not in world.journal(case.instance_id)


def test_another_agencys_case_takes_and_shows_no_files(world: Any, case: Any) -> None:
    kept = attach(world, case)

    with pytest.raises(NotFound):
        attach(world, case, actor=world.stranger)
    with world.sessions() as session:
        with pytest.raises(NotFound):
            documents.file(session, kept.id, viewer=world.stranger)
        with pytest.raises(NotFound):
            documents.file(session, uuid4(), viewer=world.siti)


def test_a_task_of_another_case_takes_no_file_of_this_one(world: Any, case: Any) -> None:
    other = world.start()

    with pytest.raises(NotFound):
        attach(world, case, task_id=other.tasks[0])


def test_a_key_needs_the_scope_to_attach(world: Any, case: Any) -> None:
    reader = Actor("key:r", ActorKind.KEY, world.agency, scopes=frozenset({"instances:read"}))

    with pytest.raises(NotAllowed):
        attach(world, case, actor=reader)


def test_a_case_holds_only_so_many_files(world: Any, case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST", 1)
    attach(world, case)

    with pytest.raises(NotPossibleNow):
        attach(world, case)


def test_two_who_attach_at_once_do_not_wait_for_each_other_in_a_circle(world: Any, case: Any) -> None:
    faults: list[BaseException] = []

    def attach_some() -> None:
        try:
            for _ in range(5):
                attach(world, case)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=attach_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    assert world.journal(case.instance_id).count("document.attached") == 20
