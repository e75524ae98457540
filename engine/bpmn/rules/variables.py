"""Rules on variables: what two parallel branches write at the same time."""

from collections.abc import Iterator, Mapping, Sequence

from engine.bpmn.model import Language, Node, Scope, Text
from engine.bpmn.rules.meaning import Noted, Subject, meaning
from engine.bpmn.rules.paths import following
from engine.feel import FeelSyntaxError, compile_expression, syntax
from engine.findings import Severity


@meaning(
    "parallel-writes",
    "Diharapkan setiap variabel ditulis oleh satu cabang paralel saja",
    "Expected a variable to be written by one parallel branch only",
    Severity.WARNING,
    mend=(
        "Tulis ke variabel yang berlainan, lalu gabungkan sesudah cabang bertemu: yang terakhir menang.",
        "Write to different variables and put them together after the branches have met: the last one wins.",
    ),
    section="10.4",
)
def _parallel_writes(subject: Subject) -> Iterator[Noted]:
    for _process, scope, _holder in subject.scopes:
        after = following(scope)
        for split in scope.nodes.values():
            if _splits(split, scope):
                yield from _conflicts(split, scope, after)


def _splits(node: Node, scope: Scope) -> bool:
    """Tell whether a node can give tokens to several flows at once."""
    if len(node.outgoing) < 2 or node.tag in ("exclusiveGateway", "eventBasedGateway"):
        return False
    certain = [flow for flow in node.outgoing if scope.flows[flow].condition is None and flow != node.default]
    return node.tag in ("parallelGateway", "inclusiveGateway", "complexGateway") or len(certain) > 1


def _conflicts(split: Node, scope: Scope, after: Mapping[str, Sequence[str]]) -> Iterator[Noted]:
    reached = [_reached(scope.flows[flow].target, split.id, after) for flow in split.outgoing]
    writers: dict[str, tuple[int, Node]] = {}
    for branch, names in enumerate(reached):
        others = set().union(*(each for index, each in enumerate(reached) if index != branch))
        for name in sorted(names - others):
            for variable in written(scope.nodes[name]):
                first = writers.setdefault(variable, (branch, scope.nodes[name]))
                if first[0] != branch:
                    node = scope.nodes[name]
                    found = (
                        f"{variable}, ditulis juga oleh {first[1].id} setelah {split.id}",
                        f"{variable}, which {first[1].id} writes too after {split.id}",
                    )
                    yield Noted(node.place, node.id, node.name, found)


def _reached(start: str, split: str, after: Mapping[str, Sequence[str]]) -> set[str]:
    waiting, seen = [start], {split}
    while waiting:
        name = waiting.pop()
        if name not in seen and name in after:
            seen.add(name)
            waiting.extend(after[name])
    return seen - {split}


def written(node: Node) -> frozenset[str]:
    """Return the variables of the instance that a node writes, as far as the model says so."""
    found = {mapped.target.partition(".")[0] for mapped in node.work.outputs}
    if not node.work.outputs:
        if node.work.result_variable:
            found.add(node.work.result_variable)
        elif node.work.script is not None:
            found.update(_keys(node.work.script))
    if node.loop is not None and node.loop.output_collection:
        found = {node.loop.output_collection}
    return frozenset(found)


def _keys(script: Text) -> Iterator[str]:
    """Yield the keys of a script that is a FEEL context."""
    if script.language is not Language.FEEL:
        return
    try:
        tree = compile_expression(script.source).tree
    except FeelSyntaxError:
        return
    if isinstance(tree, syntax.ContextDisplay):
        yield from (key for key, _value in tree.entries)
