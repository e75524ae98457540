"""Read models of other engines, and deploy them with stand-ins for their handlers, decisions and called processes.

python tests/conformance/dialects.py [--from DIR] [--only TEXT] [--json FILE]

A model is deployed if it is read, passes the rules and compiles. What is refused is counted by reason; files that are
no well-formed BPMN, and models that the set itself calls wrong by their names, are told apart. A file that uses no
engine's properties is read as most of its neighbours are: it was written for the same engine. The interchange
references beside the folder must all be read.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.bpmn.engines import dialect_of
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.model import Model, Node, Outcome, Process, Scope
from engine.bpmn.reader import read_bpmn
from engine.errors import Invalid
from engine.findings import Finding, Place, errors_of
from engine.gate import read_xml

CONFORMANCE = Path(__file__).resolve().parents[3] / "shared" / "conformance"
# Rules about how a step's work is done: stand-ins do it here.
ABOUT_HANDLERS = frozenset(("bpmn.no-job-type", "bpmn.no-script", "bpmn.no-decision", "bpmn.unknown-process"))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one file: ``deployed``, ``drawing`` (read, nothing to execute), ``refused``, ``malformed`` (no BPMN
    at all) or ``crashed``; ``findings`` are the reasons, ``outcomes`` counts what became of the extensions."""

    file: str
    verdict: str
    findings: tuple[Finding, ...] = ()
    crash: str = ""
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    """Read everything and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--from", dest="folder", type=Path, default=CONFORMANCE / "dialects", metavar="DIR")
    parser.add_argument("--only", default="", metavar="TEXT", help="only files whose path holds this text")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    chosen = parser.parse_args(arguments)
    results = list(run_folder(chosen.folder, chosen.only, usual_dialect(chosen.folder)))
    if not results:
        print(f"Expected models in {chosen.folder}, found none: skipped", file=sys.stderr)
        return 1
    report = summary(results)
    print_report(results, report)
    references = list(run_folder(CONFORMANCE / "miwg"))
    report["interchange"] = {"read": sum(each.verdict in _READ for each in references), "total": len(references)}
    print(f"interchange references read: {report['interchange']['read']} of {len(references)}")
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if report["crashed"] else 0


# Words by which the set calls models wrong: its own engine refuses them too.
_WRONG = re.compile(
    r"invalid|illegal|missing|unresolvable|notallowed|disallowed|shouldnotparse|fails|throwserror|withouterrorcode|"
    r"emptyerrorcode|\bno(id|ref)|noref|noid|parsingerrors|nonbooleanresult|multiple\w*events?fails|notransaction|connectedtoactivity|"
    r"/parse/|parsetest|missing",
    re.IGNORECASE,
)
_READ = frozenset(("deployed", "drawing", "refused"))


def run_folder(folder: Path, only: str = "", dialect: str | None = None) -> Iterator[Result]:
    """Try every model below a folder. ``dialect`` is that of files that show none."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".bpmn", ".xml") and only in str(path):
            yield run_file(path, str(path.relative_to(folder)), dialect)


def usual_dialect(folder: Path) -> str | None:
    """Return the dialect that most files below a folder use that use any; None: none does."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.suffix in (".bpmn", ".xml"):
            with suppress(Invalid):
                found[dialect_of(read_xml(path.read_bytes(), file=path.name), "bpmn")] += 1
    del found["bpmn"]
    return found.most_common(1)[0][0] if found else None


def run_file(path: Path, name: str, dialect: str | None = None) -> Result:
    """Read, check and compile one file."""
    try:
        return _judged(read_bpmn(path.read_bytes(), file=path.name, dialect=dialect), name)
    except Invalid as refusal:
        return Result(name, "malformed", refusal.findings)
    except Exception as error:
        return Result(name, "crashed", crash=f"{type(error).__name__}: {error}")


def _judged(model: Model, name: str) -> Result:
    outcomes = Counter(each.outcome for each in model.conversions)
    errors = [
        each for each in errors_of(lint_models([model], context=LintContext())) if each.rule not in ABOUT_HANDLERS
    ]
    executable = [process.id for process in model.processes.values() if process.executable]
    if not errors:
        errors = [fault for process_id in executable for fault in _faults_of_compiling(process_id, model)]
    verdict = "refused" if errors else "deployed" if executable else "drawing"
    return Result(name, verdict, tuple(errors), outcomes=outcomes)


def _faults_of_compiling(process_id: str, model: Model) -> list[Finding]:
    try:
        compile_process(
            process_id, [model], decisions=None, called=_stand_in, script_handler=lambda _token, _source: {}
        )
    except Invalid as refusal:
        return list(refusal.findings)
    return []


def _stand_in(process_id: str) -> Definition:
    """Return a process of one step, for one that another file would hold."""
    place = Place("stand-in.bpmn")
    scope = Scope(nodes={"step": Node(id="step", tag="task", name="", place=place)}, flows={})
    process = Process(id=process_id, name="", executable=True, scope=scope, place=place)
    return compile_process(process_id, [Model(place.file, {process_id: process})], decisions=None)


def summary(results: list[Result]) -> dict[str, Any]:
    """Return the figures, and the reasons of refusals, most frequent first."""
    verdicts = Counter(result.verdict for result in results)
    reasons = Counter(_reason(result.findings[0]) for result in results if result.verdict == "refused")
    outcomes: Counter[Outcome] = Counter()
    for result in results:
        outcomes.update(result.outcomes)
    wrong = [result for result in results if result.verdict == "refused" and is_wrong_by_name(result.file)]
    return {
        "total": len(results),
        "wrong_by_name": len(wrong),
        "deployed": verdicts["deployed"] + verdicts["drawing"],
        "refused": verdicts["refused"],
        "malformed": verdicts["malformed"],
        "crashed": verdicts["crashed"],
        "reasons": dict(reasons.most_common()),
        "reasons_of_wrong": dict(Counter(_reason(result.findings[0]) for result in wrong)),
        "extensions": {outcome.value: outcomes[outcome] for outcome in Outcome},
        "refusals": {result.file: str(result.findings[0]) for result in results if result.verdict == "refused"},
        "crashes": {result.file: result.crash for result in results if result.verdict == "crashed"},
    }


def is_wrong_by_name(file: str) -> bool:
    """Tell whether the set itself calls a model wrong: its own engine refuses it too."""
    return _WRONG.search(f"/{file}") is not None


def _reason(finding: Finding) -> str:
    return f"{finding.rule}: {finding.message['en'].partition(';')[0].partition(', found')[0]}"


def print_report(results: list[Result], report: dict[str, Any]) -> None:
    """Print the reasons as a table, and the figures."""
    print("  refused, of these wrong by name, for what reason:")
    for reason, count in report["reasons"].items():
        wrong = report["reasons_of_wrong"].get(reason, 0)
        print(f"  {count:4} {wrong:4}  {reason[:150]}")
    print("  one by one, those that are not wrong by name:")
    for file, reason in report["refusals"].items():
        if not is_wrong_by_name(file):
            print(f"    {file}: {reason.partition(': error')[2].strip(' :')[:300]}")
    for file, crash in report["crashes"].items():
        print(f"  CRASH {file}: {crash}")
    print("  extensions: " + ", ".join(f"{count} {outcome}" for outcome, count in report["extensions"].items()))
    well_formed = report["total"] - report["malformed"] - report["wrong_by_name"]
    share = report["deployed"] / max(well_formed, 1)
    print(
        f"dialects: {report['deployed']} of {well_formed} well-formed models deployed ({share:.1%}), "
        f"{report['refused'] - report['wrong_by_name']} refused, {report['crashed']} crashed; beside them "
        f"{report['malformed']} malformed and {report['wrong_by_name']} refused that the set calls wrong"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
