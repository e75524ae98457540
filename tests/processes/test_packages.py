"""The national processes: sound, complete in both languages, cited, and as their scenarios tell."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.bpmn.model import EventKind
from engine.coverage import coverage_of
from engine.findings import errors_of
from engine.manifest import LawStatus
from engine.notation import read_yaml
from engine.packages import Package

ROOT = Path(__file__).parents[2] / "processes"
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/process.yaml"))
TERM = re.compile(r"term\.[a-z_]+\.(due|warn|escalate)")
STATUS = {LawStatus.CONFIRMED: "[C]", LawStatus.SECONDARY: "[2]", LawStatus.UNCONFIRMED: "[M]"}


def stories() -> Iterator[Any]:
    """Yield every scenario file, named by its sentence."""
    for path in sorted(ROOT.glob("*/scenarios/*.yaml")):
        package_id = path.parent.parent.name
        sentence = read_yaml(path.read_bytes(), file=path.name).value["name_en"]
        yield pytest.param(package_id, f"scenarios/{path.name}", id=f"{package_id}: {sentence}")


def test_the_three_national_processes_are_there() -> None:
    assert PACKAGES == ["building_permit", "complaint", "information_request"]


@pytest.mark.parametrize("package_id", PACKAGES)
def test_a_package_is_read_without_a_finding(package_id: str, national_packages: Mapping[str, Package]) -> None:
    package = national_packages[package_id]

    found = [str(finding) for finding in package.findings if finding.severity != "hint"]

    assert errors_of(package.findings) == []
    assert found == []


@pytest.mark.parametrize(("package_id", "file"), list(stories()))
def test_a_scenario_goes_as_told(package_id: str, file: str, theatre: Any) -> None:
    played = theatre.play(package_id, file)

    assert [str(failure) for failure in played.failures] == []


@pytest.mark.parametrize("package_id", PACKAGES)
def test_the_scenarios_pass_every_flow_every_end_and_every_timer(
    package_id: str, national_packages: Mapping[str, Package], theatre: Any
) -> None:
    played = theatre.play_all(package_id)

    covered = coverage_of(national_packages[package_id], played)

    missed = [
        f"{one.process}: {element.id}"
        for one in covered
        for share in (one.flows, one.ends, one.timers)
        for element in share.missed
    ]
    assert missed == []


@pytest.mark.parametrize("package_id", PACKAGES)
def test_every_term_and_number_cites_a_law_and_says_how_sure_it_is(
    package_id: str, national_packages: Mapping[str, Package]
) -> None:
    manifest = national_packages[package_id].manifest

    laws = dict(manifest.laws)

    assert {f"terms.{name}" for name in manifest.terms} <= laws.keys()
    assert {f"parameters.{name}" for name in manifest.parameters} <= laws.keys()
    assert all(law.basis in manifest.legal_basis and law.article for law in laws.values())
    assert all(law.note for law in laws.values() if law.status is not LawStatus.CONFIRMED)


@pytest.mark.parametrize("package_id", PACKAGES)
def test_the_page_for_lawyers_names_every_term_with_its_status(
    package_id: str, national_packages: Mapping[str, Package]
) -> None:
    package = national_packages[package_id]
    rows = {line.split("|")[1].strip(): line for line in _page(package) if line.startswith("| `")}

    named = {**package.manifest.terms, **package.manifest.parameters}

    assert [name for name, it in named.items() if STATUS[it.law.status] not in rows.get(f"`{name}`", "")] == []


@pytest.mark.parametrize("package_id", PACKAGES)
def test_every_time_is_a_term_and_never_a_number_in_the_diagram(
    package_id: str, national_packages: Mapping[str, Package]
) -> None:
    package = national_packages[package_id]

    timers = [
        event.timer.source
        for process in package.processes.values()
        for _, node in process.scope.everything()
        for event in node.events
        if event.kind is EventKind.TIMER and event.timer is not None
    ]

    assert timers
    assert [timer for timer in timers if not TERM.fullmatch(timer)] == []


@pytest.mark.parametrize("package_id", PACKAGES)
def test_every_language_has_every_text(package_id: str, national_packages: Mapping[str, Package]) -> None:
    package = national_packages[package_id]

    lacking = [str(finding) for finding in package.findings if finding.rule.startswith("translation.")]

    assert package.manifest.languages == ("id", "en")
    assert set(package.translations) == {"id", "en"}
    assert lacking == []


def _page(package: Package) -> list[str]:
    return package.files["README.md"].decode().splitlines()
