"""What belongs to a case: related cases, handovers, and what moved its terms."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import instances, terms
from engine.instances import Relation
from engine.models import HandoverKind, Instance
from engine.terms import ChangeKind

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
LAW = {"basis": "law", "article": "1", "status": "confirmed"}


def answer(**more: Any) -> dict[str, Any]:
    """Return a manifest's terms with one of five working days, from the step check to the step decide."""
    rule = {
        "title": {"id": "Jawaban", "en": "Answer"},
        "amount": 5,
        "unit": "working_days",
        "starts": {"entered": "check"},
        "ends": {"completed": "decide"},
        "silence": "none",
        "law": LAW,
    }
    return {"terms": {"answer": {**rule, **more}}}


@pytest.fixture
def related_to(world):
    """Returns relation and receipt of each case that belongs to one."""

    def act(receipt, viewer=None):
        with world.sessions() as session:
            found = session.scalars(select(Instance).where(Instance.receipt == receipt)).one()
            listed = instances.related(session, found, viewer=viewer or world.siti)
            return [(each.relation, each.instance.receipt) for each in listed]

    return act


def test_cases_of_one_key_belong_together_and_one_that_is_named_by_it_is_their_origin(world, user_task, related_to):
    world.deploy(BEGIN, user_task("check"), END)
    origin = world.start().receipt
    objection = world.start(business_key=origin).receipt
    appeal = world.start(business_key=origin).receipt
    world.start(business_key="another")

    assert related_to(origin) == [(Relation.FOLLOWING, appeal), (Relation.FOLLOWING, objection)]
    assert related_to(appeal) == [(Relation.ORIGIN, origin), (Relation.SAME_KEY, objection)]


def test_another_agencys_case_is_related_only_for_who_may_see_it(world, user_task, related_to):
    world.deploy(BEGIN, user_task("check"), END)
    origin = world.start()
    there = world.start(business_key=origin.receipt, agency_id=world.other_agency, actor=world.stranger)

    assert related_to(origin.receipt) == []
    assert related_to(there.receipt, world.stranger) == []
    with world.sessions.begin() as session:
        options = {"actor": world.stranger, "now": world.now, "reason": "theirs"}
        instances.hand_over(session, there.instance_id, world.agency, **options)
    assert related_to(origin.receipt) == [(Relation.FOLLOWING, there.receipt)]


def test_handovers_are_told_with_agencies_and_reason(world, user_task):
    world.deploy(BEGIN, user_task("advise", "=&quot;JABAR:officer&quot;"), user_task("check"), END)
    moved = world.start()
    with world.sessions.begin() as session:
        later = world.now + timedelta(hours=1)
        options = {"actor": world.heni, "now": later, "reason": "not ours"}
        instances.hand_over(session, moved.instance_id, world.other_agency, **options)

    with world.sessions() as session:
        asked, given = instances.passages(session, moved.instance_id)

    assert (asked.kind, asked.step, asked.giver, asked.taker) == (HandoverKind.TASK, "advise", "DKI", "JABAR")
    assert (given.kind, given.step, given.reason, given.actor) == (HandoverKind.TRANSFER, None, "not ours", "heni")


def changes_of(world, moved):
    with world.sessions() as session:
        return terms.changes(session, moved.instance_id)


def test_a_stop_tells_why_how_long_and_where_it_moved_the_term(world, user_task):
    world.deploy(BEGIN, user_task("check"), user_task("ask"), user_task("decide"), END, **answer(stops=["ask"]))
    moved = world.start()
    asked = world.now + timedelta(days=1)
    moved = world.complete(moved.tasks[0], now=asked)

    [stop] = changes_of(world, moved)["answer", 1]
    assert (stop.kind, stop.step, stop.since, stop.until) == (ChangeKind.STOPPED, "ask", asked, None)
    assert (stop.before.on.isoformat(), stop.after) == ("2026-03-09", None)

    answered = world.now + timedelta(days=3)
    world.complete(moved.tasks[0], now=answered)
    [stop] = changes_of(world, moved)["answer", 1]
    assert (stop.since, stop.until) == (asked, answered)
    assert (stop.before.on.isoformat(), stop.after.on.isoformat()) == ("2026-03-09", "2026-03-11")


def test_an_extension_tells_which_step_gave_it_and_what_nothing_moved_is_left_out(world, user_task):
    extension = {"amount": 2, "on": {"completed": "prolong"}}
    world.deploy(
        BEGIN, user_task("check"), user_task("prolong"), user_task("decide"), END, **answer(extension=extension)
    )
    moved = world.start()
    assert changes_of(world, moved) == {}
    moved = world.complete(moved.tasks[0])
    moved = world.complete(moved.tasks[0])

    [change] = changes_of(world, moved)["answer", 1]
    assert (change.kind, change.step, change.since) == (ChangeKind.EXTENDED, "prolong", world.now)
    assert (change.before.on.isoformat(), change.after.on.isoformat()) == ("2026-03-09", "2026-03-11")


def test_a_term_that_begins_while_its_clock_stands_says_so(world, user_task):
    world.deploy(BEGIN, user_task("check"), user_task("decide"), END, **answer(stops=["check"]))
    moved = world.start()

    [stop] = changes_of(world, moved)["answer", 1]
    assert (stop.kind, stop.step, stop.before, stop.after) == (ChangeKind.STOPPED, "check", None, None)
    world.complete(moved.tasks[0], now=world.now + timedelta(days=1))
    [stop] = changes_of(world, moved)["answer", 1]
    assert stop.after is not None
