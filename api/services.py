"""Services: what the public may know of processes, and how somebody without an account applies for one."""

import hashlib
import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import bodies
from api.dependencies import Anybody, Language, Now, Paging, Reading, Transaction
from api.idempotency import SurelyOnce
from api.sent import Application
from api.shown.base import Listed, listed
from api.shown.services import Applied, Office, Service, ServiceDetail, of_service
from engine import services
from engine.access import Actor, ActorKind

router = APIRouter(prefix="/v1/services", tags=["services"], route_class=bodies.Route)
AgencyCode = Annotated[
    str | None, Query(max_length=60, description="Code of an agency: what it offers; without: what all agencies may")
]


@router.get("", summary="Public catalogue of services")
def catalogue(session: Reading, _actor: Anybody, now: Now, page: Paging, agency: AgencyCode = None) -> Listed[Service]:
    """Return what anybody may know of the processes in force: what they are, who may apply, what is needed.

    An agency offers a process if it has people who do its work.
    """
    found = services.catalogue(session, page, now=now, agency_code=agency)
    return listed(found, lambda each: Service(**of_service(each)))


@router.get("/{process_id}", summary="A service")
def read_service(
    process_id: str, session: Reading, _actor: Anybody, now: Now, language: Language, agency: AgencyCode = None
) -> ServiceDetail:
    """Return a service with the form that is filled in to apply, in the caller's language (Accept-Language)."""
    found = services.service(session, process_id, now=now, agency_code=agency)
    form = services.start_form(session, found, language)
    return ServiceDetail(**of_service(found), form_schema=None if form is None else dict(form))


@router.get("/{process_id}/agencies", summary="Agencies that offer a service")
def list_offices(process_id: str, session: Reading, _actor: Anybody, now: Now, page: Paging) -> Listed[Office]:
    """Return the agencies that offer a service, by code."""
    return listed(services.agencies(session, process_id, page, now=now), Office.model_validate)


@router.post("/{process_id}/applications", status_code=201, response_model=Applied, summary="Apply for a service")
def apply(
    process_id: str, sent: Application, request: Request, session: Transaction, now: Now, once: SurelyOnce
) -> Response:
    """Start a case without an account, where the process lets applicants do so.

    The answer holds the receipt number and, only here, the secret: whoever has both follows the case under
    ``/v1/tracking`` and attaches files there. An address may apply 10 times a minute for a service, and 60 times in all
    (429). A repetition of the same application with the same Idempotency-Key starts nothing and gets the same answer.
    """
    request.app.state.applications.check(request, process_id)

    def act() -> Applied:
        moved = services.apply(session, process_id, sent.data, agency_code=sent.agency, now=now)
        return Applied.model_validate(moved)

    return once.do(sent, act, status=201, by=_applicant(sent))


def _applicant(sent: Application) -> Actor:
    """Return whom an Idempotency-Key belongs to: all who have no account share one name, and keys may be guessed."""
    content = json.dumps(sent.model_dump(mode="json"), sort_keys=True).encode()
    return Actor(f"public:{hashlib.sha256(content).hexdigest()}", ActorKind.PUBLIC)
