"""Check the parts of a package against one another: what each names must be in the others, and all of it used."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from itertools import chain
from typing import Any

from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.model import Language, Node, Scope, Text
from engine.errors import Invalid
from engine.findings import Finding, Place, Severity, errors_of
from engine.manifest import FILE as MANIFEST
from engine.manifest import RoleKind
from engine.notation import Path, dotted
from engine.packages.contents import Contents
from engine.packages.texts import check_translations
from engine.stories import Answer, Complete, Send


def check_contents(contents: Contents, *, sound: bool) -> list[Finding]:
    """Return everything that the parts say against one another, and what the BPMN and DMN rules say.

    ``sound`` is False if a part could not be read: then nothing is said about what seems to be missing.
    """
    findings = lint_models(contents.models, context=_lint_context(contents), executed=contents.executed)
    if contents.decisions is not None:
        findings += [*contents.decisions.findings, *contents.decisions.check()]
    if sound:
        findings += chain.from_iterable(check(contents) for check in _CHECKS)
    # The compiler says again what the rules have said: it is asked only when they are content.
    return findings if errors_of(findings) else [*findings, *_check_compiles(contents)]


def _lint_context(contents: Contents) -> LintContext:
    manifest = contents.manifest
    return LintContext(
        decisions=frozenset(contents.decisions.ids()) if contents.decisions else frozenset(),
        roles=frozenset(manifest.roles),
        terms=frozenset(manifest.terms),
        job_types=frozenset(manifest.calls),
        processes=None,  # It may call processes of other packages: _check_called tells which.
    )


class _Elsewhere(Exception):
    """A process is called that another package holds: only deploying it can tell whether that works."""


def _check_compiles(contents: Contents) -> Sequence[Finding]:
    """Compile what can be started: what is not executed is refused by the compiler."""

    def called(process_id: str) -> Definition:
        raise _Elsewhere(process_id)

    try:
        compile_process(contents.manifest.id, contents.models, decisions=contents.decisions, called=called)
    except Invalid as refusal:
        return refusal.findings
    except _Elsewhere:
        return ()
    return ()


def _check_main(contents: Contents) -> Iterator[Finding]:
    manifest = contents.manifest
    process = contents.processes.get(manifest.id)
    if process is None:
        yield _manifest(
            contents, ("id",), "main-process", "proses BPMN", "a BPMN process", manifest.id, contents.processes
        )
    elif not process.executable:
        yield _fault(
            "package.not-executable",
            process.place,
            f"Diharapkan proses {process.id} dapat dijalankan (isExecutable), ditemukan tidak.",
            f"Expected the process {process.id} to be executable (isExecutable), found that it is not.",
            process.id,
        )
    if contents.folder not in (None, manifest.id):
        yield _fault(
            "package.folder",
            contents.document.place(("id",)),
            f"Diharapkan folder bernama {manifest.id}, ditemukan {contents.folder}.",
            f"Expected a folder named {manifest.id}, found {contents.folder}.",
            "id",
            severity=Severity.WARNING,
        )


def _check_papers(contents: Contents) -> Iterator[Finding]:
    for name in ("README.md", "CHANGELOG.md"):
        if name not in contents.files:
            indonesian = f"Diharapkan berkas {name} untuk ahli hukum, ditemukan tidak ada."
            english = f"Expected the file {name} for a lawyer, found none."
            yield _fault("package.paper", Place(name), indonesian, english, severity=Severity.HINT)


def _check_forms(contents: Contents) -> Iterator[Finding]:
    used = {node.work.form for _, node in contents.nodes if node.work.form}
    named: dict[str, Path] = {}
    if contents.manifest.start.form is not None:
        named[contents.manifest.start.form] = ("start", "form")
    for message, rule in contents.manifest.messages.items():
        if rule.form is not None:
            named[rule.form] = ("messages", message, "form")
    for name, path in named.items():
        if name not in contents.forms:
            yield _manifest(contents, path, "form-unknown", "formulir", "a form", name, contents.forms)
    for form in contents.forms.values():
        if form.file != f"forms/{form.id}.json":
            indonesian = f"Diharapkan id sama dengan nama berkas, ditemukan {form.id}."
            english = f"Expected the id to be the file's name, found {form.id}."
            yield _fault("package.form-name", Place(form.file), indonesian, english, form.id)
        if form.id not in used and form.id not in named:
            indonesian = f"Diharapkan formulir {form.id} dipakai suatu langkah, ditemukan tidak."
            english = f"Expected the form {form.id} to be used by a step, found that it is not."
            yield _fault("package.form-unused", Place(form.file), indonesian, english, form.id, Severity.WARNING)


def _check_people(contents: Contents) -> Iterator[Finding]:
    """Steps for people have forms and roles that exist; roles are used."""
    roles = contents.manifest.roles
    for _, node in contents.nodes:
        form, groups = node.work.form, node.work.candidate_groups
        if node.tag == "userTask" and not form:
            yield _node(node, "step-form", "formulir", "a form", Severity.WARNING)
        if form and form not in contents.forms:
            yield _named_by(node, "form-unknown", "formulir", "a form", form, contents.forms)
        for group in _literal_names(groups):
            if group not in roles:
                yield _named_by(node, "role-unknown", "peran", "a role", group, roles)
    played = {lane for process in contents.processes.values() for lane in process.lanes}
    played.update(name for _, node in contents.nodes for name in _mentioned(node.work.candidate_groups))
    for name, role in roles.items():
        if name not in played and name not in contents.manifest.start.by and role.kind is not RoleKind.SYSTEM:
            yield _unused(contents, ("roles", name), "peran", "role")


def _literal_names(text: Text | None) -> list[str]:
    if text is None or text.language is not Language.LITERAL:
        return []
    return [name.strip() for name in text.source.split(",")]


def _mentioned(text: Text | None) -> list[str]:
    """Return the names that candidate groups may give; of an expression, the texts in it."""
    if text is None or text.language is Language.LITERAL:
        return _literal_names(text)
    return re.findall(r'"([^"]+)"', text.source)


def _check_called(contents: Contents) -> Iterator[Finding]:
    for _, node in contents.nodes:
        called = node.work.called_process
        if called is not None and called.language is Language.LITERAL and called.source not in contents.processes:
            yield Finding(
                "package.process-elsewhere",
                Severity.HINT,
                {
                    "id": f"Proses {called.source} tidak ada di paket ini: paket lain harus sudah dipasang.",
                    "en": f"The process {called.source} is not in this package: another one must have been deployed.",
                },
                called.place,
                node.id,
                node.name or None,
            )


def _check_named_steps(contents: Contents) -> Iterator[Finding]:
    """Every step that the manifest names is in a model."""
    for path, step in _named_steps(contents.document.value):
        if step not in contents.steps:
            yield _manifest(contents, path, "step-unknown", "langkah", "a step", step, contents.steps)


def _named_steps(value: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for name, term in value.get("terms", {}).items():
        for key in ("starts", "ends"):
            points = term[key] if isinstance(term[key], list) else [term[key]]
            yield from ((("terms", name, key), step) for point in points for step in point.values())
        yield from ((("terms", name, "stops", at), step) for at, step in enumerate(term.get("stops", ())))
        yield from (
            (("terms", name, "extension", "on"), step) for step in term.get("extension", {}).get("on", {}).values()
        )
    for group in ("citizen_status", "outcomes"):
        yield from (((group, step), step) for step in value.get(group, {}))


def _check_ends(contents: Contents) -> Iterator[Finding]:
    """Ends of the main process have an outcome and tell the applicant; outcomes belong to ends.

    An end without either is only hinted at: it may be that of a path beside the case's own.
    """
    manifest, process = contents.manifest, contents.processes.get(contents.manifest.id)
    for step in manifest.outcomes:
        node = contents.steps.get(step)
        if node is not None and node.tag != "endEvent":
            indonesian = f"Diharapkan peristiwa akhir di outcomes, ditemukan {step} ({node.tag})."
            english = f"Expected an end event in outcomes, found {step} ({node.tag})."
            yield _fault("package.outcome", contents.document.place(("outcomes", step)), indonesian, english, step)
    for node in _case_ends(process.scope) if process else ():
        if node.id not in manifest.outcomes:
            yield _node(node, "end-outcome", "kata di outcomes", "a word in outcomes", Severity.HINT)
        if node.id not in manifest.citizen_status:
            yield _node(node, "end-status", "teks di citizen_status", "a text in citizen_status", Severity.HINT)


def _case_ends(scope: Scope) -> list[Node]:
    """Return the ends that end the case: those that are reached by more than a boundary event that only adds a path."""
    waiting = [node.id for node in scope.nodes.values() if node.tag == "startEvent"]
    reached: set[str] = set()
    while waiting:
        step = waiting.pop()
        if step in reached:
            continue
        reached.add(step)
        waiting += [scope.flows[flow].target for flow in scope.nodes[step].outgoing if flow in scope.flows]
        waiting += [node.id for node in scope.nodes.values() if node.attached_to == step and node.interrupting]
    return [node for node in scope.nodes.values() if node.tag == "endEvent" and node.id in reached]


def _check_calls(contents: Contents) -> Iterator[Finding]:
    """Job types are declared, declared ones used, and paths take variables."""
    for job_type, place in contents.job_types.items():
        if job_type not in contents.manifest.calls:
            indonesian = f"Diharapkan panggilan {job_type} dinyatakan di {MANIFEST}, ditemukan tidak."
            english = f"Expected the call {job_type} to be declared in {MANIFEST}, found that it is not."
            mend = _did_you_mean(job_type, contents.manifest.calls)
            yield _fault("package.call-undeclared", place, indonesian, english, job_type, mend=mend)
    for job_type in contents.manifest.calls:
        if job_type not in contents.job_types:
            yield _unused(contents, ("calls", job_type), "panggilan", "call")
    for call in contents.manifest.calls.values():
        for placeholder in re.findall(r"\{([^{}]*)\}", call.path or ""):
            if not re.fullmatch(r"[A-Za-z_]\w*", placeholder):
                path: Path = ("calls", call.job_type, "path")
                yield _fault(
                    "package.call-path",
                    contents.document.place(path),
                    f"Diharapkan nama variabel dalam kurung kurawal, ditemukan {{{placeholder}}}.",
                    f"Expected the name of a variable in braces, found {{{placeholder}}}.",
                    dotted(path),
                )


def _check_messages(contents: Contents) -> Iterator[Finding]:
    declared = contents.manifest.messages
    for name, place in contents.caught.items():
        if name not in declared:
            indonesian = f"Diharapkan pesan {name} dinyatakan di {MANIFEST}, ditemukan tidak."
            english = f"Expected the message {name} to be declared in {MANIFEST}, found that it is not."
            yield _fault("package.message-undeclared", place, indonesian, english, name, Severity.WARNING)
    for name in declared:
        if name not in contents.caught:
            yield _unused(contents, ("messages", name), "pesan", "message")


def _check_expressions(contents: Contents) -> Iterator[Finding]:
    """``term.x`` and ``parameter.x`` in expressions are declared."""
    manifest = contents.manifest
    for text in _texts(contents.models):
        for name in re.findall(r"\bparameter\.([A-Za-z_]\w*)", text.source):
            if name not in manifest.parameters:
                yield _undeclared(text, "parameter", "parameter", name, manifest.parameters)
        if _TIMER_OF_TERM.fullmatch(text.source):
            continue  # engine.bpmn.lint speaks about these.
        for name in re.findall(r"\bterm\.([A-Za-z_]\w*)", text.source):
            if name not in manifest.terms:
                yield _undeclared(text, "tenggat", "term", name, manifest.terms)


_TIMER_OF_TERM = re.compile(r"\s*term\s*\.\s*\w+\s*\.\s*\w+\s*")


def _texts(value: Any) -> Iterator[Text]:
    """Yield every expression of a model."""
    if isinstance(value, Text):
        if value.language is not Language.LITERAL:
            yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value) and type(value).__module__.startswith("engine.bpmn"):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def _undeclared(text: Text, kata: str, noun: str, name: str, known: Iterable[str]) -> Finding:
    listed = ", ".join(known) or "-"
    return _fault(
        f"package.{noun}-unknown",
        text.place,
        f"Diharapkan {kata} yang dinyatakan di {MANIFEST} ({listed}), ditemukan {name}.",
        f"Expected a {noun} declared in {MANIFEST} ({listed}), found {name}.",
        name,
        mend=_did_you_mean(name, known),
    )


def _check_confidential(contents: Contents) -> Iterator[Finding]:
    asked = {path for form in contents.forms.values() for path, _ in form.fields()}
    for at, item in enumerate(contents.manifest.confidential):
        if not any(path == item.path or path.startswith(f"{item.path}.") for path in asked):
            path: Path = ("confidential", at)
            yield _fault(
                "package.confidential-unasked",
                contents.document.place(path),
                f"Diharapkan isian suatu formulir, ditemukan {item.path}.",
                f"Expected an entry of a form, found {item.path}.",
                item.path,
                severity=Severity.WARNING,
                mend=_did_you_mean(item.path, asked),
            )


def _check_stories(contents: Contents) -> Iterator[Finding]:
    """Scenarios name steps, calls and messages that exist; a package should have some."""
    if not contents.stories:
        indonesian, english = "Diharapkan skenario, ditemukan tidak ada.", "Expected scenarios, found none."
        yield _fault("package.scenarios", Place("scenarios"), indonesian, english, severity=Severity.WARNING)
    for story in contents.stories:
        for act in story.acts:
            if isinstance(act, Complete) and act.step not in contents.steps:
                yield _story(act.place, "langkah", "a step", act.step, contents.steps)
            elif isinstance(act, Answer) and act.job_type not in contents.job_types:
                yield _story(act.place, "jenis pekerjaan", "a job type", act.job_type, contents.job_types)
            elif isinstance(act, Send) and not act.is_signal and act.name not in contents.caught:
                yield _story(act.place, "pesan", "a message", act.name, contents.caught)
        for name in story.parameters:
            if name not in contents.manifest.parameters:
                yield _story(Place(story.file), "parameter", "a parameter", name, contents.manifest.parameters)
        for name in story.parameters:
            if name not in contents.manifest.parameters:
                yield _story(Place(story.file), "parameter", "a parameter", name, contents.manifest.parameters)
        for person, roles in story.people.items():
            for role in roles:
                if role not in contents.manifest.roles:
                    yield _story(Place(story.file), "peran", f"a role for {person}", role, contents.manifest.roles)


def _story(place: Place, kata: str, noun: str, name: str, known: Iterable[str]) -> Finding:
    return _fault(
        "package.scenario-name",
        place,
        f"Diharapkan {kata} dari proses ini, ditemukan {name}.",
        f"Expected {noun} of this process, found {name}.",
        name,
        mend=_did_you_mean(name, known),
    )


_CHECKS: tuple[Callable[[Contents], Iterator[Finding]], ...] = (
    _check_main,
    _check_papers,
    _check_forms,
    _check_people,
    _check_called,
    _check_named_steps,
    _check_ends,
    _check_calls,
    _check_messages,
    _check_expressions,
    _check_confidential,
    _check_stories,
    check_translations,
)


def _manifest(
    contents: Contents, path: Path, rule: str, kata: str, noun: str, name: str, known: Iterable[str]
) -> Finding:
    where = dotted(path)
    return _fault(
        f"package.{rule}",
        contents.document.place(path),
        f"Diharapkan {kata} yang ada di {where}, ditemukan {name}.",
        f"Expected {noun} that exists in {where}, found {name}.",
        where,
        mend=_did_you_mean(name, known),
    )


def _unused(contents: Contents, path: Path, kata: str, noun: str) -> Finding:
    name = path[-1]
    return _fault(
        f"package.{noun}-unused",
        contents.document.place(path),
        f"Diharapkan {kata} {name} dipakai suatu proses, ditemukan tidak.",
        f"Expected the {noun} {name} to be used by a process, found that it is not.",
        dotted(path),
        severity=Severity.WARNING,
    )


def _node(node: Node, rule: str, kata: str, noun: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        f"package.{rule}",
        severity,
        {
            "id": f"Diharapkan {kata} untuk {node.id}, ditemukan tidak ada.",
            "en": f"Expected {noun} for {node.id}, found none.",
        },
        node.place,
        node.id,
        node.name or None,
    )


def _named_by(node: Node, rule: str, kata: str, noun: str, name: str, known: Iterable[str]) -> Finding:
    message = {
        "id": f"Diharapkan {kata} yang ada untuk {node.id}, ditemukan {name}.",
        "en": f"Expected {noun} that exists for {node.id}, found {name}.",
    }
    mend = _did_you_mean(name, known)
    return Finding(f"package.{rule}", Severity.ERROR, message, node.place, node.id, node.name or None, mend)


def _did_you_mean(name: str, known: Iterable[str]) -> Mapping[str, str]:
    near = get_close_matches(name, list(known), n=1)
    return {"id": f"Maksudnya {near[0]}?", "en": f"Did you mean {near[0]}?"} if near else {}


def _fault(
    rule: str,
    place: Place,
    indonesian: str,
    english: str,
    element: str | None = None,
    severity: Severity = Severity.ERROR,
    mend: Mapping[str, str] | None = None,
) -> Finding:
    return Finding(rule, severity, {"id": indonesian, "en": english}, place, element, mend=mend or {})
