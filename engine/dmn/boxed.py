"""Boxed expressions (DMN 1.5, 10.2) become closures over the names in scope."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.dmn.faults import fault
from engine.dmn.model import (
    Boxed,
    Conditional,
    ContextBox,
    FilterBox,
    FunctionBox,
    Invocation,
    ListBox,
    Literal,
    LoopBox,
    Relation,
    Source,
    Table,
    Variable,
)
from engine.dmn.scopes import Code, Scope, convert
from engine.dmn.tables import TableBuilder
from engine.dmn.types import Types
from engine.feel import Expression, FeelSyntaxError, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.items import as_list, item_at
from engine.feel.operators import kind_name
from engine.feel.types import ANY, Type, coerce, conforms
from engine.feel.values import Function, Range, Run, check_list, lift
from engine.findings import Finding, Place

# A decision table of 2,000 rules may be large, but each of its cells is an expression like any other.
LONGEST = 64_000
_FEEL_LANGUAGES = (
    "feel",
    "https://www.omg.org/spec/dmn/",
    "http://www.omg.org/spec/dmn/",
    "http://www.omg.org/spec/feel",
)


@dataclass(slots=True)
class Builder:
    """Compiles the boxed expressions of one element. ``findings`` gather what does not compile.

    ``external`` notes the places of functions in Java or PMML, which are refused.
    """

    types: Types
    components: frozenset[str]
    findings: list[Finding]
    owner: str | None = None
    external: list[Place] = field(default_factory=list)

    def compile(self, box: Boxed | None, names: Collection[str]) -> Code:
        """Return the closure of a boxed expression; one that is missing gives null."""
        if box is None:
            return lambda _scope, run: run.null("Expected an expression, but found none")
        code = _COMPILERS[type(box)](self, box, names)
        if isinstance(box, FunctionBox):
            return code
        kind = self.types.named(box.type)
        return _checked(code, kind) if isinstance(box, Invocation) else self.typed(code, kind)

    def typed(self, code: Code, kind: Type) -> Code:
        """Return a closure whose value is converted to a type."""
        if kind is ANY:
            return code

        def converted(scope: Scope, run: Run) -> Any:
            return convert(run, code(scope, run), kind, "a result")

        return converted

    def feel(self, source: Source, names: Collection[str]) -> Expression | None:
        """Compile FEEL; None, and a finding, where it does not compile."""
        if source.language and not source.language.lower().startswith(_FEEL_LANGUAGES):
            self.note(
                "dmn.language", source.place, f"FEEL, ditemukan {source.language}", f"FEEL, found {source.language}"
            )
            return None
        try:
            known = self.components.union(names)
            return compile_expression(source.text, names=known, types=self.types.all(), longest=LONGEST)
        except FeelSyntaxError as error:
            self.report(source, error)
            return None

    def tests(self, source: Source, names: Collection[str]) -> UnaryTests | None:
        """Compile unary tests; None, and a finding, where they do not compile."""
        try:
            known = self.components.union(names)
            return compile_unary_tests(source.text, names=known, types=self.types.all(), longest=LONGEST)
        except FeelSyntaxError as error:
            self.report(source, error)
            return None

    def report(self, source: Source, error: FeelSyntaxError) -> None:
        """Note FEEL that does not compile, at its line in the file."""
        line = (source.place.line or 1) + error.line - 1
        column = error.column if error.line > 1 else None
        place = Place(source.place.file, line, column)
        self.findings.append(
            fault(
                "dmn.feel",
                place,
                f"Diharapkan FEEL yang benar: {error.message} (kolom {error.column} dari ekspresi).",
                f"Expected correct FEEL: {error.message} (column {error.column} of the expression).",
                self.owner,
            )
        )

    def note(self, rule: str, place: Place, indonesian: str, english: str) -> None:
        """Note a fault; both sentences begin with what is expected."""
        self.findings.append(fault(rule, place, f"Diharapkan {indonesian}.", f"Expected {english}.", self.owner))

    def literal(self, box: Literal, names: Collection[str]) -> Code:
        if not box.source.text.strip():
            return lambda _scope, run: run.null("Expected an expression, but found an empty text")
        compiled = self.feel(box.source, names)
        return compiled.value if compiled is not None else _broken

    def context(self, box: ContextBox, names: Collection[str]) -> Code:
        seen = set(names)
        entries: list[tuple[str, Code]] = []
        result: Code | None = None
        for entry in box.entries:
            code = self.compile(entry.value, seen)
            if entry.variable is None:
                result = code
                continue
            name = entry.variable.name
            entries.append((name, self.typed(code, self.types.named(entry.variable.type))))
            seen.add(name)

        def context(scope: Scope, run: Run) -> Any:
            inner = Scope(scope)
            for name, value in entries:
                inner[name] = value(inner, run)
            return result(inner, run) if result is not None else dict(inner)

        return context

    def list(self, box: ListBox, names: Collection[str]) -> Code:
        codes = [self.compile(item, names) for item in box.items]
        return lambda scope, run: check_list(run, [code(scope, run) for code in codes])

    def relation(self, box: Relation, names: Collection[str]) -> Code:
        columns = [(column.name, self.types.named(column.type)) for column in box.columns]
        rows = [[self.compile(cell, names) for cell in row] for row in box.rows]

        def relation(scope: Scope, run: Run) -> Any:
            return check_list(
                run,
                [
                    {
                        name: convert(run, cell(scope, run), kind, f"column {name}")
                        for (name, kind), cell in zip(columns, row, strict=False)
                    }
                    for row in rows
                ],
            )

        return relation

    def function(self, box: FunctionBox, names: Collection[str]) -> Code:
        if box.kind.upper() != "FEEL":
            self.external.append(box.place)
            self.note(
                "dmn.external",
                box.place,
                f"fungsi dalam FEEL, ditemukan {box.kind}: kode luar tidak pernah dijalankan",
                f"a function in FEEL, found {box.kind}: code from outside is never run",
            )
            return lambda _scope, run: run.null(f"Expected a function in FEEL, but found one in {box.kind}")
        body = self.compile(box.body, {*names, *(parameter.name for parameter in box.parameters)})
        return lambda scope, _run: self.function_value("", box.parameters, body, scope)

    def function_value(
        self, name: str, parameters: Sequence[Variable], body: Code, scope: Scope, result: Type = ANY
    ) -> Function:
        """Return a function over the names in scope; arguments and result are converted to their types."""
        named = tuple(parameter.name for parameter in parameters)
        kinds = tuple(self.types.named(parameter.type) for parameter in parameters)

        def call(run: Run, *arguments: Any) -> Any:
            if len(arguments) != len(named):
                return run.null(
                    f"Expected {len(named)} arguments of {name or 'the function'}, but found {len(arguments)}"
                )
            own = {}
            for parameter, kind, argument in zip(named, kinds, arguments, strict=True):
                value, fits = coerce(argument, kind)
                if not fits:
                    return run.null(f"Expected {parameter} of type {kind}, but found {kind_name(argument)}")
                own[parameter] = value
            run.spend(1)
            run.enter(_FRAMES)
            try:
                return convert(run, body(Scope(scope, own), run), result, f"the result of {name}")
            finally:
                run.leave(_FRAMES)

        return Function(name, named, call, parameter_types=kinds, result_type=None if result is ANY else result)

    def invocation(self, box: Invocation, names: Collection[str]) -> Code:
        called = self.compile(box.called, names)
        bindings = [(variable.name, self.compile(value, names)) for variable, value in box.bindings]

        def invocation(scope: Scope, run: Run) -> Any:
            function = called(scope, run)
            if not isinstance(function, Function):
                return run.null(f"Expected a function to invoke, but found {kind_name(function)}")
            given = {name: value(scope, run) for name, value in bindings}
            if set(given) - set(function.parameters):
                return run.null(f"Expected the parameters {function.parameters}, but found {tuple(given)}")
            return function.call(run, *(given.get(name) for name in function.parameters))

        return invocation

    def conditional(self, box: Conditional, names: Collection[str]) -> Code:
        condition, then, otherwise = (self.compile(part, names) for part in (box.condition, box.then, box.otherwise))

        def conditional(scope: Scope, run: Run) -> Any:
            found = condition(scope, run)
            if not isinstance(found, bool) and found is not None:
                return run.null(f"Expected true or false as condition, but found {kind_name(found)}")
            return then(scope, run) if found is True else otherwise(scope, run)

        return conditional

    def filter(self, box: FilterBox, names: Collection[str]) -> Code:
        items, match = self.compile(box.items, names), self.compile(box.match, {*names, "item"})

        def filtered(scope: Scope, run: Run) -> Any:
            found = as_list(items(scope, run))
            kept = []
            for position, item in enumerate(found, 1):
                own = dict(item) if isinstance(item, dict) else {}
                value = match(Scope(scope, {"item": item, **own}), run)
                if position == 1 and isinstance(value, Decimal):
                    return item_at(run, found, value)
                if not isinstance(value, bool) and value is not None:
                    return run.null(f"Expected true or false for every item, but found {kind_name(value)}")
                if value is True:
                    kept.append(item)
            return check_list(run, kept)

        return filtered

    def loop(self, box: LoopBox, names: Collection[str]) -> Code:
        items = self.compile(box.items, names)
        body = self.compile(box.body, {*names, box.variable, "partial"})
        finish = _FINISH[box.kind]

        def loop(scope: Scope, run: Run) -> Any:
            domain = _domain(run, items(scope, run))
            if domain is None:
                return run.null("Expected a list or a range of whole numbers to go through, but found another value")
            partial: list[Any] = []
            for item in domain:
                run.spend(1)
                partial.append(body(Scope(scope, {box.variable: lift(item), "partial": partial[:]}), run))
            return finish(run, partial)

        return loop

    def table(self, box: Table, names: Collection[str]) -> Code:
        return TableBuilder(self, box, names).code()


_FRAMES = 12


def _broken(_scope: Scope, run: Run) -> Any:
    return run.null("Expected an expression that compiles, but found one that does not")


def _domain(run: Run, value: Any) -> list[Any] | None:
    """Return what a loop goes through: the items of a list, the whole numbers or days of a range."""
    if isinstance(value, Range):
        walk = compile_expression("for i in r return i")
        found = walk.value({"r": value}, run)
        return found if isinstance(found, list) else None
    return None if value is None else as_list(value)


def _every(run: Run, values: list[Any]) -> Any:
    if any(value is False for value in values):
        return False
    return True if all(value is True for value in values) else _undecided(run)


def _some(run: Run, values: list[Any]) -> Any:
    if any(not isinstance(value, bool) and value is not None for value in values):
        return _undecided(run)
    if any(value is True for value in values):
        return True
    return False if all(value is False for value in values) else _undecided(run)


def _undecided(run: Run) -> Any:
    return run.null("Expected true or false for every item, but found another value")


def _checked(code: Code, kind: Type) -> Code:
    """Return a closure whose value must conform to a type as it is: what is invoked has its own conversions."""

    def checked(scope: Scope, run: Run) -> Any:
        value = code(scope, run)
        return value if conforms(value, kind) else run.null(f"Expected {kind}, but found {kind_name(value)}")

    return code if kind is ANY else checked


_FINISH: dict[str, Callable[[Run, list[Any]], Any]] = {"for": check_list, "some": _some, "every": _every}

_COMPILERS: dict[type, Callable[[Builder, Any, Collection[str]], Code]] = {
    Literal: Builder.literal,
    ContextBox: Builder.context,
    ListBox: Builder.list,
    Relation: Builder.relation,
    FunctionBox: Builder.function,
    Invocation: Builder.invocation,
    Conditional: Builder.conditional,
    FilterBox: Builder.filter,
    LoopBox: Builder.loop,
    Table: Builder.table,
}
