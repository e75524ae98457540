"""How many durable steps a second, and at what cost, beside the floor: one UPDATE and commit in the same run.

./run bench durable [--shapes NAME ...] [--databases sqlite postgresql] [--modes embedded http] [--clients N ...]
                    [--seconds S] [--runs N] [--peers] [--history ROWS] [--json FILE]

Everything is durable: SQLite with synchronous FULL, PostgreSQL (started here) with fsync and synchronous_commit. Runs
of the floor and of Alur take turns, so that both have the same machine; a figure is the median of the runs, with least
and most, and ``of floor`` the median of the ratios of neighbouring runs. An act is what a client asks for in one
transaction or request: start an instance, complete a task, take or answer a job. ``cpu`` is the processor time of
Alur's own process for an act, ``db cpu`` that of PostgreSQL's. Statements, round trips and bytes are counted apart,
with one client. The shape ``user step`` completes one task of an endless loop again and again. ``--peers`` measures
others too, where a shape means the same to them (peers.py says what they are spared). ``--history`` adds so many rows
of other instances to the journal in between, and measures everything once more.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import Run, cpu_of, machine, run, spread
from peers import SHAPES_OF_BPMN_ENGINE, SHAPES_OF_SPIFF, BpmnEngine, PlainSpiff
from postgres import PostgresServer, running
from shapes import SHAPES
from subjects import Database, Embedded, Floor, OverHttp, traced

COUNTED = 200
HEAD = """\
| subject | shape | database | mode | clients | acts/s | of floor | p50/p95/p99 ms | floor p50 | cpu µs | db cpu µs |
|---|---|---|---|---|---|---|---|---|---|---|"""


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--modes", nargs="+", choices=("embedded", "http"), default=["embedded"])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="measure SpiffWorkflow, and bpmn-engine where npm is")
    parser.add_argument("--history", type=int, default=0, help="rows added to the journal before a second measurement")
    parser.add_argument("--port", type=int, default=18400)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    about = machine()
    print(f"{about['processor']}, Python {about['python']}, commit {about['commit']}, load {about['load']}\n")
    print(HEAD)
    results: list[dict[str, Any]] = []
    for kind in chosen.databases:
        with opened(kind, max(chosen.clients)) as (database, server):
            for history in [0, chosen.history] if chosen.history else [0]:
                database.add_history(history)
                for result in measured(chosen, database, server):
                    result["history"] = history
                    print(line(result), flush=True)
                    results.append({**result, "machine": about})
            if "embedded" in chosen.modes:
                print_counts(kind, database, chosen.shapes, results)
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1))
    return 0


def measured(chosen: Any, database: Database, server: PostgresServer | None) -> Iterator[dict[str, Any]]:
    """Measure what was chosen on a database."""
    for mode in chosen.modes:
        with serving(mode, database, chosen.port) as subject:
            for shape in chosen.shapes:
                for clients in chosen.clients:
                    yield measure(subject, database, server, shape, clients, chosen.seconds, chosen.runs)
    if chosen.peers:
        peer = PlainSpiff(database)
        for shape in (each for each in chosen.shapes if each in SHAPES_OF_SPIFF):
            for clients in chosen.clients:
                yield measure(peer, database, server, shape, clients, chosen.seconds, chosen.runs)
    if chosen.peers and BpmnEngine.is_there() and database.kind == "sqlite":  # its file is no database's
        for shape in (each for each in chosen.shapes if each in SHAPES_OF_BPMN_ENGINE):
            yield measure(BpmnEngine(), database, server, shape, 1, chosen.seconds, chosen.runs)


@contextmanager
def opened(kind: str, clients: int) -> Iterator[tuple[Database, PostgresServer | None]]:
    """Open a database of its own."""
    connections = clients + 5
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            database = Database(kind, f"sqlite:///{folder}/bench.db", connections)
            yield database, None
            database.close()
        return
    with running(durable=True) as server:
        database = Database(kind, server.url, connections)
        yield database, server
        database.close()


@contextmanager
def serving(mode: str, database: Database, port: int) -> Iterator[Embedded | OverHttp]:
    """Yield what is measured."""
    if mode == "embedded":
        yield Embedded(database)
        return
    served = OverHttp(database, port)
    with served.serving():
        yield served


def measure(
    subject: Embedded | OverHttp | PlainSpiff | BpmnEngine,
    database: Database,
    server: PostgresServer | None,
    shape: str,
    clients: int,
    seconds: float,
    runs: int,
) -> dict[str, Any]:
    """Measure a shape with some clients, the floor in turns with it."""
    pairs: list[tuple[Run, Run]] = []
    for _ in range(runs):
        each = []
        for one in (Floor(database), subject):
            if isinstance(one, BpmnEngine):
                each.append(one.run(shape, seconds))
                continue
            work = [one.client(number, shape) for number in range(clients)]
            of_server = (lambda: cpu_of(server.process)) if server is not None else (lambda: 0.0)
            each.append(run(work, seconds, cpu=one.cpu, database=of_server))
            for acts in work:
                acts.close()
        pairs.append((each[0], each[1]))
    floors, own = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    rate = spread([one.per_second for one in own])
    return {
        "subject": subject.name,
        "shape": shape,
        "database": database.kind,
        "mode": subject.mode,
        "clients": clients,
        "per_second": rate["median"],
        "per_second_min": rate["min"],
        "per_second_max": rate["max"],
        "instances_per_second": statistics.median(one.instances / one.seconds for one in own),
        "of_floor": statistics.median(one.per_second / floor.per_second for floor, one in pairs),
        "p50_ms": statistics.median(one.percentile(0.5) for one in own),
        "p95_ms": statistics.median(one.percentile(0.95) for one in own),
        "p99_ms": statistics.median(one.percentile(0.99) for one in own),
        "floor_per_second": statistics.median(one.per_second for one in floors),
        "floor_p50_ms": statistics.median(one.percentile(0.5) for one in floors),
        "floor_cpu_us": statistics.median(one.cpu_s / one.acts for one in floors) * 1e6,
        "cpu_us_per_step": statistics.median(one.cpu_s / one.acts for one in own) * 1e6,
        "database_cpu_us_per_step": statistics.median(one.database_s / one.acts for one in own) * 1e6,
        "floor_database_cpu_us": statistics.median(one.database_s / one.acts for one in floors) * 1e6,
    }


def line(result: dict[str, Any]) -> str:
    """Return a result as a line of the table."""
    history = f", {result['history']:,} rows of journal" if result.get("history") else ""
    rate = f"{result['per_second']:.0f} ({result['per_second_min']:.0f}–{result['per_second_max']:.0f})"
    times = " / ".join(f"{result[name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
    cpu = f"{result['cpu_us_per_step']:.0f} (floor {result['floor_cpu_us']:.0f})"
    database = f"{result['database_cpu_us_per_step']:.0f} (floor {result['floor_database_cpu_us']:.0f})"
    what = " | ".join(
        (result["subject"], result["shape"] + history, result["database"], result["mode"], str(result["clients"]))
    )
    of_floor = f"{result['of_floor']:.0%} of {result['floor_per_second']:.0f}"
    return f"| {what} | {rate} | {of_floor} | {times} | {result['floor_p50_ms']:.2f} | {cpu} | {database} |"


def print_counts(kind: str, database: Database, shapes: list[str], results: list[dict[str, Any]]) -> None:
    """Count statements, round trips and bytes of each shape; print them and add them to the results."""
    print(f"\n| shape on {kind} | statements an act | round trips an act | bytes an instance |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for shape in shapes:
            before = database.size()
            counts = traced(database.url, database, shape, COUNTED, Path(folder))
            # An endless instance grows with its acts: what is given is for one act then.
            counts["bytes_per_instance"] = (database.size() - before) / (COUNTED + 1)
            print(
                f"| {shape} | {counts['statements']:.1f} | {counts['round_trips'] or '–':.3} | "
                f"{counts['bytes_per_instance']:.0f} |"
            )
            for result in results:
                if result["subject"] == "alur" and result["shape"] == shape and result["database"] == kind:
                    result.update(counts)
    print()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
