"""What the start events of an approved version wait for: messages, signals, and moments."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine.bpmn.definition import Definition, Start
from engine.bpmn.model import TimerKind
from engine.bpmn.timers import Schedule, TimerError, schedule
from engine.bpmn.waits import WaitKind
from engine.database import uuid7
from engine.errors import NotPossibleNow
from engine.feel import compile_expression
from engine.models import Job, JobKind, Subscription, SubscriptionKind, Version, job_row


def rows_of(version: Version, definition: Definition, now: datetime) -> list[Subscription | Job]:
    """Return a subscription or job for each start event that something from outside sets off.

    Raises NotPossibleNow for a timer of a version that all agencies share: nobody would know for whom it starts.
    """
    return [
        _timer(version, event, now) if event.kind is WaitKind.TIMER else _subscription(version, event, now)
        for event in definition.start_events()
    ]


def following(payload: Mapping[str, Any]) -> tuple[datetime, dict[str, Any]] | None:
    """Return when a start event's timer comes again, with its job's new payload. None: this was the last time."""
    found: dict[str, Any] = {name: _moment(value) if name in _MOMENTS else value for name, value in payload.items()}
    after = Schedule(**found).following()
    return None if after is None else (after.due, _payload(after))


_MOMENTS = {"due", "anchor", "until"}


def _subscription(version: Version, event: Start, now: datetime) -> Subscription:
    return Subscription(
        id=uuid7(now),
        kind=SubscriptionKind(event.kind.value),
        name=event.name or "",
        correlation_key=None,
        agency_id=version.agency_id,
        process_id=version.process_id,
        instance_id=None,
        token=None,
        version_id=version.id,
        step=event.step,
    )


def _timer(version: Version, event: Start, now: datetime) -> Job:
    if version.agency_id is None:
        raise NotPossibleNow(
            f"Expected the version to belong to an agency, because {event.step} starts instances by the clock, "
            "but it is for all agencies",
            step=event.step,
        )
    first = _first(event, now)
    row = job_row(
        JobKind.START,
        _payload(first),
        now=now,
        agency_id=version.agency_id,
        version_id=version.id,
        step=event.step,
        due=first.due,
    )
    return Job(**row)


def _first(event: Start, now: datetime) -> Schedule:
    if event.timer is None:
        raise NotPossibleNow(f"Expected start event {event.step} to say when it starts, found nothing")
    value = event.timer.literal
    if value is None:
        value = compile_expression(event.timer.source).evaluate_json({}, now=now)
    try:
        return schedule(event.timer_kind or TimerKind.DATE, value, now)
    except TimerError as error:
        raise NotPossibleNow(f"Expected a timer in start event {event.step}, found: {error}") from error


def _payload(found: Schedule) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(found).items()}


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
