"""Boxed expressions (DMN 1.5, 10.2) become closures over the names in scope."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from engine.dmn.faults import fault
from engine.dmn.model import (
    Boxed,
    Conditional,
    ContextBox,
    FilterBox,
    FunctionBox,
    Invocation,
    Knowledge,
    ListBox,
    Literal,
    LoopBox,
    Relation,
    Source,
    Table,
)
from engine.dmn.scopes import Code, Names, Scope, convert
from engine.dmn.tables import Decider, table_code
from engine.dmn.types import Types, unrestricted, wrong_feel
from engine.feel import Expression, FeelSyntaxError, UnaryTests, compile_expression, compile_unary_tests
from engine.feel.closures.functions import make_room
from engine.feel.functions import BUILTINS
from engine.feel.items import as_list, item_at
from engine.feel.operators import kind_name
from engine.feel.types import ANY, FunctionType, Type, coerce, conforms
from engine.feel.values import Function, Range, Run, check_list
from engine.findings import Finding, Place

_Compiled = TypeVar("_Compiled", Expression, UnaryTests)

_FEEL_LANGUAGES: Final = (
    "feel",
    "https://www.omg.org/spec/dmn/",
    "http://www.omg.org/spec/dmn/",
    "http://www.omg.org/spec/feel",
)
# The most frames of Python that one call of a boxed function takes beside those of its body.
_FRAMES: Final = 24
# What entering a function, or one pass of a loop, costs at least.
_CALL_COST: Final = 4


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of FEEL that was compiled in a ``scope``. ``reads_any``: it may read others than the names of that."""

    source: Source
    compiled: Expression | UnaryTests
    scope: Names
    reads_any: bool

    @property
    def names(self) -> Names | None:
        """The names that it may read; None: any."""
        return None if self.reads_any else self.scope


@dataclass(slots=True)
class Builder:
    """Compiles the boxed expressions of one element.

    ``around`` are the names that the element requires, ``functions`` the parameters of those of them that are called.
    ``reads_any`` is True where it may read whatever is given. ``findings`` gather what does not compile; ``written``
    and ``tables`` what does, to be looked at later.
    """

    types: Types
    findings: list[Finding]
    owner: str
    name: str
    around: Names
    functions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reads_any: bool = False
    written: list[Written] = field(default_factory=list)
    tables: list[Decider] = field(default_factory=list)

    def compile(self, box: Boxed | None, names: Names) -> Code:
        """Return the closure of a boxed expression; one that is missing gives null."""
        if box is None:
            return lambda _scope, run: run.null("Expected an expression, but found none")
        code = _COMPILERS[type(box)](self, box, names)
        if isinstance(box, FunctionBox):
            return code
        kind = self.kind(box.type, box.source.place if isinstance(box, Literal) else box.place)
        return _checked(code, kind) if isinstance(box, Invocation) else _typed(code, kind)

    def kind(self, name: str | None, place: Place) -> Type:
        """Return a type by name; an unknown one is noted."""
        return self.types.named(name, place, self.owner)

    def feel(self, source: Source, names: Names) -> Expression | None:
        """Compile FEEL; None, and a finding, where it does not compile."""
        return self.compiled(compile_expression, source, names)

    def tests(self, source: Source, names: Names) -> UnaryTests | None:
        """Compile unary tests of ``?``, which is among the names; None, and a finding, where they do not compile."""
        return self.compiled(compile_unary_tests, source, names)

    def compiled(self, compile_source: Callable[..., _Compiled], source: Source, names: Names) -> _Compiled | None:
        if not self.is_feel(source):
            return None
        try:
            found = compile_source(source.text, names=names.feel, types=self.types.by_name())
        except FeelSyntaxError as error:
            self.findings.append(wrong_feel(source, error, self.owner, self.name, names))
            return None
        self.written.append(Written(source, found, names, self.reads_any))
        return found

    def is_feel(self, source: Source) -> bool:
        """Tell whether a source is FEEL; note it if it is another language."""
        if not source.language or source.language.lower().startswith(_FEEL_LANGUAGES):
            return True
        language = source.language
        self.note("dmn.language", source.place, f"FEEL, ditemukan {language}", f"FEEL, found {language}")
        return False

    def note(self, rule: str, place: Place, indonesian: str, english: str) -> None:
        """Note a fault; both sentences begin with what is expected."""
        self.findings.append(
            fault(rule, place, f"Diharapkan {indonesian}.", f"Expected {english}.", self.owner, self.name)
        )

    def literal(self, box: Literal, names: Names) -> Code:
        if not box.source.text.strip():
            return lambda _scope, run: run.null("Expected an expression, but found an empty text")
        compiled = self.feel(box.source, names)
        return compiled.value if compiled is not None else _broken

    def context(self, box: ContextBox, names: Names) -> Code:
        entries: list[tuple[str, Code]] = []
        result: Code | None = None
        names = names.inner()
        for entry in box.entries:
            if entry.variable is None:
                result = self.compile(entry.value, names)
                continue
            name, kind = entry.variable.name, self.kind(entry.variable.type, entry.variable.place)
            if isinstance(entry.value, FunctionBox):  # It may call itself; any other entry sees only those before it.
                names = names.grown(name)
            code = self.compile(entry.value, names)
            entries.append((name, _typed(code, kind, name)))
            if not isinstance(entry.value, FunctionBox):
                names = names.grown(name, kind)

        def context(scope: Scope, run: Run) -> Any:
            inner = Scope(scope)
            for name, value in entries:
                inner[name] = value(inner, run)
            return result(inner, run) if result is not None else dict(inner)

        return context

    def list(self, box: ListBox, names: Names) -> Code:
        codes = [self.compile(item, names) for item in box.items]
        return lambda scope, run: check_list(run, [code(scope, run) for code in codes])

    def relation(self, box: Relation, names: Names) -> Code:
        columns = [(column.name, self.kind(column.type, column.place)) for column in box.columns]
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

    def function(self, box: FunctionBox, names: Names) -> Code:
        make = self.function_maker("", box, names)
        return lambda scope, _run: make(scope)

    def knowledge(self, element: Knowledge, names: Names, kind: Type) -> Callable[[Scope], Function]:
        """Return what makes the function of a knowledge model, which may call itself, over what it requires.

        ``kind`` is the type of its variable: that of the function, or (before DMN 1.3) that of the result.
        """
        if element.logic is None:
            empty = FunctionBox((), None, "FEEL", element.place)
            return self.function_maker(element.name, empty, names)
        whole = unrestricted(kind)
        result = whole.result if isinstance(whole, FunctionType) else kind
        if result is ANY:
            result = self.kind(element.logic.type, element.logic.place)
        return self.function_maker(element.name, element.logic, names.inner([element.variable.name]), result)

    def function_maker(
        self, name: str, box: FunctionBox, names: Names, result: Type = ANY
    ) -> Callable[[Scope], Function]:
        """Return what makes a function over a scope; arguments and result are converted to their types."""
        named = tuple(parameter.name for parameter in box.parameters)
        kinds = tuple(self.kind(parameter.type, parameter.place) for parameter in box.parameters)
        body = self.body(box, names.inner(named, dict(zip(named, kinds, strict=True))))
        make_room()

        def make(scope: Scope) -> Function:
            def call(run: Run, *arguments: Any) -> Any:
                values = accepted(run, name or "the function", named, kinds, arguments)
                if values is None:
                    return None
                own = dict(zip(named, values, strict=True))
                run.spend(_CALL_COST)
                run.enter(_FRAMES)
                try:
                    return convert(run, body(Scope(scope, own), run), result, f"the result of {name}")
                finally:
                    run.leave(_FRAMES)

            return Function(name, named, call, parameter_types=kinds, result_type=None if result is ANY else result)

        return make

    def body(self, box: FunctionBox, names: Names) -> Code:
        if box.kind.upper() == "FEEL":
            return self.compile(box.body, names)
        kind = box.kind
        self.note(
            "dmn.external",
            box.place,
            f"fungsi dalam FEEL, ditemukan {kind}: kode luar tidak pernah dijalankan",
            f"a function in FEEL, found {kind}: code from outside is never run",
        )
        return lambda _scope, run: run.null(f"Expected a function in FEEL, but found one in {kind}")

    def invocation(self, box: Invocation, names: Names) -> Code:
        called = self.compile(box.called, names)
        self.check_bindings(box, names)
        bindings = [(variable.name, self.compile(value, names)) for variable, value in box.bindings]

        def invocation(scope: Scope, run: Run) -> Any:
            function = called(scope, run)
            if not isinstance(function, Function):
                return run.null(f"Expected a function to invoke, but found {kind_name(function)}")
            given = {name: value(scope, run) for name, value in bindings}
            builtin = BUILTINS.get(function.name)
            if builtin is not None and builtin.value is function:
                return builtin.call_named(run, tuple(given), tuple(given.values()))
            if set(given) - set(function.parameters):
                return run.null(f"Expected the parameters {function.parameters}, but found {tuple(given)}")
            return function.call(run, *(given.get(name) for name in function.parameters))

        return invocation

    def check_bindings(self, box: Invocation, names: Names) -> None:
        """Note arguments for parameters that the function, where it can be told which it is, does not have."""
        called = " ".join(box.called.source.text.split()) if isinstance(box.called, Literal) else ""
        known = self.functions_in(names).get(called)
        if known is None and called in BUILTINS and not names.hides(called, self.around):
            known = BUILTINS[called].parameter_names()
        for variable, _value in box.bindings if known is not None else ():
            if known and variable.name not in known:
                wanted = ", ".join(known)
                self.note(
                    "dmn.unknown-parameter",
                    variable.place,
                    f"parameter {called} ({wanted}), ditemukan {variable.name}",
                    f"a parameter of {called} ({wanted}), found {variable.name}",
                )

    def functions_in(self, names: Names) -> Mapping[str, tuple[str, ...]]:
        """Return the parameters of the functions that are called by their names where ``names`` are in scope."""
        return {name: found for name, found in self.functions.items() if not names.hides(name, self.around)}

    def conditional(self, box: Conditional, names: Names) -> Code:
        condition, then, otherwise = (self.compile(part, names) for part in (box.condition, box.then, box.otherwise))

        def conditional(scope: Scope, run: Run) -> Any:
            found = condition(scope, run)
            if not isinstance(found, bool) and found is not None:
                return run.null(f"Expected true or false as condition, but found {kind_name(found)}")
            return then(scope, run) if found is True else otherwise(scope, run)

        return conditional

    def filter(self, box: FilterBox, names: Names) -> Code:
        items = self.compile(box.items, names)
        # An item may have any entries: its names cannot be told from those that do not exist.
        outer, self.reads_any = self.reads_any, True
        match = self.compile(box.match, names.inner(["item"]))
        self.reads_any = outer

        def filtered(scope: Scope, run: Run) -> Any:
            found = as_list(items(scope, run))
            kept = []
            for position, item in enumerate(found, 1):
                run.spend(_CALL_COST)
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

    def loop(self, box: LoopBox, names: Names) -> Code:
        items = self.compile(box.items, names)
        body = self.compile(box.body, names.inner([box.variable, "partial"] if box.kind == "for" else [box.variable]))
        finish, is_for = _FINISH[box.kind], box.kind == "for"

        def loop(scope: Scope, run: Run) -> Any:
            domain = _domain(run, items(scope, run))
            if domain is None:
                return run.null("Expected a list or a range of whole numbers to go through, but found another value")
            partial: list[Any] = []
            for item in domain:
                run.spend(_CALL_COST + (len(partial) >> 4 if is_for else 0))
                own = {box.variable: item} | ({"partial": partial[:]} if is_for else {})
                partial.append(body(Scope(scope, own), run))
            return finish(run, partial)

        return loop

    def table(self, box: Table, names: Names) -> Code:
        return table_code(self, box, names)


def accepted(
    run: Run, what: str, names: Sequence[str], kinds: Sequence[Type], arguments: Sequence[Any]
) -> list[Any] | None:
    """Return the arguments converted to the types of the parameters; None if one does not fit."""
    if len(arguments) != len(names):
        return run.null(f"Expected {len(names)} arguments of {what}, but found {len(arguments)}")
    values = []
    for name, kind, argument in zip(names, kinds, arguments, strict=True):
        value, fits = coerce(argument, kind, run)
        if not fits:
            return run.null(f"Expected {name} of type {kind} for {what}, but found {kind_name(argument)}")
        values.append(value)
    return values


def _broken(_scope: Scope, run: Run) -> Any:
    return run.null("Expected an expression that compiles, but found one that does not")


def _domain(run: Run, value: Any) -> list[Any] | None:
    """Return what a loop goes through: the items of a list, the whole numbers or days of a range."""
    if isinstance(value, Range):
        found = _WALK.value({"r": value}, run)
        return found if isinstance(found, list) else None
    return None if value is None else as_list(value)


_WALK: Final = compile_expression("for i in r return i")


def _every(run: Run, values: list[Any]) -> Any:
    return _decided(run, values, decisive=False)


def _some(run: Run, values: list[Any]) -> Any:
    return _decided(run, values, decisive=True)


def _decided(run: Run, values: list[Any], *, decisive: bool) -> Any:
    """Return what conditions decide together; unlike in FEEL, one that is neither boolean nor null makes it null."""
    is_plain = all(isinstance(value, bool) or value is None for value in values)
    if is_plain and any(value is decisive for value in values):
        return decisive
    if is_plain and None not in values:
        return not decisive
    return run.null("Expected true or false for every item, but found another value")


def _typed(code: Code, kind: Type, what: str = "a result") -> Code:
    """Return a closure whose value is converted to a type."""

    def converted(scope: Scope, run: Run) -> Any:
        return convert(run, code(scope, run), kind, what)

    return code if kind is ANY else converted


def _checked(code: Code, kind: Type) -> Code:
    """Return a closure whose value must conform to a type as it is: what is invoked has its own conversions."""

    def checked(scope: Scope, run: Run) -> Any:
        value = code(scope, run)
        return value if conforms(value, kind, run) else run.null(f"Expected {kind}, but found {kind_name(value)}")

    return code if kind is ANY else checked


_FINISH: Final[dict[str, Callable[[Run, list[Any]], Any]]] = {"for": check_list, "some": _some, "every": _every}

_COMPILERS: Final[dict[type, Callable[[Builder, Any, Names], Code]]] = {
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
