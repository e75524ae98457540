"""What people call elements of BPMN, their properties, and how two versions differ, in Indonesian and English."""

from collections.abc import Mapping

from api.pages.words import Words
from engine.bpmn.comparison import ChangeKind

TAGS: Mapping[str, Words] = {
    "task": ("langkah", "task"),
    "userTask": ("tugas orang", "user task"),
    "manualTask": ("tugas di luar sistem", "manual task"),
    "serviceTask": ("panggilan sistem", "service task"),
    "scriptTask": ("hitungan", "script task"),
    "businessRuleTask": ("keputusan tabel", "decision task"),
    "sendTask": ("pengiriman pesan", "send task"),
    "receiveTask": ("penerimaan pesan", "receive task"),
    "callActivity": ("proses lain yang dipanggil", "call of another process"),
    "subProcess": ("subproses", "sub-process"),
    "transaction": ("transaksi", "transaction"),
    "adHocSubProcess": ("subproses bebas urutan", "ad-hoc sub-process"),
    "exclusiveGateway": ("percabangan pilihan", "exclusive gateway"),
    "inclusiveGateway": ("percabangan beberapa pilihan", "inclusive gateway"),
    "parallelGateway": ("percabangan serentak", "parallel gateway"),
    "complexGateway": ("percabangan bersyarat", "complex gateway"),
    "eventBasedGateway": ("percabangan peristiwa", "event gateway"),
    "startEvent": ("awal", "start"),
    "endEvent": ("akhir", "end"),
    "boundaryEvent": ("peristiwa di tepi langkah", "boundary event"),
    "intermediateCatchEvent": ("peristiwa yang ditunggu", "catch event"),
    "intermediateThrowEvent": ("peristiwa yang dikirim", "throw event"),
}
FLOW: Words = ("aliran", "flow")
KINDS: Mapping[ChangeKind, Words] = {
    ChangeKind.ADDED: ("ditambahkan", "added"),
    ChangeKind.REMOVED: ("dihapus", "removed"),
    ChangeKind.CHANGED: ("diubah", "changed"),
    ChangeKind.MOVED: ("dipindahkan", "moved"),
}
# The badge of each kind on a diagram: told apart by shape, not by colour alone.
SIGNS: Mapping[ChangeKind, str] = {
    ChangeKind.ADDED: "+",
    ChangeKind.REMOVED: "−",
    ChangeKind.CHANGED: "≠",
    ChangeKind.MOVED: "↷",
}
_PROPERTIES: Mapping[str, Words] = {
    "name": ("nama", "name"),
    "tag": ("jenis langkah", "kind of step"),
    "documentation": ("keterangan", "documentation"),
    "events": ("peristiwanya", "its event"),
    "attached_to": ("langkah tempatnya menempel", "the step it is attached to"),
    "interrupting": ("menghentikan langkah atau tidak", "whether it interrupts"),
    "loop": ("pengulangan", "repetition"),
    "activation": ("syarat penggabungan", "condition of joining"),
    "completion": ("syarat selesai", "condition of completion"),
    "called_element": ("proses yang dipanggil", "process that is called"),
    "message": ("pesan", "message"),
    "condition": ("syarat", "condition"),
    "default": ("aliran bila tidak ada syarat yang dipenuhi", "default flow"),
    "data_inputs": ("data masuk", "data it reads"),
    "data_outputs": ("data keluar", "data it writes"),
    "work.assignee": ("orang yang ditugasi", "assignee"),
    "work.candidate_groups": ("peran yang boleh mengerjakan", "roles that may do it"),
    "work.candidate_users": ("orang yang boleh mengerjakan", "people who may do it"),
    "work.due": ("batas waktu", "due time"),
    "work.follow_up": ("waktu tindak lanjut", "follow-up time"),
    "work.priority": ("prioritas", "priority"),
    "work.form": ("formulir", "form"),
    "work.job_type": ("sistem yang dipanggil", "system that is called"),
    "work.retries": ("banyaknya percobaan", "number of tries"),
    "work.headers": ("keterangan panggilan", "headers of the call"),
    "work.inputs": ("data masuk", "data it reads"),
    "work.outputs": ("data keluar", "data it writes"),
    "work.decision": ("tabel keputusan", "decision"),
    "work.script": ("hitungan", "script"),
    "work.result_variable": ("nama hasil", "name of the result"),
    "work.called_process": ("proses yang dipanggil", "process that is called"),
    "work.properties": ("sifat lain", "other properties"),
    "in": ("subproses tempatnya", "sub-process that holds it"),
    "lane": ("lajur (peran)", "lane (role)"),
    "after": ("langkah lain sebelumnya", "other steps before it"),
    "before": ("langkah lain sesudahnya", "other steps after it"),
}


def property_name(name: str) -> Words:
    """Return what people call a property of a step; its own name where there is no better one."""
    return _PROPERTIES.get(name) or TAGS.get(name) or (name, name)
