"""Versions of processes: deploy a package, approve and retire it, and compile it once for this process to run."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.bpmn.compiler import Definition
from engine.manifest import Manifest
from engine.models import Version
from engine.packages import Package


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version ready to run. Kept in memory, shared by threads, never changed."""

    version_id: UUID
    process_id: str
    number: int
    manifest: Manifest
    package: Package
    definition: Definition


def deploy(
    session: Session, package: Package, *, actor: Actor, now: datetime, agency_id: UUID | None = None
) -> Version:
    """Store a package as a draft version; return the version that already has this content, if one has.

    ``agency_id`` limits it to one agency. Raises Invalid if the package has findings that are errors, or does not
    compile: nothing is stored then.
    """
    raise NotImplementedError


def approve(session: Session, version_id: UUID, *, actor: Actor, now: datetime) -> Version:
    """Let instances be started under a draft version, and let its start events listen.

    Raises NotAllowed if the actor deployed it (two people publish), NotPossibleNow if it is not a draft.
    """
    raise NotImplementedError


def retire(session: Session, version_id: UUID, *, actor: Actor, now: datetime) -> Version:
    """Let no further instance be started under a version. Those that run on it go on."""
    raise NotImplementedError


def version(session: Session, process_id: str, number: int) -> Version:
    """Return a version. Raises NotFound."""
    raise NotImplementedError


def versions(session: Session, process_id: str | None = None) -> list[Version]:
    """Return all versions, of one process or of all: by process, newest first."""
    raise NotImplementedError


def start_version(session: Session, process_id: str, agency_id: UUID, *, today: date) -> Version:
    """Return the newest approved version that is in force on ``today`` and that the agency may use. Raises NotFound."""
    raise NotImplementedError


def compiled(session: Session, version_id: UUID) -> Compiled:
    """Return a version ready to run, from memory after the first time."""
    raise NotImplementedError
