"""A citizen at the pages of the window, and the office behind them: for tests in the browser, and for pictures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select, update

from engine import jobs, messages, tasks, timers
from engine.access import SYSTEM
from engine.database import Sessions
from engine.models import Instance, Job, JobKind, Task, TaskStatus

LEASE = timedelta(minutes=1)
APPLICANT = {
    "name": "Siti Rahma",
    "nik": "3273014107900001",
    "address": "Jalan Asia Afrika 1, Bandung",
    "phone": "081234567890",
    "email": "siti@contoh.id",
}

REQUEST = {
    "channel": "web",
    "applicant": {**APPLICANT, "kind": "person"},
    "request": {"details": "Laporan", "purpose": "Penelitian", "obtain_way": "copy", "send_way": "email"},
}

TODAY = f"{datetime.now(UTC):%Y-%m-%d}"
COMPLAINT = {
    "kind": "complaint",
    "subject": "service",
    "identity_mode": "open",
    "identity": APPLICANT,
    "report": {"title": "Antrean", "content": "Lima jam", "location": "Bandung", "agency": "Dinas"},
    "service_date": TODAY,
    "signed": "true",
}
PERMIT = {
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


class Citizen:
    """Somebody at a browser; ``look`` checks the page that is there.

    ``words`` are the names of buttons in another language, by those in English.
    """

    def __init__(self, page: Page, look: Callable[[Page], None], words: Mapping[str, str] | None = None) -> None:
        self.page = page
        self.look = look
        self.words = words or {}
        self.receipt = ""

    def apply(self, process_id: str, answers: Mapping[str, Any]) -> str:
        """Apply to an agency, answering until nothing more is asked; return the number on the receipt."""
        self.page.goto(f"/services/{process_id}/apply?agency=dinas-kominfo")
        self.press("Continue")
        assert self.page.locator(".govuk-error-summary").count() == 1
        self.look(self.page)
        for _ in range(4):
            self.fill(answers)
            self.press("Continue")
            if self.page.locator("form[action$='/applications']").count():
                break
        self.look(self.page)
        self.press("Send the application")
        self.look(self.page)
        assert self.page.get_attribute(".alur-receipt__code", "src").startswith("data:image/svg+xml")
        self.receipt = self.page.inner_text("#receipt-number")
        self.press("Open my case")
        return self.receipt

    def wrong_door(self) -> None:
        """Try to open a case with a number that does not exist."""
        self.page.goto("/tracking")
        self.look(self.page)
        self.page.fill("#receipt", "PPID/dinas-kominfo/2026/999999")
        self.page.fill("#secret", "wrong")
        self.press("Open")
        assert self.page.locator(".govuk-error-summary").count() == 1
        self.look(self.page)

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
        name = self.words.get(name, name)
        self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("link", name=name, exact=True)
        ).first.click()
        self.page.wait_for_load_state()

    def answer(self, what: str, answers: Mapping[str, Any], *, reads: str = "") -> None:
        """Open the case, then what is asked, read the officer's words, and send the answers."""
        self.page.goto("/tracking/case")
        self.look(self.page)
        self.press(what)
        self.look(self.page)
        said = self.page.inner_text("main")
        assert reads in said, said
        assert "00:00" not in said, said  # a last day is told, not the midnight after it
        for _ in range(3):
            self.fill(answers)
            self.press("Send")
            if self.page.url.partition("?")[0].endswith("/tracking/case"):
                break
        assert self.page.locator(".govuk-notification-banner--success").count() == 1

    def send(self, what: str, answers: Mapping[str, Any]) -> None:
        """Open the case, then something that it offers; send it empty, which is refused, and then with the answers."""
        self.page.goto("/tracking/case")
        self.press(what)
        self.look(self.page)
        self.press("Send")
        assert self.page.locator(".govuk-error-summary").count() == 1
        self.look(self.page)
        self.fill(answers)
        self.press("Send")
        assert self.page.locator(".govuk-notification-banner--success").count() == 1
        self.look(self.page)

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

    def open_steps(self) -> set[str]:
        """Return the steps whose tasks are open."""
        with self.sessions() as session:
            query = select(Task.step).join(Instance, Instance.id == Task.instance_id)
            found = session.scalars(query.where(Instance.receipt == self.receipt, Task.status == TaskStatus.OPEN))
            return {step.rpartition(":")[2] for step in found}

    def refuse_permit(self) -> None:
        """Examine a complete application, with the result that it must be registered again."""
        self.do("check_completeness", completeness="complete", classification="not_simple")
        self.do("assign_examiners", examiners=[{"user": "hadi"}], no_conflict=True)
        self.do("schedule_consultation", consultation_date=TODAY, consultation_place="Dinas")
        self.do("examine_tpa", examination_result="re_register")
        self.do("draw_up_minutes", conclusion="re_register", minutes_number="BA-1", minutes_note="Struktur belum aman")
        self.do("sign_minutes_tpa", signature_statement="Setuju")

    def recommend_permit(self) -> None:
        """Examine an application with a good result, and work out what it costs."""
        self.do("check_completeness", completeness="complete", classification="not_simple")
        self.do("assign_examiners", examiners=[{"user": "hadi"}], no_conflict=True)
        self.do("schedule_consultation", consultation_date=TODAY, consultation_place="Dinas")
        self.do("examine_tpa", examination_result="recommend")
        self.do("draw_up_minutes", conclusion="recommend", minutes_number="BA-1", minutes_note="Pleno sepakat")
        self.do("sign_minutes_tpa", signature_statement="Setuju")
        lines = [{"item": "Bangunan gedung", "volume": 850, "rate": 12500}]
        self.do("calculate_retribution", retribution_lines=lines, retribution_basis="Perda Retribusi")

    def bill_permit(self) -> None:
        """Go on with a permit whose data the applicant confirmed, until it is to be paid."""
        self.do("review_file", roll_back="none")
        self.do("sign_sppst", sppst_number="SPPST-8", sppst_date=TODAY, retribution_fixed=True)
        self.do("recheck_file")

    def let_days_pass(self, days: int) -> None:
        """Let the timers of the case fire that are due within some days; other cases do not notice."""
        later = datetime.now(UTC) + timedelta(days=days)
        while True:
            with self.sessions.begin() as session:
                own = (
                    Job.instance_id
                    == session.scalars(select(Instance.id).where(Instance.receipt == self.receipt)).one()
                )
                session.execute(update(Job).where(Job.kind == JobKind.TIMER, own).values(available_at=Job.due_at))
                session.execute(update(Job).where(Job.kind == JobKind.TIMER, ~own).values(available_at=later + LEASE))
                claimed = jobs.claim(session, [JobKind.TIMER], owner="t", limit=1, lease=LEASE, now=later)
                for job in claimed:
                    timers.fire(session, job, now=later)
            self.let_systems_answer(later)
            if not claimed:
                return

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
