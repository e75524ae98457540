"""How much processor time a step takes in memory: complete a task, run until everything waits, tell the changes.

    python tests/benchmarks/steps.py [--json FILE] [--rounds N]

``stored`` adds what a stored instance costs: load the state before the step, dump it after. A figure is the median of
the rounds, in microseconds of processor time for one completed task; ``late`` is the last tenth of the tasks of one
instance, to show that cost does not grow with history. ``bytes`` is the state in mid-flight, data included.
"""

import argparse
import importlib.util
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

from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.bpmn.reader import read_bpmn
from engine.bpmn.waits import WaitKind, WorkflowStatus
from engine.bpmn.workflow import Workflow

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DATA: dict[str, Any] = {"applicant": {"name": "Siti", "nik": "3201"}, "area": 120, "n": 0, "approved": True}
DRAWING = Path(__file__).resolve().parents[1] / "engine" / "bpmn" / "drawing.py"

PERMIT = """
s -> register -> check
check -> correct if complete = false
check -> classify else
correct -> register
classify -> split
split -> technical -> join
split -> zoning -> join
split -> fees -> join
join -> decide -> approvedx
approvedx -> issue if approved
approvedx -> refuse else
issue -> notify -> done
refuse -> notify
late -> remind -> reminded
s: start
register: user groups='=["registry"]'
check: xor
correct: user groups='=["applicant"]'
classify: script do='=if area > 100 then "large" else "small"' to=size
split: and
technical: sub {
ts -> inspect -> report -> te
ts: start
inspect: user groups='=["inspector"]'
report: user groups='=["inspector"]'
te: end
}
zoning: user groups='=["planner"]'
fees: script do='=area * 15000' to=fee
join: and
decide: user groups='=["head"]'
late: boundary on=decide timeDuration=P10D beside
remind: task
reminded: end
approvedx: xor
issue: user groups='=["registry"]'
refuse: user groups='=["registry"]'
notify: throw message=notice in.number="=area"
done: end
"""


def row(count: int) -> str:
    """Draw tasks in a row."""
    names = [f"t{number}" for number in range(count)]
    return "s -> " + " -> ".join(names) + " -> e\ns: start\ne: end\n" + "\n".join(f"{name}: user" for name in names)


SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "1 task": (row(1), DATA),
    "10 tasks in a row": (row(10), DATA),
    "5 tasks in parallel": (
        "s -> f\n"
        + "\n".join(f"f -> t{n} -> j\nt{n}: user" for n in range(5))
        + "\nj -> e\ns: start\nf: and\nj: and\ne: end",
        DATA,
    ),
    "loop, 2,000 passes": (
        "s -> m -> a -> x\nx -> m if n < 2000\nx -> e else\ns: start\nm: xor\nx: xor\na: user\ne: end",
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
    results = measure(_drawer(), chosen.rounds)
    print(f"Python {platform.python_version()}, {platform.machine()}; µs of processor time for each completed task")
    print(f"{'shape':28} {'tasks':>6} {'memory':>8} {'late':>8} {'stored':>8} {'late':>8} {'bytes':>7}")
    for row in results:
        print(
            f"{row['shape']:28} {row['steps']:6} {row['memory']:8.1f} {row['memory_late']:8.1f} "
            f"{row['stored']:8.1f} {row['stored_late']:8.1f} {row['bytes']:7}"
        )
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1))
    return 0


def _drawer() -> Callable[[str], str]:
    """Return the function that draws BPMN from lines of text, which the tests use too."""
    spec = importlib.util.spec_from_file_location("drawing", DRAWING)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(DRAWING)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    draw: Callable[[str], str] = module.draw
    return draw


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
