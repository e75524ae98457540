"""What applicants thought of how their cases were handled, for those who handled them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import instances
from engine.access import Actor
from engine.database import Page, Slice
from engine.insight import agency_of
from engine.models import Instance, Rating
from engine.tracking import SCORES


@dataclass(frozen=True, slots=True)
class Opinion:
    """The ratings of a process: how many, their average from 1 (bad) to 4 (very good), and how many of each score."""

    process_id: str
    count: int
    average: float
    scores: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """A rating with its case. ``comment`` is in the applicant's words."""

    instance_id: UUID
    receipt: str
    process_id: str
    score: int
    comment: str
    at: datetime


def of_case(session: Session, instance_id: UUID, *, viewer: Actor) -> Rating | None:
    """Return how the applicant rated a case that the viewer may see; None: not, or not yet. Raises NotFound."""
    instances.instance(session, instance_id, viewer=viewer)
    return session.get(Rating, instance_id)


def opinions(session: Session, viewer: Actor, *, since: datetime) -> list[Opinion]:
    """Return what was thought of the agency's cases since a moment, by process. Raises NotAllowed."""
    query = (
        select(Instance.process_id, Rating.score, func.count())
        .join(Instance, Instance.id == Rating.instance_id)
        .where(Rating.at >= since, Instance.agency_id == agency_of(viewer))
        .group_by(Instance.process_id, Rating.score)
        .order_by(Instance.process_id)
    )
    found: dict[str, dict[int, int]] = {}
    for process_id, score, count in session.execute(query):
        found.setdefault(process_id, dict.fromkeys(SCORES, 0))[score] = count
    return [_opinion(process_id, scores) for process_id, scores in found.items()]


def comments(session: Session, viewer: Actor, page: Page, *, since: datetime) -> Slice[Said]:
    """Return ratings of the agency's cases that have a comment, newest first. Raises NotAllowed."""
    query = (
        select(Instance.id, Instance.receipt, Instance.process_id, Rating.score, Rating.comment, Rating.at)
        .join(Instance, Instance.id == Rating.instance_id)
        .where(Rating.at >= since, Instance.agency_id == agency_of(viewer), Rating.comment.is_not(None))
        .order_by(Rating.at.desc(), Instance.id)
        .limit(page.limit + 1)
        .offset(page.number)
    )
    found = [Said(*row) for row in session.execute(query)]
    return Slice.cut(found, page, lambda _last: str(page.number + page.limit))


def _opinion(process_id: str, scores: Mapping[int, int]) -> Opinion:
    count = sum(scores.values())
    return Opinion(process_id, count, sum(score * of for score, of in scores.items()) / count, scores)
