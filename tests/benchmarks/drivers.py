"""Peers that run in a process of their own and measure themselves there: DBOS, Operaton and Flowable.

Each has a database of its own in the PostgreSQL server that Alur is measured on, reached through the same socket. The
driver, Driver.java or dbos_driver.py, reads a request a line and answers with the time of each act. Everything is
installed into .tools, where it is built once; what cannot be had raises ``Missing``.
"""

import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import juel
import psycopg
from measuring import Run
from postgres import PostgresServer
from shapes import SHAPES, process_id
from sqlalchemy import make_url
from subjects import Database

DBOS = "dbos==3.4.0"
SHAPES_OF_DBOS = ("start-end", "3 automatic tasks", "1 user task", "3 user tasks", "10 variables")
SHAPES_OF_JAVA = (
    "user step",
    "start-end",
    "3 automatic tasks",
    "1 user task",
    "3 user tasks",
    "fork and join of 3",
    "gateway",
    "multi-instance of 10",
    "10 variables",
)
_STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:\n]*): ")
ENDLESS = 10**9
SPARE = 5  # connections that are not a client's
WINDOW = 5.0  # seconds
STEADY = 3  # windows without a gain of a twentieth
_BENCHMARKS = Path(__file__).resolve().parent
_TOOLS = _BENCHMARKS.parents[1] / ".tools"
_JDBC = (
    "jdbc:postgresql://localhost/{name}?sslmode=disable&socketFactoryArg={folder}/.s.PGSQL.5432"
    "&socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"
)


class Missing(Exception):
    """A peer cannot be installed or started here. Its text says why."""


class DrivenPeer:
    """A peer in a process of its own, until ``close``.

    ``clients`` is how many it may have, ``warm_up`` for how many seconds a shape may warm up, ``acts_before`` how many
    acts warmed it up by now. A driver that ends too early raises ``Missing`` with what it said.
    """

    mode = "embedded"

    def __init__(self, name: str, shapes: tuple[str, ...], command: list[str], clients: int, warm_up: float) -> None:
        self.name, self.shapes, self.clients, self.warm_up = name, shapes, clients, warm_up
        self.acts_before = 0
        self._folder = tempfile.TemporaryDirectory()
        self._log = (Path(self._folder.name) / "log").open("w+")
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._log, text=True)
        self._answer()

    def run(self, shape: str, clients: int, seconds: float, database_cpu: Callable[[], float]) -> Run:
        """Measure a shape."""
        before = database_cpu()
        said = self._ask(shape, clients, seconds, ENDLESS)
        return Run(said["seconds"], said["durations"], said["instances"], said["cpu_s"], database_cpu() - before)

    def warm(self, shape: str) -> None:
        """Act unmeasured until an act takes no less processor time: what runs often is compiled ever better."""
        least, same, end = math.inf, 0, time.monotonic() + self.warm_up
        while same < STEADY and time.monotonic() < end:
            said = self._ask(shape, self.clients, min(WINDOW, self.warm_up), ENDLESS)
            acts = len(said["durations"])
            cost = said["cpu_s"] / acts
            same = same + 1 if cost > least * 0.95 else 0
            least = min(least, cost)
            self.acts_before += acts

    def do(self, shape: str, count: int) -> int:
        """Run so many instances, or acts of an endless one, with one client; return how many acts that were."""
        return len(self._ask(shape, 1, 600, count)["durations"])

    def close(self) -> None:
        """Stop the process."""
        try:
            self._process.communicate(timeout=30)  # the end of its requests is its end
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._log.close()
        self._folder.cleanup()

    def _ask(self, shape: str, clients: int, seconds: float, count: int) -> dict[str, Any]:
        model = Path(self._folder.name) / f"{process_id(shape)}.bpmn"
        if self.name in juel.NAMESPACES:
            model.write_bytes(juel.drawn(shape, self.name))
        words = [str(model), *request(shape, clients, seconds, count)]
        if self._process.stdin is None:
            raise RuntimeError("Expected a pipe to the driver")
        self._process.stdin.write("\t".join(words) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            self._process.wait(30)
            self._log.seek(0)
            raise Missing(f"{self.name} ended: {self._log.read().strip()[-600:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def request(shape: str, clients: int, seconds: float, count: int) -> list[str]:
    """Return the words of a request, but for the model's. See Driver.java."""
    tasks = -1 if SHAPES[shape].endless else SHAPES[shape].drawing.count(": user ")
    numbers = [str(tasks), str(clients), str(seconds), str(count)]
    return [process_id(shape), *numbers, *juel.words(SHAPES[shape].data)]


def dbos(database: Database, clients: int, warm_up: float) -> DrivenPeer:
    """Start DBOS, in an environment of its own: it wants a newer SQLAlchemy than Prefect allows Alur."""
    python = _TOOLS / DBOS.replace("==", "-") / "bin" / "python"
    if not python.exists():
        _build([sys.executable, "-m", "venv", str(python.parents[1])])
        _build([str(python), "-m", "pip", "install", "--quiet", DBOS])
    _create(database, "dbos")
    url = make_url(database.url).set(drivername="postgresql", database="dbos").render_as_string(hide_password=False)
    command = [str(python), str(_BENCHMARKS / "dbos_driver.py"), url, str(clients + SPARE)]
    return DrivenPeer("dbos", SHAPES_OF_DBOS, command, clients, warm_up)


def java(name: str, database: Database, clients: int, warm_up: float) -> DrivenPeer:
    """Start Operaton or Flowable in a Java machine with its default settings."""
    folder = _built(name)
    _create(database, name)
    url = _JDBC.format(name=name, folder=make_url(database.url).query["host"])
    path = f"{folder / 'classes'}{os.pathsep}{folder / 'libraries' / '*'}"
    command = ["java", "-cp", path, "Driver", url, str(clients + SPARE)]
    return DrivenPeer(name, SHAPES_OF_JAVA, command, clients, warm_up)


def _built(name: str) -> Path:
    """Return the folder with classes and libraries, built by Maven unless that is done already."""
    source, folder = _BENCHMARKS / "java", _TOOLS / name
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise Missing(f"{name} needs {program}, which is not here")
    files = sorted(each for each in source.rglob("*") if each.is_file())
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()
    stamp = folder / "stamp"
    if not stamp.exists() or stamp.read_text() != digest:
        shutil.rmtree(folder, ignore_errors=True)
        pom = str(source / "pom.xml")
        _build(["mvn", "--batch-mode", "--quiet", "-f", pom, "-P", name, f"-Dfolder={folder}", "package"])
        stamp.write_text(digest)
    return folder


def _build(command: list[str]) -> None:
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if finished.returncode != 0:
        raise Missing(f"{' '.join(command)} failed: {finished.stdout.strip()[-600:]}")


def _create(database: Database, name: str) -> None:
    url = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())


def counted(peer: DrivenPeer, server: PostgresServer, shape: str, count: int) -> dict[str, float]:
    """Return how many statements PostgreSQL got for an act, its log says, and how many bytes an instance took."""
    log = server.folder / "log"
    with psycopg.connect(f"host={server.folder} user=alur dbname=postgres", autocommit=True) as connection:
        peer.do(shape, 1)
        size = _size(connection, peer.name)
        _log_statements(connection, "all")
        begin = log.stat().st_size
        acts = peer.do(shape, count)
        with log.open("rb") as file:
            file.seek(begin)
            statements = statements_in(file.read().decode(errors="replace"))
        _log_statements(connection, "none")
        grown = _size(connection, peer.name) - size
    instances = count + 1  # the first one warms up
    return {"statements": statements / acts * count / instances, "bytes_per_instance": grown / instances}


def statements_in(log: str) -> int:
    """Count the statements in PostgreSQL's log, BEGIN and COMMIT included."""
    return len(_STATEMENT.findall(log))


def _size(connection: psycopg.Connection[Any], name: str) -> int:
    found = connection.execute("SELECT pg_database_size(%s)", (name,)).fetchone()
    return int(found[0]) if found else 0


def _log_statements(connection: psycopg.Connection[Any], which: str) -> None:
    connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'".encode())
    connection.execute("SELECT pg_reload_conf()")
    time.sleep(1)  # other connections hear of it when they act next
