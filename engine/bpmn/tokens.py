"""One token of a running workflow, as a SpiffWorkflow task that knows its neighbours directly."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from engine.bpmn.specs import Step
    from engine.bpmn.waits import Wait
    from engine.bpmn.workflow import Workflow

READY: Final[int] = TaskState.READY
WAITING: Final[int] = TaskState.WAITING
STARTED: Final[int] = TaskState.STARTED
ERROR: Final[int] = TaskState.ERROR

# How far a token has come within its step. An incident resumes where it stopped.
ENTER: Final = 0  # nothing happened yet
PREPARE: Final = 1  # announced as entered; input mappings and boundary events come next
ACT: Final = 2  # the step's own work
FINISH: Final = 3  # the work is done; output mappings come next
LEAVE: Final = 4  # announced as completed; the outgoing flows come next


class Failed(Exception):
    """A step cannot go on for a reason that its model or data give. It becomes an incident of the token."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Token(Task):  # type: ignore[misc]
    """A token at a step, or the token of a scope that holds the tokens inside it as children.

    ``data`` holds the variables that are local to the token; a token without any shares its parent's.
    ``internal_data`` holds what its step must remember (counts, items, payload) and is stored.
    ``active`` counts the children that keep a scope open; a child that is ``attached`` (the wait of a boundary event
    or of an event sub-process) does not. ``joins`` are the tokens of this scope that wait for others to arrive.
    ``passed`` counts the steps since the last wait, which is what the step budget limits.

    It overrides the constructor because the library's makes a UUID and reads the clock for every task.
    """

    def __init__(self, workflow: "Workflow", step: "Step", parent: "Token | None", number: int) -> None:
        self.id: int = number
        self.workflow: Workflow = workflow
        self.task_spec: Step = step
        self._parent: Token | None = parent
        self._children: dict[int, Token] = {}
        self._state: int = READY
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.triggered = False
        self.thread_id = 0
        self.last_state_change = 0.0

        self.phase: int = ENTER
        self.attached = False
        self.active = 0
        self.passed = 0
        self.wait: Wait | None = None
        self.failure: Failed | None = None
        self.joins: dict[str, Token] | None = None
        self.watchers: list[Token] | None = None

    @property
    def parent(self) -> "Token | None":
        """The token of the scope, or of the activity that this wait is attached to. None for the instance."""
        return self._parent

    @property
    def children(self) -> "list[Token]":
        """The tokens inside this one, oldest first."""
        return list(self._children.values())

    def inside(self) -> "Iterable[Token]":
        """The tokens inside this one, oldest first, to look at only: nothing may come or go meanwhile."""
        return self._children.values()

    @property
    def scope(self) -> "Token":
        """The parent of a token that has one."""
        if self._parent is None:
            raise LookupError("Expected a token within a scope, found the instance itself")
        return self._parent

    def cancel(self) -> None:
        """Withdraw this token and everything inside it."""
        self.workflow.withdraw(self)

    def _set_state(self, value: int) -> None:
        self._state = value
