"""Incidents: what stands still, why, and trying it again."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import AllSessions, Reading
from api.pages.drawing import go
from api.pages.operations.room import PATH, drawn
from api.pages.visitor import Pairs, SignedIn, safe_path
from api.pages.words import incident_words
from engine import access, definitions, incidents
from engine.access import OwnRole
from engine.database import Page, in_transaction
from engine.errors import NotPossibleNow
from engine.models import Incident, IncidentStatus, Instance

router = APIRouter(include_in_schema=False, prefix=f"{PATH}/incidents")
_ROWS = 50


@router.get("")
def show_incidents(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    status: Annotated[str, Query(pattern="^(open|resolved)$")] = "open",
    kind: Annotated[str, Query(max_length=100)] = "",
    process: Annotated[str, Query(max_length=100)] = "",
    cursor: str = "",
) -> Response:
    """Show what stands still in the agency, newest first."""
    actor = visitor.actor
    access.need_role(actor, OwnRole.OPERATOR, OwnRole.HEAD, OwnRole.AUDITOR)
    found = incidents.incidents(
        session,
        actor,
        Page(_ROWS, cursors.opened(cursor) if cursor else None),
        status=IncidentStatus(status),
        kind=kind or None,
        process_id=process or None,
    )
    counts = incidents.open_counts(session, actor)
    cases = incidents.cases_of(session, actor, found.items)
    return drawn(
        request,
        visitor,
        "incidents",
        "incidents.html",
        state=status,
        kind=kind,
        process=process,
        incidents=found.items,
        next=cursors.sealed(found.next),
        cases=cases,
        names={one.id: names_of(session, one, cases, visitor.language) for one in found.items},
        words=incident_words,
        all_open=sum(count for _process, _kind, count in counts),
        kinds=sorted({known for _process, known, _count in counts} | ({kind} if kind else set())),
        processes=sorted({known for known, _kind, _count in counts if known} | ({process} if process else set())),
        titles=definitions.titles(session, actor.agency_id),
        may_retry=incidents.may_retry(actor),
    )


@router.post("/retry")
def retry_incidents(sent: Pairs, visitor: SignedIn, sessions: AllSessions) -> Response:
    """Try incidents again, each in a transaction of its own; those that somebody resolved meanwhile are passed over."""
    chosen = [UUID(value) for name, value in sent if name == "incident" and _is_id(value)]
    for incident_id in chosen[:_ROWS]:
        try:
            in_transaction(
                sessions, partial(incidents.retry, incident_id=incident_id, actor=visitor.actor, now=visitor.now)
            )
        except NotPossibleNow:
            continue
    back = safe_path(dict(sent).get("next"), f"{PATH}/incidents")
    return go(back, done="tried-again" if chosen else "nothing-chosen")


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def names_of(session: Session, incident: Incident, cases: dict[UUID, Instance], language: str) -> tuple[str, str]:
    """Return the names of process and step; of the step its id, and of the process nothing, where there is no case."""
    step = incident.step or ""
    case = cases.get(incident.instance_id) if incident.instance_id else None
    if case is None:
        return "", step
    version = definitions.compiled(session, case.version_id)
    title = version.manifest.title
    return title.get(language) or next(iter(title.values())), version.step_name(step, language) if step else ""
