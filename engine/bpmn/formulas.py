"""Expressions of a model, compiled once, and the values that they give for a token."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from engine.bpmn.model import Language, Text
from engine.bpmn.tokens import Failed
from engine.bpmn.variables import copied, visible_values
from engine.feel import Expression, FeelError, FeelSyntaxError, compile_expression

if TYPE_CHECKING:
    from engine.bpmn.tokens import Token

__all__ = ["FeelSyntaxError", "Formula"]


class Formula:
    """An expression, or a literal that is its own value.

    ``names`` are the variables that it reads. Raises FeelSyntaxError when it is built from a text that is wrong.
    """

    __slots__ = ("_expression", "_literal", "names", "source")

    def __init__(self, text: Text) -> None:
        self.source = text.source
        self._literal = text.source
        self._expression: Expression | None = None
        self.names: Collection[str] = ()
        if text.language is not Language.LITERAL:
            self._expression = compile_expression(text.source, language=text.language.value)
            self.names = self._expression.names

    @property
    def literal(self) -> str | None:
        """The text itself if it is no expression."""
        return self._literal if self._expression is None else None

    def value(self, token: "Token", extra: Mapping[str, Any] | None = None) -> Any:
        """Return the value as JSON, never shared with a variable.

        ``extra`` are names that only this expression sees, before the variables. Raises Failed.
        """
        if self._expression is None:
            return self._literal
        variables = visible_values(token, self.names)
        if extra:
            variables.update(extra)
        try:
            return copied(self._expression.evaluate_json(variables, now=token.workflow.now))
        except FeelError as error:
            raise Failed("expression", f"Expected a value of {self.source!r}, found: {error}") from error

    def truth(self, token: "Token", extra: Mapping[str, Any] | None = None) -> bool:
        """Return the value, which must be true or false. Raises Failed."""
        value = self.value(token, extra)
        if value is True or value is False:
            return value
        if self._expression is None and self._literal in ("true", "false"):
            return self._literal == "true"
        raise Failed("expression", f"Expected true or false from {self.source!r}, found {value!r}{self._why(token)}")

    def text(self, token: "Token") -> str:
        """Return the value, which must be a text that is not empty. Numbers are written out. Raises Failed."""
        value = self.value(token)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise Failed("expression", f"Expected a text from {self.source!r}, found {value!r}{self._why(token)}")

    def whole(self, token: "Token") -> int:
        """Return the value, which must be a whole number. Raises Failed."""
        value = self.value(token)
        if self._expression is None and isinstance(value, str):
            try:
                return int(value)
            except ValueError:
                raise Failed("expression", f"Expected a whole number, found {value!r}") from None
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise Failed("expression", f"Expected a whole number from {self.source!r}, found {value!r}{self._why(token)}")

    def _why(self, token: "Token") -> str:
        if self._expression is None:
            return ""
        warnings = self._expression.evaluate_traced(visible_values(token, self.names), now=token.workflow.now).warnings
        return f" ({'; '.join(warnings)})" if warnings else ""
