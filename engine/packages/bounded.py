"""Check an upload in a process of its own, under limits of memory and time: whatever it is, the caller goes on."""

import json
import logging
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from engine.archives import MAX_BYTES
from engine.errors import Invalid, TooLarge
from engine.findings import Finding, Place, Severity
from engine.packages.reading import Package, read_package

# More findings than anybody reads would only fill the pipe.
MAX_FINDINGS = 500
# Exit codes of the checking process: 0 for a package, 1 by Python itself for an exception that nobody expected.
_CRASHED, _REFUSED, _TOO_MUCH = 1, 3, 4

log = logging.getLogger("alur")


@dataclass(frozen=True, slots=True)
class Limits:
    """What checking may take: address space in bytes, CPU time and time on the wall."""

    memory_bytes: int = 1 << 30
    cpu: timedelta = timedelta(seconds=20)
    wall: timedelta = timedelta(seconds=30)


def check_safely(data: bytes, *, limits: Limits | None = None) -> Package | Invalid:
    """Return the package in a zip, or what is wrong with it.

    A package whose findings are only warnings and hints is returned with them. The zip is read by another Python first
    (isolated, bounded): one that would take too much memory or time is refused there. Raises nothing.
    """
    if len(data) > MAX_BYTES:
        return _too_costly(f"at most {MAX_BYTES} bytes", f"paling banyak {MAX_BYTES} bita", str(len(data)))
    limits = limits or Limits()
    try:
        checked = _run(data, limits)
    except subprocess.TimeoutExpired:
        seconds = f"{limits.wall.total_seconds():g}"
        return _too_costly(f"a check within {seconds} s", f"pemeriksaan dalam {seconds} d", "no end")
    if checked.returncode == _CRASHED:
        log.error("package.check-crashed error=%s", checked.stderr.decode(errors="replace")[-2000:])
        return _unchecked()
    if checked.returncode not in (0, _REFUSED):
        within = f"{limits.memory_bytes >> 20} MB, {limits.cpu.total_seconds():g} s"
        return _too_costly(f"a check within {within}", f"pemeriksaan dalam {within}", "more")
    findings = [_finding(item) for item in json.loads(checked.stdout)]
    if checked.returncode == _REFUSED:
        return Invalid(f"Expected a package without errors, found {len(findings)} findings", findings)
    return read_package(data)


def main() -> int:
    """Read a zip from standard input within the limits of the first argument and write its findings as JSON."""
    _bound(**json.loads(sys.argv[1]))
    refused = False
    try:
        findings: Sequence[Finding] = read_package(sys.stdin.buffer.read(MAX_BYTES + 1)).findings
    except Invalid as refusal:
        findings, refused = refusal.findings, True
    except MemoryError:
        return _TOO_MUCH
    refused = refused or any(finding.severity is Severity.ERROR for finding in findings)
    ordered = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    json.dump([asdict(finding) for finding in ordered[:MAX_FINDINGS]], sys.stdout)
    return _REFUSED if refused else 0


def _run(data: bytes, limits: Limits) -> subprocess.CompletedProcess[bytes]:
    bounds = {"memory": limits.memory_bytes, "cpu": int(limits.cpu.total_seconds())}
    # -I: neither the environment nor the working folder decides what is imported.
    command = [sys.executable, "-I", "-c", _PROGRAM, json.dumps(bounds)]
    return subprocess.run(  # noqa: S603 - the command is ours; the upload goes to standard input
        command, input=data, capture_output=True, timeout=limits.wall.total_seconds(), env={"LC_ALL": "C.UTF-8"}
    )


_PROGRAM = "import sys; from engine.packages.bounded import main; sys.exit(main())"


def _bound(memory: int, cpu: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _finding(item: Mapping[str, Any]) -> Finding:
    place = Place(**item["place"])
    return Finding(**{**item, "place": place, "severity": Severity(item["severity"])})


def _unchecked() -> Invalid:
    message = {
        "id": "Diharapkan paket yang dapat diperiksa, ditemukan yang menggagalkan pemeriksaan. Operator diberi tahu.",
        "en": "Expected a package that can be checked, found one that the check fails on. The operator was told.",
    }
    finding = Finding("package.unchecked", Severity.ERROR, message, Place("package"))
    return Invalid(message["en"], [finding])


def _too_costly(expected: str, diharapkan: str, found: str) -> Invalid:
    message = {"id": f"Diharapkan {diharapkan}, ditemukan {found}.", "en": f"Expected {expected}, found {found}."}
    finding = Finding("package.too-costly", Severity.ERROR, message, Place("package"))
    return TooLarge(f"Expected {expected}, found {found}", [finding])
