"""Where the rules are kept: each with its id, severity, sentences, and for most the function that checks it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.bpmn.rules.document import Document
from engine.findings import Finding, Place, Severity
from engine.gate import Element

# A sentence in Indonesian and in English.
Both = tuple[str, str]
# What a rule of structure finds: the element, and what was found there in Indonesian and English.
Found = tuple[Element, str, str]
Check = Callable[[Document], Iterator[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. ``expected`` says what must be so, ``mend`` what to do; ``section`` is where BPMN 2.0.2 says it.

    ``family`` is the noun under which RULES.md lists it. ``in_dialects`` is its severity in a file of an engine's
    dialect: engines give a meaning to some things that BPMN alone leaves open.
    """

    id: str
    severity: Severity
    expected: Both
    mend: Both
    section: str
    family: str
    in_dialects: Severity

    def finding(
        self,
        place: Place,
        element: str | None,
        name: str | None,
        found: Both,
        mend: Both | None = None,
        *,
        is_plain: bool = True,
    ) -> Finding:
        """Return what was found as a finding of this rule; ``mend`` overrules the rule's own."""
        mended = mend or self.mend
        return Finding(
            self.id,
            self.severity if is_plain else self.in_dialects,
            {
                "id": f"{self.expected[0]}; ditemukan {found[0]}.",
                "en": f"{self.expected[1]}; found {found[1]}.",
            },
            place,
            element,
            name or None,
            {"id": mended[0], "en": mended[1]},
        )


RULES: dict[str, Rule] = {}
_CHECKS: list[tuple[Rule, Check]] = []


def rule(
    name: str,
    indonesian: str,
    english: str,
    section: str,
    severity: Severity = Severity.ERROR,
    *,
    mend: Both,
    in_dialects: Severity | None = None,
) -> Callable[[Check], Check]:
    """Register a rule of structure ``bpmn.<name>``. The sentences say what is expected."""

    def register(check: Check) -> Check:
        family = check.__module__.rpartition(".")[2]
        kept = declare(
            name, (indonesian, english), section, severity, mend=mend, family=family, in_dialects=in_dialects
        )
        _CHECKS.append((kept, check))
        return check

    return register


def declare(
    name: str,
    expected: Both,
    section: str,
    severity: Severity = Severity.ERROR,
    *,
    mend: Both,
    family: str,
    in_dialects: Severity | None = None,
) -> Rule:
    """Keep a rule that something else checks, and return it."""
    identifier = name if "." in name else f"bpmn.{name}"
    if identifier in RULES:
        raise ValueError(f"Expected new ids of rules, but {identifier} is taken")
    RULES[identifier] = Rule(identifier, severity, expected, mend, section, family, in_dialects or severity)
    return RULES[identifier]


def check_structure(root: Element, dialect: str | None = None) -> list[Finding]:
    """Return what breaks the rules of structure in one file, by place. ``dialect`` None: as the file shows."""
    document = Document(root, dialect=dialect)
    findings = [
        each.finding(
            element.place, element.get("id"), element.get("name"), (indonesian, english), is_plain=document.is_plain
        )
        for each, check in _CHECKS
        for element, indonesian, english in check(document)
    ]
    return sorted(findings, key=lambda finding: (finding.place.line or 0, finding.place.column or 0, finding.rule))


def shown(element: Element | None) -> str:
    """Return an element as people find it: its name and id."""
    if element is None:
        return "-"
    return f"{element.name} {element.get('id') or element.get('name') or ''}".strip()
