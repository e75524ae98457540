from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import calendars, models, terms
from engine.bpmn.waits import StepEvent, StepEventKind, Wait, WaitKind
from engine.calendars import Day
from engine.database import Sessions, uuid7
from engine.errors import NotPossibleNow
from engine.manifest import Manifest, read_manifest
from engine.models import NO_DUE_TIME, Case, DayKind, InstanceStatus, JobKind, JobStatus, TermStatus
from engine.terms import Mark, Note
from engine.writes import Writes

MANIFEST = """\
id: request
title: {id: x}
authority: {id: x}
in_force_from: 2026-01-01
languages: [id]
legal_basis: {law: {cite: UU 14/2008, title: {id: x}}}
roles: {officer: {title: {id: x}, kind: office}}
start: {by: [officer]}
terms:
  answer:
    title: {id: x}
    amount: AMOUNT
    unit: working_days
    starts: {completed: register}
    stops: [complete_request, ask_again]
    ends: [{completed: deliver}, {entered: refused}]
    extension: {amount: 7, on: {completed: extend}}
    warn: {before: 2}
    escalate: {after: 1}
    silence: objection
    law: {basis: law, article: "22(7)", status: confirmed}
retention: {period: P5Y}
"""
START = datetime(2026, 4, 6, 3, tzinfo=UTC)  # Monday morning; no day off is near


@dataclass
class Story:
    """An instance whose steps are told by hand."""

    session: Session
    manifest: Manifest
    case: Case
    variables: dict[str, Any] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)

    def happens(
        self,
        what: str,
        step: str,
        *,
        day: int = 6,
        token: int = 1,
        month: int = 4,
        status: InstanceStatus = InstanceStatus.RUNNING,
    ) -> list[Note]:
        """Let something happen to a step at ten in the morning of a day in April 2026; return what is noted."""
        writes = Writes()
        followed = terms.follow(
            self.session,
            writes,
            self.case,
            self.manifest,
            [StepEvent(StepEventKind(what), step, token)],
            status=status,
            waits=lambda: self.waits,
            variables=lambda: self.variables,
            now=datetime(2026, month, day, 3, tzinfo=UTC),
        )
        writes.flush(self.session)
        return list(followed.notes)

    def state(self) -> terms.TermState:
        return terms.latest_states(self.session, self.case.id)["answer"]

    def due_on(self) -> date | None:
        moments = self.state().moments
        return None if moments is None else moments.due_on

    def job(self, kind: JobKind, payload: Mapping[str, Any]) -> datetime | None:
        """Return when the job with this payload is due; None: there is no such job."""
        table = models.Job
        due: datetime | None = self.session.scalar(
            select(table.due_at).where(table.instance_id == self.case.id, table.kind == kind, table.payload == payload)
        )
        return due

    def waits_for(self, mark: str) -> None:
        """Let a timer of the model wait for the term."""
        row = {
            "id": uuid7(START),
            "kind": JobKind.TIMER,
            "status": JobStatus.OPEN,
            "instance_id": self.case.id,
            "token": 9,
            "step": "timer",
            "due_at": NO_DUE_TIME,
            "available_at": NO_DUE_TIME,
            "fence": 0,
            "attempts": 0,
            "max_attempts": 3,
            "payload": terms.timer_payload("answer", mark),
            "created_at": START,
        }
        self.session.execute(insert(models.Job), [row])


def story_of(session: Session, amount: str) -> Story:
    agency, version, instance = uuid7(START), uuid7(START), uuid7(START)
    session.add(
        models.Agency(
            id=agency, code="PUSAT", name="x", parent_id=None, time_zone="Asia/Jakarta", active=True, created_at=START
        )
    )
    session.flush()
    calendars.seed(session, [2026], actor="system", now=START)
    session.add(
        models.Version(
            id=version,
            process_id="request",
            number=1,
            sha256="x",
            status=models.VersionStatus.DRAFT,
            in_force_from=date(2026, 1, 1),
            manifest={},
            package=b"",
            uses={},
            offices=[],
            findings=[],
            deployed_at=START,
            deployed_by="x",
        )
    )
    session.flush()
    session.add(
        models.Instance(
            id=instance,
            version_id=version,
            process_id="request",
            agency_id=agency,
            status=InstanceStatus.RUNNING,
            revision=1,
            state=b"",
            receipt="1",
            search="1",
            started_at=START,
            started_by="x",
            journal_length=0,
            journal_hash=b"",
        )
    )
    session.flush()
    manifest = read_manifest(MANIFEST.replace("AMOUNT", amount).encode()).manifest
    return Story(session, manifest, Case(instance, version, "request", agency, START))


@pytest.fixture
def story(sessions: Sessions) -> Iterator[Story]:
    with sessions.begin() as session:
        yield story_of(session, "10")


def kinds(notes: list[Note]) -> list[str]:
    return [note.kind for note in notes]


def midnight(day: int, month: int = 4) -> datetime:
    """The local midnight with which a day in Jakarta begins."""
    return datetime(2026, month, day, tzinfo=UTC) - timedelta(hours=7)


def test_a_term_starts_with_its_step_and_is_journalled_with_its_law(story: Story) -> None:
    notes = story.happens("completed", "register")

    assert [note.data for note in notes] == [
        {
            "term": "answer",
            "run": 1,
            "due": "2026-04-20T17:00:00+00:00",
            "due_on": "2026-04-20",
            "confirmed": True,
            "amount": 10,
            "unit": "working_days",
            "law": {"basis": "law", "article": "22(7)", "status": "confirmed"},
        }
    ]
    assert story.state().versions == ("national 2026/1",)


def test_a_step_of_a_called_process_is_meant_too(story: Story) -> None:
    assert kinds(story.happens("completed", "intake:register")) == ["term.started"]


@pytest.mark.parametrize(("what", "step"), [("entered", "register"), ("completed", "other"), ("cancelled", "register")])
def test_other_events_start_nothing(story: Story, what: str, step: str) -> None:
    assert story.happens(what, step) == []


def test_a_term_that_runs_is_not_started_again(story: Story) -> None:
    story.happens("completed", "register")

    assert story.happens("completed", "register", day=8) == []
    assert story.due_on() == date(2026, 4, 20)


def test_the_clock_stands_while_a_step_waits_for_the_applicant_and_then_moves_the_due_day(story: Story) -> None:
    story.happens("completed", "register")
    story.waits_for("due")

    stopped = story.happens("entered", "complete_request", day=8, token=7)
    due_while_standing = story.due_on(), story.job(JobKind.TIMER, {"mark": "due", "term": "answer"})
    resumed = story.happens("completed", "complete_request", day=10, token=7)

    assert kinds(stopped) == ["term.stopped"]
    assert due_while_standing == (None, NO_DUE_TIME)
    assert kinds(resumed) == ["term.resumed"]
    assert resumed[0].data["stopped"] == "2026-04-08T03:00:00+00:00"
    assert story.due_on() == date(2026, 4, 22)
    assert story.job(JobKind.TIMER, {"mark": "due", "term": "answer"}) == midnight(23)


def test_the_clock_stands_until_the_last_stopping_step_closes(story: Story) -> None:
    story.happens("completed", "register")
    story.happens("entered", "complete_request", day=7, token=7)

    second = story.happens("entered", "ask_again", day=8, token=8)
    first_closes = story.happens("completed", "complete_request", day=9, token=7)
    last_closes = story.happens("cancelled", "ask_again", day=10, token=8)

    assert (second, first_closes, kinds(last_closes)) == ([], [], ["term.resumed"])
    assert story.state().status is TermStatus.RUNNING


def test_a_term_that_starts_while_the_applicant_is_asked_stands_at_once(story: Story) -> None:
    story.waits.append(Wait(7, WaitKind.USER, "complete_request", 0))

    story.happens("completed", "register")

    assert story.state().status is TermStatus.STOPPED
    assert kinds(story.happens("completed", "complete_request", day=8, token=7)) == ["term.resumed"]
    assert story.due_on() == date(2026, 4, 22)


def test_an_extension_moves_the_due_day_once(story: Story) -> None:
    story.happens("completed", "register")

    first = story.happens("completed", "extend", day=17)
    second = story.happens("completed", "extend", day=20)

    assert kinds(first) == ["term.extended"]
    assert kinds(second) == ["term.extension_refused"]
    assert second[0].data["reason"] == "extended 1 of 1 times already"
    assert story.due_on() == date(2026, 4, 29)


@pytest.mark.parametrize(("day", "noted"), [(20, "term.extended"), (21, "term.extension_refused")])
def test_an_extension_must_be_noticed_before_the_term_is_due(story: Story, day: int, noted: str) -> None:
    story.happens("completed", "register")

    assert kinds(story.happens("completed", "extend", day=day)) == [noted]


@pytest.mark.parametrize(("day", "late"), [(20, False), (21, True)])
def test_the_end_of_a_term_says_whether_it_was_late(story: Story, day: int, late: bool) -> None:
    story.happens("completed", "register")
    story.waits_for("due")

    notes = story.happens("completed", "deliver", day=day)

    assert kinds(notes) == ["term.ended"]
    assert notes[0].data["late"] is late
    assert story.job(JobKind.TIMER, {"mark": "due", "term": "answer"}) == NO_DUE_TIME
    assert story.job(JobKind.TERM, {"run": 1, "term": "answer"}) is None


def test_a_term_that_has_ended_starts_again_as_a_new_run(story: Story) -> None:
    story.happens("completed", "register")
    story.happens("completed", "extend", day=7)
    story.happens("completed", "deliver", day=8)

    notes = story.happens("completed", "register", day=9)

    assert [note.data["run"] for note in notes] == [2]
    assert (story.state().extensions, story.due_on()) == (0, date(2026, 4, 23))


def test_terms_end_with_their_instance(story: Story) -> None:
    story.happens("completed", "register")

    notes = story.happens("completed", "other", day=8, status=InstanceStatus.CANCELLED)

    assert kinds(notes) == ["term.ended"]
    assert story.state().status is TermStatus.ENDED


def test_the_timers_of_a_model_learn_when_their_term_starts(story: Story) -> None:
    for mark in Mark:
        story.waits_for(mark.value)

    story.happens("completed", "register")

    due = [story.job(JobKind.TIMER, terms.timer_payload("answer", mark.value)) for mark in Mark]
    assert due == [midnight(16), midnight(21), midnight(22)]


def test_a_timer_asks_when_its_term_is_due(story: Story) -> None:
    nothing = terms.Followed()
    before = nothing.moment(story.session, story.case.id, "answer", "due")
    story.happens("completed", "register")
    running = nothing.moment(story.session, story.case.id, "answer", "due")
    story.happens("completed", "deliver", day=8)
    after = nothing.moment(story.session, story.case.id, "answer", "due")

    assert (before, running, after) == (NO_DUE_TIME, midnight(21), NO_DUE_TIME)


def test_the_amount_may_come_from_a_decision(sessions: Sessions) -> None:
    with sessions.begin() as session:
        story = story_of(session, "=tier.days")
        story.variables = {"tier": {"days": 5}}

        story.happens("completed", "register")

        assert story.due_on() == date(2026, 4, 13)


@pytest.mark.parametrize("tier", [{}, {"days": "five"}, {"days": 2.5}, {"days": -1}, {"days": True}])
def test_an_amount_that_is_no_whole_number_stops_the_act(sessions: Sessions, tier: dict[str, Any]) -> None:
    with sessions.begin() as session:
        story = story_of(session, "=tier.days")
        story.variables = {"tier": tier}

        with pytest.raises(NotPossibleNow, match=r"Expected a whole number for the term answer from tier\.days, found"):
            story.happens("completed", "register")


def reached(story: Story, day: int, hour: int = 3) -> list[Note]:
    writes = Writes()
    now = datetime(2026, 4, day, hour, tzinfo=UTC)
    notes = terms.reach(story.session, writes, story.case, "answer", 1, now=now)
    writes.flush(story.session)
    return notes


def test_warning_breach_and_escalation_are_noted_one_after_the_other(story: Story) -> None:
    own = {"run": 1, "term": "answer"}
    story.happens("completed", "register")
    waits = [story.job(JobKind.TERM, own)]

    noted = []
    for day in (16, 21, 22):
        noted += kinds(reached(story, day))
        waits.append(story.job(JobKind.TERM, own))

    assert noted == ["term.warned", "term.breached", "term.escalated"]
    assert waits == [midnight(16), midnight(21), midnight(22), NO_DUE_TIME]


def test_marks_that_passed_unnoticed_are_all_noted(story: Story) -> None:
    story.happens("completed", "register")

    assert kinds(reached(story, 30)) == ["term.warned", "term.breached", "term.escalated"]
    assert reached(story, 30) == []


def test_a_job_that_comes_too_early_notes_nothing(story: Story) -> None:
    story.happens("completed", "register")
    story.happens("entered", "complete_request", day=8)

    assert reached(story, 16) == []


def test_a_warning_comes_again_when_the_term_moved(story: Story) -> None:
    story.happens("completed", "register")
    reached(story, 16)

    story.happens("completed", "extend", day=17)

    assert story.job(JobKind.TERM, {"run": 1, "term": "answer"}) == midnight(27)
    assert kinds(reached(story, 27)) == ["term.warned"]


def test_a_changed_calendar_moves_running_terms_and_their_timers(story: Story) -> None:
    story.happens("completed", "register")
    story.waits_for("due")
    days = {date(2026, 4, 14): Day(DayKind.HOLIDAY, "Pilkada")}
    calendars.put(story.session, story.case.agency_id, 2026, days, source="SK", actor="admin", now=START)

    writes = Writes()
    touched = terms.affected(story.session, story.case.agency_id)
    notes = list(terms.recount(story.session, writes, story.case, now=START).notes)
    writes.flush(story.session)

    assert list(touched) == [story.case.id]
    assert kinds(notes) == ["term.recounted"]
    assert (notes[0].data["due_before"], notes[0].data["due_on"]) == ("2026-04-20T17:00:00+00:00", "2026-04-21")
    assert notes[0].data["confirmed"] is False
    assert story.job(JobKind.TIMER, {"mark": "due", "term": "answer"}) == midnight(22)
    assert story.state().versions == ("national 2026/1", "PUSAT 2026/1")


def test_counting_again_without_a_change_notes_nothing(story: Story) -> None:
    story.happens("completed", "register")

    assert terms.recount(story.session, Writes(), story.case, now=START).notes == ()


def test_ended_terms_are_not_affected_by_calendars(story: Story) -> None:
    story.happens("completed", "register")
    story.happens("completed", "deliver", day=8)

    assert list(terms.affected(story.session, None)) == []


def test_expressions_read_terms_as_texts(story: Story) -> None:
    story.happens("completed", "register")

    assert terms.context(story.session, story.case.id) == {
        "answer": {
            "status": "running",
            "due_on": "2026-04-20",
            "warn": "2026-04-15T17:00:00+00:00",
            "due": "2026-04-20T17:00:00+00:00",
            "escalate": "2026-04-21T17:00:00+00:00",
            "extensions": 0,
        }
    }


def test_an_unknown_instance_has_no_terms(story: Story) -> None:
    assert terms.context(story.session, UUID(int=0)) == {}
