"""What is wrong with something that was handed in, and where. Shared by every reader and checker."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a finding is: an error prevents deployment, a warning does not, a hint is about style."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an upload something stands. Lines and columns count from 1; None means not known."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, in Indonesian and English, with the place and how to mend it.

    ``rule`` is the stable id of the rule that was broken (for example ``bpmn.start-event-incoming``).
    ``message`` says what was expected and what was found; ``mend`` says what to do. Both map a language
    (``id``, ``en``) to a sentence. ``element`` is the BPMN or DMN id or the key in a YAML file.
    """

    rule: str
    severity: Severity
    message: Mapping[str, str]
    place: Place
    element: str | None = None
    name: str | None = None
    mend: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        who = f" [{self.element}]" if self.element else ""
        return f"{self.place}: {self.severity}{who}: {self.message['en']} ({self.rule})"

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON, as the API and ``alur lint --json`` show it."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": dict(self.message),
            "mend": dict(self.mend),
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "element": self.element,
            "name": self.name,
        }


def errors_of(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that prevent deployment."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
