"""The whole of the betsy suite, where it lies beside the project: it takes a few seconds."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.bpmn.rules import RULES

sys.path.insert(0, str(Path(__file__).parent))
from betsy_rules import EXPECTED

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT.parent / "shared" / "conformance" / "betsy"


@pytest.fixture(scope="module")
def betsy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Measure, and return the figures."""
    if not SUITE.is_dir():
        pytest.skip(f"The betsy suite is not at {SUITE}")
    report = tmp_path_factory.mktemp("betsy") / "betsy.json"
    command = [sys.executable, str(ROOT / "tests" / "conformance" / "betsy.py"), "--json", str(report)]
    subprocess.run(command, check=False, cwd=ROOT, capture_output=True)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def test_traces_are_those_of_the_suite_but_for_what_is_explained(betsy: dict[str, Any]) -> None:
    unexpected = {name: why for name, why in betsy["failures"].items() if name.split("/")[0] not in betsy["explained"]}

    assert unexpected == {}
    assert betsy["traces"]["passed"] >= 0.98 * betsy["traces"]["total"]


def test_invalid_models_are_refused_but_for_what_is_explained(betsy: dict[str, Any]) -> None:
    accepted = [name for name in betsy["accepted"] if Path(name).stem not in betsy["explained"]]

    assert accepted == []
    assert betsy["invalid"]["refused"] >= 0.98 * betsy["invalid"]["total"]


def test_invalid_models_are_refused_by_the_rule_that_their_folder_is_about(betsy: dict[str, Any]) -> None:
    assert betsy["mismatches"] == {}
    assert betsy["folders_without_rule"] == []


def test_the_rules_that_the_folders_are_about_exist() -> None:
    named = {rule for rules in EXPECTED.values() for rule in rules}

    assert named - set(RULES) == set()


def test_no_valid_model_is_refused(betsy: dict[str, Any]) -> None:
    assert betsy["false_refusals"] == {}
