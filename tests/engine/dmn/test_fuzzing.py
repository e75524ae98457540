"""A short seeded run of the fuzzer of DMN files; ``./run fuzz dmn`` goes on for as long as one wants."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("seed", [1, 3])
def test_generated_and_mutated_files_are_decided_or_refused(seed: int) -> None:
    fuzzer = ROOT / "tests" / "conformance" / "dmn_fuzz.py"

    run = subprocess.run(
        [sys.executable, str(fuzzer), "--cases", "400", "--seed", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "400 cases" in run.stdout
