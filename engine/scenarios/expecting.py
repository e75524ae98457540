"""Compare a case with what a story expects of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import instances, models, terms
from engine.findings import Finding, Place, Severity
from engine.models import IncidentStatus, Instance, JobKind, JobStatus, JournalEntry, Task, TaskStatus
from engine.packages import Package
from engine.stories import Expectation
from engine.terms import Mark, TermState

# The same in Indonesian and English.
Phrase = tuple[str, str]


class Failed(Exception):
    """Something is not as a story says."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


def differs(place: Place, expected: Phrase, found: Phrase | str) -> Failed:
    """Return the failure of an act, to be raised. ``found`` as one text is the same in both languages."""
    return Failed([_finding(place, expected, (found, found) if isinstance(found, str) else found)])


def differences(session: Session, instance: Instance, package: Package, expectation: Expectation) -> list[Finding]:
    """Return how a case differs from what is expected, one finding for each key that differs."""
    case = _Case(session, instance, package)
    return [
        _finding(expectation.place, _named(name, wanted), _shown(found))
        for key, value in expectation.wanted.items()
        for name, wanted, found in case.differing(key, value)
    ]


class _Case:
    """A case, asked for what it is like."""

    def __init__(self, session: Session, instance: Instance, package: Package) -> None:
        self.session, self.instance, self.package = session, instance, package

    def differing(self, key: str, wanted: Any) -> Iterator[tuple[str, Any, Any]]:
        """Yield what differs under a key of an expectation: its name, what is wanted, what is found."""
        if key == "term":
            yield from self._terms(wanted)
        elif key == "variables":
            yield from self._variables(wanted)
        elif key in ("passed", "withdrawn"):
            found = self._passed() if key == "passed" else self._tasks(TaskStatus.WITHDRAWN)
            if missing := [step for step in wanted if step not in found]:
                yield key, missing, sorted(set(found))
        elif key == "journal":
            found = self._kinds()
            if not _is_within(wanted, found):
                yield key, wanted, found
        else:
            found = _LOOKS[key](self)
            if (sorted(wanted) if isinstance(wanted, list) else wanted) != found:
                yield key, wanted, found

    def status(self) -> str:
        return self.instance.status.value

    def outcome(self) -> str | None:
        return self.instance.outcome

    def citizen(self) -> str | None:
        return self.instance.citizen_step

    def open(self) -> list[str]:
        return sorted(self._tasks(TaskStatus.OPEN))

    def waiting(self) -> list[str]:
        table = models.Job
        calls = (JobKind.CALL, JobKind.EXTERNAL)
        query = select(table.job_type).where(
            table.instance_id == self.instance.id, table.kind.in_(calls), table.status == JobStatus.OPEN
        )
        return sorted(self.session.scalars(query))

    def incidents(self) -> list[str]:
        table = models.Incident
        query = select(table.step).where(table.instance_id == self.instance.id, table.status == IncidentStatus.OPEN)
        return sorted(self.session.scalars(query))

    def ended(self) -> list[str]:
        """Return the ends of the case's own process that were reached, each once."""
        process = self.package.processes.get(self.instance.process_id)
        ends = {node.id for node in process.scope.nodes.values() if node.tag == "endEvent"} if process else set()
        return sorted(ends.intersection(self._passed()))

    def _tasks(self, status: TaskStatus) -> list[str]:
        query = select(Task.step).where(Task.instance_id == self.instance.id, Task.status == status)
        return list(self.session.scalars(query))

    def _entries(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        query = select(JournalEntry.kind, JournalEntry.data).where(JournalEntry.instance_id == self.instance.id)
        for row in self.session.execute(query.order_by(JournalEntry.sequence)):
            yield row.kind, row.data

    def _kinds(self) -> list[str]:
        return [kind for kind, _ in self._entries()]

    def _passed(self) -> list[str]:
        return [event[1] for _, data in self._entries() for event in data.get("events", ()) if event[0] == "completed"]

    def _terms(self, wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any, Any]]:
        states = terms.latest_states(self.session, self.instance.id)
        for name, facts in wanted.items():
            for key, value in facts.items():
                found = _term_fact(states.get(name), key, value)
                if found != value:
                    yield f"term.{name}.{key}", value, found

    def _variables(self, wanted: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        variables = instances.look(self.session, self.instance.id, lambda workflow: workflow.variables())
        for path, value in wanted.items():
            found: Any = variables
            for part in path.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
            if found != value:
                yield f"variables.{path}", value, found


_LOOKS: Mapping[str, Callable[[_Case], Any]] = {
    "status": _Case.status,
    "outcome": _Case.outcome,
    "citizen": _Case.citizen,
    "open": _Case.open,
    "waiting": _Case.waiting,
    "incidents": _Case.incidents,
    "ended": _Case.ended,
}


def _term_fact(state: TermState | None, key: str, wanted: Any) -> Any:
    """Return what a story calls ``key`` of a term, written as ``wanted`` is."""
    if state is None:
        return "none" if key == "status" else None
    if key == "due":
        return _due(state, wanted)
    if key == "reached":
        return [mark.value for mark in Mark if mark in state.reached]
    if key == "confirmed":
        return state.moments.is_confirmed if state.moments else None
    return {"status": state.status.value, "extensions": state.extensions, "run": state.number}[key]


def _due(state: TermState, wanted: Any) -> str | None:
    if state.moments is None:
        return None
    if isinstance(wanted, str) and "T" in wanted:
        same = datetime.fromisoformat(wanted).astimezone(UTC) == state.moments.due_at
        return wanted if same else state.moments.due_at.isoformat()
    return state.moments.due_on.isoformat()


def _is_within(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Tell whether ``wanted`` occurs in ``found`` in this order, with others between."""
    rest = iter(found)
    return all(kind in rest for kind in wanted)


def _finding(place: Place, expected: Phrase, found: Phrase) -> Finding:
    message = {
        "id": f"Diharapkan {expected[0]}, ditemukan {found[0]}.",
        "en": f"Expected {expected[1]}, found {found[1]}.",
    }
    return Finding("scenario.failed", Severity.ERROR, message, place)


def _named(name: str, wanted: Any) -> Phrase:
    """Return what is wanted under a key of the file; keys are the same in all languages."""
    indonesian, english = _shown(wanted)
    if name in ("passed", "withdrawn"):
        return f"{name} memuat {indonesian}", f"{name} to hold {english}"
    if name == "journal":
        return f"{name} dengan urutan {indonesian}", f"{name} in this order {english}"
    return f"{name} {indonesian}", f"{name} {english}"


def _shown(value: Any) -> Phrase:
    if value is None:
        return "tidak ada", "nothing"
    text = f"[{', '.join(str(item) for item in value)}]" if isinstance(value, list) else str(value)
    return text, text
