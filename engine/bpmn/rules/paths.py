"""Rules on paths: steps that nothing leads to, flows that are never taken, loops that nothing stops."""

from collections.abc import Iterator, Mapping, Sequence

from engine.bpmn.model import EventKind, Flow, Language, Node, Scope
from engine.bpmn.rules.meaning import Noted, Subject, at, both, meaning
from engine.findings import Severity

_PEOPLE = frozenset(("userTask", "manualTask", "receiveTask", "callActivity", "eventBasedGateway"))
_CHANGING = frozenset(("scriptTask", "businessRuleTask", "subProcess", "transaction", "adHocSubProcess"))


def following(scope: Scope) -> Mapping[str, tuple[str, ...]]:
    """Return, for every node, those that a token can come to next: over flows, links, boundary and undoing events."""
    nodes = scope.nodes
    found: dict[str, list[str]] = {
        name: [scope.flows[each].target for each in node.outgoing] for name, node in nodes.items()
    }
    for name, node in nodes.items():
        if node.attached_to in found:
            found[node.attached_to].append(name)
        for event in node.events:
            if event.kind is EventKind.LINK and node.tag == "intermediateThrowEvent":
                found[name] += [other for other in nodes if _catches_link(nodes[other], event.ref)]
    for association in scope.associations:
        if association.source in found:
            found[association.source].append(association.target)
    return {name: tuple(target for target in targets if target in nodes) for name, targets in found.items()}


def _catches_link(node: Node, name: str | None) -> bool:
    return node.tag == "intermediateCatchEvent" and any(
        event.kind is EventKind.LINK and event.ref == name for event in node.events
    )


def begins(node: Node) -> bool:
    """Tell whether a node can have a token though no flow leads to it."""
    if node.tag == "boundaryEvent" or node.for_compensation:
        return False
    is_link = node.tag == "intermediateCatchEvent" and any(event.kind is EventKind.LINK for event in node.events)
    return node.triggered_by_event or (not node.incoming and not is_link)


@meaning(
    "unreachable",
    "Diharapkan langkah ini dapat dicapai dari awal",
    "Expected this step to be reachable from a start",
    Severity.WARNING,
    mend=("Hubungkan langkah itu, atau hapus.", "Connect the step, or remove it."),
    section="13.3",
)
def _unreachable(subject: Subject) -> Iterator[Noted]:
    for _process, scope, _holder in subject.scopes:
        after = following(scope)
        waiting = [name for name, node in scope.nodes.items() if begins(node)]
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(after[name])
        for name, node in scope.nodes.items():
            if name not in reached:
                yield at(node, "tidak ada jalan ke sana", "no way to it")


@meaning(
    "never-taken",
    "Diharapkan setiap aliran dapat diambil",
    "Expected every flow to be taken at some time",
    Severity.WARNING,
    mend=("Perbaiki syaratnya, atau hapus aliran itu.", "Correct the condition, or remove the flow."),
    section="10.6.2",
)
def _never_taken(subject: Subject) -> Iterator[Noted]:
    for _process, scope, node in subject.nodes:
        leaving = [scope.flows[each] for each in node.outgoing]
        for flow, reason in _never(node, leaving):
            yield Noted(flow.place, flow.id, flow.name, reason)


def _never(node: Node, leaving: Sequence[Flow]) -> Iterator[tuple[Flow, tuple[str, str]]]:
    """Yield the flows of a node that are never taken, with the reason."""
    seen: dict[str, Flow] = {}
    always: Flow | None = None
    for flow in leaving:
        source = flow.condition.source.strip() if flow.condition is not None else None
        plain = (source or "").removeprefix("${").removesuffix("}").strip()
        if flow.id == node.default and always is not None:
            yield (
                flow,
                (f"default di samping {always.id}, yang selalu benar", f"default beside {always.id}, always true"),
            )
        if source is None:
            continue
        if plain == "false":
            yield flow, ("syarat yang selalu salah", "a condition that is always false")
        elif node.tag == "exclusiveGateway" and source in seen:
            yield flow, (f"syarat yang sama dengan {seen[source].id}", f"the same condition as {seen[source].id}")
        elif node.tag == "exclusiveGateway" and always is not None:
            yield flow, (f"{always.id} di depannya selalu benar", f"{always.id} before it, which is always true")
        if plain == "true" and node.tag in ("exclusiveGateway", "inclusiveGateway"):
            always = always or flow
        seen.setdefault(source, flow)


@meaning(
    "loop-without-wait",
    "Diharapkan putaran yang menunggu sesuatu atau mengubah datanya",
    "Expected a loop to wait for something or to change its data",
    Severity.WARNING,
    mend=(
        "Tambahkan langkah yang menunggu atau mengubah variabel: sekali masuk, putaran ini tidak berakhir.",
        "Add a step that waits or changes a variable: once entered this loop does not end.",
    ),
    section="13.3",
)
def _loops(subject: Subject) -> Iterator[Noted]:
    yield from _busy_loops(subject, changing=False)


@meaning(
    "loop-of-scripts",
    "Diharapkan putaran yang menunggu sesuatu",
    "Expected a loop to wait for something",
    Severity.HINT,
    mend=(
        "Pastikan syaratnya menghentikan putaran: setelah banyak langkah tanpa menunggu kasus berhenti dengan insiden.",
        "Make sure that its condition ends the loop: after many steps without waiting the case stops with an incident.",
    ),
)
def _script_loops(subject: Subject) -> Iterator[Noted]:
    yield from _busy_loops(subject, changing=True)


def _busy_loops(subject: Subject, *, changing: bool) -> Iterator[Noted]:
    """Find loops in which nothing waits, with or without a step that changes data."""
    for _process, scope, _holder in subject.scopes:
        after = following(scope)
        passing = {name: after[name] for name, node in scope.nodes.items() if not waits(node)}
        for loop in cycles(passing):
            nodes = [scope.nodes[name] for name in scope.nodes if name in loop]
            if any(_changes(node) for node in nodes) is changing:
                yield at(nodes[0], *both(", ".join(node.id for node in nodes)))


def waits(node: Node) -> bool:
    """Tell whether a token can rest at a node until something happens outside."""
    if node.tag in _PEOPLE or node.work.job_type is not None or node.triggered_by_event:
        return True
    if node.tag == "intermediateCatchEvent":
        return not any(event.kind is EventKind.LINK for event in node.events)
    return node.inside is not None and any(waits(inner) for _scope, inner in node.inside.everything())


def _changes(node: Node) -> bool:
    return node.tag in _CHANGING or bool(node.work.inputs or node.work.outputs) or node.loop is not None


def cycles(after: Mapping[str, Sequence[str]]) -> list[frozenset[str]]:
    """Return the strongly connected parts of a graph that hold a cycle (Tarjan's algorithm, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[frozenset[str]] = []
    for root in after:
        work = [(root, iter(after[root]))] if root not in index else []
        while work:
            name, targets = work[-1]
            if name not in index:
                index[name] = low[name] = len(index)
                stack.append(name)
                on_stack.add(name)
            target = next((each for each in targets if each in after), None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    part = _popped(stack, on_stack, name)
                    if len(part) > 1 or name in after[name]:
                        found.append(part)
            elif target not in index:
                work.append((target, iter(after[target])))
            elif target in on_stack:
                low[name] = min(low[name], index[target])
    return found


def _popped(stack: list[str], on_stack: set[str], until: str) -> frozenset[str]:
    part = set()
    while until not in part:
        part.add(stack.pop())
    on_stack -= part
    return frozenset(part)


@meaning(
    "instances",
    "Diharapkan jumlah multi-instance antara 0 dan 1.000",
    "Expected the number of instances of a multi-instance activity to be between 0 and 1,000",
    mend=("Bagi pekerjaan itu, atau hitung jumlahnya dengan ekspresi.", "Divide the work, or compute the number."),
    section="10.3.8",
)
def _instances(subject: Subject) -> Iterator[Noted]:
    for _process, _scope, node in subject.nodes:
        number = node.loop.cardinality if node.loop is not None else None
        if number is None or number.language is Language.JUEL:
            continue
        source = number.source.strip()
        digits = source.removeprefix("-")
        if digits.isdecimal() and not 0 <= int(source) <= 1_000:
            yield Noted(number.place, node.id, node.name, both(source))
        elif number.language is Language.LITERAL and not digits.isdecimal():
            yield Noted(number.place, node.id, node.name, both(repr(source)))
