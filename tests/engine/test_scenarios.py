from collections.abc import Callable, Iterator

import pytest

from engine.archives import write_zip
from engine.cli.templates import template
from engine.coverage import Coverage, coverage_of, total
from engine.packages import Package, read_package
from engine.scenarios import Played, Stage, play

GRANTED = "scenarios/request_is_granted.yaml"
LATE = "scenarios/late_request_is_refused.yaml"


def package_with(changes: dict[str, Callable[[str], str]]) -> Package:
    files = template("data_request")
    for name, change in changes.items():
        before = files[name].decode()
        files[name] = change(before).encode()
        assert files[name].decode() != before
    return read_package(write_zip(files))


def told_as(file: str, old: str, new: str) -> Played:
    """Play one scenario of the small package, told differently."""
    package = package_with({file: lambda text: text.replace(old, new)})
    return {one.story.file: one for one in play([package])}[file]


@pytest.fixture(scope="module")
def small_package() -> Package:
    return package_with({"CHANGELOG.md": lambda text: text + "\n"})


@pytest.fixture
def stage(small_package: Package) -> Iterator[Stage]:
    stage = Stage([small_package])
    yield stage
    stage.close()


def test_the_scenarios_of_the_small_package_go_as_told(small_package: Package) -> None:
    played = play([small_package])

    assert [(one.story.file, one.failures) for one in played] == [(LATE, ()), (GRANTED, ())]


def test_a_story_leaves_no_trace_for_the_next(stage: Stage, small_package: Package) -> None:
    story = small_package.stories[0]

    first, second = stage.play(story, small_package), stage.play(story, small_package)

    assert first.failures == second.failures == ()
    assert first.flows == second.flows


def test_scenarios_cover_what_they_pass(small_package: Package) -> None:
    played = {one.story.file: one for one in play([small_package])}

    [everything] = coverage_of(small_package, list(played.values()))
    [half] = coverage_of(small_package, [played[GRANTED]])

    assert everything.is_complete
    assert (everything.flows.percent, everything.flows.total) == (100.0, 6)
    assert [element.id for element in half.flows.missed] == [
        "decision_due_to_remind",
        "remind_to_reminded",
        "is_granted_to_refused",
    ]
    assert [element.id for element in half.ends.missed] == ["reminded", "refused"]
    assert [element.id for element in half.timers.missed] == ["decision_due"]
    assert half.flows.missed[0].place.file == "data_request.bpmn"


def test_coverages_add_up(small_package: Package) -> None:
    [one] = coverage_of(small_package, [])

    both = total([one, one], "all")

    assert (both.process, both.flows.total, both.flows.passed) == ("all", 12, 0)
    assert total([], "none") == Coverage("none", *3 * [total([], "x").flows])


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "said"),
    [
        (
            GRANTED,
            "open: [decide]",
            "open: [remind]",
            9,
            "Expected open [remind], found [decide].",
        ),
        (
            GRANTED,
            "due: 2026-04-13",
            "due: 2026-04-10",
            9,
            "Expected term.decision.due 2026-04-10, found 2026-04-13.",
        ),
        (
            GRANTED,
            "complete: decide",
            "complete: remind",
            10,
            "Expected an open task of remind, found open: decide.",
        ),
        (GRANTED, "ended: [granted]", "ended: [refused]", 11, "Expected ended [refused], found [granted]."),
        (GRANTED, "outcome: granted", "outcome: refused", 11, "Expected outcome refused, found granted."),
        (
            GRANTED,
            "status: ended}",
            "status: running}",
            11,
            "Expected term.decision.status running, found ended.",
        ),
        (
            LATE,
            "reached: [warn, due, escalate]",
            "reached: [warn]",
            12,
            "Expected term.decision.reached [warn], found [warn, due, escalate].",
        ),
        (
            LATE,
            "because: form, path: reason",
            "because: form, path: decision",
            14,
            "Expected the form to refuse decision, found reason.",
        ),
    ],
)
def test_a_failure_names_file_line_expected_and_found(file: str, old: str, new: str, line: int, said: str) -> None:
    [failure, *_] = told_as(file, old, new).failures

    assert (failure.place.file, failure.place.line) == (file, line)
    assert failure.message["en"] == said


def test_failures_speak_both_languages() -> None:
    [failure] = told_as(GRANTED, "complete: decide", "complete: remind").failures

    assert failure.message["id"] == "Diharapkan tugas terbuka remind, ditemukan terbuka: decide."


def test_a_form_that_refuses_data_is_quoted() -> None:
    played = told_as(GRANTED, 'nik: "3273014107900001"', 'nik: "32"')

    [failure] = played.failures
    assert failure.place.line == 4
    assert "applicant.nik" in failure.message["en"]
    assert "NIK terdiri atas 16 angka." in failure.message["en"]


def test_an_act_that_should_be_refused_and_is_not_is_a_failure() -> None:
    played = told_as(LATE, "data: {decision: refused}}", "data: {decision: granted}}")

    [failure] = played.failures
    assert failure.message["en"] == "Expected decide to refuse budi because: form, found it was completed."


def test_a_journal_must_hold_the_kinds_in_order() -> None:
    played = told_as(LATE, "[instance.started, term.warned,", "[term.warned, instance.started,")

    [failure] = played.failures
    assert failure.message["en"].startswith("Expected journal in this order [term.warned, instance.started,")


def test_listed_people_have_only_their_roles() -> None:
    played = told_as(
        GRANTED, "source: UU 30/2014 Pasal 53\n", "source: UU 30/2014 Pasal 53\npeople: {budi: [applicant]}\n"
    )

    [failure] = played.failures
    assert "Expected budi to complete decide" in failure.message["en"]


def test_a_refusal_by_role_is_told() -> None:
    played = told_as(
        GRANTED,
        "  - {complete: decide",
        "  - {refused: decide, by: ani, because: role, data: {decision: granted}}\n  - {complete: decide",
    )

    assert played.failures == ()


def test_an_agency_of_a_story_has_its_own_days() -> None:
    def change(text: str) -> str:
        own = "agencies: {BALI: {time_zone: Asia/Makassar, days_off: [2026-04-08, 2026-04-09]}}\nstart:"
        return text.replace("start:", own).replace("due: 2026-04-13", "due: 2026-04-15")

    played = play([package_with({GRANTED: change})])

    assert [one.failures for one in played if one.story.file == GRANTED] == [()]


def test_a_case_that_is_cancelled_ends_its_terms() -> None:
    played = told_as(
        GRANTED,
        "  - {complete: decide, by: budi, at: 2026-04-08T10:00:00+07:00, data: {decision: granted}}\n"
        "expect: {status: completed, ended: [granted], outcome: granted, term",
        "  - {cancel: dicabut pemohon, by: rina}\nexpect: {status: cancelled, ended: [], withdrawn: [decide], term",
    )

    assert played.failures == ()
