"""Rules of meaning: functions over a model, the others of its package, and what the package knows beside them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from engine.bpmn.model import Model, Node, Process, Scope
from engine.bpmn.rules.registry import Both, Rule, declare
from engine.findings import Finding, Place, Severity


@dataclass(frozen=True, slots=True)
class LintContext:
    """What the package knows beside its models. None: not known, so nothing is said about it."""

    decisions: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    terms: frozenset[str] | None = None
    job_types: frozenset[str] | None = None
    processes: frozenset[str] | None = None


@dataclass(frozen=True)
class Subject:
    """What a rule of meaning looks at: one model among those of its package."""

    model: Model
    models: Sequence[Model]
    context: LintContext

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """The processes of the model."""
        return tuple(self.model.processes.values())

    @cached_property
    def nodes(self) -> tuple[tuple[Process, Scope, Node], ...]:
        """Every node of the model, with its process and the scope that it stands in."""
        return tuple((each, scope, node) for each in self.processes for scope, node in each.scope.everything())

    @cached_property
    def scopes(self) -> tuple[tuple[Process, Scope, str], ...]:
        """Every scope of the model, with its process and the id of what it is the inside of."""
        outer = [(each, each.scope, each.id) for each in self.processes]
        inner = [(each, node.inside, node.id) for each, _scope, node in self.nodes if node.inside is not None]
        return (*outer, *inner)

    @cached_property
    def everywhere(self) -> tuple[Process, ...]:
        """The processes of all models of the package."""
        return tuple(process for model in self.models for process in model.processes.values())


@dataclass(frozen=True, slots=True)
class Noted:
    """What a rule of meaning found, in both languages; ``mend`` overrules the rule's own."""

    place: Place
    element: str | None
    name: str | None
    found: Both
    mend: Both | None = None


MeaningCheck = Callable[[Subject], Iterator[Noted]]
_CHECKS: list[tuple[Rule, MeaningCheck]] = []


def meaning(
    name: str, indonesian: str, english: str, severity: Severity = Severity.ERROR, *, mend: Both, section: str = ""
) -> Callable[[MeaningCheck], MeaningCheck]:
    """Register a rule of meaning ``bpmn.<name>``. The sentences say what is expected."""

    def register(check: MeaningCheck) -> MeaningCheck:
        family = check.__module__.rpartition(".")[2]
        _CHECKS.append((declare(name, (indonesian, english), section, severity, mend=mend, family=family), check))
        return check

    return register


def check_meaning(subject: Subject) -> list[Finding]:
    """Return what breaks the rules of meaning in one model."""
    return [
        rule.finding(noted.place, noted.element, noted.name, noted.found, noted.mend)
        for rule, check in _CHECKS
        for noted in check(subject)
    ]


def at(node: Node, indonesian: str, english: str, mend: Both | None = None) -> Noted:
    """Return something that was found at a node."""
    return Noted(node.place, node.id, node.name, (indonesian, english), mend)


def both(text: str) -> Both:
    """Return a text that is the same in both languages: an id, an expression."""
    return text, text


def did_you_mean(name: str, known: Iterator[str] | Sequence[str] | frozenset[str]) -> Both | None:
    """Return how to mend a name that is nearly a known one; None: nothing is near."""
    near = get_close_matches(name, sorted(known), n=1)
    return (f"Maksudnya {near[0]}?", f"Did you mean {near[0]}?") if near else None


def listed(known: frozenset[str]) -> str:
    """Return names as a list for a sentence."""
    return ", ".join(sorted(known)) or "-"
