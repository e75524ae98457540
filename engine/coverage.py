"""How much of a package its scenarios pass: sequence flows, ends and timers, per process and together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bpmn.model import EventKind, Process, Scope
from engine.findings import Place
from engine.packages import Package
from engine.scenarios import Played


@dataclass(frozen=True, slots=True)
class Element:
    """Something that a scenario may pass."""

    id: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a kind of element were passed, and which were not."""

    total: int
    missed: tuple[Element, ...]

    @property
    def passed(self) -> int:
        """How many were passed."""
        return self.total - len(self.missed)

    @property
    def percent(self) -> float:
        """The passed part of a hundred; 100 of nothing is all."""
        return 100.0 * self.passed / self.total if self.total else 100.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.total + other.total, (*self.missed, *other.missed))


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the scenarios pass of one process, or of all together. A timer counts as passed when it fired."""

    process: str
    flows: Share
    ends: Share
    timers: Share

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing was missed."""
        return not (self.flows.missed or self.ends.missed or self.timers.missed)

    def as_dict(self) -> dict[str, Any]:
        """Return the coverage as plain JSON; what was missed by its ids."""
        shares = {"flows": self.flows, "ends": self.ends, "timers": self.timers}
        return {
            "process": self.process,
            **{
                name: {"passed": share.passed, "total": share.total, "missed": [item.id for item in share.missed]}
                for name, share in shares.items()
            },
        }

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(self.process, self.flows + other.flows, self.ends + other.ends, self.timers + other.timers)


NOTHING = Share(0, ())


def coverage_of(package: Package, played: Sequence[Played]) -> list[Coverage]:
    """Return the coverage of every process of a package, the main one first."""
    main = package.manifest.id
    flows = {flow for one in played for flow in one.flows}
    # An end that throws an error or an escalation is interrupted by who catches it, and does not complete.
    ended = {(process, step) for one in played for process, step, kind in one.events if kind in ("completed", "thrown")}
    fired = {(process, step) for one in played for process, step, kind in one.events if kind == "caught"}
    return [
        Coverage(
            process.id,
            _share(process, _flows(process), flows),
            _share(process, _ends(process), ended),
            _share(process, _timers(process), fired),
        )
        for process in sorted(package.processes.values(), key=lambda process: (process.id != main, process.id))
        if process.executable or process.id != main
    ]


def total(coverages: Iterable[Coverage], name: str) -> Coverage:
    """Return several coverages as one."""
    return sum(coverages, start=Coverage(name, NOTHING, NOTHING, NOTHING))


def _share(process: Process, elements: Iterable[Element], passed: set[tuple[str, str]]) -> Share:
    listed = list(elements)
    return Share(len(listed), tuple(element for element in listed if (process.id, element.id) not in passed))


def _scopes(scope: Scope) -> Iterator[Scope]:
    yield scope
    for node in scope.nodes.values():
        if node.inside is not None:
            yield from _scopes(node.inside)


def _flows(process: Process) -> Iterator[Element]:
    for scope in _scopes(process.scope):
        for flow in scope.flows.values():
            ways = f"{flow.source} → {flow.target}"
            yield Element(flow.id, f"{flow.name} ({ways})" if flow.name else ways, flow.place)


def _ends(process: Process) -> Iterator[Element]:
    for _, node in process.scope.everything():
        if node.tag == "endEvent":
            yield Element(node.id, node.name, node.place)


def _timers(process: Process) -> Iterator[Element]:
    for _, node in process.scope.everything():
        if any(event.kind is EventKind.TIMER for event in node.events) and node.tag != "startEvent":
            yield Element(node.id, node.name, node.place)
