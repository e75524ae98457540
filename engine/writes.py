"""Writes that are gathered while something is worked out, and then sent together: on PostgreSQL in one round trip."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import UpdateBase

from engine.database import Base
from engine.errors import Stale
from engine.statements import Prepared, prepare, run

Row = Mapping[str, Any]


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
        if not self._groups and not self._notices:
            return
        connection = session.connection()
        work = [
            (_prepared(connection.dialect, statement, key, rows[0]), rows)
            for key, (statement, rows) in self._groups.items()
        ]
        expected = [self._expected.get(key) for key in self._groups]
        notices = sorted(self._notices)
        self._groups, self._expected, self._notices = {}, {}, set()
        for met, (_, rows), problem in zip(run(connection, work, notices), work, expected, strict=True):
            if problem is not None and met != len(rows):
                raise Stale(problem)


_inserts: dict[Table, UpdateBase] = {}
_statements: dict[tuple[object, ...], Prepared] = {}


def _insert(table: Table) -> UpdateBase:
    if table not in _inserts:
        _inserts[table] = insert(table)
    return _inserts[table]


def _prepared(dialect: Dialect, statement: UpdateBase, key: tuple[object, ...], row: Row) -> Prepared:
    # A statement is known by its identity, which is not used again as long as Prepared holds it.
    known = _statements.get((dialect.name, *key))
    if known is None:
        known = _statements[(dialect.name, *key)] = prepare(dialect, statement, row)
    return known
