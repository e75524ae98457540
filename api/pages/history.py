"""What happened in a case, in sentences: one for each kind of entry of the journal."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date

from engine.database import encode_json
from engine.definitions import Compiled
from engine.instances.masking import MASK, leaves, masked_facts
from engine.models import JournalEntry

# By kind: Indonesian, English. {step} is the name of the step, {term} of the term, {more} what the kind tells beside.
_SENTENCES: Mapping[str, tuple[str, str]] = {
    "instance.started": ("Perkara dimulai", "The case was started"),
    "instance.completed": ("Perkara selesai{more}", "The case ended{more}"),
    "instance.failed": ("Perkara berhenti karena kesalahan", "The case ended with an error"),
    "instance.cancelled": ("Perkara dibatalkan{more}", "The case was cancelled{more}"),
    "instance.handed_over": ("Perkara diserahkan ke instansi lain{more}", "The case went to another agency{more}"),
    "instance.migrated": ("Perkara dipindah ke versi lain", "The case was moved to another version"),
    "variables.set": ("Data diperbaiki{more}", "Data was corrected{more}"),
    "task.claimed": ("“{step}” diambil", "“{step}” was taken"),
    "task.released": ("“{step}” dikembalikan ke kelompok", "“{step}” was given back to the group"),
    "task.assigned": ("“{step}” diberikan{more}", "“{step}” was assigned{more}"),
    "task.completed": ("“{step}” diselesaikan", "“{step}” was completed"),
    "task.withdrawn": ("“{step}” tidak diperlukan lagi", "“{step}” was no longer needed"),
    "task.commented": ("Catatan ditulis pada “{step}”", "A note was written on “{step}”"),
    "task.handed_over": ("“{step}” diminta dari instansi lain", "“{step}” was asked of another agency"),
    "document.attached": ("Berkas dilampirkan{more}", "A file was attached{more}"),
    "timer.fired": ("Waktu “{step}” tiba", "The time of “{step}” came"),
    "message.received": ("Pesan diterima: “{step}”", "A message was received: “{step}”"),
    "signal.received": ("Sinyal diterima: “{step}”", "A signal was received: “{step}”"),
    "job.completed": ("Sistem lain menjawab “{step}”", "Another system answered “{step}”"),
    "job.refused": ("Sistem lain menolak “{step}”{more}", "Another system refused “{step}”{more}"),
    "incident.opened": ("“{step}” terhenti{more}", "“{step}” stands still{more}"),
    "incident.resolved": ("Yang terhenti dicoba lagi{more}", "What stood still was tried again{more}"),
    "term.started": ("Tenggat “{term}” mulai dihitung{more}", "The term “{term}” began{more}"),
    "term.stopped": ("Jam “{term}” berhenti", "The clock of “{term}” stopped"),
    "term.resumed": ("Jam “{term}” berjalan lagi{more}", "The clock of “{term}” runs again{more}"),
    "term.extended": ("Tenggat “{term}” diperpanjang{more}", "The term “{term}” was extended{more}"),
    "term.extension_refused": ("“{term}” tidak dapat diperpanjang", "“{term}” could not be extended"),
    "term.warned": ("Tenggat “{term}” sudah dekat{more}", "The term “{term}” is near its end{more}"),
    "term.breached": ("Tenggat “{term}” lewat", "The term “{term}” passed"),
    "term.escalated": (
        "Lewatnya “{term}” dilaporkan ke atasan",
        "The passing of “{term}” was told to the superior",
    ),
    "term.ended": ("Tenggat “{term}” terpenuhi", "The term “{term}” was met"),
    "term.recounted": ("Tenggat “{term}” dihitung ulang{more}", "The term “{term}” was counted again{more}"),
}
_LATE = ("Tenggat “{term}” berakhir terlambat", "The term “{term}” ended late")
_CHANGED = {"before", "after"}
# What a kind tells beside the step: the first of these that its entry has.
_MORE = ("reason", "name", "to", "message", "outcome", "due_on", "code")


@dataclass(frozen=True, slots=True)
class Event:
    """An entry as people read it. ``kind`` says which sort of thing it is: case, task, term and so on.

    ``changes`` are the values that were corrected: what, the old one and the new one.
    """

    sequence: int
    at: datetime
    actor: str
    kind: str
    sentence: str
    changes: tuple[tuple[str, str, str], ...] = ()


def act(kind: str, step: str, language: str) -> str:
    """Return the sentence for a kind of entry at a step, which has a name for people; else the kind itself."""
    told = _SENTENCES.get(kind, (kind, kind))
    return (told[1] if language == "en" else told[0]).format(step=step, term="", more="")


def events(
    entries: Iterable[JournalEntry], compiled: Compiled, language: str, roles: Collection[str] = ()
) -> list[Event]:
    """Return entries as sentences, in their order. Confidential values are masked from who has none of the ``roles``
    that may read them."""
    return [_event(entry, compiled, language, roles) for entry in entries]


def _event(entry: JournalEntry, compiled: Compiled, language: str, roles: Collection[str]) -> Event:
    late = entry.kind == "term.ended" and entry.data.get("late")
    pair = _LATE if late else _SENTENCES.get(entry.kind, (f"{entry.kind}: {{step}}", f"{entry.kind}: {{step}}"))
    sentence = pair[language == "en"].format(
        step=compiled.step_name(entry.step, language) if entry.step else "–",
        term=_term(entry.data.get("term"), compiled, language),
        more=_more(entry, compiled, language),
    )
    changes = tuple(_changes(entry.data, compiled, roles)) if entry.data.keys() >= _CHANGED else ()
    return Event(entry.sequence, entry.at, entry.actor, entry.kind.partition(".")[0], sentence, changes)


def _changes(data: Mapping[str, Any], compiled: Compiled, roles: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what a correction changed: the path of the variable, its old and its new value."""
    before, after = (dict(leaves(data[side] or {})) for side in ("before", "after"))
    shown = masked_facts({side: data[side] or {} for side in ("before", "after")}, compiled.manifest, roles)
    seen = {side: dict(leaves(shown[side])) for side in ("before", "after")}
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path) or before.get(path) == MASK:
            yield path, _seen(seen["before"], before, path), _seen(seen["after"], after, path)


def _seen(shown: Mapping[str, Any], written: Mapping[str, Any], path: str) -> str:
    if written.get(path) is None:
        return "–"
    # What is masked as a whole has no leaves of its own.
    value = shown.get(path, MASK)
    return value if isinstance(value, str) else encode_json(value)


def _term(name: Any, compiled: Compiled, language: str) -> str:
    rule = compiled.manifest.terms.get(str(name))
    if rule is None:
        return str(name)
    return rule.title.get(language) or next(iter(rule.title.values()), str(name))


def _more(entry: JournalEntry, compiled: Compiled, language: str) -> str:
    told = next((value for name in _MORE if (value := entry.data.get(name))), None)
    if told is None:
        return ""
    if entry.kind == "instance.completed":
        return f": {compiled.outcome_name(str(told), language)}"
    if entry.kind.startswith("term.") and told == entry.data.get("due_on"):
        day = format_date(date.fromisoformat(str(told)), "d MMMM y", locale=language)
        return f", until {day}" if language == "en" else f", sampai {day}"
    return f": {told}"
