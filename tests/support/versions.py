"""A second version of a national process: a step renamed, one changed, one added, one moved, and a form changed."""

import re
from datetime import UTC, datetime
from pathlib import Path

from engine import definitions
from engine.access import Actor, ActorKind, OwnRole
from engine.archives import write_zip
from engine.database import Sessions
from engine.packages import read_package

FOLDER = Path(__file__).parents[2] / "processes" / "information_request"
MODEL = "information_request.bpmn"
_ADDED = (
    '<bpmn:intermediateThrowEvent id="keep_copy" name="Salinan bukti disimpan">'
    "<bpmn:incoming>send_proof_to_keep_copy</bpmn:incoming>"
    "<bpmn:outgoing>send_proof_to_receipt_settled</bpmn:outgoing></bpmn:intermediateThrowEvent>"
    '<bpmn:sequenceFlow id="send_proof_to_keep_copy" sourceRef="send_proof" targetRef="keep_copy" />'
)
_FLOW = '<bpmn:sequenceFlow id="send_proof_to_receipt_settled" sourceRef="{}" targetRef="receipt_settled" />'


def second_version() -> dict[str, bytes]:
    """Return its files: ``check_identity`` is ``verify_identity`` there, ``keep_copy`` is new."""
    files = {
        name: re.sub(rb"\bcheck_identity\b", b"verify_identity", content) for name, content in files_of(FOLDER).items()
    }
    model = files[MODEL].decode()
    flow = _FLOW.format("send_proof")
    assert flow in model
    model = model.replace(flow, _ADDED + _FLOW.format("keep_copy"))
    model = model.replace("<bpmn:outgoing>send_proof_to_receipt_settled<", "<bpmn:outgoing>send_proof_to_keep_copy<", 1)
    model = model.replace('name="Periksa kelengkapan"', 'name="Periksa kelengkapan berkas"')
    shape = _shape_of("send_proof", model)
    model = model.replace("</bpmndi:BPMNPlane>", f"{shape}</bpmndi:BPMNPlane>")
    files[MODEL] = model.encode()
    english = files["translations/en.yaml"].replace(b"steps:\n", b'steps:\n  keep_copy: "Copy of the proof kept"\n', 1)
    return {**files, "translations/en.yaml": english}


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files of a package by name."""
    found = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in found}


def deploy_second(sessions: Sessions, *, approved: bool = True) -> int:
    """Store the second version for all agencies; return its number."""
    now = datetime.now(UTC)
    maker = Actor("one", ActorKind.USER, roles=frozenset({OwnRole.DESIGNER, OwnRole.PLATFORM}))
    other = Actor("two", ActorKind.USER, roles=frozenset({OwnRole.APPROVER, OwnRole.PLATFORM}))
    with sessions.begin() as session:
        package = read_package(write_zip(second_version()))
        made = definitions.deploy(session, package, actor=maker, now=now)
        if approved and made.approved_at is None:
            definitions.approve(session, made.id, actor=other, now=now)
        return made.number


def _shape_of(step: str, model: str) -> str:
    """Return the shape of the added step, above the given one, and the edge to it."""
    found = re.search(rf'bpmnElement="{step}"[^>]*>\s*<dc:Bounds x="([\d.]+)" y="([\d.]+)"', model)
    assert found is not None
    x, y = float(found[1]), float(found[2])
    return (
        '<bpmndi:BPMNShape id="keep_copy_shape" bpmnElement="keep_copy">'
        f'<dc:Bounds x="{x}" y="{y - 60}" width="36" height="36" /></bpmndi:BPMNShape>'
        '<bpmndi:BPMNEdge id="keep_copy_edge" bpmnElement="send_proof_to_keep_copy">'
        f'<di:waypoint x="{x + 18}" y="{y}" /><di:waypoint x="{x + 18}" y="{y - 24}" /></bpmndi:BPMNEdge>'
    )
