"""Rules on executability: what a step must say so that it can be done."""

from collections.abc import Iterator

from engine.bpmn.model import Language, Node
from engine.bpmn.rules.meaning import Noted, Subject, at, both, meaning
from engine.findings import Place, Severity


@meaning(
    "not-executable",
    "Diharapkan proses dengan isExecutable=true",
    "Expected a process with isExecutable=true",
    Severity.WARNING,
    mend=(
        "Model ini dapat dilihat dan diperiksa, tidak dijalankan; untuk menjalankannya tandai proses executable.",
        "The model can be looked at and checked, not run. To run it mark its process as executable.",
    ),
    section="10.2, table 10.1",
)
def _drawing(subject: Subject) -> Iterator[Noted]:
    if any(process.executable for process in subject.processes):
        return
    named = ", ".join(process.id for process in subject.processes)
    found = (f"hanya gambar: {named}", f"only a drawing: {named}") if named else ("tidak ada proses", "no process")
    yield Noted(Place(subject.model.file, 1), None, None, found)


def _unhandled(subject: Subject, tag: str) -> Iterator[Node]:
    """Yield the steps of a kind that can be executed and that name no job type."""
    for process, _scope, node in subject.nodes:
        if process.executable and node.tag == tag and node.work.job_type is None:
            yield node


@meaning(
    "no-job-type",
    "Diharapkan tugas layanan dengan jenis pekerjaan (zeebe:taskDefinition)",
    "Expected a service task with a job type (zeebe:taskDefinition)",
    mend=(
        "Isi jenis pekerjaan di panel properti, dan nyatakan di calls pada process.yaml.",
        "Fill in the job type in the properties panel, and declare it under calls in process.yaml.",
    ),
    section="10.3.3",
)
def _service(subject: Subject) -> Iterator[Noted]:
    for node in _unhandled(subject, "serviceTask"):
        yield at(node, "tidak ada", "none")


@meaning(
    "no-script",
    "Diharapkan tugas skrip dengan ekspresi FEEL (zeebe:script)",
    "Expected a script task with a FEEL expression (zeebe:script)",
    mend=(
        "Tulis skrip sebagai ekspresi FEEL, misalnya ={jumlah: a + b}, atau isi jenis pekerjaan.",
        "Write the script as a FEEL expression, for example ={total: a + b}, or fill in a job type.",
    ),
    section="10.3.3",
)
def _script(subject: Subject) -> Iterator[Noted]:
    for node in _unhandled(subject, "scriptTask"):
        script = node.work.script
        if script is None:
            yield at(node, "tidak ada", "none")
        elif script.language is Language.LITERAL:
            language = node.script_format or "?"
            yield at(node, f"skrip dalam bahasa {language}", f"a script in the language {language}")


@meaning(
    "no-decision",
    "Diharapkan tugas aturan bisnis dengan keputusan (zeebe:calledDecision)",
    "Expected a business rule task with a decision (zeebe:calledDecision)",
    mend=(
        "Pilih keputusan dari berkas DMN dalam paket, atau isi jenis pekerjaan.",
        "Choose a decision of a DMN file in the package, or fill in a job type.",
    ),
    section="10.3.3",
)
def _decision(subject: Subject) -> Iterator[Noted]:
    for node in _unhandled(subject, "businessRuleTask"):
        if node.work.decision is None:
            yield at(node, "tidak ada", "none")


@meaning(
    "no-called-process",
    "Diharapkan kegiatan panggilan menyebut prosesnya (zeebe:calledElement)",
    "Expected a call activity to name its process (zeebe:calledElement)",
    mend=("Isi id proses yang dipanggil.", "Fill in the id of the process that is called."),
    section="10.3.6",
)
def _call(subject: Subject) -> Iterator[Noted]:
    for process, _scope, node in subject.nodes:
        if process.executable and node.tag == "callActivity" and node.work.called_process is None:
            yield at(node, *both("-"))
