"""Measure decision tables of 10, 100 and 500 rules over three inputs, with SpiffWorkflow's engine beside ours.

    ./run bench dmn [--json FILE] [--alone]

The last rule decides, so that an engine that tries one rule after the other has tried them all. ``string`` and number
cells, half-open ranges and comparisons; FIRST. A figure is the median of fifteen rounds of processor time.
"""

import argparse
import importlib.util
import json
import platform
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from timing import seconds_of

from engine.dmn import compile_decisions, read_dmn

SIZES = (10, 100, 500)
INPUTS = {"kind": "string", "amount": "number", "age": "number"}
HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:bench">'


def cells(row: int) -> tuple[str, str, str]:
    """Return the input cells of a row in FEEL; no two rows match the same inputs."""
    amount = row // 10 % 10 * 10
    return f'"kind {row % 10}"', f"[{amount}..{amount + 10})", f">= {row // 100 * 100}"


def python_cells(row: int) -> tuple[str, str, str]:
    """Return the same cells in Python, which is what SpiffWorkflow's tables are written in."""
    amount = row // 10 % 10 * 10
    return f'"kind {row % 10}"', f"{amount} &lt;= ? &lt; {amount + 10}", f">= {row // 100 * 100}"


def table(size: int, written: Callable[[int], tuple[str, str, str]]) -> bytes:
    """Return a DMN file with one table. Rows with high thresholds stand first."""
    inputs = "".join(
        f'<input id="i_{name}" label="{name}"><inputExpression id="e_{name}" typeRef="{kind}"><text>{name}</text>'
        "</inputExpression></input>"
        for name, kind in INPUTS.items()
    )
    rules = "".join(
        f'<rule id="r{row}">'
        + "".join(
            f'<inputEntry id="c{row}_{at}"><text>{cell}</text></inputEntry>' for at, cell in enumerate(written(row))
        )
        + f'<outputEntry id="o{row}"><text>{row}</text></outputEntry></rule>'
        for row in reversed(range(size))
    )
    return (
        f'{HEAD}<decision id="x" name="x"><decisionTable id="t" hitPolicy="FIRST">{inputs}'
        f'<output id="o" name="x" typeRef="number"/>{rules}</decisionTable></decision></definitions>'
    ).encode()


VARIABLES: dict[str, Any] = {"kind": "kind 0", "amount": 5, "age": 50, "name": "Siti", "items": [{"price": 1}] * 50}
EXPECTED = 0


def measure_ours(size: int) -> dict[str, float]:
    """Return milliseconds of reading, compiling, checking and deciding."""
    data = table(size, cells)
    decisions = compile_decisions([read_dmn(data, file="bench.dmn")])
    result = decisions.evaluate("x", VARIABLES, now=None)
    if result.value != EXPECTED:
        raise SystemExit(f"Expected {EXPECTED}, found {result.value}")
    return {
        "read": milliseconds(lambda: read_dmn(data, file="bench.dmn")),
        "compile": milliseconds(lambda: compile_decisions([read_dmn(data, file="bench.dmn")])),
        "check": milliseconds(decisions.check),
        "decide": milliseconds(lambda: decisions.evaluate("x", VARIABLES, now=None)),
    }


def measure_spiff(size: int) -> dict[str, float] | None:
    """Return milliseconds of SpiffWorkflow's engine, None if it is not installed."""
    if importlib.util.find_spec("SpiffWorkflow") is None:
        return None
    from lxml import etree
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
    from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
    from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

    root = etree.fromstring(table(size, python_cells))
    names = {"dmn": root.nsmap[None]}

    def compiled() -> DMNEngine:
        parser = DMNParser(None, root, names)
        parser.parse()
        return DMNEngine(parser.decision.decisionTables[0])

    engine = compiled()
    task = SimpleNamespace(data=dict(VARIABLES), workflow=SimpleNamespace(script_engine=PythonScriptEngine()))
    found = engine.result(task)
    if found != {"x": EXPECTED}:
        raise SystemExit(f"Expected {EXPECTED} of SpiffWorkflow, found {found}")
    return {"compile": milliseconds(compiled), "decide": milliseconds(lambda: engine.result(task))}


def milliseconds(call: Callable[[], Any]) -> float:
    """Return the milliseconds of processor time of one call."""
    return seconds_of(call) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--alone", action="store_true", help="leave SpiffWorkflow out")
    options = parser.parse_args()
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "milliseconds": {size: {"ours": measure_ours(size)} for size in SIZES},
    }
    if not options.alone:
        for size in SIZES:
            report["milliseconds"][size]["SpiffWorkflow"] = measure_spiff(size)
    _print(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


def _print(report: dict[str, Any]) -> None:
    print(f"{report['machine']}, Python {report['python']}")
    print(f"{'rules':>5}  {'engine':14} {'read':>9} {'compile':>9} {'check':>9} {'decide':>9}  ms")
    for size, engines in report["milliseconds"].items():
        for name, found in engines.items():
            figures = found or {}
            columns = (figures.get(key) for key in ("read", "compile", "check", "decide"))
            shown = " ".join(f"{figure:9.3f}" if figure is not None else f"{'-':>9}" for figure in columns)
            print(f"{size:5}  {name:14} {shown}")


if __name__ == "__main__":
    main()
