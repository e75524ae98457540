"""Check how the elements of DMN files hang together: imports, references, circles, names that processes use."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.dmn.faults import fault
from engine.dmn.graph import Graph, Need
from engine.dmn.model import Decision, Element, Import, InputData, Knowledge, Service
from engine.dmn.tangles import tangles
from engine.feel.functions import BUILTINS
from engine.findings import Finding

# So many elements of a circle are named.
_SHOWN: Final = 10
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "requires": (Decision, InputData),
    "knows": (Knowledge, Service),
    "outputs": (Decision,),
    "encapsulated": (Decision,),
    "input_decisions": (Decision,),
    "input_data": (InputData,),
}


def connect(graphs: Sequence[Graph]) -> Iterator[Finding]:
    """Connect the files that import each other; yield what is wrong with their imports.

    Files of one package often share a namespace, because editors give them all the same: only an import needs it to
    mean one file.
    """
    for graph in graphs:
        for each in graph.file.imports:
            if not _is_dmn(each):
                yield _wrong_import(each, "dmn.import-kind", "model DMN", "a DMN model", each.kind or "-")
                continue
            found = [other for other in graphs if other.file.namespace == each.namespace and other is not graph]
            if len(found) != 1:
                what = f"{len(found)} × {each.namespace}"
                yield _wrong_import(
                    each, "dmn.unknown-import", "satu model di antara berkas", "one model among the files", what
                )
            elif graph in _imported(found[0]):
                yield _wrong_import(
                    each, "dmn.import-cycle", "import tanpa lingkaran", "imports without a circle", each.namespace
                )
            else:
                graph.imports.append((each.name, found[0]))
        graph.types.imported = [(name, other.types) for name, other in graph.imports]


def check_requirements(graphs: Sequence[Graph]) -> Iterator[Finding]:
    """Yield what is wrong with the references and names of elements, once all files are compiled."""
    for graph in graphs:
        for element in graph.elements():
            yield from _check_references(graph, element)
            if isinstance(element, Knowledge | Service) and element.name in BUILTINS:
                yield _element(
                    "dmn.builtin-name",
                    element,
                    f"nama yang bukan fungsi bawaan FEEL, ditemukan {element.name}",
                    f"a name that no built-in function of FEEL has, found {element.name}",
                )
    yield from _check_circles(graphs)
    yield from _check_ids(graphs)


def needed(graph: Graph, element: Element) -> Iterator[tuple[Graph, Element]]:
    """Yield an element and all that it requires, each once."""
    seen: set[tuple[int, str]] = set()
    waiting = [Need("", graph, element)]
    while waiting:
        need = waiting.pop()
        key = (id(need.graph), need.element.id)
        if key not in seen:
            seen.add(key)
            yield need.graph, need.element
            waiting.extend(need.graph.needs[need.element.id])


def _is_dmn(each: Import) -> bool:
    return "DMN" in each.kind or not each.kind


def _imported(graph: Graph) -> Iterator[Graph]:
    """Yield a file and all that it imports."""
    waiting, seen = [graph], {id(graph)}
    while waiting:
        found = waiting.pop()
        yield found
        new = [other for _name, other in found.imports if id(other) not in seen]
        seen.update(map(id, new))
        waiting.extend(new)


def _wrong_import(each: Import, rule: str, indonesian: str, english: str, found: str) -> Finding:
    return fault(
        rule,
        each.place,
        f"Diharapkan {indonesian}, ditemukan {found}.",
        f"Expected {english}, found {found}.",
        None,
        each.name or None,
    )


def _check_references(graph: Graph, element: Element) -> Iterator[Finding]:
    for field, kinds in _KINDS.items():
        for reference in getattr(element, field, ()):
            found = graph.resolve(reference)
            if found is None:
                yield _element(
                    "dmn.unknown-reference",
                    element,
                    f"{reference or 'href'} ada di antara berkas, ditemukan tidak ada",
                    f"{reference or 'an href'} among the files, found none",
                )
            elif not isinstance(found[1], kinds):
                wanted = ", ".join(_WORDS[kind] for kind in kinds)
                what = _WORDS[type(found[1])]
                yield _element(
                    "dmn.reference-kind",
                    element,
                    f"{found[1].name} berupa {wanted}, ditemukan {what}",
                    f"{found[1].name} to be {wanted}, found {what}",
                )


_WORDS: Final[Mapping[type, str]] = {
    Decision: "decision",
    InputData: "inputData",
    Knowledge: "businessKnowledgeModel",
    Service: "decisionService",
}


def _check_circles(graphs: Sequence[Graph]) -> Iterator[Finding]:
    """Yield a finding for every decision of a circle. Knowledge models may require themselves: they are functions."""
    for tangle in tangles(graphs):
        first = next((need for need in tangle if isinstance(need.element, Decision)), None)
        circle = _circle(first, {id(need.element) for need in tangle}) if first is not None else []
        shown = [element.name for element in circle[:_SHOWN]] + (["…"] if len(circle) > _SHOWN else [])
        for element in circle:
            if isinstance(element, Decision):
                names = " → ".join([*shown, circle[0].name])
                yield _element(
                    "dmn.cycle",
                    element,
                    f"{element.name} tidak memerlukan dirinya sendiri, ditemukan lingkaran {names}",
                    f"{element.name} not to require itself, found the circle {names}",
                )


def _circle(start: Need, among: set[int]) -> list[Element]:
    """Return a shortest circle from an element back to itself; empty if there is none."""
    before: dict[int, Need] = {}
    waiting = deque([start])
    while waiting:
        need = waiting.popleft()
        for following in need.graph.needs[need.element.id]:
            if following.element is start.element:
                path = [need]
                while path[-1].element is not start.element:
                    path.append(before[id(path[-1].element)])
                return [each.element for each in reversed(path)]
            if id(following.element) in among and id(following.element) not in before:
                before[id(following.element)] = need
                waiting.append(following)
    return []


def _check_ids(graphs: Sequence[Graph]) -> Iterator[Finding]:
    """Yield a finding for every decision or service whose id another file has too: processes name the id alone."""
    seen: dict[str, Element] = {}
    for graph in graphs:
        for element in graph.elements():
            if isinstance(element, Decision | Service):
                before = seen.setdefault(element.id, element)
                if before is not element:
                    yield _element(
                        "dmn.same-decision",
                        element,
                        f"id yang unik di antara berkas, ditemukan {element.id} juga di {before.place}",
                        f"unique ids among the files, found {element.id} at {before.place} too",
                    )


def _element(rule: str, element: Element, indonesian: str, english: str) -> Finding:
    return fault(rule, element.place, f"Diharapkan {indonesian}.", f"Expected {english}.", element.id, element.name)
