"""The editors of a version's files: pages on which scripts open them. Saving goes through the API."""

from fastapi import APIRouter, Request, Response

from api.dependencies import Reading
from api.pages.drawing import EDITOR_POLICY, page
from api.pages.visitor import SignedIn
from api.pages.workshop import Number
from engine import drafts
from engine.access import OwnRole
from engine.errors import NotFound

router = APIRouter(include_in_schema=False, prefix="/workshop/{process_id}/{number}")
_ENTRIES = {"model": "modeler", "table": "tables", "form": "forms", "text": "texts"}
_ENDINGS = {"model": ".bpmn", "table": ".dmn", "form": ".json", "text": ""}


@router.get("/model/{name:path}")
def edit_model(
    request: Request, process_id: str, number: Number, name: str, visitor: SignedIn, session: Reading
) -> Response:
    """Open a BPMN file."""
    return _editor(request, visitor, session, process_id, number, name, "model")


@router.get("/table/{name:path}")
def edit_table(
    request: Request, process_id: str, number: Number, name: str, visitor: SignedIn, session: Reading
) -> Response:
    """Open a DMN file."""
    return _editor(request, visitor, session, process_id, number, name, "table")


@router.get("/form/{name:path}")
def edit_form(
    request: Request, process_id: str, number: Number, name: str, visitor: SignedIn, session: Reading
) -> Response:
    """Open a form."""
    return _editor(request, visitor, session, process_id, number, name, "form")


@router.get("/text/{name:path}")
def edit_text(
    request: Request, process_id: str, number: Number, name: str, visitor: SignedIn, session: Reading
) -> Response:
    """Open a file as text: the manifest, scenarios, translations, and whatever else has no editor of its own."""
    return _editor(request, visitor, session, process_id, number, name, "text")


def _editor(
    request: Request, visitor: SignedIn, session: Reading, process_id: str, number: int, name: str, editor: str
) -> Response:
    found = drafts.visible_version(session, visitor.actor, process_id, number)
    if not name.endswith(_ENDINGS[editor]):
        raise NotFound(f"Expected a {_ENDINGS[editor]} file, found {name[:100]!r}")
    drafts.file_of(found, name)
    return page(
        request,
        visitor,
        f"workshop/{editor}.html",
        policy=EDITOR_POLICY,
        entry=_ENTRIES[editor],
        version=found,
        file=name,
        can_edit=visitor.actor.has(OwnRole.DESIGNER, OwnRole.PLATFORM),
    )
