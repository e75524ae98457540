"""Draw processes in a few lines, run them, and answer what they wait for."""

import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine.bpmn.compiler import compile_process
from engine.bpmn.definition import Definition
from engine.bpmn.reader import read_bpmn
from engine.bpmn.waits import Changes, Incident, StepEvent, StepEventKind, Thrown, Wait, WorkflowStatus
from engine.bpmn.workflow import Workflow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _beside(name: str) -> ModuleType:
    """Load a module of this folder, which is no package."""
    path = Path(__file__).with_name(f"{name}.py")
    qualified = f"bpmn_tests_{name}"
    if qualified not in sys.modules:
        spec = importlib.util.spec_from_file_location(qualified, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[qualified] = module
        spec.loader.exec_module(module)
    return sys.modules[qualified]


@dataclass
class Run:
    """An instance under test: the workflow, its clock, and everything it has told."""

    workflow: Workflow
    now: datetime = NOON
    stored: bool = False
    events: list[StepEvent] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    thrown: list[Thrown] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    opened: list[Wait] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)
    last: Changes = field(default_factory=Changes)

    def __post_init__(self) -> None:
        self._look()

    def _look(self) -> None:
        self.last = self.workflow.take_changes()
        for name in ("events", "flows", "thrown", "incidents", "opened", "closed", "resolved"):
            getattr(self, name).extend(getattr(self.last, name))
        if self.stored:
            state = self.workflow.dump()
            self.workflow = Workflow.load(self.workflow.definition, state)
            assert self.workflow.dump() == state

    def after(self, **delta: float) -> "Run":
        """Move the clock."""
        self.now += timedelta(**delta)
        return self

    def wait(self, step: str) -> Wait:
        """Return the oldest wait of a step."""
        found = [wait for wait in self.workflow.waits() if wait.step == step]
        assert found, f"{step} does not wait; open: {self.open}"
        return found[0]

    def complete(self, step: str, **variables: Any) -> "Run":
        """Answer the oldest wait of a step."""
        self.workflow.complete(self.wait(step).token, variables, now=self.now)
        self._look()
        return self

    def fails(self, step: str, code: str, **variables: Any) -> "Run":
        """Answer with a business error."""
        self.workflow.throw_error(self.wait(step).token, code, variables, now=self.now)
        self._look()
        return self

    def escalate(self, step: str, code: str, **variables: Any) -> bool:
        """Escalate on behalf of a step."""
        caught = self.workflow.throw_escalation(self.wait(step).token, code, variables, now=self.now)
        self._look()
        return caught

    def message(self, step: str, **variables: Any) -> "Run":
        """Bring a message to a step."""
        self.workflow.deliver_message(self.wait(step).token, variables, now=self.now)
        self._look()
        return self

    def signal(self, name: str, **variables: Any) -> int:
        """Bring a signal to all that wait."""
        heard = self.workflow.deliver_signal(name, variables, now=self.now)
        self._look()
        return heard

    def fire(self, step: str) -> "Run":
        """Let a timer fire, at its time or now if that is later."""
        wait = self.wait(step)
        self.now = max(self.now, wait.due or self.now)
        self.workflow.fire_timer(wait.token, now=self.now)
        self._look()
        return self

    def set(self, **variables: Any) -> "Run":
        """Write variables of the instance."""
        self.workflow.set_variables(0, variables, now=self.now)
        self._look()
        return self

    def retry(self) -> "Run":
        """Try the last incident again."""
        self.workflow.retry(self.incidents[-1].token, now=self.now)
        self._look()
        return self

    def cancel(self) -> "Run":
        """End the instance."""
        self.workflow.cancel(now=self.now)
        self._look()
        return self

    @property
    def status(self) -> WorkflowStatus:
        return self.workflow.status

    @property
    def is_completed(self) -> bool:
        return self.workflow.status is WorkflowStatus.COMPLETED

    @property
    def open(self) -> list[str]:
        """The steps that wait, in the order of their tokens."""
        return [wait.step for wait in sorted(self.workflow.waits(), key=lambda wait: wait.token)]

    @property
    def data(self) -> dict[str, Any]:
        return self.workflow.variables()

    def steps(self, kind: StepEventKind) -> list[str]:
        """The steps to which something happened, in order."""
        return [event.step for event in self.events if event.kind is kind]

    @property
    def completed(self) -> list[str]:
        return self.steps(StepEventKind.COMPLETED)

    @property
    def cancelled(self) -> list[str]:
        return self.steps(StepEventKind.CANCELLED)

    def times(self, step: str) -> int:
        """How often a step has completed."""
        return Counter(self.completed)[step]


@pytest.fixture(scope="session")
def drawing() -> ModuleType:
    """The little language in which tests draw processes."""
    return _beside("drawing")


@pytest.fixture(scope="session")
def compiled(drawing: ModuleType) -> Callable[..., Definition]:
    """Compile a drawn process."""

    def compile_drawn(text: str, process: str = "p", **options: Any) -> Definition:
        model = read_bpmn(drawing.draw(text).encode(), file="test.bpmn")
        assert not model.findings, [str(finding) for finding in model.findings]
        return compile_process(process, [model], **{"decisions": None, **options})

    return compile_drawn


@pytest.fixture(scope="session", params=["live", "stored"])
def stored(request: pytest.FixtureRequest) -> bool:
    """Whether an instance is stored and loaded after each command: it must make no difference."""
    return request.param == "stored"


@pytest.fixture
def run(compiled: Callable[..., Definition], stored: bool) -> Callable[..., Run]:
    """Draw, compile and start a process."""

    def start(
        text: str, variables: Mapping[str, Any] | None = None, *, start_event: str | None = None, **options: Any
    ) -> Run:
        definition = compiled(text, **options)
        return Run(Workflow.start(definition, variables or {}, now=NOON, start_event=start_event), stored=stored)

    return start
