"""Two versions side by side, and what became of instances that were to go from one to the other."""

from uuid import UUID

from pydantic import Field

from api.shown.base import Shown, Texts
from engine.bpmn.comparison import ChangeKind


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


class Migrated(Shown):
    """What came of a batch."""

    dry_run: bool
    migrated: list[UUID] = Field(description="Instances that run on the new version now; in a dry run, that would")
    refused: list[Refused]
    next: str | None = Field(description="Cursor of the next batch; null: this was the last one")
