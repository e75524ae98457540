"""Measure BPMN against the betsy suite: traces of valid models, and refusals of invalid ones.

python tests/conformance/betsy.py [--from DIR] [--json FILE]
"""

import argparse
import json
import sys
from pathlib import Path

import betsy_invalid
import betsy_traces


def main(arguments: list[str]) -> int:
    """Run both halves and print; exit code 1 if nothing was found to run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--from", dest="suite", type=Path, default=betsy_traces.SUITE, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and failures to this file")
    chosen = parser.parse_args(arguments)
    if not (chosen.suite / "cases.json").exists():
        print(f"Expected the betsy suite in {chosen.suite}, found no cases.json: skipped", file=sys.stderr)
        return 1
    traces = list(betsy_traces.run_suite(chosen.suite))
    offered = list(betsy_invalid.run_suite(chosen.suite))
    ran, refused = betsy_traces.summary(traces), betsy_invalid.summary(offered)
    betsy_traces.print_summary(traces, ran)
    betsy_invalid.print_summary(offered, refused)
    if chosen.json:
        report = {**ran, **refused, "failures": {**ran["failures"], **refused["failures"]}}
        chosen.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
