"""A short seeded run of the fuzzer; ``tests/conformance/feel_fuzz.py`` goes on for as long as one wants."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("seed", [1, 2])
def test_generated_and_mutated_expressions_are_answered_or_refused(seed: int) -> None:
    fuzzer = ROOT / "tests" / "conformance" / "feel_fuzz.py"

    run = subprocess.run(
        [sys.executable, str(fuzzer), "--cases", "3000", "--seed", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "3000 cases" in run.stdout
