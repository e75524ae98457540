"""Play the scenarios of an uploaded package apart, under limits, and tell what they show and pass."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from engine import coverage
from engine.errors import AlurError, Invalid
from engine.examination import Limits, Report, Subject, examine
from engine.findings import Finding, Place, Severity, errors_of
from engine.packages import read_package
from engine.scenarios import Played, play

_PACKAGE = Subject("engine.rehearsals:report_on", "package", ("paket", "a package"))
# A year of a process with its timers takes seconds; a story that never ends must not take more.
_LIMITS = Limits(cpu=timedelta(seconds=60), wall=timedelta(seconds=90))


def rehearse_safely(data: bytes, *, limits: Limits = _LIMITS) -> dict[str, Any]:
    """Return, as plain JSON, what became of each scenario of a zip, and what all pass: ``scenarios``, ``coverage``,
    ``all``.

    They are played by another Python (isolated, bounded). Raises Invalid, with findings, for a package with errors or
    one that takes too much.
    """
    return dict(examine(data, _PACKAGE, limits).more)


def report_on(data: bytes) -> Report:
    """Play all scenarios of a zip. Raises Invalid for a package with errors, or that calls what it does not hold."""
    package = read_package(data)
    if errors := errors_of(package.findings):
        raise Invalid(f"Expected a package without errors, found {len(errors)}", package.findings)
    try:
        played = play([package])
    except AlurError as error:
        raise Invalid(error.message, getattr(error, "findings", ()) or [_unplayable(error)]) from error
    covered = coverage.coverage_of(package, played)
    more = {
        "scenarios": [scenario_of(one) for one in played],
        "coverage": [one.as_dict() for one in covered],
        "all": coverage.total(covered, "all").as_dict(),
    }
    return Report(_failures(played), more)


def scenario_of(played: Played) -> dict[str, Any]:
    """Return a scenario, what was not as it tells, and its path, as plain JSON."""
    return {
        "file": played.story.file,
        "name": played.story.name,
        "name_en": played.story.name_en,
        "failures": [failure.as_dict() for failure in played.failures],
        "path": [{**asdict(passage), "at": passage.at.isoformat()} for passage in played.path],
    }


def _unplayable(error: AlurError) -> Finding:
    message = {"id": f"Diharapkan paket yang dapat dimainkan sendiri. {error.message}.", "en": f"{error.message}."}
    return Finding("package.unplayable", Severity.ERROR, message, Place(_PACKAGE.name))


def _failures(played: Sequence[Played]) -> list[Finding]:
    return [failure for one in played for failure in one.failures]
