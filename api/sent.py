"""What the API is sent, as its OpenAPI document describes it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.dependencies import Moment
from api.wishes import View, When, Whose
from engine.access import Scope

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Password = Annotated[str, StringConstraints(min_length=12, max_length=1000)]
Role = Annotated[
    str,
    StringConstraints(pattern=r"^(alur:[a-z]+|[A-Za-z_][A-Za-z0-9_.-]{0,99})$"),
    Field(description="A role of processes, or one of Alur's own", examples=["officer", "alur:head"]),
]
Variables = Annotated[dict[str, Any], Field(description="JSON object; the keys are variables of the process")]


class Sent(BaseModel):
    """A request body. Unknown keys are refused, so that a misspelt one is not silently dropped."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Sent):
    """Name and password; ``agency`` is needed by who works for several."""

    name: Name
    password: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    agency: Name | None = None


class Start(Sent):
    """An instance to be started."""

    variables: Variables = Field(default_factory=dict)
    business_key: Name | None = None
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="A version by number; without: the one in force")
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"variables": {"channel": "web"}, "business_key": "SURAT-17"}]},
    )


class Application(Sent):
    """What somebody without an account applies for, at which agency, with what was entered in the start form."""

    agency: Name = Field(description="Code of the agency")
    data: Variables = Field(default_factory=dict)


class BulkLine(Sent):
    """A line of a file: an instance to be started."""

    variables: Variables = Field(default_factory=dict)
    business_key: Name | None = None


class Changes(Sent):
    """Files of a package that are other than in a version."""

    files: dict[Name, str | None] = Field(
        min_length=1, max_length=100, description="Contents by name; null takes the file out"
    )
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"files": {"README.md": "# Permit"}}]})


class DecisionTrial(Sent):
    """A DMN file as an editor has it, and inputs to decide on; without a decision it is only checked."""

    file: Name
    text: str
    decision: Name | None = None
    inputs: Variables = Field(default_factory=dict)


class Reason(Sent):
    """Why something is done; it stands in the journal."""

    reason: Words


class SetVariables(Sent):
    """Variables to be corrected, and why."""

    variables: Variables
    reason: Words
    scope: int = Field(0, ge=0, le=2**31 - 1, description="0 is the instance; others are named by open steps")


class Retry(Sent):
    """Other inputs for what failed, and why."""

    inputs: Variables = Field(description="Only what becomes another value; a mask leaves what stands there")
    reason: Words
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"inputs": {"nik": "3273014107900001"}, "reason": "A digit was missing"}]},
    )


class HandOver(Sent):
    """The agency that gets a case, by its code, and why."""

    to: Name
    reason: Words


class Data(Sent):
    """What was entered in a form."""

    data: Variables = Field(default_factory=dict)


class Assignment(Sent):
    """Who gets a task; null gives it back to everybody who may do it."""

    assignee: Name | None


class Note(Sent):
    """A comment."""

    text: Words


class Shows(Sent):
    """What a list of the desk shows, in the words of its address (`/desk?view=...`). Empty: not narrowed by it."""

    view: View = Field(View.MINE, description="Which list")
    when: When = Field(When.ANY, description="By due times: tasks that are late, or due within three days")
    whose: Whose = Field(Whose.ALL, description="Of waiting cases: those in which the caller did a task")
    process: Annotated[str, StringConstraints(max_length=200)] = ""
    role: Annotated[str, StringConstraints(max_length=200)] = ""
    text: Annotated[str, StringConstraints(max_length=200)] = ""

    @property
    def said(self) -> dict[str, str]:
        """What is kept: what is empty is left out."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value}


class NewView(Sent):
    """A view of the desk to be kept. One of the caller's of the same name gives way to it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    shows: Shows
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Late permits", "shows": {"view": "groups", "when": "late"}}]},
    )


class ChangedView(Sent):
    """What is to be changed of a view; what is not sent stays."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    shows: Shows | None = None


class FetchJobs(Sent):
    """Which jobs a worker outside takes, and for how long."""

    job_types: list[Name] = Field(min_length=1, max_length=50)
    worker: Name
    limit: int = Field(10, ge=1, le=100)
    lease_seconds: int = Field(60, ge=1, le=3600)


class JobAnswer(Sent):
    """The answer to a job. ``fence`` is the number that came with it."""

    fence: int = Field(ge=0, le=2**31 - 1)
    variables: Variables = Field(default_factory=dict)


class BusinessError(JobAnswer):
    """A business error that the process may catch."""

    code: Name
    message: Annotated[str, StringConstraints(max_length=2000)] = ""


class Failure(Sent):
    """A try that failed and may be made again."""

    fence: int = Field(ge=0, le=2**31 - 1)
    error: Words
    retry_after_seconds: int | None = Field(None, ge=0, le=86400)
    attempts_left: int | None = Field(None, ge=0, le=100)


class Extend(Sent):
    """A lease to be prolonged."""

    fence: int = Field(ge=0, le=2**31 - 1)
    lease_seconds: int = Field(60, ge=1, le=3600)


class Publish(Sent):
    """A message for the instance that waits for ``name`` with this key."""

    name: Name
    correlation_key: Annotated[str, StringConstraints(max_length=500)] = ""
    variables: Variables = Field(default_factory=dict)
    message_id: Name | None = Field(None, description="The sender's id: a second message of it is a duplicate")
    life_seconds: int | None = Field(None, ge=0, le=31_536_000, description="How long it waits for a receiver")


class Broadcast(Sent):
    """A signal for all instances of the agency that wait for it."""

    name: Name
    variables: Variables = Field(default_factory=dict)


class NewAgency(Sent):
    """An agency."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")] = Field(examples=["dinas-sosial"])
    name: Name
    time_zone: str = Field("Asia/Jakarta", pattern=r"^Asia/(Jakarta|Pontianak|Makassar|Jayapura)$")


class ChangedAgency(Sent):
    """What is to be changed of an agency; what is not sent stays."""

    name: Name | None = None
    active: bool | None = Field(None, description="false: nothing new may be started in its name")


class NewUser(Sent):
    """A person, with roles in the agency."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{0,99}$")]
    full_name: Name
    password: Password
    email: Name | None = None
    language: Annotated[str, StringConstraints(pattern=r"^(id|en)$")] = "id"
    roles: list[Role] = Field(default_factory=list, max_length=100)


class ChangedUser(Sent):
    """What is to be changed of a person; what is not sent stays."""

    full_name: Name | None = None
    email: Name | None = None
    language: Annotated[str, StringConstraints(pattern=r"^(id|en)$")] | None = None
    active: bool | None = Field(None, description="false: signed out at once, and may not sign in")


class NewPassword(Sent):
    """A password that an administrator gives to a person."""

    password: Password


class OwnPassword(Sent):
    """The own password: that of now, and the new one."""

    old: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    new: Password


class Roles(Sent):
    """Roles to be taken."""

    roles: list[Role] = Field(min_length=1, max_length=100)


class GivenRoles(Roles):
    """Roles to be given, until a moment for who only acts for another."""

    since: Moment | None = Field(None, description="Beginning of the appointment; null: now")
    until: Moment | None = Field(None, description="End of an acting appointment; null: open")


class WantedKey(Sent):
    """A key for a system of the agency."""

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=20)
    roles: list[Role] = Field(default_factory=list, max_length=100, description="Roles whose tasks it may do")
    life_days: int | None = Field(None, ge=1, le=3650, description="null: valid until revoked")


class WantedWebhook(Sent):
    """A system of the agency that is told what happens."""

    url: Annotated[str, StringConstraints(min_length=8, max_length=2000)] = Field(
        examples=["https://example.go.id/alur"]
    )
    kinds: list[Name] = Field(default_factory=list, max_length=50, description="Kinds of journal entries; empty: all")


class SwitchedWebhook(Sent):
    """Whether a webhook is told."""

    active: bool


class CalendarDays(Sent):
    """The days of a year that differ from the rule, each with its name, and where they come from."""

    days: dict[date, Name] = Field(max_length=366, description="Holidays")
    leave: dict[date, Name] = Field(default_factory=dict, max_length=366, description="Collective leave")
    worked: dict[date, Name] = Field(
        default_factory=dict, max_length=366, description="Days that are worked although their weekday is not"
    )
    weekdays: set[Annotated[int, Field(ge=0, le=6)]] | None = Field(
        None, min_length=1, description="Weekdays that are worked, 0 is Monday; null: as in the national calendar"
    )
    source: Words = Field(description="The decree or decision")
    confirmed: bool = Field(False, description="true: the days were compared with the decree")


class Migrate(Sent):
    """A plan for running instances: to which version they go, and which steps have another id there."""

    to: int = Field(ge=1, le=2**31 - 1, description="Number of the version that they go to")
    steps: dict[Name, Name] = Field(
        default_factory=dict, max_length=1000, description="Old id of a step: its new id; without: the same id"
    )
    dry_run: bool = Field(False, description="true: find out what would happen, and store nothing")
    instances: list[UUID] | None = Field(None, max_length=200, description="Only these; null: all of the agency")
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"to": 2, "steps": {"check": "verify"}, "dry_run": True}]}
    )


class Inputs(Sent):
    """The inputs of a decision."""

    inputs: Variables = Field(default_factory=dict)


class Tracking(Sent):
    """The number and the secret that an applicant was given."""

    receipt: Name
    secret: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class TrackedAnswer(Tracking):
    """An applicant's answer to what is asked."""

    data: Variables = Field(default_factory=dict)


class TrackedRating(Tracking):
    """What the applicant thought of how the case was handled."""

    score: int = Field(ge=1, le=4, description="1 bad, 2 poor, 3 good, 4 very good")
    comment: Annotated[str, StringConstraints(max_length=2000)] | None = None
