import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from engine import accounts, instances
from engine.access import SYSTEM
from engine.cli import main
from engine.database import connect
from engine.settings import settings

Alur = Callable[..., tuple[int, str]]


@pytest.fixture
def alur(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Alur]:
    """Run a command on a database of the test's own; return the exit code and everything that was printed."""
    monkeypatch.setenv("ALUR_DATABASE_URL", f"sqlite:///{tmp_path / 'alur.db'}")
    monkeypatch.setenv("ALUR_SECRET", "secret of the tests")
    settings.cache_clear()

    def run(*arguments: str) -> tuple[int, str]:
        try:
            code = main(["--language", "en", *arguments])
        except SystemExit as ending:
            code = int(ending.code or 0)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    yield run
    settings.cache_clear()


@pytest.fixture
def package_folder(alur: Alur, tmp_path: Path) -> Path:
    folder = tmp_path / "data_request"
    code, said = alur("new", str(folder))
    assert code == 0, said
    return folder


def test_a_new_package_is_fine_and_its_scenarios_cover_it(alur: Alur, package_folder: Path) -> None:
    lint, faults = alur("lint", str(package_folder))
    played, told = alur("play", str(package_folder), "--require", "100")

    assert (lint, faults) == (0, f"{package_folder}: 0\n")
    assert played == 0
    assert "ok   data_request: A request is granted within its term" in told
    assert "all                                              6/6 100 %       3/3 100 %       1/1 100 %" in told


@pytest.mark.parametrize("name", ["Data-Request", "9lives"])
def test_a_new_package_needs_a_plain_name(alur: Alur, tmp_path: Path, name: str) -> None:
    code, said = alur("new", str(tmp_path / name))

    assert code == 2
    assert "Expected a folder named in small letters" in said


def test_a_new_package_overwrites_nothing(alur: Alur, package_folder: Path) -> None:
    assert alur("new", str(package_folder))[0] == 2


def test_lint_names_faults_by_place_with_the_way_to_mend_them(alur: Alur, package_folder: Path) -> None:
    manifest = package_folder / "process.yaml"
    manifest.write_text(manifest.read_text().replace("form: request", "form: requset"))

    code, said = alur("lint", str(package_folder))

    assert code == 1
    assert f"{package_folder}/process.yaml:19:9: error [start.form]: Expected a form that exists" in said
    assert "    Did you mean request?" in said
    assert said.endswith("1 error, 1 warning\n")


def test_lint_speaks_indonesian(alur: Alur, package_folder: Path) -> None:
    (package_folder / "README.md").unlink()

    code, said = alur("--language", "id", "lint", str(package_folder))

    assert code == 0
    assert "saran: Diharapkan berkas README.md untuk ahli hukum" in said


def test_lint_gives_json(alur: Alur, package_folder: Path) -> None:
    (package_folder / "README.md").unlink()

    code, said = alur("lint", str(package_folder.parent), "--json")

    [package] = json.loads(said)
    assert (code, package["package"]) == (0, str(package_folder))
    assert [finding["rule"] for finding in package["findings"]] == ["package.paper"]


def test_lint_checks_single_files(alur: Alur, package_folder: Path, tmp_path: Path) -> None:
    model, form = package_folder / "data_request.bpmn", package_folder / "forms/request.json"
    model.write_text(model.read_text().replace('decision = "granted"', "decision = )"))
    (tmp_path / "fee.dmn").write_text(DECISION)

    code, said = alur("lint", str(model), str(form), str(tmp_path / "fee.dmn"))

    assert code == 1
    assert f"{model}:" in said
    assert "(bpmn.expression)" in said
    assert said.endswith(f"{form}: 0\n{tmp_path / 'fee.dmn'}: 0\n")


def test_convert_tells_what_becomes_of_another_engines_model_and_writes_its_forms(alur: Alur, tmp_path: Path) -> None:
    model = tmp_path / "old.bpmn"
    model.write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="http://camunda.org/schema/1.0/bpmn"'
        ' id="d" targetNamespace="urn:t"><process id="p" isExecutable="true"><startEvent id="s"/><userTask id="ask">'
        '<extensionElements><c:formData><c:formField id="n" type="long"/></c:formData></extensionElements></userTask>'
        '<serviceTask id="w" c:class="org.example.Work"/></process></definitions>'
    )

    code, said = alur("convert", str(model), "--to", str(tmp_path / "package"))
    _code, told = alur("convert", str(model), "--json")

    assert code == 0
    assert "became a job type: [w] c:class → org.example.Work" in said
    assert f"{model}: camunda7: 1 mapped, 1 became a job type" in said
    assert json.loads((tmp_path / "package/forms/ask.json").read_text())["components"][0]["key"] == "n"
    assert [each["outcome"] for each in json.loads(told)[0]["conversions"]] == ["mapped", "job"]


def test_lint_of_nothing_says_so(alur: Alur, tmp_path: Path) -> None:
    code, said = alur("lint", str(tmp_path / "nowhere"))

    assert (code, said) == (2, f"Expected a package with process.yaml at {tmp_path / 'nowhere'}, found none\n")


def test_play_fails_with_the_place_of_the_act(alur: Alur, package_folder: Path) -> None:
    scenario = package_folder / "scenarios/request_is_granted.yaml"
    scenario.write_text(scenario.read_text().replace("outcome: granted", "outcome: refused"))

    code, said = alur("play", str(package_folder), "--only", "granted")

    assert code == 1
    assert "FAIL data_request: A request is granted within its term" in said
    assert f"{scenario}:11:1: error: Expected outcome refused, found granted." in said
    assert "not passed: data_request.bpmn:" in said


def test_play_gives_json(alur: Alur, package_folder: Path) -> None:
    code, said = alur("play", str(package_folder), "--json")

    given = json.loads(said)
    assert code == 0
    assert [scenario["failures"] for scenario in given["scenarios"]] == [[], []]
    assert given["all"]["flows"] == {"passed": 6, "total": 6, "missed": []}


def test_play_can_require_coverage(alur: Alur, package_folder: Path) -> None:
    (package_folder / "scenarios/late_request_is_refused.yaml").unlink()

    assert alur("play", str(package_folder))[0] == 0
    assert alur("play", str(package_folder), "--require", "100")[0] == 1


DECISION = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="fees" name="fees" namespace="urn:test">
  <inputData id="pages_data" name="pages"><variable id="pages_variable" name="pages" typeRef="number" /></inputData>
  <decision id="fee" name="fee">
    <variable id="fee_variable" name="fee" typeRef="number" />
    <informationRequirement id="needs"><requiredInput href="#pages_data" /></informationRequirement>
    <decisionTable id="fee_table" hitPolicy="UNIQUE">
      <input id="pages_in"><inputExpression id="pages_expression"><text>pages</text></inputExpression></input>
      <output id="fee_out" name="fee" />
      <rule id="few">
        <inputEntry id="i1"><text>&lt;= 10</text></inputEntry><outputEntry id="o1"><text>0</text></outputEntry>
      </rule>
      <rule id="many">
        <inputEntry id="i2"><text>&gt; 10</text></inputEntry><outputEntry id="o2"><text>pages * 500</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
</definitions>
"""


def test_decide_makes_a_decision_and_tells_which_rule_fired(alur: Alur, tmp_path: Path) -> None:
    (tmp_path / "fee.dmn").write_text(DECISION)

    code, said = alur("decide", str(tmp_path / "fee.dmn"), "--decision", "fee", "--input", '{"pages": 12}')

    given = json.loads(said)
    assert (code, given["result"]) == (0, 6000)
    assert [fired["ids"] for fired in given["fired"]] == [["many"]]


def test_decide_shows_every_fault_of_a_file_that_does_not_compile(alur: Alur, tmp_path: Path) -> None:
    cells = ("1 +", "fee(")
    rules = "".join(f"<rule><outputEntry><text>{cell}</text></outputEntry></rule>\n" for cell in cells)
    table = f"<decisionTable hitPolicy='FIRST'><output/>\n{rules}</decisionTable>"
    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="d" namespace="n">'
    file = tmp_path / "fee.dmn"
    file.write_text(f'{head}<decision id="fee" name="fee">{table}</decision></definitions>')

    code, said = alur("decide", str(file), "--decision", "fee")

    assert code == 2
    assert f"{file}:2:" in said
    assert f"{file}:3:" in said


@pytest.mark.parametrize("given", ["{", "[1]"])
def test_decide_needs_variables(alur: Alur, tmp_path: Path, given: str) -> None:
    (tmp_path / "fee.dmn").write_text(DECISION)

    code, said = alur("decide", str(tmp_path / "fee.dmn"), "--decision", "fee", "--input", given)

    assert code == 2
    assert "Expected --input to be" in said


def test_a_package_is_deployed_once_and_approved_by_another(alur: Alur, package_folder: Path) -> None:
    assert alur("migrate")[0] == 0

    first = alur("deploy", str(package_folder), "--by", "rina")
    again = alur("deploy", str(package_folder), "--by", "rina", "--approve-by", "budi")
    (package_folder / "README.md").write_text("# Lain\n")
    changed = alur("deploy", str(package_folder), "--by", "rina", "--approve-by", "rina")

    assert first == (0, "data_request version 1: draft\n")
    assert again == (0, "data_request version 1: approved\n")
    assert changed[0] == 2
    assert "Expected another person than rina" in changed[1]


def test_running_instances_are_carried_over_to_a_new_version(alur: Alur, package_folder: Path) -> None:
    people = ("--by", "dewi", "--approve-by", "hadi")
    alur("migrate")
    alur("deploy", str(package_folder), *people)
    alur("agency", "add", "DKI", "Jakarta")
    with connect(settings().url).begin() as session:
        given = {"agency_id": accounts.agency(session, "DKI").id, "actor": SYSTEM, "now": datetime.now(UTC)}
        applicant = {"name": "Siti Rahma", "nik": "3273014107900001"}
        instances.start(session, "data_request", {"applicant": applicant, "subject": "Salinan data"}, **given)
    for file in [*package_folder.glob("*.bpmn"), package_folder / "process.yaml", *package_folder.glob("[st]*/*.yaml")]:
        file.write_text(re.sub(r"\bdecide\b", "rule_on_it", file.read_text()))
    assert alur("deploy", str(package_folder), *people)[1].endswith("data_request version 2: approved\n")

    plan = ("data_request", "1", "2", "--step", "decide=rule_on_it")
    compared, differences = alur("compare", "data_request", "1", "2")
    without = alur("carry-over", "data_request", "1", "2", "--dry-run")
    dry = alur("carry-over", *plan, "--dry-run")
    done = alur("carry-over", *plan)

    assert compared == 0
    assert "removed  step decide" in differences
    assert "seems to be rule_on_it now" in differences
    assert without[0] == 1
    assert "decide: it is not in the new version" in without[1]
    assert dry == (0, "1 instances would go over, 0 stay as they are.\n")
    assert done == (0, "1 instances went over, 0 stay as they are.\n")
    assert alur("carry-over", *plan) == (0, "0 instances went over, 0 stay as they are.\n")


def test_a_package_with_errors_is_not_deployed(alur: Alur, package_folder: Path) -> None:
    alur("migrate")
    (package_folder / "forms/request.json").unlink()

    code, said = alur("deploy", str(package_folder))

    assert code == 2
    assert "Expected packages without errors, found 1 error" in said


def test_agencies_people_and_keys_are_added_and_listed(alur: Alur, monkeypatch: pytest.MonkeyPatch) -> None:
    alur("migrate")
    monkeypatch.setattr("sys.stdin.readline", lambda: "a long enough password\n")

    assert alur("agency", "add", "BALI", "Provinsi Bali", "--time-zone", "Asia/Makassar")[0] == 0
    user = ("user", "add", "budi", "--agency", "BALI", "--role", "officer")
    refused = alur(*user)
    added = alur(*user, "--full-name", "Budi", "--password-stdin")
    more = alur("user", "add", "budi", "--agency", "BALI", "--role", "alur:head")
    key = alur("key", "add", "SIMPEG", "--agency", "BALI", "--scope", "tasks:read", "--days", "30")

    assert refused[0] == 2
    assert added == (0, "budi was added and has officer in BALI.\n")
    assert more == (0, "budi was known and has alur:head in BALI.\n")
    assert key[1].startswith("The key, shown only now: ")
    assert alur("agency", "list")[1] == "BALI: Provinsi Bali (Asia/Makassar)\n"
    assert alur("user", "list")[1] == "budi (Budi): alur:head in BALI\nbudi (Budi): officer in BALI\n"
    assert alur("key", "list")[1].startswith("BALI SIMPEG: tasks:read (until ")


def test_an_unknown_agency_is_refused(alur: Alur) -> None:
    alur("migrate")

    code, said = alur("key", "add", "x", "--agency", "NOWHERE", "--scope", "tasks:read")

    assert (code, said) == (2, "Expected agency NOWHERE, but there is no such agency\n")


def test_calendars_are_seeded_set_and_confirmed(alur: Alur, tmp_path: Path) -> None:
    alur("migrate")
    alur("agency", "add", "BALI", "Provinsi Bali")
    own = tmp_path / "bali.yaml"
    own.write_text(
        "weekdays: [0, 1, 2, 3, 4, 5]\ndays: {2026-06-17: Galungan, 2026-05-15: {kind: working, name: Tukar}}\n"
    )

    assert alur("calendar", "seed", "2031")[1] == "Made calendars for 2031.\n"
    assert alur("calendar", "seed", "2031")[1] == "Made calendars for no year: all have one.\n"
    code, said = alur("calendar", "set", "2026", str(own), "--source", "SE Gubernur", "--agency", "BALI")
    shown = alur("calendar", "show", "2026", "--agency", "BALI")[1]
    alur("calendar", "confirm", "2026", "--source", "SE Gubernur", "--agency", "BALI")

    assert (code, said) == (0, "The calendar of 2026 was changed; 0 cases have other due days.\n")
    assert "Worked: Monday, Tuesday, Wednesday, Thursday, Friday, Saturday" in shown
    assert "2026-06-17 Wednesday  Galungan" in shown
    assert "2026-05-15 Friday     is worked" in shown
    assert "BALI 2026/1; not confirmed" in shown
    assert "BALI 2026/2; confirmed." in alur("calendar", "show", "2026", "--agency", "BALI")[1]


@pytest.mark.parametrize(
    "text",
    ["[1]", "days: {soon: x}", "days: {2026-01-01: {kind: rest, name: x}}", "days: {2027-01-01: x}", "holidays: {}"],
)
def test_a_calendar_file_that_is_none_is_refused(alur: Alur, tmp_path: Path, text: str) -> None:
    alur("migrate")
    (tmp_path / "c.yaml").write_text(text)

    code, said = alur("calendar", "set", "2026", str(tmp_path / "c.yaml"), "--source", "x")

    assert code == 2
    assert said.startswith("Expected ")


def test_journals_are_verified(alur: Alur) -> None:
    alur("migrate")

    assert alur("verify") == (0, "Every journal is complete and as it was written.\n")


def test_every_setting_is_listed(alur: Alur) -> None:
    code, said = alur("settings")

    assert code == 0
    assert "ALUR_DATABASE_URL=" in said


def test_the_version_is_told(alur: Alur) -> None:
    assert alur("version")[1].startswith("alur 0.")


def test_webhooks_are_added_listed_and_removed(alur: Alur) -> None:
    alur("migrate")
    alur("agency", "add", "BALI", "Bali")

    code, said = alur("webhook", "add", "https://example.org/alur", "--agency", "BALI", "--kind", "task.completed")
    listed = alur("webhook", "list")[1]
    hook = said.split()[1]
    refused = alur("webhook", "add", "http://example.org", "--agency", "BALI")
    removed = alur("webhook", "remove", hook)
    again = alur("webhook", "remove", hook)

    assert (code, "whsec_" in said) == (0, True)
    assert listed == f"BALI {hook}: https://example.org/alur (task.completed)\n"
    assert (refused[0], removed[0], again[0], alur("webhook", "list")[1]) == (2, 0, 2, "")


@pytest.mark.parametrize("arguments", [(), ("dance",), ("lint",), ("key", "add", "x")])
def test_wrong_usage_has_the_exit_code_2(alur: Alur, arguments: tuple[str, ...]) -> None:
    assert alur(*arguments)[0] == 2


def test_a_database_that_was_not_migrated_is_explained(alur: Alur) -> None:
    code, said = alur("agency", "list")

    assert code == 2
    assert "Was it migrated (alur migrate)?" in said


def test_commands_of_api_and_worker_are_handed_to_them_with_their_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []
    elsewhere = ModuleType("elsewhere")
    elsewhere.serve = lambda arguments: given.append(arguments) or 7  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "elsewhere", elsewhere)
    monkeypatch.setitem(sys.modules["engine.cli"].__dict__["_ELSEWHERE"], "serve", ("elsewhere", "serve", ""))

    code = main(["serve", "--demo", "--port", "9000"])

    assert (code, given) == (7, [["--demo", "--port", "9000"]])


@pytest.mark.parametrize("command", ["serve", "api", "worker"])
def test_what_is_elsewhere_is_there(command: str) -> None:
    module, function, _ = sys.modules["engine.cli"].__dict__["_ELSEWHERE"][command]

    assert callable(getattr(importlib.import_module(module), function))
