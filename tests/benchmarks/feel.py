"""How long typical conditions and a large table take: ours with its goals, and other engines beside it.

    ./run bench feel [--json FILE] [--alone]

Every condition is evaluated against the same case of some fields, and again with about 100 kB of other data beside
them, variables handed over anew each time. The table has 500 rules over three inputs; the last one decides. A figure
is the median of fifteen rounds of processor time. ``--alone`` leaves the other engines out.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dmn
from feel_others import measure_others
from timing import seconds_of

from engine.feel import compile_expression

# What is aimed at on one core: microseconds, and milliseconds for the table.
GOALS = {
    "median": (4.0, "µs, median condition"),
    "slowest_beside_100_kB": (20.0, "µs, slowest condition beside 100 kB"),
    "table_decide": (0.3, "ms, a decision by 500 rules"),
    "table_compile": (300.0, "ms, compile of 500 rules"),
}
CONDITIONS: dict[str, Any] = {
    'status = "approved"': True,
    "amount > 1000": True,
    "approved": True,
    "not(rejected)": True,
    'amount > 1000 and status = "approved"': True,
    'status in ("draft", "approved")': True,
    "amount between 100 and 5000": True,
    "age in [18..65]": True,
    "applicant.age >= 18": True,
    'applicant.address.city = "Yogyakarta"': True,
    "amount * 1.11 > limit": True,
    "amount + fee - discount <= 2000": True,
    "count(documents) >= 2": True,
    "count(documents[valid = true]) = 3": True,
    'some document in documents satisfies document.kind = "ktp"': True,
    "every document in documents satisfies document.valid": True,
    "sum(items.price) > 100": True,
    "if amount > 1000 then round = 1 else round = 2": True,
    "decision = null or decision = true": True,
    "decision != null": False,
    'contains(lower case(subject), "informasi")': True,
    'starts with(number, "PPID/")': True,
    'matches(nik, "^[0-9]{16}$")': True,
    "string length(subject) > 10": True,
    'date(received) < date("2026-12-31")': True,
    'date(received) + duration("P10D") >= @"2026-03-12"': True,
    "is(round, 1) or round > 3": True,
    'list contains(roles, "officer")': True,
    "items[1].price = 40.5": True,
    '(amount > 500 or urgent) and not(rejected) and status != "closed" and round < 5': True,
}
CASE: dict[str, Any] = {
    "status": "approved",
    "amount": 1250.5,
    "limit": 1000,
    "fee": 50,
    "discount": 10.25,
    "approved": True,
    "rejected": False,
    "urgent": False,
    "round": 1,
    "age": 42,
    "decision": None,
    "subject": "Permohonan Informasi Publik",
    "number": "PPID/2026/000123",
    "nik": "3404011234567890",
    "received": "2026-03-02",
    "roles": ["applicant", "officer"],
    "applicant": {"name": "Siti", "age": 42, "address": {"city": "Yogyakarta", "code": "55281"}},
    "documents": [
        {"kind": "ktp", "valid": True},
        {"kind": "npwp", "valid": True},
        {"kind": "surat", "valid": True},
    ],
    "items": [{"price": 40.5}, {"price": 59.5}, {"price": 20}],
}
LARGE: dict[str, Any] = CASE | {
    f"field_{index}": {"text": "lorem ipsum dolor " * 20, "numbers": list(range(20))} for index in range(200)
}


def measure_ours(case: dict[str, Any]) -> dict[str, float]:
    """Return microseconds by condition; every answer is checked first."""
    figures = {}
    for source, expected in CONDITIONS.items():
        expression = compile_expression(source)
        found = expression.evaluate(case)
        if found is not expected:
            raise SystemExit(f"Expected {expected} from {source}, but found {found}")
        figures[source] = seconds_of(lambda expression=expression: expression.evaluate(case)) * 1e6
    return figures


def measure_compiling() -> float:
    """Return the median microseconds of compiling a condition."""
    return statistics.median(
        seconds_of(lambda source=source: compile_expression(source)) * 1e6 for source in CONDITIONS
    )


# --- report


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--alone", action="store_true", help="leave other engines out")
    options = parser.parse_args()
    small, large, table = measure_ours(CASE), measure_ours(LARGE), dmn.measure_ours(500)
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "commit": _commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "median": statistics.median(small.values()),
        "median_beside_100_kB": statistics.median(large.values()),
        "slowest": max(small.values()),
        "slowest_beside_100_kB": max(large.values()),
        "compile_median": measure_compiling(),
        "table_decide": table["decide"],
        "table_compile": table["compile"],
        "conditions": {source: {"small": small[source], "beside_100_kB": large[source]} for source in CONDITIONS},
    }
    if not options.alone:
        report["others"] = measure_others(CONDITIONS, CASE)
    _print(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


def _print(report: dict[str, Any]) -> None:
    print(f"{report['machine']}, Python {report['python']}, commit {report['commit']}, {report['at']}")
    print(f"{'µs':>8} {'+100 kB':>8}  condition")
    for source, figure in report["conditions"].items():
        print(f"{figure['small']:8.2f} {figure['beside_100_kB']:8.2f}  {source}")
    print(f"{report['median']:8.2f} {report['median_beside_100_kB']:8.2f}  median")
    print(f"{report['slowest']:8.2f} {report['slowest_beside_100_kB']:8.2f}  slowest")
    print(f"{report['compile_median']:8.1f} {'':8}  compile, median")
    for name, (goal, what) in GOALS.items():
        print(f"{report[name]:8.2f} {'':8}  {what}; goal {goal:g}: {'met' if report[name] <= goal else 'missed'}")
    for name, figure in report.get("others", {}).items():
        if isinstance(figure, str):
            print(f"{'-':>8} {'':8}  {name}: {figure}")
        else:
            print(f"{figure['median']:8.2f} {'':8}  {name}, median; {figure['right']} of {figure['of']} right")


def _commit() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    found = subprocess.run(
        [git, "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
