"""Processes and their versions: upload, lint report, files, approval; decisions tried out."""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, defer

from api import bodies
from api.dependencies import Caller, Now, Paging, Reading, Transaction
from api.idempotency import OnceIfWished
from api.limits import Turns
from api.problems import Problem
from api.sent import Inputs
from api.shown.base import Listed, listed
from api.shown.publishing import (
    DecisionMade,
    Finding,
    Fired,
    LintReport,
    ModelReport,
    PlayReport,
    ReportedVersion,
    Version,
    VersionDetail,
    of_version,
)
from engine import access, definitions, drafts, models
from engine.access import Actor, Scope
from engine.archives import read_files
from engine.bpmn import checking
from engine.database import Page, Slice
from engine.drafts import file_of, visible_version
from engine.errors import Invalid, NotFound
from engine.feel import FeelError
from engine.findings import errors_of
from engine.gate import XmlLimits
from engine.models import VersionStatus
from engine.packages import Package, check_safely, read_package
from engine.rehearsals import rehearse_safely
from engine.settings import settings

router = APIRouter(prefix="/v1/processes", tags=["processes"], route_class=bodies.Route)
# Each examination may take a gigabyte and twenty seconds: a few wait for their turn, more are sent away.
PACKAGES = Turns(at_once=2, waiting=6)
# Half of that and five seconds; but editors ask often, and should not wait for packages.
MODELS = Turns(at_once=2, waiting=14)
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version")]
_ZIP = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_XML = ("application/xml", "text/xml")
_MODEL_BODY = {
    "requestBody": {"required": True, "content": {"application/xml": {"schema": {"type": "string"}}}},
}
_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/xml": {}, "text/plain": {}}, "description": "The file"}
}


async def uploaded(request: Request, _caller: Caller) -> bytes:
    """Return the body, read only for who is known, and only up to the limit. Raises Problem."""
    kind = bodies.media_type(request)
    if kind not in _ZIP:
        raise Problem("media-type", f"Expected a package as application/zip, found {kind[:100] or 'no content type'}")
    return await bodies.read(request, settings().package_bytes)


Upload = Annotated[bytes, Depends(uploaded)]


def examined(data: Upload) -> Package | Invalid:
    """Return an uploaded package, or what is wrong with it, found in a process of its own.

    It is asked for before the transaction of the route: SQLite's only write lock is not held that long.
    """
    with PACKAGES.turn():
        return check_safely(data)


Examined = Annotated[Package | Invalid, Depends(examined)]


async def drawn(request: Request, _caller: Caller) -> bytes:
    """Return the BPMN text that an editor sends. Raises Problem."""
    kind = bodies.media_type(request)
    if kind not in _XML:
        raise Problem("media-type", f"Expected a model as application/xml, found {kind[:100] or 'no content type'}")
    return await bodies.read(request, XmlLimits().size_bytes)


Drawn = Annotated[bytes, Depends(drawn)]


@router.get("", summary="List processes and versions")
def list_processes(
    session: Reading,
    caller: Caller,
    page: Paging,
    process: Annotated[str | None, Query(max_length=200, description="Only versions of this process")] = None,
    status: VersionStatus | None = None,
) -> Listed[Version]:
    """Return every version that the caller's agency may use, by process, newest first."""
    access.need_scope(caller, Scope.PROCESSES_READ)
    return listed(_versions(session, caller, page, process, status), lambda found: Version(**of_version(found)))


@router.post("", status_code=201, response_model=ReportedVersion, summary="Upload a package", openapi_extra=_BODY)
def upload_package(
    package: Examined,
    data: Upload,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: OnceIfWished,
    national: Annotated[bool, Query(description="For all agencies; else only for the caller's")] = False,
) -> Response:
    """Store a package as a draft version, if it has no errors. The same content gives the version that it has.

    The answer holds the lint report. A package with errors is refused with 422 and stores nothing. Where the setting
    ALUR_ONE_PERSON_PUBLISHES is 1, the version is approved at once; else a second person has to.
    """
    agency_id = None if national else access.need_agency(caller)
    access.may_deploy(caller, agency_id)
    if isinstance(package, Invalid):
        raise package

    def act() -> ReportedVersion:
        return reported(drafts.store(session, package, actor=caller, now=now, agency_id=agency_id))

    return once.do(data, act, status=201)


@router.post("/lint", summary="Check a package without storing it", openapi_extra=_BODY)
def lint_package(package: Examined, caller: Caller) -> LintReport:
    """Return the lint report of a package: every finding with rule, severity, file, line, element and how to mend."""
    access.need_scope(caller, Scope.PROCESSES_READ)
    findings = list(package.findings)
    if isinstance(package, Invalid) and not findings:
        raise package
    return LintReport(ok=not errors_of(findings), findings=[Finding(**each.as_dict()) for each in findings])


@router.post("/play", summary="Play the scenarios of a package", openapi_extra=_BODY)
def play_package(data: Upload, caller: Caller) -> PlayReport:
    """Play every scenario of a package, in a process of its own and on a database in memory; nothing is stored.

    Tells what was not as a scenario says, and which flows, ends and timers none of them passes. A package with errors
    is refused with 422.
    """
    access.need_scope(caller, Scope.PROCESSES_READ)
    with PACKAGES.turn():
        told = rehearse_safely(data)
    return PlayReport(ok=not any(one["failures"] for one in told["scenarios"]), **told)


@router.post("/lint-model", summary="Check one BPMN file without storing it", openapi_extra=_MODEL_BODY)
def lint_model(data: Drawn, caller: Caller) -> ModelReport:
    """Return what is wrong with a BPMN file by itself, and what became of the properties of other engines in it.

    It is for editors: the rules are those of packages, but what other files would hold is not asked for.
    """
    access.need_scope(caller, Scope.PROCESSES_READ)
    with MODELS.turn():
        report = checking.check_safely(data)
    findings = [Finding(**each.as_dict()) for each in report.findings]
    return ModelReport(ok=not errors_of(report.findings), findings=findings, **report.more)


@router.get("/{process_id}/versions/{number}", summary="A version")
def read_version(process_id: str, number: Number, session: Reading, caller: Caller) -> VersionDetail:
    """Return a version with its manifest, lint report and the names of its files."""
    found = visible_version(session, caller, process_id, number)
    files = sorted(read_files(found.package))
    return VersionDetail(**reported(found).model_dump(), manifest=found.manifest, files=files)


@router.get(
    "/{process_id}/versions/{number}/xml",
    summary="The BPMN of a version",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}, "description": "The BPMN file with the main process"}},
)
def read_xml(process_id: str, number: Number, session: Reading, caller: Caller) -> Response:
    """Return the BPMN file that holds the main process, as it was uploaded."""
    found = visible_version(session, caller, process_id, number)
    main = next(model.file for model in read_package(found.package).models if process_id in model.processes)
    return _file(main, read_files(found.package)[main])


@router.get(
    "/{process_id}/versions/{number}/files/{name:path}",
    summary="A file of a version",
    response_class=Response,
    responses=_TEXT,
)
def read_file(process_id: str, number: Number, name: str, session: Reading, caller: Caller) -> Response:
    """Return a file of the package as it was uploaded: BPMN, DMN, forms and the rest."""
    return _file(name, file_of(visible_version(session, caller, process_id, number), name))


@router.post("/{process_id}/versions/{number}/approve", response_model=Version, summary="Approve a version")
def approve_version(
    process_id: str,
    number: Number,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: OnceIfWished,
    in_force_from: Annotated[
        date | None, Query(description="First local day of its use; without: the day that the package names")
    ] = None,
) -> Response:
    """Put a draft in force, as another person than who uploaded it."""
    found = visible_version(session, caller, process_id, number)

    def act() -> Version:
        made = definitions.approve(session, found.id, actor=caller, now=now, in_force_from=in_force_from)
        return Version(**of_version(made))

    return once.do(None, act)


@router.post("/{process_id}/versions/{number}/retire", response_model=Version, summary="Retire a version")
def retire_version(
    process_id: str, number: Number, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Let no further instance be started under a version; those that run go on."""
    found = visible_version(session, caller, process_id, number)

    def act() -> Version:
        return Version(**of_version(definitions.retire(session, found.id, actor=caller, now=now)))

    return once.do(None, act)


@router.post("/{process_id}/decisions/{decision}/evaluate", summary="Try a decision")
def evaluate_decision(
    process_id: str,
    decision: str,
    sent: Annotated[Inputs, Body()],
    session: Reading,
    caller: Caller,
    now: Now,
    version: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Number of a version; without: the one in force")
    ] = None,
) -> DecisionMade:
    """Make a decision with given inputs; nothing is stored. Tells which rules fired, and what became null and why."""
    found = _chosen(session, process_id, version, caller, now)
    decisions = read_package(found.package).decisions
    if decisions is None:
        raise NotFound(f"Expected decisions in {process_id}, but the package has none")
    try:
        made = decisions.evaluate(decision, sent.inputs, now=now)
        result = made.value_json
    except FeelError as error:
        raise Invalid(f"Expected inputs that {decision} can be made of, found a limit: {error}") from error
    fired = [Fired.model_validate(each) for each in made.fired]
    return DecisionMade(result=result, fired=fired, warnings=list(made.warnings))


def _versions(
    session: Session, caller: Actor, page: Page, process_id: str | None, status: VersionStatus | None
) -> Slice[models.Version]:
    version = models.Version
    mine = or_(version.agency_id.is_(None), version.agency_id == caller.agency_id)
    query = select(version).where(mine).options(defer(version.findings))
    if process_id is not None:
        query = query.where(version.process_id == process_id)
    if status is not None:
        query = query.where(version.status == status)
    if page.after is not None:
        process, _, number = page.after.rpartition("/")
        further = and_(version.process_id == process, version.number < int(number))
        query = query.where(or_(version.process_id > process, further))
    found = session.scalars(query.order_by(version.process_id, version.number.desc()).limit(page.limit + 1))
    return Slice.cut(list(found), page, lambda each: f"{each.process_id}/{each.number}")


def _chosen(session: Session, process_id: str, number: int | None, caller: Actor, now: datetime) -> models.Version:
    if number is not None:
        return visible_version(session, caller, process_id, number)
    access.need_scope(caller, Scope.PROCESSES_READ)
    today = now.astimezone(settings().time_zone).date()
    return definitions.start_version(session, process_id, access.need_agency(caller), today=today)


def reported(version: models.Version) -> ReportedVersion:
    """Return a version with what the linter said of it."""
    return ReportedVersion(**of_version(version), findings=version.findings)


def _file(name: str, content: bytes) -> Response:
    kind = "application/xml" if name.endswith((".bpmn", ".dmn")) else "text/plain; charset=utf-8"
    disposition = f"attachment; filename*=UTF-8''{quote(name.rpartition('/')[2])}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})
