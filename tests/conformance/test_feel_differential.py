"""The comparison with npm's feelin says clearly when there is nothing to compare with."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_without_feelin_nothing_is_said_to_be_settled(tmp_path: Path) -> None:
    program = ROOT / "tests" / "conformance" / "feel_differential.py"

    run = subprocess.run(
        [sys.executable, str(program), "--folder", str(tmp_path), "--cases", "5"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 2
    assert run.stderr.startswith("feelin is not installed, nothing was compared: ")
    assert "settled" not in run.stdout
