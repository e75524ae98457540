"""Run the DMN Technology Compatibility Kit and print what passes, by level and folder.

python tests/conformance/dmn_tck.py [--from DIR] [--folder NAME] [--json FILE]

A case has failed if a decision gave another value, and is an error if it gave none because something was raised.
Functions in Java and PMML are refused on purpose: how many cases need them is told apart.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
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
    """How one test case went. ``reason`` is empty if it passed; ``is_error`` if something was raised."""

    level: str
    folder: str
    case: str
    reason: str
    is_error: bool
    needs_external: bool


def main(arguments: Sequence[str]) -> int:
    """Run and print; exit code 0, or 1 if nothing was found to run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--from", dest="kit", type=Path, default=KIT, metavar="DIR", help="the folder of the kit")
    parser.add_argument("--folder", metavar="NAME", help="run only folders whose name holds this text")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and failures to this file")
    chosen = parser.parse_args(arguments)
    results = list(run_kit(chosen.kit, chosen.folder))
    if not results:
        print(f"Expected test cases in {chosen.kit}, found none", file=sys.stderr)
        return 1
    levels = [summary(level, results) for level in sorted({result.level for result in results})]
    for level in levels:
        print_level(level)
    if chosen.json:
        chosen.json.write_text(json.dumps(levels, indent=1) + "\n")
    return 0


def run_kit(kit: Path, only: str | None = None) -> Iterator[Result]:
    """Run every test file below ``kit``; yield the result of each case."""
    for level in sorted(kit.glob("compliance-level-*")):
        for folder in sorted(path for path in level.iterdir() if path.is_dir() and (only or "") in path.name):
            yield from run_folder(level.name.rpartition("-")[2], folder)


def run_folder(level: str, folder: Path) -> Iterator[Result]:
    """Run the test files of one folder against its models. Where a model cannot be read, all its cases are errors."""
    files: dict[str, DmnFile | AlurError] = {}
    external: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*.dmn")):
        data = path.read_bytes()
        try:
            files[path.name] = read_dmn(data, file=path.name)
            external[path.name] = set(_external(read_xml(data, file=path.name, limits=DMN_LIMITS)))
        except AlurError as error:
            files[path.name] = error
    for path in sorted(folder.glob("*-test*.xml")):
        root = read_xml(path.read_bytes(), file=path.name, limits=DMN_LIMITS)
        named = root.first("modelName")
        model = files.get(named.text.strip()) if named is not None else next(iter(files.values()), None)
        decisions = _compiled(model, list(files.values())) if isinstance(model, DmnFile) else None
        for case in root.all("testCase"):
            name = f"{path.stem}/{case.get('id')}"
            if decisions is None or not isinstance(model, DmnFile):
                yield Result(level, folder.name, name, f"no model to run: {model}", True, False)
                continue
            asked = {node.get("name") for node in case.all("resultNode")}
            reason, is_error = run_case(decisions, model, case)
            yield Result(level, folder.name, name, reason, is_error, bool(asked & external[model.file]))


def _compiled(model: DmnFile, files: Sequence[DmnFile | AlurError]) -> Decisions:
    """Compile a model with those of other namespaces that lie beside it."""
    others = {file.namespace: file for file in files if isinstance(file, DmnFile) and file.namespace != model.namespace}
    return compile_decisions([model, *others.values()], strict=False)


def _external(root: Element) -> Iterator[str]:
    """Yield the names of elements that call functions in Java or PMML."""
    for child in root.children:
        if any(
            element.get("kind") in ("Java", "PMML") or (element.name == "text" and " external " in element.text)
            for element in child.walk()
        ):
            yield child.get("name") or ""


def run_case(decisions: Decisions, file: DmnFile, case: Element) -> tuple[str, bool]:
    """Run one case; return why it failed, or nothing, and whether something was raised."""
    inputs: dict[str, Any] = {}
    for node in case.all("inputNode"):
        name, namespace = node.get("name") or "", node.get("namespace")
        inputs[f"{namespace}#{name}" if namespace and namespace != file.namespace else name] = value_of(node)
    for node in case.all("resultNode"):
        is_decision = case.get("type") in (None, "decision") or not case.get("invocableName")
        asked = (node.get("name") if is_decision else case.get("invocableName")) or ""
        namespace = node.get("namespace") or case.get("namespace") or file.namespace
        try:
            result = decisions.evaluate(asked, inputs, now=NOW, namespace=namespace)
        except (AlurError, FeelError) as error:
            return f"{asked}: {type(error).__name__}: {error}", True
        except Exception as error:  # what must never happen is counted, and shown as such
            return f"{asked}: CRASH {type(error).__name__}: {error}", True
        value = result.value
        if not is_decision and isinstance(value, dict) and node.get("name") in value:
            value = value[node.get("name")]  # a service with several outputs: each has a result node of its own
        reason = difference(node, value, result.warnings)
        if reason:
            return f"{asked}: {reason}", False
    return "", False


def difference(node: Element, value: Any, warnings: Sequence[str]) -> str:
    """Return how a value differs from what a result node expects, or nothing."""
    given = node.first("expected")
    expected = value_of(given) if given is not None and node.get("errorResult") != "true" else None
    return "" if same(value, expected) else f"expected {expected!r}, found {value!r} {list(warnings)[:3]}"


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


def summary(level: str, results: Sequence[Result]) -> dict[str, Any]:
    """Return the figures of one level."""
    own = [result for result in results if result.level == level]
    return {
        "level": level,
        **figures(own),
        "folders": {
            folder: figures([result for result in own if result.folder == folder])
            for folder in dict.fromkeys(result.folder for result in own)
        },
        "failures": {f"{result.folder}/{result.case}": result.reason for result in own if result.reason},
    }


def figures(results: Sequence[Result]) -> dict[str, int]:
    """Return how many cases passed, failed or raised; ``failed`` counts both of the latter."""
    failed = [result for result in results if result.reason]
    return {
        "passed": len(results) - len(failed),
        "failed": len(failed),
        "errors": sum(result.is_error for result in failed),
        "total": len(results),
        "needs_external": sum(result.needs_external for result in results),
        "failed_external": sum(result.needs_external for result in failed),
    }


def print_level(level: Mapping[str, Any]) -> None:
    """Print one level: its folders, the failures, and the sum."""
    print(f"Level {level['level']:<47} passed failed errors  total")
    for folder, found in level["folders"].items():
        wrong = found["failed"] - found["errors"]
        print(f"  {folder:50} {found['passed']:7} {wrong:6} {found['errors']:6} {found['total']:6}")
    for case, reason in level["failures"].items():
        print(f"  {case}\n      {reason[:300]}")
    total, passed = level["total"], level["passed"]
    others = total - level["needs_external"]
    passed_others = passed - (level["needs_external"] - level["failed_external"])
    print(
        f"Level {level['level']}: {passed} of {total} passed ({passed / total:.2%}); "
        f"{passed_others} of the {others} that need no external function ({passed_others / others:.2%})\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
