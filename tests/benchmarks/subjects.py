"""What is measured: Alur in this process, Alur through HTTP, and the floor, which is one UPDATE and commit."""

import http.client
import itertools
import json
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from measuring import Acts, cpu_of
from shapes import ROLES, SHAPES, Shape, package, process_id
from sqlalchemy import event, make_url

from engine import accounts, definitions, instances, jobs, tasks
from engine.access import SYSTEM, Actor, ActorKind, Scope
from engine.database import Sessions, connect
from engine.migrations import migrate
from engine.packages import read_package
from engine.settings import settings

STATE = b"x" * 300
PASSWORD = "bench-bench-bench"
WARM_UP = 30
_LEASE = timedelta(minutes=5)


class Database:
    """A migrated database with all shapes in force, an agency, and somebody who may do everything there."""

    def __init__(self, kind: str, url: str, connections: int) -> None:
        self.kind = kind
        self.url = url
        self.sessions = _connected(url, connections)
        migrate(url)
        self.actor, self.worker = self._fill()
        floor = "CREATE TABLE floor (id INTEGER PRIMARY KEY, ver INTEGER NOT NULL, state {} NOT NULL)"
        with self.sessions.begin() as session:
            connection = session.connection()
            connection.exec_driver_sql(floor.format("BLOB" if kind == "sqlite" else "BYTEA"))
            row = "VALUES (?, 0, ?)" if kind == "sqlite" else "VALUES (%s, 0, %s)"
            for number in range(connections):
                connection.exec_driver_sql(f"INSERT INTO floor {row}", (number, STATE))

    def _fill(self) -> tuple[Actor, Actor]:
        now = datetime.now(UTC)
        with self.sessions.begin() as session:
            agency = accounts.create_agency(session, "bench", "Bench", actor="t", now=now)
            accounts.create_user(session, "budi", "Budi", PASSWORD, agency_id=None, actor="t", now=now)
            accounts.grant(session, "budi", agency.id, ROLES, actor="t", now=now)
            for shape in SHAPES:
                version = definitions.deploy(session, read_package(package(shape)), actor=SYSTEM, now=now)
                definitions.approve(session, version.id, actor=SYSTEM, now=now)
            self.agency: UUID = agency.id
        scopes = frozenset(Scope)
        return (
            Actor("budi", ActorKind.USER, agency.id, frozenset(ROLES)),
            Actor("key:worker", ActorKind.KEY, agency.id, scopes=scopes),
        )

    def add_history(self, rows: int) -> None:
        """Add rows of older instances to the journal, ten of each."""
        if rows == 0:
            return
        numbers, key, bytes_ = {
            "postgresql": (
                f"generate_series(1, {rows}) AS number",
                "lpad(to_hex(number / 10), 32, '0')::uuid",
                "decode(repeat('ab', 32), 'hex')",
            ),
            "sqlite": (
                "(WITH RECURSIVE each(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM each "
                f"LIMIT {rows}) SELECT number FROM each)",
                "printf('%032x', number / 10)",
                "zeroblob(32)",
            ),
        }[self.kind]
        facts = '{"events":[["completed","a"],["entered","a"]],"flows":["a_x","x_m","m_a"]}'
        with self.sessions.begin() as session:
            if self.kind == "postgresql":
                session.connection().exec_driver_sql("SET LOCAL statement_timeout = 0")
            session.connection().exec_driver_sql(
                "INSERT INTO journal "
                "(instance_id, sequence, at, actor, agency_id, kind, step, data, previous_hash, hash) "
                f"SELECT {key}, number - number / 10 * 10 + 1, CURRENT_TIMESTAMP, 'budi', {key}, 'task.completed', "
                f"'a', '{facts}', {bytes_}, {bytes_} FROM {numbers}"
            )

    def size(self) -> int:
        """Return how many bytes the database takes."""
        asked = {
            "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            "postgresql": "SELECT pg_database_size(current_database())",
        }
        with self.sessions() as session:
            return int(session.connection().exec_driver_sql(asked[self.kind]).scalar_one())

    def close(self) -> None:
        self.sessions.kw["bind"].dispose()


def _connected(url: str, connections: int) -> Sessions:
    os.environ["ALUR_DATABASE_CONNECTIONS"] = str(connections)
    settings.cache_clear()
    return connect(url)


class Floor:
    """One UPDATE of 300 bytes and its commit, by the same driver, on as many connections."""

    name = "floor"
    mode = "driver"
    cpu = staticmethod(time.process_time)

    def __init__(self, database: Database) -> None:
        self.database = database
        self._turn = threading.Lock()

    def client(self, number: int, _shape: str) -> Acts:
        return self._sqlite(number) if self.database.kind == "sqlite" else self._postgresql(number)

    def _sqlite(self, number: int) -> Acts:
        file = make_url(self.database.url).database or ""
        connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}").close()
        yield "ready"
        for count in itertools.count():
            with self._turn:  # as engine.database lets writers take turns: SQLite itself would let them sleep
                connection.execute("UPDATE floor SET ver = ?, state = ? WHERE id = ?", (count, STATE, number))
            yield "update"

    def _postgresql(self, number: int) -> Acts:
        url = make_url(self.database.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            update = "UPDATE floor SET ver = %b, state = %b WHERE id = %b"
            for count in range(10):  # psycopg prepares it at the fifth time
                connection.execute(update, (count, STATE, number))
            yield "ready"
            for count in itertools.count():
                connection.execute(update, (count, STATE, number))
                yield "update"


class Embedded:
    """Alur's engine in this process, a thread for each client."""

    name = "alur"
    mode = "embedded"
    cpu = staticmethod(time.process_time)

    def __init__(self, database: Database) -> None:
        self.database = database

    def client(self, _number: int, shape: str) -> Acts:
        return clients(SHAPES[shape], _Engine(self.database, shape))


class _Engine:
    """The four acts that a client does, each in a transaction of its own."""

    def __init__(self, database: Database, shape: str) -> None:
        self.database, self.shape = database, shape
        self.process_id, self.data = process_id(shape), SHAPES[shape].data

    def start(self) -> list[Any]:
        with self.database.sessions.begin() as session:
            moved = instances.start(
                session,
                self.process_id,
                self.data,
                agency_id=self.database.agency,
                actor=self.database.actor,
                now=datetime.now(UTC),
            )
        return list(moved.tasks)

    def complete(self, task: Any) -> list[Any]:
        with self.database.sessions.begin() as session:
            moved = tasks.complete(session, task, {"n": 1}, actor=self.database.actor, now=datetime.now(UTC))
        return list(moved.tasks)

    def take(self) -> list[Any]:
        with self.database.sessions.begin() as session:
            return jobs.claim_external(
                session,
                ["outside"],
                owner="bench",
                limit=1,
                lease=_LEASE,
                actor=self.database.worker,
                now=datetime.now(UTC),
            )

    def answer(self, job: Any) -> None:
        with self.database.sessions.begin() as session:
            jobs.complete(session, job.id, job.fence, {"n": 1}, actor=self.database.worker, now=datetime.now(UTC))


def clients(shape: Shape, acts: Any) -> Acts:
    """Run instances of a shape one after the other; the first ``next`` warms up."""
    if shape.endless:
        opened = acts.start()
        for _ in range(WARM_UP):
            opened = acts.complete(opened[0])
        yield "ready"
        while True:
            opened = acts.complete(opened[0])
            yield "complete"
    is_warm = False
    while True:
        for act in instance(shape, acts):
            if is_warm:
                yield act
        if not is_warm:
            yield "ready"
            is_warm = True


def instance(shape: Shape, acts: Any) -> Iterator[str]:
    """Run one instance from its start to its end."""
    opened = acts.start()
    yield "start"
    while opened:
        opened += acts.complete(opened.pop(0))
        yield "complete"
    if "job=" in shape.drawing:
        taken = acts.take()
        yield "take"
        for job in taken:
            acts.answer(job)
            yield "answer"


class OverHttp:
    """Alur's API in processes of its own, asked over kept connections."""

    name = "alur"

    def __init__(self, database: Database, port: int, *, processes: int = 1) -> None:
        self.database, self.port, self.processes = database, port, processes
        self.mode = "http" if processes == 1 else f"http, {processes} processes"
        now = datetime.now(UTC)
        with database.sessions.begin() as session:
            opened = accounts.open_session(session, "budi", matches=accounts.password_of(session, "budi"), now=now)
            _key, key = accounts.create_key(
                session, "worker", database.agency, [Scope.JOBS_WORK], created_by="bench", now=now
            )
        self.person, self.worker = {"Authorization": f"Bearer {opened.token if opened else ''}"}, {"X-API-Key": key}
        self._server: subprocess.Popen[bytes] | None = None

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run the API as ``alur api`` does."""
        own = {"ALUR_DATABASE_URL": self.database.url, "ALUR_API_PORT": str(self.port)}
        own |= {"ALUR_API_PROCESSES": str(self.processes), "ALUR_DATABASE_CONNECTIONS": "20"}
        self._server = subprocess.Popen([sys.executable, "-m", "api.app"], env=os.environ | own)
        try:
            self._wait()
            yield
        finally:
            self._server.terminate()
            self._server.wait(30)

    def _wait(self) -> None:
        for _ in range(1200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise TimeoutError(f"Expected the API to answer on port {self.port}")

    def cpu(self) -> float:
        """Return the processor time of the API's processes."""
        return cpu_of(self._server.pid) if self._server is not None else 0.0

    def client(self, _number: int, shape: str) -> Acts:
        return clients(SHAPES[shape], _Requests(self, shape))


class _Requests:
    """The four acts that a client does, a request for each."""

    def __init__(self, served: OverHttp, shape: str) -> None:
        self._served, self._process_id = served, process_id(shape)
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        self._variables = SHAPES[shape].data

    def _post(self, path: str, body: Any, who: dict[str, str], **headers: str) -> Any:
        every = {"Content-Type": "application/json", **who, **headers}
        self._connection.request("POST", f"/v1{path}", json.dumps(body), every)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"Expected an answer to {path}, found {answer.status}: {content[:300]!r}")
        return json.loads(content)

    def start(self) -> list[Any]:
        key, body = {"Idempotency-Key": secrets.token_hex(8)}, {"variables": self._variables}
        return self._post(f"/processes/{self._process_id}/instances", body, self._served.person | key)["tasks"]

    def complete(self, task: Any) -> list[Any]:
        return self._post(f"/tasks/{task}/complete", {"data": {"n": 1}}, self._served.person)["tasks"]

    def take(self) -> list[Any]:
        wanted = {"job_types": ["outside"], "worker": "bench", "limit": 1, "lease_seconds": 300}
        return self._post("/jobs/fetch", wanted, self._served.worker)["items"]

    def answer(self, job: Any) -> None:
        self._post(f"/jobs/{job['id']}/complete", {"fence": job["fence"], "variables": {"n": 1}}, self._served.worker)


def traced(url: str, database: Database, shape: str, count: int, folder: Path) -> dict[str, float]:
    """Return statements, round trips and commits for each act of ``count`` instances, as the driver sends them."""
    sessions = _connected(url, 2)
    seen = {"statements": 0, "round_trips": 0}
    log = folder / "trace"
    driver: Callable[[Any, Any], None]

    def watch_sqlite(connection: Any, _record: Any) -> None:
        def note(_sql: str) -> None:
            seen["statements"] += 1

        connection.set_trace_callback(note)

    def watch_postgresql(connection: Any, _record: Any) -> None:
        connection.pgconn.trace(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY))

    driver = watch_sqlite if database.kind == "sqlite" else watch_postgresql
    event.listen(sessions.kw["bind"], "connect", driver)
    probe = Database.__new__(Database)
    probe.__dict__.update(database.__dict__ | {"sessions": sessions})
    acts, done, opened = _Engine(probe, shape), 0, list[Any]()
    for number in range(count + 1):
        if number == 1:  # the first one prepares the statements
            done, seen["statements"] = 0, 0
            if log.exists():
                log.write_bytes(b"")
        if SHAPES[shape].endless:
            opened = acts.complete((opened or acts.start())[0])
            done += 1
        else:
            done += sum(1 for _ in instance(SHAPES[shape], acts))
    sessions.kw["bind"].dispose()
    if log.exists():
        lines = [line.split("\t") for line in log.read_text(errors="replace").splitlines() if "\tF\t" in line]
        kinds = [fields[3] for fields in lines if len(fields) > 3]
        seen["statements"] = sum(kind in ("Execute", "Query") for kind in kinds)
        seen["round_trips"] = sum(kind in ("Sync", "Query") for kind in kinds)
        log.unlink()
    return {name: value / done for name, value in seen.items()}
