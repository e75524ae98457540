"""Models of any shape, drawn at random without regard for sense, under random commands: what must hold then.

No command raises anything but what it says it raises; live and stored instances agree in everything they tell; what was
opened and not closed is what is open; every step that was entered has left or is still there; and an instance that runs
always has something to wait for or an incident: it never stops in silence.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.bpmn.definition import Definition, Limits
from engine.bpmn.tokens import LEAVE, READY
from engine.bpmn.waits import Changes, StepEventKind, Wait, WaitKind, WorkflowStatus
from engine.bpmn.workflow import Workflow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MODELS = 600
GROUPS = 12
COMMANDS = 25
SIGNALS = ("red", "blue")
CODES = ("E", "F")
VARIABLES = ("a", "b", "c", "d")


class Soup:
    """Draws one random process."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.budget = self.random.randint(4, 26)

    def text(self) -> str:
        """Return the lines of a process and of one that it may call."""
        main = self._scope(0, "process")
        return "\n".join(["process p", *main, "process q", "s: start", "e: end", "s -> called -> e", self._called()])

    def _called(self) -> str:
        return f"called: {self._choice(['user', 'service', 'task', 'throw escalation=E', 'catch signal=red'])}"

    def _choice(self, options: list[str]) -> str:
        return self.random.choice(options)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def _condition(self) -> str:
        return f"{self._choice(list(VARIABLES))} {self._choice(['>', '<', '='])} {self.random.randint(0, 2)}"

    def _scope(self, depth: int, around: str) -> list[str]:
        lines: list[str] = []
        names: list[str] = []
        start = self._name()
        lines.append(f"{start}: start")
        for _ in range(self.random.randint(2, 7)):
            if self.budget <= 0:
                break
            self.budget -= 1
            name = self._name()
            names.append(name)
            lines += self._node(name, depth, around)
        if not names:
            names.append(self._name())
            lines.append(f"{names[0]}: user")
        lines += self._boundaries(names, lines, depth)
        lines += self._flows(start, names, around)
        if depth < 2 and self._chance(0.3):
            lines += self._event_sub_process(depth)
        return lines

    def _node(self, name: str, depth: int, around: str) -> list[str]:
        kind = self.random.random()
        if kind < 0.3:
            return [f"{name}: {self._choice(['user', 'service', 'task', 'receive message=m'])}{self._repeated()}"]
        if kind < 0.36:
            variable = self._choice(list(VARIABLES))
            return [f"{name}: script do='=modulo({variable} + 1, 3)' to={variable}{self._repeated()}"]
        if kind < 0.62:
            gateway = self._choice(["xor", "and", "or", "complex activation='=activationCount >= 1'", "xor", "and"])
            return [f"{name}: {gateway}"]
        if kind < 0.72:
            return [f"{name}: catch {self._trigger()}"]
        if kind < 0.84:
            return [f"{name}: throw {self._thrown()}"]
        if kind < 0.9:
            return [f"{name}: call process=q{self._repeated()}"]
        if depth >= 3:
            return [f"{name}: user"]
        tag = self._choice(["sub", "sub", "transaction", "adhoc", "adhoc ordering=Sequential"])
        head = f"{name}: {tag}{self._repeated()}{' in.a==1' if self._chance(0.2) else ''} {{"
        inside = self._scope(depth + 1, "transaction" if tag == "transaction" else around)
        if tag.startswith("adhoc"):
            inside = [f"{self._name()}: {self._choice(['user', 'task'])}" for _ in range(self.random.randint(1, 3))]
        return [head, *inside, "}"]

    def _repeated(self) -> str:
        if self._chance(0.8):
            return ""
        return self._choice(
            [" times==2", " times==3 sequential", " loop='=a < 1' most=2", " times==3 until='=a > 0'", " times==0"]
        )

    def _trigger(self) -> str:
        return self._choice(
            [
                "message=m",
                "message=m key='=a'",
                "signal=red",
                "signal=blue",
                "signal=red,blue",
                "signal=red,blue parallel=true",
                "timeDuration=PT1H",
                "timeCycle=R2/PT1H",
                f"condition='={self._condition()}'",
            ]
        )

    def _thrown(self) -> str:
        options = ["signal=red", "signal=blue", "signal=red,blue", "message=m", "escalation=E", "escalation=F"]
        return self._choice([*options, "compensate", "compensate nowait"])

    def _boundaries(self, names: list[str], lines: list[str], depth: int) -> list[str]:
        made: list[str] = []
        for name in list(names):
            tag = next(line for line in lines if line.startswith(f"{name}:")).split()[1]
            if tag not in ("user", "service", "receive", "sub", "transaction", "call", "adhoc") or self._chance(0.6):
                continue
            event = self._name()
            beside = " beside" if self._chance(0.4) else ""
            caught = self._choice([self._trigger(), f"error={self._choice(list(CODES))}", "error", "escalation=E"])
            if tag == "transaction" and self._chance(0.7):
                caught = "cancel"
            if self._chance(0.25):
                made += [f"{event}: boundary on={name} compensate", f"{event}u: user undoes={event}"]
                continue
            if "error" in caught or caught == "cancel":
                beside = ""
            made.append(f"{event}: boundary on={name} {caught}{beside}")
            names.append(event)
        return made

    def _flows(self, start: str, names: list[str], around: str) -> list[str]:
        flows = [f"{start} -> {names[0]}"]
        for index, name in enumerate(names):
            for _ in range(self.random.choice((0, 1, 1, 1, 2, 2, 3))):
                back = self._chance(0.25)
                target = self.random.choice(names[: index + 1] if back else names[index + 1 :] or names)
                condition = f" if {self._condition()}" if self._chance(0.25) else ""
                if f"{name} -> {target}" not in flows:
                    flows.append(f"{name} -> {target}{condition}")
            if self._chance(0.15):
                end = self._name()
                flows += [f"{end}: end {self._end(around)}", f"{name} -> {end}"]
        return flows

    def _end(self, around: str) -> str:
        options = ["", "terminate", "error=E", "error=F", "escalation=E", "signal=red", "message=m", "compensate"]
        return self._choice([*options, *(["cancel"] * 3 if around == "transaction" else [])])

    def _event_sub_process(self, depth: int) -> list[str]:
        name, start, task = self._name(), self._name(), self._name()
        beside = " beside" if self._chance(0.5) else ""
        trigger = self._choice([self._trigger(), "error=E", "error", "escalation=E", "compensate"])
        if "error" in trigger or trigger == "compensate":
            beside = ""
        return [
            f"{name}: sub event {{",
            f"{start}: start {trigger}{beside}",
            f"{start} -> {task}",
            f"{task}: {self._choice(['user', 'task', 'end error=E', 'throw compensate'])}",
            "}",
        ]


@pytest.mark.parametrize("group", range(GROUPS))
def test_whatever_is_drawn_and_whatever_happens_the_rules_hold(compiled: Callable[..., Definition], group: int) -> None:
    for seed in range(group, MODELS, GROUPS):
        _play(compiled, seed)


def _play(compiled: Callable[..., Definition], seed: int) -> None:
    soup = Soup(seed)
    definition = compiled(_repaired(soup.text()), limits=Limits(steps=300, tokens=200, calls=4))
    choose = random.Random(seed)
    data = {name: choose.randint(0, 2) for name in VARIABLES}
    live = Workflow.start(definition, data, now=NOON)
    stored = Workflow.start(definition, data, now=NOON)
    told = Told()
    now = NOON
    for number in range(COMMANDS):
        changes, again = live.take_changes(), stored.take_changes()
        assert _plain(changes) == _plain(again), (seed, number)
        assert live.dump() == stored.dump(), (seed, number)
        told.hear(changes)
        told.check(live, seed, number)
        stored = Workflow.load(definition, stored.dump())
        if live.status is not WorkflowStatus.RUNNING:
            break
        now += timedelta(minutes=20)
        act = _command(live, choose, now)
        act(live)
        act(stored)


class Told:
    """What an instance has told so far."""

    def __init__(self) -> None:
        self.open: set[int] = set()
        self.entered: Counter[tuple[int, str]] = Counter()
        self.incidents: set[int] = set()

    def hear(self, changes: Changes) -> None:
        self.open -= set(changes.closed)
        assert not self.open & {wait.token for wait in changes.opened}
        self.open |= {wait.token for wait in changes.opened if wait.kind is not WaitKind.CONDITION}
        for event in changes.events:
            if event.kind is StepEventKind.ENTERED:
                self.entered[event.token, event.step] += 1
            elif event.kind in (StepEventKind.COMPLETED, StepEventKind.CANCELLED):
                self.entered[event.token, event.step] -= 1
        assert self.incidents >= set(changes.resolved)
        self.incidents -= set(changes.resolved)
        self.incidents |= {incident.token for incident in changes.incidents}

    def check(self, workflow: Workflow, seed: int, number: int) -> None:
        where = (seed, number)
        assert self.open == {wait.token for wait in workflow.waits()}, where
        inside = {
            (token.id, token.task_spec.step)
            for token in workflow.tokens.values()
            if not token.task_spec.silent and 0 < token.phase < LEAVE
        }
        assert {entered for entered, count in self.entered.items() if count} == inside, where
        assert set(self.entered.values()) <= {0, 1}, where
        if workflow.status is not WorkflowStatus.RUNNING:
            assert not workflow.tokens, where
            return
        troubled = {token.id for token in workflow.tokens.values() if token.failure is not None}
        assert self.incidents == troubled, where
        listens = any(token.attached for token in workflow.tokens.values())
        assert workflow.waits() or troubled or listens, where
        for token in workflow.tokens.values():
            assert token._state != READY, where
            assert token.active == sum(not child.attached for child in token.inside()), where
            assert all(child.parent is token and child.id in workflow.tokens for child in token.inside()), where
            assert all(waiting.parent is token for waiting in (token.joins or {}).values()), where


def _command(workflow: Workflow, choose: random.Random, now: datetime) -> Callable[[Workflow], None]:
    """Return one command that the workflow can take now."""
    waits = workflow.waits()
    troubled = [token.id for token in workflow.tokens.values() if token.failure is not None]
    values: dict[str, Any] = {name: choose.randint(0, 2) for name in VARIABLES if choose.random() < 0.4}
    kind = choose.random()
    if kind < 0.08:
        return lambda each: each.set_variables(0, values, now=now)
    if kind < 0.16:
        name = choose.choice(SIGNALS)
        return lambda each: _ignore(each.deliver_signal(name, values, now=now))
    if troubled and (kind < 0.3 or not waits):
        token = choose.choice(troubled)
        return lambda each: each.retry(token, now=now)
    if not waits:
        return lambda each: each.set_variables(0, values, now=now)
    return _answer(choose.choice(waits), values, choose, now)


def _answer(wait: Wait, values: dict[str, Any], choose: random.Random, now: datetime) -> Callable[[Workflow], None]:
    token, code = wait.token, choose.choice(CODES)
    if wait.kind is WaitKind.TIMER:
        return lambda each: each.fire_timer(token, now=now)
    if wait.kind is WaitKind.MESSAGE:
        return lambda each: each.deliver_message(token, values, now=now)
    if wait.kind is WaitKind.SIGNAL:
        name = wait.name or ""
        return lambda each: _ignore(each.deliver_signal(name, values, now=now))
    kind = choose.random()
    if kind < 0.06:
        return lambda each: each.throw_error(token, code, values, now=now)
    if kind < 0.15:
        return lambda each: _ignore(each.throw_escalation(token, code, values, now=now))
    return lambda each: each.complete(token, values, now=now)


def _ignore(_result: object) -> None:
    pass


def _plain(changes: Changes) -> list[Any]:
    return [
        [wait.token for wait in changes.opened],
        [(wait.step, wait.kind, wait.due, wait.name, wait.correlation_key, wait.data) for wait in changes.opened],
        changes.closed,
        [(event.kind, event.step, event.token, event.detail) for event in changes.events],
        changes.flows,
        changes.thrown,
        changes.incidents,
        changes.resolved,
    ]


def _repaired(text: str) -> str:
    """Drop the flows that lead to boundary events, to handlers and out of ends: these are no BPMN."""
    lines = text.splitlines()
    kinds = {line.split(":")[0]: line.split(": ", 1)[1] for line in lines if ": " in line and " -> " not in line}

    def is_wrong(line: str) -> bool:
        if " -> " not in line:
            return False
        source, target = line.split(" if ")[0].split(" -> ")[:2]
        return kinds.get(target, "").startswith("boundary") or kinds.get(source, "").startswith("end")

    return "\n".join(line for line in lines if not is_wrong(line))
