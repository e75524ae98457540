"""Check BPMN models before they are deployed: what was noted while reading, the rules of structure and of meaning.

RULES.md lists every rule.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from engine.bpmn.model import Model
from engine.bpmn.rules import LintContext, Subject, check_meaning, check_structure
from engine.findings import Finding, Severity

__all__ = ["LintContext", "lint_models"]


def lint_models(
    models: Sequence[Model], *, context: LintContext, executed: Collection[str] | None = None
) -> list[Finding]:
    """Return everything that is wrong with the models of one package, file by file, in the order of the file.

    In a model that is only drawn (none of its processes is ``executed``; None: none is executable), what is wrong is a
    warning: it does not run anyway.
    """
    return [finding for model in models for finding in _lint(model, models, context, executed)]


def _lint(
    model: Model, models: Sequence[Model], context: LintContext, executed: Collection[str] | None
) -> list[Finding]:
    found = [
        *model.findings,
        *(check_structure(model.root, model.dialect) if model.root is not None else ()),
        *check_meaning(Subject(model, models, context)),
    ]
    if not any(
        process.executable if executed is None else process.id in executed for process in model.processes.values()
    ):
        found = _softened(found)
    return sorted(found, key=lambda finding: (finding.place.line or 0, finding.place.column or 0))


def _softened(findings: Iterable[Finding]) -> list[Finding]:
    return [
        replace(finding, severity=Severity.WARNING) if finding.severity is Severity.ERROR else finding
        for finding in findings
    ]
