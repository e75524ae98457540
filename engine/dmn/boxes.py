"""Read the boxed expressions of a DMN file (DMN 1.5, 7.3 and 10.2.1), and note what is wrong with them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from engine.dmn.faults import fault
from engine.dmn.model import (
    Boxed,
    Cell,
    Conditional,
    ContextBox,
    Entry,
    FilterBox,
    FunctionBox,
    Input,
    Invocation,
    ListBox,
    Literal,
    LoopBox,
    Output,
    Relation,
    Rule,
    Source,
    Table,
    Variable,
)
from engine.findings import Finding, Place
from engine.gate import Element

_HITS: Final = {
    "UNIQUE": "U",
    "ANY": "A",
    "PRIORITY": "P",
    "FIRST": "F",
    "RULE ORDER": "R",
    "OUTPUT ORDER": "O",
    "COLLECT": "C",
}
_AGGREGATIONS: Final = ("SUM", "MIN", "MAX", "COUNT")


class BoxReader:
    """Reads the expressions of one file. ``findings`` are gathered on the way."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.language = root.get("expressionLanguage")
        self.findings: list[Finding] = []
        self.makers: Mapping[str, Callable[[Element], Boxed]] = {
            "literalExpression": self.literal,
            "context": self.context,
            "list": self.items,
            "relation": self.relation,
            "functionDefinition": self.function,
            "invocation": self.invocation,
            "decisionTable": self.table,
            "conditional": self.conditional,
            "filter": self.filter,
            "for": self.loop,
            "some": self.loop,
            "every": self.loop,
        }

    def inside(self, element: Element) -> Boxed | None:
        """Return the first boxed expression directly in an element; None: there is none."""
        return next((self.makers[child.name](child) for child in self.expressions(element)), None)

    def expressions(self, element: Element) -> Iterable[Element]:
        own = self.root.namespace
        return (child for child in element.children if child.namespace == own and child.name in self.makers)

    def needed(self, element: Element | None, owner: Element) -> Boxed:
        """Return the boxed expression in an element that must have one; note it, and take null, where it has none."""
        found = self.inside(element) if element is not None else None
        if found is not None:
            return found
        place = (element or owner).place
        what = f"{owner.name} {owner.get('id') or ''}".rstrip()
        self.note(
            "dmn.no-expression",
            element or owner,
            f"Diharapkan sebuah ekspresi dalam {what}, ditemukan kosong.",
            f"Expected an expression in {what}, found none.",
        )
        return Literal(Source("null", place))

    def variable(self, element: Element, name: str = "") -> Variable:
        """Return the name and type that an element gives; ``name`` is taken where it gives none."""
        found = clean(element.get("name") or name)
        if not found:
            self.note(
                "dmn.no-name",
                element,
                f"Diharapkan {element.name} bernama, ditemukan tanpa nama.",
                f"Expected a name of {element.name}, found none.",
            )
        return Variable(found, self.type_of(element), element.place)

    def type_of(self, element: Element) -> str | None:
        """Return the type that an element names, by attribute or (DMN 1.1) child; ``feel:`` prefixes are dropped."""
        child = element.first("typeRef")
        written = element.get("typeRef") or (child.text.strip() if child is not None else None)
        if not written:
            return None
        prefix, colon, name = written.partition(":")
        uri = element.prefixes.get(prefix.strip(), "") if colon else ""
        is_own = bool(colon) and ("FEEL" in uri.upper() or uri == self.root.get("namespace") or prefix == "feel")
        return clean(name if is_own else written)

    def text(self, element: Element | None) -> Source | None:
        """Return the text child of an element; None where the element or its text is missing."""
        if element is None:
            return None
        if element.first("importedValues") is not None:
            self.note(
                "dmn.imported-values",
                element,
                "Diharapkan ekspresi yang tertulis, ditemukan importedValues.",
                "Expected a written expression, found importedValues.",
            )
        child = element.first("text")
        if child is None:
            return None
        language = element.get("expressionLanguage") or self.language
        return Source(child.text, child.place, language, partial(child.place_in, None))

    def literal(self, element: Element) -> Literal:
        return Literal(self.text(element) or Source("", element.place), self.type_of(element))

    def context(self, element: Element) -> ContextBox:
        entries = tuple(
            Entry(
                self.variable(holder) if (holder := child.first("variable")) is not None else None,
                self.needed(child, element),
            )
            for child in element.all("contextEntry")
        )
        self.distinct([entry.variable for entry in entries if entry.variable is not None], element)
        return ContextBox(entries, element.place, self.type_of(element))

    def items(self, element: Element) -> ListBox:
        found = tuple(self.makers[child.name](child) for child in self.expressions(element))
        return ListBox(found, element.place, self.type_of(element))

    def relation(self, element: Element) -> Relation:
        columns = tuple(self.variable(child) for child in element.all("column"))
        self.distinct(columns, element)
        rows = []
        for number, row in enumerate(element.all("row"), 1):
            cells = self.items(row).items
            self.counted(row, number, "ekspresi", "expressions", len(columns), len(cells))
            rows.append(cells)
        return Relation(columns, tuple(rows), element.place, self.type_of(element))

    def function(self, element: Element) -> FunctionBox:
        parameters = tuple(self.variable(child) for child in element.all("formalParameter"))
        self.distinct(parameters, element)
        kind = element.get("kind") or "FEEL"
        return FunctionBox(parameters, self.inside(element), kind, element.place, self.type_of(element))

    def invocation(self, element: Element) -> Invocation:
        bindings = tuple(
            (self.variable(parameter), self.inside(child))
            for child in element.all("binding")
            if (parameter := child.first("parameter")) is not None
        )
        self.distinct([variable for variable, _value in bindings], element)
        return Invocation(self.needed(element, element), bindings, element.place, self.type_of(element))

    def conditional(self, element: Element) -> Conditional:
        parts = [self.needed(element.first(name), element) for name in ("if", "then", "else")]
        return Conditional(parts[0], parts[1], parts[2], element.place, self.type_of(element))

    def filter(self, element: Element) -> FilterBox:
        items, match = (self.needed(element.first(name), element) for name in ("in", "match"))
        return FilterBox(items, match, element.place, self.type_of(element))

    def loop(self, element: Element) -> LoopBox:
        return LoopBox(
            element.name,
            clean(element.get("iteratorVariable") or ""),
            self.needed(element.first("in"), element),
            self.needed(element.first("return" if element.name == "for" else "satisfies"), element),
            element.place,
            self.type_of(element),
        )

    def table(self, element: Element) -> Table:
        inputs = tuple(self.input(child) for child in element.all("input"))
        outputs = tuple(self.output(child) for child in element.all("output"))
        rules = tuple(
            self.rule(number, child, [each.label for each in inputs], [each.label for each in outputs])
            for number, child in enumerate(element.all("rule"), 1)
        )
        self.outputs(element, outputs)
        return Table(
            id=element.get("id"),
            inputs=inputs,
            outputs=outputs,
            rules=rules,
            hit=self.hit(element),
            aggregation=self.aggregation(element, len(outputs)),
            place=element.place,
            type=self.type_of(element),
        )

    def hit(self, element: Element) -> str:
        policy = element.get("hitPolicy") or "UNIQUE"
        if policy not in _HITS:
            self.note(
                "dmn.hit-policy",
                element,
                f"Diharapkan salah satu dari {', '.join(_HITS)}, ditemukan {policy}.",
                f"Expected one of {', '.join(_HITS)}, found {policy}.",
            )
        return _HITS.get(policy, "U")

    def aggregation(self, element: Element, outputs: int) -> str | None:
        found = element.get("aggregation")
        if found is None:
            return None
        policy = element.get("hitPolicy") or "UNIQUE"
        if found in _AGGREGATIONS and policy == "COLLECT" and outputs == 1:
            return found
        self.note(
            "dmn.aggregation",
            element,
            "Diharapkan SUM, MIN, MAX, atau COUNT pada COLLECT dengan satu kolom keluaran, "
            f"ditemukan {found} pada {policy} dengan {outputs}.",
            f"Expected SUM, MIN, MAX or COUNT with COLLECT and one output column, "
            f"found {found} with {policy} and {outputs}.",
        )
        return None

    def outputs(self, element: Element, outputs: tuple[Output, ...]) -> None:
        """Note a table without outputs, and one of several whose names are missing or the same."""
        if not outputs:
            self.note(
                "dmn.no-output",
                element,
                "Diharapkan tabel dengan kolom keluaran, ditemukan tanpa.",
                "Expected a table with an output column, found none.",
            )
        if len(outputs) > 1:
            for number, output in enumerate(outputs, 1):
                if output.name is None:
                    self.note(
                        "dmn.output-name",
                        element,
                        f"Diharapkan nama untuk setiap kolom keluaran, ditemukan kolom {number} tanpa nama.",
                        f"Expected a name of every output column, found column {number} without.",
                        output.place,
                    )
            self.distinct([Variable(each.name, None, each.place) for each in outputs if each.name], element)

    def input(self, element: Element) -> Input:
        expression = element.first("inputExpression")
        source = self.text(expression) or Source("", element.place)
        if not source.text.strip():
            self.note(
                "dmn.no-expression",
                element,
                "Diharapkan sebuah ekspresi dalam kolom masukan, ditemukan kosong.",
                "Expected an expression in an input column, found none.",
            )
        cell = Cell(clean(element.get("label") or source.text), None, element.get("id"))
        return Input(
            label=cell.column,
            expression=replace(source, cell=cell),
            type=self.type_of(expression) if expression is not None else None,
            allowed=self.cell(element.first("inputValues"), cell),
            place=element.place,
        )

    def output(self, element: Element) -> Output:
        name = clean(element.get("name") or "")
        cell = Cell(clean(element.get("label") or name), None, element.get("id"))
        return Output(
            name=name or None,
            label=cell.column,
            type=self.type_of(element),
            allowed=self.cell(element.first("outputValues"), cell),
            default=self.cell(element.first("defaultOutputEntry"), cell),
            place=element.place,
        )

    def rule(self, number: int, element: Element, inputs: list[str], outputs: list[str]) -> Rule:
        tests = self.row(number, element, "inputEntry", inputs)
        results = self.row(number, element, "outputEntry", outputs)
        annotations = tuple(
            child.text.strip() for entry in element.all("annotationEntry") for child in entry.all("text")
        )
        return Rule(number, element.get("id"), tests, results, annotations, element.place)

    def row(self, number: int, element: Element, kind: str, columns: list[str]) -> tuple[Source, ...]:
        """Return the cells of one kind in a row."""
        found = list(element.all(kind))
        self.counted(element, number, kind, kind, len(columns), len(found))
        # A cell too many stands in no column.
        names = [*columns, *[""] * len(found)]
        return tuple(
            self.cell(child, Cell(column, number, child.get("id") or element.get("id"))) or Source("", child.place)
            for child, column in zip(found, names, strict=False)
        )

    def counted(self, row: Element, number: int, indonesian: str, english: str, wanted: int, found: int) -> None:
        """Note a row that has another number of cells than there are columns."""
        if found != wanted:
            self.note(
                "dmn.column-count",
                row,
                f"Diharapkan {wanted} {indonesian} pada baris {number}, ditemukan {found}.",
                f"Expected {wanted} {english} in row {number}, found {found}.",
            )

    def cell(self, element: Element | None, cell: Cell) -> Source | None:
        """Return the text of a cell of a table; None: there is none."""
        source = self.text(element)
        return None if source is None else replace(source, cell=cell)

    def distinct(self, variables: Iterable[Variable], owner: Element) -> None:
        """Note a name that stands twice where each may stand once."""
        seen: set[str] = set()
        for variable in variables:
            if variable.name in seen:
                self.note(
                    "dmn.duplicate-name",
                    owner,
                    f"Diharapkan setiap nama satu kali dalam {owner.name}, ditemukan {variable.name} dua kali.",
                    f"Expected every name once in {owner.name}, found {variable.name} twice.",
                    variable.place,
                )
            seen.add(variable.name)

    def note(self, rule: str, element: Element, indonesian: str, english: str, place: Place | None = None) -> None:
        """Note a fault of an element."""
        self.findings.append(
            fault(rule, place or element.place, indonesian, english, element.get("id"), element.get("name"))
        )


def clean(name: str) -> str:
    """Return a name with its white space as FEEL sees it: single spaces."""
    return " ".join(name.split())
