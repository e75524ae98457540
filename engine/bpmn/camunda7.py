"""Camunda 7's properties (activiti and operaton too) and Flowable's, mapped on the model by namespace.

Java classes, delegates, beans and scripts in other languages become job types; what has no equivalent is reported.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.bpmn.dialects import Report
from engine.bpmn.form_data import fields_of, form_id, form_of
from engine.bpmn.idioms import set_variable, without_calls
from engine.bpmn.implied import has_mapper, job_name
from engine.bpmn.model import Language, Mapped, Text, TimerKind, Work
from engine.bpmn.parameters import mappings
from engine.bpmn.properties import WORKERS, Properties
from engine.bpmn.words import BPMN, FLOWABLE, expression, written
from engine.gate import Element

_RETRIES = re.compile(r"R(\d+)/P\w+")
_DURATION = re.compile(r"P\w+")
# What calls and decisions may be bound to: we always take the one of the package, or the newest deployed.
_NEWEST = ("", "latest", "deployment")


def work_of(element: Element, report: Report, work: Work) -> Work:
    """Return ``work`` with what an element's properties say; what they say goes before what is already there."""
    properties = Properties(element, report)
    work = _people_of_bpmn(element, work)
    if not properties and element.name not in ("endEvent", "intermediateThrowEvent"):
        return work
    if element.name in _ADDERS:
        work = _ADDERS[element.name](properties, work)
    return _everywhere(properties, mappings(properties, work))


def _user(properties: Properties, work: Work) -> Work:
    priority = properties.text("priority", "zeebe:priorityDefinition")
    return replace(
        work,
        assignee=properties.text("assignee", "zeebe:assignmentDefinition assignee") or work.assignee,
        candidate_users=properties.text("candidateUsers", "candidateUsers") or work.candidate_users,
        candidate_groups=properties.text("candidateGroups", "candidateGroups") or work.candidate_groups,
        due=_moment(properties.text("dueDate", "zeebe:taskSchedule dueDate")) or work.due,
        follow_up=_moment(properties.text("followUpDate", "zeebe:taskSchedule followUpDate")) or work.follow_up,
        priority=priority or work.priority,
        form=_form(properties) or work.form,
    )


def _people_of_bpmn(element: Element, work: Work) -> Work:
    """Add BPMN's own performers: an expression such as ``user(kermit), group(accountancy)``; a bare name is a group."""
    users: list[str] = []
    groups: list[str] = []
    for role in (*element.all("potentialOwner", BPMN), *element.all("humanPerformer", BPMN)):
        source = " ".join(each.text.strip() for each in role.walk() if each.name in ("formalExpression", "expression"))
        if role.name == "humanPerformer" and source:
            work = replace(work, assignee=expression(source, role.place))
            continue
        for part in filter(None, (each.strip() for each in source.split(","))):
            kind, _open, name = part.rstrip(")").partition("(")
            (users if kind == "user" and name else groups).append(name or kind)
    if users:
        work = replace(work, candidate_users=expression(",".join(users), element.place))
    if groups:
        work = replace(work, candidate_groups=expression(",".join(groups), element.place))
    return work


def _moment(text: Text | None) -> Text | None:
    """Return a due date; a duration counts from when the task is made."""
    if text is not None and text.language is Language.LITERAL and _DURATION.fullmatch(text.source):
        return Text(f"now() + duration({json.dumps(text.source)})", Language.FEEL, text.place)
    return text


def _form(properties: Properties) -> str | None:
    """Return the id of a form; forms that are written elsewhere must be made again."""
    reference = properties.take("formRef", "zeebe:formDefinition formId") or _described(properties)
    for name in ("formRefBinding", "formRefVersion"):
        _newest(properties, name)
    key = properties.attributes.get("formKey")
    if key is None:
        return reference
    name = key.rpartition(":")[2].removesuffix(".form")
    if key.startswith("embedded:") or "/" in name or "." in name:
        properties.report.lost(
            properties.element, "formKey", f"formulir tertanam {key}", f"the embedded form {key}: make it again"
        )
        return reference
    properties.report.mapped(properties.element, "formKey", "zeebe:formDefinition formId")
    return reference or name


def _described(properties: Properties) -> str | None:
    """Return the id of the form that the fields of a step become; None: none are described."""
    if form_of(properties.element) is None:
        return None
    made = form_id(properties.element)
    for child in fields_of(properties.element):
        properties.report.mapped(child, "", f"forms/{made}.json (alur convert --to)")
    return made


def _start(properties: Properties, work: Work) -> Work:
    if "initiator" in properties.attributes:
        properties.report.lost(
            properties.element,
            "initiator",
            "pelaku dicatat di jurnal, bukan di variabel",
            "who started is in the journal, not in a variable",
        )
    return replace(work, form=_form(properties) or work.form)


def _worker(properties: Properties, work: Work) -> Work:
    """Turn whatever does the work of a step into a job type."""
    if properties.element.name == "businessRuleTask" and "decisionRef" in properties.attributes:
        return _decision(properties, work)
    assigned = set_variable(properties.attributes.get("expression", ""), properties.element.place)
    if assigned is not None and properties.element.name in WORKERS:
        properties.report.mapped(properties.element, "expression", "zeebe:script")
        return replace(work, script=assigned[1], result_variable=assigned[0])
    job_type = _job_type(properties)
    if job_type is None:
        return work
    result = _result(properties)
    headers = {**work.headers, **_fields(properties), **({"resultVariable": result} if result else {})}
    inputs, outputs = _parameters(properties, _INTO), _parameters(properties, _OUT_OF)
    return replace(
        work,
        job_type=job_type,
        headers={**headers, **_told_to_handler(properties)},
        result_variable=result,
        inputs=(*work.inputs, *inputs),
        outputs=(*work.outputs, *outputs),
    )


# What Flowable passes to events, cases and outside workers, and takes back.
_INTO = frozenset(("in", "eventInParameter", "externalWorkerInParameter"))
_OUT_OF = frozenset(("out", "eventOutParameter", "externalWorkerOutParameter"))
_FOR_HANDLERS = frozenset(
    "eventType channelKey triggerEventType triggerChannelKey sendSynchronously caseDefinitionKey caseInstanceName "
    "eventCorrelationParameter systemChannel httpRequestHandler httpResponseHandler triggerEventCorrelationParameter "
    "storeResultVariableAsTransient parallelInSameTransaction doNotIncludeVariables rules ruleVariablesInput "
    "exclude".split()
)


def _parameters(properties: Properties, names: frozenset[str]) -> list[Mapped]:
    """Return what children such as ``<in source="a" target="b"/>`` pass on."""
    found = []
    for child in (each for each in properties.children if each.name in names):
        source = child.get("sourceExpression") or child.get("source") or ""
        target = child.get("target")
        if source and target:
            text = without_calls(expression(source, child.place, Language.FEEL))
            found.append(Mapped(text, target))
            properties.report.mapped(child, "", "zeebe:ioMapping")
    return found


def _told_to_handler(properties: Properties) -> dict[str, str]:
    """Return, as task headers, what only the handler of a job understands."""
    told = {name: value for name, value in properties.attributes.items() if name in _FOR_HANDLERS}
    for name in told:
        properties.report.mapped(properties.element, name, "zeebe:taskHeaders")
    for child in properties.children:
        if child.name in _FOR_HANDLERS:
            told[child.name] = child.text.strip() or child.get("name") or ""
            properties.report.mapped(child, "", "zeebe:taskHeaders")
    return told


def _job_type(properties: Properties) -> Text | None:
    kind, place = properties.attributes.get("type"), properties.element.place
    topic = properties.attributes.get("topic")
    if kind in ("external", "external-worker") and topic:
        properties.report.mapped(properties.element, "type", "zeebe:taskDefinition")
        return properties.text("topic", "zeebe:taskDefinition type")
    for attribute in ("class", "delegateExpression", "expression", "type"):
        value = properties.attributes.get(attribute)
        if value:
            name = job_name(value)
            properties.report.job(properties.element, attribute, name)
            return Text(name, Language.LITERAL, place)
    connector = properties.first("connector")
    if connector is not None:
        named = next((child.text.strip() for child in connector.children if child.name == "connectorId"), "connector")
        properties.report.job(connector, "", named)
        return Text(named, Language.LITERAL, place)
    return None


def _fields(properties: Properties) -> Mapping[str, str]:
    """Return injected fields as task headers."""
    found: dict[str, str] = {}
    for child in properties.all("field"):
        value = child.get("stringValue") or child.get("expression")
        inner = next((each.text for each in child.children if each.name in ("string", "expression")), "")
        found[child.get("name") or ""] = value if value is not None else inner
        properties.report.mapped(child, "", "zeebe:taskHeaders")
    return found


def _result(properties: Properties) -> str | None:
    names = ("resultVariable", "resultVariableName")
    return next((found for name in names if (found := properties.take(name, "resultVariable"))), None)


def _decision(properties: Properties, work: Work) -> Work:
    decision = properties.text("decisionRef", "zeebe:calledDecision decisionId")
    for name in ("decisionRefBinding", "decisionRefVersion", "decisionRefVersionTag", "decisionRefTenantId"):
        _newest(properties, name)
    shape = properties.attributes.get("mapDecisionResult")
    if shape in ("singleEntry", "collectEntries", "singleResult"):
        properties.report.mapped(properties.element, "mapDecisionResult", "what the decision gives")
    elif shape is not None:
        properties.report.lost(properties.element, "mapDecisionResult")
    return replace(work, decision=decision, result_variable=_result(properties) or "decisionResult")


def _throw(properties: Properties, work: Work) -> Work:
    """Let a thrown message that code sends be a job, and a signal carry what is named."""
    for definition in properties.element.all("messageEventDefinition"):
        inner = Properties(definition, properties.report)
        if inner:
            return _worker(inner, work)
    for definition in properties.element.all("signalEventDefinition"):
        inputs, everything = _passed(Properties(definition, properties.report), "in")
        if everything and not inputs:
            continue  # Without mappings a signal would carry nothing: speak_of_rest tells.
        work = replace(work, inputs=(*work.inputs, *inputs))
    return work


def _script(properties: Properties, work: Work) -> Work:
    """Keep scripts in JUEL; those in other languages become jobs, with the script as a header."""
    resource = properties.attributes.get("resource")
    result = _result(properties)
    if resource:
        properties.report.job(properties.element, "resource", resource)
        return replace(work, job_type=Text(resource, Language.LITERAL, properties.element.place), script=None)
    assigned = set_variable(work.script.source, work.script.place) if work.script is not None else None
    if assigned is not None and result is None:
        return replace(work, script=assigned[1], result_variable=assigned[0])
    return replace(work, result_variable=result or work.result_variable)


def foreign_script(element: Element, report: Report, work: Work) -> Work:
    """Turn a script in a language that we do not run into a job for whoever runs that language."""
    language = (element.get("scriptFormat") or "").strip().lower()
    script = work.script
    if script is None or script.language is not Language.LITERAL or not language or work.job_type is not None:
        return work
    job_type = Text(f"script.{language.rpartition('/')[2]}", Language.LITERAL, element.place)
    report.job(element, "scriptFormat", job_type.source)
    return replace(work, job_type=job_type, script=None, headers={**work.headers, "script": script.source})


def _call(properties: Properties, work: Work) -> Work:
    """Map what goes in and out; Camunda 7 passes nothing that is not named."""
    for name in ("Binding", "Version", "VersionTag", "TenantId"):
        _newest(properties, f"calledElement{name}")
        _newest(properties, f"case{name}")
    case = properties.attributes.get("caseRef")
    if case:
        work = replace(work, job_type=Text(f"case.{case}", Language.LITERAL, properties.element.place))
        properties.report.job(properties.element, "caseRef", f"case.{case}")
    inputs, pass_in = _passed(properties, "in")
    outputs, pass_out = _passed(properties, "out")
    pass_in = properties.take("inheritVariables", "propagateAllParentVariables") == "true" or pass_in
    return replace(
        work,
        inputs=(*work.inputs, *inputs),
        outputs=(*work.outputs, *outputs),
        pass_all_in=pass_in or has_mapper(properties),
        pass_all_out=pass_out or has_mapper(properties),
    )


def _passed(properties: Properties, name: str) -> tuple[list[Mapped], bool]:
    mapped: list[Mapped] = []
    everything = False
    for child in properties.all(name):
        if child.get("businessKey"):
            properties.report.lost(child, "", "kunci kasus sudah sama", "the case's key is shared anyway")
        elif child.get("variables") == "all":
            everything = True
            properties.report.mapped(child, "", "propagateAll…Variables")
        else:
            source = _passed_source(child)
            target = child.get("target")
            if source is None or not target:
                properties.report.refused(child, "", "tanpa source atau target", "without a source or target")
            else:
                mapped.append(Mapped(source, target))
                properties.report.mapped(child, "", "zeebe:ioMapping")
    return mapped, everything


def _passed_source(child: Element) -> Text | None:
    variable, formula = child.get("source"), child.get("sourceExpression")
    if variable:
        return Text(variable, Language.FEEL, child.place)
    return without_calls(written(child, "sourceExpression")) if formula else None


def _newest(properties: Properties, attribute: str) -> None:
    value = properties.attributes.get(attribute)
    if value is None:
        return
    if value in _NEWEST:
        properties.report.mapped(properties.element, attribute, "latest")
    else:
        properties.report.lost(
            properties.element, attribute, "versi paket atau yang terbaru dipakai", "the package's or newest is used"
        )


def _everywhere(properties: Properties, work: Work) -> Work:
    """Map what may stand on any step: retries and free properties."""
    named: dict[str, str] = {}
    for holder in properties.all("properties"):
        properties.report.mapped(holder, "", "zeebe:properties")
        named.update({name: child.get("value") or "" for child in holder.children if (name := child.get("name"))})
    retries = work.retries
    for child in properties.all("failedJobRetryTimeCycle"):
        times = _RETRIES.fullmatch(child.text.strip())
        if times:
            retries = Text(times[1], Language.LITERAL, child.place)
            properties.report.mapped(child, "", "zeebe:taskDefinition retries")
        else:
            properties.report.lost(child)
    return replace(work, retries=retries, properties={**work.properties, **named})


def tag_of(element: Element, work: Work) -> str:
    """Return what a step is: a service that only sets a variable is a script, a called case (CMMN) a job."""
    if element.name == "callActivity" and work.job_type is not None:
        return "serviceTask"
    return "scriptTask" if element.name in WORKERS and work.script is not None else element.name


def loop_collection(multiple: Element, report: Report) -> tuple[Text | None, str | None]:
    """Return what a multi-instance activity goes through, and the variable of the item."""
    properties = Properties(multiple, report)
    found = properties.text("collection", "zeebe:loopCharacteristics inputCollection")
    items = None
    if found is not None:
        items = replace(found, language=Language.FEEL) if found.language is Language.LITERAL else found
    return items, properties.take("elementVariable", "zeebe:loopCharacteristics inputElement")


_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?")
_JAKARTA = "+07:00"


def moment(definition: Element, kind: TimerKind | None, timer: Text, report: Report) -> tuple[TimerKind | None, Text]:
    """Return kind and text of a timer: a date may be a duration there, and local time is the time of Jakarta."""
    if kind is not TimerKind.DATE or timer.language is not Language.LITERAL:
        return kind, timer
    if _DURATION.fullmatch(timer.source):
        return TimerKind.DURATION, timer
    if not _LOCAL.fullmatch(timer.source):
        return kind, timer
    report.lost(
        definition.first(kind.value) or definition,
        "",
        f"tanpa zona: waktu Jakarta ({_JAKARTA}) dipakai",
        f"without an offset: the time of Jakarta ({_JAKARTA}) is taken",
    )
    return kind, replace(timer, source=f"{timer.source}{_JAKARTA}", origin=None)


def aggregated(multiple: Element, report: Report) -> tuple[str, Text] | None:
    """Return the collection that Flowable gathers of the repetitions, and what of each; None: it gathers none."""
    properties = Properties(multiple, report)
    for child in properties.all("variableAggregation"):
        target = child.get("target")
        pairs = [
            (each.get("target") or each.get("source") or "", each.get("source") or "")
            for each in child.children
            if each.name == "variable"
        ]
        if not target or not pairs or not all(name.isidentifier() for pair in pairs for name in pair):
            continue  # code that gathers, or expressions: the sweep refuses them
        report.mapped(child, "", "zeebe:loopCharacteristics outputCollection")
        entries = ", ".join(f"{name}: {source}" for name, source in pairs)
        return target, Text(f"{{{entries}}}", Language.FEEL, child.place)
    return None


def event_type(element: Element) -> Element | None:
    """Return what names the event that Flowable's event registry brings to an event or task; None: nothing does."""
    holder = element.first("extensionElements", BPMN)
    return holder.first("eventType", FLOWABLE) if holder is not None and element.name not in WORKERS else None


def registered_event(element: Element, report: Report) -> tuple[str, Text | None] | None:
    """Return name and correlation key of the message that an event of the event registry is here; None: it is none."""
    named = event_type(element)
    if named is None:
        return None
    report.mapped(named, "", "bpmn:message")
    properties = Properties(element, report)
    keys = [child for child in properties.all("eventCorrelationParameter") if child.get("value")]
    for child in keys:
        report.mapped(child, "", "zeebe:subscription correlationKey")
    key = written(keys[0], "value") if len(keys) == 1 else None
    return named.text.strip(), key


def received(element: Element, report: Report, work: Work) -> Work:
    """Return ``work`` with what is taken out of an event of the event registry."""
    if event_type(element) is None:
        return work
    return replace(work, outputs=(*work.outputs, *_parameters(Properties(element, report), _OUT_OF)))


def version_tag(process: Element, report: Report) -> str | None:
    """Return a process's version tag."""
    return Properties(process, report).take("versionTag", "zeebe:versionTag")


_ADDERS: Mapping[str, Callable[[Properties, Work], Work]] = {
    "userTask": _user,
    "startEvent": _start,
    "serviceTask": _worker,
    "sendTask": _worker,
    "businessRuleTask": _worker,
    "scriptTask": _script,
    "callActivity": _call,
    "endEvent": _throw,
    "intermediateThrowEvent": _throw,
}
