"""The elements of DMN files, compiled: what each may use, and the closure that makes its value."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.dmn.boxed import Builder
from engine.dmn.faults import fault
from engine.dmn.model import Decision, DmnFile, Element, InputData, Knowledge, Service
from engine.dmn.scopes import Code, Names, Scope
from engine.dmn.types import Types
from engine.feel.types import Type
from engine.feel.values import Function
from engine.findings import Finding


@dataclass(frozen=True, slots=True)
class Need:
    """Something that an element may use: by its name or, if ``prefix`` is not empty, by ``prefix.name``."""

    prefix: str
    graph: "Graph"
    element: Element

    @property
    def name(self) -> str:
        """How expressions name it."""
        name = self.element.variable.name
        return f"{self.prefix}.{name}" if self.prefix else name

    def parameters(self) -> tuple[str, ...] | None:
        """Return the names of its parameters; None for what is no function."""
        if isinstance(self.element, Knowledge):
            logic = self.element.logic
            return () if logic is None else tuple(parameter.name for parameter in logic.parameters)
        if isinstance(self.element, Service):
            taken = self.graph.resolve_all((*self.element.input_data, *self.element.input_decisions))
            return tuple(found.variable.name for _graph, found in taken)
        return None


class Graph:
    """One file: its types, the files that it imports, and the closures of its elements by id."""

    def __init__(self, file: DmnFile, findings: list[Finding]) -> None:
        self.file = file
        self.findings = findings
        # By the name of the import; several may have none.
        self.imports: list[tuple[str, Graph]] = []
        self.types = Types(file.items, findings)
        # Many editors do not write what a file takes.
        self.declares_inputs = any(isinstance(element, InputData) for element in file.elements.values())
        self.builders: dict[str, Builder] = {}
        self.codes: dict[str, Code] = {}
        self.functions: dict[str, Callable[[Scope], Function]] = {}
        self.kinds: dict[str, Type] = {}
        self.needs: dict[str, tuple[Need, ...]] = {}

    def compile(self) -> None:
        """Compile every element. Types of other files must be connected before."""
        members = set(self.types.component_names())
        members.update(element.variable.name for _name, graph in self.imports for element in graph.elements())
        around = Names.of_file(sorted(members))
        for item in self.file.items:
            self.types.find(item)
        for element in self.elements():
            self.needs[element.id] = needs = tuple(self._needs(element))
            names = around.inner(need.prefix or need.element.variable.name for need in needs)
            functions = {need.name: parameters for need in needs if (parameters := need.parameters()) is not None}
            builder = Builder(self.types, self.findings, element.id, element.name, names, functions)
            self.builders[element.id] = builder
            self.kinds[element.id] = builder.kind(element.variable.type, element.variable.place)
            if isinstance(element, Decision):
                builder.reads_any = self.reads_any(element)
                self.codes[element.id] = builder.compile(element.logic, names)
                self._check_logic(element)
            elif isinstance(element, Knowledge):
                self.functions[element.id] = builder.knowledge(element, names, self.kinds[element.id])
                self._check_logic(element)

    def elements(self) -> Iterator[Element]:
        """Yield all elements of the file."""
        yield from self.file.elements.values()

    def types_around(self, element: str) -> dict[str, Type]:
        """Return the types of the inputs and decisions that an element requires, by name, without those of imports."""
        return {
            need.name: need.graph.kinds[need.element.id]
            for need in self.needs[element]
            if not need.prefix and isinstance(need.element, InputData | Decision)
        }

    def reads_any(self, decision: Decision) -> bool:
        """Tell whether a decision may read whatever is given.

        That is so if it declares no requirements at all, or if its file declares no inputs.
        """
        return not self.needs[decision.id] or not self.declares_inputs

    def resolve(self, reference: str) -> "tuple[Graph, Element] | None":
        """Return what a reference ``namespace#id`` or ``#id`` means."""
        namespace, _hash, found = reference.rpartition("#")
        graphs = [self] if namespace in ("", self.file.namespace) else []
        graphs += [graph for _name, graph in self.imports if graph.file.namespace == namespace]
        for graph in graphs:
            if found in graph.file.elements:
                return graph, graph.file.elements[found]
        return None

    def resolve_all(self, references: Sequence[str]) -> "list[tuple[Graph, Element]]":
        """Return what references mean, without those that mean nothing."""
        return [found for reference in references if (found := self.resolve(reference)) is not None]

    def _needs(self, element: Element) -> Iterator[Need]:
        for graph, required in self.resolve_all(references(element)):
            prefixes = [name for name, each in self.imports if each is graph]
            for prefix in prefixes or [""]:
                yield Need(prefix, graph, required)

    def _check_logic(self, element: Decision | Knowledge) -> None:
        if element.logic is None:
            self.findings.append(
                fault(
                    "dmn.no-logic",
                    element.place,
                    f"Diharapkan {element.name} memiliki logika, ditemukan tanpa.",
                    f"Expected {element.name} to have logic, found none.",
                    element.id,
                    element.name,
                )
            )


def references(element: Element) -> tuple[str, ...]:
    """Return the references of an element to others."""
    if isinstance(element, Decision):
        return (*element.requires, *element.knows)
    if isinstance(element, Knowledge):
        return element.knows
    if isinstance(element, Service):
        return (*element.outputs, *element.encapsulated, *element.input_decisions, *element.input_data)
    return ()
