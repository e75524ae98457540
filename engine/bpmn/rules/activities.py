"""Rules on activities, sub-processes, loops and gateways."""

from collections.abc import Iterator

from engine.bpmn.rules.document import ACTIVITIES, SUB_PROCESSES, Document
from engine.bpmn.rules.events import kinds
from engine.bpmn.rules.registry import Found, rule, shown
from engine.findings import Severity


@rule(
    "loop-one",
    "Diharapkan paling banyak satu penanda pengulangan",
    "Expected at most one loop marker",
    "10.3.8",
    mend=(
        "Sisakan satu penanda pengulangan.",
        "Keep one loop marker.",
    ),
)
def _one_loop(document: Document) -> Iterator[Found]:
    for activity in document.among(ACTIVITIES):
        found = [child.name for child in activity.children if child.name.endswith("LoopCharacteristics")]
        if len(found) > 1:
            yield activity, ", ".join(found), ", ".join(found)


@rule(
    "loop-condition",
    "Diharapkan pengulangan biasa memiliki syarat atau batas",
    "Expected a standard loop to have a condition or a maximum",
    "10.3.8",
    mend=(
        "Isi loopCondition atau loopMaximum.",
        "Fill in loopCondition or loopMaximum.",
    ),
)
def _loop_condition(document: Document) -> Iterator[Found]:
    for loop in document.named("standardLoopCharacteristics"):
        condition = loop.first("loopCondition")
        if (condition is None and not loop.get("loopMaximum")) or (
            condition is not None and not condition.text.strip()
        ):
            yield document.parent(loop), "tidak ada", "neither"


@rule(
    "loop-maximum",
    "Diharapkan batas pengulangan paling sedikit 0",
    "Expected the maximum of a loop to be at least 0",
    "10.3.8, table 10.28",
    mend=(
        "Tulis bilangan bulat nol atau lebih.",
        "Write a whole number of zero or more.",
    ),
)
def _loop_maximum(document: Document) -> Iterator[Found]:
    for loop in document.named("standardLoopCharacteristics"):
        maximum = (loop.get("loopMaximum") or "0").strip()
        if not maximum.isdecimal():
            yield document.parent(loop), f"loopMaximum={maximum!r}", f"loopMaximum={maximum!r}"


@rule(
    "multi-instance-count",
    "Diharapkan multi-instance memiliki tepat satu dari jumlah atau kumpulan data",
    "Expected a multi-instance activity to have exactly one of a cardinality and a collection",
    "10.3.8, table 10.29",
    mend=(
        "Isi kumpulan data (inputCollection) atau jumlah (loopCardinality), salah satu saja.",
        "Fill in a collection (inputCollection) or a cardinality (loopCardinality), one of the two.",
    ),
)
def _multi_instance(document: Document) -> Iterator[Found]:
    for loop in document.named("multiInstanceLoopCharacteristics"):
        cardinality, data = loop.first("loopCardinality"), loop.first("loopDataInputRef")
        extended = loop.first("extensionElements") is not None or any("}" in key for key in loop.attributes)
        if cardinality is not None and not cardinality.text.strip():
            yield document.parent(loop), "jumlah kosong", "an empty cardinality"
        elif cardinality is None and data is None and not extended:
            yield document.parent(loop), "tidak ada", "neither"
        elif cardinality is not None and data is not None:
            yield document.parent(loop), "keduanya", "both"


@rule(
    "multi-instance-data",
    "Diharapkan kumpulan data multi-instance menunjuk data yang dapat dibaca kegiatan itu",
    "Expected the collection of a multi-instance activity to be data that the activity can read",
    "10.3.8, table 10.29",
    mend=(
        "Rujuk data milik kegiatan itu atau proses di sekitarnya.",
        "Refer to data of the activity or of the process around it.",
    ),
    in_dialects=Severity.WARNING,
)
def _multi_instance_data(document: Document) -> Iterator[Found]:
    readable = {"dataInput", "dataObject", "dataObjectReference", "property", "dataOutput"}
    for loop in document.named("multiInstanceLoopCharacteristics"):
        for name in ("loopDataInputRef", "loopDataOutputRef"):
            reference = loop.first(name)
            if reference is None:
                continue
            found = document.find(reference.text)
            if found is None or found.name not in readable:
                yield document.parent(loop), f"{name} {reference.text!r}", f"{name} {reference.text!r}"


@rule(
    "multi-instance-behavior",
    "Diharapkan peristiwa yang dibutuhkan oleh behavior",
    "Expected the event that the behavior needs",
    "10.3.8, table 10.29",
    mend=(
        'Sebut peristiwa itu, atau pakai behavior="All".',
        'Name the event, or use behavior="All".',
    ),
)
def _behavior(document: Document) -> Iterator[Found]:
    for loop in document.named("multiInstanceLoopCharacteristics"):
        activity, behavior = document.parent(loop), loop.get("behavior")
        needed = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}.get(behavior or "")
        if needed is not None and not loop.get(needed):
            yield activity, f"behavior={behavior} tanpa {needed}", f"behavior={behavior} without {needed}"
        if behavior == "Complex" and loop.first("complexBehaviorDefinition") is None:
            yield activity, "Complex tanpa complexBehaviorDefinition", "Complex without complexBehaviorDefinition"
    for definition in document.named("complexBehaviorDefinition"):
        condition = definition.first("condition")
        if condition is None or not condition.text.strip():
            yield document.parent(document.parent(definition)), "syarat kosong", "an empty condition"


@rule(
    "ad-hoc-content",
    "Diharapkan sub-proses ad hoc berisi kegiatan, tanpa peristiwa mulai dan akhir",
    "Expected an ad-hoc sub-process to hold activities, and no start or end events",
    "10.3.5",
    mend=(
        "Isi sub-proses ad hoc dengan kegiatan saja, tanpa peristiwa mulai dan akhir.",
        "Put activities into the ad-hoc sub-process, without start and end events.",
    ),
)
def _ad_hoc(document: Document) -> Iterator[Found]:
    for scope in document.named("adHocSubProcess"):
        if not any(child.name in ACTIVITIES for child in scope.children):
            yield scope, "tidak ada kegiatan", "no activity"
        for child in scope.children:
            if child.name in ("startEvent", "endEvent"):
                yield child, shown(child), shown(child)


@rule(
    "sub-process-empty",
    "Diharapkan sub-proses berisi langkah",
    "Expected a sub-process to hold steps",
    "10.3.5",
    mend=(
        "Isi sub-proses dengan langkah, atau ganti dengan tugas.",
        "Put steps into the sub-process, or replace it by a task.",
    ),
)
def _sub_process_empty(document: Document) -> Iterator[Found]:
    for scope in document.among(SUB_PROCESSES):
        if scope.name != "adHocSubProcess" and not any(
            child.name in ACTIVITIES | {"startEvent"} for child in scope.children
        ):
            yield scope, "tidak ada langkah", "no steps"


@rule(
    "receive-instantiate",
    "Diharapkan tugas terima yang memulai proses tanpa aliran masuk",
    "Expected a receive task that starts the process to have no flow in",
    "10.3.3",
    mend=(
        'Hapus aliran masuk, atau hapus instantiate="true".',
        'Remove the flows in, or remove instantiate="true".',
    ),
)
def _instantiate(document: Document) -> Iterator[Found]:
    for task in document.named("receiveTask"):
        if task.get("instantiate") == "true" and document.into(task):
            yield task, "aliran masuk", "flows in"


@rule(
    "compensation-activity",
    "Diharapkan kegiatan kompensasi tanpa aliran masuk dan keluar",
    "Expected a compensation activity without flows in and out",
    "10.7",
    mend=(
        "Hapus aliran dari kegiatan kompensasi: peristiwa kompensasi yang memulainya.",
        "Remove the flows of the compensation activity: the compensation event starts it.",
    ),
)
def _compensation_activity(document: Document) -> Iterator[Found]:
    for activity in document.among(ACTIVITIES):
        if activity.get("isForCompensation") == "true" and not document.is_event_sub_process(activity):
            for flow in (*document.into(activity), *document.out_of(activity)):
                yield activity, shown(flow), shown(flow)


@rule(
    "called-element",
    "Diharapkan kegiatan panggilan memanggil proses atau tugas global yang ada",
    "Expected a call activity to call an existing process or global task",
    "10.3.6",
    mend=(
        "Pilih proses atau tugas global sebagai calledElement.",
        "Choose a process or global task as calledElement.",
    ),
    in_dialects=Severity.WARNING,
)
def _called(document: Document) -> Iterator[Found]:
    callable_names = {"process", "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask"}
    callable_names.add("globalBusinessRuleTask")
    for activity in document.named("callActivity"):
        called = document.find(activity.get("calledElement"))
        if called is not None and called.name not in callable_names:
            yield activity, shown(called), shown(called)


@rule(
    "called-start",
    "Diharapkan proses yang dipanggil dapat dimulai tanpa pemicu",
    "Expected a called process to start without a trigger",
    "10.3.6, 10.5.2",
    mend=(
        "Tambahkan peristiwa mulai tanpa pemicu pada proses yang dipanggil.",
        "Add a start event without a trigger to the called process.",
    ),
)
def _called_start(document: Document) -> Iterator[Found]:
    for activity in document.named("callActivity"):
        called = document.find(activity.get("calledElement"))
        starts = list(called.all("startEvent")) if called is not None and called.name == "process" else []
        if starts and all(kinds(document, start) for start in starts):
            yield activity, f"{shown(starts[0])} menunggu pemicu", f"{shown(starts[0])} waits for a trigger"
