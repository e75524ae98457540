"""Follow a case by receipt number and secret: where it stands, what is asked, answer, send, attach, rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import segno
from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import AllSessions, Reading, Transaction
from api.pages import forms as answers
from api.pages.drawing import go, page
from api.pages.forms import Filled, Pairs, Sheet
from api.pages.holding import Held, Holding, PerhapsHeld, hold, let_go
from api.pages.uploads import Posted, empty_files, megabytes, posted
from api.pages.visitor import Anybody, Fields, OwnPage, Visitor
from api.plans import Route
from api.problems import Problem
from engine import definitions, documents, instances, tracking
from engine.database import reading
from engine.errors import NotFound
from engine.forms import FieldType, Form
from engine.instances.masking import put_back
from engine.models import Agency, Instance
from engine.tracking import Tracked, TrackedTerm

router = APIRouter(route_class=Route, include_in_schema=False, prefix="/tracking")


@dataclass(frozen=True, slots=True)
class ToFill:
    """What the applicant is to fill in: a task, or a message that it may send. ``form`` None: nothing to fill in.

    ``seen`` is of the ``context`` what the applicant may see.
    """

    path: str
    title: Mapping[str, str]
    form: Form | None
    context: Mapping[str, Any]
    seen: Mapping[str, Any]
    due_at: datetime | None = None
    task_id: UUID | None = None


def _held_before(_own: OwnPage, _held: Holding) -> None:
    """Let nobody send long bodies who has no case open."""


async def _sent(_held: Annotated[None, Depends(_held_before)], sent: Annotated[Posted, Depends(posted)]) -> Posted:
    return sent


Sent = Annotated[Posted, Depends(_sent)]


@router.get("")
def show_door(request: Request, visitor: Anybody, held: PerhapsHeld, receipt: str = "") -> Response:
    """Ask for number and secret; who has a case open goes there, unless the address names another."""
    if held is not None and receipt in ("", held.receipt) and "done" not in request.query_params:
        return go("/tracking/case")
    return page(request, visitor, "window/track.html", receipt=receipt[:200], wrong=None)


@router.post("")
def open_case(request: Request, fields: Fields, visitor: Anybody, sessions: AllSessions) -> Response:
    """Open a case in this browser, if number and secret fit."""
    receipt, secret = fields.get("receipt", "").strip()[:200], fields.get("secret", "").strip()[:200]
    try:
        request.app.state.trackings.check(request, receipt)
        with reading(sessions) as session:
            instances.track(session, receipt, secret)
    except (NotFound, Problem) as error:
        wrong = "match" if isinstance(error, NotFound) else "often"
        status = 404 if isinstance(error, NotFound) else error.status_code
        return page(request, visitor, "window/track.html", status=status, receipt=receipt, wrong=wrong)
    answer = go("/tracking/case")
    hold(request, answer, Held(receipt, secret), visitor.now)
    return answer


@router.post("/close")
def close_case(_fields: Fields) -> Response:
    """Close the case in this browser."""
    answer = go("/tracking", done="case-closed")
    let_go(answer)
    return answer


@router.get("/receipt")
def show_receipt(request: Request, visitor: Anybody, session: Reading, held: Holding) -> Response:
    """Show number, secret and a code that leads to the tracking page; to be printed or saved."""
    case = held.case(session)
    found = tracking.follow(session, case)
    where = str(request.url_for("show_door").include_query_params(receipt=held.receipt))
    return page(
        request,
        _at(visitor, found.agency),
        "window/receipt.html",
        held=held,
        found=found,
        term=_main_term(session, found),
        where=where,
        code=segno.make(where, error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#14212b"),
    )


@router.get("/case")
def show_case(request: Request, visitor: Anybody, session: Reading, held: Holding) -> Response:
    """Show where the case stands."""
    return _show_case(request, visitor, session, held.case(session))


@router.post("/documents")
def send_file(request: Request, sent: Sent, held: Holding, visitor: Anybody, session: Transaction) -> Response:
    """Add files to the case."""
    case = held.case(session)
    if empty_files(sent) or not sent.files:
        return _show_case(request, visitor, session, case, wrong="file", status=422)
    for file in sent.files:
        tracking.attach(session, case, file.name, file.content, now=visitor.now)
    return go("/tracking/case", done="file-sent")


@router.post("/rating")
def rate(request: Request, fields: Fields, held: Holding, visitor: Anybody, session: Transaction) -> Response:
    """Keep what the applicant thought of how the case was handled."""
    case = held.case(session)
    score, comment = fields.get("score", ""), fields.get("comment", "").strip()
    if score not in {str(each) for each in tracking.SCORES} or len(comment) > tracking.LONGEST_COMMENT:
        return _show_case(request, visitor, session, case, wrong="score", status=422)
    tracking.rate(session, case, int(score), comment or None, now=visitor.now)
    return go("/tracking/case", done="rated")


@router.get("/tasks/{task_id}")
def show_asked(task_id: UUID, request: Request, visitor: Anybody, session: Reading, held: Holding) -> Response:
    """Show what is asked."""
    case = held.case(session)
    return _show_asked(request, visitor, session, case, _task(session, case, task_id))


@router.post("/tasks/{task_id}")
def answer_asked(
    task_id: UUID, request: Request, sent: Sent, held: Holding, visitor: Anybody, session: Transaction
) -> Response:
    """Keep the files that came, and complete the task if nothing is wrong."""
    case = held.case(session)
    asked = _task(session, case, task_id)
    filled = _filled(session, case, asked, sent, visitor)
    if filled is not None and not filled.is_done:
        return _show_asked(request, visitor, session, case, asked, filled)
    tracking.answer(session, case, task_id, {} if filled is None else filled.data, now=visitor.now)
    return go("/tracking/case", done="answered")


@router.get("/messages/{name}")
def show_offer(name: str, request: Request, visitor: Anybody, session: Reading, held: Holding) -> Response:
    """Show the form of something that the applicant may send now, such as an objection."""
    case = held.case(session)
    return _show_asked(request, visitor, session, case, _offer(session, case, name))


@router.post("/messages/{name}")
def send_offer(
    name: str, request: Request, sent: Sent, held: Holding, visitor: Anybody, session: Transaction
) -> Response:
    """Send it, if nothing is wrong."""
    case = held.case(session)
    asked = _offer(session, case, name)
    filled = _filled(session, case, asked, sent, visitor)
    if filled is not None and not filled.is_done:
        return _show_asked(request, visitor, session, case, asked, filled)
    tracking.send(session, case, name, {} if filled is None else filled.data, now=visitor.now)
    return go("/tracking/case", done="answered")


def _show_case(
    request: Request, visitor: Visitor, session: Session, case: Instance, *, wrong: str | None = None, status: int = 200
) -> Response:
    """``wrong``: the part of the page that was refused; None: none was."""
    found = tracking.follow(session, case)
    term = _main_term(session, found)
    return page(
        request,
        _at(visitor, found.agency),
        "window/case.html",
        status=status,
        found=found,
        case=case,
        term=term,
        others=[each for each in found.terms if each is not term],
        outcome=_outcome(session, case, visitor.language),
        scores=tracking.SCORES,
        wrong=wrong,
        most_megabytes=megabytes(),
    )


def _show_asked(
    request: Request, visitor: Visitor, session: Session, case: Instance, asked: ToFill, filled: Filled | None = None
) -> Response:
    sheet = _sheet(session, case, asked, visitor)
    shown = filled or (Filled((), {}, {}) if sheet is None else answers.unfilled(sheet))
    return page(
        request,
        _at(visitor, session.get_one(Agency, case.agency_id)),
        "window/asked.html",
        status=422 if shown.errors else 200,
        asked=asked,
        filled=shown,
        manifest=definitions.compiled(session, case.version_id).manifest,
        files={
            str(each.id): each.name for each in documents.documents(session, case.id, viewer=tracking.applicant(case))
        },
        most_megabytes=megabytes(),
    )


def _task(session: Session, case: Instance, task_id: UUID) -> ToFill:
    detail = tracking.asked(session, case, task_id)
    compiled = definitions.compiled(session, case.version_id)
    return ToFill(
        path=f"/tracking/tasks/{task_id}",
        title=compiled.step_names(detail.task.step),
        form=compiled.forms.get(detail.task.form or ""),
        context=detail.context,
        seen=detail.data,
        due_at=detail.task.due_at,
        task_id=task_id,
    )


def _offer(session: Session, case: Instance, name: str) -> ToFill:
    for each in tracking.follow(session, case).offers:
        if each.name == name:
            return ToFill(path=f"/tracking/messages/{name}", title=each.title, form=each.form, context={}, seen={})
    raise NotFound(f"Expected something that may be sent now, found {name[:100]}")


def _filled(session: Session, case: Instance, asked: ToFill, sent: Posted, visitor: Visitor) -> Filled | None:
    """Return what was filled in, after the files that came were stored; None: there is no form."""
    sheet = _sheet(session, case, asked, visitor)
    if sheet is None:
        return None
    pairs = _own_files(session, case, sheet.form, answers.changed(sent.pairs, sent.fields.get("step", "")))
    for file in sent.files:
        if file.content:
            made = tracking.attach(session, case, file.name, file.content, now=visitor.now, task_id=asked.task_id)
            pairs.append((file.field, str(made.id)))
    filled = answers.filled(sheet, pairs)
    return Filled(
        filled.shown,
        filled.data,
        {**filled.errors, **empty_files(sent)},
        more=filled.more or sent.fields.get("step", "send") != "send",
    )


def _own_files(session: Session, case: Instance, form: Form, pairs: Pairs) -> list[tuple[str, str]]:
    """Return the pairs without files that this case does not have."""
    pickers = {path for path, field in form.fields() if field.type is FieldType.FILEPICKER}
    found = documents.documents(session, case.id, viewer=tracking.applicant(case)) if pickers else []
    known = {str(each.id) for each in found}
    return [(name, value) for name, value in pairs if name not in pickers or value in known]


def _sheet(session: Session, case: Instance, asked: ToFill, visitor: Visitor) -> Sheet | None:
    if asked.form is None:
        return None
    schema = definitions.compiled(session, case.version_id).form_schema(asked.form.id, visitor.language)
    now = visitor.now.astimezone(ZoneInfo(session.get_one(Agency, case.agency_id).time_zone))

    def stored(data: Mapping[str, Any]) -> Mapping[str, Any]:
        return put_back(data, asked.seen, asked.context)

    return Sheet(asked.form, schema or asked.form.schema, asked.context, now, stored, asked.seen)


def _main_term(session: Session, found: Tracked) -> TrackedTerm | None:
    """Return the term within which the service is given, its last run; None: the process names none, or not yet."""
    name = definitions.compiled(session, found.instance.version_id).manifest.service.term
    return next((term for term in reversed(found.terms) if term.name == name), None)


def _outcome(session: Session, case: Instance, language: str) -> str | None:
    if case.outcome is None:
        return None
    return definitions.compiled(session, case.version_id).outcome_name(case.outcome, language)


def _at(visitor: Visitor, agency: Agency) -> Visitor:
    """Return the visitor with times as they are where the agency is."""
    return Visitor(
        visitor.actor,
        visitor.language,
        ZoneInfo(agency.time_zone),
        visitor.now,
        visitor.full_name,
        visitor.agency_name,
        visitor.agency_code,
    )
