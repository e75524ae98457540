"""Never Python: what engine or SpiffWorkflow makes of text as code fails the whole run, also one in several processes.

The audit hook itself is in tests/conftest.py and watches every test.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ["eval('6 * 7')", "compile('6 * 7', 'upload.bpmn', 'eval')", "__import__('os').system('true')"]
PLANTED = """
import pytest

@pytest.mark.parametrize("source", {sources!r})
def test_planted(source):
    space = {{}}
    exec(compile("def run(): return " + source, {file!r}, "exec"), space)
    space["run"]()
"""


@pytest.fixture
def run_planted(tmp_path: Path):
    """Runs pytest over tests that let a function of a file with this name do ``SOURCES``."""

    def run(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_planted.py").write_text(PLANTED.format(file=str(file), sources=SOURCES))
        command = [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider", "-q", *arguments]
        path = os.pathsep.join((str(ROOT / "tests"), str(ROOT / "tests" / "support"), os.environ.get("PYTHONPATH", "")))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        return subprocess.run(
            [*command, "--rootdir", str(tmp_path), str(tmp_path)],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            timeout=100,
        )

    return run


@pytest.mark.parametrize("processes", ["0", "2"])
def test_code_made_of_text_in_the_engine_fails_a_run_whose_tests_all_pass(run_planted, processes):
    finished = run_planted(ROOT / "engine" / "planted.py", "-n", processes)

    assert "3 passed" in finished.stdout, finished.stdout + finished.stderr
    assert finished.returncode == 1
    for event in ("exec", "compile", "os.system"):
        assert f"found {event} " in finished.stdout
    assert "engine/planted.py:1" in finished.stdout


def test_the_same_elsewhere_fails_nothing(run_planted):
    finished = run_planted(ROOT / "tests" / "planted.py", "-n", "0")

    assert finished.returncode == 0, finished.stdout
