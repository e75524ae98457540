"""For operators: alive, ready, metrics."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from api.dependencies import Caller, Transaction
from engine.access import OwnRole, need_role
from engine.migrations import newest
from engine.models import Incident, IncidentStatus, Instance, InstanceStatus, Job, JobStatus, Task, TaskStatus
from engine.settings import settings

router = APIRouter(prefix="/v1", tags=["operation"])


@router.get("/health", summary="Is the process alive")
def health() -> dict[str, Any]:
    """Answer without asking anything. ``demo`` warns of known passwords."""
    return {"status": "ok", "demo": settings().demo}


@router.get("/readiness", summary="Can it serve")
def readiness(session: Transaction, response: Response) -> dict[str, Any]:
    """Tell whether the database answers and has the tables of this version; 503 if not."""
    current = _migration(session) == newest()
    if not current:
        response.status_code = 503
    return {"status": "ready" if current else "waiting", "database": "ok", "migrated": current}


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
def metrics(request: Request, session: Transaction, caller: Caller) -> Response:
    """Return counts for Prometheus, for operators of the platform."""
    need_role(caller, OwnRole.PLATFORM)
    registry = CollectorRegistry()
    for name, help_text, value in _figures(session):
        Gauge(name, help_text, registry=registry).set(value)
    Gauge("alur_requests", "Requests answered by this process", registry=registry).set(request.app.state.requests)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _migration(session: Session) -> str | None:
    """Return the migration that the database is at; None: it has none."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _figures(session: Session) -> list[tuple[str, str, int]]:
    def count(query: Any) -> int:
        return int(session.scalar(query) or 0)

    return [
        (
            "alur_instances_running",
            "Instances that run",
            count(select(func.count()).where(Instance.status == InstanceStatus.RUNNING)),
        ),
        (
            "alur_tasks_open",
            "Tasks that wait for people",
            count(select(func.count()).where(Task.status == TaskStatus.OPEN)),
        ),
        ("alur_jobs_open", "Jobs that wait", count(select(func.count()).where(Job.status == JobStatus.OPEN))),
        (
            "alur_jobs_failed",
            "Jobs whose tries are used up",
            count(select(func.count()).where(Job.status == JobStatus.FAILED)),
        ),
        (
            "alur_incidents_open",
            "Incidents that wait for an operator",
            count(select(func.count()).where(Incident.status == IncidentStatus.OPEN)),
        ),
    ]
