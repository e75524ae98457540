"""Try decisions as an editor hands them in: what is wrong with a file, and what it decides for given inputs."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.dmn.decisions import Decisions, compile_decisions
from engine.dmn.reader import read_dmn
from engine.errors import Invalid, NotFound
from engine.examination import Limits, Report, Subject, examine
from engine.feel.errors import FeelError
from engine.findings import errors_of

# An editor asks while its user types: what takes longer is not worth waiting for.
LIMITS = Limits(memory_bytes=1 << 29, cpu=timedelta(seconds=5), wall=timedelta(seconds=10))
_DECISIONS = Subject("engine.dmn.checking:report_on", "decisions", ("keputusan", "decisions"))


def try_safely(
    files: Mapping[str, bytes], file: str, decision: str | None, inputs: Mapping[str, Any], *, now: datetime
) -> Report:
    """Return what is wrong with one of some DMN files; ``more`` is what a decision of it gives, as ``report_on`` says.

    It is done in a process of its own, bounded. Raises nothing.
    """
    asked = {
        "files": {name: data.decode(errors="replace") for name, data in files.items()},
        "file": file,
        "decision": decision,
        "inputs": inputs,
        "now": now.isoformat(),
    }
    try:
        return examine(json.dumps(asked).encode(), _DECISIONS, LIMITS)
    except Invalid as refusal:
        return Report(refusal.findings, {"made": None})


def report_on(data: bytes) -> Report:
    """Return the findings of a file among others, with the errors of these, and as ``made`` what the decision gives.

    ``made`` is None if no decision was asked for, or where there are errors.
    """
    asked = json.loads(data)
    files = [read_dmn(text.encode(), file=name) for name, text in asked["files"].items()]
    decisions = compile_decisions(files, strict=False)
    errors = errors_of(decisions.findings)
    findings = [*decisions.findings, *decisions.check()]
    shown = [finding for finding in findings if finding.place.file == asked["file"] or finding in errors]
    made = None if asked["decision"] is None or errors else _made(decisions, asked)
    return Report(shown, {"made": made})


def _made(decisions: Decisions, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
    try:
        now = datetime.fromisoformat(asked["now"])
        return decisions.evaluate(asked["decision"], asked["inputs"], now=now).as_dict()
    except (FeelError, NotFound, Invalid) as error:
        return {"result": None, "fired": [], "warnings": [str(error)]}
