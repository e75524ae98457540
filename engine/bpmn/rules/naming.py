"""Rules on what a model names outside itself: decisions, processes, terms, people, messages, signals, errors."""

from collections.abc import Callable, Iterator, Sequence

from engine.bpmn.model import Declared, EventDefinition, EventKind, Language, Model, Node, Process, Scope, Text
from engine.bpmn.rules.meaning import Noted, Subject, at, both, did_you_mean, listed, meaning
from engine.findings import Severity

_TERM_MARKS = frozenset(("due", "warn", "escalate"))
_THROWS = frozenset(("endEvent", "intermediateThrowEvent", "implicitThrowEvent", "sendTask"))


@meaning(
    "unknown-decision",
    "Diharapkan keputusan yang ada dalam paket",
    "Expected a decision of the package",
    mend=("Periksa id keputusan dalam berkas DMN.", "See the ids of decisions in the DMN files."),
)
def _decisions(subject: Subject) -> Iterator[Noted]:
    return _not_among(subject, subject.context.decisions, lambda node: node.work.decision)


def _not_among(
    subject: Subject, known: frozenset[str] | None, name_of: Callable[[Node], Text | None]
) -> Iterator[Noted]:
    """Yield the steps that name, by a fixed text, what is not known. ``known`` None: nothing is said."""
    for _process, _scope, node in subject.nodes:
        named = name_of(node)
        if known is not None and named is not None and named.language is Language.LITERAL and named.source not in known:
            found = (f"{named.source} (ada: {listed(known)})", f"{named.source} (there are: {listed(known)})")
            yield Noted(named.place, node.id, node.name, found, did_you_mean(named.source, known))


@meaning(
    "unknown-process",
    "Diharapkan proses yang ada",
    "Expected a process that exists",
    mend=("Periksa id proses yang dipanggil.", "See the id of the process that is called."),
    section="10.3.6",
)
def _processes(subject: Subject) -> Iterator[Noted]:
    return _not_among(subject, subject.context.processes, lambda node: node.work.called_process)


@meaning(
    "unknown-term",
    "Diharapkan term.<nama>.due, .warn atau .escalate dari jangka waktu dalam process.yaml",
    "Expected term.<name>.due, .warn or .escalate of a term in process.yaml",
    mend=("Nyatakan jangka waktu itu di bagian terms pada process.yaml.", "Declare the term in process.yaml."),
)
def _terms(subject: Subject) -> Iterator[Noted]:
    known = subject.context.terms
    for _process, _scope, node in subject.nodes:
        for timer in (event.timer for event in node.events):
            if known is None or timer is None or timer.language is not Language.FEEL:
                continue
            parts = [part.strip() for part in timer.source.split(".")]
            if parts[0] == "term" and len(parts) == 3 and (parts[1] not in known or parts[2] not in _TERM_MARKS):
                found = (f"{timer.source} (ada: {listed(known)})", f"{timer.source} (there are: {listed(known)})")
                yield Noted(timer.place, node.id, node.name, found, did_you_mean(parts[1], known))


@meaning(
    "nobody",
    "Diharapkan seseorang yang boleh mengerjakan langkah ini",
    "Expected somebody who may do this step",
    mend=(
        "Taruh langkah itu di jalur suatu peran, atau isi candidateGroups.",
        "Put the step into the lane of a role, or fill in candidateGroups.",
    ),
    section="10.3.4",
)
def _nobody(subject: Subject) -> Iterator[Noted]:
    roles = subject.context.roles
    for _process, _scope, node in subject.nodes:
        work = node.work
        named = (work.candidate_groups, work.assignee, work.candidate_users)
        if roles is None or node.tag not in ("userTask", "manualTask") or any(text is not None for text in named):
            continue
        if node.lane is None or node.lane not in roles:
            lane = (f"jalur {node.lane}", f"the lane {node.lane}") if node.lane else ("tidak ada", "nobody")
            yield at(node, *lane, did_you_mean(node.lane, roles) if node.lane else None)


@meaning(
    "message-uncaught",
    "Diharapkan pesan yang dikirim ditunggu di paket ini",
    "Expected a message that is sent to be waited for in this package",
    Severity.HINT,
    mend=("Pastikan proses lain menunggu pesan ini.", "Make sure that another process waits for this message."),
)
def _messages(subject: Subject) -> Iterator[Noted]:
    yield from _unheard(subject, EventKind.MESSAGE)


@meaning(
    "signal-uncaught",
    "Diharapkan sinyal yang dikirim ditunggu di paket ini",
    "Expected a signal that is sent to be waited for in this package",
    Severity.HINT,
    mend=("Pastikan proses lain menunggu sinyal ini.", "Make sure that another process waits for this signal."),
)
def _signals(subject: Subject) -> Iterator[Noted]:
    yield from _unheard(subject, EventKind.SIGNAL)


def _unheard(subject: Subject, kind: EventKind) -> Iterator[Noted]:
    shown = {flow.source for model in subject.models for flow in model.message_flows}
    caught = {name for model in subject.models for throws, name, _node in _used(model, kind) if not throws}
    for throws, name, node in _used(subject.model, kind):
        # A message flow shows who gets it: somebody outside the package.
        if throws and name not in caught and node.work.job_type is None and node.id not in shown:
            yield at(node, f"{name}, yang tidak ditunggu", f"{name}, which nobody waits for")


def _used(model: Model, kind: EventKind) -> Iterator[tuple[bool, str, Node]]:
    """Yield the messages or signals that steps throw (True) or catch, by name."""
    for process in model.processes.values():
        for _scope, node in process.scope.everything():
            references = [event.ref for event in node.events if event.kind is kind]
            references += [node.message] if kind is EventKind.MESSAGE and node.message else []
            for declared in (model.declared.get(each or "") for each in references):
                if declared is not None:
                    yield node.tag in _THROWS, declared.name or declared.id, node


@meaning(
    "declared-unused",
    "Diharapkan pesan, sinyal, kesalahan dan eskalasi yang dinyatakan dipakai",
    "Expected declared messages, signals, errors and escalations to be used",
    Severity.HINT,
    mend=("Hapus pernyataan itu, atau pakai.", "Remove the declaration, or use it."),
)
def _unused(subject: Subject) -> Iterator[Noted]:
    model = subject.model
    used = {event.ref for _process, _scope, node in subject.nodes for event in _events_of(node)}
    used |= {node.message for _process, _scope, node in subject.nodes}
    used |= {element.get("messageRef") for element in (model.root.walk() if model.root is not None else ())}
    for declared in model.declared.values():
        if declared.id not in used:
            yield Noted(declared.place, declared.id, declared.name, both(f"{declared.kind} {declared.id}"))


def _events_of(node: Node) -> Iterator[EventDefinition]:
    yield from node.events
    if node.loop is not None:
        found = (node.loop.none_event, node.loop.one_event, *(event for _text, event in node.loop.complex))
        yield from (event for event in found if event is not None)


@meaning(
    "error-uncaught",
    "Diharapkan kesalahan yang dilempar ditangkap di sekitarnya",
    "Expected an error that is thrown to be caught around it",
    Severity.WARNING,
    mend=(
        "Tambahkan peristiwa batas kesalahan, atau sub-proses peristiwa: kesalahan tanpa penangkap menggagalkan kasus.",
        "Add an error boundary event or an event sub-process: an error that nobody catches fails the case.",
    ),
    section="10.5.1",
)
def _errors(subject: Subject) -> Iterator[Noted]:
    called = {
        node.work.called_process.source
        for process in subject.everywhere
        for _scope, node in process.scope.everything()
        if node.work.called_process is not None
    }
    for process in subject.processes:
        if process.id not in called:
            yield from _uncaught(process.scope, (), subject.model)


def _uncaught(scope: Scope, around: Sequence[str | None], model: Model) -> Iterator[Noted]:
    """Find error ends that neither this scope nor one around it catches; ``around`` are the codes caught outside."""
    here = [
        *around,
        *(code for node in scope.nodes.values() if node.triggered_by_event for code in _started(node, model)),
    ]
    for node in scope.nodes.values():
        for event in node.events if node.tag == "endEvent" else ():
            code = _code(event, model)
            if event.kind is EventKind.ERROR and None not in here and code not in here:
                yield at(node, f"kode {code}, yang tidak ditangkap", f"the code {code}, which nobody catches")
        if node.inside is not None:
            # What an event sub-process throws is not caught by itself.
            outside = around if node.triggered_by_event else here
            yield from _uncaught(node.inside, [*outside, *_attached(scope, node, model)], model)


def _started(node: Node, model: Model) -> Iterator[str | None]:
    """Yield the codes of errors that start an event sub-process."""
    for start in node.inside.nodes.values() if node.inside is not None else ():
        if start.tag == "startEvent":
            yield from (_code(event, model) for event in start.events if event.kind is EventKind.ERROR)


def _attached(scope: Scope, host: Node, model: Model) -> Iterator[str | None]:
    """Yield the codes of errors that an activity's boundary events catch; None stands for all."""
    for node in scope.nodes.values():
        if node.attached_to == host.id:
            yield from (_code(event, model) for event in node.events if event.kind is EventKind.ERROR)


def _code(event: EventDefinition, model: Model) -> str | None:
    declared: Declared | None = model.declared.get(event.ref or "")
    return (declared.code or declared.name or declared.id) if declared is not None else None


@meaning(
    "call-cycle",
    "Diharapkan proses yang tidak memanggil dirinya sendiri",
    "Expected a process not to call itself",
    Severity.WARNING,
    mend=(
        "Pastikan ada jalan yang berakhir tanpa panggilan, atau pakai pengulangan.",
        "Make sure that a path ends without the call, or use a loop.",
    ),
    section="10.3.6",
)
def _cycles(subject: Subject) -> Iterator[Noted]:
    calls = {process.id: _called_by(process) for process in subject.everywhere}
    for process in subject.processes:
        for node in (node for _scope, node in process.scope.everything()):
            named = node.work.called_process
            if named is not None and (path := _way(calls, named.source, process.id)) is not None:
                yield at(node, *both(" → ".join((process.id, *path))))


def _called_by(process: Process) -> tuple[str, ...]:
    names = (node.work.called_process for _scope, node in process.scope.everything())
    return tuple(text.source for text in names if text is not None and text.language is Language.LITERAL)


def _way(calls: dict[str, tuple[str, ...]], start: str, goal: str) -> tuple[str, ...] | None:
    """Return the processes by which ``start`` comes to call ``goal``; None: it does not."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while waiting:
        path = waiting.pop()
        if path[-1] == goal:
            return path
        for following in calls.get(path[-1], ()):
            if following not in seen:
                seen.add(following)
                waiting.append((*path, following))
    return None
