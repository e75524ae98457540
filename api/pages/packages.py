"""Packages handed in by hand: looked at first, with everything that is wrong with them; stored when somebody says so.

Between the two nothing is kept here: the page of the report carries the package, which is checked again when stored.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.dependencies import AllSessions
from api.pages.drawing import go, page
from api.pages.uploads import File, Posted, read_parts
from api.pages.visitor import MOST_FORM_BYTES, OwnPage, SignedIn, Visitor
from api.problems import Problem
from api.processes import PACKAGES
from engine import access, drafts
from engine.access import OwnRole
from engine.archives import write_zip
from engine.errors import Invalid, NotFound
from engine.findings import Finding, Place, Severity
from engine.packages import Package, check_safely
from engine.settings import settings

router = APIRouter(include_in_schema=False, prefix="/workshop/upload")
_ZIP_MAGIC = b"PK"
# Where a file that comes without its folder belongs, by its ending.
_TRANSLATION = re.compile(r"[a-z]{2,3}\.yaml")


async def _sent(request: Request, visitor: SignedIn, _own: OwnPage) -> Posted:
    """Return what a designer sends, read only for one. Raises NotAllowed, Problem."""
    access.need_role(visitor.actor, OwnRole.DESIGNER, OwnRole.PLATFORM)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem("media-type", "Expected a form with files, found another body")
    # Stored packages come as text, which is a third longer.
    most = settings().package_bytes * 4 // 3 + MOST_FORM_BYTES
    return await read_parts(request, most, most_in_field=most)


Sent = Annotated[Posted, Depends(_sent)]


@router.get("")
def show_upload(request: Request, visitor: SignedIn) -> Response:
    """Ask for a package: a zip, its files, or its folder."""
    access.need_role(visitor.actor, OwnRole.DESIGNER, OwnRole.PLATFORM)
    return _page(request, visitor, missing=False)


@router.post("")
def check(request: Request, visitor: SignedIn, sent: Sent) -> Response:
    """Say everything that is wrong with a package; nothing is stored."""
    _reach(visitor, sent)
    files = [file for file in sent.files if file.content or file.name]
    if not files:
        return _page(request, visitor, missing=True, sent=sent)
    data = _packed(files, _paths(sent))
    with PACKAGES.turn():
        found = check_safely(data)
    return _report(request, visitor, sent, found, data)


@router.post("/store")
def store(request: Request, visitor: SignedIn, sent: Sent, sessions: AllSessions) -> Response:
    """Store the package of a report as a draft. It is checked again: it comes from outside once more."""
    agency_id = _reach(visitor, sent)
    try:
        data = base64.b64decode(sent.fields.get("package", ""), validate=True)
    except binascii.Error as error:
        raise Problem("malformed", "Expected the package of a report, found another text") from error
    with PACKAGES.turn():
        found = check_safely(data)
    if isinstance(found, Invalid):
        return _report(request, visitor, sent, found, data)
    try:
        with sessions.begin() as session:
            version = drafts.store(session, found, actor=visitor.actor, now=visitor.now, agency_id=agency_id)
    except Invalid as refusal:
        return _report(request, visitor, sent, refusal, data)
    except NotFound as missing:
        return _report(request, visitor, sent, Invalid(missing.message, [_unanswered(missing)]), data)
    is_new = version.deployed_at == visitor.now
    return go(f"/workshop/{version.process_id}/{version.number}", done="package-stored" if is_new else "package-known")


def _reach(visitor: Visitor, sent: Posted) -> UUID | None:
    """Return for which agency a package is to be (None: for all). Raises NotAllowed."""
    agency_id = None if sent.fields.get("for") == "all" else access.need_agency(visitor.actor)
    access.may_deploy(visitor.actor, agency_id)
    return agency_id


def _paths(sent: Posted) -> Sequence[str]:
    """Return the paths in the dropped folders, in the order of the files; empty: none were dropped."""
    try:
        paths = json.loads(sent.fields.get("paths") or "[]")
    except ValueError:
        return ()
    return paths if isinstance(paths, list) and all(isinstance(each, str) for each in paths) else ()


def _packed(files: Sequence[File], paths: Sequence[str]) -> bytes:
    """Return a package as a zip: the one that was sent, else one of the files. Raises Problem for two of one name."""
    if len(files) == 1 and files[0].content.startswith(_ZIP_MAGIC):
        return files[0].content
    names = paths if len(paths) == len(files) else [_place(file.name) for file in files]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem("invalid", f"Expected each file once, found {twice[:100]} several times")
    try:
        return write_zip({name: file.content for name, file in zip(names, files, strict=True)})
    except (UnicodeEncodeError, ValueError) as error:
        raise Problem("malformed", "Expected names of files that can be stored, found another one") from error


def _place(name: str) -> str:
    """Return where a file belongs in a package, if its name does not say so itself."""
    if "/" in name or name == "process.yaml":
        return name
    if name.endswith(".json"):
        return f"forms/{name}"
    if _TRANSLATION.fullmatch(name):
        return f"translations/{name}"
    return f"scenarios/{name}" if name.endswith(".yaml") else name


def _unanswered(missing: NotFound) -> Finding:
    message = {
        "id": f"Diharapkan proses lain yang dipanggil sudah disetujui: {missing.message}.",
        "en": f"{missing.message}.",
    }
    mend = {
        "id": "Unggah dan setujui dulu proses yang dipanggil.",
        "en": "Upload and approve the process that is called first.",
    }
    return Finding("package.calls-unknown", Severity.ERROR, message, Place("process.yaml"), mend=mend)


def _report(request: Request, visitor: Visitor, sent: Posted, found: Package | Invalid, data: bytes) -> Response:
    """Return the page with what is wrong with a package, and with the package itself if it can be stored."""
    is_sound = isinstance(found, Package)
    return _page(
        request,
        visitor,
        missing=False,
        sent=sent,
        status=200 if is_sound else 422,
        findings=[finding.as_dict() for finding in found.findings],
        refusal=found.message if isinstance(found, Invalid) else None,
        package=found if isinstance(found, Package) else None,
        content=base64.b64encode(data).decode() if is_sound else "",
    )


def _page(
    request: Request,
    visitor: Visitor,
    *,
    missing: bool,
    sent: Posted | None = None,
    status: int = 200,
    **report: Any,
) -> Response:
    """``missing``: no file was chosen. Without ``report`` it only asks."""
    asked: dict[str, Any] = {"findings": None, "refusal": None, "package": None, "content": ""}
    return page(
        request,
        visitor,
        "workshop/upload.html",
        status=422 if missing else status,
        missing=missing,
        for_all=sent is not None and sent.fields.get("for") == "all",
        is_platform=visitor.actor.has(OwnRole.PLATFORM),
        has_agency=visitor.actor.agency_id is not None,
        megabytes=settings().package_bytes // 1_000_000,
        **{**asked, **report},
    )
