"""Where a case stands: the same as going through its whole journal tells, however long that is."""

import time

import pytest
from sqlalchemy import insert, select

from engine import instances
from engine.instances.position import MOST_PASSED
from engine.models import Instance, JournalEntry

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
LOOP = (
    '+<exclusiveGateway id="again" default="again_to_check"/>'
    '<sequenceFlow id="begin_to_check" sourceRef="begin" targetRef="check"/>'
    '<sequenceFlow id="check_to_again" sourceRef="check" targetRef="again"/>'
    '<sequenceFlow id="again_to_check" sourceRef="again" targetRef="check"/>'
    '<sequenceFlow id="again_to_end" sourceRef="again" targetRef="end">'
    "<conditionExpression>=is_done</conditionExpression></sequenceFlow>"
    '<endEvent id="end"/>'
)


@pytest.fixture
def case(world, user_task):
    """A case that has passed a loop of two steps 70 times."""
    world.deploy(BEGIN, f"+{user_task('check')}", LOOP)
    moved = world.start({"is_done": False})
    instance_id = moved.instance_id
    for _ in range(70):
        moved = world.complete(moved.tasks[0], {})
    return instance_id


def plainly(session, instance_id):
    """Return passed steps and flows by going through the journal."""
    passed, flows = [], set()
    query = select(JournalEntry).where(JournalEntry.instance_id == instance_id).order_by(JournalEntry.sequence)
    for entry in session.scalars(query):
        flows.update(entry.data.get("flows", ()))
        for kind, step, *_detail in entry.data.get("events", ()):
            if kind == "completed":
                passed.append((step, entry.at, entry.actor))
    return passed, flows


def test_a_position_is_what_the_whole_journal_tells(world, case):
    with world.sessions() as session:
        passed, flows = plainly(session, case)
        found = instances.position(session, session.get_one(Instance, case))
        every = instances.all_passed(session, case)

    assert len(passed) == 1 + 2 * 70
    assert [(each.step, each.at, each.actor) for each in found.passed] == passed[-MOST_PASSED:]
    assert [(each.step, each.at, each.actor) for each in every] == passed
    assert found.times == {"begin": 1, "check": 70, "again": 70}
    assert found.flows == flows == {"begin_to_check", "check_to_again", "again_to_check"}
    assert [wait.step for wait in found.open] == ["check"]


def test_twenty_thousand_passes_of_a_loop_are_shown_at_once(world, case):
    with world.sessions.begin() as session:
        last = session.scalars(
            select(JournalEntry).where(JournalEntry.instance_id == case).order_by(JournalEntry.sequence.desc()).limit(1)
        ).one()
        columns = {column.key: getattr(last, column.key) for column in JournalEntry.__table__.columns}
        more = [{**columns, "sequence": last.sequence + number} for number in range(1, 20_001)]
        session.execute(insert(JournalEntry), more)

    with world.sessions() as session:
        instance = session.get_one(Instance, case)
        began = time.process_time()
        found = instances.position(session, instance)
        spent = time.process_time() - began

    assert found.times["check"] == 20_070
    assert len(found.passed) == MOST_PASSED
    assert spent < 0.5  # decoding each entry took two seconds
