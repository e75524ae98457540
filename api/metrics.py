"""Figures for Prometheus: what this process answered, and how the work of the whole installation stands."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from engine.models import (
    IS_OPEN_INCIDENT,
    IS_OPEN_JOB,
    IS_OPEN_TASK,
    Incident,
    Instance,
    InstanceStatus,
    Job,
    Queue,
    Task,
)

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """Counts the requests of this process. With several, Prometheus must ask each of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "alur_http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "alur_http_request_seconds",
            "Seconds from request to answer",
            ["method", "route"],
            registry=self.registry,
            buckets=_BUCKETS,
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request. ``route`` is the pattern of its path, so that ids make no series of their own."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self, session: Session, now: datetime) -> bytes:
        """Return all figures as Prometheus reads them."""
        stand = CollectorRegistry()
        stand.register(_Stand(list(_figures(session, now))))
        return generate_latest(self.registry) + generate_latest(stand)


class _Stand(Collector):
    """Figures that were counted for one answer."""

    def __init__(self, figures: list[GaugeMetricFamily]) -> None:
        self._figures = figures

    def collect(self) -> list[GaugeMetricFamily]:
        return self._figures


def _figures(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    running = select(func.count()).where(Instance.status == InstanceStatus.RUNNING)
    yield _gauge("alur_instances_running", "Cases that run", session.scalar(running))
    yield _gauge("alur_tasks_open", "Tasks that wait for people", session.scalar(_count(Task, IS_OPEN_TASK)))
    overdue = _count(Task, IS_OPEN_TASK).where(Task.order_at < now)
    yield _gauge("alur_tasks_overdue", "Open tasks that are past their due time", session.scalar(overdue))
    incidents = _count(Incident, IS_OPEN_INCIDENT)
    yield _gauge("alur_incidents_open", "Incidents that wait for an operator", session.scalar(incidents))
    yield from _queues(session, now)


def _queues(session: Session, now: datetime) -> Iterator[GaugeMetricFamily]:
    due = GaugeMetricFamily("alur_jobs_due", "Jobs that could be taken now", labels=["queue"])
    late = GaugeMetricFamily("alur_jobs_late_seconds", "How long the first of them waits", labels=["queue"])
    for queue in Queue:
        waiting = select(func.count(), func.min(Job.available_at)).where(
            IS_OPEN_JOB, Job.queue == queue, Job.available_at <= now
        )
        count, first = session.execute(waiting).one()
        due.add_metric([queue.value], count)
        late.add_metric([queue.value], 0.0 if first is None else (now - first).total_seconds())
    yield due
    yield late


def _count(table: type[Task] | type[Incident], condition: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(func.count()).select_from(table).where(condition)


def _gauge(name: str, meaning: str, value: int | None) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value or 0)
