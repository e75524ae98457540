"""What pages show of a case beside the task at hand: its terms, files, history, and its place in the diagram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import answers, history
from api.pages.history import Event
from api.pages.moved import sentence
from api.pages.visitor import Visitor
from engine import calendars, definitions, documents, instances, journal, terms
from engine.bpmn.waits import Wait, WaitKind
from engine.definitions import Compiled
from engine.instances import Position
from engine.manifest import Basis, TermRule
from engine.models import Document, Instance, User
from engine.terms import Remaining, Runs, TermState

_EVENTS = 20
# What a browser may show of a file without running anything in it.
IMAGES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
SHOWN = IMAGES | {"application/pdf", "text/plain"}


@dataclass(frozen=True, slots=True)
class Term:
    """A run of a term with its rule (None: the version has none), the law that it cites, and what moved it."""

    state: TermState
    rule: TermRule | None
    basis: Basis | None
    left: Remaining | None
    changes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Step:
    """A step in the list that says what the diagram shows. ``wait`` is what an open one waits for; None: passed."""

    name: str
    at: Any
    actor: str | None
    wait: Wait | None = None
    is_failed: bool = False


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything of one case that its reader may see.

    ``steps`` are the last that it passed and those that are open; ``earlier`` is how many were passed before.
    """

    instance: Instance
    compiled: Compiled
    terms: Sequence[Term]
    documents: Sequence[Document]
    facts: Sequence[tuple[str, str]]
    events: Sequence[Event]
    steps: Sequence[Step]
    earlier: int
    diagrams: Sequence[Mapping[str, Any]]
    names: Mapping[str, str]

    def name_of(self, actor: str | None) -> str:
        """Return the full name of an actor, else what the journal calls it."""
        return self.names.get(actor or "", actor or "–")


def case_file(session: Session, instance_id: UUID, visitor: Visitor) -> CaseFile:
    """Return the file of a case that the visitor may see. Raises NotFound."""
    found = instances.instance(session, instance_id, viewer=visitor.actor)
    compiled = definitions.compiled(session, found.version_id)
    latest = journal.latest(session, instance_id, _EVENTS)
    events = history.events(latest, compiled, visitor.language, visitor.actor.roles)
    place = instances.position(session, found)
    steps = _steps(place, compiled, visitor.language)
    papers = documents.documents(session, instance_id, viewer=visitor.actor)
    actors = {event.actor for event in events} | {step.actor or "" for step in steps} | {file.actor for file in papers}
    return CaseFile(
        instance=found,
        compiled=compiled,
        terms=_terms(session, found, compiled, visitor),
        documents=papers,
        facts=answers.facts(session, found, compiled, visitor.actor, visitor.language),
        events=events,
        steps=steps,
        earlier=_named_times(place, compiled) - sum(step.at is not None for step in steps),
        diagrams=_diagrams(place, compiled, visitor.language),
        names=full_names(session, actors | {found.started_by, found.applicant or ""}),
    )


def full_names(session: Session, names: set[str]) -> dict[str, str]:
    """Return the full names of users, by the names that they sign in with; who is no user is left out."""
    found = session.execute(select(User.name, User.full_name).where(User.name.in_(names)))
    return {row.name: row.full_name for row in found}


def _terms(session: Session, found: Instance, compiled: Compiled, visitor: Visitor) -> list[Term]:
    states = terms.all_states(session, found.id)
    changes = terms.changes(session, found.id) if states else {}
    calendar = calendars.calendar_of(session, found.agency_id)
    manifest = compiled.manifest
    made = []
    for state in sorted(states, key=lambda state: not state.is_open):
        rule = manifest.terms.get(state.name)
        basis = None if rule is None else manifest.legal_basis.get(rule.law.basis)
        due_at = state.at(terms.Mark.DUE)
        is_counted = state.is_open and due_at is not None
        left = terms.remaining(calendar, due_at, now=visitor.now) if is_counted and due_at is not None else None
        made.append(Term(state, rule, basis, left, _told(changes, state, compiled, visitor)))
    return made


def _told(changes: Runs, state: TermState, compiled: Compiled, visitor: Visitor) -> list[str]:
    return [sentence(each, state, compiled, visitor) for each in changes.get((state.name, state.number), ())]


def _steps(place: Position, compiled: Compiled, language: str) -> list[Step]:
    """Return the steps that have a name, those that were passed last in their order, then those that are open."""
    passed = [
        Step(compiled.step_name(step.step, language), step.at, step.actor)
        for step in place.passed
        if _is_named(step.step, compiled)
    ]
    now_open = [
        Step(compiled.step_name(wait.step, language), None, None, wait, wait.step in place.failed)
        for wait in place.open
    ]
    waiting = {wait.step for wait in place.open}
    failed = [
        Step(compiled.step_name(step, language), None, None, None, True) for step in sorted(place.failed - waiting)
    ]
    return passed + now_open + failed


def _named_times(place: Position, compiled: Compiled) -> int:
    return sum(times for step, times in place.times.items() if _is_named(step, compiled))


def _is_named(step: str, compiled: Compiled) -> bool:
    return compiled.steps.get(step, step) not in (step, step.rpartition(":")[2])


def _diagrams(place: Position, compiled: Compiled, language: str) -> list[dict[str, Any]]:
    """Return the diagrams of the package that the case has been in, each with its marks, the main one first."""
    # People first: what they wait for is what readers look for.
    waits = sorted(place.open, key=lambda wait: wait.kind is not WaitKind.USER)
    marks = {
        "passed": sorted(place.times),
        "open": [wait.step for wait in waits],
        "failed": sorted(place.failed),
        "flows": sorted(place.flows),
    }
    made = []
    for process_id, file in compiled.diagrams.items():
        own = {kind: _within(process_id, ids, compiled) for kind, ids in marks.items()}
        if process_id == compiled.process_id or any(own.values()):
            name = compiled.step_name(process_id, language)
            main = process_id == compiled.process_id
            made.append({"process": process_id, "file": file, "name": name, "main": main, **own})
    return sorted(made, key=lambda diagram: not diagram["main"])


def _within(process_id: str, ids: Sequence[str], compiled: Compiled) -> list[str]:
    """Return the bare ids of those elements that are in a process, each once, in their order."""
    prefix = "" if process_id == compiled.process_id else f"{process_id}:"
    bare = (key.removeprefix(prefix) for key in ids if key.startswith(prefix))
    return list(dict.fromkeys(key for key in bare if ":" not in key))
