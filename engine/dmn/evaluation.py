"""Make decisions: values flow along the requirements of the graph, and each is worked out once (DMN 1.5, 10.4)."""

from collections.abc import Mapping
from typing import Any

from engine.dmn.boxed import accepted
from engine.dmn.graph import Graph
from engine.dmn.model import Decision, Element, InputData, Knowledge, Service
from engine.dmn.scopes import Scope, convert
from engine.dmn.tables import FIRED, Fired
from engine.dmn.types import temporal_reader, unrestricted
from engine.feel.types import FunctionType, Type
from engine.feel.values import Function, Run, read

_FRAMES = 24


class Evaluation:
    """One evaluation: what was given, the decisions made so far, and the tables that were asked.

    ``given`` are JSON or FEEL values by the names of inputs. Where inputs of several files have one name, that of a
    certain file can be given as ``namespace#name``.
    """

    def __init__(self, given: Mapping[str, Any], run: Run, fired: list[Fired]) -> None:
        self.given = given
        self.run = run
        self.fired = fired
        self.made: dict[tuple[int, str], Any] = {}

    def asked(self, graph: Graph, element: Element) -> Any:
        """Return what was asked for from outside. Services and knowledge models take what is given by name."""
        value = self.value(graph, element)
        if not isinstance(element, Service | Knowledge):
            return value
        kinds = value.parameter_types
        arguments = [self.read(self.given.get(name), kind) for name, kind in zip(value.parameters, kinds, strict=True)]
        return value.call(self.run, *arguments)

    def value(self, graph: Graph, element: Element) -> Any:
        """Return the value of an element, worked out once."""
        key = (id(graph), element.id)
        if key not in self.made:
            self.made[key] = self.work_out(graph, element)
        return self.made[key]

    def work_out(self, graph: Graph, element: Element) -> Any:
        if isinstance(element, InputData):
            return self.input(graph, element)
        if isinstance(element, Knowledge):
            return self.knowledge(graph, element)
        if isinstance(element, Service):
            return self.service(graph, element)
        self.run.spend(1)
        value = graph.codes[element.id](self.scope(graph, element), self.run)
        return convert(self.run, value, graph.kinds[element.id], f"the decision {element.name}")

    def input(self, graph: Graph, element: InputData) -> Any:
        """Return what was given for an input, converted to its type."""
        name, kind = element.variable.name, graph.kinds[element.id]
        for key in (f"{graph.file.namespace}#{name}", name, element.name):
            if key in self.given:
                break
        else:
            return self.run.null(f"Expected a value for the input {name}, but found none")
        return convert(self.run, self.read(self.given[key], kind), kind, f"the input {name}")

    def read(self, value: Any, kind: Type) -> Any:
        """Return a given value as FEEL's; texts become dates and the like where the type has some."""
        value = read(self.run, value)
        reader = temporal_reader(kind)
        return value if reader is None else reader(value)

    def scope(self, graph: Graph, element: Element) -> Scope:
        """Return the names that an element may use, imported ones in a context under the import's name."""
        own: dict[str, Any] = {FIRED: self.fired}
        for need in graph.needs[element.id]:
            value = self.value(need.graph, need.element)
            names = own.setdefault(need.prefix, {}) if need.prefix else own
            names[need.element.variable.name] = value
        reads_any = isinstance(element, Decision) and graph.builders[element.id].reads_any
        return Scope(self.given if reads_any else {}, own)

    def knowledge(self, graph: Graph, element: Knowledge) -> Function:
        """Return a knowledge model as a function. What it requires is looked up as soon as it is called."""
        return graph.functions[element.id](_Later(self, graph, element))

    def service(self, graph: Graph, element: Service) -> Function:
        """Return a decision service as a function of its inputs, then its input decisions (10.4)."""
        parameters = graph.resolve_all((*element.input_data, *element.input_decisions))
        outputs = graph.resolve_all(element.outputs)
        names = tuple(found.variable.name for _graph, found in parameters)
        kinds = tuple(source.kinds[found.id] for source, found in parameters)
        whole = unrestricted(graph.kinds[element.id])
        result = whole.result if isinstance(whole, FunctionType) else graph.kinds[element.id]

        def call(run: Run, *arguments: Any) -> Any:
            given = accepted(run, element.name, names, kinds, arguments)
            if given is None:
                return None
            inner = Evaluation({}, run, self.fired)
            for (source, found), value in zip(parameters, given, strict=True):
                inner.made[(id(source), found.id)] = value
            run.enter(_FRAMES)
            try:
                values = {found.variable.name: inner.value(source, found) for source, found in outputs}
            finally:
                run.leave(_FRAMES)
            value = next(iter(values.values())) if len(outputs) == 1 else values
            return convert(run, value, result, f"the result of {element.name}")

        return Function(element.name, names, call, parameter_types=kinds)


class _Later(Scope):
    """The scope of a knowledge model: filled when it is first used, since models may require one another in circles."""

    __slots__ = ("element", "evaluation", "graph")

    def __init__(self, evaluation: Evaluation, graph: Graph, element: Knowledge) -> None:
        super().__init__({})
        self.evaluation = evaluation
        self.graph = graph
        self.element = element

    def __missing__(self, name: str) -> Any:
        if FIRED in self:
            raise KeyError(name)
        self.update(self.evaluation.scope(self.graph, self.element))
        self.setdefault(self.element.variable.name, self.evaluation.value(self.graph, self.element))
        return self[name]
