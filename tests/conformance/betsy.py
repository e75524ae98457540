"""Measure against the betsy suite: behaviour by its traces, and refusal of its invalid models.

./run conformance betsy [--from DIR] [--json FILE]

DIR holds cases.json, valid and invalid, as ../shared/conformance/betsy does. What cannot come out as the suite says is
explained in EXPLAINED. The exit code is 1 if less than 98 % is right, or if a valid model is refused.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from betsy_invalid import judge_all, print_judgements
from betsy_traces import SUITE, print_summary, run_suite, summary

FLOOR = 0.98
EXPLAINED = {
    "AdHocSubProcess_Sequential": "the step after the sub-process says SCRIPT_task1, so SCRIPT_task3 cannot come",
    "AdHocSubProcess_Parallel": "the step after the sub-process says SCRIPT_task1, so SCRIPT_task3 cannot come",
}


def main(arguments: list[str]) -> int:
    """Run both halves, print, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="suite", type=Path, default=SUITE)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    if not (chosen.suite / "cases.json").exists():
        print(f"Skipped: expected the betsy suite in {chosen.suite}, found no cases.json there")
        return 0
    results = list(run_suite(chosen.suite))
    traces, judged = summary(results), judge_all(chosen.suite)
    print_summary(results, traces)
    print_judgements(judged)
    report = {**traces, **judged}
    unexplained = sorted(_failed(report) - set(EXPLAINED))
    for name in sorted(_failed(report) & set(EXPLAINED)):
        print(f"    explained: {name}: {EXPLAINED[name]}")
    for name in unexplained:
        print(f"    not explained: {name}")
    if chosen.json:
        chosen.json.write_text(json.dumps({**report, "explained": EXPLAINED}, indent=1))
    return 0 if is_enough(report) else 1


def is_enough(report: dict[str, Any]) -> bool:
    """Tell whether 98 % of both halves are right, and no valid model is refused."""
    traces, invalid = report["traces"], report["invalid"]
    return (
        traces["passed"] >= FLOOR * traces["total"]
        and invalid["refused"] >= FLOOR * invalid["total"]
        and not report["false_refusals"]
    )


def _failed(report: dict[str, Any]) -> set[str]:
    """Return the names of the models that did not do what the suite says."""
    names = [name.rpartition("/")[0] for name in report["failures"]]
    return {Path(name).stem for name in (*report["accepted"], *report["false_refusals"])} | set(names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
