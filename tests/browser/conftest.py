"""A real Chromium on a real server with the three national processes, and what every page must keep."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Site, chromium, serving, sign_in
from citizens import Citizen
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from api import demo
from engine import accounts, instances, tasks
from engine.access import SYSTEM
from engine.models import Task

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (360, 768, 1400)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Alur in demonstration mode on SQLite."""
    with serving(tmp_path_factory.mktemp("site")) as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with its module: while it is there, an event loop runs in this thread, where other tests start
    their own."""
    with chromium() as started:
        yield started


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


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def citizen(request: pytest.FixtureRequest, browser: Browser, site: Any, inspect: Any) -> Iterator[Citizen]:
    """A citizen at a browser of their own. Where scripts run, each page is looked at: axe is a script itself."""
    context = browser.new_context(base_url=site.url, locale="en-GB", java_script_enabled=request.param)
    context.set_default_timeout(20_000)
    yield Citizen(context.new_page(), inspect if request.param else lambda _page: None)
    context.close()


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


def _is_fault(said: Any) -> bool:
    # A page that answers 4xx on purpose is logged by the browser; the test that asked for it checks its text.
    return said.type == "error" and "the server responded with a status of 4" not in said.text


def _told(violation: Any) -> str:
    nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']}: {nodes}"
