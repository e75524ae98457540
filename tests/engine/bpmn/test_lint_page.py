"""Every rule is explained in both languages, and the page that lists them is current."""

import re

import pytest

from engine.bpmn.rules import FAMILIES, RULES
from engine.bpmn.rules.page import PAGE, page


def test_the_page_of_rules_is_current() -> None:
    assert PAGE.read_text() == page(), "run: python -m engine.bpmn.rules"


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_says_what_is_expected_and_how_to_mend_it_in_both_languages(name: str) -> None:
    rule = RULES[name]

    indonesian, english = rule.expected
    assert indonesian.startswith("Diharapkan")
    assert english.startswith("Expected")
    assert len(set(rule.mend)) == 2
    assert all(sentence.endswith((".", "?")) or ":" in sentence for sentence in rule.mend)
    assert rule.family in {module.__name__.rpartition(".")[2] for module in FAMILIES}


def test_whatever_the_compiler_refuses_is_a_rule_of_the_page() -> None:
    folder = PAGE.parent
    sources = [folder / "compiler.py", *sorted((folder / "compiling").glob("*.py"))]
    refused = {
        name
        for source in sources
        for name in re.findall(r'\.refuse\(\s*"([\w-]+)"', source.read_text(encoding="utf-8"))
    }

    assert len(refused) > 20
    assert {f"bpmn.{name}" for name in refused} - set(RULES) == set()
