"""What the commands say: lines for people, or one JSON value."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import Invalid
from engine.findings import Finding, Severity

_WORDS = {
    "en": {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "hint"},
    "id": {Severity.ERROR: "galat", Severity.WARNING: "peringatan", Severity.HINT: "saran"},
}
_ORDER = [Severity.ERROR, Severity.WARNING, Severity.HINT]


class Output:
    """Where a command speaks. With ``as_json`` lines for people are left out."""

    def __init__(self, language: str, *, as_json: bool = False) -> None:
        self.language, self.as_json = language, as_json

    def say(self, text: str = "") -> None:
        """Print a line for people."""
        if not self.as_json:
            print(text)

    def give(self, value: Any) -> None:
        """Print the JSON value that the command gives."""
        print(json.dumps(value, ensure_ascii=False, indent=2, default=str))

    def refuse(self, message: str) -> int:
        """Say why a command could not be done; return its exit code."""
        print(message, file=sys.stderr)
        return 2

    def findings(self, folder: str, findings: Iterable[Finding]) -> None:
        """Print findings by place, each with how to mend it."""
        for finding in sorted(findings, key=_by_place):
            place = f"{folder}/{finding.place}" if folder else str(finding.place)
            who = f" [{finding.element}]" if finding.element else ""
            self.say(f"{place}: {self._word(finding)}{who}: {self._text(finding.message)} ({finding.rule})")
            if mend := self._text(finding.mend):
                self.say(f"    {mend}")

    def counts(self, findings: Iterable[Finding]) -> str:
        """Return how many findings of each kind there are, in words."""
        counted = Counter(finding.severity for finding in findings)
        words = [f"{counted[severity]} {_WORDS[self.language][severity]}" for severity in _ORDER if counted[severity]]
        return ", ".join(words) or "0"

    def _word(self, finding: Finding) -> str:
        return _WORDS[self.language][finding.severity]

    def _text(self, texts: Mapping[str, str]) -> str:
        return texts.get(self.language) or texts.get("en") or ""


def spoken() -> str:
    """Return the language of this process's people: ALUR_LANGUAGE, else that of the system; ``id`` or ``en``."""
    said = next((value for name in _LANGUAGES_OF if (value := os.environ.get(name))), "")
    return "id" if said.startswith("id") else "en"


def refused(error: Invalid) -> int:
    """Say, for people at a terminal, what is wrong with what was handed in; return the exit code of the command."""
    output = Output(spoken())
    output.findings("", error.findings)
    return output.refuse(error.message)


_LANGUAGES_OF = ("ALUR_LANGUAGE", "LC_ALL", "LANG")


def _by_place(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    return (place.file, place.line or 0, place.column or 0, _ORDER.index(finding.severity), finding.rule)
