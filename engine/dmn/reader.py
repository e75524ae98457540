"""Read DMN 1.1 to 1.5 XML into a model. It notes what it cannot understand as findings."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from engine.dmn.boxes import BoxReader, clean
from engine.dmn.faults import fault
from engine.dmn.model import Decision, DmnFile, Import, InputData, Item, Knowledge, Service, Variable
from engine.dmn.model import Element as DrgElement
from engine.dmn.shape import check_shape
from engine.errors import Invalid
from engine.findings import Place
from engine.gate import DMN_LIMITS, Element, read_xml

NAMESPACES: Final = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",  # as Camunda 7.4 wrote it
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}


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
            root.get("id"),
        )
        raise Invalid(f"{root.place}: {finding.message['en']}", [finding])
    return _Reader(root, file).read()


class _Reader:
    """Walks one file: the elements of its graph and its types. Knowledge sources, which only explain, are left out."""

    def __init__(self, root: Element, file: str) -> None:
        self.root = root
        self.file = file
        self.boxes = BoxReader(root)

    def read(self) -> DmnFile:
        elements = list(self.elements())
        items = [self.item(child) for child in self.root.all("itemDefinition")]
        imports = tuple(self.imported(child) for child in self.root.all("import"))
        self.check_names([(each.name, each.place, None) for each in imports] + [_named(each) for each in elements])
        self.check_names([(item.name, item.place, None) for item in items])
        return DmnFile(
            file=self.file,
            namespace=self.root.get("namespace") or "",
            name=self.root.get("name") or "",
            place=self.root.place,
            items={item.name: item for item in items},
            elements={element.id: element for element in elements},
            imports=imports,
            findings=(*check_shape(self.root), *self.boxes.findings),
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
                name = clean(child.get("name") or "")
                yield make(child, child.get("id") or name, name, self.variable_of(child, name))

    def variable_of(self, element: Element, name: str) -> Variable:
        """Return the variable of an element, which has the element's name (DMN 1.5, 6.3.3)."""
        holder = element.first("variable")
        variable = self.boxes.variable(holder if holder is not None else element, name)
        if holder is not None and name and variable.name != name:
            self.boxes.note(
                "dmn.variable-name",
                element,
                f"Diharapkan variabel bernama {name}, ditemukan {variable.name}.",
                f"Expected the variable to be named {name}, found {variable.name}.",
                variable.place,
            )
        return variable

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
            logic=self.boxes.inside(element),
            place=element.place,
        )

    def knowledge(self, element: Element, found: str, name: str, variable: Variable) -> Knowledge:
        logic = element.first("encapsulatedLogic")
        return Knowledge(
            id=found,
            name=name,
            variable=variable,
            knows=_known(element),
            logic=self.boxes.function(logic) if logic is not None else None,
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

    def item(self, element: Element) -> Item:
        function = element.first("functionItem")
        parameters = None
        if function is not None:
            parameters = tuple(self.boxes.variable(child) for child in function.all("parameters"))
        components = tuple(self.item(child) for child in element.all("itemComponent"))
        self.check_names([(part.name, part.place, None) for part in components])
        return Item(
            name=self.boxes.variable(element).name,
            base=self.boxes.type_of(element),
            collection=(element.get("isCollection") or "").strip() in ("true", "1"),
            components=components,
            allowed=self.boxes.text(element.first("allowedValues")),
            constraint=self.boxes.text(element.first("typeConstraint")),
            parameters=parameters,
            result=clean(function.get("outputTypeRef") or "") or None if function is not None else None,
            place=element.place,
        )

    def imported(self, element: Element) -> Import:
        return Import(
            clean(element.get("name") or ""),
            element.get("namespace") or "",
            element.get("importType") or "",
            element.place,
        )

    def check_names(self, named: list[tuple[str, Place, str | None]]) -> None:
        """Note names that stand twice among (name, place, id). Imports without a name have none to compare."""
        seen: dict[str, Place] = {}
        for name, place, found in named:
            before = seen.setdefault(name, place)
            if name and before is not place:
                self.boxes.findings.append(
                    fault(
                        "dmn.duplicate-name",
                        place,
                        f"Diharapkan nama yang unik, ditemukan {name} juga di baris {before.line}.",
                        f"Expected unique names, found {name} in line {before.line} too.",
                        found,
                        name,
                    )
                )


def _named(element: DrgElement) -> tuple[str, Place, str | None]:
    return element.name, element.place, element.id


def _references(element: Element, name: str) -> tuple[str, ...]:
    """Return the hrefs of the children called ``name``: ``namespace#id``, or ``#id`` for one of the same file."""
    return tuple(child.get("href") or "" for child in element.all(name))


def _known(element: Element) -> tuple[str, ...]:
    requirements = element.all("knowledgeRequirement")
    return tuple(reference for each in requirements for reference in _references(each, "requiredKnowledge"))
