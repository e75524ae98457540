"""Camunda 8's extension elements (namespace ``zeebe``): what they mean, and which of them we know."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.bpmn.model import Language, Mapped, Text, Work
from engine.bpmn.words import ACTIVITI, BPMN, CAMUNDA, FLOWABLE, ZEEBE, expression, local, refuse, truth
from engine.findings import Finding, Place
from engine.gate import Element

# Known and given a meaning, here or (listeners, ad hoc, conditional filter) by a finding that names them.
_KNOWN = frozenset(
    "assignmentDefinition formDefinition userTask taskSchedule priorityDefinition taskDefinition taskHeaders ioMapping "
    "calledDecision calledElement script subscription loopCharacteristics properties versionTag userTaskForm".split()
)
_EXECUTABLE = (ZEEBE, CAMUNDA, ACTIVITI, FLOWABLE)


@dataclass(frozen=True, slots=True)
class Collection:
    """What zeebe:loopCharacteristics say; None: nothing."""

    items: Text | None = None
    element: str | None = None
    output: str | None = None
    output_element: Text | None = None


class Extensions:
    """The extension elements of one BPMN element."""

    def __init__(self, element: Element, findings: list[Finding]) -> None:
        self.element = element
        holder = element.first("extensionElements", BPMN)
        self.children = holder.children if holder is not None else []
        self.zeebe = {child.name: child for child in self.children if child.namespace == ZEEBE}
        for child in self.children:
            if child.namespace in _EXECUTABLE and not (child.namespace == ZEEBE and child.name in _KNOWN):
                findings.append(_unknown(element, child.namespace, child.name, child.place))
        for key in element.attributes:
            namespace, _brace, name = key.removeprefix("{").rpartition("}")
            if namespace in _EXECUTABLE:
                findings.append(_unknown(element, namespace, name, element.place))

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
            form=(form.get("formId") or form.get("formKey") or form.get("externalReference")) if form else None,
            job_type=_value(definition, "type"),
            retries=_value(definition, "retries"),
            headers=self._pairs("taskHeaders", "header", "key"),
            inputs=self._mappings("input"),
            outputs=self._mappings("output"),
            decision=_value(decision, "decisionId"),
            script=_value(run, "expression") or script,
            result_variable=_attribute(decision, "resultVariable") or _attribute(run, "resultVariable"),
            called_process=_value(called, "processId") or self._called_by_bpmn(),
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

    def _called_by_bpmn(self) -> Text | None:
        reference = self.element.get("calledElement")
        return Text(local(reference), Language.LITERAL, self.element.place) if reference else None

    def _pairs(self, holder: str, item: str, key: str) -> Mapping[str, str]:
        found = self.zeebe.get(holder)
        if found is None:
            return {}
        return {name: child.get("value") or "" for child in found.all(item) if (name := child.get(key))}

    def _mappings(self, kind: str) -> tuple[Mapped, ...]:
        holder = self.zeebe.get("ioMapping")
        if holder is None:
            return ()
        return tuple(
            Mapped(expression((child.get("source") or "").strip(), child.place), child.get("target") or "")
            for child in holder.all(kind)
        )


def correlation(message: Element) -> Text | None:
    """Return a message's correlation key (zeebe:subscription); None: it has none."""
    holder = message.first("extensionElements", BPMN)
    return _value(holder.first("subscription", ZEEBE), "correlationKey") if holder is not None else None


def dialect(root: Element) -> str:
    """Return which tool's properties the file uses, found by namespace: the one that comes first in the file."""
    names = {ZEEBE: "camunda8", CAMUNDA: "camunda7", ACTIVITI: "camunda7", FLOWABLE: "flowable"}
    for element in root.walk():
        spaces = (element.namespace, *(key[1:].partition("}")[0] for key in element.attributes if key[:1] == "{"))
        for space in spaces:
            if space in names:
                return names[space]
    return "camunda8"


def _value(element: Element | None, attribute: str) -> Text | None:
    text = _attribute(element, attribute)
    return expression(text.strip(), element.place) if element is not None and text else None


def _attribute(element: Element | None, attribute: str) -> str | None:
    return element.get(attribute) if element is not None else None


def _unknown(element: Element, namespace: str, name: str, place: Place) -> Finding:
    prefix = next((prefix for prefix, space in element.prefixes.items() if space == namespace), namespace)
    shown = f"{prefix}:{name}"
    return refuse(
        "bpmn.unknown-extension",
        element,
        f"Diharapkan hanya perluasan yang dijalankan Alur, ditemukan {shown} di baris {place.line}.",
        f"Expected only extensions that Alur executes, found {shown} on line {place.line}.",
        mend_id=f"Hapus {shown}, atau ungkapkan maksudnya dengan properti Camunda 8.",
        mend=f"Remove {shown}, or say what it means with a property of Camunda 8.",
    )
