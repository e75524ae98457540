"""Check one BPMN file by itself, as an editor hands it in: what the rules and the compiler say, and what was converted.

What other files of its package would hold (decisions, forms, called processes) is not asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.bpmn.form_data import forms_of
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.model import Conversion, Model
from engine.bpmn.reader import read_bpmn
from engine.errors import Invalid
from engine.examination import Limits, Report, Subject, examine
from engine.findings import Finding, errors_of

# An editor asks while its user draws: what takes longer is not worth waiting for.
LIMITS = Limits(memory_bytes=1 << 29, cpu=timedelta(seconds=5), wall=timedelta(seconds=10))
_MODEL = Subject("engine.bpmn.checking:report_on", "model", ("model", "a model"))


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was checked. ``processes`` are the ids of those that can be executed; none: it is a drawing.

    ``dialect`` is whose properties it uses, ``conversions`` what became of each of them. ``forms`` are the form-js
    schemas of fields that it describes itself, by form id.
    """

    findings: Sequence[Finding]
    dialect: str
    processes: Sequence[str]
    conversions: Sequence[Conversion]
    forms: Mapping[str, Any]


def check_file(data: bytes, *, file: str, dialect: str | None = None) -> Checked:
    """Return what is wrong with a BPMN file, and what it is. Raises Invalid if it is no BPMN at all.

    ``dialect`` says for which engine a file was written that does not show it; None: for none.
    """
    model = read_bpmn(data, file=file, dialect=dialect)
    executable = [process.id for process in model.processes.values() if process.executable]
    findings = lint_models([model], context=LintContext())
    if not errors_of(findings):
        # The compiler says again what the rules have said: it is asked only when they are content.
        findings += [fault for process_id in executable for fault in _faults_of_compiling(process_id, model)]
    forms = forms_of(model.root) if model.root is not None else {}
    return Checked(findings, model.dialect, executable, model.conversions, forms)


def check_safely(data: bytes, *, limits: Limits = LIMITS) -> Report:
    """Check a file that comes from outside in a process of its own, bounded; ``more`` is as ``report_on`` makes it.

    Findings that keep it from being read at all are returned like others. Raises nothing.
    """
    try:
        return examine(data, _MODEL, limits)
    except Invalid as refusal:
        return Report(refusal.findings, _more("bpmn", (), (), {}))


def report_on(data: bytes) -> Report:
    """Return what ``check_file`` says, as plain JSON: ``dialect``, ``processes``, ``conversions``, ``forms``."""
    checked = check_file(data, file="model.bpmn")
    return Report(checked.findings, _more(checked.dialect, checked.processes, checked.conversions, checked.forms))


def _more(
    dialect: str, processes: Sequence[str], conversions: Sequence[Conversion], forms: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "dialect": dialect,
        "processes": list(processes),
        "conversions": [each.as_dict() for each in conversions],
        "forms": dict(forms),
    }


class _Elsewhere(Exception):
    """A process is called that another file holds: only the package can tell whether that works."""


def _faults_of_compiling(process_id: str, model: Model) -> Sequence[Finding]:
    def called(name: str) -> Definition:
        raise _Elsewhere(name)

    try:
        # With a handler for scripts the compiler asks for no decisions: those are in other files.
        compile_process(process_id, [model], decisions=None, called=called, script_handler=lambda _token, _source: {})
    except Invalid as refusal:
        return refusal.findings
    except _Elsewhere:
        return ()
    return ()
