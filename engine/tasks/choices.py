"""By what people may narrow their lists."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import access, definitions
from engine.access import Actor, OwnRole
from engine.manifest import RoleKind, Texts
from engine.models import Version, VersionStatus


@dataclass(frozen=True, slots=True)
class Choices:
    """Titles by language: of the processes in which a person has a role, by id, and of these roles, by key.

    Who reads the whole agency has all of them.
    """

    processes: Mapping[str, Texts]
    roles: Mapping[str, Texts]


def choices(session: Session, viewer: Actor) -> Choices:
    """Return the processes and roles of a viewer. Where versions name them differently, the newest counts."""
    agency_id = access.need_agency(viewer)
    query = select(Version.id, Version.process_id, Version.offices).where(
        Version.status != VersionStatus.DRAFT, or_(Version.agency_id.is_(None), Version.agency_id == agency_id)
    )
    sees_all = viewer.has(OwnRole.HEAD, OwnRole.AUDITOR)
    own = {
        row.process_id: row.id
        for row in session.execute(query.order_by(Version.process_id, Version.number))
        if sees_all or viewer.roles.intersection(row.offices)
    }
    manifests = [definitions.compiled(session, version_id).manifest for version_id in own.values()]
    roles = {
        key: role.title
        for manifest in manifests
        for key, role in manifest.roles.items()
        if role.kind is RoleKind.OFFICE and (sees_all or key in viewer.roles)
    }
    return Choices({manifest.id: manifest.title for manifest in manifests}, roles)
