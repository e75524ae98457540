"""Offer the invalid models of the betsy suite, which must be refused, and the valid ones, which must not.

python tests/conformance/betsy_invalid.py [--from DIR] [--only NAME] [--json FILE]

The name of a model's folder stands for the constraint of BPMN that it breaks; RULES says which of our rules speak of
that constraint. A model that only another rule refuses counts as refused, but is printed.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from betsy_traces import REFUSED, SUITE, translated

from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.reader import read_bpmn
from engine.errors import Invalid
from engine.findings import Finding, errors_of

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
# What the suite's scripts may say: the bench of the traces handles these words, the product knows none of them.
BENCH_WORDS = ("SCRIPT_task", "INCREMENT_INTEGER_VARIABLE", "LOG_DATA", "SET_STRING_DATA", "THROW_ERROR")
BENCH_WORDS += ("CREATE_LOG_FILE", "CREATE_MARKER_FILE", "WAIT_TEN_SECONDS")
# Rules about how a step's work is done: the bench stands in for handlers.
ABOUT_HANDLERS = frozenset(("bpmn.no-script", "bpmn.script-format", "bpmn.no-job-type", "bpmn.no-decision"))
RULES: dict[str, str] = {
    "EXT002": "id-unique",
    "EXT003": "id-required attribute-required",
    "EXT004": "mime-type",
    "EXT006": "artifact-flow",
    "EXT007": "artifact-flow",
    "EXT008": "artifact-flow",
    "EXT009": "artifact-flow",
    "EXT010": "mime-type",
    "EXT011": "code-required",
    "EXT012": "formal-expression",
    "EXT013": "expression-empty timer-one multi-instance-behavior",
    "EXT014": "uri",
    "EXT019": "gateway-direction",
    "EXT020": "collection",
    "EXT022": "event-sub-process-flow",
    "EXT023": "listed-flows",
    "EXT024": "flow-immediate",
    "EXT025": "condition-lonely",
    "EXT026": "default-own",
    "EXT027": "choreography",
    "EXT028": "flow-scope",
    "EXT030": "multiplicity",
    "EXT031": "message-flow-ends",
    "EXT033": "choreography",
    "EXT036": "choreography",
    "EXT037": "quantity",
    "EXT038": "quantity",
    "EXT039": "resource",
    "EXT040": "resource",
    "EXT042": "service-data",
    "EXT043": "service-data",
    "EXT044": "service-data",
    "EXT045": "service-data",
    "EXT046": "message-data",
    "EXT047": "message-data",
    "EXT048": "message-data",
    "EXT049": "receive-instantiate",
    "EXT051": "message-data",
    "EXT052": "message-data",
    "EXT053": "script-format",
    "EXT054": "loop-one",
    "EXT055": "loop-one",
    "EXT056": "choreography",
    "EXT057": "event-sub-process-flow",
    "EXT058": "event-sub-process-start",
    "EXT059": "event-kind event-sub-process-start event-sub-process-interrupting",
    "EXT060": "uri",
    "EXT061": "ad-hoc-content",
    "EXT062": "ad-hoc-content",
    "EXT063": "call-data",
    "EXT064": "io-binding",
    "EXT065": "io-binding",
    "EXT067": "multi-instance-data",
    "EXT068": "multi-instance-data",
    "EXT069": "multi-instance-items",
    "EXT070": "multi-instance-items",
    "EXT076": "data-state-name",
    "EXT077": "collection",
    "EXT078": "element-place",
    "EXT079": "data-object-place element-place association-ends",
    "EXT082": "data-direction",
    "EXT083": "collection",
    "EXT085": "io-in-sets optional-in-set",
    "EXT087": "set-pairs",
    "EXT089": "io-in-sets optional-in-set",
    "EXT091": "association-item",
    "EXT092": "association-sources",
    "EXT093": "event-multiple-data",
    "EXT094": "event-items",
    "EXT095": "definition-place",
    "EXT097": "both-ends",
    "EXT098": "event-kind",
    "EXT099": "called-start",
    "EXT100": "start-in-sub-process",
    "EXT101": "listed-flows start-outgoing",
    "EXT103": "message-flow-start",
    "EXT104": "start-incoming",
    "EXT105": "both-ends",
    "EXT106": "cancel-place",
    "EXT107": "listed-flows end-incoming",
    "EXT109": "message-flow-event",
    "EXT110": "event-kind event-none",
    "EXT111": "cancel-place",
    "EXT112": "boundary-incoming",
    "EXT113": "boundary-outgoing",
    "EXT114": "boundary-outgoing",
    "EXT115": "event-flow",
    "EXT116": "event-flow",
    "EXT117": "link-flow",
    "EXT119": "message-flow-event",
    "EXT121": "event-kind",
    "EXT122": "event-kind",
    "EXT123": "conditional-condition formal-expression",
    "EXT124": "link-name",
    "EXT127": "event-reference",
    "EXT128": "message-operation",
    "EXT129": "event-sub-process-start",
    "EXT130": "event-none",
    "EXT132": "timer",
    "EXT134": "timer",
    "EXT135": "gateway-direction gateway-flows",
    "EXT137": "event-gateway",
    "EXT138": "event-gateway",
    "EXT140": "event-gateway",
    "EXT141": "event-gateway",
    "EXT142": "event-gateway-start",
    "EXT143": "compensation-handler",
    "EXT145": "script-format",
    "EXT146": "event-kind",
    "EXT147": "event-kind event-none",
    "EXT148": "event-kind event-none",
    "EXT149": "event-kind",
    "EXT150": "connected",
    "EXT151": "connected",
    "REF": "reference flow-ends default-own message-flow-ends boundary-host association-ends definition-place",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one model. ``wanted`` are the rules that should refuse it; empty: any."""

    name: str
    wanted: frozenset[str]
    must_be_refused: bool
    errors: tuple[Finding, ...]

    @property
    def is_right(self) -> bool:
        return bool(self.errors) == self.must_be_refused

    @property
    def is_by_another_rule(self) -> bool:
        fired = {finding.rule.removeprefix("bpmn.") for finding in self.errors}
        return self.must_be_refused and bool(fired) and bool(self.wanted) and not fired & self.wanted


def main(arguments: list[str]) -> int:
    """Offer all models and print."""
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
    """Offer the invalid models, the valid ones, the drawings beside the suite and our own processes."""
    for path in sorted((suite / "invalid").rglob("*.bpmn")):
        if only in path.name:
            wanted = RULES.get(path.parent.name, "").split()
            yield Result(f"{path.parent.name}/{path.name}", frozenset(wanted), True, refusals(path))
    refused = files_to_refuse(suite)
    for folder in (suite / "valid", suite.parent / "miwg", PROCESSES):
        for path in sorted(folder.rglob("*.bpmn")):
            if only in path.name:
                name = f"{folder.name}/{path.relative_to(folder)}"
                yield Result(name, frozenset(), path.resolve() in refused, refusals(path))


def files_to_refuse(suite: Path) -> frozenset[Path]:
    """Return the models among the valid ones that the suite wants refused all the same."""
    cases = json.loads((suite / "cases.json").read_text()) if (suite / "cases.json").exists() else []
    return frozenset((suite / case["file"]).resolve() for case in cases if REFUSED in case["expected"])


def refusals(path: Path) -> tuple[Finding, ...]:
    """Return the errors for which a file cannot be deployed, with handlers for what the bench's scripts do."""
    try:
        model = translated(read_bpmn(path.read_bytes(), file=path.name))
    except Invalid as refusal:
        return refusal.findings
    handled = {
        node.id
        for process in model.processes.values()
        for _scope, node in process.scope.everything()
        if node.work.script is None or node.work.script.source.startswith(BENCH_WORDS)
    }
    found = errors_of(lint_models([model], context=LintContext()))
    return tuple(each for each in found if not (each.rule in ABOUT_HANDLERS and each.element in handled))


def summary(results: list[Result]) -> dict[str, Any]:
    """Return the figures, and what was found where it went wrong."""
    invalid = [result for result in results if result.must_be_refused]
    wrong = {
        result.name: "; ".join(str(finding) for finding in result.errors[:3]) or "not refused"
        for result in results
        if not result.is_right
    }
    return {
        "invalid": {"refused": sum(bool(result.errors) for result in invalid), "total": len(invalid)},
        "by_another_rule": {
            result.name: sorted({finding.rule for finding in result.errors})
            for result in results
            if result.is_by_another_rule
        },
        "false_refusals": sum(bool(result.errors) for result in results if not result.must_be_refused),
        "failures": wrong,
    }


def print_summary(results: list[Result], report: dict[str, Any]) -> None:
    """Print what went wrong, what was refused by another rule only, and the figures."""
    for name, reason in report["failures"].items():
        print(f"    {name}: {reason}")
    for name, rules in report["by_another_rule"].items():
        print(f"    {name}: refused, but only by {', '.join(rules)}")
    refused, total = report["invalid"]["refused"], report["invalid"]["total"]
    valid = sum(not result.must_be_refused for result in results)
    print(f"betsy invalid: {refused} of {total} refused ({refused / max(total, 1):.1%})")
    print(f"false refusals: {report['false_refusals']} of {valid} valid models")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
