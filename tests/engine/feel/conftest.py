"""Short ways to evaluate FEEL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings

from engine.feel import compile_expression

# The same examples on every run, however busy the machine is.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture
def noon() -> datetime:
    """The moment that the tests call now."""
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def evaluate(noon: datetime) -> Callable[..., Any]:
    """Evaluate an expression: ``evaluate("a + 1", a=2)``."""

    def run(source: str, /, **variables: Any) -> Any:
        return compile_expression(source, names=list(variables)).evaluate(variables, now=noon)

    return run


@pytest.fixture
def same(evaluate: Callable[..., Any]) -> Callable[[str, str], None]:
    """Assert that two expressions give the same value: ``same("1 + 1", "2")``."""

    def compare(source: str, expected: str) -> None:
        found, wanted = evaluate(source), evaluate(expected)
        assert type(found) is type(wanted), f"{source} gives {found!r}, not {wanted!r}"
        assert found == wanted, f"{source} gives {found!r}, not {wanted!r}"

    return compare
