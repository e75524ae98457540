"""The files of a package, from a folder or a zip, under limits, without ever extracting a zip to disk."""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath

from engine.errors import Invalid, TooLarge
from engine.findings import Finding, Place, Severity

MAX_MEMBERS = 100
MAX_BYTES = 20_000_000
MAX_RATIO = 100
MAX_NAME = 200

Files = dict[str, bytes]

_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ARCHIVE_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in range(1, 10))}
# What desktops leave behind. It is no part of a package, and leaving it out surprises nobody.
_LITTER = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_TOO_LARGE = {"archive.too-many", "archive.too-large", "archive.ratio"}


def read_files(source: Path | bytes) -> Files:
    """Return the files of a folder or of a zip (bytes), by their names relative to it, with ``/``.

    A zip may hold everything in one folder of its own. Hidden files and what desktops leave behind are left out.
    Raises Invalid, or TooLarge for what is over a limit, with a finding for each fault.
    """
    files = _read_zip(source) if isinstance(source, bytes) else _read_folder(source)
    _refuse(_check_names(files))
    return files


def checksum(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 (hexadecimal) of names and contents, whatever the order or the compression was."""
    digest = sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """Return the files as a zip that is the same for the same files: sorted, without times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, files[name])
    return buffer.getvalue()


def _read_folder(folder: Path) -> Files:
    if not folder.is_dir():
        _refuse([_fault("archive.folder", str(folder), "sebuah folder", "a folder", "bukan folder", "no folder")])
    paths = [path for path in sorted(folder.rglob("*")) if not _is_litter(path.relative_to(folder).as_posix())]
    links = [path.relative_to(folder).as_posix() for path in paths if path.is_symlink()]
    _refuse([_link(name) for name in links])
    plain = [path for path in paths if path.is_file()]
    _refuse(_check_sizes(len(plain), sum(path.stat().st_size for path in plain)))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in plain}


# What zlib says when there is no memory left: nothing is wrong with the zip then.
_NO_MEMORY = "Error -4 "


def _read_zip(data: bytes) -> Files:
    _refuse(_check_sizes(0, len(data)))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _refuse(_check_sizes(len(members), sum(member.file_size for member in members)))
            _refuse([fault for member in members for fault in _check_member(member)])
            wanted = [member for member in members if not member.is_dir() and not _is_litter(member.filename)]
            _refuse(_check_duplicates(member.filename for member in wanted))
            files = {member.filename: _read_member(archive, member) for member in wanted}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        if str(error).startswith(_NO_MEMORY):
            raise MemoryError from error
        raise _refusal(
            [_fault("archive.zip", "", "arsip zip yang utuh", "a sound zip archive", str(error), str(error))]
        ) from error
    _refuse(_check_nested(files))
    return _without_own_folder(files)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as stream:
        # The directory of the archive may lie about sizes: never read more than it promised.
        content = stream.read(member.file_size + 1)
    if len(content) != member.file_size:
        raise zipfile.BadZipFile(f"{member.filename} is not as long as the archive says")
    return content


def _check_sizes(members: int, size: int) -> list[Finding]:
    faults = []
    if members > MAX_MEMBERS:
        at_most = (f"paling banyak {MAX_MEMBERS} berkas", f"at most {MAX_MEMBERS} files")
        faults.append(_fault("archive.too-many", "", *at_most, str(members), str(members)))
    if size > MAX_BYTES:
        at_most = (f"paling banyak {MAX_BYTES} bita", f"at most {MAX_BYTES} bytes")
        faults.append(_fault("archive.too-large", "", *at_most, str(size), str(size)))
    return faults


def _check_member(member: zipfile.ZipInfo) -> list[Finding]:
    name = member.orig_filename
    faults = _check_name(name.rstrip("/") if member.is_dir() else name)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        faults.append(_link(name))
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        faults.append(
            _fault("archive.special", name, "berkas biasa", "an ordinary file", "berkas khusus", "a special file")
        )
    if member.flag_bits & 0x1:
        faults.append(
            _fault("archive.encrypted", name, "isi terbuka", "open content", "isi terenkripsi", "encrypted content")
        )
    if member.compress_type not in _COMPRESSIONS:
        found = str(member.compress_type)
        faults.append(_fault("archive.compression", name, "deflate", "deflate", f"cara {found}", f"method {found}"))
    # Small files may shrink a lot; only large ones can do harm.
    if member.file_size > 100_000 and member.file_size > MAX_RATIO * max(member.compress_size, 1):
        ratio = f"{member.file_size // max(member.compress_size, 1)}:1"
        faults.append(
            _fault(
                "archive.ratio",
                name,
                f"pemadatan hingga {MAX_RATIO}:1",
                f"compression up to {MAX_RATIO}:1",
                ratio,
                ratio,
            )
        )
    return faults


def _check_name(name: str) -> list[Finding]:
    parts = name.split("/")
    is_plain = (
        0 < len(name) <= MAX_NAME
        and name.isprintable()
        and not any(character in name for character in '\\:*?"<>|')
        and all(part not in ("", ".", "..") for part in parts)
        and not any(part.endswith((".", " ")) or part.startswith(" ") for part in parts)
        and not any(part.split(".")[0].casefold() in _RESERVED for part in parts)
    )
    if is_plain:
        return []
    return [
        _fault(
            "archive.name",
            name,
            "nama relatif seperti forms/request.json",
            "a relative name such as forms/request.json",
            repr(name),
            repr(name),
        )
    ]


def _check_names(files: Files) -> list[Finding]:
    return [fault for name in files for fault in _check_name(name)] + _check_duplicates(files)


def _check_duplicates(names: Iterable[str]) -> list[Finding]:
    seen: dict[str, str] = {}
    faults = []
    for name in names:
        if name.casefold() in seen:
            other = seen[name.casefold()]
            own = ("nama yang berbeda, juga tanpa huruf besar", "a name of its own, capitals aside")
            faults.append(_fault("archive.duplicate", name, *own, f"{other} juga", f"{other} too"))
        seen[name.casefold()] = name
    return faults


def _check_nested(files: Files) -> list[Finding]:
    return [
        _fault("archive.nested", name, "berkas biasa", "an ordinary file", "arsip di dalam arsip", "an archive inside")
        for name, content in files.items()
        if content.startswith(_ARCHIVE_MAGIC)
    ]


def _without_own_folder(files: Files) -> Files:
    tops = {PurePosixPath(name).parts[0] for name in files}
    if len(tops) != 1 or not all("/" in name for name in files):
        return files
    return {name.split("/", 1)[1]: content for name, content in files.items()}


def _is_litter(name: str) -> bool:
    return any(part.startswith(".") or part in _LITTER for part in PurePosixPath(name).parts)


def _link(name: str) -> Finding:
    return _fault("archive.link", name, "berkas biasa", "an ordinary file", "tautan simbolik", "a symbolic link")


def _fault(rule: str, name: str, diharapkan: str, expected: str, ditemukan: str, found: str) -> Finding:
    message = {
        "id": f"Diharapkan {diharapkan}, ditemukan {ditemukan}.",
        "en": f"Expected {expected}, found {found}.",
    }
    shown = name.encode("unicode_escape").decode() if not name.isprintable() else name
    return Finding(rule, Severity.ERROR, message, Place(shown or "package"))


def _refuse(faults: list[Finding]) -> None:
    if faults:
        raise _refusal(faults)


def _refusal(faults: list[Finding]) -> Invalid:
    kind = TooLarge if all(fault.rule in _TOO_LARGE for fault in faults) else Invalid
    return kind(f"Expected the files of a package: {faults[0].message['en']}", faults)
