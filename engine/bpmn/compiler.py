"""Compile a process into steps that run. What is not executed is refused here, with the element: nothing is ignored."""

from collections.abc import Callable, Mapping, Sequence

from engine.bpmn.compiling.scopes import fill
from engine.bpmn.compiling.texts import Context, Findings
from engine.bpmn.definition import Definition, Limits
from engine.bpmn.model import Model, Node
from engine.bpmn.model import Process as ModelProcess
from engine.bpmn.scopes import Process
from engine.bpmn.work import ScriptHandler
from engine.dmn import Decisions
from engine.errors import Invalid

Source = tuple[ModelProcess, Model, Decisions | None]


def compile_process(
    process_id: str,
    models: Sequence[Model],
    *,
    decisions: Decisions | None,
    called: Callable[[str], Definition] | None = None,
    limits: Limits | None = None,
    script_handler: ScriptHandler | None = None,
) -> Definition:
    """Compile a process with everything that it calls.

    ``called`` gives the definitions of processes that are not among the models; ``script_handler`` runs scripts in
    languages that we do not run (for test benches). Raises Invalid with findings for anything that is not executed.
    """
    known = {process.id: (process, model, decisions) for model in models for process in model.processes.values()}
    if process_id not in known:
        raise Invalid(f"Expected process {process_id} among the models, found {', '.join(known) or 'none'}")
    definition = Definition(process_id, limits or Limits(), script_handler)
    compilation = _Compilation(definition, known, called)
    definition.top = compilation.process(process_id)
    compilation.check_calls()
    definition.sources = {name: compilation.known[name] for name in compilation.made}
    found = compilation.findings.found
    if found:
        count = f"{len(found)} faults; the first" if len(found) > 1 else "one fault"
        raise Invalid(f"Expected a process that can be executed, found {count}: {found[0]}", found)
    return definition


class _Compilation:
    """Compiles one process and those that it calls into one definition."""

    def __init__(
        self, definition: Definition, known: Mapping[str, Source], called: Callable[[str], Definition] | None
    ) -> None:
        self.definition = definition
        self.known = dict(known)
        self.called = called
        self.findings = Findings()
        self.made: dict[str, Process] = {}
        self.calls: list[tuple[str, Node]] = []

    def check_calls(self) -> None:
        """Refuse calls of processes that only an event can start, which a call is not."""
        for name, node in self.calls:
            if not self.made[name].starts:
                wanted = (f"proses {name} dengan peristiwa mulai biasa", f"the process {name} with a plain start event")
                self.findings.refuse("called-start", node.id, node.place, wanted, ("tidak ada", "none"))

    def process(self, process_id: str) -> Process:
        """Return the step of a process, compiled once however often it is called."""
        if process_id in self.made:
            return self.made[process_id]
        process, model, decisions = self.known[process_id]
        prefix = "" if process_id == self.definition.process_id else f"{process_id}:"
        context = Context(self.definition, process_id, prefix, model, decisions, self, self.findings)
        node = Node(id=process_id, tag="process", name=process.name, place=process.place, inside=process.scope)
        # A colon cannot be part of an id, so the name of the process is never that of an element.
        step = self.made[process_id] = Process(self.definition, f"{process_id}:", node, process_id)
        step.step = process_id
        fill(context, step, node)
        return step

    def named(self, name: str, node: Node, findings: Findings) -> Process | None:
        """Return the step of a called process; None, and a finding, if there is none."""
        if name not in self.known and self.called is not None:
            self.known.update(self.called(name).sources)
        if name in self.known:
            self.calls.append((name, node))
            return self.process(name)
        wanted = (f"proses {name}", f"the process {name}")
        findings.refuse("unknown-process", node.id, node.place, wanted, ("tidak ada", "none"))
        return None

    def all(self) -> dict[str, Process]:
        """Return every executable process that is known, by id, compiled."""
        return {name: self.process(name) for name, (process, *_rest) in self.known.items() if process.executable}
