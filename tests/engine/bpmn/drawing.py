"""Write BPMN as a few lines of text, for tests.

``a -> b -> c`` draws flows; ``a -> b if x > 1`` one with a condition; ``a -> b else`` the default flow of ``a``.
``id: tag name=value …`` says what an element is; elements that no line describes are plain tasks. ``id: tag … {``
opens a sub-process, ``}`` closes it. A value with spaces stands in quotes, double or single. An expression begins with
``=``, as in the attributes of Camunda 8. ``process id`` begins another process of the same file, ``#`` a comment,
``@`` XML that stands beside the processes.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

TAGS = {
    "user": "userTask",
    "manual": "manualTask",
    "service": "serviceTask",
    "script": "scriptTask",
    "rule": "businessRuleTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "call": "callActivity",
    "sub": "subProcess",
    "transaction": "transaction",
    "adhoc": "adHocSubProcess",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "complex": "complexGateway",
    "events": "eventBasedGateway",
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "task": "task",
}
DECLARED = {"message": "message", "signal": "signal", "error": "error", "escalation": "escalation"}
_WORD = re.compile(r"""([\w.\-]+)=("[^"]*"|'[^']*'|\S+)|([\w.\-]+)|(\{)""")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="drawing" targetNamespace="urn:test">
"""


class Drawing:
    """One file under way."""

    def __init__(self) -> None:
        self.declared: dict[tuple[str, str], str] = {}
        self.processes: list[str] = []
        self.flow_count = 0

    def declare(self, kind: str, name: str, key: str | None) -> str:
        """Return the id of a message, signal, error or escalation, declared once."""
        found = f"{kind}_{re.sub(r'[^A-Za-z0-9]', '_', name)}"
        code = {"error": "errorCode", "escalation": "escalationCode"}.get(kind)
        attributes = f" {code}={quoteattr(name)}" if code else f" name={quoteattr(name)}"
        inner = _extension(f"<zeebe:subscription correlationKey={quoteattr(key)}/>") if key else ""
        if inner or (kind, name) not in self.declared:
            self.declared[kind, name] = f'<{kind} id="{found}"{attributes}>{inner}</{kind}>'
        return found

    def xml(self) -> str:
        """Return the file."""
        return _HEAD + "\n".join([*self.declared.values(), *self.processes]) + "\n</definitions>\n"


class Block:
    """The lines of a process or sub-process."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.elements: dict[str, tuple[str, dict[str, str], Block | None]] = {}
        self.flows: list[str] = []
        self.defaults: dict[str, str] = {}
        self.extras: list[str] = []

    def read(self, lines: Iterator[str]) -> "Block":
        """Read lines up to the end of the block."""
        for line in lines:
            if line == "}":
                return self
            if " -> " in line:
                self._flows(line)
            else:
                self._element(line, lines)
        return self

    def _flows(self, line: str) -> None:
        path, otherwise = (line[:-5], True) if line.endswith(" else") else (line, False)
        path, _if, condition = path.partition(" if ")
        ids = [each.strip() for each in path.split(" -> ")]
        for source, target in pairwise(ids):
            self.drawing.flow_count += 1
            flow = f"{source}_{target}"
            if any(f'id="{flow}"' in each for each in self.flows):
                flow = f"{flow}_{self.drawing.flow_count}"
            for each in (source, target):
                self.elements.setdefault(each, ("task", {}, None))
            last = target is ids[-1]
            inner = f'<conditionExpression xsi:type="tFormalExpression">={escape(condition)}</conditionExpression>'
            self.flows.append(
                f'<sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}">'
                f"{inner if condition and last else ''}</sequenceFlow>"
            )
            if otherwise and last:
                self.defaults[source] = flow

    def _element(self, line: str, lines: Iterator[str]) -> None:
        found, _, rest = line.partition(":")
        words = [match.groups() for match in _WORD.finditer(rest)]
        named = {name: _unquoted(value) for name, value, _bare, _brace in words if name}
        tag, *bare = [bare for _name, _value, bare, _brace in words if bare]
        options = {**named, **dict.fromkeys(bare, "true")}
        inside = Block(self.drawing).read(lines) if any(brace for *_rest, brace in words) else None
        if tag == "data":
            attributes = f" name={quoteattr(options['name'])}" if "name" in options else ""
            self.extras.append(f'<dataObject id="{found.strip()}"{attributes}/>')
            return
        self.elements[found.strip()] = (TAGS[tag], options, inside)

    def xml(self) -> str:
        """Return the elements."""
        parts = [self._one(found, *element) for found, element in self.elements.items()]
        return "\n".join([*self._lanes(), *self.extras, *parts, *self.flows])

    def _lanes(self) -> Iterator[str]:
        lanes: dict[str, list[str]] = {}
        for found, (_tag, options, _inside) in self.elements.items():
            if "lane" in options:
                lanes.setdefault(options["lane"], []).append(found)
        if lanes:
            between = "</flowNodeRef><flowNodeRef>"
            drawn = (
                f'<lane id="{lane}" name="{lane}"><flowNodeRef>{between.join(held)}</flowNodeRef></lane>'
                for lane, held in lanes.items()
            )
            yield f'<laneSet id="lanes">{"".join(drawn)}</laneSet>'

    def _one(self, found: str, tag: str, options: dict[str, str], inside: "Block | None") -> str:
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in _attributes(tag, options).items())
        if found in self.defaults:
            attributes += f' default="{self.defaults[found]}"'
        if tag in ("sendTask", "receiveTask") and "message" in options:
            message = self.drawing.declare("message", options["message"], options.get("key"))
            attributes += f' messageRef="{message}"'
        children = _extension("".join(_zeebe(found, tag, options)))
        children += "".join(self._data(options))
        if tag.endswith("Event"):
            children += "".join(self._definitions(options))
        children += "".join(_repetition(options))
        if inside is not None:
            children += inside.xml()
        if "activation" in options:
            children += f"<activationCondition>{escape(options['activation'])}</activationCondition>"
        if tag == "adHocSubProcess" and "completion" in options:
            children += f"<completionCondition>{escape(options['completion'])}</completionCondition>"
        if "undoes" in options:
            self.extras.append(
                f'<association id="{found}_undoes" associationDirection="One" '
                f'sourceRef="{options["undoes"]}" targetRef="{found}"/>'
            )
        return f'<{tag} id="{found}"{attributes}>{children}</{tag}>'

    def _data(self, options: dict[str, str]) -> Iterator[str]:
        for name, value in options.items():
            if name.startswith("moves."):
                yield (
                    f"<dataOutputAssociation><targetRef>{name[6:]}</targetRef>"
                    f"<transformation>{escape(value)}</transformation></dataOutputAssociation>"
                )
            if name.startswith("reads."):
                yield (
                    f"<dataInputAssociation><targetRef>{name[6:]}</targetRef>"
                    f"<transformation>{escape(value)}</transformation></dataInputAssociation>"
                )
        if "owner" in options:
            yield (
                "<potentialOwner><resourceAssignmentExpression><formalExpression>"
                f"{options['owner']}</formalExpression></resourceAssignmentExpression></potentialOwner>"
            )

    def _definitions(self, options: dict[str, str]) -> Iterator[str]:
        for kind in DECLARED:
            for name in options.get(kind, "").split(",") if kind in options else ():
                tag = f"{kind}EventDefinition"
                if name == "true" and kind in ("error", "escalation"):
                    yield f"<{tag}/>"
                else:
                    yield f'<{tag} {kind}Ref="{self.drawing.declare(kind, name, options.get("key"))}"/>'
        for kind in ("timeDate", "timeDuration", "timeCycle"):
            if kind in options:
                yield f"<timerEventDefinition><{kind}>{escape(options[kind])}</{kind}></timerEventDefinition>"
        if "condition" in options:
            condition = f"<condition>{escape(options['condition'])}</condition>"
            yield f"<conditionalEventDefinition>{condition}</conditionalEventDefinition>"
        if "link" in options:
            yield f"<linkEventDefinition name={quoteattr(options['link'])}/>"
        if "compensate" in options:
            activity = "" if options["compensate"] == "true" else f" activityRef={quoteattr(options['compensate'])}"
            wait = ' waitForCompletion="false"' if "nowait" in options else ""
            yield f"<compensateEventDefinition{activity}{wait}/>"
        for kind in ("terminate", "cancel"):
            if kind in options:
                yield f"<{kind}EventDefinition/>"


def draw(text: str) -> str:
    """Return the BPMN file that a text describes; BPMN itself is that. The first process is ``p`` unless it says so."""
    if text.startswith("<"):
        return text
    drawing = Drawing()
    lines = [line.strip() for line in text.splitlines()]
    pending = [line for line in lines if line and not line.startswith("#")]
    if not pending or not pending[0].startswith("process "):
        pending.insert(0, "process p")
    chunks: list[list[str]] = []
    for line in pending:
        if line.startswith("process "):
            chunks.append([])
        if not line.startswith("@"):
            chunks[-1].append(line)
    for head, *rest in chunks:
        name = head.split()[1]
        content = Block(drawing).read(iter(rest)).xml()
        drawing.processes.append(f'<process id="{name}" isExecutable="true">\n{content}\n</process>')
    drawing.processes += [line[1:] for line in pending if line.startswith("@")]
    return drawing.xml()


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _attributes(tag: str, options: dict[str, str]) -> dict[str, str]:
    names = {
        "on": "attachedToRef",
        "parallel": "parallelMultiple",
        "start_quantity": "startQuantity",
        "completion_quantity": "completionQuantity",
        "instantiate": "instantiate",
        "kind": "eventGatewayType",
        "ordering": "ordering",
        "cancel_remaining": "cancelRemainingInstances",
        "name": "name",
    }
    found = {attribute: options[name] for name, attribute in names.items() if name in options}
    if "beside" in options:
        found["cancelActivity" if tag == "boundaryEvent" else "isInterrupting"] = "false"
    if "event" in options:
        found["triggeredByEvent"] = "true"
    if "undoes" in options:
        found["isForCompensation"] = "true"
    return found


def _zeebe(found: str, tag: str, options: dict[str, str]) -> Iterator[str]:
    if tag == "userTask":
        yield "<zeebe:userTask/>"
    if tag == "serviceTask" or "job" in options:
        yield f"<zeebe:taskDefinition type={quoteattr(options.get('job', found))}/>"
    people = {"assignee": "assignee", "groups": "candidateGroups", "users": "candidateUsers"}
    assigned = "".join(f" {people[name]}={quoteattr(options[name])}" for name in people if name in options)
    if assigned:
        yield f"<zeebe:assignmentDefinition{assigned}/>"
    if "form" in options:
        yield f"<zeebe:formDefinition formId={quoteattr(options['form'])}/>"
    if "due" in options:
        yield f"<zeebe:taskSchedule dueDate={quoteattr(options['due'])}/>"
    if tag == "scriptTask":
        yield f"<zeebe:script expression={quoteattr(options['do'])} resultVariable={quoteattr(options['to'])}/>"
    if tag == "businessRuleTask" and "decision" in options:
        yield (
            f"<zeebe:calledDecision decisionId={quoteattr(options['decision'])} "
            f"resultVariable={quoteattr(options['to'])}/>"
        )
    if tag == "callActivity":
        given, kept = ("false" if name in options else "true" for name in ("no_in", "no_out"))
        yield (
            f"<zeebe:calledElement processId={quoteattr(options['process'])} "
            f'propagateAllParentVariables="{given}" propagateAllChildVariables="{kept}"/>'
        )
    mappings = [
        f"<zeebe:{kind}put source={quoteattr(value)} target={quoteattr(name.partition('.')[2])}/>"
        for kind in ("in", "out")
        for name, value in options.items()
        if name.startswith(f"{kind}.")
    ]
    if mappings:
        yield f"<zeebe:ioMapping>{''.join(mappings)}</zeebe:ioMapping>"


def _repetition(options: dict[str, str]) -> Iterator[str]:
    if "loop" in options or "most" in options:
        attributes = f' loopMaximum="{options["most"]}"' if "most" in options else ""
        attributes += ' testBefore="true"' if "before" in options else ""
        condition = f"<loopCondition>{escape(options['loop'])}</loopCondition>" if "loop" in options else ""
        yield f"<standardLoopCharacteristics{attributes}>{condition}</standardLoopCharacteristics>"
    if "each" not in options and "times" not in options:
        return
    names = {"each": "inputCollection", "as": "inputElement", "into": "outputCollection", "from": "outputElement"}
    attributes = "".join(f" {names[name]}={quoteattr(options[name])}" for name in names if name in options)
    inner = _extension(f"<zeebe:loopCharacteristics{attributes}/>") if attributes else ""
    if "times" in options:
        inner += f"<loopCardinality>{escape(options['times'])}</loopCardinality>"
    if "until" in options:
        inner += f"<completionCondition>{escape(options['until'])}</completionCondition>"
    sequential = ' isSequential="true"' if "sequential" in options else ""
    yield f"<multiInstanceLoopCharacteristics{sequential}>{inner}</multiInstanceLoopCharacteristics>"


def _extension(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>" if inner else ""
