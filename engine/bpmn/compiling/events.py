"""Compile event definitions: what is thrown, what is listened to, and what can start an instance."""

from collections.abc import Iterator
from dataclasses import replace

from engine.bpmn.compiling.texts import Context
from engine.bpmn.definition import Start
from engine.bpmn.events import Catching
from engine.bpmn.formulas import Formula
from engine.bpmn.listeners import ConditionListener, Listener, MessageListener, SignalListener, TimerListener
from engine.bpmn.model import EventDefinition, EventKind, Language, Node, Text, TimerKind, Work
from engine.bpmn.throwing import (
    CancelThrow,
    CompensationThrow,
    ErrorThrow,
    EscalationThrow,
    MessageThrow,
    SignalThrow,
    TerminateThrow,
    Throw,
    Undoing,
)
from engine.bpmn.timers import TimerError, check
from engine.bpmn.waits import WaitKind

_TERM_MARKS = ("due", "warn", "escalate")


def throw_of(context: Context, event: EventDefinition, node: Node) -> Throw | None:
    """Compile an event definition that is thrown; None, and a finding, for one that cannot be."""
    match event.kind:
        case EventKind.MESSAGE:
            return message_throw(context, event.ref, node)
        case EventKind.SIGNAL:
            signal = context.declared_name(event.ref, node)
            return SignalThrow(signal) if signal is not None else None
        case EventKind.ESCALATION:
            return EscalationThrow(context.code(event))
        case EventKind.ERROR:
            return ErrorThrow(context.code(event))
        case EventKind.COMPENSATE:
            return _compensation_throw(context, event, node)
        case EventKind.TERMINATE:
            return TerminateThrow()
        case EventKind.CANCEL:
            return CancelThrow()
        case _:
            wanted = ("peristiwa yang dapat dilempar", "an event that can be thrown")
            context.refuse("event-not-thrown", node, wanted, (event.kind.value,) * 2)
            return None


def message_throw(context: Context, reference: str | None, node: Node) -> Throw | None:
    """Compile a message that a step sends; None, and a finding, if it is not declared."""
    name, declared = context.declared_name(reference, node), context.declared(reference)
    if name is None or declared is None:
        return None
    return MessageThrow(name, context.formula(declared.correlation, node.id))


def _compensation_throw(context: Context, event: EventDefinition, node: Node) -> Throw:
    activity = context.name(event.activity) if event.activity else None
    if event.wait:
        return CompensationThrow(activity, None)
    holder = replace(node, events=(), tag="task", work=Work(), start_quantity=1, completion_quantity=1)
    beside = Undoing(context.definition, f"{context.name(node.id)}~", holder, context.process)
    beside.step = context.name(node.id)
    return CompensationThrow(activity, beside)


def listeners_of(context: Context, step: Catching, node: Node) -> tuple[Listener, ...]:
    """Compile what an event waits for. Errors, escalations, compensation and cancelling come by themselves."""
    found = [_listener(context, step, index, node, event) for index, event in enumerate(node.events)]
    return tuple(listener for listener in found if listener is not None)


def message_listener(
    context: Context, step: Catching, index: int, node: Node, reference: str | None
) -> MessageListener | None:
    """Compile a wait for a message; None, and a finding, if it is not declared."""
    name, declared = context.declared_name(reference, node), context.declared(reference)
    if name is None or declared is None:
        return None
    key = context.formula(declared.correlation, node.id)
    return MessageListener(context.definition, step, index, node, name, key)


def _listener(context: Context, step: Catching, index: int, node: Node, event: EventDefinition) -> Listener | None:
    match event.kind:
        case EventKind.MESSAGE:
            return message_listener(context, step, index, node, event.ref)
        case EventKind.SIGNAL:
            signal = context.declared_name(event.ref, node)
            return SignalListener(context.definition, step, index, node, signal) if signal is not None else None
        case EventKind.TIMER:
            return _timer_listener(context, step, index, node, event)
        case EventKind.CONDITIONAL:
            condition = context.formula(event.condition, node.id)
            if condition is not None:
                return ConditionListener(context.definition, step, index, node, condition)
            if event.condition is None:
                context.refuse("condition-missing", node, ("sebuah kondisi", "a condition"))
    return None


def _timer_listener(
    context: Context, step: Catching, index: int, node: Node, event: EventDefinition
) -> TimerListener | None:
    timer = timer_of(context, event, node)
    if timer is None or event.timer is None:
        return None
    return TimerListener(context.definition, step, index, node, timer, _term_of(event.timer))


def timer_of(context: Context, event: EventDefinition, node: Node) -> tuple[TimerKind, Formula] | None:
    """Compile a timer's expression; None, and a finding, for one that can never be a time."""
    if event.timer is None or event.timer_kind is None:
        context.refuse("timer-one", node, ("sebuah waktu", "a time"))
        return None
    if event.timer.language is Language.LITERAL:
        try:
            check(event.timer_kind, event.timer.source)
        except TimerError as error:
            context.refuse("timer", node, ("waktu ISO 8601", "an ISO 8601 time"), (str(error), str(error)))
            return None
    formula = context.formula(event.timer, node.id)
    return (event.timer_kind, formula) if formula is not None else None


def _term_of(text: Text) -> tuple[str, str] | None:
    """Return the legal term and its mark that a timer waits for: ``=term.<name>.<mark>`` and nothing else."""
    parts = [part.strip() for part in text.source.split(".")]
    if text.language is not Language.FEEL or len(parts) != 3 or parts[0] != "term" or parts[2] not in _TERM_MARKS:
        return None
    return parts[1], parts[2]


def starts_of(context: Context, node: Node) -> Iterator[Start]:
    """Yield what a start event, or a receive task that starts the process, waits for."""
    name = context.name(node.id)
    if node.tag == "receiveTask":
        yield Start(WaitKind.MESSAGE, name, name=_static(context, node.message, node))
    for event in node.events:
        match event.kind:
            case EventKind.MESSAGE:
                yield Start(WaitKind.MESSAGE, name, name=_static(context, event.ref, node))
            case EventKind.SIGNAL:
                yield Start(WaitKind.SIGNAL, name, name=_static(context, event.ref, node))
            case EventKind.CONDITIONAL:
                yield Start(WaitKind.CONDITION, name)
            case EventKind.TIMER:
                timer = timer_of(context, event, node)
                if timer is not None:
                    yield Start(WaitKind.TIMER, name, timer_kind=timer[0], timer=timer[1])
            case _:
                wanted = ("peristiwa yang dapat memulai proses", "an event that can start a process")
                context.refuse("start-event", node, wanted, (event.kind.value,) * 2)


def _static(context: Context, reference: str | None, node: Node) -> str | None:
    """Return the name of what starts a process, which must not depend on variables: there are none yet."""
    name = context.declared_name(reference, node)
    if name is not None and name.literal is None:
        wanted = ("nama tetap untuk peristiwa mulai", "a fixed name of what starts a process")
        context.refuse("start-name", node, wanted, (f"ekspresi {name.source}", f"the expression {name.source}"))
    return name.literal if name is not None else None
