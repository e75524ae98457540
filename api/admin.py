"""Agencies, people, roles, keys and calendars, for the administrators of an agency and of the platform."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.orm import Session

from api.bodies import Route
from api.dependencies import AllSessions, Caller, Now, Paging, Reading, Transaction
from api.idempotency import OnceIfWished, SurelyOnce
from api.sent import (
    CalendarDays,
    ChangedAgency,
    ChangedUser,
    GivenRoles,
    NewAgency,
    NewPassword,
    NewUser,
    Roles,
    WantedKey,
)
from api.shown import people
from api.shown.base import Listed, listed
from api.shown.people import Agency, Calendar, Key, Person, RolesChanged, StoredCalendar
from engine import access, accounts, calendars, instances, models, terms
from engine.access import Actor, OwnRole, Scope
from engine.calendars import Day
from engine.database import Sessions, in_transaction, reading
from engine.errors import Invalid
from engine.models import CalendarStatus, DayKind

router = APIRouter(prefix="/v1", tags=["administration"], route_class=Route)
Year = Annotated[int, Path(ge=2000, le=2100)]
Of = Annotated[
    str | None, Query(max_length=60, description="Code of another agency, for the platform; without: the caller's")
]


def managed_reading(session: Reading, caller: Caller, of: Of = None) -> UUID:
    """Return the agency that is managed, where nothing is written."""
    return accounts.managed_agency(session, caller, of)


def managed_writing(session: Transaction, caller: Caller, of: Of = None) -> UUID:
    """Return the agency that is managed, where something is written."""
    return accounts.managed_agency(session, caller, of)


Looked = Annotated[UUID, Depends(managed_reading, scope="function")]
Managed = Annotated[UUID, Depends(managed_writing, scope="function")]


@router.get("/agencies", summary="List agencies")
def list_agencies(session: Reading, _caller: Caller, page: Paging) -> Listed[Agency]:
    """Return all agencies: code, name, time zone. Who they are is no secret; what they do is theirs."""
    return listed(accounts.agencies(session, page), Agency.model_validate)


@router.post("/agencies", status_code=201, response_model=Agency, summary="Add an agency")
def add_agency(sent: NewAgency, session: Transaction, caller: Caller, now: Now, once: OnceIfWished) -> Response:
    """Add an agency, for the platform."""
    access.need_role(caller, OwnRole.PLATFORM)

    def act() -> Agency:
        made = accounts.create_agency(
            session, sent.code, sent.name, time_zone=sent.time_zone, actor=caller.name, now=now
        )
        return Agency.model_validate(made)

    return once.do(sent, act, status=201)


@router.patch("/agencies/{code}", summary="Change an agency")
def change_agency(code: str, sent: ChangedAgency, session: Transaction, caller: Caller, now: Now) -> Agency:
    """Rename an agency, or let nothing new be started in its name, for the platform."""
    access.need_role(caller, OwnRole.PLATFORM)
    changed = accounts.change_agency(session, code, actor=caller.name, now=now, name=sent.name, active=sent.active)
    return Agency.model_validate(changed)


@router.get("/users", summary="List people")
def list_users(session: Reading, agency_id: Looked, page: Paging) -> Listed[Person]:
    """Return the people of the agency with their roles in it."""
    return listed(accounts.people(session, agency_id, page), people.of_person)


@router.post("/users", status_code=201, response_model=RolesChanged, summary="Add a person")
def add_user(
    sent: NewUser, session: Transaction, caller: Caller, agency_id: Managed, now: Now, once: OnceIfWished
) -> Response:
    """Add a person with roles in the agency."""

    def act() -> RolesChanged:
        accounts.add_person(
            session,
            sent.name,
            sent.full_name,
            sent.password,
            sent.roles,
            agency_id=agency_id,
            manager=caller,
            now=now,
            email=sent.email,
            language=sent.language,
        )
        return RolesChanged(name=sent.name, roles=sorted(sent.roles))

    return once.do(sent, act, status=201)


@router.patch("/users/{name}", status_code=204, summary="Change a person")
def change_user(
    name: str, sent: ChangedUser, session: Transaction, caller: Caller, agency_id: Managed, now: Now
) -> None:
    """Change what is known of a person, or end that it may sign in.

    A person who works for other agencies too is changed by the platform only.
    """
    accounts.change_person(
        session,
        name,
        agency_id=agency_id,
        manager=caller,
        now=now,
        full_name=sent.full_name,
        email=sent.email,
        language=sent.language,
        active=sent.active,
    )


@router.put("/users/{name}/password", status_code=204, summary="Give a new password")
def give_password(
    name: str, sent: NewPassword, session: Transaction, caller: Caller, agency_id: Managed, now: Now
) -> None:
    """Give a person a new password; all sessions of it end, and a lock too."""
    accounts.give_password(session, name, sent.password, agency_id=agency_id, manager=caller, now=now)


@router.post("/users/{name}/roles", response_model=RolesChanged, summary="Give roles")
def grant_roles(
    name: str,
    sent: GivenRoles,
    session: Transaction,
    caller: Caller,
    agency_id: Managed,
    now: Now,
    once: OnceIfWished,
) -> Response:
    """Give a person roles in the agency. It counts from the next request on.

    A person of another agency is given roles here only by the platform.
    """

    def act() -> RolesChanged:
        accounts.give_roles(
            session,
            name,
            sent.roles,
            agency_id=agency_id,
            manager=caller,
            now=now,
            since=sent.since,
            until=sent.until,
        )
        return RolesChanged(name=name, roles=sorted(sent.roles))

    return once.do(sent, act)


@router.post("/users/{name}/roles/withdraw", response_model=RolesChanged, summary="Take roles")
def withdraw_roles(
    name: str, sent: Roles, session: Transaction, caller: Caller, agency_id: Managed, now: Now, once: OnceIfWished
) -> Response:
    """Take roles in the agency from a person. It counts from the next request on."""

    def act() -> RolesChanged:
        accounts.take_roles(session, name, sent.roles, agency_id=agency_id, manager=caller, now=now)
        return RolesChanged(name=name, roles=sorted(sent.roles))

    return once.do(sent, act)


@router.get("/keys", summary="List API keys")
def list_keys(session: Reading, agency_id: Looked, page: Paging) -> Listed[Key]:
    """Return the keys of the agency, without their secrets."""
    return listed(accounts.keys(session, agency_id, page), Key.model_validate)


@router.post("/keys", status_code=201, response_model=people.MadeKey, summary="Add an API key")
def add_key(
    sent: WantedKey, session: Transaction, caller: Caller, agency_id: Managed, now: Now, once: SurelyOnce
) -> Response:
    """Add a key for a system of the agency. Its text is in this answer and nowhere else."""

    def act() -> people.MadeKey:
        key, text = accounts.add_key(
            session,
            sent.name,
            sent.scopes,
            sent.roles,
            agency_id=agency_id,
            manager=caller,
            now=now,
            life=None if sent.life_days is None else timedelta(days=sent.life_days),
        )
        return people.MadeKey(**Key.model_validate(key).model_dump(), key=text)

    return once.do(sent, act, status=201)


@router.delete("/keys/{key_id}", summary="Revoke an API key")
def revoke_key(key_id: UUID, session: Transaction, caller: Caller, agency_id: Managed, now: Now) -> Key:
    """End a key at once. Ending it twice changes nothing."""
    return Key.model_validate(accounts.revoke_key(session, key_id, agency_id, actor=caller.name, now=now))


@router.get("/calendars/{year}", summary="Calendar of a year")
def read_calendar(year: Year, session: Reading, caller: Caller) -> Calendar:
    """Return by which days the caller's agency counts working days."""
    access.need_scope(caller, Scope.PROCESSES_READ)
    calendar = calendars.calendar_of(session, access.need_agency(caller))
    return Calendar(
        year=year,
        time_zone=str(calendar.zone),
        is_confirmed=calendar.is_confirmed(date(year, 1, 1), date(year, 12, 31)),
        weekdays=sorted(calendar.weekdays_of.get(year, calendar.weekdays)),
        days_off={day: name for day, name in sorted(calendar.days_off.items()) if day.year == year},
        worked=[day for day in sorted(calendar.worked) if day.year == year],
    )


@router.put("/calendars/{year}", summary="Put a calendar")
def put_calendar(
    year: Year,
    sent: CalendarDays,
    sessions: AllSessions,
    caller: Caller,
    now: Now,
    of: Of = None,
    national: Annotated[bool, Query(description="The nation's calendar, for the platform")] = False,
) -> StoredCalendar:
    """Store the days of a year as a new calendar, and count the running terms again by it.

    The calendar is stored first; then each case is counted in a transaction of its own, so that the work of others goes
    on meanwhile. If this request breaks off, send it again: what was counted is not counted differently.
    """
    days = _days(year, sent)

    def put(session: Session) -> tuple[UUID | None, models.Calendar]:
        agency_id = None if national else accounts.managed_agency(session, caller, of)
        if national:
            access.need_role(caller, OwnRole.PLATFORM)
        status = CalendarStatus.CONFIRMED if sent.confirmed else CalendarStatus.DRAFT
        stored = calendars.put(
            session,
            agency_id,
            year,
            days,
            source=sent.source,
            actor=caller.name,
            now=now,
            status=status,
            weekdays=sent.weekdays,
        )
        return agency_id, stored

    agency_id, stored = in_transaction(sessions, put)
    moved = count_again(sessions, agency_id, caller, now)
    return StoredCalendar(year=year, number=stored.number, status=stored.status, cases_moved=moved)


def _days(year: int, sent: CalendarDays) -> dict[date, Day]:
    kinds = ((DayKind.HOLIDAY, sent.days), (DayKind.COLLECTIVE_LEAVE, sent.leave), (DayKind.WORKING, sent.worked))
    days: dict[date, Day] = {}
    for kind, named in kinds:
        for day, name in named.items():
            if day.year != year:
                raise Invalid(f"Expected days of {year}, found {day}")
            if day in days:
                raise Invalid(f"Expected each day once, found {day} as {days[day].kind} and as {kind}")
            days[day] = Day(kind, name)
    return days


def count_again(sessions: Sessions, agency_id: UUID | None, actor: Actor, now: datetime) -> int:
    """Count the running cases of an agency (None: of all) again by a calendar that was just stored, each in a
    transaction of its own; return how many have other moments now."""
    with reading(sessions) as session:
        touched = terms.affected(session, agency_id)
    recount = partial(instances.recount, actor=actor, now=now)
    return sum(in_transaction(sessions, partial(recount, instance_id=instance_id)) for instance_id in touched)
