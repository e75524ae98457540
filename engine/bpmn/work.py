"""Steps that do work: people's tasks, jobs for handlers, scripts, decisions."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn.formulas import Formula
from engine.bpmn.model import Node, Work
from engine.bpmn.specs import Step
from engine.bpmn.tokens import Failed, Token
from engine.bpmn.variables import copied, visible
from engine.bpmn.waits import StepEventKind, Wait, WaitKind
from engine.dmn import Decisions
from engine.errors import NotFound
from engine.feel import FeelError

if TYPE_CHECKING:
    from engine.bpmn.definition import Definition

# What runs a script in a language that we do not run: for test benches. It returns results, or raises ScriptError.
ScriptHandler = Callable[[Token, str], Mapping[str, Any]]


class ScriptError(Exception):
    """A script throws a business error with ``code``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Waiting(Step):
    """A step that waits for an answer from outside: a person's or a handler's.

    What its expressions say is evaluated when the wait begins, and kept: a later change of variables does not move
    a task to other people.
    """

    kind: WaitKind

    def __init__(self, definition: "Definition", name: str, node: Node, process: str) -> None:
        super().__init__(definition, name, node, process)
        self.needs = _Needs(node.work)

    def act(self, token: Token) -> bool:
        token.internal_data["work"] = self.needs.evaluated(token)
        token.wait = self.describe(token)
        token.workflow.wait_for(token)
        return False

    def describe(self, token: Token) -> Wait:
        data = dict(token.data) if self.mapped_in else visible(token)
        work = token.internal_data["work"]
        return Wait(token.id, self.kind, self.step, token.scope.id, self.lane, work=work, data=data)


class PersonStep(Waiting):
    """A user or manual task."""

    kind = WaitKind.USER


class JobStep(Waiting):
    """A step whose work a handler does, by its job type."""

    kind = WaitKind.JOB


class ScriptStep(Step):
    """A script: an expression whose value goes to the result variable, or whose context becomes variables."""

    def __init__(
        self, definition: "Definition", name: str, node: Node, process: str, script: Formula, result: str | None
    ) -> None:
        super().__init__(definition, name, node, process)
        self.script = script
        self.result = result

    def act(self, token: Token) -> bool:
        handler = token.workflow.definition.script_handler
        if handler is not None and self.script.literal is not None:
            return self._handled(token, handler, self.script.literal)
        value = self.script.value(token)
        if self.result is not None:
            self.keep_results(token, {self.result: value})
        elif isinstance(value, dict):
            self.keep_results(token, value)
        else:
            raise Failed("script", f"Expected a context from a script without result variable, found {value!r}")
        return True

    def _handled(self, token: Token, handler: ScriptHandler, source: str) -> bool:
        from engine.bpmn.throwing import raise_error

        try:
            self.keep_results(token, dict(handler(token, source)))
        except ScriptError as error:
            raise_error(token, error.code, {}, str(error))
            return False
        return True


class DecisionStep(Step):
    """A business rule task: makes a decision with the variables that the step sees."""

    def __init__(
        self,
        definition: "Definition",
        name: str,
        node: Node,
        process: str,
        decisions: Decisions,
        decision: Formula,
    ) -> None:
        super().__init__(definition, name, node, process)
        self.decisions = decisions
        self.decision = decision
        self.result = node.work.result_variable

    def act(self, token: Token) -> bool:
        decision = self.decision.text(token)
        try:
            made = self.decisions.evaluate(decision, visible(token), now=token.workflow.now)
            value = copied(made.value_json)
        except (FeelError, NotFound) as error:
            raise Failed("decision", f"Expected a result of decision {decision}, found: {error}") from error
        fired = [{"table": each.table, "rules": list(each.rules)} for each in made.fired]
        detail = {"decision": decision, "result": value, "fired": fired}
        if made.warnings:
            detail["warnings"] = list(made.warnings)
        token.workflow.note(StepEventKind.DECIDED, token, detail)
        if self.result is not None:
            self.keep_results(token, {self.result: value})
        elif isinstance(value, dict):
            self.keep_results(token, value)
        return True


class _Needs:
    """The expressions of a step's work, compiled, and what they give."""

    __slots__ = ("_lists", "_texts", "form", "headers", "retries")

    def __init__(self, work: Work) -> None:
        self.form = work.form
        self.headers = dict(work.headers)
        self.retries = Formula(work.retries) if work.retries is not None else None
        texts = {
            "assignee": work.assignee,
            "due": work.due,
            "follow_up": work.follow_up,
            "priority": work.priority,
            "job_type": work.job_type,
        }
        lists = {"candidate_groups": work.candidate_groups, "candidate_users": work.candidate_users}
        self._texts = {name: Formula(text) for name, text in texts.items() if text is not None}
        self._lists = {name: Formula(text) for name, text in lists.items() if text is not None}

    def evaluated(self, token: Token) -> dict[str, Any]:
        """Return what the expressions give for a token; what is not said is left out. Raises Failed."""
        work = {name: formula.value(token) for name, formula in self._texts.items()}
        work.update({name: _names(formula, token) for name, formula in self._lists.items()})
        if self.form is not None:
            work["form"] = self.form
        if self.headers:
            work["headers"] = self.headers
        if self.retries is not None:
            work["retries"] = self.retries.whole(token)
        return {name: value for name, value in work.items() if value is not None}


def _names(formula: Formula, token: Token) -> list[str]:
    """Return one name or several: a list, or a literal with commas."""
    value = formula.value(token)
    if value is None:
        return []
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return value
    raise Failed("expression", f"Expected a name or a list of names from {formula.source!r}, found {value!r}")
