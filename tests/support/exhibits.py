"""What pictures of all pages need: cases in many states, a failed call, views, a file, figures of a year, a move."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cases import actor_of, data_of
from sqlalchemy import delete, insert, select
from versions import deploy_second

from engine import accounts, carryovers, deliveries, documents, instances, jobs, statistics, tasks, workers
from engine.access import SYSTEM
from engine.database import Sessions
from engine.models import Incident, JobKind, Measure, Tally, TallyMonth, Task, TaskStatus
from engine.workers import Sign

AGENCY = "dinas-kominfo"
LATE = timedelta(days=40)


def prepare(sessions: Sessions) -> dict[str, str]:
    """Let things happen in a demonstration; return one of each kind by the name that paths give it."""
    old, running = _cases(sessions)
    incident = _fail(sessions)
    _hold(sessions)
    second = deploy_second(sessions)
    with sessions.begin() as session:
        budi, head, now = actor_of(session, f"budi.{AGENCY}"), actor_of(session, f"kepala.{AGENCY}"), _now()
        task = session.scalars(
            select(Task).where(Task.instance_id == running, Task.status == TaskStatus.OPEN).limit(1)
        ).one()
        paper = documents.attach(
            session, running, "Surat permohonan.txt", b"Mohon salinan laporan anggaran.", actor=budi, now=now
        )
        tasks.save_view(session, "Segera", {"view": "groups", "when": "soon"}, actor=budi, now=now)
        tasks.save_view(session, "Informasi", {"view": "groups", "process": "information_request"}, actor=budi, now=now)
        deliveries.add_webhook(
            session, head.agency_id, "https://arsip.contoh.id/kabar", ["task.completed"], created_by=head.name, now=now
        )
        tried = carryovers.request(session, "information_request", 1, second, {}, actor=head, now=now, dry_run=True)
        things = {
            "task_id": str(task.id),
            "instance_id": str(running),
            "document_id": str(paper.id),
            "incident_id": str(incident),
            "process_id": "information_request",
            "number": "1",
            "code": AGENCY,
            "carry_over_id": str(tried.id),
            "/operations/people/{name}": f"budi.{AGENCY}",
            "old": str(old),
        }
        while carryovers.advance(session, tried.id, now=now).ended_at is None:
            pass
    count(sessions)
    refresh(sessions)
    return things


def refresh(sessions: Sessions) -> None:
    """Let the worker have been seen just now."""
    with sessions.begin() as session:
        workers.seen(session, Sign("alur-1:4711", "0.1.0", _now(), 17, False), now=_now())


def count(sessions: Sessions) -> None:
    """Put figures of a year into the public statistics, of two agencies and all processes."""
    with sessions.begin() as session:
        session.execute(delete(Tally))
        agencies = [accounts.agency(session, code).id for code in (AGENCY, "dinas-pupr")]
        day = _now()
        rows: list[dict[str, Any]] = []
        for back in range(12):
            month = statistics.month_of(day)
            rows += [each | {"month": month} for each in _tallies(agencies, back)]
            session.merge(TallyMonth(month=month, as_of=_now()))
            day = day.replace(day=15) - timedelta(days=30)
        session.execute(insert(Tally), rows)


def _tallies(agencies: list[UUID], back: int) -> list[dict[str, Any]]:
    found = []
    for place, process in enumerate(("information_request", "complaint", "building_permit")):
        for agency, many in zip(agencies, (60, 25), strict=True):
            came = many + 7 * ((back + place) % 5)
            figures = [
                (Measure.RECEIVED, "", 0, came),
                (Measure.KEPT, "working_days", 6 + place, came * 3 // 4),
                (Measure.LATE, "working_days", 16 + place, came // 8),
                (Measure.RATED, "", 4, came // 2),
                (Measure.RATED, "", 2, came // 10),
            ]
            for measure, unit, value, number in figures:
                names = {"measure": measure, "unit": unit, "value": value, "count": number}
                found.append({"agency_id": agency, "process_id": process} | names)
    return found


def _cases(sessions: Sessions) -> tuple[UUID, UUID]:
    """Start cases today and some weeks ago; return the oldest, and one of today's that is at work."""
    old = [_start(sessions, process, _now() - LATE) for process in ("information_request", "complaint")]
    _start(sessions, "building_permit", _now())
    _start(sessions, "complaint", _now())
    return old[0], _start(sessions, "information_request", _now())


def _start(sessions: Sessions, process_id: str, now: datetime) -> UUID:
    with sessions.begin() as session:
        sari = actor_of(session, f"sari.{AGENCY}")
        data: Mapping[str, Any] = data_of(process_id)
        return instances.start(
            session, process_id, data, agency_id=accounts.agency(session, AGENCY).id, actor=sari, now=now
        ).instance_id


def _fail(sessions: Sessions) -> UUID:
    """Start a case whose call to another system is given up; return the incident."""
    case, now = _start(sessions, "information_request", _now()), _now()
    with sessions.begin() as session:
        task = session.scalars(select(Task.id).where(Task.instance_id == case)).one()
        tasks.complete(session, task, {"received_on": f"{now:%Y-%m-%d}"}, actor=SYSTEM, now=now)
        for job in jobs.claim(session, [JobKind.CALL], owner="w", limit=5, lease=timedelta(minutes=1), now=_now()):
            why = "Expected an answer of population_registry, found none within 10 s"
            jobs.fail(session, job.id, job.fence, why, actor=SYSTEM, now=now, attempts_left=0)
        return session.scalars(select(Incident.id).where(Incident.instance_id == case)).one()


def _hold(sessions: Sessions) -> None:
    """Let an officer hold the tasks of the complaints."""
    with sessions.begin() as session:
        budi = actor_of(session, f"budi.{AGENCY}")
        mine = select(Task.id).where(Task.status == TaskStatus.OPEN, Task.process_id == "complaint")
        for task_id in session.scalars(mine).all():
            tasks.claim(session, task_id, actor=budi, now=_now())


def _now() -> datetime:
    return datetime.now(UTC)
