"""The README as a newcomer would follow it: a clean clone, ./run, and every line of the walk."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def walk(readme: str) -> str:
    """Return the commands of the README's walk, in their order."""
    return "\n".join(re.findall(r"```sh walk\n(.*?)```", readme, re.DOTALL))


def free_port() -> int:
    """Return a port with a free one after it: the stand-in for other systems takes the next."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone of what is committed, with what is changed here since."""
    folder = tmp_path_factory.mktemp("clone") / "alur"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def running(clone: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Alur started by ./run in the clone: the process, and the port of its API."""
    port = free_port()
    with (clone / "run.log").open("w") as log:
        started = subprocess.Popen(
            ["python3", str(clone / "run"), "serve", "--port", str(port), "--prefect-port", str(free_port())],
            cwd=clone,
            env=fresh_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/readiness", started, clone / "run.log")
        yield started, port
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGTERM)
            try:
                started.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(started.pid, signal.SIGKILL)


def fresh_environment() -> dict[str, str]:
    """Return an environment as before any set-up: no settings, and the system's Python, not that of the tests."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ALUR_", "PREFECT_")) and key not in ("VIRTUAL_ENV", "PYTHONPATH")
    }
    own = str(Path(sys.prefix) / "bin")
    folders = [folder for folder in kept.get("PATH", "").split(os.pathsep) if folder != own]
    return {**kept, "PATH": os.pathsep.join([str(Path(sys.base_prefix) / "bin"), *folders])}


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a page answers; fail with the log if the process ends or nothing comes in two minutes."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"Expected {url} to answer, found:\n{log.read_text()[-3000:]}")


@pytest.mark.system
@pytest.mark.timeout(420)
def test_a_newcomer_walks_through_the_readme_on_a_clean_clone(clone: Path, running: Any) -> None:
    _process, port = running
    commands = walk((clone / "README.md").read_text()).replace("127.0.0.1:8000", f"127.0.0.1:{port}")

    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", commands],
        cwd=clone,
        env=fresh_environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert done.returncode == 0, (
        f"{done.stdout[-4000:]}\n{done.stderr[-3000:]}\n{(clone / 'run.log').read_text()[-2000:]}"
    )
    assert "Periksa kelengkapan" in done.stdout, "the service call in the background opened the next task"
    assert '"complete": true' in done.stdout
    assert "approved" in done.stdout


@pytest.mark.system
@pytest.mark.timeout(300)
def test_ctrl_c_stops_everything_that_run_started(clone: Path, running: Any) -> None:
    process, port = running

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    code = process.wait(60)

    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert code == 0
    assert [line for line in listed.splitlines() if str(clone) in line] == []
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/health", timeout=5)


def test_every_command_of_run_is_in_its_help() -> None:
    said = subprocess.run(
        [sys.executable, str(ROOT / "run"), "--help"], capture_output=True, text=True, check=True
    ).stdout

    for command in ("./run test", "./run alur", "./run conformance", "./run bench", "./run fuzz"):
        assert command in said
