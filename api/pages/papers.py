"""Files of cases: saved, or shown where a browser can do so without running anything in them."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Response

from api.dependencies import Reading
from api.pages.casefile import IMAGES, SHOWN
from api.pages.visitor import SignedIn
from api.tasks import download
from engine import documents

router = APIRouter(include_in_schema=False, prefix="/documents")
# The type was found in the content, browsers are told not to guess another, and none of these types can hold a script
# that runs in our pages. A PDF viewer of a browser does not start in a sandbox.
_PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@router.get("/{document_id}")
def save_document(document_id: UUID, visitor: SignedIn, session: Reading) -> Response:
    """Send a file to be saved."""
    return download(documents.file(session, document_id, viewer=visitor.actor))


@router.get("/{document_id}/view")
def view_document(document_id: UUID, visitor: SignedIn, session: Reading) -> Response:
    """Send a picture, a PDF or a text to be looked at; everything else to be saved."""
    found = documents.file(session, document_id, viewer=visitor.actor)
    kind = found.document.media_type
    if kind not in SHOWN:
        return download(found)
    return Response(
        found.content,
        headers={
            "Content-Type": "text/plain; charset=utf-8" if kind == "text/plain" else kind,
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(found.document.name)}",
            "Content-Security-Policy": _PDF_POLICY if kind == "application/pdf" else _POLICY,
            "Cache-Control": "private, max-age=3600" if kind in IMAGES else "no-store",
        },
    )
