"""Examine an upload in a process of its own, under limits of memory and time: whatever it is, the caller goes on."""

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Any

from engine.errors import Invalid, TooLarge
from engine.findings import Finding, Place, Severity

# More findings than anybody reads would only fill the pipe.
MAX_FINDINGS = 500
# Exit codes of the examining process: 0 for a report, 1 by Python itself for an exception that nobody expected.
_CRASHED, _REFUSED, _TOO_MUCH = 1, 3, 4

# How a crash for want of memory ends, where it hits Python itself or the loading of a library.
_OUT_OF_MEMORY = (b"MemoryError", b"Cannot allocate memory")

log = logging.getLogger("alur")


@dataclass(frozen=True, slots=True)
class Limits:
    """What examining may take: address space in bytes, CPU time and time on the wall."""

    memory_bytes: int = 1 << 30
    cpu: timedelta = timedelta(seconds=20)
    wall: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined. ``check`` is ``module:function``: it takes the bytes and returns a Report or raises Invalid.

    ``name`` is the family of the rules that examining itself has; ``what`` names it in Indonesian and English.
    """

    check: str
    name: str
    what: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found; ``more`` is what else it tells, as plain JSON."""

    findings: Sequence[Finding]
    more: Mapping[str, Any] = field(default_factory=dict)


def examine(data: bytes, subject: Subject, limits: Limits) -> Report:
    """Return what another Python, isolated and bounded, finds in ``data``, errors first.

    Raises Invalid, with findings, if the check does; a check that fails or that takes too much is a finding too
    (``<name>.unchecked``, ``<name>.too-costly``).
    """
    try:
        done = _run(data, subject, limits)
    except subprocess.TimeoutExpired:
        seconds = f"{limits.wall.total_seconds():g}"
        raise too_costly(subject, (f"pemeriksaan dalam {seconds} d", f"a check within {seconds} s"), "no end") from None
    if done.returncode == _CRASHED and not done.stderr.rstrip().endswith(_OUT_OF_MEMORY):
        log.error("package.check-crashed error=%s", done.stderr.decode(errors="replace")[-2000:])
        raise _unchecked(subject)
    if done.returncode not in (0, _REFUSED):
        within = f"{limits.memory_bytes >> 20} MB, {limits.cpu.total_seconds():g} s"
        raise too_costly(subject, (f"pemeriksaan dalam {within}", f"a check within {within}"), "more")
    told = json.loads(done.stdout)
    findings = [_finding(item) for item in told["findings"]]
    if done.returncode == _REFUSED:
        raise Invalid(f"Expected {subject.what[1]} without errors, found {len(findings)} findings", findings)
    return Report(findings, told["more"])


def main() -> int:
    """Examine standard input within the limits of the first argument by the check of the second; write JSON."""
    module, _colon, name = sys.argv[2].partition(":")
    check: Callable[[bytes], Report] = getattr(import_module(module), name)
    _bound(**json.loads(sys.argv[1]))
    refused = False
    try:
        report = check(sys.stdin.buffer.read())
    except Invalid as refusal:
        report, refused = Report(refusal.findings), True
    except MemoryError:
        return _TOO_MUCH
    ordered = sorted(report.findings, key=lambda finding: finding.severity is not Severity.ERROR)
    told = {"findings": [asdict(finding) for finding in ordered[:MAX_FINDINGS]], "more": report.more}
    json.dump(told, sys.stdout)
    return _REFUSED if refused else 0


def too_costly(subject: Subject, expected: tuple[str, str], found: str) -> Invalid:
    """Return the refusal of what is too large or would take too much; ``expected`` in Indonesian and English."""
    message = {"id": f"Diharapkan {expected[0]}, ditemukan {found}.", "en": f"Expected {expected[1]}, found {found}."}
    finding = Finding(f"{subject.name}.too-costly", Severity.ERROR, message, Place(subject.name))
    return TooLarge(f"Expected {expected[1]}, found {found}", [finding])


def _run(data: bytes, subject: Subject, limits: Limits) -> subprocess.CompletedProcess[bytes]:
    bounds = {"memory": limits.memory_bytes, "cpu": int(limits.cpu.total_seconds())}
    # -I: neither the environment nor the working folder decides what is imported.
    command = [sys.executable, "-I", "-c", _PROGRAM, json.dumps(bounds), subject.check]
    return subprocess.run(  # noqa: S603 - the command is ours; the upload goes to standard input
        command, input=data, capture_output=True, timeout=limits.wall.total_seconds(), env={"LC_ALL": "C.UTF-8"}
    )


_PROGRAM = "import sys; from engine.examination import main; sys.exit(main())"


def _bound(memory: int, cpu: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _finding(item: Mapping[str, Any]) -> Finding:
    place = Place(**item["place"])
    return Finding(**{**item, "place": place, "severity": Severity(item["severity"])})


def _unchecked(subject: Subject) -> Invalid:
    indonesian, english = subject.what
    message = {
        "id": f"Diharapkan {indonesian} yang dapat diperiksa, ditemukan yang menggagalkan pemeriksaan. "
        "Operator diberi tahu.",
        "en": f"Expected {english} that can be checked, found one that the check fails on. The operator was told.",
    }
    finding = Finding(f"{subject.name}.unchecked", Severity.ERROR, message, Place(subject.name))
    return Invalid(message["en"], [finding])
