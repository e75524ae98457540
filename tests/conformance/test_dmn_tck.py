"""The whole of DMN's compatibility kit, where it lies beside the project: it takes a few seconds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT.parent / "shared" / "conformance" / "dmn-tck"
# What does not pass on purpose: code from outside is not run.
REFUSED = ("0076-feel-external-java/",)
FLOOR = {"2": 116, "3": 3145}


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Run the kit and return the figures of each level."""
    if not KIT.is_dir():
        pytest.skip(f"The compatibility kit is not at {KIT}")
    report = tmp_path_factory.mktemp("kit") / "kit.json"
    command = [sys.executable, str(ROOT / "tests" / "conformance" / "dmn_tck.py"), "--json", str(report)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    found: list[dict[str, Any]] = json.loads(report.read_text())
    return found


def test_as_many_cases_pass_as_ever(levels: list[dict[str, Any]]) -> None:
    passed = {level["level"]: level["passed"] for level in levels}

    assert {level: passed[level] >= floor for level, floor in FLOOR.items()} == dict.fromkeys(FLOOR, True), passed


def test_nothing_fails_but_what_is_refused(levels: list[dict[str, Any]]) -> None:
    failures = {case: reason for level in levels for case, reason in level["failures"].items()}

    assert {case: reason for case, reason in failures.items() if not case.startswith(REFUSED)} == {}


def test_nothing_is_raised(levels: list[dict[str, Any]]) -> None:
    assert [level["errors"] for level in levels] == [0] * len(levels)
