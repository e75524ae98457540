"""Run acts with several clients at once, and take the time of each and the processor time of all."""

import os
import platform
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

# What a client does: every ``next`` is one act, over when it returns; it yields what the act was.
Acts = Iterator[str]


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement. ``cpu_s`` is the processor time of the subject, ``database_s`` of the database's processes."""

    seconds: float
    durations: list[float]
    instances: int
    cpu_s: float
    database_s: float

    @property
    def acts(self) -> int:
        """How many acts were done."""
        return len(self.durations)

    @property
    def per_second(self) -> float:
        """How many acts were done a second."""
        return self.acts / self.seconds

    def percentile(self, part: float) -> float:
        """Return how many milliseconds ``part`` of the acts took at most."""
        ordered = sorted(self.durations)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000


def run(
    clients: list[Acts], seconds: float, *, cpu: Callable[[], float], database: Callable[[], float] = lambda: 0.0
) -> Run:
    """Let all clients act for some seconds. Raises the first error of a client."""
    durations: list[list[float]] = [[] for _ in clients]
    starts = [0] * len(clients)
    errors: list[BaseException] = []
    ready = threading.Barrier(len(clients) + 1)

    def work(number: int, acts: Acts) -> None:
        took = durations[number]
        try:
            next(acts)  # what must be there before, such as an instance: not measured
            ready.wait()
            end = time.perf_counter() + seconds
            begin = time.perf_counter()
            while begin < end:
                starts[number] += next(acts) == "start"
                now = time.perf_counter()
                took.append(now - begin)
                begin = now
        except BaseException as error:
            errors.append(error)
            ready.abort()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        ready.wait()
    began, before, database_before = time.perf_counter(), cpu(), database()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    spent, database_spent = cpu() - before, database() - database_before
    return Run(time.perf_counter() - began, list(chain.from_iterable(durations)), sum(starts), spent, database_spent)


def cpu_of(parent: int) -> float:
    """Return the processor time in seconds of a process and its children, those that are gone included."""
    ticks, found = 0, 0
    children = {int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()}
    for process in {parent, *children}:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        found += 1
        ticks += int(fields[11]) + int(fields[12])
        if process == parent:
            ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


def spread(values: list[float]) -> dict[str, float]:
    """Return median, least and most."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def machine() -> dict[str, str]:
    """Return what must be known of the machine and of the code."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[0]
    return {
        "processor": f"{os.cpu_count()} x {model}",
        "python": platform.python_version(),
        "commit": commit or "unknown",
        "load": f"{load:.1f}",
    }
