"""Work for systems outside, what stands still, and the views that people keep of their work."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from api.shown.base import Facts, Shown
from api.wishes import View, When, Whose, wish_of
from engine import models
from engine.jobs import Claimed
from engine.models import IncidentStatus, MessageStatus


class Shows(Shown):
    """What a list of the desk shows, in the words of its address. Empty: not narrowed by it."""

    view: View
    when: When
    whose: Whose
    process: str
    role: str
    text: str


class SavedView(Shown):
    """A view of the desk that a person keeps."""

    id: UUID
    name: str
    shows: Shows
    path: str = Field(description="Address of the page", examples=["/desk?view=groups&when=late"])
    created_at: datetime

    @staticmethod
    def of(view: models.SavedView) -> "SavedView":
        """Return a view; words that this version does not know are left out."""
        wish = wish_of(view.shows)
        shows = Shows.model_validate(wish)
        return SavedView(id=view.id, name=view.name, shows=shows, path=wish.path(), created_at=view.created_at)


class Job(Shown):
    """A job in the hands of a worker until ``lease_until``. Answer it with its ``fence``."""

    id: UUID
    job_type: str | None
    instance_id: UUID | None
    step: str | None
    fence: int
    attempt: int = Field(description="Counts from 1")
    max_attempts: int
    lease_until: datetime
    inputs: Facts = Field(description="Variables that the step gives to the job")
    headers: Facts = Field(description="Fixed words of the model for the worker")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0198c0de-0000-7000-8000-000000000003",
                    "job_type": "registry.lookup",
                    "instance_id": "0198c0de-0000-7000-8000-000000000001",
                    "step": "look_up",
                    "fence": 1,
                    "attempt": 1,
                    "max_attempts": 5,
                    "lease_until": "2026-03-02T02:01:00Z",
                    "inputs": {"nik": "3273014107900001"},
                    "headers": {},
                }
            ]
        },
    )


class Jobs(Shown):
    """Jobs that were taken, those due first."""

    items: list[Job]


class TriedAgain(Shown):
    """When a job is tried again; null: its tries are used up, an incident is open."""

    tried_again_at: datetime | None


class Lease(Shown):
    """How long a job is the caller's."""

    lease_until: datetime


class Published(Shown):
    """What became of a message. ``duplicate``: its ``message_id`` was known, and this is what became of that one."""

    id: UUID
    status: MessageStatus
    duplicate: bool
    published_at: datetime
    expires_at: datetime
    instances: list[UUID] = Field(description="Those that took it or that it started")


class Heard(Shown):
    """How many instances hear a signal, or were started by it."""

    heard_by: int


class Incident(Shown):
    """Something that stands still until an operator acts."""

    id: UUID
    instance_id: UUID | None
    step: str | None
    kind: str = Field(description="What failed", examples=["expression", "job.call"])
    message: str
    status: IncidentStatus
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


class Inputs(Shown):
    """What a failed step or job was given, as the caller may see it."""

    inputs: Facts | None = Field(description="null: nothing that can be changed")
    revision: int | None = Field(description="Of the case, for If-Match; null: of no case")


class Resolved(Shown):
    """An incident that was resolved by trying again."""

    id: UUID
    status: IncidentStatus


def of_job(job: Claimed) -> Job:
    """Return a job with what the step gives to it."""
    return Job(
        id=job.id,
        job_type=job.job_type,
        instance_id=job.instance_id,
        step=job.step,
        fence=job.fence,
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        lease_until=job.lease_until,
        inputs=job.payload.get("inputs", {}),
        headers=job.payload.get("headers", {}),
    )
