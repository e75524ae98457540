"""Camunda 7's properties (activiti and operaton too) and Flowable's, mapped on the model by namespace.

Java classes, delegates, beans and scripts in other languages become job types; what has no equivalent is reported.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from engine.bpmn.besides import Beside, Side
from engine.bpmn.dialects import Report
from engine.bpmn.engines import CAMUNDA7
from engine.bpmn.form_data import fields_of, form_id, form_of
from engine.bpmn.model import Language, Mapped, Text, Work
from engine.bpmn.words import BPMN, FLOWABLE, expression, written
from engine.feel import FeelSyntaxError, compile_expression, syntax
from engine.feel.juel import parse_juel
from engine.feel.printer import print_node
from engine.findings import Place
from engine.gate import Element

SPACES = (*CAMUNDA7, FLOWABLE)
WORKERS = frozenset(("serviceTask", "sendTask", "businessRuleTask"))
_SET_VARIABLE = re.compile(r"""[$#]\{\s*execution\.setVariable\(\s*['"](\w+)['"]\s*,\s*(.*)\)\s*\}""", re.DOTALL)
_BEAN = re.compile(r"[$#]\{\s*([\w.]+)\s*(\(.*\))?\s*\}", re.DOTALL)
_PATH = re.compile(r"[$#]\{\s*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*\}")
_RETRIES = re.compile(r"R(\d+)/P\w+")
_DURATION = re.compile(r"P\w+")
# What calls and decisions may be bound to: we always take the one of the package, or the newest deployed.
_NEWEST = ("", "latest", "deployment")


class Properties:
    """The properties of one BPMN element in the namespaces of Camunda 7 and Flowable."""

    def __init__(self, element: Element, report: Report) -> None:
        self.element = element
        self.report = report
        holder = element.first("extensionElements", BPMN)
        inner = holder.children if holder is not None else []
        self.children = [child for child in inner if child.namespace in SPACES]
        self.attributes = {
            key.rpartition("}")[2]: value
            for key, value in element.attributes.items()
            if key.startswith("{") and key[1:].partition("}")[0] in SPACES
        }

    def __bool__(self) -> bool:
        return bool(self.children or self.attributes)

    def take(self, attribute: str, became: str) -> str | None:
        """Return an attribute that has a meaning here, and note it; None: it is not there."""
        value = self.attributes.get(attribute)
        if value is not None:
            self.report.mapped(self.element, attribute, became)
        return value

    def text(self, attribute: str, became: str) -> Text | None:
        """Return an attribute as an expression or literal."""
        value = self.take(attribute, became)
        return without_calls(written(self.element, self.report.key(self.element, attribute))) if value else None

    def all(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        return next(self.all(name), None)


def work_of(element: Element, report: Report, work: Work) -> Work:
    """Return ``work`` with what an element's properties say; what they say goes before what is already there."""
    properties = Properties(element, report)
    work = _people_of_bpmn(element, work)
    if not properties and element.name not in ("endEvent", "intermediateThrowEvent"):
        return work
    if element.name in _ADDERS:
        work = _ADDERS[element.name](properties, work)
    return _everywhere(properties, _mappings(properties, work))


# People.


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


# Work outside the process.


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
    "eventCorrelationParameter systemChannel".split()
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
            name = _job_name(value)
            properties.report.job(properties.element, attribute, name)
            return Text(name, Language.LITERAL, place)
    connector = properties.first("connector")
    if connector is not None:
        named = next((child.text.strip() for child in connector.children if child.name == "connectorId"), "connector")
        properties.report.job(connector, "", named)
        return Text(named, Language.LITERAL, place)
    return None


def _job_name(code: str) -> str:
    """Return the name of a job type for a class, a bean or an expression."""
    bean = _BEAN.fullmatch(code.strip())
    return bean[1] if bean else code.strip()


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


# Calls.


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
        pass_all_in=pass_in or _has_mapper(properties),
        pass_all_out=pass_out or _has_mapper(properties),
    )


def _has_mapper(properties: Properties) -> bool:
    """Tell whether code maps the variables of a call: it becomes steps around the call, which sees everything."""
    return not _MAPPERS.isdisjoint(properties.attributes)


_MAPPERS = frozenset(("variableMappingClass", "variableMappingDelegateExpression"))


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


# Inputs and outputs.


def _mappings(properties: Properties, work: Work) -> Work:
    inputs: list[Mapped] = []
    outputs: list[Mapped] = []
    for holder in properties.all("inputOutput"):
        for child in holder.children:
            source = _value(child)
            target = child.get("name") or ""
            if source is None and _script_in(child) is not None:
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


_WHY_NO_VALUE = ("ekspresi dalam daftar atau peta", "an expression in a list or map")


def _script_in(element: Element) -> Element | None:
    """Return the script that computes a parameter, by itself or inside a list or map; None: there is none."""
    return next((each for each in element.walk() if each.name == "script"), None)


def _value(element: Element) -> Text | None:
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


# Everywhere.


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


# Steps beside others.

_LISTENED = {"start": Side.BEFORE, "create": Side.BEFORE, "end": Side.AFTER, "complete": Side.AFTER, "take": Side.AFTER}


def besides_of(element: Element, report: Report) -> list[Beside]:
    """Return the steps that a step or flow implies, in the order in which the engine would do them."""
    properties = Properties(element, report)
    parameters = [child for holder in properties.all("inputOutput") for child in holder.children]
    mappers = [_mapper(properties, side) for side in Side if _has_mapper(properties)]
    return [
        *(_computed(each, Side.BEFORE) for each in parameters if each.name == "inputParameter" and _is_computed(each)),
        *mappers,
        *(found for each in properties.children if (found := _listener(each)) is not None),
        *(_computed(each, Side.AFTER) for each in parameters if each.name == "outputParameter" and _is_computed(each)),
    ]


def _is_computed(parameter: Element) -> bool:
    return _value(parameter) is None and _script_in(parameter) is not None


def _computed(parameter: Element, side: Side) -> Beside:
    """Return the step in which a script computes a parameter; the job answers with a variable of its name."""
    script = _script_in(parameter)
    if script is None:
        raise ValueError("Expected a parameter with a script")
    headers = {"result": parameter.get("name") or "", **_script_headers(script)}
    return Beside(side, Work(job_type=_script_job(script), headers=headers), parameter)


def _mapper(properties: Properties, side: Side) -> Beside:
    code = next(properties.attributes[name] for name in sorted(_MAPPERS) if name in properties.attributes)
    job_type = Text(_job_name(code), Language.LITERAL, properties.element.place)
    return Beside(side, Work(job_type=job_type, headers={"event": side}), properties.element)


def _listener(child: Element) -> Beside | None:
    """Return the step for a listener; None: it is none, or one for something that is no step here."""
    side = _LISTENED.get(child.get("event") or "")
    if child.name not in ("executionListener", "taskListener") or side is None:
        return None
    code = child.get("class") or child.get("delegateExpression") or child.get("expression")
    script = next((each for each in child.children if each.name == "script"), None)
    headers = {"event": child.get("event") or ""}
    assigned = set_variable(code or "", child.place)
    if assigned is not None:
        return Beside(side, Work(script=assigned[1], result_variable=assigned[0]), child)
    if code:
        return Beside(side, Work(job_type=Text(_job_name(code), Language.LITERAL, child.place), headers=headers), child)
    if script is not None:
        work = Work(job_type=_script_job(script), headers={**headers, **_script_headers(script)})
        return Beside(side, work, child)
    return None


def _script_job(script: Element) -> Text:
    language = (script.get("scriptFormat") or "").lower()
    return Text(f"script.{language.rpartition('/')[2]}", Language.LITERAL, script.place)


def _script_headers(script: Element) -> Mapping[str, str]:
    resource = script.get("resource")
    return {"resource": resource} if resource else {"script": script.text.strip()}


def note_woven(beside: Beside, report: Report) -> None:
    """Note that a step was woven in for an extension."""
    job = beside.work.job_type
    if beside.extension.namespace == BPMN:
        for attribute in _MAPPERS.intersection(Properties(beside.extension, report).attributes):
            report.job(beside.extension, attribute, job.source if job else "")
    elif job is not None:
        report.job(beside.extension, "", job.source)
    else:
        report.mapped(beside.extension, "", "zeebe:script")


def set_variable(source: str, place: Place) -> tuple[str, Text] | None:
    """Return name and value of ``${execution.setVariable('name', value)}``; None: it is something else."""
    found = _SET_VARIABLE.fullmatch(source.strip())
    if found is None:
        return None
    value = f"${{{found[2].strip()}}}"
    try:
        compile_expression(value, language="juel")
    except FeelSyntaxError:
        return None
    return found[1], Text(value, Language.JUEL, place)


def loop_collection(multiple: Element, report: Report) -> tuple[Text | None, str | None]:
    """Return what a multi-instance activity goes through, and the variable of the item."""
    properties = Properties(multiple, report)
    found = properties.text("collection", "zeebe:loopCharacteristics inputCollection")
    items = None
    if found is not None:
        items = replace(found, language=Language.FEEL) if found.language is Language.LITERAL else found
    return items, properties.take("elementVariable", "zeebe:loopCharacteristics inputElement")


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


# What models of Camunda 7 call methods for, and the expression without a call that says the same.
_IDIOMS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"\bexecution\.getVariable(?:Local)?\(\s*['\"](\w+)['\"]\s*\)", r"\1"),
        (r"\bexecution\.hasVariable(?:Local)?\(\s*['\"](\w+)['\"]\s*\)", r"(\1 != null)"),
        (r"\bvar(?:s|iables)?:get\(\s*(\w+)\s*\)", r"\1"),
        (r"\bvar(?:s|iables)?:(?:eq|equals)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 == \2)"),
        (r"\bvar(?:s|iables)?:(?:ne|notEquals)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 != \2)"),
        (r"\bvar(?:s|iables)?:(?:lt|lessThan)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 < \2)"),
        (r"\bvar(?:s|iables)?:(?:gt|greaterThan)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 > \2)"),
        (r"\bvar(?:s|iables)?:(?:lte|lessThanOrEquals?)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 <= \2)"),
        (r"\bvar(?:s|iables)?:(?:gte|greaterThanOrEquals?)\(\s*(\w+)\s*,\s*([^()]*)\)", r"(\1 >= \2)"),
        (r"\bvar(?:s|iables)?:(?:isEmpty|empty)\(\s*(\w+)\s*\)", r"(empty \1)"),
        (r"\bvar(?:s|iables)?:(?:isNotEmpty|notEmpty)\(\s*(\w+)\s*\)", r"(not empty \1)"),
        (r"\bvar(?:s|iables)?:exists\(\s*(\w+)\s*\)", r"(\1 != null)"),
        (r"\b([\w.]+)\.equals\(([^()]*)\)", r"(\1 == \2)"),
        (r"\b([\w.]+)\.isEmpty\(\)", r"(empty \1)"),
    )
)
_GETTER = re.compile(r"\b([A-Za-z_][\w.]*)\.(?:get|is)([A-Z])(\w*)\(\)")


def without_calls(text: Text) -> Text:
    """Return a JUEL text in which calls that only read a variable or a property have become paths and comparisons."""
    if text.language is not Language.JUEL or "(" not in text.source:
        return text
    source = _joined(text.source)
    for pattern, said in _IDIOMS:
        source = pattern.sub(said, source)
    source = _GETTER.sub(lambda found: f"{found[1]}.{found[2].lower()}{found[3]}", source)
    return text if source == text.source else replace(text, source=source, origin=None)


_CONCAT = re.compile(r"[$#]\{\s*('[^'$#{}]*'|[A-Za-z_][\w.]*)\.concat\(\s*('[^'$#{}]*'|[A-Za-z_][\w.]*)\s*\)\s*\}")


def _joined(source: str) -> str:
    """Return the joining of two texts as one text with values in it."""
    found = _CONCAT.fullmatch(source.strip())
    if found is None:
        return source
    return "".join(part[1:-1] if part.startswith("'") else f"${{{part}}}" for part in found.groups())


_SCRIPTED = frozenset("groovy javascript ecmascript js graal.js ruby jruby python jython".split())
# Comparisons of variables with values, joined by and, or, not: all these languages mean the same by them.
_COMPARISON = re.compile(r"(?:[\w.\s()<>!]|==|!=|<=|>=|&&|\|\||'[^'\\]*'|\"[^\"\\]*\")+")
_CALLED = re.compile(r"[\w.]\s*\(")


def comparison(text: Text, language: str | None) -> Text:
    """Return a condition in a script language that only compares variables as JUEL; others stay what they are."""
    source = text.source.strip()
    name = (language or "").strip().lower().rpartition("/")[2]
    if text.language is not Language.LITERAL or name not in _SCRIPTED or not _COMPARISON.fullmatch(source):
        return text
    if not re.search(r"[=<>]", source) or _CALLED.search(source):
        return text
    made = f"${{{source}}}"
    try:
        compile_expression(made, language="juel")
    except FeelSyntaxError:
        return text
    return replace(text, source=made, language=Language.JUEL, origin=None)


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
