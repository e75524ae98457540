"""How long typical conditions take once compiled: ours, and other engines beside it where they are installed.

    python tests/benchmarks/feel.py [--json FILE] [--others]

Every condition is evaluated against the same case of some fields, and again with about 100 kB of other data beside
them. A figure is the best of seven rounds, in microseconds for one evaluation, variables handed over anew each time.
"""

import argparse
import importlib.util
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.feel import compile_expression

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


def microseconds(call: Callable[[], Any]) -> float:
    """Return the time of one call: the best of seven rounds of a few milliseconds."""
    count = 1
    while _seconds(call, count) < 0.002:
        count *= 2
    return min(_seconds(call, count) for _ in range(7)) / count * 1e6


def _seconds(call: Callable[[], Any], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - start


def measure_ours(case: dict[str, Any]) -> dict[str, float]:
    """Return microseconds by condition; every answer is checked first."""
    figures = {}
    for source, expected in CONDITIONS.items():
        expression = compile_expression(source)
        found = expression.evaluate(case)
        if found is not expected:
            raise SystemExit(f"Expected {expected} from {source}, but found {found}")
        figures[source] = microseconds(lambda expression=expression: expression.evaluate(case))
    return figures


def measure_compiling() -> float:
    """Return the median microseconds of compiling a condition."""
    return statistics.median(microseconds(lambda source=source: compile_expression(source)) for source in CONDITIONS)


# --- others


def measure_pysfeel() -> dict[str, Any] | None:
    """Return figures of pySFeel, or None if it is not installed. It takes assignments as text: they are made once."""
    if importlib.util.find_spec("pySFeel") is None:
        return None
    import pySFeel

    parser = pySFeel.SFeelParser()
    for name, value in CASE.items():
        parser.sFeelParse(f"{name} <- {json.dumps(value)}")
    return _figures(lambda source: lambda: parser.sFeelParse(source)[1])


def measure_spiff() -> dict[str, Any] | None:
    """Return figures of SpiffWorkflow's own evaluation of the same conditions in Python."""
    if importlib.util.find_spec("SpiffWorkflow") is None:
        return None
    from SpiffWorkflow.bpmn.script_engine import TaskDataEnvironment

    environment = TaskDataEnvironment({"len": len, "sum": sum, "any": any, "all": all})
    conditions = {
        "amount > 1000": "amount > 1000",
        'status = "approved"': "status == 'approved'",
        'amount > 1000 and status = "approved"': "amount > 1000 and status == 'approved'",
        "amount between 100 and 5000": "100 <= amount <= 5000",
        "count(documents) >= 2": "len(documents) >= 2",
        "sum(items.price) > 100": "sum(i['price'] for i in items) > 100",
    }
    figures = {
        source: microseconds(lambda text=text: environment.evaluate(text, CASE)) for source, text in conditions.items()
    }
    return {"median": statistics.median(figures.values()), "right": None, "of": len(figures)}


def measure_feelin() -> dict[str, Any] | None:
    """Return figures of npm's feelin in Node, installed into a temporary folder; None without Node or network."""
    if shutil.which("npm") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        installed = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "feelin@8"],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        if installed.returncode != 0:
            return None
        script = Path(folder, "measure.mjs")
        script.write_text(_FEELIN)
        request = json.dumps({"conditions": list(CONDITIONS), "case": CASE})
        answer = subprocess.run(
            ["node", str(script)], cwd=folder, input=request, capture_output=True, text=True, check=True
        )
    found = json.loads(answer.stdout)
    right = sum(value == expected for value, expected in zip(found["values"], CONDITIONS.values(), strict=True))
    return {"median": statistics.median(found["microseconds"]), "right": right, "of": len(CONDITIONS)}


_FEELIN = """
import { evaluate } from 'feelin';
import { readFileSync } from 'node:fs';
const { conditions, case: data } = JSON.parse(readFileSync(0, 'utf8'));
const values = [], microseconds = [];
for (const condition of conditions) {
  const call = () => { const found = evaluate(condition, data); return found.value; };
  let value = null;
  try { value = call(); } catch (error) { value = String(error); }
  values.push(value);
  let best = Infinity;
  for (let round = 0; round < 7; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 50; i++) { try { call(); } catch (error) { /* timed all the same */ } }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 50e3);
  }
  microseconds.push(best);
}
console.log(JSON.stringify({ values, microseconds }));
"""


def _figures(make: Callable[[str], Callable[[], Any]]) -> dict[str, Any]:
    times, right = [], 0
    for source, expected in CONDITIONS.items():
        call = make(source)
        try:
            right += call() is expected
            times.append(microseconds(call))
        except Exception:
            continue
    return {"median": statistics.median(times), "right": right, "of": len(CONDITIONS)}


# --- report


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--others", action="store_true", help="measure other engines too, where they are installed")
    options = parser.parse_args()
    small, large = measure_ours(CASE), measure_ours(LARGE)
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
        "conditions": {source: {"small": small[source], "beside_100_kB": large[source]} for source in CONDITIONS},
    }
    if options.others:
        report["others"] = {"pySFeel": measure_pysfeel(), "SpiffWorkflow": measure_spiff(), "feelin": measure_feelin()}
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
    for name, figure in report.get("others", {}).items():
        print(f"{name}: {'not installed' if figure is None else figure}")


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
