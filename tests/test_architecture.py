"""What holds over the whole source, where neither mypy nor ruff nor the layers' contracts look."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine
from api import problems
from engine.cli import main
from engine.errors import AlurError
from engine.settings import described

ROOT = Path(__file__).parents[1]
LOGGING = {"debug", "info", "warning", "error", "exception", "critical"}
# Errors that no request can meet, so that "internal" is their right answer.
WITHOUT_ANSWER = {"CallFailed"}


def sources(*parts: str) -> Iterator[tuple[str, ast.Module]]:
    for part in parts:
        for path in sorted((ROOT / part).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, tree in sources("engine", "api", "worker") if tree.body and not ast.get_docstring(tree)]

    assert silent == []


def test_only_the_command_line_asks_the_clock_of_the_engine() -> None:
    asking = [
        f"{name}:{node.lineno}"
        for name, tree in sources("engine")
        if not name.startswith("engine/cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("datetime.now", "datetime.utcnow", "date.today")
    ]

    assert asking == []


def test_whoever_catches_everything_logs_it_or_raises_again() -> None:
    swallowing = [
        f"{name}:{node.lineno}"
        for name, tree in sources("engine", "api", "worker")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node) and not tells(node)
    ]

    assert swallowing == []


def catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")


def tells(handler: ast.ExceptHandler) -> bool:
    return any(
        isinstance(node, ast.Raise)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGGING)
        for node in ast.walk(handler)
    )


def test_every_error_of_the_engine_has_its_status() -> None:
    for module in pkgutil.walk_packages(engine.__path__, "engine."):
        if not module.name.startswith("engine.migrations."):
            importlib.import_module(module.name)

    internal = {kind.__name__ for kind in kinds_of(AlurError) if problems.body_of(kind("x"), "en")[0] == 500}

    assert internal - WITHOUT_ANSWER == set()


def kinds_of(kind: type[AlurError]) -> Iterator[type[AlurError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("engine."):
            yield each
            yield from kinds_of(each)


def test_the_command_settings_shows_every_setting_with_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0

    shown = capsys.readouterr().out
    words = " ".join(shown.split())
    assert [each.name for each in described() if each.name not in shown or each.meaning not in words] == []
