"""Which other cases belong to one, and between which agencies it was handed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from engine import access
from engine.access import Actor
from engine.models import Agency, Handover, HandoverKind, Instance, Task

MOST_RELATED = 50


class Relation(StrEnum):
    """How a case belongs to another.

    A case that a message of another one starts, such as an objection, has that one's number as its business key.
    """

    ORIGIN = "origin"  # this one began with it
    FOLLOWING = "following"  # it began with this one
    SAME_KEY = "same_key"  # both have the starter's key


@dataclass(frozen=True, slots=True)
class Related:
    """Another case, and how it belongs to this one."""

    relation: Relation
    instance: Instance


@dataclass(frozen=True, slots=True)
class Passage:
    """A handover: of the whole case, or of one step (None: the whole case)."""

    kind: HandoverKind
    step: str | None
    giver: str
    taker: str
    reason: str | None
    at: datetime
    actor: str


def related(session: Session, found: Instance, *, viewer: Actor) -> list[Related]:
    """Return the cases that belong to an instance, as far as the viewer may see them, each once: its origin first, the
    others newest first, at most ``MOST_RELATED`` of each kind."""
    pairs = [(Relation.FOLLOWING, Instance.business_key == found.receipt)]
    if found.business_key is not None:
        pairs.insert(0, (Relation.ORIGIN, Instance.receipt == found.business_key))
        pairs.append((Relation.SAME_KEY, Instance.business_key == found.business_key))
    listed: dict[UUID, Related] = {}
    for relation, belongs in pairs:
        query = select(Instance).where(belongs, Instance.id != found.id, access.visible_instances(viewer))
        for other in session.scalars(query.order_by(Instance.id.desc()).limit(MOST_RELATED)):
            listed.setdefault(other.id, Related(relation, other))
    return list(listed.values())


def passages(session: Session, instance_id: UUID) -> list[Passage]:
    """Return the handovers of an instance, oldest first, with the names of the agencies."""
    giver, taker = aliased(Agency), aliased(Agency)
    query = (
        select(Handover, Task.step, giver.name, taker.name)
        .join(giver, giver.id == Handover.from_agency_id)
        .join(taker, taker.id == Handover.to_agency_id)
        .outerjoin(Task, Task.id == Handover.task_id)
        .where(Handover.instance_id == instance_id)
        .order_by(Handover.at, Handover.id)
    )
    return [
        Passage(handover.kind, step, given_by, taken_by, handover.reason, handover.at, handover.actor)
        for handover, step, given_by, taken_by in session.execute(query)
    ]
