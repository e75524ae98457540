"""How long the lists of open tasks take in an installation of a whole nation, at the database and through HTTP.

    ./run bench lists [--databases postgresql sqlite] [--tasks N ...] [--asks N] [--port N] [--json FILE]

200 agencies with 25 groups each (5,000 groups) share the tasks unevenly: the n-th has 1/n of what the first has, which
is 170,000 of a million. Each task lies with two groups of its agency; one of ten has an assignee. Viewers, who are in
five groups, take turns: of the greatest agency, of a middle one and of the least. A figure is the 50th and 95th
percentile and the most of so many asks. ``list`` is the first page of 50 with the counts beside it, as the desk shows
it; every other line narrows it. ``database`` is the engine's functions in this process, ``http`` the API in another.
"""

import argparse
import http.client
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from durable import opened
from measuring import machine
from shapes import process_id
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from subjects import PASSWORD, Database, OverHttp

from engine import accounts, instances, tasks
from engine.access import Actor
from engine.database import Page, reading, uuid7
from engine.models import Instance, Task, TaskCandidate
from engine.statements import Row
from engine.tasks import Filters

AGENCIES, GROUPS, OF_VIEWER = 200, 25, 5
VIEWERS = (0, 60, AGENCIES - 1)  # agencies, the greatest first
TASKS = {"postgresql": 1_000_000, "sqlite": 100_000}
_BATCH = 5_000
_NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
# What is asked: filters by the names that the API gives them.
ASKS: dict[str, dict[str, Any]] = {
    "list": {},
    "mine": {"mine": True},
    "nobody's": {"unassigned": True},
    "one role": {"role": "g3"},
    "one process": {"process": "p7"},
    "due in a week": {"due_after": _NOW, "due_before": _NOW + timedelta(days=7)},
    "text in many": {"text": "permohonan izin"},
    "text in one of 1,000": {"text": "kata417"},
    "text in none": {"text": "tidak ada"},
    "process and text": {"process": "p7", "text": "kata41"},
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at lists, and the headers that the API knows this person by."""

    actor: Actor
    headers: dict[str, str]


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--databases", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--tasks", type=int, help="on every database; without: 1,000,000, on SQLite 100,000")
    parser.add_argument("--asks", type=int, default=200)
    parser.add_argument("--port", type=int, default=18500)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    about = machine()
    print(f"{about['processor']}, Python {about['python']}, commit {about['commit']}, load {about['load']}")
    results: list[dict[str, Any]] = []
    for kind in chosen.databases:
        with opened(kind, 10) as (database, _server):
            count = chosen.tasks or TASKS[kind]
            began = time.perf_counter()
            sizes = fill(database, count)
            print(f"\n{kind}: {count:,} open tasks, {sizes[0]:,} in the greatest agency", end="")
            print(f", filled in {time.perf_counter() - began:.0f} s; milliseconds of {chosen.asks} asks")
            print(f"{'':<22}{'database p50':>14}{'p95':>8}{'most':>8}{'http p50':>12}{'p95':>8}{'most':>8}")
            served = OverHttp(database, chosen.port)
            people = [viewer(database, number) for number in VIEWERS]
            with served.serving():
                for name, filters in [*ASKS.items(), ("page 200 of the list", {"deep": True})]:
                    found = {
                        "database": measured(asking(database, people, filters), chosen.asks),
                        "http": measured(requesting(chosen.port, people, filters), chosen.asks),
                    }
                    print(f"{name:<22}{line(found['database'], 14)}{line(found['http'], 12)}", flush=True)
                    results.append({"database": kind, "tasks": count, "ask": name, **found, "machine": about})
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1))
    return 0


def line(found: dict[str, float], width: int) -> str:
    """Return a figure's part of a line."""
    return f"{found['p50_ms']:>{width}.1f}{found['p95_ms']:>8.1f}{found['most_ms']:>8.1f}"


def measured(ask: Iterator[None], count: int) -> dict[str, float]:
    """Return the percentiles of so many asks, after some that are not counted."""
    for _ in range(len(VIEWERS) * 3):
        next(ask)
    took = []
    for _ in range(count):
        begin = time.perf_counter()
        next(ask)
        took.append((time.perf_counter() - begin) * 1000)
    took.sort()
    return {"p50_ms": took[count // 2], "p95_ms": took[int(count * 0.95)], "most_ms": took[-1]}


def asking(database: Database, people: list[Viewer], filters: dict[str, Any]) -> Iterator[None]:
    """Ask the engine, people by turns."""
    own = {("process_id" if name == "process" else name): value for name, value in filters.items() if name != "deep"}
    pages = [_deep_page(database, one.actor) if "deep" in filters else Page(50) for one in people]
    while True:
        for one, page in zip(people, pages, strict=True):
            with reading(database.sessions) as session:
                tasks.open_tasks(session, one.actor, Filters(**own), page)
                tasks.counts(session, one.actor, now=_NOW)
            yield


def _deep_page(database: Database, actor: Actor) -> Page:
    """Return the page after 10,000 tasks, or the last one of a shorter list."""
    page = Page(200)
    with reading(database.sessions) as session:
        for _ in range(50):
            following = tasks.open_tasks(session, actor, Filters(), page).next
            if following is None:
                break
            page = Page(200, following)
    return Page(50, page.after)


def requesting(port: int, people: list[Viewer], filters: dict[str, Any]) -> Iterator[None]:
    """Ask the API over one kept connection, people by turns."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(path: str, who: Viewer) -> Any:
        connection.request("GET", f"/v1{path}", headers=who.headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"Expected an answer to {path}, found {answer.status}: {content[:300]!r}")
        return json.loads(content)

    query = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in filters.items()}
    is_deep = query.pop("deep", False)
    paths = [f"/tasks?{urlencode({'limit': 50, **query})}"] * len(people)
    if is_deep:
        paths = [_deep_path(lambda path, one=one: get(path, one)) for one in people]
    while True:
        for one, path in zip(people, paths, strict=True):
            get(path, one)
            get("/tasks/counts", one)
            yield


def _deep_path(get: Callable[[str], Any]) -> str:
    path = "/tasks?limit=200"
    for _ in range(50):
        following = get(path)["next"]
        if following is None:
            break
        path = f"/tasks?{urlencode({'limit': 200, 'cursor': following})}"
    return path.replace("limit=200", "limit=50")


def viewer(database: Database, number: int) -> Viewer:
    """Return somebody of an agency who is in five of its groups."""
    name, roles, now = f"u0.{number}", [f"g{group}" for group in range(OF_VIEWER)], datetime.now(UTC)
    with database.sessions.begin() as session:
        agency = accounts.agency(session, f"agency{number}")
        accounts.create_user(session, name, "Viewer", PASSWORD, agency_id=agency.id, actor="bench", now=now)
        accounts.grant(session, name, agency.id, roles, actor="bench", now=now)
        opened_session = accounts.open_session(session, name, matches=accounts.password_of(session, name), now=now)
        actor = Actor(name, agency_id=agency.id, roles=frozenset(roles))
    if opened_session is None:
        raise RuntimeError(f"Expected a session of {name}, found none")
    return Viewer(actor, {"Authorization": f"Bearer {opened_session.token}"})


def fill(database: Database, count: int) -> list[int]:
    """Make agencies, and open tasks in them, each of a case of its own; return how many each agency has."""
    shares = [1 / (number + 1) for number in range(AGENCIES)]
    sizes = [round(count * share / sum(shares)) for share in shares]
    now = datetime.now(UTC)
    with database.sessions.begin() as session:
        started = instances.start(
            session, process_id("1 user task"), {}, agency_id=database.agency, actor=database.actor, now=now
        )
        case = session.execute(select(Instance.__table__).where(Instance.id == started.instance_id)).mappings().one()
        task = session.execute(select(Task.__table__).where(Task.id == started.tasks[0])).mappings().one()
        agencies = [
            accounts.create_agency(session, f"agency{number}", f"Agency {number}", actor="bench", now=now).id
            for number in range(AGENCIES)
        ]
    for number, (agency, size) in enumerate(zip(agencies, sizes, strict=True)):
        for begin in range(0, size, _BATCH):
            with database.sessions.begin() as session:
                _add(session, case, task, agency, number, range(begin, min(begin + _BATCH, size)))
    if database.kind == "postgresql":
        engine = database.sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:  # what autovacuum does in a server that has run for some minutes
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("RESET statement_timeout")
    return sizes


def _add(session: Session, case: Row, task: Row, agency: UUID, number: int, several: range) -> None:
    made = []
    for n in several:
        due = _NOW + timedelta(minutes=n * 7919 % 60_000 - 10_000)
        case_id, taken = uuid7(_NOW), n % 10 == 0
        made.append(
            {
                **task,
                "id": uuid7(_NOW),
                "instance_id": case_id,
                "agency_id": agency,
                "process_id": f"p{n % 12}",
                "candidates": [f"g{n % GROUPS}", f"g{(n * 7 + 3) % GROUPS}"],
                "assignee": f"u{n // 10 % 50}.{number}" if taken else None,
                "assigned_at": _NOW if taken else None,
                "due_at": due,
                "order_at": due,
                "search": f"permohonan izin {n} kata{n % 1000}",
            }
        )
    cases = [
        {**case, "id": one["instance_id"], "agency_id": agency, "receipt": f"{number}/{n}"}
        for one, n in zip(made, several, strict=True)
    ]
    may = [
        {
            "agency_id": agency,
            "candidate": candidate,
            "order_at": one["order_at"],
            "task_id": one["id"],
            "is_free": one["assignee"] is None,
            "process_id": one["process_id"],
            "search": one["search"],
        }
        for one in made
        for candidate in dict.fromkeys(one["candidates"])
    ]
    for table, rows in ((Instance, cases), (Task, made), (TaskCandidate, may)):
        session.execute(insert(table.__table__), rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
