"""Processes and their versions: upload, lint report, files, approval; decisions tried out; the catalogue."""

import threading
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import Anybody, Caller, Now, SignedIn, Transaction
from api.idempotency import Once
from api.problems import Problem
from api.schemas import Inputs, show_version
from engine import access, definitions
from engine.access import Actor, Scope
from engine.archives import read_files
from engine.errors import Invalid, NotFound, TooLarge
from engine.findings import errors_of
from engine.models import Version, VersionStatus
from engine.packages import Package, check_safely, read_package
from engine.settings import settings

router = APIRouter(prefix="/v1/processes", tags=["processes"])
# Each examination may take a gigabyte and twenty seconds: others wait their turn.
_EXAMINING = threading.BoundedSemaphore(2)
_LONGEST_WAIT = 10.0  # seconds
Number = Annotated[int, Query(ge=1, le=2**31 - 1)]
_ZIP = ("application/zip", "application/x-zip-compressed", "application/octet-stream")


async def uploaded(request: Request, _caller: SignedIn) -> bytes:
    """Return the body, read only for who is known, and only up to the limit.

    Raises Problem for another media type, TooLarge for more.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _ZIP:
        raise Problem("media-type", f"Expected a package as application/zip, found {kind or 'no content type'}")
    most = settings().package_bytes
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise TooLarge(f"Expected at most {most} bytes, found more")
        parts.append(part)
    return b"".join(parts)


Upload = Annotated[bytes, Depends(uploaded)]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def examined(data: Upload) -> Package | Invalid:
    """Return an uploaded package, or what is wrong with it, found in a process of its own.

    It is asked for before the transaction of the route: SQLite's only write lock is not held that long.
    """
    if not _EXAMINING.acquire(timeout=_LONGEST_WAIT):
        raise Problem("busy", "Expected a free place to examine packages, found others at it", {"Retry-After": "10"})
    try:
        return check_safely(data)
    finally:
        _EXAMINING.release()


Examined = Annotated[Package | Invalid, Depends(examined)]


@router.get("", summary="List processes and versions")
def list_processes(session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return every version that the caller's agency may use, by process, newest first."""
    access.need_scope(caller, Scope.PROCESSES_READ)
    return {"items": [show_version(found) for found in definitions.versions(session) if _is_visible(found, caller)]}


@router.post("", status_code=201, summary="Upload a package", openapi_extra=_BODY)
def upload_package(
    package: Examined,
    data: Upload,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: Annotated[Once, Depends()],
    national: Annotated[bool, Query(description="For all agencies; else only for the caller's")] = False,
) -> Any:
    """Store a package as a draft version, if it has no errors. The same content gives the version that it has.

    The answer holds the lint report. A package with errors is refused with 422 and stores nothing.
    """
    agency_id = None if national else access.need_agency(caller)
    access.may_deploy(caller, agency_id)
    if isinstance(package, Invalid):
        raise package

    def act() -> dict[str, Any]:
        return show_version(definitions.deploy(session, package, actor=caller, now=now, agency_id=agency_id))

    return once.do(data, act, status=201)


@router.post("/lint", summary="Check a package without storing it", openapi_extra=_BODY)
def lint_package(package: Examined, caller: Caller) -> dict[str, Any]:
    """Return the lint report of a package: every finding with rule, severity, file, line, element and how to mend."""
    access.need_scope(caller, Scope.PROCESSES_READ)
    findings = list(package.findings)
    return {"ok": not errors_of(findings), "findings": [finding.as_dict() for finding in findings]}


@router.get("/catalogue", summary="Public catalogue of services")
def catalogue(session: Transaction, _actor: Anybody, now: Now) -> dict[str, Any]:
    """Return what anybody may know of the processes in force: titles, authority, legal basis, terms, who may start."""
    shown: dict[str, dict[str, Any]] = {}
    for found in definitions.versions(session):
        if _is_in_force(found, now) and found.agency_id is None and found.process_id not in shown:
            manifest = found.manifest
            keys = ("id", "title", "description", "authority", "code", "legal_basis", "terms", "languages")
            more = {"start_by": manifest.get("start", {}).get("by", []), "version": found.number}
            shown[found.process_id] = {key: manifest.get(key) for key in keys} | more
    return {"items": list(shown.values())}


@router.get("/{process_id}/versions/{number}", summary="A version")
def read_version(process_id: str, number: int, session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return a version with its manifest and lint report."""
    found = _visible(session, process_id, number, caller)
    return {**show_version(found), "manifest": found.manifest, "files": sorted(read_files(found.package))}


@router.get("/{process_id}/versions/{number}/files/{name:path}", summary="A file of a version")
def read_file(process_id: str, number: int, name: str, session: Transaction, caller: Caller) -> Response:
    """Return a file of the package as it was uploaded: BPMN, DMN, forms and the rest."""
    found = _visible(session, process_id, number, caller)
    files = read_files(found.package)
    if name not in files:
        raise NotFound(f"Expected a file of the package, found none called {name[:100]!r}")
    kind = "application/xml" if name.endswith((".bpmn", ".dmn")) else "text/plain; charset=utf-8"
    disposition = f"attachment; filename*=UTF-8''{quote(name.rpartition('/')[2])}"
    return Response(files[name], media_type=kind, headers={"Content-Disposition": disposition})


@router.post("/{process_id}/versions/{number}/approve", summary="Approve a version")
def approve_version(
    process_id: str, number: int, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Put a draft in force, as another person than who uploaded it."""
    found = _visible(session, process_id, number, caller)
    return once.do(None, lambda: show_version(definitions.approve(session, found.id, actor=caller, now=now)))


@router.post("/{process_id}/versions/{number}/retire", summary="Retire a version")
def retire_version(
    process_id: str, number: int, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Let no further instance be started under a version; those that run go on."""
    found = _visible(session, process_id, number, caller)
    return once.do(None, lambda: show_version(definitions.retire(session, found.id, actor=caller, now=now)))


@router.post("/{process_id}/versions/{number}/decisions/{decision}/evaluate", summary="Try a decision")
def evaluate_decision(
    process_id: str,
    number: int,
    decision: str,
    sent: Annotated[Inputs, Body()],
    session: Transaction,
    caller: Caller,
    now: Now,
) -> dict[str, Any]:
    """Make a decision of a version with given inputs; nothing is stored. Tells which rules fired."""
    found = _visible(session, process_id, number, caller)
    decisions = read_package(found.package).decisions
    if decisions is None:
        raise NotFound(f"Expected decisions in {process_id}, but the package has none")
    made = decisions.evaluate(decision, sent.inputs, now=now)
    fired = [{"table": each.table, "rules": list(each.rules), "ids": list(each.ids)} for each in made.fired]
    return {"result": made.value_json, "fired": fired, "warnings": list(made.warnings)}


def _visible(session: Session, process_id: str, number: int, caller: Actor) -> Version:
    access.need_scope(caller, Scope.PROCESSES_READ)
    if not 1 <= number < 2**31:
        raise NotFound(f"Expected a version of {process_id[:100]!r}, but there is none of number {number}")
    found = definitions.version(session, process_id, number)
    if not _is_visible(found, caller):
        raise NotFound(f"Expected version {number} of {process_id}, but there is no such version")
    return found


def _is_in_force(found: Version, now: datetime) -> bool:
    today = now.astimezone(settings().time_zone).date()
    return found.status is VersionStatus.APPROVED and found.in_force_from <= today


def _is_visible(found: Version, caller: Actor) -> bool:
    return found.agency_id is None or found.agency_id == caller.agency_id
