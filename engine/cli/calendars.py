"""Commands for calendars: show, seed, set, confirm. Running terms are counted again after every change."""

import argparse
import getpass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine import accounts, calendars, instances, terms
from engine.access import Actor, ActorKind
from engine.calendars import Day
from engine.cli.printing import Output
from engine.database import Sessions, connect, in_transaction, reading
from engine.errors import Invalid
from engine.models import CalendarStatus, DayKind
from engine.notation import read_yaml
from engine.settings import settings

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def add(commands: Any) -> None:
    """Add the commands."""
    acts = commands.add_parser("calendar", help="working days").add_subparsers(metavar="ACT", required=True)
    show = acts.add_parser("show", help="show the days of a year that are not worked")
    show.add_argument("year", type=int)
    show.add_argument("--agency", required=True, metavar="CODE", help="whose calendar")
    show.set_defaults(run=_show)
    seed = acts.add_parser("seed", help="make national calendars for years that have none")
    seed.add_argument("year", type=int, nargs="+")
    seed.set_defaults(run=_seed)
    change = acts.add_parser("set", help="replace the calendar of a year by that of a YAML file")
    change.add_argument("year", type=int)
    change.add_argument("file", type=Path, help="{weekdays: [0, 1, …], days: {2027-01-01: Tahun Baru, …}}; 0 is Monday")
    change.add_argument("--source", required=True, help="the decree")
    change.add_argument("--agency", metavar="CODE", help="whose calendar; without: the nation's")
    change.add_argument("--confirmed", action="store_true", help="the days were compared with the decree")
    change.set_defaults(run=_set)
    confirm = acts.add_parser("confirm", help="say that the days of a year are those of a decree")
    confirm.add_argument("year", type=int)
    confirm.add_argument("--source", required=True, help="the decree")
    confirm.add_argument("--agency", metavar="CODE", help="whose calendar; without: the nation's")
    confirm.set_defaults(run=_confirm)


def _show(options: argparse.Namespace, output: Output) -> int:
    with reading(connect(settings().url)) as session:
        calendar = calendars.calendar_of(session, accounts.agency(session, options.agency).id)
    weekdays = calendar.weekdays_of.get(options.year, calendar.weekdays)
    output.say(f"Worked: {', '.join(_WEEKDAYS[day] for day in sorted(weekdays))}")
    for day, name in sorted(calendar.days_off.items()):
        if day.year == options.year:
            output.say(f"{day} {_WEEKDAYS[day.weekday()]:<10} {name}")
    for day in sorted(calendar.worked):
        if day.year == options.year:
            output.say(f"{day} {_WEEKDAYS[day.weekday()]:<10} is worked")
    made_from = ", ".join(name for name in calendar.versions if f" {options.year}/" in name) or "nothing"
    state = "confirmed" if options.year in calendar.confirmed else "not confirmed: terms may still move"
    output.say(f"Made from {made_from}; {state}.")
    return 0


def _seed(options: argparse.Namespace, output: Output) -> int:
    with connect(settings().url).begin() as session:
        seeded = calendars.seed(session, options.year, actor=getpass.getuser(), now=datetime.now(UTC))
    output.say(f"Made calendars for {', '.join(map(str, seeded)) or 'no year: all have one'}.")
    return 0


def _set(options: argparse.Namespace, output: Output) -> int:
    weekdays, days = _read(options.file, options.year)
    status = CalendarStatus.CONFIRMED if options.confirmed else CalendarStatus.DRAFT

    def change(session: Session, agency_id: UUID | None) -> None:
        calendars.put(
            session,
            agency_id,
            options.year,
            days,
            weekdays=weekdays,
            status=status,
            source=options.source,
            actor=getpass.getuser(),
            now=datetime.now(UTC),
        )

    return _change(options, output, change)


def _confirm(options: argparse.Namespace, output: Output) -> int:
    def change(session: Session, agency_id: UUID | None) -> None:
        calendars.confirm(
            session, agency_id, options.year, source=options.source, actor=getpass.getuser(), now=datetime.now(UTC)
        )

    return _change(options, output, change)


def _change(options: argparse.Namespace, output: Output, change: Any) -> int:
    sessions = connect(settings().url)
    with sessions.begin() as session:
        agency_id = accounts.agency(session, options.agency).id if options.agency else None
        change(session, agency_id)
    output.say(
        f"The calendar of {options.year} was changed; {_recount(sessions, agency_id)} cases have other due days."
    )
    return 0


def _recount(sessions: Sessions, agency_id: UUID | None) -> int:
    """Count the running terms again, each case in a transaction of its own; return how many moved."""
    actor = Actor(getpass.getuser(), ActorKind.SYSTEM)
    with reading(sessions) as session:
        touched = terms.affected(session, agency_id)
    moved = 0
    for instance_id in touched:
        count = partial(instances.recount, instance_id=instance_id, actor=actor, now=datetime.now(UTC))
        moved += in_transaction(sessions, count)
    return moved


def _read(file: Path, year: int) -> tuple[list[int] | None, dict[date, Day]]:
    value = read_yaml(file.read_bytes(), file=str(file)).value
    if not isinstance(value, dict) or not set(value) <= {"weekdays", "days"}:
        raise Invalid(f"Expected weekdays and days in {file}, found {value!r:.60}")
    try:
        days = {date.fromisoformat(day): _day(what) for day, what in (value.get("days") or {}).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(f"Expected days such as 2027-01-01: Tahun Baru in {file}, found: {error}") from error
    if strangers := [str(day) for day in days if day.year != year]:
        raise Invalid(f"Expected days of {year} in {file}, found {', '.join(strangers)}")
    return value.get("weekdays"), days


def _day(what: Any) -> Day:
    if isinstance(what, str):
        return Day(DayKind.HOLIDAY, what)
    return Day(DayKind(what["kind"]), str(what["name"]))
