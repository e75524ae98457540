"""Versions of processes: deploy a package, approve and retire it, and compile it once for this process to run."""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, delete, func, or_, select
from sqlalchemy.orm import Session

from engine import access, journal, starts
from engine.access import Actor, ActorKind
from engine.archives import write_zip
from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.database import take_turns, uuid7
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.findings import errors_of
from engine.forms import Form, translated
from engine.manifest import FILE as MANIFEST
from engine.manifest import Call, Manifest, RoleKind, Texts, read_manifest
from engine.models import Job, JobKind, Subscription, Version, VersionStatus
from engine.packages import Package, read_package
from engine.settings import settings
from engine.statements import Query
from engine.translations import Translation


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A version ready to run. Kept in memory, shared by threads, never changed.

    ``steps`` maps the id of a step, and of a process, to its BPMN name, as tasks show it. ``reads_terms`` says that
    expressions look at the variable ``term``, which is then kept up to date. ``translations`` are by language,
    ``diagrams`` the BPMN file of each process of the package.
    """

    version_id: UUID
    process_id: str
    number: int
    manifest: Manifest
    definition: Definition
    steps: Mapping[str, str]
    forms: Mapping[str, Form]
    reads_terms: bool
    translations: Mapping[str, Translation]
    diagrams: Mapping[str, str]

    def names(self, language: str) -> Mapping[str, str]:
        """Return what a translation calls steps and flows; nothing where there is no translation."""
        translation = self.translations.get(language)
        return {} if translation is None else translation.steps

    def step_name(self, step: str, language: str) -> str:
        """Return what people call a step; in the first language of the process where there is no other."""
        names = self.names(language)
        return names.get(step) or names.get(step.rpartition(":")[2]) or self.steps.get(step, step)

    def outcome_name(self, outcome: str, language: str) -> str:
        """Return what people call an outcome; the word for statistics where it has no name."""
        translation = self.translations.get(language) or self.translations.get(self.manifest.languages[0])
        return outcome if translation is None else translation.outcomes.get(outcome, outcome)

    def form_schema(self, form_id: str | None, language: str) -> Mapping[str, Any] | None:
        """Return a form as form-js reads it, its texts in a language; None: there is no such form."""
        form = self.forms.get(form_id or "")
        translation = self.translations.get(language)
        if form is None or translation is None:
            return None if form is None else form.schema
        return translated(form, translation.forms.get(form.id, {}))

    def call_of(self, job_type: str | None) -> Call | None:
        """Return what the manifest says of a job type; None: nothing, so a worker outside does it."""
        return self.manifest.calls.get(job_type or "")

    def step_names(self, step: str) -> dict[str, str]:
        """Return what people call a step, by language."""
        return {language: self.step_name(step, language) for language in self.manifest.languages}


def deploy(
    session: Session, package: Package, *, actor: Actor, now: datetime, agency_id: UUID | None = None
) -> Version:
    """Store a package as a draft version; return the version that already has this content, if one has.

    ``agency_id`` limits it to one agency: content of all agencies serves it too, another agency's content does not.
    Raises Invalid if the package has findings that are errors, or does not compile: nothing is stored then.
    """
    access.may_deploy(actor, agency_id)
    if errors := errors_of(package.findings):
        raise Invalid(f"Expected a package without errors, found {len(errors)}: {errors[0]}", package.findings)
    process_id = package.manifest.id
    take_turns(session, f"versions\n{process_id}")  # else two could take the same number
    known = _with_content(session, process_id, package.sha256, agency_id)
    if known is not None:
        return known
    uses: dict[str, UUID] = {}
    _compile(session, process_id, package, uses, pin=_Reach(agency_id, now.astimezone(settings().time_zone).date()))
    newest = session.scalar(select(func.max(Version.number)).where(_is(process_id)))
    version = Version(
        id=uuid7(now),
        process_id=process_id,
        number=(newest or 0) + 1,
        sha256=package.sha256,
        agency_id=agency_id,
        status=VersionStatus.DRAFT,
        in_force_from=package.manifest.in_force_from,
        manifest=read_manifest(package.files[MANIFEST]).document.value,
        package=write_zip(package.files),
        uses={called: str(version_id) for called, version_id in uses.items()},
        offices=sorted(key for key, role in package.manifest.roles.items() if role.kind is RoleKind.OFFICE),
        findings=[finding.as_dict() for finding in package.findings],
        deployed_at=now,
        deployed_by=actor.name,
    )
    session.add(version)
    session.flush()
    _note(session, "version.deployed", version, actor, now)
    return version


def approve(
    session: Session, version_id: UUID, *, actor: Actor, now: datetime, in_force_from: date | None = None
) -> Version:
    """Let instances be started under a draft version, and let its start events listen.

    ``in_force_from`` is the first local day of that; None: the manifest's. Raises NotAllowed if the actor deployed it
    (two people publish; the shell of the machine is trusted), NotPossibleNow if it is not a draft, Invalid for a day
    before the manifest's.
    """
    version = _locked(session, version_id)
    access.may_approve(actor, version.agency_id)
    if version.status is not VersionStatus.DRAFT:
        raise NotPossibleNow(
            f"Expected a draft to approve, but version {version.number} of {version.process_id} is {version.status}",
            status=version.status.value,
        )
    if version.deployed_by == actor.name and actor.kind is not ActorKind.SYSTEM:
        raise NotAllowed(f"Expected another person than {actor.name}, who deployed this version, to approve it")
    if in_force_from is not None:
        if in_force_from < version.in_force_from:
            earliest = version.in_force_from
            raise Invalid(f"Expected a day from {earliest} on, which the package names, found {in_force_from}")
        version.in_force_from = in_force_from
    version.status, version.approved_at, version.approved_by = VersionStatus.APPROVED, now, actor.name
    session.add_all(starts.rows_of(version, compiled(session, version_id).definition, now))
    session.flush()
    _note(session, "version.approved", version, actor, now, in_force_from=version.in_force_from.isoformat())
    return version


def retire(session: Session, version_id: UUID, *, actor: Actor, now: datetime) -> Version:
    """Let no further instance be started under a version. Those that run on it go on."""
    version = _locked(session, version_id)
    access.may_approve(actor, version.agency_id)
    if version.status is VersionStatus.RETIRED:
        raise NotPossibleNow(
            f"Expected a version in use to retire, but {version.retired_by} retired it at {version.retired_at}",
            by=version.retired_by,
            at=version.retired_at,
        )
    version.status, version.retired_at, version.retired_by = VersionStatus.RETIRED, now, actor.name
    session.execute(delete(Subscription).where(Subscription.version_id == version_id))
    session.execute(delete(Job).where(Job.version_id == version_id, Job.kind == JobKind.START))
    session.flush()
    _note(session, "version.retired", version, actor, now)
    return version


def version(session: Session, process_id: str, number: int) -> Version:
    """Return a version. Raises NotFound."""
    found = session.scalars(select(Version).where(_is(process_id), Version.number == number)).one_or_none()
    if found is None:
        raise NotFound(f"Expected version {number} of {process_id}, but there is none")
    return found


def office_roles(session: Session, agency_id: UUID) -> dict[str, Texts]:
    """Return the roles of people in processes that an agency may use: title by language, by key, in order of titles.

    Where processes give a key different titles, the newest version counts.
    """
    query = select(Version.manifest).where(or_(Version.agency_id.is_(None), Version.agency_id == agency_id))
    found: dict[str, Texts] = {}
    for manifest in session.scalars(query.order_by(Version.id)):
        roles = manifest["roles"].items()
        found |= {key: role["title"] for key, role in roles if role["kind"] == RoleKind.OFFICE}
    return dict(sorted(found.items(), key=lambda item: (next(iter(item[1].values())).casefold(), item[0])))


def titles(session: Session, agency_id: UUID | None) -> dict[str, Texts]:
    """Return the titles of the processes that an agency may use (None: of the national ones) by id, of their newest
    versions."""
    query = select(Version.process_id, Version.manifest).where(
        or_(Version.agency_id.is_(None), Version.agency_id == agency_id)
    )
    return {process_id: manifest["title"] for process_id, manifest in session.execute(query.order_by(Version.id))}


def term_titles(session: Session) -> dict[str, list[Texts]]:
    """Return what the terms of national processes are called, by key: several where processes share a key."""
    found: dict[str, list[Texts]] = {}
    query = select(Version.manifest).where(Version.agency_id.is_(None)).order_by(Version.id)
    newest = {manifest["id"]: manifest for manifest in session.scalars(query)}
    for manifest in newest.values():
        for key, term in manifest.get("terms", {}).items():
            if term["title"] not in found.setdefault(key, []):
                found[key].append(term["title"])
    return found


def start_version(session: Session, process_id: str, agency_id: UUID, *, today: date) -> Version:
    """Return the newest approved version that is in force on ``today`` and that the agency may use. Raises NotFound."""
    found = version_in_force(session, process_id, agency_id, today=today)
    if found is None:
        raise NotFound(f"Expected an approved version of {process_id} in force on {today}, but there is none")
    return session.get_one(Version, found)


def version_in_force(session: Session, process_id: str, agency_id: UUID, *, today: date) -> UUID | None:
    """Return the version that ``start_version`` names; None: there is none."""
    row = _IN_FORCE.one(session.connection(), process_id=process_id, agency_id=agency_id, today=today)
    return None if row is None else cast(UUID, row[0])


_IN_FORCE = Query(
    select(Version.id)
    .where(
        Version.process_id == bindparam("process_id"),
        Version.status == VersionStatus.APPROVED,
        Version.in_force_from <= bindparam("today"),
        or_(Version.agency_id.is_(None), Version.agency_id == bindparam("agency_id")),
    )
    .order_by(Version.number.desc())
    .limit(1)
)


def compiled(session: Session, version_id: UUID) -> Compiled:
    """Return a version ready to run, from memory after the first time. Raises NotFound."""
    known = _cache.get(version_id)
    return known if known is not None else _cache.put(_load(session, version_id))


def forget() -> None:
    """Forget what was compiled: the next use compiles again, as a process that starts does."""
    _cache.clear()


class _Cache:
    """The versions used last. Two threads may compile one at once; the first one is kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[UUID, Compiled] = OrderedDict()

    def get(self, version_id: UUID) -> Compiled | None:
        with self._lock:
            found = self._kept.get(version_id)
            if found is not None:
                self._kept.move_to_end(version_id)
            return found

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def put(self, made: Compiled) -> Compiled:
        with self._lock:
            kept = self._kept.setdefault(made.version_id, made)
            while len(self._kept) > settings().definitions_cached:
                self._kept.popitem(last=False)
            return kept


_cache = _Cache()


def _load(session: Session, version_id: UUID) -> Compiled:
    row = session.execute(
        select(Version.process_id, Version.number, Version.package, Version.uses).where(Version.id == version_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"Expected version {version_id}, but there is no such version")
    package = read_package(row.package)
    uses = {called: UUID(used) for called, used in row.uses.items()}
    definition = _compile(session, row.process_id, package, uses, pin=None)
    return Compiled(
        version_id=version_id,
        process_id=row.process_id,
        number=row.number,
        manifest=package.manifest,
        definition=definition,
        steps=_names(package, row.process_id),
        forms=package.forms,
        reads_terms=any(_reads_terms(data) for name, data in package.files.items() if name.endswith((".bpmn", ".dmn"))),
        translations=package.translations,
        diagrams={process_id: model.file for model in package.models for process_id in model.processes},
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    """For which agency (None: all) a version is made, and on which day."""

    agency_id: UUID | None
    today: date


def _compile(
    session: Session, process_id: str, package: Package, uses: dict[str, UUID], *, pin: _Reach | None
) -> Definition:
    """Compile a package. Processes of other packages that it calls are those of ``uses``.

    With ``pin`` they are chosen now and noted there: an instance must run tomorrow what it began today. Chosen is the
    version that is in force then and there; where none is yet, the newest that was approved.
    """

    def called(other: str) -> Definition:
        if pin is not None and other not in uses:
            approved = select(Version.id).where(_is(other), Version.status == VersionStatus.APPROVED)
            approved = approved.where(or_(Version.agency_id.is_(None), Version.agency_id == pin.agency_id))
            is_in_force = case((Version.in_force_from <= pin.today, 1), else_=0)
            chosen = session.scalar(approved.order_by(is_in_force.desc(), Version.number.desc()).limit(1))
            if chosen is None:
                raise NotFound(f"Expected an approved version of {other}, which {process_id} calls, but there is none")
            uses[other] = chosen
        return compiled(session, uses[other]).definition

    return compile_process(process_id, package.models, decisions=package.decisions, called=called)


def _reads_terms(data: bytes) -> bool:
    """Tell whether expressions read the variable ``term``, other than timers that wait for a term."""
    return _TERM.search(_TIMER_OF_TERM.sub(b"", data)) is not None


_TIMER_OF_TERM = re.compile(rb">\s*=\s*term\s*\.\s*\w+\s*\.\s*\w+\s*<")
_TERM = re.compile(rb"(?<![\w.])term\s*\.")


def _names(package: Package, process_id: str) -> dict[str, str]:
    """Return the BPMN names by id of step; steps of a called process are named after it, as waits name them."""
    processes = {
        process.id: process.name or process.id for model in package.models for process in model.processes.values()
    }
    return processes | {
        node.id if process.id == process_id else f"{process.id}:{node.id}": node.name or node.id
        for model in package.models
        for process in model.processes.values()
        for _scope, node in process.scope.everything()
    }


def _with_content(session: Session, process_id: str, sha256: str, agency_id: UUID | None) -> Version | None:
    """Return the version of an agency (None: of all) that has this content: its own, else that of all in use."""
    query = select(Version).where(_is(process_id), Version.sha256 == sha256)
    own = session.scalars(query.where(Version.agency_id.is_not_distinct_from(agency_id))).one_or_none()
    if own is not None or agency_id is None:
        return own
    shared = query.where(Version.agency_id.is_(None), Version.status != VersionStatus.RETIRED)
    return session.scalars(shared).one_or_none()


def _locked(session: Session, version_id: UUID) -> Version:
    version = session.get(Version, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise NotFound(f"Expected version {version_id}, but there is no such version")
    return version


def _note(session: Session, kind: str, version: Version, actor: Actor, now: datetime, **more: str) -> None:
    facts = {"process": version.process_id, "number": version.number, "sha256": version.sha256, **more}
    journal.note(session, kind, facts, actor=actor.name, agency_id=version.agency_id, now=now)


def _is(process_id: str) -> ColumnElement[bool]:
    return Version.process_id == process_id
