"""Insight: workload, what is late or nearly, how long steps take, how terms are kept, and how that develops."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import Reading
from api.pages.casefile import full_names
from api.pages.drawing import page
from api.pages.visitor import SignedIn, Visitor
from api.pages.words import role_names
from api.plans import Route
from engine import access, definitions, durations, insight, ratings
from engine.access import OwnRole
from engine.database import Page
from engine.definitions import Compiled
from engine.durations import Duration
from engine.insight import Behind, Narrowed
from engine.models import Agency

router = APIRouter(route_class=Route, include_in_schema=False, prefix="/insight")
_ROWS = 50
_MONTHS = 12
_COMMENTS = 10
Days = Annotated[int, Query(ge=1, le=3650)]
Word = Annotated[str, Query(max_length=200)]


@router.get("")
def show_insight(request: Request, visitor: SignedIn, session: Reading, days: Days = 90) -> Response:
    """Show the agency at a glance; to the platform, how agencies keep their terms."""
    actor, now = visitor.actor, visitor.now
    access.need_role(actor, OwnRole.HEAD, OwnRole.AUDITOR, OwnRole.PLATFORM)
    since = now - timedelta(days=days)
    values: dict[str, Any] = {"days": days, "sees_agency": actor.has(OwnRole.HEAD, OwnRole.AUDITOR)}
    if values["sees_agency"]:
        offset = now.astimezone(visitor.zone).utcoffset() or timedelta()
        standing = insight.standing(session, actor, now=now)
        loads = insight.loads(session, actor, now=now)
        compiled = _compiled(session, visitor)
        values |= {
            "standing": standing,
            "totals": {
                name: sum(getattr(one, name) for one in standing) for name in ("running", "overdue", "soon", "stopped")
            },
            "roles": loads.roles,
            "people": loads.people,
            "people_names": full_names(session, {one.key for one in loads.people if one.key}),
            "role_names": role_names(session, access.need_agency(actor), visitor.language),
            "kept": insight.compliance(session, actor, since=since),
            "opinions": ratings.opinions(session, actor, since=since),
            "comments": ratings.comments(session, actor, Page(_COMMENTS), since=since).items,
            "trend": insight.trend(session, actor, months=_MONTHS, now=now, offset=offset),
            "names": _names(compiled, visitor.language),
            "term_names": _term_names(compiled, visitor.language),
        }
    if actor.has(OwnRole.PLATFORM):
        values["agencies"] = insight.compliance_of_agencies(session, actor, since=since)
        values["agency_names"] = _agency_names(session, {one.group for one in values["agencies"]})
        values["titles_of_terms"] = definitions.term_titles(session)
    return page(request, visitor, "insight/overview.html", **values)


@router.get("/steps")
def show_steps(request: Request, visitor: SignedIn, session: Reading, process: Word = "", days: Days = 90) -> Response:
    """Show how long the steps of a process take, on its diagram and as a table."""
    actor = visitor.actor
    known = insight.processes(session, actor)
    process = process or next(iter(known), "")
    since = visitor.now - timedelta(days=days)
    found = durations.durations(session, actor, process, since=since, now=visitor.now)
    version_id = insight.newest_version(session, actor, process)
    version = None if version_id is None else definitions.compiled(session, version_id)
    return page(
        request,
        visitor,
        "insight/steps.html",
        days=days,
        process=process,
        processes=known,
        names=_names(_compiled(session, visitor), visitor.language),
        durations=found,
        levels=_levels(found),
        diagrams=[] if version is None else list(_diagrams(version, _levels(found), visitor.language)),
        step_names={
            one.step: one.step if version is None else version.step_name(one.step, visitor.language) for one in found
        },
        is_sample=sum(one.done for one in found if one.is_task) >= durations.MOST_MEASURED,
        most=durations.MOST_MEASURED,
        most_cases=durations.MOST_CASES,
    )


@router.get("/cases")
def show_cases(
    request: Request,
    visitor: SignedIn,
    session: Reading,
    behind: Behind,
    process: Word = "",
    term: Word = "",
    step: Word = "",
    role: Word = "",
    assignee: Word = "",
    days: Annotated[int, Query(ge=0, le=3650)] = 0,
    late: bool = False,
    cursor: str = "",
) -> Response:
    """Show the cases behind a number."""
    narrowed = Narrowed(
        process_id=process or None,
        term=term or None,
        step=step or None,
        role=role or None,
        assignee=assignee or None,
        since=visitor.now - timedelta(days=days) if days else None,
        late=late,
    )
    place = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    found = insight.cases(session, visitor.actor, behind, narrowed, place, now=visitor.now)
    asked = {key: value for key, value in request.query_params.items() if key != "cursor"}
    return page(
        request,
        visitor,
        "insight/cases.html",
        behind=behind.value,
        narrowed=_told(session, visitor, narrowed),
        people=full_names(session, {one.assignee for one in found.items if one.assignee}),
        found=found.items,
        next=cursors.sealed(found.next),
        asked=asked,
        whats={one.instance_id: _what(session, one, visitor.language) for one in found.items},
        names=_names(_compiled(session, visitor), visitor.language),
    )


def _agency_names(session: Session, codes: set[str]) -> dict[str, str]:
    found = session.execute(select(Agency.code, Agency.name).where(Agency.code.in_(codes)))
    return {row.code: row.name for row in found}


def _told(session: Session, visitor: Visitor, narrowed: Narrowed) -> list[str]:
    """Return to what a list is narrowed, in words."""
    compiled, language = _compiled(session, visitor), visitor.language
    names = _names(compiled, language)
    told = [names.get(narrowed.process_id, narrowed.process_id)] if narrowed.process_id else []
    if narrowed.term:
        titles = _term_names(compiled, language)
        told.append(titles.get((narrowed.process_id or "", narrowed.term), narrowed.term))
    if narrowed.step:
        newest = insight.newest_version(session, visitor.actor, narrowed.process_id or "")
        version = None if newest is None else definitions.compiled(session, newest)
        told.append(narrowed.step if version is None else version.step_name(narrowed.step, language))
    if narrowed.role:
        agency_id = access.need_agency(visitor.actor)
        told.append(role_names(session, agency_id, language).get(narrowed.role, narrowed.role))
    if narrowed.assignee:
        told.append(full_names(session, {narrowed.assignee}).get(narrowed.assignee, narrowed.assignee))
    return told


def _what(session: Session, one: insight.Found, language: str) -> str:
    """Return the name of the term or step that counts."""
    version = definitions.compiled(session, one.version_id)
    rule = version.manifest.terms.get(one.what)
    if rule is None:
        return version.step_name(one.what, language)
    return rule.title.get(language) or next(iter(rule.title.values()))


def _compiled(session: Session, visitor: Visitor) -> dict[str, Compiled]:
    """Return the processes of the agency by id, as its newest cases follow them."""
    found = {}
    for process_id in insight.processes(session, visitor.actor):
        version_id = insight.newest_version(session, visitor.actor, process_id)
        if version_id is not None:
            found[process_id] = definitions.compiled(session, version_id)
    return found


def _names(compiled: Mapping[str, Compiled], language: str) -> dict[str, str]:
    """Return the titles of processes by id."""
    titles = {process_id: each.manifest.title for process_id, each in compiled.items()}
    return {process_id: title.get(language) or next(iter(title.values())) for process_id, title in titles.items()}


def _term_names(compiled: Mapping[str, Compiled], language: str) -> dict[tuple[str, str], str]:
    """Return the titles of the terms of processes, by process and key."""
    return {
        (process_id, rule.name): rule.title.get(language) or next(iter(rule.title.values()))
        for process_id, each in compiled.items()
        for rule in each.manifest.terms.values()
    }


def _levels(found: list[Duration]) -> dict[str, int]:
    """Return the heat of each step, 0 (nothing done) to 4: its share of the slowest step's median time."""
    slowest = max((one.median or 0.0 for one in found), default=0.0)
    return {
        one.step: 0 if one.median is None else 1 if slowest <= 0 else min(4, 1 + int(4 * one.median / slowest))
        for one in found
    }


def _diagrams(version: Compiled, levels: dict[str, int], language: str) -> Iterator[dict[str, Any]]:
    """Yield the diagrams of a version that have steps with a heat, each with those, the main one first."""
    processes = sorted(version.diagrams, key=lambda process_id: process_id != version.process_id)
    for process_id in processes:
        is_main = process_id == version.process_id
        prefix = "" if is_main else f"{process_id}:"
        own = {step.removeprefix(prefix): level for step, level in levels.items() if step.startswith(prefix)}
        own = {step: level for step, level in own.items() if ":" not in step}
        if is_main or any(own.values()):
            path = f"/v1/processes/{version.process_id}/versions/{version.number}/files/{version.diagrams[process_id]}"
            yield {"path": path, "levels": own, "name": version.step_name(process_id, language)}
