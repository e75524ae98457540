"""Where the rules of structure are kept: each is a function over a document, with its id and sentence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.bpmn.rules.document import Document
from engine.findings import Finding, Severity
from engine.gate import Element

# What a rule finds: the element, and what was found there in Indonesian and English.
Found = tuple[Element, str, str]
Check = Callable[[Document], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. ``expected`` says in both languages what must be so; ``section`` is where BPMN 2.0.2 says it."""

    id: str
    severity: Severity
    expected: tuple[str, str]
    section: str
    check: Check


RULES: dict[str, Rule] = {}


def rule(
    name: str, indonesian: str, english: str, section: str, severity: Severity = Severity.ERROR
) -> Callable[[Check], Check]:
    """Register a rule ``bpmn.<name>``. The sentences say what is expected."""

    def register(check: Check) -> Check:
        identifier = f"bpmn.{name}"
        if identifier in RULES:
            raise ValueError(f"Expected new ids of rules, but {identifier} is taken")
        RULES[identifier] = Rule(identifier, severity, (indonesian, english), section, check)
        return check

    return register


def check_structure(root: Element) -> list[Finding]:
    """Return what breaks the rules of structure in one file, by place."""
    document = Document(root)
    findings = [
        Finding(
            each.id,
            each.severity,
            {"id": f"{each.expected[0]}; ditemukan {indonesian}.", "en": f"{each.expected[1]}; found {english}."},
            element.place,
            element.get("id"),
            element.get("name"),
        )
        for each in RULES.values()
        for element, indonesian, english in each.check(document)
    ]
    return sorted(findings, key=lambda finding: (finding.place.line or 0, finding.place.column or 0, finding.rule))


def shown(element: Element | None) -> str:
    """Return an element as people find it: its name and id."""
    if element is None:
        return "-"
    return f"{element.name} {element.get('id') or element.get('name') or ''}".strip()
