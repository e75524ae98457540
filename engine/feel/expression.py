"""Compiled expressions and unary tests: what the rest of Alur holds in its hands."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from engine.feel import syntax
from engine.feel.closures import TooDeep, compile_node, compile_tests
from engine.feel.closures.scopes import FIRST_SLOT, Layout, Scope
from engine.feel.errors import FeelError, FeelSyntaxError
from engine.feel.functions import BUILTINS
from engine.feel.json_values import to_feel, to_json
from engine.feel.juel import parse_juel
from engine.feel.limits import FUEL, LEVELS, SOURCE_CHARS
from engine.feel.names import Names
from engine.feel.parser import parse_expression, parse_unary_tests
from engine.feel.python import parse_python
from engine.feel.tokens import whole_characters
from engine.feel.type_parser import NamedTypes
from engine.feel.types import Type
from engine.feel.values import Run, lift, utc

_SIMPLE: Final = (bool, Decimal, str)
_KNOWN: Final = Names(name for name in BUILTINS if " " in name)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A result with the reasons why something on the way became null."""

    value: Any
    warnings: tuple[str, ...]


class _Compiled:
    """Closures over a frame, and what is needed to make the frame."""

    __slots__ = ("_code", "_slots", "language", "names", "source", "tree")

    def __init__(self, source: str, language: str, tree: syntax.Node, code: Any, layout: Layout) -> None:
        self.source = source
        self.language = language
        self.tree = tree
        self.names = frozenset(layout.names)
        self._code = code
        self._slots = [None] * (layout.slots - FIRST_SLOT)

    def value(self, variables: Mapping[str, Any], run: Run) -> Any:
        """Return the value as part of an evaluation that is under way: its fuel and warnings are shared."""
        try:
            return self._code([variables, run, *self._slots])
        except RecursionError:
            raise FeelError("Expected values and calls nested less deep, but found deeper ones") from None

    def _new_run(self, now: datetime | None, fuel: int) -> Run:
        return Run(fuel, None if now is None else utc(now), strict=self.language != "feel")


class Expression(_Compiled):
    """A compiled expression. ``names`` are the variables it reads; it may be evaluated by several threads at once."""

    __slots__ = ()

    def evaluate(self, variables: Mapping[str, Any], *, now: datetime | None = None, fuel: int = FUEL) -> Any:
        """Return the value for some variables: JSON or FEEL values go in, a FEEL value comes out.

        ``now`` is what ``now()`` and ``today()`` give; None makes them null. Raises FeelError if a limit is met.
        """
        run = self._new_run(now, fuel)
        value = self.value(variables, run)
        return value if value is None or isinstance(value, _SIMPLE) else to_feel(value, run)

    def evaluate_json(self, variables: Mapping[str, Any], *, now: datetime | None = None, fuel: int = FUEL) -> Any:
        """Return the value as JSON. Raises FeelError if a limit is met or the value is a function or a range."""
        return to_json(self.evaluate(variables, now=now, fuel=fuel))

    def evaluate_traced(
        self, variables: Mapping[str, Any], *, now: datetime | None = None, fuel: int = FUEL
    ) -> Evaluation:
        """Return the value with warnings that say why something became null."""
        run = self._new_run(now, fuel)
        run.warnings = []
        value = to_feel(self.value(variables, run), run)
        return Evaluation(value, tuple(run.warnings or ()))


class UnaryTests(_Compiled):
    """Compiled unary tests of one input, as in the cell of a decision table."""

    __slots__ = ("_input",)

    def __init__(self, source: str, tree: syntax.Tests, code: Any, layout: Layout, input_slot: int) -> None:
        super().__init__(source, "feel", tree, code, layout)
        self._input = input_slot - FIRST_SLOT

    def matches(
        self,
        input_value: Any,
        variables: Mapping[str, Any],
        *,
        now: datetime | None = None,
        fuel: int = FUEL,
        warnings: list[str] | None = None,
    ) -> bool | None:
        """Return whether a value passes; None if the tests cannot tell. Reasons are added to ``warnings``."""
        run = Run(fuel, None if now is None else utc(now), warnings=warnings)
        return self.test(lift(input_value), variables, run)

    def test(self, value: Any, variables: Mapping[str, Any], run: Run) -> bool | None:
        """Return whether a FEEL value passes, as part of an evaluation that is under way."""
        slots = self._slots[:]
        slots[self._input] = value
        try:
            found = self._code([variables, run, *slots])
        except RecursionError:
            raise FeelError("Expected values and calls nested less deep, but found deeper ones") from None
        return found if isinstance(found, bool) else None


def scope_for_many(names: Iterable[str] = ()) -> Names:
    """Return names in scope to compile many expressions with, which do not read them anew each time.

    Scopes inside it are ``Names(more, outer)``, and ``add`` brings one name more into one.
    """
    return Names(names, _KNOWN)


def compile_expression(
    source: str,
    *,
    language: str = "feel",
    names: Collection[str] | Names | None = None,
    types: Mapping[str, Type] | NamedTypes | None = None,
    longest: int = SOURCE_CHARS,
) -> Expression:
    """Compile an expression of ``language`` feel, juel or python. Raises FeelSyntaxError.

    ``names`` are the names in scope: they matter if they hold spaces or operators. ``types`` are named types for
    ``instance of`` and parameters. ``longest`` is the limit of the source in characters.
    """
    try:
        if language == "feel":
            here, outside = _scopes(names)
            tree = parse_expression(source, names=here, known=outside, types=types, longest=longest)
        else:
            tree = _parse_foreign(source, language, longest)
        layout = Layout()
        return Expression(source, language, tree, compile_node(tree, Scope(layout)), layout)
    except TooDeep as error:
        raise _too_deep(source, error.at) from None
    except RecursionError:
        raise _too_deep(source) from None


def _scopes(names: Collection[str] | Names | None) -> tuple[Collection[str], Names]:
    """Return the names of one expression, and those around them."""
    return ((), names) if isinstance(names, Names) else (names or (), _KNOWN)


def _parse_foreign(source: str, language: str, longest: int) -> syntax.Node:
    parse = _FOREIGN.get(language)
    if parse is None:
        raise ValueError(f"Expected a language feel, juel or python, but found {language!r}")
    if len(source) > longest:
        raise FeelSyntaxError(
            source, longest, expected=f"an expression of at most {longest} characters", found=str(len(source))
        )
    return parse(whole_characters(source))


_FOREIGN: Final[dict[str, Callable[[str], syntax.Node]]] = {"juel": parse_juel, "python": parse_python}


def compile_unary_tests(
    source: str,
    *,
    names: Collection[str] | Names | None = None,
    types: Mapping[str, Type] | NamedTypes | None = None,
    longest: int = SOURCE_CHARS,
) -> UnaryTests:
    """Compile the unary tests of an input (a cell of a decision table). Raises FeelSyntaxError."""
    try:
        here, outside = _scopes(names)
        tree = parse_unary_tests(source, names=here, known=outside, types=types, longest=longest)
        layout = Layout()
        scope = Scope(layout)
        slot = scope.bind("?")
        return UnaryTests(source, tree, compile_tests(tree, scope, slot), layout, slot)
    except TooDeep as error:
        raise _too_deep(source, error.at) from None
    except RecursionError:
        raise _too_deep(source) from None


def _too_deep(source: str, at: int = 0) -> FeelSyntaxError:
    """Return the error for an expression beyond LEVELS, or one that Python's stack, already deep here, cannot hold."""
    return FeelSyntaxError(source, at, expected=f"operators and brackets at most {LEVELS} levels deep", found="more")
