"""Check an uploaded package apart, under limits, before anything of it is read in this process."""

from engine.archives import MAX_BYTES
from engine.errors import Invalid
from engine.examination import Limits, Report, Subject, examine, too_costly
from engine.findings import errors_of
from engine.packages.reading import Package, read_package

_PACKAGE = Subject("engine.packages.bounded:report_on", "package", ("paket", "a package"))


def check_safely(data: bytes, *, limits: Limits | None = None) -> Package | Invalid:
    """Return the package in a zip, or what is wrong with it.

    A package whose findings are only warnings and hints is returned with them. The zip is read by another Python first
    (isolated, bounded): one that would take too much memory or time is refused there. Raises nothing.
    """
    if len(data) > MAX_BYTES:
        return too_costly(_PACKAGE, (f"paling banyak {MAX_BYTES} bita", f"at most {MAX_BYTES} bytes"), str(len(data)))
    try:
        findings = examine(data, _PACKAGE, limits or Limits()).findings
    except Invalid as refusal:
        return refusal
    if errors_of(findings):
        return Invalid(f"Expected a package without errors, found {len(findings)} findings", findings)
    return read_package(data)


def report_on(data: bytes) -> Report:
    """Return the findings of a zip. Raises Invalid if there is no package to speak of."""
    return Report(read_package(data).findings)
