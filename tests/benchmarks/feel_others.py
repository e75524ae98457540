"""Other engines beside ours on the conditions of ``feel.py``, each where it can be had; nothing of them stays behind.

pySFeel and npm's feelin are installed into temporary folders and run in programs of their own, SpiffWorkflow is here.
Each gives the median microseconds of the conditions that it evaluates, and how many of them it answers rightly.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from timing import seconds_of

Figures = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]


def measure_others(conditions: Mapping[str, bool], case: Mapping[str, Any]) -> dict[str, Figures | str]:
    """Return figures by engine, or why there are none."""
    found: dict[str, Figures | str] = {}
    for name, measure in (("pySFeel", pysfeel), ("SpiffWorkflow", spiff), ("feelin", feelin)):
        try:
            found[name] = measure(conditions, case)
        except (ImportError, OSError, subprocess.CalledProcessError) as error:
            found[name] = f"not installed: {str(error)[:200]}"
    return found


def pysfeel(conditions: Mapping[str, bool], case: Mapping[str, Any]) -> Figures:
    """Return figures of pySFeel. It takes assignments as text: they are made once."""
    uv = next(iter(sorted((ROOT / ".tools").glob("uv-*/bin/uv"))), None) or shutil.which("uv")
    if uv is None:
        raise OSError("uv is not on this machine")
    with tempfile.TemporaryDirectory() as folder:
        command = [str(uv), "pip", "install", "--quiet", "--python", sys.executable, "--target", folder, "pySFeel"]
        subprocess.run(command, check=True, capture_output=True)
        paths = f"{folder}:{Path(__file__).parent}"
        answer = _run([sys.executable, "-c", _PYSFEEL], folder, conditions, case, {"PYTHONPATH": paths})
    return _figures(conditions, answer)


_PYSFEEL = """
import json, sys
import pySFeel
from timing import seconds_of
request = json.load(sys.stdin)
parser = pySFeel.SFeelParser()
for name, value in request["case"].items():
    parser.sFeelParse(f"{name} <- {json.dumps(value)}")
values, times = [], []
for condition in request["conditions"]:
    try:
        found = parser.sFeelParse(condition)[1]
        values.append(found if isinstance(found, bool) else str(found))
        times.append(seconds_of(lambda: parser.sFeelParse(condition)) * 1e6)
    except Exception as error:
        values.append(str(error))
print(json.dumps({"values": values, "times": times}))
"""


def feelin(conditions: Mapping[str, bool], case: Mapping[str, Any]) -> Figures:
    """Return figures of npm's feelin in Node; it reads a condition each time it evaluates it."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise OSError("npm or node is not on this machine")
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "install", "--no-audit", "--no-fund", "feelin@8"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        Path(folder, "measure.mjs").write_text(_FEELIN)
        answer = _run(["node", "measure.mjs"], folder, conditions, case, {})
    return _figures(conditions, answer)


_FEELIN = """
import { evaluate } from 'feelin';
import { readFileSync } from 'node:fs';
const { conditions, case: data } = JSON.parse(readFileSync(0, 'utf8'));
const values = [], times = [];
const passed = (call) => {
  const before = process.cpuUsage();
  for (let i = 0; i < 50; i++) { try { call(); } catch (error) { /* timed all the same */ } }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 50;
};
for (const condition of conditions) {
  const call = () => evaluate(condition, data).value;
  let value = null;
  try { value = call(); } catch (error) { value = String(error); }
  values.push(value);
  const rounds = Array.from({ length: 15 }, () => passed(call)).sort((one, other) => one - other);
  times.push(rounds[7]);
}
console.log(JSON.stringify({ values, times }));
"""


def spiff(_conditions: Mapping[str, bool], case: Mapping[str, Any]) -> Figures:
    """Return figures of SpiffWorkflow's own evaluation of some of the conditions, written in Python."""
    from SpiffWorkflow.bpmn.script_engine import TaskDataEnvironment

    environment = TaskDataEnvironment({"len": len, "sum": sum, "any": any, "all": all})
    values = [bool(environment.evaluate(text, dict(case))) for text in _IN_PYTHON]
    times = [seconds_of(lambda text=text: environment.evaluate(text, dict(case))) * 1e6 for text in _IN_PYTHON]
    return _figures(dict.fromkeys(_IN_PYTHON, True), {"values": values, "times": times})


_IN_PYTHON = [
    "amount > 1000",
    "status == 'approved'",
    "amount > 1000 and status == 'approved'",
    "100 <= amount <= 5000",
    "len(documents) >= 2",
    "sum(i['price'] for i in items) > 100",
]


def _run(
    command: list[str], folder: str, conditions: Mapping[str, bool], case: Mapping[str, Any], extra: Mapping[str, str]
) -> Figures:
    request = json.dumps({"conditions": list(conditions), "case": case})
    done = subprocess.run(
        ["/usr/bin/env", *(f"{name}={value}" for name, value in extra.items()), *command],
        cwd=folder,
        input=request,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: Figures = json.loads(done.stdout)
    return answer


def _figures(conditions: Mapping[str, bool], answer: Figures) -> Figures:
    right = sum(value is expected for value, expected in zip(answer["values"], conditions.values(), strict=True))
    return {"median": statistics.median(answer["times"]), "right": right, "of": len(conditions)}
