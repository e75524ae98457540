"""Work for systems outside: external jobs under a lease, messages, signals, incidents."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from api.dependencies import Caller, Now, Paging, Transaction, listed
from api.idempotency import Once
from api.schemas import (
    Answer,
    Broadcast,
    BusinessError,
    Extend,
    Failure,
    FetchJobs,
    Publish,
    show_incident,
    show_job,
    show_moved,
)
from engine import access, incidents, jobs, messages
from engine.access import Scope
from engine.models import IncidentStatus

router = APIRouter(prefix="/v1", tags=["work"])


@router.post("/jobs/fetch", summary="Fetch external jobs")
def fetch_jobs(
    sent: FetchJobs, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Take due jobs of some types of the caller's agency under a lease. Answer with the job's ``fence``."""

    def act() -> dict[str, Any]:
        found = jobs.claim_external(
            session,
            sent.job_types,
            owner=sent.worker,
            limit=sent.limit,
            lease=timedelta(seconds=sent.lease_seconds),
            actor=caller,
            now=now,
        )
        return {"items": [show_job(job) for job in found]}

    return once.do(sent, act)


@router.post("/jobs/{job_id}/complete", summary="Complete a job")
def complete_job(
    job_id: UUID, sent: Answer, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Answer a job: its step goes on. A worker whose lease went to another is refused (409)."""
    access.need_scope(caller, Scope.JOBS_WORK)
    return once.do(
        sent,
        lambda: show_moved(jobs.complete(session, job_id, sent.fence, sent.variables, actor=caller, now=now)),
    )


@router.post("/jobs/{job_id}/error", summary="Answer a job with a business error")
def refuse_job(
    job_id: UUID,
    sent: BusinessError,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: Annotated[Once, Depends()],
) -> Any:
    """Throw a BPMN error in the job's step, which the process may catch."""
    access.need_scope(caller, Scope.JOBS_WORK)

    def act() -> dict[str, Any]:
        moved = jobs.throw_error(
            session, job_id, sent.fence, sent.code, sent.variables, message=sent.message, actor=caller, now=now
        )
        return show_moved(moved)

    return once.do(sent, act)


@router.post("/jobs/{job_id}/fail", summary="Say that a try failed")
def fail_job(
    job_id: UUID, sent: Failure, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Say that a try failed. It is tried again later, unless the tries are used up: then an incident opens."""
    access.need_scope(caller, Scope.JOBS_WORK)

    def act() -> dict[str, Any]:
        again = jobs.fail(
            session,
            job_id,
            sent.fence,
            sent.error,
            now=now,
            retry_after=None if sent.retry_after_seconds is None else timedelta(seconds=sent.retry_after_seconds),
            attempts_left=sent.attempts_left,
            actor=caller,
        )
        return {"tried_again_at": again}

    return once.do(sent, act)


@router.post("/jobs/{job_id}/extend", summary="Prolong a lease")
def extend_job(
    job_id: UUID, sent: Extend, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Prolong the lease of a job that takes longer."""
    access.need_scope(caller, Scope.JOBS_WORK)
    lease = timedelta(seconds=sent.lease_seconds)
    return once.do(
        sent, lambda: {"lease_until": jobs.renew(session, job_id, sent.fence, lease=lease, actor=caller, now=now)}
    )


@router.post("/messages", summary="Publish a message")
def publish_message(
    sent: Publish, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Bring a message to the instance that waits for it, start what begins with it, or keep it for a while.

    With a ``message_id`` a second message of that id is a duplicate and changes nothing.
    """
    agency_id = access.need_agency(caller)

    def act() -> dict[str, Any]:
        found = messages.publish(
            session,
            sent.name,
            sent.correlation_key,
            sent.variables,
            agency_id=agency_id,
            actor=caller,
            now=now,
            message_id=sent.message_id,
            life=None if sent.life_seconds is None else timedelta(seconds=sent.life_seconds),
        )
        return {
            "id": found.message_id,
            "status": found.status,
            "duplicate": found.duplicate,
            "published_at": found.published_at,
            "expires_at": found.expires_at,
            "instances": found.instances,
        }

    return once.do(sent, act)


@router.post("/signals", summary="Broadcast a signal")
def broadcast_signal(
    sent: Broadcast, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Send a signal to all instances of the agency that wait for it, and start what begins with it."""
    agency_id = access.need_agency(caller)

    def act() -> dict[str, Any]:
        heard = messages.broadcast(session, sent.name, sent.variables, agency_id=agency_id, actor=caller, now=now)
        return {"heard_by": heard}

    return once.do(sent, act)


@router.get("/incidents", summary="List incidents")
def list_incidents(
    session: Transaction,
    caller: Caller,
    page: Paging,
    status: IncidentStatus | None = IncidentStatus.OPEN,
    instance_id: UUID | None = None,
) -> dict[str, Any]:
    """Return what stands still until an operator acts, newest first."""
    return listed(incidents.incidents(session, caller, page, status=status, instance_id=instance_id), show_incident)


@router.post("/incidents/{incident_id}/retry", summary="Try what failed again")
def retry_incident(
    incident_id: UUID, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Try what failed again. The incident is resolved; if it fails again, another one opens."""

    def act() -> dict[str, Any]:
        incidents.retry(session, incident_id, actor=caller, now=now)
        return {"id": incident_id, "status": IncidentStatus.RESOLVED}

    return once.do(None, act)
