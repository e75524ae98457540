"""What the pages of the operations room share: its sections, and the agency that is managed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from api.dependencies import Reading, Transaction
from api.pages.drawing import page
from api.pages.visitor import SignedIn, Visitor
from api.problems import Problem
from engine import accounts, definitions
from engine.access import Actor, OwnRole
from engine.models import Agency

PATH = "/operations"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the room: the end of its address, its name in both languages, and whose business it is."""

    name: str
    indonesian: str
    english: str
    roles: tuple[OwnRole, ...]


SECTIONS = (
    Section("incidents", "Gangguan", "Incidents", (OwnRole.OPERATOR, OwnRole.HEAD, OwnRole.AUDITOR)),
    Section(
        "jobs",
        "Pekerjaan latar",
        "Background work",
        (OwnRole.OPERATOR, OwnRole.HEAD, OwnRole.AUDITOR, OwnRole.PLATFORM),
    ),
    Section("agencies", "Instansi", "Agencies", (OwnRole.PLATFORM,)),
    Section("people", "Pengguna dan peran", "Users and roles", (OwnRole.ADMIN, OwnRole.PLATFORM)),
    Section("calendars", "Kalender", "Calendar", (OwnRole.ADMIN, OwnRole.PLATFORM)),
    Section("keys", "Kunci API", "API keys", (OwnRole.ADMIN, OwnRole.PLATFORM)),
    Section("webhooks", "Webhook", "Webhooks", (OwnRole.ADMIN, OwnRole.PLATFORM)),
    Section("changes", "Perubahan", "Changes", (OwnRole.ADMIN, OwnRole.AUDITOR, OwnRole.PLATFORM)),
)


def sections_of(actor: Actor) -> list[Section]:
    """Return the sections that somebody has business in."""
    return [section for section in SECTIONS if actor.has(*section.roles)]


@dataclass(frozen=True, slots=True)
class Managed:
    """The agency whose people, keys or calendar a page is about. ``code`` None: the visitor's own."""

    agency: Agency
    code: str | None

    def at(self, path: str, **more: str) -> str:
        """Return the address of a page of the room about this agency."""
        query = {name: value for name, value in {"of": self.code, **more}.items() if value}
        return f"{PATH}/{path}" + (f"?{urlencode(query)}" if query else "")

    def start_of(self, day: date) -> datetime:
        """Return the moment with which a day begins where the agency is."""
        return datetime.combine(day, time(), ZoneInfo(self.agency.time_zone))

    def end_of(self, day: date) -> datetime:
        """Return the moment with which a day ends where the agency is."""
        return self.start_of(day + timedelta(days=1))


Of = Annotated[str | None, Query(max_length=60)]


def looked(session: Reading, visitor: SignedIn, of: Of = None) -> Managed:
    """Return the agency that a page is about, where nothing is written."""
    return _managed(session, visitor, of)


def changed(session: Transaction, visitor: SignedIn, of: Of = None) -> Managed:
    """Return the agency that a form is about, where something is written."""
    return _managed(session, visitor, of)


Looked = Annotated[Managed, Depends(looked, scope="function")]
Changed = Annotated[Managed, Depends(changed, scope="function")]


def _managed(session: Session, visitor: Visitor, of: str | None) -> Managed:
    agency_id = accounts.managed_agency(session, visitor.actor, of or None)
    return Managed(session.get_one(Agency, agency_id), of or None)


def drawn(request: Request, visitor: Visitor, section: str, template: str, **values: Any) -> Response:
    """Return a page of the room."""
    tabs = [
        (f"{PATH}/{one.name}", one.english if visitor.language == "en" else one.indonesian, None, one.name == section)
        for one in sections_of(visitor.actor)
    ]
    return page(request, visitor, f"operations/{template}", tabs_of_room=tabs, **values)


def office_roles(session: Session, managed: Managed, language: str) -> list[tuple[str, str]]:
    """Return the roles of people in the processes that the agency may use: key and name."""
    titles = definitions.office_roles(session, managed.agency.id)
    return [(key, texts.get(language) or next(iter(texts.values()))) for key, texts in titles.items()]


def checked(kind: type[BaseModel], values: Mapping[str, Any]) -> tuple[Any, frozenset[str]]:
    """Return what was entered as the API would take it, and the names of fields that it refuses.

    The first is None if there are any.
    """
    try:
        return kind.model_validate(values), frozenset()
    except ValidationError as error:
        return None, frozenset(str(fault["loc"][0]) for fault in error.errors() if fault["loc"])


def day_in(fields: Mapping[str, str], name: str) -> date | None:
    """Return the day that a field holds; None: it is empty. Raises Problem for another text."""
    return _read(fields, name, date.fromisoformat, "a day as YYYY-MM-DD")


def number_in(fields: Mapping[str, str], name: str) -> int | None:
    """Return the number that a field holds; None: it is empty. Raises Problem for another text."""
    return _read(fields, name, int, "a whole number")


def _read(fields: Mapping[str, str], name: str, parse: Callable[[str], Value], wanted: str) -> Value | None:
    text = fields.get(name, "").strip()
    try:
        return parse(text) if text else None
    except ValueError as error:
        raise Problem("invalid", f"Expected {wanted} in {name}, found {text[:40]!r}") from error
