"""How much processor time a step takes in memory: complete a task, run until everything waits, tell the changes.

    python tests/benchmarks/steps.py [--json FILE] [--rounds N]

``stored`` adds what a stored instance costs: load the state before the step, dump it after. A figure is the median of
the rounds, in microseconds of processor time for one completed task; ``late`` is the last tenth of the tasks of one
instance. Last it prints what the last tenth of a long loop's passes costs of the first: 1.00 says that cost does not
grow with history. ``bytes`` is the state in mid-flight, data included.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shapes import DATA, PERMIT, drawer, fork, row

from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.bpmn.reader import read_bpmn
from engine.bpmn.waits import WaitKind, WorkflowStatus
from engine.bpmn.workflow import Workflow

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LOOP = "loop, 20,000 passes"
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "1 task": (row(1, "user"), DATA),
    "10 tasks in a row": (row(10, "user"), DATA),
    "5 tasks in parallel": (fork(5, "user"), DATA),
    LOOP: (
        "s -> m -> a -> x\nx -> m if n < 20000\nx -> e else\ns: start\nm: xor\nx: xor\na: user\ne: end",
        DATA,
    ),
    "100 instances in parallel": (
        "s -> a -> e\ns: start\ne: end\na: user each='=items' as=item into=results from='=got'",
        {"items": list(range(100))},
    ),
    "100 instances in sequence": (
        "s -> a -> e\ns: start\ne: end\na: user each='=items' as=item into=results from='=got' sequential",
        {"items": list(range(100))},
    ),
    "permit": (PERMIT, {**DATA, "complete": True}),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run of a shape took, in microseconds for each completed task."""

    all: float
    early: float
    late: float
    size_bytes: int
    steps: int


def play(definition: Definition, data: dict[str, Any], *, stored: bool) -> Figures:
    """Run one instance to its end, answering the oldest task each time."""
    workflow = Workflow.start(definition, data, now=NOW)
    workflow.take_changes()
    state = workflow.dump()
    times: list[int] = []
    sizes = [len(state)]
    while workflow.status is WorkflowStatus.RUNNING:
        token = min(wait.token for wait in workflow.waits() if wait.kind is WaitKind.USER)
        answer = {"n": len(times) + 1, "got": len(times)}
        begin = time.process_time_ns()
        if stored:
            workflow = Workflow.load(definition, state)
        workflow.complete(token, answer, now=NOW)
        workflow.take_changes()
        if stored:
            state = workflow.dump()
        times.append(time.process_time_ns() - begin)
        if len(times) % 50 == 1:
            sizes.append(len(workflow.dump()))
    tenth = max(1, len(times) // 10)
    return Figures(
        statistics.mean(times) / 1000,
        statistics.mean(times[:tenth]) / 1000,
        statistics.mean(times[-tenth:]) / 1000,
        int(statistics.median(sizes)),
        len(times),
    )


def measure(draw: Callable[[str], str], rounds: int) -> list[dict[str, Any]]:
    """Measure every shape."""
    results = []
    for shape, (text, data) in SHAPES.items():
        model = read_bpmn(draw(text).encode(), file="steps.bpmn")
        definition = compile_process("p", [model], decisions=None)
        play(definition, data, stored=False)
        repeats = max(1, 200 // play(definition, data, stored=True).steps)
        row: dict[str, Any] = {"shape": shape}
        for name, stored in (("memory", False), ("stored", True)):
            runs = [play(definition, data, stored=stored) for _ in range(rounds * repeats)]
            row[name] = statistics.median(run.all for run in runs)
            row[f"{name}_early"] = statistics.median(run.early for run in runs)
            row[f"{name}_late"] = statistics.median(run.late for run in runs)
            row["bytes"] = runs[0].size_bytes
            row["steps"] = runs[0].steps
        results.append(row)
    return results


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args(arguments)
    results, grown = measure(drawer(), chosen.rounds), (1.0, 1.0)
    print(f"Python {platform.python_version()}, {platform.machine()}; µs of processor time for each completed task")
    print(f"{'shape':28} {'tasks':>6} {'memory':>8} {'late':>8} {'stored':>8} {'late':>8} {'bytes':>7}")
    for found in results:
        print(
            f"{found['shape']:28} {found['steps']:6} {found['memory']:8.1f} {found['memory_late']:8.1f} "
            f"{found['stored']:8.1f} {found['stored_late']:8.1f} {found['bytes']:7}"
        )
        if found["shape"] == LOOP:
            grown = (found["memory_late"] / found["memory_early"], found["stored_late"] / found["stored_early"])
    print(f"{LOOP}: the last 2,000 cost {grown[0]:.2f} of the first 2,000 in memory, {grown[1]:.2f} stored")
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
