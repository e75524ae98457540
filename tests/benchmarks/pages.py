"""How long until a page can be used, in a real Chromium: the lists of tasks and cases, with many in the agency.

    ./run bench pages [COUNT]

Prints the median, over some visits, of the time from the request until the page's own script has run
(DOMContentLoaded), first with an empty cache and then as one who was there before.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from browsing import Site, chromium, serving, sign_in
from cases import start_case
from measuring import machine
from playwright.sync_api import Page
from sqlalchemy import insert, select

from engine.database import uuid7
from engine.models import Instance, Task, TaskCandidate, Term

PATHS = {
    "budi.dinas-kominfo": (
        "/desk?view=mine",
        "/desk?view=groups",
        "/cases",
        "/cases?text=nowhere",
        "/cases?status=failed",
        "/cases?when=late",
    ),
    "kepala.dinas-kominfo": ("/insight", "/operations/incidents"),
}
VISITS = 9
_BATCH = 5_000


def main(count: int) -> None:
    """Fill an agency with ``count`` open tasks and as many cases, and visit its pages."""
    about = machine()
    print(f"{about['processor']}, Python {about['python']}, commit {about['commit']}, load {about['load']}")
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as site, chromium() as browser:
        fill(site, count)
        print(f"{count:,} open tasks and cases; milliseconds until the page can be used, median of {VISITS}")
        print(f"{'page':<28}{'empty cache':>14}{'been there':>14}")
        for person, paths in PATHS.items():
            page = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900}).new_page()
            sign_in(page, person)
            for path in paths:
                cold = median(visited(page, path, forget=True) for _ in range(VISITS))
                warm = median(visited(page, path, forget=False) for _ in range(VISITS))
                print(f"{path:<28}{cold:>14.0f}{warm:>14.0f}")


def fill(site: Site, count: int) -> None:
    """Make copies of one case with its term, and of one open task and who may take it."""
    started = start_case(site.sessions, "information_request")
    with site.sessions.begin() as session:
        case = session.execute(select(Instance.__table__).where(Instance.id == started.instance_id)).mappings().one()
        term = session.execute(select(Term.__table__).where(Term.instance_id == started.instance_id)).mappings().one()
        for begin in range(0, count, _BATCH):
            ids = [uuid7(case["started_at"]) for _ in range(begin, min(begin + _BATCH, count))]
            session.execute(insert(Instance), [{**case, "id": each, "receipt": f"COPY/{each}"} for each in ids])
            session.execute(insert(Term), [{**term, "id": each, "instance_id": each} for each in ids])
        task = session.execute(select(Task.__table__).where(Task.instance_id == started.instance_id)).mappings().one()
        candidates = (
            session.execute(select(TaskCandidate.__table__).where(TaskCandidate.task_id == task["id"])).mappings().all()
        )
        for begin in range(0, count, _BATCH):
            copies = [
                {**task, "id": uuid7(task["opened_at"]), "token": task["token"] + 1 + number}
                for number in range(begin, min(begin + _BATCH, count))
            ]
            session.execute(insert(Task), copies)
            may = [{**candidate, "task_id": copy["id"]} for copy in copies for candidate in candidates]
            session.execute(insert(TaskCandidate), may)


def visited(page: Page, path: str, *, forget: bool) -> float:
    """Return the milliseconds until a page could be used. ``forget``: the browser has none of its files."""
    if forget:
        network = page.context.new_cdp_session(page)
        network.send("Network.clearBrowserCache")
        network.detach()
    page.goto(path)
    timing: float = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    return timing


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
