"""Commands for who writes processes: lint, play, decide."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine import coverage
from engine.bpmn.checking import check_file
from engine.cli.printing import Output
from engine.coverage import Coverage, Share
from engine.dmn import compile_decisions, decide, read_dmn
from engine.errors import Invalid, NotFound
from engine.findings import Finding, errors_of
from engine.forms import read_form
from engine.manifest import FILE as MANIFEST
from engine.packages import Package, read_package
from engine.rehearsals import scenario_of
from engine.scenarios import Played, Stage

_SHOWN = 20
_SINGLE = (".bpmn", ".dmn", ".json")


def add(commands: Any) -> None:
    """Add the commands."""
    lint = commands.add_parser("lint", help="check packages or single files and name every fault")
    lint.add_argument(
        "path", nargs="+", type=Path, help="packages (folders or zips), folders of packages, BPMN, DMN or form files"
    )
    lint.add_argument("--json", action="store_true", help="give the findings as JSON")
    lint.set_defaults(run=_lint)
    play = commands.add_parser("play", help="play the scenarios of packages and show what they cover")
    play.add_argument("path", nargs="+", type=Path, help="a package (folder or zip), or a folder of packages")
    play.add_argument("--only", metavar="TEXT", help="only scenarios whose file name or name has this text")
    play.add_argument("--require", type=float, metavar="PERCENT", help="fail if fewer sequence flows are passed")
    play.add_argument("--json", action="store_true", help="give the results as JSON")
    play.set_defaults(run=_play)
    making = commands.add_parser("decide", help="make a decision of DMN files and tell which rules fired")
    making.add_argument("path", nargs="+", type=Path, help="DMN files, those that are imported among them")
    making.add_argument("--decision", metavar="ID", help="id or name; default: the one that no other requires")
    making.add_argument("--input", default="{}", metavar="JSON", help="the variables; - reads standard input")
    making.add_argument("--at", type=datetime.fromisoformat, help="the time that now() gives")
    making.set_defaults(run=_decide)


@dataclass(frozen=True, slots=True)
class _Single:
    """A file that is checked by itself, not as part of a package."""

    findings: tuple[Finding, ...]


def packages_at(paths: Sequence[Path]) -> list[tuple[Path, Package | Invalid]]:
    """Read every package at ``paths``: folders and zips are packages, other folders hold some."""
    return [(path, _read(path)) for given in paths for path in _found(given)]


def _found(path: Path) -> list[Path]:
    if path.is_file() or (path / MANIFEST).is_file():
        return [path]
    inner = [folder for folder in sorted(path.glob("*")) if (folder / MANIFEST).is_file()]
    if not inner:
        raise NotFound(f"Expected a package with {MANIFEST} at {path}, found none")
    return inner


def _read(path: Path) -> Package | Invalid:
    try:
        return read_package(path.read_bytes() if path.is_file() else path)
    except Invalid as refusal:
        return refusal


def _single(path: Path) -> _Single:
    """Check a BPMN, DMN or form file by what it says itself."""
    data, file = path.read_bytes(), path.name
    try:
        if path.suffix == ".bpmn":
            return _Single(tuple(check_file(data, file=file).findings))
        if path.suffix == ".dmn":
            decisions = compile_decisions([read_dmn(data, file=file)], strict=False)
            return _Single((*decisions.findings, *decisions.check()))
        return _Single(read_form(data, file=file)[1])
    except Invalid as refusal:
        return _Single(refusal.findings)


def _lint(options: argparse.Namespace, output: Output) -> int:
    single = [path for path in options.path if path.suffix in _SINGLE and path.is_file()]
    rest = [path for path in options.path if path not in single]
    read = [*((path, _single(path)) for path in single), *packages_at(rest)]
    for path, package in read:
        output.findings(str(path.parent if isinstance(package, _Single) else path), package.findings)
        output.say(f"{path}: {output.counts(package.findings)}")
    if output.as_json:
        output.give(
            [{"package": str(path), "findings": [f.as_dict() for f in package.findings]} for path, package in read]
        )
    return 1 if any(isinstance(package, Invalid) or errors_of(package.findings) for _, package in read) else 0


def _play(options: argparse.Namespace, output: Output) -> int:
    packages = []
    for path, package in packages_at(options.path):
        if isinstance(package, Invalid) or errors_of(package.findings):
            output.findings(str(path), errors_of(package.findings))
            return output.refuse(f"Expected packages without errors, found {output.counts(package.findings)} in {path}")
        packages.append((path, package))
    stage = Stage([package for _, package in packages])
    try:
        results = [(path, package, _play_one(stage, path, package, options.only, output)) for path, package in packages]
    finally:
        stage.close()
    covered = {package.manifest.id: coverage.coverage_of(package, played) for _, package, played in results}
    _show_coverage(covered, output)
    failures = sum(bool(one.failures) for _, _, played in results for one in played)
    all_of_it = coverage.total((one for listed in covered.values() for one in listed), "all")
    if output.as_json:
        output.give(_as_json(results, covered, all_of_it))
    is_enough = options.require is None or all_of_it.flows.percent >= options.require
    return 0 if failures == 0 and is_enough else 1


def _play_one(stage: Stage, path: Path, package: Package, only: str | None, output: Output) -> list[Played]:
    played = []
    for story in package.stories:
        if only is not None and only not in f"{story.file} {story.name} {story.name_en or ''}":
            continue
        one = stage.play(story, package)
        name = story.name_en if output.language == "en" and story.name_en else story.name
        output.say(f"{'FAIL' if one.failures else 'ok  '} {package.manifest.id}: {name}")
        output.findings(str(path), one.failures)
        played.append(one)
    return played


def _show_coverage(covered: dict[str, list[Coverage]], output: Output) -> None:
    output.say()
    output.say(f"{'process':<42}{'flows':>16}{'ends':>16}{'timers':>16}")
    everything = coverage.total((one for listed in covered.values() for one in listed), "all")
    for package, listed in covered.items():
        for one in listed:
            name = one.process if one.process == package else f"  {one.process}"
            output.say(f"{name:<42}{_share(one.flows)}{_share(one.ends)}{_share(one.timers)}")
    output.say(f"{'all':<42}{_share(everything.flows)}{_share(everything.ends)}{_share(everything.timers)}")
    missed = [*everything.flows.missed, *everything.ends.missed, *everything.timers.missed]
    for element in missed[:_SHOWN]:
        output.say(f"not passed: {element.place}: {element.id} {element.name}")
    if len(missed) > _SHOWN:
        output.say(f"not passed: {len(missed) - _SHOWN} more")


def _share(share: Share) -> str:
    return f"{share.passed}/{share.total} {share.percent:.0f} %".rjust(16)


def _as_json(
    results: Sequence[tuple[Path, Package, list[Played]]], covered: dict[str, list[Coverage]], everything: Coverage
) -> dict[str, Any]:
    return {
        "scenarios": [{"package": str(path), **scenario_of(one)} for path, _, played in results for one in played],
        "coverage": [one.as_dict() for listed in covered.values() for one in listed],
        "all": everything.as_dict(),
    }


def _decide(options: argparse.Namespace, output: Output) -> int:
    text = sys.stdin.read() if options.input == "-" else options.input
    try:
        variables = json.loads(text)
    except json.JSONDecodeError as error:
        return output.refuse(f"Expected --input to be JSON, found: {error}")
    if not isinstance(variables, dict):
        return output.refuse("Expected --input to be a JSON object of variables")
    files = {str(path): path.read_bytes() for path in options.path}
    output.give(decide(files, variables, decision=options.decision, now=options.at or datetime.now(UTC)))
    return 0
