"""Refuse the invalid models of the betsy suite, and none of the valid ones or our own.

Interchange references are drawings and softened to warnings; those that claim to be executable are listed if they
break a rule, with the first one.

python tests/conformance/betsy_invalid.py [--from DIR] [--json FILE]
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.reader import read_bpmn
from engine.bpmn.rules import check_structure
from engine.errors import Invalid
from engine.findings import Finding, errors_of
from engine.gate import read_xml

sys.path.insert(0, str(Path(__file__).resolve().parent))
from betsy_rules import EXPECTED
from betsy_traces import translated

ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = ROOT.parent / "shared" / "conformance"
# Models of betsy/valid that are there to come to an error: they may be refused.
MAY_BE_REFUSED = frozenset(
    "LoopTask_NegativeLoopMaximum MultiInstanceTask_NegativeLoopCardinality Token_StartQuantity_Zero "
    "Token_CompletionQuantity_Zero".split()
)
# What the scripts of the suite say: its bench has handlers for them, and for steps that name no work.
BENCH_WORDS = tuple(
    "SCRIPT_task INCREMENT_INTEGER_VARIABLE LOG_DATA SET_STRING_DATA THROW_ERROR CREATE_LOG_FILE CREATE_MARKER_FILE "
    "WAIT_TEN_SECONDS".split()
)
ABOUT_HANDLERS = frozenset(("bpmn.no-script", "bpmn.no-job-type", "bpmn.no-decision"))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is wrong with a file; ``findings`` are the errors only."""

    file: str
    findings: list[Finding]


def main(arguments: list[str]) -> int:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="suite", type=Path, default=CONFORMANCE / "betsy")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    report = judge_all(chosen.suite)
    print_judgements(report)
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1))
    return 0 if report["invalid"]["total"] else 1


def judge_all(suite: Path) -> dict[str, Any]:
    """Return the figures: how many invalid models are refused, and by which rules; and what is refused wrongly."""
    folder = suite / "invalid"
    invalid = [
        Judgement(str(path.relative_to(folder)), faults_of_invalid(path)) for path in sorted(folder.glob("**/*.bpmn"))
    ]
    false = [judgement for judgement in valid_ones(suite) if judgement.findings]
    drawn = [judgement for judgement in judged(CONFORMANCE / "miwg", CONFORMANCE) if judgement.findings]
    return {
        "invalid": {"refused": sum(bool(each.findings) for each in invalid), "total": len(invalid)},
        "accepted": [each.file for each in invalid if not each.findings],
        "false_refusals": {each.file: str(each.findings[0]) for each in false},
        "interchange_refused": {each.file: str(each.findings[0]) for each in drawn},
        "mismatches": {
            each.file: sorted({found.rule for found in each.findings})
            for each in invalid
            if not is_for_its_reason(each)
        },
        "folders_without_rule": sorted({_folder(each) for each in invalid} - set(EXPECTED)),
        "rules": {each.file: sorted({found.rule for found in each.findings}) for each in invalid},
    }


def is_for_its_reason(judgement: Judgement) -> bool:
    """Tell whether one of the rules that a model breaks says what its folder is about. True where nothing is known."""
    wanted = EXPECTED.get(_folder(judgement))
    return wanted is None or not judgement.findings or any(found.rule in wanted for found in judgement.findings)


def _folder(judgement: Judgement) -> str:
    return Path(judgement.file).parts[0]


def valid_ones(suite: Path) -> Iterator[Judgement]:
    """Judge what must not be refused."""
    for judgement in judged(suite / "valid", suite):
        if Path(judgement.file).stem not in MAY_BE_REFUSED:
            yield judgement
    yield from judged(ROOT / "processes", ROOT)


def judged(folder: Path, above: Path) -> Iterator[Judgement]:
    """Judge every model in a folder; files are named relative to ``above``."""
    for path in sorted(folder.glob("**/*.bpmn")):
        yield Judgement(str(path.relative_to(above)), faults_of(path))


def faults_of(path: Path) -> list[Finding]:
    """Return the errors that keep a model from being deployed, whatever package it came in."""
    try:
        model = translated(read_bpmn(path.read_bytes(), file=path.name))
    except Invalid as error:
        return list(error.findings)
    handled = {
        node.id
        for process in model.processes.values()
        for _scope, node in process.scope.everything()
        if node.work.script is None or node.work.script.source.startswith(BENCH_WORDS)
    }
    found = errors_of(lint_models([model], context=LintContext()))
    return [fault for fault in found if not (fault.rule in ABOUT_HANDLERS and fault.element in handled)]


def faults_of_invalid(path: Path) -> list[Finding]:
    """Return the errors of a model that breaks a rule.

    The suite has models without an executable process, which is never deployed: there the rule counts that it breaks.
    """
    faults = faults_of(path)
    if faults:
        return faults
    return errors_of(check_structure(read_xml(path.read_bytes(), file=path.name)))


def print_judgements(report: dict[str, Any]) -> None:
    """Print what was accepted, what was refused wrongly, and the figures."""
    for file in report["accepted"]:
        print(f"    accepted: {file}")
    for file, reason in report["false_refusals"].items():
        print(f"    refused wrongly: {file}: {reason}")
    for file, reason in report["interchange_refused"].items():
        print(f"    says it is executable, but is not: {file}: {reason}")
    for file, rules in report["mismatches"].items():
        print(f"    refused for another reason: {file}: {', '.join(rules)}")
    if report["folders_without_rule"]:
        print(f"    no rule is known for: {', '.join(report['folders_without_rule'])}")
    refused, total = report["invalid"]["refused"], report["invalid"]["total"]
    share = refused / max(total, 1)
    print(f"betsy invalid: {refused} of {total} refused ({share:.1%}); {len(report['false_refusals'])} false refusals")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
