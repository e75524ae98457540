"""What a DMN file says, free of XML. The reader makes it; the compiler turns it into something that runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.findings import Finding, Place


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a decision table. ``row`` counts from 1; None: above the rows.

    ``id`` is that of the cell in the file, else of its rule or column; None: none of them has one.
    """

    column: str
    row: int | None
    id: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of FEEL as written. ``place`` is that of the element around it; ``locate`` finds a character in the file.

    Without ``locate`` the source was not written in a file. ``cell`` is where people see it in a table.
    """

    text: str
    place: Place
    language: str | None = None
    locate: Callable[[int], Place] | None = field(default=None, compare=False, repr=False)
    cell: Cell | None = field(default=None, compare=False)

    def place_at(self, line: int, column: int) -> Place:
        """Return where a line and column of the text, counted from 1, stand in the file."""
        if self.locate is None:
            return self.place
        before = sum(len(each) + 1 for each in self.text.split("\n")[: line - 1])
        return self.locate(before + column - 1)

    def in_table(self, message: Mapping[str, str]) -> dict[str, str]:
        """Return what is said about the source with the row and column of the table that it stands in, if it does."""
        if self.cell is None:
            return dict(message)
        # Only an output that is alone needs no name.
        column, row = self.cell.column, self.cell.row
        first = {"id": f"Kolom {column or 'keluaran'}", "en": f"Column {column or 'output'}"}
        if row is not None:
            first = {"id": f"Baris {row}, k{first['id'][1:]}", "en": f"Row {row}, c{first['en'][1:]}"}
        return {language: f"{first[language]}: {said}" for language, said in message.items()}


@dataclass(frozen=True, slots=True)
class Variable:
    """An information item: a name with a type (None: Any)."""

    name: str
    type: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Literal:
    """A boxed literal expression (DMN 1.5, 10.2.1.1)."""

    source: Source
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a boxed context; ``variable`` None is the result cell."""

    variable: Variable | None
    value: "Boxed"


@dataclass(frozen=True, slots=True)
class ContextBox:
    """A boxed context (10.2.1.4): later entries see earlier ones."""

    entries: tuple[Entry, ...]
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class ListBox:
    """A boxed list (10.2.1.5)."""

    items: tuple["Boxed", ...]
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation (10.2.1.6): rows of expressions under named columns."""

    columns: tuple[Variable, ...]
    rows: tuple[tuple["Boxed", ...], ...]
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionBox:
    """A function definition (10.2.1.7). ``kind`` is FEEL, Java or PMML; only FEEL has a meaning here."""

    parameters: tuple[Variable, ...]
    body: "Boxed | None"
    kind: str
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation (10.2.1.3) of the function that ``called`` gives, with named arguments."""

    called: "Boxed | None"
    bindings: tuple[tuple[Variable, "Boxed | None"], ...]
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Conditional:
    """A boxed conditional (10.2.1.8)."""

    condition: "Boxed"
    then: "Boxed"
    otherwise: "Boxed"
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class FilterBox:
    """A boxed filter (10.2.1.9)."""

    items: "Boxed"
    match: "Boxed"
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class LoopBox:
    """A boxed iterator (10.2.1.10): ``kind`` is for, some or every; ``variable`` takes each of ``items``."""

    kind: str
    variable: str
    items: "Boxed"
    body: "Boxed"
    place: Place
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """An input column. ``allowed`` are its input values; None: all."""

    label: str
    expression: Source
    type: str | None
    allowed: Source | None
    place: Place


@dataclass(frozen=True, slots=True)
class Output:
    """An output column. ``allowed`` are its output values in their order; ``default`` is given when no rule matches."""

    name: str | None
    label: str
    type: str | None
    allowed: Source | None
    default: Source | None
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """A row. ``number`` counts from 1."""

    number: int
    id: str | None
    inputs: tuple[Source, ...]
    outputs: tuple[Source, ...]
    annotations: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table (chapter 8). ``hit`` is U, A, P, F, R, O or C; ``aggregation`` SUM, MIN, MAX, COUNT or None."""

    id: str | None
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]
    hit: str
    aggregation: str | None
    place: Place
    type: str | None = None


Boxed = Literal | ContextBox | ListBox | Relation | FunctionBox | Invocation | Conditional | FilterBox | LoopBox | Table


@dataclass(frozen=True, slots=True)
class Item:
    """An item definition (7.3.2). ``base`` is the type it refers to, ``components`` those of a structure.

    ``allowed`` are its allowed values, ``constraint`` its type constraint. A function item has ``parameters`` and
    ``result``.
    """

    name: str
    base: str | None
    collection: bool
    components: tuple["Item", ...]
    allowed: Source | None
    constraint: Source | None
    parameters: tuple[Variable, ...] | None
    result: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class InputData:
    """An input of the graph."""

    id: str
    name: str
    variable: Variable
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. ``requires`` are references to decisions and inputs, ``knows`` to knowledge models and services."""

    id: str
    name: str
    variable: Variable
    requires: tuple[str, ...]
    knows: tuple[str, ...]
    logic: Boxed | None
    place: Place


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a named function."""

    id: str
    name: str
    variable: Variable
    knows: tuple[str, ...]
    logic: FunctionBox | None
    place: Place


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service (6.3.8): what it gives, what it hides, and what it takes, as references."""

    id: str
    name: str
    variable: Variable
    outputs: tuple[str, ...]
    encapsulated: tuple[str, ...]
    input_decisions: tuple[str, ...]
    input_data: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Import:
    """Another DMN model under a name; the empty name puts its elements into this one's namespace."""

    name: str
    namespace: str
    kind: str
    place: Place


Element = InputData | Decision | Knowledge | Service


@dataclass(frozen=True, slots=True)
class DmnFile:
    """One DMN file. ``elements`` are by id; ``findings`` are what its reader noted."""

    file: str
    namespace: str
    name: str
    place: Place
    items: Mapping[str, Item]
    elements: Mapping[str, Element]
    imports: tuple[Import, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
