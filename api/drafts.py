"""Versions as designers work on them: stored with changed files, handed in for approval."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Response

from api import bodies
from api.dependencies import AllSessions, Caller, Now, Transaction
from api.idempotency import OnceIfWished
from api.processes import MODELS, PACKAGES, Number, reported
from api.sent import Changes, DecisionTrial
from api.shown.publishing import DecisionTried, Finding, LintReport, ReportedVersion, Version, of_version
from engine import access, definitions, drafts
from engine.archives import read_files
from engine.database import reading
from engine.dmn.checking import try_safely
from engine.errors import Invalid
from engine.findings import errors_of
from engine.packages import Package, check_safely

router = APIRouter(prefix="/v1/processes/{process_id}/versions/{number}", tags=["processes"], route_class=bodies.Route)


@dataclass(frozen=True, slots=True)
class Changed:
    """A package made of a version and changed files, and for which agency it is (None: for all)."""

    package: Package
    agency_id: UUID | None


def changed(
    process_id: str, number: Number, sent: Annotated[Changes, Body()], sessions: AllSessions, caller: Caller
) -> Changed:
    """Return a version's package with files changed. It is checked before the transaction of the route begins.

    Raises NotFound, NotAllowed, and Invalid with every finding for a package with errors.
    """
    with reading(sessions) as session:
        version = drafts.visible_version(session, caller, process_id, number)
        agency_id = drafts.reach_of(version, caller)
        access.may_deploy(caller, agency_id)
        data = drafts.changed(version, _contents(sent))
    with PACKAGES.turn():
        package = check_safely(data)
    if isinstance(package, Invalid):
        raise package
    return Changed(package, agency_id)


@router.post("/changes", status_code=201, response_model=ReportedVersion, summary="Store changed files as a draft")
def store_changes(
    made: Annotated[Changed, Depends(changed)], session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Store the package of a version with some files changed, as a new draft version; the version stays as it is.

    The draft is for the agencies that the version is for if the caller may, else for the caller's agency. A package
    with errors is refused with 422 and stores nothing.
    """

    def act() -> ReportedVersion:
        return reported(definitions.deploy(session, made.package, actor=caller, now=now, agency_id=made.agency_id))

    return once.do(made.package.sha256.encode(), act, status=201)


@router.post("/lint", summary="Check changed files without storing them")
def lint_changes(
    process_id: str, number: Number, sent: Annotated[Changes, Body()], sessions: AllSessions, caller: Caller
) -> LintReport:
    """Return the lint report of a version's package with some files changed: what storing the changes would say."""
    with reading(sessions) as session:
        data = drafts.changed(drafts.visible_version(session, caller, process_id, number), _contents(sent))
    with PACKAGES.turn():
        package = check_safely(data)
    if isinstance(package, Invalid) and not package.findings:
        raise package
    findings = list(package.findings)
    return LintReport(ok=not errors_of(findings), findings=[Finding(**each.as_dict()) for each in findings])


@router.post("/try-decision", summary="Try a changed DMN file without storing it")
def try_decision(
    process_id: str,
    number: Number,
    sent: Annotated[DecisionTrial, Body()],
    sessions: AllSessions,
    caller: Caller,
    now: Now,
) -> DecisionTried:
    """Return what is wrong with a DMN file that replaces one of a version, and what a decision of it gives.

    Findings tell inputs without a rule and rules that overlap. Nothing is stored.
    """
    with reading(sessions) as session:
        version = drafts.visible_version(session, caller, process_id, number)
        files = {name: data for name, data in read_files(version.package).items() if name.endswith(".dmn")}
    files[sent.file] = sent.text.encode()
    with MODELS.turn():
        report = try_safely(files, sent.file, sent.decision, sent.inputs, now=now)
    findings = [Finding(**each.as_dict()) for each in report.findings]
    made = report.more["made"]
    return DecisionTried(ok=not errors_of(report.findings), findings=findings, made=made)


@router.post("/submit", response_model=Version, summary="Hand in a draft")
def submit_version(
    process_id: str, number: Number, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Hand in a draft for another person's approval."""
    found = drafts.visible_version(session, caller, process_id, number)

    def act() -> Version:
        return Version(**of_version(drafts.submit(session, found.id, actor=caller, now=now)))

    return once.do(None, act)


def _contents(sent: Changes) -> dict[str, bytes | None]:
    return {name: None if text is None else text.encode() for name, text in sent.files.items()}
