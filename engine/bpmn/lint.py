"""Check BPMN models before they are deployed: structure, expressions, and what they name outside themselves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from engine.bpmn.model import EventKind, Language, Model, Node, Process, Scope, Text, TimerKind
from engine.bpmn.rules import check_structure
from engine.bpmn.timers import TimerError, check
from engine.feel import FeelSyntaxError, compile_expression
from engine.findings import Finding, Place, Severity

_TERM_MARKS = frozenset(("due", "warn", "escalate"))


@dataclass(frozen=True, slots=True)
class LintContext:
    """What the package knows beside its models. None: not known, so nothing is said about it."""

    decisions: frozenset[str] | None = None
    forms: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    terms: frozenset[str] | None = None
    job_types: frozenset[str] | None = None
    processes: frozenset[str] | None = None


def lint_models(models: Sequence[Model], *, context: LintContext) -> list[Finding]:
    """Return everything that is wrong with the models of one package, file by file.

    In a model that is only drawn (no process is executable), what is wrong is a warning: it cannot run anyway.
    """
    findings: list[Finding] = []
    for model in models:
        found = [*model.findings, *(check_structure(model.root) if model.root is not None else ())]
        for process in model.processes.values():
            found.extend(_check_process(process, context))
        is_drawing = not any(process.executable for process in model.processes.values())
        findings.extend(_softened(found) if is_drawing else found)
        if is_drawing:
            findings.append(_drawing(model))
    return findings


def texts_of(value: Any) -> Iterator[Text]:
    """Yield all expressions inside a piece of a model, not going into the steps of a sub-process."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, Scope):
        return
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from texts_of(getattr(value, each.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from texts_of(each)


def _check_process(process: Process, context: LintContext) -> Iterator[Finding]:
    for scope, node in process.scope.everything():
        yield from _check_expressions(node)
        yield from _check_names(node, context)
        yield from _check_user_step(node, context)
        for flow in (scope.flows[each] for each in node.outgoing):
            if flow.condition is not None:
                yield from _check_condition(flow.condition, flow.id)
    yield from _check_reach(process.scope)
    for _scope, node in process.scope.everything():
        if node.inside is not None:
            yield from _check_reach(node.inside)


def _check_expressions(node: Node) -> Iterator[Finding]:
    for text in texts_of(node):
        if text.language in (Language.FEEL, Language.JUEL):
            yield from _compiled(text, node.id, node.name)


def _check_condition(condition: Text, flow: str) -> Iterator[Finding]:
    if condition.language is Language.LITERAL:
        yield _error(
            "bpmn.condition-literal",
            condition.place,
            flow,
            f"Diharapkan syarat berupa ekspresi seperti =jumlah > 3, ditemukan teks {condition.source!r}.",
            f"Expected the condition to be an expression such as =amount > 3, found the text {condition.source!r}.",
        )
    else:
        yield from _compiled(condition, flow, None)


def _compiled(text: Text, element: str, name: str | None) -> Iterator[Finding]:
    try:
        compile_expression(text.source, language=text.language.value)
    except FeelSyntaxError as error:
        yield _error(
            "bpmn.expression",
            text.place,
            element,
            f"Diharapkan ekspresi {text.language.upper()} yang benar: {error.message} "
            f"(kolom {error.column} dari {text.source!r}).",
            f"Expected a correct {text.language.upper()} expression: {error.message} "
            f"(column {error.column} of {text.source!r}).",
            name,
        )


def _check_names(node: Node, context: LintContext) -> Iterator[Finding]:
    """Check what a step names outside the model: decisions, processes, terms."""
    for noun, noun_id, text, known in (
        ("decision", "keputusan", node.work.decision, context.decisions),
        ("process", "proses", node.work.called_process, context.processes),
    ):
        if known is not None and text is not None and text.language is Language.LITERAL and text.source not in known:
            there = ", ".join(sorted(known)) or "-"
            yield _error(
                f"bpmn.unknown-{noun}",
                text.place,
                node.id,
                f"Diharapkan salah satu {noun_id} {there}, ditemukan {text.source}.",
                f"Expected one of the {noun}s {there}, found {text.source}.",
                node.name,
            )
    for event in node.events:
        if event.timer is None or event.timer_kind is None:
            continue
        if event.timer.language is Language.FEEL:
            yield from _check_term(event.timer, node, context)
        elif event.timer.language is Language.LITERAL and event.timer.source:
            yield from _check_time(event.timer, event.timer_kind, node)


def _check_time(timer: Text, kind: TimerKind, node: Node) -> Iterator[Finding]:
    try:
        check(kind, timer.source)
    except TimerError as error:
        yield _error(
            "bpmn.timer",
            timer.place,
            node.id,
            f"Diharapkan waktu ISO 8601 atau ekspresi seperti =batas, ditemukan {timer.source!r}.",
            f"Expected an ISO 8601 time or an expression such as =limit: {error}.",
            node.name,
        )


def _check_term(timer: Text, node: Node, context: LintContext) -> Iterator[Finding]:
    parts = [part.strip() for part in timer.source.split(".")]
    if parts[0] != "term" or len(parts) != 3 or context.terms is None:
        return
    if parts[1] not in context.terms or parts[2] not in _TERM_MARKS:
        there = ", ".join(sorted(context.terms)) or "-"
        yield _error(
            "bpmn.unknown-term",
            timer.place,
            node.id,
            f"Diharapkan term.<nama>.due, .warn atau .escalate dari jangka waktu {there}, ditemukan {timer.source}.",
            f"Expected term.<name>.due, .warn or .escalate of the terms {there}, found {timer.source}.",
            node.name,
        )


def _check_user_step(node: Node, context: LintContext) -> Iterator[Finding]:
    if node.tag not in ("userTask", "manualTask"):
        return
    if not node.name:
        yield _finding(
            "bpmn.unnamed-step",
            Severity.WARNING,
            node.place,
            node.id,
            "Diharapkan langkah orang memiliki nama yang dibaca orang, ditemukan kosong.",
            "Expected a person's step to have a name that people read, found none.",
        )
    groups = node.work.candidate_groups
    nobody = groups is None and node.work.assignee is None and node.work.candidate_users is None
    if context.roles is not None and nobody and (node.lane is None or node.lane not in context.roles):
        yield _error(
            "bpmn.nobody",
            node.place,
            node.id,
            "Diharapkan seseorang yang boleh mengerjakan langkah ini (jalur atau candidateGroups), tidak ditemukan.",
            "Expected somebody who may do this step (a lane or candidateGroups), found nobody.",
            node.name,
        )


def _check_reach(scope: Scope) -> Iterator[Finding]:
    """Find steps that no token can come to."""
    reached = _reached(scope)
    for node in scope.nodes.values():
        if node.id not in reached:
            yield _finding(
                "bpmn.unreachable",
                Severity.WARNING,
                node.place,
                node.id,
                "Diharapkan langkah ini dapat dicapai dari awal, ditemukan tidak ada jalan ke sana.",
                "Expected this step to be reachable from a start, found no way to it.",
                node.name,
            )


def _reached(scope: Scope) -> set[str]:
    attached: dict[str, list[str]] = {}
    for node in scope.nodes.values():
        if node.attached_to:
            attached.setdefault(node.attached_to, []).append(node.id)
    waiting = [node.id for node in scope.nodes.values() if _begins(node)]
    reached: set[str] = set()
    while waiting:
        found = waiting.pop()
        if found in reached or found not in scope.nodes:
            continue
        reached.add(found)
        waiting.extend(scope.flows[flow].target for flow in scope.nodes[found].outgoing)
        waiting.extend(attached.get(found, ()))
        waiting.extend(each.target for each in scope.associations if each.source == found)
    return reached


def _begins(node: Node) -> bool:
    """Tell whether a node can have a token though no flow leads to it."""
    if node.tag == "boundaryEvent" or node.for_compensation:
        return False
    catches_link = node.tag == "intermediateCatchEvent" and any(each.kind is EventKind.LINK for each in node.events)
    return not node.incoming or node.triggered_by_event or catches_link


def _softened(findings: Iterable[Finding]) -> list[Finding]:
    return [
        replace(finding, severity=Severity.WARNING) if finding.severity is Severity.ERROR else finding
        for finding in findings
    ]


def _drawing(model: Model) -> Finding:
    return _finding(
        "bpmn.not-executable",
        Severity.WARNING,
        Place(model.file, 1),
        None,
        "Diharapkan proses dengan isExecutable=true, ditemukan hanya gambar: dapat dilihat, tidak dapat dijalankan.",
        "Expected a process with isExecutable=true, found only a drawing: it can be looked at, but not run.",
    )


def _error(
    rule: str, place: Place, element: str | None, indonesian: str, english: str, name: str | None = None
) -> Finding:
    return _finding(rule, Severity.ERROR, place, element, indonesian, english, name)


def _finding(
    rule: str,
    severity: Severity,
    place: Place,
    element: str | None,
    indonesian: str,
    english: str,
    name: str | None = None,
) -> Finding:
    message: Mapping[str, str] = {"id": indonesian, "en": english}
    return Finding(rule, severity, message, place, element, name)
