"""Carry a running instance over to another version of its process, by a plan: which step becomes which.

Every token keeps its number, so that tasks, jobs and timers stay what they are. A step that is new before a token is
not caught up on. What a token cannot be carried over to is an obstacle; an instance with one is left as it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.bpmn.definition import Definition
from engine.bpmn.events import Catching, EventGateway, is_interrupted
from engine.bpmn.gateways import Joining
from engine.bpmn.listeners import Listener, MessageListener, SignalListener, TimerListener
from engine.bpmn.repetition import MultiInstance
from engine.bpmn.scopes import CallActivity, Scope
from engine.bpmn.specs import Step
from engine.bpmn.throwing import Throwing
from engine.bpmn.tokens import ACT, ERROR, Failed, Token
from engine.bpmn.variables import copied_all
from engine.bpmn.work import PersonStep
from engine.bpmn.workflow import Workflow

# The names of steps that stand beside an element's own: its listeners, its repeated part, handlers that it holds.
_NAME = re.compile(r"(?P<element>.+?)(?P<rest>\*?~?(?:#\d+)?)")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a step cannot be carried over. ``step`` is named as waits name it; ``message`` is by language (id, en)."""

    step: str
    message: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.step}: {self.message['en']}"


class Obstructed(Exception):
    """An instance cannot be carried over."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__("; ".join(map(str, obstacles)))
        self.obstacles = tuple(obstacles)


def check_plan(old: Definition, new: Definition, steps: Mapping[str, str]) -> list[Obstacle]:
    """Return what is wrong with a plan whatever instance it is for. ``steps`` are those that have another id now."""
    found = []
    for before, after in steps.items():
        source, target = old.task_specs.get(before), new.task_specs.get(after)
        if source is None:
            found.append(_obstacle(before, "tidak ada di versi lama", "not in the old version"))
        elif target is None:
            found.append(_obstacle(before, f"{after} tidak ada di versi baru", f"{after} is not in the new version"))
        elif (why := _mismatch(source, target)) is not None:
            found.append(Obstacle(before, why))
    return found


def lost_steps(old: Definition, new: Definition, steps: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """Return the steps of the old version on which no token can be carried over, each with the reason by language."""
    found = {}
    for name, step in old.task_specs.items():
        if step.step in found or isinstance(step, Listener):
            continue
        target = new.task_specs.get(renamed(name, steps))
        why = _gone() if target is None else _mismatch(step, target)
        if why is not None:
            found[step.step] = why
    return found


def alike(old: Definition, new: Definition, name: str) -> list[str]:
    """Return the steps of the new version, by their names there, that a step of the old one may become."""
    source = old.task_specs.get(name)
    if source is None:
        return []
    return [
        step.name
        for step in new.task_specs.values()
        if step.name == step.step and _mismatch(source, step) is None and not isinstance(step, Listener)
    ]


def carry_over(old: Workflow, definition: Definition, steps: Mapping[str, str], *, now: datetime) -> Workflow:
    """Return a running instance in another version. Raises Obstructed, and leaves the old one as it is.

    What it has begun to wait for, and what it no longer waits for because the event is gone, stands in its changes.
    """
    carrying = _Carrying(old, definition, steps)
    for token in old.tokens.values():
        carrying.carry(token)
    if carrying.obstacles:
        raise Obstructed(carrying.obstacles)
    new = carrying.new
    new.begin(now)
    carrying.listen_to_new_events()
    carrying.look_at_joins()
    if carrying.obstacles:
        raise Obstructed(carrying.obstacles)
    new.leave_waits(carrying.closed)
    new.do_engine_steps()
    return new


@dataclass(slots=True)
class _Carrying:
    """One instance under way from its old version to the new one."""

    old: Workflow
    definition: Definition
    steps: Mapping[str, str]
    new: Workflow = field(init=False)
    closed: list[int] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.new = Workflow(self.definition)
        self.new.next_number = self.old.next_number

    def carry(self, token: Token) -> None:
        """Make the token of the new version for one of the old, whose parent has been carried."""
        if token.parent is not None and token.parent.id not in self.new.tokens:
            self._drop(token)
            return
        target = self.definition.task_specs.get(renamed(token.task_spec.name, self.steps))
        parent = self.new.tokens[token.parent.id] if token.parent is not None else None
        if isinstance(token.task_spec, Listener) and not _still_listens(token, target, parent):
            self._drop(token)
            return
        why = _gone() if target is None else _mismatch(token.task_spec, target) or _misplaced(token, target, parent)
        if why is not None or target is None:
            self._refuse(token, why or _gone())
            return
        carried = Token(self.new, target, parent, token.id)
        carried._state, carried.attached, carried.phase = token._state, token.attached, token.phase
        carried.failure, carried.data = token.failure, copied_all(token.data)
        carried.internal_data = self._remembered(token, target)
        if parent is not None and not token.attached and target.name in (parent.joins or {}):
            self._refuse(token, _both("dua gabungan menjadi satu", "two joins would become one"))
        self.new.adopt(carried)
        self._refresh(carried)

    def _drop(self, token: Token) -> None:
        """Leave a token behind: it waited for an event that is gone, or for what has been refused already."""
        self.closed.append(token.id)

    def _refuse(self, token: Token, why: Mapping[str, str]) -> None:
        self.obstacles.append(Obstacle(token.task_spec.step, why))

    def _refresh(self, token: Token) -> None:
        """Ask again, for a person's task, who may do it with which form; its moments stay what they were."""
        step, known = token.task_spec, token.internal_data.get("work")
        if not isinstance(step, PersonStep) or known is None:
            return
        try:
            work = step.needs.evaluated(token)
        except Failed as failed:
            self._refuse(token, _both(failed.message, failed.message))
            return
        kept = {name: known[name] for name in ("due", "follow_up") if name in known}
        token.internal_data["work"] = work | kept

    def _remembered(self, token: Token, target: Step) -> dict[str, Any]:
        """Return what a token remembers, with the names of the new version in it."""
        known = copied_all(token.internal_data)
        for name in ("entry", "happened", "undoing"):
            if name in known:
                known[name] = self._known_step(token, known[name])
        for name in ("done", "undo"):
            if name in known:
                known[name] = [self._entry(token, entry) for entry in known[name]]
        if isinstance(token.task_spec, Joining) and isinstance(target, Joining) and "counts" in known:
            self._recount(token, target, known)
        return known

    def _entry(self, token: Token, entry: Sequence[Any]) -> list[Any]:
        activity, handler, variables, inside = entry
        undoing = None if handler is None else self._known_step(token, handler)
        within = None if inside is None else [self._entry(token, each) for each in inside]
        return [renamed(activity, self.steps), undoing, variables, within]

    def _known_step(self, token: Token, name: str) -> str:
        found = renamed(name, self.steps)
        if found not in self.definition.task_specs:
            self._refuse(token, _both(f"membutuhkan {name}, yang tidak ada lagi", f"needs {name}, which is gone"))
        return found

    def _recount(self, token: Token, target: Joining, known: dict[str, Any]) -> None:
        """Put the tokens that a join has counted under the flows of the new version, known by id or by source."""
        before, after = _flows_into(token.task_spec, self.old.definition), _flows_into(target, self.definition)
        counts, first = [0] * len(after), 0
        for (flow, source), count, index in zip(before, known["counts"], range(len(before)), strict=True):
            was_first = bool(known.get("first", 0) >> index & 1)
            if not count and not was_first:
                continue
            at = _index_of(after, flow, renamed(source, self.steps))
            if at is None:
                self._refuse(token, _both(f"aliran {flow} tidak ada lagi", f"the flow {flow} is gone"))
                return
            counts[at] += count
            first |= was_first << at
        known["counts"] = counts
        if "first" in known:
            known["first"] = first

    def listen_to_new_events(self) -> None:
        """Begin to wait for the events that the new version has beside what is at work."""
        for number, before in self.old.tokens.items():
            host = self.new.tokens.get(number)
            if host is None or before.phase != ACT or before._state == ERROR:
                continue
            known = {renamed(listener.name, self.steps) for listener in _listeners(before)}
            for listener in _listeners(host):
                if listener.name in known and not self._was_dropped(host, listener):
                    continue
                try:
                    listener.open(host, listener.prepare(host))
                except Failed as failed:
                    self._refuse(host, _both(failed.message, failed.message))

    def _was_dropped(self, host: Token, listener: Listener) -> bool:
        """Tell whether a listener was left behind because it waits for something else in the new version."""
        return any(
            self.old.tokens[number].parent is self.old.tokens[host.id]
            and renamed(self.old.tokens[number].task_spec.name, self.steps) == listener.name
            for number in self.closed
        )

    def look_at_joins(self) -> None:
        """Let joins that have all their tokens now, because flows into them are gone, send them on."""
        for token in list(self.new.undecided.values()):
            if isinstance(token.task_spec, Joining) and not self.new.is_gone(token):
                token.task_spec.counted(token)


def renamed(name: str, steps: Mapping[str, str]) -> str:
    """Return the name in the new version of a step, or of what stands beside one."""
    found = _NAME.fullmatch(name)
    if found is None:
        return name
    return steps.get(found["element"], found["element"]) + found["rest"]


def _mismatch(source: Step, target: Step) -> Mapping[str, str] | None:
    """Return why a token cannot go from one step to another; None: it can."""
    if type(source) is not type(target):
        return _both("jenis langkahnya lain", "it is another kind of step")
    if (source.body is None and target.body is not None) or (source.body is not None and target.body is None):
        return _both("pengulangannya lain", "it is repeated in another way")
    if isinstance(source, MultiInstance) and isinstance(target, MultiInstance):
        same = source.sequential == target.sequential and (source.output_collection is None) == (
            target.output_collection is None
        )
        if not same or (source.element is None) != (target.element is None):
            return _both("pengulangannya lain", "it is repeated in another way")
    if isinstance(source, Throwing) and isinstance(target, Throwing) and len(source.throws) != len(target.throws):
        return _both("peristiwa yang dilempar lain", "it throws other events")
    return None


def _misplaced(token: Token, target: Step, parent: Token | None) -> Mapping[str, str] | None:
    """Return why a token cannot stand in the scope that holds it; None: it can."""
    before, around = token.task_spec, token.parent
    if around is None or parent is None or isinstance(before, Listener):
        return None
    if before.inside is around.task_spec:
        fits = target.inside is parent.task_spec
    elif before.body is not None and before.body is around.task_spec:
        fits = target.body is parent.task_spec
    elif isinstance(parent.task_spec, CallActivity):
        call = parent.task_spec
        fits = target is call.called or target in call.candidates.values()
    else:
        fits = True  # a handler that runs where compensation was thrown
    return None if fits else _both("berada di subproses lain", "it stands in another sub-process")


def _still_listens(token: Token, target: Step | None, parent: Token | None) -> bool:
    """Tell whether what a listener waits for beside its host is waited for there in the new version too."""
    if target is None or parent is None or type(target) is not type(token.task_spec):
        return False
    if isinstance(target, TimerListener) and (target.term is None) != ("due" in token.internal_data):
        return False
    return _heard_name(target) == _heard_name(token.task_spec) and target in _listeners(parent)


def _heard_name(listener: Step) -> str | None:
    """Return the fixed name of what a listener hears; None: it has none, or none that is fixed."""
    if isinstance(listener, MessageListener):
        return listener.message.literal
    return listener.signal.literal if isinstance(listener, SignalListener) else None


def _listeners(host: Token) -> Sequence[Listener]:
    """Return everything that is waited for beside a token while it is at work."""
    step = host.task_spec
    found = list(step.listeners)
    if isinstance(step, Scope) and not is_interrupted(host):
        found += step.watches
    elif isinstance(step, Catching):
        found += step.waits
    elif isinstance(step, EventGateway):
        found += [each for flow in step.flows if isinstance(flow.target, Catching) for each in flow.target.waits]
    return found


def _flows_into(join: Step, definition: Definition) -> list[tuple[str, str]]:
    """Return the ids of the flows into a join and the names of the steps that they come from, by their positions."""
    found = {
        flow.index: (flow.id, step.name)
        for step in definition.task_specs.values()
        for flow in step.flows
        if flow.target is join
    }
    return [found[index] for index in sorted(found)]


def _index_of(flows: Sequence[tuple[str, str]], flow: str, source: str) -> int | None:
    by_id = next((index for index, (name, _source) in enumerate(flows) if name == flow), None)
    return by_id if by_id is not None else next((at for at, (_name, each) in enumerate(flows) if each == source), None)


def _obstacle(step: str, indonesian: str, english: str) -> Obstacle:
    return Obstacle(step, _both(indonesian, english))


def _gone() -> Mapping[str, str]:
    return _both(
        "tidak ada di versi baru; rencana harus menyebut penggantinya",
        "it is not in the new version; the plan must say what it becomes",
    )


def _both(indonesian: str, english: str) -> Mapping[str, str]:
    return {"id": indonesian, "en": english}
