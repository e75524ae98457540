"""Rules that the compiler holds: what BPMN allows to be drawn where it has no meaning that can be executed."""

from engine.bpmn.rules.registry import Both, declare

_RULES: tuple[tuple[str, Both, Both, str], ...] = (
    (
        "not-executed",
        ("Diharapkan unsur yang dijalankan Alur", "Expected an element that Alur executes"),
        ("Ungkapkan dengan tugas, peristiwa atau gerbang.", "Say it with a task, an event or a gateway."),
        "10.3",
    ),
    (
        "no-start",
        (
            "Diharapkan proses atau subproses dengan permulaan",
            "Expected a process or sub-process with something to begin at",
        ),
        (
            "Tambahkan peristiwa mulai, atau langkah tanpa alur masuk.",
            "Add a start event, or a step without an incoming flow.",
        ),
        "10.5.2",
    ),
    (
        "start-event",
        ("Diharapkan peristiwa yang dapat memulai proses", "Expected an event that can start a process"),
        (
            "Pakai peristiwa mulai biasa, pesan, sinyal, waktu atau syarat.",
            "Use a start event without a trigger, or one with a message, signal, timer or condition.",
        ),
        "10.5.2, table 10.84",
    ),
    (
        "start-trigger",
        (
            "Diharapkan peristiwa mulai tanpa pemicu di dalam subproses",
            "Expected a start event without a trigger in a sub-process",
        ),
        (
            "Hapus pemicunya, atau jadikan subproses peristiwa (triggeredByEvent).",
            "Remove the trigger, or make it an event sub-process (triggeredByEvent).",
        ),
        "10.5.2, table 10.85",
    ),
    (
        "start-name",
        (
            "Diharapkan nama tetap untuk pesan atau sinyal yang memulai proses",
            "Expected a fixed name of the message or signal that starts a process",
        ),
        (
            "Tulis nama tanpa ekspresi: sebelum proses dimulai belum ada variabel.",
            "Write the name without an expression: before a process starts there are no variables.",
        ),
        "10.5.2",
    ),
    (
        "cancel-outside",
        ("Diharapkan peristiwa batal di dalam transaksi", "Expected a cancel event inside a transaction"),
        ("Pakai peristiwa akhir kesalahan atau terminasi.", "Use an error or terminate end event."),
        "10.3.5, 10.5.3",
    ),
    (
        "event-not-caught",
        ("Diharapkan peristiwa yang dapat ditunggu di sini", "Expected an event that can be waited for here"),
        ("Pilih pemicu lain, atau pindahkan peristiwanya.", "Choose another trigger, or move the event."),
        "10.5.1, table 10.93",
    ),
    (
        "event-not-thrown",
        ("Diharapkan peristiwa yang dapat dilempar", "Expected an event that can be thrown"),
        ("Pilih peristiwa lain, atau tunggu peristiwa itu.", "Choose another event, or wait for it instead."),
        "10.5.1, table 10.93",
    ),
    (
        "event-gateway-target",
        (
            "Diharapkan peristiwa atau tugas terima di belakang gerbang peristiwa",
            "Expected an event or receive task behind an event-based gateway",
        ),
        (
            "Hubungkan gerbang dengan peristiwa tangkap antara atau tugas terima.",
            "Connect the gateway with intermediate catch events or receive tasks.",
        ),
        "10.6.6",
    ),
)
for _name, _expected, _mend, _section in _RULES:
    declare(_name, _expected, _section, mend=_mend, family="compiling")
