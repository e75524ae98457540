"""Run by Alembic: set limits so that a migration never stands in the way of the running product, then go on."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Enum, text
from sqlalchemy.types import TypeDecorator

from engine import models
from engine.database import Base

# Any number will do, as long as all processes that migrate use the same.
_ONE_AT_A_TIME = 4_071_945


def run(connection: Connection) -> None:
    """Migrate within the transaction that the caller opened."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(text("SET LOCAL statement_timeout = '15min'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=_as_plain_type,
        transaction_per_migration=False,
    )
    context.run_migrations()


def _as_plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write migrations without types of our own: they must not change when our code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


assert models.Instance is not None, "the tables must be declared"  # noqa: S101
run(context.config.attributes["connection"])
