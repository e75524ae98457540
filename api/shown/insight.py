"""Insight as its readers see it."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.shown.base import Shown


class Load(Shown):
    """Open tasks of a role or a person."""

    key: str | None = Field(description="Role, or user name; null: of no role, or held by nobody")
    open: int
    free: int = Field(description="Those that nobody holds")
    overdue: int
    soon: int = Field(description="Those due within three days")


class Workload(Shown):
    """Who has how much to do in the agency."""

    roles: list[Load]
    people: list[Load]


class Standing(Shown):
    """Open terms of a process."""

    process_id: str
    running: int = Field(description="All open terms, those that stand included")
    overdue: int
    soon: int
    stopped: int


class Duration(Shown):
    """How long a step took, and what waits in it now."""

    step: str
    is_task: bool = Field(description="Whether a person does it; else another system, a clock or other steps")
    done: int
    median: float | None = Field(description="Hours from its beginning to its end; null: nothing was done")
    slow: float | None = Field(description="Hours; nine of ten were faster")
    waiting: int
    overdue: int


class Compliance(Shown):
    """Terms that ended."""

    group: str = Field(description="Process, or code of an agency")
    term: str
    ended: int
    late: int
    kept: float = Field(description="Share that was kept, from 0 to 1")


class Month(Shown):
    """A month of the agency, in its local time."""

    month: str = Field(description="As 2026-11")
    started: int
    ended: int
    terms: int = Field(description="Terms that ended")
    late: int


class Opinion(Shown):
    """What applicants thought of a process."""

    process_id: str
    count: int
    average: float = Field(description="From 1 (bad) to 4 (very good)")
    scores: dict[int, int]


class FoundCase(Shown):
    """A case behind a number."""

    instance_id: UUID
    receipt: str
    process_id: str
    what: str = Field(description="Term, or step, that counts")
    due_at: datetime | None
    ended_at: datetime | None = Field(description="null: open")
    assignee: str | None
