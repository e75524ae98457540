"""Rules that hold while a file is read: what it is, and which extensions of engines have a meaning here."""

from engine.bpmn.rules.registry import declare
from engine.findings import Severity

# The gate, engine.gate, finds these before there is any BPMN.
for _name, _expected in {
    "xml.not-utf8": ("Diharapkan teks UTF-8 tanpa bita NUL", "Expected UTF-8 text without NUL bytes"),
    "xml.forbidden": (
        "Diharapkan hanya elemen, tanpa DOCTYPE, entitas dan instruksi pemrosesan",
        "Expected only elements, no DOCTYPE, entities or processing instructions",
    ),
    "xml.malformed": ("Diharapkan XML yang benar", "Expected well-formed XML"),
    "xml.too-large": ("Diharapkan berkas dalam batas ukurannya", "Expected a file within the limits of size"),
}.items():
    declare(
        _name,
        _expected,
        "",
        mend=("Simpan ulang berkas dengan alat pemodelan.", "Save the file again with a modelling tool."),
        family="reading",
    )

NOT_BPMN = declare(
    "not-bpmn",
    ("Diharapkan elemen definitions dari BPMN 2.0", "Expected the element definitions of BPMN 2.0"),
    "8.1",
    mend=("Simpan proses itu sebagai BPMN 2.0 XML.", "Save the process as BPMN 2.0 XML."),
    family="reading",
)
UNKNOWN_EXTENSION = declare(
    "unknown-extension",
    ("Diharapkan hanya perluasan yang dijalankan Alur", "Expected only extensions that Alur executes"),
    "8.2.3",
    mend=(
        "Hapus perluasan itu, atau ungkapkan maksudnya dengan properti Camunda 8.",
        "Remove the extension, or say what it means with a property of Camunda 8.",
    ),
    family="reading",
)
NO_EQUIVALENT = declare(
    "no-equivalent",
    ("Diharapkan perluasan yang memiliki padanan di Alur", "Expected an extension that has an equivalent in Alur"),
    "8.2.3",
    Severity.WARNING,
    mend=(
        "Periksa apakah proses tetap benar tanpanya, atau ungkapkan dengan langkah tersendiri.",
        "See whether the process is still right without it, or say it with a step of its own.",
    ),
    family="reading",
)
BECAME_JOB = declare(
    "became-job",
    ("Diharapkan pekerjaan di luar proses bernama jenis pekerjaan", "Expected work outside the process as a job type"),
    "8.2.3",
    Severity.HINT,
    mend=(
        "Nyatakan jenis pekerjaan itu di bagian calls pada process.yaml, dan siapkan penjawabnya.",
        "Declare the job type under calls in process.yaml, and provide somebody who answers it.",
    ),
    family="reading",
)
FOREIGN_EXTENSION = declare(
    "foreign-extension",
    ("Diharapkan perluasan yang dikenal Alur", "Expected extensions that Alur knows"),
    "8.2.3",
    Severity.WARNING,
    mend=(
        "Pastikan proses tidak bergantung padanya: Alur membiarkannya tanpa arti.",
        "Make sure that the process does not depend on it: Alur leaves it without a meaning.",
    ),
    family="reading",
)
