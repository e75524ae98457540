"""What Alur's own keys are called, in Indonesian and English: templates write ``{{ say(*word) }}``."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from engine import definitions
from engine.access import OwnRole, Scope
from engine.manifest import Law
from engine.models import JobKind, Queue

Words = tuple[str, str]

OWN_ROLES: Mapping[OwnRole, Words] = {
    OwnRole.ADMIN: ("Admin instansi: pengguna, peran, kunci, kalender", "Administrator: users, roles, keys, calendar"),
    OwnRole.HEAD: ("Kepala: melihat dan membagi semua tugas", "Head: sees and assigns all tasks"),
    OwnRole.OPERATOR: (
        "Operator: gangguan, pembatalan, koreksi, pelimpahan",
        "Operator: incidents, cancels, corrects and hands over cases",
    ),
    OwnRole.AUDITOR: ("Auditor: membaca semua milik instansi", "Auditor: reads everything of the agency"),
    OwnRole.DESIGNER: ("Perancang: mengunggah paket proses", "Designer: uploads process packages"),
    OwnRole.APPROVER: (
        "Penyetuju: menyetujui unggahan orang lain",
        "Approver: approves what another person uploaded",
    ),
    OwnRole.PLATFORM: (
        "Pengelola platform: instansi, dan proses untuk semuanya",
        "Platform: agencies, and processes for all of them",
    ),
}

# What went wrong, and what to do about it, by the kind of an incident.
_BY_KIND: Mapping[str, tuple[Words, Words]] = {
    "expression": (
        ("Rumus dalam proses tidak memberi nilai yang diharapkan", "A formula of the process gave no usable value"),
        (
            "Periksa data perkara yang dipakai rumus itu, koreksi bila salah, lalu coba lagi.",
            "Look at the data of the case that the formula uses, correct it if wrong, then try again.",
        ),
    ),
    "decision": (
        ("Tabel keputusan tidak memberi hasil", "A decision table gave no result"),
        (
            "Periksa masukan tabel dalam data perkara. Bila tabelnya kurang lengkap, minta perancang menambah aturan.",
            "Look at the inputs of the table in the case. If a rule is missing, ask the designer to add it.",
        ),
    ),
    "no-flow": (
        ("Tidak ada jalur yang syaratnya terpenuhi", "None of the ways on has its condition met"),
        (
            "Periksa data perkara yang menentukan jalur, koreksi, lalu coba lagi.",
            "Look at the data that decides the way, correct it, then try again.",
        ),
    ),
    "error": (
        ("Galat bisnis yang tidak ditangani proses", "A business error that the process does not handle"),
        (
            "Perbaiki sebabnya, lalu coba lagi; atau batalkan perkara dengan alasan.",
            "Mend its cause, then try again; or cancel the case and say why.",
        ),
    ),
    "script": (
        ("Langkah hitung memberi hasil yang salah bentuk", "A computing step gave a result of the wrong kind"),
        ("Beri tahu perancang proses.", "Tell the designer of the process."),
    ),
    "timer": (
        ("Waktu tunggu tidak dapat dihitung", "A waiting time cannot be computed"),
        (
            "Periksa tanggal dalam data perkara, koreksi, lalu coba lagi.",
            "Look at the dates in the data of the case, correct them, then try again.",
        ),
    ),
    "loop": (
        ("Pengulangan tidak dapat dimulai atau diteruskan", "A repetition cannot begin or go on"),
        ("Periksa daftar yang diulang dalam data perkara.", "Look at the list in the data that it repeats over."),
    ),
    "deadlock": (
        ("Cabang menunggu yang tidak akan datang", "A branch waits for what will never come"),
        ("Beri tahu perancang proses: modelnya buntu.", "Tell the designer of the process: its model is stuck."),
    ),
    "limit": (
        ("Batas ukuran atau jumlah terlampaui", "A limit of size or number was passed"),
        (
            "Periksa daftar dalam data perkara; mungkin terlalu panjang.",
            "Look at lists in the data: they may be too long.",
        ),
    ),
    "depth": (
        ("Proses saling memanggil terlalu dalam", "Processes call each other too deeply"),
        ("Beri tahu perancang proses.", "Tell the designer of the process."),
    ),
    "unknown-process": (
        ("Proses yang dipanggil tidak ada", "The process to be called is not there"),
        (
            "Minta penyetuju memberlakukan proses itu, lalu coba lagi.",
            "Ask for that process to be approved, then try again.",
        ),
    ),
    "job.call": (
        ("Panggilan ke sistem lain gagal berulang kali", "Calling another system failed again and again"),
        (
            "Pastikan sistem itu hidup dan kunci aksesnya benar, lalu coba lagi.",
            "See that the system is up and its credentials are right, then try again.",
        ),
    ),
    "job.external": (
        ("Pekerja luar tidak menyelesaikan pekerjaan", "A worker outside did not do its job"),
        ("Periksa pekerja itu, lalu coba lagi.", "Look after that worker, then try again."),
    ),
    "job.delivery": (
        ("Pemberitahuan ke sistem lain tidak sampai", "A notice to another system did not arrive"),
        (
            "Periksa alamat webhook dan penerimanya, lalu coba lagi.",
            "Look at the webhook's address and its receiver, then try again.",
        ),
    ),
}
_OTHERWISE: tuple[Words, Words] = (
    ("Langkah ini tidak dapat diteruskan", "This step cannot go on"),
    ("Baca rinciannya, perbaiki sebabnya, lalu coba lagi.", "Read the details, mend the cause, then try again."),
)
_JOB: tuple[Words, Words] = (
    ("Pekerjaan latar gagal berulang kali", "Background work failed again and again"),
    _OTHERWISE[1],
)


def in_language(words: Words, language: str) -> str:
    """Return the words in a language."""
    return words[1] if language == "en" else words[0]


def in_text(texts: Mapping[str, str], language: str) -> str:
    """Return a text of a process in a language, else in the one that it has."""
    return texts.get(language) or next(iter(texts.values()))


def role_names(session: Session, agency_id: UUID, language: str) -> dict[str, str]:
    """Return the short names of roles by key: of people in the processes that an agency may use, and Alur's own."""
    titles = definitions.office_roles(session, agency_id)
    named = {key: texts.get(language) or next(iter(texts.values())) for key, texts in titles.items()}
    return named | {role.value: in_language(words, language).partition(":")[0] for role, words in OWN_ROLES.items()}


def incident_words(kind: str) -> tuple[Words, Words]:
    """Return what a kind of incident means, and what to do about it."""
    return _BY_KIND.get(kind) or (_JOB if kind.startswith("job.") else _OTHERWISE)


QUEUES: Mapping[Queue, Words] = {
    Queue.MOVING: ("Menggerakkan perkara: waktu, tenggat, pesan", "Moving cases: timers, terms, messages"),
    Queue.CALLING: ("Menghubungi sistem lain", "Calling other systems"),
    Queue.OUTSIDE: ("Untuk pekerja luar", "For workers outside"),
}
JOB_KINDS: Mapping[JobKind, Words] = {
    JobKind.TIMER: ("Waktu tunggu", "Timer"),
    JobKind.TERM: ("Tenggat hukum", "Legal term"),
    JobKind.CALL: ("Panggilan", "Call"),
    JobKind.EXTERNAL: ("Pekerjaan luar", "External job"),
    JobKind.MESSAGE: ("Pesan", "Message"),
    JobKind.SIGNAL: ("Sinyal", "Signal"),
    JobKind.START: ("Mulai terjadwal", "Scheduled start"),
    JobKind.DELIVERY: ("Pemberitahuan", "Notice to a system"),
    JobKind.BULK: ("Mulai banyak", "Bulk start"),
    JobKind.CARRY_OVER: ("Pemindahan perkara ke versi lain", "Cases carried over to another version"),
}
SCOPES: Mapping[Scope, Words] = {
    Scope.PROCESSES_READ: ("Membaca proses", "Read processes"),
    Scope.PROCESSES_DEPLOY: ("Mengunggah paket proses", "Upload process packages"),
    Scope.INSTANCES_START: ("Memulai perkara", "Start cases"),
    Scope.INSTANCES_READ: ("Membaca perkara", "Read cases"),
    Scope.INSTANCES_OPERATE: ("Membatalkan, mengoreksi, mencoba lagi", "Cancel, correct, try again"),
    Scope.TASKS_READ: ("Membaca tugas", "Read tasks"),
    Scope.TASKS_WORK: ("Mengerjakan tugas", "Do tasks"),
    Scope.JOBS_WORK: ("Mengerjakan pekerjaan luar", "Do external jobs"),
    Scope.MESSAGES_PUBLISH: ("Mengirim pesan dan sinyal", "Send messages and signals"),
    Scope.METRICS_READ: ("Membaca angka seluruh instalasi", "Read figures of the whole installation"),
}


def article(law: Law, language: str) -> str:
    """Return the article that a value rests on: article 22(7), or what the package says in words."""
    told = law.articles.get(language) or law.article
    if not told[0].isdigit():
        return told
    several = "s" if "," in told or " " in told else ""
    return f"article{several} {told}" if language == "en" else f"Pasal {told}"
