"""Find instances."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import ColumnElement, select, union
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor
from engine.database import Page, Slice
from engine.errors import NotFound
from engine.instances.receipts import secret_hash
from engine.instances.searching import escaped, words_in
from engine.models import IS_RUNNING_TERM, Instance, InstanceStatus, Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which instances a list shows; None: all.

    ``text`` are words, each of which must occur in receipt, business key or subject. ``overdue_at``: those with a
    running term of the viewer's agency that is passed then.
    """

    agency_id: UUID | None = None
    process_id: str | None = None
    status: InstanceStatus | None = None
    business_key: str | None = None
    text: str | None = None
    overdue_at: datetime | None = None


def instance(session: Session, instance_id: UUID, *, viewer: Actor) -> Instance:
    """Return an instance that the viewer may see. Raises NotFound, also for one of another agency."""
    found = session.scalars(
        select(Instance).where(Instance.id == instance_id, access.visible_instances(viewer))
    ).one_or_none()
    if found is None:
        raise NotFound(f"Expected instance {instance_id}, but there is no such instance")
    return found


def instances(session: Session, viewer: Actor, filters: Filters, page: Page) -> Slice[Instance]:
    """Return instances that the viewer may see, newest first."""
    limit = page.limit + 1
    wanted = [*_conditions(viewer, filters), *([Instance.id < page.id] if page.after is not None else [])]
    piles = [
        select(select(Instance.id).where(seen, *wanted).order_by(Instance.id.desc()).limit(limit).subquery())
        for seen in access.visible_piles(viewer)
    ]
    top = union(*piles).subquery()
    query = select(Instance).join(top, top.c.id == Instance.id).order_by(Instance.id.desc()).limit(limit)
    return Slice.cut(list(session.scalars(query)), page, lambda found: str(found.id))


def _conditions(viewer: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
    for column, wanted in (
        (Instance.agency_id, filters.agency_id),
        (Instance.process_id, filters.process_id),
        (Instance.status, filters.status),
        (Instance.business_key, filters.business_key),
    ):
        if wanted is not None:
            yield column == wanted
    for word in words_in(filters.text):
        yield Instance.search.like(f"%{escaped(word)}%", escape="\\")
    if filters.overdue_at is not None:
        passed = select(Term.instance_id).where(IS_RUNNING_TERM, Term.due_at <= filters.overdue_at)
        yield Instance.id.in_(passed if viewer.agency_id is None else passed.where(Term.agency_id == viewer.agency_id))


def track(session: Session, receipt: str, secret: str) -> Instance:
    """Return the instance of a receipt number and its secret. Raises NotFound if either is wrong."""
    hashed = secret_hash(secret)
    for found in session.scalars(select(Instance).where(Instance.receipt == receipt)):
        if found.secret_hash is not None and compare_digest(found.secret_hash, hashed):
            return found
    raise NotFound(f"Expected a case with receipt {receipt} and this secret, but there is none")
