"""Run the DMN Technology Compatibility Kit and print what passes, by level and folder.

python tests/conformance/dmn_tck.py [--from DIR] [--folder NAME] [--json FILE]
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.dmn import Decisions, DmnFile, compile_decisions, read_dmn
from engine.errors import AlurError
from engine.feel import FeelError
from engine.feel.calendar import read_temporal
from engine.feel.values import Range
from engine.gate import DMN_LIMITS, Element, read_xml

KIT = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "dmn-tck"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TOLERANCE = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Result:
    """How one test case went. ``reason`` is empty if it passed."""

    level: str
    folder: str
    case: str
    reason: str
    is_external: bool


def main(arguments: list[str]) -> int:
    """Run and print; exit code 0, or 1 if nothing was found to run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="kit", type=Path, default=KIT)
    parser.add_argument("--folder", help="run only folders whose name holds this text")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    results = list(run_kit(chosen.kit, chosen.folder))
    if not results:
        print(f"Expected test cases in {chosen.kit}, found none", file=sys.stderr)
        return 1
    levels = [summary(level, results) for level in sorted({result.level for result in results})]
    for level in levels:
        print_level(level, [result for result in results if result.level == level["level"]])
    if chosen.json:
        chosen.json.write_text(json.dumps(levels, indent=1))
    return 0


def run_kit(kit: Path, only: str | None = None) -> Iterator[Result]:
    """Run every test file below ``kit``; yield the result of each case."""
    for level in sorted(kit.glob("compliance-level-*")):
        for folder in sorted(path for path in level.iterdir() if path.is_dir() and (only or "") in path.name):
            yield from run_folder(level.name.rpartition("-")[2], folder)


def run_folder(level: str, folder: Path) -> Iterator[Result]:
    """Run the test files of one folder against its models."""
    files = {path.name: read_dmn(path.read_bytes(), file=path.name) for path in sorted(folder.glob("*.dmn"))}
    models = _by_namespace(files.values())
    is_external = any(
        (element.name == "functionDefinition" and element.get("kind") in ("Java", "PMML")) or "external" in element.text
        for path in folder.glob("*.dmn")
        for element in read_xml(path.read_bytes(), file=path.name, limits=DMN_LIMITS).walk()
    )
    for path in sorted(folder.glob("*-test*.xml")):
        root = read_xml(path.read_bytes(), file=path.name, limits=DMN_LIMITS)
        name = root.first("modelName")
        main_file = files[name.text.strip()] if name is not None else next(iter(files.values()))
        others = [file for file in models.values() if file.namespace != main_file.namespace]
        decisions = compile_decisions([main_file, *others], strict=False)
        for case in root.all("testCase"):
            reason = run_case(decisions, main_file, case)
            yield Result(level, folder.name, f"{path.stem}/{case.get('id')}", reason, is_external)


def run_case(decisions: Decisions, file: DmnFile, case: Element) -> str:
    """Run one case; return why it failed, or nothing."""
    inputs: dict[str, Any] = {}
    for node in case.all("inputNode"):
        inputs[node.get("name") or ""] = value_of(node)
    for node in case.all("resultNode"):
        asked = node.get("name") or ""
        if case.get("type") in ("decisionService", "bkm") and case.get("invocableName"):
            asked = case.get("invocableName") or ""
        try:
            result = decisions.evaluate(asked, inputs, now=NOW, namespace=file.namespace)
        except (AlurError, FeelError) as error:
            return f"{asked}: {type(error).__name__}: {error}"
        except Exception as error:  # what must never happen is counted, and shown as such
            return f"{asked}: CRASH {type(error).__name__}: {error}"
        expected_node = node.first("expected")
        expected = value_of(expected_node) if expected_node is not None else None
        if node.get("errorResult") == "true":
            expected = None
        value = result.value
        if case.get("type") == "decisionService" and isinstance(value, dict) and node.get("name") in value:
            value = value[node.get("name")]  # a service with several outputs: each has a result node of its own
        if not same(value, expected):
            return f"{asked}: expected {expected!r}, found {value!r} {list(result.warnings)[:3]}"
    return ""


def value_of(node: Element) -> Any:
    """Return the value that a test file gives: simple by its type, list or context."""
    if node.get("nil", XSI) == "true":
        return None
    for child in node.children:
        if child.name == "value":
            return simple(child)
        if child.name == "list":
            return None if child.get("nil", XSI) == "true" else [value_of(item) for item in child.all("item")]
    components = list(node.all("component"))
    return {child.get("name") or "": value_of(child) for child in components} if components else None


def simple(node: Element) -> Any:
    """Return a simple value by its xsi:type."""
    if node.get("nil", XSI) == "true":
        return None
    kind = (node.get("type", XSI) or "xsd:string").rpartition(":")[2]
    text = node.text
    if kind in ("decimal", "double", "integer", "int", "float", "long"):
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() == "true"
    if kind in ("date", "time", "dateTime", "duration", "yearMonthDuration", "dayTimeDuration"):
        return read_temporal(text.strip())
    return text


def same(found: Any, expected: Any) -> bool:
    """Tell whether a result is what the kit expects; numbers to 8 places, as the kit's runners compare them."""
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        return abs(found - expected) <= TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[key], expected[key]) for key in found)
    if isinstance(found, Range):
        return str(found) == str(expected)
    return type(found) is type(expected) and bool(found == expected)


def summary(level: str, results: list[Result]) -> dict[str, Any]:
    """Return the figures of one level."""
    own = [result for result in results if result.level == level]
    failed = [result for result in own if result.reason]
    return {
        "level": level,
        "passed": len(own) - len(failed),
        "failed": len(failed),
        "total": len(own),
        "failed_external": sum(result.is_external for result in failed),
        "failures": {f"{result.folder}/{result.case}": result.reason for result in failed},
    }


def print_level(level: dict[str, Any], results: list[Result]) -> None:
    """Print one level: its folders with failures, and the sum."""
    print(f"Level {level['level']}: passed / total by folder")
    for folder in dict.fromkeys(result.folder for result in results):
        own = [result for result in results if result.folder == folder]
        failed = [result for result in own if result.reason]
        print(f"  {folder:50} {len(own) - len(failed):4} / {len(own):4}")
        for result in failed:
            print(f"      {result.case}: {result.reason[:300]}")
    total, passed = level["total"], level["passed"]
    print(
        f"Level {level['level']}: {passed} of {total} passed ({passed / total:.2%}), {level['failed']} failed, "
        f"{level['failed_external']} of these in folders with external functions\n"
    )


def _by_namespace(files: Any) -> dict[str, DmnFile]:
    return {file.namespace: file for file in files}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
