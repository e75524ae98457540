"""A process that is compiled: its steps, shared by all instances, and how instances of it begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.bpmn.formulas import Formula
from engine.bpmn.model import Model, Process, TimerKind
from engine.bpmn.scopes import Process as ProcessStep
from engine.bpmn.specs import Step
from engine.bpmn.waits import WaitKind
from engine.bpmn.work import ScriptHandler
from engine.dmn import Decisions


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one instance may do.

    ``steps`` is how far a token may run without a wait, which ends runaway loops; ``tokens`` how many there may be at
    once, which ends loops that multiply them; ``instances`` how many repetitions a multi-instance activity may have;
    ``calls`` how deep calls of processes may be nested.
    """

    steps: int = 100_000
    tokens: int = 50_000
    instances: int = 1_000
    calls: int = 50


@dataclass(frozen=True, slots=True)
class Start:
    """A start event that something from outside begins an instance with.

    ``name`` is the message's or signal's; ``timer_kind`` and ``timer`` are a timer's.
    """

    kind: WaitKind
    step: str
    name: str | None = None
    timer_kind: TimerKind | None = None
    timer: Formula | None = None


class Definition(BpmnProcessSpec):  # type: ignore[misc]
    """A compiled process. ``sources`` are the processes it was made from: itself, and those that it calls."""

    def __init__(
        self, process_id: str, limits: Limits | None = None, script_handler: ScriptHandler | None = None
    ) -> None:
        super().__init__(name=process_id)
        # The library's constructor makes steps of its own (Start, End), which models may use as names.
        self.task_specs: dict[str, Step] = {}
        self.process_id = process_id
        self.sources: Mapping[str, tuple[Process, Model, Decisions | None]] = {}
        self.limits = limits or Limits()
        self.script_handler = script_handler
        self.starts: Sequence[Start] = ()
        self.top: ProcessStep | None = None

    def step(self, name: str) -> Step:
        """Return a step by name."""
        found: Any = self.task_specs[name]
        return found  # type: ignore[no-any-return]

    @property
    def root(self) -> ProcessStep:
        """The step of the process itself."""
        if self.top is None:
            raise LookupError(f"Expected {self.process_id} to be compiled")
        return self.top

    def has_start(self, name: str) -> bool:
        """Tell whether an instance can begin at the event ``name``."""
        return any(start.step == name for start in self.starts) or any(step.name == name for step in self.root.starts)

    def start_events(self) -> Sequence[Start]:
        """Return the start events that wait for messages, signals and timers."""
        return self.starts
