"""Statements that are compiled once per process and go to the driver as they are: for the few on the way of every step.

Through SQLAlchemy's Core a statement costs 60 to 150 µs of CPU and PostgreSQL a round trip each; a step has about ten.
Here the parameters are turned into what the driver takes and sent, on PostgreSQL all in one round trip: prepared,
pipelined, and with the BEGIN of the transaction where none runs yet. What a statement means is left to SQLAlchemy.
"""

import re
import select as sockets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from sqlalchemy import Connection, Dialect, Insert, LargeBinary, Select, Table, Uuid
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

# From so many rows of one INSERT on they are sent by COPY: 500 cases started at once took 158 µs each instead of 232.
_MANY = 20

Row = Mapping[str, Any]
Statement = UpdateBase | Select[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A statement in the words of a driver.

    ``pattern`` holds the parameters in their order, those that the statement itself gives filled in; ``filled`` says
    for the others their place, their name in a row, and what turns a value into what the driver takes (None: nothing).
    ``formats`` are PostgreSQL's: 1 for what is sent as bytes, 0 for text. ``loaded`` gives the places of a result's
    columns that must be turned into values, and how. ``copy`` is PostgreSQL's COPY for the rows of an INSERT; None: it
    is none.
    """

    statement: Statement
    sql: str
    pattern: tuple[Any, ...]
    filled: tuple[tuple[int, str, Callable[[Any], Any] | None], ...]
    formats: tuple[int, ...]
    loaded: tuple[tuple[int, Callable[[Any], Any]], ...]
    copy: str | None

    def values(self, row: Row) -> list[Any]:
        """Return the parameters of one execution in their order."""
        # Filling a copy took half the time of making a dictionary and putting it in order (12 against 25 µs a step).
        made = list(self.pattern)
        for place, name, make in self.filled:
            made[place] = row[name] if make is None else make(row[name])
        return made

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """Return the columns of a result's row as values."""
        made = list(row)
        for place, load in self.loaded:
            made[place] = load(made[place])
        return tuple(made)


class Query:
    """A SELECT that is asked often. Made once, as a constant of its module."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._prepared: dict[str, Prepared] = {}

    def one(self, connection: Connection, **parameters: Any) -> tuple[Any, ...] | None:
        """Return the columns of the first row; None: there is none."""
        return next(iter(self.all(connection, **parameters)), None)

    def all(self, connection: Connection, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return the columns of every row."""
        dialect = connection.dialect
        prepared = self._prepared.get(dialect.name)
        if prepared is None:
            prepared = self._prepared[dialect.name] = prepare(dialect, self._statement, parameters)
        return [prepared.read(row) for row in _rows(connection, prepared, parameters)]


def prepare(dialect: Dialect, statement: Statement, row: Row) -> Prepared:
    """Compile a statement for parameters named as those of ``row``."""
    keys = list(row) if isinstance(statement, UpdateBase) and statement.is_insert else None
    compiled = statement.compile(dialect=dialect, column_keys=keys)
    sql, order = str(compiled), tuple(compiled.positiontup or ())
    if dialect.name == "postgresql":
        sql, order = _numbered(sql)
    pattern: list[Any] = [None] * len(order)
    filled = []
    for place, name in enumerate(order):
        bind = compiled.binds[name]
        make = None if _format(dialect, bind.type) else bind.type.dialect_impl(dialect).bind_processor(dialect)
        if name in row:
            filled.append((place, name, make))
        else:
            pattern[place] = bind.effective_value if make is None else make(bind.effective_value)
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    loaders = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return Prepared(
        statement=statement,
        sql=sql,
        pattern=tuple(pattern),
        filled=tuple(filled),
        formats=tuple(_format(dialect, compiled.binds[name].type) for name in order),
        loaded=tuple((place, load) for place, load in enumerate(loaders) if load is not None),
        copy=_copy_of(dialect, statement, order) if dialect.name == "postgresql" else None,
    )


def run(connection: Connection, work: Sequence[tuple[Prepared, Sequence[Row]]], notices: Sequence[str]) -> list[int]:
    """Execute statements, each once for each of its rows; return how many rows of the database each of them met.

    ``notices`` are channels of PostgreSQL to be notified with the commit. Raises what SQLAlchemy's Core would raise.
    """
    driver: Any = connection.connection.driver_connection
    try:
        if isinstance(driver, psycopg.Connection):
            return _send(connection, driver, work, notices)
        return [
            driver.executemany(prepared.sql, [prepared.values(row) for row in rows]).rowcount for prepared, rows in work
        ]
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, error) from error


def _copy_of(dialect: Dialect, statement: Statement, columns: Sequence[str]) -> str | None:
    if not isinstance(statement, Insert):
        return None
    names = dialect.identifier_preparer
    listed = ", ".join(names.quote(column) for column in columns)
    return f"COPY {names.format_table(cast(Table, statement.table))} ({listed}) FROM STDIN"


def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return SQL with PostgreSQL's own numbered parameters instead of psycopg's named ones, and their names."""
    order: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] is None:
            return "%"
        if match[1] not in order:
            order.append(match[1])
        return f"${order.index(match[1]) + 1}"

    return re.sub(r"%(?:%|\((\w+)\)s)", number, sql), tuple(order)


def _format(dialect: Dialect, kind: TypeEngine[Any]) -> int:
    return int(dialect.name == "postgresql" and isinstance(kind.dialect_impl(dialect), (Uuid, LargeBinary)))


def _rows(connection: Connection, prepared: Prepared, parameters: Row) -> Sequence[Sequence[Any]]:
    driver: Any = connection.connection.driver_connection
    try:
        if not isinstance(driver, psycopg.Connection):
            return cast(Sequence[Any], driver.execute(prepared.sql, prepared.values(parameters)).fetchall())
        (result,) = _exchange(connection, driver, [(prepared, parameters)], ())
        transformer = Transformer(driver)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, error) from error


def _send(
    connection: Connection,
    driver: psycopg.Connection[Any],
    work: Sequence[tuple[Prepared, Sequence[Row]]],
    notices: Sequence[str],
) -> list[int]:
    met: list[int] = []
    waiting: list[tuple[Prepared, Sequence[Row]]] = []
    for prepared, rows in work:
        if prepared.copy is None or len(rows) < _MANY:
            waiting.append((prepared, rows))
            continue
        met += _pipeline(connection, driver, waiting, ())
        met.append(_copy(driver, prepared, rows))
        waiting = []
    return met + _pipeline(connection, driver, waiting, notices)


def _pipeline(
    connection: Connection,
    driver: psycopg.Connection[Any],
    work: Sequence[tuple[Prepared, Sequence[Row]]],
    notices: Sequence[str],
) -> list[int]:
    if not work and not notices:
        return []
    each = [(prepared, row) for prepared, rows in work for row in rows]
    results = iter(_exchange(connection, driver, each, notices))
    return [sum(next(results).command_tuples or 0 for _ in rows) for _, rows in work]


def _copy(driver: psycopg.Connection[Any], prepared: Prepared, rows: Sequence[Row]) -> int:
    with driver.cursor() as cursor, cursor.copy(cast(Any, prepared.copy)) as copy:
        for row in rows:
            copy.write_row(prepared.values(row))
    return len(rows)


def _exchange(
    connection: Connection,
    driver: psycopg.Connection[Any],
    each: Sequence[tuple[Prepared, Row]],
    notices: Sequence[str],
) -> list[Any]:
    """Send statements in one round trip; return their results. Raises the first error as psycopg names it."""
    server, known = driver.pgconn, _known_to(connection)
    new: dict[Prepared, bytes] = {}
    wanted: list[bool] = []
    server.enter_pipeline_mode()
    try:
        if server.transaction_status == TransactionStatus.IDLE:
            server.send_query_params(b"BEGIN READ ONLY" if driver.read_only else b"BEGIN", None)
            wanted.append(False)
        for prepared, row in each:
            name = known.names.get(prepared) or new.get(prepared)
            if name is None:
                name = new[prepared] = known.new_name()
                server.send_prepare(name, prepared.sql.encode())
                wanted.append(False)
            values = [_encode(value) for value in prepared.values(row)]
            server.send_query_prepared(name, values, prepared.formats)
            wanted.append(True)
        for channel in notices:
            server.send_query_params(b"SELECT pg_notify($1, '')", [channel.encode()])
            wanted.append(False)
        server.pipeline_sync()
        results = list(_results(server))
    finally:
        if server.status == ConnStatus.OK:
            server.exit_pipeline_mode()
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
    known.names.update(new)
    return [result for result, is_wanted in zip(results, wanted, strict=True) if is_wanted]


class _Known:
    """The statements that a connection has prepared, by the names that it knows them under."""

    def __init__(self) -> None:
        self.names: dict[Prepared, bytes] = {}
        self._given = 0

    def new_name(self) -> bytes:
        """Return a name that was never given: a statement of a failed round trip may or may not be there."""
        self._given += 1
        return b"alur_%d" % self._given


def _known_to(connection: Connection) -> _Known:
    return cast(_Known, connection.connection.info.setdefault("alur_statements", _Known()))


def _results(server: Any) -> Iterator[Any]:
    """Yield the results of a pipeline up to its synchronization point."""
    while server.flush():
        sockets.select([server.socket], [server.socket], [])
        server.consume_input()
    while True:
        while server.is_busy():
            sockets.select([server.socket], [], [])
            server.consume_input()
        result = server.get_result()
        if result is None:
            continue  # the end of one statement's results
        if result.status == ExecStatus.PIPELINE_SYNC:
            return
        yield result


def _encode(value: Any) -> bytes | None:
    """Return a parameter as PostgreSQL reads it: ids and bytes as they are, all else as text."""
    if value is None:
        return None
    encode = _ENCODERS.get(type(value))
    return str(value).encode() if encode is None else encode(value)


_ENCODERS: Mapping[type, Callable[[Any], bytes]] = {
    bytes: bytes,
    str: str.encode,
    UUID: lambda value: cast(bytes, value.bytes),
    datetime: lambda value: cast(bytes, value.isoformat().encode()),
    bool: lambda value: b"t" if value else b"f",
}


def _wrapped(connection: Connection, error: Exception) -> BaseException:
    """Return the driver's error as the one that SQLAlchemy raises; take a connection that is lost out of the pool."""
    dialect, driver = connection.dialect, connection.connection.driver_connection
    is_lost = dialect.is_disconnect(cast(Any, error), driver, None)
    if is_lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        None, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_lost, dialect=dialect
    )
