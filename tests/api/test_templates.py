"""What holds for every template: both languages in each sentence, everything escaped, no code or style of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from api.pages import notices

TEMPLATES = Path(__file__).parents[2] / "api" / "templates"
FILES = sorted(str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.html"))
_PLACES = re.compile(r"\{(\w*)\}")


def parsed(file: str) -> nodes.Template:
    return Environment(autoescape=True).parse((TEMPLATES / file).read_text("utf-8"))


def sentences(file: str) -> Iterator[nodes.Call]:
    """Yield the calls of ``say`` whose texts stand in the template."""
    for call in parsed(file).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "say" and call.dyn_args is None:
            yield call


@pytest.mark.parametrize("file", FILES)
def test_each_sentence_is_there_in_both_languages_with_the_same_places(file: str) -> None:
    for call in sentences(file):
        texts = [part.value for part in call.args if isinstance(part, nodes.Const)]
        if len(texts) != len(call.args):
            continue  # words that a module holds in both languages
        assert len(texts) == 2, f"line {call.lineno}: expected two texts, found {texts}"
        indonesian, english = texts
        assert indonesian.strip(), f"line {call.lineno}: no Indonesian"
        assert english.strip(), f"line {call.lineno}: no English"
        if call.kwargs:
            places = [set(_PLACES.findall(text)) for text in texts]
            given = {part.key for part in call.kwargs}
            assert places[0] == places[1] == given, f"line {call.lineno}: {texts} with {given}"


@pytest.mark.parametrize("file", FILES)
def test_everything_is_escaped(file: str) -> None:
    tree = parsed(file)

    assert [found.lineno for found in tree.find_all(nodes.Filter) if found.name in ("safe", "forceescape")] == []
    assert list(tree.find_all(nodes.ScopedEvalContextModifier)) == []  # {% autoescape false %}
    assert [found for found in tree.find_all(nodes.Name) if found.name == "Markup"] == []


@pytest.mark.parametrize("file", FILES)
def test_a_template_holds_neither_code_nor_styles(file: str) -> None:
    written = "".join(data.data for data in parsed(file).find_all(nodes.TemplateData))

    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+\s*=|\sstyle\s*=|javascript:|<style", written) == []


def test_each_notice_is_there_in_both_languages() -> None:
    assert all(indonesian.strip() and english.strip() for indonesian, english in notices._NOTICES.values())
