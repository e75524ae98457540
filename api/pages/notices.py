"""What a page says at its top about the act that led to it."""

from collections.abc import Mapping

_NOTICES: Mapping[str, tuple[str, str]] = {
    "signed-out": ("Anda telah keluar.", "You have signed out."),
    "draft-stored": ("Disimpan sebagai rancangan baru.", "Stored as a new draft."),
    "package-stored": ("Paket disimpan sebagai rancangan.", "The package was stored as a draft."),
    "package-known": (
        "Isi paket ini sudah ada: inilah versinya. Tidak ada yang disimpan lagi.",
        "This content is there already: this is its version. Nothing was stored again.",
    ),
    "submitted": (
        "Rancangan diajukan. Orang lain dapat menyetujuinya.",
        "The draft was handed in. Another person can approve it.",
    ),
    "approved": ("Versi ini disetujui.", "The version was approved."),
    "move-began": ("Pemindahan dimulai di latar belakang.", "Moving has begun in the background."),
    "move-stopped": (
        "Pemindahan dihentikan. Perkara yang sudah pindah tetap di versi baru.",
        "Moving was stopped. Cases that went over stay on the new version.",
    ),
    "retired": (
        "Versi ini ditarik. Perkara yang sedang berjalan diteruskan.",
        "The version was retired. Running cases go on.",
    ),
    "password": ("Kata sandi diganti. Silakan masuk lagi.", "The password was changed. Please sign in again."),
    "changed": ("Perubahan disimpan.", "The changes were saved."),
    "person-added": ("Pengguna ditambahkan.", "The user was added."),
    "person-active": ("Pengguna boleh masuk lagi.", "The user may sign in again."),
    "person-inactive": ("Hak masuk pengguna dihentikan.", "The user may no longer sign in."),
    "password-given": ("Kata sandi baru berlaku.", "The new password counts from now on."),
    "roles-given": ("Peran diberikan.", "The roles were given."),
    "role-taken": ("Peran dicabut.", "The role was withdrawn."),
    "key-revoked": (
        "Kunci dicabut. Tidak ada lagi yang dapat memakainya.",
        "The key was revoked. Nobody can use it now.",
    ),
    "webhook-removed": ("Webhook dihapus.", "The webhook was removed."),
    "agency-added": ("Instansi ditambahkan.", "The agency was added."),
    "calendar-stored": (
        "Kalender disimpan dan tenggat dihitung ulang.",
        "The calendar was stored and terms counted again.",
    ),
    "nothing-chosen": ("Tidak ada yang dipilih.", "Nothing was chosen."),
    "tried-again": (
        "Dicoba lagi. Bila gagal lagi, gangguan baru muncul.",
        "Tried again. What fails again is a new incident.",
    ),
    "claimed": ("Tugas ini sekarang Anda pegang.", "You have this task now."),
    "claimed-all": ("Tugas yang dipilih sekarang Anda pegang.", "You have the chosen tasks now."),
    "view-saved": ("Tampilan disimpan.", "The view was saved."),
    "view-removed": ("Tampilan dihapus.", "The view was removed."),
    "assigned-all": ("Tugas yang dipilih diserahkan.", "The chosen tasks were handed over."),
    "nobody-chosen": ("Pilih dulu kepada siapa.", "Choose first to whom."),
    "released": ("Tugas dikembalikan ke kelompok.", "The task was given back to the group."),
    "assigned": ("Tugas diberikan.", "The task was assigned."),
    "completed": ("Tugas selesai.", "The task is done."),
    "noted": ("Catatan disimpan.", "The note was saved."),
    "attached": ("Berkas dilampirkan.", "The file was attached."),
    "case-cancelled": (
        "Perkara dibatalkan. Tugas dan pekerjaannya ditarik.",
        "The case was cancelled. Its tasks and jobs were withdrawn.",
    ),
    "case-handed-over": (
        "Perkara diserahkan. Anda masih dapat membacanya.",
        "The case was handed over. You can still read it.",
    ),
    "case-corrected": (
        "Data dikoreksi; nilai lama dan baru tercatat dalam jurnal.",
        "The data was corrected; old and new values stand in the journal.",
    ),
    "case-closed": (
        "Permohonan ditutup di peramban ini. Masukkan nomor dan kata rahasianya untuk membukanya lagi.",
        "Your case is closed in this browser. Enter its number and secret to open it again.",
    ),
    "answered": ("Jawaban Anda sudah kami terima.", "We have received your answer."),
    "file-sent": ("Berkas Anda sudah kami terima.", "We have received your file."),
    "rated": ("Terima kasih atas penilaian Anda.", "Thank you for your rating."),
}


def notice(code: str | None, language: str) -> str | None:
    """Return the sentence for a code of the address; None: there is no such, whatever the address says."""
    if code is None or code not in _NOTICES:
        return None
    indonesian, english = _NOTICES[code]
    return english if language == "en" else indonesian
