"""What failed, and trying it again with other inputs: written as JSON, shown old beside new, then done."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import AllSessions, Reading
from api.pages.drawing import go
from api.pages.operations.incidents import names_of
from api.pages.operations.room import PATH, drawn
from api.pages.visitor import Fields, SignedIn, Visitor
from api.pages.words import incident_words
from engine import incidents
from engine.database import in_transaction, reading
from engine.errors import Invalid, NotPossibleNow, Stale
from engine.instances.masking import hides
from engine.instances.own import OWN

router = APIRouter(include_in_schema=False, prefix=f"{PATH}/incidents/{{incident_id}}")
_LONGEST_REASON = 2_000
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Entered:
    """What was written: ``values`` are None while ``fault`` says where the text is no JSON object."""

    text: str
    values: Mapping[str, Any] | None
    fault: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of the act before: faults of inputs by name, or why it was refused; ``is_review``: old beside
    new is shown, and asked once more."""

    is_sent: bool = False
    is_review: bool = False
    is_stale: bool = False
    faults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@router.get("")
def show_incident(incident_id: UUID, request: Request, visitor: SignedIn, session: Reading) -> Response:
    """Show what failed and what it was given."""
    return _drawn(session, request, visitor, incident_id, {}, Said())


@router.post("")
def retry_incident(
    incident_id: UUID, request: Request, fields: Fields, visitor: SignedIn, sessions: AllSessions
) -> Response:
    """Check other inputs and show old beside new; try again with them once that was seen."""
    entered, reason = _entered(fields.get("inputs", "")), fields.get("reason", "").strip()[:_LONGEST_REASON]
    step, revision = fields.get("step"), fields.get("revision", "")
    said = Said(is_sent=step != "edit")

    def act(session: Session) -> None:
        incidents.retry_with(
            session,
            incident_id,
            entered.values or {},
            actor=visitor.actor,
            now=visitor.now,
            reason=reason,
            expected_revision=int(revision) if revision.isascii() and revision.isdigit() else None,
        )

    try:
        if entered.values is not None and reason and step == "save":
            in_transaction(sessions, act)
            return go(f"{PATH}/incidents", done="tried-again")
        if entered.values is not None and reason and step != "edit":
            with sessions() as session:  # tried, and not committed
                act(session)
            said = Said(is_sent=True, is_review=True)
    except Invalid as error:
        said = Said(is_sent=True, faults={one["path"]: one["message"] for one in error.facts.get("fields", ())})
    except Stale:
        said = Said(is_sent=True, is_stale=True)
    except NotPossibleNow:
        said = Said(is_sent=True)  # somebody resolved it: the page says who
    with reading(sessions) as session:
        return _drawn(session, request, visitor, incident_id, fields, said)


def _entered(text: str) -> Entered:
    try:
        values = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Entered(text, None, _no_json(error.lineno, error.colno))
    except (ValueError, RecursionError):
        return Entered(text, None, ("Angka ini tidak dapat disimpan.", "This number cannot be stored."))
    if not isinstance(values, dict):
        return Entered(text, None, _NO_OBJECT)
    return Entered(text, values)


def _no_json(line: int, column: int) -> tuple[str, str]:
    return (
        f"Baris {line}, kolom {column}: ini bukan JSON. Teks ditulis dalam tanda kutip ganda; isian dipisah koma.",
        f"Line {line}, column {column}: this is no JSON. Texts stand in double quotes; entries are parted by commas.",
    )


_NO_OBJECT = ("Tulis objek JSON: { … } dengan nama dan nilai.", "Write a JSON object: { … } of names and values.")


def _refuse(name: str) -> Any:
    raise ValueError(f"Expected a number, found {name}")


def _drawn(
    session: Session,
    request: Request,
    visitor: Visitor,
    incident_id: UUID,
    sent: Mapping[str, str],
    said: Said,
) -> Response:
    incident = incidents.incident(session, incident_id, viewer=visitor.actor)
    inputs = incidents.inputs(session, incident_id, viewer=visitor.actor)
    cases = incidents.cases_of(session, visitor.actor, [incident])
    known = {name: value for name, value in (inputs.values or {}).items() if name not in OWN}
    text = sent.get("inputs") or json.dumps(known, ensure_ascii=False, indent=2)
    entered = _entered(text)
    changed = [
        (name, _written(known.get(name, _ABSENT)), _written(value))
        for name, value in (entered.values or {}).items()
        if name not in known or json.dumps(known[name]) != json.dumps(value)
    ]
    is_wrong = said.is_sent and not said.is_review
    return drawn(
        request,
        visitor,
        "incidents",
        "incident.html",
        status=(412 if said.is_stale else 422) if is_wrong else 200,
        incident=incident,
        case=cases.get(incident.instance_id) if incident.instance_id else None,
        names=names_of(session, incident, cases, visitor.language),
        words=incident_words,
        inputs=inputs,
        entered=entered,
        changed=changed,
        hides=hides(known),
        said=said,
        sent=sent,
        longest=_LONGEST_REASON,
    )


def _written(value: Any) -> str:
    if value is _ABSENT:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
