"""What applicants thought, for the agency that handled their cases, and for nobody else."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engine import ratings
from engine.access import Actor, OwnRole
from engine.database import Page
from engine.errors import NotAllowed, NotFound
from engine.models import Rating
from engine.ratings import Opinion

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
DAY = timedelta(days=1)


@pytest.fixture
def rated(world: Any) -> list[UUID]:
    """Three cases that are over, rated a day apart, the last with a comment."""
    world.deploy(BEGIN, END)
    cases = [world.start({}).instance_id for _ in range(3)]
    with world.sessions.begin() as session:
        for days, (case, score, comment) in enumerate(zip(cases, (4, 4, 1), (None, None, "Slow"), strict=True)):
            session.add(Rating(instance_id=case, score=score, comment=comment, at=world.now + days * DAY))
    return cases


def test_ratings_are_counted_by_process_since_a_moment(world: Any, rated: list[UUID]) -> None:
    with world.sessions() as session:
        everything = ratings.opinions(session, world.heni, since=world.now)
        recent = ratings.opinions(session, world.heni, since=world.now + DAY)

    assert everything == [Opinion("permit", 3, 3.0, {1: 1, 2: 0, 3: 0, 4: 2})]
    assert recent == [Opinion("permit", 2, 2.5, {1: 1, 2: 0, 3: 0, 4: 1})]


def test_comments_come_with_their_case(world: Any, rated: list[UUID]) -> None:
    with world.sessions() as session:
        (said,) = ratings.comments(session, world.heni, Page(), since=world.now).items

    assert (said.instance_id, said.score, said.comment) == (rated[2], 1, "Slow")


def test_who_sees_a_case_sees_its_rating(world: Any, rated: list[UUID]) -> None:
    with world.sessions() as session:
        found = ratings.of_case(session, rated[0], viewer=world.budi)
        with pytest.raises(NotFound):
            ratings.of_case(session, rated[0], viewer=world.stranger)

    assert found is not None
    assert found.score == 4


def test_only_heads_and_auditors_of_the_agency_see_all_ratings(world: Any, rated: list[UUID]) -> None:
    with world.sessions() as session:
        assert ratings.opinions(session, world.stranger, since=world.now) == []
        assert ratings.comments(session, world.stranger, Page(), since=world.now).items == []
        with pytest.raises(NotAllowed):
            ratings.opinions(session, world.budi, since=world.now)
        platform = Actor("p", agency_id=world.agency, roles=frozenset({OwnRole.PLATFORM}))
        with pytest.raises(NotAllowed):
            ratings.comments(session, platform, Page(), since=world.now)
