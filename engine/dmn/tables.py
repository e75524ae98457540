"""Decision tables (DMN 1.5, chapter 8): which rules match, and what their hit policy makes of them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.dmn.index import Column
from engine.dmn.model import Input, Output, Rule, Source, Table
from engine.dmn.scopes import Code, Scope, convert
from engine.feel import Expression, UnaryTests
from engine.feel.operators import add, equal, less
from engine.feel.syntax import Tests
from engine.feel.types import Type
from engine.feel.values import Run, check_list

if TYPE_CHECKING:
    from engine.dmn.boxed import Builder

# Under this name the scope holds the list that notes which rules fired.
FIRED = "\0fired"


@dataclass(frozen=True, slots=True)
class Fired:
    """A table that was asked, and the numbers and ids of the rules that decided, in the order of the result."""

    table: str | None
    rules: tuple[int, ...]
    ids: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _In:
    """An input column, compiled. ``column`` finds the rules that may match; ``allowed`` are its input values."""

    label: str
    value: Expression | None
    kind: Type
    allowed: UnaryTests | None
    column: Column


@dataclass(frozen=True, slots=True)
class _Out:
    """An output column, compiled. ``order`` are its output values, for priorities."""

    name: str | None
    kind: Type
    cells: tuple[Expression | None, ...]
    default: Expression | None
    order: tuple[Any, ...]
    allowed: UnaryTests | None


class TableBuilder:
    """Compiles one table."""

    def __init__(self, builder: "Builder", box: Table, names: Collection[str]) -> None:
        self.builder = builder
        self.box = box
        self.names = names

    def code(self) -> Code:
        """Return the closure of the table."""
        box = self.box
        inputs = [self.input(at, column) for at, column in enumerate(box.inputs)]
        outputs = [self.output(at, column) for at, column in enumerate(box.outputs)]
        if len(outputs) > 1 and (box.aggregation is not None):
            self.builder.note(
                "dmn.aggregation",
                box.place,
                f"satu kolom keluaran untuk {box.aggregation}, ditemukan {len(outputs)}",
                f"one output column for {box.aggregation}, found {len(outputs)}",
            )
        if box.hit in "PO" and not any(output.order for output in outputs):
            self.builder.note(
                "dmn.priorities",
                box.place,
                "nilai keluaran yang berurutan untuk PRIORITY dan OUTPUT ORDER, ditemukan tidak ada",
                "output values in their order for PRIORITY and OUTPUT ORDER, found none",
            )
        return _Table(box, inputs, outputs).decide

    def input(self, at: int, column: Input) -> _In:
        cells = [self.cell(rule, at) for rule in self.box.rules]
        return _In(
            column.label,
            self.builder.feel(column.expression, self.names) if column.expression.text.strip() else None,
            self.builder.types.named(column.type),
            self.tests_of(column.allowed),
            Column(cells),
        )

    def cell(self, rule: Rule, at: int) -> UnaryTests | None:
        """Return the tests of a cell; None: anything goes."""
        source = rule.inputs[at] if at < len(rule.inputs) else None
        if source is None or source.text.strip() in ("", "-"):
            return None
        return self.builder.tests(source, {*self.names, "?"})

    def output(self, at: int, column: Output) -> _Out:
        cells = tuple(self.expression(rule.outputs[at] if at < len(rule.outputs) else None) for rule in self.box.rules)
        allowed = self.tests_of(column.allowed)
        return _Out(
            column.name,
            self.builder.types.named(column.type),
            cells,
            self.expression(column.default),
            _values_in_order(allowed),
            allowed,
        )

    def expression(self, source: Source | None) -> Expression | None:
        """Return the expression of an output cell; None: an empty one, which gives null."""
        if source is None or source.text.strip() in ("", "-"):
            return None
        return self.builder.feel(source, self.names)

    def tests_of(self, source: Source | None) -> UnaryTests | None:
        return self.builder.tests(source, self.names) if source is not None and source.text.strip() else None


class _Table:
    """A table that decides."""

    def __init__(self, box: Table, inputs: Sequence[_In], outputs: Sequence[_Out]) -> None:
        self.box = box
        self.inputs = inputs
        self.outputs = outputs
        self.all_rules = (1 << len(box.rules)) - 1
        self.conclude = _POLICIES[box.hit]

    def decide(self, scope: Scope, run: Run) -> Any:
        """Return what the table decides."""
        matched = self.matching(scope, run)
        if matched is None:
            return None
        if not matched:
            self.note(scope, ())
            return self.default(scope, run)
        return self.conclude(self, matched, scope, run)

    def matching(self, scope: Scope, run: Run) -> list[int] | None:
        """Return the indexes of the rules that match, in their order; None: an input is outside its values."""
        left = self.all_rules
        later: list[tuple[_In, Any, int]] = []
        for column in self.inputs:
            value = column.value.value(scope, run) if column.value is not None else None
            value = convert(run, value, column.kind, f"the input {column.label}")
            if column.allowed is not None and value is not None and column.allowed.test(value, scope, run) is not True:
                return run.null(f"Expected the input {column.label} to be one of its input values, but found another")
            certain, open_cells = column.column.look_up(value)
            left &= certain | open_cells
            if left & open_cells & ~certain:
                later.append((column, value, open_cells & ~certain))
            if not left:
                return []
        run.spend(len(self.inputs) + left.bit_count())
        for column, value, cells in later:
            left = column.column.test(value, left, cells, scope, run)
        return _indexes(left)

    def default(self, scope: Scope, run: Run) -> Any:
        if all(output.default is None for output in self.outputs):
            if self.box.hit == "C" and self.box.aggregation == "COUNT":
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
                value = run.null(f"Expected rule {index + 1} to give one of its output values, but found another")
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
        try:
            fired = scope[FIRED]
        except KeyError:
            return
        rules = self.box.rules
        fired.append(
            Fired(self.box.id, tuple(rules[at].number for at in indexes), tuple(rules[at].id for at in indexes))
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
        best = self.by_priority(matched, scope, run)[0]
        self.note(scope, best[:1])
        return self.shaped(run, best[1])

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
        return sorted(
            rows,
            key=lambda row: [
                _rank(run, output.order, value) for output, value in zip(self.outputs, row[1], strict=True)
            ],
        )


_POLICIES: dict[str, Callable[[_Table, list[int], Scope, Run], Any]] = {
    "U": _Table.unique,
    "A": _Table.any,
    "P": _Table.priority,
    "F": _Table.first,
    "R": _Table.rule_order,
    "O": _Table.output_order,
    "C": _Table.collect,
}


def _indexes(bits: int) -> list[int]:
    found = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found


def _same(run: Run, left: list[Any], right: list[Any]) -> bool:
    return all(one is other or equal(run, one, other) is True for one, other in zip(left, right, strict=True))


def _rank(run: Run, order: tuple[Any, ...], value: Any) -> int:
    """Return the place of a value among the output values; unknown ones come last."""
    return next((at for at, known in enumerate(order) if equal(run, known, value) is True), len(order))


def _values_in_order(tests: UnaryTests | None) -> tuple[Any, ...]:
    """Return the constants of output values, in the order in which they are written."""
    if tests is None or not isinstance(tests.tree, Tests):
        return ()
    from engine.dmn.index import constant

    found = (constant(test) for test in tests.tree.tests)
    return tuple(value for known, value in found if known)


def _sum(run: Run, values: list[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = add(run, total, value)
    return total


def _least(run: Run, values: list[Any]) -> Any:
    best = values[0]
    for value in values[1:]:
        if less(run, value, best) is True:
            best = value
    return best


def _most(run: Run, values: list[Any]) -> Any:
    best = values[0]
    for value in values[1:]:
        if less(run, best, value) is True:
            best = value
    return best


def _count(_run: Run, values: list[Any]) -> Any:
    return Decimal(len(values))


_AGGREGATIONS: dict[str, Callable[[Run, list[Any]], Any]] = {
    "SUM": _sum,
    "MIN": _least,
    "MAX": _most,
    "COUNT": _count,
}
