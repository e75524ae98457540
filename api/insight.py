"""Insight for heads and auditors: workload, what is late or nearly, how long steps take, how terms are kept."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from api.bodies import Route
from api.dependencies import Caller, Now, Paging, Reading
from api.shown.base import Listed, Whole, listed
from api.shown.insight import Compliance, Duration, FoundCase, Month, Opinion, Standing, Workload
from engine import access, durations, insight, ratings
from engine.insight import Behind, Narrowed
from engine.models import Agency

router = APIRouter(prefix="/v1/insight", tags=["insight"], route_class=Route)
Days = Annotated[int, Query(ge=1, le=3650, description="What ended within so many days")]
Word = Annotated[str | None, Query(max_length=200)]


@router.get("/workload", summary="Open tasks by role and person")
def read_workload(session: Reading, caller: Caller, now: Now) -> Workload:
    """Return the open tasks of the agency by role and by who has them, most first. For heads and auditors."""
    return Workload.model_validate(insight.loads(session, caller, now=now))


@router.get("/terms", summary="Open terms by process")
def read_standing(session: Reading, caller: Caller, now: Now) -> Whole[Standing]:
    """Return the open terms of the agency by process: passed, nearly due, standing. For heads and auditors."""
    found = insight.standing(session, caller, now=now)
    return Whole[Standing](items=[Standing.model_validate(one) for one in found])


@router.get("/processes/{process_id}/steps", summary="How long steps take")
def read_durations(process_id: str, session: Reading, caller: Caller, now: Now, days: Days = 90) -> Whole[Duration]:
    """Return how long the steps of a process took, the slowest first, and what waits in them. For heads and auditors.

    Tasks of people count over the newest 20,000; other systems, clocks, sub-processes and called processes over the
    newest 500 cases.
    """
    found = durations.durations(session, caller, process_id, since=_since(now, days), now=now)
    return Whole[Duration](items=[Duration.model_validate(one) for one in found])


@router.get("/compliance", summary="How terms were kept")
def read_compliance(session: Reading, caller: Caller, now: Now, days: Days = 90) -> Whole[Compliance]:
    """Return how the terms that ended were kept, by process and term of the agency. For heads and auditors."""
    found = insight.compliance(session, caller, since=_since(now, days))
    return Whole[Compliance](items=[Compliance.model_validate(one) for one in found])


@router.get("/compliance/agencies", summary="How agencies kept their terms")
def compare_agencies(session: Reading, caller: Caller, now: Now, days: Days = 90) -> Whole[Compliance]:
    """Return how the terms that ended were kept, by agency and term. For the platform."""
    found = insight.compliance_of_agencies(session, caller, since=_since(now, days))
    return Whole[Compliance](items=[Compliance.model_validate(one) for one in found])


@router.get("/trend", summary="Months")
def read_trend(
    session: Reading,
    caller: Caller,
    now: Now,
    months: Annotated[int, Query(ge=1, le=120, description="How many, the present one included")] = 12,
) -> Whole[Month]:
    """Return the last months of the agency, the present one last. For heads and auditors."""
    agency = session.get_one(Agency, access.need_agency(caller))
    offset = now.astimezone(ZoneInfo(agency.time_zone)).utcoffset() or timedelta()
    found = insight.trend(session, caller, months=months, now=now, offset=offset)
    return Whole[Month](items=[Month.model_validate(one) for one in found])


@router.get("/ratings", summary="What applicants thought")
def read_ratings(session: Reading, caller: Caller, now: Now, days: Days = 90) -> Whole[Opinion]:
    """Return how applicants rated the agency's cases, by process. For heads and auditors."""
    found = ratings.opinions(session, caller, since=_since(now, days))
    return Whole[Opinion](items=[Opinion.model_validate(one) for one in found])


@router.get("/cases", summary="Cases behind a number")
def list_cases_behind(
    session: Reading,
    caller: Caller,
    now: Now,
    page: Paging,
    behind: Behind = Behind.OVERDUE,
    process_id: Word = None,
    term: Word = None,
    step: Word = None,
    role: Word = None,
    assignee: Word = None,
    days: Annotated[int | None, Query(ge=1, le=3650, description="Of terms that ended: within so many days")] = None,
    late: Annotated[bool, Query(description="Of open tasks: only those that are overdue")] = False,
) -> Listed[FoundCase]:
    """Return the cases behind a number of insight, those due first at the top. For heads and auditors."""
    narrowed = Narrowed(
        process_id=process_id,
        term=term,
        step=step,
        role=role,
        assignee=assignee,
        since=None if days is None else _since(now, days),
        late=late,
    )
    return listed(insight.cases(session, caller, behind, narrowed, page, now=now), FoundCase.model_validate)


def _since(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)
