"""The views of the desk that people keep for themselves: a name, and what the list shows. No act on any case."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor, ActorKind
from engine.database import take_turns, uuid7
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.models import SavedView, User

MOST = 12
LONGEST_NAME = 60


def views(session: Session, viewer: Actor) -> Sequence[SavedView]:
    """Return the views that a person keeps in the agency that it acts for, by their names. Raises NotAllowed."""
    if viewer.kind is not ActorKind.USER:
        raise NotAllowed(f"Expected a person, who keeps views, found {viewer.name}")
    query = select(SavedView).join(User, User.id == SavedView.user_id)
    query = query.where(User.name == viewer.name, SavedView.agency_id == access.need_agency(viewer))
    return session.scalars(query.order_by(func.lower(SavedView.name), SavedView.id)).all()


def save_view(session: Session, name: str, shows: Mapping[str, str], *, actor: Actor, now: datetime) -> SavedView:
    """Keep a view. One of the same name takes its place.

    Raises NotAllowed for who is no person, Invalid for a name, NotPossibleNow beyond ``MOST``.
    """
    agency_id, name = access.need_agency(actor), _checked(name)
    take_turns(session, f"views\n{actor.name}")
    known = views(session, actor)
    same = next((view for view in known if view.name == name), None)
    if same is not None:
        same.shows = dict(shows)
        session.flush()
        return same
    if len(known) >= MOST:
        raise NotPossibleNow(f"Expected at most {MOST} views, found {len(known)}", most=MOST)
    user_id = session.scalars(select(User.id).where(User.name == actor.name)).one()
    view = SavedView(id=uuid7(now), user_id=user_id, agency_id=agency_id, name=name, shows=dict(shows), created_at=now)
    session.add(view)
    session.flush()
    return view


def change_view(
    session: Session,
    view_id: UUID,
    *,
    name: str | None = None,
    shows: Mapping[str, str] | None = None,
    actor: Actor,
) -> SavedView:
    """Call a view otherwise, or let it show something else; None: as before.

    Raises NotFound, Invalid for a name, NotPossibleNow for that of another view.
    """
    take_turns(session, f"views\n{actor.name}")
    known = views(session, actor)
    view = _own(known, view_id)
    if name is not None:
        name = _checked(name)
        if any(other.name == name for other in known if other is not view):
            raise NotPossibleNow(f"Expected a name that no other view has, found {name!r}", name=name)
        view.name = name
    if shows is not None:
        view.shows = dict(shows)
    session.flush()
    return view


def remove_view(session: Session, view_id: UUID, *, actor: Actor) -> None:
    """Keep a view no longer. Raises NotFound."""
    session.delete(_own(views(session, actor), view_id))
    session.flush()


def _own(known: Sequence[SavedView], view_id: UUID) -> SavedView:
    found = next((view for view in known if view.id == view_id), None)
    if found is None:
        raise NotFound(f"Expected an own view, found {view_id}")
    return found


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(f"Expected a name of 1 to {LONGEST_NAME} characters, found {len(name)}")
    return name
