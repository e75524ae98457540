"""Writes that are gathered while something is worked out, and then sent together: on PostgreSQL in one round trip.

A step writes six to ten rows. One after the other they cost psycopg a round trip each and SQLAlchemy's Core 60 to
100 µs of CPU each; here every statement is compiled once per process and goes to the driver as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from engine.database import Base
from engine.errors import Stale

Row = Mapping[str, Any]
Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """A statement in the words of a driver. ``statement`` is kept because the cache knows it by its identity.

    ``order`` names all parameters; ``constants`` are those that the statement itself gives; ``processors`` turn the
    others' values into what the driver takes (None: as they are).
    """

    statement: UpdateBase
    sql: str
    is_named: bool
    order: tuple[str, ...]
    constants: Row
    processors: tuple[tuple[str, Processor], ...]

    def values(self, row: Row) -> Any:
        """Return the parameters of one execution as the driver wants them."""
        made = {name: row[name] if make is None else make(row[name]) for name, make in self.processors}
        made.update(self.constants)
        return made if self.is_named else tuple([made[name] for name in self.order])


class Writes:
    """Rows to be written, in groups of one statement each; the groups go in the order in which they began."""

    def __init__(self) -> None:
        self._groups: dict[tuple[object, ...], tuple[UpdateBase, list[Row]]] = {}
        self._expected: dict[tuple[object, ...], str] = {}
        self._notices: set[str] = set()

    def insert(self, model: type[Base], row: Row, *, ahead: bool = False) -> None:
        """Add a row; ``row`` gives every column that has a value. ``ahead``: before all others, which refer to it."""
        table = cast(Table, model.__table__)
        key = (table.name, *row)
        if key not in self._groups:
            made = {key: (_insert(table), list[Row]())}
            self._groups = made | self._groups if ahead else self._groups | made
        self._groups[key][1].append(row)

    def run(self, statement: UpdateBase, row: Row, *, expect_one: str | None = None) -> None:
        """Add an execution of ``statement``, a constant of its module.

        With ``expect_one``, flushing raises Stale with this text if no row was met.
        """
        key = (id(statement),)
        if key not in self._groups:
            self._groups[key] = (statement, [])
        self._groups[key][1].append(row)
        if expect_one is not None:
            self._expected[key] = expect_one

    def notify(self, channel: str) -> None:
        """Wake who listens on ``channel`` once the transaction is committed (PostgreSQL; SQLite's workers poll)."""
        self._notices.add(channel)

    def flush(self, session: Session) -> None:
        """Send everything and forget it. Raises Stale, or SQLAlchemy's DBAPIError as its Core would."""
        session.flush()
        connection = session.connection()
        groups = [
            (_prepared(connection.dialect, statement, key, rows[0]), rows, self._expected.get(key))
            for key, (statement, rows) in self._groups.items()
        ]
        self._groups, self._expected = {}, {}
        driver = connection.connection.driver_connection
        try:
            if isinstance(driver, psycopg.Connection):
                _send_pipelined(driver, groups, self._notices)
            else:
                _send_each(driver, groups)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _wrapped(connection, error) from error
        finally:
            self._notices = set()


_inserts: dict[Table, UpdateBase] = {}
_statements: dict[tuple[object, ...], _Prepared] = {}


def _insert(table: Table) -> UpdateBase:
    if table not in _inserts:
        _inserts[table] = insert(table)
    return _inserts[table]


def _prepared(dialect: Dialect, statement: UpdateBase, key: tuple[object, ...], row: Row) -> _Prepared:
    known = _statements.get((dialect.name, *key))
    if known is None:
        known = _statements[(dialect.name, *key)] = _prepare(dialect, statement, row)
    return known


def _prepare(dialect: Dialect, statement: UpdateBase, row: Row) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=list(row) if statement.is_insert else None)
    constants, processors = {}, []
    for name, bind in compiled.binds.items():
        make = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if name in row:
            processors.append((name, make))
        else:
            constants[name] = bind.effective_value if make is None else make(bind.effective_value)
    order = compiled.positiontup if compiled.positional else list(compiled.binds)
    return _Prepared(
        statement, str(compiled), not compiled.positional, tuple(order or ()), constants, tuple(processors)
    )


def _send_pipelined(driver: Any, groups: list[tuple[_Prepared, list[Row], str | None]], notices: set[str]) -> None:
    expecting = []
    with driver.pipeline():
        for prepared, rows, expected in groups:
            for row in rows:
                cursor = driver.execute(prepared.sql, prepared.values(row))
                if expected is not None:
                    expecting.append((cursor, expected))
        for channel in notices:
            driver.execute("SELECT pg_notify(%s, '')", (channel,))
    for cursor, expected in expecting:
        if cursor.rowcount != 1:
            raise Stale(expected)


def _send_each(driver: Any, groups: list[tuple[_Prepared, list[Row], str | None]]) -> None:
    for prepared, rows, expected in groups:
        cursor = driver.executemany(prepared.sql, [prepared.values(row) for row in rows])
        if expected is not None and cursor.rowcount != len(rows):
            raise Stale(expected)


def _wrapped(connection: Connection, error: Exception) -> BaseException:
    """Return the driver's error as the one that SQLAlchemy raises, so that the edges know only one kind."""
    return DBAPIError.instance(None, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect)
