"""How many durable steps a second, and at what cost, beside the floor: one UPDATE and commit in the same run.

./run bench durable [--shapes NAME ...] [--databases sqlite postgresql] [--modes embedded http] [--clients N ...]
                    [--seconds S] [--runs N] [--peers [NAME ...]] [--warm-up S] [--history ROWS] [--json FILE]

Everything is durable: SQLite with synchronous FULL, PostgreSQL (started here) with fsync and synchronous_commit. Runs
of the floor and of Alur take turns, so that both have the same machine; a figure is the median of the runs, with least
and most, and ``of floor`` the median of the ratios of neighbouring runs. An act is what a client asks for in one
transaction or request: start an instance, complete a task, take or answer a job. ``cpu`` is the processor time of
Alur's own process for an act, ``db cpu`` that of PostgreSQL's. Statements, round trips and bytes are counted apart,
with one client. The shape ``user step`` completes one task of an endless loop again and again. ``--history`` adds so
many rows of other instances to the journal in between, and measures everything once more.

``--peers`` measures others too, where a shape means the same to them (peers.py and drivers.py say what they are
spared); one that cannot be installed is named and passed over. Alur then takes its turns with the floor and the peer,
and ``of alur`` is the median of the ratios of neighbouring runs: rate, and processor time with the database's. A driven
peer acts unmeasured before each shape until an act no longer gets cheaper, for ``--warm-up`` seconds at most.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers import SPARE, DrivenPeer, Missing, counted, dbos, java
from measuring import Run, cpu_of, machine, run, spread
from peers import BpmnEngine, PlainSpiff
from postgres import PostgresServer, running
from shapes import SHAPES
from subjects import Database, Embedded, Floor, OverHttp, traced

COUNTED = 200
PEERS = ("spiffworkflow", "bpmn-engine", "dbos", "operaton", "flowable")
HEAD = """\
| subject | shape | database | mode | clients | acts/s | of floor | of alur | p50/p95/p99 ms | floor p50 | cpu µs \
| db cpu µs |
|---|---|---|---|---|---|---|---|---|---|---|---|"""
Subject = Embedded | OverHttp | PlainSpiff | BpmnEngine | DrivenPeer


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--modes", nargs="+", choices=("embedded", "http"), default=["embedded"])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="others to measure; without a name, all")
    parser.add_argument("--warm-up", type=float, default=120.0)
    parser.add_argument("--history", type=int, default=0, help="rows added to the journal before a second measurement")
    parser.add_argument("--port", type=int, default=18400)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    chosen.peers = list(PEERS) if chosen.peers == [] else chosen.peers or []
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
                add_counts(kind, database, chosen.shapes, results)
    print_counts(results)
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
    for name in chosen.peers:
        try:
            with peer(name, chosen, database) as subject:
                yield from measured_peer(subject, chosen, database, server)
        except Missing as missing:
            print(f"\nNot measured: {missing}\n", flush=True)


def measured_peer(
    subject: PlainSpiff | BpmnEngine | DrivenPeer, chosen: Any, database: Database, server: PostgresServer | None
) -> Iterator[dict[str, Any]]:
    """Measure a peer in turns with Alur."""
    beside = Embedded(database)
    for shape in (each for each in chosen.shapes if each in subject.shapes):
        counts = dict[str, float]()
        if isinstance(subject, DrivenPeer) and server is not None:
            subject.warm(shape)
            counts = {"acts_before": subject.acts_before, **counted(subject, server, shape, COUNTED)}
        for clients in [1] if isinstance(subject, BpmnEngine) else chosen.clients:
            result = measure(subject, database, server, shape, clients, chosen.seconds, chosen.runs, beside)
            yield result | counts


@contextmanager
def peer(name: str, chosen: Any, database: Database) -> Iterator[PlainSpiff | BpmnEngine | DrivenPeer]:
    """Start a peer. Raises ``Missing`` if it cannot be had, or not on this database."""
    if name == "spiffworkflow":
        yield PlainSpiff(database)
        return
    if name == "bpmn-engine":
        if database.kind != "sqlite":
            raise Missing("bpmn-engine writes a file of its own; it is measured beside SQLite")
        if not BpmnEngine.is_there():
            raise Missing("bpmn-engine needs npm and node, which are not here")
        yield BpmnEngine()
        return
    if database.kind != "postgresql":
        raise Missing(f"{name} is measured on PostgreSQL")
    most = max(chosen.clients)
    driven = dbos(database, most, chosen.warm_up) if name == "dbos" else java(name, database, most, chosen.warm_up)
    try:
        yield driven
    finally:
        driven.close()


@contextmanager
def opened(kind: str, clients: int) -> Iterator[tuple[Database, PostgresServer | None]]:
    """Open a database of its own."""
    connections = clients + SPARE
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
    subject: Subject,
    database: Database,
    server: PostgresServer | None,
    shape: str,
    clients: int,
    seconds: float,
    runs: int,
    beside: Embedded | None = None,
) -> dict[str, Any]:
    """Measure a shape with some clients, in turns with the floor and, for a peer, with Alur beside it."""
    of_server = (lambda: cpu_of(server.process)) if server is not None else (lambda: 0.0)

    def turn(one: Floor | Subject) -> Run:
        if isinstance(one, BpmnEngine | DrivenPeer):
            return one.run(shape, clients, seconds, of_server)
        work = [one.client(number, shape) for number in range(clients)]
        done = run(work, seconds, cpu=one.cpu, database=of_server)
        for acts in work:
            acts.close()
        return done

    rounds = [[turn(one) for one in (Floor(database), beside, subject) if one is not None] for _ in range(runs)]
    result = figures(subject, [each[0] for each in rounds], [each[-1] for each in rounds])
    result |= {"shape": shape, "database": database.kind, "clients": clients}
    if beside is not None:
        result |= beside_alur([each[1] for each in rounds], [each[-1] for each in rounds])
    return result


def figures(subject: Subject, floors: list[Run], own: list[Run]) -> dict[str, Any]:
    """Return the figures of a subject's runs and of the floor's runs beside them."""
    rate = spread([one.per_second for one in own])
    return {
        "subject": subject.name,
        "mode": subject.mode,
        "per_second": rate["median"],
        "per_second_min": rate["min"],
        "per_second_max": rate["max"],
        "instances_per_second": statistics.median(one.instances / one.seconds for one in own),
        "of_floor": statistics.median(
            one.per_second / floor.per_second for floor, one in zip(floors, own, strict=True)
        ),
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


def beside_alur(alur: list[Run], own: list[Run]) -> dict[str, float]:
    """Return what a peer did as a share of what Alur did beside it; processor time is that with the database's."""

    def of_alur(what: Callable[[Run], float]) -> float:
        return statistics.median(what(one) / what(other) for other, one in zip(alur, own, strict=True))

    return {
        "of_alur": of_alur(lambda one: one.per_second),
        "cpu_of_alur": of_alur(lambda one: (one.cpu_s + one.database_s) / one.acts),
        "p95_of_alur": of_alur(lambda one: one.percentile(0.95)),
        "alur_per_second": statistics.median(one.per_second for one in alur),
    }


def line(result: dict[str, Any]) -> str:
    """Return a result as a line of the table."""
    history = f", {result['history']:,} rows of journal" if result.get("history") else ""
    rate = f"{result['per_second']:.0f} ({result['per_second_min']:.0f}–{result['per_second_max']:.0f})"
    times = " / ".join(f"{result[name]:.2f}" for name in ("p50_ms", "p95_ms", "p99_ms"))
    cpu = f"{result['cpu_us_per_step']:.0f} (floor {result['floor_cpu_us']:.0f})"
    database = f"{result['database_cpu_us_per_step']:.0f} (floor {result['floor_database_cpu_us']:.0f})"
    of_alur = f"{result['of_alur']:.0%}, cpu {result['cpu_of_alur']:.1f}×" if "of_alur" in result else ""
    what = " | ".join(
        (result["subject"], result["shape"] + history, result["database"], result["mode"], str(result["clients"]))
    )
    of_floor = f"{result['of_floor']:.0%} of {result['floor_per_second']:.0f}"
    return f"| {what} | {rate} | {of_floor} | {of_alur} | {times} | {result['floor_p50_ms']:.2f} | {cpu} | {database} |"


def add_counts(kind: str, database: Database, shapes: list[str], results: list[dict[str, Any]]) -> None:
    """Count statements, round trips and bytes of each shape, and add them to Alur's results."""
    with tempfile.TemporaryDirectory() as folder:
        for shape in shapes:
            before = database.size()
            counts = traced(database.url, database, shape, COUNTED, Path(folder))
            # An endless instance grows with its acts: what is given is for one act then.
            counts["bytes_per_instance"] = (database.size() - before) / (COUNTED + 1)
            for result in results:
                if result["subject"] == "alur" and result["shape"] == shape and result["database"] == kind:
                    result.update(counts)


def print_counts(results: list[dict[str, Any]]) -> None:
    """Print what was counted, of peers what PostgreSQL's log tells."""
    print("\n| subject | shape | database | statements an act | round trips an act | bytes an instance |")
    print("|---|---|---|---|---|---|")
    counted_ones = {
        (each["subject"], each["shape"], each["database"]): each for each in results if "statements" in each
    }
    for names, each in counted_ones.items():
        trips = f"{each['round_trips']:.1f}" if each.get("round_trips") else "–"
        print(f"| {' | '.join(names)} | {each['statements']:.1f} | {trips} | {each['bytes_per_instance']:.0f} |")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
