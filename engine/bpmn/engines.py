"""The engines whose dialects we read, and how to tell which one a file is in."""

from collections.abc import Iterator, Mapping

from engine.bpmn.words import ACTIVITI, CAMUNDA, FLOWABLE, FOX, MODELER, OPERATON, SPIFF, ZEEBE
from engine.gate import Element

CAMUNDA7 = (CAMUNDA, ACTIVITI, OPERATON, FOX)
DIALECTS: Mapping[str, str] = {
    ZEEBE: "camunda8",
    **dict.fromkeys(CAMUNDA7, "camunda7"),
    FLOWABLE: "flowable",
    SPIFF: "spiff",
}
# How Camunda's first modeler, for Camunda 7 only, names itself; later ones say their platform.
_EXPORTER = "camunda modeler"


def dialect_of(root: Element, otherwise: str | None = None) -> str:
    """Return the dialect of a file, ``bpmn`` for none: by what its modeler says, and whose properties it uses.

    Then comes the file's own namespace: the first modelers for Camunda 7 and Activiti wrote their engine's there.
    A file that uses nobody's properties is in the dialect ``otherwise``; None: only its modeler's name tells.
    """
    platform = root.get("executionPlatform", MODELER) or ""
    if platform.startswith("Camunda Cloud"):
        return "camunda8"
    if platform.startswith(("Camunda Platform", "Operaton")):
        return "camunda7"
    used = (space for element in root.walk() for space in _spaces(element))
    for space in (*used, *root.prefixes.values(), root.get("targetNamespace") or ""):
        if space in DIALECTS:
            return DIALECTS[space]
    if otherwise is not None:
        return otherwise
    return "camunda7" if (root.get("exporter") or "").lower() == _EXPORTER else "bpmn"


def _spaces(element: Element) -> Iterator[str]:
    yield element.namespace
    yield from (key[1:].partition("}")[0] for key in element.attributes if key[:1] == "{")
