"""Changes: what administrators did, the latest first, from their journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date
from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import Reading
from api.pages.casefile import full_names
from api.pages.operations.room import PATH, Of, drawn
from api.pages.visitor import SignedIn
from api.pages.words import SCOPES, in_language, in_text, role_names
from engine import access, accounts, definitions, journal
from engine.access import OwnRole, Scope
from engine.database import Page
from engine.models import Agency, JournalEntry
from engine.settings import settings

router = APIRouter(include_in_schema=False, prefix=f"{PATH}/changes")
_ROWS = 50
# By kind: Indonesian, English; the names in braces are those of the entry's data.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "agency.added": ("Instansi {code} ditambahkan: {name}", "Agency {code} was added: {name}"),
    "agency.changed": ("Instansi {code} diubah: {name}, {active}", "Agency {code} was changed: {name}, {active}"),
    "person.added": ("Pengguna {person} ditambahkan", "User {person} was added"),
    "person.changed": ("Pengguna {person} diubah: {changed}", "User {person} was changed: {changed}"),
    "password.changed": ("Kata sandi {person} diganti", "The password of {person} was changed"),
    "roles.given": ("{person} diberi peran {roles}{until}", "{person} was given the roles {roles}{until}"),
    "roles.taken": ("Peran {roles} dicabut dari {person}", "The roles {roles} were taken from {person}"),
    "key.added": ("Kunci API “{name}” ditambahkan: {scopes}", "API key “{name}” was added: {scopes}"),
    "key.revoked": ("Kunci API “{name}” dicabut", "API key “{name}” was revoked"),
    "webhook.added": ("Webhook {url} ditambahkan", "Webhook {url} was added"),
    "webhook.switched": ("Webhook {url} sekarang {active}", "Webhook {url} is now {active}"),
    "webhook.removed": ("Webhook {url} dihapus", "Webhook {url} was removed"),
    "calendar.stored": ("Kalender {year} disimpan: {source}", "The calendar of {year} was stored: {source}"),
    "version.deployed": ("{process} versi {number} diunggah", "{process} version {number} was uploaded"),
    "version.approved": (
        "{process} versi {number} disetujui, berlaku mulai {in_force_from}",
        "{process} version {number} was approved, in force from {in_force_from}",
    ),
    "version.retired": ("{process} versi {number} ditarik", "{process} version {number} was retired"),
    "carry_over.requested": (
        "Perkara {process} diminta dipindah dari versi {from} ke versi {to}",
        "Cases of {process} were asked to be moved from version {from} to version {to}",
    ),
    "carry_over.cancelled": (
        "Pemindahan perkara {process} dihentikan setelah {after}",
        "The moving of cases of {process} was stopped after {after}",
    ),
    "bulk.cancelled": (
        "Memulai perkara {process} dari satu berkas dihentikan setelah baris {after}",
        "Starting cases of {process} from one file was stopped after line {after}",
    ),
    "bulk.requested": (
        "{lines} perkara {process} diminta dimulai dari satu berkas",
        "{lines} cases of {process} were asked to be started from one file",
    ),
}


@router.get("")
def show_changes(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    of: Of = None,
    national: bool = False,
    cursor: str = "",
) -> Response:
    """Show what administrators of the agency, or of the nation, changed."""
    owner = accounts.audited_agency(session, visitor.actor, of or None, national=national)
    page = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    found = journal.latest_first(session, owner or journal.NATION, page)
    words = _Words(
        visitor.language,
        role_names(session, owner or access.need_agency(visitor.actor), visitor.language),
        {key: in_text(texts, visitor.language) for key, texts in definitions.titles(session, owner).items()},
        _zone(session, owner),
    )
    return drawn(
        request,
        visitor,
        "changes",
        "changes.html",
        name=session.scalar(select(Agency.name).where(Agency.id == owner)),
        of=of or "",
        national=national,
        sees_nation=visitor.actor.has(OwnRole.PLATFORM),
        changes=[(entry, words.sentence(entry)) for entry in found.items],
        people=full_names(session, {entry.actor for entry in found.items}),
        next=cursors.sealed(found.next),
    )


def _zone(session: Session, agency_id: UUID | None) -> ZoneInfo:
    named = session.scalar(select(Agency.time_zone).where(Agency.id == agency_id))
    return settings().time_zone if named is None else ZoneInfo(named)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a reader calls things: ``roles`` and ``processes`` by key, days where the agency is."""

    language: str
    roles: Mapping[str, str]
    processes: Mapping[str, str]
    zone: ZoneInfo

    def sentence(self, entry: JournalEntry) -> str:
        """Return what an entry says; its kind where there is no sentence for it."""
        pair = SENTENCES.get(entry.kind)
        if pair is None:
            return entry.kind
        told = {name: self._told(name, value) for name, value in entry.data.items()}
        return in_language(pair, self.language).format_map(told)

    def _told(self, name: str, value: Any) -> str:
        if name == "active":
            return in_language(("aktif", "on") if value else ("tidak aktif", "off"), self.language)
        if name == "until":
            return (
                "" if value is None else in_language((", sampai ", ", until "), self.language) + self._last_day(value)
            )
        if name == "roles":
            return ", ".join(self.roles.get(role, role) for role in value)
        if name == "process":
            return self.processes.get(value, value)
        if name == "scopes":
            return ", ".join(in_language(SCOPES[Scope(scope)], self.language) for scope in value)
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

    def _last_day(self, until: str) -> str:
        last = datetime.fromisoformat(until) - timedelta(microseconds=1)
        return format_date(last.astimezone(self.zone).date(), "d MMMM y", locale=self.language)
