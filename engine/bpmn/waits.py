"""What a running workflow waits for and what happened in it: the words between it and the rest of the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class WaitKind(StrEnum):
    """What can move a waiting step."""

    USER = "user"  # a person completes a task (user and manual tasks)
    JOB = "job"  # a handler does work and answers (service, send, and other steps with a job type)
    TIMER = "timer"
    MESSAGE = "message"
    SIGNAL = "signal"
    CONDITION = "condition"  # looked at again whenever variables change; needs nobody from outside


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that a step waits for. ``token`` is unique within the instance, and never used again.

    ``step`` is the element's id; within a called process it is ``process:element``, and so are flows. ``scope`` is
    the token of the enclosing scope: 0 is the instance, others are sub-processes and the like.
    ``due`` is when a timer fires; None for a timer whose moment a legal term decides: then ``term`` is its name and
    mark (``due``, ``warn`` or ``escalate``). ``data`` is what the step sees: the inputs of a job or a user task.
    ``work`` holds the evaluated ``assignee``, ``candidate_groups``, ``candidate_users`` (lists), ``due``,
    ``follow_up``, ``priority``, ``form``, ``job_type``, ``retries``, ``headers``.
    """

    token: int
    kind: WaitKind
    step: str
    scope: int
    lane: str | None = None
    due: datetime | None = None
    term: tuple[str, str] | None = None
    name: str | None = None
    correlation_key: str | None = None
    work: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


class StepEventKind(StrEnum):
    """What happened to a step, in the order of its life."""

    ENTERED = "entered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    DECIDED = "decided"
    CAUGHT = "caught"
    THROWN = "thrown"
    COMPENSATED = "compensated"


@dataclass(frozen=True, slots=True)
class StepEvent:
    """One thing that happened to a step. ``detail`` holds, for a decision, its id, result and fired rules; for an
    event that was caught or thrown, its kind, name and code; for a failure, its message."""

    kind: StepEventKind
    step: str
    token: int
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal that leaves the instance. ``correlation_key`` is None for a signal.

    A signal has already reached what waits for it in its own instance; a message has not.
    """

    kind: WaitKind
    name: str
    correlation_key: str | None
    data: Mapping[str, Any]
    step: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A step that could not go on: an expression failed, no flow was taken, an error was not caught, a loop ran away.

    The token keeps its place; ``retry`` tries the step again.
    """

    token: int
    step: str
    kind: str
    message: str


class WorkflowStatus(StrEnum):
    """The state of a workflow as a whole. ``failed``: it ended with an error that nobody caught."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Changes:
    """Everything that happened since the changes were last taken, in order.

    A wait that opened and closed since then is in neither list. ``resolved`` are tokens whose earlier incidents are
    over, tried again or withdrawn; ``incidents`` are those that are there now, also of a token that is in ``resolved``.
    """

    opened: list[Wait] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    events: list[StepEvent] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    thrown: list[Thrown] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)
