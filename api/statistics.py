"""Public statistics: how cases are handled, by process and agency. Nobody needs an account."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api import bodies, figures
from api.dependencies import Anybody, Now, Reading
from api.shown.statistics import Overview, Statistics, of_overview, of_statistics

router = APIRouter(prefix="/v1/statistics", tags=["statistics"], route_class=bodies.Route)
AgencyCode = Annotated[str | None, Query(max_length=60, description="Code of an agency; without: all agencies")]


@router.get("", summary="Statistics of all services")
def read_overview(request: Request, session: Reading, _actor: Anybody, now: Now) -> Overview:
    """Return every service in force with its figures over the last 12 months and the present one.

    Nobody can be recognised: counts are rounded to the nearest 5, 1 to 4 are not told (null), medians and averages are
    told from 10 cases on. ``as_of`` says when cases were last counted.
    """
    return of_overview(*figures.overview(request, session, now=now))


@router.get("/{process_id}", summary="Statistics of a service")
def read_statistics(
    process_id: str, request: Request, session: Reading, _actor: Anybody, now: Now, agency: AgencyCode = None
) -> Statistics:
    """Return the figures of a service: in all, by month, by agency, and its ratings; or those of one agency.

    Nobody can be recognised: counts are rounded to the nearest 5, 1 to 4 are not told (null), medians and averages are
    told from 10 cases on. ``as_of`` says when cases were last counted.
    """
    return of_statistics(*figures.of_service(request, session, process_id, agency, now=now))
