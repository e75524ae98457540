"""What all parts of a compilation share: names, expressions, declared messages and codes, and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.bpmn.definition import Definition
from engine.bpmn.formulas import FeelSyntaxError, Formula
from engine.bpmn.model import Declared, EventDefinition, Language, Mapped, Model, Node, Text
from engine.bpmn.rules import RULES
from engine.bpmn.scopes import Process
from engine.bpmn.specs import Mapping as Mapping_
from engine.dmn import Decisions
from engine.findings import Finding, Place, Severity


class Callees(Protocol):
    """What finds the processes that are called."""

    def named(self, name: str, node: Node, findings: "Findings") -> Process | None:
        """Return the step of a called process; None, and a finding, if there is none."""
        ...

    def all(self) -> dict[str, Process]:
        """Return every executable process that is known, by id, compiled."""
        ...


@dataclass(slots=True)
class Findings:
    """The faults that were found."""

    found: list[Finding] = field(default_factory=list)

    def refuse(self, rule: str, element: str, place: Place, wanted: tuple[str, str], found: tuple[str, str]) -> None:
        """Note what breaks the rule ``bpmn.<rule>``. ``wanted`` and ``found`` are in Indonesian and English."""
        message = {
            "id": f"Diharapkan {wanted[0]}, ditemukan {found[0]}.",
            "en": f"Expected {wanted[1]}, found {found[1]}.",
        }
        indonesian, english = RULES[f"bpmn.{rule}"].mend
        mend = {"id": indonesian, "en": english}
        self.found.append(Finding(f"bpmn.{rule}", Severity.ERROR, message, place, element, mend=mend))


NOTHING = ("tidak ada", "none")


@dataclass(frozen=True, slots=True)
class Context:
    """One process under compilation. ``prefix`` stands before the names of the steps of a called process."""

    definition: Definition
    process: str
    prefix: str
    model: Model
    decisions: Decisions | None
    callees: Callees
    findings: Findings

    def name(self, element: str) -> str:
        """Return the name of the step of an element."""
        return f"{self.prefix}{element}"

    def refuse(self, rule: str, node: Node, wanted: tuple[str, str], found: tuple[str, str] = NOTHING) -> None:
        """Note a fault of a node."""
        self.findings.refuse(rule, node.id, node.place, wanted, found)

    def formula(self, text: Text | None, element: str) -> Formula | None:
        """Compile an expression; None for none, and for one that is wrong, which is a finding."""
        if text is None:
            return None
        try:
            return Formula(text)
        except FeelSyntaxError as error:
            wanted = (f"ekspresi {text.language.value} yang benar", f"a correct {text.language.value} expression")
            where = f"line {error.line}, column {error.column}"
            self.findings.refuse(
                "expression", element, text.place, wanted, (f"{error.message} ({where})", f"{error.message} ({where})")
            )
            return None

    def mappings(self, mapped: Sequence[Mapped], element: str) -> tuple[Mapping_, ...]:
        """Compile input or output mappings."""
        compiled = ((self.formula(each.source, element), each.target) for each in mapped)
        return tuple(Mapping_(formula, target) for formula, target in compiled if formula is not None)

    def declared(self, reference: str | None) -> Declared | None:
        """Return a declared message, signal, error or escalation."""
        return self.model.declared.get(reference or "")

    def declared_name(self, reference: str | None, node: Node) -> Formula | None:
        """Return the name of a declared message or signal; None, and a finding, where there is none."""
        declared = self.declared(reference)
        name = (declared.name or declared.id) if declared is not None else ""
        if declared is None or not name:
            wanted = ("pesan atau sinyal yang dinyatakan", "a declared message or signal")
            self.refuse("event-reference", node, wanted, (reference, reference) if reference else NOTHING)
            return None
        language = Language.FEEL if name.startswith("=") else Language.LITERAL
        return self.formula(Text(name.removeprefix("="), language, declared.place), node.id)

    def code(self, event: EventDefinition) -> str | None:
        """Return the code of an error or escalation; None stands for any."""
        declared = self.declared(event.ref)
        return (declared.code or declared.name or declared.id) if declared is not None else None
