"""Agencies, users, roles, keys and calendars, for the administrators of an agency and of the platform."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from sqlalchemy import select

from api.dependencies import Caller, Now, Transaction
from api.idempotency import Once
from api.schemas import CalendarDays, NewAgency, NewKey, NewUser, Roles
from engine import access, accounts, calendars
from engine.access import OwnRole, Scope
from engine.errors import Invalid, NotAllowed
from engine.models import Agency, ApiKey, CalendarStatus, DayKind, User, UserRole

router = APIRouter(prefix="/v1", tags=["administration"])
Year = Annotated[int, Path(ge=2000, le=2100)]


@router.get("/agencies", summary="List agencies")
def list_agencies(session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return all agencies: code, name, time zone. Who they are is no secret; what they do is theirs."""
    found = session.scalars(select(Agency).order_by(Agency.code))
    return {"items": [_show_agency(agency) for agency in found]}


@router.post("/agencies", status_code=201, summary="Add an agency")
def add_agency(
    sent: NewAgency, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Add an agency, for the platform."""
    access.need_role(caller, OwnRole.PLATFORM)

    def act() -> dict[str, Any]:
        return _show_agency(accounts.create_agency(session, sent.code, sent.name, time_zone=sent.time_zone, now=now))

    return once.do(sent, act, status=201)


@router.get("/users", summary="List users")
def list_users(session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return the people of the caller's agency with their roles."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)
    rows = session.execute(
        select(User, UserRole.role)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.agency_id == agency_id)
        .order_by(User.name, UserRole.role)
    )
    shown: dict[str, dict[str, Any]] = {}
    for user, role in rows:
        entry = {"name": user.name, "full_name": user.full_name, "active": user.active, "roles": []}
        shown.setdefault(user.name, entry)["roles"].append(role)
    return {"items": list(shown.values())}


@router.post("/users", status_code=201, summary="Add a user")
def add_user(sent: NewUser, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]) -> Any:
    """Add a person with roles in the caller's agency."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)
    _need_grantable(caller, sent.roles)

    def act() -> dict[str, Any]:
        accounts.create_user(session, sent.name, sent.full_name, sent.password, now=now, email=sent.email)
        accounts.grant(session, sent.name, agency_id, sent.roles, now=now)
        return {"name": sent.name, "full_name": sent.full_name, "roles": sorted(sent.roles)}

    return once.do(sent.model_dump(exclude={"password"}), act, status=201)


@router.post("/users/{name}/roles", summary="Give roles")
def grant_roles(
    name: str, sent: Roles, session: Transaction, caller: Caller, now: Now, once: Annotated[Once, Depends()]
) -> Any:
    """Give a person roles in the caller's agency. It counts from the next request on."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)
    _need_grantable(caller, sent.roles)

    def act() -> dict[str, Any]:
        accounts.grant(session, _plain(name), agency_id, sent.roles, now=now)
        return {"name": name, "roles": sorted(sent.roles)}

    return once.do(sent, act)


@router.post("/users/{name}/roles/withdraw", summary="Take roles")
def withdraw_roles(
    name: str, sent: Roles, session: Transaction, caller: Caller, once: Annotated[Once, Depends()]
) -> Any:
    """Take roles in the caller's agency from a person. It counts from the next request on."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)

    def act() -> dict[str, Any]:
        accounts.withdraw(session, _plain(name), agency_id, sent.roles)
        return {"name": name, "roles": sorted(sent.roles)}

    return once.do(sent, act)


@router.get("/keys", summary="List API keys")
def list_keys(session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return the keys of the caller's agency, without their secrets."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)
    found = session.scalars(select(ApiKey).where(ApiKey.agency_id == agency_id).order_by(ApiKey.id))
    return {"items": [_show_key(key) for key in found]}


@router.post("/keys", status_code=201, summary="Add an API key")
def add_key(sent: NewKey, session: Transaction, caller: Caller, now: Now) -> Any:
    """Add a key for a system of the agency. Its text is in this answer and nowhere else: a repetition makes another."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)
    _need_grantable(caller, sent.roles)
    key, text = accounts.create_key(
        session,
        sent.name,
        agency_id,
        sent.scopes,
        roles=sent.roles,
        created_by=caller.name,
        now=now,
        life=None if sent.life_days is None else timedelta(days=sent.life_days),
    )
    return {**_show_key(key), "key": text}


@router.delete("/keys/{key_id}", summary="Revoke an API key")
def revoke_key(key_id: UUID, session: Transaction, caller: Caller, now: Now) -> dict[str, Any]:
    """End a key at once."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)
    return _show_key(accounts.revoke_key(session, key_id, agency_id, now=now))


@router.get("/calendars/{year}", summary="Calendar of a year")
def read_calendar(year: Year, session: Transaction, caller: Caller) -> dict[str, Any]:
    """Return by which days the caller's agency counts working days."""
    access.need_scope(caller, Scope.PROCESSES_READ)
    calendar = calendars.calendar_of(session, access.need_agency(caller))
    first, last = date(year, 1, 1), date(year, 12, 31)
    return {
        "year": year,
        "time_zone": str(calendar.zone),
        "is_confirmed": calendar.is_confirmed(first, last),
        "weekdays": sorted(calendar.weekdays_of.get(year, calendar.weekdays)),
        "days_off": {day: name for day, name in sorted(calendar.days_off.items()) if day.year == year},
        "worked": [day for day in sorted(calendar.worked) if day.year == year],
    }


@router.put("/calendars/{year}", summary="Put a calendar")
def put_calendar(year: Year, sent: CalendarDays, session: Transaction, caller: Caller, now: Now) -> dict[str, Any]:
    """Store the agency's own days of a year as a new calendar version; it counts from now on."""
    agency_id = access.need_agency(caller)
    access.may_manage(caller, agency_id)
    if wrong := [day for day in sent.days if day.year != year]:
        raise Invalid(f"Expected days of {year}, found {wrong[0]}")
    stored = calendars.put(
        session,
        agency_id,
        year,
        {day: calendars.Day(DayKind.HOLIDAY, name) for day, name in sent.days.items()},
        source=sent.source,
        actor=caller.name,
        now=now,
        status=CalendarStatus.CONFIRMED if sent.confirmed else CalendarStatus.DRAFT,
    )
    return {"year": year, "number": stored.number, "status": stored.status}


def _need_grantable(caller: Any, roles: list[str]) -> None:
    """Refuse that an agency's administrator makes somebody of the platform."""
    if OwnRole.PLATFORM in roles:
        access.need_role(caller, OwnRole.PLATFORM)
    unknown = [role for role in roles if role.startswith("alur:") and role not in set(OwnRole)]
    if unknown:
        raise NotAllowed(f"Expected one of Alur's roles {', '.join(OwnRole)}, found {', '.join(unknown)}")


def _plain(name: str) -> str:
    return name.replace("\0", "")


def _show_agency(agency: Agency) -> dict[str, Any]:
    return {
        "id": agency.id,
        "code": agency.code,
        "name": agency.name,
        "time_zone": agency.time_zone,
        "active": agency.active,
    }


def _show_key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "roles": key.roles,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }
