"""The desk: the lists of tasks that a civil servant works through."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import cursors
from api.dependencies import Reading
from api.pages.drawing import page
from api.pages.visitor import SignedIn
from engine import tasks
from engine.database import Page

router = APIRouter(include_in_schema=False, prefix="/desk")
_ROWS = 50


@router.get("")
def show_desk(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    view: str = "mine",
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: str = "",
) -> Response:
    """Show a list of open tasks, those due first at the top."""
    filters = tasks.Filters(mine=view == "mine", text=text or None)
    shown = tasks.open_tasks(session, visitor.actor, filters, Page(_ROWS, cursors.opened(cursor) if cursor else None))
    counts = tasks.counts(session, visitor.actor, now=visitor.now)
    return page(
        request,
        visitor,
        "desk.html",
        view=view,
        text_sought=text,
        listed=shown.items,
        next=cursors.sealed(shown.next),
        counts=counts,
    )
