"""What nobody has taken of the properties of Camunda 7 and Flowable: it changes nothing here, or has no equivalent."""

import re
from collections.abc import Mapping

from engine.bpmn.dialects import Report
from engine.bpmn.properties import SPACES, WORKERS, Properties
from engine.bpmn.words import BPMN
from engine.gate import Element

# They change when and how the engine saves its state, not what the process does. Ours saves after every step.
_OPERATION = frozenset(
    "async asyncBefore asyncAfter asyncLeave exclusive jobPriority taskPriority historyTimeToLive "
    "isStartableInTasklist modelerTemplate modelerTemplateVersion modelerTemplateIcon priority triggerable "
    "noWaitStatesAsyncLeave isEagerExecutionFetching autoStoreVariables completeAsync "
    "useLocalScopeForResultVariable diagramRelationId historyLevel asyncLeaveExclusive sameDeployment "
    "fallbackToDefaultTenant calledElementType inheritBusinessKey asyncCompletion jobTopic countUp jobCategory "
    "includeInHistory".split()
)
# What modelers leave behind for themselves: names with hyphens.
_OF_MODELERS = re.compile(r"[a-z]+(-[a-z]+)+")
# What has no equivalent, and what to do instead.
_LOST: Mapping[str, tuple[str, str]] = {
    "executionListener": ("jadikan langkah tersendiri", "make it a step of its own"),
    "taskListener": ("jadikan langkah tersendiri", "make it a step of its own"),
    "eventListener": ("jadikan langkah tersendiri", "make it a step of its own"),
    "formData": ("buat formulirnya lagi", "make the form again"),
    "formProperty": ("buat formulirnya lagi", "make the form again"),
    "potentialStarter": ("nyatakan di start.by pada process.yaml", "say it under start.by in process.yaml"),
    "candidateStarterUsers": ("nyatakan di start.by pada process.yaml", "say it under start.by in process.yaml"),
    "candidateStarterGroups": ("nyatakan di start.by pada process.yaml", "say it under start.by in process.yaml"),
    "errorCodeVariable": ("kode tetap di jurnal", "the code stays in the journal"),
    "errorMessageVariable": ("pesan tetap di jurnal", "the message stays in the journal"),
    "errorMessage": ("pesan tetap di jurnal", "the message stays in the journal"),
    "escalationCodeVariable": ("kode tetap di jurnal", "the code stays in the journal"),
    "owner": ("", ""),
    "skipExpression": ("pakai gerbang", "use a gateway"),
    "businessCalendarName": ("pakai kalender instansi", "the agency's calendar is used"),
    "category": ("", ""),
    "formFieldValidation": ("formulir selalu diperiksa", "forms are always checked"),
    "variableEvents": ("syarat diperiksa pada setiap perubahan", "the condition is looked at after every change"),
    "variableName": ("syarat diperiksa pada setiap perubahan", "the condition is looked at after every change"),
    "failedJobRetryTimeCycle": ("tulis percobaan ulang pada langkahnya", "write the retries at the step"),
    "linkExpr": ("", ""),
    "link": ("", ""),
    "srcExpr": ("", ""),
    "src": ("", ""),
    "dstExpr": ("", ""),
    "dst": ("", ""),
    "varMapping": ("", ""),
    "connector": ("kelas atau ekspresinya yang dikerjakan", "the class or expression is done instead"),
    "mapException": ("jawab pekerjaan dengan kode kesalahan", "answer the job with the error code"),
    "in": ("petakan di langkah berikutnya", "map it at the next step"),
    "out": ("petakan di langkah berikutnya", "map it at the next step"),
    "value": ("beri nilai awal saat memulai", "give the first value when the case is started"),
    "scope": ("sinyal didengar semua kasus instansi", "all cases of the agency hear a signal"),
    "endDate": ("tulis akhirnya dalam waktunya", "write the end into the timer"),
    "elementIndexVariable": ("pakai loopCounter", "use loopCounter"),
    "errorEventDefinition": ("jawab pekerjaan dengan kode kesalahan", "answer the job with the error code"),
    "formHandlerClass": ("buat formulirnya lagi", "make the form again"),
    "customResource": ("tambahkan pada candidateUsers", "add it to candidateUsers"),
    "taskCompleterVariableName": ("pelaku dicatat di jurnal", "who did it is in the journal"),
    "startEventCorrelationConfiguration": ("", ""),
    "taskIdVariableName": ("", ""),
    "idVariableName": ("", ""),
    "caseInstanceIdVariableName": ("", ""),
    "processInstanceName": ("", ""),
    "processInstanceIdVariableName": ("", ""),
    "useLocalScopeForOutParameters": ("", ""),
    "localization": ("tulis di translations", "write it in translations"),
}


_PASSIVE = frozenset(("userTask", "manualTask", "task", "receiveTask", "subProcess"))
_OF_WORKERS = frozenset(("class", "expression", "delegateExpression", "topic", "type", "resultVariable"))


def speak_of_rest(root: Element, report: Report) -> None:
    """Tell of all properties that nobody has taken, but whose meaning is known: they change nothing, or are lost."""
    on_top = _on_top(root)
    for element in root.walk():
        if element.namespace != BPMN:
            _speak_of_drawing(element, report)
            continue
        properties = Properties(element, report)
        _speak_of_end(properties, id(element) in on_top)
        for attribute in properties.attributes:
            if attribute in _OPERATION:
                report.unneeded(element, attribute)
            elif attribute in _LOST:
                report.lost(element, attribute, *_LOST[attribute])
            elif (attribute in _OF_WORKERS and element.name in _PASSIVE) or (
                attribute == "formKey" and element.name in WORKERS
            ):
                report.lost(element, attribute, "tidak berarti di sini", "without a meaning here")
        for child in properties.children:
            if child.name in _LOST or (child.name == "field" and element.name not in WORKERS):
                report.lost(child, "", *_LOST.get(child.name, ("", "")))
            elif child.name in _OPERATION or _OF_MODELERS.fullmatch(child.name):
                report.unneeded(child)


def _speak_of_drawing(element: Element, report: Report) -> None:
    """Let pass what an engine's modeler notes in the drawing."""
    if element.namespace in SPACES:
        return
    for key in element.attributes:
        if key[1:].partition("}")[0] in SPACES:
            report.unneeded(element, key)


def _speak_of_end(properties: Properties, is_on_top: bool) -> None:
    """Tell whether a terminate event ends what it ends here: its scope, which is the instance at the top."""
    for attribute in ("terminateAll", "terminateMultiInstance"):
        value = properties.attributes.get(attribute)
        if value == "false" or (value == "true" and attribute == "terminateAll" and is_on_top):
            properties.report.unneeded(properties.element, attribute)


def _on_top(root: Element) -> frozenset[int]:
    """Return the elements that stand directly in a process, and what is in them."""
    ends = (end for process in root.all("process") for end in process.all("endEvent"))
    return frozenset(id(each) for end in ends for each in end.walk())
