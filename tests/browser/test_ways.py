"""The whole way of a citizen with each national process, with and without JavaScript: apply, answer what is asked,
object where the law gives it, rate. What the office does in between happens behind the pages."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from engine import jobs, messages, tasks
from engine.access import SYSTEM
from engine.database import Sessions
from engine.models import Instance, JobKind, Task, TaskStatus

TODAY = f"{datetime.now(UTC):%Y-%m-%d}"
LEASE = timedelta(minutes=1)
APPLICANT = {
    "name": "Siti Rahma",
    "nik": "3273014107900001",
    "address": "Jalan Asia Afrika 1, Bandung",
    "phone": "081234567890",
    "email": "siti@contoh.id",
}


class Citizen:
    """Somebody at a browser; ``look`` checks the page that is there."""

    def __init__(self, page: Page, inspect: Callable[[Page], None]) -> None:
        self.page = page
        self.look = inspect
        self.receipt = ""

    def apply(self, process_id: str, answers: Mapping[str, Any]) -> str:
        """Apply to an agency, answering until nothing more is asked; return the number on the receipt."""
        self.page.goto(f"/services/{process_id}/apply?agency=dinas-kominfo")
        for _ in range(4):
            self.fill(answers)
            self.press("Continue")
            if self.page.get_by_role("button", name="Send the application").count():
                break
        self.look(self.page)
        self.press("Send the application")
        self.look(self.page)
        assert self.page.get_attribute(".alur-receipt__code", "src").startswith("data:image/svg+xml")
        self.receipt = self.page.inner_text("#receipt-number")
        self.press("Open my case")
        return self.receipt

    def fill(self, answers: Mapping[str, Any]) -> None:
        """Answer the questions of the page of which the answer is known, by name."""
        for name, value in flat(answers):
            asked = self.page.locator(f"[name='{name}']:not([type=hidden])")
            if not asked.count():
                continue
            kind = asked.first.evaluate("element => element.type")
            if kind in ("radio", "checkbox"):
                self.page.check(f"[name='{name}'][value='{value}']")
            elif kind == "file":
                asked.set_input_files({"name": value, "mimeType": "text/plain", "buffer": b"A file of Siti"})
            elif kind.startswith("select"):
                asked.select_option(value)
            else:
                asked.fill(str(value))

    def press(self, name: str) -> None:
        """Press a button or follow a link, and wait for the next page."""
        self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first.click()
        self.page.wait_for_load_state()

    def answer(self, what: str, answers: Mapping[str, Any], *, reads: str = "") -> None:
        """Open the case, then what is asked, read the officer's words, and send the answers."""
        self.page.goto("/tracking/case")
        self.look(self.page)
        self.press(what)
        self.look(self.page)
        assert reads in self.page.inner_text("main"), self.page.inner_text("main")
        for _ in range(3):
            self.fill(answers)
            self.press("Send")
            if self.page.url.partition("?")[0].endswith("/tracking/case"):
                break
        assert "Success" in self.page.get_by_role("alert").inner_text()

    def reads(self, *texts: str) -> None:
        """Check what the page of the case says."""
        self.page.goto("/tracking/case")
        said = self.page.inner_text("main")
        assert [text for text in texts if text not in said] == [], said

    def rate(self) -> None:
        """Rate the case, which is over: first without an answer, then well."""
        self.page.goto("/tracking/case")
        self.press("Send the rating")
        assert self.page.locator(".govuk-error-summary").count() == 1
        self.look(self.page)
        self.page.check("[name='score'][value='4']")
        self.press("Send the rating")
        self.look(self.page)
        self.reads("You rated this service: very good")


class Office:
    """What happens at the agency, without its pages: its tasks, and the answers of other systems."""

    def __init__(self, sessions: Sessions, receipt: str) -> None:
        self.sessions = sessions
        self.receipt = receipt

    def do(self, step: str, **data: Any) -> None:
        """Complete the open task of a step."""
        now = datetime.now(UTC)
        self.let_systems_answer(now)
        with self.sessions.begin() as session:
            query = select(Task).join(Instance, Instance.id == Task.instance_id)
            query = query.where(Instance.receipt == self.receipt, Task.status == TaskStatus.OPEN)
            found = {task.step.rpartition(":")[2]: task for task in session.scalars(query)}
            actor = replace(SYSTEM, name=f"one of {found[step].role}")  # some duties are kept apart
            tasks.complete(session, found[step].id, data, actor=actor, now=now)
        self.let_systems_answer(now)

    def let_systems_answer(self, now: datetime) -> None:
        """Answer calls and carry messages, until there are none."""
        while True:
            with self.sessions.begin() as session:
                claimed = [
                    job
                    for kind in (JobKind.CALL, JobKind.MESSAGE)
                    for job in jobs.claim(session, [kind], owner="t", limit=20, lease=LEASE, now=now)
                ]
                for job in claimed:
                    if job.kind is JobKind.CALL:
                        jobs.complete(session, job.id, job.fence, {}, actor=SYSTEM, now=now)
                    else:
                        messages.carry_out(session, job, now=now)
            if not claimed:
                return


def flat(answers: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield answers by the names of their fields."""
    for key, value in answers.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def citizen(request: pytest.FixtureRequest, browser: Browser, site: Any, inspect: Any) -> Iterator[Citizen]:
    """A citizen at a browser of their own. Where scripts run, each page is looked at: axe is a script itself."""
    context = browser.new_context(base_url=site.url, locale="en-GB", java_script_enabled=request.param)
    context.set_default_timeout(20_000)
    yield Citizen(context.new_page(), inspect if request.param else lambda _page: None)
    context.close()


def test_information_is_asked_for_completed_refused_and_objected_to(citizen: Citizen, site: Any) -> None:
    answers = {
        "channel": "web",
        "applicant": {**APPLICANT, "kind": "person"},
        "request": {"details": "Laporan", "purpose": "Penelitian", "obtain_way": "copy", "send_way": "email"},
    }
    office = Office(site.sessions, citizen.apply("information_request", answers))
    office.do("register", received_on=TODAY)
    office.do("check_request", completeness="incomplete", missing="Sebutkan <b>tahun</b> laporan")
    citizen.reads("It is your turn")

    citizen.answer(
        "Complete the request",
        {"supplement": "Tahun 2025", "supplement_documents": "surat.txt"},
        reads="Sebutkan <b>tahun</b> laporan",
    )

    citizen.reads("An answer is owed by", "surat.txt")
    office.do("check_request", completeness="complete")
    office.do("assess_possession", possession="possessed")
    office.do("collect_information", available_information="Laporan", exemption_claim="none")
    office.do("decide", answer="refused", reasons="Dikecualikan menurut Pasal 17")
    office.do("notify", notice_number="12", notice_date=TODAY, notice_way="email")
    objection = {
        "response": "object",
        "objection_ground": "exempted",
        "objection_reason": "Tidak termasuk yang dikecualikan",
        "objection_signed": "true",
    }
    citizen.answer("Accept the answer or object", objection, reads="Dikecualikan menurut Pasal 17")
    office.do("register_objection", objection_number="K-1", objection_received_on=TODAY)
    office.do("decide_objection", objection_decision="uphold", objection_reasons="Penetapan masih berlaku")
    citizen.answer("Accept the answer or file a dispute", {"dispute_choice": "accept"}, reads="Penetapan masih berlaku")

    citizen.reads("Closed on", "Outcome")
    citizen.rate()


def test_a_complaint_is_completed_answered_and_resolved(citizen: Citizen, site: Any) -> None:
    answers = {
        "kind": "complaint",
        "subject": "service",
        "identity_mode": "open",
        "identity": APPLICANT,
        "report": {"title": "Antrean", "content": "Lima jam", "location": "Bandung", "agency": "Dinas"},
        "service_date": TODAY,
        "signed": "true",
    }
    office = Office(site.sessions, citizen.apply("complaint", answers))
    office.do("verify", verdict="hold", missing="Sebutkan hari dan loketnya")

    citizen.answer(
        "Complete the report",
        {"supplement": "Senin, loket 3", "supplement_documents": "foto.txt"},
        reads="Sebutkan hari dan loketnya",
    )

    office.do("verify", verdict="valid", supervised="no")
    office.do("dispose", disposition_choice="incomplete", disposition_reason="Nomor antrean tidak disebut")
    citizen.answer(
        "Complete the report for the agency", {"supplement": "Nomor 17"}, reads="Nomor antrean tidak disebut"
    )
    office.do("dispose", disposition_choice="forward", unit_name="Bidang layanan")
    office.do("follow_up", follow_up_note="Loket ditambah", draft_answer="Loket sudah ditambah")
    office.do("approve_answer", approval="approved")
    office.do("publish", answer_text="Loket sudah ditambah menjadi lima", is_masked=True)
    citizen.answer("Reply to the answer", {"reply": "resolved", "rating": "5"}, reads="menjadi lima")

    citizen.reads("Closed on")
    citizen.rate()


def test_a_permit_is_applied_for_completed_and_its_refusal_objected_to(citizen: Citizen, site: Any) -> None:
    answers = {
        "applicant": APPLICANT,
        "represented": "no",
        "building": {
            "location": "Jalan Mawar 10",
            "floors": "4",
            "floor_area": "850",
            "land_area": "1200",
            "prototype": "no",
            "wide_span": "no",
            "worship": "no",
            "flood_prone": "no",
        },
        "signed": "true",
    }
    office = Office(site.sessions, citizen.apply("building_permit", answers))
    office.do("check_completeness", completeness="incomplete", missing="Gambar struktur belum ada")

    citizen.answer(
        "Complete the application",
        {"supplement": "Terlampir", "supplement_documents": "struktur.txt"},
        reads="Gambar struktur belum ada",
    )

    office.do("check_completeness", completeness="complete", classification="not_simple")
    office.do("assign_examiners", examiners=[{"user": "hadi"}], no_conflict=True)
    office.do("schedule_consultation", consultation_date=TODAY, consultation_place="Dinas")
    office.do("examine_tpa", examination_result="re_register")
    office.do("draw_up_minutes", conclusion="re_register", minutes_number="BA-1", minutes_note="Struktur belum aman")
    office.do("sign_minutes_tpa", signature_statement="Setuju")
    citizen.answer(
        "Accept or object",
        {"objection_choice": "object", "objection_reason": "Keliru membaca gambar"},
        reads="Struktur belum aman",
    )
    office.do("decide_objection", objection_decision="rejected", objection_grounds="Perhitungan tetap kurang")
    citizen.answer("Accept or appeal", {"appeal_choice": "accept"}, reads="Perhitungan tetap kurang")

    citizen.reads("Closed on")
    citizen.rate()
