"""Migrations: from nothing to the newest form, the same as the models, on both databases."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from engine.database import Base, Sessions
from engine.migrations import migrate, state
from engine.models import Agency, JournalEntry, Removal


def test_models_and_migrations_agree(sessions: Sessions) -> None:
    with sessions() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})

        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def test_a_migrated_database_is_at_the_newest_form_and_stays_there(database_url: str) -> None:
    migrate(database_url)

    current, newest = state(database_url)

    assert current == newest


@pytest.fixture
def entry_of(sessions: Sessions, now: datetime) -> JournalEntry:
    """A journal entry that is stored."""
    entry = JournalEntry(
        instance_id=uuid4(),
        sequence=1,
        at=now,
        actor="siti",
        agency_id=uuid4(),
        kind="instance.started",
        step=None,
        data={},
        previous_hash=b"",
        hash=b"",
    )
    with sessions.begin() as session:
        session.add(entry)
    return entry


def test_a_journal_entry_cannot_be_changed(sessions: Sessions, entry_of: JournalEntry) -> None:
    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(update(JournalEntry).values(actor="somebody else"))

    with sessions() as session:
        assert session.scalars(select(JournalEntry.actor)).one() == "siti"


def test_a_journal_entry_cannot_be_deleted_while_its_case_is_kept(sessions: Sessions, entry_of: JournalEntry) -> None:
    with pytest.raises(DBAPIError, match="append-only"), sessions.begin() as session:
        session.execute(delete(JournalEntry))

    with sessions() as session:
        assert session.scalars(select(JournalEntry.sequence)).all() == [1]


def test_a_journal_may_go_once_the_removal_of_its_case_is_recorded(
    sessions: Sessions, entry_of: JournalEntry, now: datetime
) -> None:
    agency = Agency(id=uuid4(), code="a", name="A", parent_id=None, time_zone="UTC", active=True, created_at=now)
    removal = Removal(
        instance_id=entry_of.instance_id,
        process_id="p",
        agency_id=agency.id,
        receipt="1",
        outcome=None,
        ended_at=now,
        removed_at=now,
        actor="system",
        retention="P1Y",
        journal_length=1,
        journal_hash=b"",
    )
    with sessions.begin() as session:
        session.add(agency)
        session.flush()
        session.add(removal)

    with sessions.begin() as session:
        session.execute(delete(JournalEntry).where(JournalEntry.instance_id == entry_of.instance_id))

    with sessions() as session:
        assert session.scalars(select(JournalEntry)).all() == []


def test_moments_are_aware_and_keep_their_microseconds_and_order(sessions: Sessions) -> None:
    moments = [datetime(2026, 1, day, 23, 59, 59, 999_999, tzinfo=UTC) for day in (3, 1, 2)]
    with sessions.begin() as session:
        session.add_all(
            Agency(id=uuid4(), code=str(n), name="", parent_id=None, time_zone="UTC", active=True, created_at=moment)
            for n, moment in enumerate(moments)
        )

    with sessions() as session:
        stored = session.scalars(select(Agency.created_at).order_by(Agency.created_at)).all()

    assert stored == sorted(moments)
    assert all(moment.tzinfo is not None for moment in stored)


def test_sqlite_keeps_what_it_acknowledged_when_power_fails(sessions: Sessions) -> None:
    with sessions() as session:
        if session.get_bind().dialect.name == "postgresql":
            pytest.skip("a PostgreSQL server has its own setting")

        kept = [session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]

    assert kept == ["wal", 2]
