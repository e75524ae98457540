"""What may stand inside what in a DMN file (the schemas of DMN 1.1 to 1.5 taken together), and ids that are unique.

What is found elsewhere is named instead of being passed over: a decision must never silently be less than was drawn.
"""

from collections.abc import Iterator
from typing import Final

from engine.dmn.faults import fault
from engine.findings import Finding
from engine.gate import Element

EXPRESSIONS: Final = frozenset(
    "literalExpression context list relation functionDefinition invocation conditional filter for some every "
    "decisionTable".split()
)
_ITEM: Final = frozenset("typeRef allowedValues typeConstraint itemComponent functionItem".split())
_TEXT: Final = frozenset({"text", "importedValues"})
_ONE: Final = EXPRESSIONS | {"typeRef"}
_CHILDREN: Final = {
    "definitions": frozenset(
        "import itemDefinition decision inputData businessKnowledgeModel knowledgeSource decisionService "
        "textAnnotation association group elementCollection performanceIndicator organizationUnit".split()
    ),
    "itemDefinition": _ITEM,
    "itemComponent": _ITEM,
    "functionItem": frozenset({"parameters"}),
    "decision": EXPRESSIONS
    | frozenset(
        "question allowedAnswers variable informationRequirement knowledgeRequirement authorityRequirement "
        "supportedObjective impactedPerformanceIndicator decisionMaker decisionOwner usingProcess usingTask".split()
    ),
    "businessKnowledgeModel": frozenset("encapsulatedLogic variable knowledgeRequirement authorityRequirement".split()),
    "inputData": frozenset({"variable"}),
    "knowledgeSource": frozenset({"authorityRequirement", "type", "owner"}),
    "decisionService": frozenset("variable outputDecision encapsulatedDecision inputDecision inputData".split()),
    "informationRequirement": frozenset({"requiredDecision", "requiredInput"}),
    "knowledgeRequirement": frozenset({"requiredKnowledge"}),
    "authorityRequirement": frozenset({"requiredDecision", "requiredInput", "requiredAuthority"}),
    "literalExpression": _TEXT,
    "inputExpression": _TEXT,
    "outputEntry": _TEXT,
    "defaultOutputEntry": _TEXT,
    "inputEntry": _TEXT,
    "inputValues": _TEXT,
    "outputValues": _TEXT,
    "allowedValues": _TEXT,
    "typeConstraint": _TEXT,
    "annotationEntry": _TEXT,
    "invocation": EXPRESSIONS | {"binding"},
    "binding": EXPRESSIONS | {"parameter"},
    "decisionTable": frozenset({"input", "output", "rule", "annotation"}),
    "input": frozenset({"inputExpression", "inputValues"}),
    "output": frozenset({"outputValues", "defaultOutputEntry"}),
    "rule": frozenset({"inputEntry", "outputEntry", "annotationEntry"}),
    "context": frozenset({"contextEntry"}),
    "contextEntry": EXPRESSIONS | {"variable"},
    "list": EXPRESSIONS,
    "relation": frozenset({"column", "row"}),
    "row": EXPRESSIONS,
    "functionDefinition": EXPRESSIONS | {"formalParameter"},
    "encapsulatedLogic": EXPRESSIONS | {"formalParameter"},
    "conditional": frozenset({"if", "then", "else"}),
    "if": _ONE,
    "then": _ONE,
    "else": _ONE,
    "filter": frozenset({"in", "match"}),
    "in": _ONE,
    "match": _ONE,
    "for": frozenset({"in", "return"}),
    "return": _ONE,
    "some": frozenset({"in", "satisfies"}),
    "every": frozenset({"in", "satisfies"}),
    "satisfies": _ONE,
}
_EVERYWHERE: Final = frozenset({"description", "extensionElements"})
# They draw and describe; a decision is made without them. What is in them means nothing here.
_MEANINGLESS: Final = frozenset(
    "description extensionElements textAnnotation association group elementCollection performanceIndicator "
    "organizationUnit supportedObjective impactedPerformanceIndicator decisionMaker decisionOwner usingProcess "
    "usingTask importedValues".split()
)
_MANY: Final = frozenset({"list", "row"})


def check_shape(root: Element) -> Iterator[Finding]:
    """Yield a finding for every element that has no place where it stands, and for every id that is used twice."""
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        element = waiting.pop()
        found = element.get("id")
        if found is not None and found in seen:
            yield fault(
                "dmn.duplicate-id",
                element.place,
                f"Diharapkan id yang unik, ditemukan {found} dua kali.",
                f"Expected unique ids, found {found} twice.",
                found,
                element.get("name"),
            )
        elif found is not None:
            seen.add(found)
        own = [child for child in element.children if child.namespace == root.namespace]
        yield from _strangers(element, own)
        waiting.extend(child for child in reversed(own) if child.name not in _MEANINGLESS)


def _strangers(element: Element, own: list[Element]) -> Iterator[Finding]:
    allowed = _CHILDREN.get(element.name, frozenset())
    for child in own:
        if child.name not in allowed and child.name not in _EVERYWHERE and not _is_old_type(child):
            yield fault(
                "dmn.unknown-element",
                child.place,
                f"Diharapkan isi {element.name} menurut DMN, ditemukan {child.name}.",
                f"Expected what DMN allows in {element.name}, found {child.name}.",
                child.get("id") or element.get("id"),
                child.get("name"),
            )
    expressions = [child for child in own if child.name in EXPRESSIONS]
    if len(expressions) > 1 and element.name not in _MANY:
        yield fault(
            "dmn.several-expressions",
            expressions[1].place,
            f"Diharapkan satu ekspresi dalam {element.name}, ditemukan {len(expressions)}.",
            f"Expected one expression in {element.name}, found {len(expressions)}.",
            element.get("id"),
            element.get("name"),
        )


def _is_old_type(child: Element) -> bool:
    """DMN 1.1 writes the type of an expression as an element of its own."""
    return child.name == "typeRef"
