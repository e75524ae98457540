"""Bring a database to the newest form of the tables. The same steps serve SQLite and PostgreSQL."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from engine.database import connect


def migrate(url: str, *, to: str = "head") -> None:
    """Bring the database at ``url`` to ``to``, from nothing if need be. Only one migrates at a time; others wait."""
    sessions = connect(url)
    with sessions() as session, session.begin():
        configuration = _configuration()
        configuration.attributes["connection"] = session.connection()
        command.upgrade(configuration, to)
    sessions.kw["bind"].dispose()


def state(url: str) -> tuple[str | None, str | None]:
    """Return the migration that the database is at (None: an empty one) and the newest that there is."""
    sql = create_engine(url, poolclass=NullPool)
    with sql.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, newest()


@cache
def newest() -> str | None:
    """Return the newest migration of this version of Alur."""
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", "engine:migrations")
    return configuration
