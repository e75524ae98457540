"""The record of a case to be taken along: as JSON for machines, as PDF for people."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from api import records
from api.dependencies import AllSessions, Reading
from api.pages import dates, history
from api.pages.casefile import CaseFile, Term, case_file, full_names
from api.pages.sheets import Sheets
from api.pages.visitor import SignedIn, Visitor
from api.pages.words import article
from engine import instances, journal, tasks
from engine.manifest import Texts, Unit
from engine.models import Agency, InstanceStatus, JournalEntry, Task, TaskStatus

router = APIRouter(include_in_schema=False, prefix="/cases/{instance_id}")
# What people read has an end; the JSON has all of it.
MOST_ENTRIES = 2_000
MOST_TASKS = 500
_STATES = {
    InstanceStatus.RUNNING: ("Berjalan", "Running"),
    InstanceStatus.COMPLETED: ("Selesai", "Completed"),
    InstanceStatus.CANCELLED: ("Dibatalkan", "Cancelled"),
    InstanceStatus.FAILED: ("Gagal", "Failed"),
}
_UNITS = {
    Unit.WORKING_DAYS: ("hari kerja", "working days"),
    Unit.CALENDAR_DAYS: ("hari kalender", "calendar days"),
    Unit.CLOCK_HOURS: ("jam", "hours"),
}


@router.get("/record.json")
def send_json(instance_id: UUID, visitor: SignedIn, session: Reading, sessions: AllSessions) -> Response:
    """Send everything of a case as JSON."""
    return records.sent(session, sessions, instance_id, visitor.actor, made_at=visitor.now)


@router.get("/record.pdf")
def send_pdf(instance_id: UUID, visitor: SignedIn, session: Reading) -> Response:
    """Send a case as a record that people read and keep."""
    file = case_file(session, instance_id, visitor)
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in file.instance.receipt)
    return Response(
        _Record(session, file, visitor).pdf(),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"},
    )


class _Record:
    """The text of a record, in the visitor's language."""

    def __init__(self, session: Session, file: CaseFile, visitor: Visitor) -> None:
        self.session, self.file, self.visitor = session, file, visitor
        self.case, self.compiled = file.instance, file.compiled
        self.sheets = Sheets()
        self.names: dict[str, str] = dict(file.names)

    def pdf(self) -> bytes:
        """Return the record."""
        title = self._say("Catatan perkara {receipt}", "Record of case {receipt}").format(receipt=self.case.receipt)
        self.sheets.title(title)
        self._about()
        self._request()
        self._terms()
        self._tasks(tasks.tasks_of(self.session, self.case.id, viewer=self.visitor.actor))
        self._documents()
        self._belonging()
        self._journal()
        made = self._say("Dibuat {at} oleh {who}", "Made {at} by {who}")
        return self.sheets.pdf(
            title=title,
            language=self.visitor.language,
            foot=made.format(at=self._moment(self.visitor.now), who=self.visitor.full_name),
            page_of=self._say("Halaman {page} dari {pages}", "Page {page} of {pages}"),
        )

    def _about(self) -> None:
        case, manifest = self.case, self.compiled.manifest
        fact = self.sheets.fact
        version = self._say("versi", "version")
        fact(self._say("Proses", "Process"), f"{self._text(manifest.title)} ({version} {self.compiled.number})")
        fact(self._say("Instansi", "Agency"), self.session.get_one(Agency, case.agency_id).name)
        if case.subject:
            fact(self._say("Pokok", "Subject"), case.subject)
        if case.business_key:
            fact(self._say("Kunci", "Key"), case.business_key)
        outcome = f": {self.compiled.outcome_name(case.outcome, self.visitor.language)}" if case.outcome else ""
        fact(self._say("Keadaan", "State"), f"{self._say(*_STATES[case.status])}{outcome}")
        if case.citizen_step is not None and case.citizen_step in manifest.citizen_status:
            told = self._text(manifest.citizen_status[case.citizen_step])
            fact(self._say("Dibaca pemohon", "The applicant reads"), told)
        fact(self._say("Dimulai", "Started"), f"{self._moment(case.started_at)}, {self._name(case.started_by)}")
        if case.ended_at:
            fact(self._say("Berakhir", "Ended"), self._moment(case.ended_at))

    def _request(self) -> None:
        if self.file.facts:
            self.sheets.heading(self._say("Permohonan", "Request"))
            for label, value in self.file.facts:
                self.sheets.fact(label, value)

    def _terms(self) -> None:
        if self.file.terms:
            self.sheets.heading(self._say("Tenggat dan hukumnya", "Terms and their law"))
        for term in self.file.terms:
            self._term(term)

    def _term(self, term: Term) -> None:
        state, run = term.state, term.state.run
        title = state.name if term.rule is None else self._text(term.rule.title)
        self.sheets.text(title if state.number == 1 else f"{title} ({state.number})", bold=True)
        added = f" + {run.added}" if run.added else ""
        counted = self._say("dihitung sejak", "counted from")
        amount = f"{run.amount}{added} {self._say(*_UNITS[run.unit])}, {counted} {self._day(run.started_at)}."
        if not state.is_open:
            amount += f" {self._say('Berakhir', 'Ended')} {self._moment(state.ended_at)}."
        elif run.is_standing:
            amount += f" {self._say('Jam berhenti sejak', 'The clock stands since')} {self._day(run.pauses[-1].since)}."
        elif state.moments is not None:
            amount += f" {self._say('Jatuh tempo', 'Due')} {self._day(state.moments.due_on)}."
        self.sheets.text(amount)
        if term.rule is not None and term.basis is not None:
            self.sheets.text(f"{term.basis.cite}, {article(term.rule.law, self.visitor.language)}", small=True)
        for told in term.changes:
            self.sheets.text(f"• {told}", small=True, indent=10)
        self.sheets.gap()

    def _tasks(self, found: Sequence[Task]) -> None:
        if not found:
            return
        self.sheets.heading(self._say("Tugas", "Tasks"))
        self._learn({name for task in found for name in (task.assignee, task.ended_by) if name})
        for task in found[:MOST_TASKS]:
            self.sheets.text(self.compiled.step_name(task.step, self.visitor.language), bold=True)
            self.sheets.text(self._state_of(task), small=True)
            self.sheets.gap(3)
        self._left_out(len(found) - MOST_TASKS)

    def _state_of(self, task: Task) -> str:
        opened = f"{self._say('Dibuka', 'Opened')} {self._moment(task.opened_at)}."
        if task.status is TaskStatus.OPEN:
            held = self._say("Dipegang {who}.", "Held by {who}.").format(who=self._name(task.assignee))
            return f"{opened} {held if task.assignee else self._say('Belum dipegang.', 'Held by nobody.')}"
        ended = self._say("Diselesaikan", "Completed")
        if task.status is TaskStatus.WITHDRAWN:
            ended = self._say("Tidak diperlukan lagi", "No longer needed")
        return f"{opened} {ended} {self._moment(task.ended_at)}, {self._name(task.ended_by)}."

    def _documents(self) -> None:
        if self.file.documents:
            self.sheets.heading(self._say("Berkas", "Files"))
        for paper in self.file.documents:
            self.sheets.text(paper.name, bold=True)
            bytes_ = f"{paper.size_bytes:,}".replace(",", "," if self.visitor.language == "en" else ".")
            self.sheets.text(
                f"{paper.media_type}, {bytes_} byte, {self._moment(paper.at)}, {self._name(paper.actor)}", small=True
            )
            self.sheets.text(f"SHA-256 {paper.sha256}", small=True)
            self.sheets.gap(3)

    def _belonging(self) -> None:
        passages = instances.passages(self.session, self.case.id)
        related = instances.related(self.session, self.case, viewer=self.visitor.actor)
        self._learn({each.actor for each in passages})
        if passages:
            self.sheets.heading(self._say("Serah terima antarinstansi", "Handed over between agencies"))
        for each in passages:
            step = f": {self.compiled.step_name(each.step, self.visitor.language)}" if each.step else ""
            self.sheets.text(f"{each.giver} – {each.taker}{step}")
            why = f": {each.reason}" if each.reason else ""
            self.sheets.text(f"{self._moment(each.at)}, {self._name(each.actor)}{why}", small=True)
        if related:
            self.sheets.heading(self._say("Perkara terkait", "Related cases"))
        for other in related:
            self.sheets.text(f"{other.instance.receipt} ({self._say(*_STATES[other.instance.status])})")

    def _journal(self) -> None:
        self.sheets.heading(self._say("Jurnal", "Journal"))
        fault = journal.verify(self.session, self.case.id)
        whole = self._say(
            "Lengkap: {n} catatan, masing-masing seperti waktu ditulis. Hash terakhir {hash}.",
            "Complete: {n} entries, each as it was written. Last hash {hash}.",
        )
        broken = self._say("Jurnal ini tidak utuh: {fault}", "This journal is not intact: {fault}")
        told = whole if fault is None else broken
        self.sheets.text(
            told.format(
                n=self.case.journal_length,
                hash=self.case.journal_hash.hex(),
                fault="" if fault is None else fault.message,
            ),
            small=True,
        )
        found = list(reversed(journal.latest(self.session, self.case.id, MOST_ENTRIES)))
        self._learn({entry.actor for entry in found})
        self._left_out(self.case.journal_length - len(found))
        self._entries(found)

    def _entries(self, found: Sequence[JournalEntry]) -> None:
        for event in history.events(found, self.compiled, self.visitor.language, self.visitor.actor.roles):
            self.sheets.text(event.sentence)
            for path, old, new in event.changes:
                told = self._say("{path}: dari “{old}” menjadi “{new}”", "{path}: from “{old}” to “{new}”")
                self.sheets.text(told.format(path=path, old=old, new=new), indent=10)
            self.sheets.text(f"{event.sequence}. {self._moment(event.at)}, {self._name(event.actor)}", small=True)
            self.sheets.gap(3)

    def _left_out(self, number: int) -> None:
        if number > 0:
            told = self._say(
                "{n} lainnya tidak dicetak; semuanya ada dalam berkas JSON.",
                "{n} more are not printed; all of them are in the JSON file.",
            )
            self.sheets.text(told.format(n=number), small=True)

    def _learn(self, names: set[str]) -> None:
        self.names |= full_names(self.session, names - self.names.keys())

    def _name(self, actor: str | None) -> str:
        return self.names.get(actor or "", actor or "–")

    def _say(self, indonesian: str, english: str) -> str:
        return english if self.visitor.language == "en" else indonesian

    def _text(self, texts: Texts) -> str:
        return texts.get(self.visitor.language) or next(iter(texts.values()), "")

    def _day(self, value: date | datetime | None) -> str:
        return dates.day(value, self.visitor.language, self.visitor.zone)

    def _moment(self, value: datetime | None) -> str:
        return dates.moment(value, self.visitor.language, self.visitor.zone)
