"""Public statistics with many cases behind them: counting all months, counting the present one again, and an answer.

    ./run bench figures [CASES] [--url URL]

The cases are copies of one, spread over a year and 500 agencies; each has an ended term. ``--url``: an empty database
to fill instead of a SQLite file.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from browsing import deploy
from cases import data_of
from measuring import machine
from sqlalchemy import func, insert, select, text

from engine import accounts, calendars, instances, statistics
from engine.access import SYSTEM
from engine.database import Sessions, connect, uuid7
from engine.migrations import migrate
from engine.models import Instance, Tally, Term, TermStatus
from worker.rounds import count_statistics

AGENCIES = 500
PROCESS = "information_request"
VISITS = 9
_BATCH = 20_000


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--url")
    chosen = parser.parse_args()
    about = machine()
    print(f"{about['processor']}, Python {about['python']}, commit {about['commit']}, load {about['load']}")
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{Path(folder) / 'alur.db'}"
        migrate(url)
        sessions, now = connect(url), datetime.now(UTC)
        fill(sessions, chosen.cases, now)
        print(f"{chosen.cases:,} cases of {AGENCIES} agencies, {sessions.kw['bind'].dialect.name}")
        months, seconds = taken(lambda: count_statistics(sessions, now=now))
        print(f"{seconds:8.2f} s   all {len(months)} months counted at first")
        months, seconds = taken(lambda: count_statistics(sessions, now=now + statistics.EVERY))
        print(f"{seconds:8.2f} s   every ten minutes: {', '.join(months)}")
        with sessions() as session:
            tallies = session.scalar(select(func.count()).select_from(Tally))
            print(f"{tallies:8,}     tallies")
            for name, code in (("all agencies", None), ("one agency", "agency-7")):
                times = [taken(lambda code=code: answer(session, code, now))[1] for _ in range(VISITS)]  # type: ignore[misc]
                print(f"{1000 * median(times):8.1f} ms  an answer for {name}, before it is kept")
        sessions.kw["bind"].dispose()


def answer(session: Any, code: str | None, now: datetime) -> Any:
    """Return what one page or call of the API asks for."""
    return statistics.of_service(session, PROCESS, now=now, agency_code=code)


def taken(act: Callable[[], Any]) -> tuple[Any, float]:
    """Do something; return what it gave, and the seconds it took."""
    begun = time.perf_counter()
    found = act()
    return found, time.perf_counter() - begun


def fill(sessions: Sessions, cases: int, now: datetime) -> None:
    """Make copies of one case with an ended term."""
    with sessions.begin() as session:
        calendars.seed(session, [now.year, now.year + 1], actor="system", now=now)
        agencies = [
            accounts.create_agency(session, f"agency-{n}", f"Agency {n}", actor="system", now=now).id
            for n in range(AGENCIES)
        ]
    deploy(sessions)
    with sessions.begin() as session:
        made = instances.start(session, PROCESS, data_of(PROCESS), agency_id=agencies[0], actor=SYSTEM, now=now)
        case = row_of(session, Instance, made.instance_id)
        term = next(row for row in rows_of(session, made.instance_id) if row["name"] == "answer")
        instances.cancel(session, made.instance_id, reason="A pattern only", actor=SYSTEM, now=now)
    chance = random.Random(1)
    for begin in range(0, cases, _BATCH):
        copies = [copied(case, term, agencies, chance, now) for _ in range(min(_BATCH, cases - begin))]
        with sessions.begin() as session:
            session.execute(insert(Instance.__table__), [each for each, _term in copies])
            session.execute(insert(Term.__table__), [each for _case, each in copies])
    with sessions.begin() as session:
        session.execute(text("ANALYZE"))


def copied(case: Any, term: Any, agencies: list[UUID], chance: random.Random, now: datetime) -> tuple[Any, Any]:
    """Return a case that began within a year, and its term, used up by a fifth of them."""
    started, used = now - timedelta(days=chance.random() * 364), chance.randint(1, 12)
    ended, due = started + timedelta(days=used), started + timedelta(days=10.5)
    agency, case_id = chance.choice(agencies), uuid7(started)
    return (
        {**case, "id": case_id, "agency_id": agency, "started_at": started, "receipt": str(case_id)},
        {
            **term,
            "id": uuid7(started),
            "instance_id": case_id,
            "agency_id": agency,
            "status": TermStatus.ENDED,
            "started_at": started,
            "ended_at": ended,
            "due_at": due,
            "used": used,
        },
    )


def row_of(session: Any, model: Any, key: UUID) -> dict[str, Any]:
    """Return the row of a case."""
    return dict(session.execute(select(model.__table__).where(model.id == key)).mappings().one())


def rows_of(session: Any, instance_id: UUID) -> list[dict[str, Any]]:
    """Return the terms of a case."""
    query = select(Term.__table__).where(Term.instance_id == instance_id)
    return [dict(row) for row in session.execute(query).mappings()]


if __name__ == "__main__":
    main()
