"""The examples of the README are run."""

import doctest
from pathlib import Path

import engine.feel


def test_the_examples_of_the_readme_give_what_it_says() -> None:
    readme = Path(engine.feel.__file__).parent / "README.md"

    found = doctest.testfile(str(readme), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)

    assert found.failed == 0
    assert found.attempted >= 20


def test_feel_needs_nothing_else_of_alur() -> None:
    folder = Path(engine.feel.__file__).parent
    imported = {
        line.split()[1]
        for file in folder.rglob("*.py")
        for line in file.read_text().splitlines()
        if line.startswith(("import engine", "from engine"))
    }

    assert all(name == "engine.feel" or name.startswith("engine.feel.") for name in imported)


def test_no_text_from_outside_can_reach_python() -> None:
    folder = Path(engine.feel.__file__).parent
    words = ("eval(", "exec(", "compile(", "getattr(", "setattr(", "__import__(", "pickle", "subprocess", "importlib")
    allowed = {"re.compile(", "re2.compile(", "getattr(node, part.name)"}  # the fields of our own syntax tree

    found = []
    for file in folder.rglob("*.py"):
        for line in file.read_text().splitlines():
            rest = line.split("#")[0]
            for good in allowed:
                rest = rest.replace(good, "")
            found += [f"{file.name}: {line.strip()}" for word in words if word in rest]

    assert found == []
