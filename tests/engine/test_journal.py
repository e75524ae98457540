"""The journal: a chain in which every change, gap and cut shows."""

import pytest
from sqlalchemy import text, update

from engine import journal
from engine.database import Page, is_postgresql
from engine.errors import NotFound
from engine.models import Instance

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'


@pytest.fixture
def written(world, user_task):
    """An instance with four journal entries."""
    world.deploy(BEGIN, user_task("check"), user_task("decide"), END)
    moved = world.start({"note": "Ä 1.0 💠", "ratio": 0.1})
    for _ in range(2):
        moved = world.complete(moved.tasks[0], {"rate": 1e16})
    return moved.instance_id


def test_entries_come_in_their_order_and_go_on_where_a_page_ended(world, written):
    with world.sessions() as session:
        first = journal.entries(session, written, Page(limit=3))
        rest = journal.entries(session, written, Page(limit=3, after=first.next))

    assert [entry.sequence for entry in first.items + rest.items] == [1, 2, 3, 4]
    assert rest.next is None


def test_each_entry_carries_the_hash_of_the_one_before(world, written):
    with world.sessions() as session:
        entries = journal.entries(session, written, Page()).items

    assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]


def test_what_was_written_verifies(world, written):
    with world.sessions() as session:
        assert journal.verify(session, written) is None
        assert list(journal.verify_all(session)) == []


@pytest.mark.parametrize(
    ("statement", "sequence", "message"),
    [
        ("UPDATE journal SET actor = 'somebody' WHERE sequence = 2", 2, "as it was written"),
        ("UPDATE journal SET data = '{}' WHERE sequence = 3", 3, "as it was written"),
        ("DELETE FROM journal WHERE sequence = 2", 2, "Expected entry 2, found 3"),
        ("DELETE FROM journal WHERE sequence = 4", 4, "Expected 4 entries, found 3"),
    ],
)
def test_what_was_changed_behind_the_trigger_shows(world, written, statement, sequence, message):
    with world.sessions.begin() as session:
        _silence_triggers(session)
        session.execute(text(f"{statement} AND instance_id IN (SELECT id FROM instances)"))

    with world.sessions() as session:
        fault = journal.verify(session, written)
        assert list(journal.verify_all(session)) == [fault]

    assert fault.sequence == sequence
    assert message in fault.message


def _silence_triggers(session):
    if is_postgresql(session):
        session.execute(text("ALTER TABLE journal DISABLE TRIGGER ALL"))
    else:
        for name in ("keep_journal_unchanged", "keep_journal_whole"):
            session.execute(text(f"DROP TRIGGER {name}"))


def test_a_cut_journal_shows_even_if_the_count_was_changed_with_it(world, written):
    with world.sessions.begin() as session:
        _silence_triggers(session)
        session.execute(text("DELETE FROM journal WHERE sequence = 4"))
        session.execute(update(Instance).values(journal_length=3))

    with world.sessions() as session:
        assert journal.verify(session, written) is not None


def test_there_is_no_journal_without_an_instance(world):
    with world.sessions() as session, pytest.raises(NotFound):
        journal.verify(session, world.agency)
