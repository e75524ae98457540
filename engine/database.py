"""The database: how to connect, what one transaction is, which types columns have, and how writes are sent.

Both SQLite and PostgreSQL serve. The edge (a request, a job, a command) opens one transaction with
``sessions.begin()`` and commits it; functions of the engine take the session first and never commit.
"""

import itertools
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    LargeBinary,
    MetaData,
    Text,
    Uuid,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from engine.errors import Invalid
from engine.sessions import LeanSession
from engine.settings import Settings, settings

Sessions = sessionmaker[Session]
Result = TypeVar("Result")
Item = TypeVar("Item")

# SQLSTATEs after which the same transaction may simply be run again: serialization failure, deadlock, lock timeout.
_PASSING = {"40001", "40P01", "55P03"}
_TRIES = 5
_OPEN = {TransactionStatus.INTRANS, TransactionStatus.INERROR}


def connect(url: str, *, using: Settings | None = None) -> Sessions:
    """Return the factory of sessions for the database at ``url``. Nothing is opened before the first session.

    ``sessions.begin()`` is a transaction that may write: on SQLite it holds the only write lock from its start.
    For one that only reads, use ``reading(sessions)``.
    """
    using = using or settings()
    open_database = _connect_sqlite if make_url(url).get_backend_name() == "sqlite" else _connect_postgresql
    return sessionmaker(open_database(url, using), class_=LeanSession, expire_on_commit=False)


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """Open a transaction that only reads: it waits for no writer and no writer waits for it."""
    with reader(sessions) as session:
        yield session


def reader(sessions: Sessions) -> Session:
    """Return a session that only reads. Its transaction begins with the first question."""
    return sessions(bind=sessions.kw["bind"].execution_options(alur_reading=True, postgresql_readonly=True))


def in_transaction(sessions: Sessions, act: Callable[[Session], Result]) -> Result:
    """Run ``act`` in a transaction of its own and commit; run it again when another transaction got in its way."""
    for left in reversed(range(_TRIES)):
        try:
            with sessions.begin() as session:
                return act(session)
        except DBAPIError as error:
            if not is_passing(error) or left == 0:
                raise
    raise AssertionError("the loop returns or raises")


def is_passing(error: DBAPIError) -> bool:
    """Tell whether the transaction failed only because another one was in its way."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) in _PASSING


def is_postgresql(session: Session) -> bool:
    """Tell whether the session talks to PostgreSQL (else it is SQLite)."""
    return session.get_bind().dialect.name == "postgresql"


def take_turns(session: Session, about: str) -> None:
    """Let transactions about the same thing come one after the other: the second waits here until the first ends.

    SQLite's writers come one by one anyway.
    """
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(about, 0))))


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted: ``limit`` items after the place that ``after`` names (None: from the start)."""

    limit: int = 50
    after: str | None = None

    @property
    def number(self) -> int:
        """The place as a number. Raises Invalid for one that no list gave."""
        try:
            return int(self.after or "0")
        except ValueError as error:
            raise self._unknown() from error

    @property
    def id(self) -> UUID:
        """The place as an id. Raises Invalid for one that no list gave."""
        try:
            return UUID(self.after)
        except ValueError as error:
            raise self._unknown() from error

    @property
    def moment_and_id(self) -> tuple[datetime, UUID]:
        """The place as a moment and an id. Raises Invalid for one that no list gave."""
        moment, _, key = (self.after or "").partition("_")
        try:
            return datetime.fromisoformat(moment).astimezone(UTC), UUID(key)
        except ValueError as error:
            raise self._unknown() from error

    def _unknown(self) -> Invalid:
        return Invalid(f"Expected a place that a list gave as its next, found {self.after!r}")


@dataclass(frozen=True, slots=True)
class Slice(Generic[Item]):
    """A part of a list. ``next`` names the place after it; None: the list ends here."""

    items: list[Item]
    next: str | None

    @staticmethod
    def cut(found: list[Item], page: Page, place: Callable[[Item], str]) -> "Slice[Item]":
        """Make a slice of what was found, one item more than the page holds if the list goes on."""
        if len(found) <= page.limit:
            return Slice(found, None)
        return Slice(found[: page.limit], place(found[page.limit - 1]))


# Ids of one process in one millisecond sort in the order in which they were made (RFC 9562 section 6.2, method 1).
_made = itertools.count()


def uuid7(now: datetime) -> UUID:
    """Return a new id that sorts by time (RFC 9562, version 7): new rows land at the end of an index."""
    milliseconds, count = int(now.timestamp() * 1000), next(_made) & 0x3FF_FFFF
    low = ((count & 0x3FFF) << 48) | secrets.randbits(48)
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | ((count >> 14) << 64) | (0b10 << 62) | low)


def encode_json(value: Any) -> str:
    """Return ``value`` as compact JSON with sorted keys: the same value always gives the same text."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        # orjson refuses whole numbers beyond 64 bits, which FEEL can make.
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Moment(TypeDecorator[datetime]):
    """An instant: aware in Python (UTC when read), ``timestamptz`` on PostgreSQL, UTC text that sorts on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: nobody knows what they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"Expected an aware datetime, found the naive {value.isoformat()}")
        return value.astimezone(UTC) if dialect.name == "postgresql" else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give what was read its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON kept as text: what was hashed is what is stored, and both databases hold the same bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encode; None is SQL's NULL."""
        return None if value is None else encode_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decode. Not by orjson, which turns whole numbers beyond 64 bits into floats."""
        return None if value is None else json.loads(value)


class Base(DeclarativeBase):
    """Base of all tables. Enums are stored as their text; names of constraints are fixed for migrations."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: Moment(),
        UUID: Uuid(),
        bytes: LargeBinary(),
        str: Text(),
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=False,
            length=20,
            values_callable=lambda kind: [member.value for member in kind],
        ),
        dict[str, Any]: Json(),
        list[str]: Json(),
        list[Any]: Json(),
    }


def _connect_sqlite(url: str, using: Settings) -> Engine:
    file = make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    wait = using.lock_timeout.total_seconds()
    sql = create_engine(
        url,
        pool_reset_on_return=None,  # _Turns.end does it
        connect_args={"timeout": wait, "check_same_thread": False},
    )
    turns = _Turns(wait)
    event.listen(sql, "connect", _prepare_sqlite)
    event.listen(sql, "begin", turns.begin)
    event.listen(sql, "checkin", turns.end)
    return sql


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Python's driver must not open transactions by itself: _Turns does.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        # Only FULL keeps what was answered after the power fails; NORMAL lost up to 769 commits in a trial.
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


class _Turns:
    """Lets the writers of this process take turns. SQLite itself lets those who find it locked sleep and try again:
    with 8 threads that halved the steps a second."""

    def __init__(self, wait_seconds: float) -> None:
        self._lock = threading.Lock()
        self._wait = wait_seconds

    def begin(self, connection: Connection) -> None:
        """Begin a transaction. A writer takes the write lock at once: one that reads first and writes later could find
        that another wrote in between, and fail."""
        driver: Any = connection.connection.driver_connection
        if connection.get_execution_options().get("alur_reading", False):
            driver.execute("BEGIN").close()
            return
        holder = connection.connection.info
        # Without a turn in time, SQLite decides: it raises that the database is locked.
        if "alur_turn" not in holder and self._lock.acquire(timeout=self._wait):
            holder["alur_turn"] = True
        try:
            # By the driver: through SQLAlchemy it took 35 µs of a step.
            driver.execute("BEGIN IMMEDIATE").close()
        except sqlite3.Error as error:
            raise DBAPIError.instance(None, None, error, sqlite3.Error, dialect=connection.dialect) from error

    def end(self, connection: sqlite3.Connection | None, record: ConnectionPoolEntry) -> None:
        """Give up the turn when the connection is put back, its transaction over.

        After a commit that failed it may be open still, though SQLAlchemy takes it for over.
        """
        if connection is not None and connection.in_transaction:
            connection.rollback()
        if record.info.pop("alur_turn", False):
            self._lock.release()


def _connect_postgresql(url: str, using: Settings) -> Engine:
    limits = {
        "lock_timeout": f"{using.lock_timeout.total_seconds() * 1000:.0f}",
        "statement_timeout": f"{using.statement_timeout.total_seconds() * 1000:.0f}",
        "idle_in_transaction_session_timeout": "60000",
        "timezone": "UTC",
    }
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    sql = create_engine(
        url,
        pool_size=using.database_connections,
        max_overflow=0,
        pool_pre_ping=False,
        pool_reset_on_return=None,  # _end_postgresql does it
        connect_args={
            "options": options,
            "application_name": "alur",
            # engine.statements prepares what is asked often. Where psycopg does so as well, it drops all prepared
            # statements after each rollback, ours included.
            "prepare_threshold": None,
        },
    )
    event.listen(sql, "checkin", _end_postgresql)
    return sql


def _end_postgresql(connection: psycopg.Connection[Any] | None, _record: object) -> None:
    # To undo what is over already, as the pool does, took 20 µs. After a commit that failed it may be open still.
    if connection is not None and connection.info.transaction_status in _OPEN:
        connection.rollback()
