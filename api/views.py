"""The views of the desk that a person keeps: what its lists show, under a name."""

from uuid import UUID

from fastapi import APIRouter, Response

from api.bodies import Route
from api.dependencies import Caller, Now, Reading, Transaction
from api.idempotency import OnceIfWished
from api.sent import ChangedView, NewView
from api.shown.base import Whole
from api.shown.work import SavedView
from engine import tasks

router = APIRouter(prefix="/v1/views", tags=["tasks"], route_class=Route)


@router.get("", summary="List saved views")
def list_views(session: Reading, caller: Caller) -> Whole[SavedView]:
    """Return the views that the caller keeps for the agency that it acts for, by name. Systems keep none (403)."""
    return Whole[SavedView](items=[SavedView.of(view) for view in tasks.views(session, caller)])


@router.post("", status_code=201, response_model=SavedView, summary="Keep a view")
def keep_view(sent: NewView, session: Transaction, caller: Caller, now: Now, once: OnceIfWished) -> Response:
    """Keep what a list of the desk shows under a name. Nobody else sees it; at most 12 are kept (409)."""

    def act() -> SavedView:
        return SavedView.of(tasks.save_view(session, sent.name, sent.shows.said, actor=caller, now=now))

    return once.do(sent, act, status=201)


@router.patch("/{view_id}", summary="Change a view")
def change_view(view_id: UUID, sent: ChangedView, session: Transaction, caller: Caller) -> SavedView:
    """Call a view otherwise, but not as another one (409), or let it show something else."""
    shows = None if sent.shows is None else sent.shows.said
    return SavedView.of(tasks.change_view(session, view_id, name=sent.name, shows=shows, actor=caller))


@router.delete("/{view_id}", status_code=204, summary="Remove a view")
def remove_view(view_id: UUID, session: Transaction, caller: Caller) -> None:
    """Keep a view no longer."""
    tasks.remove_view(session, view_id, actor=caller)
