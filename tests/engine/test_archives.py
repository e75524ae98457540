import io
import os
import stat
import zipfile
import zlib
from pathlib import Path

import pytest

from engine import archives
from engine.archives import MAX_BYTES, MAX_MEMBERS, checksum, read_files, write_zip
from engine.errors import Invalid, TooLarge

FILES = {"process.yaml": b"id: x\n", "forms/request.json": b"{}", "x.bpmn": b"<a/>"}


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def rules_of(data: bytes | Path) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        read_files(data)
    return [finding.rule for finding in refusal.value.findings]


def test_a_zip_is_read_as_it_was_written() -> None:
    assert read_files(write_zip(FILES)) == FILES


def test_the_same_files_give_the_same_zip_and_checksum_in_any_order() -> None:
    turned = dict(reversed(FILES.items()))

    assert write_zip(turned) == write_zip(FILES)
    assert checksum(turned) == checksum(FILES)
    assert checksum(read_files(zipped(*FILES.items(), compression=zipfile.ZIP_STORED))) == checksum(FILES)


@pytest.mark.parametrize(
    "files",
    [
        {**FILES, "x.bpmn": b"<b/>"},
        {"process.yaml": b"id: x\n", "forms/request.jso": b"n{}", "x.bpmn": b"<a/>"},
        {"process.yaml": b"id: x\n"},
    ],
)
def test_other_names_or_contents_give_another_checksum(files: dict[str, bytes]) -> None:
    assert checksum(files) != checksum(FILES)


def test_a_folder_is_read_with_relative_names_and_without_litter(tmp_path: Path) -> None:
    for name, content in {**FILES, ".DS_Store": b"x", ".git/config": b"x", "Thumbs.db": b"x"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    assert read_files(tmp_path) == FILES


def test_a_zip_may_hold_everything_in_one_folder() -> None:
    wrapped = [(f"information_request/{name}", content) for name, content in FILES.items()]

    assert read_files(zipped(*wrapped, ("__MACOSX/information_request/._x.bpmn", b"x"))) == FILES


@pytest.mark.parametrize(
    "name",
    [
        "../process.yaml",
        "forms/../../process.yaml",
        "/etc/passwd",
        "C:/process.yaml",
        "forms\\request.json",
        "forms//request.json",
        "./process.yaml",
        "con.yaml",
        "forms/NUL",
        "name .",
        "a\nb.yaml",
        "a" * 201,
    ],
)
def test_a_name_that_is_not_plainly_inside_is_refused(name: str) -> None:
    assert rules_of(zipped((name, b"x"), ("process.yaml", b"x"))) == ["archive.name"]


def test_a_name_with_a_hidden_end_is_refused() -> None:
    data = zipped(("process.yaml", b"x"), ("a.bpmn?.exe", b"x")).replace(b"a.bpmn?.exe", b"a.bpmn\0.exe")

    assert rules_of(data) == ["archive.name"]


@pytest.mark.parametrize("names", [("a.bpmn", "A.bpmn"), ("forms/Straße.json", "forms/STRASSE.json")])
def test_names_that_differ_only_in_capitals_are_refused(names: tuple[str, str]) -> None:
    assert rules_of(zipped(*((name, b"x") for name in names))) == ["archive.duplicate"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused() -> None:
    assert rules_of(zipped(("process.yaml", b"x"), ("process.yaml", b"y"))) == ["archive.duplicate"]


def test_a_symbolic_link_in_a_zip_is_refused() -> None:
    link = zipfile.ZipInfo("forms")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    assert rules_of(zipped((link, b"/etc"))) == ["archive.link"]


def test_a_symbolic_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "process.yaml").symlink_to("/etc/hostname")

    assert rules_of(tmp_path) == ["archive.link"]


def test_a_special_file_is_refused() -> None:
    pipe = zipfile.ZipInfo("pipe")
    pipe.external_attr = (stat.S_IFIFO | 0o600) << 16

    assert rules_of(zipped((pipe, b""))) == ["archive.special"]


@pytest.mark.parametrize("content", [zipped(("a", b"x")), b"\x1f\x8b\x08rest", b"Rar!\x1a"])
def test_an_archive_within_is_refused(content: bytes) -> None:
    assert rules_of(zipped(("process.yaml", b"x"), ("inner.dat", content))) == ["archive.nested"]


def test_encrypted_content_is_refused() -> None:
    data = bytearray(zipped(("process.yaml", b"x")))
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert rules_of(bytes(data)) == ["archive.encrypted"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression_is_refused(compression: int) -> None:
    assert rules_of(zipped(("process.yaml", b"x" * 1000), compression=compression)) == ["archive.compression"]


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    assert rules_of(zipped(("process.yaml", b"\0" * 10_000_000))) == ["archive.ratio"]


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(zipped(("process.yaml", b"\0" * 10_000_000)))
    size = (10_000_000).to_bytes(4, "little")
    for _ in range(2):
        data[data.index(size) : data.index(size) + 4] = (50_000).to_bytes(4, "little")

    assert rules_of(bytes(data)) == ["archive.zip"]


def test_too_many_files_are_refused() -> None:
    with pytest.raises(TooLarge, match=f"at most {MAX_MEMBERS} files, found {MAX_MEMBERS + 1}"):
        read_files(zipped(*((f"f{number}", b"") for number in range(MAX_MEMBERS + 1))))


def test_too_many_bytes_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "big.bpmn").open("wb") as file:
        os.truncate(file.fileno(), MAX_BYTES + 1)

    with pytest.raises(TooLarge, match=f"at most {MAX_BYTES} bytes"):
        read_files(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no zip", write_zip(FILES)[:-30], write_zip(FILES)[:60]])
def test_what_is_no_sound_zip_is_refused(data: bytes) -> None:
    assert rules_of(data) == ["archive.zip"]


def test_a_damaged_member_is_refused() -> None:
    data = bytearray(zipped(("process.yaml", b"some text that is long enough"), compression=zipfile.ZIP_STORED))
    data[data.index(b"long")] = ord("L")

    assert rules_of(bytes(data)) == ["archive.zip"]


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    assert rules_of(tmp_path / "nowhere") == ["archive.folder"]


def test_a_zip_for_which_there_is_no_memory_is_not_called_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_arguments: object) -> bytes:
        raise zlib.error("Error -4 while decompressing data")

    monkeypatch.setattr(archives, "_read_member", exhausted)

    with pytest.raises(MemoryError):
        read_files(write_zip({"a": b"x"}))
