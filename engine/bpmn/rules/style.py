"""Rules on style: names that people read, and a diagram that shows what runs."""

from collections.abc import Iterable, Iterator

from engine.bpmn.model import Node
from engine.bpmn.rules.meaning import Noted, Subject, at, both, meaning
from engine.bpmn.words import DI, local
from engine.findings import Place, Severity

_SPLITS = frozenset(("exclusiveGateway", "inclusiveGateway"))
_GATEWAYS = frozenset(("exclusiveGateway", "inclusiveGateway", "parallelGateway", "complexGateway"))
_PLAIN = frozenset("task userTask manualTask serviceTask scriptTask businessRuleTask sendTask receiveTask".split())


@meaning(
    "unnamed-step",
    "Diharapkan langkah orang memiliki nama yang dibaca orang",
    "Expected a person's step to have a name that people read",
    Severity.WARNING,
    mend=("Beri nama dengan kata kerja: Periksa berkas.", "Name it with a verb: Examine the file."),
)
def _unnamed(subject: Subject) -> Iterator[Noted]:
    return _without_name(node for _process, _scope, node in subject.nodes if node.tag in ("userTask", "manualTask"))


def _without_name(nodes: Iterable[Node]) -> Iterator[Noted]:
    return (at(node, "kosong", "none") for node in nodes if not node.name.strip())


@meaning(
    "diagram-missing",
    "Diharapkan diagram di berkas ini",
    "Expected a diagram in this file",
    Severity.WARNING,
    mend=(
        "Gambar prosesnya dengan alat pemodelan: tanpa diagram posisi kasus tidak dapat ditunjukkan.",
        "Draw the process with a modelling tool: without a diagram the position of a case cannot be shown.",
    ),
    section="12.1",
)
def _diagram(subject: Subject) -> Iterator[Noted]:
    if not subject.model.has_diagram and any(process.scope.nodes for process in subject.processes):
        yield Noted(Place(subject.model.file, 1), None, None, ("tidak ada", "none"))


@meaning(
    "not-drawn",
    "Diharapkan setiap langkah digambar di diagram",
    "Expected every step to be drawn in the diagram",
    Severity.HINT,
    mend=("Gambar langkah itu, atau hapus dari proses.", "Draw the step, or remove it from the process."),
    section="12.2",
)
def _not_drawn(subject: Subject) -> Iterator[Noted]:
    root = subject.model.root
    if root is None or not subject.model.has_diagram:
        return
    ids = {element.get("id") for element in root.walk()}
    drawn = {local(element.get("bpmnElement")) for element in root.walk() if element.namespace == DI}
    for _process, _scope, node in subject.nodes:
        if node.id not in drawn and node.id in ids:
            yield at(node, "tidak digambar", "that it is not")


@meaning(
    "question-unnamed",
    "Diharapkan gerbang yang membagi memiliki nama berupa pertanyaan",
    "Expected a gateway that decides to have a question as its name",
    Severity.HINT,
    mend=("Beri nama seperti: Berkas lengkap?", "Name it such as: Is the file complete?"),
)
def _questions(subject: Subject) -> Iterator[Noted]:
    return _without_name(
        node for _process, _scope, node in subject.nodes if node.tag in _SPLITS and len(node.outgoing) > 1
    )


@meaning(
    "answer-unnamed",
    "Diharapkan aliran dari gerbang yang membagi memiliki nama berupa jawaban",
    "Expected the flows out of a gateway that decides to have the answers as their names",
    Severity.HINT,
    mend=("Beri nama seperti: ya, tidak, lewat waktu.", "Name it such as: yes, no, too late."),
)
def _answers(subject: Subject) -> Iterator[Noted]:
    for _process, scope, node in subject.nodes:
        if node.tag in _SPLITS and len(node.outgoing) > 1:
            for flow in (scope.flows[each] for each in node.outgoing):
                if not flow.name.strip():
                    yield Noted(flow.place, flow.id, None, ("kosong", "none"))


@meaning(
    "gateway-mixed",
    "Diharapkan gerbang yang membagi atau menggabung, tidak keduanya",
    "Expected a gateway to split or to join, not both",
    Severity.HINT,
    mend=("Pakai dua gerbang berurutan.", "Use two gateways, one after the other."),
    section="10.6.1",
)
def _mixed(subject: Subject) -> Iterator[Noted]:
    for _process, _scope, node in subject.nodes:
        if node.tag in _GATEWAYS and len(node.incoming) > 1 and len(node.outgoing) > 1:
            yield at(node, *both(f"{len(node.incoming)} → {len(node.outgoing)}"))


@meaning(
    "implicit-split",
    "Diharapkan cabang dibuat oleh gerbang",
    "Expected a gateway to make branches",
    Severity.HINT,
    mend=(
        "Pasang gerbang paralel: semua aliran dari langkah ini diambil bersamaan.",
        "Put a parallel gateway there: all flows out of this step are taken at the same time.",
    ),
    section="10.3.1",
)
def _implicit(subject: Subject) -> Iterator[Noted]:
    for _process, scope, node in subject.nodes:
        if node.tag in _PLAIN and sum(scope.flows[flow].condition is None for flow in node.outgoing) > 1:
            yield at(node, f"{len(node.outgoing)} aliran keluar", f"{len(node.outgoing)} flows out")


@meaning(
    "end-unnamed",
    "Diharapkan peristiwa akhir memiliki nama berupa hasilnya, bila ada beberapa",
    "Expected end events to have the outcome as their names where there are several",
    Severity.HINT,
    mend=("Beri nama seperti: Permohonan dikabulkan.", "Name it such as: Request granted."),
)
def _ends(subject: Subject) -> Iterator[Noted]:
    for _process, scope, _holder in subject.scopes:
        ends = [node for node in scope.nodes.values() if node.tag == "endEvent"]
        if len(ends) > 1:
            yield from _without_name(ends)
