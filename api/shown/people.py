"""Agencies, people, keys and calendars; who is calling; how Alur is."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.shown.base import Shown
from engine.access import Actor as Calling
from engine.access import ActorKind
from engine.accounts import Person as KnownPerson
from engine.models import CalendarStatus


class Actor(Shown):
    """Who is calling, for which agency, with which roles or scopes."""

    name: str
    kind: ActorKind
    agency_id: UUID | None = Field(description="null: none chosen yet")
    roles: list[str]
    scopes: list[str] = Field(description="Of a key; empty for people")


class SignedIn(Shown):
    """A session that was opened. The token is shown only here; it goes into ``Authorization: Bearer``."""

    token: str
    expires_at: datetime
    actor: Actor
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "token": "oY1v0tq9m3l2kz7w8x5c4v6b1n0a9s8d7f6g5h4j3k2",
                    "expires_at": "2026-03-02T14:00:00Z",
                    "actor": {
                        "name": "budi.dinas-kominfo",
                        "kind": "user",
                        "agency_id": "0198c0de-0000-7000-8000-000000000009",
                        "roles": ["officer"],
                        "scopes": [],
                    },
                }
            ]
        },
    )


class Agency(Shown):
    """An owner of data and authority."""

    id: UUID
    code: str
    name: str
    time_zone: str
    active: bool = Field(description="false: nothing new may be started in its name")


class Appointment(Shown):
    """A role that somebody has in an agency, until a moment (null: open)."""

    role: str
    since: datetime
    until: datetime | None


class Person(Shown):
    """A person as an agency sees it."""

    name: str = Field(description="Name to sign in with; the actor in journal and tasks")
    full_name: str
    email: str | None
    language: str
    active: bool = Field(description="false: may not sign in")
    roles: list[str]
    appointments: list[Appointment]


class RolesChanged(Shown):
    """The roles that were given or taken."""

    name: str
    roles: list[str]


class Key(Shown):
    """A key of a system of the agency, without its secret."""

    id: UUID
    name: str
    scopes: list[str]
    roles: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None = Field(description="null: valid until revoked")
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the hour; null: never used")


class MadeKey(Key):
    """A new key. ``key`` is shown only here; it goes into ``X-API-Key``."""

    key: str


class Webhook(Shown):
    """A system of the agency that is told what happens."""

    id: UUID
    url: str
    kinds: list[str] = Field(description="Kinds of journal entries that it is told; empty: all")
    active: bool
    created_at: datetime
    created_by: str


class MadeWebhook(Webhook):
    """A new webhook. ``secret`` is shown only here: with it the receiver checks the signatures (Standard Webhooks)."""

    secret: str


class Calendar(Shown):
    """By which days an agency counts working days in a year."""

    year: int
    time_zone: str
    is_confirmed: bool = Field(description="false: the year rests on a draft, and terms counted with it may move")
    weekdays: list[int] = Field(description="Weekdays that are worked, 0 is Monday")
    days_off: dict[date, str] = Field(description="Holidays and collective leave with their names")
    worked: list[date] = Field(description="Days that are worked although their weekday is not")


class StoredCalendar(Shown):
    """A new calendar of a year. ``number`` counts those of the agency and year."""

    year: int
    number: int
    status: CalendarStatus
    cases_moved: int = Field(description="How many running cases have other due days now")


class Health(Shown):
    """That the process is alive. ``demo``: it has users with passwords that everybody knows."""

    status: Literal["ok"]
    version: str
    demo: bool
    warning: str | None


class Readiness(Shown):
    """Whether the database answers and has the tables of this version."""

    status: Literal["ready", "waiting"]
    database: Literal["ok", "away"]
    migrated: bool


class KnownProblem(Shown):
    """A kind of problem: its stable code, status, and titles by language."""

    code: str
    type: str
    status: int
    title: dict[str, str]


def of_actor(actor: Calling) -> Actor:
    """Return who is calling."""
    return Actor(
        name=actor.name,
        kind=actor.kind,
        agency_id=actor.agency_id,
        roles=sorted(actor.roles),
        scopes=sorted(actor.scopes),
    )


def of_person(person: KnownPerson) -> Person:
    """Return a person with roles."""
    return Person(
        name=person.user.name,
        full_name=person.user.full_name,
        email=person.user.email,
        language=person.user.language,
        active=person.user.active,
        roles=[held.role for held in person.appointments],
        appointments=[Appointment.model_validate(held) for held in person.appointments],
    )
