"""Versions as who designs processes works on them: what one may see, changed file by file, handed in for approval."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer

from engine import access, definitions
from engine.access import Actor, ActorKind, OwnRole, Scope
from engine.archives import Files, read_files, write_zip
from engine.bpmn.comparison import Change, ChangeKind, compare
from engine.errors import NotFound, NotPossibleNow
from engine.models import Version, VersionStatus
from engine.packages import Package, read_package
from engine.settings import settings


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of a process and what differs: ``changes`` in the models, ``files`` among all files, by name.

    ``packages`` are those of the two, the older version's first.
    """

    old: Version
    new: Version
    packages: tuple[Package, Package]
    changes: Sequence[Change]
    files: Mapping[str, ChangeKind]


def visible_version(session: Session, viewer: Actor, process_id: str, number: int) -> Version:
    """Return a version that the viewer's agency may use. Raises NotFound, NotAllowed."""
    access.need_scope(viewer, Scope.PROCESSES_READ)
    found = definitions.version(session, process_id, number)
    if found.agency_id not in (None, viewer.agency_id):
        raise NotFound(f"Expected version {number} of {process_id}, but there is none")
    return found


def visible_versions(session: Session, viewer: Actor, process_id: str | None = None) -> list[Version]:
    """Return the versions that the viewer's agency may use, of one process or of all: by process, newest first."""
    access.need_scope(viewer, Scope.PROCESSES_READ)
    mine = or_(Version.agency_id.is_(None), Version.agency_id == viewer.agency_id)
    query = select(Version).where(mine).options(defer(Version.findings))
    if process_id is not None:
        query = query.where(Version.process_id == process_id)
    return list(session.scalars(query.order_by(Version.process_id, Version.number.desc())))


def compared(session: Session, viewer: Actor, process_id: str, old: int, new: int) -> Compared:
    """Return what differs between two versions that the viewer's agency may use. Raises NotFound, NotAllowed."""
    first, second = (visible_version(session, viewer, process_id, number) for number in (old, new))
    before, after = (read_package(each.package, checked=True) for each in (first, second))
    changes = compare(process_id, before.models, after.models)
    return Compared(first, second, (before, after), changes, dict(_changed_files(before.files, after.files)))


def _changed_files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[tuple[str, ChangeKind]]:
    for name in sorted({*old, *new}):
        if name not in new:
            yield name, ChangeKind.REMOVED
        elif name not in old:
            yield name, ChangeKind.ADDED
        elif old[name] != new[name]:
            yield name, ChangeKind.CHANGED


def store(session: Session, package: Package, *, actor: Actor, now: datetime, agency_id: UUID | None) -> Version:
    """Store a package as a draft, as ``definitions.deploy``; approved at once where one person publishes."""
    version = definitions.deploy(session, package, actor=actor, now=now, agency_id=agency_id)
    if settings().one_person_publishes and version.status is VersionStatus.DRAFT:
        # The setting waives the second person, not who it was.
        alone = Actor(actor.name, ActorKind.SYSTEM, actor.agency_id)
        version = definitions.approve(session, version.id, actor=alone, now=now)
    return version


def file_of(version: Version, name: str) -> bytes:
    """Return a file of a version as it was uploaded. Raises NotFound."""
    files = read_files(version.package)
    if name not in files:
        raise NotFound(f"Expected a file of the package, found none called {name[:100]!r}")
    return files[name]


def changed(version: Version, changes: Mapping[str, bytes | None]) -> bytes:
    """Return the package of a version as a zip with some files put in place or (None) taken out."""
    files: Files = read_files(version.package)
    for name, content in changes.items():
        if content is None:
            files.pop(name, None)
        else:
            files[name] = content
    return write_zip(files)


def reach_of(version: Version, actor: Actor) -> UUID | None:
    """Return for which agency (None: for all) an actor may store what follows a version.

    It is for all if the version is and the actor is of the platform; else for the actor's own agency.
    """
    if version.agency_id is None and actor.has(OwnRole.PLATFORM):
        return None
    return access.need_agency(actor)


def submit(session: Session, version_id: UUID, *, actor: Actor, now: datetime) -> Version:
    """Hand in a draft: it waits for another person's approval. Doing it again changes nothing.

    Raises NotFound, NotAllowed, NotPossibleNow if it is no draft.
    """
    version = session.get(Version, version_id, with_for_update=True, populate_existing=True)
    if version is None:
        raise NotFound(f"Expected version {version_id}, but there is no such version")
    access.may_deploy(actor, version.agency_id)
    if version.status is not VersionStatus.DRAFT:
        raise NotPossibleNow(
            f"Expected a draft to hand in, but version {version.number} of {version.process_id} is {version.status}",
            status=version.status.value,
        )
    if version.submitted_at is None:
        version.submitted_at, version.submitted_by = now, actor.name
        session.flush()
    return version
