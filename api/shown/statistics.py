"""Public statistics as their readers see them."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.shown.base import Shown, Texts
from engine import statistics
from engine.manifest import Unit
from engine.services import Service

_FEW = "rounded to the nearest 5; null: 1 to 4, which is not told"


class Figures(Shown):
    """How cases were handled."""

    received: int | None = Field(description=f"Cases that began, {_FEW}")
    answered: int | None = Field(description=f"Cases answered, that is whose term ended, {_FEW}")
    late: int | None = Field(description=f"Those answered after the term, {_FEW}")
    late_share: float | None = Field(description="late / answered, from 0 to 1; null: it cannot be told")
    median: float | None = Field(description="Median time to the answer in ``unit``; null: fewer than 10 cases")


class OfMonth(Figures):
    """The figures of a month."""

    month: str = Field(description="As 2026-11")
    is_over: bool = Field(description="false: the month was still going on at ``as_of``")


class OfAgency(Figures):
    """The figures of an agency over all months."""

    code: str
    name: str


class OfProcess(Figures):
    """The figures of a process over all months."""

    process_id: str
    title: Texts
    unit: Unit | None = Field(description="Unit of the term; null: the standard names no term for the service")


class Ratings(Shown):
    """What applicants thought of how their cases were handled."""

    count: int | None = Field(description=f"Ratings, {_FEW}")
    average: float | None = Field(description="From 1 (bad) to 4 (very good); null: fewer than 10 ratings")
    scores: dict[int, int | None] = Field(description=f"Ratings by score, {_FEW}")


class Statistics(Shown):
    """The figures of a process. Each count is rounded by itself, so that sums may differ."""

    process_id: str
    title: Texts
    agency: str | None = Field(description="Code of the agency; null: all agencies")
    agency_name: str | None
    as_of: datetime | None = Field(description="When cases were last counted; null: not yet")
    unit: Unit | None = Field(description="Unit of the term; null: the standard names no term for the service")
    total: Figures = Field(description="Over all months that are listed")
    months: list[OfMonth] = Field(description="The last 12 and the present one, oldest first")
    agencies: list[OfAgency] = Field(description="By name; empty where one agency was asked for")
    ratings: Ratings


class Overview(Shown):
    """All services with their figures over the last 12 months and the present one."""

    as_of: datetime | None = Field(description="When cases were last counted; null: not yet")
    items: list[OfProcess]


def of_statistics(service: Service, found: statistics.Statistics) -> Statistics:
    """Return the figures of a service as its answer."""
    return Statistics(
        process_id=found.process_id,
        title=dict(service.manifest.title),
        agency=found.agency,
        agency_name=found.agency_name,
        as_of=found.as_of,
        unit=found.unit,
        total=Figures.model_validate(found.total),
        months=[OfMonth(month=one.month, is_over=one.is_over, **_figures(one.figures)) for one in found.months],
        agencies=[OfAgency(code=one.code, name=one.name, **_figures(one.figures)) for one in found.agencies],
        ratings=Ratings.model_validate(found.ratings),
    )


def of_overview(as_of: datetime | None, found: list[tuple[Service, statistics.Figures]]) -> Overview:
    """Return all services with their figures as the answer."""
    items = [
        OfProcess(
            process_id=service.manifest.id,
            title=dict(service.manifest.title),
            unit=statistics.unit_of(service.manifest),
            **_figures(figures),
        )
        for service, figures in found
    ]
    return Overview(as_of=as_of, items=items)


def _figures(found: statistics.Figures) -> dict[str, Any]:
    return Figures.model_validate(found).model_dump()
