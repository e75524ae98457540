"""The decisions of some DMN files: compiled once, evaluated with their requirements, checked for faults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.dmn.boxed import Builder
from engine.dmn.faults import fault
from engine.dmn.model import Decision, DmnFile, Element, InputData, Knowledge, Service, Variable
from engine.dmn.scopes import Code, Scope, convert
from engine.dmn.tables import FIRED, Fired
from engine.dmn.types import Types
from engine.errors import Invalid, NotFound
from engine.feel import FeelError, FeelSyntaxError, to_feel, to_json
from engine.feel.types import ANY, Type
from engine.feel.values import Function, Run, utc
from engine.findings import Finding, errors_of

# A decision may be a whole graph with large tables, each row of which is an evaluation of its own.
DECISION_FUEL = 1_000_000


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision gave: a FEEL value, the tables that were asked, and warnings that say why things became null."""

    value: Any
    fired: tuple[Fired, ...]
    warnings: tuple[str, ...]

    @property
    def value_json(self) -> Any:
        """The value as JSON. Raises FeelError for a function or range."""
        return to_json(self.value)


class Decisions:
    """Decisions, knowledge models and services, ready to be evaluated. Shared by threads and never changed."""

    def __init__(self, graphs: Sequence["_Graph"], findings: Sequence[Finding]) -> None:
        self._graphs = graphs
        self.findings = tuple(findings)

    def ids(self) -> list[str]:
        """Return the ids of all decisions and decision services."""
        return [
            found
            for graph in self._graphs
            for found, element in graph.file.elements.items()
            if isinstance(element, Decision | Service)
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

        A decision service takes its inputs by name too. ``namespace`` chooses between files with equal ids.
        Raises NotFound for an unknown decision, FeelError when a limit is met.
        """
        graph, element = self._find(decision, namespace)
        run = Run(fuel, None if now is None else utc(now), warnings=[])
        evaluation = _Evaluation({name: to_feel(value) for name, value in variables.items()}, run)
        try:
            value = evaluation.asked(graph, element)
        except RecursionError:
            raise FeelError("Expected decisions nested less deep, but found deeper ones") from None
        return DecisionResult(to_feel(value), tuple(evaluation.fired), tuple(run.warnings or ()))

    def requires(self, decision: str) -> list[str]:
        """Return the names of the inputs that a decision needs, its requirements' included. Raises NotFound."""
        graph, element = self._find(decision, None)
        return sorted(
            {found.variable.name for _graph, found in _needed(graph, element) if isinstance(found, InputData)}
        )

    def _find(self, decision: str, namespace: str | None) -> tuple["_Graph", Element]:
        graphs = [graph for graph in self._graphs if namespace in (None, graph.file.namespace)]
        for graph in graphs:
            if decision in graph.file.elements:
                return graph, graph.file.elements[decision]
        for graph in graphs:
            for element in graph.file.elements.values():
                if element.name == decision and not isinstance(element, InputData):
                    return graph, element
        known = ", ".join(self.ids()) or "none"
        raise NotFound(f"Expected decision {decision}, but there is none of that id; there are {known}")


def compile_decisions(files: Sequence[DmnFile], *, strict: bool = True) -> Decisions:
    """Compile the decisions of some files, which may import each other.

    Raises Invalid with findings if anything does not compile; with ``strict`` False what is right can be evaluated, and
    the findings stand in the result.
    """
    graphs = [_Graph(file) for file in files]
    # Files of one package often share a namespace, because editors give them all the same.
    by_namespace = {graph.file.namespace: graph for graph in graphs}
    for graph in graphs:
        graph.connect(by_namespace)
    findings = [finding for graph in graphs for finding in graph.compile()]
    for file in files:
        findings.extend(file.findings)
    if strict and (wrong := errors_of(findings)):
        raise Invalid(f"Expected decisions that compile, found {len(wrong)} faults; the first: {wrong[0]}", findings)
    return Decisions(graphs, findings)


class _Graph:
    """One file: its types, the files it imports, and the closures of its elements."""

    def __init__(self, file: DmnFile) -> None:
        self.file = file
        self.imports: dict[str, _Graph] = {}
        self.codes: dict[str, Code] = {}
        self.kinds: dict[str, Type] = {}
        self.builders: dict[str, Builder] = {}
        self.findings: list[Finding] = []
        self._types: Types | None = None

    def connect(self, graphs: Mapping[str, "_Graph"]) -> None:
        """Find the files that are imported."""
        for each in self.file.imports:
            found = graphs.get(each.namespace)
            if found is not None:
                self.imports[each.name] = found
            elif "DMN" in each.kind:
                self.findings.append(
                    fault(
                        "dmn.unknown-import",
                        each.place,
                        f"Diharapkan model {each.namespace} di antara berkas, ditemukan tidak ada.",
                        f"Expected the model {each.namespace} among the files, found none.",
                        each.name,
                    )
                )

    @property
    def types(self) -> Types:
        """The types of the file; made on first use, since imports may go round in a circle."""
        if self._types is None:
            self._types = types = Types(self.file.items, {}, self._report)
            types.imported = {name: graph.types for name, graph in self.imports.items()}
        return self._types

    def compile(self) -> list[Finding]:
        """Compile every element; return what is wrong."""
        components = frozenset(self.types.component_names())
        for found, element in self.file.elements.items():
            builder = Builder(self.types, components, self.findings, found)
            self.builders[found] = builder
            self.kinds[found] = self.types.named(element.variable.type)
            names = {name for name, _graph, _element in self.requirements(element)}
            if isinstance(element, Decision):
                self.codes[found] = builder.compile(element.logic, names)
            elif isinstance(element, Knowledge) and element.logic is not None:
                if element.logic.kind.upper() != "FEEL":
                    builder.function(element.logic, names)
                    self.codes[found] = _external
                else:
                    names.update(parameter.name for parameter in element.logic.parameters)
                    self.codes[found] = builder.compile(element.logic.body, names)
        self._check_references()
        for name in dict.fromkeys(self.types.unknown):
            self.findings.append(
                fault(
                    "dmn.unknown-type",
                    self.file.place,
                    f"Diharapkan tipe yang dikenal, ditemukan {name}.",
                    f"Expected a known type, found {name}.",
                    name,
                )
            )
        return self.findings

    def requirements(self, element: Element) -> Iterator[tuple[str, "_Graph", Element]]:
        """Yield what an element may use: the name, and for imported ones the import's name before it."""
        for reference in _references(element):
            found = self.resolve(reference)
            if found is not None:
                graph, required = found
                prefix = next((name for name, each in self.imports.items() if each is graph and graph is not self), "")
                yield prefix or required.variable.name, graph, required

    def resolve(self, reference: str) -> tuple["_Graph", Element] | None:
        """Return what a reference ``namespace#id`` or ``#id`` means."""
        namespace, _hash, found = reference.rpartition("#")
        graphs = [self] if namespace in ("", self.file.namespace) else []
        graphs += [graph for graph in self.imports.values() if graph.file.namespace == namespace]
        for graph in graphs:
            if found in graph.file.elements:
                return graph, graph.file.elements[found]
        return None

    def _check_references(self) -> None:
        for element in self.file.elements.values():
            for reference in _references(element):
                if self.resolve(reference) is None:
                    self._wrong_reference(element, reference)
            if isinstance(element, Decision | Knowledge) and _is_circular(self, element):
                self.findings.append(
                    fault(
                        "dmn.cycle",
                        element.place,
                        f"Diharapkan {element.name} tidak memerlukan dirinya sendiri, ditemukan lingkaran.",
                        f"Expected {element.name} not to require itself, found a cycle.",
                        element.id,
                    )
                )

    def _wrong_reference(self, element: Element, reference: str) -> None:
        self.findings.append(
            fault(
                "dmn.unknown-reference",
                element.place,
                f"Diharapkan {reference} ada di antara berkas, ditemukan tidak ada.",
                f"Expected {reference} among the files, found none.",
                element.id,
            )
        )

    def _report(self, source: Any, error: FeelSyntaxError) -> None:
        Builder(Types({}, {}, lambda _source, _error: None), frozenset(), self.findings).report(source, error)


class _Evaluation:
    """One evaluation: the inputs that were given, and the decisions made so far, each made once."""

    def __init__(self, inputs: Mapping[str, Any], run: Run) -> None:
        self.inputs = inputs
        self.run = run
        self.fired: list[Fired] = []
        self.made: dict[tuple[int, str], Any] = {}

    def asked(self, graph: _Graph, element: Element) -> Any:
        """Return the value of what was asked for from outside."""
        if isinstance(element, Service):
            function = self.service(graph, element)
            return function.call(self.run, *(self.inputs.get(name) for name in function.parameters))
        if isinstance(element, Knowledge):
            function = self.knowledge(graph, element)
            return function.call(self.run, *(self.inputs.get(name) for name in function.parameters))
        return self.value(graph, element)

    def value(self, graph: _Graph, element: Element) -> Any:
        """Return the value of an element, worked out once."""
        key = (id(graph), element.id)
        if key not in self.made:
            self.made[key] = self.work_out(graph, element)
        return self.made[key]

    def work_out(self, graph: _Graph, element: Element) -> Any:
        if isinstance(element, InputData):
            return self.input(graph, element)
        if isinstance(element, Knowledge):
            return self.knowledge(graph, element)
        if isinstance(element, Service):
            return self.service(graph, element)
        value = graph.codes[element.id](self.scope(graph, element), self.run)
        return convert(self.run, value, graph.kinds[element.id], f"the decision {element.name}")

    def input(self, graph: _Graph, element: InputData) -> Any:
        """Return a given input, also where it was given inside an import's name."""
        names = self.inputs
        value = names.get(element.variable.name, names.get(element.name))
        if value is None and element.variable.name not in names:
            nested = (each.get(element.variable.name) for each in names.values() if isinstance(each, dict))
            value = next((found for found in nested if found is not None), None)
        return convert(self.run, value, graph.kinds[element.id], f"the input {element.name}")

    def scope(self, graph: _Graph, element: Element) -> Scope:
        """Return the names that an element may use, imported ones in a context under the import's name.

        A decision that declares no requirements at all, as most editors write them, reads whatever is given.
        """
        requirements = list(graph.requirements(element))
        own: dict[str, Any] = {**(self.inputs if not requirements else {}), FIRED: self.fired}
        for name, source, required in requirements:
            value = self.value(source, required)
            if name != required.variable.name or (source is not graph and name in graph.imports):
                own.setdefault(name, {})[required.variable.name] = value
            else:
                own[name] = value
        return Scope({}, own)

    def knowledge(self, graph: _Graph, element: Knowledge) -> Function:
        """Return a knowledge model as a function."""
        builder = graph.builders[element.id]
        logic = element.logic
        parameters: Sequence[Variable] = logic.parameters if logic is not None else ()
        body = graph.codes.get(element.id, _missing)

        # Looked up when called: knowledge models may call themselves and each other.
        def in_scope(scope: Scope, run: Run) -> Any:
            return body(Scope(self.scope(graph, element), dict(scope)), run)

        kind = graph.kinds[element.id]
        if logic is not None and kind is ANY:
            kind = graph.types.named(logic.type)
        return builder.function_value(element.name, parameters, in_scope, Scope({}), kind)

    def service(self, graph: _Graph, element: Service) -> Function:
        """Return a decision service as a function of its inputs, then its input decisions (10.4)."""
        inputs = [found for reference in element.input_data if (found := graph.resolve(reference)) is not None]
        decided = [found for reference in element.input_decisions if (found := graph.resolve(reference)) is not None]
        outputs = [found for reference in element.outputs if (found := graph.resolve(reference)) is not None]
        parameters = [*inputs, *decided]
        names = tuple(found.variable.name for _graph, found in parameters)

        def call(run: Run, *arguments: Any) -> Any:
            if len(arguments) != len(names):
                return run.null(f"Expected {len(names)} arguments of {element.name}, but found {len(arguments)}")
            inner = _Evaluation(dict(zip(names, arguments, strict=True)), run)
            inner.fired = self.fired
            for (source, found), argument in zip(parameters, arguments, strict=True):
                value = convert(run, argument, source.kinds[found.id], f"{found.name}")
                if value is None and argument is not None:
                    return None
                inner.made[(id(source), found.id)] = value
            values = {found.variable.name: inner.value(source, found) for source, found in outputs}
            value = next(iter(values.values())) if len(outputs) == 1 else values
            return convert(run, value, graph.kinds[element.id], f"the result of {element.name}")

        kinds = tuple(source.kinds[found.id] for source, found in parameters)
        return Function(element.name, names, call, parameter_types=kinds)


def _references(element: Element) -> tuple[str, ...]:
    if isinstance(element, Decision):
        return (*element.requires, *element.knows)
    if isinstance(element, Knowledge):
        return element.knows
    if isinstance(element, Service):
        return (*element.outputs, *element.encapsulated, *element.input_decisions, *element.input_data)
    return ()


def _needed(graph: _Graph, element: Element) -> Iterator[tuple[_Graph, Element]]:
    """Yield an element and all that it requires, each once."""
    seen: set[tuple[int, str]] = set()
    waiting = [(graph, element)]
    while waiting:
        source, found = waiting.pop()
        if (id(source), found.id) in seen:
            continue
        seen.add((id(source), found.id))
        yield source, found
        waiting.extend((each, required) for _name, each, required in source.requirements(found))


def _is_circular(graph: _Graph, element: Decision | Knowledge) -> bool:
    """Tell whether a decision requires itself. Knowledge models may: they are functions that call themselves."""
    if isinstance(element, Knowledge):
        return False
    return any(
        (each, required.id) == (graph, element.id)
        for source, found in _needed(graph, element)
        if isinstance(found, Decision)
        for _name, each, required in source.requirements(found)
    )


def _missing(_scope: Scope, run: Run) -> Any:
    return run.null("Expected a knowledge model with logic, but found one without")


def _external(_scope: Scope, run: Run) -> Any:
    return run.null("Expected a function in FEEL, but found one that is external")
