"""Spiff's properties (SpiffArena's too), mapped on the model by namespace.

Spiff's expressions are Python: those that our subset of Python understands stay what they are. Scripts that only assign
an expression to a variable are run; other scripts, and calls of connectors, become job types.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.bpmn.besides import Beside, Side
from engine.bpmn.dialects import Report
from engine.bpmn.model import Language, Mapped, Text, Work
from engine.bpmn.words import BPMN, SPIFF
from engine.feel import FeelSyntaxError, compile_expression, syntax
from engine.feel.python import parse_python
from engine.findings import Place
from engine.gate import Element

_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(\S[^\n]*)")
_QUOTED = re.compile(r"""(["'])([^"']*)\1""")
_SCRIPT_JOB = "script.python"
_SIDES = {"preScript": Side.BEFORE, "postScript": Side.AFTER}
# Forms of JSON Schema: ours are form-js.
_FORMS = ("formJsonSchemaFilename", "formUiSchemaFilename")
_UNNEEDED = frozenset(("unitTests", "category"))
_LOST: Mapping[str, tuple[str, str]] = {
    "messageVariable": (
        "isi pesan menjadi variabel kasus dengan namanya masing-masing",
        "what a message carries becomes variables of the case by their own names",
    ),
    "taskMetadataValues": ("tulis sebagai properti langkah", "write it as properties of the step"),
    "allowGuest": ("pemohon menjawab di halaman pelacakan", "the applicant answers on the tracking page"),
    "guestConfirmation": ("pemohon menjawab di halaman pelacakan", "the applicant answers on the tracking page"),
    "signalButtonLabel": ("kirim sinyal lewat API", "send the signal by the API"),
    "variableName": ("kode tetap di jurnal", "the code stays in the journal"),
    "isOutputSynced": ("nyatakan outputCollection", "say what is gathered in outputCollection"),
    "messagePayload": ("petakan masukan pada langkah yang mengirim", "map inputs at the step that sends"),
}


def extensions_of(element: Element) -> list[Element]:
    """Return the children of Spiff's namespace in the extension elements of a BPMN element."""
    holder = element.first("extensionElements", BPMN)
    return [child for child in holder.children if child.namespace == SPIFF] if holder is not None else []


def python(text: Text) -> Text:
    """Return an expression as Spiff reads it: Python, or, if it is only a quoted text (a timer's), that text."""
    if text.language is not Language.LITERAL:
        return text
    quoted = _QUOTED.fullmatch(text.source)
    if quoted is not None:
        return replace(text, source=quoted[2], origin=None)
    return replace(text, language=Language.PYTHON)


def work_of(element: Element, report: Report, work: Work) -> Work:
    """Return ``work`` with what Spiff's properties of an element say."""
    for child in extensions_of(element):
        match child.name:
            case "serviceTaskOperator":
                work = _operator(child, report, work)
            case "calledDecisionId" if child.text.strip():
                report.mapped(child, "", "zeebe:calledDecision decisionId")
                work = replace(work, decision=Text(child.text.strip(), Language.LITERAL, child.place))
            case "properties":
                work = replace(work, properties={**work.properties, **_properties(child, report)})
            case "messagePayload":
                work = _payload(child, report, work)
    if element.name == "scriptTask" and work.script is not None:
        work = _script(element, report, work) if work.job_type is None else replace(work, script=None)
    return work


def documentation_of(element: Element, report: Report) -> str:
    """Return the instructions for who does a step: they are its documentation here."""
    told = [child for child in extensions_of(element) if child.name == "instructionsForEndUser"]
    for child in told:
        report.mapped(child, "", "documentation")
    return "\n".join(child.text.strip() for child in told if child.text.strip())


def besides_of(element: Element, report: Report) -> Iterator[Beside]:
    """Yield the steps that the scripts before and after a step are."""
    for child in extensions_of(element):
        side = _SIDES.get(child.name)
        if side is None:
            continue
        if not child.text.strip():
            report.unneeded(child)
            continue
        yield Beside(side, _run(child.text, child.place), child)


def speak_of_rest(root: Element, report: Report) -> None:
    """Tell of what nobody has taken but whose meaning is known."""
    for element in root.walk():
        if element.namespace != BPMN:
            continue
        for child in extensions_of(element):
            if child.name in _UNNEEDED:
                report.unneeded(child)
            elif child.name in _LOST:
                report.lost(child, "", *_LOST[child.name])
        for key in element.attributes:
            if not key.startswith(f"{{{SPIFF}}}"):
                continue
            name = key.rpartition("}")[2]
            if name == "isMatchingCorrelation" and element.get(name, SPIFF) == "false":
                report.unneeded(element, name)
            elif name in _LOST:
                report.lost(element, name, *_LOST[name])
            elif name == "scriptsOnInstances" and not _has_scripts(element):
                report.unneeded(element, name)


def _has_scripts(element: Element) -> bool:
    return any(child.name in _SIDES and child.text.strip() for child in extensions_of(element))


def _operator(child: Element, report: Report, work: Work) -> Work:
    """Turn a call of a connector into a job of its name, with its parameters as inputs."""
    name = child.get("id") or "connector"
    report.job(child, "", name)
    inputs, headers = list(work.inputs), dict(work.headers)
    parameters = (each for holder in child.all("parameters") for each in holder.all("parameter"))
    for parameter in parameters:
        key, value = parameter.get("id") or "", (parameter.get("value") or "").strip()
        if value and _is_understood(value):
            inputs.append(Mapped(Text(value, Language.PYTHON, parameter.place), key))
        elif value:
            headers[key] = value
    if child.get("resultVariable"):
        headers["resultVariable"] = child.get("resultVariable") or ""
    job_type = Text(name, Language.LITERAL, child.place)
    return replace(work, job_type=job_type, inputs=tuple(inputs), headers=headers)


def _properties(holder: Element, report: Report) -> dict[str, str]:
    found = {name: child.get("value") or "" for child in holder.all("property") if (name := child.get("name"))}
    forms = [found.pop(name) for name in _FORMS if name in found]
    if forms and any(forms):
        files = ", ".join(filter(None, forms))
        report.lost(holder, "", f"formulir {files}: buat lagi", f"the form {files}: make it again")
    else:
        report.mapped(holder, "", "zeebe:properties")
    return found


def _payload(child: Element, report: Report, work: Work) -> Work:
    """Map what a message carries: the entries of a Python dict, one by one."""
    source = child.text.strip()
    try:
        tree = parse_python(source) if source else None
    except FeelSyntaxError:
        tree = None
    if not isinstance(tree, syntax.ContextDisplay):
        return work
    report.mapped(child, "", "zeebe:ioMapping")
    carried = [
        Mapped(Text(f"({source})[{json.dumps(name)}]", Language.PYTHON, child.place), name)
        for name, _value in tree.entries
    ]
    return replace(work, inputs=(*work.inputs, *carried))


def _script(element: Element, report: Report, work: Work) -> Work:
    if work.script is None or work.script.language is not Language.PYTHON:
        return work
    ran = _run(work.script.source, work.script.place)
    if ran.job_type is not None:
        report.job(element, "", _SCRIPT_JOB)
    return replace(work, **{name: getattr(ran, name) for name in ("script", "job_type", "headers", "result_variable")})


def _run(source: str, place: Place) -> Work:
    """Return the work of a script: an expression whose value a variable gets, or a job for who runs Python."""
    assigned = _ASSIGNMENT.fullmatch(source.rstrip())
    if assigned is not None and _is_understood(assigned[2]):
        return Work(script=Text(assigned[2].strip(), Language.PYTHON, place), result_variable=assigned[1])
    return Work(job_type=Text(_SCRIPT_JOB, Language.LITERAL, place), headers={"script": source.strip()})


def _is_understood(source: str) -> bool:
    try:
        compile_expression(source, language="python")
    except FeelSyntaxError:
        return False
    return True
