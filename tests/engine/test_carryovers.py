"""Running cases carried over together: each once, whatever happens on the way, with a report that stays."""

from typing import Any

import pytest
from sqlalchemy import select

from engine import carryovers
from engine.access import Actor, OwnRole
from engine.database import Page
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.models import BulkStatus, CarriedCase, CarryOver, Instance, Job, JobKind

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
PLAN = {"check": "verify"}


@pytest.fixture
def cases(world: Any, user_task: Any) -> Any:
    """Four cases of version 1; the third waits at a step that version 2 does not have."""
    world.deploy(BEGIN, user_task("check"), user_task("old"), END)
    started = [world.start({"n": number}) for number in range(4)]
    world.complete(started[2].tasks[0])
    world.deploy(BEGIN, user_task("verify"), user_task("sign"), END)
    return [each.instance_id for each in started]


@pytest.fixture
def head(world: Any) -> Actor:
    return Actor("hed", agency_id=world.agency, roles=frozenset({OwnRole.HEAD}))


def requested(world: Any, actor: Actor, **more: Any) -> CarryOver:
    with world.sessions.begin() as session:
        return carryovers.request(session, "permit", 1, 2, PLAN, actor=actor, now=world.now, **more)


def advanced(world: Any, found: CarryOver) -> CarryOver:
    with world.sessions.begin() as session:
        return carryovers.advance(session, found.id, now=world.now)


def report(world: Any, found: CarryOver, viewer: Actor, **more: Any) -> list[tuple[Any, bool]]:
    with world.sessions() as session:
        listed = carryovers.cases(session, found.id, Page(50), viewer=viewer, **more).items
        return [(each.instance_id, each.obstacles is None) for each in listed]


def steps(world: Any, cases: Any) -> list[str]:
    return [step for each in cases for step in world.open_steps(each)]


def test_each_case_goes_over_once_and_one_that_does_not_fit_holds_up_no_other(
    world: Any, cases: Any, head: Actor
) -> None:
    found = requested(world, head)
    stands = [advanced(world, found) for _ in range(5)]

    assert [(each.position, each.refused) for each in stands] == [(1, 0), (2, 0), (3, 1), (4, 1), (4, 1)]
    assert [each.status for each in stands[2:4]] == [BulkStatus.RUNNING, BulkStatus.COMPLETED]
    assert steps(world, cases) == ["verify", "verify", "old", "verify"]
    assert report(world, found, head) == list(zip(cases, [True, True, False, True], strict=True))
    assert report(world, found, head, refused=True) == [(cases[2], False)]
    with world.sessions() as session:
        stuck = session.get_one(CarriedCase, (found.id, cases[2]))
        assert [each["step"] for each in stuck.obstacles or ()] == ["old"]
        assert set((stuck.obstacles or [{}])[0]["message"]) == {"id", "en"}
        assert session.scalars(select(Job.payload).where(Job.kind == JobKind.CARRY_OVER)).all() == [
            {"carry_over": str(found.id)}
        ]


def test_a_dry_run_tells_of_each_case_and_moves_none(world: Any, cases: Any, head: Actor) -> None:
    with world.sessions() as session:
        before = session.execute(select(Instance.id, Instance.revision, Instance.version_id)).all()
    found = requested(world, head, dry_run=True)
    for _ in cases:
        advanced(world, found)

    assert report(world, found, head) == list(zip(cases, [True, True, False, True], strict=True))
    assert steps(world, cases) == ["check", "check", "old", "check"]
    with world.sessions() as session:
        assert session.execute(select(Instance.id, Instance.revision, Instance.version_id)).all() == before


def test_what_broke_off_goes_on_without_a_gap_or_a_repetition(world: Any, cases: Any, head: Actor) -> None:
    found = requested(world, head)
    advanced(world, found)
    with world.sessions() as session:  # the process dies before the commit
        carryovers.advance(session, found.id, now=world.now)
        session.rollback()

    rest = [advanced(world, found) for _ in range(3)]

    assert [each.position for each in rest] == [2, 3, 4]
    assert [case for case, _went in report(world, found, head)] == cases


def test_only_chosen_cases_go_over(world: Any, cases: Any, head: Actor) -> None:
    found = requested(world, head, among=cases[1:2])

    done = advanced(world, found)

    assert (found.total, done.status) == (1, BulkStatus.COMPLETED)
    assert steps(world, cases) == ["check", "verify", "old", "check"]


def test_a_cancelled_one_carries_no_more(world: Any, cases: Any, head: Actor) -> None:
    found = requested(world, head)
    advanced(world, found)
    with world.sessions.begin() as session:
        carryovers.cancel(session, found.id, actor=head, now=world.now)
    advanced(world, found)

    assert steps(world, cases) == ["verify", "check", "old", "check"]
    with pytest.raises(NotPossibleNow, match="cancelled"), world.sessions.begin() as session:
        carryovers.cancel(session, found.id, actor=head, now=world.now)


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_who_operates_cases_of_the_agency_asks_and_looks(world: Any, head: Actor) -> None:
    clerk = Actor("ofi", agency_id=world.agency, roles=frozenset({"officer", OwnRole.DESIGNER}))
    other = Actor("out", agency_id=world.other_agency, roles=frozenset({OwnRole.HEAD}))
    found = requested(world, head)

    with pytest.raises(NotAllowed):
        requested(world, clerk)
    with world.sessions() as session:
        for refused, error in ((clerk, NotAllowed), (other, NotFound)):
            with pytest.raises(error):
                carryovers.carry_over(session, found.id, viewer=refused)
            with pytest.raises(error):
                carryovers.cases(session, found.id, Page(5), viewer=refused)
            with pytest.raises(error):
                carryovers.cancel(session, found.id, actor=refused, now=world.now)
        assert carryovers.carry_overs(session, found.source_id, viewer=other) == []
    theirs = requested(world, other)
    assert (theirs.total, advanced(world, theirs).status) == (0, BulkStatus.COMPLETED)


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_plan_that_fits_no_case_is_refused_at_once(world: Any, head: Actor) -> None:
    with pytest.raises(Invalid), world.sessions.begin() as session:
        carryovers.request(session, "permit", 1, 2, {"check": "end"}, actor=head, now=world.now)
    with world.sessions() as session:
        assert session.scalars(select(CarryOver)).all() == []
