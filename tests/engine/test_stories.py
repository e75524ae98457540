import json
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from engine.errors import Invalid
from engine.notation import read_yaml
from engine.stories import (
    Answer,
    Cancel,
    Complete,
    Expect,
    HandOver,
    Office,
    Refusal,
    Send,
    Story,
    WaitUntil,
    read_story,
)

TEXT = """\
name: Permohonan dijawab dalam sepuluh hari kerja
name_en: A request is answered within ten working days
source: UU 14/2008 art 22(7)
people: {budi: [officer]}
agencies: {KOTA: {time_zone: Asia/Makassar, days_off: [2026-03-09]}, PUSAT: {weekdays: [0, 1, 2, 3, 4, 5]}}
start: {at: 2026-03-02T09:00:00+07:00, by: siti, data: {subject: jalan}}
steps:
  - {complete: register, by: budi, at: 2026-03-02T10:00:00+07:00, data: {a: 1}, item: 2}
  - wait_until: 2026-03-16T00:00:00+07:00
  - {message: reply, key: 12, data: {b: 2}}
  - {signal: storm}
  - {answer: registry.lookup, error: NOT_FOUND}
  - {answer: registry.lookup, fails: timeout}
  - expect: {open: [decide], term: {answer: {due: 2026-03-16, status: running}}}
  - {refused: decide, by: budi, because: form, path: reason}
  - {hand_over: PUSAT, by: rina, reason: bukan wewenang}
  - {cancel: dicabut, by: rina}
expect: {status: completed, ended: [granted]}
"""


def story_of(text: str) -> Story:
    return read_story(read_yaml(text.encode(), file="scenarios/x.yaml"))


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def test_the_schema_of_scenarios_is_a_correct_schema() -> None:
    Draft202012Validator.check_schema(json.loads(files("engine").joinpath("scenario.schema.json").read_bytes()))


def test_a_scenario_becomes_typed_acts_that_know_their_lines() -> None:
    story = story_of(TEXT)

    assert [type(act) for act in story.acts] == [
        Complete,
        WaitUntil,
        Send,
        Send,
        Answer,
        Answer,
        Expect,
        Complete,
        HandOver,
        Cancel,
    ]
    assert [act.place.line for act in story.acts] == [8, 9, 10, 11, 12, 13, 14, 15, 16, 17]
    assert story.expectation.wanted == {"status": "completed", "ended": ["granted"]}


def test_acts_carry_what_the_file_says() -> None:
    complete, wait, message, signal, error, fails, _, refused, give, cancel = story_of(TEXT).acts

    assert isinstance(complete, Complete)
    assert (complete.step, complete.by, complete.data, complete.item) == ("register", "budi", {"a": 1}, 2)
    assert wait.at == datetime(2026, 3, 15, 17, tzinfo=UTC)
    assert isinstance(message, Send)
    assert isinstance(signal, Send)
    assert (message.key, message.is_signal, signal.key, signal.is_signal) == ("12", False, None, True)
    assert isinstance(error, Answer)
    assert isinstance(fails, Answer)
    assert (error.error, error.fails, fails.error, fails.fails) == ("NOT_FOUND", None, None, "timeout")
    assert isinstance(refused, Complete)
    assert (refused.because, refused.path) == (Refusal.FORM, "reason")
    assert isinstance(give, HandOver)
    assert isinstance(cancel, Cancel)
    assert (give.agency, give.reason, cancel.reason) == ("PUSAT", "bukan wewenang", "dicabut")


def test_agencies_and_people_are_as_told() -> None:
    story = story_of(TEXT)

    assert story.agencies == (
        Office("KOTA", "Asia/Makassar", (date(2026, 3, 9),)),
        Office("PUSAT", weekdays=(0, 1, 2, 3, 4, 5)),
    )
    assert story.people == {"budi": ("officer",)}


def test_without_agencies_there_is_one_in_jakarta() -> None:
    story = story_of(changed(TEXT.splitlines()[4] + "\n", ""))

    assert story.agencies == (Office("PUSAT", "Asia/Jakarta"),)


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("complete: register", "completes: register", "scenario.range", 8),
        (", because: form", "", "scenario.required", 15),
        ("because: form", "because: anger", "scenario.choice", 15),
        ("T10:00:00+07:00", "T10:00:00", "scenario.format", 8),
        ("wait_until: 2026-03-16", "wait_until: 2026-02-16", "scenario.backwards", 9),
        ("at: 2026-03-02T09", "at: 2026-02-30T09", "scenario.moment", 6),
        ("open: [decide]", "opened: [decide]", "scenario.unknown-key", 14),
        ("due: 2026-03-16", "due: soon", "scenario.shape", 14),
        ("status: completed", "status: done", "scenario.choice", 18),
        ("Asia/Makassar", "Asia/Mars", "scenario.zone", 5),
        ("2026-03-09", "2026-02-30", "scenario.day", 5),
        ("weekdays: [0, 1,", "weekdays: [0, 7,", "scenario.range", 5),
        ("expect: {status: completed, ended: [granted]}", "", "scenario.required", 1),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, rule: str, line: int) -> None:
    with pytest.raises(Invalid) as refusal:
        story_of(changed(old, new))

    first = refusal.value.findings[0]
    assert (first.rule, first.place.file, first.place.line) == (rule, "scenarios/x.yaml", line)
