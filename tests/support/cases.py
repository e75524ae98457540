"""Cases for the pages: started as the scenarios of the national processes start them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select

from engine import instances, jobs, tasks
from engine.access import SYSTEM, Actor, ActorKind
from engine.database import Sessions
from engine.instances import Moved
from engine.models import Agency, Incident, JobKind, Task, User, UserRole

ROOT = Path(__file__).parents[2]
STORIES = {
    "complaint": "complaint_is_resolved_within_fourteen_working_days",
    "information_request": "request_is_answered_in_ten_working_days",
    "building_permit": "application_that_is_not_completed_lapses",
}


def start_case(sessions: Sessions, process_id: str = "complaint", by: str = "sari.dinas-kominfo") -> Moved:
    """Start a case now, as a person of the demonstration."""
    with sessions.begin() as session:
        actor = actor_of(session, by)
        assert actor.agency_id is not None
        now = datetime.now(UTC)
        return instances.start(
            session, process_id, data_of(process_id), agency_id=actor.agency_id, actor=actor, now=now
        )


def fail_call(sessions: Sessions) -> UUID:
    """Start a case whose call to another system is given up; return its incident."""
    moved, now = start_case(sessions, "information_request"), datetime.now(UTC)
    with sessions.begin() as session:
        tasks.complete(session, moved.tasks[0], {"received_on": f"{now:%Y-%m-%d}"}, actor=SYSTEM, now=now)
        for job in jobs.claim(session, [JobKind.CALL], owner="t", limit=50, lease=timedelta(minutes=1), now=now):
            jobs.fail(session, job.id, job.fence, "Expected an answer", actor=SYSTEM, now=now, attempts_left=0)
        return session.scalars(select(Incident.id).where(Incident.instance_id == moved.instance_id)).one()


def actor_of(session: Any, name: str) -> Actor:
    """Return a person of the demonstration as an actor for its agency."""
    agency = session.scalars(select(Agency).where(Agency.code == name.partition(".")[2])).one()
    query = select(UserRole.role).join(User, User.id == UserRole.user_id).where(User.name == name)
    return Actor(name, ActorKind.USER, agency.id, frozenset(session.scalars(query)))


def task_of(sessions: Sessions, task_id: UUID) -> Task:
    """Return a task as it is now."""
    with sessions() as session:
        return session.get_one(Task, task_id)


@cache
def data_of(process_id: str) -> Mapping[str, Any]:
    """Return the data with which the scenario of a process starts."""
    file = ROOT / "processes" / process_id / "scenarios" / f"{STORIES[process_id]}.yaml"
    data = yaml.safe_load(file.read_text())["start"]["data"]
    plain: Mapping[str, Any] = json.loads(json.dumps(data, default=str))
    return plain
