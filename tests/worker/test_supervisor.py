"""The supervisor keeps its children alive and stops them together."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.supervisor import Child, keep_alive, stop_all


@pytest.fixture
def sleeper() -> Iterator[Child]:
    child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))
    yield child
    stop_all([child])


def wait_until_ended(child: Child) -> None:
    assert child.process is not None
    child.process.wait(timeout=10)


def test_a_child_that_ends_soon_waits_longer_each_time() -> None:
    child = Child("broken", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    pauses = []

    for moment in (0.0, 100.0, 200.0):
        keep_alive(child, moment)
        wait_until_ended(child)
        keep_alive(child, moment + 1)
        pauses.append(child.start_after - (moment + 1))

    assert pauses == [1.0, 2.0, 4.0]
    assert child.process is None


def test_a_child_that_ran_long_is_started_again_at_once() -> None:
    child = Child("steady", [sys.executable, "-c", "raise SystemExit(0)"], dict(os.environ))
    keep_alive(child, 0.0)
    wait_until_ended(child)

    keep_alive(child, 60.0)

    assert child.failures == 0
    assert child.process is not None
    stop_all([child])


def test_a_killed_child_is_started_again(sleeper: Child) -> None:
    keep_alive(sleeper, time.monotonic())
    assert sleeper.process is not None
    first = sleeper.process.pid
    sleeper.process.kill()
    wait_until_ended(sleeper)

    keep_alive(sleeper, sleeper.started + 1)
    keep_alive(sleeper, sleeper.started + 60)

    assert sleeper.process is not None
    assert sleeper.process.pid != first


def test_stopping_ends_every_child_even_one_that_ignores_the_signal(
    sleeper: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.supervisor.STOP_SECONDS", 0.5)
    ready = tmp_path / "ready"
    code = f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(ready)!r}, 'w').close(); time.sleep(60)"
    stubborn = Child("stubborn", [sys.executable, "-c", code], dict(os.environ))
    for child in (sleeper, stubborn):
        keep_alive(child, time.monotonic())
    while not ready.exists():
        time.sleep(0.01)

    stop_all([sleeper, stubborn])

    assert sleeper.process is not None
    assert stubborn.process is not None
    assert sleeper.process.returncode == -15
    assert stubborn.process.returncode == -9
