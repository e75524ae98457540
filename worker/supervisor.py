"""Start Alur as one command: API, worker and Prefect server as child processes, kept alive and stopped together.

The API answers first; nothing waits for the Prefect server, and work goes on in the worker while it is away.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

log = logging.getLogger("alur.supervisor")

# A child that ran this long before it ended is started again at once; one that ends sooner waits longer each time.
STEADY_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass(slots=True)
class Child:
    """One child process: what to start and how its last starts went."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_after: float = 0.0
    failures: int = field(default=0)


def supervise(children: list[Child], *, poll_seconds: float = 0.2) -> int:
    """Run ``children`` until SIGTERM or SIGINT; start again what ends by itself. Return the exit code 0."""
    stopping = False

    def stop(_number: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        for child in children:
            keep_alive(child, time.monotonic())
        time.sleep(poll_seconds)
    stop_all(children)
    return 0


def keep_alive(child: Child, now: float) -> None:
    """Start ``child`` if it does not run and its pause is over; note it when it has just ended."""
    if child.process is not None and (code := child.process.poll()) is not None:
        child.failures = 0 if now - child.started > STEADY_SECONDS else child.failures + 1
        pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (child.failures - 1)) if child.failures else 0.0
        log.warning("child.ended name=%s code=%s starts_again_in_seconds=%.0f", child.name, code, pause)
        child.process, child.start_after = None, now + pause
    if child.process is None and now >= child.start_after:
        child.started = now
        # Its own session: Ctrl-C in the terminal reaches only the supervisor, which then stops the children in order.
        child.process = subprocess.Popen(  # noqa: S603 - our own commands
            child.command, env=dict(child.environment), start_new_session=True
        )
        log.info("child.started name=%s pid=%s", child.name, child.process.pid)


def stop_all(children: list[Child]) -> None:
    """Ask every child to stop; kill the process group of one that does not within ten seconds."""
    running = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("child.killed pid=%s", process.pid)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def program(name: str) -> str:
    """Return the path of a console script beside this Python, so that a folder named ``api`` cannot shadow ours."""
    return os.path.join(os.path.dirname(sys.executable), name)
