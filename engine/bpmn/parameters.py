"""Input and output parameters of Camunda 7: texts, expressions, lists and maps as values of mappings."""

import json
import re
from dataclasses import replace

from engine.bpmn.idioms import without_calls
from engine.bpmn.model import Language, Mapped, Text, Work
from engine.bpmn.properties import Properties
from engine.bpmn.words import written
from engine.feel import FeelSyntaxError, syntax
from engine.feel.juel import parse_juel
from engine.feel.printer import print_node
from engine.gate import Element

_PATH = re.compile(r"[$#]\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}")
_WHY_NO_VALUE = ("ekspresi dalam daftar atau peta", "an expression in a list or map")


def mappings(properties: Properties, work: Work) -> Work:
    """Return ``work`` with the input and output mappings that a step's parameters are."""
    inputs: list[Mapped] = []
    outputs: list[Mapped] = []
    for holder in properties.all("inputOutput"):
        for child in holder.children:
            source = value_of(child)
            target = child.get("name") or ""
            if source is None and script_in(child) is not None:
                continue  # besides_of makes it a step.
            if source is None:
                properties.report.refused(child, "", *_WHY_NO_VALUE)
                continue
            (inputs if child.name == "inputParameter" else outputs).append(Mapped(source, target))
            properties.report.mapped(child, "", "zeebe:ioMapping")
        properties.report.mapped(holder, "", "zeebe:ioMapping", whole=False)
    if not inputs and not outputs:
        return work
    return replace(work, inputs=(*work.inputs, *inputs), outputs=(*work.outputs, *outputs))


def script_in(element: Element) -> Element | None:
    """Return the script that computes a parameter, by itself or inside a list or map; None: there is none."""
    return next((each for each in element.walk() if each.name == "script"), None)


def value_of(element: Element) -> Text | None:
    """Return the value of a parameter: text, expression, list or map; None for a script and for what we cannot say."""
    inner = next((child for child in element.children if child.name in ("list", "map", "script")), None)
    if inner is None:
        return without_calls(written(element, None))
    if inner.name == "script" and (inner.get("scriptFormat") or "").lower() == "juel":
        return written(inner, None)
    feel = _as_feel(inner)
    return Text(feel, Language.FEEL, element.place) if feel is not None else None


def _as_feel(element: Element) -> str | None:
    """Write a list, a map or a value as FEEL; None where a script or a larger expression stands inside."""
    if element.name == "list":
        items = [_as_feel(child) for child in element.children]
        return None if None in items else f"[{', '.join(filter(None, items))}]"
    if element.name == "map":
        entries = [(json.dumps(child.get("key") or ""), _as_feel(child)) for child in element.children]
        return None if any(value is None for _key, value in entries) else _context(entries)
    if element.name == "script":
        return None
    inner = next(iter(element.children), None)
    if inner is not None:
        return _as_feel(inner)
    source = element.text.strip()
    if "${" in source or "#{" in source:
        return _feel_of(source)
    return json.dumps(source, ensure_ascii=False)


def _feel_of(juel: str) -> str | None:
    """Return the FEEL that means the same as JUEL; None where FEEL has no words for it."""
    path = _PATH.fullmatch(juel)
    if path:
        return path[1]
    try:
        tree = parse_juel(juel)
    except FeelSyntaxError:
        return None
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, syntax.Known):
            return None
        waiting.extend(syntax.children(node))
    return f"({print_node(tree)})"


def _context(entries: list[tuple[str, str | None]]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in entries) + "}"
