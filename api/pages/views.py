"""The views of the desk that people keep: save one, call it otherwise, keep it no longer, and how much is in each."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import Reading, Transaction
from api.pages.desk import sees_all
from api.pages.drawing import go, page
from api.pages.visitor import Fields, SignedIn, Visitor
from api.plans import Route
from api.wishes import View, Wanted, wish_of
from engine import tasks
from engine.errors import AlurError, Invalid, NotPossibleNow

router = APIRouter(route_class=Route, include_in_schema=False, prefix="/desk/views")
# More than this many are "99+": to count on would take long in large agencies.
MOST_COUNTED = 99


@router.get("")
def show_views(request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show the views with what may be done with each."""
    return _shown(request, visitor, session)


@router.get("/counts")
def show_counts(request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show the links to the views with how much is in each now: part of the desk, read again and again."""
    listed = []
    for view in tasks.views(session, visitor.actor):
        wish = wish_of(view.shows)
        listed.append((view.name, wish.path(), _count(session, visitor, wish)))
    return page(request, visitor, "desk/views_links.html", views=listed)


@router.post("")
def save_view(request: Request, fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Keep what a list shows under a name."""
    wish = wish_of(fields)
    try:
        tasks.save_view(session, fields.get("name", ""), wish.said, actor=visitor.actor, now=visitor.now)
    except (Invalid, NotPossibleNow) as error:
        return _shown(request, visitor, session, error)
    return go(wish.path(), done="view-saved")


@router.post("/{view_id}/name")
def rename_view(view_id: UUID, request: Request, fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Call a view otherwise."""
    try:
        tasks.change_view(session, view_id, name=fields.get("name", ""), actor=visitor.actor)
    except (Invalid, NotPossibleNow) as error:
        return _shown(request, visitor, session, error)
    return go("/desk/views", done="changed")


@router.post("/{view_id}/remove")
def remove_view(view_id: UUID, _fields: Fields, visitor: SignedIn, session: Transaction) -> Response:
    """Keep a view no longer."""
    tasks.remove_view(session, view_id, actor=visitor.actor)
    return go("/desk/views", done="view-removed")


def _shown(request: Request, visitor: Visitor, session: Session, error: AlurError | None = None) -> Response:
    """``error``: why the act before was refused; None: it was not."""
    return page(
        request,
        visitor,
        "desk/views.html",
        status=200 if error is None else 422,
        views=[(view, wish_of(view.shows).path()) for view in tasks.views(session, visitor.actor)],
        error=error,
    )


def _count(session: Session, visitor: Visitor, wish: Wanted) -> str:
    """Return how much is in a view; empty where that is not counted, or not the person's any more."""
    try:
        if wish.view is View.DONE:
            return ""
        if wish.view is View.WAITING:
            cases = wish.cases(sees_all=sees_all(visitor))
            found = tasks.count_waiting(session, visitor.actor, cases, most=MOST_COUNTED)
        else:
            found = tasks.count(session, visitor.actor, wish.tasks(visitor.now), most=MOST_COUNTED)
    except AlurError:
        return ""
    return f"{MOST_COUNTED}+" if found > MOST_COUNTED else str(found)
