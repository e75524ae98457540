"""A report of what became of the properties of engines' dialects.

Camunda 8's properties are the reference; those of Camunda 7 (and activiti, operaton), Flowable and Spiff are mapped on
them by namespace. What has no equivalent is reported with its element, never dropped.
"""

from collections.abc import Iterator

from engine.bpmn.engines import DIALECTS
from engine.bpmn.model import Conversion, Outcome
from engine.bpmn.rules.reading import BECAME_JOB, FOREIGN_EXTENSION, NO_EQUIVALENT, UNKNOWN_EXTENSION
from engine.bpmn.rules.registry import Rule
from engine.bpmn.words import (
    BPMN,
    MODELER,
    XSI,
)
from engine.findings import Finding
from engine.gate import Element

# Of other engines: what stands there would be executed by them, so we may not pass over it.
_ENGINES = ("http://www.jboss.org/drools", "http://www.jboss.org", "http://www.bonitasoft.com")
# Of tools: colours, fonts, identities, documentation. They never have a meaning for execution.
_TOOLS = (
    MODELER,
    XSI,
    "http://www.omg.org/spec/",
    "http://bpmn.io/",
    "http://www.omg.org/spec/BPMN/non-normative/color",
    "http://www.signavio.com",
    "http://bpmn.sourceforge.net",
    "http://www.w3.org/",
)


class Report:
    """Keeps what became of every extension of a file, so that none is passed over."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.findings: list[Finding] = []
        self.conversions: list[Conversion] = []
        self._holders = dict(_holders(root))
        self._told: set[tuple[int, str]] = set()

    def mapped(self, element: Element, attribute: str = "", became: str = "", *, whole: bool = True) -> None:
        """Note that an extension element, or an attribute, has the meaning ``became`` here.

        ``whole`` is False for an element whose inner parts are spoken of one by one.
        """
        self._note(Outcome.MAPPED, element, attribute, became, whole=whole)

    def unneeded(self, element: Element, attribute: str = "") -> None:
        """Note that an extension changes nothing here: what it asks for is always so, or a matter of operation."""
        self._note(Outcome.UNNEEDED, element, attribute, "")

    def job(self, element: Element, attribute: str, job_type: str) -> None:
        """Note that code became a job type that somebody must answer."""
        if self._note(Outcome.JOB, element, attribute, job_type):
            what = self.name(element, attribute)
            self._find(BECAME_JOB, element, f"{what}: {job_type}", f"{what}: {job_type}")

    def lost(self, element: Element, attribute: str = "", indonesian: str = "", english: str = "") -> None:
        """Note that an extension has no equivalent; the process runs without it."""
        if self._note(Outcome.LOST, element, attribute, english):
            self._tell(NO_EQUIVALENT, element, attribute, indonesian, english)

    def refused(self, element: Element, attribute: str = "", indonesian: str = "", english: str = "") -> None:
        """Note that an extension is not understood and that the process would not be right without it."""
        if self._note(Outcome.REFUSED, element, attribute, english):
            self._tell(UNKNOWN_EXTENSION, element, attribute, indonesian, english)

    def sweep(self) -> None:
        """Refuse every extension of an engine that nobody has spoken of, and tell of those of unknown tools."""
        foreign: dict[str, Element] = {}
        for element in self.root.walk():
            if element.namespace in DIALECTS or element.namespace.startswith(_ENGINES):
                if not self._is_told(element):
                    self.refused(element)
            elif element.namespace != BPMN and element.namespace and not element.namespace.startswith(_TOOLS):
                foreign.setdefault(element.namespace, element)
            for key in element.attributes:
                space, _brace, _name = key.removeprefix("{").rpartition("}")
                if (space in DIALECTS or space.startswith(_ENGINES)) and (id(element), key) not in self._told:
                    self.refused(element, key)
                elif space and space not in DIALECTS and not space.startswith((BPMN, *_TOOLS)):
                    foreign.setdefault(space, element)
        for space, element in foreign.items():
            self._find(FOREIGN_EXTENSION, element, f"namespace {space}", f"the namespace {space}")

    def _is_told(self, element: Element) -> bool:
        """Tell whether somebody has spoken of an element, or of the extension that it is a part of."""
        return (id(element), "") in self._told

    def _note(self, outcome: Outcome, element: Element, attribute: str, became: str, *, whole: bool = True) -> bool:
        """Keep what became of an extension; False if that is known already. An element's inner parts go with it."""
        key = attribute if not attribute or attribute.startswith("{") else self.key(element, attribute)
        if (id(element), key) in self._told:
            return False
        self._told.add((id(element), key))
        if not key and whole:
            self._told.update((id(each), "") for each in element.walk())
        holder = self.holder(element)
        self.conversions.append(
            Conversion(outcome, holder.get("id"), self.name(element, attribute), became, element.place)
        )
        return True

    def key(self, element: Element, attribute: str) -> str:
        """Return the key of an attribute that an element has in some namespace of an engine."""
        return next((key for key in element.attributes if key.endswith(f"}}{attribute}")), attribute)

    def holder(self, element: Element) -> Element:
        """Return the BPMN element with an id around an extension."""
        return self._holders.get(id(element), self.root)

    def name(self, element: Element, attribute: str = "") -> str:
        """Return an extension's name with the prefix that the file uses."""
        space, _brace, local = attribute.removeprefix("{").rpartition("}")
        if attribute:
            space = space or self.key(element, attribute).removeprefix("{").rpartition("}")[0]
            return f"{_prefix(element, space)}:{local}" if space else local
        return f"{_prefix(element, element.namespace)}:{element.name}"

    def _tell(self, rule: Rule, element: Element, attribute: str, indonesian: str, english: str) -> None:
        what = self.name(element, attribute)
        self._find(rule, element, *(f"{what}, {why}" if why else what for why in (indonesian, english)))

    def _find(self, rule: Rule, element: Element, indonesian: str, english: str) -> None:
        holder = self.holder(element)
        self.findings.append(rule.finding(element.place, holder.get("id"), holder.get("name"), (indonesian, english)))


def _prefix(element: Element, space: str) -> str:
    return next((prefix for prefix, found in element.prefixes.items() if found == space and prefix), space)


def _holders(root: Element) -> Iterator[tuple[int, Element]]:
    """Yield, for every element, the nearest BPMN element with an id around it (or itself)."""
    waiting = [(root, root)]
    while waiting:
        element, holder = waiting.pop()
        here = element if element.namespace == BPMN and element.get("id") else holder
        yield id(element), here
        waiting.extend((child, here) for child in element.children)
