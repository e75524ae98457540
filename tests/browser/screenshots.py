"""Pictures of every page, in both languages, on a phone and a desk: ``./run screenshots [FOLDER]``, to be looked at.

The pages are found in the application; each is seen by the first person who may. Pages about a thing are seen with a
thing of the demonstration.
"""

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from browsing import ROOT, Site, chromium, serving, sign_in
from cases import actor_of, start_case
from citizens import REQUEST, Citizen, Office
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from versions import deploy_second

from api.app import create_app
from engine import carryovers, jobs, statistics, tasks, workers
from engine.access import SYSTEM
from engine.models import Document, Incident, Instance, JobKind, Task, TaskStatus
from engine.workers import Sign

WIDTHS = (360, 1280)
_DRAWN_MILLISECONDS = 600
LOCALES = {"id": "id-ID", "en": "en-GB"}
AGENCY = "dinas-kominfo"
# The first who may see a page shows it; None is the public.
PEOPLE = (None, *(f"{name}.{AGENCY}" for name in ("budi", "kepala", "admin", "perancang")), "platform")
# A file for each editor of the workshop.
EDITED = {
    "model": "information_request.bpmn",
    "table": "receipt_timing.dmn",
    "form": "forms/registration.json",
    "text": "process.yaml",
}
# Buttons and links of the window in Indonesian.
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "id": {
        "Continue": "Lanjutkan",
        "Send the application": "Kirim permohonan",
        "Open my case": "Buka permohonan saya",
        "Open": "Buka",
        "Send": "Kirim",
        "Send the rating": "Kirim penilaian",
        "Complete the request": "Lengkapi permohonan",
        "Accept the answer or object": "Terima atau ajukan keberatan",
    },
}
# What a page cannot do without, beside its address.
QUERIES = {"/insight/cases": "?behind=waiting", "/insight/steps": "?process=information_request"}


def main(folder: Path) -> int:
    """Make all pictures; return how many pages nobody could see."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, serving(Path(data)) as site, chromium() as browser:
        things = prepared(site)
        pages = list(addresses(site, things))
        seen = viewer_of(browser, site, pages)
        for language, locale in LOCALES.items():
            for width in WIDTHS:
                take_all(browser, site, seen, folder, language, locale, width)
                take_window(browser, site, folder, language, locale, width)
    missing = [path for path in pages if path not in seen]
    print(f"{len(seen)} pages, {len(seen) * len(LOCALES) * len(WIDTHS)} pictures in {folder}")
    for path in missing:
        print(f"  seen by nobody: {path}")
    return len(missing)


def prepared(site: Site) -> dict[str, str]:
    """Let things happen in the demonstration, and return one of each kind by the name that paths give it."""
    for process_id in ("complaint", "building_permit", "information_request", "information_request"):
        start_case(site.sessions, process_id)
    with site.sessions.begin() as session:
        now = datetime.now(UTC)
        task = session.scalars(select(Task).where(Task.process_id == "information_request")).first()
        assert task is not None
        tasks.complete(session, task.id, {"received_on": f"{now:%Y-%m-%d}"}, actor=SYSTEM, now=now)
        lease, later = timedelta(minutes=1), datetime.now(UTC)
        for job in jobs.claim(session, [JobKind.CALL], owner="worker-1", limit=5, lease=lease, now=later):
            why = "Expected an answer of population_registry, found none within 10 s"
            jobs.fail(session, job.id, job.fence, why, actor=SYSTEM, now=now, attempts_left=0)
        mine = session.scalars(select(Task.id).where(Task.status == TaskStatus.OPEN, Task.process_id == "complaint"))
        budi = actor_of(session, f"budi.{AGENCY}")
        for task_id in mine:
            tasks.claim(session, task_id, actor=budi, now=datetime.now(UTC))
    with site.sessions.begin() as session:
        workers.seen(session, Sign("alur-1:4711", "0.1.0", later, 17, False), now=later)
        statistics.refresh(session, now=later)
    second = deploy_second(site.sessions)
    with site.sessions.begin() as session:
        head, now = actor_of(session, f"kepala.{AGENCY}"), datetime.now(UTC)
        tried = carryovers.request(session, "information_request", 1, second, {}, actor=head, now=now, dry_run=True)
        carryovers.advance(session, tried.id, now=now)
    with site.sessions() as session:
        open_task = session.scalars(
            select(Task).where(Task.status == TaskStatus.OPEN, Task.process_id == "information_request")
        ).first()
        case = session.scalars(select(Instance).order_by(Instance.id)).first()
        document = session.scalars(select(Document.id)).first()
        incident = session.scalars(select(Incident.id)).first()
    assert open_task is not None
    assert case is not None
    return {
        "task_id": str(open_task.id),
        "instance_id": str(open_task.instance_id),
        "case_id": str(open_task.instance_id),
        "document_id": str(document or ""),
        "incident_id": str(incident or ""),
        "process_id": "information_request",
        "number": "1",
        "code": AGENCY,
        "carry_over_id": str(tried.id),
        "/operations/people/{name}": f"budi.{AGENCY}",
    }


def addresses(site: Site, things: dict[str, str]) -> Iterator[str]:
    """Yield the address of every page that is read, its names filled in; those without such a thing are left out."""
    app = create_app(site.sessions)
    for found in iter_route_contexts(app.routes):
        path = found.path or ""
        if path.startswith(("/v1", "/static")) or "GET" not in (found.methods or ()):
            continue
        yield _filled(path, things) + QUERIES.get(path, "")


def _filled(path: str, things: dict[str, str]) -> str:
    def thing(found: re.Match[str]) -> str:
        if found[1] == "name" and (editor := path.split("/")[-2]) in EDITED:
            return EDITED[editor]
        return things.get(path) or things.get(found[1]) or found[0]

    return re.sub(r"\{(\w+)(?::\w+)?\}", thing, path)


def viewer_of(browser: Browser, site: Site, pages: list[str]) -> dict[str, str | None]:
    """Return the first person who sees each page, by address; what nobody sees, or is no page, is left out."""
    seen: dict[str, str | None] = {}
    for person in PEOPLE:
        context = browser.new_context(base_url=site.url)
        page = context.new_page()
        if person is not None:
            sign_in(page, person)
        for path in pages:
            if path in seen:
                continue
            answer = page.request.get(path, max_redirects=0, fail_on_status_code=False)
            if answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html"):
                seen[path] = person
        context.close()
    return seen


def take_all(
    browser: Browser, site: Site, seen: dict[str, str | None], folder: Path, language: str, locale: str, width: int
) -> None:
    """Make the pictures of one language and width, each person signed in once."""
    for person in PEOPLE:
        paths = [path for path, viewer in seen.items() if viewer == person]
        context: Any = browser.new_context(
            base_url=site.url, viewport={"width": width, "height": 900}, locale=locale, reduced_motion="reduce"
        )
        page = context.new_page()
        if person is not None and paths:
            sign_in(page, person)
        for path in paths:
            take(page, path, folder / f"{_name(path)}-{language}-{width}.png")
        context.close()


def take_window(browser: Browser, site: Site, folder: Path, language: str, locale: str, width: int) -> None:
    """Make a picture of every state of the window on a citizen's way, in the order in which they come."""
    context: Any = browser.new_context(
        base_url=site.url, viewport={"width": width, "height": 900}, locale=locale, reduced_motion="reduce"
    )
    number = count(1)

    def look(page: Page) -> None:
        page.screenshot(path=folder / f"window-way-{next(number):02}-{language}-{width}.png", full_page=True)

    today = f"{datetime.now(UTC):%Y-%m-%d}"
    citizen = Citizen(context.new_page(), look, WORDS[language])
    citizen.wrong_door()
    office = Office(site.sessions, citizen.apply("information_request", REQUEST))
    office.do("register", received_on=today)
    office.do("check_request", completeness="incomplete", missing="Sebutkan tahun laporan yang diminta.")
    citizen.answer("Complete the request", {"supplement": "Tahun 2025", "supplement_documents": "surat.txt"})
    office.do("check_request", completeness="complete")
    office.do("assess_possession", possession="possessed")
    office.do("collect_information", available_information="Laporan", exemption_claim="none")
    office.do("decide", answer="refused", reasons="Dikecualikan menurut Pasal 17 huruf h.")
    office.do("notify", notice_number="12", notice_date=today, notice_way="email")
    citizen.answer("Accept the answer or object", {"response": "accept", "rating": "4"})
    citizen.rate()
    context.close()


def take(page: Page, path: str, file: Path) -> None:
    """Make one picture, once the page is quiet."""
    page.goto(path, wait_until="networkidle")
    # Diagrams load when somebody comes near them.
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(_DRAWN_MILLISECONDS)
    page.evaluate("window.scrollTo(0, 0)")
    page.screenshot(path=file, full_page=True)


def _name(path: str) -> str:
    plain = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", path.partition("?")[0])
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "start"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "screenshots")
