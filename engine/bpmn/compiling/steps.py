"""Compile a node into its step, by its tag."""

from collections.abc import Callable, Collection, Mapping

from engine.bpmn.compiling.events import listeners_of, message_listener, message_throw, throw_of
from engine.bpmn.compiling.texts import NOTHING, Context
from engine.bpmn.events import Boundary, Catching, Event, EventGateway, SubStart
from engine.bpmn.formulas import FeelSyntaxError
from engine.bpmn.gateways import Complex, Exclusive, Inclusive, Parallel
from engine.bpmn.model import EventKind, Language, Loop, Node
from engine.bpmn.repetition import MultiInstance, StandardLoop
from engine.bpmn.scopes import AdHoc, CallActivity, EventSubProcess, Scope, Transaction
from engine.bpmn.specs import Passing, Step
from engine.bpmn.throwing import LinkThrow, Throwing
from engine.bpmn.work import DecisionStep, JobStep, PersonStep, ScriptStep


def make_step(context: Context, node: Node, name: str) -> Step:
    """Compile a node without its repetition and without what is inside it."""
    make = _MAKERS.get(node.tag)
    if make is None:
        context.refuse(
            "not-executed", node, ("unsur yang dijalankan Alur", "an element that Alur executes"), (node.tag,) * 2
        )
        return Passing(context.definition, name, node, context.process)
    return make(context, node, name)


def make_repetition(context: Context, node: Node, loop: Loop, inner: Step) -> Step:
    """Compile the repetitions of a node whose step is ``inner``."""
    name = context.name(node.id)
    kind: type[StandardLoop] | type[MultiInstance] = StandardLoop if loop.standard else MultiInstance
    try:
        step = kind(context.definition, name, node, context.process, inner, loop)
    except FeelSyntaxError as error:
        wanted = ("ekspresi yang benar", "a correct expression")
        context.findings.refuse("expression", node.id, loop.place or node.place, wanted, (error.message,) * 2)
        return Passing(context.definition, name, node, context.process)
    inner.body = step
    inner.step = name
    inner.silent = True
    if isinstance(step, MultiInstance):
        _behavior(context, node, loop, step)
    return step


def _behavior(context: Context, node: Node, loop: Loop, step: MultiInstance) -> None:
    if loop.behavior == "One" and loop.one_event is not None:
        step.on_one = throw_of(context, loop.one_event, node)
    elif loop.behavior == "None" and loop.none_event is not None:
        step.on_none = throw_of(context, loop.none_event, node)
    elif loop.behavior == "Complex":
        step.on_complex = tuple(
            (formula, throw_of(context, event, node) if event is not None else None)
            for condition, event in loop.complex
            if (formula := context.formula(condition, node.id)) is not None
        )


def _passing(context: Context, node: Node, name: str) -> Step:
    kind = Passing if node.work.job_type is None else JobStep
    return kind(context.definition, name, node, context.process)


def _person(context: Context, node: Node, name: str) -> Step:
    return PersonStep(context.definition, name, node, context.process)


def _service(context: Context, node: Node, name: str) -> Step:
    # Test benches run models of other engines, whose services are beside the point.
    if node.work.job_type is None and context.definition.script_handler is None:
        wanted = ("zeebe:taskDefinition dengan type", "a zeebe:taskDefinition with a type")
        context.refuse("no-job-type", node, wanted)
    return _passing(context, node, name)


def _script(context: Context, node: Node, name: str) -> Step:
    work = node.work
    if work.job_type is not None:
        return JobStep(context.definition, name, node, context.process)
    is_foreign = work.script is None or work.script.language is Language.LITERAL
    if is_foreign and (work.script is None or context.definition.script_handler is None):
        wanted = ("zeebe:script dengan ekspresi FEEL (=…)", "a zeebe:script with a FEEL expression (=…)")
        language = node.script_format or ""
        found = (f"skrip {language or 'lain'}", f"a script in {language or 'another language'}")
        context.refuse("no-script", node, wanted, found if work.script is not None else NOTHING)
    formula = context.formula(work.script, node.id)
    if formula is None:
        return Passing(context.definition, name, node, context.process)
    return ScriptStep(context.definition, name, node, context.process, formula, work.result_variable)


def _decision(context: Context, node: Node, name: str) -> Step:
    work = node.work
    if work.job_type is not None:
        return JobStep(context.definition, name, node, context.process)
    decision = context.formula(work.decision, node.id)
    if decision is None or context.decisions is None:
        if context.definition.script_handler is None:
            wanted = (
                "zeebe:calledDecision dengan keputusan dari paket",
                "a zeebe:calledDecision with a decision of the package",
            )
            found = NOTHING if work.decision is None else ("tanpa berkas DMN", "no DMN file")
            context.refuse("no-decision", node, wanted, found)
        return Passing(context.definition, name, node, context.process)
    return DecisionStep(context.definition, name, node, context.process, context.decisions, decision)


def _send(context: Context, node: Node, name: str) -> Step:
    if node.work.job_type is not None:
        return JobStep(context.definition, name, node, context.process)
    throw = message_throw(context, node.message, node)
    return Throwing(context.definition, name, node, context.process, [throw] if throw is not None else [])


def _receive(context: Context, node: Node, name: str) -> Step:
    step = Catching(context.definition, name, node, context.process)
    listener = message_listener(context, step, 0, node, node.message)
    step.waits = (listener,) if listener is not None else ()
    return step


def _call(context: Context, node: Node, name: str) -> Step:
    work, called = node.work, node.work.called_process
    step = CallActivity(
        context.definition, name, node, context.process, pass_all_in=work.pass_all_in, pass_all_out=work.pass_all_out
    )
    if called is None:
        wanted = ("zeebe:calledElement dengan id proses", "a zeebe:calledElement with a process id")
        context.refuse("no-called-process", node, wanted)
    elif called.language is Language.LITERAL:
        step.called = context.callees.named(called.source, node, context.findings)
    else:
        step.which = context.formula(called, node.id)
        step.candidates = context.callees.all()
    return step


def _sub_process(context: Context, node: Node, name: str) -> Step:
    kind = EventSubProcess if node.triggered_by_event else Scope
    return kind(context.definition, name, node, context.process)


def _transaction(context: Context, node: Node, name: str) -> Step:
    return Transaction(context.definition, name, node, context.process)


def _ad_hoc(context: Context, node: Node, name: str) -> Step:
    completion = context.formula(node.completion, node.id)
    return AdHoc(context.definition, name, node, context.process, completion)


def _exclusive(context: Context, node: Node, name: str) -> Step:
    return Exclusive(context.definition, name, node, context.process)


def _parallel(context: Context, node: Node, name: str) -> Step:
    return Parallel(context.definition, name, node, context.process)


def _inclusive(context: Context, node: Node, name: str) -> Step:
    return Inclusive(context.definition, name, node, context.process)


def _complex(context: Context, node: Node, name: str) -> Step:
    return Complex(context.definition, name, node, context.process, context.formula(node.activation, node.id))


def _event_gateway(context: Context, node: Node, name: str) -> Step:
    return EventGateway(context.definition, name, node, context.process)


def _start(context: Context, node: Node, name: str) -> Step:
    return Event(context.definition, name, node, context.process)


def make_sub_start(context: Context, node: Node, name: str) -> Step:
    """Compile the start event of an event sub-process. An error always interrupts (BPMN 2.0.2, table 10.86)."""
    step = SubStart(context.definition, name, node, context.process)
    _only(context, node, _SUB_STARTS)
    step.waits = listeners_of(context, step, node)
    step.interrupting = node.interrupting or any(event.kind is EventKind.ERROR for event in node.events)
    return step


def _catch(context: Context, node: Node, name: str) -> Step:
    if any(event.kind is EventKind.LINK for event in node.events):
        return Passing(context.definition, name, node, context.process)
    step = Catching(context.definition, name, node, context.process)
    step.waits = listeners_of(context, step, node)
    _only(context, node, _WAITED)
    return step


def _only(context: Context, node: Node, kinds: Collection[EventKind]) -> None:
    """Refuse an event that waits for nothing, or for what cannot be waited for where it stands."""
    others = [event.kind.value for event in node.events if event.kind not in kinds]
    if others or not node.events:
        wanted = ("peristiwa yang dapat ditunggu di sini", "an event that can be waited for here")
        context.refuse("event-not-caught", node, wanted, (", ".join(others),) * 2 if others else NOTHING)


def _boundary(context: Context, node: Node, name: str) -> Step:
    step = Boundary(context.definition, name, node, context.process)
    _only(context, node, _ATTACHED)
    step.waits = listeners_of(context, step, node)
    step.interrupting = node.interrupting or any(event.kind in _ALWAYS_INTERRUPT for event in node.events)
    return step


def _throwing(context: Context, node: Node, name: str) -> Step:
    if node.work.job_type is not None:
        return JobStep(context.definition, name, node, context.process)
    if any(event.kind is EventKind.LINK for event in node.events):
        return LinkThrow(context.definition, name, node, context.process)
    throws = [throw for event in node.events if (throw := throw_of(context, event, node)) is not None]
    if not throws:
        return Event(context.definition, name, node, context.process)
    return Throwing(context.definition, name, node, context.process, throws)


_WAITED = (EventKind.MESSAGE, EventKind.SIGNAL, EventKind.TIMER, EventKind.CONDITIONAL)
_SUB_STARTS = (*_WAITED, EventKind.ERROR, EventKind.ESCALATION, EventKind.COMPENSATE)
_ATTACHED = (*_SUB_STARTS, EventKind.CANCEL)
_ALWAYS_INTERRUPT = (EventKind.ERROR, EventKind.CANCEL)
_MAKERS: Mapping[str, Callable[[Context, Node, str], Step]] = {
    "task": _passing,
    "userTask": _person,
    "manualTask": _person,
    "serviceTask": _service,
    "scriptTask": _script,
    "businessRuleTask": _decision,
    "sendTask": _send,
    "receiveTask": _receive,
    "callActivity": _call,
    "subProcess": _sub_process,
    "transaction": _transaction,
    "adHocSubProcess": _ad_hoc,
    "exclusiveGateway": _exclusive,
    "parallelGateway": _parallel,
    "inclusiveGateway": _inclusive,
    "complexGateway": _complex,
    "eventBasedGateway": _event_gateway,
    "startEvent": _start,
    "endEvent": _throwing,
    "intermediateThrowEvent": _throwing,
    "implicitThrowEvent": _throwing,
    "intermediateCatchEvent": _catch,
    "boundaryEvent": _boundary,
}
