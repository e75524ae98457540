"""Incidents: what stands still until an operator acts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.database import Page, Slice
from engine.models import Incident, IncidentStatus


def incidents(
    session: Session,
    viewer: Actor,
    page: Page,
    *,
    status: IncidentStatus | None = IncidentStatus.OPEN,
    instance_id: UUID | None = None,
) -> Slice[Incident]:
    """Return incidents of the viewer's agency, newest first. ``status`` None: in any."""
    raise NotImplementedError


def retry(session: Session, incident_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Try what failed again. The incident is resolved; if it fails again, another is opened.

    Raises NotFound, NotPossibleNow if it is resolved already (facts: ``by``, ``at``).
    """
    raise NotImplementedError
