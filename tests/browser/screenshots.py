"""Pictures of every page, in both languages, on a phone and a desk: ``./run screenshots [FOLDER]``, to be looked at.

The pages are found in the application; each is seen by the first person of its room who may. Pages about a thing are
seen with a thing of the demonstration, states that only acts lead to on a way of a citizen, an officer or a designer.
A page that nobody saw is a failure: the command ends with 1.
"""

import argparse
import io
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from browsing import ROOT, Site, chromium, serving, sign_in
from cases import start_case
from citizens import COMPLAINT, PERMIT, REQUEST, Citizen, Office
from exhibits import AGENCY, prepare, refresh
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Browser, Page, expect
from versions import FOLDER, files_of

from api.app import create_app

WIDTHS = (360, 1280)
LOCALES = {"id": "id-ID", "en": "en-GB"}
PATIENCE = 30_000
BUDI, HEAD, ADMIN, DESIGNER = (f"{name}.{AGENCY}" for name in ("budi", "kepala", "admin", "perancang"))
# The first who may see a page shows it; None is the public.
PEOPLE = (None, BUDI, DESIGNER, HEAD, ADMIN, "platform")
OF_ROOM: Mapping[str, tuple[str | None, ...]] = {
    "workshop": (DESIGNER, HEAD),
    "operations": (ADMIN, HEAD, "platform"),
    "insight": (HEAD,),
}
# A file for each editor of the workshop.
EDITED = {
    "model": "information_request.bpmn",
    "table": "receipt_timing.dmn",
    "form": "forms/registration.json",
    "text": "process.yaml",
}
# What a page cannot do without, beside its address.
QUERIES = {"/insight/cases": "?behind=waiting", "/insight/steps": "?process=information_request"}
# States of pages that another address or another person shows.
STATES: tuple[tuple[str, str | None], ...] = (
    ("/services/building_permit", None),
    ("/services/complaint", None),
    ("/statistics/complaint?agency=dinas-kominfo", None),
    ("/desk?view=groups", BUDI),
    ("/desk?view=groups&when=soon", BUDI),
    ("/desk?view=waiting", BUDI),
    ("/desk?view=done", BUDI),
    ("/desk?view=all", HEAD),
    ("/cases/{old}?late", HEAD),
    ("/insight", "platform"),
    ("/insight/cases?behind=overdue", HEAD),
    ("/operations/jobs?state=later", HEAD),
    ("/operations/people?of=dinas-pupr", "platform"),
    ("/nothing-here", None),
)
# Buttons and links in Indonesian.
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
        "Accept or object": "Terima atau ajukan keberatan",
        "Confirm that the data are right": "Nyatakan data sudah benar",
        "Pay the retribution": "Bayar retribusi",
        "Request to protect the reporter": "Permintaan perlindungan pelapor",
        "Take this task": "Ambil tugas ini",
        "Complete": "Selesaikan",
        "Check": "Periksa",
        "Token simulation": "Simulasi token",
    },
}


@dataclass
class Album:
    """Where the pictures of one language and width go, and the pages that they show."""

    folder: Path
    language: str
    width: int
    only: str
    looked: set[str] = field(default_factory=set)
    pictures: int = 0

    def wants(self, name: str) -> bool:
        """Tell whether a picture was asked for."""
        return self.only in name

    def look(self, page: Page, name: str) -> None:
        """Make one picture of a page as it is, once it is quiet."""
        self.looked.add(page.url.partition("?")[0])
        if not self.wants(name):
            return
        quiet(page)
        page.screenshot(path=self.folder / f"{name}-{self.language}-{self.width}.png", full_page=True)
        self.pictures += 1

    def series(self, name: str) -> Callable[[Page], None]:
        """Return what makes one picture after another, numbered."""
        made = 0

        def look(page: Page) -> None:
            nonlocal made
            made += 1
            self.look(page, f"{name}-{made:02}")

        return look


def main(arguments: list[str]) -> int:
    """Make the pictures; return 1 if nobody could see a page. Some pictures alone do not tell that."""
    asked = _asked(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    began, looked, made = time.monotonic(), set[str](), 0
    with tempfile.TemporaryDirectory() as data, serving(Path(data)) as site, chromium() as browser:
        things = prepare(site.sessions)
        pages = dict(addresses(site, things))
        seen, other = viewers(browser, site, pages)
        states = [(path.format_map(things), person) for path, person in STATES]
        for language in asked.languages:
            for width in asked.widths:
                album = Album(asked.folder, language, width, asked.only)
                refresh(site.sessions)
                take_all(browser, site, [*seen.items(), *states], album)
                take_ways(browser, site, album)
                looked |= {url.removeprefix(site.url) for url in album.looked}
                made += album.pictures
    missing = [path for path, template in pages.items() if path not in other and not _is_among(template, looked)]
    missing = [] if asked.only else missing
    print(f"{len(pages) - len(other) - len(missing)} pages, {made} pictures in {time.monotonic() - began:.0f} s")
    for path, why in other.items():
        print(f"  no page: {path} ({why})")
    for path in missing:
        print(f"  seen by nobody: {path}")
    return 1 if missing else 0


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run screenshots", description="Pictures of every page.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "screenshots")
    parser.add_argument("--language", dest="languages", nargs="+", choices=LOCALES, default=list(LOCALES))
    parser.add_argument("--width", dest="widths", nargs="+", type=int, default=list(WIDTHS))
    parser.add_argument("--only", default="", help="pictures whose name contains this")
    return parser.parse_args(arguments)


def addresses(site: Site, things: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the address of every page that is read, its names filled in, and the path of its route."""
    app = create_app(site.sessions)
    for found in iter_route_contexts(app.routes):
        path = found.path or ""
        if path.startswith(("/v1", "/static")) or "GET" not in (found.methods or ()):
            continue
        yield _filled(path, things) + QUERIES.get(path, ""), path


def _filled(path: str, things: Mapping[str, str]) -> str:
    def thing(found: re.Match[str]) -> str:
        if found[1] == "name" and (editor := path.split("/")[-2]) in EDITED:
            return EDITED[editor]
        return things.get(path) or things.get(found[1]) or found[0]

    return re.sub(r"\{(\w+)(?::\w+)?\}", thing, path)


def _is_among(template: str, looked: set[str]) -> bool:
    """Tell whether a page of a route was looked at."""
    pattern = re.sub(r"\{\w+:path\}", "(.+)", template)
    pattern = re.sub(r"\{\w+\}", "([^/]+)", pattern)
    return any(re.fullmatch(pattern, path) for path in looked)


def viewers(browser: Browser, site: Site, pages: Mapping[str, str]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the first person who sees each page, by address, and what is no page, with the reason."""
    seen: dict[str, str | None] = {}
    other: dict[str, str] = {}
    for person in PEOPLE:
        context = browser.new_context(base_url=site.url)
        page = context.new_page()
        if person is not None:
            sign_in(page, person)
        for path in pages:
            if person not in OF_ROOM.get(path.split("/")[1], PEOPLE) or path in seen:
                continue
            answer = page.request.get(path, max_redirects=0, fail_on_status_code=False)
            kind = answer.headers.get("content-type", "").partition(";")[0]
            if answer.status == 200 and kind == "text/html" and "<html" in answer.text():
                seen[path] = person
            elif answer.status == 200:
                other[path] = f"{kind}, a part of a page or a file"
            elif answer.status == 303 and not answer.headers["location"].startswith(("/signin", "/tracking")):
                other[path] = f"leads to {answer.headers['location']}"
        context.close()
    return seen, {path: why for path, why in other.items() if path not in seen}


def take_all(browser: Browser, site: Site, shown: list[tuple[str, str | None]], album: Album) -> None:
    """Make the pictures of one language and width, each person signed in once."""
    for person in PEOPLE:
        paths = [path for path, viewer in shown if viewer == person]
        with browsing(browser, site, album, person) as page:
            for path in paths:
                name = _name(path) + ("-platform" if path == "/insight" and person == "platform" else "")
                if album.wants(name):
                    page.goto(path)
                    album.look(page, name)
                else:
                    album.looked.add(site.url + path.partition("?")[0])


def take_ways(browser: Browser, site: Site, album: Album) -> None:
    """Make pictures of the states that only acts lead to, in the order in which they come."""
    for way in (ask, complain, build, work, design):
        if not album.only or album.only.startswith(way.__name__):
            with browsing(browser, site, album, {work: BUDI, design: DESIGNER}.get(way)) as page:
                way(site, page, album)


def ask(site: Site, page: Page, album: Album) -> None:
    """A citizen asks for information: a wrong number, the form, what is missing, the answer, the rating."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    citizen = Citizen(page, album.series("ask"), WORDS[album.language])
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


def complain(site: Site, page: Page, album: Album) -> None:
    """A citizen complains and asks for protection, which the law lets them do at any time."""
    citizen = Citizen(page, album.series("complain"), WORDS[album.language])
    office = Office(site.sessions, citizen.apply("complaint", COMPLAINT))
    office.do("verify", verdict="valid", supervised="no")
    citizen.send("Request to protect the reporter", {"threat": "Ancaman lewat telepon"})


def build(site: Site, page: Page, album: Album) -> None:
    """A citizen applies for a permit, confirms the data, and pays."""
    citizen = Citizen(page, album.series("build"), WORDS[album.language])
    office = Office(site.sessions, citizen.apply("building_permit", PERMIT))
    office.recommend_permit()
    citizen.answer("Confirm that the data are right", {"data_confirmation": "right"})
    office.bill_permit()
    citizen.answer("Pay the retribution", {"payment_reference": "NTPD 123"})


def work(site: Site, page: Page, album: Album) -> None:
    """An officer takes a task, forgets an answer, and is told."""
    words, look = WORDS[album.language], album.series("work")
    page.goto(f"/tasks/{start_case(site.sessions, 'information_request').tasks[0]}")
    page.get_by_role("button", name=words.get("Take this task", "Take this task")).click()
    page.wait_for_load_state()
    look(page)
    page.locator("#complete").click()
    page.locator(".govuk-error-summary:visible").wait_for()
    look(page)


def design(_site: Site, page: Page, album: Album) -> None:
    """A designer plays a scenario, uploads packages, right and wrong, and lets tokens walk through a model."""
    words, look = WORDS[album.language], album.series("design")
    page.goto("/workshop/complaint/1/play")
    page.locator("button[name=only]").first.click()
    page.locator("[data-player][data-at]").wait_for()
    look(page)
    files = files_of(FOLDER)
    broken = files["information_request.bpmn"].replace(b'sourceRef="', b'sourceRef="gone_', 1)
    for content in (files, {**files, "information_request.bpmn": broken}):
        page.goto("/workshop/upload")
        upload = {"name": "paket.zip", "mimeType": "application/zip", "buffer": _zipped(content)}
        page.locator("#files").set_input_files(upload)  # type: ignore[arg-type]
        page.get_by_role("button", name=words.get("Check", "Check"), exact=True).click()
        page.locator("#report-title").wait_for()
        look(page)
    page.goto("/workshop/complaint/1/model/complaint.bpmn")
    page.locator(".djs-container").wait_for()
    page.get_by_role("button", name=words.get("Token simulation", "Token simulation")).click()
    look(page)


def quiet(page: Page) -> None:
    """Wait until nothing is loading, diagrams that load when somebody comes near them and findings included."""
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
                scrollTo(0, y);
                await new Promise(requestAnimationFrame);
            }
            scrollTo(0, 0);
            await document.fonts.ready;
        }"""
    )
    page.wait_for_load_state("networkidle")
    if page.locator("#findings-count").count():
        expect(page.locator("#findings-count")).not_to_have_text(re.compile("…"), timeout=PATIENCE)


@contextmanager
def browsing(browser: Browser, site: Site, album: Album, person: str | None) -> Iterator[Page]:
    """Open a browser of one person in the language and at the width of an album."""
    context: Any = browser.new_context(
        base_url=site.url,
        viewport={"width": album.width, "height": 900},
        locale=LOCALES[album.language],
        reduced_motion="reduce",
    )
    page: Page = context.new_page()
    page.set_default_timeout(PATIENCE)
    if person is not None:
        sign_in(page, person)
    yield page
    context.close()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _name(path: str) -> str:
    for query in QUERIES.values():
        path = path.removesuffix(query)
    plain = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", path)
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "start"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
