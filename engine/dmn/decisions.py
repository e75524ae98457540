"""The decisions of some DMN files: compiled once, made as often as wanted, checked for what is hardly meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.dmn.evaluation import Evaluation
from engine.dmn.graph import Graph
from engine.dmn.model import Decision, DmnFile, Element, InputData, Service
from engine.dmn.remarks import remarks
from engine.dmn.requirements import check_requirements, connect, needed
from engine.dmn.review import review
from engine.dmn.tables import Fired
from engine.errors import Invalid, NotFound
from engine.feel import FeelError, to_feel, to_json
from engine.feel.values import Run, utc
from engine.findings import Finding, errors_of

# A decision may be a whole graph with large tables, each row of which is an evaluation of its own.
DECISION_FUEL: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision gave: a FEEL value, the tables that were asked, and warnings that say why things became null."""

    decision: str
    value: Any
    fired: tuple[Fired, ...]
    warnings: tuple[str, ...]

    @property
    def value_json(self) -> Any:
        """The value as JSON. Raises FeelError for a function or range."""
        return to_json(self.value)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON, as the shell and the API show it. Raises FeelError as ``value_json`` does."""
        return {
            "decision": self.decision,
            "result": self.value_json,
            "fired": [
                {
                    "decision": each.decision,
                    "table": each.table,
                    "rules": list(each.rules),
                    "ids": list(each.ids),
                    "annotations": [list(texts) for texts in each.annotations],
                }
                for each in self.fired
            ],
            "warnings": list(self.warnings),
        }


class Decisions:
    """Decisions, knowledge models and services, ready to be evaluated. Shared by threads and never changed."""

    def __init__(self, graphs: Sequence[Graph], findings: Sequence[Finding]) -> None:
        self._graphs = graphs
        self.findings = tuple(findings)

    def ids(self) -> list[str]:
        """Return the ids of all decisions and decision services."""
        return [
            element.id
            for graph in self._graphs
            for element in graph.elements()
            if isinstance(element, Decision | Service)
        ]

    def last_ids(self) -> list[str]:
        """Return the ids of the decisions that no other element requires: the questions that the files answer."""
        needed = {
            (id(need.graph), need.element.id)
            for graph in self._graphs
            for needs in graph.needs.values()
            for need in needs
        }
        return [
            element.id
            for graph in self._graphs
            for element in graph.elements()
            if isinstance(element, Decision) and (id(graph), element.id) not in needed
        ]

    def evaluate(
        self,
        decision: str,
        variables: Mapping[str, Any],
        *,
        now: datetime | None,
        namespace: str | None = None,
        fuel: int = DECISION_FUEL,
    ) -> DecisionResult:
        """Make a decision (by id, else by name) with JSON or FEEL values for the inputs that it needs.

        Texts are read as dates, times and durations where an input is of such a type. A decision service takes its
        inputs by name too. ``namespace`` chooses between files with equal ids. Raises NotFound for an unknown decision,
        FeelError when a limit is met.
        """
        graph, element = self._find(decision, namespace)
        warnings: list[str] = []
        run = Run(fuel, None if now is None else utc(now), warnings=warnings)
        fired: list[Fired] = []
        try:
            value = Evaluation(variables, run, fired).asked(graph, element)
        except RecursionError:
            raise FeelError("Expected decisions nested less deep, but found deeper ones") from None
        return DecisionResult(element.id, to_feel(value, run), tuple(fired), tuple(warnings))

    def requires(self, decision: str) -> list[str]:
        """Return the names of the inputs that a decision needs, its requirements' included. Raises NotFound."""
        return sorted(
            {
                found.variable.name
                for _graph, found in needed(*self._find(decision, None))
                if isinstance(found, InputData)
            }
        )

    def check(self) -> list[Finding]:
        """Return what compiles but is hardly meant: in expressions, and in tables gaps, overlaps, rules without effect.

        They are warnings and hints, file by file in the order of lines.
        """
        found: list[Finding] = []
        for graph in self._graphs:
            for element, builder in graph.builders.items():
                found.extend(remarks(builder, graph.types_around(element)))
                for table in builder.tables:
                    found.extend(review(table, builder.name))
        return sorted(found, key=lambda each: (each.place.file, each.place.line or 0, each.place.column or 0))

    def _find(self, decision: str, namespace: str | None) -> tuple[Graph, Element]:
        graphs = [graph for graph in self._graphs if namespace in (None, graph.file.namespace)]
        for graph in graphs:
            if decision in graph.file.elements:
                return graph, graph.file.elements[decision]
        for graph in graphs:
            for element in graph.elements():
                if element.name == decision and not isinstance(element, InputData):
                    return graph, element
        known = ", ".join(self.ids()) or "none"
        raise NotFound(f"Expected decision {decision}, but there is none of that id; there are {known}")


def compile_decisions(files: Sequence[DmnFile], *, strict: bool = True) -> Decisions:
    """Compile the decisions of some files, which may import each other.

    Raises Invalid with findings if anything does not compile; with ``strict`` False what is right can be evaluated, and
    the findings stand in the result.
    """
    findings = [finding for file in files for finding in file.findings]
    graphs = [Graph(file, findings) for file in files]
    findings.extend(connect(graphs))
    for graph in graphs:
        graph.compile()
    findings.extend(check_requirements(graphs))
    if strict and (wrong := errors_of(findings)):
        raise Invalid(f"Expected decisions that compile, found {len(wrong)} faults; the first: {wrong[0]}", findings)
    return Decisions(graphs, findings)
