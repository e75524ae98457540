"""What goes in and what comes out, as the OpenAPI document describes it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from engine import models
from engine.access import Actor
from engine.instances import Moved
from engine.jobs import Claimed

# NUL cannot be stored by PostgreSQL, and nobody writes it on purpose.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")]
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


class Reason(Sent):
    """Why something is done; it stands in the journal."""

    reason: Words


class SetVariables(Sent):
    """Variables to be corrected, and why."""

    variables: Variables
    reason: Words
    scope: int = Field(0, ge=0, le=2**31 - 1, description="0 is the instance; others are named by open steps")


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


class FetchJobs(Sent):
    """Which jobs a worker outside takes, and for how long."""

    job_types: list[Name] = Field(min_length=1, max_length=50)
    worker: Name
    limit: int = Field(10, ge=1, le=100)
    lease_seconds: int = Field(60, ge=1, le=3600)


class Answer(Sent):
    """The answer to a job. ``fence`` is the number that came with it."""

    fence: int = Field(ge=0, le=2**31 - 1)
    variables: Variables = Field(default_factory=dict)


class BusinessError(Answer):
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
    correlation_key: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""
    variables: Variables = Field(default_factory=dict)
    message_id: Name | None = Field(None, description="The sender's id: a second message of it is a duplicate")
    life_seconds: int | None = Field(None, ge=0, le=31_536_000, description="How long it waits for a receiver")


class Broadcast(Sent):
    """A signal for all instances of the agency that wait for it."""

    name: Name
    variables: Variables = Field(default_factory=dict)


class NewAgency(Sent):
    """An agency."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    name: Name
    time_zone: str = Field("Asia/Jakarta", pattern=r"^Asia/(Jakarta|Pontianak|Makassar|Jayapura)$")


class NewUser(Sent):
    """A person, with roles in the caller's agency."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
    full_name: Name
    password: Annotated[str, StringConstraints(min_length=12, max_length=1000)]
    email: Name | None = None
    roles: list[Name] = Field(default_factory=list, max_length=100)


class Roles(Sent):
    """Roles to be given or taken."""

    roles: list[Name] = Field(min_length=1, max_length=100)


class NewKey(Sent):
    """A key for a system of the agency."""

    name: Name
    scopes: list[Name] = Field(min_length=1, max_length=20)
    roles: list[Name] = Field(default_factory=list, max_length=100)
    life_days: int | None = Field(None, ge=1, le=3650)


class CalendarDays(Sent):
    """The days of a year on which nobody works, each with its name, and where they come from."""

    days: dict[date, Name] = Field(max_length=366)
    source: Words
    confirmed: bool = False


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


def show_moved(moved: Moved) -> dict[str, Any]:
    """Return what an act made of an instance."""
    shown = {
        "instance_id": moved.instance_id,
        "process_id": moved.process_id,
        "status": moved.status,
        "revision": moved.revision,
        "outcome": moved.outcome,
        "receipt": moved.receipt,
        "tasks": moved.tasks,
    }
    return {**shown, "secret": moved.secret} if moved.secret is not None else shown


def show_version(version: models.Version) -> dict[str, Any]:
    """Return a version of a process."""
    return {
        "id": version.id,
        "process_id": version.process_id,
        "version": version.number,
        "status": version.status,
        "title": version.manifest.get("title"),
        "in_force_from": version.in_force_from,
        "sha256": version.sha256,
        "agency_id": version.agency_id,
        "deployed_at": version.deployed_at,
        "deployed_by": version.deployed_by,
        "approved_at": version.approved_at,
        "approved_by": version.approved_by,
        "retired_at": version.retired_at,
        "findings": version.findings,
    }


def show_instance(instance: models.Instance) -> dict[str, Any]:
    """Return an instance as lists show it."""
    return {
        "id": instance.id,
        "process_id": instance.process_id,
        "version_id": instance.version_id,
        "agency_id": instance.agency_id,
        "status": instance.status,
        "revision": instance.revision,
        "receipt": instance.receipt,
        "business_key": instance.business_key,
        "started_at": instance.started_at,
        "started_by": instance.started_by,
        "ended_at": instance.ended_at,
        "outcome": instance.outcome,
    }


def show_task(task: models.Task) -> dict[str, Any]:
    """Return a task as lists show it."""
    return {
        "id": task.id,
        "instance_id": task.instance_id,
        "process_id": task.process_id,
        "step": task.step,
        "name": task.name,
        "status": task.status,
        "revision": task.revision,
        "role": task.role,
        "candidates": task.candidates,
        "assignee": task.assignee,
        "assigned_at": task.assigned_at,
        "due_at": task.due_at,
        "follow_up_at": task.follow_up_at,
        "priority": task.priority,
        "form": task.form,
        "opened_at": task.opened_at,
        "ended_at": task.ended_at,
        "ended_by": task.ended_by,
        "withdrawn_because": task.withdrawn_because,
    }


def show_comment(comment: models.Comment) -> dict[str, Any]:
    """Return a comment."""
    return {"id": comment.id, "text": comment.text, "at": comment.at, "actor": comment.actor}


def show_document(document: models.Document) -> dict[str, Any]:
    """Return a document without its content."""
    return {
        "id": document.id,
        "instance_id": document.instance_id,
        "task_id": document.task_id,
        "name": document.name,
        "media_type": document.media_type,
        "size_bytes": document.size_bytes,
        "sha256": document.sha256,
        "at": document.at,
        "actor": document.actor,
    }


def show_entry(entry: models.JournalEntry) -> dict[str, Any]:
    """Return an entry of the journal."""
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "actor": entry.actor,
        "agency_id": entry.agency_id,
        "kind": entry.kind,
        "step": entry.step,
        "data": entry.data,
        "hash": entry.hash.hex(),
    }


def show_incident(incident: models.Incident) -> dict[str, Any]:
    """Return an incident."""
    return {
        "id": incident.id,
        "instance_id": incident.instance_id,
        "step": incident.step,
        "kind": incident.kind,
        "message": incident.message,
        "status": incident.status,
        "opened_at": incident.opened_at,
        "resolved_at": incident.resolved_at,
        "resolved_by": incident.resolved_by,
    }


def show_job(job: Claimed) -> dict[str, Any]:
    """Return a job in the hands of a worker."""
    return {
        "id": job.id,
        "job_type": job.job_type,
        "instance_id": job.instance_id,
        "step": job.step,
        "fence": job.fence,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "lease_until": job.lease_until,
        "inputs": job.payload.get("inputs", {}),
        "headers": job.payload.get("headers", {}),
    }


def show_term(term: models.Term) -> dict[str, Any]:
    """Return a legal term of an instance."""
    return {
        "name": term.name,
        "status": term.status,
        "amount": term.amount,
        "unit": term.unit,
        "extended": term.extended,
        "started_at": term.started_at,
        "due_at": term.due_at,
        "stopped_at": term.stopped_at,
        "ended_at": term.ended_at,
    }


def show_actor(actor: Actor) -> dict[str, Any]:
    """Return who is calling."""
    return {
        "name": actor.name,
        "kind": actor.kind,
        "agency_id": actor.agency_id,
        "roles": sorted(actor.roles),
        "scopes": sorted(actor.scopes),
    }


def etag(revision: int) -> Mapping[str, str]:
    """Return the ETag header of a revision."""
    return {"ETag": f'"{revision}"'}
