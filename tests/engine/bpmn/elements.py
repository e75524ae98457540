"""Every element and event of BPMN 2.0, with the trial that proves what becomes of it; the README's table is made of it.

``python tests/engine/bpmn/elements.py`` writes the table into the README. test_elements.py runs every trial.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

README = Path(__file__).resolve().parents[3] / "README.md"
BEGIN, END = "<!-- elements -->", "<!-- /elements -->"


class Verdict(StrEnum):
    """``imported``: kept, shown and checked, without an effect on what runs."""

    RUNS = "runs"
    IMPORTED = "imported only"
    REFUSED = "refused"


@dataclass(frozen=True)
class Row:
    """One element or event. What runs is drawn (see drawing.py): after the ``acts``, ``done`` has completed in order.

    What is only imported is BPMN put ``beside`` the process or ``inside`` it; what is refused breaks ``rule``.
    Refused is what keeps a process from being deployed; in a drawing (isExecutable is not true) it is shown and only
    warned of. ``start`` is the start event that begins the instance; ``left`` are the steps that wait at the end.
    """

    group: str
    name: str
    verdict: Verdict
    text: str = ""
    acts: tuple[str, ...] = ()
    done: str = ""
    start: str | None = None
    left: str = ""
    inside: str = ""
    beside: str = ""
    rule: str = ""


def runs(group: str, name: str, text: str, *acts: str, done: str, start: str | None = None, left: str = "") -> Row:
    return Row(group, name, Verdict.RUNS, text, acts, done, start, left)


def imported(group: str, name: str, *, inside: str = "", beside: str = "") -> Row:
    return Row(group, name, Verdict.IMPORTED, inside=inside, beside=beside)


def refused(group: str, name: str, rule: str, *, text: str = "", inside: str = "", beside: str = "") -> Row:
    return Row(group, name, Verdict.REFUSED, text, inside=inside, beside=beside, rule=rule)


_STEP = "s -> a -> z\ns: start\nz: task\na: "
_HOST = "s -> a -> n\nx -> z\ns: start\na: user\nz: task\nn: task\nx: boundary on=a "
_SUB = "s -> a -> n\ns: start\na: user\nn: task\nw: sub event {\nq -> z\nz: task\nq: start "
_CATCH = "s -> c -> z\ns: start\nz: task\nc: catch "
_THROW = "s -> t -> z\ns: start\nz: task\nt: throw "
_END = "s -> z\ns: start\nz: end "
_UNDO = "x: boundary on=a compensate\nu: user undoes=x\na: task\n"
_CALL = "s -> a -> z\ns: start\nz: task\na: call process=g\n"
_ASSOCIATION = '<association id="as" sourceRef="a" targetRef="{}"/>'
_FORMAL = 'xsi:type="tFormalExpression"'

_HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/'
    'XMLSchema-instance" id="d" targetNamespace="urn:t">'
)
_TELLING = (
    f'{_HEAD}<signal id="g" name="g"/><process id="p" isExecutable="true"><startEvent id="s"/><manualTask id="a">'
    f'<multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality {_FORMAL}>2'
    f'</loopCardinality><complexBehaviorDefinition id="cb"><condition {_FORMAL}>=true</condition><event id="ie">'
    '<signalEventDefinition id="sd" '
    'signalRef="g"/></event></complexBehaviorDefinition></multiInstanceLoopCharacteristics></manualTask><boundaryEvent '
    'id="x" attachedToRef="a"><signalEventDefinition id="xd" signalRef="g"/></boundaryEvent><endEvent id="z"/>'
    '<endEvent id="n"/><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>'
    '<sequenceFlow id="f2" sourceRef="a" targetRef="n"/>'
    '<sequenceFlow id="f3" sourceRef="x" targetRef="z"/></process></definitions>'
)

ROWS: tuple[Row, ...] = (
    runs("activity", "task", _STEP + "task", done="a z"),
    runs("activity", "user task", _STEP + "user", "complete a", done="a z"),
    runs("activity", "manual task", _STEP + "manual", "complete a", done="a z"),
    runs("activity", "service task", _STEP + "service", "complete a", done="a z"),
    runs("activity", "script task", _STEP + 'script do="=1 + 1" to=n', done="a z"),
    runs("activity", "business rule task", _STEP + "rule job=decide", "complete a", done="a z"),
    runs("activity", "send task", _STEP + "send message=m", done="a z"),
    runs("activity", "receive task", _STEP + "receive message=m", "message a", done="a z"),
    runs(
        "activity",
        "receive task that starts a process",
        "a -> z\na: receive message=m instantiate=true\nz: task",
        start="a",
        done="a z",
    ),
    runs("activity", "call activity", _CALL + "process g\nq -> b\nq: start\nb: user", "complete g:b", done="g:b a z"),
    runs("activity", "sub-process", _STEP + "sub {\nq -> b\nq: start\nb: task\n}", done="q b a z"),
    runs("activity", "event sub-process", _SUB + "message=m\n}", "message q", done="q z"),
    runs(
        "activity",
        "transaction",
        "s -> w -> n\nx -> z\ns: start\nn: task\nz: task\nx: boundary on=w cancel\n"
        "w: transaction"
        " "
        "{\nq -> a -> c\nq: start\nc: end cancel\nb: boundary on=a compensate\nu: user undoes=b\na: task\n}",
        "complete u",
        done="a u c z",
    ),
    runs(
        "activity",
        "ad-hoc sub-process",
        _STEP + "adhoc {\nb: user\nc: user\n}",
        "complete c",
        "complete b",
        done="c b a z",
    ),
    runs("activity", "standard loop", _STEP + "user most=2", "complete a", "complete a", done="a z"),
    runs(
        "activity",
        "multi-instance, parallel",
        _STEP + 'user each="=[1, 2]" as=n',
        "complete a",
        "complete a",
        done="a z",
    ),
    runs(
        "activity",
        "multi-instance, sequential",
        _STEP + 'user each="=[1, 2]" as=n sequential',
        "complete a",
        "complete a",
        done="a z",
    ),
    runs(
        "activity",
        "compensation activity",
        "s -> a -> t -> z\ns: start\nz: task\nt: throw compensate\n" + _UNDO,
        "complete u",
        done="a u t z",
    ),
    runs(
        "activity",
        "startQuantity, completionQuantity",
        "s -> a -> b -> z\ns: start\nz: task\na: task completion_quantity=2\nb: task start_quantity=2",
        done="a b z",
    ),
    *(
        runs("activity", f"global {name}", f"{_CALL}@<{tag} id='g' name='G'>{more}</{tag}>", *acts, done="g:g.task a z")
        for name, tag, more, acts in (
            ("task", "globalTask", "", ()),
            ("user task", "globalUserTask", "", ("complete g:g.task",)),
            ("manual task", "globalManualTask", "", ("complete g:g.task",)),
            (
                "script task",
                "globalScriptTask",
                "<extensionElements><zeebe:script expression='=1' resultVariable='n'/></extensionElements>",
                (),
            ),
            (
                "business rule task",
                "globalBusinessRuleTask",
                "<extensionElements><zeebe:taskDefinition type='t'/></extensionElements>",
                ("complete g:g.task",),
            ),
        )
    ),
    runs(
        "gateway", "exclusive", "s -> g\ng -> a if 1 > 2\ng -> z else\ns: start\ng: xor\nz: task\na: task", done="g z"
    ),
    runs(
        "gateway",
        "inclusive",
        "s -> g\ng -> a if true\na -> j\ng -> b else\nb -> j -> z\ns: start\ng: or\nj: or\nz: task",
        done="g a j z",
    ),
    runs(
        "gateway", "parallel", "s -> g\ng -> a -> j\ng -> b -> j -> z\ns: start\ng: and\nj: and\nz: task", done="g j z"
    ),
    runs(
        "gateway",
        "complex",
        "s -> g\ng -> a -> j\ng -> b -> j -> z\ns: start\ng: and\nb: user\nz: task\n"
        'j: complex activation="=activationCount >= 1"',
        "complete b",
        done="a j z b",
    ),
    runs(
        "gateway",
        "event-based",
        "s -> g\ng -> c -> z\ng -> t -> n\ns: start\ng: events\nc: catch message=m\n"
        "t: catch timeDuration=P1D\nz: task\nn: task",
        "message c",
        done="c z",
    ),
    runs(
        "gateway",
        "event-based, starting a process",
        "g -> c -> z\ng -> b -> n\ng: events instantiate=true\nz: task\n"
        "c: catch message=m\nb: catch message=k\nn: task",
        start="c",
        done="c z",
    ),
    runs(
        "gateway",
        "event-based, parallel",
        "g -> c -> z\ng -> b -> n\ng: events instantiate=true kind=Parallel\nz: "
        "task\n"
        "c: catch message=m\nb: catch message=k\nn: task",
        "message b",
        start="c",
        done="c z b n",
    ),
    runs("flow", "sequence flow", "s -> a -> z\ns: start", done="s a z"),
    runs("flow", "conditional flow from an activity", "s -> a\na -> b if 1 > 2\na -> z if true\ns: start", done="a z"),
    runs("flow", "default flow", "s -> a\na -> b if 1 > 2\na -> z else\ns: start", done="a z"),
    runs("flow", "several flows out of a step (implicit split)", "s -> a\na -> b\na -> z\ns: start", done="a b z"),
    runs(
        "flow",
        "several flows into a step (implicit merge)",
        "s -> g\ng -> a -> z\ng -> b -> z\ns: start\ng: and",
        done="z z",
    ),
    runs(
        "flow",
        "message flow (its message is sent and received)",
        "s -> t -> c -> z\ns: start\nt: throw message=m\nz: task\nc: catch message=m",
        "message c",
        done="t c z",
    ),
    runs("start event", "none", "s -> z\ns: start", done="s z"),
    *(
        runs("start event", name, f"s -> z\nz: task\ns: start {what}", start="s", done="s z")
        for name, what in (
            ("message", "message=m"),
            ("timer", "timeCycle=R/P1D"),
            ("signal", "signal=g"),
            ("conditional", 'condition="=true"'),
            ("multiple", "message=m signal=g"),
        )
    ),
    *(
        row
        for beside, also in (("", ""), (" beside", ", not interrupting"))
        for row in (
            runs(
                "event sub-process",
                f"message{also}",
                f"{_SUB}message=m{beside}\n}}",
                "message q",
                done="q z",
                left="a" * bool(also),
            ),
            runs(
                "event sub-process",
                f"timer{also}",
                f"{_SUB}timeDuration=P1D{beside}\n}}",
                "fire q",
                done="q z",
                left="a" * bool(also),
            ),
            runs(
                "event sub-process",
                f"signal{also}",
                f"{_SUB}signal=g{beside}\n}}",
                "signal g",
                done="q z",
                left="a" * bool(also),
            ),
            runs(
                "event sub-process",
                f"conditional{also}",
                f'{_SUB}condition="=n = 1"{beside}\n}}',
                "set n=1",
                done="q z",
                left="a" * bool(also),
            ),
            runs(
                "event sub-process",
                f"escalation{also}",
                f"{_SUB}escalation=E{beside}\n}}",
                "escalate a E",
                done="q z",
                left="a" * bool(also),
            ),
            runs(
                "event sub-process",
                f"multiple{also}",
                f"{_SUB}message=m signal=g{beside}\n}}",
                "signal g",
                done="q z",
                left="a" * bool(also),
            ),
            runs(
                "event sub-process",
                f"parallel multiple{also}",
                f"{_SUB}message=m signal=g parallel=true{beside}\n}}",
                "message q",
                "signal g",
                done="q z",
                left="a" * bool(also),
            ),
        )
    ),
    runs("event sub-process", "error", f"{_SUB}error=E\n}}", "fails a E", done="q z"),
    runs(
        "event sub-process",
        "compensation",
        "s -> w -> t -> n\ns: start\nn: task\nt: throw compensate=w\nw: sub {\nb "
        "-> a\n"
        "b: start\na: task\nv: sub event "
        "{\nq -> z\nq: start compensate\nz: task\n}\n}",
        done="w z t n",
    ),
    runs("catch event", "message", _CATCH + "message=m", "message c", done="c z"),
    runs("catch event", "timer", _CATCH + "timeDuration=P1D", "fire c", done="c z"),
    runs("catch event", "signal", _CATCH + "signal=g", "signal g", done="c z"),
    runs("catch event", "conditional", _CATCH + 'condition="=n = 1"', "set n=1", done="c z"),
    runs("catch event", "link", "s -> t\nc -> z\ns: start\nz: task\nt: throw link=L\nc: catch link=L", done="t c z"),
    runs("catch event", "multiple", _CATCH + "message=m signal=g", "signal g", done="c z"),
    runs(
        "catch event",
        "parallel multiple",
        _CATCH + "message=m signal=g parallel=true",
        "message c",
        "signal g",
        done="c z",
    ),
    runs("throw event", "none", _THROW, done="t z"),
    runs("throw event", "message", _THROW + "message=m", done="t z"),
    runs("throw event", "signal", _THROW + "signal=g", done="t z"),
    runs(
        "throw event",
        "escalation",
        "s -> w -> n\nx -> z\ns: start\nn: task\nz: task\nx: boundary on=w "
        "escalation=E beside\n"
        "w: sub {\nq -> t -> a\nq: start\na: task\nt: throw escalation=E\n}",
        done="t x z",
    ),
    runs(
        "throw event",
        "compensation",
        "s -> a -> t -> z\ns: start\nz: task\nt: throw compensate\n" + _UNDO,
        "complete u",
        done="a u t z",
    ),
    runs("throw event", "link", "s -> t\nc -> z\ns: start\nz: task\nt: throw link=L\nc: catch link=L", done="t c z"),
    runs("throw event", "multiple", _THROW + "message=m signal=g", done="t z"),
    runs(
        "throw event",
        "implicit throw event (of a multi-instance activity that says what it throws)",
        _TELLING,
        "complete a",
        done="x a z n",
    ),
    *(
        row
        for beside, also in (("", ""), (" beside", ", not interrupting"))
        for row in (
            runs(
                "boundary event",
                f"message{also}",
                f"{_HOST}message=m{beside}",
                "message x",
                done="x z",
                left="a" * bool(also),
            ),
            runs(
                "boundary event",
                f"timer{also}",
                f"{_HOST}timeDuration=P1D{beside}",
                "fire x",
                done="x z",
                left="a" * bool(also),
            ),
            runs(
                "boundary event",
                f"signal{also}",
                f"{_HOST}signal=g{beside}",
                "signal g",
                done="x z",
                left="a" * bool(also),
            ),
            runs(
                "boundary event",
                f"conditional{also}",
                f'{_HOST}condition="=n = 1"{beside}',
                "set n=1",
                done="x z",
                left="a" * bool(also),
            ),
            runs(
                "boundary event",
                f"escalation{also}",
                f"{_HOST}escalation=E{beside}",
                "escalate a E",
                done="x z",
                left="a" * bool(also),
            ),
            runs(
                "boundary event",
                f"multiple{also}",
                f"{_HOST}message=m signal=g{beside}",
                "signal g",
                done="x z",
                left="a" * bool(also),
            ),
            runs(
                "boundary event",
                f"parallel multiple{also}",
                f"{_HOST}message=m signal=g parallel=true{beside}",
                "message x",
                "signal g",
                done="x z",
                left="a" * bool(also),
            ),
        )
    ),
    runs("boundary event", "error", f"{_HOST}error=E", "fails a E", done="x z"),
    runs(
        "boundary event",
        "timer cycle, not interrupting",
        f"{_HOST}timeCycle=R2/P1D beside",
        "fire x",
        "fire x",
        done="z z",
        left="a",
    ),
    runs(
        "boundary event",
        "cancel",
        "s -> w -> n\nx -> z\ns: start\nn: task\nz: task\nx: boundary on=w cancel\n"
        "w: transaction {\nq -> c\nq: start\nc: end cancel\n}",
        done="c z",
    ),
    runs(
        "boundary event",
        "compensation",
        "s -> a -> t -> z\ns: start\nz: task\nt: throw compensate\n" + _UNDO,
        "complete u",
        done="a u z",
    ),
    runs("end event", "none", _END, done="s z"),
    runs("end event", "message", _END + "message=m", done="z"),
    runs("end event", "signal", _END + "signal=g", done="z"),
    runs(
        "end event",
        "error",
        "s -> w -> n\nx -> z\ns: start\nn: task\nz: task\nx: boundary on=w "
        "error=E\nw: sub {\n"
        "q -> t\nq: start\nt: end error=E\n}",
        done="t z",
    ),
    runs(
        "end event",
        "escalation",
        "s -> w -> n\nx -> z\ns: start\nn: task\nz: task\nx: boundary on=w "
        "escalation=E\nw: sub {\n"
        "q -> t\nq: start\nt: end escalation=E\n}",
        done="x z",
    ),
    runs("end event", "compensation", "s -> a -> z\ns: start\nz: end compensate\n" + _UNDO, "complete u", done="a u z"),
    runs(
        "end event",
        "cancel",
        "s -> w -> n\nx -> z\ns: start\nn: task\nz: task\nx: boundary on=w cancel\n"
        "w: transaction {\n"
        "q -> c\nq: start\nc: end cancel\n}",
        done="c z",
    ),
    runs("end event", "terminate", "s -> a\ns -> b -> z\ns: start\na: user\nz: end terminate", done="b z"),
    runs("end event", "multiple", _END + "message=m signal=g", done="z"),
    runs(
        "data",
        "data object, data object reference",
        's -> w -> z\ns: start\nz: task\nw: sub {\nd: data name=total\nq -> a\nq: start\na: user moves.d="=n + 1"\n}',
        "complete a n=1",
        done="a w z",
    ),
    runs(
        "data",
        "data output association",
        's -> a -> z\ns: start\nz: task\nd: data name=total\na: user moves.d="=n + 1"',
        "complete a n=1",
        done="a z",
    ),
    runs(
        "data",
        "data input association",
        's -> a -> z\ns: start\nz: task\nd: data name=total\na: user reads.d="=1 + 1"',
        "complete a",
        done="a z",
    ),
    imported(
        "data",
        "data store, data store reference",
        beside='<dataStore id="ds" name="Register"/>',
        inside='<dataStoreReference id="dr" dataStoreRef="ds"/>',
    ),
    imported("data", "property", inside='<property id="pr" name="p"/>'),
    imported(
        "data",
        "input/output specification, data input, data output",
        inside='<ioSpecification id="io"><dataInput id="di"'
        ' name="i"/><dataOutput id="do" name="o"/><inputSet id="is">'
        "<dataInputRefs>di</dataInputRefs></inputSet>"
        '<outputSet id="os"><dataOutputRefs>do</dataOutputRefs></outputSet>'
        "</ioSpecification>",
    ),
    imported("data", "item definition", beside='<itemDefinition id="it" structureRef="xsi:string"/>'),
    imported(
        "data",
        "import",
        beside='<import importType="http://www.w3.org/2001/XMLSchema" location="a.xsd" namespace="urn:a"/>',
    ),
    imported(
        "collaboration",
        "collaboration, participant (pool)",
        beside='<collaboration id="co"><participant id="pa" name="P"'
        ' processRef="p"/><participant id="pb" name="Q"/></collaboration>',
    ),
    imported(
        "collaboration",
        "participant multiplicity",
        beside='<collaboration id="co"><participant id="pa" processRef="p">'
        '<participantMultiplicity minimum="1" maximum="3"/></participant>'
        "</collaboration>",
    ),
    runs(
        "collaboration",
        "lane (its name is the role of the steps in it)",
        "s -> a\ns: start\na: user lane=clerk",
        "complete a",
        done="a",
    ),
    imported(
        "collaboration",
        "conversation, conversation link",
        beside='<collaboration id="co"><participant id="pa" '
        'processRef="p"/><participant id="pb"/><conversation id="cv">'
        "<participantRef>pa</participantRef><participantRef>"
        'pb</participantRef></conversation><conversationLink id="cl" '
        'sourceRef="pb" targetRef="cv"/></collaboration>',
    ),
    refused(
        "collaboration",
        "sub-conversation",
        "bpmn.choreography",
        beside='<collaboration id="co"><participant id="pa" processRef="p"/>'
        '<participant id="pb"/><subConversation id="cv"><participantRef>pa</participantRef>'
        "<participantRef>pb"
        "</participantRef></subConversation></collaboration>",
    ),
    refused("collaboration", "global conversation", "bpmn.choreography", beside='<globalConversation id="gc"/>'),
    imported(
        "collaboration",
        "correlation property",
        beside='<message id="m" name="m"/><correlationProperty id="cp" name="c">'
        '<correlationPropertyRetrievalExpression id="ce" messageRef="m">'
        '<messagePath id="mp" ' + _FORMAL + ">=x</messagePath></correlationPropertyRetrievalExpression>"
        "</correlationProperty>",
    ),
    refused(
        "choreography",
        "choreography, choreography task",
        "bpmn.choreography",
        beside='<choreography id="ch"><participant id="pa"/><participant '
        'id="pb"/><messageFlow id="mf" sourceRef="pa" targetRef="pb"/><startEvent '
        'id="cs"/><choreographyTask id="ct" '
        'initiatingParticipantRef="pa"><participantRef>pa</participantRef>'
        "<participantRef>pb</participantRef>"
        "<messageFlowRef>mf</messageFlowRef></choreographyTask><endEvent "
        'id="ce"/><sequenceFlow id="c1" sourceRef="cs" '
        'targetRef="ct"/><sequenceFlow id="c2" sourceRef="ct" targetRef="ce"/>'
        "</choreography>",
    ),
    refused(
        "choreography",
        "global choreography task",
        "bpmn.choreography",
        beside='<globalChoreographyTask id="gt" initiatingParticipantRef="pa">'
        '<participant id="pa"/><participant id="pb"/></globalChoreographyTask>',
    ),
    refused(
        "choreography", "choreography task in a process", "bpmn.choreography", inside='<choreographyTask id="ct"/>'
    ),
    imported(
        "artifact",
        "text annotation, association",
        inside='<textAnnotation id="ta"><text>Note</text></textAnnotation>' + _ASSOCIATION.format("ta"),
    ),
    imported(
        "artifact",
        "group, category",
        beside='<category id="ca"><categoryValue id="cv" value="v"/></category>',
        inside='<group id="gr" categoryValueRef="cv"/>',
    ),
    imported("common", "documentation", inside='<documentation id="doc">Text</documentation>'),
    imported(
        "common",
        "interface, operation",
        beside='<message id="m" name="m"/><interface id="if" name="I"><operation id="op" '
        'name="O"><inMessageRef>m</inMessageRef></operation></interface>',
    ),
    imported(
        "common",
        "end point, partner entity, partner role",
        beside='<endPoint id="ep"/><partnerEntity id="pe" name="E"/><partnerRole id="pl" name="R"/>',
    ),
    imported(
        "common",
        "resource, resource parameter",
        beside='<resource id="re" name="R"><resourceParameter id="rp" name="x"/></resource>',
    ),
    runs("common", "human performer, potential owner", "s -> a\ns: start\na: user owner=clerk", "complete a", done="a"),
    imported("common", "auditing, monitoring", inside='<auditing id="au"/><monitoring id="mo"/>'),
    imported(
        "common",
        "relationship",
        beside='<relationship id="rl" type="t"><source>p</source><target>p</target></relationship>',
    ),
    imported("common", "diagram interchange (BPMNDiagram, shapes, edges, labels)", beside=""),
    refused(
        "common",
        "extension of an engine that Alur does not know",
        "bpmn.unknown-extension",
        inside="<extensionElements><zeebe:neverHeardOf/></extensionElements>",
    ),
)


def table() -> str:
    """Return the table of the README."""
    lines = ["| | element | |", "| --- | --- | --- |"]
    before = ""
    for row in ROWS:
        lines.append(f"| {row.group if row.group != before else ''} | {row.name} | {row.verdict} |")
        before = row.group
    return "\n".join(lines)


def written(text: str) -> str:
    """Return the README with the table in its place."""
    head, _begin, rest = text.partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
