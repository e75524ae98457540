"""Read DMN 1.1 to 1.5 XML into a model. It notes what it cannot understand as findings."""

from collections.abc import Callable, Iterator, Mapping

from engine.dmn.faults import fault
from engine.dmn.model import (
    Boxed,
    Conditional,
    ContextBox,
    Decision,
    DmnFile,
    Entry,
    FilterBox,
    FunctionBox,
    Import,
    Input,
    InputData,
    Invocation,
    Item,
    Knowledge,
    ListBox,
    Literal,
    LoopBox,
    Output,
    Relation,
    Rule,
    Service,
    Source,
    Table,
    Variable,
)
from engine.dmn.model import Element as DrgElement
from engine.errors import Invalid
from engine.findings import Finding, Place
from engine.gate import DMN_LIMITS, Element, read_xml

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
_HITS = {
    "UNIQUE": "U",
    "ANY": "A",
    "PRIORITY": "P",
    "FIRST": "F",
    "RULE ORDER": "R",
    "OUTPUT ORDER": "O",
    "COLLECT": "C",
}
_AGGREGATIONS = {"SUM", "MIN", "MAX", "COUNT"}


def read_dmn(data: bytes, *, file: str) -> DmnFile:
    """Read a DMN file. Raises Invalid with findings when it is not DMN at all; other faults stand in the result."""
    root = read_xml(data, file=file, limits=DMN_LIMITS)
    if root.name != "definitions" or root.namespace not in NAMESPACES:
        found = f"{root.name} in {root.namespace or 'no namespace'}"
        finding = fault(
            "dmn.not-dmn",
            root.place,
            f"Diharapkan elemen definitions dari DMN 1.1 sampai 1.5, ditemukan {found}.",
            f"Expected the element definitions of DMN 1.1 to 1.5, found {found}.",
        )
        raise Invalid(f"{root.place}: {finding.message['en']}", [finding])
    return _Reader(root, file).read()


class _Reader:
    """Walks one file. Findings are gathered on the way."""

    def __init__(self, root: Element, file: str) -> None:
        self.root = root
        self.file = file
        self.findings: list[Finding] = []
        self.boxes: Mapping[str, Callable[[Element], Boxed]] = {
            "literalExpression": self.literal,
            "context": self.context,
            "list": self.items,
            "relation": self.relation,
            "functionDefinition": self.function,
            "encapsulatedLogic": self.function,
            "invocation": self.invocation,
            "decisionTable": self.table,
            "conditional": self.conditional,
            "filter": self.filter,
            "for": self.loop,
            "some": self.loop,
            "every": self.loop,
        }

    def read(self) -> DmnFile:
        elements: dict[str, DrgElement] = {}
        for element in self.elements():
            if element.id in elements:
                self.note(
                    "dmn.duplicate-id",
                    element.place,
                    f"Diharapkan id yang unik, ditemukan {element.id} dua kali.",
                    f"Expected unique ids, found {element.id} twice.",
                    element.id,
                )
            elements[element.id] = element
        items = [self.item(child) for child in self.root.all("itemDefinition")]
        return DmnFile(
            file=self.file,
            namespace=self.root.get("namespace") or "",
            name=self.root.get("name") or "",
            place=self.root.place,
            items={item.name: item for item in items},
            elements=elements,
            imports=tuple(
                Import(
                    child.get("name") or "", child.get("namespace") or "", child.get("importType") or "", child.place
                )
                for child in self.root.all("import")
            ),
            findings=tuple(self.findings),
        )

    def elements(self) -> Iterator[DrgElement]:
        makers: Mapping[str, Callable[[Element, str, str, Variable], DrgElement]] = {
            "inputData": lambda element, found, name, variable: InputData(found, name, variable, element.place),
            "decision": self.decision,
            "businessKnowledgeModel": self.knowledge,
            "decisionService": self.service,
        }
        for child in self.root.children:
            make = makers.get(child.name) if child.namespace == self.root.namespace else None
            if make is not None:
                name = _clean(child.get("name") or child.get("id") or "")
                holder = child.first("variable")
                variable = self.variable(holder, name) if holder is not None else Variable(name, None, child.place)
                yield make(child, child.get("id") or name, name, variable)

    def decision(self, element: Element, found: str, name: str, variable: Variable) -> Decision:
        requirements = list(element.all("informationRequirement"))
        return Decision(
            id=found,
            name=name,
            variable=variable,
            requires=tuple(
                reference
                for each in requirements
                for kind in ("requiredDecision", "requiredInput")
                for reference in _references(each, kind)
            ),
            knows=_known(element),
            logic=self.inside(element),
            place=element.place,
        )

    def knowledge(self, element: Element, found: str, name: str, variable: Variable) -> Knowledge:
        logic = element.first("encapsulatedLogic")
        return Knowledge(
            id=found,
            name=name,
            variable=variable,
            knows=_known(element),
            logic=self.function(logic) if logic is not None else None,
            place=element.place,
        )

    def service(self, element: Element, found: str, name: str, variable: Variable) -> Service:
        return Service(
            id=found,
            name=name,
            variable=variable,
            outputs=_references(element, "outputDecision"),
            encapsulated=_references(element, "encapsulatedDecision"),
            input_decisions=_references(element, "inputDecision"),
            input_data=_references(element, "inputData"),
            place=element.place,
        )

    def variable(self, element: Element, name: str = "") -> Variable:
        return Variable(_clean(element.get("name") or name), self.type_of(element), element.place)

    def type_of(self, element: Element) -> str | None:
        """Return the type that an element names, by attribute or (DMN 1.1) child; ``feel:`` prefixes are dropped."""
        child = element.first("typeRef")
        written = element.get("typeRef") or (child.text.strip() if child is not None else None)
        if not written:
            return None
        prefix, colon, name = written.partition(":")
        is_feel = bool(colon) and "FEEL" in element.prefixes.get(prefix.strip(), "").upper()
        own = bool(colon) and element.prefixes.get(prefix.strip()) == self.root.get("namespace")
        return _clean(name if is_feel or own or prefix.strip() == "feel" else written)

    def item(self, element: Element) -> Item:
        function = element.first("functionItem")
        return Item(
            name=_clean(element.get("name") or ""),
            base=self.type_of(element),
            collection=element.get("isCollection") == "true",
            components=tuple(self.item(child) for child in element.all("itemComponent")),
            allowed=_text(element.first("allowedValues")),
            constraint=_text(element.first("typeConstraint")),
            parameters=tuple(self.variable(child) for child in function.all("parameters")) if function else None,
            result=function.get("outputTypeRef") if function else None,
            place=element.place,
        )

    def inside(self, element: Element) -> Boxed | None:
        """Return the first boxed expression directly in an element; None: there is none."""
        for child in element.children:
            if child.name in self.boxes and child.namespace == self.root.namespace:
                return self.boxes[child.name](child)
        return None

    def needed(self, element: Element | None, owner: Element) -> Boxed:
        """Return the boxed expression in an element that must have one; note it, and take null, where it has none."""
        found = self.inside(element) if element is not None else None
        if found is not None:
            return found
        place = (element or owner).place
        self.note(
            "dmn.no-expression",
            place,
            "Diharapkan sebuah ekspresi, ditemukan kosong.",
            "Expected an expression, found none.",
        )
        return Literal(Source("null", place))

    def literal(self, element: Element) -> Literal:
        source = _text(element) or Source("", element.place)
        imported = element.first("importedValues")
        if imported is not None:
            self.note(
                "dmn.imported-values",
                imported.place,
                "Diharapkan ekspresi yang tertulis, ditemukan importedValues.",
                "Expected a written expression, found importedValues.",
            )
        return Literal(Source(source.text, source.place, element.get("expressionLanguage")), self.type_of(element))

    def context(self, element: Element) -> ContextBox:
        entries = tuple(
            Entry(
                self.variable(holder) if (holder := child.first("variable")) is not None else None,
                self.needed(child, element),
            )
            for child in element.all("contextEntry")
        )
        return ContextBox(entries, element.place, self.type_of(element))

    def items(self, element: Element) -> ListBox:
        found = tuple(
            self.boxes[child.name](child)
            for child in element.children
            if child.name in self.boxes and child.namespace == self.root.namespace
        )
        return ListBox(found, element.place, self.type_of(element))

    def relation(self, element: Element) -> Relation:
        columns = tuple(self.variable(child) for child in element.all("column"))
        rows = []
        for row in element.all("row"):
            cells = self.items(row).items
            if len(cells) != len(columns):
                self.note(
                    "dmn.relation-row",
                    row.place,
                    f"Diharapkan {len(columns)} sel, ditemukan {len(cells)}.",
                    f"Expected {len(columns)} cells, found {len(cells)}.",
                )
            rows.append(cells)
        return Relation(columns, tuple(rows), element.place, self.type_of(element))

    def function(self, element: Element) -> FunctionBox:
        parameters = tuple(self.variable(child) for child in element.all("formalParameter"))
        kind = element.get("kind") or "FEEL"
        return FunctionBox(parameters, self.inside(element), kind, element.place, self.type_of(element))

    def invocation(self, element: Element) -> Invocation:
        bindings = tuple(
            (self.variable(parameter), self.inside(child))
            for child in element.all("binding")
            if (parameter := child.first("parameter")) is not None
        )
        return Invocation(self.inside(element), bindings, element.place, self.type_of(element))

    def conditional(self, element: Element) -> Conditional:
        parts = [self.needed(element.first(name), element) for name in ("if", "then", "else")]
        return Conditional(parts[0], parts[1], parts[2], element.place, self.type_of(element))

    def filter(self, element: Element) -> FilterBox:
        items, match = (self.needed(element.first(name), element) for name in ("in", "match"))
        return FilterBox(items, match, element.place, self.type_of(element))

    def loop(self, element: Element) -> LoopBox:
        body = self.needed(element.first("return" if element.name == "for" else "satisfies"), element)
        return LoopBox(
            element.name,
            _clean(element.get("iteratorVariable") or ""),
            self.needed(element.first("in"), element),
            body,
            element.place,
            self.type_of(element),
        )

    def table(self, element: Element) -> Table:
        inputs = tuple(self.input(child) for child in element.all("input"))
        outputs = tuple(self.output(child) for child in element.all("output"))
        rules = tuple(
            self.rule(number, child, len(inputs), len(outputs)) for number, child in enumerate(element.all("rule"), 1)
        )
        policy = element.get("hitPolicy") or "UNIQUE"
        aggregation = element.get("aggregation")
        if policy not in _HITS:
            self.note(
                "dmn.hit-policy",
                element.place,
                f"Diharapkan salah satu dari {', '.join(_HITS)}, ditemukan {policy}.",
                f"Expected one of {', '.join(_HITS)}, found {policy}.",
                element.get("id"),
            )
        if aggregation is not None and aggregation not in _AGGREGATIONS:
            self.note(
                "dmn.aggregation",
                element.place,
                f"Diharapkan SUM, MIN, MAX atau COUNT, ditemukan {aggregation}.",
                f"Expected SUM, MIN, MAX or COUNT, found {aggregation}.",
                element.get("id"),
            )
        return Table(
            id=element.get("id"),
            inputs=inputs,
            outputs=outputs,
            rules=rules,
            hit=_HITS.get(policy, "U"),
            aggregation=aggregation if policy == "COLLECT" else None,
            place=element.place,
            type=self.type_of(element),
        )

    def input(self, element: Element) -> Input:
        expression = element.first("inputExpression")
        source = _text(expression) or Source("", element.place)
        return Input(
            label=element.get("label") or source.text,
            expression=source,
            type=self.type_of(expression) if expression is not None else None,
            allowed=_text(element.first("inputValues")),
            place=element.place,
        )

    def output(self, element: Element) -> Output:
        name = element.get("name")
        return Output(
            name=_clean(name) if name else None,
            label=element.get("label") or name or "",
            type=self.type_of(element),
            allowed=_text(element.first("outputValues")),
            default=_text(element.first("defaultOutputEntry")),
            place=element.place,
        )

    def rule(self, number: int, element: Element, inputs: int, outputs: int) -> Rule:
        cells = {
            kind: tuple(_text(child) or Source("", child.place) for child in element.all(kind))
            for kind in ("inputEntry", "outputEntry")
        }
        for kind, wanted in (("inputEntry", inputs), ("outputEntry", outputs)):
            if len(cells[kind]) != wanted:
                self.note(
                    "dmn.column-count",
                    element.place,
                    f"Diharapkan {wanted} {kind} pada baris {number}, ditemukan {len(cells[kind])}.",
                    f"Expected {wanted} {kind} in row {number}, found {len(cells[kind])}.",
                    element.get("id"),
                )
        annotations = tuple(found.text if (found := _text(child)) else "" for child in element.all("annotationEntry"))
        return Rule(number, element.get("id"), cells["inputEntry"], cells["outputEntry"], annotations, element.place)

    def note(self, rule: str, place: Place, indonesian: str, english: str, element: str | None = None) -> None:
        self.findings.append(fault(rule, place, indonesian, english, element))


def _clean(name: str) -> str:
    """Return a name with its white space as FEEL sees it: single spaces."""
    return " ".join(name.split())


def _text(element: Element | None) -> Source | None:
    """Return the text child of an element; None where the element or its text is missing."""
    child = element.first("text") if element is not None else None
    return Source(child.text, child.place) if child is not None else None


def _references(element: Element, name: str) -> tuple[str, ...]:
    """Return the hrefs of the children called ``name``: ``namespace#id``, or ``#id`` for one of the same file."""
    return tuple(child.get("href") or "" for child in element.all(name))


def _known(element: Element) -> tuple[str, ...]:
    requirements = element.all("knowledgeRequirement")
    return tuple(reference for each in requirements for reference in _references(each, "requiredKnowledge"))
