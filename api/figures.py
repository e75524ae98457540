"""Public statistics for API and pages: kept in memory until they are counted again."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from fastapi import Request
from sqlalchemy.orm import Session

from engine import statistics
from engine.services import Service
from engine.statistics import Figures, Statistics

Value = TypeVar("Value")
_MOST = 1000
# Until figures are counted again the answer is the same; the catalogue of services may change sooner.
_KEPT_SECONDS = 60.0


class Kept:
    """The answers of this process by what was asked; the oldest go first."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Any, tuple[datetime | None, datetime, Any]] = OrderedDict()

    def get(self, key: Any, as_of: datetime | None, now: datetime, make: Callable[[], Value]) -> Value:
        """Return the answer that is kept, if nothing was counted since, else a new one."""
        kept = self._answers.get(key)
        if kept is not None and kept[0] == as_of and abs((now - kept[1]).total_seconds()) < _KEPT_SECONDS:
            answer: Value = kept[2]
            return answer
        made = make()
        self._answers[key] = (as_of, now, made)
        while len(self._answers) > _MOST:
            self._answers.popitem(last=False)
        return made


def overview(
    request: Request, session: Session, *, now: datetime
) -> tuple[datetime | None, list[tuple[Service, Figures]]]:
    """Return as of when figures are, and every service with its own."""
    as_of = statistics.counted_at(session)
    return as_of, _kept(request).get(None, as_of, now, lambda: statistics.overview(session, now=now))


def of_service(
    request: Request, session: Session, process_id: str, agency_code: str | None, *, now: datetime
) -> tuple[Service, Statistics]:
    """Return a service with its figures, for all agencies or one. Raises NotFound."""
    return _kept(request).get(
        (process_id, agency_code),
        statistics.counted_at(session),
        now,
        lambda: statistics.of_service(session, process_id, now=now, agency_code=agency_code),
    )


def _kept(request: Request) -> Kept:
    kept: Kept = request.app.state.statistics
    return kept
