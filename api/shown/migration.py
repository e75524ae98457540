"""Two versions side by side, and what became of instances that were to go from one to the other."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.shown.base import Shown, Texts
from engine.bpmn.comparison import ChangeKind
from engine.models import BulkStatus


class Change(Shown):
    """One difference between two versions."""

    kind: ChangeKind
    step: str = Field(description="Id of the step or flow; process:id in a process beside the main one")
    name: str
    what: list[str] = Field(description="What differs: work.form, events, lane, after, …; of a new step, its kind")
    became: str | None = Field(description="The new step that a removed one seems to be: the same kind and name")
    is_flow: bool = Field(description="true: a sequence flow")


class Standing(Shown):
    """Running instances that wait at a step of the old version."""

    step: str
    instances: int
    lost: Texts | None = Field(description="Why they cannot go over without a plan for this step; null: they can")


class Comparison(Shown):
    """What differs between two versions, and what that means for instances of the caller's agency."""

    changes: list[Change]
    running: int = Field(description="Running instances of the old version")
    standing: list[Standing] = Field(description="Where they wait; one that waits for several things counts at each")
    steps: dict[str, str] = Field(description="A plan to begin with: removed steps and what they seem to be now")


class Obstacle(Shown):
    """Why an instance cannot go over: the step, and the reason by language."""

    step: str
    message: Texts


class Refused(Shown):
    """An instance that was left as it is."""

    instance_id: UUID
    obstacles: list[Obstacle]


class CarryOver(Shown):
    """A plan for running instances that the worker carries out, and how far it has come."""

    id: UUID
    process_id: str
    dry_run: bool = Field(description="true: it only finds out what would happen")
    steps: dict[str, str] = Field(description="Old id of a step: its new id")
    status: BulkStatus
    total: int = Field(description="Instances that ran on the version when it was asked for")
    position: int = Field(description="Instances that are done with: carried over or refused")
    refused: int = Field(description="Instances of those that stay as they are")
    requested_at: datetime
    requested_by: str
    ended_at: datetime | None = Field(description="null: still running")


class CarriedCase(Shown):
    """What came of one instance."""

    instance_id: UUID
    receipt: str | None = Field(description="Its number for people; null: it has none")
    obstacles: list[Obstacle] | None = Field(description="Why it stays as it is; null: it went over, or would")


class Migrated(Shown):
    """What came of a batch."""

    dry_run: bool
    migrated: list[UUID] = Field(description="Instances that run on the new version now; in a dry run, that would")
    refused: list[Refused]
    next: str | None = Field(description="Cursor of the next batch; null: this was the last one")
