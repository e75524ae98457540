"""The page that lists every rule, written from the rules themselves."""

from pathlib import Path
from types import ModuleType

from engine.bpmn.rules import FAMILIES, RULES
from engine.bpmn.rules.registry import Rule
from engine.findings import Severity

PAGE = Path(__file__).resolve().parents[1] / "RULES.md"
_HEAD = """# The rules for BPMN models

Written by `python -m engine.bpmn.rules`; do not edit. An error prevents deployment, a warning does not, a hint is about
style. Where a second severity follows, it holds in files of an engine's dialect. In a model that is only drawn, errors
are warnings. Sections are those of BPMN 2.0.2 (OMG formal/2013-12-09).
"""


def page() -> str:
    """Return the page as Markdown: a table for every family."""
    return "\n".join([_HEAD, *(_family(module) for module in FAMILIES)])


def _family(module: ModuleType) -> str:
    name = module.__name__.rpartition(".")[2]
    title = (module.__doc__ or name).partition("\n")[0].rstrip(".")
    rows = [_row(rule) for rule in RULES.values() if rule.family == name]
    head = "| rule | severity | what is expected | how to mend | section |\n|---|---|---|---|---|"
    return f"## {title}\n\n{head}\n" + "\n".join(rows) + "\n"


def _row(rule: Rule) -> str:
    expected = "<br>".join(reversed(rule.expected))
    mend = "<br>".join(reversed(rule.mend))
    cells = (f"`{rule.id}`", _severities(rule), expected, mend, rule.section)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _severities(rule: Rule) -> str:
    milder: Severity | None = rule.in_dialects if rule.in_dialects is not rule.severity else None
    return f"{rule.severity}, {milder}" if milder else str(rule.severity)
