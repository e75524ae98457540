"""Background work: jobs that wait or failed, who is at work, and Prefect."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import cursors
from api.dependencies import Reading
from api.pages.operations.room import PATH, drawn
from api.pages.visitor import SignedIn
from api.pages.words import JOB_KINDS, QUEUES
from api.prefect import prefect_state
from engine import queues, workers
from engine.database import Page
from engine.queues import Stand

router = APIRouter(include_in_schema=False, prefix=PATH)
_ROWS = 50


@router.get("/jobs")
def show_jobs(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    stand: Annotated[str, Query(pattern="^(due|taken|later|failed)$")] = "failed",
    cursor: str = "",
) -> Response:
    """Show the queues, who is at work, Prefect's state, and jobs that stand in one way."""
    place = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    states = queues.states(session, visitor.actor, now=visitor.now)
    found = queues.jobs(session, visitor.actor, Stand(stand), place, now=visitor.now)
    return drawn(
        request,
        visitor,
        "jobs",
        "jobs.html",
        stand=stand,
        states=states,
        counts={one.value: sum(getattr(state, one.value) for state in states) for one in Stand},
        workers=[(one, workers.is_silent(one, now=visitor.now)) for one in workers.workers(session, visitor.actor)],
        at_work={one.owner: one for one in queues.at_work(session, visitor.actor, now=visitor.now)},
        prefect=prefect_state(),
        jobs=found.items,
        cases=queues.cases_of(session, visitor.actor, found.items),
        next=cursors.sealed(found.next),
        queue_words=QUEUES,
        kind_words=JOB_KINDS,
    )
