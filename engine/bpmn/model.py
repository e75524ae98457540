"""What a BPMN file says, free of XML and of any vendor's dialect. The reader makes it; lint and compiler read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.findings import Finding, Place
from engine.gate import Element


class Language(StrEnum):
    """The language of an expression, decided when the model is read and kept with the expression."""

    FEEL = "feel"
    JUEL = "juel"
    PYTHON = "python"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text was written: the attribute of an element (None: its own text), from character ``start`` on."""

    element: Element
    attribute: str | None
    start: int


@dataclass(frozen=True, slots=True)
class Text:
    """An expression or literal as written. FEEL text has lost its leading ``=``; a literal is taken as it is.

    ``place`` is where it begins if the ``origin`` is known, else that of the element around it.
    """

    source: str
    language: Language
    place: Place
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def place_at(self, line: int, column: int) -> Place:
        """Return where a line and column of the text, counted from 1, stand in the file."""
        if self.origin is None:
            return self.place
        before = sum(len(each) for each in self.source.splitlines(keepends=True)[: line - 1]) + column - 1
        return self.origin.element.place_in(self.origin.attribute, self.origin.start + before)


@dataclass(frozen=True, slots=True)
class Mapped:
    """One input or output mapping: the value of ``source`` goes to the dotted path ``target``."""

    source: Text
    target: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a step needs from outside, neutral of dialect (Camunda 8's ``zeebe:`` properties are the reference).

    All fields are None or empty where the model says nothing. ``assignee``, ``candidate_groups`` and
    ``candidate_users`` give one name or a list of names (a literal may be a comma list). ``due`` and
    ``follow_up`` give an ISO 8601 date-time. ``form`` is the id of a form in the package.
    ``job_type`` names the handler of a service, send, script or business-rule step that is done outside.
    """

    assignee: Text | None = None
    candidate_groups: Text | None = None
    candidate_users: Text | None = None
    due: Text | None = None
    follow_up: Text | None = None
    priority: Text | None = None
    form: str | None = None
    job_type: Text | None = None
    retries: Text | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Mapped, ...] = ()
    outputs: tuple[Mapped, ...] = ()
    decision: Text | None = None
    script: Text | None = None
    result_variable: str | None = None
    called_process: Text | None = None
    pass_all_in: bool = True
    pass_all_out: bool = True
    properties: Mapping[str, str] = field(default_factory=dict)


class EventKind(StrEnum):
    """The kinds of event definition of BPMN 2.0.2 table 10.93; ``none`` is an event without one."""

    NONE = "none"
    MESSAGE = "message"
    TIMER = "timer"
    SIGNAL = "signal"
    ERROR = "error"
    ESCALATION = "escalation"
    CONDITIONAL = "conditional"
    LINK = "link"
    COMPENSATE = "compensate"
    CANCEL = "cancel"
    TERMINATE = "terminate"


class TimerKind(StrEnum):
    """Which of the three timer expressions of BPMN 2.0.2 section 10.5.5.6 is given."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One event definition. ``ref`` is the id of the message, signal, error or escalation, or the link's name.

    ``activity`` is the target of a compensation throw (None: the whole scope), ``wait`` its waitForCompletion.
    ``condition`` is a conditional event's expression, ``timer`` a timer's, of kind ``timer_kind``.
    """

    kind: EventKind
    place: Place
    id: str | None = None
    ref: str | None = None
    timer_kind: TimerKind | None = None
    timer: Text | None = None
    condition: Text | None = None
    activity: str | None = None
    wait: bool = True


@dataclass(frozen=True, slots=True)
class Loop:
    """Standard loop or multi-instance characteristics.

    ``standard`` loops have ``condition``, ``test_before`` and ``maximum``. Multi-instance activities have
    ``collection`` with ``element`` (the variable of the item), or ``cardinality``; ``output_collection``
    gathers ``output_element`` in the order of the items; ``completion`` ends them early.
    ``behavior`` is One, None, All or Complex (BPMN 2.0.2 table 10.29); ``none_event`` and ``one_event`` are the
    event definitions that its refs name, ``complex`` its complexBehaviorDefinitions (condition, thrown event).
    """

    standard: bool
    sequential: bool = False
    condition: Text | None = None
    test_before: bool = False
    maximum: int | None = None
    cardinality: Text | None = None
    collection: Text | None = None
    element: str | None = None
    output_collection: str | None = None
    output_element: Text | None = None
    completion: Text | None = None
    behavior: str = "All"
    none_event: EventDefinition | None = None
    one_event: EventDefinition | None = None
    complex: tuple[tuple[Text, EventDefinition | None], ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow. ``condition`` None means unconditional; ``immediate`` is isImmediate."""

    id: str
    name: str
    source: str
    target: str
    condition: Text | None
    place: Place


@dataclass(frozen=True, slots=True)
class DataObject:
    """A data object, data object reference, property or data store of a scope (``kind`` is the BPMN tag)."""

    id: str
    name: str
    kind: str
    ref: str | None
    collection: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Association:
    """An association; from a compensation boundary event to its handler it has an executable meaning."""

    id: str
    source: str
    target: str
    place: Place


@dataclass(frozen=True, slots=True)
class DataAssociation:
    """A data input or output association of a step, with its assignments (from, to)."""

    sources: tuple[str, ...]
    target: str | None
    transformation: Text | None
    assignments: tuple[tuple[Text, Text], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node. ``tag`` is the BPMN element's local name (``userTask``, ``exclusiveGateway``, …).

    ``incoming`` and ``outgoing`` are ids of flows in document order of the flows. ``default`` is the id of the default
    flow. ``attached_to`` is a boundary event's activity; ``interrupting`` is its cancelActivity, or isInterrupting of a
    start event. ``inside`` is the content of a sub-process of any kind. ``ordering``, ``cancel_remaining`` and
    ``completion`` belong to an ad-hoc sub-process, ``activation`` to a complex gateway.
    ``lane`` is the id of the innermost lane that holds the node.
    """

    id: str
    tag: str
    name: str
    place: Place
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    default: str | None = None
    documentation: str = ""
    work: Work = field(default_factory=Work)
    events: tuple[EventDefinition, ...] = ()
    parallel_multiple: bool = False
    attached_to: str | None = None
    interrupting: bool = True
    loop: Loop | None = None
    for_compensation: bool = False
    start_quantity: int = 1
    completion_quantity: int = 1
    inside: "Scope | None" = None
    triggered_by_event: bool = False
    instantiate: bool = False
    event_gateway_type: str = "Exclusive"
    activation: Text | None = None
    ordering: str = "Parallel"
    cancel_remaining: bool = True
    completion: Text | None = None
    message: str | None = None
    operation: str | None = None
    script_format: str | None = None
    implementation: str | None = None
    called_element: str | None = None
    lane: str | None = None
    data_inputs: tuple[DataAssociation, ...] = ()
    data_outputs: tuple[DataAssociation, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What a process or sub-process contains, by id, in document order."""

    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    data: Mapping[str, DataObject] = field(default_factory=dict)
    associations: tuple[Association, ...] = ()

    def everything(self) -> "Iterator[tuple[Scope, Node]]":
        """Yield every node with its scope, outer ones first."""
        for node in self.nodes.values():
            yield self, node
        for node in self.nodes.values():
            if node.inside is not None:
                yield from node.inside.everything()


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane; ``parent`` is the enclosing lane, ``nodes`` the ids that its flowNodeRefs name."""

    id: str
    name: str
    parent: str | None
    nodes: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Process:
    """A process of a file."""

    id: str
    name: str
    executable: bool
    scope: Scope
    place: Place
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    documentation: str = ""
    version_tag: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declared:
    """A message, signal, error or escalation that the file declares.

    ``code`` is an errorCode or escalationCode; ``correlation`` a message's correlation key (zeebe:subscription).
    """

    id: str
    kind: EventKind
    name: str
    place: Place
    code: str | None = None
    correlation: Text | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """A pool. ``process`` is None for a pool that is only drawn (a black box)."""

    id: str
    name: str
    process: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class MessageFlow:
    """A message flow between two pools or nodes of two pools."""

    id: str
    name: str
    source: str
    target: str
    place: Place


class Outcome(StrEnum):
    """What became of an extension of another engine when it was read.

    ``mapped``: it has the same meaning here; ``job``: code became a job type that somebody answers; ``unneeded``: it
    changes nothing here; ``lost``: it has no equivalent, and the process runs without it; ``refused``: without it the
    process would not be right.
    """

    MAPPED = "mapped"
    JOB = "job"
    UNNEEDED = "unneeded"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of one extension. ``element`` is the id of the BPMN element around it, ``what`` its written name.

    ``became`` says what it is now (a property of Camunda 8, a job type) or why it is not.
    """

    outcome: Outcome
    element: str | None
    what: str
    became: str
    place: Place

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON, as the API and ``alur lint --json`` show it."""
        return {
            "outcome": self.outcome.value,
            "element": self.element,
            "what": self.what,
            "became": self.became,
            "line": self.place.line,
            "column": self.place.column,
        }


@dataclass(frozen=True, slots=True)
class Model:
    """One BPMN file. ``root`` is its XML, for the rules of structure; ``findings`` are what its reader noted.

    ``dialect`` is whose properties it uses (``camunda8``, ``camunda7``, ``flowable``, ``spiff``; ``bpmn``: nobody's),
    ``conversions`` what became of each of them.
    """

    file: str
    processes: Mapping[str, Process]
    declared: Mapping[str, Declared] = field(default_factory=dict)
    participants: Mapping[str, Participant] = field(default_factory=dict)
    message_flows: tuple[MessageFlow, ...] = ()
    dialect: str = "bpmn"
    has_diagram: bool = False
    root: Element | None = field(default=None, repr=False, compare=False)
    findings: tuple[Finding, ...] = ()
    conversions: tuple[Conversion, ...] = ()
