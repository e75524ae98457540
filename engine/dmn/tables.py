"""Decision tables (DMN 1.5, chapter 8): which rules match, and what their hit policy makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from engine.dmn.index import Column, rules_in
from engine.dmn.model import Input, Output, Rule, Source, Table
from engine.dmn.scopes import Code, Names, Scope, convert
from engine.dmn.sets import constants
from engine.dmn.types import constraints
from engine.feel import Expression, UnaryTests
from engine.feel.operators import add, equal, less
from engine.feel.types import Type
from engine.feel.values import Run, check_list

if TYPE_CHECKING:
    from engine.dmn.boxed import Builder

# Under this name the scope holds the list that notes which rules fired.
FIRED: Final = "\0fired"


@dataclass(frozen=True, slots=True)
class Fired:
    """A table that was asked, and the rules that decided, in the order of the result.

    ``decision`` is the id of the decision or knowledge model that holds the table, ``rules`` are row numbers from 1,
    ``ids`` and ``annotations`` what the file says of them.
    """

    decision: str | None
    table: str | None
    rules: tuple[int, ...]
    ids: tuple[str | None, ...]
    annotations: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class In:
    """An input column, compiled. ``column`` finds the rules that may match; ``allowed`` are its input values."""

    label: str
    value: Expression
    kind: Type
    allowed: UnaryTests | None
    column: Column


@dataclass(frozen=True, slots=True)
class Out:
    """An output column, compiled. ``order`` are its output values, for priorities."""

    name: str | None
    kind: Type
    cells: tuple[Expression | None, ...]
    default: Expression | None
    order: tuple[Any, ...]
    allowed: UnaryTests | None


class TableBuilder:
    """Compiles one table."""

    def __init__(self, builder: "Builder", box: Table, names: Names) -> None:
        self.builder = builder
        self.box = box
        self.names = names
        self.is_whole = True

    def build(self) -> "Decider | None":
        """Return the table; None if a part of it does not compile, because what is left would decide otherwise."""
        box = self.box
        inputs = [self.input(at, column) for at, column in enumerate(box.inputs)]
        outputs = [self.output(at, column) for at, column in enumerate(box.outputs)]
        if box.hit in "PO" and not any(output.order for output in outputs):
            self.builder.note(
                "dmn.priorities",
                box.place,
                "nilai keluaran yang berurutan untuk PRIORITY dan OUTPUT ORDER, ditemukan tidak ada",
                "output values in their order for PRIORITY and OUTPUT ORDER, found none",
            )
        compiled = [each for each in inputs if each is not None]
        shape = (len(inputs), len(outputs))
        has_shape = all((len(rule.inputs), len(rule.outputs)) == shape for rule in box.rules)
        if not self.is_whole or len(compiled) < len(inputs) or not outputs or not has_shape:
            return None
        return Decider(box, self.builder.owner, compiled, outputs)

    def input(self, at: int, column: Input) -> In | None:
        value = self.expression(column.expression)
        kind = self.builder.kind(column.type, column.place)
        tested = self.names.inner(["?"], {"?": kind})
        allowed = self.tests_of(column.allowed, tested)
        cells = self.cells(at, tested)
        if value is None:
            return None
        return In(column.label, value, kind, allowed, Column(cells))

    def cells(self, at: int, tested: Names) -> list[UnaryTests | None]:
        """Return the tests of a column, rule by rule; None: anything goes. Equal cells are compiled once."""
        known: dict[str, UnaryTests | None] = {}
        found = []
        for rule in self.box.rules:
            source = rule.inputs[at] if at < len(rule.inputs) else Source("", rule.place)
            if source.text not in known or known[source.text] is None:
                known[source.text] = self.tests_of(source, tested)
            found.append(known[source.text])
        return found

    def output(self, at: int, column: Output) -> Out:
        known: dict[str, Expression | None] = {}
        for rule in self.box.rules:
            source = rule.outputs[at] if at < len(rule.outputs) else None
            if source is not None and source.text not in known:
                known[source.text] = self.expression(source)
        cells = tuple(known[rule.outputs[at].text] if at < len(rule.outputs) else None for rule in self.box.rules)
        kind = self.builder.kind(column.type, column.place)
        allowed = self.tests_of(column.allowed, self.names.inner(["?"], {"?": kind}))
        lists = [allowed] if allowed is not None else list(constraints(kind))
        order = tuple(constants(lists[0])) if lists else ()
        return Out(column.name, kind, cells, self.expression(column.default), order, allowed)

    def expression(self, source: Source | None) -> Expression | None:
        """Return the expression of a cell; None: an empty one, which gives null."""
        if source is None or source.text.strip() in ("", "-"):
            return None
        found = self.builder.feel(source, self.names)
        self.is_whole &= found is not None
        return found

    def tests_of(self, source: Source | None, tested: Names) -> UnaryTests | None:
        """Return the tests of a cell; None: an empty one, which everything passes."""
        if source is None or source.text.strip() in ("", "-"):
            return None
        found = self.builder.tests(source, tested)
        self.is_whole &= found is not None
        return found


class Decider:
    """A compiled table. ``owner`` is the id of the decision or knowledge model that holds it."""

    def __init__(self, box: Table, owner: str | None, inputs: Sequence[In], outputs: Sequence[Out]) -> None:
        self.box = box
        self.owner = owner
        self.inputs = inputs
        self.outputs = outputs
        self.all_rules = (1 << len(box.rules)) - 1
        self.conclude = _POLICIES[box.hit]

    def decide(self, scope: Scope, run: Run) -> Any:
        """Return what the table decides."""
        values = self.read(scope, run)
        matched = self.matching(values, scope, run) if values is not None else None
        if matched is None:
            return None
        if not matched:
            self.note(scope, ())
            return self.default(scope, run)
        return self.conclude(self, matched, scope, run)

    def read(self, scope: Scope, run: Run) -> list[Any] | None:
        """Return the values of the inputs; None: one is not among its input values (8.3.3)."""
        values = []
        for column in self.inputs:
            value = convert(run, column.value.value(scope, run), column.kind, f"the input {column.label}")
            if column.allowed is not None and value is not None and column.allowed.test(value, scope, run) is not True:
                return run.null(
                    f"Expected the input {column.label} to be one of {column.allowed.source.strip()}, but found another"
                )
            values.append(value)
        return values

    def matching(self, values: Sequence[Any], scope: Scope, run: Run) -> list[int]:
        """Return the indexes of the rules that match, in their order."""
        left = self.all_rules
        later: list[tuple[Column, Any, int]] = []
        for column, value in zip(self.inputs, values, strict=True):
            certain, waiting = column.column.look_up(value)
            left &= certain | waiting
            if left & waiting & ~certain:
                later.append((column.column, value, waiting & ~certain))
            if not left:
                return []
        run.spend(len(self.inputs) + left.bit_count())
        for cells, value, waiting in later:
            left = cells.test(value, left, waiting, scope, run)
        return rules_in(left)

    def matching_plainly(self, values: Sequence[Any], scope: Scope, run: Run) -> list[int]:
        """Return the same as ``matching``, by trying every cell of every rule: what the index is measured against."""
        return [
            at
            for at in range(len(self.box.rules))
            if all(
                (cell := column.column.cells[at]) is None or cell.test(value, scope, run) is True
                for column, value in zip(self.inputs, values, strict=True)
            )
        ]

    def default(self, scope: Scope, run: Run) -> Any:
        """Return the default outputs; null without any, and 0 where matches are counted."""
        if all(output.default is None for output in self.outputs):
            if self.box.aggregation == "COUNT":
                return Decimal(0)
            return run.null("Expected a rule that matches, but found none and no default")
        given = [output.default.value(scope, run) if output.default is not None else None for output in self.outputs]
        return self.shaped(run, given)

    def row(self, index: int, scope: Scope, run: Run) -> list[Any]:
        """Return the outputs of a rule."""
        values = []
        for output in self.outputs:
            cell = output.cells[index]
            value = cell.value(scope, run) if cell is not None else None
            if output.allowed is not None and value is not None and output.allowed.test(value, scope, run) is not True:
                number, wanted = self.box.rules[index].number, output.allowed.source.strip()
                value = run.null(f"Expected rule {number} to give one of {wanted}, but found another")
            values.append(value)
        return values

    def shaped(self, run: Run, values: list[Any]) -> Any:
        """Return one output as it is, several as a context under their names."""
        converted = [
            convert(run, value, output.kind, f"the output {output.name or ''}".rstrip())
            for output, value in zip(self.outputs, values, strict=True)
        ]
        if len(self.outputs) == 1:
            return converted[0]
        return {output.name or "": value for output, value in zip(self.outputs, converted, strict=True)}

    def note(self, scope: Scope, indexes: Sequence[int]) -> None:
        """Note which rules decided."""
        rules: list[Rule] = [self.box.rules[at] for at in indexes]
        scope[FIRED].append(
            Fired(
                self.owner,
                self.box.id,
                tuple(rule.number for rule in rules),
                tuple(rule.id for rule in rules),
                tuple(rule.annotations for rule in rules),
            )
        )

    def first(self, matched: list[int], scope: Scope, run: Run) -> Any:
        self.note(scope, matched[:1])
        return self.shaped(run, self.row(matched[0], scope, run))

    def unique(self, matched: list[int], scope: Scope, run: Run) -> Any:
        if len(matched) > 1:
            self.note(scope, matched)
            numbers = ", ".join(str(self.box.rules[at].number) for at in matched)
            return run.null(f"Expected one rule to match, but found the rules {numbers}")
        return self.first(matched, scope, run)

    def any(self, matched: list[int], scope: Scope, run: Run) -> Any:
        rows = [self.row(at, scope, run) for at in matched]
        if any(not _same(run, rows[0], row) for row in rows[1:]):
            self.note(scope, matched)
            return run.null("Expected all rules that match to give the same, but found different outputs")
        self.note(scope, matched[:1])
        return self.shaped(run, rows[0])

    def priority(self, matched: list[int], scope: Scope, run: Run) -> Any:
        best, row = self.by_priority(matched, scope, run)[0]
        self.note(scope, [best])
        return self.shaped(run, row)

    def rule_order(self, matched: list[int], scope: Scope, run: Run) -> Any:
        self.note(scope, matched)
        return check_list(run, [self.shaped(run, self.row(at, scope, run)) for at in matched])

    def output_order(self, matched: list[int], scope: Scope, run: Run) -> Any:
        ordered = self.by_priority(matched, scope, run)
        self.note(scope, [at for at, _row in ordered])
        return check_list(run, [self.shaped(run, row) for _at, row in ordered])

    def collect(self, matched: list[int], scope: Scope, run: Run) -> Any:
        found = self.rule_order(matched, scope, run)
        if self.box.aggregation is None:
            return found
        return _AGGREGATIONS[self.box.aggregation](run, found)

    def by_priority(self, matched: list[int], scope: Scope, run: Run) -> list[tuple[int, list[Any]]]:
        """Return the rules that match with their outputs, the highest priority first (8.2.8)."""
        rows = [(at, self.row(at, scope, run)) for at in matched]
        run.spend(len(rows) * sum(len(output.order) for output in self.outputs))
        return sorted(
            rows,
            key=lambda row: [
                rank(run, output.order, value) for output, value in zip(self.outputs, row[1], strict=True)
            ],
        )


def table_code(builder: "Builder", box: Table, names: Names) -> Code:
    """Return the closure of a table, and keep the table in the builder."""
    decider = TableBuilder(builder, box, names).build()
    if decider is None:
        return lambda _scope, run: run.null("Expected a table that compiles, but found one that does not")
    builder.tables.append(decider)
    return decider.decide


_POLICIES: Final[dict[str, Callable[[Decider, list[int], Scope, Run], Any]]] = {
    "U": Decider.unique,
    "A": Decider.any,
    "P": Decider.priority,
    "F": Decider.first,
    "R": Decider.rule_order,
    "O": Decider.output_order,
    "C": Decider.collect,
}


def _same(run: Run, left: list[Any], right: list[Any]) -> bool:
    return all(one is other or equal(run, one, other) is True for one, other in zip(left, right, strict=True))


def rank(run: Run, order: tuple[Any, ...], value: Any) -> int:
    """Return the place of a value among the output values; unknown ones come last."""
    return next((at for at, known in enumerate(order) if equal(run, known, value) is True), len(order))


def _sum(run: Run, values: list[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = add(run, total, value)
    return total


def _least(run: Run, values: list[Any]) -> Any:
    return _first_by(lambda one, other: less(run, one, other), values)


def _most(run: Run, values: list[Any]) -> Any:
    return _first_by(lambda one, other: less(run, other, one), values)


def _first_by(precedes: Callable[[Any, Any], bool | None], values: list[Any]) -> Any:
    best = values[0]
    for value in values[1:]:
        if precedes(value, best) is True:
            best = value
    return best


def _count(_run: Run, values: list[Any]) -> Any:
    return Decimal(len(values))


_AGGREGATIONS: Final[dict[str, Callable[[Run, list[Any]], Any]]] = {
    "SUM": _sum,
    "MIN": _least,
    "MAX": _most,
    "COUNT": _count,
}
