"""Find instances."""

from dataclasses import dataclass
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import access
from engine.access import Actor
from engine.database import Page, Slice
from engine.errors import NotFound
from engine.instances.receipts import secret_hash
from engine.models import Instance, InstanceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which instances a list shows; None: all. ``text`` looks at the beginning of receipt and business key."""

    agency_id: UUID | None = None
    process_id: str | None = None
    status: InstanceStatus | None = None
    business_key: str | None = None
    text: str | None = None


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
    query = select(Instance).where(access.visible_instances(viewer)).order_by(Instance.id.desc())
    for column, wanted in (
        (Instance.agency_id, filters.agency_id),
        (Instance.process_id, filters.process_id),
        (Instance.status, filters.status),
        (Instance.business_key, filters.business_key),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if filters.text:
        text = filters.text
        query = query.where(
            or_(
                Instance.receipt.startswith(text, autoescape=True),
                Instance.business_key.startswith(text, autoescape=True),
            )
        )
    if page.after is not None:
        query = query.where(Instance.id < page.id)
    found = list(session.scalars(query.limit(page.limit + 1)))
    return Slice.cut(found, page, lambda found: str(found.id))


def track(session: Session, receipt: str, secret: str) -> Instance:
    """Return the instance of a receipt number and its secret. Raises NotFound if either is wrong."""
    hashed = secret_hash(secret)
    for found in session.scalars(select(Instance).where(Instance.receipt == receipt)):
        if found.secret_hash is not None and compare_digest(found.secret_hash, hashed):
            return found
    raise NotFound(f"Expected a case with receipt {receipt} and this secret, but there is none")
