"""Compile a model into steps that run. What is not executed is refused here, with the element: nothing is ignored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from engine.bpmn.definition import Definition, Start
from engine.bpmn.events import Boundary, Catches, Catching, Event, EventGateway, SubStart
from engine.bpmn.formulas import Formula
from engine.bpmn.gateways import Complex, Exclusive, Inclusive, Joining, Parallel
from engine.bpmn.listeners import ConditionListener, Listener, MessageListener, SignalListener, TimerListener
from engine.bpmn.model import (
    Declared,
    EventDefinition,
    EventKind,
    Language,
    Loop,
    Model,
    Node,
    Process,
    Text,
    TimerKind,
    Work,
)
from engine.bpmn.model import Scope as ModelScope
from engine.bpmn.repetition import MultiInstance, StandardLoop
from engine.bpmn.scopes import AdHoc, CallActivity, EventSubProcess, Scope, Transaction
from engine.bpmn.scopes import Process as ProcessStep
from engine.bpmn.specs import Flow, Passing, Step
from engine.bpmn.specs import Mapping as Mapped
from engine.bpmn.throwing import (
    CancelThrow,
    CompensationThrow,
    ErrorThrow,
    EscalationThrow,
    LinkThrow,
    MessageThrow,
    SignalThrow,
    TerminateThrow,
    Throw,
    Throwing,
    Undoing,
)
from engine.bpmn.timers import TimerError, check
from engine.bpmn.waits import WaitKind
from engine.bpmn.work import DecisionStep, JobStep, PersonStep, ScriptHandler, ScriptStep
from engine.dmn import Decisions
from engine.errors import Invalid
from engine.feel import FeelSyntaxError
from engine.findings import Finding, Place, Severity

_TERM_MARKS = ("due", "warn", "escalate")
_LISTENED = (EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL)
_SCOPES = ("subProcess", "transaction", "adHocSubProcess")


def compile_process(
    process_id: str,
    models: Sequence[Model],
    *,
    decisions: Decisions | None,
    called: Callable[[str], Definition] | None = None,
    script_handler: ScriptHandler | None = None,
) -> Definition:
    """Compile a process with everything that it calls.

    ``called`` gives the definitions of processes that are not among the models; ``script_handler`` runs scripts in
    languages that we do not run (for test benches). Raises Invalid with findings for anything that is not executed.
    """
    known = {process.id: (process, model, decisions) for model in models for process in model.processes.values()}
    if process_id not in known:
        there = ", ".join(known) or "none"
        raise Invalid(f"Expected process {process_id} among the models, found {there}")
    compiler = _Compiler(process_id, known, called)
    compiler.definition.script_handler = script_handler
    return compiler.compile()


class _Compiler:
    """Compiles one process and those that it calls into one definition."""

    def __init__(
        self,
        process_id: str,
        known: Mapping[str, tuple[Process, Model, Decisions | None]],
        called: Callable[[str], Definition] | None,
    ) -> None:
        self.definition = Definition(process_id)
        self.known = dict(known)
        self.called = called
        self.findings: list[Finding] = []
        self.made: dict[str, ProcessStep] = {}

    def compile(self) -> Definition:
        """Compile everything, or raise Invalid."""
        definition = self.definition
        definition.top = self.process(definition.process_id)
        definition.sources = {name: self.known[name] for name in self.made}
        if self.findings:
            raise Invalid(
                f"Expected a process that can be executed, found {len(self.findings)} faults; "
                f"the first: {self.findings[0]}",
                self.findings,
            )
        return definition

    def process(self, process_id: str) -> ProcessStep:
        """Return the step of a process, compiled once however often it is called."""
        if process_id in self.made:
            return self.made[process_id]
        process, model, decisions = self.known[process_id]
        prefix = "" if process_id == self.definition.process_id else f"{process_id}:"
        node = Node(id=process_id, tag="process", name=process.name, place=process.place, inside=process.scope)
        step = ProcessStep(self.definition, f"{prefix}{process_id}" if prefix else process_id, node, process_id)
        step.step = process_id
        self.made[process_id] = step
        _ScopeCompiler(self, prefix, process_id, model, decisions).fill(step, process.scope, process.place)
        return step

    def callee(self, name: str, place: Place, element: str) -> ProcessStep | None:
        """Return the step of a called process, from the models or from elsewhere; None, and a finding, for neither."""
        if name not in self.known and self.called is not None:
            self.known.update(self.called(name).sources)
        if name not in self.known:
            self.refuse(
                "bpmn.unknown-process", place, element, f"proses {name}", f"the process {name}", "tidak ada", "none"
            )
            return None
        return self.process(name)

    def refuse(
        self, rule: str, place: Place, element: str, wanted_id: str, wanted: str, found_id: str, found: str
    ) -> None:
        message = {
            "id": f"Diharapkan {wanted_id}, ditemukan {found_id}.",
            "en": f"Expected {wanted}, found {found}.",
        }
        self.findings.append(Finding(rule, Severity.ERROR, message, place, element))


class _ScopeCompiler:
    """Compiles what one process contains."""

    def __init__(self, whole: _Compiler, prefix: str, process: str, model: Model, decisions: Decisions | None) -> None:
        self.whole = whole
        self.definition = whole.definition
        self.prefix = prefix
        self.process = process
        self.model = model
        self.decisions = decisions

    # Scopes.

    def fill(self, scope: Scope, content: ModelScope, place: Place) -> None:
        """Compile the steps of a scope and join them."""
        steps: dict[str, Step] = {}
        outer: dict[str, Step] = {}
        for node in content.nodes.values():
            made = self.node(node)
            steps[node.id] = made
            outer[node.id] = made
            made.inside = scope
        self.connect(content, outer)
        self.attach(content, outer)
        self.links(content, outer)
        self.handlers(content, outer)
        self.begin(scope, content, outer, place)
        scope.predecessors = _predecessors(content, outer)

    def begin(self, scope: Scope, content: ModelScope, steps: Mapping[str, Step], place: Place) -> None:
        """Find where tokens begin, and what the scope's event sub-processes listen to."""
        is_top = isinstance(scope, ProcessStep)
        starts: list[Step] = []
        listening: list[Start] = []
        for node in content.nodes.values():
            if node.tag == "startEvent":
                if not node.events:
                    starts.append(steps[node.id])
                elif is_top:
                    listening.extend(self.starts_of(node))
            elif is_top and node.instantiate and not node.incoming:
                if node.tag == "receiveTask":
                    listening.extend(self.starts_of(node))
                elif node.tag == "eventBasedGateway":
                    starts.append(steps[node.id])
            elif _has_no_flow_in(node) and not any(each.tag == "startEvent" for each in content.nodes.values()):
                starts.append(steps[node.id])
        scope.starts = tuple(starts)
        if is_top and not self.prefix:
            self.definition.starts = tuple(listening)
        if not starts and not listening and not isinstance(scope, EventSubProcess):
            self.refuse("bpmn.no-start", place, scope.bpmn_id, "peristiwa mulai", "a start event", "tidak ada", "none")
        self.event_sub_processes(scope, content, steps)

    def event_sub_processes(self, scope: Scope, content: ModelScope, steps: Mapping[str, Step]) -> None:
        """Let a scope listen for its event sub-processes."""
        watches: list[Listener] = []
        errors: list[tuple[str | None, SubStart]] = []
        escalations: list[tuple[str | None, SubStart]] = []
        for node in content.nodes.values():
            if not node.triggered_by_event or node.inside is None:
                continue
            for start in (each for each in node.inside.nodes.values() if each.tag == "startEvent"):
                event = self.definition.step(self.name(start.id))
                if not isinstance(event, SubStart):
                    continue
                watches.extend(event.waits)
                errors.extend((self.code(each), event) for each in start.events if each.kind is EventKind.ERROR)
                escalations.extend(
                    (self.code(each), event) for each in start.events if each.kind is EventKind.ESCALATION
                )
                if any(each.kind is EventKind.COMPENSATE for each in start.events):
                    undo = steps[node.id]
                    undo.undo_entry = event.name
                    scope.undo = undo if isinstance(undo, Scope) else None
        scope.watches = tuple(watches)
        scope.errors = Catches(errors) if errors else None
        scope.escalations = Catches(escalations) if escalations else None

    def starts_of(self, node: Node) -> Iterator[Start]:
        """Yield what a start event waits for."""
        name = self.name(node.id)
        if node.tag == "receiveTask" and node.message:
            yield Start(WaitKind.MESSAGE, name, name=self.declared_name(node.message, node))
        for each in node.events:
            if each.kind is EventKind.MESSAGE:
                yield Start(WaitKind.MESSAGE, name, name=self.declared_name(each.ref, node))
            elif each.kind is EventKind.SIGNAL:
                yield Start(WaitKind.SIGNAL, name, name=self.declared_name(each.ref, node))
            elif each.kind is EventKind.TIMER and each.timer is not None and each.timer_kind is not None:
                timer = self.formula(each.timer, node.id)
                if timer is not None:
                    yield Start(WaitKind.TIMER, name, timer_kind=each.timer_kind, timer=timer)
            elif each.kind is EventKind.CONDITIONAL:
                yield Start(WaitKind.CONDITION, name)

    # Nodes.

    def name(self, element: str) -> str:
        return f"{self.prefix}{element}"

    def node(self, node: Node) -> Step:
        """Compile a node; for a repeated activity return the step that holds the repetitions."""
        if node.loop is None:
            return self.finished(self.single(node, self.name(node.id)), node)
        inner = self.finished(self.single(node, f"{self.name(node.id)}*"), node)
        inner.step = self.name(node.id)
        inner.silent = True
        outer = self.repetition(node, node.loop, inner)
        inner.body = outer if isinstance(outer, StandardLoop | MultiInstance) else None
        return outer

    def finished(self, step: Step, node: Node) -> Step:
        """Give a step its number and mappings."""
        step.mapped_in = self.mappings(node, node.work.inputs)
        step.mapped_out = self.mappings(node, node.work.outputs)
        if node.inside is not None and isinstance(step, Scope):
            self.fill(step, node.inside, node.place)
        return step

    def mappings(self, node: Node, mapped: Sequence[object]) -> tuple[Mapped, ...]:
        found = []
        for each in mapped:
            formula = self.formula(each.source, node.id)  # type: ignore[attr-defined]
            if formula is not None:
                found.append(Mapped(formula, each.target))  # type: ignore[attr-defined]
        return tuple(found)

    def repetition(self, node: Node, loop: Loop, inner: Step) -> Step:
        make = StandardLoop if loop.standard else MultiInstance
        try:
            made = make(self.definition, self.name(node.id), node, self.process, inner, loop)
        except FeelSyntaxError as error:
            self.refuse_text(loop.place or node.place, node.id, error)
            return Passing(self.definition, self.name(node.id), node, self.process)
        if isinstance(made, MultiInstance):
            made.on_one = self.throw(loop.one_event, node) if loop.behavior == "One" else None
            made.on_none = self.throw(loop.none_event, node) if loop.behavior == "None" else None
            if loop.behavior == "Complex":
                made.on_complex = tuple(
                    (formula, self.throw(event, node) if event is not None else None)
                    for condition, event in loop.complex
                    if (formula := self.formula(condition, node.id)) is not None
                )
        return made

    def single(self, node: Node, name: str) -> Step:
        """Compile a node without its repetition."""
        make = _MAKERS.get(node.tag)
        if make is None:
            self.unsupported(node)
            return Passing(self.definition, name, node, self.process)
        return make(self, node, name)

    def unsupported(self, node: Node) -> None:
        self.refuse(
            "bpmn.not-executed",
            node.place,
            node.id,
            "unsur yang dijalankan Alur",
            "an element that Alur executes",
            node.tag,
            node.tag,
        )

    def passing(self, node: Node, name: str) -> Step:
        if node.work.job_type is not None:
            return JobStep(self.definition, name, node, self.process)
        return Passing(self.definition, name, node, self.process)

    def person(self, node: Node, name: str) -> Step:
        return PersonStep(self.definition, name, node, self.process)

    def service(self, node: Node, name: str) -> Step:
        if node.work.job_type is None and self.definition.script_handler is None:
            self.refuse(
                "bpmn.no-job-type",
                node.place,
                node.id,
                "zeebe:taskDefinition dengan type",
                "a zeebe:taskDefinition with a type",
                "tidak ada",
                "none",
            )
        return self.passing(node, name)

    def script(self, node: Node, name: str) -> Step:
        work = node.work
        if work.job_type is not None:
            return JobStep(self.definition, name, node, self.process)
        formula = self.formula(work.script, node.id) if work.script is not None else None
        literal = work.script is not None and work.script.language is Language.LITERAL
        if formula is None or (literal and self.definition.script_handler is None):
            if formula is not None or work.script is None:
                self.refuse(
                    "bpmn.no-script",
                    node.place,
                    node.id,
                    "zeebe:script dengan ekspresi FEEL (=…)",
                    "a zeebe:script with a FEEL expression (=…)",
                    f"skrip {node.script_format or 'lain'}",
                    f"a script in {node.script_format or 'another language'}",
                )
            return Passing(self.definition, name, node, self.process)
        return ScriptStep(self.definition, name, node, self.process, formula, work.result_variable)

    def decision(self, node: Node, name: str) -> Step:
        work = node.work
        if work.job_type is not None:
            return JobStep(self.definition, name, node, self.process)
        decision = self.formula(work.decision, node.id) if work.decision is not None else None
        if decision is None or self.decisions is None:
            if self.definition.script_handler is None:
                found = ("tidak ada", "none") if work.decision is None else ("tanpa berkas DMN", "no DMN file")
                self.refuse(
                    "bpmn.no-decision",
                    node.place,
                    node.id,
                    "zeebe:calledDecision dengan keputusan dari paket",
                    "a zeebe:calledDecision with a decision of the package",
                    *found,
                )
            return Passing(self.definition, name, node, self.process)
        return DecisionStep(self.definition, name, node, self.process, self.decisions, decision)

    def send(self, node: Node, name: str) -> Step:
        if node.work.job_type is not None:
            return JobStep(self.definition, name, node, self.process)
        throw = self.message_throw(node.message, node)
        if throw is None:
            return Passing(self.definition, name, node, self.process)
        return Throwing(self.definition, name, node, self.process, [throw])

    def receive(self, node: Node, name: str) -> Step:
        step = Catching(self.definition, name, node, self.process)
        listener = self.message_listener(step, 0, node, node.message)
        if listener is not None:
            step.waits = (listener,)
        return step

    def call(self, node: Node, name: str) -> Step:
        work = node.work
        step = CallActivity(
            self.definition, name, node, self.process, pass_all_in=work.pass_all_in, pass_all_out=work.pass_all_out
        )
        called = work.called_process
        if called is None or called.language is not Language.LITERAL:
            found = ("tidak ada", "none") if called is None else (f"ekspresi {called.source}",) * 2
            self.refuse(
                "bpmn.no-called-process",
                node.place,
                node.id,
                "zeebe:calledElement dengan id proses yang tetap",
                "a zeebe:calledElement with a fixed process id",
                found[0],
                found[1] if called is None else f"the expression {called.source}",
            )
            return step
        step.called = self.whole.callee(called.source, node.place, node.id)
        return step

    def sub_process(self, node: Node, name: str) -> Step:
        kind = EventSubProcess if node.triggered_by_event else Scope
        return kind(self.definition, name, node, self.process)

    def transaction(self, node: Node, name: str) -> Step:
        return Transaction(self.definition, name, node, self.process)

    def ad_hoc(self, node: Node, name: str) -> Step:
        completion = self.formula(node.completion, node.id) if node.completion is not None else None
        return AdHoc(self.definition, name, node, self.process, completion)

    def exclusive(self, node: Node, name: str) -> Step:
        return Exclusive(self.definition, name, node, self.process)

    def parallel(self, node: Node, name: str) -> Step:
        return Parallel(self.definition, name, node, self.process)

    def inclusive(self, node: Node, name: str) -> Step:
        return Inclusive(self.definition, name, node, self.process)

    def complex(self, node: Node, name: str) -> Step:
        activation = self.formula(node.activation, node.id) if node.activation is not None else None
        return Complex(self.definition, name, node, self.process, activation)

    def event_gateway(self, node: Node, name: str) -> Step:
        return EventGateway(self.definition, name, node, self.process)

    # Events.

    def start(self, node: Node, name: str) -> Step:
        if not node.events:
            return Event(self.definition, name, node, self.process)
        inside_event = name in self._sub_starts
        if not inside_event:
            return Event(self.definition, name, node, self.process)
        step = SubStart(self.definition, name, node, self.process)
        step.waits = self.listeners(step, node)
        return step

    @property
    def _sub_starts(self) -> frozenset[str]:
        """The names of the start events of event sub-processes."""
        process = self.whole.known[self.process][0]
        return frozenset(
            self.name(start.id)
            for _scope, node in process.scope.everything()
            if node.triggered_by_event and node.inside is not None
            for start in node.inside.nodes.values()
            if start.tag == "startEvent"
        )

    def catch(self, node: Node, name: str) -> Step:
        if any(each.kind is EventKind.LINK for each in node.events):
            return Passing(self.definition, name, node, self.process)
        step = Catching(self.definition, name, node, self.process)
        step.waits = self.listeners(step, node)
        if not step.waits:
            self.refuse(
                "bpmn.event-none",
                node.place,
                node.id,
                "definisi peristiwa yang dapat ditunggu",
                "an event definition that can be waited for",
                "tidak ada",
                "none",
            )
        return step

    def boundary(self, node: Node, name: str) -> Step:
        step = Boundary(self.definition, name, node, self.process)
        step.waits = self.listeners(step, node)
        return step

    def throwing(self, node: Node, name: str) -> Step:
        if node.work.job_type is not None:
            return JobStep(self.definition, name, node, self.process)
        if any(each.kind is EventKind.LINK for each in node.events):
            return LinkThrow(self.definition, name, node, self.process)
        throws = [throw for each in node.events if (throw := self.throw(each, node)) is not None]
        if not throws:
            return Event(self.definition, name, node, self.process)
        return Throwing(self.definition, name, node, self.process, throws)

    def throw(self, event: EventDefinition | None, node: Node) -> Throw | None:
        """Compile an event definition that is thrown; None, and a finding, for one that cannot be."""
        if event is None:
            return None
        match event.kind:
            case EventKind.MESSAGE:
                return self.message_throw(event.ref, node)
            case EventKind.SIGNAL:
                signal = self.declared_text(event.ref, node)
                return SignalThrow(signal) if signal is not None else None
            case EventKind.ESCALATION:
                return EscalationThrow(self.code(event))
            case EventKind.ERROR:
                return ErrorThrow(self.code(event))
            case EventKind.COMPENSATE:
                return self.compensation_throw(event, node)
            case EventKind.TERMINATE:
                return TerminateThrow()
            case EventKind.CANCEL:
                return CancelThrow()
        self.unsupported(node)
        return None

    def compensation_throw(self, event: EventDefinition, node: Node) -> Throw:
        activity = self.name(event.activity) if event.activity else None
        if event.wait:
            return CompensationThrow(activity, None)
        holder = replace(node, events=(), tag="task", work=Work(), start_quantity=1, completion_quantity=1)
        beside = Undoing(self.definition, f"{self.name(node.id)}~", holder, self.process)
        beside.step = self.name(node.id)
        return CompensationThrow(activity, beside)

    def message_throw(self, reference: str | None, node: Node) -> Throw | None:
        declared = self.model.declared.get(reference or "")
        text = self.declared_text(reference, node)
        if text is None or declared is None:
            return None
        key = self.formula(declared.correlation, node.id) if declared.correlation is not None else None
        return MessageThrow(text, key)

    def listeners(self, step: Catching, node: Node) -> tuple[Listener, ...]:
        """Compile what an event waits for. Errors, escalations and compensation come by themselves."""
        found: list[Listener] = []
        for index, each in enumerate(node.events):
            if each.kind in _LISTENED:
                listener = self.listener(step, index, node, each)
                if listener is not None:
                    found.append(listener)
        return tuple(found)

    def listener(self, step: Catching, index: int, node: Node, event: EventDefinition) -> Listener | None:
        if event.kind is EventKind.MESSAGE:
            return self.message_listener(step, index, node, event.ref)
        if event.kind is EventKind.SIGNAL:
            signal = self.declared_text(event.ref, node)
            return SignalListener(self.definition, step, index, node, signal) if signal is not None else None
        if event.kind is EventKind.CONDITIONAL:
            condition = self.formula(event.condition, node.id) if event.condition is not None else None
            return ConditionListener(self.definition, step, index, node, condition) if condition is not None else None
        if event.timer is None or event.timer_kind is None:
            self.refuse("bpmn.timer-one", node.place, node.id, "sebuah waktu", "a time", "tidak ada", "none")
            return None
        return self.timer_listener(step, index, node, event.timer_kind, event.timer)

    def timer_listener(self, step: Catching, index: int, node: Node, kind: TimerKind, text: Text) -> Listener | None:
        if text.language is Language.LITERAL:
            try:
                check(kind, text.source)
            except TimerError as error:
                self.refuse(
                    "bpmn.timer", text.place, node.id, "waktu ISO 8601", "an ISO 8601 time", str(error), str(error)
                )
                return None
        formula = self.formula(text, node.id)
        if formula is None:
            return None
        return TimerListener(self.definition, step, index, node, (kind, formula), _term_of(text))

    def message_listener(self, step: Catching, index: int, node: Node, reference: str | None) -> MessageListener | None:
        declared = self.model.declared.get(reference or "")
        text = self.declared_text(reference, node)
        if text is None or declared is None:
            return None
        key = self.formula(declared.correlation, node.id) if declared.correlation is not None else None
        return MessageListener(self.definition, step, index, node, text, key)

    # Connections.

    def connect(self, content: ModelScope, steps: Mapping[str, Step]) -> None:
        """Give steps their outgoing flows, and joins what they must know of their incoming ones."""
        positions: dict[str, int] = {}
        sources: dict[str, list[Step]] = {}
        outgoing: dict[str, list[Flow]] = {}
        for flow in content.flows.values():
            source, target = steps.get(flow.source), steps.get(flow.target)
            if source is None or target is None:
                self.refuse(
                    "bpmn.flow-ends",
                    flow.place,
                    flow.id,
                    "aliran antara dua langkah di lingkup ini",
                    "a flow between two steps of this scope",
                    f"{flow.source} → {flow.target}",
                    f"{flow.source} → {flow.target}",
                )
                continue
            condition = self.formula(flow.condition, flow.id) if flow.condition is not None else None
            index = positions.get(flow.target, 0)
            positions[flow.target] = index + 1
            made = Flow(self.name(flow.id), target, index, condition)
            outgoing.setdefault(flow.source, []).append(made)
            sources.setdefault(flow.target, []).append(source)
            if content.nodes[flow.source].default == flow.id:
                source.default = made
        for element, step in steps.items():
            step.flows = tuple(outgoing.get(element, ()))
            step.incoming = positions.get(element, 0)
            if isinstance(step, Joining) or step.start_quantity > 1:
                step.sources = tuple(sources.get(element, ()))

    def attach(self, content: ModelScope, steps: Mapping[str, Step]) -> None:
        """Attach boundary events to their activities."""
        for node in content.nodes.values():
            if node.attached_to is None:
                continue
            host, event = steps.get(node.attached_to), steps[node.id]
            if host is None or not isinstance(event, Boundary):
                continue
            host.listeners = (*host.listeners, *event.waits)
            if isinstance(host, Transaction) and any(each.kind is EventKind.CANCEL for each in node.events):
                host.cancelled = event
        for element, step in steps.items():
            attached = [node for node in content.nodes.values() if node.attached_to == element]
            step.boundary_errors = self.catches(attached, steps, EventKind.ERROR)
            step.boundary_escalations = self.catches(attached, steps, EventKind.ESCALATION)

    def catches(self, attached: Sequence[Node], steps: Mapping[str, Step], kind: EventKind) -> Catches | None:
        found = [
            (self.code(each), event)
            for node in attached
            for each in node.events
            if each.kind is kind and isinstance(event := steps[node.id], Boundary)
        ]
        return Catches(found) if found else None

    def links(self, content: ModelScope, steps: Mapping[str, Step]) -> None:
        """Join links that are thrown to those that catch them."""
        catching = {
            each.ref: steps[node.id]
            for node in content.nodes.values()
            if node.tag == "intermediateCatchEvent"
            for each in node.events
            if each.kind is EventKind.LINK
        }
        for node in content.nodes.values():
            step = steps[node.id]
            if isinstance(step, LinkThrow):
                step.link = catching.get(next(each.ref for each in node.events if each.kind is EventKind.LINK))
                if step.link is None:
                    self.refuse(
                        "bpmn.link-name", node.place, node.id, "tautan tujuan", "a link to go to", "tidak ada", "none"
                    )

    def handlers(self, content: ModelScope, steps: Mapping[str, Step]) -> None:
        """Give activities the handlers that undo them, by the association from their compensation event."""
        for node in content.nodes.values():
            if node.attached_to is None or not any(each.kind is EventKind.COMPENSATE for each in node.events):
                continue
            handler = next(
                (
                    steps[each.target]
                    for each in content.associations
                    if each.source == node.id and each.target in steps
                ),
                None,
            )
            if handler is None:
                self.refuse(
                    "bpmn.compensation-handler",
                    node.place,
                    node.id,
                    "kegiatan kompensasi yang terhubung",
                    "a compensation activity that is connected",
                    "tidak ada",
                    "none",
                )
                continue
            host = steps[node.attached_to]
            (host.inner if isinstance(host, StandardLoop | MultiInstance) else host).handler = handler

    # Words.

    def declared_name(self, reference: str | None, node: Node) -> str | None:
        text = self.declared_text(reference, node)
        return text.literal if text is not None else None

    def declared_text(self, reference: str | None, node: Node) -> Formula | None:
        """Return the name of a declared message or signal; None, and a finding, where there is none."""
        declared: Declared | None = self.model.declared.get(reference or "")
        if declared is None or not (declared.name or declared.id):
            self.refuse(
                "bpmn.event-reference",
                node.place,
                node.id,
                "pesan atau sinyal yang dinyatakan",
                "a declared message or signal",
                reference or "tidak ada",
                reference or "none",
            )
            return None
        name = declared.name or declared.id
        language = Language.FEEL if name.startswith("=") else Language.LITERAL
        return self.formula(Text(name.removeprefix("="), language, declared.place), node.id)

    def code(self, event: EventDefinition) -> str | None:
        """Return the code of an error or escalation; None stands for any."""
        declared = self.model.declared.get(event.ref or "")
        return (declared.code or declared.name or declared.id) if declared is not None else None

    def formula(self, text: Text, element: str) -> Formula | None:
        """Compile an expression; None, and a finding, where it is wrong."""
        try:
            return Formula(text)
        except FeelSyntaxError as error:
            self.refuse_text(text.place, element, error)
            return None

    def refuse_text(self, place: Place, element: str, error: FeelSyntaxError) -> None:
        self.refuse(
            "bpmn.expression",
            place,
            element,
            "ekspresi yang benar",
            "a correct expression",
            error.message,
            error.message,
        )

    def refuse(
        self, rule: str, place: Place, element: str, wanted_id: str, wanted: str, found_id: str, found: str
    ) -> None:
        self.whole.refuse(rule, place, element, wanted_id, wanted, found_id, found)


def _has_no_flow_in(node: Node) -> bool:
    """Tell whether a node begins by itself in a scope without start events."""
    if node.tag in ("boundaryEvent", "startEvent") or node.for_compensation or node.triggered_by_event:
        return False
    is_link = any(each.kind is EventKind.LINK for each in node.events) and node.tag == "intermediateCatchEvent"
    return not node.incoming and not is_link


def _term_of(text: Text) -> tuple[str, str] | None:
    """Return the legal term and its mark that a timer waits for: ``=term.<name>.<mark>`` and nothing else."""
    parts = [part.strip() for part in text.source.split(".")]
    if text.language is not Language.FEEL or len(parts) != 3 or parts[0] != "term" or parts[2] not in _TERM_MARKS:
        return None
    return parts[1], parts[2]


def _predecessors(content: ModelScope, steps: Mapping[str, Step]) -> dict[str, tuple[Step, ...]]:
    """Return, by name, the steps from which a token can come to a step: over flows, boundary events and links."""
    before: dict[str, list[Step]] = {}
    for flow in content.flows.values():
        if flow.source in steps and flow.target in steps:
            before.setdefault(steps[flow.target].name, []).append(steps[flow.source])
    for node in content.nodes.values():
        if node.attached_to is not None and node.attached_to in steps:
            before.setdefault(steps[node.id].name, []).append(steps[node.attached_to])
        step = steps[node.id]
        if isinstance(step, LinkThrow) and step.link is not None:
            before.setdefault(step.link.name, []).append(step)
    return {name: tuple(found) for name, found in before.items()}


_MAKERS: Mapping[str, Callable[[_ScopeCompiler, Node, str], Step]] = {
    "task": _ScopeCompiler.passing,
    "userTask": _ScopeCompiler.person,
    "manualTask": _ScopeCompiler.person,
    "serviceTask": _ScopeCompiler.service,
    "scriptTask": _ScopeCompiler.script,
    "businessRuleTask": _ScopeCompiler.decision,
    "sendTask": _ScopeCompiler.send,
    "receiveTask": _ScopeCompiler.receive,
    "callActivity": _ScopeCompiler.call,
    "subProcess": _ScopeCompiler.sub_process,
    "transaction": _ScopeCompiler.transaction,
    "adHocSubProcess": _ScopeCompiler.ad_hoc,
    "exclusiveGateway": _ScopeCompiler.exclusive,
    "parallelGateway": _ScopeCompiler.parallel,
    "inclusiveGateway": _ScopeCompiler.inclusive,
    "complexGateway": _ScopeCompiler.complex,
    "eventBasedGateway": _ScopeCompiler.event_gateway,
    "startEvent": _ScopeCompiler.start,
    "endEvent": _ScopeCompiler.throwing,
    "intermediateThrowEvent": _ScopeCompiler.throwing,
    "implicitThrowEvent": _ScopeCompiler.throwing,
    "intermediateCatchEvent": _ScopeCompiler.catch,
    "boundaryEvent": _ScopeCompiler.boundary,
}
