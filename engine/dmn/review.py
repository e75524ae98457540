"""Look at a decision table as a whole: inputs without a rule, rules that contradict, hide or never match.

Exact for numbers, dates, booleans and texts, as far as cells are constants and intervals between them. Of a cell that
is anything else it is only known that it may match: nothing is said that this could make wrong.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, Final

from engine.dmn.axes import axes_of
from engine.dmn.cover import Effort, Region, TooMuch, merged, uncovered
from engine.dmn.faults import fault
from engine.dmn.index import rules_in
from engine.dmn.model import Rule
from engine.dmn.regions import sentence
from engine.dmn.sets import constant, surely_refuses
from engine.dmn.tables import Decider, Out, rank
from engine.dmn.types import constraints, unrestricted
from engine.feel.limits import FUEL
from engine.feel.operators import equal
from engine.feel.types import coerce
from engine.feel.values import Run
from engine.findings import Finding, Place

# So many findings of one rule are given for one table; then a last one says how many there are more.
MOST: Final = 10
_SEARCHED: Final = 200
_NAMES: Final = {
    "U": "UNIQUE",
    "A": "ANY",
    "P": "PRIORITY",
    "F": "FIRST",
    "R": "RULE ORDER",
    "O": "OUTPUT ORDER",
    "C": "COLLECT",
}


def review(table: Decider, name: str) -> list[Finding]:
    """Return what is hardly meant in a table of the decision or knowledge model ``name``."""
    return _Review(table, name).findings()


class _Review:
    """One look at one table."""

    def __init__(self, table: Decider, name: str) -> None:
        self.table = table
        self.name = name
        self.rules = table.box.rules
        self.axes = axes_of(table)
        self.certain = [axis.certain for axis in self.axes]
        self.possible = [axis.possible for axis in self.axes]
        self.whole: Region = tuple(axis.domain for axis in self.axes)
        # Rules all of whose cells are sets: where they match is known exactly.
        self.exact = table.all_rules
        for column in table.inputs:
            self.exact &= ~column.column.open
        for axis in self.axes:
            for piece, certain in zip(axis.pieces, axis.certain, strict=True):
                if piece.kind is None:
                    self.exact &= certain
        self.reach = [self.reached(at) for at in range(len(self.rules))]

    def findings(self) -> list[Finding]:
        parts: list[_Part] = [_Review.outputs, _Review.impossible]
        if all(self.whole):
            parts += [_Review.unreachable, _Review.gaps, *_BY_POLICY[self.table.box.hit]]
        return [finding for part in parts for finding in self.limited(part)]

    def limited(self, part: "_Part") -> list[Finding]:
        """Return what a part of the review finds: the first ones, how many there are more, and if it had to stop."""
        found: list[Finding] = []
        count = 0
        stopped: list[Finding] = []
        try:
            for make in part(self, Effort()):
                count += 1
                if count <= MOST:
                    found.append(make())
        except TooMuch:
            stopped.append(self.too_large())
        more = [self.more(found[0].rule, count - MOST)] if count > MOST else []
        return [*found, *more, *stopped]

    def reached(self, at: int) -> Region:
        """Return the pieces that a rule may match, axis by axis."""
        bit = 1 << at
        return tuple(tuple(piece for piece in axis.domain if axis.possible[piece] & bit) for axis in self.axes)

    # --- single cells

    def impossible(self, _effort: Effort) -> "Iterator[_Make]":
        """Yield the inputs that no value can have: none of their type is among their input values."""
        for axis in self.axes:
            if not axis.domain:
                column = self.table.inputs[axis.columns[0]]
                kind = str(column.kind)
                tests = column.allowed or next(constraints(column.kind), None)
                allowed = _shown(tests.source) if tests is not None else "-"
                where = f"{axis.columns[0] + 1} ({axis.label})"
                yield partial(
                    self.fault,
                    "dmn.unreachable",
                    f"Diharapkan nilai masukan bertipe {kind} di kolom {where}, ditemukan {allowed}: "
                    "tidak ada masukan yang cocok.",
                    f"Expected input values of type {kind} in column {where}, found {allowed}: no input fits.",
                    None,
                    self.table.box.inputs[axis.columns[0]].place,
                )

    def unreachable(self, _effort: Effort) -> "Iterator[_Make]":
        for at, rule in enumerate(self.rules):
            for axis, pieces in zip(self.axes, self.reach[at], strict=True):
                if pieces:
                    continue
                column = next((each for each in axis.columns if rule.inputs[each].text.strip() not in ("", "-")), 0)
                cell = rule.inputs[column]
                where = f"baris {rule.number}, kolom {column + 1} ({axis.label})"
                there = f"row {rule.number}, column {column + 1} ({axis.label})"
                yield partial(
                    self.fault,
                    "dmn.unreachable",
                    f"Diharapkan sel yang dapat cocok, ditemukan {_shown(cell.text)} di {where}.",
                    f"Expected a cell that can match, found {_shown(cell.text)} in {there}.",
                    rule,
                    cell.place_at(1, 1),
                )

    def outputs(self, _effort: Effort) -> "Iterator[_Make]":
        """Yield the constants of output cells that are no output values, or of another type."""
        for at, output in enumerate(self.table.outputs):
            for index, rule in enumerate(self.rules):
                value = _constant(output, index)
                wanted = _wanted(output, value)
                if wanted:
                    cell = rule.outputs[at]
                    yield partial(
                        self.fault,
                        "dmn.output-value",
                        f"Diharapkan {wanted} di baris {rule.number}, keluaran {at + 1}, "
                        f"ditemukan {_shown(cell.text)}.",
                        f"Expected {wanted} in row {rule.number}, output {at + 1}, found {_shown(cell.text)}.",
                        rule,
                        cell.place_at(1, 1),
                    )

    # --- inputs without a rule

    def gaps(self, effort: Effort) -> "Iterator[_Make]":
        """Yield the inputs for which no rule matches. Where several rules may match that is usual: one hint is enough.

        A default output is for just these inputs: then there are no gaps.
        """
        table = self.table
        if any(output.default is not None for output in table.outputs):
            return
        is_single = table.box.hit in "UAPF"
        found = uncovered(self.axes, self.possible, self.whole, table.all_rules, effort)
        regions = merged(list(islice(found, _SEARCHED)))
        for region in regions if is_single else regions[:1]:
            yield partial(self.gap, "dmn.gap" if is_single else "dmn.no-match", region)

    def gap(self, rule: str, region: Region) -> Finding:
        where, example = sentence(self.axes, region)
        return self.fault(
            rule,
            f"Diharapkan aturan untuk setiap masukan, ditemukan tidak ada untuk {where['id']} ({example['id']}).",
            f"Expected a rule for every input, found none for {where['en']} ({example['en']}).",
        )

    # --- pairs of rules

    def overlaps(self, effort: Effort) -> "Iterator[_Make]":
        return self.pairs(effort, "dmn.overlap", lambda _one, _other: True)

    def conflicts(self, effort: Effort) -> "Iterator[_Make]":
        return self.pairs(effort, "dmn.conflict", self.is_different)

    def pairs(self, effort: Effort, rule: str, matters: Callable[[int, int], bool]) -> "Iterator[_Make]":
        for one in range(len(self.rules)):
            for other in rules_in(self.meeting(one, effort)):
                if matters(one, other):
                    yield partial(self.pair, rule, one, other)

    def meeting(self, one: int, effort: Effort) -> int:
        """Return the bits of the later rules that surely match something that this one surely matches too."""
        if not self.exact >> one & 1:
            return 0
        return self.touching(one, self.exact >> (one + 1) << (one + 1), effort)

    def touching(self, one: int, rules: int, effort: Effort) -> int:
        """Return those of some exact rules that meet what a rule may match."""
        for axis, pieces in zip(self.axes, self.reach[one], strict=True):
            effort.spend(len(pieces))
            there = 0
            for piece in pieces:
                there |= axis.certain[piece]
            rules &= there
        return rules

    def pair(self, rule: str, one: int, other: int) -> Finding:
        both = 1 << one | 1 << other
        region = tuple(
            tuple(piece for piece in axis.domain if axis.certain[piece] & both == both) for axis in self.axes
        )
        where, example = sentence(self.axes, region)
        first, second = self.rules[one], self.rules[other]
        return self.fault(
            rule,
            f"Diharapkan satu aturan untuk setiap masukan, ditemukan baris {first.number} dan {second.number} "
            f"untuk {where['id']} ({example['id']}).",
            f"Expected one rule for every input, found rows {first.number} and {second.number} "
            f"for {where['en']} ({example['en']}).",
            second,
        )

    def is_different(self, one: int, other: int) -> bool:
        """Tell whether two rules surely give different outputs."""
        for output in self.table.outputs:
            left, right = _constant(output, one), _constant(output, other)
            if left is not _UNKNOWN and right is not _UNKNOWN and equal(Run(FUEL), left, right) is not True:
                return left is not right
        return False

    # --- rules that others hide

    def shadowed(self, effort: Effort) -> "Iterator[_Make]":
        """Yield the rules before which others have matched already."""
        yield from self.hidden(effort, lambda at: (1 << at) - 1, "lebih dahulu", "before it")

    def outranked(self, effort: Effort) -> "Iterator[_Make]":
        """Yield the rules whose inputs are all taken by rules with outputs of higher priority."""
        ranks = [self.rank(at) for at in range(len(self.rules))]

        def higher(at: int) -> int:
            own = ranks[at]
            known = [
                other for other, found in enumerate(ranks) if own is not None and found is not None and found < own
            ]
            return sum(1 << other for other in known)

        yield from self.hidden(effort, higher, "dengan prioritas lebih tinggi", "with a higher priority")

    def rank(self, at: int) -> tuple[int, ...] | None:
        values = [_constant(output, at) for output in self.table.outputs]
        if any(value is _UNKNOWN for value in values):
            return None
        pairs = zip(self.table.outputs, values, strict=True)
        return tuple(rank(Run(FUEL), output.order, value) for output, value in pairs)

    def hidden(self, effort: Effort, others: Callable[[int], int], indonesian: str, english: str) -> "Iterator[_Make]":
        for at, rule in enumerate(self.rules):
            if not all(self.reach[at]):
                continue  # said already: it can never match
            rules = self.touching(at, others(at) & self.exact, effort)
            if rules and next(uncovered(self.axes, self.certain, self.reach[at], rules, effort), None) is None:
                numbers = ", ".join(str(self.rules[other].number) for other in self.enough(at, rules, effort))
                yield partial(
                    self.fault,
                    "dmn.shadowed",
                    f"Diharapkan baris {rule.number} dapat menentukan hasil, "
                    f"ditemukan baris {numbers} selalu cocok {indonesian}.",
                    f"Expected row {rule.number} to decide something, "
                    f"found that rows {numbers} always match {english}.",
                    rule,
                )

    def enough(self, at: int, rules: int, effort: Effort) -> list[int]:
        """Return some of the rules that hide a rule, without those that are not needed for it."""
        for other in reversed(rules_in(rules)):
            without = rules & ~(1 << other)
            if next(uncovered(self.axes, self.certain, self.reach[at], without, effort), None) is None:
                rules = without
        return rules_in(rules)

    # --- findings

    def fault(
        self, kind: str, indonesian: str, english: str, rule: Rule | None = None, place: Place | None = None
    ) -> Finding:
        box = self.table.box
        where = place or (rule.place if rule is not None else box.place)
        element = (rule.id if rule is not None else None) or box.id or self.table.owner
        return fault(kind, where, indonesian, english, element, self.name)

    def more(self, kind: str, count: int) -> Finding:
        return self.fault(
            kind,
            f"Diharapkan paling banyak {MOST} temuan seperti ini dalam satu tabel, ditemukan {count} lagi.",
            f"Expected at most {MOST} findings like these in a table, found {count} more.",
        )

    def too_large(self) -> Finding:
        size = f"{len(self.rules)} × {len(self.table.inputs)}"
        return self.fault(
            "dmn.too-large",
            f"Diharapkan tabel yang dapat diperiksa seluruhnya, ditemukan terlalu besar ({size}, "
            f"{_NAMES[self.table.box.hit]}): sebagian pemeriksaan tidak selesai.",
            f"Expected a table that can be checked as a whole, found one too large ({size}, "
            f"{_NAMES[self.table.box.hit]}): part of the checks was not finished.",
        )


_Make = Callable[[], Finding]
_Part = Callable[[_Review, Effort], Iterator[_Make]]
_BY_POLICY: Final[dict[str, list[_Part]]] = {
    "U": [_Review.overlaps],
    "A": [_Review.conflicts],
    "P": [_Review.outranked],
    "F": [_Review.shadowed],
    "R": [],
    "O": [],
    "C": [],
}
_UNKNOWN: Final = object()


def _constant(output: Out, index: int) -> Any:
    """Return the constant in an output cell; _UNKNOWN if it is anything else. An empty cell gives null."""
    cell = output.cells[index]
    if cell is None:
        return None
    known, value = constant(cell.tree)
    return value if known else _UNKNOWN


def _wanted(output: Out, value: Any) -> str:
    """Return what an output cell should hold instead of a constant; nothing if it is right or not known."""
    if value is None or value is _UNKNOWN:
        return ""
    if not coerce(value, unrestricted(output.kind))[1]:
        return str(output.kind)
    lists = [*([] if output.allowed is None else [output.allowed]), *constraints(output.kind)]
    refusing = next((tests for tests in lists if surely_refuses(tests, value)), None)
    return "" if refusing is None else " ".join(refusing.source.split())


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:40]}…"
