"""Instances: start them, move them, end them. ``move`` is the only place that loads and stores a workflow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from engine.access import Actor
from engine.bpmn.workflow import Workflow
from engine.database import Page, Slice
from engine.models import Instance, InstanceStatus

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Moved:
    """What an act made of an instance. ``tasks`` are the ids of the tasks that it opened.

    ``receipt`` is the applicant's number; ``secret`` the applicant's secret, given once, by ``start``, else None.
    """

    instance_id: UUID
    process_id: str
    agency_id: UUID
    status: InstanceStatus
    revision: int
    outcome: str | None
    tasks: tuple[UUID, ...]
    receipt: str
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which instances a list shows; None: all. ``text`` looks in receipt and business key."""

    agency_id: UUID | None = None
    process_id: str | None = None
    status: InstanceStatus | None = None
    business_key: str | None = None
    text: str | None = None


def start(
    session: Session,
    process_id: str,
    variables: Mapping[str, Any],
    *,
    agency_id: UUID,
    actor: Actor,
    now: datetime,
    number: int | None = None,
    business_key: str | None = None,
    applicant: str | None = None,
    start_event: str | None = None,
) -> Moved:
    """Start an instance of ``process_id``, by default of the version in force, and run it until it waits.

    ``number`` chooses a version (a draft too: to try it out), ``start_event`` one of several start events.
    Raises NotFound for an unknown process or version, NotAllowed if the actor may not start it.
    """
    raise NotImplementedError


def move(
    session: Session,
    instance_id: UUID,
    act: Callable[[Workflow], None],
    *,
    kind: str,
    actor: Actor,
    now: datetime,
    step: str | None = None,
    facts: Mapping[str, Any] | None = None,
    expected_revision: int | None = None,
) -> Moved:
    """Lock an instance, load its workflow, let ``act`` change it, and store everything that follows.

    The act is journalled as ``kind`` (such as ``task.completed``) of ``step`` with ``facts``. Raises NotFound,
    NotPossibleNow if the instance has ended, Stale if its revision is not ``expected_revision``.
    """
    raise NotImplementedError


def look(session: Session, instance_id: UUID, read: Callable[[Workflow], Read]) -> Read:
    """Return what ``read`` finds in the workflow of an instance, without locking or changing it. Raises NotFound."""
    raise NotImplementedError


def instance(session: Session, instance_id: UUID, *, viewer: Actor) -> Instance:
    """Return an instance that the viewer may see. Raises NotFound, also for one of another agency."""
    raise NotImplementedError


def instances(session: Session, viewer: Actor, filters: Filters, page: Page) -> Slice[Instance]:
    """Return instances that the viewer may see, newest first."""
    raise NotImplementedError


def cancel(
    session: Session,
    instance_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    expected_revision: int | None = None,
) -> Moved:
    """End an instance now: its tasks are withdrawn, its jobs dropped. Raises as ``move``."""
    raise NotImplementedError


def retry(session: Session, instance_id: UUID, *, actor: Actor, now: datetime) -> Moved:
    """Try all failed steps and jobs of an instance again."""
    raise NotImplementedError


def set_variables(
    session: Session,
    instance_id: UUID,
    variables: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    scope: int = 0,
    expected_revision: int | None = None,
) -> Moved:
    """Correct variables of an instance. The old and new values are journalled. Conditions are looked at again."""
    raise NotImplementedError


def hand_over(
    session: Session,
    instance_id: UUID,
    to_agency_id: UUID,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
) -> Moved:
    """Give an instance to another agency, with its open and later tasks. The giver may still read it."""
    raise NotImplementedError


def track(session: Session, receipt: str, secret: str) -> Instance:
    """Return the instance of a receipt number and its secret. Raises NotFound if either is wrong."""
    raise NotImplementedError
