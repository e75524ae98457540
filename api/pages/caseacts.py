"""What supervisors do to a whole case: cancel it, hand it over, correct its data. Each is asked once more, and why.

A page knows the revision that its reader saw; when the case moved meanwhile, nothing is done and the page says what
happened.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import AllSessions, Reading
from api.pages import history
from api.pages.casefile import full_names
from api.pages.corrections import Correction, corrections, read
from api.pages.drawing import go, page
from api.pages.visitor import Fields, SignedIn, Visitor
from api.problems import Problem
from engine import access, accounts, definitions, instances, journal
from engine.database import Page, Sessions, in_transaction, reading
from engine.errors import Invalid, NotPossibleNow, Stale
from engine.models import Instance, JournalEntry

router = APIRouter(include_in_schema=False, prefix="/cases/{instance_id}")
_LONGEST_REASON = 2_000
_MOST_AGENCIES = 2_000
_MOST_EVENTS = 5


@router.get("/cancel")
def ask_to_cancel(instance_id: UUID, request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Ask why a case is to be cancelled, and whether it really is."""
    return _drawn(session, request, visitor, instance_id, "case/cancel.html", {})


@router.post("/cancel")
def cancel_case(
    instance_id: UUID, request: Request, fields: Fields, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Cancel a case."""

    def act(session: Session) -> None:
        instances.cancel(session, instance_id, **_by(visitor, fields))

    return _done(sessions, request, visitor, instance_id, "case/cancel.html", fields, act, done="case-cancelled")


@router.get("/handover")
def ask_to_hand_over(instance_id: UUID, request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Ask to which agency a case is to go, and why."""
    return _drawn(session, request, visitor, instance_id, "case/handover.html", {})


@router.post("/handover")
def hand_over_case(
    instance_id: UUID, request: Request, fields: Fields, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Give a case to another agency."""

    def act(session: Session) -> None:
        to = accounts.agency(session, fields.get("to", ""))
        instances.hand_over(session, instance_id, to.id, **_by(visitor, fields))

    return _done(sessions, request, visitor, instance_id, "case/handover.html", fields, act, done="case-handed-over")


@router.get("/correct")
def ask_to_correct(instance_id: UUID, request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show the values of a case that may be corrected."""
    return _drawn(session, request, visitor, instance_id, "case/correct.html", {})


@router.post("/correct")
def correct_case(
    instance_id: UUID, request: Request, fields: Fields, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Check corrected values and show old and new; write them once that was seen."""
    template = "case/correct.html"
    with reading(sessions) as session:
        listed = corrections(session, instance_id, visitor)
    changed = {each.path: each for each in (read(each, fields) for each in listed) if each.is_changed}
    values = {path: each.new for path, each in changed.items()}

    def act(session: Session) -> None:
        if not values:
            raise Invalid("Expected at least one other value, found none", fields=[])
        instances.correct(session, instance_id, values, **_by(visitor, fields))

    if fields.get("step") == "save":
        return _done(sessions, request, visitor, instance_id, template, fields, act, done="case-corrected")
    is_review = fields.get("step") != "edit" and bool(values) and bool(fields.get("reason", "").strip())
    try:
        if is_review:
            with sessions() as session:  # tried, and not committed
                act(session)
    except (Invalid, Stale, NotPossibleNow) as error:
        return _refused(sessions, request, visitor, instance_id, template, fields, error)
    with reading(sessions) as session:
        return _drawn(
            session,
            request,
            visitor,
            instance_id,
            template,
            fields,
            is_review=is_review,
            is_unchanged=not values,
            is_sent=fields.get("step") != "edit",
        )


def _by(visitor: Visitor, fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        "actor": visitor.actor,
        "now": visitor.now,
        "reason": fields.get("reason", "").strip()[:_LONGEST_REASON],
        "expected_revision": _number(fields, "revision"),
    }


def _done(
    sessions: Sessions,
    request: Request,
    visitor: Visitor,
    instance_id: UUID,
    template: str,
    fields: Mapping[str, str],
    act: Callable[[Session], None],
    *,
    done: str,
) -> Response:
    """Do an act that has a reason; without one, or if it is refused, return the page again with what was sent."""
    if not fields.get("reason", "").strip():
        with reading(sessions) as session:
            return _drawn(session, request, visitor, instance_id, template, fields, status=422, is_sent=True)

    def seen(session: Session) -> None:
        instances.instance(session, instance_id, viewer=visitor.actor)
        act(session)

    try:
        in_transaction(sessions, seen)
    except (Invalid, Stale, NotPossibleNow) as error:
        return _refused(sessions, request, visitor, instance_id, template, fields, error)
    return go(f"/cases/{instance_id}", done=done)


def _refused(
    sessions: Sessions,
    request: Request,
    visitor: Visitor,
    instance_id: UUID,
    template: str,
    fields: Mapping[str, str],
    error: Invalid | Stale | NotPossibleNow,
) -> Response:
    status = 422 if isinstance(error, Invalid) else 412 if isinstance(error, Stale) else 409
    errors = {fault["path"]: fault["message"] for fault in error.facts.get("fields", ())}
    with reading(sessions) as session:
        return _drawn(
            session, request, visitor, instance_id, template, fields, status=status, errors=errors, is_sent=True
        )


def _drawn(
    session: Session,
    request: Request,
    visitor: Visitor,
    instance_id: UUID,
    template: str,
    sent: Mapping[str, str],
    *,
    status: int = 200,
    errors: Mapping[str, Any] | None = None,
    **more: Any,
) -> Response:
    """Return the page of an act, with what was sent and what happened since its reader saw the case."""
    case = instances.instance(session, instance_id, viewer=visitor.actor)
    access.may_operate(session, visitor.actor, case)
    compiled = definitions.compiled(session, case.version_id)
    found = _since(session, case, sent) if sent else []
    values: dict[str, Any] = {"is_sent": False, "is_review": False, "is_unchanged": False, **more}
    if template == "case/handover.html":
        values["agencies"] = [
            agency
            for agency in accounts.agencies(session, Page(_MOST_AGENCIES)).items
            if agency.active and agency.id != case.agency_id
        ]
    if template == "case/correct.html" and case.ended_at is None:
        values["corrections"] = [_as_sent(each, sent) for each in corrections(session, instance_id, visitor)]
    return page(
        request,
        visitor,
        template,
        status=status,
        case=case,
        compiled=compiled,
        sent=sent,
        errors=errors or {},
        meanwhile=history.events(found, compiled, visitor.language, visitor.actor.roles),
        people=full_names(session, {each.actor for each in found}),
        longest=_LONGEST_REASON,
        **values,
    )


def _since(session: Session, case: Instance, sent: Mapping[str, str]) -> list[JournalEntry]:
    """Return what moved a case since its reader saw it, the latest first; nothing, if nothing did."""
    if _number(sent, "revision") == case.revision:
        return []
    seen = _number(sent, "seen")
    return [each for each in journal.latest(session, case.id, _MOST_EVENTS) if each.sequence > seen]


def _as_sent(each: Correction, sent: Mapping[str, str]) -> Correction:
    return read(each, sent) if sent else each


def _number(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Problem("malformed", f"Expected a number in the field {name}, found {text[:40]!r}")
    return int(text)
