"""Running cases moved to another version: choose it, say what becomes of each step, try it out, then move them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from api import cursors
from api.dependencies import AllSessions, Reading, Transaction
from api.pages.casefile import full_names
from api.pages.drawing import go, page
from api.pages.visitor import Fields, SignedIn, Visitor
from api.pages.workshop import Number
from engine import access, carryovers, definitions, drafts
from engine.bpmn.comparison import ChangeKind
from engine.database import Page, reading
from engine.definitions import Compiled
from engine.errors import Invalid, NotFound
from engine.instances import migration
from engine.instances.migration import Plan
from engine.models import CarryOver, Version, VersionStatus

router = APIRouter(include_in_schema=False, prefix="/workshop/{process_id}/{number}")
To = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
_ROWS = 50
# The fields of the form that say what becomes of a step.
_STEP = "step."


@dataclass(frozen=True, slots=True)
class Row:
    """A step of the old version in the map. ``became`` is its step in the new one; "": the same id.

    ``instances`` is how many cases wait there; ``options`` are the steps it may become, by id.
    """

    step: str
    name: str
    instances: int
    is_there: bool
    became: str
    options: Mapping[str, str]
    wrong: Mapping[str, str] | None


@router.get("/move")
def show_map(
    request: Request, process_id: str, number: Number, visitor: SignedIn, session: Reading, to: To = None
) -> Response:
    """Show where cases of a version wait, and what each step becomes in another (None: the newest approved one)."""
    return _map(request, visitor, session, process_id, number, to, None, {})


@router.post("/move")
def try_out(
    request: Request, process_id: str, number: Number, fields: Fields, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Check the map, then find out for each case whether it would go over; nothing is moved."""
    chosen = {name.removeprefix(_STEP): value for name, value in fields.items() if name.startswith(_STEP)}
    steps = {step: became for step, became in chosen.items() if became and became != step}
    to = int(fields.get("to", "")) if fields.get("to", "").isdecimal() else 0
    try:
        with sessions.begin() as session:
            made = carryovers.request(
                session, process_id, number, to, steps, actor=visitor.actor, now=visitor.now, dry_run=True
            )
    except Invalid as refusal:
        wrong = {each["step"]: each["message"] for each in refusal.facts.get("obstacles", ())}
        with reading(sessions) as session:
            return _map(request, visitor, session, process_id, number, to, chosen, wrong)
    return go(f"/workshop/{process_id}/{number}/moves/{made.id}")


@router.get("/moves/{carry_over_id}")
def show_run(
    request: Request,
    process_id: str,
    number: Number,
    carry_over_id: UUID,
    visitor: SignedIn,
    session: Reading,
    only: str = "",
    cursor: str = "",
) -> Response:
    """Show how far a carry-over has come, and what came of each case."""
    found = _run(session, visitor, process_id, number, carry_over_id)
    place = Page(_ROWS, cursors.opened(cursor) if cursor else None)
    cases = carryovers.cases(session, found.id, place, viewer=visitor.actor, refused=only == "refused")
    before, after = (definitions.compiled(session, each) for each in (found.source_id, found.target_id))
    return page(
        request,
        visitor,
        "workshop/moved.html",
        number=number,
        title=before.manifest.title,
        run=found,
        target=after.number,
        steps=[(each, before.step_name(each, visitor.language), became) for each, became in found.steps.items()],
        cases=cases.items,
        people=full_names(session, {found.requested_by}),
        next=cursors.sealed(cases.next),
        only="refused" if only == "refused" else "",
        step_name=lambda step: before.step_name(step, visitor.language) if step else "",
    )


@router.post("/moves/{carry_over_id}/run")
def move(
    process_id: str,
    number: Number,
    carry_over_id: UUID,
    _fields: Fields,
    visitor: SignedIn,
    session: Transaction,
) -> Response:
    """Move the cases by the plan that was tried out."""
    tried = _run(session, visitor, process_id, number, carry_over_id)
    target = definitions.compiled(session, tried.target_id).number
    made = carryovers.request(
        session, process_id, number, target, tried.steps, actor=visitor.actor, now=visitor.now, dry_run=False
    )
    return go(f"/workshop/{process_id}/{number}/moves/{made.id}", done="move-began")


@router.post("/moves/{carry_over_id}/cancel")
def stop(
    process_id: str,
    number: Number,
    carry_over_id: UUID,
    _fields: Fields,
    visitor: SignedIn,
    session: Transaction,
) -> Response:
    """Move no more cases."""
    found = _run(session, visitor, process_id, number, carry_over_id)
    carryovers.cancel(session, found.id, actor=visitor.actor, now=visitor.now)
    return go(f"/workshop/{process_id}/{number}/moves/{found.id}", done="move-stopped")


def _run(session: Session, visitor: Visitor, process_id: str, number: int, carry_over_id: UUID) -> CarryOver:
    """Return a carry-over of the version that the address names. Raises NotFound, NotAllowed."""
    found = carryovers.carry_over(session, carry_over_id, viewer=visitor.actor)
    if found.source_id != drafts.visible_version(session, visitor.actor, process_id, number).id:
        raise NotFound(f"Expected carry-over {carry_over_id} of version {number}, but it is of another")
    return found


def _map(
    request: Request,
    visitor: Visitor,
    session: Session,
    process_id: str,
    number: int,
    to: int | None,
    chosen: Mapping[str, str] | None,
    wrong: Mapping[str, Mapping[str, str]],
) -> Response:
    """``chosen``: what was sent; None: what the comparison suggests. ``wrong``: why a step cannot become that."""
    access.need_operator(visitor.actor)
    agency_id = access.need_agency(visitor.actor)
    source = drafts.visible_version(session, visitor.actor, process_id, number)
    versions = drafts.visible_versions(session, visitor.actor, process_id)
    targets = [each for each in versions if each.status is VersionStatus.APPROVED and each.id != source.id]
    target = next((each for each in targets if each.number == to), targets[0] if targets and not to else None)
    if to and target is None:
        raise NotFound(f"Expected an approved version {to} of {process_id} to move to, but there is none")
    plan = None if target is None else Plan(source.id, target.id, {})
    past = carryovers.carry_overs(session, source.id, viewer=visitor.actor)
    return page(
        request,
        visitor,
        "workshop/move.html",
        status=422 if wrong else 200,
        version=source,
        targets=targets,
        target=target,
        running=0 if plan is None else migration.count(session, plan, agency_id),
        rows=[] if target is None else _rows(session, visitor, source, target, agency_id, chosen, wrong),
        past=past,
        people=full_names(session, {run.requested_by for run in past}),
        numbers={each.id: each.number for each in versions},
        wrong=wrong,
    )


def _rows(
    session: Session,
    visitor: Visitor,
    source: Version,
    target: Version,
    agency_id: UUID,
    chosen: Mapping[str, str] | None,
    wrong: Mapping[str, Mapping[str, str]],
) -> list[Row]:
    """Return the steps where cases wait, then those that the new version has not."""
    plan = Plan(source.id, target.id, {})
    waiting = {each.step: each.instances for each in migration.standing(session, plan, agency_id)}
    found = drafts.compared(session, visitor.actor, source.process_id, source.number, target.number)
    gone = [each for each in found.changes if each.kind is ChangeKind.REMOVED and not each.is_flow]
    suggested = {each.step: each.became or "" for each in gone}
    before, after = (definitions.compiled(session, each.id) for each in (source, target))
    asked = [*waiting, *(step for step in suggested if step not in waiting)]
    return [
        Row(
            step,
            before.step_name(step, visitor.language),
            waiting.get(step, 0),
            step in after.steps,
            (suggested if chosen is None else chosen).get(step, ""),
            _options(session, plan, step, after, visitor.language),
            wrong.get(step),
        )
        for step in asked
    ]


def _options(session: Session, plan: Plan, step: str, after: Compiled, language: str) -> dict[str, Any]:
    return {each: after.step_name(each, language) for each in migration.successors(session, plan, step)}
