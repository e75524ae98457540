"""Read types (DMN 1.5, rule 52)."""

from collections.abc import Callable, Mapping
from typing import Final

from engine.feel.cursor import Cursor
from engine.feel.names import Names, collapse
from engine.feel.tokens import Kind, Token
from engine.feel.types import (
    CONTEXT,
    FUNCTION,
    LIST,
    NAMED,
    RANGE,
    ContextType,
    FunctionType,
    ListType,
    RangeType,
    Type,
    UnknownType,
)

_MULTIWORD: Final = Names(name for name in NAMED if " " in name)


class NamedTypes:
    """The types that a model names; where one of the names ends is worked out once for many expressions."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types
        self.names = Names(types, _MULTIWORD)


_NO_TYPES: Final = NamedTypes({})


class TypeParser(Cursor):
    """The part of the parser that reads types. ``types`` are those that the model names."""

    def __init__(self, source: str, *, types: Mapping[str, Type] | NamedTypes | None, longest: int) -> None:
        super().__init__(source, longest=longest)
        named = types if isinstance(types, NamedTypes) else NamedTypes(types) if types else _NO_TYPES
        self._types = named.types
        self._type_names = named.names

    def type(self) -> Type:
        """Read a type (rule 52)."""
        self.deeper()
        found = self._plain_type()
        self.depth -= 1
        return found

    def _plain_type(self) -> Type:
        token = self.token
        self.count(token.start)
        known = self._type_names.longest(self.tokens, self.index)
        if known is not None:
            self.index += known[1]
            return self._types[known[0]] if known[0] in self._types else NAMED[known[0]]
        if token.kind is not Kind.WORD:
            self.fail("a type")
        self.index += 1
        rule = _TYPE_RULES.get(token.text) if self.at("<") else None
        if rule is not None:
            return rule(self)
        found = self._types.get(token.text) or NAMED.get(token.text)
        if found is not None and not (found in _PARAMETERIZED and token.text not in self._types):
            return found
        return UnknownType(self._qualified(token))

    def _qualified(self, first: Token) -> str:
        """Read the rest of a name with dots, as types of imported models have."""
        last = first
        while self.at(".") and self.peek().kind is Kind.WORD:
            last = self.peek()
            self.index += 2
        return collapse(self.source[first.start : last.end])

    def _list_type(self) -> Type:
        return ListType("list", self._item_type())

    def _range_type(self) -> Type:
        return RangeType("range", self._item_type())

    def _item_type(self) -> Type:
        self.expect("<")
        item = self.type()
        self.expect(">")
        return item

    def _context_type(self) -> Type:
        self.expect("<")
        entries: list[tuple[str, Type]] = []

        def entry() -> None:
            name = self.new_name(":")
            self.expect(":")
            entries.append((name, self.type()))

        self.row(">", entry)
        return ContextType("context", tuple(entries))

    def _function_type(self) -> Type:
        self.expect("<")
        parameters: list[Type] = []
        self.row(">", lambda: parameters.append(self.type()))
        self.expect("->")
        return FunctionType("function", tuple(parameters), self.type())


# These need parameters: ``instance of list`` names no type (table 61).
_PARAMETERIZED: Final = frozenset({LIST, CONTEXT, FUNCTION, RANGE})


_TYPE_RULES: Final[dict[str, Callable[[TypeParser], Type]]] = {
    "list": TypeParser._list_type,
    "range": TypeParser._range_type,
    "context": TypeParser._context_type,
    "function": TypeParser._function_type,
}
