"""How late timers fire, how soon service calls start, and how many calls a second the worker makes.

python tests/benchmarks/jobs.py [--timers N] [--calls N] [--json FILE] [--postgresql URL]

A real worker's pumps run in this process against a database of their own (SQLite, synchronous FULL; PostgreSQL with
fsync, if a URL of an empty database is given) and call a real HTTP server on the loopback. A timer's lateness is the
time from its due moment to the journal entry; a call's start is the time from its step's journal entry to its arrival
at the other system; the rate is the calls completed divided by the time from the first to the last.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine import accounts, definitions, instances
from engine.access import SYSTEM
from engine.archives import write_zip
from engine.calls import Connector
from engine.database import Sessions, connect
from engine.migrations import migrate
from engine.models import Instance, InstanceStatus, JournalEntry
from engine.packages import read_package
from worker.handlers import Handlers
from worker.pumps import CALLING, MOVING, Limits, Pump, listen

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
HEAD = (
    f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="{ZEEBE}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:bench">'
)
MANIFEST = """
id: {name}
title: {{id: x, en: x}}
authority: {{id: x, en: x}}
in_force_from: 2020-01-01
languages: [id]
legal_basis: {{law: {{cite: "UU 1/2000", title: {{id: x, en: x}}}}}}
roles: {{officer: {{title: {{id: x, en: x}}, kind: office}}}}
start: {{by: [officer]}}
retention: {{period: P5Y, law: {{basis: law, article: "1", status: confirmed}}}}
{calls}
"""
CALLS = 'calls: {echo: {title: {id: x, en: x}, connector: http, method: GET, path: "/echo"}}'
CALL_STEP = (
    '<serviceTask id="work"><extensionElements><zeebe:taskDefinition type="echo"/></extensionElements></serviceTask>'
)
TIMER_STEP = (
    '<intermediateCatchEvent id="work"><timerEventDefinition>'
    '<timeDate xsi:type="tFormalExpression">=at</timeDate></timerEventDefinition></intermediateCatchEvent>'
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds: median, 95th percentile, most."""

    median: float
    p95: float
    most: float

    @staticmethod
    def of(values: list[float]) -> "Figures":
        ordered = sorted(values)
        return Figures(statistics.median(ordered), ordered[int(len(ordered) * 0.95) - 1], ordered[-1])


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timers", type=int, default=300)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--postgresql", help="URL of an empty database")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        urls = {"sqlite": f"sqlite:///{folder}/bench.db"}
        if chosen.postgresql:
            urls["postgresql"] = chosen.postgresql
        results = [measure(name, url, chosen.timers, chosen.calls) for name, url in urls.items()]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    print(f"machine {platform.machine()}, Python {platform.python_version()}, commit {commit}")
    for result in results:
        print(
            f"{result['database']:10} timers late: median {result['timer_median_s']:.3f} s, p95 "
            f"{result['timer_p95_s']:.3f} s, most {result['timer_most_s']:.3f} s ({chosen.timers} over 10 s)\n"
            f"{'':10} calls start: median {result['call_median_s']:.3f} s, p95 {result['call_p95_s']:.3f} s, most "
            f"{result['call_most_s']:.3f} s (20 a second)\n"
            f"{'':10} calls a second: {result['calls_per_second']:.0f} ({chosen.calls} waiting at once)"
        )
    if chosen.json:
        chosen.json.write_text(json.dumps({"commit": commit, "results": results}, indent=1))
    return 0


def measure(name: str, url: str, timers: int, calls: int) -> dict[str, Any]:
    """Measure one database."""
    migrate(url)
    sessions = connect(url)
    agency = prepare(sessions)
    with another_system() as (port, arrivals):
        connector = Connector("http", f"http://127.0.0.1:{port}", frozenset({"127.0.0.1"}), private=True)
        with working(url, sessions, connector, is_postgresql=name == "postgresql"):
            late = timer_lateness(sessions, agency, timers)
            starts = call_starts(sessions, agency, arrivals)
        begin_many(sessions, agency, calls)
        with working(url, sessions, connector, is_postgresql=name == "postgresql"):
            rate = call_rate(sessions, calls)
    sessions.kw["bind"].dispose()
    return {
        "database": name,
        "timer_median_s": late.median,
        "timer_p95_s": late.p95,
        "timer_most_s": late.most,
        "call_median_s": starts.median,
        "call_p95_s": starts.p95,
        "call_most_s": starts.most,
        "calls_per_second": rate,
    }


def prepare(sessions: Sessions) -> UUID:
    """Deploy the two processes; return the agency that runs them."""
    now = datetime.now(UTC)
    with sessions.begin() as session:
        agency = accounts.create_agency(session, "bench", "Bench", actor="t", now=now)
        for name, step, calls in (("timing", TIMER_STEP, ""), ("calling", CALL_STEP, CALLS)):
            body = (
                f'{HEAD}<process id="{name}" isExecutable="true"><startEvent id="begin"/>{step}<endEvent id="end"/>'
                '<sequenceFlow id="a" sourceRef="begin" targetRef="work"/>'
                '<sequenceFlow id="b" sourceRef="work" targetRef="end"/></process></definitions>'
            )
            files = {"process.yaml": MANIFEST.format(name=name, calls=calls).encode(), f"{name}.bpmn": body.encode()}
            package = read_package(write_zip(files))
            version = definitions.deploy(session, package, actor=SYSTEM, now=now)
            definitions.approve(session, version.id, actor=SYSTEM, now=now)
        return agency.id


@contextmanager
def another_system() -> Iterator[tuple[int, dict[str, float]]]:
    """Serve an echo; yield its port and when each idempotency key arrived."""
    arrivals: dict[str, float] = {}

    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            arrivals.setdefault(self.headers["Idempotency-Key"], time.time())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, arrivals
    server.shutdown()
    server.server_close()


@contextmanager
def working(url: str, sessions: Sessions, connector: Connector, *, is_postgresql: bool) -> Iterator[None]:
    """Run the worker's pumps as alur-worker does."""
    handlers = Handlers(sessions, {"http": connector}, lambda: datetime.now(UTC))
    pause = timedelta(seconds=5) if is_postgresql else timedelta(milliseconds=200)
    lease = timedelta(seconds=60)
    pumps = [Pump(handlers, MOVING, Limits(4, lease, pause)), Pump(handlers, CALLING, Limits(16, lease, pause))]
    over = threading.Event()
    threads = [threading.Thread(target=pump.run, args=(over.is_set,)) for pump in pumps]
    if is_postgresql:
        plain = url.replace("postgresql+psycopg", "postgresql")
        threads.append(threading.Thread(target=listen, args=(plain, pumps, over.is_set)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for pump in pumps:
            pump.wake.set()
        for thread in threads:
            thread.join()
        for pump in pumps:
            pump.close()


def timer_lateness(sessions: Sessions, agency: UUID, count: int) -> Figures:
    """Start instances whose timers fall due over ten seconds; return how late they fired."""
    # Time enough to start them all, on a busy machine too: a timer that is due before it is there says nothing.
    first = datetime.now(UTC) + timedelta(seconds=10)
    due = {}
    for index in range(count):
        at = first + timedelta(seconds=10 * index / count)
        due[start(sessions, agency, "timing", {"at": at.isoformat()})] = at
    wait_for(sessions, "timing", count, 60)
    with sessions() as session:
        fired = dict(
            session.execute(
                select(JournalEntry.instance_id, JournalEntry.at).where(JournalEntry.kind == "timer.fired")
            ).all()
        )
    return Figures.of([(fired[instance] - at).total_seconds() for instance, at in due.items()])


def call_starts(sessions: Sessions, agency: UUID, arrivals: dict[str, float]) -> Figures:
    """Start 20 instances a second for 10 s; return how long after its step each call arrived."""
    delays = []
    for _ in range(200):
        known = set(arrivals)
        began = time.time()
        start(sessions, agency, "calling", {})
        stored = time.time()
        while set(arrivals) == known and time.time() - stored < 5:
            time.sleep(0.001)
        newest = max(arrivals.values())
        delays.append(max(0.0, newest - stored))
        time.sleep(max(0.0, 0.05 - (time.time() - began)))
    return Figures.of(delays)


def begin_many(sessions: Sessions, agency: UUID, count: int) -> None:
    """Start instances whose calls wait."""
    for _ in range(count):
        start(sessions, agency, "calling", {})


def call_rate(sessions: Sessions, count: int) -> float:
    """Return how many calls a second are made and answered."""
    began = time.monotonic()
    wait_for(sessions, "calling", count + 200, 300)
    return count / (time.monotonic() - began)


def start(sessions: Sessions, agency: UUID, process: str, variables: dict[str, Any]) -> UUID:
    """Start an instance in a transaction of its own."""
    with sessions.begin() as session:
        moved = instances.start(session, process, variables, agency_id=agency, actor=SYSTEM, now=datetime.now(UTC))
    return moved.instance_id


def wait_for(sessions: Sessions, process: str, count: int, seconds: float) -> None:
    """Wait until ``count`` instances of a process have completed."""

    def completed() -> int:
        with sessions() as session:
            query = select(func.count()).where(
                Instance.process_id == process, Instance.status == InstanceStatus.COMPLETED
            )
            return int(session.scalar(query) or 0)

    wait_until(lambda: completed() >= count, seconds)


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    """Look every 50 ms. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"Expected the work to end within {seconds} s")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
