"""Calendars: look at a year, change its days, see which terms that would move, and only then store it."""

import calendar as months
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from babel import Locale
from babel.dates import format_date
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from api.admin import count_again
from api.dependencies import AllSessions, Reading
from api.pages.drawing import go
from api.pages.operations.room import PATH, Looked, Managed, drawn
from api.pages.visitor import Pairs, SignedIn, Visitor
from engine import access, calendars, definitions, terms
from engine.access import OwnRole
from engine.calendars import Calendar, Day, Draft
from engine.database import in_transaction
from engine.errors import NotPossibleNow
from engine.models import CalendarStatus, DayKind
from engine.terms import Foresight

router = APIRouter(include_in_schema=False, prefix=f"{PATH}/calendars")
Year = Annotated[int | None, Query(ge=2000, le=2100)]
_EMPTY_ROWS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form: what was entered, and what is wrong with it (empty: nothing)."""

    day: str
    kind: str
    name: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """The whole form. ``number`` is that of the calendar it began with, 0 where there was none."""

    rows: Sequence[Row]
    weekdays: frozenset[int] | None
    source: str
    confirmed: bool
    number: int

    @property
    def faults(self) -> list[Row]:
        """The lines that are wrong."""
        return [row for row in self.rows if row.fault]


@router.get("")
def show_calendar(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    managed: Looked,
    year: Year = None,
    national: bool = False,
    moved: int | None = None,
) -> Response:
    """Show a year, and the form to change it."""
    year = year or managed.start_of(visitor.now.date()).year
    entered = _stored(session, _owner(managed, national), year)
    return _shown(request, visitor, session, managed, year, national, entered, None, moved)


@router.post("")
def change_calendar(
    request: Request,
    sent: Pairs,
    visitor: SignedIn,
    sessions: AllSessions,
    session: Reading,
    managed: Looked,
    year: Annotated[int, Query(ge=2000, le=2100)],
    national: bool = False,
) -> Response:
    """Show what the changed days would move; store them when that was seen (``act`` is ``save``)."""
    if national:
        access.need_role(visitor.actor, OwnRole.PLATFORM)
    fields, owner, entered = dict(sent), _owner(managed, national), _entered(sent, year)
    is_wrong = bool(entered.faults) or not entered.source
    if is_wrong or fields.get("act") not in ("preview", "save"):
        answer = _shown(request, visitor, session, managed, year, national, entered, None, None)
        answer.status_code = 422 if is_wrong else 200
        return answer
    draft = _draft(entered, owner, year)
    if fields.get("act") == "preview":
        foresight = terms.foresee(session, draft)
        return _shown(request, visitor, session, managed, year, national, entered, foresight, None)
    session.rollback()  # what was read belongs to the time before
    in_transaction(sessions, lambda writing: _store(writing, draft, entered, visitor))
    moved = count_again(sessions, owner, visitor.actor, visitor.now)
    more = {"year": str(year), "national": "1" if national else "", "moved": str(moved)}
    return go(managed.at("calendars", **more), done="calendar-stored")


def _owner(managed: Managed, national: bool) -> UUID | None:
    return None if national else managed.agency.id


def _stored(session: Session, owner: UUID | None, year: int) -> Entered:
    found = calendars.stored(session, owner, year)
    if found is None:
        return Entered([], None, "", False, 0)
    calendar, days = found
    rows = [Row(day.isoformat(), what.kind.value, what.name) for day, what in sorted(days.items())]
    weekdays = None if calendar.weekdays is None else frozenset(calendar.weekdays)
    return Entered(rows, weekdays, calendar.source, calendar.status is CalendarStatus.CONFIRMED, calendar.number)


def _entered(sent: Sequence[tuple[str, str]], year: int) -> Entered:
    columns: Mapping[str, list[str]] = {
        wanted: [value.strip() for name, value in sent if name == wanted] for wanted in ("day", "kind", "name")
    }
    rows: list[Row] = []
    seen: set[str] = set()
    for day, kind, name in zip(columns["day"], columns["kind"], columns["name"], strict=False):
        if day or name:
            rows.append(Row(day, kind, name, _fault(day, kind, name, year, seen)))
            seen.add(day)
    fields = dict(sent)
    weekdays = frozenset(int(value) for name, value in sent if name == "weekday" and value in set("0123456"))
    number = fields.get("number", "")
    source, is_confirmed = fields.get("source", "").strip()[:1000], fields.get("confirmed") == "yes"
    return Entered(rows, weekdays or None, source, is_confirmed, int(number) if number.isdecimal() else 0)


def _fault(day: str, kind: str, name: str, year: int, seen: set[str]) -> str:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return "day"
    if found.year != year:
        return "year"
    if day in seen:
        return "twice"
    return "" if name and kind in {known.value for known in DayKind} else "name"


def _draft(entered: Entered, owner: UUID | None, year: int) -> Draft:
    days = {date.fromisoformat(row.day): Day(DayKind(row.kind), row.name[:200]) for row in entered.rows}
    status = CalendarStatus.CONFIRMED if entered.confirmed else CalendarStatus.DRAFT
    return Draft(agency_id=owner, year=year, days=days, weekdays=entered.weekdays, status=status)


def _store(session: Session, draft: Draft, entered: Entered, visitor: Visitor) -> None:
    found = calendars.stored(session, draft.agency_id, draft.year)
    if (0 if found is None else found[0].number) != entered.number:
        raise NotPossibleNow(f"Expected calendar {entered.number} of {draft.year} to be the newest, found another one")
    calendars.put(
        session,
        draft.agency_id,
        draft.year,
        draft.days,
        source=entered.source,
        actor=visitor.actor.name,
        now=visitor.now,
        status=draft.status,
        weekdays=draft.weekdays,
    )


def _shown(
    request: Request,
    visitor: Visitor,
    session: Session,
    managed: Managed,
    year: int,
    national: bool,
    entered: Entered,
    foresight: Foresight | None,
    moved: int | None,
) -> Response:
    """``foresight`` None: the form is shown, else what it would move."""
    owner = _owner(managed, national)
    draft = _draft(entered, owner, year) if foresight is not None else None
    counted = calendars.calendar_of(session, owner, draft=draft)
    return drawn(
        request,
        visitor,
        "calendars",
        "calendar.html" if foresight is None else "calendar_preview.html",
        managed=managed,
        year=year,
        national=national,
        entered=entered,
        rows=[*entered.rows, *[Row("", "holiday", "")] * _EMPTY_ROWS],
        foresight=foresight,
        term_names=_term_names(session, foresight, visitor.language),
        moved=moved,
        named_days=_named(counted, year, visitor.language),
        months=_months(counted, year),
        **_words(visitor.language),
        weekdays=sorted(counted.weekdays_of.get(year, counted.weekdays)),
        may_change=not national or visitor.actor.has(OwnRole.PLATFORM),
        is_confirmed=counted.is_confirmed(date(year, 1, 1), date(year, 12, 31)),
    )


def _term_names(session: Session, foresight: Foresight | None, language: str) -> dict[tuple[UUID, str], str]:
    """Return the titles of the terms that would move, by version and key."""
    found = {}
    for shift in foresight.shifts if foresight is not None else ():
        title = definitions.compiled(session, shift.version_id).manifest.terms[shift.term].title
        found[shift.version_id, shift.term] = title.get(language) or next(iter(title.values()))
    return found


def _words(language: str) -> dict[str, object]:
    """Return the names of months and weekdays (short and long), and of marked days."""
    locale = Locale(language)
    long, short = locale.days["stand-alone"]["wide"], locale.days["stand-alone"]["abbreviated"]
    is_english = language == "en"
    return {
        "month_names": [locale.months["stand-alone"]["wide"][number] for number in range(1, 13)],
        "weekday_names": [(short[number], long[number]) for number in range(7)],
        "words_of_days": {
            "named": "holiday or collective leave" if is_english else "libur atau cuti bersama",
            "off": "not a worked weekday" if is_english else "bukan hari kerja mingguan",
            "list": "Days with their names" if is_english else "Hari dengan namanya",
            "worked": "worked against the rule" if is_english else "hari kerja khusus",
        },
    }


def _named(counted: Calendar, year: int, language: str) -> list[tuple[str, str]]:
    days = sorted((day, name) for day, name in counted.days_off.items() if day.year == year)
    return [(format_date(day, "EEEE, d MMMM", locale=language), name) for day, name in days]


def _months(counted: Calendar, year: int) -> list[list[list[tuple[date, str] | None]]]:
    """Return the months as weeks of days with how each counts: ``work``, ``off``, ``named`` (off with a name) or
    ``worked`` (against the rule); None: not a day of the month."""

    def how(day: date) -> str:
        if day in counted.worked:
            return "worked"
        if day in counted.days_off:
            return "named"
        return "work" if counted.is_working(day) else "off"

    weeks_of = months.Calendar().monthdatescalendar
    return [
        [[(day, how(day)) if day.month == month else None for day in week] for week in weeks_of(year, month)]
        for month in range(1, 13)
    ]
