import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from engine.archives import write_zip
from engine.cli.templates import template
from engine.errors import Invalid, TooLarge
from engine.findings import Finding, Severity, errors_of
from engine.packages import Limits, Package, called_elsewhere, check_safely, in_order, read_package

BPMN = "data_request.bpmn"


def files_with(changes: Mapping[str, Callable[[str], str] | str | None]) -> dict[str, bytes]:
    """Return the small package with changed files; None leaves one out."""
    files = template("data_request")
    for name, change in changes.items():
        if change is None:
            del files[name]
        elif isinstance(change, str):
            files[name] = change.encode()
        else:
            before = files[name].decode()
            files[name] = change(before).encode()
            assert files[name].decode() != before
    return files


def package_with(changes: Mapping[str, Callable[[str], str] | str | None]) -> Package:
    return read_package(write_zip(files_with(changes)))


def replacing(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, str | None]]:
    return [(finding.rule, finding.place.file, finding.element) for finding in findings]


def test_the_small_package_has_no_findings() -> None:
    package = package_with({})

    assert package.findings == ()
    assert package.manifest.id == "data_request"
    assert list(package.processes) == ["data_request"]
    assert sorted(package.forms) == ["decision", "reminder", "request"]
    assert len(package.stories) == 2
    assert sorted(package.translations) == ["en", "id"]


def test_a_folder_and_a_zip_of_it_are_the_same_package(tmp_path: Path) -> None:
    folder = tmp_path / "data_request"
    for name, content in template("data_request").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    assert read_package(folder).sha256 == package_with({}).sha256


def test_a_folder_is_named_like_its_process(tmp_path: Path) -> None:
    for name, content in template("data_request").items():
        (tmp_path / "other" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "other" / name).write_bytes(content)

    assert [finding.rule for finding in read_package(tmp_path / "other").findings] == ["package.folder"]


@pytest.mark.parametrize("manifest", [None, "id: [", "id: 3"])
def test_without_a_manifest_there_is_no_package_but_all_faults_are_named(manifest: str | None) -> None:
    with pytest.raises(Invalid) as refusal:
        package_with({"process.yaml": manifest, "forms/request.json": "{", "extra.txt": "x"})

    rules = {finding.rule for finding in refusal.value.findings}
    assert {"json.syntax", "package.file-unknown"} < rules
    assert rules & {"package.no-manifest", "yaml.syntax", "manifest.type"}


def test_a_file_that_cannot_be_read_leads_to_no_faults_elsewhere() -> None:
    package = package_with({"forms/request.json": "{"})

    assert [finding.rule for finding in package.findings if finding.severity is Severity.ERROR] == ["json.syntax"]


@pytest.mark.parametrize(
    ("file", "old", "new", "rule", "element"),
    [
        ("process.yaml", "form: request", "form: requset", "package.form-unknown", "start.form"),
        ("process.yaml", "id: data_request", "id: other_request", "package.main-process", "id"),
        ("process.yaml", "ends: [{completed: decide}]", "ends: [{completed: deside}]", "package.step-unknown", None),
        ("process.yaml", "  decide: {id: Permohonan", "  examine: {id: Permohonan", "package.step-unknown", None),
        ("process.yaml", "{granted: granted, refused", "{decide: granted, refused", "package.outcome", "decide"),
        ("process.yaml", "applicant.nik: ", "applicant.nip: ", "package.confidential-unasked", "applicant.nip"),
        (BPMN, 'isExecutable="true"', 'isExecutable="false"', "package.not-executable", "data_request"),
        (BPMN, "=term.decision.due", "=term.desicion.due", "bpmn.unknown-term", "decision_due"),
        (BPMN, '=decision = "granted"', "=term.desicion.status = null", "package.term-unknown", "desicion"),
        (BPMN, 'formId="reminder"', 'formId="remainder"', "package.form-unknown", "remind"),
        (BPMN, 'candidateGroups="officer"', 'candidateGroups="officers"', "package.role-unknown", "remind"),
        (BPMN, '=decision = "granted"', "=decision = parameter.word", "package.parameter-unknown", "word"),
        (BPMN, '<zeebe:formDefinition formId="reminder" />', "", "package.form-unused", "reminder"),
        (BPMN, '<zeebe:formDefinition formId="reminder" />', "", "package.step-form", "remind"),
        ("forms/reminder.json", '"id": "reminder",', '"id": "remainder",', "package.form-name", "remainder"),
        ("translations/en.yaml", "  remind: Admonish the late officer\n", "", "translation.missing", "steps.remind"),
        ("translations/en.yaml", "    subject: ", "    topic: ", "translation.missing", "forms.request.subject.label"),
        (
            "scenarios/request_is_granted.yaml",
            "complete: decide",
            "complete: deside",
            "package.scenario-name",
            "deside",
        ),
    ],
)
def test_a_part_that_names_what_another_has_not_is_found(
    file: str, old: str, new: str, rule: str, element: str | None
) -> None:
    package = package_with({file: replacing(old, new)})

    found = [finding for finding in package.findings if finding.rule == rule and element in (None, finding.element)]
    assert len(found) >= 1, told(package.findings)
    assert found[0].place.line is not None or rule.startswith(("package.form", "package.translation"))


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ("README.md", "package.paper"),
        ("translations/en.yaml", "package.translation-missing"),
        ("translations/id.yaml", "package.translation-missing"),
        ("forms/request.json", "package.form-unknown"),
    ],
)
def test_a_missing_file_is_found(file: str, rule: str) -> None:
    assert rule in {finding.rule for finding in package_with({file: None}).findings}


def test_a_package_without_scenarios_is_warned() -> None:
    stories = {name: None for name in template("data_request") if name.startswith("scenarios/")}

    assert "package.scenarios" in {finding.rule for finding in package_with(stories).findings}


def test_a_step_for_people_needs_somebody_to_do_it() -> None:
    package = package_with(
        {
            BPMN: lambda text: text.replace('<zeebe:assignmentDefinition candidateGroups="officer" />', "").replace(
                "        <bpmn:flowNodeRef>remind</bpmn:flowNodeRef>\n", ""
            )
        }
    )

    assert ("bpmn.nobody", BPMN, "remind") in told(package.findings)


def test_a_language_that_is_not_declared_is_found() -> None:
    package = package_with({"translations/fr.yaml": "outcomes: {granted: Oui, refused: Non}"})

    assert "package.translation-language" in {finding.rule for finding in package.findings}


def test_findings_are_plain_json_in_both_languages() -> None:
    package = package_with({"README.md": None})

    [finding] = json.loads(json.dumps([finding.as_dict() for finding in package.findings]))
    assert finding["message"] == {
        "id": "Diharapkan berkas README.md untuk ahli hukum, ditemukan tidak ada.",
        "en": "Expected the file README.md for a lawyer, found none.",
    }


def test_a_good_upload_is_returned_by_the_bounded_check() -> None:
    checked = check_safely(write_zip(files_with({"README.md": None})))

    assert isinstance(checked, Package)
    assert [finding.rule for finding in checked.findings] == ["package.paper"]


def test_a_faulty_upload_comes_back_with_its_findings_and_places() -> None:
    checked = check_safely(write_zip(files_with({"process.yaml": replacing("form: request", "form: x")})))

    assert isinstance(checked, Invalid)
    [finding] = [finding for finding in checked.findings if finding.severity is Severity.ERROR]
    assert (finding.rule, finding.place.line) == ("package.form-unknown", 19)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_zip_is_refused_by_the_bounded_check(data: bytes) -> None:
    checked = check_safely(data)

    assert isinstance(checked, Invalid)
    assert [finding.rule for finding in checked.findings] == ["archive.zip"]


def test_an_upload_over_the_limit_is_refused_without_a_process() -> None:
    checked = check_safely(b"x" * 20_000_001)

    assert isinstance(checked, TooLarge)


@pytest.mark.parametrize(
    "limits",
    [
        Limits(memory_bytes=1_000_000),
        Limits(cpu=timedelta(0)),
        Limits(wall=timedelta(milliseconds=20)),
    ],
)
def test_a_check_that_takes_too_much_is_ended_and_refused(limits: Limits) -> None:
    checked = check_safely(write_zip(template("data_request")), limits=limits)

    assert isinstance(checked, TooLarge)
    assert [finding.rule for finding in checked.findings] == ["package.too-costly"]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<definitions>&b;</definitions>"""
LAUGHS = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (BPMN, BOMB),
        (BPMN, "<a>" * 5000),
        (BPMN, "<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE x+AD4-"),
        ("fee.dmn", BOMB),
        ("forms/request.json", "[" * 100_000),
        ("forms/request.json", '{"id": "request", "components": [' + '{"type": "text"},' * 5000 + "{}]}"),
        ("scenarios/bomb.yaml", "a0: &a0 [x, x, x]\n" + LAUGHS),
        ("translations/en.yaml", "steps: !!python/object/apply:os.system [ls]"),
        ("process.yaml", "a: " * 10_000),
    ],
)
def test_a_hostile_file_is_refused_with_findings_and_in_time(name: str, content: str) -> None:
    started = time.monotonic()

    checked = check_safely(write_zip(files_with({name: content})))

    assert isinstance(checked, Invalid)
    assert any(finding.place.file == name for finding in checked.findings), checked.findings
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("expression", ["(" * 20_000, "-" * 20_000 + "1", "[" * 5000 + "]" * 5000, "if " * 5000])
def test_a_hostile_expression_is_refused_with_findings_and_in_time(expression: str) -> None:
    started = time.monotonic()

    checked = check_safely(write_zip(files_with({BPMN: replacing('decision = "granted"', expression)})))

    assert isinstance(checked, Invalid)
    assert [finding.rule for finding in checked.findings if finding.severity is Severity.ERROR] == ["bpmn.expression"]
    assert time.monotonic() - started < 10


CALLING = """\
<bpmn:callActivity id="decide" name="Periksa dan putuskan permohonan">
      <bpmn:extensionElements>
        <zeebe:calledElement processId="%s" propagateAllChildVariables="false" />
      </bpmn:extensionElements>
      <bpmn:incoming>requested_to_decide</bpmn:incoming>
      <bpmn:outgoing>decide_to_is_granted</bpmn:outgoing>
    </bpmn:callActivity>"""


def calling(own: str, other: str) -> Package:
    files = template(own)
    text = files[f"{own}.bpmn"].decode()
    start = text.index('<bpmn:userTask id="decide"')
    end = text.index("</bpmn:userTask>", start) + len("</bpmn:userTask>")
    files[f"{own}.bpmn"] = (text[:start] + CALLING % other + text[end:]).encode()
    return read_package(write_zip(files))


def test_packages_come_after_those_whose_processes_they_call() -> None:
    third = read_package(write_zip(template("third")))
    second, first = calling("second", "third"), calling("first", "second")

    assert called_elsewhere(first) == {"second"}
    assert [package.manifest.id for package in in_order([first, second, third])] == ["third", "second", "first"]


def test_packages_that_call_one_another_in_a_circle_are_refused() -> None:
    with pytest.raises(Invalid, match="do not call one another in a circle"):
        in_order([calling("first", "second"), calling("second", "first")])


def test_what_does_not_compile_is_found_when_the_package_is_read() -> None:
    package = package_with({BPMN: replacing("=term.decision.due", "tomorrow")})

    assert errors_of(package.findings)


def test_a_package_that_was_checked_before_is_only_read() -> None:
    package = read_package(write_zip(files_with({"README.md": None})), checked=True)

    assert package.findings == ()
