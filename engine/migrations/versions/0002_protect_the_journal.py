"""Let nobody change the journal, and leave room in the pages of rows that change often."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# An entry may go only with the record that its whole case was removed, which is written first.
_POSTGRESQL = (
    """
    CREATE FUNCTION alur_keep_journal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF EXISTS (SELECT 1 FROM removals WHERE instance_id = OLD.instance_id) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'the journal is append-only';
    END $$
    """,
    """
    CREATE TRIGGER keep_journal BEFORE UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION alur_keep_journal()
    """,
    """
    CREATE TRIGGER keep_whole_journal BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION alur_keep_journal()
    """,
    # With room for the next form of a row in its own page, a step changes no index of these tables.
    "ALTER TABLE instances SET (fillfactor = 60)",
    "ALTER TABLE tasks SET (fillfactor = 80)",
    "ALTER TABLE jobs SET (fillfactor = 70)",
)
_SQLITE = (
    """
    CREATE TRIGGER keep_journal_unchanged BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
    """,
    """
    CREATE TRIGGER keep_journal_whole BEFORE DELETE ON journal
    WHEN NOT EXISTS (SELECT 1 FROM removals WHERE instance_id = OLD.instance_id)
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
    """,
)


def upgrade() -> None:
    """Add the triggers, in the words of the database."""
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(sa.text(statement))
