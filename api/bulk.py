"""Start many instances from one file, and see how far that has come."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from api import bodies
from api.dependencies import Caller, Now, Paging, Reading, Transaction
from api.idempotency import OnceIfWished, SurelyOnce
from api.problems import Problem
from api.sent import BulkLine
from api.shown.base import Listed, listed
from api.shown.bulk import BulkRefusal, BulkStart
from engine import access, bulk
from engine.settings import settings

router = APIRouter(prefix="/v1", tags=["instances"], route_class=bodies.Route)

MEDIA_TYPE = "application/x-ndjson"


async def sent_file(request: Request, _caller: Caller) -> bytes:
    """Return the file, read only for who is known, and only up to the limit. Raises Problem."""
    kind = bodies.media_type(request)
    if kind != MEDIA_TYPE:
        raise Problem("media-type", f"Expected a body of {MEDIA_TYPE}, found {kind[:100] or 'no content type'}")
    return await bodies.read(request, settings().document_bytes)


SentFile = Annotated[bytes, Depends(sent_file)]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            MEDIA_TYPE: {
                "schema": {"type": "string"},
                "example": '{"variables": {"channel": "web"}, "business_key": "SURAT-17"}\n',
            }
        },
    }
}


@router.post(
    "/processes/{process_id}/bulk-starts",
    status_code=202,
    response_model=BulkStart,
    summary="Start many instances",
    openapi_extra=_BODY,
)
def start_many(
    process_id: str, content: SentFile, session: Transaction, caller: Caller, now: Now, once: SurelyOnce
) -> Response:
    """Start an instance for each line of a file; a line is a JSON object like the body that starts one instance.

    The whole file is read first: a line that is no such object refuses it all. Then the worker starts the lines in
    their order, on the version that is in force now; what a form refuses is listed, and the others are started. The
    applicants' secrets are not given out.
    """
    agency_id = access.need_agency(caller)

    def act() -> BulkStart:
        lines = _lines(content)
        return BulkStart.model_validate(
            bulk.request(session, process_id, lines, agency_id=agency_id, actor=caller, now=now)
        )

    return once.do(content, act, status=202)


@router.get("/bulk-starts/{bulk_id}", summary="A bulk start")
def read_bulk_start(bulk_id: UUID, session: Reading, caller: Caller) -> BulkStart:
    """Return how far a bulk start has come."""
    return BulkStart.model_validate(bulk.bulk_start(session, bulk_id, viewer=caller))


@router.get("/bulk-starts/{bulk_id}/refusals", summary="Lines that could not be started")
def list_refusals(bulk_id: UUID, session: Reading, caller: Caller, page: Paging) -> Listed[BulkRefusal]:
    """Return the lines that could not be started, and why."""
    return listed(bulk.refusals(session, bulk_id, page, viewer=caller), BulkRefusal.model_validate)


@router.post("/bulk-starts/{bulk_id}/cancel", response_model=BulkStart, summary="Take no more lines")
def cancel_bulk_start(bulk_id: UUID, session: Transaction, caller: Caller, now: Now, once: OnceIfWished) -> Response:
    """Take no more lines of a file. The instances that were started run on."""
    return once.do(None, lambda: BulkStart.model_validate(bulk.cancel(session, bulk_id, actor=caller, now=now)))


def _lines(content: bytes) -> list[bulk.Line]:
    found = list[bulk.Line]()
    for number, text in enumerate(content.splitlines(), 1):
        if not text.strip():
            continue
        if len(found) == bulk.MOST_LINES:
            raise Problem("too-large", f"Expected at most {bulk.MOST_LINES} lines, found more")
        try:
            sent = BulkLine.model_validate(bodies.parsed(text))
        except ValidationError as error:
            wrong = ".".join(map(str, error.errors()[0]["loc"])) or "another value"
            message = f"Expected a line as what starts an instance, found {wrong} on line {number}"
            raise Problem("malformed", message) from error
        except Problem as error:
            raise Problem(error.code, f"{error.detail}, on line {number}") from error
        found.append(bulk.Line(sent.variables, sent.business_key))
    return found
