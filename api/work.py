"""Work for systems outside: external jobs under a lease, messages, signals, incidents."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response

from api.bodies import Route
from api.dependencies import Caller, Now, Paging, Reading, Revision, Transaction
from api.idempotency import OnceIfWished, SurelyOnce
from api.sent import Broadcast, BusinessError, Extend, Failure, FetchJobs, JobAnswer, Publish, Retry
from api.shown.base import Listed, listed
from api.shown.cases import Moved
from api.shown.work import Heard, Incident, Inputs, Jobs, Lease, Published, Resolved, TriedAgain, of_job
from engine import access, incidents, jobs, messages
from engine.access import Scope
from engine.models import IncidentStatus

router = APIRouter(prefix="/v1", tags=["work"], route_class=Route)


@router.post("/jobs/fetch", response_model=Jobs, summary="Fetch external jobs")
def fetch_jobs(sent: FetchJobs, session: Transaction, caller: Caller, now: Now, once: OnceIfWished) -> Response:
    """Take due jobs of some types of the caller's agency under a lease. Answer with the job's ``fence``.

    A job whose lease ends unanswered is given to the next who asks. Send an Idempotency-Key if you may repeat the
    request: then a repetition gets the same jobs, and not others that nobody works on.
    """

    def act() -> Jobs:
        found = jobs.claim_external(
            session,
            sent.job_types,
            owner=sent.worker,
            limit=sent.limit,
            lease=timedelta(seconds=sent.lease_seconds),
            actor=caller,
            now=now,
        )
        return Jobs(items=[of_job(job) for job in found])

    return once.do(sent, act)


@router.post("/jobs/{job_id}/complete", response_model=Moved, summary="Complete a job")
def complete_job(
    job_id: UUID, sent: JobAnswer, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Answer a job: its step goes on. A worker whose lease went to another is refused (409); a job that is done is
    not there any more (404)."""

    def act() -> Moved:
        access.may_work_job(session, caller, job_id)
        moved = jobs.complete(session, job_id, sent.fence, sent.variables, actor=caller, now=now)
        return Moved.model_validate(moved)

    return once.do(sent, act)


@router.post("/jobs/{job_id}/error", response_model=Moved, summary="Answer a job with a business error")
def refuse_job(
    job_id: UUID, sent: BusinessError, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Throw a BPMN error in the job's step, which the process may catch."""

    def act() -> Moved:
        access.may_work_job(session, caller, job_id)
        moved = jobs.throw_error(
            session, job_id, sent.fence, sent.code, sent.variables, message=sent.message, actor=caller, now=now
        )
        return Moved.model_validate(moved)

    return once.do(sent, act)


@router.post("/jobs/{job_id}/fail", response_model=TriedAgain, summary="Say that a try failed")
def fail_job(
    job_id: UUID, sent: Failure, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Say that a try failed. It is tried again later, unless the tries are used up: then an incident opens."""

    def act() -> TriedAgain:
        access.may_work_job(session, caller, job_id)
        again = jobs.fail(
            session,
            job_id,
            sent.fence,
            sent.error,
            actor=caller,
            now=now,
            retry_after=None if sent.retry_after_seconds is None else timedelta(seconds=sent.retry_after_seconds),
            attempts_left=sent.attempts_left,
        )
        return TriedAgain(tried_again_at=again)

    return once.do(sent, act)


@router.post("/jobs/{job_id}/extend", response_model=Lease, summary="Prolong a lease")
def extend_job(
    job_id: UUID, sent: Extend, session: Transaction, caller: Caller, now: Now, once: OnceIfWished
) -> Response:
    """Prolong the lease of a job that takes longer."""

    def act() -> Lease:
        access.may_work_job(session, caller, job_id)
        lease = timedelta(seconds=sent.lease_seconds)
        return Lease(lease_until=jobs.renew(session, job_id, sent.fence, lease=lease, actor=caller, now=now))

    return once.do(sent, act)


@router.post("/messages", response_model=Published, summary="Publish a message")
def publish_message(sent: Publish, session: Transaction, caller: Caller, now: Now, once: OnceIfWished) -> Response:
    """Bring a message to the instance that waits for it, start what begins with it, or keep it for a while.

    Send a ``message_id``: a second message of it is a duplicate and changes nothing. Without one an Idempotency-Key is
    needed (400), since a repetition would be a second message.
    """
    agency_id = access.need_agency(caller)
    if sent.message_id is None:
        once.need_key()

    def act() -> Published:
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
        return Published(
            id=found.message_id,
            status=found.status,
            duplicate=found.duplicate,
            published_at=found.published_at,
            expires_at=found.expires_at,
            instances=list(found.instances),
        )

    return once.do(sent, act)


@router.post("/signals", response_model=Heard, summary="Broadcast a signal")
def broadcast_signal(sent: Broadcast, session: Transaction, caller: Caller, now: Now, once: SurelyOnce) -> Response:
    """Send a signal to all instances of the agency that wait for it, and start what begins with it."""
    agency_id = access.need_agency(caller)

    def act() -> Heard:
        heard = messages.broadcast(session, sent.name, sent.variables, agency_id=agency_id, actor=caller, now=now)
        return Heard(heard_by=heard)

    return once.do(sent, act)


@router.get("/incidents", summary="List incidents")
def list_incidents(
    session: Reading,
    caller: Caller,
    page: Paging,
    status: IncidentStatus | None = IncidentStatus.OPEN,
    instance_id: UUID | None = None,
    kind: Annotated[str | None, Query(max_length=100, description="What failed, such as job.call")] = None,
    process_id: Annotated[str | None, Query(max_length=100)] = None,
) -> Listed[Incident]:
    """Return what stands still until an operator acts, newest first."""
    access.need_scope(caller, Scope.INSTANCES_READ)
    access.need_casework(caller)
    found = incidents.incidents(
        session, caller, page, status=status, instance_id=instance_id, kind=kind, process_id=process_id
    )
    return listed(found, Incident.model_validate)


@router.get("/incidents/{incident_id}/inputs", summary="What failed was given")
def read_inputs(incident_id: UUID, session: Reading, caller: Caller, response: Response) -> Inputs:
    """Return the inputs of a failed job, or the variables that a failed step sees, with masks for what is confidential.

    The ETag is the revision of the case.
    """
    found = incidents.inputs(session, incident_id, viewer=caller)
    if found.revision is not None:
        response.headers["ETag"] = f'"{found.revision}"'
    return Inputs(inputs=None if found.values is None else dict(found.values), revision=found.revision)


@router.post("/incidents/{incident_id}/retry", response_model=Resolved, summary="Try what failed again")
def retry_incident(
    incident_id: UUID,
    session: Transaction,
    caller: Caller,
    now: Now,
    once: OnceIfWished,
    revision: Revision,
    sent: Annotated[Retry | None, Body()] = None,
) -> Response:
    """Try what failed again, as it was or with other inputs. The incident is resolved; if it fails again, another one
    opens.

    Inputs that a step maps are changed for that step alone, other ones in the case. Old and new values stand in the
    journal, those that are confidential as masks.
    """

    def act() -> Resolved:
        if sent is None:
            incidents.retry(session, incident_id, actor=caller, now=now, expected_revision=revision)
        else:
            incidents.retry_with(
                session,
                incident_id,
                sent.inputs,
                actor=caller,
                now=now,
                reason=sent.reason,
                expected_revision=revision,
            )
        return Resolved(id=incident_id, status=IncidentStatus.RESOLVED)

    return once.do(sent, act)
