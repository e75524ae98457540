"""Camunda 8's extension elements (namespace ``zeebe``): what they mean, and which of them we know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn.besides import Beside, Side
from engine.bpmn.dialects import Report
from engine.bpmn.model import Language, Mapped, Text, Work
from engine.bpmn.words import BPMN, ZEEBE, expression, local, truth, written
from engine.gate import Element

_PEOPLE = frozenset(("userTask",))
_JOBS = frozenset(
    "serviceTask sendTask scriptTask businessRuleTask endEvent intermediateThrowEvent adHocSubProcess task".split()
)
# Which elements have a meaning, and on which BPMN elements; None: on all that stand in a process.
_KNOWN: Mapping[str, frozenset[str] | None] = {
    "assignmentDefinition": _PEOPLE,
    "userTask": _PEOPLE,
    "taskSchedule": _PEOPLE,
    "priorityDefinition": _PEOPLE,
    "formDefinition": _PEOPLE | {"startEvent"},
    "taskDefinition": _JOBS,
    "taskHeaders": _JOBS | _PEOPLE,
    "ioMapping": None,
    "calledDecision": frozenset(("businessRuleTask",)),
    "calledElement": frozenset(("callActivity",)),
    "script": frozenset(("scriptTask",)),
    "subscription": frozenset(("message",)),
    "loopCharacteristics": frozenset(("multiInstanceLoopCharacteristics",)),
    "properties": None,
    "versionTag": None,
    "userTaskForm": frozenset(("process",)),
}
# Of element templates: they help to draw.
_OF_TEMPLATES = frozenset(("modelerTemplate", "modelerTemplateVersion", "modelerTemplateIcon"))


@dataclass(frozen=True, slots=True)
class Collection:
    """What zeebe:loopCharacteristics say; None: nothing."""

    items: Text | None = None
    element: str | None = None
    output: str | None = None
    output_element: Text | None = None


class Extensions:
    """The extension elements of one BPMN element."""

    def __init__(self, element: Element) -> None:
        self.element = element
        holder = element.first("extensionElements", BPMN)
        self.children = holder.children if holder is not None else []
        self.zeebe = {child.name: child for child in self.children if child.namespace == ZEEBE}

    def work(self, *, script: Text | None) -> Work:
        """Return what the step needs from outside."""
        assignment, schedule = self.zeebe.get("assignmentDefinition"), self.zeebe.get("taskSchedule")
        definition, decision = self.zeebe.get("taskDefinition"), self.zeebe.get("calledDecision")
        called, run = self.zeebe.get("calledElement"), self.zeebe.get("script")
        form = self.zeebe.get("formDefinition")
        return Work(
            assignee=_value(assignment, "assignee"),
            candidate_groups=_value(assignment, "candidateGroups"),
            candidate_users=_value(assignment, "candidateUsers"),
            due=_value(schedule, "dueDate"),
            follow_up=_value(schedule, "followUpDate"),
            priority=_value(self.zeebe.get("priorityDefinition"), "priority"),
            form=_form(form) if form is not None else None,
            job_type=_value(definition, "type"),
            retries=_value(definition, "retries"),
            headers=self._pairs("taskHeaders", "header", "key"),
            inputs=self._mappings("input"),
            outputs=self._mappings("output"),
            decision=_value(decision, "decisionId"),
            script=_value(run, "expression") or script,
            result_variable=_attribute(decision, "resultVariable") or _attribute(run, "resultVariable"),
            called_process=_value(called, "processId") or called_process(self.element),
            pass_all_in=truth(_attribute(called, "propagateAllParentVariables"), True),
            pass_all_out=truth(_attribute(called, "propagateAllChildVariables"), True),
            properties=self.properties(),
        )

    def properties(self) -> Mapping[str, str]:
        """Return zeebe:properties by name."""
        return self._pairs("properties", "property", "name")

    def version_tag(self) -> str | None:
        """Return the process's version tag; None: none."""
        return _attribute(self.zeebe.get("versionTag"), "value")

    def collection(self, multiple: Element) -> Collection:
        """Return what the loop characteristics of this element loop over."""
        holder = multiple.first("extensionElements", BPMN)
        found = holder.first("loopCharacteristics", ZEEBE) if holder is not None else None
        if found is None:
            return Collection()
        return Collection(
            items=_value(found, "inputCollection"),
            element=found.get("inputElement"),
            output=found.get("outputCollection"),
            output_element=_value(found, "outputElement"),
        )

    def _pairs(self, holder: str, item: str, key: str) -> Mapping[str, str]:
        found = self.zeebe.get(holder)
        if found is None:
            return {}
        return {name: child.get("value") or "" for child in found.all(item) if (name := child.get(key))}

    def _mappings(self, kind: str) -> tuple[Mapped, ...]:
        holder = self.zeebe.get("ioMapping")
        if holder is None:
            return ()
        return tuple(Mapped(written(child, "source"), child.get("target") or "") for child in holder.all(kind))


def correlation(message: Element) -> Text | None:
    """Return a message's correlation key (zeebe:subscription); None: it has none."""
    holder = message.first("extensionElements", BPMN)
    return _value(holder.first("subscription", ZEEBE), "correlationKey") if holder is not None else None


def called_process(element: Element) -> Text | None:
    """Return the process that a call activity names in BPMN's own attribute; None: none."""
    reference = (element.get("calledElement") or "").strip()
    if "${" in reference or "#{" in reference:
        return expression(reference, element.place)
    return Text(local(reference), Language.LITERAL, element.place) if reference else None


def _form(definition: Element) -> str | None:
    """Return the id of a form; a key such as ``camunda-forms:bpmn:ID`` names one that the file holds itself."""
    key = definition.get("formKey")
    named = key.removeprefix(_EMBEDDED) if key is not None else None
    return definition.get("formId") or named or definition.get("externalReference")


_EMBEDDED = "camunda-forms:bpmn:"
_LISTENED = {"start": Side.BEFORE, "creating": Side.BEFORE, "end": Side.AFTER, "completing": Side.AFTER}


def besides_of(element: Element) -> Iterator[Beside]:
    """Yield the steps that the listeners of a step are: each is a job."""
    for holder in Extensions(element).children:
        if holder.namespace != ZEEBE or holder.name not in ("executionListeners", "taskListeners"):
            continue
        for child in holder.children:
            side, job_type = _LISTENED.get(child.get("eventType") or ""), _value(child, "type")
            if side is not None and job_type is not None:
                headers = {"event": child.get("eventType") or ""}
                yield Beside(side, Work(job_type=job_type, retries=_value(child, "retries"), headers=headers), child)


def _speak_of_listeners(element: Element, report: Report) -> None:
    """Tell of listeners that found no place among the steps, and of those for what is no step here."""
    for holder in Extensions(element).children:
        if holder.namespace != ZEEBE or holder.name not in ("executionListeners", "taskListeners"):
            continue
        report.mapped(holder, "", "zeebe:taskDefinition", whole=False)
        for child in holder.children:
            if (child.get("eventType") or "") not in _LISTENED:
                report.lost(child, "", "jadikan langkah tersendiri", "make it a step of its own")


def speak_of_all(root: Element, report: Report) -> None:
    """Note which of Camunda 8's properties have a meaning where they stand, and what only helps to draw."""
    for element in root.walk():
        if element.namespace != BPMN:
            continue
        tag = _local_tag(element.name)
        for child in (each for each in Extensions(element).children if each.namespace == ZEEBE):
            if child.name in _KNOWN and ((tags := _KNOWN[child.name]) is None or tag in tags):
                report.mapped(child, "", f"zeebe:{child.name}")
        _speak_of_listeners(element, report)
        for attribute in _OF_TEMPLATES:
            if element.get(attribute, ZEEBE) is not None:
                report.unneeded(element, attribute)


def _local_tag(tag: str) -> str:
    """Return the tag of the step that a global task is when it is called: ``globalUserTask`` is a ``userTask``."""
    rest = tag.removeprefix("global")
    return rest[:1].lower() + rest[1:] if rest != tag else tag


def _value(element: Element | None, attribute: str) -> Text | None:
    return written(element, attribute) if element is not None and element.get(attribute) else None


def _attribute(element: Element | None, attribute: str) -> str | None:
    return element.get(attribute) if element is not None else None
