"""Apply for a service: choose the agency, answer the questions, look at the answers, attach files, send."""

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import Reading, Transaction
from api.idempotency import Once
from api.pages import forms as answers
from api.pages.drawing import go, page
from api.pages.forms import Filled, Pairs, Sheet
from api.pages.holding import Held, hold
from api.pages.services import all_agencies
from api.pages.uploads import Posted, empty_files, megabytes, posted
from api.pages.visitor import Anybody, Visitor, own_page
from api.pages.visitor import Pairs as SentPairs
from api.shown.services import Applied
from engine import definitions, services
from engine.access import PUBLIC, Actor, ActorKind
from engine.database import uuid7
from engine.errors import NotAllowed, NotFound
from engine.forms import FieldType
from engine.models import Agency
from engine.services import Service, Upload

router = APIRouter(include_in_schema=False)
_ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
# Fields of our own pages beside those of the form.
_OURS = {"agency", "step", "once", answers.ASKED}


@dataclass(frozen=True, slots=True)
class Counter:
    """Where somebody applies: the service, the agency, and its start form (None: it begins without data)."""

    service: Service
    agency: Agency
    sheet: Sheet | None

    def unfilled(self) -> Filled:
        """Return the questions before anything is answered."""
        return Filled((), {}, {}) if self.sheet is None else answers.unfilled(self.sheet)

    def filled(self, pairs: Pairs, *, without_files: bool) -> Filled:
        """Return the questions with what was sent."""
        if self.sheet is None:
            return Filled((), {}, {})
        return answers.filled(self.sheet, pairs, without_files=without_files)


@router.get("/services/{process_id}/apply")
def show_questions(process_id: str, request: Request, visitor: Anybody, session: Reading, agency: str = "") -> Response:
    """Ask which agency, where several offer the service; else show the questions."""
    offices = all_agencies(session, process_id, visitor.now)
    code = agency or (offices[0].code if len(offices) == 1 else "")
    if not code:
        found = services.service(session, process_id, now=visitor.now)
        _need_public(found)
        return page(request, visitor, "window/agency.html", manifest=found.manifest, agencies=offices)
    counter = _counter(session, process_id, code, visitor)
    if counter.sheet is None:
        return _show_check(request, visitor, counter, counter.unfilled(), ())
    return _show_questions(request, visitor, counter, counter.unfilled())


@router.post("/services/{process_id}/apply")
def take_answers(process_id: str, request: Request, pairs: SentPairs, visitor: Anybody, session: Reading) -> Response:
    """Check the answers. What is wrong, or asked beside, is shown; else the answers are shown again before sending."""
    fields = dict(pairs)
    counter = _counter(session, process_id, fields.get("agency", ""), visitor)
    step = fields.get("step", "continue")
    if step == "continue":
        found = counter.filled(pairs, without_files=True)
        if found.is_done:
            return _show_check(request, visitor, counter, found, pairs)
        return _show_questions(request, visitor, counter, found, status=422 if found.errors else 200)
    found = counter.filled(answers.changed(pairs, step), without_files=True)
    return _show_questions(request, visitor, counter, Filled(found.shown, found.data, {}))


def _limited(process_id: str, request: Request, _own: Annotated[None, Depends(own_page)]) -> None:
    request.app.state.applications.check(request, process_id)


async def _sent(_limited: Annotated[None, Depends(_limited)], sent: Annotated[Posted, Depends(posted)]) -> Posted:
    return sent


@router.post("/services/{process_id}/applications")
def apply(
    process_id: str,
    request: Request,
    sent: Annotated[Posted, Depends(_sent)],
    visitor: Anybody,
    session: Transaction,
) -> Response:
    """Start the case, with its files, and lead to the receipt. Sent twice from one page, it is started once."""
    fields = sent.fields
    counter = _counter(session, process_id, fields.get("agency", ""), visitor)
    uploads = [(file.field, Upload(uuid7(visitor.now), file.name, file.content)) for file in sent.files if file.content]
    pairs = [*sent.pairs, *((field, str(upload.id)) for field, upload in uploads)]
    found = counter.filled(pairs, without_files=False)
    if _concerns_answers(found):
        return _show_questions(request, visitor, counter, found, status=422)
    if wrong := {**found.errors, **empty_files(sent)}:
        return _show_check(request, visitor, counter, Filled(found.shown, found.data, wrong), sent.pairs, status=422)
    key = fields.get("once", "")
    once = Once(request, session, PUBLIC, visitor.now, key if _ONCE.fullmatch(key) else None)

    def act() -> Applied:
        moved = services.apply(
            session,
            process_id,
            found.data,
            agency_code=counter.agency.code,
            now=visitor.now,
            files=[upload for _field, upload in uploads],
        )
        return Applied.model_validate(moved)

    content = _content(sent)
    done = json.loads(bytes(once.do(content, act, by=_sender(content)).body))
    answer = go("/tracking/receipt")
    hold(request, answer, Held(done["receipt"], done["secret"]), visitor.now)
    return answer


def _counter(session: Session, process_id: str, code: str, visitor: Visitor) -> Counter:
    found = services.service(session, process_id, now=visitor.now, agency_code=code or None)
    _need_public(found)
    offices = {agency.code: agency for agency in all_agencies(session, process_id, visitor.now)}
    if code not in offices:
        raise NotFound(f"Expected an agency that offers {process_id[:100]}, found {code[:100] or 'none'}")
    compiled = definitions.compiled(session, found.version_id)
    form = compiled.forms.get(found.manifest.start.form or "")
    if form is None:
        return Counter(found, offices[code], None)
    schema = compiled.form_schema(form.id, visitor.language) or form.schema
    now = visitor.now.astimezone(ZoneInfo(offices[code].time_zone))
    return Counter(found, offices[code], Sheet(form, schema, found.manifest.parameter_values, now))


def _need_public(found: Service) -> None:
    if not found.is_public:
        raise NotAllowed(f"Expected a service that people apply for by themselves, but {found.manifest.id} is none")


def _show_questions(
    request: Request, visitor: Visitor, counter: Counter, found: Filled, *, status: int = 200
) -> Response:
    return page(
        request,
        visitor,
        "window/apply.html",
        status=status,
        manifest=counter.service.manifest,
        agency=counter.agency,
        filled=found,
        most_megabytes=megabytes(),
    )


def _show_check(
    request: Request,
    visitor: Visitor,
    counter: Counter,
    found: Filled,
    pairs: Pairs,
    *,
    status: int = 200,
) -> Response:
    """Show the answers again, and ask for files."""
    files = [question for question in found.questions if question.field.type is FieldType.FILEPICKER]
    return page(
        request,
        visitor,
        "window/check.html",
        status=status,
        manifest=counter.service.manifest,
        agency=counter.agency,
        filled=found,
        answers=[each for each in answers.answers(found.shown) if each[2] not in files],
        files=files,
        kept=[(name, value) for name, value in pairs if name not in _OURS],
        once=secrets.token_urlsafe(24),
        most_megabytes=megabytes(),
    )


def _concerns_answers(found: Filled) -> bool:
    """Tell whether something else than files is wrong."""
    files = {question.path for question in found.questions if question.field.type is FieldType.FILEPICKER}
    return found.more or not files.issuperset(found.errors)


def _content(sent: Posted) -> bytes:
    """Return what identifies what was sent."""
    pairs: Sequence[Any] = [pair for pair in sent.pairs if pair[0] != "once"]
    files = [(file.field, file.name, hashlib.sha256(file.content).hexdigest()) for file in sent.files]
    return json.dumps([pairs, files]).encode()


def _sender(content: bytes) -> Actor:
    """Return whom the page's key belongs to: all who have no account share one name."""
    return Actor(f"public:{hashlib.sha256(content).hexdigest()}", ActorKind.PUBLIC)
