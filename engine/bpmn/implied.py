"""Steps that Camunda 7 implies beside others: listeners, parameters that scripts compute, code that maps variables."""

import re
from collections.abc import Mapping

from engine.bpmn.besides import Beside, Side
from engine.bpmn.dialects import Report
from engine.bpmn.idioms import set_variable
from engine.bpmn.model import Language, Text, Work
from engine.bpmn.parameters import script_in, value_of
from engine.bpmn.properties import Properties
from engine.bpmn.words import BPMN
from engine.gate import Element

_LISTENED = {"start": Side.BEFORE, "create": Side.BEFORE, "end": Side.AFTER, "complete": Side.AFTER, "take": Side.AFTER}


def besides_of(element: Element, report: Report) -> list[Beside]:
    """Return the steps that a step or flow implies, in the order in which the engine would do them."""
    properties = Properties(element, report)
    parameters = [child for holder in properties.all("inputOutput") for child in holder.children]
    mappers = [_mapper(properties, side) for side in Side if has_mapper(properties)]
    return [
        *(_computed(each, Side.BEFORE) for each in parameters if each.name == "inputParameter" and _is_computed(each)),
        *mappers,
        *(found for each in properties.children if (found := _listener(each)) is not None),
        *(_computed(each, Side.AFTER) for each in parameters if each.name == "outputParameter" and _is_computed(each)),
    ]


def _is_computed(parameter: Element) -> bool:
    return value_of(parameter) is None and script_in(parameter) is not None


def _computed(parameter: Element, side: Side) -> Beside:
    """Return the step in which a script computes a parameter; the job answers with a variable of its name."""
    script = script_in(parameter)
    if script is None:
        raise ValueError("Expected a parameter with a script")
    headers = {"result": parameter.get("name") or "", **_script_headers(script)}
    return Beside(side, Work(job_type=_script_job(script), headers=headers), parameter)


def _mapper(properties: Properties, side: Side) -> Beside:
    code = next(properties.attributes[name] for name in sorted(_MAPPERS) if name in properties.attributes)
    job_type = Text(job_name(code), Language.LITERAL, properties.element.place)
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
        return Beside(side, Work(job_type=Text(job_name(code), Language.LITERAL, child.place), headers=headers), child)
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


_MAPPERS = frozenset(("variableMappingClass", "variableMappingDelegateExpression"))


def has_mapper(properties: Properties) -> bool:
    """Tell whether code maps the variables of a call: it becomes steps around the call, which sees everything."""
    return not _MAPPERS.isdisjoint(properties.attributes)


_BEAN = re.compile(r"[$#]\{\s*([\w.]+)\s*(\(.*\))?\s*\}", re.DOTALL)


def job_name(code: str) -> str:
    """Return the name of a job type for a class, a bean or an expression."""
    bean = _BEAN.fullmatch(code.strip())
    return bean[1] if bean else code.strip()
