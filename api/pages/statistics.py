"""Public statistics: how cases are handled, as a picture, as tables and as files."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import figures
from api.dependencies import Reading
from api.pages.charts import columns
from api.pages.drawing import page, picture
from api.pages.services import all_agencies
from api.pages.visitor import Anybody
from api.plans import Route
from api.tables import Cell, csv_file
from engine.errors import NotFound
from engine.statistics import Figures, Statistics

router = APIRouter(route_class=Route, include_in_schema=False, prefix="/statistics")
Code = Annotated[str, Query(max_length=60)]
_FEW = "<5"
_HEAD = ("agency", "name", "from", "to", "received", "answered", "late", "late_share", "median", "unit", "counted_at")


@router.get("")
def show_overview(request: Request, visitor: Anybody, session: Reading) -> Response:
    """Show all services with their figures."""
    as_of, found = figures.overview(request, session, now=visitor.now)
    return page(request, visitor, "statistics/overview.html", as_of=as_of, services=found)


@router.get("/{process_id}")
def show_statistics(
    process_id: str, request: Request, visitor: Anybody, session: Reading, agency: Code = ""
) -> Response:
    """Show the figures of a service."""
    service, found = figures.of_service(request, session, process_id, agency or None, now=visitor.now)
    try:
        offices = all_agencies(session, process_id, visitor.now)
    except NotFound:
        offices = ()
    known = {office.code: office.name for office in offices} | {one.code: one.name for one in found.agencies}
    return page(
        request,
        visitor,
        "statistics/process.html",
        manifest=service.manifest,
        found=found,
        agency=agency,
        agencies=sorted(known.items(), key=lambda item: item[1]),
    )


@router.get("/{process_id}/picture.svg")
def draw_statistics(
    process_id: str,
    request: Request,
    visitor: Anybody,
    session: Reading,
    agency: Code = "",
    narrow: bool = False,
) -> Response:
    """Draw the months of a service; ``narrow`` for a phone."""
    service, found = figures.of_service(request, session, process_id, agency or None, now=visitor.now)
    return picture(
        visitor,
        "statistics/picture.svg",
        manifest=service.manifest,
        found=found,
        chart=columns(found.months, narrow=narrow),
    )


@router.get("/{process_id}/figures.csv")
def save_statistics(
    process_id: str, request: Request, visitor: Anybody, session: Reading, agency: Code = ""
) -> Response:
    """Send the figures of a service as a table: each month, the whole time, and each agency."""
    _service, found = figures.of_service(request, session, process_id, agency or None, now=visitor.now)
    return csv_file(f"statistics-{found.process_id}.csv", [_HEAD, *_rows(found)])


def _rows(found: Statistics) -> Iterator[tuple[Cell, ...]]:
    if not found.months:
        return
    first, last = found.months[0].month, found.months[-1].month
    whose = (found.agency or "all", found.agency_name or "")
    for one in found.months:
        yield (*whose, one.month, one.month, *_cells(found, one.figures))
    yield (*whose, first, last, *_cells(found, found.total))
    for agency in found.agencies:
        yield (agency.code, agency.name, first, last, *_cells(found, agency.figures))


def _cells(found: Statistics, told: Figures) -> tuple[Cell, ...]:
    share = None if told.late_share is None else round(told.late_share, 3)
    counts = (_FEW if number is None else number for number in (told.received, told.answered, told.late))
    unit = None if found.unit is None else found.unit.value
    as_of = None if found.as_of is None else found.as_of.isoformat(timespec="seconds")
    return (*counts, share, told.median, unit, as_of)
